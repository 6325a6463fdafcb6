//! An entry in memory.

use core::mem::MaybeUninit;

use super::memory::Memory;
use super::policy::{Entries, Item, Note, used};
use crate::map::grown::Zeros;
use crate::primitive::{Alive, AtomicU8, AtomicUsize, Plain, ord, prefetch};

/// A place for a key and its value. What is there is not written while the entry is published.
pub(super) struct Entry<K, V> {
    pair: Plain<MaybeUninit<Pair<K, V>>>,
    alive: Alive,
}

struct Pair<K, V> {
    key: K,
    value: MaybeUninit<V>,
}

/// What else there is to an entry, which has the same number: apart, so that many of them lie together, and so that the policy neither
/// fetches nor changes a line with a key in it.
///
/// The hash is not written while the entry is published; position and note belong to who holds the shard's lock.
pub(super) struct Mark {
    hash: Plain<u64>,
    position: Plain<u32>,
    note: Plain<Note>,
    uses: AtomicU8,
}

/// What there is to an entry of a cache with weights or lifetimes, likewise. The weight is not written while the entry is published; the
/// rest is numbers of which the latest will do.
pub(super) struct Extra {
    weight: Plain<u32>,
    /// When its time is over, in ticks; [`NEVER`] if it never is.
    dies: AtomicUsize,
    /// When it was last used, in ticks.
    read: AtomicUsize,
}

/// The time that does not come.
pub(super) const NEVER: usize = usize::MAX;

// SAFETY: nothing there is a value of the pair; natively `alive` has no size.
unsafe impl<K, V> Zeros for Entry<K, V> {
    #[cfg(loom)]
    fn new() -> Self {
        Self::vacant()
    }
}

// SAFETY: zeros are numbers and a note.
unsafe impl Zeros for Mark {
    #[cfg(loom)]
    fn new() -> Self {
        Self { hash: Plain::new(0), position: Plain::new(0), note: Plain::new(Note::default()), uses: AtomicU8::new(0) }
    }
}

// SAFETY: zeros are numbers.
unsafe impl Zeros for Extra {
    #[cfg(loom)]
    fn new() -> Self {
        Self { weight: Plain::new(0), dies: AtomicUsize::new(0), read: AtomicUsize::new(0) }
    }
}

impl Mark {
    #[inline(always)]
    pub(super) fn hash(&self) -> u64 {
        // SAFETY: not written while the entry is published, nor while anybody looks for it in a flight.
        self.hash.with(|hash| unsafe { *hash })
    }

    /// # Safety
    ///
    /// The place is the caller's.
    #[inline]
    pub(super) unsafe fn set_hash(&self, hash: u64) {
        // SAFETY: promised by the caller.
        self.hash.with_mut(|place| unsafe { *place = hash });
    }

    /// Counts a use.
    #[inline]
    pub(super) fn touch(&self) {
        // ord[CU1] Relaxed: a number; if another thread counts at the same time, one use is lost; pairs with none.
        let uses = self.uses.load(ord!(CU1, Relaxed));
        let more = used(uses);
        if more != uses {
            // ord[CU2] Relaxed: as CU1; pairs with none.
            self.uses.store(more, ord!(CU2, Relaxed));
        }
    }
}

impl Extra {
    pub(super) fn weight(&self) -> u32 {
        // SAFETY: not written while the entry is published.
        self.weight.with(|weight| unsafe { *weight })
    }

    /// # Safety
    ///
    /// The place is the caller's.
    pub(super) unsafe fn set_weight(&self, weight: u32) {
        // SAFETY: promised by the caller.
        self.weight.with_mut(|place| unsafe { *place = weight });
    }

    /// When its time is over, and when it was last used.
    #[inline]
    pub(super) fn times(&self) -> (usize, usize) {
        // ord[CU3] Relaxed: a number that any thread may have set meanwhile; pairs with none.
        // ord[CU4] Relaxed: as CU3; pairs with none.
        (self.dies.load(ord!(CU3, Relaxed)), self.read.load(ord!(CU4, Relaxed)))
    }

    pub(super) fn set_dies(&self, dies: usize) {
        // ord[CU5] Relaxed: as CU3; pairs with none.
        self.dies.store(dies, ord!(CU5, Relaxed));
    }

    pub(super) fn set_read(&self, read: usize) {
        // ord[CU6] Relaxed: as CU3; pairs with none.
        self.read.store(read, ord!(CU6, Relaxed));
    }
}

impl<K, V> Entry<K, V> {
    #[inline(always)]
    fn pair<R>(&self, f: impl FnOnce(*const Pair<K, V>) -> R) -> R {
        self.alive.touch();
        self.pair.with(|pair| f(pair.cast()))
    }

    #[inline(always)]
    pub(super) fn key(&self) -> &K {
        // The field alone: the value may be put in while a flight is looked for.
        // SAFETY: not written while the entry is published, nor while anybody looks for it in a flight.
        self.pair(|pair| unsafe { &(*pair).key })
    }

