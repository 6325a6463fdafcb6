//! A part of the cache: a table, what its policy keeps, and the lock under which both change.
//!
//! **Invariants.**
//! - C1: an entry of the table is in the policy and the other way round, whenever the lock is free.
//! - C2: the weight of what is in the table is never above the capacity: before an entry is put in, so many are taken out. In the
//!   place of another of its key it is put when that one is not counted any more; then the others are within what it leaves.
//! - C3: no code of the user's runs under the lock but `Eq` of keys.
//! - C4: a flight's key is an entry's that its leader owns, and the flight is gone, under the lock, before the leader gives the entry away.
//!
//! **The lock** spins, and yields the processor after a while: it is held for a fraction of a microsecond, but while a table grows; handing it
//! over to a thread that sleeps takes ten times as long.

use alloc::vec::Vec;

use sync_primitives::CachePadded;
use sync_primitives::spin::{Mutex, MutexGuard};

use super::entry::{Entry, Handle, Locked, Owned};
use super::flight::Ticket;
use super::lifetime::Lifetimes;
use super::policy::Policy;
use super::removed::{RemovalCause, Removed};
use super::table::{Current, Table};
use crate::primitive::{AtomicUsize, Shared, ord};
use crate::reclaim::eras::{Eras, Pinned};

pub(super) struct Shard<K, V> {
    current: Current<K, V>,
    state: CachePadded<Mutex<State<K, V>>>,
    len: AtomicUsize,
    weight: AtomicUsize,
}

/// What is under the lock.
pub(super) struct State<K, V> {
    policy: Policy<Handle<K, V>>,
    flights: Vec<Flight<K, V>>,
    /// Where the search for entries whose time is over goes on.
    sweep: usize,
}

struct Flight<K, V> {
    /// The leader's.
    entry: Handle<K, V>,
    ticket: Shared<Ticket<V>>,
}

/// Places that are looked at for an entry whose time is over, when one is put in.
const SWEEP: usize = 4;

/// What a leader, a follower, or neither is to do.
pub(super) enum Begun<V> {
    Lead,
    Follow(Shared<Ticket<V>>),
    /// There is an entry.
    Present,
}

/// What `put` needs to know.
pub(super) struct Circumstances<'a, K, V> {
    pub(super) lifetimes: &'a Lifetimes<K, V>,
    pub(super) eras: &'a Eras,
    pub(super) now: usize,
    pub(super) advice: (u8, u8),
}

impl<K, V> Shard<K, V> {
    pub(super) fn new(capacity: u64, eras: &Eras) -> Self {
        Self {
            current: Current::new(eras),
            state: CachePadded::new(Mutex::new(State { policy: Policy::new(capacity), flights: Vec::new(), sweep: 0 })),
            len: AtomicUsize::new(0),
            weight: AtomicUsize::new(0),
        }
    }

    pub(super) fn len(&self) -> usize {
        // ord[CT17] Relaxed: a number that may be another one already; pairs with none.
        self.len.load(ord!(CT17, Relaxed))
    }

    pub(super) fn weight(&self) -> usize {
        // ord[CT18] Relaxed: as CT17; pairs with none.
        self.weight.load(ord!(CT18, Relaxed))
    }

