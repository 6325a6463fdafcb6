//! `CancellationToken`, on native threads.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use sync_primitives::CancellationToken;

use crate::support::{Task, panics};

#[test]
fn token_wakes_in_order_and_stays_cancelled() {
    let token = CancellationToken::new();
    let mut tasks: Vec<_> = (0..3).map(|_| Task::new(token.cancelled())).collect();
    tasks.iter_mut().for_each(Task::waits);
    token.cancel();
    token.cancel();
    for task in &mut tasks {
        assert_eq!(task.wakes(), 1);
        task.done();
        // Done stays done.
        task.done();
    }
    Task::new(token.clone().cancelled_owned()).done();
}

#[test]
fn token_cancels_below_and_not_above() {
    let root = CancellationToken::new();
    let middle = root.child_token();
    let (leaf, sibling) = (middle.child_token(), root.child_token());
    let mut task = Task::new(leaf.cancelled());
    task.waits();
    middle.cancel();
    assert_eq!(task.wakes(), 1);
    task.done();
    assert_eq!([&root, &middle, &leaf, &sibling].map(|token| token.is_cancelled()), [false, true, true, false]);
    assert!(middle.child_token().is_cancelled(), "made after that");
    root.cancel();
    assert!(sibling.is_cancelled());
}

/// Who holds the middle of a tree does not matter to those below.
#[test]
fn token_reaches_through_one_that_nobody_has() {
    let root = CancellationToken::new();
    let leaf = root.child_token().child_token().child_token();
    let mut task = Task::new(leaf.cancelled());
    task.waits();
    root.cancel();
    assert_eq!(task.wakes(), 1);
    task.done();
}

#[test]
fn token_outlives_a_root_that_nobody_has() {
    let child = CancellationToken::new().child_token();
    assert!(!child.is_cancelled());
    child.cancel();
    assert!(child.is_cancelled());
}

#[test]
fn token_children_leave_in_any_order() {
    let root = CancellationToken::new();
    let mut children: Vec<_> = (0..100).map(|_| root.child_token()).collect();
    while children.len() > 1 {
        drop(children.swap_remove(children.len() * 7 % 13 % children.len()));
    }
    root.cancel();
    assert!(children[0].is_cancelled());
}

/// A waker that drops tokens is called without any lock.
#[test]
fn token_may_be_dropped_by_a_waker() {
    struct Drops(std::sync::Mutex<Vec<CancellationToken>>);
    impl std::task::Wake for Drops {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.lock().unwrap().clear();
        }
    }
    let root = CancellationToken::new();
    let drops = std::sync::Arc::new(Drops(std::sync::Mutex::new((0..40).map(|_| root.child_token()).collect())));
    let waker = std::task::Waker::from(drops);
    let mut wait = Box::pin(root.cancelled());
    assert!(wait.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    let last = root.child_token();
    root.cancel();
    assert!(last.is_cancelled());
}

#[test]
fn token_survives_a_panicking_waker() {
    let root = CancellationToken::new();
    let child = root.child_token();
    let mut bad = Task::new(child.cancelled());
    assert!(bad.poll_with_panicking_waker().is_pending());
    let mut good = Task::new(child.cancelled());
    good.waits();
    let mut sibling = Task::new(root.cancelled());
    sibling.waits();
    assert!(panics(|| root.cancel()));
    assert_eq!((good.wakes(), sibling.wakes()), (1, 1));
}

#[test]
fn token_deep_trees_are_cancelled_and_dropped() {
    const DEPTH: usize = 500;
    let root = CancellationToken::new();
    let mut leaf = root.clone();
    for _ in 0..DEPTH {
        leaf = leaf.child_token();
    }
    let mut task = Task::new(leaf.cancelled());
    task.waits();
    root.cancel();
    assert_eq!(task.wakes(), 1);
}

#[test]
fn token_chains_of_any_length_go() {
    let mut leaf = CancellationToken::new();
    for _ in 0..100_000 {
        leaf = leaf.child_token();
    }
    assert!(!leaf.is_cancelled());
}

#[test]
fn token_guards_cancel_unless_disarmed() {
    let token = CancellationToken::new();
    assert_eq!(token.clone().drop_guard().disarm(), token);
    assert!(!token.is_cancelled());
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _guard = token.drop_guard_ref();
        panic!("on purpose");
    }));
    assert!(unwound.is_err() && token.is_cancelled());
}

#[test]
fn token_runs_until_cancelled() {
    let token = CancellationToken::new();
    let mut run = Task::new(token.run_until_cancelled(pending::<()>()));
    run.waits();
    let mut owned = Task::new(token.clone().run_until_cancelled_owned(pending::<()>()));
    owned.waits();
    token.cancel();
    assert_eq!((run.wakes(), owned.wakes()), (1, 1));
    assert_eq!((run.done(), owned.done()), (None, None));
    let mut never = false;
    Task::new(token.run_until_cancelled(async { never = true })).done();
    assert!(!never, "begun though cancelled");
}

/// Both happen between two polls: the result counts.
#[test]
fn token_prefers_a_result_once_begun() {
    let token = CancellationToken::new();
    let cell = sync_primitives::SetOnce::new();
    let mut run = Task::new(token.run_until_cancelled(cell.wait()));
    run.waits();
    cell.set(1).unwrap();
    token.cancel();
    assert_eq!(run.done(), Some(&1));
}

#[test]
fn token_blocks_threads() {
    let root = CancellationToken::new();
    let child = root.child_token();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| child.blocking_cancelled());
        root.cancel();
        waiter.join().unwrap();
    });
    assert!(child.blocking_cancelled_for(std::time::Duration::MAX));
}

#[test]
fn token_equality_and_format() {
    let token = CancellationToken::default();
    assert_eq!(token, token.clone());
    assert_ne!(token, token.child_token());
    assert_eq!(format!("{token:?}"), "CancellationToken { is_cancelled: false }");
    assert!(format!("{:?}", token.cancelled()).starts_with("WaitForCancellationFuture"));
}
