//! What waits in a queue, where nobody else is or where many wait, against its peers in the same run: tokio, async-lock, asyncband, futures-intrusive, futures-util, maitake-sync, saa,
//! event-listener, parking_lot, usync, std, and two bare read-modify-writes, below which no lock of two such operations can be. What a peer does not have is left
//! out: saa's waiters are not polled by ten thousands, since each spins inside `poll` first.

mod at_once;

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use at_once::at_once;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sync_primitives as ours;

/// The output of a future that need not wait, polled where it stands, as by `.await`: a call would have the future copied first.
#[inline(always)]
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nobody else is there"),
    }
}

/// Enter and leave when nobody else is there.
fn uncontended(c: &mut Criterion) {
    let mut group = c.benchmark_group("mutex uncontended");
    let flag = AtomicBool::new(false);
    group.bench_function("two read-modify-writes", |b| {
        b.iter(|| {
            black_box(flag.swap(true, Ordering::Acquire));
            black_box(flag.swap(false, Ordering::Release))
        });
    });
    let mutex = ours::Mutex::new(0u64);
    group.bench_function("selvedge lock", |b| b.iter(|| *now(black_box(&mutex).lock()) += 1));
    group.bench_function("selvedge blocking_lock", |b| b.iter(|| *black_box(&mutex).blocking_lock() += 1));
    let mutex = tokio::sync::Mutex::new(0u64);
    group.bench_function("tokio lock", |b| b.iter(|| *now(black_box(&mutex).lock()) += 1));
    group.bench_function("tokio blocking_lock", |b| b.iter(|| *black_box(&mutex).blocking_lock() += 1));
    let mutex = async_lock::Mutex::new(0u64);
    group.bench_function("async-lock lock", |b| b.iter(|| *now(black_box(&mutex).lock()) += 1));
    group.bench_function("async-lock lock_blocking", |b| b.iter(|| *black_box(&mutex).lock_blocking() += 1));
    let mutex = futures_intrusive::sync::Mutex::new(0u64, true);
    group.bench_function("futures-intrusive lock", |b| b.iter(|| *now(black_box(&mutex).lock()) += 1));
    let mutex = futures_util::lock::Mutex::new(0u64);
    group.bench_function("futures-util lock", |b| b.iter(|| *now(black_box(&mutex).lock()) += 1));
    let mutex = maitake_sync::Mutex::new(0u64);
    group.bench_function("maitake-sync lock", |b| b.iter(|| *now(black_box(&mutex).lock()) += 1));
    let lock = saa::Lock::default();
    group.bench_function("saa lock", |b| {
        b.iter(|| {
            black_box(now(black_box(&lock).lock_async()));
            black_box(&lock).release_lock()
        });
    });
    group.bench_function("saa lock_sync", |b| {
        b.iter(|| {
            black_box(black_box(&lock).lock_sync());
            black_box(&lock).release_lock()
        });
    });
    let mutex = asyncband::mutex::Mutex::new(0u64);
    group.bench_function("asyncband lock", |b| b.iter(|| *now(black_box(&mutex).lock()) += 1));
    let mutex = usync::Mutex::new(0u64);
    group.bench_function("usync lock", |b| b.iter(|| *black_box(&mutex).lock() += 1));
    let mutex = std::sync::Mutex::new(0u64);
    group.bench_function("std lock", |b| b.iter(|| *black_box(&mutex).lock().unwrap() += 1));
    let mutex = parking_lot::Mutex::new(0u64);
    group.bench_function("parking_lot lock", |b| b.iter(|| *black_box(&mutex).lock() += 1));
    let mutex = parking_lot::FairMutex::new(0u64);
    group.bench_function("parking_lot FairMutex lock", |b| b.iter(|| *black_box(&mutex).lock() += 1));
    group.finish();

    let mut group = c.benchmark_group("semaphore uncontended");
    let count = AtomicUsize::new(16);
    let floor = || {
        black_box(count.fetch_sub(1, Ordering::Acquire));
        black_box(count.fetch_add(1, Ordering::Release))
    };
    group.bench_function("two read-modify-writes/1", |b| b.iter(floor));
    let semaphore = ours::Semaphore::new(16);
    group.bench_function("selvedge/1", |b| b.iter(|| drop(now(black_box(&semaphore).acquire()))));
    group.bench_function("selvedge/8", |b| b.iter(|| drop(now(black_box(&semaphore).acquire_many(8)))));
    let semaphore = tokio::sync::Semaphore::new(16);
    group.bench_function("tokio/1", |b| b.iter(|| drop(now(black_box(&semaphore).acquire()))));
    group.bench_function("tokio/8", |b| b.iter(|| drop(now(black_box(&semaphore).acquire_many(8)))));
    let semaphore = async_lock::Semaphore::new(16);
    group.bench_function("async-lock/1", |b| b.iter(|| drop(now(black_box(&semaphore).acquire()))));
    let semaphore = futures_intrusive::sync::Semaphore::new(true, 16);
    group.bench_function("futures-intrusive/1", |b| b.iter(|| drop(now(black_box(&semaphore).acquire(1)))));
    group.bench_function("futures-intrusive/8", |b| b.iter(|| drop(now(black_box(&semaphore).acquire(8)))));
    let semaphore = maitake_sync::Semaphore::new(16);
    group.bench_function("maitake-sync/1", |b| b.iter(|| drop(now(black_box(&semaphore).acquire(1)))));
    group.bench_function("maitake-sync/8", |b| b.iter(|| drop(now(black_box(&semaphore).acquire(8)))));
    let semaphore = asyncband::semaphore::Semaphore::new(16);
    group.bench_function("asyncband/1", |b| b.iter(|| drop(now(black_box(&semaphore).acquire(1)))));
    group.bench_function("asyncband/8", |b| b.iter(|| drop(now(black_box(&semaphore).acquire(8)))));
    let semaphore = saa::Semaphore::with_permits(16);
    group.bench_function("saa/1", |b| {
        b.iter(|| {
            now(black_box(&semaphore).acquire_async());
            black_box(&semaphore).release()
        });
    });
    group.finish();

    let mut group = c.benchmark_group("rwlock uncontended");
    group.bench_function("two read-modify-writes/read", |b| b.iter(floor));
    let lock = ours::RwLock::new(0u64);
    group.bench_function("selvedge/read", |b| b.iter(|| *now(black_box(&lock).read())));
    group.bench_function("selvedge/write", |b| b.iter(|| *now(black_box(&lock).write()) += 1));
    let lock = tokio::sync::RwLock::new(0u64);
    group.bench_function("tokio/read", |b| b.iter(|| *now(black_box(&lock).read())));
    group.bench_function("tokio/write", |b| b.iter(|| *now(black_box(&lock).write()) += 1));
    let lock = async_lock::RwLock::new(0u64);
    group.bench_function("async-lock/read", |b| b.iter(|| *now(black_box(&lock).read())));
    group.bench_function("async-lock/write", |b| b.iter(|| *now(black_box(&lock).write()) += 1));
    let lock = maitake_sync::RwLock::new(0u64);
    group.bench_function("maitake-sync/read", |b| b.iter(|| *now(black_box(&lock).read())));
    group.bench_function("maitake-sync/write", |b| b.iter(|| *now(black_box(&lock).write()) += 1));
    let lock = asyncband::rwlock::RwLock::new(0u64);
    group.bench_function("asyncband/read", |b| b.iter(|| *now(black_box(&lock).read())));
    group.bench_function("asyncband/write", |b| b.iter(|| *now(black_box(&lock).write()) += 1));
    let lock = saa::Lock::default();
    group.bench_function("saa/read", |b| {
        b.iter(|| {
            black_box(now(black_box(&lock).share_async()));
            black_box(&lock).release_share()
        });
    });
    let lock = usync::RwLock::new(0u64);
    group.bench_function("usync/read", |b| b.iter(|| *black_box(&lock).read()));
    let lock = std::sync::RwLock::new(0u64);
    group.bench_function("std/read", |b| b.iter(|| *black_box(&lock).read().unwrap()));
    let lock = parking_lot::RwLock::new(0u64);
    group.bench_function("parking_lot/read", |b| b.iter(|| *black_box(&lock).read()));
    group.finish();

    let mut group = c.benchmark_group("notify, nobody waits");
    let notify = ours::Notify::new();
    group.bench_function("selvedge/one", |b| b.iter(|| black_box(&notify).notify_one()));
    group.bench_function("selvedge/all", |b| b.iter(|| black_box(&notify).notify_waiters()));
    let notify = tokio::sync::Notify::new();
    group.bench_function("tokio/one", |b| b.iter(|| black_box(&notify).notify_one()));
    group.bench_function("tokio/all", |b| b.iter(|| black_box(&notify).notify_waiters()));
    let event = event_listener::Event::new();
    group.bench_function("event-listener/one", |b| b.iter(|| black_box(&event).notify(1)));
    let queue = maitake_sync::WaitQueue::new();
    group.bench_function("maitake-sync/one", |b| b.iter(|| black_box(&queue).wake()));
    group.bench_function("maitake-sync/all", |b| b.iter(|| black_box(&queue).wake_all()));
    let condvar = ours::Condvar::new();
    group.bench_function("selvedge/Condvar", |b| b.iter(|| black_box(&condvar).notify_one()));
    let condvar = std::sync::Condvar::new();
    group.bench_function("std/Condvar", |b| b.iter(|| black_box(&condvar).notify_one()));
    let condvar = parking_lot::Condvar::new();
    group.bench_function("parking_lot/Condvar", |b| b.iter(|| black_box(&condvar).notify_one()));
    group.finish();
}

