//! What is measured on one thread and on two at once.

use criterion::{Criterion, Throughput};

use crate::at_once::at_once;

/// Measures `work(thread, how often)`, which does `operations` each time.
pub fn on_one_and_two(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    operations: usize,
    work: impl Fn(usize, usize) + Sync,
) {
    let mut group = criterion.benchmark_group(group);
    for threads in [1, 2] {
        group.throughput(Throughput::Elements((operations * threads) as u64));
        group.bench_function(format!("{name}/{threads}T"), |bencher| {
            bencher.iter_custom(|each| at_once(threads, |thread| work(thread, each as usize)));
        });
    }
    group.finish();
}
