//! A part of the cache: a table, what its policy keeps, and the lock under which both change.
//!
//! **Invariants.**
//! - C1: an entry of the table is in the policy and the other way round, whenever the lock is free.
//! - C2: the weight of what is in the table is never above the capacity: before an entry is put in, so many are taken out. In the
//!   place of another of its key it is put when that one is not counted any more; then the others are within what it leaves.
//! - C3: no code of the user's runs under the lock but `Eq` of keys.
//! - C4: a flight's key is an entry's that its leader owns, and the flight is gone, under the lock, before the leader gives the entry away, or
//!   drops it.
//! - C5: while a flight that began when its key had no entry is not cancelled, the key has none: whatever puts one in cancels it first.
//!
//! **The lock** spins, and yields the processor after a while: it is held for a fraction of a microsecond, but while a table grows; handing it
//! over to a thread that sleeps takes ten times as long.

use alloc::vec::Vec;

use sync_primitives::CachePadded;
use sync_primitives::spin::{Mutex, MutexGuard};

use super::entry::{Entry, Locked};
use super::flight::{Flight, Ticket, Whereabouts};
use super::lifetime::Lifetimes;
use super::memory::Memory;
use super::owned::Owned;
use super::policy::Policy;
use super::removed::{RemovalCause, Removed};
use super::stats::Gone;
use super::table::{Current, Table};
use crate::primitive::{AtomicUsize, Shared, ord};
use crate::reclaim::eras::Pinned;

pub(super) struct Shard<V> {
    /// All that a look-up reads of the shard: not beside what changes.
    current: CachePadded<Current>,
    changing: CachePadded<Changing<V>>,
}

/// Its order is that of memory: what a change of one entry writes, from the last number of `gone` to the beginning of `state`, with the
/// lock, is one line of the processor's cache, which is all of this that goes from one thread to the other if there are neither weights nor
/// lifetimes.
#[repr(C)]
struct Changing<V> {
    /// Written only if there are weights; else it is as much as `len`.
    weight: AtomicUsize,
    apart: [usize; 3],
    gone: Gone,
    len: AtomicUsize,
    state: Mutex<State<V>>,
}

/// What is under the lock.
#[repr(C)]
pub(super) struct State<V> {
    policy: Policy,
    flights: Vec<Flight<V>>,
    /// Where the search for entries whose time is over goes on.
    sweep: usize,
}

#[cfg(all(not(loom), target_pointer_width = "64"))]
const _: () = {
    let begin = core::mem::offset_of!(Changing<u8>, gone) + Gone::CHANGING;
    // The value of a mutex comes last, since it may have no size.
    let value = size_of::<Mutex<State<u8>>>() - size_of::<State<u8>>();
    let end = core::mem::offset_of!(Changing<u8>, state) + value + Policy::CHANGING;
    assert!(begin % 64 == 0 && end - begin == 64, "one line");
};

/// Places that are looked at for an entry whose time is over, when one is put in.
const SWEEP: usize = 4;

/// What a leader, a follower, or neither is to do.
pub(super) enum Begun<V> {
    Lead,
    Follow(Shared<Ticket<V>>),
    /// The calling thread leads already.
    Own,
    /// There is an entry.
    Present,
}

/// What `put` needs to know.
pub(super) struct Circumstances<'a, K, V> {
    pub(super) lifetimes: &'a Lifetimes<K, V>,
    pub(super) now: usize,
    pub(super) advice: (u8, u8),
}

impl<V> Shard<V> {
    /// For so many entries at most, whatever they weigh, and with room for `initial` in its table.
    pub(super) fn new(capacity: u64, most: usize, initial: usize, era: usize) -> Self {
        let state = State { policy: Policy::new(capacity, most), flights: Vec::new(), sweep: 0 };
        Self {
            current: CachePadded::new(Current::new(initial, era)),
            changing: CachePadded::new(Changing {
                weight: AtomicUsize::new(0),
                apart: [0; 3],
                gone: Gone::new(),
                len: AtomicUsize::new(0),
                state: Mutex::new(state),
            }),
        }
    }

