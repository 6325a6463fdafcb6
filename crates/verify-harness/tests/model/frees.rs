//! Frees through the global allocator, in the order in which the checker happens to run them and in others.

use verify_harness::model::sync::Arc;
use verify_harness::model::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use verify_harness::model::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64};
use verify_harness::model::{Builder, Explorer, Failure, FailureKind, Report, thread};

fn explore(workers: usize, program: fn()) -> Report {
    let mut builder = Builder::new();
    builder.workers = workers;
    builder.explore(program)
}

/// The failure of `program`, a use after free, which its replay token shows again; several workers find the same.
#[track_caller]
fn use_after_free(program: fn()) -> Failure {
    let report = explore(1, program);
    let failure = report.verdict.failure().unwrap_or_else(|| panic!("a use after free is missed: {report}")).clone();
    assert_eq!(failure.kind, FailureKind::UseAfterFree, "{failure}");
    let mut replay = Builder::new();
    replay.replay = Some(failure.replay.clone());
    let again = replay.explore(program);
    assert_eq!(again.verdict.failure().map(|again| &again.message), Some(&failure.message), "{again}");
    let of_two = explore(2, program);
    assert_eq!(of_two.verdict.failure().map(|failure| &failure.replay), Some(&failure.replay), "{of_two}");
    failure
}

#[track_caller]
fn holds(program: fn()) -> u64 {
    let report = explore(1, program);
    assert!(report.verdict.holds(), "{report:?}");
    assert_eq!(explore(2, program).executions, report.executions);
    report.executions
}

/// A word on the heap, by its address.
#[derive(Clone, Copy)]
struct Word(*mut AtomicU64);

// SAFETY: a pointer to what is shared; what is done with it is what the checker is asked about.
unsafe impl Send for Word {}

impl Word {
    fn new() -> Self {
        Self(Box::into_raw(Box::new(AtomicU64::new(7))))
    }

    fn look(self) -> u64 {
        // SAFETY: freed memory stays mapped until the run is over, and the checker reports its use.
        unsafe { &*self.0 }.load(Relaxed)
    }

    fn free(self) {
        // SAFETY: it came from `into_raw`, and each program frees it once.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// The free runs after the look in every run of a search that lets the first thread go on.
fn freed_beside() {
    let word = Word::new();
    let other = thread::spawn(move || word.free());
    word.look();
    other.join().unwrap();
}

#[test]
fn free_beside_an_access_may_come_before_it() {
    let failure = use_after_free(freed_beside);
    assert!(failure.message.contains("use after free"), "{failure}");
    assert!(failure.message.contains("frees.rs"), "{failure}");
}

#[test]
fn free_beside_an_access_is_found_by_random_explorers() {
    for explorer in [Explorer::Random, Explorer::RandomWalk] {
        let mut builder = Builder::new();
        builder.explorer = explorer;
        builder.samples = 1;
        let report = builder.explore(freed_beside);
        assert_eq!(report.verdict.failure().map(|failure| failure.kind), Some(FailureKind::UseAfterFree), "{report}");
    }
}

#[test]
fn free_after_an_unrelated_message_may_come_before_an_access() {
    use_after_free(|| {
        let told = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&told);
        let word = Word::new();
        let other = thread::spawn(move || {
            heard.load(Acquire);
            word.free();
        });
        told.store(true, Release);
        // After the message: nothing orders it before the free.
        word.look();
        other.join().unwrap();
    });
}

#[test]
fn free_in_an_execution_that_ends_with_a_waiting_thread_may_come_before_an_access() {
    use_after_free(|| {
        let word = Word::new();
        let done = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&done);
        let other = thread::spawn(move || {
            while !seen.load(Acquire) {
                thread::yield_now();
            }
            word.free();
        });
        done.store(true, Release);
        word.look();
        other.join().unwrap();
    });
}

#[test]
fn free_that_a_message_orders_comes_after_the_access() {
    let executions = holds(|| {
        let told = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&told);
        let word = Word::new();
        let other = thread::spawn(move || {
            let last = heard.load(Acquire);
            if last {
                word.free();
            }
            last
        });
        word.look();
        told.store(true, Release);
        if !other.join().unwrap() {
            word.free();
        }
    });
    assert_eq!(executions, 2);
}

#[test]
fn free_by_the_last_owner_waits_for_the_others() {
    // The counter of a `std::sync::Arc` orders these, which the checker does not see.
    let executions = holds(|| {
        let word = std::sync::Arc::new(AtomicU64::new(0));
        let own = std::sync::Arc::clone(&word);
        let third = std::sync::Arc::clone(&word);
        let one = thread::spawn(move || own.fetch_add(1, Relaxed));
        let two = thread::spawn(move || third.fetch_add(1, Relaxed));
        word.load(Relaxed);
        drop(word);
        one.join().unwrap();
        two.join().unwrap();
    });
    assert_eq!(executions, 6);
}

/// A stack's pop without a hazard: the other pops and frees the node that this one is about to read.
#[test]
fn free_of_a_node_that_another_thread_may_read_is_found() {
    struct Node {
        next: AtomicPtr<Node>,
    }

    fn pop(head: &AtomicPtr<Node>, frees: bool) {
        let node = head.load(Acquire);
        if node.is_null() {
            return;
        }
        // SAFETY: not given; the checker reports it.
        let next = unsafe { &*node }.next.load(Relaxed);
        if head.compare_exchange(node, next, Acquire, Relaxed).is_ok() && frees {
            // SAFETY: it came from `into_raw`, and only the thread that takes it out frees it.
            drop(unsafe { Box::from_raw(node) });
        }
    }

    use_after_free(|| {
        let node = Box::into_raw(Box::new(Node { next: AtomicPtr::new(core::ptr::null_mut()) }));
        let head = Arc::new(AtomicPtr::new(node));
        let other = Arc::clone(&head);
        let thread = thread::spawn(move || pop(&other, true));
        pop(&head, true);
        thread.join().unwrap();
    });
}