    /// Looks for an entry.
    #[inline]
    pub(super) fn find<'g>(
        &self,
        hash: u64,
        is_key: impl FnMut(&K) -> bool,
        pinned: &'g Pinned<'_>,
    ) -> Option<&'g Entry<K, V>> {
        // SAFETY: the pointer is ours, and so what it leads to is the table.
        unsafe { Table::find(self.current.pointer(), hash, is_key, pinned) }
    }

    fn lock(&self) -> Guard<'_, K, V> {
        Guard { state: self.state.lock(), shard: self }
    }

    /// Puts an entry in, and takes out what must go.
    pub(super) fn put(
        &self,
        entry: Owned<K, V>,
        circumstances: &Circumstances<'_, K, V>,
        removed: &mut Removed<'_, K, V>,
    ) where
        K: Eq,
    {
        let mut guard = self.lock();
        guard.cancel(entry.entry().hash(), |key| key == entry.entry().key());
        guard.put(entry, circumstances, removed);
    }

    /// Ends the flight of this ticket, and puts the entry in if the flight has not been cancelled.
    pub(super) fn land(
        &self,
        ticket: &Shared<Ticket<V>>,
        entry: Owned<K, V>,
        circumstances: &Circumstances<'_, K, V>,
        removed: &mut Removed<'_, K, V>,
    ) where
        K: Eq,
    {
        let mut guard = self.lock();
        if guard.end(ticket) {
            guard.put(entry, circumstances, removed);
        } else {
            drop(guard);
            drop(entry);
        }
    }

    /// Ends the flight of this ticket.
    pub(super) fn end(&self, ticket: &Shared<Ticket<V>>) {
        self.lock().end(ticket);
    }

    /// Begins a flight for the key of `entry`, unless there is one, or an entry that `keeps` says yes to.
    pub(super) fn begin(
        &self,
        entry: &Owned<K, V>,
        ticket: &Shared<Ticket<V>>,
        keeps: impl Fn(&Entry<K, V>) -> bool,
    ) -> Begun<V>
    where
        K: Eq,
    {
        let own = entry.entry();
        let mut guard = self.lock();
        if let Some(flight) = guard.flight(own.hash(), |key| key == own.key()) {
            return Begun::Follow(Shared::clone(&guard.state.flights[flight].ticket));
        }
        let present = guard.table().get(own.hash(), |key| key == own.key());
        // SAFETY: in the table, and the lock is held.
        if present.is_some_and(|handle| keeps(unsafe { handle.get() })) {
            return Begun::Present;
        }
        let ticket = Shared::clone(ticket);
        guard.state.flights.push(Flight { entry: entry.handle(), ticket });
        Begun::Lead
    }

    /// Takes out the entry of a key, and cancels its flight.
    pub(super) fn take(
        &self,
        hash: u64,
        mut is_key: impl FnMut(&K) -> bool,
        lifetimes: &Lifetimes<K, V>,
        now: usize,
        removed: &mut Removed<'_, K, V>,
    ) -> bool {
        let mut guard = self.lock();
        guard.cancel(hash, &mut is_key);
        match guard.table().get(hash, is_key) {
            Some(handle) => {
                let cause = guard.cause(handle, RemovalCause::Explicit, lifetimes, now);
                guard.unlink(handle);
                removed.push(handle, cause);
                cause == RemovalCause::Explicit
            }
            None => false,
        }
    }

    /// Takes this very entry out if it is there still. The caller has read it under a guard that it holds still.
    pub(super) fn take_entry(&self, entry: &Entry<K, V>, cause: RemovalCause, removed: &mut Removed<'_, K, V>) -> bool {
        let mut guard = self.lock();
        let Some(handle) = guard.table().find_entry(entry) else { return false };
        guard.unlink(handle);
        removed.push(handle, cause);
        true
    }

    /// Takes all out, and cancels all flights.
    pub(super) fn take_all(&self, eras: &Eras, removed: &mut Removed<'_, K, V>) {
        let empty = Table::new(0, eras.now());
        let mut guard = self.lock();
        guard.state.flights.clear();
        // The table is left as it is: a new one takes its place.
        for place in 0..guard.table().len() {
            if let Some(handle) = guard.table().at(place) {
                // SAFETY: the lock is held.
                let mut locked = unsafe { Locked::new() };
                guard.state.policy.remove(&mut locked, handle);
                removed.push(handle, RemovalCause::Explicit);
            }
        }
        guard.state.sweep = 0;
        removed.push_table(self.current.replace(empty));
    }

    /// Takes out what is over.
    pub(super) fn take_over(&self, lifetimes: &Lifetimes<K, V>, now: usize, removed: &mut Removed<'_, K, V>) {
        let mut guard = self.lock();
        let places = guard.table().len();
        guard.state.sweep = 0;
        guard.sweep(places, lifetimes, now, removed);
    }

    /// All entries of this moment, under a guard that keeps them.
    pub(super) fn snapshot(&self, pinned: &Pinned<'_>) -> Vec<Handle<K, V>> {
        let mut handles = Vec::new();
        loop {
            pinned.raise();
            let guard = self.lock();
            handles.extend((0..guard.table().len()).filter_map(|place| guard.table().at(place)));
            // Else some were born after what the guard announces.
            if pinned.eras().now() == pinned.upper() {
                return handles;
            }
            handles.clear();
        }
    }

    /// Takes all out, when nobody uses the shard any more.
    ///
    /// # Safety
    ///
    /// Nobody does; this is called once.
    pub(super) unsafe fn drain(&self) -> Vec<Owned<K, V>> {
        // SAFETY: nobody holds the lock.
        let table = unsafe { self.current.get() };
        let handles = (0..table.len()).filter_map(|place| table.at(place));
        // SAFETY: taken out here only.
        let owned = handles.map(|handle| unsafe { Owned::from_handle(handle) }).collect();
        // SAFETY: promised by the caller.
        unsafe { self.current.free() };
        owned
    }
}

/// The lock of a shard, held.
struct Guard<'a, K, V> {
    state: MutexGuard<'a, State<K, V>>,
    shard: &'a Shard<K, V>,
}

impl<'a, K, V> Guard<'a, K, V> {
    fn table(&self) -> &Table<K, V> {
        // SAFETY: the lock is held, and `&mut self` replaces the table.
        unsafe { self.shard.current.get() }
    }

    /// Where the flight of a key is.
    fn flight(&self, hash: u64, mut is_key: impl FnMut(&K) -> bool) -> Option<usize> {
        self.state.flights.iter().position(|flight| {
            // SAFETY: C4, and the lock is held.
            let entry = unsafe { flight.entry.get() };
            entry.hash() == hash && is_key(entry.key())
        })
    }

    /// Forgets the flight of a key: what its loader loads is of the past.
    fn cancel(&mut self, hash: u64, is_key: impl FnMut(&K) -> bool) {
        if let Some(flight) = self.flight(hash, is_key) {
            self.state.flights.swap_remove(flight);
        }
    }

