//! The rows of another checker's table that are wrong: each is found, with the right kind of error, and a program that does
//! the same correctly passes.

use std::path::Path;

use verify_harness::evidence::{Check, Unit};
use verify_harness::model::cell::UnsafeCell;
use verify_harness::model::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering, fence};
use verify_harness::model::sync::{Arc, Barrier};
use verify_harness::model::{Builder, FailureKind, hint, thread};

use crate::shape::Shared;
use Ordering::{Acquire, Relaxed, Release, SeqCst};

type Program = fn(correct: bool);

/// Each row: its name, what is wrong with it, and the program, which is also written without the error.
const ROWS: &[(&str, FailureKind, Program)] = &[
    ("wrong/racy/MP+rlx+rlx", FailureKind::DataRace, message_passing),
    ("wrong/racy/MP+relf+rlx", FailureKind::DataRace, message_passing_with_a_fence),
    ("wrong/racy/S+rlx+rlx", FailureKind::DataRace, store_after_load),
    ("wrong/racy/MPU+rlx+rlx", FailureKind::DataRace, message_passing_through_an_update),
    ("wrong/racy/var_names", FailureKind::DataRace, two_writers),
    ("wrong/safety/fib_bench", FailureKind::Panic, fibonacci),
    ("wrong/memory/access-freed", FailureKind::UseAfterFree, write_to_freed),
    ("wrong/memory/access-freed2", FailureKind::UseAfterFree, store_to_freed),
    // The table's checker takes a null pointer for one to uninitialized memory.
    ("wrong/memory/read-from-null", FailureKind::Unallocated, read_from_nowhere),
    ("wrong/memory/stack-freed", FailureKind::UseAfterFree, frame_of_an_ended_thread),
    ("wrong/memory/stack-uninit", FailureKind::Uninitialized, read_before_write),
    ("wrong/memory/stack-uninit2", FailureKind::Unallocated, read_from_nowhere),
    ("wrong/barriers/destroyed-barrier", FailureKind::UseAfterFree, barrier_freed_while_in_use),
    ("wrong/liveness/spinloop", FailureKind::NonTermination, spin_for_nothing),
    ("wrong/liveness/lamport-deadlock", FailureKind::NonTermination, two_flags),
];

fn orders(correct: bool) -> (Ordering, Ordering) {
    if correct { (Release, Acquire) } else { (Relaxed, Relaxed) }
}

fn message_passing(correct: bool) {
    let (store, load) = orders(correct);
    let shared = Shared::new();
    let other = Arc::clone(&shared);
    let writer = thread::spawn(move || {
        other.set(1);
        other.flag.store(1, store);
    });
    if shared.flag.load(load) == 1 {
        shared.get();
    }
    writer.join().unwrap();
}

fn message_passing_with_a_fence(correct: bool) {
    let shared = Shared::new();
    let other = Arc::clone(&shared);
    let writer = thread::spawn(move || {
        other.set(1);
        fence(Release);
        other.flag.store(1, Relaxed);
    });
    if shared.flag.load(if correct { Acquire } else { Relaxed }) == 1 {
        shared.get();
    }
    writer.join().unwrap();
}

fn store_after_load(correct: bool) {
    let (store, load) = orders(correct);
    let shared = Shared::new();
    let other = Arc::clone(&shared);
    let writer = thread::spawn(move || {
        other.set(1);
        other.flag.store(1, store);
    });
    if shared.flag.load(load) == 1 {
        shared.set(2);
    }
    writer.join().unwrap();
}

fn message_passing_through_an_update(correct: bool) {
    let (store, load) = orders(correct);
    let shared = Shared::new();
    let (a, b) = (Arc::clone(&shared), Arc::clone(&shared));
    let writer = thread::spawn(move || {
        a.set(1);
        a.flag.store(1, store);
    });
    let updater = thread::spawn(move || b.flag.fetch_add(1, Relaxed));
    if shared.flag.load(load) == 2 {
        shared.get();
    }
    writer.join().unwrap();
    updater.join().unwrap();
}

