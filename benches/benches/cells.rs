//! Cells that threads read and replace: a hundred loads, loads with a store in every hundred, loads beside a writer, and stores.

mod at_once;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
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

/// Implements `Cell` for a type: what a reader sets up once, what it does each time, and how a value is stored.
macro_rules! cell {
    ($cell:ty, |$own:ident| $reader:expr, |$state:ident| $read:expr, |$value:ident| $store:expr) => {
        impl Cell for $cell {
            fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
                let $own = &self.0;
                #[allow(unused_mut, reason = "some readers are handles that change")]
                let mut $state = $reader;
                Box::new(move |times| sum(times, || $read[0]))
            }
            fn store(&self, number: u64) {
                let ($own, $value) = (&self.0, [number; 4]);
                $store;
            }
        }
    };
}

cell!(ByGuard<AtomicBox<Value>>, |cell| cell, |cell| black_box(&*cell.load()), |value| cell.store(value));
cell!(ByHandle<AtomicBox<Value>>, |cell| Cache::new(cell), |handle| black_box(handle.load()), |value| cell
    .store(value));
cell!(ByGuard<AtomicRc<Value>>, |cell| cell, |cell| black_box(&**cell.load()), |value| cell.store(Arc::new(value)));
cell!(ByHandle<AtomicRc<Value>>, |cell| Cache::new(cell), |handle| black_box(&**handle.load()), |value| cell
    .store(Arc::new(value)));
cell!(Full<AtomicRc<Value>>, |cell| cell, |cell| black_box(cell.load_full()), |value| cell.store(Arc::new(value)));
cell!(ByGuard<ArcSwap<Value>>, |cell| cell, |cell| black_box(&**cell.load()), |value| cell.store(Arc::new(value)));
cell!(ByHandle<ArcSwap<Value>>, |cell| arc_swap::Cache::new(cell), |handle| black_box(&**handle.load()), |value| cell
    .store(Arc::new(value)));
cell!(Full<ArcSwap<Value>>, |cell| cell, |cell| black_box(cell.load_full()), |value| cell.store(Arc::new(value)));
cell!(ByGuard<hazarc::AtomicArc<Value>>, |cell| cell, |cell| black_box(&**cell.load()), |value| cell
    .store(Arc::new(value)));
cell!(
    ByHandle<hazarc::AtomicArc<Value>>,
    |cell| hazarc::Cache::new(cell),
    |handle| black_box(&**handle.load()),
    |value| {
        cell.store(Arc::new(value));
    }
);
cell!(Full<hazarc::AtomicArc<Value>>, |cell| cell, |cell| black_box(cell.load_owned()), |value| cell
    .store(Arc::new(value)));
cell!(ByGuard<aarc::AtomicArc<Value>>, |cell| cell, |cell| black_box(&*cell.load().expect("never empty")), |value| {
    cell.store(Some(&aarc::Arc::new(value)))
});
cell!(ByGuard<parking_lot::RwLock<Arc<Value>>>, |cell| cell, |cell| black_box(&**cell.read()), |value| {
    *cell.write() = Arc::new(value);
});
cell!(ByGuard<std::sync::RwLock<Arc<Value>>>, |cell| cell, |cell| black_box(&**cell.read().unwrap()), |value| {
    *cell.write().unwrap() = Arc::new(value);
});

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

/// What no handle can do without: a load of the shared pointer, and a comparison with the one that is known.
struct Floor(AtomicPtr<Value>);

impl Cell for Floor {
    fn reader(&self) -> Box<dyn FnMut(u64) -> u64 + '_> {
        let known = self.0.load(Ordering::Acquire);
        Box::new(move |times| {
            sum(times, || {
                assert_eq!(self.0.load(Ordering::Relaxed), known, "nobody stores");
                // SAFETY: leaked, and not written.
                black_box(unsafe { &*known })[0]
            })
        })
    }
    fn store(&self, _: u64) {}
}

fn bench_loads<C: Cell>(criterion: &mut Criterion, by: &str, name: &str, make: impl Fn() -> C) {
    let mut group = criterion.benchmark_group(format!("cell, 100 loads{by}"));
    for threads in [1, 2] {
        group.throughput(Throughput::Elements(100 * threads as u64));
        group.bench_function(format!("{name}/{threads}T"), |bencher| {
            bencher.iter_custom(|each| {
                let cell = make();
                at_once(threads, |_| {
                    let mut read = cell.reader();
                    (0..each).for_each(|_| _ = black_box(read(100)));
                })
            });
        });
    }
    group.finish();
}