    pub(super) fn len(&self) -> usize {
        // ord[CT17] Relaxed: a number that may be another one already; pairs with none.
        self.changing.len.load(ord!(CT17, Relaxed))
    }

    /// In a cache with weights.
    pub(super) fn weight(&self) -> usize {
        // ord[CT18] Relaxed: as CT17; pairs with none.
        self.changing.weight.load(ord!(CT18, Relaxed))
    }

    /// What has been taken out.
    pub(super) fn gone(&self) -> &Gone {
        &self.changing.gone
    }

    /// Looks for an entry; returns its number, too.
    #[inline]
    pub(super) fn find<'g, K>(
        &self,
        memory: &'g Memory<K, V>,
        hash: u64,
        is_key: impl FnMut(&K) -> bool,
        pinned: &'g Pinned<'_>,
    ) -> Option<(u32, &'g Entry<K, V>)> {
        // SAFETY: the pointer is ours, and so what it leads to is the table, of entries in the cache's memory.
        unsafe { Table::find(self.current.pointer(), memory, hash, is_key, pinned) }
    }

    #[inline]
    fn lock<'a, K>(&'a self, memory: &'a Memory<K, V>) -> Guard<'a, K, V> {
        Guard { state: self.changing.state.lock(), shard: self, memory }
    }

    /// Puts an entry in, and takes out what must go.
    pub(super) fn put<'a, K: Eq>(
        &self,
        memory: &'a Memory<K, V>,
        entry: Owned<'a, K, V>,
        circumstances: &Circumstances<'_, K, V>,
        removed: &mut Removed<'a, K, V>,
    ) {
        let (hash, own) = (entry.hash(), entry.entry());
        let mut guard = self.lock(memory);
        guard.state.policy.prefetch(hash);
        guard.cancel(hash, |key| key == own.key());
        let old = guard.table().get(memory, hash, |key| key == own.key());
        guard.put(entry, old, circumstances, removed);
    }

    /// Ends the flight of this entry, and puts it in if the flight has not been cancelled, or in any case; else it is left. Returns what
    /// the followers wait for.
    ///
    /// If it panics, the entry is there still, as the flight is: C4.
    pub(super) fn land<'a, K: Eq>(
        &self,
        memory: &'a Memory<K, V>,
        landing: &mut Option<Owned<'a, K, V>>,
        in_any_case: bool,
        circumstances: &Circumstances<'_, K, V>,
        removed: &mut Removed<'a, K, V>,
    ) -> Option<Shared<Ticket<V>>> {
        let entry = landing.as_ref()?;
        let (hash, own) = (entry.hash(), entry.entry());
        let mut guard = self.lock(memory);
        let place = guard.flight_of(entry.whereabouts())?;
        guard.state.policy.prefetch(hash);
        let Flight { vacant, cancelled, .. } = guard.state.flights[place];
        if cancelled && in_any_case {
            // Another may have begun.
            guard.cancel(hash, |key| key == own.key());
        }
        // If it was vacant: C5.
        let known = vacant && !cancelled || cancelled && !in_any_case;
        let old = if known { None } else { guard.table().get(memory, hash, |key| key == own.key()) };
        // From here on nothing panics: so the followers are told.
        let ticket = guard.state.flights.swap_remove(place).into_ticket();
        if !cancelled || in_any_case {
            if let Some(entry) = landing.take() {
                guard.put(entry, old, circumstances, removed);
            }
        }
        ticket
    }

    /// Ends the flight of this entry. Returns what the followers wait for.
    pub(super) fn end<K>(&self, memory: &Memory<K, V>, entry: Whereabouts) -> Option<Shared<Ticket<V>>> {
        let mut guard = self.lock(memory);
        let flight = guard.flight_of(entry)?;
        guard.state.flights.swap_remove(flight).into_ticket()
    }

    /// Begins a flight for the key of `entry`, unless there is one, or an entry that `keeps` says yes to.
    pub(super) fn begin<K: Eq>(
        &self,
        memory: &Memory<K, V>,
        entry: &Owned<'_, K, V>,
        keeps: impl Fn(u32) -> bool,
    ) -> Begun<V> {
        let (hash, own) = (entry.hash(), entry.entry());
        let mut guard = self.lock(memory);
        if let Some(flight) = guard.flight(hash, |key| key == own.key()) {
            let flight = &mut guard.state.flights[flight];
            return if flight.is_own() { Begun::Own } else { Begun::Follow(flight.follow()) };
        }
        let present = guard.table().get(memory, hash, |key| key == own.key());
        if present.is_some_and(keeps) {
            return Begun::Present;
        }
        guard.state.flights.push(Flight::new(entry.whereabouts(), hash, present.is_none()));
        Begun::Lead
    }

    /// Takes out the entry of a key, and cancels its flight.
    pub(super) fn take<K>(
        &self,
        hash: u64,
        mut is_key: impl FnMut(&K) -> bool,
        lifetimes: &Lifetimes<K, V>,
        now: usize,
        removed: &mut Removed<'_, K, V>,
    ) -> bool {
        let memory = removed.memory();
        let mut guard = self.lock(memory);
        guard.cancel(hash, &mut is_key);
        match guard.table().get(memory, hash, is_key) {
            Some(number) => {
                let cause = guard.cause(number, RemovalCause::Explicit, lifetimes, now);
                guard.unlink(number);
                guard.push(number, cause, removed);
                cause == RemovalCause::Explicit
            }
            None => false,
        }
    }

    /// Takes this very entry out if it is there still. The caller has read it under a guard that it holds still.
    pub(super) fn take_entry<K>(&self, number: u32, cause: RemovalCause, removed: &mut Removed<'_, K, V>) -> bool {
        let memory = removed.memory();
        let hash = memory.mark(number).hash();
        let mut guard = self.lock(memory);
        if !guard.table().has(number, hash) {
            return false;
        }
        guard.unlink(number);
        guard.push(number, cause, removed);
        true
    }

    /// Takes all out, and cancels all flights.
    pub(super) fn take_all<K>(&self, removed: &mut Removed<'_, K, V>) {
        let memory = removed.memory();
        let empty = Table::new(0, memory.eras().now());
        let mut guard = self.lock(memory);
        guard.state.flights.iter_mut().for_each(|flight| flight.cancelled = true);
        // The table is left as it is: a new one takes its place.
        for place in 0..guard.table().len() {
            if let Some(number) = guard.table().entry_at(place) {
                // SAFETY: the lock is held.
                let locked = unsafe { Locked::new(memory) };
                guard.state.policy.remove(locked, number);
                guard.push(number, RemovalCause::Explicit, removed);
            }
        }
        guard.state.sweep = 0;
        removed.push_table(self.current.replace(empty));
    }

    /// Takes out what is over.
    pub(super) fn take_over<K>(&self, lifetimes: &Lifetimes<K, V>, now: usize, removed: &mut Removed<'_, K, V>) {
        let mut guard = self.lock(removed.memory());
        let places = guard.table().len();
        guard.state.sweep = 0;
        guard.sweep_but(places, None, lifetimes, now, removed);
    }

    /// All entries of this moment, under a guard that keeps them.
    pub(super) fn snapshot<K>(&self, memory: &Memory<K, V>, pinned: &Pinned<'_>) -> Vec<u32> {
        let mut numbers = Vec::new();
        loop {
            pinned.raise();
            let guard = self.lock(memory);
            numbers.extend((0..guard.table().len()).filter_map(|place| guard.table().entry_at(place)));
            // Else some were born after what the guard announces.
            if pinned.eras().now() == pinned.upper() {
                return numbers;
            }
            numbers.clear();
        }
    }

    /// Takes all out, when nobody uses the shard any more.
    ///
    /// # Safety
    ///
    /// Nobody does; this is called once.
    pub(super) unsafe fn drain<K>(&self, memory: &Memory<K, V>) -> Vec<(K, V)> {
        // SAFETY: nobody holds the lock.
        let table = unsafe { self.current.get() };
        let numbers = (0..table.len()).filter_map(|place| table.entry_at(place));
        // SAFETY: published, so full; and taken out here only.
        let pairs = numbers.map(|number| unsafe { memory.at(number).take() }).collect();
        // SAFETY: promised by the caller.
        unsafe { self.current.free() };
        pairs
    }
}

