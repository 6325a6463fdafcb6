//! What a counterexample looks like: the same text in each run, on each machine.

use verify_harness::model::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use verify_harness::model::sync::{Arc, Mutex};
use verify_harness::model::{Builder, Failure, FailureKind, hint, thread};

use Ordering::{Acquire, Relaxed, Release};

/// The failure of `program`, which is the same in every exploration.
#[track_caller]
fn failure(program: fn()) -> Failure {
    let explore = || Builder::new().explore(program).verdict.failure().expect("it fails").clone();
    let (first, second) = (explore(), explore());
    assert_eq!(first.to_string(), second.to_string(), "one text");
    first
}

/// `text` without the numbers of lines, which change as this file does.
fn without_lines(text: &str) -> String {
    let file = concat!(file!(), ":");
    let mut parts = text.split(file);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str("here");
        plain.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    }
    plain
}

#[test]
fn counterexample_shows_columns_reason_and_command() {
    let failure = failure(|| {
        let words = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
        let (other, bystander) = (Arc::clone(&words), Arc::clone(&words));
        // Has nothing to do with it.
        thread::spawn(move || bystander[1].load(Relaxed));
        let handle = thread::spawn(move || {
            other[0].store(1, Relaxed);
            other[1].store(1, Relaxed);
        });
        let seen = (words[1].load(Relaxed), words[0].load(Relaxed));
        assert_ne!(seen, (1, 0), "out of order");
        handle.join().unwrap();
    });
    let expected = "\
panic in this execution:
| T0                                     | T2                             | at
|----------------------------------------|--------------------------------|---
| 1: spawn T1                            |                                | here
| 2: spawn T2                            |                                | here
|                                        | 1: store m0 Relaxed writes 0x1 | here
|                                        | 2: store m1 Relaxed writes 0x1 | here
| 3: load m1 Relaxed reads 0x1 from T2.2 |                                | here
| 4: load m0 Relaxed reads 0x0 initially |                                | here

assertion `left != right` failed: out of order
";
    let text = without_lines(&failure.to_string());
    assert!(text.starts_with(expected), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let [.., command] = lines[..] else { panic!("{text}") };
    let name = "counterexamples::counterexample_shows_columns_reason_and_command";
    assert_eq!(command, format!("SELVEDGE_REPLAY={} cargo test {name}", failure.replay));
    assert_eq!(failure.replay, "0x3-2x3-0-0.1");
}

#[test]
fn counterexample_is_the_shortest_of_its_kind() {
    // The search meets a long way to the failure first: without the flag, the reader makes many steps.
    let program = || {
        let words = Arc::new([AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0)]);
        let (first, second) = (Arc::clone(&words), Arc::clone(&words));
        thread::spawn(move || first[0].store(1, Relaxed));
        thread::spawn(move || second[1].store(1, Relaxed));
        if words[0].load(Relaxed) == 0 {
            for _ in 0..5 {
                words[2].load(Relaxed);
            }
        }
        assert_eq!(words[1].load(Relaxed), 0, "seen");
    };
    let steps = |failure: &Failure| failure.trace.lines().count();
    let shortest = failure(program);
    let mut builder = Builder::new();
    builder.shortening = 0;
    let first = builder.explore(program).verdict.failure().unwrap().clone();
    assert!(steps(&shortest) < steps(&first), "{first}\n{shortest}");
    assert!(!shortest.trace.contains("reads 0x0"), "{shortest}");
}

#[test]
fn counterexample_names_the_cycle_of_a_deadlock() {
    let failure = failure(|| {
        let locks = Arc::new((Mutex::new(0), Mutex::new(0)));
        let other = Arc::clone(&locks);
        let handle = thread::spawn(move || {
            let _second = other.1.lock().unwrap();
            let _first = other.0.lock().unwrap();
        });
        let first = locks.0.lock().unwrap();
        let second = locks.1.lock().unwrap();
        drop((first, second));
        handle.join().unwrap();
    });
    assert_eq!(failure.kind, FailureKind::Deadlock);
    let expected = "deadlock: T0 waits for the lock at here, which T1 took at here; \
                    T1 waits for the lock at here, which T0 took at here";
    assert_eq!(without_lines(&failure.message), expected);
}

#[test]
fn counterexample_names_the_loop_and_what_it_reads() {
    let failure = failure(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let other = Arc::clone(&flag);
        let handle = thread::spawn(move || {
            while !other.load(Acquire) {
                hint::spin_loop();
            }
        });
        flag.store(false, Release);
        handle.join().unwrap();
    });
    assert_eq!(failure.kind, FailureKind::NonTermination);
    let expected = "non-termination: T1 goes round the loop at here for ever, where it keeps doing \
                    load m0 Acquire reads 0x0 from T0.2 at here; no thread will change that";
    assert_eq!(without_lines(&failure.message), expected);
}

#[test]
fn counterexample_names_memory_and_not_addresses() {
    let failure = failure(|| {
        let slot = Arc::new(AtomicPtr::new(core::ptr::null_mut()));
        let other = Arc::clone(&slot);
        let handle = thread::spawn(move || {
            other.store(Box::into_raw(Box::new(AtomicU32::new(1))), Relaxed);
        });
        // SAFETY: not given; whether the pointer's target is there is the question.
        if let Some(word) = unsafe { slot.load(Relaxed).as_ref() } {
            word.load(Relaxed);
        }
        handle.join().unwrap();
        // SAFETY: it came from `into_raw`.
        drop(unsafe { Box::from_raw(slot.load(Relaxed)) });
    });
    assert_eq!(failure.kind, FailureKind::DataRace);
    assert!(failure.trace.contains("store m0 Relaxed writes &b0"), "{failure}");
    assert!(failure.trace.contains("load m0 Relaxed reads &b0 from T1.1"), "{failure}");
    let place = "by T1 at ";
    assert!(
        failure.message.contains(place) && failure.message.matches("counterexamples.rs:").count() == 2,
        "{failure}"
    );
}

#[test]
fn counterexample_names_where_leaked_memory_was_allocated() {
    let failure = failure(|| core::mem::forget(core::hint::black_box(vec![1, 2, 3])));
    assert_eq!(failure.kind, FailureKind::Leak);
    assert!(
        failure.message.contains("allocated by T0 at ") && failure.message.contains("counterexamples.rs:"),
        "{failure}"
    );
}