fn bench<C: Cell>(criterion: &mut Criterion, by: &str, name: &str, make: impl Fn() -> C) {
    bench_loads(criterion, by, name, &make);
    for threads in [1, 2] {
        let mut group = criterion.benchmark_group(format!("cell, 99 loads{by} and a store"));
        group.throughput(Throughput::Elements(100 * threads as u64));
        group.bench_function(format!("{name}/{threads}T"), |bencher| {
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
        group.finish();
    }
    let mut group = criterion.benchmark_group(format!("cell, 100 loads{by} beside a writer"));
    group.throughput(Throughput::Elements(100));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|each| beside_a_writer(&make(), each));
    });
    group.finish();
}

/// The time of `each` hundred loads, while another thread stores all the time.
fn beside_a_writer(cell: &impl Cell, each: u64) -> Duration {
    let stop = AtomicBool::new(false);
    let time = AtomicU64::new(0);
    at_once(2, |thread| {
        if thread == 0 {
            let begin = Instant::now();
            let mut read = cell.reader();
            (0..each).for_each(|_| _ = black_box(read(100)));
            time.store(begin.elapsed().as_nanos() as u64, Ordering::Relaxed);
            stop.store(true, Ordering::Relaxed);
        } else {
            (0..).take_while(|_| !stop.load(Ordering::Relaxed)).for_each(|number| cell.store(number));
        }
    });
    Duration::from_nanos(time.into_inner())
}

/// Stores, which are the same whatever readers do.
fn bench_store<C: Cell>(criterion: &mut Criterion, name: &str, make: impl Fn() -> C) {
    let mut group = criterion.benchmark_group("cell, stores");
    for threads in [1, 2] {
        group.throughput(Throughput::Elements(threads as u64));
        group.bench_function(format!("{name}/{threads}T"), |bencher| {
            bencher.iter_custom(|each| {
                let cell = make();
                at_once(threads, |_| (0..each).for_each(|number| cell.store(number)))
            });
        });
    }
    group.finish();
}

fn cells(criterion: &mut Criterion) {
    macro_rules! contender {
        ($name:literal, $make:expr) => {
            bench(criterion, "", $name, || ByGuard($make));
            bench_store(criterion, $name, || ByGuard($make));
        };
    }
    contender!("AtomicBox", AtomicBox::new([0; 4]));
    contender!("AtomicRc", AtomicRc::from_pointee([0; 4]));
    contender!("arc-swap", ArcSwap::from_pointee([0; 4]));
    contender!("hazarc", hazarc::AtomicArc::from(Arc::new([0; 4])));
    contender!("aarc", aarc::AtomicArc::new([0; 4]));
    contender!("crossbeam-epoch", crossbeam_epoch::Atomic::new([0; 4]));
    contender!("parking_lot RwLock<Arc>", parking_lot::RwLock::new(Arc::new([0; 4])));
    contender!("std RwLock<Arc>", std::sync::RwLock::new(Arc::new([0; 4])));

    let by = " by a handle";
    bench(criterion, by, "AtomicBox", || ByHandle(AtomicBox::new([0; 4])));
    bench(criterion, by, "AtomicRc", || ByHandle(AtomicRc::from_pointee([0; 4])));
    bench(criterion, by, "arc-swap", || ByHandle(ArcSwap::from_pointee([0; 4])));
    bench(criterion, by, "hazarc", || ByHandle(hazarc::AtomicArc::from(Arc::new([0; 4]))));

    bench_loads(criterion, by, "floor: one load and a compare", || Floor(AtomicPtr::new(Box::leak(Box::new([0; 4])))));

    let by = " of an Arc to keep";
    bench(criterion, by, "AtomicRc", || Full(AtomicRc::from_pointee([0; 4])));
    bench(criterion, by, "arc-swap", || Full(ArcSwap::from_pointee([0; 4])));
    bench(criterion, by, "hazarc", || Full(hazarc::AtomicArc::from(Arc::new([0; 4]))));
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = cells
}
criterion_main!(benches);
