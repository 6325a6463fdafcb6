//! Locks, permits, notifications and barriers when several want them at once, threads and tasks, against their peers in the same run: tokio,
//! async-lock, asyncband, futures-intrusive, futures-util, maitake-sync, saa, event-listener, parking_lot, usync and std. How even and how steady
//! locks are then tells `examples/contention.rs`.

use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sync_primitives as ours;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

/// The time in which `threads` threads together do `operations` operations; each is told how many it has done.
fn by_threads(threads: u64, operations: u64, operation: impl Fn(u64) + Sync) -> Duration {
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..operations.div_ceil(threads)).for_each(&operation));
        }
    });
    started.elapsed()
}

/// Two workers.
fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().expect("threads can be started")
}

/// The time that these tasks take.
fn by_tasks<F: Future<Output = ()> + Send + 'static>(runtime: &Runtime, tasks: impl Iterator<Item = F>) -> Duration {
    let started = Instant::now();
    runtime.block_on(async {
        let tasks: Vec<_> = tasks.map(tokio::spawn).collect();
        for task in tasks {
            task.await.expect("no task panics");
        }
    });
    started.elapsed()
}

/// Wakes itself, and is polled again: below that no waiting of tasks can be.
async fn wake_oneself() {
    let mut woken = false;
    poll_fn(|context| {
        if std::mem::replace(&mut woken, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A peer of a group of threads: what it is called, what it is made by, and what is done with it.
macro_rules! threads {
    ($group:ident, $threads:expr, $name:expr, $make:expr, |$lock:ident, $turn:pat_param| $operation:expr) => {
        $group.bench_function($name, |b| {
            let $lock = $make;
            b.iter_custom(|n| by_threads($threads, n, |$turn| $operation));
        });
    };
}

/// The same of a group of tasks.
macro_rules! tasks {
    ($group:ident, $runtime:ident, $tasks:expr, $name:expr, $make:expr, |$lock:ident, $turn:pat_param| $operation:expr) => {
        $group.bench_function($name, |b| {
            let lock = Arc::new($make);
            b.iter_custom(|n| {
                let task = |_| {
                    let $lock = Arc::clone(&lock);
                    async move {
                        for $turn in 0..n.div_ceil($tasks) {
                            $operation;
                        }
                    }
                };
                by_tasks(&$runtime, (0..$tasks).map(task))
            });
        });
    };
}

/// Threads add under one lock.
fn mutex_threads(c: &mut Criterion) {
    for threads in [2, 8] {
        let mut group = c.benchmark_group(format!("mutex {threads} threads"));
        macro_rules! peer {
            ($name:literal, $make:expr, |$lock:ident| $operation:expr) => {
                threads!(group, threads, $name, $make, |$lock, _| $operation)
            };
        }
        peer!("selvedge", ours::Mutex::new(0u64), |mutex| *mutex.blocking_lock() += 1);
        peer!("std", std::sync::Mutex::new(0u64), |mutex| *mutex.lock().unwrap() += 1);
        peer!("parking_lot", parking_lot::Mutex::new(0u64), |mutex| *mutex.lock() += 1);
        peer!("parking_lot FairMutex", parking_lot::FairMutex::new(0u64), |mutex| *mutex.lock() += 1);
        peer!("tokio", tokio::sync::Mutex::new(0u64), |mutex| *mutex.blocking_lock() += 1);
        peer!("async-lock", async_lock::Mutex::new(0u64), |mutex| *mutex.lock_blocking() += 1);
        peer!("usync", usync::Mutex::new(0u64), |mutex| *mutex.lock() += 1);
        // Eight threads of saa's did not come to the end of a warm-up within three minutes, on two processors.
        if threads == 2 {
            peer!("saa", saa::Lock::default(), |lock| {
                lock.lock_sync();
                lock.release_lock();
            });
        }
        group.finish();
    }
}

/// Threads take a permit and give it back.
fn semaphore_threads(c: &mut Criterion) {
    for threads in [2, 8] {
        let mut group = c.benchmark_group(format!("semaphore {threads} threads"));
        for permits in [1, 2] {
            macro_rules! peer {
                ($name:literal, $make:expr, |$all:ident| $operation:expr) => {
                    threads!(group, threads, format!("{}/{permits} permits", $name), $make, |$all, _| $operation)
                };
            }
            peer!("selvedge", ours::Semaphore::new(permits), |all| drop(all.blocking_acquire()));
            peer!("async-lock", async_lock::Semaphore::new(permits), |all| drop(all.acquire_blocking()));
            peer!("tokio, blocking on its future", tokio::sync::Semaphore::new(permits), |all| {
                drop(pollster::block_on(all.acquire()))
            });
            peer!("std, a number under a Mutex", (std::sync::Mutex::new(permits), std::sync::Condvar::new()), |all| {
                let (free, more) = &all;
                *more.wait_while(free.lock().unwrap(), |free| *free == 0).unwrap() -= 1;
                *free.lock().unwrap() += 1;
                more.notify_one();
            });
            // As eight threads at its lock.
            if threads == 2 {
                peer!("saa", saa::Semaphore::with_permits(permits), |all| {
                    all.acquire_sync();
                    all.release();
                });
            }
        }
        group.finish();
    }
}

/// How many of a hundred turns write, and what that is called.
const WRITES: [(u64, &str); 2] = [(1, "1 % writes"), (10, "10 % writes")];

fn writes(turn: u64, of_a_hundred: u64) -> bool {
    turn.is_multiple_of(100 / of_a_hundred)
}

/// Four threads read one lock, and write now and then.
fn rwlock_threads(c: &mut Criterion) {
    let mut group = c.benchmark_group("rwlock 4 threads");
    for (share, variant) in WRITES {
        macro_rules! peer {
            ($name:literal, $make:expr, |$lock:ident| $read:expr, $write:expr) => {
                threads!(group, 4, format!("{}/{variant}", $name), $make, |$lock, turn| if writes(turn, share) {
                    *$write += 1;
                } else {
                    black_box(*$read);
                })
            };
        }
        peer!("selvedge", ours::RwLock::new(0u64), |lock| lock.blocking_read(), lock.blocking_write());
        peer!("std", std::sync::RwLock::new(0u64), |lock| lock.read().unwrap(), lock.write().unwrap());
        peer!("parking_lot", parking_lot::RwLock::new(0u64), |lock| lock.read(), lock.write());
        peer!("usync", usync::RwLock::new(0u64), |lock| lock.read(), lock.write());
        peer!("async-lock", async_lock::RwLock::new(0u64), |lock| lock.read_blocking(), lock.write_blocking());
        peer!("tokio", tokio::sync::RwLock::new(0u64), |lock| lock.blocking_read(), lock.blocking_write());
    }
    group.finish();
}

/// Tasks add under one lock, with and without a yield inside.
fn mutex_tasks(c: &mut Criterion) {
    let runtime = runtime();
    macro_rules! peers {
        ($group:ident, $tasks:expr, $variant:expr, $then:expr) => {
            macro_rules! peer {
                ($name:literal, $make:expr) => {
                    tasks!($group, runtime, $tasks, format!("{}{}", $name, $variant), $make, |mutex, _| {
                        let mut guard = mutex.lock().await;
                        *guard += 1;
                        $then;
                    })
                };
            }
            peer!("selvedge", ours::Mutex::new(0u64));
            peer!("tokio", tokio::sync::Mutex::new(0u64));
            peer!("async-lock", async_lock::Mutex::new(0u64));
            peer!("asyncband", asyncband::mutex::Mutex::new(0u64));
            peer!("futures-intrusive", futures_intrusive::sync::Mutex::new(0u64, true));
            peer!("futures-util", futures_util::lock::Mutex::new(0u64));
            peer!("maitake-sync", maitake_sync::Mutex::new(0u64));
        };
    }
    let mut group = c.benchmark_group("mutex tasks, nothing inside");
    for tasks in [2, 8, 64] {
        peers!(group, tasks, format_args!("/{tasks} tasks"), ());
    }
    group.finish();
    let mut group = c.benchmark_group("mutex 64 tasks, one yield inside");
    peers!(group, 64, "", yield_now().await);
    group.finish();
}

/// Sixty-four tasks take permits, and yield once with them in hand.
fn semaphore_tasks(c: &mut Criterion) {
    const TASKS: u64 = 64;
    let runtime = runtime();
    let mut group = c.benchmark_group("semaphore 64 tasks, one yield inside");
    for (permits, most, variant) in [(4, 1, "4 permits"), (16, 8, "16 permits, 1 to 8 each")] {
        macro_rules! peer {
            ($name:literal, $make:expr, |$all:ident, $want:ident| $acquire:expr) => {
                tasks!(group, runtime, TASKS, format!("{}/{variant}", $name), $make, |$all, turn| {
                    let $want = turn % most + 1;
                    let permits = $acquire.await;
                    yield_now().await;
                    drop(permits);
                })
            };
        }
        peer!("selvedge", ours::Semaphore::new(permits), |all, want| all.acquire_many(want as u32));
        peer!("tokio", tokio::sync::Semaphore::new(permits), |all, want| all.acquire_many(want as u32));
        peer!("asyncband", asyncband::semaphore::Semaphore::new(permits), |all, want| all.acquire(want as usize));
        peer!("futures-intrusive", futures_intrusive::sync::Semaphore::new(true, permits), |all, want| all
            .acquire(want as usize));
        peer!("maitake-sync", maitake_sync::Semaphore::new(permits), |all, want| all.acquire(want as usize));
        if most == 1 {
            peer!("async-lock", async_lock::Semaphore::new(permits), |all, _want| all.acquire());
        }
    }
    group.finish();
}

/// Eight tasks read one lock, and write now and then.
fn rwlock_tasks(c: &mut Criterion) {
    const TASKS: u64 = 8;
    let runtime = runtime();
    let mut group = c.benchmark_group("rwlock 8 tasks");
    macro_rules! peers {
        ($share:expr, $variant:expr, $then:expr) => {
            macro_rules! peer {
                ($name:literal, $make:expr) => {
                    tasks!(group, runtime, TASKS, format!("{}/{}", $name, $variant), $make, |lock, turn| if writes(
                        turn, $share
                    ) {
                        let mut guard = lock.write().await;
                        *guard += 1;
                        $then;
                    } else {
                        let guard = lock.read().await;
                        black_box(*guard);
                        $then;
                    })
                };
            }
            peer!("selvedge", ours::RwLock::new(0u64));
            peer!("tokio", tokio::sync::RwLock::new(0u64));
            peer!("async-lock", async_lock::RwLock::new(0u64));
            peer!("asyncband", asyncband::rwlock::RwLock::new(0u64));
            peer!("maitake-sync", maitake_sync::RwLock::new(0u64));
        };
    }
    for (share, variant) in WRITES {
        peers!(share, variant, ());
    }
    peers!(1, "1 % writes, yield inside", yield_now().await);
    group.finish();
}

/// Two tasks notify each other in turn; the times are for one way.
fn ping_pong(c: &mut Criterion) {
    let runtime = runtime();
    let mut group = c.benchmark_group("notify, from task to task");
    group.throughput(Throughput::Elements(2));
    // A pair of events that remember one notification.
    macro_rules! peer {
        ($name:literal, $make:expr, |$event:ident| $notify:expr, $wait:expr) => {
            group.bench_function($name, |b| {
                let events = Arc::new([$make, $make]);
                b.iter_custom(|n| {
                    let task = |first: usize| {
                        let events = Arc::clone(&events);
                        async move {
                            for _ in 0..n {
                                let notify = |$event: usize| {
                                    let $event = &events[$event];
                                    _ = black_box($notify);
                                };
                                if first == 0 {
                                    notify(1);
                                }
                                let $event = &events[first];
                                _ = black_box($wait.await);
                                if first == 1 {
                                    notify(0);
                                }
                            }
                        }
                    };
                    by_tasks(&runtime, (0..2).map(task))
                });
            });
        };
    }
    peer!("selvedge", ours::Notify::new(), |event| event.notify_one(), event.notified());
    peer!("tokio", tokio::sync::Notify::new(), |event| event.notify_one(), event.notified());
    peer!("asyncband", asyncband::event::AutoResetEvent::new(), |event| event.set(), event.wait());
    peer!("maitake-sync", maitake_sync::WaitQueue::new(), |event| event.wake(), event.wait());
    // It remembers nothing: who is to be notified listens before the other is.
    group.bench_function("event-listener", |b| {
        b.iter_custom(|n| {
            let events = Arc::new([event_listener::Event::<()>::new(), event_listener::Event::new()]);
            let mut early = Some(events[1].listen());
            let task = |own: usize| {
                let (events, mut listener) = (Arc::clone(&events), if own == 1 { early.take() } else { None });
                async move {
                    for _ in 0..n {
                        if own == 0 {
                            let listener = events[0].listen();
                            events[1].notify(1);
                            listener.await;
                        } else if let Some(called) = listener.take() {
                            called.await;
                            listener = Some(events[1].listen());
                            events[0].notify(1);
                        }
                    }
                }
            };
            by_tasks(&runtime, (0..2).map(task))
        });
    });
    group.bench_function("floor: a task that wakes itself", |b| {
        b.iter_custom(|n| by_tasks(&runtime, std::iter::once(many_wakes(2 * n))));
    });
    group.finish();
}

/// Wakes itself as often.
async fn many_wakes(times: u64) {
    for _ in 0..times {
        wake_oneself().await;
    }
}

/// All wait for all; the times are for each of them.
fn barriers(c: &mut Criterion) {
    const TASKS: u64 = 8;
    let runtime = runtime();
    let mut group = c.benchmark_group("barrier of 8 tasks");
    group.throughput(Throughput::Elements(TASKS));
    macro_rules! peer {
        ($name:literal, $make:expr, |$barrier:ident| $wait:expr) => {
            group.bench_function($name, |b| {
                let barrier = Arc::new($make);
                b.iter_custom(|n| {
                    let task = |_| {
                        let $barrier = Arc::clone(&barrier);
                        async move {
                            for _ in 0..n {
                                _ = black_box($wait.await);
                            }
                        }
                    };
                    by_tasks(&runtime, (0..TASKS).map(task))
                });
            });
        };
    }
    peer!("selvedge", ours::Barrier::new(TASKS as usize), |barrier| barrier.wait());
    peer!("tokio", tokio::sync::Barrier::new(TASKS as usize), |barrier| barrier.wait());
    peer!("async-lock", async_lock::Barrier::new(TASKS as usize), |barrier| barrier.wait());
    peer!("asyncband", asyncband::barrier::Barrier::new(TASKS as u32), |barrier| barrier.wait());
    group.bench_function("floor: tasks that wake themselves", |b| {
        b.iter_custom(|n| by_tasks(&runtime, (0..TASKS).map(|_| many_wakes(n))));
    });
    group.finish();

    const THREADS: u64 = 4;
    let mut group = c.benchmark_group("barrier of 4 threads");
    group.throughput(Throughput::Elements(THREADS));
    macro_rules! peer {
        ($name:literal, $make:expr, |$barrier:ident| $wait:expr) => {
            group.bench_function($name, |b| {
                let $barrier = $make;
                b.iter_custom(|n| by_threads(THREADS, THREADS * n, |_| _ = black_box($wait)));
            });
        };
    }
    peer!("selvedge", ours::Barrier::new(THREADS as usize), |barrier| barrier.blocking_wait());
    peer!("std", std::sync::Barrier::new(THREADS as usize), |barrier| barrier.wait());
    peer!("async-lock", async_lock::Barrier::new(THREADS as usize), |barrier| barrier.wait_blocking());
    // usync's is good for one round.
    peer!("saa", saa::Barrier::with_count(THREADS as usize), |barrier| barrier.wait_sync());
    group.finish();
}

criterion_group!(
    benches,
    mutex_threads,
    semaphore_threads,
    rwlock_threads,
    mutex_tasks,
    semaphore_tasks,
    rwlock_tasks,
    ping_pong,
    barriers
);
criterion_main!(benches);
