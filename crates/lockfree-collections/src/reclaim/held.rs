//! Hazards that slots announce themselves, for objects that are replaced one by one: values of cells.
//!
//! **Source.** Michael, "Hazard Pointers" (2004), section 3: one hazard to a slot, and a scan for each batch. The engine takes an
//! allocation, a fence, two contended counters and a clock reading for each object that it is handed, several times what replacing a value
//! costs; so these objects are not handed to it. Who replaces them keeps them in its slot, and looks at all slots' hazards itself, for a
//! whole batch at once, behind one fence.
//!
//! ```text
//! Slot { announced: Held { on }, private: Waiting { objects, kept } }
//! source --replaced--> objects (of a slot) --batch full: fence, scan--> no hazard on it: dropped; else kept for the next batch
//! ```
//!
//! **Invariants** (beyond those of [`super`]).
//! - V1: `on` is written by the holder of the slot only. What it is on is protected from when the holder, who had passed a fence
//!   after writing `on`, reads that pointer from the source.
//! - V2: an object is deferred once for each time that it was put into the source, after it has been taken off. If one object was put there
//!   several times, as an `Arc` may be, each time is a share of it, and it is freed when the last share is finished.
//!
//! **Why what is protected is not freed.** The reader writes `on`, passes the fence `V4`, and reads the pointer from the source; so at
//! that read a share of the object was in the source. Whoever takes that share off and defers it passes the fence `V6` thereafter,
//! and then reads `on`. If the reader's fence is first, that finds the hazard, and one share of the object is kept, by V2 enough. If the other
//! fence is first, the reader, who reads after its own, sees the share taken off, and not what it did see. With the asymmetric fence the
//! heavy one acts as a fence of the reader's at some point, as in [`super`].
//!
//! **Progress.** Reading is wait-free if the hazard is on what is there, else lock-free: it begins anew when the source has changed.
//! Deferring is wait-free; the scan takes time in proportion to slots and objects.
//!
//! **Bound.** A slot's holder scans when `batch` objects have come since it last did; each hazard keeps one share of what it is on in each
//! slot that deferred one, so at most `batch` objects for each slot wait beside those that are protected.
//!
//! **What is checked.** `tests/loom_cell.rs`, with batches of one; twins of each ordering. The asymmetric fence is argued, as in
//! [`super`], not model-checked.

use alloc::vec::Vec;
use core::marker::PhantomData;
use core::ptr;

use super::announce::Announce;
use super::entry::{Count, Entry, Keeper};
use super::hazards::Hazards;
use crate::drain::to_the_end;
use crate::primitive::{AtomicPtr, barrier, fence, ord};

/// What becomes of objects that nobody reads any more.
pub(crate) trait Finish {
    /// Drops one share of an object.
    ///
    /// # Safety
    ///
    /// The share was handed to [`Entry::defer`], and is the caller's.
    unsafe fn finish(object: *mut ());
}

/// What a slot announces: the object that its holder reads.
pub(crate) struct Held<K: Finish> {
    on: AtomicPtr<()>,
    kind: PhantomData<fn(K)>,
}

impl<K: Finish> Default for Held<K> {
    fn default() -> Self {
        Self { on: AtomicPtr::new(ptr::null_mut()), kind: PhantomData }
    }
}

impl<K: Finish> Announce for Held<K> {
    type Private = Waiting<K>;
}

/// Shares that one thread owns; dropping this finishes them.
struct Objects<K: Finish>(Vec<*mut ()>, PhantomData<fn(K)>);

impl<K: Finish> Drop for Objects<K> {
    fn drop(&mut self) {
        to_the_end(|| {
            let Some(object) = self.0.pop() else { return false };
            // SAFETY: it was handed to `defer`, and has left the list that owned it.
            unsafe { K::finish(object) };
            true
        });
    }
}

/// What a slot's holder has taken off the source and not finished.
pub(crate) struct Waiting<K: Finish> {
    objects: Objects<K>,
    /// How many of them a scan has left there.
    kept: usize,
    /// Where scans put what they find.
    hazards: Vec<*mut ()>,
}

impl<K: Finish> Default for Waiting<K> {
    fn default() -> Self {
        Self { objects: Objects(Vec::new(), PhantomData), kept: 0, hazards: Vec::new() }
    }
}

impl<K: Finish> Waiting<K> {
    /// Takes what is in none of `hazards`; of several shares that are in one, all but one.
    fn take_unprotected(&mut self) -> Objects<K> {
        let (objects, hazards) = (&mut self.objects.0, &mut self.hazards);
        hazards.sort_unstable();
        hazards.dedup();
        self.kept = 0;
        for index in 0..objects.len() {
            if hazards.is_empty() {
                break;
            }
            if let Ok(found) = hazards.binary_search(&objects[index]) {
                hazards.remove(found);
                objects.swap(self.kept, index);
                self.kept += 1;
            }
        }
        Objects(objects.split_off(self.kept), PhantomData)
    }
}

