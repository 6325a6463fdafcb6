//! Which types may cross threads, positive and negative rows.

use std::cell::Cell;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::MutexGuard;

use std::sync::Arc;

use lockfree_collections::cell::{AtomicRcAny, Cache, CompareExchangeError, Displaced, Guard, Owned};
use lockfree_collections::deque::{Injector, Steal, Stealer, Worker};
use lockfree_collections::reclaim::Telemetry;
use lockfree_collections::{
    AtomicBox, AtomicRc, BoundedQueue, BoundedStack, LockFreeHashMap, LockFreeHashSet, LockFreeQueue, LockFreeSkipMap,
    LockFreeSkipSet, LockFreeStack, PriorityQueue, RelaxedPriorityQueue, ScqQueue, bounded, map, ordered, priority,
    queue, scq, set, spsc, stack,
};

use crate::support::implements;

/// `Send`, not `Sync`.
type OnlySend = Cell<u8>;
/// `Sync`, not `Send`.
type OnlySync = MutexGuard<'static, u8>;
/// Neither.
type Neither = Rc<u8>;

macro_rules! table {
    ($($type:ty: $send:literal $sync:literal;)*) => {$(
        assert_eq!(implements!($type: Send), $send, concat!(stringify!($type), ": Send"));
        assert_eq!(implements!($type: Sync), $sync, concat!(stringify!($type), ": Sync"));
    )*};
}

#[test]
fn probe_tells_types_apart() {
    table! {
        u8: true true;
        OnlySend: true false;
        OnlySync: false true;
        Neither: false false;
    }
}

#[test]
fn collections_are_send_and_sync_exactly_if_values_are_send() {
    table! {
        LockFreeQueue<u8>: true true;
        LockFreeQueue<OnlySend>: true true;
        LockFreeQueue<OnlySync>: false false;
        LockFreeQueue<Neither>: false false;
        BoundedStack<u8>: true true;
        BoundedStack<OnlySend>: true true;
        BoundedStack<OnlySync>: false false;
        BoundedStack<Neither>: false false;
        BoundedQueue<u8>: true true;
        BoundedQueue<OnlySend>: true true;
        BoundedQueue<OnlySync>: false false;
        BoundedQueue<Neither>: false false;
        spsc::Producer<OnlySend>: true true;
        spsc::Producer<OnlySync>: false false;
        spsc::Consumer<OnlySend>: true true;
        spsc::Consumer<Neither>: false false;
        ScqQueue<u8>: true true;
        ScqQueue<OnlySend>: true true;
        ScqQueue<OnlySync>: false false;
        ScqQueue<Neither>: false false;
        scq::IntoIter<OnlySend>: true true;
        scq::IntoIter<Neither>: false false;
        PriorityQueue<u8>: true true;
        PriorityQueue<OnlySend>: true true;
        PriorityQueue<OnlySync>: false false;
        PriorityQueue<Neither>: false false;
        RelaxedPriorityQueue<u8>: true true;
        RelaxedPriorityQueue<OnlySend>: true true;
        RelaxedPriorityQueue<OnlySync>: false false;
        RelaxedPriorityQueue<Neither>: false false;
        priority::Handle<'static, OnlySend>: true true;
        priority::Handle<'static, OnlySync>: false false;
        LockFreeStack<u8>: true true;
        LockFreeStack<OnlySend>: true true;
        LockFreeStack<OnlySync>: false false;
        LockFreeStack<Neither>: false false;
    }
}

#[test]
fn iterators_follow_their_collections() {
    table! {
        bounded::IntoIter<OnlySend>: true true;
        bounded::IntoIter<OnlySync>: false false;
        bounded::TryIter<'static, OnlySend>: true true;
        bounded::TryIter<'static, Neither>: false false;
        spsc::PopBatch<'static, OnlySend>: true true;
        spsc::PopBatch<'static, Neither>: false false;
        priority::IntoIter<OnlySend>: true false;
        priority::IntoIter<OnlySync>: false true;
        priority::IntoIter<Neither>: false false;
        queue::IntoIter<OnlySend>: true true;
        queue::IntoIter<OnlySync>: false false;
        queue::TryIter<'static, OnlySend>: true true;
        queue::TryIter<'static, Neither>: false false;
        stack::IntoIter<OnlySend>: true true;
        stack::IntoIter<Neither>: false false;
        stack::TryIter<'static, OnlySend>: true true;
        stack::TryIter<'static, OnlySync>: false false;
        stack::PopAll<'static, OnlySend>: true true;
        stack::PopAll<'static, OnlySync>: false false;
    }
}

