//! Violations: their witnesses, and explanations made of them.

use memory_model::Ordering::{Acquire, Relaxed, Release, SeqCst};
use memory_model::enumerate::Enumerator;
use memory_model::explain::{Reason, explain};
use memory_model::litmus::{Litmus, memory, reg};
use memory_model::models::{Cpp20, InvalidWitness, Model, Pruning, Ra, Rc11, ReleaseSequence, Sc, Tso, Violation};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::Random;

use crate::anything::Anything;
use crate::generator::{Program, Shape};
use crate::shapes;

#[test]
fn violation_witnesses_of_random_candidates_are_valid() {
    let programs = match Tier::from_environment() {
        Tier::Quick => 60,
        Tier::Default => 3_000,
        Tier::Full => 30_000,
    };
    let check = Check::start("Violation", "every witness shows its violation", "witness checker", Unit::Executions)
        .bound("2-3 threads, 1-3 accesses each, 1-2 locations; SC, TSO, RA, RC11, C++20");
    let mut random = Random::new(0xbad_c1c1e);
    let models: [(&dyn Model, ReleaseSequence); 6] = [
        (&Sc, ReleaseSequence::Cpp20),
        (&Tso, ReleaseSequence::Cpp20),
        (&Ra, ReleaseSequence::Cpp20),
        (&Rc11::new(), ReleaseSequence::Cpp20),
        (&Rc11::pldi17(), ReleaseSequence::Cpp11),
        (&Cpp20, ReleaseSequence::Cpp20),
    ];
    let mut seen = std::collections::BTreeMap::new();
    for number in 0..programs {
        let threads = 2 + number / 4 % 2;
        let shape = Shape { threads, accesses: 5 - threads, locations: 1 + number / 8 % 2 };
        let larger = Shape { threads: 3, accesses: 3, locations: 2 };
        // Most programs are large and strong, with coherent candidates only: there the SC axioms decide.
        let (program, pruning) = match number % 4 {
            1.. => (Program::random(&mut random, larger).strengthened(&mut random), Pruning::HappensBefore),
            0 => (Program::random(&mut random, shape), Pruning::None),
        };
        let litmus = program.litmus();
        Enumerator::new(&Anything(pruning))
            .for_each(&litmus, |candidate| {
                let execution = &candidate.execution;
                for (model, release_sequence) in models {
                    let verdict = model.check(execution);
                    assert_eq!(verdict.is_ok(), model.is_consistent(execution), "{}: {verdict:?}", model.name());
                    let Err(violation) = verdict else { continue };
                    check.counter().add(1);
                    *seen.entry((model.name().to_owned(), violation.axiom.name)).or_insert(0) += 1;
                    let valid = violation.validate(execution, release_sequence);
                    let shown = || format!("{}\n{}", model.name(), violation.describe(execution, litmus.layout()));
                    assert_eq!(valid, Ok(()), "program {number} {}", shown());
                    for worse in damaged(&violation) {
                        assert!(
                            worse.validate(execution, release_sequence).is_err(),
                            "accepted: {worse} for {}",
                            shown()
                        );
                    }
                }
            })
            .expect("valid");
    }
    println!("{seen:?}");
    // Every axiom that can fail without a cycle in po | rf did.
    for (model, axiom) in [
        ("SC", "sequential consistency"),
        ("TSO", "uniproc"),
        ("TSO", "global order"),
        ("RA", "coherence"),
        ("RC11", "coherence"),
        ("RC11", "atomicity"),
        ("RC11", "SC"),
        ("C++20", "SC"),
    ] {
        assert!(seen.contains_key(&(model.to_owned(), axiom)), "{model}: {axiom} never failed");
    }
    check.holds();
}

