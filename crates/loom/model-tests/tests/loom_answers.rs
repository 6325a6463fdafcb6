//! What upstream loom 0.7 answers wrongly or cannot answer, written against its interface. The counts are those of the
//! memory model: distinct executions, whoever explores them.

#![cfg(loom)]

use loom::cell::UnsafeCell;
use loom::model::{Builder, FailureKind, Report, Verdict};
use loom::sync::Arc;
use loom::sync::atomic::Ordering::{self, Acquire, Relaxed, Release, SeqCst};
use loom::sync::atomic::{AtomicBool, AtomicU32, fence};
use loom::thread;
use verify_harness::evidence::{Check, Unit, model_checker};

/// Explores `body` with `change`d settings, and records that what is found is right.
fn expect(name: &str, answer: &str, change: impl Fn(&mut Builder), body: fn(), right: impl Fn(&Report) -> bool) {
    let check = Check::start(name, answer, &model_checker(), Unit::Executions);
    let mut builder = Builder::new();
    change(&mut builder);
    let report = builder.explore(body);
    check.counter().add(report.executions);
    if right(&report) {
        check.holds();
    } else {
        check.fails(&format!("{report:?}"));
        panic!("{name}: {answer}: {report:?}");
    }
}

/// `body` is safe, in exactly `executions` executions.
fn safe(name: &str, executions: u64, body: fn()) {
    let answer = format!("safe, {executions} executions");
    expect(name, &answer, |_| (), body, |report| report.verdict.holds() && report.executions == executions);
}

/// `body` fails, in the way of `kind`.
fn fails(name: &str, kind: FailureKind, body: fn()) {
    let answer = format!("refuted: {kind}");
    expect(name, &answer, |_| (), body, |report| report.verdict.failure().is_some_and(|found| found.kind == kind));
}

fn words<const N: usize>() -> Arc<[AtomicU32; N]> {
    Arc::new([(); N].map(|()| AtomicU32::new(0)))
}

/// Each thread writes its word and reads the other's; both may miss the other unless something forbids it.
fn store_buffering(ordering: Ordering, fenced: bool) {
    let run = move |words: &[AtomicU32; 2], own: usize| {
        words[own].store(1, ordering);
        if fenced {
            fence(SeqCst);
        }
        words[1 - own].load(ordering)
    };
    let words = words();
    let other = {
        let words = Arc::clone(&words);
        thread::spawn(move || run(&words, 0))
    };
    let third = thread::spawn(move || run(&words, 1));
    let seen = (other.join().unwrap(), third.join().unwrap());
    assert_ne!(seen, (0, 0), "both missed");
}

#[test]
fn store_buffering_is_forbidden_by_seq_cst() {
    safe("SB, SeqCst accesses", 3, || store_buffering(SeqCst, false));
    safe("SB, SeqCst fences", 3, || store_buffering(Relaxed, true));
    fails("SB, relaxed", FailureKind::Panic, || store_buffering(Relaxed, false));
}

/// Two writers, and two readers that look in opposite orders.
fn independent_reads(ordering: (Ordering, Ordering)) {
    let (store, load) = ordering;
    let words = words::<2>();
    let writers = [0, 1].map(|word| {
        let words = Arc::clone(&words);
        thread::spawn(move || words[word].store(1, store))
    });
    let readers = [0, 1].map(|first| {
        let words = Arc::clone(&words);
        thread::spawn(move || (words[first].load(load), words[1 - first].load(load)))
    });
    for writer in writers {
        writer.join().unwrap();
    }
    let seen = readers.map(|reader| reader.join().unwrap());
    assert_ne!(seen, [(1, 0), (1, 0)], "the readers disagree on the order of the writes");
}

#[test]
fn independent_reads_agree_with_seq_cst() {
    safe("IRIW, SeqCst", 15, || independent_reads((SeqCst, SeqCst)));
    fails("IRIW, release and acquire", FailureKind::Panic, || independent_reads((Release, Acquire)));
}

/// Peterson's lock for two threads around a plain write.
fn peterson(ordering: (Ordering, Ordering)) {
    struct Lock {
        wants: [AtomicBool; 2],
        turn: AtomicU32,
        guarded: UnsafeCell<u32>,
    }
    // SAFETY: not given; whether the lock orders the accesses of `guarded` is the question.
    unsafe impl Sync for Lock {}

    impl Lock {
        fn add_one(&self, own: usize, (store, load): (Ordering, Ordering)) {
            let other = 1 - own;
            self.wants[own].store(true, store);
            self.turn.store(other as u32, store);
            while self.wants[other].load(load) && self.turn.load(load) == other as u32 {
                thread::yield_now();
            }
            // SAFETY: as above; the checker objects before the access happens.
            self.guarded.with_mut(|value| unsafe { *value += 1 });
            self.wants[own].store(false, store);
        }
    }

    let lock = Arc::new(Lock {
        wants: [AtomicBool::new(false), AtomicBool::new(false)],
        turn: AtomicU32::new(0),
        guarded: UnsafeCell::new(0),
    });
    let threads = [0, 1].map(|own| {
        let lock = Arc::clone(&lock);
        thread::spawn(move || lock.add_one(own, ordering))
    });
    for thread in threads {
        thread.join().unwrap();
    }
    // SAFETY: both threads have ended.
    assert_eq!(lock.guarded.with(|value| unsafe { *value }), 2);
}

