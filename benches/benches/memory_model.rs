//! The enumeration of litmus tests: families whose counts are known, and published tests where they are at hand.
//!
//! Every benchmark first asserts the counts. "final states" counts executions per final state, "outcomes" per outcome as well, which
//! takes a visit to every execution.

use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use memory_model::Ordering::{self, Acquire, Relaxed, Release, SeqCst};
use memory_model::enumerate::{Enumerator, Summary};
use memory_model::litmus::{Litmus, Observable, Reg, ThreadBuilder, memory, reg};
use memory_model::models::{Model, Rc11, Sc, Tso};

fn threads(name: &str, count: usize, build: impl Fn(usize, &mut ThreadBuilder<'_>)) -> Litmus {
    (0..count).fold(Litmus::new(name), |litmus, thread| litmus.thread(|t| build(thread, t)))
}

/// Makes registers part of the final states.
fn observe(litmus: Litmus, registers: impl IntoIterator<Item = Reg>) -> Litmus {
    registers.into_iter().fold(litmus, |litmus, register| litmus.observe(Observable::Register(register)))
}

/// `n` threads write different values to one location.
fn writers(n: usize) -> Litmus {
    threads("nW", n, |thread, t| t.store("x", thread as i64 + 1, Relaxed)).observe(memory("x"))
}

/// `n` threads increment one location.
fn increments(n: usize) -> Litmus {
    let test = threads("FADD", n, |_, t| {
        t.fetch_add("x", 1, Relaxed);
    });
    test.observe(memory("x"))
}

/// `n` writers of one location, and two threads that read it `n` times.
fn coherent_reads(n: usize) -> Litmus {
    let test = threads("coRR", n + 2, |thread, t| {
        if thread < n {
            t.store("x", thread as i64 + 1, Relaxed);
        } else {
            (0..n).for_each(|_| {
                t.load("x", Relaxed);
            });
        }
    });
    observe(test, [reg(n, 0), reg(n, n - 1), reg(n + 1, 0), reg(n + 1, n - 1)])
}

/// Three threads write two locations and read them `reads` times in turn.
fn three_threads(reads: usize) -> Litmus {
    let test = threads("3Tw", 3, |thread, t| {
        t.store("x", thread as i64 + 1, Relaxed);
        t.store("y", thread as i64 + 1, Relaxed);
        (0..reads).for_each(|read| {
            t.load(["x", "y"][read % 2], Relaxed);
        });
    });
    test.observe(memory("x")).observe(memory("y"))
}

/// Two writers and `n` readers of both locations.
fn independent_reads(n: usize) -> Litmus {
    let test = threads("IRIWr", n + 2, |thread, t| match thread {
        0 => t.store("x", 1, Relaxed),
        1 => t.store("y", 1, Relaxed),
        _ => {
            let (first, second) = if thread % 2 == 0 { ("x", "y") } else { ("y", "x") };
            t.load(first, Relaxed);
            t.load(second, Relaxed);
        }
    });
    observe(test, [reg(2, 0), reg(2, 1), reg(3, 0), reg(3, 1)])
}

/// Store buffering around a ring of `n` threads.
fn ring(n: usize, ordering: Ordering) -> Litmus {
    const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let test = threads("SBring", n, |thread, t| {
        t.store(NAMES[thread], 1, ordering);
        t.load(NAMES[(thread + 1) % n], ordering);
    });
    observe(test, (0..n).map(|thread| reg(thread, 0)))
}

/// One writer of two flags, `n` threads that wait for the one and read the other: acquires and releases.
fn messages(n: usize) -> Litmus {
    let test = threads("MPr", n + 1, |thread, t| {
        if thread == 0 {
            t.store("x", 1, Relaxed);
            t.store("y", 1, Release);
        } else {
            t.load("y", Acquire);
            t.load("x", Relaxed);
        }
    });
    observe(test, [reg(1, 0), reg(1, 1)])
}

fn families(criterion: &mut Criterion) {
    let rc11 = Rc11::pldi17();
    // The test, the model, executions, final states.
    let table: Vec<(&str, Litmus, &dyn Model, u64, usize)> = vec![
        ("nW-8", writers(8), &rc11, 40_320, 8),
        ("nW-9", writers(9), &rc11, 362_880, 9),
        ("nW-12", writers(12), &rc11, 479_001_600, 12),
        ("FADD-5", increments(5), &rc11, 120, 1),
        ("FADD-16", increments(16), &rc11, 20_922_789_888_000, 1),
        ("coRR-3", coherent_reads(3), &rc11, 2_400, 163),
        ("coRR-4", coherent_reads(4), &rc11, 117_600, 429),
        ("3Tw-2", three_threads(2), &rc11, 1_296, 9),
        ("3Tw-4", three_threads(4), &rc11, 11_664, 9),
        ("IRIWr-4", independent_reads(4), &rc11, 256, 16),
        ("IRIWr-6", independent_reads(6), &rc11, 4_096, 16),
        ("SBring-8 sc", ring(8, SeqCst), &rc11, 255, 255),
        ("SBring-8 under SC", ring(8, Relaxed), &Sc, 255, 255),
        ("SBring-8 under TSO", ring(8, Relaxed), &Tso, 256, 256),
        ("MPr-8", messages(8), &rc11, 6_561, 3),
    ];
    let mut group = criterion.benchmark_group("memory-model final states");
    for (name, litmus, model, executions, states) in &table {
        let enumerator = Enumerator::new(*model).without_outcomes();
        let found = enumerator.summary(litmus).expect("valid");
        assert_eq!((found.executions, found.states.len()), (*executions, *states), "{name}");
        group.bench_function(*name, |bencher| bencher.iter(|| enumerator.summary(litmus).expect("valid")));
    }
    group.finish();
    let mut group = criterion.benchmark_group("memory-model outcomes");
    for (name, litmus, model, executions, _) in table.iter().filter(|row| row.3 <= 50_000) {
        let enumerator = Enumerator::new(*model);
        assert_eq!(enumerator.summary(litmus).expect("valid").executions, *executions, "{name}");
        group.bench_function(*name, |bencher| bencher.iter(|| enumerator.summary(litmus).expect("valid")));
    }
    group.finish();
}

/// The sources of the tests in `shared/litmus`, beside the workspace or further up.
fn published() -> Vec<String> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join("shared/litmus"));
    let Some(folder) = above.into_iter().find(|folder| folder.is_dir()) else { return Vec::new() };
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let files = entries(&folder).into_iter().filter(|path| path.is_dir()).flat_map(|folder| entries(&folder));
    let tests = files.filter(|path| path.extension().is_some_and(|extension| extension == "litmus"));
    tests.filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

fn corpus(criterion: &mut Criterion) {
    let sources = published();
    if sources.is_empty() {
        println!("memory-model published tests: skipped, there is no shared/litmus beside the workspace");
        return;
    }
    let rc11 = Rc11::pldi17();
    let enumerator = Enumerator::new(&rc11).without_outcomes();
    let decide = |source: &String| -> Summary {
        let litmus = Litmus::parse(source).expect("a test");
        enumerator.summary(&litmus).expect("valid")
    };
    let mut group = criterion.benchmark_group("memory-model published tests");
    group.bench_function(format!("all {} under RC11, parsing included", sources.len()), |bencher| {
        bencher.iter(|| sources.iter().map(|source| decide(source).executions).sum::<u64>());
    });
    group.finish();
}

criterion_group! {
    name = enumeration;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = families, corpus
}
criterion_main!(enumeration);
