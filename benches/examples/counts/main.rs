//! How often each checker runs a test, and how many executions there are:
//! `cargo run --release -p benches --example counts`.
//!
//! The first column is what this project's checker explores: each execution of RC11 once. The second is how often upstream
//! loom 0.7 runs the closure until it has explored all it distinguishes; it gives up at a bound, and cannot run more than
//! five threads. Both are counts, the same on every machine.

#[path = "../../../crates/verify-harness/examples/shared/counts.rs"]
mod programs;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Written against this project's checker.
mod ours {
    crate::define!(verify_harness::model);
}

/// Written against upstream loom.
mod upstream {
    crate::define!(loom);
}

/// Runs after which loom is stopped.
const MOST: usize = 60_000;
/// Threads that loom can run.
const THREADS: usize = 5;

fn executions(program: fn()) -> String {
    let mut builder = verify_harness::model::Builder::new();
    builder.progress = verify_harness::model::Progress::Off;
    let report = builder.explore(program);
    assert!(report.verdict.holds(), "{report}");
    report.executions.to_string()
}

fn iterations(threads: usize, program: fn()) -> String {
    if threads > THREADS {
        return format!("more than {THREADS} threads");
    }
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let mut builder = loom::model::Builder::new();
    builder.max_permutations = Some(MOST);
    builder.max_branches = 10_000;
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        program();
    });
    let runs = runs.load(Ordering::Relaxed);
    if runs >= MOST { format!("> {MOST}") } else { runs.to_string() }
}

fn main() {
    println!("| program | executions of RC11, each explored once | runs of loom 0.7 |");
    println!("|---|---:|---:|");
    for ((name, threads, own), (_, _, theirs)) in ours::programs().into_iter().zip(upstream::programs()) {
        println!("| {name} | {} | {} |", executions(own), iterations(threads, theirs));
    }
}