fn two_writers(correct: bool) {
    let shared = Shared::new();
    let other = Arc::clone(&shared);
    let writer = thread::spawn(move || other.set(1));
    if correct {
        writer.join().unwrap();
        shared.set(2);
    } else {
        shared.set(2);
        writer.join().unwrap();
    }
}

/// Two threads add up each other's numbers; after five rounds each, the twelfth Fibonacci number can be reached.
fn fibonacci(correct: bool) {
    let limit = if correct { 145 } else { 144 };
    let numbers = Arc::new([AtomicU64::new(1), AtomicU64::new(1)]);
    let run = |own: usize, numbers: Arc<[AtomicU64; 2]>| {
        move || {
            for _ in 0..5 {
                let sum = numbers[0].load(Acquire) + numbers[1].load(Acquire);
                numbers[own].store(sum, Release);
            }
        }
    };
    let first = thread::spawn(run(0, Arc::clone(&numbers)));
    let second = thread::spawn(run(1, Arc::clone(&numbers)));
    first.join().unwrap();
    second.join().unwrap();
    assert!(numbers[0].load(Acquire) < limit && numbers[1].load(Acquire) < limit);
}

/// A slot through which a thread hands a pointer to another.
struct Slot<T>(AtomicPtr<T>);

impl<T> Slot<T> {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicPtr::new(core::ptr::null_mut())))
    }

    /// What the other thread has handed over, if it has.
    fn look(&self) -> Option<&T> {
        // SAFETY: not given; the checker keeps freed memory mapped and reports its use.
        unsafe { self.0.load(Acquire).as_ref() }
    }
}

struct Cell(UnsafeCell<u64>);

// SAFETY: the checker reports races before they happen.
unsafe impl Sync for Cell {}
// SAFETY: as above.
unsafe impl Send for Cell {}

/// One thread makes a value, hands a pointer to it to the other, and frees it, correctly after the other has ended.
fn hand_over<T: Send + Sync + 'static>(correct: bool, make: fn() -> T, use_it: fn(&T)) {
    let slot = Slot::new();
    let other = Arc::clone(&slot);
    let made = core::hint::black_box(Box::into_raw(Box::new(make())));
    slot.0.store(made, Release);
    let user = thread::spawn(move || {
        if let Some(value) = other.look() {
            use_it(value);
        }
    });
    if correct {
        user.join().unwrap();
        // SAFETY: it came from `into_raw`, and the other thread has ended.
        drop(unsafe { Box::from_raw(made) });
    } else {
        // SAFETY: not given; the checker reports it.
        drop(unsafe { Box::from_raw(made) });
        user.join().unwrap();
    }
}

fn write_to_freed(correct: bool) {
    // SAFETY: a race is reported before the closure runs, and freed memory is still mapped.
    hand_over(correct, || Cell(UnsafeCell::new(0)), |cell| cell.0.with_mut(|value| unsafe { *value = 18 }));
}

fn store_to_freed(correct: bool) {
    hand_over(correct, || AtomicU64::new(0), |word| word.store(18, Relaxed));
}

fn read_from_nowhere(correct: bool) {
    let word = AtomicU64::new(0);
    // In a debug build, a null pointer does not get as far as the checker.
    let nowhere = if cfg!(debug_assertions) { core::ptr::dangling() } else { core::ptr::null() };
    let pointer: *const AtomicU64 = if correct { &raw const word } else { nowhere };
    // SAFETY: not given if not correct; the checker looks at the address first.
    unsafe { &*core::hint::black_box(pointer) }.load(Relaxed);
}

fn frame_of_an_ended_thread(correct: bool) {
    let slot = Slot::new();
    let other = Arc::clone(&slot);
    let owner = thread::spawn(move || {
        let local = AtomicU64::new(1);
        local.store(2, Relaxed);
        other.0.store((&raw const local).cast_mut(), Release);
    });
    owner.join().unwrap();
    if let Some(word) = slot.look().filter(|_| !correct) {
        word.load(Relaxed);
    }
}

