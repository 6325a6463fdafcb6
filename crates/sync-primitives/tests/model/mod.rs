//! What the model tests share: exploring, weakening, and tasks driven by hand.
#![allow(dead_code)] // each test target uses its part

pub mod ordered;
pub mod values;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::atomic::Ordering;
use loom::thread::{self, Thread};
use sync_primitives::weaken;
use verify_harness::evidence::{Check, Counter, Tier, Unit, model_checker};

/// Explores `body` exhaustively within `bound` and records that `property` of `structure` holds.
pub fn holds(structure: &str, property: &str, bound: &str, body: fn()) {
    let check = Check::start(structure, property, &model_checker(), Unit::Executions).bound(bound);
    explore(check.counter(), None, body);
    check.holds();
}

/// The same for a body that takes long: only the full tier explores it exhaustively on a checker that can leave executions with
/// many preemptions out. The quick tier stops at two and the default tier at `default_preemptions`, if any, and the bound says so.
pub fn holds_large(structure: &str, property: &str, bound: &str, default_preemptions: Option<usize>, body: fn()) {
    let preemptions = match Tier::from_environment() {
        Tier::Quick => Some(2),
        Tier::Default => default_preemptions,
        Tier::Full => None,
    };
    holds_within(structure, property, bound, preemptions, body);
}

/// The same for a body of three threads that wait: no preemption, only waiting, in the quick tier, two in the default tier. A checker that
/// leaves nothing out explores it from the default tier on.
pub fn holds_crowd(structure: &str, property: &str, bound: &str, body: fn()) {
    let tier = Tier::from_environment();
    if tier == Tier::Quick && !bounds_preemptions() {
        println!("{structure}, {bound}: skipped in the quick tier");
        return;
    }
    let preemptions = match tier {
        Tier::Quick => Some(0),
        Tier::Default => Some(2),
        Tier::Full => None,
    };
    holds_within(structure, property, bound, preemptions, body);
}

/// Whether the checker can leave out executions with many preemptions; else it explores them too.
pub fn bounds_preemptions() -> bool {
    model_checker().starts_with("loom")
}

fn holds_within(structure: &str, property: &str, bound: &str, preemptions: Option<usize>, body: fn()) {
    let bound = match preemptions {
        Some(most) if bounds_preemptions() => format!("{bound}, {most} preemptions"),
        _ => bound.to_owned(),
    };
    let check = Check::start(structure, property, &model_checker(), Unit::Executions).bound(&bound);
    explore(check.counter(), preemptions, body);
    check.holds();
}

fn explore(counter: Counter, preemptions: Option<usize>, body: fn()) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.check(move || {
        counter.add(1);
        body();
    });
}

/// Weakens each of `sites` to Relaxed in turn and requires that `body` then fails by a race, be it with the end of the memory, within two preemptions.
pub fn needs(structure: &str, sites: &[&'static str], body: fn()) {
    for &site in sites {
        let races = ["Causality violation", "data race", "use after free"];
        fails_when_weakened(structure, site, Ordering::Relaxed, &races, body);
    }
}

/// The same for a body that then fails with `message`. A fence that is weakened to Relaxed is none.
pub fn is_missed(structure: &str, sites: &[&'static str], message: &str, body: fn()) {
    for &site in sites {
        fails_when_weakened(structure, site, Ordering::Relaxed, &[message], body);
    }
}

/// Seeds the bug `tag` and requires that `body` then leaves somebody waiting for ever.
pub fn hangs_with(structure: &str, tag: &'static str, body: fn()) {
    let property = format!("{tag} left out is found");
    fails(structure, &property, tag, Ordering::Relaxed, &["deadlock", "lost wakeup"], body);
}

/// Weakens `site` to `ordering` and requires that `body` then fails with one of `messages`, within two preemptions.
pub fn fails_when_weakened(structure: &str, site: &'static str, ordering: Ordering, messages: &[&str], body: fn()) {
    let property = format!("{site} weakened to {ordering:?} is found");
    fails(structure, &property, site, ordering, messages, body);
}

fn fails(structure: &str, property: &str, site: &'static str, ordering: Ordering, messages: &[&str], body: fn()) {
    let armed = weaken::site(site, ordering);
    fails_with(structure, property, "weakened twin", messages, body);
    assert!(armed.hits() > 0, "{site} is not reached");
}

/// Requires that `body`, which is wrong, fails with one of `messages` within two preemptions.
pub fn fails_with(structure: &str, property: &str, bound: &str, messages: &[&str], body: fn()) {
    let check = Check::start(structure, property, &model_checker(), Unit::Executions).bound(bound);
    let counter = check.counter();
    let outcome = catch_unwind(AssertUnwindSafe(|| explore(counter, Some(2), body)));
    let report = outcome.expect_err(&format!("{property}: nothing notices"));
    let report = match report.downcast::<String>() {
        Ok(message) => *message,
        Err(other) => other.downcast::<&str>().map(|message| message.to_string()).unwrap_or_default(),
    };
    assert!(messages.iter().any(|words| report.contains(words)), "{property}: not one of {messages:?}: {report}");
    check.holds();
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future to its end; the model's thread parks in between.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Polls once, and nobody is woken for it.
pub fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What one thread of a model does.
pub type Body = Box<dyn FnOnce()>;

/// Each body on a thread of its own. The first thread only joins: loom's `join` cannot stand an `unpark` that comes late.
pub fn threads(bodies: impl IntoIterator<Item = Body>) {
    let threads: Vec<_> = bodies.into_iter().map(thread::spawn).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
