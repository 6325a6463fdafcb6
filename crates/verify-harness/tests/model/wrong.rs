//! Seeded bugs, each of which must be found and be of the right kind.

use verify_harness::model::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
use verify_harness::model::sync::{Arc, Condvar, Mutex, RwLock};
use verify_harness::model::{Bound, Builder, FailureKind, Model, Verdict, hint, thread};

use crate::shape::Shared;
use Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

#[track_caller]
fn fails(kind: FailureKind, program: impl Fn() + Send + Sync + 'static) -> String {
    let program = Arc::new(program);
    let first = Arc::clone(&program);
    let report = Builder::new().explore(move || first());
    let failure = report.verdict.failure().unwrap_or_else(|| panic!("not found: {report:?}"));
    assert_eq!(failure.kind, kind, "{failure}");
    // The same execution alone fails in the same way.
    if kind != FailureKind::Nondeterminism {
        let mut builder = Builder::new();
        builder.replay = Some(failure.replay.clone());
        let replayed = builder.explore(move || program());
        let again = replayed.verdict.failure().unwrap_or_else(|| panic!("not replayed: {failure}"));
        assert_eq!((again.kind, &again.message), (kind, &failure.message));
        assert_eq!(without_addresses(&again.trace), without_addresses(&failure.trace));
    }
    failure.to_string()
}

/// Addresses differ from run to run.
fn without_addresses(trace: &str) -> Vec<&str> {
    trace.split(' ').filter(|word| !word.starts_with("0x") || word.len() < 10).collect()
}

#[track_caller]
fn holds(program: impl Fn() + Send + Sync + 'static) -> u64 {
    let report = Builder::new().explore(program);
    assert!(report.verdict.holds(), "{:?}", report.verdict);
    report.executions
}

fn message_passing(store: Ordering, load: Ordering, fences: (bool, bool)) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Shared::new();
        let other = Arc::clone(&shared);
        let writer = thread::spawn(move || {
            other.set(1);
            if fences.0 {
                fence(Release);
            }
            other.flag.store(1, store);
        });
        if shared.flag.load(load) == 1 {
            if fences.1 {
                fence(Acquire);
            }
            assert_eq!(shared.get(), 1);
        }
        writer.join().unwrap();
    }
}

#[test]
fn message_passing_races_without_synchronization() {
    holds(message_passing(Release, Acquire, (false, false)));
    holds(message_passing(Relaxed, Relaxed, (true, true)));
    holds(message_passing(Release, Relaxed, (false, true)));
    for (store, load, fences) in [
        (Relaxed, Relaxed, (false, false)),
        (Release, Relaxed, (false, false)),
        (Relaxed, Acquire, (false, false)),
        (Relaxed, Relaxed, (true, false)),
        (Relaxed, Relaxed, (false, true)),
    ] {
        let message = fails(FailureKind::DataRace, message_passing(store, load, fences));
        assert!(message.matches("wrong.rs:").count() >= 2, "{message}");
    }
}

#[test]
fn store_after_load_races_without_synchronization() {
    // S: the reader of the flag writes what the writer of the flag wrote before.
    let s = |store, load| {
        move || {
            let shared = Shared::new();
            let other = Arc::clone(&shared);
            let writer = thread::spawn(move || {
                other.set(1);
                other.flag.store(1, store);
            });
            if shared.flag.load(load) == 1 {
                shared.set(2);
            }
            writer.join().unwrap();
        }
    };
    holds(s(Release, Acquire));
    fails(FailureKind::DataRace, s(Relaxed, Relaxed));
}

#[test]
fn release_sequence_is_broken_by_a_plain_store_but_not_by_an_update() {
    let through = |update: bool| {
        move || {
            let shared = Shared::new();
            let (a, b) = (Arc::clone(&shared), Arc::clone(&shared));
            let writer = thread::spawn(move || {
                a.set(1);
                a.flag.store(1, Release);
                if !update {
                    a.flag.store(2, Relaxed);
                }
            });
            let updater = thread::spawn(move || {
                if update {
                    let _ = b.flag.compare_exchange(1, 2, Relaxed, Relaxed);
                }
            });
            if shared.flag.load(Acquire) == 2 {
                shared.get();
            }
            writer.join().unwrap();
            updater.join().unwrap();
        }
    };
    holds(through(true));
    fails(FailureKind::DataRace, through(false));
}

