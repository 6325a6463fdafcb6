//! The types that make loom's interface whole: each does what it says, and misses no bug that it is there to show.

use std::collections::BTreeSet;
use std::sync::Mutex as Real;
use std::sync::atomic::{AtomicU32 as RealU32, Ordering as RealOrdering};
use std::time::Duration;

use verify_harness::model::alloc::Track;
use verify_harness::model::cell::{Cell, UnsafeCell};
use verify_harness::model::future::{AtomicWaker, block_on};
use verify_harness::model::lazy::Lazy;
use verify_harness::model::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use verify_harness::model::sync::atomic::{AtomicBool, AtomicU32};
use verify_harness::model::sync::{Arc, Barrier, Condvar, CountedArc, Mutex, Notify, OnceLock, RwLock, Weak, mpsc};
use verify_harness::model::thread::{self, LocalKey};
use verify_harness::model::{Builder, FailureKind, Report};

fn explore(program: impl Fn() + Send + Sync + 'static) -> Report {
    Builder::new().explore(program)
}

#[track_caller]
fn holds(program: impl Fn() + Send + Sync + 'static) -> u64 {
    let report = explore(program);
    assert!(report.verdict.holds(), "{report:?}");
    report.executions
}

#[track_caller]
fn fails(kind: FailureKind, program: impl Fn() + Send + Sync + 'static) {
    let report = explore(program);
    assert_eq!(report.verdict.failure().map(|failure| failure.kind), Some(kind), "{report:?}");
}

/// Shares what is not `Sync`; whether that is right is what a test asks.
struct Shared<T>(T);
// SAFETY: not given; the checker objects before an access that is not ordered happens.
unsafe impl<T> Sync for Shared<T> {}
// SAFETY: as above.
unsafe impl<T> Send for Shared<T> {}

#[test]
fn unsafe_cell_is_accessed_beside_others() {
    // Each counts its own accesses in progress: one that lasts is no conflict with those of another cell.
    holds(|| {
        let (first, second) = (UnsafeCell::new(1), UnsafeCell::new(2));
        first.with_mut(|a| {
            second.with_mut(|b| {
                // SAFETY: one thread, and two cells.
                unsafe { core::ptr::swap(a, b) }
            });
        });
    });
    fails(FailureKind::DataRace, || {
        let cell = UnsafeCell::new(1);
        cell.with_mut(|_| cell.with(|_| ()));
    });
}

#[test]
fn lazy_makes_one_value_for_all_threads() {
    static WORD: Lazy<AtomicU32> = Lazy::new(|| AtomicU32::new(7));
    let executions = holds(|| {
        let other = thread::spawn(|| WORD.get().load(Relaxed));
        assert_eq!(WORD.get().load(Relaxed), 7);
        assert_eq!(other.join().unwrap(), 7);
    });
    assert_eq!(executions, 1, "it does not matter who makes it");
}

#[test]
fn lazy_lets_each_thread_make_it_if_that_is_noticed() {
    static SOURCE: Lazy<AtomicU32> = Lazy::new(|| AtomicU32::new(0));
    static MAKER: Lazy<u32> = Lazy::new(|| SOURCE.get().fetch_add(1, Relaxed));
    let seen = std::sync::Arc::new(Real::new(BTreeSet::new()));
    let record = std::sync::Arc::clone(&seen);
    holds(move || {
        let other = thread::spawn(|| {
            let before = SOURCE.get().fetch_add(10, Relaxed);
            (before, *MAKER.get())
        });
        let mine = *MAKER.get();
        let (before, theirs) = other.join().unwrap();
        assert_eq!(mine, theirs, "one value");
        record.lock().unwrap().insert((before, mine));
    });
    assert_eq!(*seen.lock().unwrap(), BTreeSet::from([(0, 10), (1, 0)]));
}

#[test]
fn lazy_values_are_destroyed_before_leaks_are_looked_for() {
    static TRACKED: Lazy<Track<u32>> = Lazy::new(|| Track::new(1));
    holds(|| assert_eq!(*TRACKED.get().get_ref(), 1));
}

#[test]
fn local_key_destroys_at_the_end_of_the_thread() {
    static ENDED: Lazy<AtomicBool> = Lazy::new(|| AtomicBool::new(false));
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            assert!(KEY.try_with(|_| ()).is_err(), "a value is gone while it is destroyed");
            ENDED.get().store(true, Relaxed);
        }
    }
    static KEY: LocalKey<End> = LocalKey::new(|| End);
    holds(|| {
        thread::spawn(|| KEY.with(|_| ())).join().unwrap();
        assert!(ENDED.get().load(Relaxed), "joining comes after the destructors");
    });
}

