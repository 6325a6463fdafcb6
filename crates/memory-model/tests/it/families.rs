//! Families of tests whose number of executions is known in closed form: sizes that no blind enumerator reaches.

use memory_model::Ordering::{Acquire, Relaxed, Release, SeqCst};
use memory_model::enumerate::{Enumerator, summary};
use memory_model::litmus::{Litmus, Observable, memory, reg};
use memory_model::models::{Model, Rc11, Sc};
use verify_harness::evidence::{Check, Tier, Unit};

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

fn threads(count: usize, build: impl Fn(usize, &mut memory_model::litmus::ThreadBuilder<'_>)) -> Litmus {
    (0..count).fold(Litmus::new("family"), |litmus, thread| litmus.thread(|t| build(thread, t)))
}

/// `n` threads write different values to one location: every order is coherent.
fn writers(n: usize) -> Litmus {
    threads(n, |thread, t| t.store("x", thread as i64 + 1, Relaxed))
}

/// `n` threads increment one location.
fn increments(n: usize) -> Litmus {
    threads(n, |_, t| {
        t.fetch_add("x", 1, Relaxed);
    })
}

/// Two writers and `n` readers of both locations.
fn iriw(n: usize) -> Litmus {
    threads(n + 2, |thread, t| match thread {
        0 => t.store("x", 1, Release),
        1 => t.store("y", 1, Release),
        _ => {
            let (first, second) = if thread % 2 == 0 { ("x", "y") } else { ("y", "x") };
            t.load(first, Acquire);
            t.load(second, Acquire);
        }
    })
}

/// Store buffering around a ring of `n` threads.
fn ring(n: usize, ordering: memory_model::Ordering) -> Litmus {
    threads(n, move |thread, t| {
        t.store(NAMES[thread], 1, ordering);
        t.load(NAMES[(thread + 1) % n], ordering);
    })
}

/// `n` writers and two threads that read `n` times.
fn readers_of_writers(n: usize) -> Litmus {
    threads(n + 2, |thread, t| {
        if thread < n {
            t.store("x", thread as i64 + 1, Relaxed);
        } else {
            (0..n).for_each(|_| {
                t.load("x", Relaxed);
            });
        }
    })
}

/// Three threads that write two locations and then read both.
fn three_threads() -> Litmus {
    threads(3, |thread, t| {
        t.store("x", thread as i64 + 1, Relaxed);
        t.store("y", thread as i64 + 1, Relaxed);
        t.load("x", Relaxed);
        t.load("y", Relaxed);
    })
}

#[test]
fn enumerator_counts_families_exactly() {
    let quick = Tier::from_environment() == Tier::Quick;
    let check = Check::start("Enumerator", "families have their closed-form counts", "closed forms", Unit::Executions)
        .bound("n writers, increments, IRIW readers, store-buffering rings, coRR");
    let rc11 = Rc11::new();
    let mut table: Vec<(&str, Litmus, &dyn Model, u64)> = vec![
        ("6 writers: 6!", writers(6), &rc11, 720),
        ("5 increments: 5!", increments(5), &rc11, 120),
        ("IRIW with 4 readers: 4^4", iriw(4), &rc11, 256),
        // Each of the 3! coherence orders, with the 20 non-decreasing sequences of 3 of its 4 writes for each reader.
        ("coRR-3: 3! * C(6, 3)^2", readers_of_writers(3), &rc11, 2_400),
        ("relaxed ring of 8: 2^8", ring(8, Relaxed), &rc11, 256),
        ("SC ring of 8: 2^8 - 1", ring(8, SeqCst), &rc11, 255),
        ("ring of 8 under SC: 2^8 - 1", ring(8, Relaxed), &Sc, 255),
    ];
    if !quick {
        table.extend([
            ("9 writers: 9!", writers(9), &rc11 as &dyn Model, 362_880),
            ("8 increments: 8!", increments(8), &rc11, 40_320),
            ("IRIW with 6 readers: 4^6", iriw(6), &rc11, 4_096),
        ]);
    }
    for (name, litmus, model, expected) in table {
        let start = std::time::Instant::now();
        let found = summary(&litmus, model).expect("valid");
        println!(
            "{name}: {} executions of {} candidates, {:.1} ms",
            found.executions,
            found.candidates,
            start.elapsed().as_secs_f64() * 1e3
        );
        assert_eq!(found.executions, expected, "{name}");
        check.counter().add(found.executions);
    }
    check.holds();
}

/// Without outcomes there are counts that nobody could enumerate.
#[test]
fn enumerator_counts_families_with_their_final_states() {
    let check = Check::start("Enumerator", "families have their final states", "closed forms, herd7", Unit::Programs)
        .bound("up to 12 writers, 16 increments, 6 IRIW readers, 4 writers with 2 readers");
    let observe = |litmus: Litmus, registers: &[(usize, usize)]| {
        let registers = registers.iter().map(|&(thread, register)| Observable::Register(reg(thread, register)));
        registers.fold(litmus, Litmus::observe)
    };
    let readers = |n: usize| observe(readers_of_writers(n), &[(n, 0), (n, n - 1), (n + 1, 0), (n + 1, n - 1)]);
    let model = Rc11::pldi17();
    let enumerator = Enumerator::new(&model).without_outcomes();
    for (name, litmus, executions, states) in [
        ("nW-8", writers(8).observe(memory("x")), 40_320, 8),
        ("nW-9", writers(9).observe(memory("x")), 362_880, 9),
        ("nW-12", writers(12).observe(memory("x")), 479_001_600, 12),
        ("FADD-5", increments(5).observe(memory("x")), 120, 1),
        ("FADD-16", increments(16).observe(memory("x")), 20_922_789_888_000, 1),
        ("coRR-3", readers(3), 2_400, 163),
        // Each of the 4! coherence orders, with the C(8, 4) non-decreasing sequences of 4 of its 5 writes for each reader.
        ("coRR-4", readers(4), 117_600, 429),
        ("3Tw-2", three_threads().observe(memory("x")).observe(memory("y")), 1_296, 9),
        ("IRIWr-6", observe(iriw(6), &[(2, 0), (2, 1), (3, 0), (3, 1)]), 4_096, 16),
    ] {
        let found = enumerator.summary(&litmus).expect("valid");
        println!("{name}: {} executions in {} visits", found.executions, found.candidates);
        assert_eq!((found.executions, found.states.len()), (executions, states), "{name}");
        check.counter().add(1);
    }
    check.holds();
}
