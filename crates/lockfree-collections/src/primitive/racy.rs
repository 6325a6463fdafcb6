//! Places that are read while they may be written.
//!
//! The bytes are loaded and stored by `atomic-maybe-uninit`, as large a piece at a time as the alignment allows, so that no access is a data
//! race: those of a value with padding are not wholly initialised, which an integer must be. Miri, WebAssembly and AddressSanitizer, which
//! know of no assembler, get volatile accesses.

use core::mem::MaybeUninit;

/// A place that one thread writes while others may be reading it, who then throw away what they have read. A model build has an atomic
/// pointer here.
#[derive(Debug)]
pub(crate) struct Racy<T>(core::cell::UnsafeCell<MaybeUninit<T>>);

/// What was read from a [`Racy`]: a value, if nobody wrote meanwhile.
pub(crate) struct Read<T>(MaybeUninit<T>);

impl<T> Racy<T> {
    pub(crate) const fn new() -> Self {
        Self(core::cell::UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Writes a value; what was there is not dropped.
    ///
    /// # Safety
    ///
    /// No other thread writes, and none uses what it reads meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn write(&self, value: T) {
        // SAFETY: the place is valid; promised by the caller.
        unsafe { bytes::store(self.0.get(), MaybeUninit::new(value)) }
    }

    /// Copies what is there.
    #[inline(always)]
    pub(crate) fn read(&self) -> Read<T> {
        // SAFETY: the place is valid, and written by `store` only.
        Read(unsafe { bytes::load(self.0.get()) })
    }

    /// Copies what is in `other` to here.
    ///
    /// # Safety
    ///
    /// As for [`Racy::write`].
    pub(crate) unsafe fn copy_from(&self, other: &Self) {
        // SAFETY: the place is valid; promised by the caller.
        unsafe { bytes::store(self.0.get(), other.read().0) }
    }

    /// Where the value is.
    ///
    /// # Safety
    ///
    /// A value was written, and no other thread uses the place as long as the result is used.
    #[inline(always)]
    pub(crate) unsafe fn as_ptr(&self) -> *mut T {
        self.0.get().cast()
    }
}

impl<T: Copy> Read<T> {
    /// # Safety
    ///
    /// A value was read, and nobody wrote meanwhile.
    #[inline(always)]
    pub(crate) unsafe fn assume_copy(self) -> T {
        // SAFETY: promised by the caller.
        unsafe { self.0.assume_init() }
    }
}

impl<T> Read<T> {
    /// # Safety
    ///
    /// A value was read, nobody wrote meanwhile, and this is its only use.
    #[inline(always)]
    pub(crate) unsafe fn assume_value(self) -> T {
        // SAFETY: promised by the caller.
        unsafe { self.0.assume_init() }
    }
}

#[cfg(not(any(miri, target_family = "wasm", selvedge_asan)))]
mod bytes {
    use core::mem::MaybeUninit;
    use core::slice;

    use atomic_maybe_uninit::AtomicMaybeUninit;
    use atomic_maybe_uninit::raw::{AtomicLoad, AtomicStore, Primitive};

    use crate::primitive::Ordering;

    /// Calls a function with the largest piece that a `T` is a whole number of, at an alignment that it has.
    macro_rules! by_pieces {
        ($function:ident::<$value:ident>($($argument:expr),*)) => {
            match align_of::<$value>() {
                1 => $function::<$value, u8>($($argument),*),
                2 => $function::<$value, u16>($($argument),*),
                4 => $function::<$value, u32>($($argument),*),
                _ => $function::<$value, usize>($($argument),*),
            }
        };
    }

    /// # Safety
    ///
    /// The place is valid, and whoever accesses it meanwhile does it by [`load`] or [`store`].
    #[inline(always)]
    pub(super) unsafe fn load<T>(place: *mut MaybeUninit<T>) -> MaybeUninit<T> {
        // SAFETY: passed on; sizes are multiples of alignments.
        unsafe { by_pieces!(load_by::<T>(place)) }
    }

    /// # Safety
    ///
    /// As of [`load`].
    #[inline(always)]
    pub(super) unsafe fn store<T>(place: *mut MaybeUninit<T>, value: MaybeUninit<T>) {
        // SAFETY: passed on; sizes are multiples of alignments.
        unsafe { by_pieces!(store_by::<T>(place, value)) }
    }