#[test]
fn counted_arc_has_either_owner_drop_the_value() {
    struct Last(&'static RealU32);
    impl Drop for Last {
        fn drop(&mut self) {
            let own = u32::from(format!("{:?}", thread::current().id()) == "ThreadId(0)");
            self.0.fetch_or(1 << own, RealOrdering::Relaxed);
        }
    }
    static DROPPERS: RealU32 = RealU32::new(0);
    holds(|| {
        let mine = CountedArc::new(Last(&DROPPERS));
        let theirs = CountedArc::clone(&mine);
        let other = thread::spawn(move || drop(theirs));
        drop(mine);
        other.join().unwrap();
    });
    assert_eq!(DROPPERS.load(RealOrdering::Relaxed), 0b11);
}

#[test]
fn counted_arc_orders_the_last_drop_after_all_uses() {
    struct Value(UnsafeCell<u32>);
    impl Drop for Value {
        fn drop(&mut self) {
            self.0.with_mut(|_| ());
        }
    }
    holds(|| {
        let mine = CountedArc::new(Shared(Value(UnsafeCell::new(0))));
        let theirs = CountedArc::clone(&mine);
        let other = thread::spawn(move || theirs.0.0.with(|_| ()));
        mine.0.0.with(|_| ());
        drop(mine);
        other.join().unwrap();
    });
}

#[test]
fn counted_arc_counts_owners_if_asked() {
    holds(|| {
        let mut mine = CountedArc::new(1);
        let theirs = CountedArc::clone(&mine);
        let other = thread::spawn(move || drop(theirs));
        CountedArc::get_mut(&mut mine);
        other.join().unwrap();
        assert!(CountedArc::get_mut(&mut mine).is_some(), "alone after the other has ended");
        assert_eq!(CountedArc::strong_count(&mine), 1);
        assert_eq!(CountedArc::try_unwrap(mine).unwrap(), 1);
    });
    let before = std::sync::Arc::new(Real::new(BTreeSet::new()));
    let record = std::sync::Arc::clone(&before);
    holds(move || {
        let mine = CountedArc::new(1);
        let theirs = CountedArc::clone(&mine);
        let other = thread::spawn(move || drop(theirs));
        // Not while the lock is held: asking for the first time ends the run.
        let count = CountedArc::strong_count(&mine);
        record.lock().unwrap().insert(count);
        other.join().unwrap();
    });
    assert_eq!(*before.lock().unwrap(), BTreeSet::from([1, 2]));
}

#[test]
fn counted_arc_goes_through_a_raw_pointer() {
    holds(|| {
        let arc = CountedArc::new(5);
        let raw = CountedArc::into_raw(CountedArc::clone(&arc));
        // SAFETY: from `into_raw`, once.
        let back = unsafe { CountedArc::from_raw(raw) };
        assert!(CountedArc::ptr_eq(&arc, &back));
        // SAFETY: `raw` is still owned by `back`; the share that is added is taken away below.
        unsafe { CountedArc::increment_strong_count(raw) };
        // SAFETY: the share that was added.
        unsafe { CountedArc::decrement_strong_count(raw) };
        let whole: CountedArc<[u32]> = CountedArc::from_std(std::sync::Arc::from([1, 2]));
        assert_eq!(whole.len(), 2);
    });
    fails(FailureKind::Leak, || {
        let _ = CountedArc::into_raw(CountedArc::new(5));
    });
}

#[test]
fn unsafe_cell_pointers_are_accesses_as_long_as_they_live() {
    fails(FailureKind::DataRace, || {
        let cell = UnsafeCell::new(0);
        let _writes = cell.get_mut();
        let _reads = cell.get();
    });
    holds(|| {
        let cell = UnsafeCell::new(0);
        let (_first, _second) = (cell.get(), cell.get());
    });
    // The other thread's access is ordered after the pointer was made, but not before it is gone.
    fails(FailureKind::DataRace, || {
        let shared = Arc::new(Shared((UnsafeCell::new(0), AtomicBool::new(false))));
        let other = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let shared = &shared.0;
                if shared.1.load(Acquire) {
                    shared.0.with(|_| ());
                }
            })
        };
        let pointer = shared.0.0.get_mut();
        shared.0.1.store(true, Release);
        shared.0.1.load(Relaxed);
        drop(pointer);
        other.join().unwrap();
    });
}

