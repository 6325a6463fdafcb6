//! Verdicts, races and the parts of RC11 that single tests tell apart.

use memory_model::Ordering::{AcqRel, Acquire, NonAtomic, Relaxed, Release, SeqCst};
use memory_model::enumerate::{Enumerator, Observation, summary};
use memory_model::litmus::{Litmus, reg};
use memory_model::models::{Model, Rc11, Sc};

use crate::shapes::{guarded_mp, iriw, lb, mp, sb};

fn observed(litmus: &Litmus, model: &dyn Model) -> Observation {
    summary(litmus, model).expect("valid").observation()
}

#[test]
fn rc11_decides_the_classics_as_the_field_does() {
    use Observation::{Never, Sometimes};
    let rc11 = Rc11::new();
    for (litmus, expected) in [
        (sb(Relaxed, Relaxed, None), Sometimes),
        (sb(Release, Acquire, None), Sometimes),
        (sb(SeqCst, SeqCst, None), Never),
        (sb(SeqCst, Acquire, None), Sometimes),
        (sb(Release, SeqCst, None), Sometimes),
        (sb(Relaxed, Relaxed, Some(SeqCst)), Never),
        (sb(Relaxed, Relaxed, Some(AcqRel)), Sometimes),
        (mp(Relaxed, Relaxed, Relaxed, None), Sometimes),
        (mp(Relaxed, Release, Relaxed, None), Sometimes),
        (mp(Relaxed, Relaxed, Acquire, None), Sometimes),
        (mp(Relaxed, Release, Acquire, None), Never),
        (mp(Relaxed, SeqCst, SeqCst, None), Never),
        (mp(Relaxed, Relaxed, Relaxed, Some((Release, Acquire))), Never),
        (mp(Relaxed, Relaxed, Relaxed, Some((Acquire, Acquire))), Sometimes),
        (mp(Relaxed, Relaxed, Relaxed, Some((Release, Release))), Sometimes),
        (mp(Relaxed, Release, Relaxed, Some((Release, Acquire))), Never),
        (lb(Relaxed, Relaxed), Never),
        (lb(Acquire, Release), Never),
        (iriw(Relaxed, Relaxed, None, Relaxed), Sometimes),
        (iriw(Release, Acquire, None, Acquire), Sometimes),
        (iriw(SeqCst, Acquire, None, SeqCst), Sometimes),
        (iriw(SeqCst, SeqCst, None, SeqCst), Never),
        (iriw(Relaxed, Relaxed, Some(SeqCst), Relaxed), Never),
        (iriw(Release, Acquire, Some(AcqRel), Acquire), Sometimes),
    ] {
        assert_eq!(observed(&litmus, &rc11), expected, "{litmus:#?}");
        assert_eq!(observed(&litmus, &Sc), Never, "{litmus:#?}");
    }
}

#[test]
fn rc11_finds_a_race_exactly_where_nothing_synchronizes() {
    for (litmus, racy) in [
        (guarded_mp(Release, Acquire, None), false),
        (guarded_mp(Relaxed, Acquire, None), true),
        (guarded_mp(Release, Relaxed, None), true),
        (guarded_mp(Relaxed, Relaxed, Some((Release, Acquire))), false),
        (guarded_mp(Relaxed, Relaxed, Some((Acquire, Acquire))), true),
        (guarded_mp(Relaxed, Relaxed, Some((Release, Release))), true),
        (mp(NonAtomic, Release, Acquire, None), true),
    ] {
        let summary = summary(&litmus, &Rc11::new()).expect("valid");
        assert_eq!(!summary.races.is_empty(), racy, "{litmus:#?}");
        for race in &summary.races {
            assert_eq!(litmus.layout().name(race.location), "x");
            assert_eq!((race.first.thread, race.second.thread), (0, 1));
            assert_eq!(race.first.ordering, NonAtomic);
        }
    }
}

#[test]
fn rc11_does_not_call_atomic_accesses_racy() {
    let both = Litmus::new("atomic").thread(|t| t.store("x", 1, Relaxed)).thread(|t| t.store("x", 2, Relaxed));
    assert!(summary(&both, &Rc11::new()).expect("valid").races.is_empty());
    let mixed = Litmus::new("mixed").thread(|t| t.store("x", 1, Relaxed)).thread(|t| t.store("x", 2, NonAtomic));
    assert_eq!(summary(&mixed, &Rc11::new()).expect("valid").races.len(), 1);
}

/// A later relaxed store of the releasing thread continues the release sequence in C++11, and breaks it since C++20.
#[test]
fn rc11_release_sequences_differ_between_cpp11_and_cpp20() {
    let test = Litmus::new("rseq")
        .thread(|t| {
            t.store("y", 1, NonAtomic);
            t.store("x", 1, Release);
            t.store("x", 3, Relaxed);
        })
        .thread(|t| {
            let seen = t.load("x", Acquire);
            t.if_nonzero(seen.equals(3), |t| {
                t.load("y", NonAtomic);
            });
        });
    let cpp20 = summary(&test, &Rc11::new()).expect("valid");
    assert_eq!((cpp20.executions, cpp20.races.len()), (4, 1));
    let cpp11 = summary(&test, &Rc11::pldi17()).expect("valid");
    assert_eq!((cpp11.executions, cpp11.races.len()), (3, 0));
}