const WAITERS: usize = 10_000;

/// Futures on the heap, none of them polled.
fn boxed<F>(make: impl Fn() -> F) -> Vec<Pin<Box<F>>> {
    (0..WAITERS).map(|_| Box::pin(make())).collect()
}

/// Futures that have been polled and wait.
fn queued<F: Future>(make: impl Fn() -> F) -> Vec<Pin<Box<F>>> {
    let mut tasks = boxed(make);
    poll_all(&mut tasks);
    tasks
}

fn poll_all<F: Future>(tasks: &mut [Pin<Box<F>>]) {
    let mut context = Context::from_waker(Waker::noop());
    for task in tasks {
        let _ = task.as_mut().poll(&mut context);
    }
}

/// The same tasks in an order that has nothing to do with the queue's.
fn shuffled<F>(tasks: Vec<Pin<Box<F>>>) -> Vec<Pin<Box<F>>> {
    let mut slots: Vec<_> = tasks.into_iter().map(Some).collect();
    // 7,919 is a prime that does not divide the number of waiters.
    (0..WAITERS).map(|step| slots[step * 7_919 % WAITERS].take().unwrap()).collect()
}

/// Joining, giving up and passing on with many in the queue; times are for all of them.
fn many_waiters(c: &mut Criterion) {
    let mut group = c.benchmark_group("10,000 waiters");
    group.throughput(Throughput::Elements(WAITERS as u64));
    macro_rules! peer {
        ($name:literal, $mutex:expr) => {{
            let mutex = $mutex;
            let guard = mutex.try_lock().unwrap();
            group.bench_function(concat!($name, "/join"), |b| {
                b.iter_batched_ref(|| boxed(|| mutex.lock()), |tasks| poll_all(tasks), BatchSize::PerIteration);
            });
            group.bench_function(concat!($name, "/give up in any order"), |b| {
                b.iter_batched(|| shuffled(queued(|| mutex.lock())), drop, BatchSize::PerIteration);
            });
            drop(guard);
            group.bench_function(concat!($name, "/pass through all"), |b| {
                b.iter_batched(
                    || (mutex.try_lock().unwrap(), queued(|| mutex.lock())),
                    |(guard, mut tasks)| {
                        drop(guard);
                        poll_all(&mut tasks);
                        tasks
                    },
                    BatchSize::PerIteration,
                );
            });
        }};
    }
    peer!("selvedge", ours::Mutex::new(0u64));
    peer!("tokio", tokio::sync::Mutex::new(0u64));
    peer!("async-lock", async_lock::Mutex::new(0u64));
    peer!("asyncband", asyncband::mutex::Mutex::new(0u64));
    peer!("futures-intrusive", futures_intrusive::sync::Mutex::new(0u64, true));
    peer!("maitake-sync", maitake_sync::Mutex::new(0u64));

    macro_rules! notify_all {
        ($name:literal, $make:expr, |$notify:ident| $wait:expr, $all:expr) => {{
            let $notify = $make;
            group.bench_function(concat!($name, "/notify all"), |b| {
                b.iter_batched_ref(
                    || boxed(|| $wait),
                    |tasks| {
                        poll_all(tasks);
                        $all;
                        poll_all(tasks);
                    },
                    BatchSize::PerIteration,
                );
            });
        }};
    }
    notify_all!("selvedge", ours::Notify::new(), |notify| notify.notified(), notify.notify_waiters());
    notify_all!("tokio", tokio::sync::Notify::new(), |notify| notify.notified(), notify.notify_waiters());
    notify_all!("event-listener", event_listener::Event::new(), |event| event.listen(), event.notify(usize::MAX));
    notify_all!("maitake-sync", maitake_sync::WaitQueue::new(), |queue| queue.wait(), queue.wake_all());

    // Permits come 32 at a time; who is let in is polled, and keeps its permits for good. All need one permit, or one to eight by turns.
    macro_rules! release {
        ($name:literal, $semaphore:expr, |$all:ident, $want:ident| $acquire:expr, |$n:ident| $release:expr, |$permit:pat_param| $keep:expr) => {
            for (variant, most) in [("release by 32", 1), ("release by 32, 1 to 8 each", 8)] {
                let $all = $semaphore;
                group.bench_function(format!("{}/{variant}", $name), |b| {
                    let queue = || {
                        let mut tasks: Vec<_> =
                            (0..WAITERS).map(|at| at % most + 1).map(|$want| Box::pin($acquire)).collect();
                        poll_all(&mut tasks);
                        tasks
                    };
                    b.iter_batched_ref(
                        queue,
                        |tasks| {
                            let mut context = Context::from_waker(Waker::noop());
                            let all_want: usize = (0..WAITERS).map(|at| at % most + 1).sum();
                            let (mut there, mut asked) = (0, 0);
                            for (at, task) in tasks.iter_mut().enumerate() {
                                asked += at % most + 1;
                                while there < asked {
                                    // None is left over for those who come next.
                                    let $n = 32.min(all_want - there);
                                    $release;
                                    there += $n;
                                }
                                let Poll::Ready($permit) = task.as_mut().poll(&mut context) else { unreachable!() };
                                $keep;
                            }
                        },
                        BatchSize::PerIteration,
                    );
                });
            }
        };
    }
    release!(
        "selvedge",
        ours::Semaphore::new(0),
        |all, want| all.acquire_many(want as u32),
        |n| all.add_permits(n),
        |permit| permit.unwrap().forget()
    );
    release!(
        "tokio",
        tokio::sync::Semaphore::new(0),
        |all, want| all.acquire_many(want as u32),
        |n| all.add_permits(n),
        |permit| permit.unwrap().forget()
    );
    release!(
        "asyncband",
        asyncband::semaphore::Semaphore::new(0),
        |all, want| all.acquire(want),
        |n| all.release(n),
        |permit| permit.forget()
    );
    release!(
        "futures-intrusive",
        futures_intrusive::sync::Semaphore::new(true, 0),
        |all, want| all.acquire(want),
        |n| all.release(n),
        |mut permit| permit.disarm()
    );
    release!(
        "maitake-sync",
        maitake_sync::Semaphore::new(0),
        |all, want| all.acquire(want),
        |n| all.add_permits(n),
        |permit| std::mem::forget(permit)
    );
    group.finish();
}

