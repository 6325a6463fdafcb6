//! Programs with known execution counts, by name.

mod litmus;
mod stacks;
mod structures;
mod synthetic;

use litmus::litmus;
use stacks::stacks;
use structures::structures;
use synthetic::synthetic;

use crate::shape::*;
use verify_harness::model::cell::UnsafeCell;
use verify_harness::model::sync::{Arc, Mutex};
use verify_harness::model::{Builder, Estimate, Report, hint, thread};

fn p(builder: &Builder, init: &[u64], threads: Vec<Body>) -> Report {
    explore(builder, init, threads)
}

fn times(n: u64, f: impl Fn(u64) -> Body) -> Vec<Body> {
    (0..n).map(f).collect()
}

/// A loop that waits: the mark at the head of each iteration, as GenMC places it.
#[track_caller]
fn until(mut done: impl FnMut() -> bool) {
    loop {
        hint::spin_loop();
        if done() {
            return;
        }
    }
}

/// A cell without synchronization.
struct Plain(UnsafeCell<u64>);

// SAFETY: every access is checked for races before it happens.
unsafe impl Sync for Plain {}

impl Plain {
    #[track_caller]
    fn get(&self) -> u64 {
        // SAFETY: the checker reports a race before the closure runs.
        self.0.with(|value| unsafe { *value })
    }
    #[track_caller]
    fn set(&self, new: u64) {
        // SAFETY: as in `get`.
        self.0.with_mut(|value| unsafe { *value = new });
    }
}

/// A thread that uses the locations and the plain cell.
type PlainBody = Arc<dyn Fn(&Mem, &Plain) + Send + Sync>;

/// Explores threads that share locations and one plain cell.
fn with_plain(builder: &Builder, init: &[u64], threads: Vec<PlainBody>) -> Report {
    let init = init.to_vec();
    start(builder, move || {
        let shared = Arc::new((Mem::new(&init), Plain(UnsafeCell::new(0))));
        let handles: Vec<_> = threads
            .iter()
            .map(|body| {
                let (shared, body) = (Arc::clone(&shared), Arc::clone(body));
                thread::spawn(move || body(&shared.0, &shared.1))
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join().unwrap());
    })
}

fn plain_body(f: impl Fn(&Mem, &Plain) + Send + Sync + 'static) -> PlainBody {
    Arc::new(f)
}

/// The number in `name` after `prefix`.
fn number(name: &str, prefix: &str) -> Option<u64> {
    name.strip_prefix(prefix)?.split(' ').next()?.parse().ok()
}

/// Runs the program called `name`, or says that there is none.
pub fn run(name: &str, b: &Builder) -> Option<Report> {
    litmus(name, b).or_else(|| synthetic(name, b)).or_else(|| structures(name, b)).or_else(|| stacks(name, b))
}

/// Estimates the number of executions of the program called `name`.
pub fn estimate(name: &str, builder: &Builder, walks: u64) -> Option<Estimate> {
    estimated(walks, || drop(run(name, builder)))
}

fn zeros(n: u64) -> Vec<u64> {
    vec![0; n as usize]
}