impl<K: Finish> Entry<'_, 0, Held<K>> {
    /// What the slot's hazard is on.
    #[inline(always)]
    fn on(&self) -> *mut () {
        // Nothing to a normal build; a model checker sees that the slot is in one hand (I3).
        self.slot.inner.with(|_| ());
        // ord[V1] Relaxed: V1, the slot is ours, and we see what its holders wrote (I3); pairs with none.
        self.slot.announced.on.load(ord!(V1, Relaxed))
    }

    /// Reads `source` and protects what it leads to; null needs no protection.
    ///
    /// Unless null, the result may be used until this slot's hazard is used again or taken off, provided that whatever `source` leads
    /// to is deferred through these slots only, after it was taken off `source`.
    #[inline]
    pub(crate) fn hold<B>(&mut self, source: &AtomicPtr<B>) -> *mut B {
        // ord[V2] Acquire: what was done before a store of what the hazard is on already is seen; pairs with C1, C2.
        let pointer = source.load(ord!(V2, Acquire));
        if pointer.cast() == self.on() || pointer.is_null() {
            return pointer;
        }
        self.move_to(pointer, source)
    }

    /// As `hold`, out of line: for who looks there itself first.
    #[cold]
    #[inline(never)]
    pub(crate) fn hold_anew<B>(&mut self, source: &AtomicPtr<B>) -> *mut B {
        self.hold(source)
    }

    fn move_to<B>(&mut self, mut pointer: *mut B, source: &AtomicPtr<B>) -> *mut B {
        // As in `on`.
        self.slot.inner.with_mut(|_| ());
        while !pointer.is_null() {
            // ord[V3] Release: what was read under the hazard so far is over; pairs with V7.
            self.slot.announced.on.store(pointer.cast(), ord!(V3, Release));
            if self.shared.asymmetric {
                barrier::light();
            } else {
                // ord[V4] SeqCst: keeps the second look from running before the hazard is visible; pairs with V6.
                fence(ord!(V4, SeqCst));
            }
            // ord[V5] Acquire: the object is initialised, if it is another share than was seen at first; pairs with C1, C2.
            let again = source.load(ord!(V5, Acquire));
            if again == pointer {
                break;
            }
            pointer = again;
        }
        pointer
    }

    /// Takes the slot's hazard off whatever it is on.
    pub(crate) fn let_go(&mut self) {
        // As in `on`.
        self.slot.inner.with_mut(|_| ());
        // ord[V8] Release: as V3; pairs with V7.
        self.slot.announced.on.store(ptr::null_mut(), ord!(V8, Release));
    }

    /// Takes the slot's hazard off `object`, which would be kept else.
    #[inline]
    pub(crate) fn let_go_of<B>(&mut self, object: *mut B) {
        if self.on() == object.cast() {
            self.let_go();
        }
    }

    /// Hands a share of an object over, to be finished once no hazard is on it. With `batch` of them waiting in this slot, finishes
    /// those that no hazard is on: last of all, without the slot, since what is finished may use the collection again.
    ///
    /// # Safety
    ///
    /// The share has been taken off the source, and is deferred only here (V2).
    #[inline]
    pub(crate) unsafe fn defer(mut self, object: *mut (), batch: usize) {
        self.count(Count::Retired, 1);
        let full = self.with_private(|waiting| {
            waiting.objects.0.push(object);
            waiting.objects.0.len() - waiting.kept >= batch
        });
        if full {
            self.finish();
        }
    }

    /// Finishes what no hazard is on; says how many.
    #[cold]
    fn finish(mut self) -> usize {
        let ready = self.scan();
        let count = ready.0.len();
        drop(self);
        drop(ready);
        count
    }

    /// Takes what no hazard is on.
    fn scan(&mut self) -> Objects<K> {
        if self.shared.asymmetric {
            if !barrier::heavy() {
                // Nothing has been ordered: after another batch it may be.
                return self.with_private(|waiting| {
                    waiting.kept = waiting.objects.0.len();
                    Objects(Vec::new(), PhantomData)
                });
            }
        } else {
            // ord[V6] SeqCst: taking off the source comes before the look at the hazards; pairs with V4.
            fence(ord!(V6, SeqCst));
        }
        let shared = self.shared;
        let ready = self.with_private(|waiting| {
            waiting.hazards.clear();
            shared.for_each(|slot| {
                // ord[V7] Acquire: what was read under hazards that are elsewhere now is over; pairs with V3, V8.
                let on = slot.announced.on.load(ord!(V7, Acquire));
                if !on.is_null() {
                    waiting.hazards.push(on);
                }
            });
            waiting.take_unprotected()
        });
        self.count(Count::Freed, ready.0.len());
        ready
    }
}

impl<K: Finish> Hazards<0, Held<K>> {
    /// Finishes what can be, also what slots that nobody holds have left, and takes the hazards of those, and the caller's, off what they
    /// are on; tells how many.
    pub(crate) fn reclaim_held(&self) -> usize {
        let mut own = self.enter();
        own.let_go();
        let shared = own.shared;
        shared.for_each(|slot| {
            if slot.claim() {
                let mut left = Entry { slot, shared, keeper: Keeper::None };
                left.let_go();
                let mut theirs = left.with_private(|waiting| {
                    waiting.kept = 0;
                    core::mem::take(&mut waiting.objects.0)
                });
                own.with_private(|waiting| waiting.objects.0.append(&mut theirs));
            }
        });
        own.finish()
    }
}
