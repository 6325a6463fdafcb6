//! The second checker of cat models: it accepts what models find, and nothing else.

use std::collections::BTreeMap;

use memory_model::Ordering::{Acquire, Relaxed, Release, SeqCst};
use memory_model::cat::CatModel;
use memory_model::enumerate::Enumerator;
use memory_model::explain::explain;
use memory_model::litmus::Litmus;
use memory_model::models::{InvalidWitness, Model, Pruning, Step, Violation};
use verify_harness::evidence::{Check, Unit};
use verify_harness::random::Random;

use crate::anything::Anything;
use crate::cat::{bundled, programs};
use crate::explain::damaged;
use crate::generator::{Program, Shape};
use crate::shapes;

/// A model with what the bundled ones do not use: fixed points, tests of sets, negated tests.
fn odd() -> CatModel {
    let text = r#"
        include "cos.cat"
        let rec before = po | rf | before; before
        let late = range ([W & REL]; co)
        irreflexive before; (co | fr) as recursive
        empty late & ACQ as never
        ~empty [R] | [W] as something
        empty late as first-release
    "#;
    CatModel::parse("odd", text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn cat_violation_of_every_random_candidate_is_confirmed_and_no_damaged_one_is() {
    const SIZE: usize = 3;
    let check = Check::start("CatModel", "every witness shows its violation", "witness checker", Unit::Executions)
        .bound("2-3 threads, 1-3 accesses each, 1-2 locations; sc, tso, ra, rc11, c20, c11, c11_simp and one with fixed points");
    let seed = 0xc0f1;
    println!("seed {seed:#x}");
    let mut random = Random::new(seed);
    let models: Vec<CatModel> = CatModel::BUNDLED.into_iter().map(bundled).chain([odd()]).collect();
    let mut seen: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
    // Random programs seldom violate nothing but an axiom for sequentially consistent events.
    for fence in [None, Some(SeqCst)] {
        for ordering in [SeqCst, Relaxed] {
            confirm_all(&models, &shapes::sb(ordering, ordering, fence), Pruning::None, &check, &mut seen);
        }
    }
    for number in 0..programs(40, 200, 1_000) as usize {
        let shape =
            Shape { threads: 2 + number / 4 % 2, accesses: SIZE - number / 4 % 2, locations: 1 + number / 8 % 2 };
        let larger = Shape { threads: 3, accesses: SIZE, locations: 2 };
        // Most programs are large and strong, with coherent candidates only: there the other axioms decide.
        let (program, pruning) = match number % 4 {
            0 => (Program::random(&mut random, shape), Pruning::None),
            1.. => (Program::random(&mut random, larger).strengthened(&mut random), Pruning::HappensBefore),
        };
        confirm_all(&models, &program.litmus(), pruning, &check, &mut seen);
    }
    println!("{seen:?}");
    for (model, axiom) in [
        ("SC", "sequential-consistency"),
        ("TSO", "uniproc"),
        ("TSO", "global-order"),
        ("RA", "coherence"),
        ("RA", "atomicity"),
        ("RC11", "coherence"),
        ("RC11", "atomicity"),
        ("RC11", "SC"),
        ("C++20", "coherence"),
        ("C++20", "SC"),
        ("C++11 (partial SC)", "coherence"),
        ("C++11 (partial SC)", "non-atomic-reads"),
        ("C++11 (partial SC)", "SC"),
        ("odd", "recursive"),
        ("odd", "first-release"),
    ] {
        assert!(seen.contains_key(&(model.to_owned(), axiom)), "{model}: {axiom} never failed");
    }
    check.holds();
}

/// Has what each model finds in some candidates confirmed, and refuses it when it is damaged; counts by model and axiom.
fn confirm_all(
    models: &[CatModel],
    litmus: &Litmus,
    pruning: Pruning,
    check: &Check,
    seen: &mut BTreeMap<(String, &'static str), u64>,
) {
    let mut candidates = 0;
    Enumerator::new(&Anything(pruning))
        .for_each(litmus, |candidate| {
            // The first ones, and then some: candidates of one program are much alike.
            candidates += 1;
            if candidates > 6 && candidates % 61 > 0 {
                return;
            }
            let execution = &candidate.execution;
            for model in models {
                let Err(violation) = model.check(execution) else { continue };
                let confirmed = model.confirm(&violation, execution);
                let shown = || format!("{litmus:?} under {}: {violation}\n{execution:?}", model.name());
                assert_eq!(confirmed, Some(Ok(())), "{}", shown());
                check.counter().add(1);
                *seen.entry((model.name().to_owned(), violation.axiom.name)).or_default() += 1;
                for worse in damaged(&violation) {
                    let verdict = model.confirm(&worse, execution);
                    // Where a step is left out, what is left may still show the violation if it is connected.
                    let is_shorter = worse.cycle.len() < violation.cycle.len() && !worse.cycle.is_empty();
                    let may_show = is_shorter && !is_broken(&worse);
                    assert!(verdict != Some(Ok(())) || may_show, "accepted: {worse} for {}", shown());
                }
            }
        })
        .expect("valid");
}

/// Whether the steps do not even follow each other.
fn is_broken(violation: &Violation) -> bool {
    violation.cycle.windows(2).any(|pair| pair[0].to != pair[1].from)
}

/// The violation of the only candidate that satisfies the condition, and its execution.
fn reason(litmus: &Litmus, model: &CatModel) -> (Violation, memory_model::Execution) {
    let explanation = explain(litmus, model).expect("valid");
    let first = explanation.reasons.first().unwrap_or_else(|| panic!("{explanation:?}"));
    (first.violation.clone(), first.execution.clone())
}

#[test]
fn cat_violation_of_one_axiom_is_no_witness_for_another() {
    let rc11 = bundled("rc11");
    let (sc, execution) = reason(&shapes::sb(SeqCst, SeqCst, None), &rc11);
    let (coherence, _) = reason(&shapes::mp(Relaxed, Release, Acquire, None), &rc11);
    assert_eq!(rc11.confirm(&sc, &execution), Some(Ok(())));
    let wrong = Violation { axiom: coherence.axiom, cycle: sc.cycle.clone() };
    assert_eq!(rc11.confirm(&wrong, &execution), Some(Err(InvalidWitness::Shape)));
    // Nor for a model that has no such axiom.
    assert_eq!(bundled("tso").confirm(&sc, &execution), Some(Err(InvalidWitness::Shape)));
    // A step that holds, but under another name.
    let mut renamed = sc.clone();
    renamed.cycle[0].relation = "co";
    assert_eq!(rc11.confirm(&renamed, &execution), Some(Err(InvalidWitness::Step(renamed.cycle[0]))));
    let mut elsewhere = sc;
    elsewhere.cycle[0].from = 1_000;
    assert!(rc11.confirm(&elsewhere, &execution).is_some_and(|verdict| verdict.is_err()));
}

/// The same shape with weaker accesses holds step by step, but the axiom does not forbid it.
#[test]
fn cat_violation_needs_what_the_axiom_says_of_its_events() {
    let rc11 = bundled("rc11");
    let (sc, _) = reason(&shapes::sb(SeqCst, SeqCst, None), &rc11);
    let relaxed = shapes::sb(Relaxed, Relaxed, None);
    let mut refused = 0;
    Enumerator::new(&rc11)
        .for_each(&relaxed, |candidate| {
            if candidate.execution.reads().concat() == [0, 0] {
                assert_eq!(rc11.confirm(&sc, &candidate.execution), Some(Err(InvalidWitness::Shape)));
                refused += 1;
            }
        })
        .expect("valid");
    assert_eq!(refused, 1);
}

#[test]
fn cat_violation_of_an_empty_set_names_a_member() {
    let model = odd();
    let test = Litmus::new("two writes").thread(|t| t.store("x", 1, Release)).thread(|t| t.store("x", 2, Relaxed));
    let mut shown = 0;
    Enumerator::new(&Anything(Pruning::Coherence))
        .for_each(&test, |candidate| {
            let Err(violation) = model.check(&candidate.execution) else { return };
            assert_eq!(violation.axiom.name, "first-release");
            let [Step { from, relation: "[late]", to }] = violation.cycle[..] else { panic!("{violation}") };
            assert!(from == to && candidate.execution.events()[from].value == 2);
            assert_eq!(model.confirm(&violation, &candidate.execution), Some(Ok(())));
            let first =
                Violation { cycle: vec![Step { from: from - 1, relation: "[late]", to: from - 1 }], ..violation };
            assert!(model.confirm(&first, &candidate.execution).is_some_and(|verdict| verdict.is_err()));
            shown += 1;
        })
        .expect("valid");
    assert_eq!(shown, 1);
}

#[test]
fn cat_violation_of_a_negated_test_needs_no_steps() {
    let model = CatModel::parse("mine", "~empty rf & ext as communicates").expect("a model");
    let quiet = Litmus::new("quiet").thread(|t| t.store("x", 1, Relaxed));
    let mut shown = 0;
    Enumerator::new(&Anything(Pruning::Coherence))
        .for_each(&quiet, |candidate| {
            let Err(violation) = model.check(&candidate.execution) else { return };
            assert_eq!(violation.cycle, []);
            assert_eq!(model.confirm(&violation, &candidate.execution), Some(Ok(())));
            shown += 1;
        })
        .expect("valid");
    assert_eq!(shown, 1);
    // Where something is read, there is nothing to be shown.
    let (violation, _) = reason(&shapes::sb(SeqCst, SeqCst, None), &bundled("sc"));
    let wrong = Violation { cycle: Vec::new(), ..violation };
    Enumerator::new(&model)
        .for_each(&shapes::lb(Relaxed, Relaxed), |candidate| {
            assert!(model.confirm(&wrong, &candidate.execution).is_some_and(|verdict| verdict.is_err()));
        })
        .expect("valid");
}