#[test]
fn cell_races_are_found() {
    fails(FailureKind::DataRace, || {
        let cell = Arc::new(Shared(Cell::new(0)));
        let other = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || cell.0.set(1))
        };
        cell.0.get();
        other.join().unwrap();
    });
}

#[test]
fn notify_keeps_one_notification() {
    holds(|| {
        let (notify, value) = (Arc::new(Notify::new()), Arc::new(Shared(Cell::new(0))));
        let other = {
            let (notify, value) = (Arc::clone(&notify), Arc::clone(&value));
            thread::spawn(move || {
                value.0.set(1);
                notify.notify();
                notify.notify();
            })
        };
        notify.wait();
        assert_eq!(value.0.get(), 1);
        other.join().unwrap();
    });
    fails(FailureKind::LostWakeup, || {
        let notify = Notify::new();
        notify.notify();
        notify.notify();
        notify.wait();
        notify.wait();
    });
}

#[test]
fn channel_keeps_the_order_of_each_sender() {
    let orders = std::sync::Arc::new(Real::new(BTreeSet::new()));
    let record = std::sync::Arc::clone(&orders);
    holds(move || {
        let (sender, receiver) = mpsc::channel();
        for first in [1, 3] {
            let sender = sender.clone();
            thread::spawn(move || {
                sender.send(first).unwrap();
                sender.send(first + 1).unwrap();
            });
        }
        drop(sender);
        let mut got = Vec::new();
        while let Ok(message) = receiver.recv() {
            got.push(message);
        }
        record.lock().unwrap().insert(got);
    });
    assert_eq!(orders.lock().unwrap().len(), 6, "two sequences of two are merged in six ways");
}

#[test]
fn channel_synchronizes_by_message_and_not_by_queue() {
    let program = |all: bool| {
        move || {
            let (sender, receiver) = mpsc::channel();
            let cells = Arc::new(Shared([Cell::new(0), Cell::new(0)]));
            for number in [0, 1] {
                let (sender, cells) = (sender.clone(), Arc::clone(&cells));
                thread::spawn(move || {
                    let cells = &cells.0;
                    cells[number].set(1);
                    // The receiver may be gone after one message.
                    let _ = sender.send(number);
                });
            }
            let first: usize = receiver.recv().unwrap();
            let seen = if all { receiver.recv().unwrap() } else { first };
            cells.0[seen].get();
            if all {
                cells.0[first].get();
            }
        }
    };
    holds(program(false));
    // After one message, the cell of the other's sender is not ordered.
    fails(FailureKind::DataRace, || {
        let (sender, receiver) = mpsc::channel();
        let cells = Arc::new(Shared([Cell::new(0), Cell::new(0)]));
        for number in [0, 1] {
            let (sender, cells) = (sender.clone(), Arc::clone(&cells));
            thread::spawn(move || {
                let cells = &cells.0;
                cells[number].set(1);
                // The receiver may be gone after one message.
                let _ = sender.send(number);
            });
        }
        let first = receiver.recv().unwrap();
        cells.0[1 - first].get();
    });
    holds(program(true));
}

#[test]
fn channel_ends() {
    holds(|| {
        let (sender, receiver) = mpsc::channel::<u32>();
        assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Empty));
        assert_eq!(receiver.recv_timeout(Duration::ZERO), Err(mpsc::RecvTimeoutError::Timeout));
        sender.send(1).unwrap();
        drop(sender);
        assert_eq!(receiver.recv(), Ok(1));
        assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Disconnected));
        let (sender, receiver) = mpsc::channel();
        drop(receiver);
        assert!(sender.send(1).is_err());
    });
    fails(FailureKind::LostWakeup, || {
        let (_sender, receiver) = mpsc::channel::<u32>();
        let _ = receiver.recv();
    });
}

#[test]
fn condvar_wait_may_end_by_time_or_by_notification() {
    let outcomes = std::sync::Arc::new(Real::new(BTreeSet::new()));
    let record = std::sync::Arc::clone(&outcomes);
    holds(move || {
        let pair = Arc::new((Mutex::new(()), Condvar::new()));
        let other = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || pair.1.notify_one())
        };
        let guard = pair.0.lock().unwrap();
        let (_guard, result) = pair.1.wait_timeout(guard, Duration::from_secs(1)).unwrap();
        record.lock().unwrap().insert(result.timed_out());
        drop(_guard);
        other.join().unwrap();
    });
    assert_eq!(*outcomes.lock().unwrap(), BTreeSet::from([false, true]));
}