/// The lock of a shard, held.
struct Guard<'a, K, V> {
    state: MutexGuard<'a, State<V>>,
    shard: &'a Shard<V>,
    memory: &'a Memory<K, V>,
}

impl<'a, K, V> Guard<'a, K, V> {
    #[inline]
    fn table(&self) -> &Table {
        // SAFETY: the lock is held, and `&mut self` replaces the table.
        unsafe { self.shard.current.get() }
    }

    /// What the policy looks at.
    #[inline]
    fn locked(&self) -> Locked<'a, K, V> {
        // SAFETY: the lock is held, and the callers do not keep this longer.
        unsafe { Locked::new(self.memory) }
    }

    /// Where the flight of a key is, if it is not cancelled.
    fn flight(&self, hash: u64, mut is_key: impl FnMut(&K) -> bool) -> Option<usize> {
        self.state.flights.iter().position(|flight| {
            // SAFETY: C4, and the lock is held: the entry is its leader's still, and the key is not written.
            let entry = || unsafe { &*flight.entry.0.cast::<Entry<K, V>>() };
            !flight.cancelled && flight.hash == hash && is_key(entry().key())
        })
    }

    /// Where the flight of this entry is.
    fn flight_of(&self, entry: Whereabouts) -> Option<usize> {
        self.state.flights.iter().position(|flight| flight.entry == entry)
    }

    /// Cancels the flight of a key: what its loader loads is of the past.
    #[inline]
    fn cancel(&mut self, hash: u64, is_key: impl FnMut(&K) -> bool) {
        if let Some(flight) = self.flight(hash, is_key) {
            self.state.flights[flight].cancelled = true;
        }
    }

    fn cause(&self, number: u32, cause: RemovalCause, lifetimes: &Lifetimes<K, V>, now: usize) -> RemovalCause {
        if lifetimes.is_over(self.memory, number, now) { RemovalCause::Expired } else { cause }
    }

    /// Counts an entry that has been taken out, and keeps it for the caller.
    #[inline]
    fn push(&self, number: u32, cause: RemovalCause, removed: &mut Removed<'_, K, V>) {
        self.shard.changing.gone.count(cause, self.memory.weighs().then(|| self.memory.weight(number)));
        removed.push(number, cause);
    }

    /// Takes out `old`, the entry of a key for which another is not put in.
    #[cold]
    fn give_up(&mut self, old: u32, circumstances: &Circumstances<'_, K, V>, removed: &mut Removed<'_, K, V>) {
        let cause = self.cause(old, RemovalCause::Replaced, circumstances.lifetimes, circumstances.now);
        self.unlink(old);
        self.push(old, cause, removed);
    }

    /// Puts an entry in, in the place of `old`, the one of its key.
    fn put<'e>(
        &mut self,
        entry: Owned<'e, K, V>,
        old: Option<u32>,
        circumstances: &Circumstances<'_, K, V>,
        removed: &mut Removed<'e, K, V>,
    ) {
        let Circumstances { lifetimes, now, advice: (profile, epoch) } = *circumstances;
        let hash = entry.hash();
        let number = match entry.publish() {
            Ok(number) => number,
            Err(entry) => {
                old.into_iter().for_each(|old| self.give_up(old, circumstances, removed));
                return removed.refuse(entry);
            }
        };
        let weight = u64::from(self.memory.weight(number));
        if weight > self.state.policy.capacity() {
            old.into_iter().for_each(|old| self.give_up(old, circumstances, removed));
            self.push(number, RemovalCause::Size, removed);
            return;
        }
        let locked = self.locked();
        self.state.policy.advise(profile, epoch);
        if let Some(old) = old {
            self.state.policy.remove(locked, old);
        }
        if lifetimes.is_bounded() && !self.state.policy.fits(weight) {
            self.sweep_but(SWEEP, old, lifetimes, now, removed);
        }
        while !self.state.policy.fits(weight) {
            let Some(evicted) = self.state.policy.evict(locked, weight) else { break };
            let cause = self.cause(evicted, RemovalCause::Size, lifetimes, now);
            self.table().remove(evicted, self.memory.mark(evicted).hash());
            self.push(evicted, cause, removed);
        }
        match old {
            Some(old) => {
                self.table().replace(old, number, hash);
                self.state.policy.insert_like(locked, number, old);
                self.push(old, self.cause(old, RemovalCause::Replaced, lifetimes, now), removed);
            }
            None => {
                if self.table().is_full(self.state.policy.len()) {
                    removed.push_table(self.grow());
                }
                self.table().add(number, hash);
                self.state.policy.insert(locked, number);
            }
        }
        if lifetimes.is_bounded() {
            self.sweep_but(SWEEP, Some(number), lifetimes, now, removed);
        }
        // What the next one will look at first.
        if let Some(next) = self.state.policy.next() {
            let hash = self.memory.mark(next).hash();
            self.state.policy.prefetch(hash);
            self.table().prefetch(hash);
        }
    }

    /// Replaces the table by one that has room; returns the old one.
    #[cold]
    fn grow(&mut self) -> *mut Table {
        let larger = Table::new(2 * self.state.policy.len() + 1, self.memory.eras().now());
        for place in 0..self.table().len() {
            if let Some(number) = self.table().entry_at(place) {
                larger.add(number, self.memory.mark(number).hash());
            }
        }
        self.shard.current.replace(larger)
    }

    /// Takes an entry out of the table and the policy.
    fn unlink(&mut self, number: u32) {
        let locked = self.locked();
        self.state.policy.remove(locked, number);
        self.table().remove(number, self.memory.mark(number).hash());
    }

    /// Looks at so many places, and takes out what is over, but not `but`.
    fn sweep_but(
        &mut self,
        places: usize,
        but: Option<u32>,
        lifetimes: &Lifetimes<K, V>,
        now: usize,
        removed: &mut Removed<'_, K, V>,
    ) {
        for _ in 0..places {
            let place = self.state.sweep % self.table().len();
            self.state.sweep = place + 1;
            // Another may have moved up.
            while let Some(number) = self.table().entry_at(place).filter(|number| Some(*number) != but) {
                if !lifetimes.is_over(self.memory, number, now) {
                    break;
                }
                self.unlink(number);
                self.push(number, RemovalCause::Expired, removed);
            }
        }
    }
}

impl<K, V> Drop for Guard<'_, K, V> {
    #[inline]
    fn drop(&mut self) {
        let changing = &self.shard.changing;
        // ord[CT19] Relaxed: as CT17; pairs with none.
        changing.len.store(self.state.policy.len(), ord!(CT19, Relaxed));
        if self.memory.weighs() {
            let weight = usize::try_from(self.state.policy.weight()).unwrap_or(usize::MAX);
            // ord[CT20] Relaxed: as CT17; pairs with none.
            changing.weight.store(weight, ord!(CT20, Relaxed));
        }
    }
}