    /// The value of a published entry.
    #[inline(always)]
    pub(super) fn value(&self) -> &V {
        self.pair(|pair| {
            // SAFETY: not written while the entry is published.
            let value = unsafe { &(*pair).value };
            // SAFETY: an entry is filled before it is published.
            unsafe { value.assume_init_ref() }
        })
    }

    /// Moves out what is there; the place is empty then.
    ///
    /// # Safety
    ///
    /// The place is the caller's, and full.
    pub(super) unsafe fn take(&self) -> (K, V) {
        // SAFETY: promised by the caller.
        let (key, value) = unsafe { self.empty() };
        // SAFETY: as above.
        (key, unsafe { value.assume_init() })
    }

    /// An empty one, which is in no place.
    pub(super) fn vacant() -> Self {
        Self { pair: Plain::new(MaybeUninit::uninit()), alive: Alive::vacant() }
    }

    /// Puts a key in, without a value.
    ///
    /// # Safety
    ///
    /// The place is empty, and the caller's.
    #[inline]
    pub(super) unsafe fn begin(&self, key: K) {
        self.alive.renew();
        self.pair.with_mut(|pair| {
            let new = Pair { key, value: MaybeUninit::uninit() };
            // SAFETY: promised by the caller.
            unsafe { pair.cast::<Pair<K, V>>().write(new) };
        });
    }

    /// Puts the value in. Others may read the key meanwhile.
    ///
    /// # Safety
    ///
    /// The place is the caller's, and has a key and no value.
    #[inline]
    pub(super) unsafe fn fill(&self, value: V) {
        self.pair(|pair| {
            // SAFETY: promised by the caller.
            unsafe { (*pair.cast_mut()).value = MaybeUninit::new(value) };
        });
    }

    /// Moves out what is there; the place is empty then.
    ///
    /// # Safety
    ///
    /// The place is the caller's, and has a key at least.
    pub(super) unsafe fn empty(&self) -> (K, MaybeUninit<V>) {
        self.alive.end();
        self.pair.with_mut(|pair| {
            // SAFETY: promised by the caller.
            let pair = unsafe { pair.cast::<Pair<K, V>>().read() };
            (pair.key, pair.value)
        })
    }
}

/// What the policy of a shard looks at, by who holds the shard's lock.
pub(super) struct Locked<'a, K, V>(&'a Memory<K, V>);

/// An entry of it.
pub(super) struct Held<'a, K, V> {
    memory: &'a Memory<K, V>,
    number: u32,
    mark: &'a Mark,
}

impl<K, V> Clone for Locked<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Locked<'_, K, V> {}

impl<K, V> Clone for Held<'_, K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Held<'_, K, V> {}

impl<'a, K, V> Locked<'a, K, V> {
    /// # Safety
    ///
    /// The caller holds the lock of the shard that all numbers are of, as long as this is used; or nobody else uses the entries.
    #[inline(always)]
    pub(super) unsafe fn new(memory: &'a Memory<K, V>) -> Self {
        Self(memory)
    }
}

impl<'a, K, V> Entries for Locked<'a, K, V> {
    type Item = Held<'a, K, V>;

    #[inline(always)]
    fn at(self, number: u32) -> Held<'a, K, V> {
        Held { memory: self.0, number, mark: self.0.mark(number) }
    }

    #[inline(always)]
    fn prefetch(self, number: u32) {
        prefetch(self.0.mark(number));
    }
}

impl<K, V> Item for Held<'_, K, V> {
    #[inline(always)]
    fn hash(self) -> u64 {
        self.mark.hash()
    }
    #[inline(always)]
    fn weight(self) -> u64 {
        u64::from(self.memory.weight(self.number))
    }
    #[inline(always)]
    fn uses(self) -> u8 {
        // ord[CU7] Relaxed: as CU1; pairs with none.
        self.mark.uses.load(ord!(CU7, Relaxed))
    }
    #[inline(always)]
    fn set_uses(self, uses: u8) {
        // ord[CU8] Relaxed: as CU1; pairs with none.
        self.mark.uses.store(uses, ord!(CU8, Relaxed));
    }
    #[inline(always)]
    fn note(self) -> Note {
        // SAFETY: notes are read and written under the lock only.
        self.mark.note.with(|note| unsafe { *note })
    }
    #[inline(always)]
    fn set_note(self, note: Note) {
        // SAFETY: as in `note`.
        self.mark.note.with_mut(|place| unsafe { *place = note });
    }
    #[inline(always)]
    fn position(self) -> u32 {
        // SAFETY: as in `note`.
        self.mark.position.with(|position| unsafe { *position })
    }
    #[inline(always)]
    fn set_position(self, position: u32) {
        // SAFETY: as in `note`.
        self.mark.position.with_mut(|place| unsafe { *place = position });
    }
}
