//! Random programs: the enumerators against each other and against interleavings.

use std::collections::{BTreeSet, HashSet};

use memory_model::enumerate::{Enumerator, Summary};
use memory_model::models::{Cpp20, Model, Ra, Rc11, Residue, Sc, Tso};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::Random;

use crate::cat::programs;
use crate::generator::{Program, Shape, observed, structured};

const SEED: u64 = 0x5e1f_ed6e;

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

/// Shapes with many ways to order the accesses of few locations.
const CROWDED: [Shape; 5] = [
    Shape { threads: 4, accesses: 1, locations: 1 },
    Shape { threads: 3, accesses: 2, locations: 1 },
    Shape { threads: 4, accesses: 2, locations: 2 },
    Shape { threads: 2, accesses: 4, locations: 2 },
    Shape { threads: 3, accesses: 2, locations: 2 },
];

fn found(summary: &Summary) -> impl PartialEq + std::fmt::Debug + '_ {
    (summary.executions, &summary.outcomes, &summary.races, summary.blocked, summary.cut)
}

#[test]
fn enumerator_with_pruning_finds_what_the_naive_one_finds() {
    let check = Check::start("Enumerator", "pruning loses and invents nothing", "naive enumerator", Unit::Programs)
        .bound("2-4 threads, 1-4 accesses each, 1-3 locations, all orderings, SC, TSO, RA, RC11 (both release sequences), C++20");
    let mut random = Random::new(SEED);
    println!("seed {SEED:#x}");
    let mut exact = 0;
    let shapes = if Tier::from_environment() == Tier::Quick { &SMALL[..4] } else { &SMALL[..] };
    for number in 0..programs(2_000, 50_000, 500_000) {
        let program = Program::random(&mut random, shapes[number as usize % shapes.len()]);
        let litmus = program.litmus();
        let models: [&dyn Model; 6] = [&Rc11::new(), &Sc, &Tso, &Ra, &Rc11::pldi17(), &Cpp20];
        // In the quick tier each program meets RC11 and one other model in turn.
        let skipped = |index: usize| {
            Tier::from_environment() == Tier::Quick && index != 0 && index != 1 + number as usize / 4 % 5
        };
        for (_, model) in models.into_iter().enumerate().filter(|(index, _)| !skipped(*index)) {
            let fast = Enumerator::new(model).summary(&litmus).expect("valid");
            let naive = Enumerator::new(model).naive().summary(&litmus).expect("valid");
            assert_eq!(found(&fast), found(&naive), "program {number} under {}: {program:?}", model.name());
            assert!(fast.candidates <= naive.candidates);
            // What the model leaves to its promises is exact: nothing is left for it to refuse.
            let is_exact = match model.residue() {
                Residue::Nothing | Residue::Order(_) => true,
                Residue::SeqCst => !program.has_seq_cst(),
                _ => false,
            };
            if is_exact {
                exact += 1;
                assert_eq!(fast.candidates, fast.executions, "program {number}: {program:?}");
            }
        }
        check.counter().add(1);
    }
    assert!(exact > 1_000, "{exact} programs whose candidates are all allowed");
    check.holds();
}

/// What is counted, but for outcomes and races.
fn counted(summary: &Summary) -> impl PartialEq + std::fmt::Debug + '_ {
    let Summary { executions, satisfying, states, blocked, cut, faults, .. } = summary;
    ((executions, satisfying, states), (blocked, cut, faults))
}

#[test]
fn enumerator_without_outcomes_counts_what_the_naive_one_counts() {
    let check = Check::start("Enumerator", "shared counts are exact", "naive enumerator", Unit::Programs)
        .bound("2-4 threads, some of them equal, 1-4 accesses each, 1-2 locations, branches and loops; all models");
    let mut random = Random::new(SEED ^ 5);
    println!("seed {:#x}", SEED ^ 5);
    let models: [&dyn Model; 6] = [&Rc11::new(), &Ra, &Rc11::pldi17(), &Cpp20, &Sc, &Tso];
    let (mut given_up, mut visited, mut executions) = (0, 0, 0);
    for number in 0..programs(800, 62_000, 620_000) {
        let litmus = if number % 4 == 0 {
            structured(&mut random, true)
        } else {
            let program = Program::random(&mut random, CROWDED[number as usize % CROWDED.len()]);
            // Half of them with sequentially consistent accesses.
            let program = if random.index(2) == 0 {
                program.strengthened(&mut random).without_plain_accesses(true)
            } else {
                program.without_plain_accesses(false)
            };
            program.with_equal_threads(&mut random).litmus()
        };
        let litmus = observed(litmus, &mut random);
        // The last two models have no shared counts, and meet the fewest programs.
        let model = models[[0, 1, 2, 3, 0, 1, 2, 4, 0, 5][number as usize % 10]];
        let bound = 1 + number as u32 / 4 % 2;
        let naive = Enumerator::new(model).loop_bound(bound).naive().max_candidates(500).summary(&litmus);
        let Ok(naive) = naive else {
            given_up += 1;
            continue;
        };
        let fast = Enumerator::new(model).loop_bound(bound).without_outcomes().summary(&litmus).expect("valid");
        assert_eq!(counted(&fast), counted(&naive), "program {number} under {}: {litmus:#?}", model.name());
        assert!(fast.outcomes.is_empty() && fast.races.is_empty());
        visited += fast.candidates;
        executions += fast.executions;
        check.counter().add(1);
    }
    println!("{executions} executions counted in {visited} visits; {given_up} too large for the naive enumerator");
    assert!(visited < executions, "nothing is shared: {visited} visits, {executions} executions");
    check.holds();
}