#[test]
fn peterson_lock_needs_seq_cst() {
    let safe = |report: &Report| report.verdict.holds() && report.executions > 0;
    expect("Peterson lock, SeqCst", "safe", |_| (), || peterson((SeqCst, SeqCst)), safe);
    fails("Peterson lock, release and acquire", FailureKind::DataRace, || peterson((Release, Acquire)));
}

/// However many writes come later, a reader that nothing orders after them may see the first value.
#[test]
fn old_values_are_not_forgotten() {
    fails("8 relaxed stores, then a flag", FailureKind::Panic, || {
        let words = words::<2>();
        let writer = {
            let words = Arc::clone(&words);
            thread::spawn(move || {
                for value in 1..=8 {
                    words[0].store(value, Relaxed);
                }
                words[1].store(1, Relaxed);
            })
        };
        let seen = (words[1].load(Relaxed), words[0].load(Relaxed));
        writer.join().unwrap();
        assert_ne!(seen, (1, 0), "the flag is set and the value is the first");
    });
}

/// A thread looks at a word, and changes it: another one may have looked before, or look after the change.
#[test]
fn a_look_before_a_change_does_not_hide_another_threads_look() {
    fn look(at_most: u32) {
        let words = words::<1>();
        let changer = {
            let words = Arc::clone(&words);
            thread::spawn(move || {
                assert_eq!(words[0].load(Relaxed), 0);
                words[0].fetch_add(1, Relaxed);
            })
        };
        let seen = words[0].load(Relaxed);
        changer.join().unwrap();
        assert!(seen <= at_most, "the change is seen");
    }
    safe("a load, beside a load and a fetch_add", 2, || look(1));
    fails("a load that sees a fetch_add behind a load", FailureKind::Panic, || look(0));
}

#[test]
fn five_threads_and_more_are_explored() {
    safe("fetch_add in 5 spawned threads", 120, || {
        let words = words::<1>();
        let threads: Vec<_> = (0..5)
            .map(|_| {
                let words = Arc::clone(&words);
                thread::spawn(move || words[0].fetch_add(1, Relaxed))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(words[0].load(Relaxed), 5);
    });
}

/// A lock whose waiters look before they try.
fn test_and_test_and_set(release: Ordering) {
    let shared = Arc::new((AtomicBool::new(false), loom::cell::Cell::new(0)));
    struct Shared(Arc<(AtomicBool, loom::cell::Cell<u32>)>);
    // SAFETY: not given; whether the lock orders the accesses of the cell is the question.
    unsafe impl Send for Shared {}
    impl Shared {
        fn add_one(&self, release: Ordering) {
            let (locked, value) = &*self.0;
            loop {
                while locked.load(Relaxed) {
                    thread::yield_now();
                }
                if !locked.swap(true, Acquire) {
                    break;
                }
            }
            value.set(value.get() + 1);
            locked.store(false, release);
        }
    }
    let threads = [Shared(Arc::clone(&shared)), Shared(Arc::clone(&shared))]
        .map(|shared| thread::spawn(move || shared.add_one(release)));
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(shared.1.get(), 2);
}

#[test]
fn spin_locks_are_finite() {
    // How many executions there are depends on how many rounds of waiting are told apart.
    let safe = |report: &Report| report.verdict.holds() && report.executions > 0;
    expect("TTAS lock, 2 threads", "safe", |_| (), || test_and_test_and_set(Release), safe);
    fails("TTAS lock, 2 threads, released relaxed", FailureKind::DataRace, || test_and_test_and_set(Relaxed));
}

/// Gives up after one failure of a weak compare-exchange that nobody contends.
fn weak_exchange() {
    let word = AtomicU32::new(0);
    assert_eq!(word.compare_exchange_weak(0, 1, Relaxed, Relaxed), Ok(0), "a weak exchange failed");
}

#[test]
fn weak_exchanges_fail_spuriously_if_asked_to() {
    safe("weak exchange, as loom has it", 1, weak_exchange);
    let refuted = |report: &Report| matches!(report.verdict, Verdict::Fails(_));
    expect("weak exchange", "refuted: panic", |builder| builder.spurious_failures = true, weak_exchange, refuted);
}

#[test]
fn bounds_are_no_pass() {
    let incomplete = |report: &Report| matches!(report.verdict, Verdict::Incomplete(_));
    let one = |builder: &mut Builder| builder.max_permutations = Some(1);
    expect("SB, SeqCst accesses, 1 execution", "incomplete", one, || store_buffering(SeqCst, false), incomplete);
    let told = std::panic::catch_unwind(|| {
        let mut builder = Builder::new();
        builder.max_permutations = Some(1);
        builder.check(|| store_buffering(SeqCst, false));
    });
    let message = *told.expect_err("a bound that is hit is no pass").downcast::<String>().unwrap();
    assert!(message.contains("incomplete"), "{message}");
}
