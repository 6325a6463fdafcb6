//! Stress tests of what waits in the queue, with native threads: as threads, as tasks, trying, and giving up half way.

#![cfg(all(feature = "std", not(loom)))]

mod stress;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use stress::{THREADS, by_tier, together};
use sync_primitives::{Barrier, Condvar, Event, Mutex, Notify, RwLock, RwLockUpgradableReadGuard, Semaphore};
use verify_harness::evidence::{Check, Unit};
use verify_harness::history::recorder::Recorder;
use verify_harness::history::{Checker, Specification};
use verify_harness::random::seed;

/// Operations of each thread.
fn operations() -> u64 {
    by_tier([40_000, 400_000, 10_000_000])
}

fn check(structure: &str, property: &str, seed: u64) -> Check {
    stress::check(structure, property, operations(), seed)
}

/// Polls up to `polls` times, without being woken, and gives up then.
fn poll_and_give_up<F: Future>(future: F, polls: u64) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
        thread::yield_now();
    }
    None
}

/// Splits an addition in two parts, so that a lock that lets two in loses some.
fn add_one(value: &mut u64) {
    let seen = std::hint::black_box(*value);
    *value = seen + 1;
}

#[test]
fn mutex_counts_exactly() {
    let seed = seed();
    let check = check("Mutex", "no lost update, no lost wake-up", seed);
    let mutex = Mutex::new(0);
    let added = AtomicU64::new(0);
    together(seed, |_, mut random| {
        let mut mine = 0;
        for _ in 0..operations() {
            let guard = match random.below(5) {
                0 => Some(mutex.blocking_lock()),
                1 => Some(pollster::block_on(mutex.lock())),
                2 => mutex.try_lock().ok(),
                3 => mutex.try_lock_for(Duration::from_micros(random.below(20))),
                _ => poll_and_give_up(mutex.lock(), random.below(4)),
            };
            if let Some(mut value) = guard {
                add_one(&mut value);
                mine += 1;
            }
        }
        added.fetch_add(mine, Ordering::Relaxed);
    });
    assert_eq!(mutex.into_inner(), added.into_inner());
    check.holds();
}

#[test]
fn semaphore_never_lets_too_many_in() {
    const PERMITS: usize = 5;
    let seed = seed();
    let check = check("Semaphore", "never more out than there are, none lost", seed);
    let semaphore = Semaphore::new(PERMITS);
    let out = AtomicUsize::new(0);
    together(seed, |_, mut random| {
        for _ in 0..operations() {
            let n = random.below(PERMITS as u64 + 1) as u32;
            let permits = match random.below(5) {
                0 => Some(semaphore.blocking_acquire_many(n).unwrap()),
                1 => Some(pollster::block_on(semaphore.acquire_many(n)).unwrap()),
                2 => semaphore.try_acquire_many(n).ok(),
                3 => semaphore.try_acquire_many_for(n, Duration::from_micros(random.below(20))).ok(),
                _ => poll_and_give_up(semaphore.acquire_many(n), random.below(4)).map(Result::unwrap),
            };
            if let Some(permits) = permits {
                let before = out.fetch_add(permits.num_permits(), Ordering::Relaxed);
                assert!(before + permits.num_permits() <= PERMITS, "{before} and {n} are out");
                out.fetch_sub(permits.num_permits(), Ordering::Relaxed);
            }
        }
    });
    assert_eq!(semaphore.available_permits(), PERMITS);
    check.holds();
}

const WORDS: usize = 16;

/// Every word is the same, unless a reader sees a writer at work.
fn whole(words: &[u64; WORDS]) -> u64 {
    for word in words {
        assert_eq!(*word, words[0], "half of an update");
    }
    words[0]
}

