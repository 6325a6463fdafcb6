//! A counterexample, its replay, and the same code put right: `cargo run -p verify-harness --example check_your_code`.

use std::fmt::Write as _;
use std::panic::resume_unwind;

use verify_harness::model::sync::Arc;
use verify_harness::model::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use verify_harness::model::{Builder, thread};

/// Hands a number over to another thread.
fn hand_over(publish: Ordering) {
    let shared = Arc::new((AtomicU32::new(0), AtomicBool::new(false)));
    let writer = Arc::clone(&shared);
    let handle = thread::spawn(move || {
        writer.0.store(42, Ordering::Relaxed);
        writer.1.store(true, publish);
    });
    if shared.1.load(Ordering::Acquire) && shared.0.load(Ordering::Relaxed) != 42 {
        // Fails as a panic does, without its message on standard error.
        resume_unwind(Box::new("the flag came before the number"));
    }
    handle.join().unwrap();
}

/// What the example prints.
pub fn output() -> String {
    let mut text = String::new();
    let report = Builder::new().explore(|| hand_over(Ordering::Relaxed));
    let Some(failure) = report.verdict.failure() else { return text };
    let _ = writeln!(text, "{failure}\n");

    let mut replay = Builder::new();
    replay.replay = Some(failure.replay.clone());
    let again = replay.explore(|| hand_over(Ordering::Relaxed));
    let _ = writeln!(text, "replayed: {}", again.verdict.failure().map_or("no failure", |failure| &failure.message));

    let report = Builder::new().explore(|| hand_over(Ordering::Release));
    let (holds, executions) = (report.verdict.holds(), report.executions);
    let _ = writeln!(text, "with Release: holds: {holds}, {executions} executions explored");
    text
}

#[allow(dead_code, reason = "the test that compares the output with the book's has a main function of its own")]
fn main() {
    print!("{}", output());
}
