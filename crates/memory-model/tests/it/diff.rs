//! Programs that separate models.

use std::collections::BTreeSet;

use memory_model::Ordering::{Acquire, Relaxed, Release, SeqCst};
use memory_model::diff::{Bounds, Dialect, Verdict, diff};
use memory_model::enumerate::{Observation, summary};
use memory_model::litmus::Litmus;
use memory_model::models::{Cpp20, Model, Ra, Rc11, Sc, Tso};

fn small() -> Bounds {
    Bounds {
        threads: 2,
        events: 2,
        loads: vec![Relaxed, Acquire],
        stores: vec![Relaxed, Release],
        fences: Vec::new(),
        ..Bounds::default()
    }
}

#[test]
fn diff_finds_programs_that_separate_the_models_in_both_dialects() {
    let (sc, tso, ra, rc11, cpp20) = (&Sc as &dyn Model, &Tso, &Ra, &Rc11::new(), &Cpp20);
    let pairs = [(rc11 as &dyn Model, sc), (tso, sc), (ra, tso), (rc11, ra), (cpp20, ra), (tso, rc11), (rc11, cpp20)];
    for (first, second) in pairs {
        let names = (first.name(), second.name());
        let Verdict::Differ(found) = diff(first, second, &Bounds::default()).expect("valid") else {
            panic!("{names:?}: nothing found");
        };
        for text in [found.text("found", Dialect::C), found.text("found", Dialect::Rust)] {
            let litmus = Litmus::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            for model in [first, second] {
                let allowed = summary(&litmus, model).expect("valid").observation() != Observation::Never;
                let expected = if found.allowed_by == model.name() { "allowed" } else { "forbidden" };
                assert_eq!(allowed, expected == "allowed", "{} under {}\n{text}", expected, model.name());
            }
        }
        let (litmus, parsed) = (found.litmus("found"), Litmus::parse(&found.text("found", Dialect::C)).expect("valid"));
        for model in [first, second] {
            let counts = |litmus: &Litmus| {
                let summary = summary(litmus, model).expect("valid");
                (summary.executions, summary.satisfying, summary.outcomes)
            };
            assert_eq!(counts(&litmus), counts(&parsed), "{names:?}");
        }
    }
}

#[test]
fn diff_finds_store_buffering_first() {
    for model in [&Rc11::new() as &dyn Model, &Tso, &Ra, &Cpp20] {
        for (first, second) in [(model, &Sc as &dyn Model), (&Sc, model)] {
            let Verdict::Differ(found) = diff(first, second, &Bounds::default()).expect("valid") else {
                panic!("nothing found for {}", model.name());
            };
            assert_eq!((found.allowed_by.as_str(), found.forbidden_by.as_str()), (model.name(), "SC"));
            let text = found.text("SB", Dialect::C);
            let (x, y) = (
                "atomic_store_explicit(x, 1, memory_order_relaxed);",
                "atomic_load_explicit(y, memory_order_relaxed);",
            );
            assert!(
                text.contains(x) && text.contains(y) && text.ends_with("exists (0:r0 = 0 /\\ 1:r0 = 0)\n"),
                "{text}"
            );
        }
    }
}

/// Skipping shapes that show nothing weak loses nothing.
#[test]
fn diff_skips_only_what_shows_nothing() {
    let models: [&dyn Model; 5] = [&Sc, &Tso, &Ra, &Rc11::new(), &Cpp20];
    let bounds = Bounds { loads: vec![Relaxed], stores: vec![Relaxed, SeqCst], updates: vec![Relaxed], ..small() };
    for (place, first) in models.into_iter().enumerate() {
        for &second in &models[place..] {
            let told = |bounds: &Bounds| match diff(first, second, bounds).expect("valid") {
                Verdict::Differ(found) => (found.programs, Some(found.text("t", Dialect::Rust))),
                Verdict::Equal { programs } => (programs, None),
                Verdict::GaveUp { .. } => panic!("gave up"),
            };
            let exhaustive = told(&Bounds { monotone: false, ..bounds.clone() });
            assert_eq!(told(&bounds), exhaustive, "{} and {}", first.name(), second.name());
        }
    }
}

/// An access: whether it writes, where, and whether it is stronger than relaxed.
type Access = (bool, usize, bool);

/// The number of programs, counted in another way: all of them, each brought into a normal form.
#[test]
fn diff_counts_each_program_once() {
    let accesses: Vec<Access> = (0..8).map(|bits| (bits & 1 == 1, bits >> 1 & 1, bits >> 2 & 1 == 1)).collect();
    let mut threads: Vec<Vec<Access>> = accesses.iter().map(|&access| vec![access]).collect();
    for &first in &accesses {
        threads.extend(accesses.iter().map(|&second| vec![first, second]));
    }
    let mut normal = BTreeSet::new();
    for one in &threads {
        for other in &threads {
            let useful = (0..2).all(|location| {
                let here = |thread: &[Access]| thread.iter().any(|access| access.1 == location);
                let written = one.iter().chain(other).any(|access| access.0 && access.1 == location);
                !here(one) && !here(other) || here(one) && here(other) && written
            });
            if useful {
                let swap = |thread: &[Access]| thread.iter().map(|&(w, l, s)| (w, 1 - l, s)).collect::<Vec<_>>();
                let forms = [
                    [one.clone(), other.clone()],
                    [other.clone(), one.clone()],
                    [swap(one), swap(other)],
                    [swap(other), swap(one)],
                ];
                normal.insert(forms.into_iter().min());
            }
        }
    }
    let verdict = diff(&Sc, &Sc, &Bounds { monotone: false, ..small() }).expect("valid");
    let Verdict::Equal { programs } = verdict else { panic!("{verdict:?}") };
    assert_eq!(programs, normal.len() as u64);
}

#[test]
fn diff_gives_up_when_told_to() {
    let bounds = Bounds { max_programs: 100, monotone: false, ..small() };
    let verdict = diff(&Sc, &Sc, &bounds).expect("valid");
    assert!(matches!(verdict, Verdict::GaveUp { programs: 100, statements: 4 }), "{verdict:?}");
    let tiny = diff(&Rc11::new(), &Sc, &Bounds { events: 1, ..small() }).expect("valid");
    assert!(matches!(tiny, Verdict::Equal { .. }), "{tiny:?}");
}