#[test]
fn workers_move_between_threads_and_are_not_shared() {
    table! {
        Worker<u8>: true false;
        Worker<OnlySend>: true false;
        Worker<OnlySync>: false false;
        Stealer<u8>: true true;
        Stealer<OnlySend>: true true;
        Stealer<OnlySync>: false false;
        Injector<OnlySend>: true true;
        Injector<Neither>: false false;
        Steal<OnlySend>: true false;
    }
}

#[test]
fn cells_give_references_so_sharing_them_wants_both() {
    table! {
        AtomicBox<u8>: true true;
        AtomicBox<OnlySend>: true false;
        AtomicBox<OnlySync>: false false;
        AtomicBox<Neither>: false false;
        AtomicRc<u8>: true true;
        AtomicRc<OnlySend>: false false;
        AtomicRc<OnlySync>: false false;
        AtomicRcAny<Option<Arc<u8>>>: true true;
        AtomicRcAny<std::rc::Rc<u8>>: false false;
        Guard<'static, Owned<u8>>: true true;
        Guard<'static, Owned<OnlySend>>: false false;
        Guard<'static, Owned<OnlySync>>: true true;
        Guard<'static, Owned<Neither>>: false false;
        Displaced<'static, Owned<u8>>: true true;
        Displaced<'static, Owned<OnlySend>>: false false;
        Displaced<'static, Owned<OnlySync>>: false true;
        Cache<&'static AtomicBox<u8>, Owned<u8>>: true true;
        Cache<&'static AtomicBox<OnlySend>, Owned<OnlySend>>: false false;
        Cache<&'static AtomicBox<OnlySync>, Owned<OnlySync>>: false false;
        Guard<'static, Arc<u8>>: true true;
        Guard<'static, Arc<OnlySync>>: false false;
        Cache<Arc<AtomicRc<u8>>, Arc<u8>>: true true;
        Cache<Arc<AtomicRc<OnlySync>>, Arc<OnlySync>>: false false;
        CompareExchangeError<'static, OnlySync>: false true;
        Telemetry: true true;
    }
}

#[cfg(feature = "cache")]
#[test]
fn caches_give_references_to_what_others_may_drop() {
    use lockfree_collections::ConcurrentCache;

    type Plain<K, V> = ConcurrentCache<K, V, ()>;
    table! {
        ConcurrentCache<u8, u8>: true true;
        Plain<u8, OnlySend>: false false;
        Plain<OnlySend, u8>: false false;
        Plain<u8, OnlySync>: false false;
        Plain<OnlySync, u8>: false false;
        Plain<u8, Neither>: false false;
        ConcurrentCache<u8, u8, OnlySend>: true false;
        ConcurrentCache<u8, u8, OnlySync>: false true;
    }
}

#[test]
fn maps_give_references_so_sharing_them_wants_both_of_keys_and_values() {
    type Plain<K, V> = LockFreeHashMap<K, V, ()>;
    table! {
        LockFreeHashMap<u8, u8>: true true;
        Plain<u8, OnlySend>: true false;
        Plain<OnlySend, u8>: true false;
        Plain<u8, OnlySync>: false false;
        Plain<OnlySync, u8>: false false;
        Plain<u8, Neither>: false false;
        LockFreeHashMap<u8, u8, OnlySend>: true false;
        LockFreeHashMap<u8, u8, OnlySync>: false true;
        LockFreeHashSet<u8>: true true;
        LockFreeHashSet<OnlySend, ()>: true false;
        LockFreeHashSet<OnlySync, ()>: false false;
        map::LocalGuard<'static>: true false;
        map::OwnedGuard<'static>: true true;
        map::HashMapRef<'static, u8, u8, (), map::LocalGuard<'static>>: true false;
        map::HashMapRef<'static, u8, u8, (), map::OwnedGuard<'static>>: true true;
        map::HashMapRef<'static, u8, OnlySend, (), map::OwnedGuard<'static>>: false false;
        map::Iter<'static, u8, u8, map::LocalGuard<'static>>: false false;
        map::Iter<'static, u8, u8, map::OwnedGuard<'static>>: true true;
        map::Iter<'static, u8, OnlySend, map::OwnedGuard<'static>>: false false;
        map::Iter<'static, u8, OnlySync, map::OwnedGuard<'static>>: false false;
        map::Keys<'static, u8, Neither, map::OwnedGuard<'static>>: false false;
        map::IntoIter<u8, OnlySend>: true false;
        map::IntoIter<u8, OnlySync>: false false;
        map::OccupiedError<'static, u8>: true true;
        map::HashMapBuilder<Neither, Neither, ()>: true true;
        set::Iter<'static, u8, map::OwnedGuard<'static>>: true true;
        set::HashSetRef<'static, u8, (), map::LocalGuard<'static>>: true false;
    }
    assert!(implements!(LockFreeHashMap<u8, u8>: UnwindSafe));
    assert!(implements!(LockFreeHashMap<u8, u8>: RefUnwindSafe));
    assert!(!implements!(Plain<u8, Cell<u8>>: UnwindSafe));
    assert!(implements!(LockFreeHashMap<u8, u8>: Unpin));
}

