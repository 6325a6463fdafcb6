//! Random programs: the enumerators against each other and against interleavings.

use std::collections::BTreeSet;

use memory_model::enumerate::{Enumerator, Summary};
use memory_model::models::{Model, Rc11, Sc};
use verify_harness::evidence::{Check, Tier, Unit};

use crate::generator::{Program, Random, Shape};

const SEED: u64 = 0x5e1f_ed6e;

fn programs(quick: u64, default: u64, full: u64) -> u64 {
    match Tier::from_environment() {
        Tier::Quick => quick,
        Tier::Default => default,
        Tier::Full => full,
    }
}

/// Shapes small enough for the naive enumerator; the first half is enough for every change.
const SMALL: [Shape; 8] = [
    Shape { threads: 2, accesses: 2, locations: 2 },
    Shape { threads: 3, accesses: 1, locations: 2 },
    Shape { threads: 2, accesses: 3, locations: 3 },
    Shape { threads: 2, accesses: 2, locations: 1 },
    Shape { threads: 2, accesses: 3, locations: 2 },
    Shape { threads: 3, accesses: 2, locations: 2 },
    Shape { threads: 2, accesses: 4, locations: 3 },
    Shape { threads: 4, accesses: 1, locations: 1 },
];

fn found(summary: &Summary) -> impl PartialEq + std::fmt::Debug + '_ {
    (summary.executions, &summary.outcomes, &summary.races, summary.blocked, summary.cut)
}

#[test]
fn enumerator_with_pruning_finds_what_the_naive_one_finds() {
    let check = Check::start("Enumerator", "pruning loses and invents nothing", "naive enumerator", Unit::Programs)
        .bound("2-4 threads, 1-4 accesses each, 1-3 locations, all orderings, SC and RC11");
    let mut random = Random(SEED);
    println!("seed {SEED:#x}");
    let shapes = if Tier::from_environment() == Tier::Quick { &SMALL[..4] } else { &SMALL[..] };
    for number in 0..programs(2_000, 50_000, 500_000) {
        let program = Program::random(&mut random, shapes[number as usize % shapes.len()]);
        let litmus = program.litmus();
        for model in [&Sc as &dyn Model, &Rc11::new(), &Rc11::pldi17()] {
            let fast = Enumerator::new(model).summary(&litmus).expect("valid");
            let naive = Enumerator::new(model).naive().summary(&litmus).expect("valid");
            assert_eq!(found(&fast), found(&naive), "program {number} under {}: {program:?}", model.name());
            assert!(fast.candidates <= naive.candidates);
        }
        check.counter().add(1);
    }
    check.holds();
}

#[test]
fn sc_allows_exactly_the_outcomes_of_interleavings() {
    let check = Check::start("Sc", "outcomes are those of interleavings", "operational interpreter", Unit::Programs)
        .bound("3 threads, 1-3 accesses each, 2 locations");
    let mut random = Random(SEED ^ 1);
    println!("seed {:#x}", SEED ^ 1);
    let shape = Shape { threads: 3, accesses: 3, locations: 2 };
    for number in 0..programs(200, 10_000, 100_000) {
        let program = Program::random(&mut random, shape);
        let litmus = program.litmus();
        let sc = Enumerator::new(&Sc).summary(&litmus).expect("valid");
        let outcomes: BTreeSet<_> = sc.outcomes.keys().cloned().collect();
        assert_eq!(outcomes, program.interleavings(), "program {number}: {program:?}");
        // What is sequentially consistent is allowed by the weaker model too.
        let rc11 = Enumerator::new(&Rc11::new()).summary(&litmus).expect("valid");
        assert!(sc.executions <= rc11.executions);
        assert!(outcomes.iter().all(|outcome| rc11.outcomes.contains_key(outcome)), "program {number}: {program:?}");
        check.counter().add(1);
    }
    check.holds();
}
