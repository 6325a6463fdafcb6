//! What the model tests of all collections share.

#![allow(dead_code, reason = "each model test uses its part")]

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Once};

use lockfree_collections::weaken;
use loom::alloc::Track;
use verify_harness::evidence::{Check, Counter, Tier, Unit};

/// The checker that runs these models, as evidence names it.
pub const TOOL: &str = "loom 0.7";

thread_local! {
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// A value that the checker reports if it is leaked, and that notices being dropped twice.
#[derive(Debug)]
pub struct Value {
    number: u64,
    _leak: Track<()>,
    drops: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

/// Makes values and counts how many of them are gone.
#[derive(Clone, Debug, Default)]
pub struct Values(std::sync::Arc<std::sync::atomic::AtomicU64>);

impl Values {
    pub fn make(&self, number: u64) -> Value {
        Value { number, _leak: Track::new(()), drops: Arc::clone(&self.0) }
    }

    pub fn dropped(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Value {
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

/// Explores every execution of `body`, within at most `preemptions` preemptions if that is given.
pub fn explore(counter: &Counter, preemptions: Option<usize>, body: impl Fn() + Send + Sync + 'static) {
    let counter = counter.clone();
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 20_000;
    builder.check(move || {
        counter.add(1);
        body();
    });
}

/// Runs one sound model as a check.
pub fn holds(
    structure: &str,
    property: &str,
    bound: &str,
    preemptions: Option<usize>,
    body: impl Fn() + Send + Sync + 'static,
) {
    let bound = match preemptions {
        Some(limit) => format!("{bound}, preemption bound {limit}"),
        None => bound.to_owned(),
    };
    let check = Check::start(structure, property, TOOL, Unit::Executions).bound(&bound);
    explore(&check.counter(), preemptions, body);
    check.holds();
}

/// Explores `body` with the site `tag` weakened to `ordering`; says how the checker objected, or none if it did not.
pub fn objection(
    counter: &Counter,
    tag: &'static str,
    ordering: Ordering,
    preemptions: Option<usize>,
    body: impl Fn() + Send + Sync + 'static,
) -> Option<String> {
    let armed = weaken::site(tag, ordering);
    let result = silently(|| explore(counter, preemptions, body));
    assert!(armed.hits() > 0, "the model does not reach {tag}");
    result.err()
}

/// Runs `f` without a message on the screen should it panic, and returns the message.
fn silently<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !SILENT.get() {
                loud(info);
            }
        }));
    });
    SILENT.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    SILENT.set(false);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("panic without a message").to_owned()
    })
}

/// What one thread did, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    Push(u64),
    Pop(Option<u64>),
}

/// A sequential structure to compare with.
pub trait Sequential: Clone + Default {
    fn push(&mut self, value: u64);
    fn pop(&mut self) -> Option<u64>;
}

impl Sequential for std::collections::VecDeque<u64> {
    fn push(&mut self, value: u64) {
        self.push_back(value);
    }
    fn pop(&mut self) -> Option<u64> {
        self.pop_front()
    }
}

impl Sequential for Vec<u64> {
    fn push(&mut self, value: u64) {
        Vec::push(self, value);
    }
    fn pop(&mut self) -> Option<u64> {
        Vec::pop(self)
    }
}

/// Tells whether some order of all operations that keeps each thread's order, between `before` and `after`, is one that `S`
/// answers as recorded.
pub fn explains<S: Sequential>(before: &[Did], threads: &[Vec<Did>], after: &[Did]) -> bool {
    fn apply<S: Sequential>(state: &mut S, did: &Did) -> bool {
        match did {
            Did::Push(value) => {
                state.push(*value);
                true
            }
            Did::Pop(found) => state.pop() == *found,
        }
    }

    fn search<S: Sequential>(state: &S, threads: &[Vec<Did>], done: &mut Vec<usize>, after: &[Did]) -> bool {
        let mut finished = true;
        for thread in 0..threads.len() {
            let Some(did) = threads[thread].get(done[thread]) else { continue };
            finished = false;
            let mut state = state.clone();
            if apply(&mut state, did) {
                done[thread] += 1;
                if search(&state, threads, done, after) {
                    return true;
                }
                done[thread] -= 1;
            }
        }
        let mut state = state.clone();
        finished && after.iter().all(|did| apply(&mut state, did))
    }

    let mut state = S::default();
    before.iter().all(|did| apply(&mut state, did)) && search(&state, threads, &mut vec![0; threads.len()], after)
}

/// Whether the larger models should run.
pub fn thorough() -> bool {
    Tier::from_environment() >= Tier::Default
}

/// One weakened twin.
#[derive(Clone, Copy, Debug)]
pub struct Twin {
    pub tag: &'static str,
    pub ordering: Ordering,
    pub model: &'static str,
}
