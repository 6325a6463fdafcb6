//! An entry in memory, and who owns it.

use alloc::boxed::Box;
use core::alloc::Layout;
use core::mem::{self, ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;

use super::policy::{Entries, Note, used};
use crate::primitive::{Alive, AtomicU8, AtomicUsize, Plain, deallocate, ord};
use crate::reclaim::dead::Dead;

/// An entry. The hash, key, value and weight are not written while it is published; the note belongs to who holds the shard's lock;
/// the rest is numbers of which the latest will do.
///
/// The alignment leaves bits of a pointer to it for [`super::table`].
#[repr(align(16))]
pub(super) struct Entry<K, V> {
    hash: u64,
    /// When its time is over, in ticks; [`NEVER`] if it never is.
    dies: AtomicUsize,
    /// When it was last used, in ticks, if anybody wants to know.
    read: AtomicUsize,
    pair: Plain<Pair<K, V>>,
    note: Plain<Note>,
    uses: AtomicU8,
    alive: Alive,
}

struct Pair<K, V> {
    key: ManuallyDrop<K>,
    value: MaybeUninit<V>,
    filled: bool,
    weight: u32,
    born: usize,
}

/// The time that does not come.
pub(super) const NEVER: usize = usize::MAX;

impl<K, V> Entry<K, V> {
    pub(super) fn hash(&self) -> u64 {
        self.hash
    }

    #[inline]
    pub(super) fn key(&self) -> &K {
        self.pair.with(|pair| {
            // The field alone: the value may be put in while a flight is looked for.
            // SAFETY: not written while the entry is published, nor while anybody looks for it in a flight.
            let key = unsafe { &(*pair).key };
            &**key
        })
    }

    /// The value of a published entry.
    #[inline]
    pub(super) fn value(&self) -> &V {
        self.pair.with(|pair| {
            // SAFETY: as in `key`.
            let pair = unsafe { &*pair };
            // SAFETY: an entry is filled before it is published.
            unsafe { pair.value.assume_init_ref() }
        })
    }

    pub(super) fn weight(&self) -> u32 {
        // SAFETY: as in `key`.
        self.pair.with(|pair| unsafe { (*pair).weight })
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

/// A published entry, or one of its owner's.
pub(super) struct Handle<K, V>(NonNull<Entry<K, V>>);

impl<K, V> Clone for Handle<K, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Handle<K, V> {}

impl<K, V> PartialEq for Handle<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

// SAFETY: a handle is a pointer; what it leads to is shared and dropped under the bounds of the cache.
unsafe impl<K: Send + Sync, V: Send + Sync> Send for Handle<K, V> {}
// SAFETY: as above.
unsafe impl<K: Send + Sync, V: Send + Sync> Sync for Handle<K, V> {}

impl<K, V> Handle<K, V> {
    /// # Safety
    ///
    /// The pointer is of an entry.
    #[inline]
    pub(super) unsafe fn from_ptr(entry: *mut Entry<K, V>) -> Self {
        // SAFETY: promised by the caller.
        Self(unsafe { NonNull::new_unchecked(entry) })
    }

    pub(super) fn as_ptr(self) -> *mut Entry<K, V> {
        self.0.as_ptr()
    }

    /// # Safety
    ///
    /// The entry is not freed during `'a`.
    #[inline]
    pub(super) unsafe fn get<'a>(self) -> &'a Entry<K, V> {
        // SAFETY: promised by the caller.
        let entry = unsafe { self.0.as_ref() };
        entry.alive.touch();
        entry
    }

    /// The entry as an object to be reclaimed.
    ///
    /// # Safety
    ///
    /// As for `get`; and any thread that uses the cache may drop keys and values.
    pub(super) unsafe fn dead(self) -> Dead {
        // SAFETY: promised by the caller.
        let entry = unsafe { self.get() };
        // SAFETY: published entries are not written.
        let born = entry.pair.with(|pair| unsafe { (*pair).born });
        // SAFETY: `finish` frees an entry; promised by the caller.
        unsafe { Dead::new(self.0.as_ptr().cast(), 1, born, finish::<K, V>) }
    }
}

/// Drops and frees an entry.
///
/// # Safety
///
/// `object` is an entry that is the caller's.
unsafe fn finish<K, V>(object: *mut (), _: u32) {
    // SAFETY: promised by the caller.
    let handle = unsafe { Handle::<K, V>::from_ptr(object.cast()) };
    // SAFETY: as above.
    drop(unsafe { Owned::from_handle(handle) });
}

/// An entry that nobody else frees.
pub(super) struct Owned<K, V>(Handle<K, V>);

impl<K, V> Owned<K, V> {
    /// An entry without a value.
    pub(super) fn new(hash: u64, key: K) -> Self {
        let pair =
            Pair { key: ManuallyDrop::new(key), value: MaybeUninit::uninit(), filled: false, weight: 0, born: 0 };
        let pair = Plain::new(pair);
        // Nothing to a normal build; a model checker sees the pair written here.
        pair.with_mut(|_| ());
        let entry = Entry {
            hash,
            dies: AtomicUsize::new(NEVER),
            read: AtomicUsize::new(0),
            pair,
            note: Plain::new(Note::default()),
            uses: AtomicU8::new(0),
            alive: Alive::new(),
        };
        Self(Handle(NonNull::from(Box::leak(Box::new(entry)))))
    }

    /// # Safety
    ///
    /// The entry is the caller's.
    pub(super) unsafe fn from_handle(handle: Handle<K, V>) -> Self {
        Self(handle)
    }

    /// Puts the value in. Others read at most the hash and the key meanwhile: this is an entry that is not published.
    pub(super) fn fill(&mut self, value: V, weight: u32, born: usize) {
        // SAFETY: ours.
        let pair = unsafe { &raw const (*self.0.as_ptr()).pair };
        // SAFETY: as above. The fields below are not those that a flight's followers read.
        unsafe { &*pair }.with(|pair| {
            let pair = pair.cast_mut();
            // SAFETY: ours; see above.
            unsafe { (*pair).value = MaybeUninit::new(value) };
            // SAFETY: as above.
            unsafe { (*pair).filled = true };
            // SAFETY: as above.
            unsafe { (*pair).weight = weight };
            // SAFETY: as above.
            unsafe { (*pair).born = born };
        });
    }

    pub(super) fn entry(&self) -> &Entry<K, V> {
        // SAFETY: ours.
        unsafe { self.0.get() }
    }

    /// For those who look at hash and key while the caller keeps the entry.
    pub(super) fn handle(&self) -> Handle<K, V> {
        self.0
    }

    /// The entry, for those who can reach it from now on.
    pub(super) fn publish(self) -> Handle<K, V> {
        let handle = self.0;
        mem::forget(self);
        handle
    }
}

/// Drops what is in the entry, and frees it, the memory first: dropping a key or a value may panic.
impl<K, V> Drop for Owned<K, V> {
    fn drop(&mut self) {
        let entry = self.entry();
        entry.alive.end();
        let pair = entry.pair.with_mut(|pair| {
            // SAFETY: ours; the pair is not dropped with the memory.
            unsafe { pair.read() }
        });
        // SAFETY: it came from a box of this layout, and this is its only owner.
        unsafe { deallocate(self.0.as_ptr().cast(), Layout::new::<Entry<K, V>>()) };
        let _key = ManuallyDrop::into_inner(pair.key);
        if pair.filled {
            // SAFETY: filled, and dropped once. If its drop panics, the key is dropped while unwinding.
            drop(unsafe { pair.value.assume_init() });
        }
    }
}

/// What the policy of a shard looks at, by who holds the shard's lock.
pub(super) struct Locked<K, V>(core::marker::PhantomData<Handle<K, V>>);

impl<K, V> Locked<K, V> {
    /// # Safety
    ///
    /// The caller holds the lock of the shard that all handles are of, as long as this is used; or nobody else uses the entries.
    pub(super) unsafe fn new() -> Self {
        Self(core::marker::PhantomData)
    }

    fn entry(&self, handle: Handle<K, V>) -> &Entry<K, V> {
        // SAFETY: an entry of the policy is published, and is retired after it has left the policy, under the lock.
        unsafe { handle.get() }
    }
}

impl<K, V> Entries for Locked<K, V> {
    type Handle = Handle<K, V>;

    fn hash(&self, handle: Handle<K, V>) -> u64 {
        self.entry(handle).hash
    }
    fn weight(&self, handle: Handle<K, V>) -> u64 {
        u64::from(self.entry(handle).weight())
    }
    fn uses(&self, handle: Handle<K, V>) -> u8 {
        // ord[CU7] Relaxed: as CU1; pairs with none.
        self.entry(handle).uses.load(ord!(CU7, Relaxed))
    }
    fn set_uses(&mut self, handle: Handle<K, V>, uses: u8) {
        // ord[CU8] Relaxed: as CU1; pairs with none.
        self.entry(handle).uses.store(uses, ord!(CU8, Relaxed));
    }
    fn note(&self, handle: Handle<K, V>) -> Note {
        // SAFETY: notes are read and written under the lock only.
        self.entry(handle).note.with(|note| unsafe { *note })
    }
    fn set_note(&mut self, handle: Handle<K, V>, note: Note) {
        // SAFETY: as in `note`.
        self.entry(handle).note.with_mut(|place| unsafe { *place = note });
    }
}