#[test]
fn publication_without_release_races_with_the_making_of_the_object() {
    let publish = |order| {
        move || {
            let slot = Arc::new(AtomicPtr::new(core::ptr::null_mut::<AtomicU32>()));
            let other = Arc::clone(&slot);
            let maker = thread::spawn(move || other.store(Box::into_raw(Box::new(AtomicU32::new(7))), order));
            let made = slot.load(Acquire);
            if !made.is_null() {
                // SAFETY: the pointer came from `Box::into_raw`, and the box is freed only below.
                assert_eq!(unsafe { &*made }.load(Relaxed), 7);
            }
            maker.join().unwrap();
            // SAFETY: as above; the maker has finished.
            drop(unsafe { Box::from_raw(slot.load(Relaxed)) });
        }
    };
    holds(publish(Release));
    fails(FailureKind::DataRace, publish(Relaxed));
}

#[test]
fn store_buffering_loses_mutual_exclusion() {
    let dekker = |order: Ordering| {
        move || {
            let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
            let inside = Arc::new(AtomicU32::new(0));
            let enter = |own: usize, flags: Arc<[AtomicBool; 2]>, inside: Arc<AtomicU32>| {
                move || {
                    flags[own].store(true, if order == SeqCst { SeqCst } else { Release });
                    if !flags[1 - own].load(if order == SeqCst { SeqCst } else { Acquire }) {
                        assert_eq!(inside.fetch_add(1, Relaxed), 0, "both inside");
                    }
                }
            };
            let first = thread::spawn(enter(0, Arc::clone(&flags), Arc::clone(&inside)));
            let second = thread::spawn(enter(1, Arc::clone(&flags), Arc::clone(&inside)));
            first.join().unwrap();
            second.join().unwrap();
        }
    };
    holds(dekker(SeqCst));
    let message = fails(FailureKind::Panic, dekker(AcqRel));
    assert!(message.contains("both inside"), "{message}");
    let mut builder = Builder::new();
    builder.model = Model::Sc;
    assert!(builder.explore(dekker(AcqRel)).verdict.holds(), "interleavings do not show it");
}

#[test]
fn reads_of_any_old_store_are_explored() {
    let report = Builder::new().explore(|| {
        let (x, y) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let (a, b) = (Arc::clone(&x), Arc::clone(&y));
        let writer = thread::spawn(move || {
            (1..=8).for_each(|value| a.store(value, Relaxed));
            b.store(1, Relaxed);
        });
        let seen = (y.load(Relaxed), x.load(Relaxed));
        assert_ne!(seen, (1, 0));
        writer.join().unwrap();
    });
    assert_eq!(report.verdict.failure().unwrap().kind, FailureKind::Panic);
}

#[test]
fn panic_is_found_in_the_one_execution_that_has_it() {
    let message = fails(FailureKind::Panic, || {
        let cells = Arc::new([AtomicU64::new(1), AtomicU64::new(1)]);
        let run = |to: usize, cells: Arc<[AtomicU64; 2]>| {
            move || {
                for _ in 0..3 {
                    let sum = cells[0].load(Acquire) + cells[1].load(Acquire);
                    cells[to].store(sum, Release);
                }
            }
        };
        let first = thread::spawn(run(0, Arc::clone(&cells)));
        let second = thread::spawn(run(1, Arc::clone(&cells)));
        assert!(cells[0].load(Acquire) < 13, "the greatest number was reached");
        first.join().unwrap();
        second.join().unwrap();
        assert!(cells[0].load(Acquire) < 21, "the greatest number was reached");
    });
    assert!(message.contains("the greatest number was reached"), "{message}");
}

#[test]
fn locks_taken_in_opposite_orders_deadlock() {
    fails(FailureKind::Deadlock, || {
        let locks = Arc::new((Mutex::new(0), Mutex::new(0)));
        let other = Arc::clone(&locks);
        let handle = thread::spawn(move || {
            let _second = other.1.lock().unwrap();
            let _first = other.0.lock().unwrap();
        });
        let first = locks.0.lock().unwrap();
        let second = locks.1.lock().unwrap();
        drop((first, second));
        handle.join().unwrap();
    });
    holds(|| {
        let locks = Arc::new((Mutex::new(0), Mutex::new(0)));
        let other = Arc::clone(&locks);
        let handle = thread::spawn(move || {
            let _first = other.0.lock().unwrap();
            let _second = other.1.lock().unwrap();
        });
        let first = locks.0.lock().unwrap();
        let second = locks.1.lock().unwrap();
        drop((first, second));
        handle.join().unwrap();
    });
}