#[test]
fn rwlock_readers_see_whole_updates() {
    let seed = seed();
    let check = check("RwLock", "no torn read, no lost update, no write while looking", seed);
    let lock = RwLock::new([0; WORDS]);
    let written = AtomicU64::new(0);
    together(seed, |_, mut random| {
        let bump = |words: &mut [u64; WORDS]| {
            words.iter_mut().for_each(add_one);
            written.fetch_add(1, Ordering::Relaxed);
        };
        for _ in 0..operations() {
            match random.below(9) {
                0 => bump(&mut lock.blocking_write()),
                1 => bump(&mut pollster::block_on(lock.write())),
                2 => drop(whole(&lock.blocking_read())),
                3 => drop(whole(&pollster::block_on(lock.read()))),
                4 => {
                    if let Some(words) = poll_and_give_up(lock.read(), random.below(4)) {
                        whole(&words);
                    }
                }
                5 => {
                    if let Some(mut words) = poll_and_give_up(lock.write(), random.below(4)) {
                        bump(&mut words);
                    }
                }
                6 => {
                    let look = lock.blocking_upgradable_read();
                    let seen = whole(&look);
                    let mut writer = RwLockUpgradableReadGuard::blocking_upgrade(look);
                    assert_eq!(whole(&writer), seen);
                    bump(&mut writer);
                }
                7 => {
                    let look = pollster::block_on(lock.upgradable_read());
                    let upgrade = RwLockUpgradableReadGuard::upgrade(look);
                    if let Some(mut words) = poll_and_give_up(upgrade, random.below(4)) {
                        bump(&mut words);
                    };
                }
                _ => {
                    let mut writer = lock.blocking_write();
                    bump(&mut writer);
                    let now = writer[0];
                    assert_eq!(whole(&writer.downgrade()), now);
                }
            }
        }
    });
    assert_eq!(whole(&lock.into_inner()), written.into_inner());
    check.holds();
}

#[test]
fn barrier_keeps_all_in_step() {
    let seed = seed();
    let check = check("Barrier", "nobody is a round ahead, one leads in each", seed);
    let barrier = Barrier::new(THREADS as usize);
    let arrived = AtomicU64::new(0);
    let leaders = AtomicU64::new(0);
    let rounds = operations() / 8;
    together(seed, |number, _| {
        for round in 1..=rounds {
            arrived.fetch_add(1, Ordering::Relaxed);
            let result =
                if (round + number) % 2 == 0 { barrier.blocking_wait() } else { pollster::block_on(barrier.wait()) };
            leaders.fetch_add(u64::from(result.is_leader()), Ordering::Relaxed);
            let now = arrived.load(Ordering::Relaxed);
            assert!((round * THREADS..(round + 1) * THREADS).contains(&now), "{now} arrivals in round {round}");
        }
    });
    assert_eq!(leaders.into_inner(), rounds);
    check.holds();
}

#[test]
fn condvar_and_notify_lose_nothing() {
    let seed = seed();
    let check = check("Condvar", "no item and no notification is lost", seed);
    let (queue, changed) = (Mutex::new(Vec::new()), Condvar::new());
    let done = Notify::new();
    let each = operations() / 8;
    let taken = AtomicU64::new(0);
    together(seed, |number, mut random| {
        for item in 1..=each {
            if number % 2 == 0 {
                queue.blocking_lock().push(item);
                changed.notify_one();
                continue;
            }
            // Some who wait give up first.
            let guard = queue.blocking_lock();
            if guard.is_empty() && random.below(2) == 0 {
                drop(poll_and_give_up(changed.wait(guard), random.below(3)));
            } else {
                drop(guard);
            }
            let empty = |queue: &mut Vec<u64>| queue.is_empty();
            let item = if random.below(2) == 0 {
                changed.blocking_wait_while(queue.blocking_lock(), empty).pop()
            } else {
                pollster::block_on(async { changed.wait_while(queue.lock().await, empty).await.pop() })
            };
            taken.fetch_add(item.expect("waited for it"), Ordering::Relaxed);
        }
        if number % 2 == 0 { done.blocking_notified() } else { done.notify_one() }
    });
    assert_eq!(taken.into_inner(), THREADS / 2 * (1..=each).sum::<u64>());
    check.holds();
}