/// A read-modify-write of another thread continues a release sequence in every version.
#[test]
fn rc11_release_sequences_go_through_read_modify_writes() {
    let test = Litmus::new("rseq+rmw")
        .thread(|t| {
            t.store("y", 1, NonAtomic);
            t.store("x", 1, Release);
        })
        .thread(|t| {
            t.fetch_add("x", 1, Relaxed);
        })
        .thread(|t| {
            let seen = t.load("x", Acquire);
            t.if_nonzero(seen.equals(2), |t| {
                t.load("y", NonAtomic);
            });
        });
    for model in [Rc11::new(), Rc11::pldi17()] {
        assert!(summary(&test, &model).expect("valid").races.is_empty());
    }
}

#[test]
fn rc11_forbids_values_out_of_thin_air() {
    let copy = Litmus::new("OOTA")
        .thread(|t| {
            let r = t.load("x", Relaxed);
            t.store("y", r, Relaxed);
        })
        .thread(|t| {
            let r = t.load("y", Relaxed);
            t.store("x", r, Relaxed);
        });
    let summary = summary(&copy, &Rc11::new()).expect("valid");
    assert_eq!(summary.executions, 3);
    assert!(summary.outcomes.keys().all(|outcome| outcome.memory == [0, 0]));
}

#[test]
fn enumerator_reports_cut_loops_and_blocked_threads() {
    let spin = Litmus::new("spin").thread(|t| t.store("x", 1, Release)).thread(|t| {
        t.while_nonzero(|t| t.load("x", Acquire).equals(0), |_| {});
    });
    for model in [&Rc11::new() as &dyn Model, &Sc] {
        for bound in 0..4 {
            let summary = Enumerator::new(model).loop_bound(bound).summary(&spin).expect("valid");
            // Seen after 0, 1, ..., `bound` iterations, or not at all.
            // With two iterations that changed nothing, the thread waits.
            let (blocked, cut) = if bound < 2 { (0, 1) } else { (1, 0) };
            assert_eq!((summary.executions, summary.blocked, summary.cut), (u64::from(bound) + 1, blocked, cut));
            assert_eq!(summary.is_complete(), bound >= 2);
        }
    }
    let assume = Litmus::new("assume").thread(|t| t.store("x", 1, Release)).thread(|t| {
        let seen = t.load("x", Acquire);
        t.assume(seen);
    });
    let summary = summary(&assume, &Rc11::new()).expect("valid");
    assert_eq!((summary.executions, summary.blocked), (1, 1));
}

#[test]
fn enumerator_reports_faults() {
    let test = Litmus::new("fault").thread(|t| {
        let r = t.load("x", Relaxed);
        t.store(r, 1, Relaxed);
    });
    let summary = summary(&test, &Rc11::new()).expect("valid");
    assert_eq!((summary.executions, summary.faults.len()), (0, 1));
    assert!(summary.is_undefined());
}

#[test]
fn enumerator_follows_pointers() {
    let test = Litmus::new("pointer")
        .thread(|t| {
            t.store("x", 7, Relaxed);
            let address = t.address("x");
            t.store("p", address, Release);
        })
        .thread(|t| {
            let p = t.load("p", Acquire);
            t.if_nonzero(p, |t| {
                t.load(p, Relaxed);
            });
        })
        .exists(reg(1, 1).is(7));
    let summary = summary(&test, &Rc11::new()).expect("valid");
    assert_eq!((summary.executions, summary.satisfying), (2, 1));
}

#[test]
fn litmus_rejects_orderings_that_do_not_fit() {
    use memory_model::enumerate::Error;
    use memory_model::litmus::ProgramError;
    let invalid: [Litmus; 5] = [
        Litmus::new("").thread(|t| {
            t.load("x", Release);
        }),
        Litmus::new("").thread(|t| t.store("x", 1, Acquire)),
        Litmus::new("").thread(|t| t.fence(Relaxed)),
        Litmus::new("").thread(|t| {
            t.fetch_add("x", 1, NonAtomic);
        }),
        Litmus::new("").thread(|t| {
            t.compare_exchange("x", 0, 1, SeqCst, Release);
        }),
    ];
    for litmus in invalid {
        let error = summary(&litmus, &Rc11::new()).expect_err("invalid");
        assert!(matches!(error, Error::Program(ProgramError::Ordering { thread: 0, .. })), "{error}");
    }
    let unknown = Litmus::new("").thread(|t| t.store("x", 1, Relaxed)).exists(reg(0, 3).is(0));
    assert!(matches!(summary(&unknown, &Rc11::new()), Err(Error::Program(ProgramError::Register(_)))));
}