    /// Forgets the flight of this ticket; tells whether it was there.
    fn end(&mut self, ticket: &Shared<Ticket<V>>) -> bool {
        let flight = self.state.flights.iter().position(|flight| Shared::ptr_eq(&flight.ticket, ticket));
        flight.map(|flight| self.state.flights.swap_remove(flight)).is_some()
    }

    fn cause(
        &self,
        handle: Handle<K, V>,
        cause: RemovalCause,
        lifetimes: &Lifetimes<K, V>,
        now: usize,
    ) -> RemovalCause {
        // SAFETY: in the table, and the lock is held.
        if lifetimes.is_over(unsafe { handle.get() }, now) { RemovalCause::Expired } else { cause }
    }

    fn put(&mut self, entry: Owned<K, V>, circumstances: &Circumstances<'_, K, V>, removed: &mut Removed<'_, K, V>)
    where
        K: Eq,
    {
        let Circumstances { lifetimes, eras, now, advice: (profile, epoch) } = *circumstances;
        let (hash, weight) = (entry.entry().hash(), u64::from(entry.entry().weight()));
        let old = self.table().get(hash, |key| key == entry.entry().key());
        let handle = entry.publish();
        if weight > self.state.policy.capacity() {
            if let Some(old) = old {
                let cause = self.cause(old, RemovalCause::Replaced, lifetimes, now);
                self.unlink(old);
                removed.push(old, cause);
            }
            removed.push(handle, RemovalCause::Size);
            return;
        }
        // SAFETY: the lock is held.
        let mut locked = unsafe { Locked::new() };
        self.state.policy.advise(profile, epoch);
        if let Some(old) = old {
            self.state.policy.remove(&mut locked, old);
        }
        if lifetimes.is_bounded() && !self.state.policy.fits(weight) {
            self.sweep_but(SWEEP, old, lifetimes, now, removed);
        }
        while !self.state.policy.fits(weight) {
            let Some(evicted) = self.state.policy.evict(&mut locked, weight) else { break };
            let cause = self.cause(evicted, RemovalCause::Size, lifetimes, now);
            // SAFETY: in the table, and the lock is held.
            self.table().remove(evicted, unsafe { evicted.get() }.hash());
            removed.push(evicted, cause);
        }
        match old {
            Some(old) => {
                self.table().replace(old, handle, hash);
                self.state.policy.insert_like(&mut locked, handle, old);
                removed.push(old, self.cause(old, RemovalCause::Replaced, lifetimes, now));
            }
            None => {
                if self.table().is_full(self.state.policy.len()) {
                    removed.push_table(self.grow(eras));
                }
                self.table().add(handle, hash);
                self.state.policy.insert(&mut locked, handle);
            }
        }
        if lifetimes.is_bounded() {
            self.sweep_but(SWEEP, Some(handle), lifetimes, now, removed);
        }
    }

    /// Replaces the table by one that has room; returns the old one.
    fn grow(&mut self, eras: &Eras) -> *mut Table<K, V> {
        let larger = Table::new(2 * self.state.policy.len() + 1, eras.now());
        for place in 0..self.table().len() {
            if let Some(handle) = self.table().at(place) {
                // SAFETY: in the table, and the lock is held.
                larger.add(handle, unsafe { handle.get() }.hash());
            }
        }
        self.shard.current.replace(larger)
    }

    /// Takes an entry out of the table and the policy.
    fn unlink(&mut self, handle: Handle<K, V>) {
        // SAFETY: the lock is held.
        let mut locked = unsafe { Locked::new() };
        self.state.policy.remove(&mut locked, handle);
        // SAFETY: in the table, and the lock is held.
        self.table().remove(handle, unsafe { handle.get() }.hash());
    }

    fn sweep(&mut self, places: usize, lifetimes: &Lifetimes<K, V>, now: usize, removed: &mut Removed<'_, K, V>) {
        self.sweep_but(places, None, lifetimes, now, removed);
    }

    /// Looks at so many places, and takes out what is over, but not `but`.
    fn sweep_but(
        &mut self,
        places: usize,
        but: Option<Handle<K, V>>,
        lifetimes: &Lifetimes<K, V>,
        now: usize,
        removed: &mut Removed<'_, K, V>,
    ) {
        for _ in 0..places {
            let place = self.state.sweep % self.table().len();
            self.state.sweep = place + 1;
            // Another may have moved up.
            while let Some(handle) = self.table().at(place).filter(|handle| Some(*handle) != but) {
                // SAFETY: in the table, and the lock is held.
                if !lifetimes.is_over(unsafe { handle.get() }, now) {
                    break;
                }
                self.unlink(handle);
                removed.push(handle, RemovalCause::Expired);
            }
        }
    }
}

impl<K, V> Drop for Guard<'_, K, V> {
    fn drop(&mut self) {
        // ord[CT19] Relaxed: as CT17; pairs with none.
        self.shard.len.store(self.state.policy.len(), ord!(CT19, Relaxed));
        let weight = usize::try_from(self.state.policy.weight()).unwrap_or(usize::MAX);
        // ord[CT20] Relaxed: as CT17; pairs with none.
        self.shard.weight.store(weight, ord!(CT20, Relaxed));
    }
}