/// Items are a number that no lock guards; who is told, or looks first, takes one.
#[test]
fn event_misses_nothing() {
    let seed = seed();
    let check = check("Event", "no notification is lost", seed);
    let (items, event) = (AtomicU64::new(0), Event::new());
    let take = || items.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |items| items.checked_sub(1)).is_ok();
    together(seed, |number, mut random| {
        for _ in 0..operations() / 8 {
            if number % 2 == 0 {
                items.fetch_add(1, Ordering::Relaxed);
                event.notify_additional(1);
                continue;
            }
            match random.below(4) {
                0 => event.blocking_wait_until(take),
                1 => pollster::block_on(event.wait_until(take)),
                2 => {
                    let _ = poll_and_give_up(event.listener(), random.below(3));
                    event.blocking_wait_until(take);
                }
                _ => while !event.blocking_wait_until_for(take, Duration::from_micros(random.below(20))) {},
            }
        }
    });
    assert_eq!(items.into_inner(), 0);
    check.holds();
}

/// Permits, as a history sees them. Whether somebody waits is no part of it, so an attempt may fail at any time.
#[derive(Debug)]
struct Permits(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Ask {
    Acquire(usize),
    TryAcquire(usize),
    Release(usize),
}

impl Specification for Permits {
    type State = usize;
    type Input = Ask;
    type Output = bool;
    type Key = ();

    fn initial(&self) -> usize {
        self.0
    }

    fn step(&self, free: &usize, input: &Ask, output: Option<&bool>) -> Option<usize> {
        match (input, output) {
            (Ask::TryAcquire(_), Some(false)) => Some(*free),
            (Ask::Acquire(n) | Ask::TryAcquire(n), _) => free.checked_sub(*n),
            (Ask::Release(n), _) => Some(free + n),
        }
    }
}

/// Records rounds of operations on a semaphore of `permits`; whether all are histories of one with `permitted`.
fn histories_fit(permits: usize, permitted: usize, rounds: u64, seed: u64) -> bool {
    let semaphore = Semaphore::new(permits);
    let checker = Checker::new(Permits(permitted)).max_configurations(1_000_000);
    (0..rounds).all(|round| {
        let recorder = Recorder::new();
        together(seed ^ (round << 8), |_, mut random| {
            let mut log = recorder.log();
            for _ in 0..6 {
                let n = 1 + random.below(permits as u64) as usize;
                let held = if random.below(3) == 0 {
                    log.call_as(Ask::TryAcquire(n), || semaphore.try_acquire_many(n as u32).ok(), Option::is_some)
                } else {
                    log.call_as(Ask::Acquire(n), || semaphore.blocking_acquire_many(n as u32).ok(), Option::is_some)
                };
                if let Some(held) = held {
                    log.call(Ask::Release(n), || {
                        drop(held);
                        true
                    });
                }
            }
        });
        let history = recorder.into_history().expect("all logs are back");
        checker.check(&history).is_linearizable()
    })
}

#[test]
fn semaphore_is_linearizable() {
    let seed = seed();
    let rounds = operations() / 200;
    let check = Check::start(
        "Semaphore",
        "recorded histories are linearizable",
        "history checker, native threads",
        Unit::Histories,
    )
    .bound(&format!("{THREADS} threads x 6 acquisitions, {rounds} rounds, seed {seed}"));
    check.counter().add(rounds);
    assert!(histories_fit(3, 3, rounds, seed), "a history is not linearizable");
    check.holds();
}

/// The check above can fail: histories of two permits do not fit a specification of one.
#[test]
fn semaphore_with_a_permit_too_many_is_rejected() {
    let check =
        Check::start("Semaphore", "a permit too many is found", "history checker, native threads", Unit::Histories)
            .bound("seeded bug");
    check.counter().add(1);
    assert!(!histories_fit(2, 1, 1_000, seed()), "nothing was noticed");
    check.holds();
}
