//! A value that is read and written word by word while others do the same: no access races, but a copy may be torn.
//!
//! The words are loaded and stored by `atomic-maybe-uninit`, since those of a value with padding are not wholly initialised,
//! which an integer must be. Miri and WebAssembly, which have no assembler to do that with, take `core`'s atomics: there the
//! language does not say what storing padding means.

use core::mem::MaybeUninit;
use core::slice;

use super::{Ordering, UnsafeCell};

const WORD: usize = size_of::<usize>();

#[cfg(not(any(miri, target_family = "wasm")))]
type Word = atomic_maybe_uninit::AtomicMaybeUninit<usize>;

#[cfg(any(miri, target_family = "wasm"))]
#[repr(transparent)]
struct Word(core::sync::atomic::AtomicUsize);

#[cfg(any(miri, target_family = "wasm"))]
impl Word {
    fn load(&self, ordering: Ordering) -> MaybeUninit<usize> {
        MaybeUninit::new(self.0.load(ordering))
    }

    fn store(&self, word: MaybeUninit<usize>, ordering: Ordering) {
        // SAFETY: see above: wholly initialised but for padding.
        self.0.store(unsafe { word.assume_init() }, ordering);
    }
}

/// A value as whole words, at the alignment of a word or its own.
#[repr(C)]
struct Whole<T> {
    alignment: [usize; 0],
    value: MaybeUninit<T>,
}

impl<T> Whole<T> {
    /// Its size is a multiple of its alignment, which is a multiple of that of a word.
    const WORDS: usize = size_of::<Self>() / WORD;
}

/// A value that threads copy out and in, word by word.
pub(crate) struct Words<T>(UnsafeCell<Whole<T>>);

impl<T> Words<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(Whole { alignment: [], value: MaybeUninit::new(value) }))
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().with(|whole| {
            // SAFETY: `&mut self` excludes everybody else.
            let whole = unsafe { &mut *whole };
            // SAFETY: whoever shares the words stores whole values, and nobody is at it.
            unsafe { whole.value.assume_init_mut() }
        })
    }
}

impl<T: Copy> Words<T> {
    #[inline]
    fn words(&self) -> &[Word] {
        let words = self.0.get().with(|whole| whole.cast());
        // SAFETY: a `Whole` is that many words long and aligned as a word; shared, it is reached as words only.
        unsafe { slice::from_raw_parts(words, Whole::<T>::WORDS) }
    }

    /// A copy of the value; of several values, if somebody stores meanwhile.
    #[inline]
    pub(crate) fn load(&self, each: Ordering) -> MaybeUninit<T> {
        let mut copy = Whole { alignment: [], value: MaybeUninit::uninit() };
        let words = (&raw mut copy).cast::<MaybeUninit<usize>>();
        // SAFETY: a `Whole` is that many words long and aligned as a word, and any bytes are a `MaybeUninit`.
        let words = unsafe { slice::from_raw_parts_mut(words, Whole::<T>::WORDS) };
        for (to, from) in words.iter_mut().zip(self.words()) {
            *to = from.load(each);
        }
        copy.value
    }

    /// Stores the words of `value` one after the other. Two who store at once mix their values.
    #[inline]
    pub(crate) fn store(&self, value: T, each: Ordering) {
        let copy = Whole { alignment: [], value: MaybeUninit::new(value) };
        let words = (&raw const copy).cast::<MaybeUninit<usize>>();
        // SAFETY: a `Whole` is that many words long and aligned as a word, and any bytes are a `MaybeUninit`.
        let words = unsafe { slice::from_raw_parts(words, Whole::<T>::WORDS) };
        for (from, to) in words.iter().zip(self.words()) {
            to.store(*from, each);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survives<T: Copy + PartialEq + core::fmt::Debug>(first: T, second: T) {
        let mut words = Words::new(first);
        // SAFETY: nobody stores meanwhile.
        assert_eq!(unsafe { words.load(Ordering::Relaxed).assume_init() }, first);
        words.store(second, Ordering::Relaxed);
        // SAFETY: nobody stores meanwhile.
        assert_eq!(unsafe { words.load(Ordering::Relaxed).assume_init() }, second);
        assert_eq!(*words.get_mut(), second);
    }

    #[repr(C, align(32))]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Wide(u8, u64);

    #[test]
    fn words_hold_values_of_every_shape() {
        survives((), ());
        survives(1_u8, 2);
        survives([1_u8; 7], [2; 7]);
        survives([1_u8; 9], [2; 9]);
        survives((1_u8, 2_u64, 3_u16), (4, 5, 6));
        survives(Some("one"), None);
        survives(Wide(1, 2), Wide(3, 4));
        survives(u128::MAX, 7);
    }
}
