//! Classic tests with exact execution counts.

use memory_model::Ordering::{Acquire, Relaxed, Release, SeqCst};
use memory_model::enumerate::Enumerator;
use memory_model::litmus::{Litmus, memory, reg};
use memory_model::models::{Cpp20, Model, Ra, Rc11, Sc, Tso};

use crate::shapes;

#[test]
fn enumerator_counts_the_classics_exactly() {
    for (litmus, rc11, sc) in shapes::counted() {
        for (model, expected) in [(&Rc11::new() as &dyn Model, rc11), (&Sc, sc)] {
            for enumerator in [Enumerator::new(model), Enumerator::new(model).naive()] {
                let summary = enumerator.summary(&litmus).expect("valid");
                assert_eq!(summary.executions, expected, "{} under {}\n{litmus:#?}", litmus.name(), model.name());
                assert_eq!(summary.outcomes.values().sum::<u64>(), expected);
                assert_eq!((summary.blocked, summary.cut), (0, 0));
            }
        }
    }
}

/// The counts under TSO and RA, as stateless model checkers report them where every access is a release or an acquire.
#[test]
fn enumerator_counts_the_classics_under_tso_and_ra() {
    let named = |name: &str| {
        let found = shapes::counted().into_iter().find(|(litmus, ..)| litmus.name() == name);
        found.unwrap_or_else(|| panic!("there is no {name}")).0
    };
    for (litmus, tso, ra) in [
        (shapes::sb(Release, Acquire, None), 4, 4),
        (shapes::sb(SeqCst, SeqCst, None), 3, 4),
        (shapes::sb(Relaxed, Relaxed, Some(SeqCst)), 3, 4),
        (shapes::mp(Relaxed, Release, Acquire, None), 3, 3),
        (shapes::mp(Relaxed, Relaxed, Relaxed, None), 3, 3),
        (shapes::lb(Relaxed, Relaxed), 3, 3),
        (shapes::iriw(SeqCst, Acquire, None, SeqCst), 15, 16),
        (named("IRIWish"), 27, 28),
        (named("W+RWC"), 7, 8),
        (named("Z6.U"), 18, 24),
        (named("2+2W"), 3, 4),
        (named("CoRR2"), 72, 72),
        // Checkers whose RA leaves relaxed accesses relaxed report 20, as under RC11.
        (named("relseq"), 16, 16),
        (named("peterZ"), 7, 8),
    ] {
        for (model, expected) in [(&Tso as &dyn Model, tso), (&Ra, ra)] {
            for enumerator in [Enumerator::new(model), Enumerator::new(model).naive()] {
                let summary = enumerator.summary(&litmus).expect("valid");
                assert_eq!(summary.executions, expected, "{} under {}\n{litmus:#?}", litmus.name(), model.name());
            }
        }
    }
}

/// On the classics the two ways of ordering sequentially consistent events agree.
#[test]
fn cpp20_agrees_with_rc11_on_the_classics() {
    for (litmus, rc11, _) in shapes::counted() {
        let summary = Enumerator::new(&Cpp20).summary(&litmus).expect("valid");
        assert_eq!(summary.executions, rc11, "{litmus:#?}");
    }
}

/// The place where the standard's order S and RC11's psc part.
#[test]
fn cpp20_is_stronger_than_rc11_within_one_location() {
    let same_location = Litmus::new("sb at one location, then hb, then sb")
        .thread(|t| {
            t.store("x", 1, SeqCst);
            t.store("x", 2, Release);
        })
        .thread(|t| {
            t.load("x", Acquire);
            t.load("y", SeqCst);
        })
        .thread(|t| {
            t.store("y", 1, SeqCst);
            t.load("x", SeqCst);
        })
        .exists(reg(1, 0).is(2) & reg(1, 1).is(0) & reg(2, 0).is(0));
    for (model, allowed) in [(&Rc11::new() as &dyn Model, true), (&Cpp20, false)] {
        let summary = Enumerator::new(model).summary(&same_location).expect("valid");
        assert_eq!(summary.holds(), allowed, "{}", model.name());
    }
}

