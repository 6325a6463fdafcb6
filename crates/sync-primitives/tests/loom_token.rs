//! Model tests of `CancellationToken`.
//!
//! What is done before cancelling stands in a cell of the checker, so that an access which cancelling fails to order is reported as
//! a race; a lost wake-up leaves a thread parked for ever, which the checker reports too.

#![cfg(loom)]

mod model;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use model::{block_on, holds, holds_large, needs};
use sync_primitives::CancellationToken;

/// What is done before cancelling.
struct Told(UnsafeCell<u32>);

// SAFETY: the models order their accesses by cancelling; where they err, the checker says so.
unsafe impl Send for Told {}
// SAFETY: as above.
unsafe impl Sync for Told {}

impl Told {
    fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(0)))
    }

    fn tell(&self) {
        self.0.with_mut(|value| {
            // SAFETY: ordered by cancelling; the checker watches.
            unsafe { *value = 1 }
        });
    }

    fn is_told(&self) -> bool {
        self.0.with(|value| {
            // SAFETY: as in `tell`.
            unsafe { *value == 1 }
        })
    }
}

/// Tells, and cancels `token`, on a thread of its own.
fn cancel(told: &Arc<Told>, token: &CancellationToken) -> thread::JoinHandle<()> {
    let (told, token) = (Arc::clone(told), token.clone());
    thread::spawn(move || {
        told.tell();
        token.cancel();
    })
}

/// Waits for `token` on a thread of its own, and sees what was told.
fn wait(told: &Arc<Told>, token: CancellationToken, blocking: bool) -> thread::JoinHandle<()> {
    let told = Arc::clone(told);
    thread::spawn(move || {
        if blocking {
            token.blocking_cancelled()
        } else {
            block_on(token.cancelled())
        }
        assert!(told.is_told());
    })
}

fn join<const N: usize>(threads: [thread::JoinHandle<()>; N]) {
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn wakes_a_task() {
    let (told, token) = (Told::new(), CancellationToken::new());
    let threads = [wait(&told, token.clone(), false), cancel(&told, &token)];
    join(threads);
}

fn wakes_a_thread() {
    let (told, token) = (Told::new(), CancellationToken::new());
    let threads = [wait(&told, token.clone(), true), cancel(&told, &token)];
    join(threads);
}

fn wakes_through_a_child() {
    let (told, token) = (Told::new(), CancellationToken::new());
    let threads = [wait(&told, token.child_token(), true), cancel(&told, &token)];
    join(threads);
}

fn wakes_through_a_grandchild() {
    let (told, token) = (Told::new(), CancellationToken::new());
    // Nobody has a token for the one in between.
    let threads = [wait(&told, token.child_token().child_token(), false), cancel(&told, &token)];
    join(threads);
}

/// A token that is found cancelled tells what was before, and its child is cancelled too.
fn is_seen_at_once_below() {
    let (told, token) = (Told::new(), CancellationToken::new());
    let child = token.child_token();
    let looker = {
        let (told, token, child) = (Arc::clone(&told), token.clone(), child.clone());
        // loom explores the accesses of threads that were spawned, and not all of the first one's.
        thread::spawn(move || {
            if token.is_cancelled() {
                assert!(child.is_cancelled() && told.is_told());
            }
        })
    };
    join([looker, cancel(&told, &token)]);
    assert!(child.is_cancelled());
}

/// A child that is made while its parent is cancelled is cancelled, and who waits for it is woken.
fn reaches_a_child_that_is_made() {
    let (told, token) = (Told::new(), CancellationToken::new());
    let canceller = cancel(&told, &token);
    let waiter = {
        let told = Arc::clone(&told);
        thread::spawn(move || {
            let child = token.child_token();
            block_on(child.cancelled());
            assert!(told.is_told());
        })
    };
    join([canceller, waiter]);
}

/// Whether a task was woken; no part of the model.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A child goes while its parent is cancelled; the other child, at which somebody waits, is reached all the same.
fn passes_a_child_that_goes() {
    let (told, token) = (Told::new(), CancellationToken::new());
    let (one, two) = (token.child_token(), token.child_token());
    let woken = std::sync::Arc::new(Woken::default());
    let waker = Waker::from(std::sync::Arc::clone(&woken));
    let mut wait = pin!(two.cancelled());
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let goes = thread::spawn(move || drop(one));
    join([goes, cancel(&told, &token)]);
    // Looked at after all threads have been joined.
    assert!(woken.0.load(Ordering::Relaxed) && told.is_told());
}

/// The same while the other child is waited for by a thread that comes and is woken. Not within loom's reach: it follows two that
/// yield to each other without end.
fn passes_a_child_that_goes_while_another_is_waited_for() {
    let (told, token) = (Told::new(), CancellationToken::new());
    let (one, two) = (token.child_token(), token.child_token());
    let goes = thread::spawn(move || drop(one));
    let threads = [goes, wait(&told, two, true), cancel(&told, &token)];
    join(threads);
}

/// Both levels are cancelled at once, and the lower one is dropped by whoever comes last.
fn both_levels_at_once() {
    let (told, token) = (Told::new(), CancellationToken::new());
    let child = token.child_token();
    let lower = thread::spawn(move || child.cancel());
    let upper = cancel(&told, &token);
    join([lower, upper]);
    assert!(token.is_cancelled());
}

const TOKEN: &str = "CancellationToken";

#[test]
fn token_wakes() {
    let property = "who waits is woken, and sees what was before";
    holds(TOKEN, property, "1 task, 1 cancelling", wakes_a_task);
    holds(TOKEN, property, "1 thread, 1 cancelling", wakes_a_thread);
    holds_large(TOKEN, property, "1 thread at a child, 1 cancelling", Some(3), wakes_through_a_child);
    holds_large(TOKEN, property, "1 task two levels down, 1 cancelling", Some(3), wakes_through_a_grandchild);
}

#[test]
fn token_reaches_its_children() {
    holds(TOKEN, "cancelled at once with all below", "1 looking, 1 cancelling", is_seen_at_once_below);
    let property = "children that come and go";
    holds_large(TOKEN, property, "1 making a child, 1 cancelling", Some(3), reaches_a_child_that_is_made);
    holds_large(TOKEN, property, "2 cancelling two levels", Some(3), both_levels_at_once);
    holds_large(TOKEN, property, "1 child that goes, 1 cancelling", Some(3), passes_a_child_that_goes);
    if model::bounds_preemptions() {
        println!("skipped: not within loom's reach");
        return;
    }
    let bound = "1 child that goes, 1 that waits, 1 cancelling";
    holds(TOKEN, property, bound, passes_a_child_that_goes_while_another_is_waited_for);
}

#[test]
fn token_needs_its_orderings() {
    needs(TOKEN, &["K1"], is_seen_at_once_below);
    needs(TOKEN, &["W8", "W14"], wakes_a_task);
}
