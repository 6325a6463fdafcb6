//! Sections with their seconds, on standard error, so that standard output stays the verbs' own.

use std::time::{Duration, Instant};

use crate::Outcome;

/// Runs `work` under a heading and says how long it took.
pub fn section(name: &str, work: impl FnOnce() -> Outcome) -> Result<Duration, Box<dyn std::error::Error>> {
    eprintln!("==> {name}");
    let started = Instant::now();
    let outcome = work();
    let elapsed = started.elapsed();
    let word = if outcome.is_ok() { "ok" } else { "FAILED" };
    eprintln!("<== {name}: {word} in {:.1} s", elapsed.as_secs_f64());
    outcome.map(|()| elapsed)
}