    /// # Safety
    ///
    /// As of [`load`]; a `T` is aligned as a `U`.
    #[inline(always)]
    unsafe fn load_by<T, U: AtomicLoad>(place: *mut MaybeUninit<T>) -> MaybeUninit<T> {
        let mut copy = MaybeUninit::uninit();
        // SAFETY: the copy is that long and aligned as a piece, and any bytes are a `MaybeUninit`.
        let copies = unsafe { slice::from_raw_parts_mut((&raw mut copy).cast::<MaybeUninit<U>>(), count::<T, U>()) };
        // SAFETY: promised by the caller.
        for (copy, piece) in copies.iter_mut().zip(unsafe { pieces::<T, U>(place) }) {
            // Relaxed: whether nobody wrote meanwhile is for others to find out.
            *copy = piece.load(Ordering::Relaxed);
        }
        copy
    }

    /// # Safety
    ///
    /// As of [`load_by`].
    #[inline(always)]
    unsafe fn store_by<T, U: AtomicStore>(place: *mut MaybeUninit<T>, value: MaybeUninit<T>) {
        // SAFETY: the value is that long and aligned as a piece, and any bytes are a `MaybeUninit`.
        let values = unsafe { slice::from_raw_parts((&raw const value).cast::<MaybeUninit<U>>(), count::<T, U>()) };
        // SAFETY: promised by the caller.
        for (value, piece) in values.iter().zip(unsafe { pieces::<T, U>(place) }) {
            // Relaxed: the value is published by others.
            piece.store(*value, Ordering::Relaxed);
        }
    }

    const fn count<T, U>() -> usize {
        size_of::<T>() / size_of::<U>()
    }

    /// # Safety
    ///
    /// As of [`load_by`].
    #[inline(always)]
    unsafe fn pieces<'a, T, U: Primitive>(place: *mut MaybeUninit<T>) -> &'a [AtomicMaybeUninit<U>] {
        // SAFETY: promised by the caller.
        unsafe { slice::from_raw_parts(place.cast_const().cast(), count::<T, U>()) }
    }
}

#[cfg(any(miri, target_family = "wasm", selvedge_asan))]
mod bytes {
    use core::mem::MaybeUninit;

    /// # Safety
    ///
    /// The place is valid.
    #[inline(always)]
    pub(super) unsafe fn load<T>(place: *mut MaybeUninit<T>) -> MaybeUninit<T> {
        if size_of::<T>() == 0 {
            // A volatile access to no bytes, at the end of a block, is one that sanitizers object to.
            return MaybeUninit::uninit();
        }
        // SAFETY: promised by the caller.
        unsafe { place.read_volatile() }
    }

    /// # Safety
    ///
    /// The place is valid, and no other thread writes.
    #[inline(always)]
    pub(super) unsafe fn store<T>(place: *mut MaybeUninit<T>, value: MaybeUninit<T>) {
        if size_of::<T>() > 0 {
            // SAFETY: promised by the caller.
            unsafe { place.write_volatile(value) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survives<T: Copy + PartialEq + core::fmt::Debug>(first: T, second: T) {
        let places: [Racy<T>; 3] = [const { Racy::new() }; 3];
        // SAFETY: no other thread is there.
        unsafe { places[0].write(first) };
        // SAFETY: no other thread is there.
        unsafe { places[1].write(second) };
        // SAFETY: no other thread is there.
        unsafe { places[2].copy_from(&places[0]) };
        for (place, written) in places.iter().zip([first, second, first]) {
            // SAFETY: a value was written, and nobody writes now.
            assert_eq!(unsafe { place.read().assume_copy() }, written);
            // SAFETY: a value was written, and nobody writes now.
            let at = unsafe { place.as_ptr() };
            // SAFETY: the same.
            assert_eq!(unsafe { at.read() }, written);
        }
    }

    #[repr(C, align(32))]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Wide(u8, u64);

    #[test]
    fn racy_holds_values_of_every_shape() {
        survives((), ());
        survives(1_u8, 2);
        survives([1_u8; 7], [2; 7]);
        survives([1_u16; 5], [2; 5]);
        survives((1_u32, 2_u8), (3, 4));
        survives((1_u8, 2_u64, 3_u16), (4, 5, 6));
        survives(Some("one"), None);
        survives(Wide(1, 2), Wide(3, 4));
        survives(u128::MAX, 7);
        survives([[1_u64; 9]; 3], [[2; 9]; 3]);
    }
}
