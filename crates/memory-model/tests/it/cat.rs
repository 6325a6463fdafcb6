//! Models in the cat language: against native models, against themselves in other forms, and feature by feature.

use std::collections::{BTreeMap, BTreeSet};

use memory_model::cat::CatModel;
use memory_model::enumerate::{Enumerator, Race, Summary};
use memory_model::litmus::Litmus;
use memory_model::models::{Cpp20, Model, Orders, Pruning, Ra, Rc11, Sc, Tso};
use memory_model::{Execution, Kind};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::Random;

use crate::anything::Anything;
use crate::generator::{Program, Shape};

const SEED: u64 = 0xca7;

fn programs(quick: u64, default: u64, full: u64) -> u64 {
    match Tier::from_environment() {
        Tier::Quick => quick,
        Tier::Default => default,
        Tier::Full => full,
    }
}

fn bundled(name: &str) -> CatModel {
    CatModel::bundled(name).unwrap_or_else(|error| panic!("{error}"))
}

/// The bundled models that have a native twin.
fn twins() -> [(Box<dyn Model>, CatModel); 5] {
    [
        (Box::new(Sc), bundled("sc")),
        (Box::new(Tso), bundled("tso")),
        (Box::new(Ra), bundled("ra")),
        (Box::new(Rc11::new()), bundled("rc11")),
        (Box::new(Cpp20), bundled("c20")),
    ]
}

const SHAPES: [Shape; 6] = [
    Shape { threads: 2, accesses: 3, locations: 2 },
    Shape { threads: 3, accesses: 2, locations: 2 },
    Shape { threads: 2, accesses: 4, locations: 2 },
    Shape { threads: 3, accesses: 1, locations: 2 },
    Shape { threads: 4, accesses: 1, locations: 1 },
    Shape { threads: 2, accesses: 2, locations: 1 },
];

/// Races by pairs of operations: the halves of a read-modify-write are one.
fn operations(execution: &Execution, races: &[(usize, usize)]) -> BTreeSet<(usize, usize)> {
    let whole = |id: usize| {
        let event = execution.events()[id];
        if event.is_rmw && event.kind == Kind::Write { id - 1 } else { id }
    };
    races.iter().map(|&(a, b)| (whole(a), whole(b))).collect()
}

#[test]
fn cat_models_agree_with_native_models_on_every_candidate() {
    let check = Check::start("CatModel", "bundled models are the native ones", "native models", Unit::Executions)
        .bound(
            "candidates of 2-4 threads, 1-4 accesses each, 1-2 locations; sc, tso, ra, rc11, c20: verdicts and races",
        );
    let mut random = Random::new(SEED);
    println!("seed {SEED:#x}");
    let twins = twins();
    let mut verdicts: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    for number in 0..programs(400, 50_000, 200_000) {
        let mut program = Program::random(&mut random, SHAPES[number as usize % SHAPES.len()]);
        if number % 3 == 0 {
            program = program.strengthened(&mut random);
        }
        let pruning = if number % 4 == 0 { Pruning::None } else { Pruning::Coherence };
        Enumerator::new(&Anything(pruning))
            .for_each(&program.litmus(), |candidate| {
                let execution = &candidate.execution;
                for (native, cat) in &twins {
                    let expected = native.is_consistent(execution);
                    let found = cat.is_consistent(execution);
                    assert_eq!(found, expected, "program {number} under {}: {program:?}\n{execution:?}", cat.name());
                    verdicts.entry(native.name()).or_default()[usize::from(found)] += 1;
                    if expected {
                        let (expected, found) = (native.races(execution), cat.races(execution));
                        let (expected, found) = (operations(execution, &expected), operations(execution, &found));
                        assert_eq!(found, expected, "program {number} under {}: {program:?}", cat.name());
                    }
                }
                check.counter().add(1);
            })
            .expect("valid");
    }
    println!("forbidden, allowed: {verdicts:?}");
    assert!(verdicts.values().all(|counts| counts.iter().all(|&count| count > 20)), "{verdicts:?}");
    check.holds();
}

fn found(summary: &Summary) -> impl PartialEq + std::fmt::Debug + '_ {
    (summary.executions, &summary.outcomes, &summary.races, &summary.flags, summary.blocked, summary.cut)
}

#[test]
fn cat_models_lose_nothing_by_the_pruning_that_was_proved() {
    let check =
        Check::start("CatModel", "proved pruning loses and invents nothing", "naive enumerator", Unit::Programs)
            .bound("2-4 threads, 1-4 accesses each, 1-2 locations; sc, tso, ra, rc11, c20");
    let mut random = Random::new(SEED ^ 1);
    println!("seed {:#x}", SEED ^ 1);
    let models = ["sc", "tso", "ra", "rc11", "c20"].map(bundled);
    for number in 0..programs(300, 10_000, 100_000) {
        let program = Program::random(&mut random, SHAPES[number as usize % SHAPES.len()]);
        let litmus = program.litmus();
        let model = &models[number as usize / SHAPES.len() % models.len()];
        assert_ne!(model.pruning(), Pruning::None, "{}", model.name());
        let fast = Enumerator::new(model).summary(&litmus).expect("valid");
        let naive = Enumerator::new(model).naive().summary(&litmus).expect("valid");
        assert_eq!(found(&fast), found(&naive), "program {number} under {}: {program:?}", model.name());
        check.counter().add(1);
    }
    check.holds();
}

#[test]
fn cat_models_are_analysed_as_far_as_their_axioms_go() {
    let pruning = |name| bundled(name).pruning();
    assert_eq!(pruning("sc"), Pruning::HappensBefore);
    assert_eq!(pruning("ra"), Pruning::HappensBefore);
    assert_eq!(pruning("rc11"), Pruning::HappensBefore);
    assert_eq!(pruning("c20"), Pruning::HappensBefore);
    assert_eq!(pruning("tso"), Pruning::Coherence);
    // Without an axiom that a proof needs there is none.
    for (name, axiom) in [
        ("rc11", "coherence"),
        ("rc11", "atomicity"),
        ("rc11", "no-thin-air"),
        ("tso", "uniproc"),
        ("tso", "global-order"),
    ] {
        let model = CatModel::options().without_axiom(axiom).load(&format!("{name}.cat")).expect("a model");
        assert_eq!(model.pruning(), Pruning::None, "{name} without {axiom}");
    }
    for name in ["c11", "c11_simp"] {
        let model = bundled(name);
        assert_eq!((model.pruning(), model.orders(), model.allows_cycles()), (Pruning::None, Orders::Own, true));
    }
    let _: (Option<Litmus>, Option<Race>) = (None, None);
}