/// A thread that reads its own store early, as x86 lets it: by the letter of C++20 the order S has a cycle through the coherence
/// order and that read (LWG issue 3941); RC11 does not look at it.
#[test]
fn cpp20_forbids_early_reads_of_own_stores_that_tso_and_rc11_allow() {
    let test = Litmus::new("store forwarding")
        .thread(|t| {
            t.store("x", 1, Relaxed);
            t.load("x", SeqCst);
            t.load("y", SeqCst);
        })
        .thread(|t| {
            t.store("y", 1, SeqCst);
            t.store("x", 2, SeqCst);
        })
        .exists(reg(0, 0).is(1) & reg(0, 1).is(0) & memory("x").is(1));
    for (model, allowed) in [(&Tso as &dyn Model, true), (&Rc11::new(), true), (&Cpp20, false), (&Sc, false)] {
        assert_eq!(Enumerator::new(model).summary(&test).expect("valid").holds(), allowed, "{}", model.name());
    }
}

/// Without sequentially consistent events pruning leaves RC11 nothing to refuse, through fences and read-modify-writes too.
#[test]
fn enumerator_with_pruning_builds_only_what_rc11_allows() {
    let fences = Some((Release, Acquire));
    let mut tests = vec![
        shapes::mp(Relaxed, Release, Acquire, None),
        shapes::mp(Relaxed, Relaxed, Relaxed, fences),
        shapes::guarded_mp(Relaxed, Relaxed, fences),
    ];
    let names = ["MP2", "IRIWish", "2+2W", "CoRR2", "cii", "ccr", "inc2w", "relseq"];
    tests.extend(
        shapes::counted().into_iter().map(|(litmus, ..)| litmus).filter(|litmus| names.contains(&litmus.name())),
    );
    assert_eq!(tests.len(), 3 + names.len());
    for litmus in tests {
        let summary = Enumerator::new(&Rc11::new()).summary(&litmus).expect("valid");
        assert_eq!(summary.candidates, summary.executions, "{litmus:#?}");
    }
}

/// A relaxed store continues the release sequence of an earlier release by the same thread in C++11, after a fence in every version;
/// what reads it knows what was released, while the candidate is built.
#[test]
fn enumerator_with_pruning_follows_release_sequences() {
    let continued = |fence: bool| {
        Litmus::new("MP, continued")
            .thread(|t| {
                t.store("x", 1, Relaxed);
                if fence {
                    t.fence(Release);
                    t.store("y", 1, Relaxed);
                } else {
                    t.store("y", 1, Release);
                }
                t.store("y", 2, Relaxed);
            })
            .thread(|t| {
                t.load("y", Acquire);
                t.load("x", Relaxed);
            })
            .exists(reg(1, 0).is(2) & reg(1, 1).is(0))
    };
    for (fence, model, allowed, executions) in [
        (false, &Rc11::new() as &dyn Model, true, 5),
        (false, &Rc11::pldi17(), false, 4),
        (true, &Rc11::new(), false, 4),
        (true, &Rc11::pldi17(), false, 4),
    ] {
        let summary = Enumerator::new(model).summary(&continued(fence)).expect("valid");
        assert_eq!((summary.holds(), summary.executions), (allowed, executions), "{} {fence}", model.name());
        assert_eq!(summary.candidates, summary.executions, "{} {fence}", model.name());
    }
}

/// Writes of equal values that differ in what may follow them, or in what they release, behind a write that a thread has seen.
#[test]
fn enumerator_without_outcomes_tells_equal_values_apart() {
    let followed = Litmus::new("followed by a read-modify-write or by a store")
        .thread(|t| {
            t.exchange("x", 1, Relaxed);
        })
        .thread(|t| t.store("x", 1, Relaxed))
        .thread(|t| {
            t.store("x", 1, Relaxed);
            t.load("y", Relaxed);
            t.store("x", 2, Relaxed);
        })
        .exists(memory("x").is(2));
    let released = Litmus::new("released or not")
        .thread(|t| {
            t.store("y", 1, Relaxed);
            t.store("x", 1, Release);
        })
        .thread(|t| t.store("x", 1, Relaxed))
        .thread(|t| {
            t.store("x", 1, Relaxed);
            t.load("x", Acquire);
            t.load("y", Relaxed);
        })
        .exists(reg(2, 1).is(1));
    for litmus in [followed, released] {
        for model in [&Rc11::new() as &dyn Model, &Ra, &Cpp20] {
            let counted = Enumerator::new(model).without_outcomes().summary(&litmus).expect("valid");
            let naive = Enumerator::new(model).naive().summary(&litmus).expect("valid");
            assert_eq!((counted.executions, &counted.states), (naive.executions, &naive.states), "{}", litmus.name());
            assert_eq!(counted.satisfying, naive.satisfying, "{}", litmus.name());
        }
    }
}
