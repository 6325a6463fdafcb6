//! Orderings by call site: listed, and replaced.

use verify_harness::model::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use verify_harness::model::sync::{Arc, Mutex};
use verify_harness::model::{Builder, CallSite, FailureKind, OrderingRole, thread};

use crate::shape::*;

fn message_passing() {
    let shared = Arc::new((AtomicU64::new(0), AtomicBool::new(false)));
    let sender = Arc::clone(&shared);
    let handle = thread::spawn(move || {
        sender.0.store(1, X);
        sender.1.store(true, L);
    });
    if shared.1.load(A) {
        assert_eq!(shared.0.load(X), 1, "the message is there");
    }
    handle.join().unwrap();
}

/// The one site of `program` that names `ordering` for `role`.
#[track_caller]
fn site(program: fn(), role: OrderingRole, ordering: Ordering) -> CallSite {
    let sites = Builder::new().call_sites(program);
    let mut found = sites.into_iter().filter(|(site, named)| site.role == role && *named == ordering);
    let (site, _) = found.next().expect("the program has it");
    assert!(found.next().is_none(), "only once");
    site
}

/// Whether `program` holds with `ordering` at `site`.
#[track_caller]
fn holds_with(program: fn(), site: &CallSite, ordering: Ordering) -> bool {
    let mut builder = Builder::new();
    builder.override_ordering(site.clone(), ordering).expect("a possible ordering");
    let report = builder.explore(program);
    let kind = report.verdict.failure().map(|failure| failure.kind);
    assert!(report.verdict.holds() || kind == Some(FailureKind::Panic), "{report:?}");
    report.verdict.holds()
}

#[test]
fn override_of_message_passing_is_refuted() {
    assert!(Builder::new().explore(message_passing).verdict.holds());
    for (role, ordering) in [(OrderingRole::Store, L), (OrderingRole::Load, A)] {
        let needed = site(message_passing, role, ordering);
        assert!(!holds_with(message_passing, &needed, X), "{needed}");
        assert!(holds_with(message_passing, &needed, S), "{needed}");
    }
    let message = site(message_passing, OrderingRole::Store, X);
    assert!(holds_with(message_passing, &message, L), "{message}");
    assert!(message.to_string().contains("tests/model/orderings.rs:"), "{message}");
}

#[test]
fn override_replaces_fences() {
    fn store_buffering() {
        let shared = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
        let other = Arc::clone(&shared);
        let handle = thread::spawn(move || {
            other.0.store(1, X);
            fence(S);
            other.1.load(X)
        });
        shared.1.store(1, X);
        fence(AR);
        let mine = shared.0.load(X);
        assert!(mine == 1 || handle.join().unwrap() == 1, "both missed");
    }
    let weak = site(store_buffering, OrderingRole::Fence, AR);
    for (ordering, holds) in [(X, false), (AR, false), (S, true)] {
        assert_eq!(holds_with(store_buffering, &weak, ordering), holds, "{ordering:?}");
    }
}

#[test]
fn override_tells_success_and_failure_of_an_exchange_apart() {
    fn exchange() {
        let shared = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
        let other = Arc::clone(&shared);
        let handle = thread::spawn(move || {
            other.0.store(1, X);
            other.1.store(1, L);
        });
        if shared.1.compare_exchange(7, 8, AR, A) == Err(1) {
            assert_eq!(shared.0.load(X), 1, "the failed exchange acquires");
        }
        handle.join().unwrap();
    }
    let failure = site(exchange, OrderingRole::Failure, A);
    let mut success = failure.clone();
    success.role = OrderingRole::Update;
    assert!(holds_with(exchange, &success, X));
    assert!(!holds_with(exchange, &failure, X));
}

#[test]
fn override_refuses_what_an_operation_cannot_have() {
    let mut builder = Builder::new();
    for (role, ordering) in
        [(OrderingRole::Load, L), (OrderingRole::Failure, AR), (OrderingRole::Store, A), (OrderingRole::Store, AR)]
    {
        let error = builder.override_ordering(CallSite::new("a.rs", 1, 2, role), ordering).expect_err("impossible");
        assert!(error.to_string().starts_with("a.rs:1:2 ("), "{error}");
    }
}

#[test]
fn call_sites_are_those_of_the_program() {
    fn program() {
        let lock = Arc::new(Mutex::new(0));
        let other = Arc::clone(&lock);
        let handle = thread::spawn(move || *other.lock().unwrap() += 1);
        *lock.lock().unwrap() += 1;
        handle.join().unwrap();
        let x = AtomicU64::new(0);
        assert_eq!([x.fetch_add(1, L), x.swap(2, A)], [0, 1]);
        x.compare_exchange(2, 3, AR, X).unwrap();
    }
    let found: Vec<_> =
        Builder::new().call_sites(program).into_iter().map(|(site, named)| (site.role, named)).collect();
    let expected =
        [(OrderingRole::Update, L), (OrderingRole::Update, A), (OrderingRole::Update, AR), (OrderingRole::Failure, X)];
    assert_eq!(found, expected, "locks are not taken apart, and calls on one line are told apart");
}
