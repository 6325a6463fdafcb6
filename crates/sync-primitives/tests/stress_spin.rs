//! Stress tests of the spinning locks with native threads: what the models cannot reach, many operations on real cores.

#![cfg(all(feature = "std", not(loom)))]

mod stress;

use stress::{THREADS, by_tier, start_together};
use sync_primitives::spin::{Mutex, RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};
use verify_harness::evidence::{Check, Unit};

const WORDS: usize = 64;

/// Operations of each thread.
fn operations() -> u64 {
    by_tier([20_000, 2_000_000, 50_000_000])
}

fn check(structure: &str, property: &str) -> Check {
    let bound = format!("{THREADS} threads x {} operations", operations());
    Check::start(structure, property, "stress", Unit::Operations).bound(&bound)
}

/// Splits an addition in two parts, so that a lock that lets two in loses some.
fn add_one(value: &mut u64) {
    let seen = std::hint::black_box(*value);
    *value = seen + 1;
}

#[test]
fn mutex_counts_exactly() {
    let check = check("spin::Mutex", "no lost update");
    let mutex = Mutex::new(0);
    start_together(|_| {
        for _ in 0..operations() {
            add_one(&mut mutex.lock());
        }
    });
    check.counter().add(THREADS * operations());
    assert_eq!(mutex.into_inner(), THREADS * operations());
    check.holds();
}

#[test]
fn mutex_try_lock_counts_exactly() {
    let check = check("spin::Mutex", "no lost update by try_lock");
    let mutex = Mutex::new(0);
    let taken = Mutex::new(0);
    start_together(|_| {
        let mut mine = 0;
        for _ in 0..operations() {
            if let Some(mut value) = mutex.try_lock() {
                add_one(&mut value);
                mine += 1;
            }
        }
        *taken.lock() += mine;
    });
    check.counter().add(THREADS * operations());
    assert_eq!(mutex.into_inner(), taken.into_inner());
    check.holds();
}

/// Every word is the same, unless a reader sees a writer at work.
fn whole(words: &[u64; WORDS]) -> u64 {
    for word in words {
        assert_eq!(*word, words[0], "half of an update");
    }
    words[0]
}

fn bump(words: &mut [u64; WORDS]) {
    for word in words {
        add_one(word);
    }
}

#[test]
fn rwlock_readers_see_whole_updates() {
    let check = check("spin::RwLock", "no torn read, no lost update");
    let lock = RwLock::new([0; WORDS]);
    let rounds = operations() / 8;
    start_together(|number| {
        let mut last = 0;
        for round in 0..rounds {
            if (round + number) % 4 == 0 {
                bump(&mut lock.write());
            } else {
                let seen = whole(&lock.read());
                assert!(seen >= last, "an update was undone");
                last = seen;
            }
        }
    });
    check.counter().add(THREADS * rounds);
    assert_eq!(whole(&lock.into_inner()), THREADS * rounds / 4);
    check.holds();
}

#[test]
fn rwlock_upgrades_and_downgrades_see_whole_updates() {
    let check = check("spin::RwLock", "no write between looking and upgrading, none between writing and stepping down");
    let lock = RwLock::new([0; WORDS]);
    let rounds = operations() / 16;
    start_together(|number| {
        for round in 0..rounds {
            match (round + number) % 4 {
                0 => {
                    let look = lock.upgradable_read();
                    let seen = whole(&look);
                    let mut writer = RwLockUpgradableReadGuard::upgrade(look);
                    assert_eq!(whole(&writer), seen);
                    bump(&mut writer);
                }
                1 => {
                    let mut writer = lock.write();
                    bump(&mut writer);
                    let written = writer[0];
                    let reader = RwLockWriteGuard::downgrade(writer);
                    assert_eq!(whole(&reader), written);
                }
                2 => {
                    let writer = lock.write();
                    let seen = whole(&writer);
                    let look = RwLockWriteGuard::downgrade_to_upgradable(writer);
                    assert_eq!(whole(&look), seen);
                    match RwLockUpgradableReadGuard::try_upgrade(look) {
                        Ok(mut writer) => bump(&mut writer),
                        Err(look) => bump(&mut RwLockUpgradableReadGuard::upgrade(look)),
                    }
                }
                _ => drop(whole(&RwLockUpgradableReadGuard::downgrade(lock.upgradable_read()))),
            }
        }
    });
    check.counter().add(THREADS * rounds);
    assert_eq!(whole(&lock.into_inner()), 3 * THREADS * rounds / 4);
    check.holds();
}
