//! Model tests of the policies of `Semaphore`: that the queue keeps what it promises when those who join pass others, and that they pass as
//! often as the policy says.

#![cfg(loom)]

mod model;

use std::pin::pin;
use std::task::Poll;

use loom::sync::Arc;
use loom::thread;
use model::{block_on, fails_with, holds_large, needs, poll_once};
use sync_primitives::{Barging, Policy, Priority, Semaphore};

const POLICY: &str = "Semaphore<Policy>";

/// A semaphore and what its permits protect.
struct Guarded<P: Policy> {
    semaphore: Semaphore<P>,
    value: loom::cell::UnsafeCell<u32>,
}

// SAFETY: the models reach `value` only with all permits; where they err, the checker says so.
unsafe impl<P: Policy> Send for Guarded<P> {}
// SAFETY: as above.
unsafe impl<P: Policy> Sync for Guarded<P> {}

impl<P: Policy> Guarded<P> {
    fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self { semaphore: Semaphore::with_policy(permits), value: loom::cell::UnsafeCell::new(0) })
    }

    fn add(&self) {
        // SAFETY: the caller has all permits.
        self.value.with_mut(|value| unsafe { *value += 1 });
    }

    fn total(&self) -> u32 {
        // SAFETY: nobody else is left.
        self.value.with(|value| unsafe { *value })
    }
}

/// Two of different rank take turns.
fn ranks_exclude() {
    let guarded = Guarded::<Priority<1>>::new(1);
    let other = {
        let guarded = Arc::clone(&guarded);
        thread::spawn(move || {
            let permit = block_on(guarded.semaphore.acquire_ranked(1, 9)).unwrap();
            guarded.add();
            drop(permit);
        })
    };
    let permit = block_on(guarded.semaphore.acquire()).unwrap();
    guarded.add();
    drop(permit);
    other.join().unwrap();
    assert_eq!(guarded.total(), 2);
}

/// One needs both permits; the other needs one, and may go past it.
fn barging_loses_no_wake_up() {
    let guarded = Guarded::<Barging<1>>::new(2);
    let other = {
        let guarded = Arc::clone(&guarded);
        thread::spawn(move || {
            for _ in 0..2 {
                drop(block_on(guarded.semaphore.acquire()).unwrap());
            }
        })
    };
    let permit = block_on(guarded.semaphore.acquire_many(2)).unwrap();
    guarded.add();
    drop(permit);
    other.join().unwrap();
    assert_eq!(guarded.semaphore.available_permits(), 2);
}

/// One of low rank waits; two of high rank join while a permit comes, use it if they get it, and give up. The one of low rank keeps what it gets,
/// so that as many of the others had the permit as passed it: asserts that it was one at most.
fn passes<const PASSES: u32>() {
    let semaphore = Arc::new(Semaphore::<Priority<PASSES>>::with_policy(0));
    let mut low = pin!(semaphore.acquire());
    assert!(poll_once(low.as_mut()).is_pending());
    let other = {
        let semaphore = Arc::clone(&semaphore);
        thread::spawn(move || {
            let mut first = pin!(semaphore.acquire_ranked(1, 9));
            let mut second = pin!(semaphore.acquire_ranked(1, 9));
            let at_once = [poll_once(first.as_mut()).is_ready(), poll_once(second.as_mut()).is_ready()];
            let later = |wait| matches!(poll_once(wait), Poll::Ready(Ok(_)));
            u32::from(at_once[0] || later(first)) + u32::from(at_once[1] || later(second))
        })
    };
    semaphore.add_permits(1);
    let passed = other.join().unwrap();
    assert!(passed <= 1, "passed by {passed}, too often");
    assert!(poll_once(low.as_mut()).is_ready(), "the permit is lost");
}

#[test]
fn policies_keep_the_queue_whole() {
    holds_large(POLICY, "mutual exclusion, no lost wake-up", "2 tasks of different rank", Some(2), ranks_exclude);
    holds_large(POLICY, "no lost wake-up", "1 task that needs both, 1 that passes", Some(2), barging_loses_no_wake_up);
}

#[test]
fn policies_bound_the_bypass() {
    holds_large(POLICY, "passed at most once", "1 of low rank, 2 of high rank", Some(2), passes::<1>);
}

/// A policy that lets two pass is found.
#[test]
fn a_bypass_too_many_is_found() {
    fails_with(POLICY, "a bypass too many is found", "seeded bug", &["too often"], passes::<2>);
}

#[test]
fn policies_need_the_orderings_of_the_queue() {
    needs(POLICY, &["S1"], ranks_exclude);
}