/// Witnesses that show nothing: a step is missing, leads elsewhere, or has a name that does not fit.
pub fn damaged(violation: &Violation) -> Vec<Violation> {
    let mut damaged = Vec::new();
    for place in 0..violation.cycle.len() {
        if violation.cycle.len() > 1 {
            let mut shorter = violation.clone();
            shorter.cycle.remove(place);
            damaged.push(shorter);
        }
        let mut backward = violation.clone();
        let step = &mut backward.cycle[place];
        (step.from, step.to) = (step.to, step.from);
        if violation.cycle.len() > 2 {
            damaged.push(backward);
        }
        let mut renamed = violation.clone();
        renamed.cycle[place].relation = "no such relation";
        damaged.push(renamed);
    }
    damaged.push(Violation { cycle: Vec::new(), ..violation.clone() });
    damaged
}

#[test]
fn violation_of_one_axiom_is_no_witness_for_another() {
    let sb = shapes::sb(SeqCst, SeqCst, None);
    let explanation = explain(&sb, &Rc11::new()).expect("valid");
    let [reason] = &explanation.reasons[..] else { panic!("{explanation:?}") };
    assert_eq!(reason.violation.validate(&reason.execution, ReleaseSequence::Cpp20), Ok(()));
    let coherence = explain(&shapes::mp(Relaxed, Release, Acquire, None), &Rc11::new()).expect("valid");
    let wrong = Violation { axiom: coherence.reasons[0].violation.axiom, cycle: reason.violation.cycle.clone() };
    assert_eq!(wrong.validate(&reason.execution, ReleaseSequence::Cpp20), Err(InvalidWitness::Shape));
    // The same shape with relaxed accesses is no cycle of psc.
    let relaxed = explain(&shapes::sb(Relaxed, Relaxed, None), &Sc).expect("valid");
    let cycle = relaxed.reasons[0].violation.cycle.iter().map(|step| {
        let relation = if step.relation == "po" { "sb" } else { step.relation };
        memory_model::models::Step { relation, ..*step }
    });
    let wrong = Violation { axiom: reason.violation.axiom, cycle: cycle.collect() };
    let verdict = wrong.validate(&relaxed.reasons[0].execution, ReleaseSequence::Cpp20);
    assert_eq!(verdict, Err(InvalidWitness::Shape));
    // Nor is it one of what the order S of C++20 must contain.
    let strong = explain(&sb, &Cpp20).expect("valid");
    let order = Violation { axiom: strong.reasons[0].violation.axiom, cycle: wrong.cycle };
    assert_eq!(order.validate(&strong.reasons[0].execution, ReleaseSequence::Cpp20), Ok(()));
    assert_eq!(order.validate(&relaxed.reasons[0].execution, ReleaseSequence::Cpp20), Err(InvalidWitness::Shape));
}

#[test]
fn explanation_counts_candidates_and_names_the_cycle() {
    let sb = shapes::sb(Relaxed, Relaxed, None);
    let sc = explain(&sb, &Sc).expect("valid");
    assert_eq!((sc.candidates, sc.allowed, sc.reasons.len()), (1, 0, 1));
    assert_eq!(
        sc.describe(&sb),
        "SB: the condition is forbidden by SC.\n\
         1 of 1 candidates violates sequential consistency: acyclic(po | rf | co | fr)\n  \
           T0: W[rlx] x=1  --po-->  T0: R[rlx] y=0\n  \
           T0: R[rlx] y=0  --fr-->  T1: W[rlx] y=1\n  \
           T1: W[rlx] y=1  --po-->  T1: R[rlx] x=0\n  \
           T1: R[rlx] x=0  --fr-->  T0: W[rlx] x=1\n"
    );
    let rc11 = explain(&sb, &Rc11::new()).expect("valid");
    assert_eq!((rc11.candidates, rc11.allowed, rc11.reasons.len()), (1, 1, 0));
    assert_eq!(rc11.describe(&sb), "SB: RC11 allows 1 of the 1 candidates that satisfy the condition.\n");
}