#[test]
fn barrier_orders_what_comes_before_it() {
    let program = |wait: bool| {
        move || {
            let barrier = Arc::new(Barrier::new(2));
            let cell = Arc::new(Shared(Cell::new(0)));
            let other = {
                let (barrier, cell) = (Arc::clone(&barrier), Arc::clone(&cell));
                thread::spawn(move || {
                    cell.0.set(1);
                    if wait {
                        barrier.wait();
                    }
                })
            };
            if wait {
                barrier.wait();
            }
            cell.0.get();
            other.join().unwrap();
        }
    };
    holds(program(true));
    fails(FailureKind::DataRace, program(false));
    fails(FailureKind::LostWakeup, || {
        Barrier::new(2).wait();
    });
}

#[test]
fn once_lock_is_set_once() {
    holds(|| {
        let cell = Arc::new(OnceLock::new());
        let other = {
            let cell = Arc::clone(&cell);
            thread::spawn(move || cell.set(1).is_ok())
        };
        let mine = cell.set(2).is_ok();
        assert_ne!(mine, other.join().unwrap());
        assert_eq!(cell.get(), Some(if mine { &2 } else { &1 }));
    });
}

/// A task that another thread finishes; `forget` leaves out waking it.
fn task(forget: bool) {
    let state = Arc::new((AtomicWaker::new(), AtomicBool::new(false)));
    let other = {
        let state = Arc::clone(&state);
        thread::spawn(move || {
            state.1.store(true, Release);
            if !forget {
                state.0.wake();
            }
        })
    };
    block_on(std::future::poll_fn(|context| {
        state.0.register_by_ref(context.waker());
        if state.1.load(Acquire) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    }));
    other.join().unwrap();
}

#[test]
fn block_on_needs_a_wakeup() {
    holds(|| task(false));
    fails(FailureKind::LostWakeup, || task(true));
}

#[test]
fn park_returns_after_unpark() {
    holds(|| {
        let waiter = thread::spawn(thread::park);
        waiter.thread().unpark();
        waiter.join().unwrap();
    });
    fails(FailureKind::LostWakeup, thread::park);
}

#[test]
fn scope_lends_to_threads_and_waits_for_them() {
    let executions = holds(|| {
        let (count, cell) = (AtomicU32::new(0), Cell::new(0));
        let cell = &Shared(cell);
        let sum = thread::scope(|scope| {
            let first = scope.spawn(|| count.fetch_add(1, Relaxed));
            scope.spawn(|| {
                count.fetch_add(1, Relaxed);
                // A thread of a thread of the scope, which nobody joins.
                scope.spawn(move || {
                    let Shared(cell) = cell;
                    cell.set(5);
                });
            });
            first.join().unwrap()
        });
        assert!(sum <= 1);
        assert_eq!((count.load(Relaxed), cell.0.get()), (2, 5));
    });
    assert_eq!(executions, 2);
    // Without the scope's joining, the accesses of the cell are not ordered.
    fails(FailureKind::DataRace, || {
        let cell = &Shared(Cell::new(0));
        thread::scope(|scope| {
            scope.spawn(move || {
                let Shared(cell) = cell;
                cell.set(5);
            });
            cell.0.get();
        });
    });
}

/// Notes in `alive` for how long it lives, and that nobody uses it later.
struct Frame<'a> {
    alive: &'a RealU32,
    value: u32,
}

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        self.value = 0;
        self.alive.fetch_sub(1, RealOrdering::Relaxed);
    }
}

/// A value that looks at the frame it borrows from when it is dropped.
struct Borrower<'a, 'b>(&'a Frame<'b>);

impl Drop for Borrower<'_, '_> {
    fn drop(&mut self) {
        assert_eq!(self.0.value, 7, "a borrowed frame is gone before its borrower");
        self.0.alive.fetch_add(100, RealOrdering::Relaxed);
    }
}