#[test]
fn lock_held_while_waiting_for_its_next_holder_deadlocks() {
    fails(FailureKind::NonTermination, || {
        let lock = Arc::new(Mutex::new(()));
        let flag = Arc::new(AtomicBool::new(false));
        let (inner, raised) = (Arc::clone(&lock), Arc::clone(&flag));
        let handle = thread::spawn(move || {
            let _guard = inner.lock().unwrap();
            raised.store(true, Release);
        });
        let guard = lock.lock().unwrap();
        while !flag.load(Acquire) {
            hint::spin_loop();
        }
        drop(guard);
        handle.join().unwrap();
    });
}

#[test]
fn order_of_locks_that_escapes_a_wait_is_explored() {
    // The first thread to be run takes the lock and waits for what only the other one does, which needs the lock. The
    // execution in which the other one takes it first must be found behind that.
    let mut builder = Builder::new();
    builder.liveness = false;
    let report = builder.explore(|| {
        let lock = Arc::new(Mutex::new(()));
        let flag = Arc::new(AtomicBool::new(false));
        let (inner, raised) = (Arc::clone(&lock), Arc::clone(&flag));
        let handle = thread::spawn(move || {
            let _guard = inner.lock().unwrap();
            raised.store(true, Release);
        });
        let guard = lock.lock().unwrap();
        while !flag.load(Acquire) {
            hint::spin_loop();
        }
        drop(guard);
        handle.join().unwrap();
    });
    assert!(report.verdict.holds() && report.executions >= 1, "{report:?}");
}

#[test]
fn rwlock_upgrade_deadlocks() {
    fails(FailureKind::Deadlock, || {
        let lock = RwLock::new(0);
        let reader = lock.read().unwrap();
        let mut writer = lock.write().unwrap();
        *writer = *reader;
    });
}

#[test]
fn notification_before_the_wait_is_lost() {
    let wait = |checks: bool| {
        move || {
            let pair = Arc::new((Mutex::new(false), Condvar::new()));
            let other = Arc::clone(&pair);
            let handle = thread::spawn(move || {
                *other.0.lock().unwrap() = true;
                other.1.notify_one();
            });
            let mut ready = pair.0.lock().unwrap();
            while !*ready || !checks {
                ready = pair.1.wait(ready).unwrap();
                if !checks {
                    break;
                }
            }
            drop(ready);
            handle.join().unwrap();
        }
    };
    holds(wait(true));
    fails(FailureKind::LostWakeup, wait(false));
}

#[test]
fn notify_one_wakes_any_of_the_waiting_threads_but_one() {
    let waiters = |all: bool| {
        move || {
            let shared = Arc::new((Mutex::new(false), Condvar::new()));
            let handles: Vec<_> = (0..2)
                .map(|_| {
                    let shared = Arc::clone(&shared);
                    thread::spawn(move || {
                        let guard = shared.0.lock().unwrap();
                        drop(shared.1.wait_while(guard, |open| !*open).unwrap());
                    })
                })
                .collect();
            *shared.0.lock().unwrap() = true;
            if all {
                shared.1.notify_all()
            } else {
                shared.1.notify_one()
            }
            handles.into_iter().for_each(|handle| handle.join().unwrap());
        }
    };
    holds(waiters(true));
    fails(FailureKind::LostWakeup, waiters(false));
}

#[test]
fn park_returns_after_unpark_in_either_order_and_never_without() {
    holds(|| {
        let main = thread::current();
        let handle = thread::spawn(move || main.unpark());
        thread::park();
        handle.join().unwrap();
    });
    fails(FailureKind::LostWakeup, thread::park);
}

#[test]
fn loop_that_waits_for_nothing_never_ends() {
    fails(FailureKind::NonTermination, || {
        let flag = AtomicBool::new(false);
        while !flag.load(Acquire) {
            hint::spin_loop();
        }
    });
    fails(FailureKind::NonTermination, || {
        loop {
            thread::yield_now();
        }
    });
    // Lamport's two-flag handshake without a way back: both wait for each other.
    fails(FailureKind::NonTermination, || {
        let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
        let enter = |own: usize, flags: Arc<[AtomicBool; 2]>| {
            move || {
                flags[own].store(true, SeqCst);
                while flags[1 - own].load(SeqCst) {
                    hint::spin_loop();
                }
                flags[own].store(false, SeqCst);
            }
        };
        let handle = thread::spawn(enter(0, Arc::clone(&flags)));
        enter(1, flags)();
        handle.join().unwrap();
    });
}

