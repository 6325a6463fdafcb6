//! The spinning locks against the locks of `std` and `parking_lot`, and against two bare read-modify-writes, below which no
//! lock of two such operations can be.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex as StdMutex, RwLock as StdRwLock};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use sync_primitives::ConcurrentSafe;
use sync_primitives::spin::{Mutex, RwLock};

/// Lock and unlock when nobody else wants the lock.
fn uncontended_mutex(c: &mut Criterion) {
    let mut group = c.benchmark_group("mutex uncontended");
    let flag = AtomicBool::new(false);
    group.bench_function("two read-modify-writes", |b| {
        b.iter(|| {
            black_box(flag.swap(true, Ordering::Acquire));
            black_box(flag.swap(false, Ordering::Release))
        });
    });
    let mutex = Mutex::new(0u64);
    group.bench_function("spin::Mutex", |b| b.iter(|| *black_box(&mutex).lock() += 1));
    let mutex = StdMutex::new(0u64);
    group.bench_function("std::sync::Mutex", |b| b.iter(|| *black_box(&mutex).lock().unwrap() += 1));
    let mutex = parking_lot::Mutex::new(0u64);
    group.bench_function("parking_lot::Mutex", |b| b.iter(|| *black_box(&mutex).lock() += 1));
    group.finish();
}

/// Enter and leave as a reader, then as the writer, when nobody else wants the lock.
fn uncontended_rwlock(c: &mut Criterion) {
    let mut group = c.benchmark_group("rwlock uncontended read");
    let count = AtomicUsize::new(0);
    group.bench_function("two read-modify-writes", |b| {
        b.iter(|| {
            black_box(count.fetch_add(1, Ordering::Acquire));
            black_box(count.fetch_sub(1, Ordering::Release))
        });
    });
    let lock = RwLock::new(0u64);
    let std = StdRwLock::new(0u64);
    let parking_lot = parking_lot::RwLock::new(0u64);
    group.bench_function("spin::RwLock", |b| b.iter(|| *black_box(&lock).read()));
    group.bench_function("std::sync::RwLock", |b| b.iter(|| *black_box(&std).read().unwrap()));
    group.bench_function("parking_lot::RwLock", |b| b.iter(|| *black_box(&parking_lot).read()));
    group.finish();

    let mut group = c.benchmark_group("rwlock uncontended write");
    group.bench_function("spin::RwLock", |b| b.iter(|| *black_box(&lock).write() += 1));
    group.bench_function("std::sync::RwLock", |b| b.iter(|| *black_box(&std).write().unwrap() += 1));
    group.bench_function("parking_lot::RwLock", |b| b.iter(|| *black_box(&parking_lot).write() += 1));
    group.finish();
}

/// The time in which two threads together do `operations` operations.
fn two_threads(operations: u64, operation: impl Fn(u64) + Sync) -> Duration {
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..operations / 2).for_each(&operation));
        }
    });
    started.elapsed()
}

/// Two threads add under one lock.
fn contended_mutex(c: &mut Criterion) {
    let mut group = c.benchmark_group("mutex 2 threads");
    group.bench_function("spin::Mutex", |b| {
        let mutex = Mutex::new(0u64);
        b.iter_custom(|n| two_threads(n, |_| *mutex.lock() += 1));
    });
    group.bench_function("std::sync::Mutex", |b| {
        let mutex = StdMutex::new(0u64);
        b.iter_custom(|n| two_threads(n, |_| mutex.with_lock(|value| *value += 1)));
    });
    group.bench_function("parking_lot::Mutex", |b| {
        let mutex = parking_lot::Mutex::new(0u64);
        b.iter_custom(|n| two_threads(n, |_| *mutex.lock() += 1));
    });
    group.finish();
}

/// Two threads read, and write once in a hundred times.
fn contended_rwlock(c: &mut Criterion) {
    fn mostly_reads(lock: &impl ConcurrentSafe<Value = u64>, operations: u64) -> Duration {
        two_threads(operations, |n| {
            if n % 100 == 0 {
                lock.with_lock(|value| *value += 1);
            } else {
                black_box(lock.with_read(|value| *value));
            }
        })
    }
    let mut group = c.benchmark_group("rwlock 2 threads, 1 % writes");
    group.bench_function("spin::RwLock", |b| {
        let lock = RwLock::new(0);
        b.iter_custom(|n| mostly_reads(&lock, n));
    });
    group.bench_function("std::sync::RwLock", |b| {
        let lock = StdRwLock::new(0);
        b.iter_custom(|n| mostly_reads(&lock, n));
    });
    group.bench_function("parking_lot::RwLock", |b| {
        let lock = parking_lot::RwLock::new(0u64);
        b.iter_custom(|n| {
            two_threads(n, |n| {
                if n % 100 == 0 {
                    *lock.write() += 1;
                } else {
                    black_box(*lock.read());
                }
            })
        });
    });
    group.finish();
}

criterion_group!(benches, uncontended_mutex, uncontended_rwlock, contended_mutex, contended_rwlock);
criterion_main!(benches);