/// Two threads get in line behind one who never goes, and give up at once.
fn storm(c: &mut Criterion) {
    let mut group = c.benchmark_group("joining and giving up, two threads");
    group.throughput(Throughput::Elements(2));
    macro_rules! peer {
        ($name:literal, $make:expr) => {{
            let mutex = $make;
            let _guard = mutex.try_lock().unwrap();
            group.bench_function($name, |b| {
                b.iter_custom(|n| {
                    at_once(2, |_| {
                        let mut context = Context::from_waker(Waker::noop());
                        for _ in 0..n {
                            assert!(pin!(black_box(&mutex).lock()).poll(&mut context).is_pending());
                        }
                    })
                });
            });
        }};
    }
    peer!("selvedge", ours::Mutex::new(0u64));
    peer!("tokio", tokio::sync::Mutex::new(0u64));
    peer!("async-lock", async_lock::Mutex::new(0u64));
    peer!("asyncband", asyncband::mutex::Mutex::new(0u64));
    peer!("futures-intrusive", futures_intrusive::sync::Mutex::new(0u64, true));
    peer!("maitake-sync", maitake_sync::Mutex::new(0u64));
    // Whoever joins a list and leaves it locks and unlocks it twice.
    let flag = AtomicUsize::new(0);
    group.bench_function("floor: four read-modify-writes", |b| {
        b.iter_custom(|n| {
            at_once(2, |_| {
                for _ in 0..4 * n {
                    black_box(flag.swap(1, Ordering::AcqRel));
                }
            })
        });
    });
    group.finish();
}

criterion_group!(benches, uncontended, many_waiters, storm);
criterion_main!(benches);
