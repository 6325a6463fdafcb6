//! How fast locks are when many want them, and how evenly they serve: `cargo run --release --locked -p benches --example contention`.
//!
//! Threads, or tasks on two workers of tokio, enter one lock or semaphore for a fixed time, in rounds in which the peers take turns. A row tells the
//! nanoseconds an operation, the least, the median and the most of the rounds, since a lock that is handed to threads that sleep may be fast in one
//! round and slow in the next; and the median and the worst of the rounds in evenness: how often the one that had the lock most often had it for each
//! time that the other extreme had it. `contention ROUNDS MILLISECONDS PART` says how many rounds, how long each is, and a part of the names of the rows.
//!
//! Of several permits, turns are as even as those who hold them are fast: who is left unpolled with one in hand misses turns that the others
//! have with the rest, however strict the queue is. With two workers that is what the runtime and the system's scheduler do, and evens out in longer
//! rounds; on one worker it is little.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use benches::processors::stay;
use sync_primitives as ours;
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;

/// What one round found.
struct Round {
    nanoseconds: f64,
    unevenness: f64,
}

impl Round {
    fn new(counts: &[u64], time: Duration) -> Self {
        let [least, most] =
            [counts.iter().min(), counts.iter().max()].map(|count| *count.expect("somebody ran") as f64);
        Self {
            nanoseconds: time.as_nanos() as f64 / counts.iter().sum::<u64>().max(1) as f64,
            unevenness: most / least.max(1.0),
        }
    }
}

/// When those who are counted begin, all at once, and when they end.
#[derive(Default)]
struct Course {
    there: AtomicUsize,
    over: AtomicBool,
}