#[test]
fn explanation_names_the_cycle_of_load_buffering() {
    let lb = shapes::lb(Relaxed, Relaxed);
    let explanation = explain(&lb, &Rc11::new()).expect("valid");
    assert_eq!((explanation.candidates, explanation.allowed), (1, 0));
    assert_eq!(
        explanation.describe(&lb),
        "LB: the condition is forbidden by RC11.\n\
         1 of 1 candidates violates no-thin-air: acyclic(sb | rf)\n  \
           T0: R[rlx] y=1  --sb-->  T0: W[rlx] x=1\n  \
           T0: W[rlx] x=1  --rf-->  T1: R[rlx] x=1\n  \
           T1: R[rlx] x=1  --sb-->  T1: W[rlx] y=1\n  \
           T1: W[rlx] y=1  --rf-->  T0: R[rlx] y=1\n"
    );
    let synchronized = explain(&shapes::lb(Acquire, Release), &Rc11::new()).expect("valid");
    assert_eq!(synchronized.reasons[0].violation.axiom.name, "coherence");
    for model in [&Sc as &dyn Model, &Tso, &Ra, &Rc11::new(), &Cpp20] {
        let explanation = explain(&lb, model).expect("valid");
        assert_eq!((explanation.candidates, explanation.allowed), (1, 0), "{}", model.name());
        let Reason { execution, violation, .. } = &explanation.reasons[0];
        assert_eq!(violation.validate(execution, ReleaseSequence::Cpp20), Ok(()), "{}", model.name());
    }
}

#[test]
fn explanation_follows_values_out_of_thin_air() {
    let copy = |value: i64| {
        Litmus::new("OOTA")
            .thread(|t| {
                let r = t.load("x", Relaxed);
                t.store("y", r, Relaxed);
            })
            .thread(|t| {
                let r = t.load("y", Relaxed);
                t.if_else(r.equals(0), |t| t.store("z", 1, Relaxed), |t| t.store("x", r, Relaxed));
            })
            .exists(reg(0, 0).is(value))
    };
    // The value 1 is a constant of the program, 2 is not: nothing could make it up.
    let out_of_thin_air = explain(&copy(1), &Rc11::new()).expect("valid");
    assert_eq!((out_of_thin_air.candidates, out_of_thin_air.allowed), (1, 0));
    assert_eq!(out_of_thin_air.reasons[0].violation.axiom.name, "no-thin-air");
    assert_eq!(explain(&copy(2), &Rc11::new()).expect("valid").candidates, 0);
    let guarded = Litmus::new("guarded LB")
        .thread(|t| {
            let r = t.load("x", Relaxed);
            t.if_nonzero(r, |t| t.store("y", 1, Relaxed));
        })
        .thread(|t| {
            let r = t.load("y", Relaxed);
            t.if_nonzero(r, |t| t.store("x", 1, Relaxed));
        })
        .exists(reg(0, 0).is(1) & reg(1, 0).is(1));
    let guarded = explain(&guarded, &Rc11::new()).expect("valid");
    assert_eq!((guarded.candidates, guarded.allowed), (1, 0));
    assert_eq!(guarded.reasons[0].violation.axiom.name, "no-thin-air");
}

#[test]
fn explanation_tells_lost_updates_by_atomicity() {
    let lost = Litmus::new("lost update")
        .thread(|t| {
            t.fetch_add("x", 1, Relaxed);
        })
        .thread(|t| {
            t.fetch_add("x", 1, Relaxed);
        })
        .exists(reg(0, 0).is(0) & reg(1, 0).is(0) & memory("x").is(1));
    for model in [&Rc11::new() as &dyn Model, &Ra, &Cpp20] {
        let explanation = explain(&lost, model).expect("valid");
        assert_eq!((explanation.candidates, explanation.allowed), (2, 0));
        assert!(explanation.reasons.iter().all(|reason| reason.violation.axiom.name == "atomicity"));
    }
}

#[test]
fn enumerator_gives_up_at_the_number_of_candidates_asked_for() {
    use memory_model::enumerate::Error;
    let sb = shapes::sb(Relaxed, Relaxed, None);
    for enumerator in [Enumerator::new(&Sc), Enumerator::new(&Sc).naive()] {
        assert_eq!(enumerator.max_candidates(2).summary(&sb), Err(Error::TooManyCandidates));
        assert!(enumerator.max_candidates(4).summary(&sb).is_ok());
    }
}