#[test]
fn ordered_maps_give_references_that_stay_in_their_thread() {
    table! {
        LockFreeSkipMap<u8, u8>: true true;
        LockFreeSkipMap<u8, OnlySend>: true false;
        LockFreeSkipMap<OnlySend, u8>: true false;
        LockFreeSkipMap<u8, OnlySync>: false false;
        LockFreeSkipMap<OnlySync, u8>: false false;
        LockFreeSkipMap<u8, Neither>: false false;
        LockFreeSkipSet<u8>: true true;
        LockFreeSkipSet<OnlySend>: true false;
        LockFreeSkipSet<OnlySync>: false false;
        ordered::Entry<'static, u8, u8>: false false;
        ordered::Iter<'static, u8, u8>: false false;
        ordered::Range<'static, u8, u8, std::ops::RangeFull>: false false;
        ordered::IntoIter<u8, u8>: true true;
        ordered::IntoIter<u8, OnlySend>: true false;
        ordered::IntoIter<u8, OnlySync>: false false;
    }
}

#[test]
fn collections_are_unwind_safe_and_unpin() {
    assert!(implements!(LockFreeQueue<Neither>: UnwindSafe));
    assert!(implements!(LockFreeQueue<Neither>: RefUnwindSafe));
    assert!(implements!(LockFreeQueue<Neither>: Unpin));
    assert!(implements!(BoundedStack<Neither>: UnwindSafe));
    assert!(implements!(BoundedStack<Neither>: RefUnwindSafe));
    assert!(implements!(BoundedQueue<Neither>: UnwindSafe));
    assert!(implements!(BoundedQueue<Neither>: RefUnwindSafe));
    assert!(implements!(AtomicBox<u8>: UnwindSafe));
    assert!(implements!(AtomicBox<u8>: RefUnwindSafe));
    assert!(!implements!(AtomicBox<Cell<u8>>: UnwindSafe));
    assert!(implements!(LockFreeStack<Neither>: UnwindSafe));
    assert!(implements!(LockFreeStack<Neither>: RefUnwindSafe));
    assert!(implements!(LockFreeStack<Neither>: Unpin));
}

#[cfg(feature = "cache")]
#[test]
fn caches_are_send_and_sync_exactly_if_keys_and_values_are_both() {
    use lockfree_collections::ConcurrentCache;
    use lockfree_collections::cache::{Builder, Iter, ManualClock};

    table! {
        ConcurrentCache<u8, u8>: true true;
        ConcurrentCache<OnlySend, u8>: false false;
        ConcurrentCache<u8, OnlySend>: false false;
        ConcurrentCache<OnlySync, u8>: false false;
        ConcurrentCache<u8, OnlySync>: false false;
        ConcurrentCache<u8, Neither>: false false;
        Iter<'static, u8, u8>: true true;
        Iter<'static, u8, OnlySend>: false false;
        Builder<u8, u8>: true true;
        ManualClock: true true;
    }
    assert!(implements!(ConcurrentCache<u8, u8>: UnwindSafe) && implements!(ConcurrentCache<u8, u8>: RefUnwindSafe));
}