#[test]
fn enumerator_with_pruning_agrees_on_branches_loops_and_computed_addresses() {
    let check = Check::start("Enumerator", "pruning is right for control flow", "naive enumerator", Unit::Programs)
        .bound("2 threads with branches, loops (1 or 2 iterations), assumptions, exchanges, operands in no order, computed addresses");
    let mut random = Random::new(SEED ^ 4);
    println!("seed {:#x}", SEED ^ 4);
    let (mut given_up, mut endings) = (0, [0_u64; 3]);
    for number in 0..programs(150, 10_000, 100_000) {
        let litmus = structured(&mut random, false);
        let models: [&dyn Model; 5] = [&Rc11::new(), &Sc, &Tso, &Ra, &Cpp20];
        let model = models[number as usize % models.len()];
        let bound = 1 + number as u32 / 3 % 2;
        let naive = Enumerator::new(model).loop_bound(bound).naive().max_candidates(20_000).summary(&litmus);
        let Ok(naive) = naive else {
            given_up += 1;
            continue;
        };
        let fast = Enumerator::new(model).loop_bound(bound).summary(&litmus).expect("valid");
        assert_eq!(found(&fast), found(&naive), "program {number} under {}: {litmus:#?}", model.name());
        assert_eq!(fast.faults, naive.faults);
        for (count, more) in endings.iter_mut().zip([fast.executions, fast.blocked, fast.cut]) {
            *count += more;
        }
        check.counter().add(1);
    }
    println!("{given_up} too large for the naive enumerator; complete, blocked, cut: {endings:?}");
    assert!(endings.iter().all(|&count| count > 0), "{endings:?}");
    check.holds();
}

#[test]
fn sc_allows_exactly_the_outcomes_of_interleavings() {
    let check = Check::start("Sc", "outcomes are those of interleavings", "operational interpreter", Unit::Programs)
        .bound("3 threads, 1-3 accesses each, 2 locations");
    let mut random = Random::new(SEED ^ 1);
    println!("seed {:#x}", SEED ^ 1);
    let shape = Shape { threads: 3, accesses: 3, locations: 2 };
    for number in 0..programs(100, 10_000, 100_000) {
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

#[test]
fn tso_allows_exactly_the_outcomes_of_store_buffers() {
    let check = Check::start("Tso", "outcomes are those of store buffers", "operational interpreter", Unit::Programs)
        .bound("2-3 threads, 1-3 accesses each, 2 locations");
    let mut random = Random::new(SEED ^ 2);
    println!("seed {:#x}", SEED ^ 2);
    for number in 0..programs(200, 10_000, 100_000) {
        let shape = Shape { threads: 2 + number as usize % 2, accesses: 3, locations: 2 };
        let program = Program::random(&mut random, shape);
        let litmus = program.litmus();
        let tso = Enumerator::new(&Tso).summary(&litmus).expect("valid");
        let outcomes: BTreeSet<_> = tso.outcomes.keys().cloned().collect();
        assert_eq!(outcomes, program.buffered(), "program {number}: {program:?}");
        check.counter().add(1);
    }
    check.holds();
}

#[test]
fn models_are_ordered_by_strength() {
    let check = Check::start(
        "Model",
        "SC allows less than TSO and C++20, TSO than RC11 and RA, C++20 than RC11",
        "enumerator",
        Unit::Programs,
    )
    .bound("3 threads, 1-3 accesses each, 2 locations");
    let mut random = Random::new(SEED ^ 3);
    println!("seed {:#x}", SEED ^ 3);
    let executions = |model: &dyn Model, litmus: &_| -> HashSet<_> {
        memory_model::enumerate::executions(litmus, model).expect("valid").into_iter().collect()
    };
    for number in 0..programs(100, 10_000, 100_000) {
        let accesses = 2 + number as usize % 2;
        let mut program = Program::random(&mut random, Shape { threads: 3, accesses, locations: 2 });
        if accesses == 3 {
            program = program.strengthened(&mut random);
        }
        let litmus = program.litmus();
        let chains: [&[&dyn Model]; 3] =
            [&[&Sc, &Tso, &Rc11::pldi17(), &Rc11::new()], &[&Sc, &Tso, &Ra], &[&Sc, &Cpp20, &Rc11::new()]];
        for chain in chains {
            for pair in chain.windows(2) {
                let (strong, weak) = (executions(pair[0], &litmus), executions(pair[1], &litmus));
                let (strong_name, weak_name) = (pair[0].name(), pair[1].name());
                assert!(strong.is_subset(&weak), "program {number}: {strong_name} <= {weak_name}: {program:?}");
            }
        }
        check.counter().add(1);
    }
    check.holds();
}