#[test]
fn scope_ends_its_threads_before_its_frame_in_abandoned_executions() {
    static ALIVE: RealU32 = RealU32::new(0);
    static STARTED: RealU32 = RealU32::new(0);
    let report = explore(|| {
        let flag = AtomicBool::new(false);
        ALIVE.fetch_add(1, RealOrdering::Relaxed);
        let frame = Frame { alive: &ALIVE, value: 7 };
        thread::scope(|scope| {
            for _ in 0..2 {
                let borrower = Borrower(&frame);
                STARTED.fetch_add(1, RealOrdering::Relaxed);
                let flag = &flag;
                scope.spawn(move || {
                    let _borrower = borrower;
                    thread::scope(|inner| {
                        // Ends in the executions in which the flag is seen; elsewhere it is abandoned.
                        inner.spawn(|| {
                            while !flag.load(Acquire) {
                                thread::yield_now();
                            }
                        });
                    });
                });
            }
            flag.store(true, Release);
        });
    });
    assert!(report.verdict.holds() && report.blocked > 0, "{report:?}");
    let (alive, started) = (ALIVE.load(RealOrdering::Relaxed), STARTED.load(RealOrdering::Relaxed));
    assert_eq!(alive, started * 100, "every frame and every borrower is dropped");
}

#[test]
fn scope_reports_panics_of_its_closure_and_of_its_threads() {
    fails(FailureKind::Panic, || {
        let word = AtomicU32::new(0);
        thread::scope(|scope| {
            scope.spawn(|| word.store(1, Relaxed));
            panic!("in the closure");
        });
    });
    fails(FailureKind::Panic, || {
        let word = AtomicU32::new(0);
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(word.load(Relaxed), 0));
            word.store(1, Relaxed);
        });
    });
    // As in `std`, a panic passes through the scope once its threads have ended.
    holds(|| {
        let word = AtomicU32::new(0);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            thread::scope(|scope| {
                scope.spawn(|| word.store(1, Relaxed));
                std::panic::resume_unwind(Box::new("on purpose"));
            })
        }));
        assert!(outcome.is_err());
        assert_eq!(word.load(Relaxed), 1);
    });
}

#[test]
fn join_handle_says_whether_the_thread_has_ended() {
    let seen = std::sync::Arc::new(Real::new(BTreeSet::new()));
    let record = std::sync::Arc::clone(&seen);
    holds(move || {
        let handle = thread::Builder::new().name("worker".to_owned()).spawn(|| ()).unwrap();
        assert_eq!(handle.thread().name(), Some("worker"));
        let ended = handle.is_finished();
        handle.join().unwrap();
        record.lock().unwrap().insert(ended);
    });
    assert_eq!(*seen.lock().unwrap(), BTreeSet::from([false, true]));
    // Seeing the end orders nothing.
    fails(FailureKind::DataRace, || {
        let cell = Arc::new(Shared(Cell::new(0)));
        let other = Arc::clone(&cell);
        let handle = thread::spawn(move || other.0.set(1));
        while !handle.is_finished() {
            thread::yield_now();
        }
        cell.0.get();
    });
}

#[test]
fn park_timeout_ends_with_or_without_a_token() {
    let seen = std::sync::Arc::new(Real::new(BTreeSet::new()));
    let record = std::sync::Arc::clone(&seen);
    holds(move || {
        let word = Arc::new(AtomicU32::new(0));
        let (main, other) = (thread::current(), Arc::clone(&word));
        let handle = thread::spawn(move || {
            other.store(1, Relaxed);
            main.unpark();
        });
        thread::park_timeout(Duration::from_secs(1));
        let value = word.load(Relaxed);
        handle.join().unwrap();
        record.lock().unwrap().insert(value);
    });
    assert_eq!(*seen.lock().unwrap(), BTreeSet::from([0, 1]));
    holds(|| thread::park_timeout(Duration::ZERO));
}

#[test]
fn local_key_reaches_into_cells() {
    static CELL: LocalKey<std::cell::Cell<u32>> = LocalKey::new(|| std::cell::Cell::new(1));
    static REF: LocalKey<std::cell::RefCell<Vec<u32>>> = LocalKey::new(|| std::cell::RefCell::new(Vec::new()));
    holds(|| {
        CELL.set(2);
        assert_eq!((CELL.get(), CELL.replace(3), CELL.take(), CELL.get()), (2, 2, 3, 0));
        REF.with_borrow_mut(|list| list.push(1));
        thread::spawn(|| REF.with_borrow(|list| assert!(list.is_empty()))).join().unwrap();
        REF.with_borrow(|list| assert_eq!(list, &[1]));
    });
}

