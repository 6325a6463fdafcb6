//! `ConcurrentSafe`: one behaviour over all locks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex as StdMutex, RwLock as StdRwLock};
use std::thread;

use sync_primitives::ConcurrentSafe;
use sync_primitives::spin::{Mutex, RwLock};

fn excludes(lock: &impl ConcurrentSafe<Value = u32>) {
    let before = lock.with_read(|value| *value);
    let add = || {
        for _ in 0..500 {
            lock.with_lock(|value| *value = std::hint::black_box(*value) + 1);
        }
    };
    thread::scope(|scope| {
        for thread in [add; 4].map(|add| scope.spawn(add)) {
            thread.join().unwrap();
        }
    });
    assert_eq!(lock.with_lock(|value| *value), before + 2_000);
}

fn tries(lock: &impl ConcurrentSafe<Value = u32>) {
    let fails = || {
        assert_eq!(lock.try_with_lock(|_| unreachable!("the lock is held")), None::<()>);
        assert_eq!(lock.try_with_read(|_| unreachable!("the lock is held")), None::<()>);
    };
    lock.with_lock(|_| thread::scope(|scope| scope.spawn(fails).join().unwrap()));
    assert_eq!(lock.try_with_lock(|value| std::mem::replace(value, 9)), lock.try_with_read(|_| 0));
    assert_eq!(lock.try_with_read(|value| *value), Some(9));
}

/// A panic in a closure unlocks, poisons nothing towards the next caller, and leaves what was written.
fn survives_a_panic(lock: &impl ConcurrentSafe<Value = u32>) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        lock.with_lock(|value| {
            *value = 5;
            panic!("inside the closure");
        })
    }));
    assert!(outcome.is_err());
    assert_eq!(lock.with_read(|value| *value), 5);
    assert_eq!(lock.try_with_read(|value| *value), Some(5));
    assert_eq!(lock.try_with_lock(|value| *value), Some(5));
    lock.with_lock(|value| *value = 0);
}

fn all(lock: &impl ConcurrentSafe<Value = u32>) {
    survives_a_panic(lock);
    tries(lock);
    excludes(lock);
}

#[test]
fn concurrent_safe_holds_for_spin_locks() {
    all(&Mutex::new(0));
    all(&RwLock::new(0));
}

#[test]
fn concurrent_safe_holds_for_waiting_locks() {
    all(&sync_primitives::Mutex::new(0));
    all(&sync_primitives::RwLock::new(0));
}

#[test]
fn concurrent_safe_holds_for_std_locks() {
    all(&StdMutex::new(0));
    all(&StdRwLock::new(0));
}

#[test]
fn concurrent_safe_holds_through_pointers() {
    all(&&Mutex::new(0));
    all(&Arc::new(RwLock::new(0)));
}

#[test]
fn concurrent_safe_leaves_the_poison_of_std_locks() {
    let mutex = StdMutex::new(0);
    survives_a_panic(&mutex);
    assert!(mutex.is_poisoned());
    let lock = StdRwLock::new(0);
    survives_a_panic(&lock);
    assert!(lock.is_poisoned());
}

#[test]
fn concurrent_safe_reads_together() {
    fn reads_within_a_read(lock: &impl ConcurrentSafe<Value = u32>) -> Option<u32> {
        lock.with_read(|_| thread::scope(|scope| scope.spawn(|| lock.try_with_read(|value| *value)).join().unwrap()))
    }
    assert_eq!(reads_within_a_read(&RwLock::new(3)), Some(3));
    assert_eq!(reads_within_a_read(&StdRwLock::new(3)), Some(3));
    assert_eq!(reads_within_a_read(&Mutex::new(3)), None);
}