#[test]
fn tracked_memory_is_freed_once_and_not_used_after() {
    use std::alloc::Layout;
    use verify_harness::model::alloc::{alloc, dealloc};

    struct Slot(*mut AtomicU64);
    // SAFETY: the test decides by itself who uses the pointer; the checker finds where it is wrong.
    unsafe impl Send for Slot {}

    impl Slot {
        fn new() -> Self {
            // SAFETY: the layout is not empty.
            let pointer = unsafe { alloc(Layout::new::<AtomicU64>()) }.cast::<AtomicU64>();
            // SAFETY: the memory is fresh and fits.
            unsafe { pointer.write(AtomicU64::new(0)) };
            Self(pointer)
        }
        fn again(&self) -> Self {
            Self(self.0)
        }
        #[track_caller]
        fn add(&self) {
            // SAFETY: the memory is mapped until the execution ends.
            unsafe { &*self.0 }.fetch_add(1, Relaxed);
        }
        #[track_caller]
        fn free(&self) {
            // SAFETY: the memory came from `alloc` with this layout.
            unsafe { dealloc(self.0.cast(), Layout::new::<AtomicU64>()) };
        }
    }

    holds(|| {
        let slot = Slot::new();
        let other = slot.again();
        let handle = thread::spawn(move || {
            let other = other;
            other.add();
        });
        handle.join().unwrap();
        slot.free();
    });
    fails(FailureKind::UseAfterFree, || {
        let slot = Slot::new();
        let other = slot.again();
        let handle = thread::spawn(move || {
            let other = other;
            other.add();
        });
        slot.free();
        handle.join().unwrap();
    });
    fails(FailureKind::UseAfterFree, || {
        let slot = Slot::new();
        slot.free();
        slot.add();
    });
    fails(FailureKind::DoubleFree, || {
        let slot = Slot::new();
        slot.free();
        slot.free();
    });
    let message = fails(FailureKind::Leak, || {
        Slot::new();
    });
    assert!(message.contains("wrong.rs:"), "{message}");
}

#[test]
fn loop_that_gives_up_is_not_taken_to_wait_for_ever() {
    // The wait ends after three rounds: what follows must be explored.
    let bounded = |rounds: u32| {
        move || {
            let flag = Arc::new(AtomicBool::new(false));
            let other = Arc::clone(&flag);
            let handle = thread::spawn(move || other.store(true, Release));
            let mut left = rounds;
            while !flag.load(Acquire) {
                left -= 1;
                if left == 0 {
                    panic!("gave up");
                }
                hint::spin_loop();
            }
            handle.join().unwrap();
        }
    };
    for rounds in [1, 2, 3, 5, 100] {
        let message = fails(FailureKind::Panic, bounded(rounds));
        assert!(message.contains("gave up"), "{message}");
    }
    let flag = || {
        let flag = AtomicBool::new(false);
        for _ in 0..10 {
            if flag.load(Acquire) {
                break;
            }
            hint::spin_loop();
        }
    };
    assert_eq!(holds(flag), 1);
}

#[test]
fn bounds_give_no_verdict() {
    let endless = || {
        let flag = AtomicU64::new(0);
        loop {
            flag.fetch_add(1, Relaxed);
        }
    };
    let mut builder = Builder::new();
    builder.max_events = 100;
    assert!(matches!(builder.explore(endless).verdict, Verdict::Incomplete(Bound::Events(100))));
    let many = || {
        let cell = Arc::new(AtomicU64::new(0));
        for _ in 0..5 {
            let cell = Arc::clone(&cell);
            thread::spawn(move || cell.fetch_add(1, Relaxed));
        }
    };
    let mut builder = Builder::new();
    builder.max_executions = Some(10);
    let report = builder.explore(many);
    assert!(matches!(report.verdict, Verdict::Incomplete(Bound::Executions(10))), "{report:?}");
    let mut builder = Builder::new();
    builder.max_threads = 4;
    assert!(matches!(builder.explore(many).verdict, Verdict::Incomplete(Bound::Threads(4))));
    assert_eq!(holds(many), 120);
}

#[test]
fn test_that_depends_on_more_than_its_reads_is_reported() {
    let runs = std::sync::atomic::AtomicU32::new(0);
    let message = fails(FailureKind::Nondeterminism, move || {
        let cells = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
        let at = runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed) as usize % 2;
        let other = Arc::clone(&cells);
        let handle = thread::spawn(move || other[0].store(1, Relaxed));
        cells[at].load(Relaxed);
        handle.join().unwrap();
    });
    assert!(message.contains("not deterministic at") && message.contains("wrong.rs:"), "{message}");
}