#[test]
fn weak_is_upgraded_as_long_as_there_is_an_owner() {
    let seen = std::sync::Arc::new(Real::new(BTreeSet::new()));
    let record = std::sync::Arc::clone(&seen);
    holds(move || {
        let owner = CountedArc::new(7);
        let weak = CountedArc::downgrade(&owner);
        let handle = thread::spawn(move || weak.upgrade().map(|value| *value));
        drop(owner);
        let value = handle.join().unwrap();
        record.lock().unwrap().insert(value);
    });
    assert_eq!(*seen.lock().unwrap(), BTreeSet::from([None, Some(7)]));
    holds(|| {
        let mut owner = CountedArc::new(1);
        let weak = CountedArc::downgrade(&owner);
        let again = weak.clone();
        assert!(weak.ptr_eq(&again) && CountedArc::weak_count(&owner) == 2 && weak.strong_count() == 1);
        assert!(CountedArc::get_mut(&mut owner).is_none(), "it could be upgraded meanwhile");
        drop((weak, again));
        assert!(CountedArc::get_mut(&mut owner).is_some());
        let dangling: Weak<i32> = Weak::new();
        assert!(dangling.upgrade().is_none());
    });
    // A weak reference does not keep the value, and its own memory is no leak.
    fails(FailureKind::Leak, || {
        let owner = CountedArc::new(1);
        let _weak = CountedArc::downgrade(&owner);
        core::mem::forget(owner);
    });
}

#[test]
fn counted_arc_gives_its_value_to_one_of_its_owners() {
    holds(|| {
        let mine = CountedArc::new(String::from("one"));
        let theirs = CountedArc::clone(&mine);
        let other = thread::spawn(move || CountedArc::into_inner(theirs));
        let mine = CountedArc::into_inner(mine);
        assert_ne!(mine.is_some(), other.join().unwrap().is_some(), "one of the two gets it");
    });
    holds(|| {
        let mut mine = CountedArc::new(1);
        let theirs = CountedArc::clone(&mine);
        *CountedArc::make_mut(&mut mine) += 1;
        assert_eq!((*mine, *theirs), (2, 1));
        assert_eq!(CountedArc::unwrap_or_clone(theirs), 1);
        assert!(mine > CountedArc::new(1) && mine == CountedArc::new(2));
    });
}

#[test]
fn counted_arc_of_a_value_that_refers_to_itself() {
    struct Node {
        own: Weak<Node>,
        value: u32,
    }
    holds(|| {
        let node = CountedArc::new_cyclic(|own| {
            assert!(own.upgrade().is_none(), "there is nothing yet");
            Node { own: own.clone(), value: 3 }
        });
        let again = node.own.upgrade().unwrap();
        assert_eq!(again.value, 3);
        drop(node);
        let own = again.own.clone();
        drop(again);
        assert!(own.upgrade().is_none());
    });
}

#[test]
fn condvar_waits_while_the_condition_holds_or_time_is_left() {
    let outcomes = std::sync::Arc::new(Real::new(BTreeSet::new()));
    let record = std::sync::Arc::clone(&outcomes);
    holds(move || {
        let pair = Arc::new((Mutex::new(false), Condvar::new()));
        let other = {
            let pair = Arc::clone(&pair);
            thread::spawn(move || {
                *pair.0.lock().unwrap() = true;
                pair.1.notify_one();
            })
        };
        let guard = pair.0.lock().unwrap();
        let (ready, result) = pair.1.wait_timeout_while(guard, Duration::from_secs(1), |ready| !*ready).unwrap();
        assert_ne!(*ready, result.timed_out());
        drop(ready);
        other.join().unwrap();
        record.lock().unwrap().insert(result.timed_out());
    });
    assert_eq!(*outcomes.lock().unwrap(), BTreeSet::from([false, true]));
}

#[test]
fn statics_of_locks_and_cells_are_restored_for_each_execution() {
    static COUNT: Mutex<u32> = Mutex::new(7);
    static PAIR: RwLock<(u8, u64)> = RwLock::new((1, 2));
    static CELL: OnceLock<Track<String>> = OnceLock::new();
    let executions = holds(|| {
        let work = || {
            *COUNT.lock().unwrap() += 1;
            PAIR.write().unwrap().1 += 1;
        };
        let made = Box::new(0);
        assert!(CELL.get().is_none(), "nothing of an earlier execution is left");
        CELL.get_or_init(|| Track::new("made in this execution".to_owned()));
        let other = thread::spawn(work);
        work();
        other.join().unwrap();
        assert_eq!((*COUNT.lock().unwrap(), *PAIR.read().unwrap()), (9, (1, 4)));
        drop(made);
    });
    assert!(executions > 1);
}
