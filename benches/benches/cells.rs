//! Cells that threads read and replace: a hundred loads, loads with a store in every hundred, loads beside a writer, and stores.

mod at_once;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use at_once::at_once;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lockfree_collections::cell::Cache;
use lockfree_collections::{AtomicBox, AtomicRc};

type Value = [u64; 4];

/// A cell that threads share.
trait Cell: Sync {
    /// What a thread reads through: a handle, or nothing.
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_>;
    fn store(&self, number: u64);
}

/// Calls `read` so often, and adds up what it says: the loop is inside, so that a virtual call is for all of them.
fn sum(times: u64, mut read: impl FnMut() -> u64) -> u64 {
    (0..times).fold(0, |sum, _| sum.wrapping_add(read()))
}

struct ByGuard<C>(C);
struct ByHandle<C>(C);
struct Full<C>(C);

impl Cell for ByGuard<AtomicBox<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        Box::new(|times| sum(times, || black_box(&*self.0.load())[0]))
    }
    fn store(&self, number: u64) {
        self.0.store([number; 4]);
    }
}

impl Cell for ByHandle<AtomicBox<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        let mut handle = Cache::new(&self.0);
        Box::new(move |times| sum(times, || black_box(handle.load())[0]))
    }
    fn store(&self, number: u64) {
        self.0.store([number; 4]);
    }
}

impl Cell for ByGuard<AtomicRc<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        Box::new(|times| sum(times, || black_box(&**self.0.load())[0]))
    }
    fn store(&self, number: u64) {
        self.0.store(Arc::new([number; 4]));
    }
}

impl Cell for ByHandle<AtomicRc<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        let mut handle = Cache::new(&self.0);
        Box::new(move |times| sum(times, || black_box(&**handle.load())[0]))
    }
    fn store(&self, number: u64) {
        self.0.store(Arc::new([number; 4]));
    }
}

impl Cell for Full<AtomicRc<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        Box::new(|times| sum(times, || black_box(self.0.load_full())[0]))
    }
    fn store(&self, number: u64) {
        self.0.store(Arc::new([number; 4]));
    }
}

impl Cell for ByGuard<ArcSwap<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        Box::new(|times| sum(times, || black_box(&**self.0.load())[0]))
    }
    fn store(&self, number: u64) {
        self.0.store(Arc::new([number; 4]));
    }
}

impl Cell for ByHandle<ArcSwap<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        let mut handle = arc_swap::Cache::new(&self.0);
        Box::new(move |times| sum(times, || black_box(&**handle.load())[0]))
    }
    fn store(&self, number: u64) {
        self.0.store(Arc::new([number; 4]));
    }
}

impl Cell for Full<ArcSwap<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        Box::new(|times| sum(times, || black_box(self.0.load_full())[0]))
    }
    fn store(&self, number: u64) {
        self.0.store(Arc::new([number; 4]));
    }
}

impl Cell for ByGuard<parking_lot::RwLock<Arc<Value>>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        Box::new(|times| sum(times, || black_box(&**self.0.read())[0]))
    }
    fn store(&self, number: u64) {
        *self.0.write() = Arc::new([number; 4]);
    }
}

impl Cell for ByGuard<std::sync::RwLock<Arc<Value>>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        Box::new(|times| sum(times, || black_box(&**self.0.read().unwrap())[0]))
    }
    fn store(&self, number: u64) {
        *self.0.write().unwrap() = Arc::new([number; 4]);
    }
}

impl Cell for ByGuard<crossbeam_epoch::Atomic<Value>> {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        Box::new(|times| {
            sum(times, || {
                let guard = crossbeam_epoch::pin();
                let value = self.0.load(Ordering::Acquire, &guard);
                // SAFETY: never null, and destroyed through the epoch only.
                black_box(unsafe { value.deref() })[0]
            })
        })
    }
    fn store(&self, number: u64) {
        let guard = crossbeam_epoch::pin();
        let old = self.0.swap(crossbeam_epoch::Owned::new([number; 4]), Ordering::AcqRel, &guard);
        // SAFETY: just taken off the only pointer to it.
        unsafe { guard.defer_destroy(old) };
    }
}

fn bench<C: Cell>(criterion: &mut Criterion, name: &str, make: impl Fn() -> C) {
    let mut group = criterion.benchmark_group("cell");
    for threads in [1, 2] {
        group.throughput(Throughput::Elements(100 * threads as u64));
        group.bench_function(format!("100 loads/{name}/{threads}T"), |bencher| {
            bencher.iter_custom(|each| {
                let cell = make();
                at_once(threads, |_| {
                    let mut read = cell.reader();
                    (0..each).for_each(|_| _ = black_box(read(100)));
                })
            });
        });
        group.bench_function(format!("99 loads, 1 store/{name}/{threads}T"), |bencher| {
            bencher.iter_custom(|each| {
                let cell = make();
                at_once(threads, |_| {
                    let mut read = cell.reader();
                    (0..each).for_each(|number| {
                        black_box(read(99));
                        cell.store(number);
                    });
                })
            });
        });
        group.throughput(Throughput::Elements(threads as u64));
        group.bench_function(format!("store/{name}/{threads}T"), |bencher| {
            bencher.iter_custom(|each| {
                let cell = make();
                at_once(threads, |_| (0..each).for_each(|number| cell.store(number)))
            });
        });
    }
    group.throughput(Throughput::Elements(100));
    group.bench_function(format!("100 loads beside a writer/{name}"), |bencher| {
        bencher.iter_custom(|each| {
            let cell = make();
            let stop = AtomicBool::new(false);
            let reading = AtomicUsize::new(0);
            let time = AtomicUsize::new(0);
            at_once(2, |thread| {
                if thread == 0 {
                    let begin = Instant::now();
                    let mut read = cell.reader();
                    (0..each).for_each(|_| _ = black_box(read(100)));
                    time.store(begin.elapsed().as_nanos() as usize, Ordering::Relaxed);
                    stop.store(true, Ordering::Relaxed);
                } else {
                    while !stop.load(Ordering::Relaxed) {
                        cell.store(reading.fetch_add(1, Ordering::Relaxed) as u64);
                    }
                }
            });
            Duration::from_nanos(time.into_inner() as u64)
        });
    });
    group.finish();
}

fn cells(criterion: &mut Criterion) {
    bench(criterion, "AtomicBox load", || ByGuard(AtomicBox::new([0; 4])));
    bench(criterion, "AtomicRc load", || ByGuard(AtomicRc::from_pointee([0; 4])));
    bench(criterion, "arc-swap load", || ByGuard(ArcSwap::from_pointee([0; 4])));
    bench(criterion, "crossbeam-epoch pin", || ByGuard(crossbeam_epoch::Atomic::new([0; 4])));
    bench(criterion, "AtomicBox Cache", || ByHandle(AtomicBox::new([0; 4])));
    bench(criterion, "AtomicRc Cache", || ByHandle(AtomicRc::from_pointee([0; 4])));
    bench(criterion, "arc-swap Cache", || ByHandle(ArcSwap::from_pointee([0; 4])));
    bench(criterion, "AtomicRc load_full", || Full(AtomicRc::from_pointee([0; 4])));
    bench(criterion, "arc-swap load_full", || Full(ArcSwap::from_pointee([0; 4])));
    bench(criterion, "parking_lot RwLock<Arc>", || ByGuard(parking_lot::RwLock::new(Arc::new([0; 4]))));
    bench(criterion, "std RwLock<Arc>", || ByGuard(std::sync::RwLock::new(Arc::new([0; 4]))));
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = cells
}
criterion_main!(benches);