#[test]
fn weak_exchange_fails_spuriously_only_on_request() {
    let program = || {
        let cell = AtomicU64::new(0);
        assert!(cell.compare_exchange_weak(0, 1, Relaxed, Relaxed).is_ok());
    };
    assert!(Builder::new().explore(program).verdict.holds());
    let mut builder = Builder::new();
    builder.spurious_failures = true;
    assert_eq!(builder.explore(program).verdict.failure().unwrap().kind, FailureKind::Panic);
}

#[test]
fn statics_start_anew_in_each_execution() {
    static COUNT: AtomicU64 = AtomicU64::new(5);
    let executions = holds(|| {
        let handle = thread::spawn(|| COUNT.fetch_add(1, Relaxed));
        let mine = COUNT.fetch_add(1, Relaxed);
        let other = handle.join().unwrap();
        assert_eq!(mine + other, 11);
    });
    assert_eq!(executions, 2);
}

#[test]
fn thread_that_only_some_executions_start_is_not_missed_in_the_others() {
    // The innermost thread is numbered before the last one, and is not there once the flag is seen.
    let executions = holds(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let (set, seen) = (Arc::clone(&flag), Arc::clone(&flag));
        let setter = thread::spawn(move || set.store(true, Relaxed));
        let outer = thread::spawn(move || {
            if !seen.load(Relaxed) {
                thread::spawn(|| ()).join().unwrap();
            }
        });
        outer.join().unwrap();
        thread::spawn(|| ()).join().unwrap();
        setter.join().unwrap();
    });
    assert_eq!(executions, 2);
}

#[test]
fn executions_with_more_than_eight_threads_are_explored() {
    assert_eq!(
        holds(|| {
            let cell = Arc::new(AtomicU64::new(0));
            let handles: Vec<_> = (0..12)
                .map(|number| {
                    let cell = Arc::clone(&cell);
                    thread::spawn(move || {
                        if number == 0 {
                            cell.store(1, Release);
                        } else {
                            cell.load(Acquire);
                        }
                    })
                })
                .collect();
            handles.into_iter().for_each(|handle| handle.join().unwrap());
        }),
        2048
    );
}

#[test]
fn values_of_unfinished_threads_are_dropped() {
    struct Noted(std::sync::Arc<std::sync::atomic::AtomicI64>);
    impl Drop for Noted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let live = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
    let noted = std::sync::Arc::clone(&live);
    let report = Builder::new().explore(move || {
        let flag = Arc::new(AtomicBool::new(false));
        let other = Arc::clone(&flag);
        noted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let value = Noted(std::sync::Arc::clone(&noted));
        let handle = thread::spawn(move || {
            while !other.load(Acquire) {
                hint::spin_loop();
            }
            drop(value);
        });
        flag.store(true, Release);
        handle.join().unwrap();
    });
    assert!(report.verdict.holds() && report.blocked > 0, "{report:?}");
    assert_eq!(live.load(std::sync::atomic::Ordering::Relaxed), 0);
}

#[test]
fn lock_is_freed_by_the_thread_that_holds_it() {
    use verify_harness::model::sync::MutexGuard;

    struct Hand<T>(T);
    // SAFETY: not given; the checker finds that the guard is dropped by another thread.
    unsafe impl<T> Send for Hand<T> {}

    impl<T> Hand<T> {
        fn release(self) {
            drop(self.0);
        }
    }

    let message = fails(FailureKind::InvalidUnlock, || {
        let lock = Mutex::new(0);
        thread::scope(|scope| {
            let guard = Hand(lock.lock().unwrap());
            scope.spawn(move || guard.release());
        });
    });
    assert!(message.contains("T1 frees the mutex at") && message.contains("T0 has held since"), "{message}");
    // Twice.
    let message = fails(FailureKind::InvalidUnlock, || {
        let lock = Mutex::new(0);
        let guard = lock.lock().unwrap();
        // SAFETY: not given; the checker finds the second drop.
        let again: MutexGuard<'_, i32> = unsafe { core::ptr::read(&guard) };
        drop(guard);
        drop(again);
    });
    assert!(message.contains("nobody holds"), "{message}");
    fails(FailureKind::InvalidUnlock, || {
        let lock = RwLock::new(0);
        thread::scope(|scope| {
            let (first, second) = (lock.read().unwrap(), Hand(lock.read().unwrap()));
            scope.spawn(move || second.release());
            drop(first);
        });
    });
    holds(|| {
        let lock = RwLock::new(0);
        thread::scope(|scope| {
            scope.spawn(|| drop(lock.read().unwrap()));
            scope.spawn(|| *lock.write().unwrap() += 1);
            drop((lock.read().unwrap(), lock.try_read().unwrap()));
        });
    });
}