fn read_before_write(correct: bool) {
    let mut memory: Box<core::mem::MaybeUninit<AtomicU64>> = Box::new_uninit();
    if correct {
        memory.write(AtomicU64::new(1));
    }
    // SAFETY: not given if not correct; the checker knows fresh memory.
    unsafe { memory.assume_init_ref() }.load(Relaxed);
}

fn barrier_freed_while_in_use(correct: bool) {
    let barrier: &'static Barrier = core::hint::black_box(Box::leak(Box::new(Barrier::new(2))));
    let other = thread::spawn(|| {
        barrier.wait();
    });
    barrier.wait();
    let free = || {
        // SAFETY: it came from `leak`; that nobody uses it is what the checker is asked.
        drop(unsafe { Box::from_raw(core::ptr::from_ref(barrier).cast_mut()) });
    };
    if correct {
        other.join().unwrap();
        free();
    } else {
        free();
        other.join().unwrap();
    }
}

fn spin_for_nothing(correct: bool) {
    let flag = Arc::new(AtomicBool::new(false));
    let other = Arc::clone(&flag);
    let setter = thread::spawn(move || other.store(correct, Release));
    while !flag.load(Acquire) {
        hint::spin_loop();
    }
    setter.join().unwrap();
}

/// Each thread raises its flag and waits for the other's to fall; correctly, the second one gives way.
fn two_flags(correct: bool) {
    let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
    let enter = |own: usize, flags: Arc<[AtomicBool; 2]>| {
        move || {
            flags[own].store(true, SeqCst);
            while flags[1 - own].load(SeqCst) {
                if correct && own == 1 {
                    flags[own].store(false, SeqCst);
                    return;
                }
                hint::spin_loop();
            }
            flags[own].store(false, SeqCst);
        }
    };
    let other = thread::spawn(enter(0, Arc::clone(&flags)));
    enter(1, flags)();
    other.join().unwrap();
}

#[test]
fn builder_finds_the_error_of_each_wrong_row() {
    let check =
        Check::start("model::Builder", "finds the error of each wrong program", "table of counts", Unit::Programs);
    for (name, kind, program) in ROWS.iter().copied() {
        let report = Builder::new().explore(move || program(true));
        assert!(report.verdict.holds() && report.executions > 0, "{name}, corrected: {report:?}");
        let report = Builder::new().explore(move || program(false));
        let failure = report.verdict.failure().unwrap_or_else(|| panic!("{name}: not found: {report:?}"));
        assert_eq!(failure.kind, kind, "{name}: {failure}");
        assert!(failure.message.contains("wrong_rows.rs:") || kind == FailureKind::Panic, "{name}: {failure}");
        let mut builder = Builder::new();
        builder.replay = Some(failure.replay.clone());
        let again = builder.explore(move || program(false));
        let again = again.verdict.failure().unwrap_or_else(|| panic!("{name}: not replayed: {failure}"));
        assert_eq!((again.kind, &again.message, &again.trace), (kind, &failure.message, &failure.trace), "{name}");
        assert!(failure.replay.len() <= 200, "{name}: {}", failure.replay);
        check.counter().add(1);
    }
    check.holds();
}

#[test]
fn rows_are_all_the_wrong_rows_of_the_table() {
    let beside =
        |folder: &Path| std::fs::read_to_string(folder.join("shared/model-checking/execution_counts.tsv")).ok();
    let Some(table) = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find_map(beside) else {
        println!("skipped: no `shared/model-checking/execution_counts.tsv` beside the workspace");
        return;
    };
    let names = table.lines().skip(1).filter_map(|line| line.split('\t').next());
    let mut wrong: Vec<&str> = names.filter(|name| name.starts_with("wrong/")).collect();
    wrong.retain(|name| !ROWS.iter().any(|(row, ..)| row == name));
    assert_eq!(wrong, [""; 0], "rows without a program");
}