impl Course {
    /// One more is there.
    fn arrive(&self) {
        self.there.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether all are there.
    fn begins(&self, all: usize) -> bool {
        self.there.load(Ordering::Relaxed) == all
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Lets all run for that time, once they are there, and returns when they began.
    fn run(&self, all: usize, time: Duration) -> Instant {
        while !self.begins(all) {
            thread::yield_now();
        }
        let began = Instant::now();
        thread::sleep(time);
        self.over.store(true, Ordering::Relaxed);
        began
    }
}

/// Each of `threads` threads does `operation` until the time is over; it is told how often it did.
fn by_threads(threads: usize, time: Duration, operation: impl Fn(u64) + Sync) -> Round {
    let course = Course::default();
    thread::scope(|scope| {
        let all: Vec<_> = (0..threads)
            .map(|number| {
                let (course, operation) = (&course, &operation);
                scope.spawn(move || {
                    stay(number);
                    course.arrive();
                    while !course.begins(threads) {
                        thread::yield_now();
                    }
                    let mut count = 0;
                    while !course.is_over() {
                        operation(count);
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        let began = course.run(threads, time);
        let counts: Vec<u64> = all.into_iter().map(|one| one.join().expect("no thread panics")).collect();
        Round::new(&counts, began.elapsed())
    })
}

/// Each of the tasks does `$operation` until the time is over; it is told how often it did.
macro_rules! by_tasks {
    ($lock:ident, $setting:expr, $count:ident => $operation:expr) => {{
        let (lock, course, tasks) = (Arc::new($lock), Arc::new(Course::default()), $setting.users);
        $setting.runtime.block_on(async {
            let all: Vec<_> = (0..tasks)
                .map(|_| {
                    let ($lock, course) = (Arc::clone(&lock), Arc::clone(&course));
                    tokio::spawn(async move {
                        course.arrive();
                        while !course.begins(tasks) {
                            yield_now().await;
                        }
                        let mut $count = 0_u64;
                        while !course.is_over() {
                            $operation;
                            $count += 1;
                        }
                        $count
                    })
                })
                .collect();
            let began = course.run(tasks, $setting.time);
            let mut counts: Vec<u64> = Vec::new();
            for one in all {
                counts.push(one.await.expect("no task panics"));
            }
            Round::new(&counts, began.elapsed())
        })
    }};
}

type Row = (&'static str, Box<dyn Fn(&Setting) -> Round>);

/// What rows of one kind have in common.
struct Setting {
    runtime: Runtime,
    users: usize,
    time: Duration,
}

/// A row of threads: a lock, and what each does with it in its turn of that number.
macro_rules! threads {
    ($name:literal, $make:expr, |$lock:ident, $turn:pat_param| $operation:expr) => {{
        let row = |setting: &Setting| {
            let $lock = $make;
            by_threads(setting.users, setting.time, |$turn| {
                $operation;
            })
        };
        ($name, Box::new(row) as Box<dyn Fn(&Setting) -> Round>)
    }};
}

/// The same of tasks.
macro_rules! tasks {
    ($name:literal, $make:expr, |$lock:ident, $turn:ident| $operation:expr) => {{
        let row = |setting: &Setting| {
            let $lock = $make;
            by_tasks!($lock, setting, $turn => $operation)
        };
        ($name, Box::new(row) as Box<dyn Fn(&Setting) -> Round>)
    }};
}

fn mutex_threads() -> Vec<Row> {
    vec![
        threads!("selvedge blocking_lock", ours::Mutex::new(0u64), |lock, _| *lock.blocking_lock() += 1),
        threads!("std", std::sync::Mutex::new(0u64), |lock, _| *lock.lock().expect("no thread panics") += 1),
        threads!("parking_lot", parking_lot::Mutex::new(0u64), |lock, _| *lock.lock() += 1),
        threads!("parking_lot FairMutex", parking_lot::FairMutex::new(0u64), |lock, _| *lock.lock() += 1),
        threads!("usync", usync::Mutex::new(0u64), |lock, _| *lock.lock() += 1),
        threads!("saa", saa::Lock::default(), |lock, _| {
            lock.lock_sync();
            lock.release_lock()
        }),
        threads!("async-lock", async_lock::Mutex::new(0u64), |lock, _| *lock.lock_blocking() += 1),
        threads!("tokio blocking_lock", tokio::sync::Mutex::new(0u64), |lock, _| *lock.blocking_lock() += 1),
    ]
}

/// Whether one writes in this turn, of a hundred.
fn writes(turn: u64) -> bool {
    turn.is_multiple_of(100)
}

fn rwlock_threads() -> Vec<Row> {
    macro_rules! row {
        ($name:literal, $make:expr, |$lock:ident| $read:expr, $write:expr) => {
            threads!($name, $make, |$lock, turn| if writes(turn) {
                *$write += 1;
            } else {
                black_box(*$read);
            })
        };
    }
    vec![
        row!("selvedge", ours::RwLock::new(0u64), |lock| lock.blocking_read(), lock.blocking_write()),
        row!(
            "std",
            std::sync::RwLock::new(0u64),
            |lock| lock.read().expect("no panic"),
            lock.write().expect("no panic")
        ),
        row!("parking_lot", parking_lot::RwLock::new(0u64), |lock| lock.read(), lock.write()),
        row!("usync", usync::RwLock::new(0u64), |lock| lock.read(), lock.write()),
        row!("async-lock", async_lock::RwLock::new(0u64), |lock| lock.read_blocking(), lock.write_blocking()),
        row!("tokio", tokio::sync::RwLock::new(0u64), |lock| lock.blocking_read(), lock.blocking_write()),
    ]
}

fn mutex_tasks<const YIELDS: bool>() -> Vec<Row> {
    macro_rules! row {
        ($name:literal, $make:expr) => {
            tasks!($name, $make, |lock, turn| {
                let mut guard = lock.lock().await;
                *guard += 1;
                if YIELDS {
                    yield_now().await;
                }
            })
        };
    }
    vec![
        row!("selvedge", ours::Mutex::new(0u64)),
        row!("tokio", tokio::sync::Mutex::new(0u64)),
        row!("async-lock", async_lock::Mutex::new(0u64)),
        row!("asyncband", asyncband::mutex::Mutex::new(0u64)),
        row!("futures-intrusive", futures_intrusive::sync::Mutex::new(0u64, true)),
        row!("futures-util", futures_util::lock::Mutex::new(0u64)),
        row!("maitake-sync", maitake_sync::Mutex::new(0u64)),
    ]
}

/// Four permits, and a yield with one in hand.
fn semaphore_tasks() -> Vec<Row> {
    macro_rules! row {
        ($name:literal, $make:expr, |$all:ident| $acquire:expr) => {
            tasks!($name, $make, |$all, turn| {
                let permit = $acquire.await;
                yield_now().await;
                drop(permit)
            })
        };
    }
    vec![
        row!("selvedge", ours::Semaphore::new(4), |all| all.acquire()),
        row!("tokio", tokio::sync::Semaphore::new(4), |all| all.acquire()),
        row!("async-lock", async_lock::Semaphore::new(4), |all| all.acquire()),
        row!("asyncband", asyncband::semaphore::Semaphore::new(4), |all| all.acquire(1)),
        row!("futures-intrusive", futures_intrusive::sync::Semaphore::new(true, 4), |all| all.acquire(1)),
        row!("maitake-sync", maitake_sync::Semaphore::new(4), |all| all.acquire(1)),
    ]
}

fn rwlock_tasks<const YIELDS: bool>() -> Vec<Row> {
    macro_rules! row {
        ($name:literal, $make:expr) => {
            tasks!($name, $make, |lock, turn| if writes(turn) {
                let mut guard = lock.write().await;
                *guard += 1;
                if YIELDS {
                    yield_now().await;
                }
            } else {
                let guard = lock.read().await;
                black_box(*guard);
                if YIELDS {
                    yield_now().await;
                }
            })
        };
    }
    vec![
        row!("selvedge", ours::RwLock::new(0u64)),
        row!("selvedge, Barging", ours::RwLock::<_, ours::Barging>::with_policy(0u64)),
        row!("tokio", tokio::sync::RwLock::new(0u64)),
        row!("async-lock", async_lock::RwLock::new(0u64)),
        row!("asyncband", asyncband::rwlock::RwLock::new(0u64)),
        row!("maitake-sync", maitake_sync::RwLock::new(0u64)),
    ]
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let number = |at: usize, or| arguments.get(at).map_or(or, |text| text.parse().expect("a number"));
    let (rounds, time) = (number(0, 10), Duration::from_millis(number(1, 50)));
    let part = arguments.get(2).map_or("", |part| part);
    for (kind, users, workers, rows) in [
        ("Mutex, 2 threads", 2, 1, mutex_threads()),
        ("Mutex, 8 threads", 8, 1, mutex_threads()),
        ("RwLock, 4 threads, 1 % writes", 4, 1, rwlock_threads()),
        ("Mutex, 64 tasks", 64, 2, mutex_tasks::<false>()),
        ("Mutex, 64 tasks, yield inside", 64, 2, mutex_tasks::<true>()),
        ("Semaphore of 4, 64 tasks, yield inside", 64, 2, semaphore_tasks()),
        ("Semaphore of 4, 64 tasks on one worker, yield inside", 64, 1, semaphore_tasks()),
        ("RwLock, 8 tasks, 1 % writes", 8, 2, rwlock_tasks::<false>()),
        ("RwLock, 8 tasks, 1 % writes, yield inside", 8, 2, rwlock_tasks::<true>()),
    ] {
        let runtime = Builder::new_multi_thread().worker_threads(workers).build().expect("threads can be started");
        let setting = Setting { runtime, users, time };
        let named = |name: &str| format!("{kind}: {name}");
        let rows: Vec<_> = rows.into_iter().filter(|(name, _)| named(name).contains(part)).collect();
        let mut found: Vec<_> = rows.iter().map(|_| Vec::new()).collect();
        for _ in 0..rounds {
            for ((_, row), found) in rows.iter().zip(&mut found) {
                found.push(row(&setting));
            }
        }
        for ((name, _), mut found) in rows.iter().zip(found) {
            found.sort_by(|one, other| one.nanoseconds.total_cmp(&other.nanoseconds));
            let [least, median, most] = [0, found.len() / 2, found.len() - 1].map(|at| found[at].nanoseconds);
            found.sort_by(|one, other| one.unevenness.total_cmp(&other.unevenness));
            let [usual, worst] = [found.len() / 2, found.len() - 1].map(|at| found[at].unevenness);
            println!("| {} | {least:.1} | {median:.1} | {most:.1} | {usual:.2} | {worst:.2} |", named(name));
        }
    }
}
