//! Models in the cat language: against native models, against themselves in other forms, and feature by feature.

use std::collections::{BTreeMap, BTreeSet};

use memory_model::Ordering::{Acquire, NonAtomic, Relaxed, Release, SeqCst};
use memory_model::cat::CatModel;
use memory_model::enumerate::{Enumerator, Error, Summary};
use memory_model::explain::explain;
use memory_model::litmus::{Litmus, memory, reg};
use memory_model::models::{Cpp20, Model, Orders, Pruning, Ra, Rc11, Sc, Tso};
use memory_model::{Execution, Kind};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::Random;

use crate::anything::Anything;
use crate::bundled::{MAX_CANDIDATES, tests};
use crate::generator::{Program, Shape};
use crate::shapes;

const SEED: u64 = 0xca7;

pub fn programs(quick: u64, default: u64, full: u64) -> u64 {
    match Tier::from_environment() {
        Tier::Quick => quick,
        Tier::Default => default,
        Tier::Full => full,
    }
}

pub fn bundled(name: &str) -> CatModel {
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
    for number in 0..programs(150, 50_000, 200_000) {
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

pub fn found(summary: &Summary) -> impl PartialEq + std::fmt::Debug + '_ {
    (summary.executions, &summary.outcomes, &summary.races, &summary.flags, summary.blocked, summary.cut)
}

#[test]
fn cat_models_lose_nothing_by_the_pruning_that_was_proved() {
    let check =
        Check::start("CatModel", "proved pruning loses and invents nothing", "naive enumerator", Unit::Programs)
            .bound("2-4 threads, 1-4 accesses each, 1-2 locations; sc, tso, ra, rc11 with both release sequences, c20");
    let mut random = Random::new(SEED ^ 1);
    println!("seed {:#x}", SEED ^ 1);
    let cpp11 = CatModel::options().variant("cpp11").load("rc11.cat").expect("a model");
    let models: Vec<CatModel> = ["sc", "tso", "ra", "rc11", "c20"].into_iter().map(bundled).chain([cpp11]).collect();
    for number in 0..programs(300, 10_000, 50_000) {
        let program = Program::random(&mut random, SHAPES[number as usize % SHAPES.len()]);
        let litmus = program.litmus();
        // In the full tier each program meets every model, else one of them.
        let turn = number as usize / SHAPES.len() % models.len();
        let meets = if Tier::from_environment() == Tier::Full { &models[..] } else { &models[turn..=turn] };
        for model in meets {
            assert_ne!(model.pruning(), Pruning::None, "{}", model.name());
            let fast = Enumerator::new(model).summary(&litmus).expect("valid");
            let naive = Enumerator::new(model).naive().summary(&litmus).expect("valid");
            assert_eq!(found(&fast), found(&naive), "program {number} under {}: {program:?}", model.name());
        }
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
}

/// The tests that are to tell a model from one with an axiom less.
fn separating() -> Vec<Litmus> {
    let mut tests: Vec<Litmus> = shapes::counted().into_iter().map(|(litmus, ..)| litmus).collect();
    tests.retain(|litmus| ["SB", "MP", "LB", "MP guarded", "cii", "rinc+wr", "2+2W"].contains(&litmus.name()));
    tests.push(
        Litmus::new("final value")
            .thread(|t| {
                t.store("x", 1, NonAtomic);
                t.store("y", 1, Release);
            })
            .thread(|t| {
                let flag = t.load("y", Acquire);
                t.if_nonzero(flag, |t| t.store("x", 2, NonAtomic));
            })
            .exists(reg(1, 0).is(1) & memory("x").is(1)),
    );
    tests
}

#[test]
fn cat_models_need_each_of_their_axioms() {
    let check = Check::start(
        "CatModel",
        "without any one axiom some bundled test has more executions",
        "mutants",
        Unit::Programs,
    )
    .bound("every axiom of every bundled model, rc11 with the release sequences of C++11 included");
    let tests = tests();
    let variants = CatModel::BUNDLED.map(|name| (name, None)).into_iter().chain([("rc11", Some("cpp11"))]);
    for (name, variant) in variants {
        let options = || variant.map_or_else(CatModel::options, |variant| CatModel::options().variant(variant));
        let file = format!("{name}.cat");
        let whole = options().load(&file).expect("a model");
        let count = |model: &CatModel, litmus: &Litmus| {
            let asked = Enumerator::new(model).without_outcomes().max_candidates(MAX_CANDIDATES);
            match asked.summary(litmus) {
                Ok(summary) => Some((summary.executions, summary.blocked)),
                Err(Error::TooManyCandidates) => None,
                Err(error) => panic!("{} under {name}: {error}", litmus.name()),
            }
        };
        for axiom in whole.axioms() {
            let mutant = options().without_axiom(&axiom).load(&file).expect("a model");
            assert_eq!(mutant.axioms().len() + 1, whole.axioms().len(), "{name} without {axiom}");
            let killer = tests.values().find(|litmus| {
                let counts = (count(&whole, litmus), count(&mutant, litmus));
                matches!(counts, (Some(whole), Some(mutant)) if whole != mutant)
            });
            let killer = killer.unwrap_or_else(|| panic!("{name} {variant:?} without {axiom} passes all tests"));
            println!("{name} without {axiom}: {}", killer.name());
            check.counter().add(1);
        }
    }
    check.holds();
}

/// herd's models make their coherence orders themselves, with the functions of the library; the given one is taken where that is the
/// same.
#[test]
fn cat_models_that_generate_coherence_are_the_same_as_those_that_take_it() {
    let text = r#"
        include "cross.cat"
        with co from generate_cos (co0)
        let fr = (rf^-1; co) \ id
        acyclic (po & loc) | rf | co | fr as coherence
        acyclic po | rf as no-thin-air
        flag ~empty rf & ext as communicates
    "#;
    let given = CatModel::parse("given", text).expect("a model");
    let made = CatModel::options().generate_orders().parse("made", text).expect("a model");
    assert_eq!((given.orders(), given.pruning()), (Orders::Coherence, Pruning::Coherence));
    assert_eq!((made.orders(), made.pruning()), (Orders::Own, Pruning::None));
    for litmus in separating() {
        let [given, made] = [&given, &made].map(|model| Enumerator::new(model).summary(&litmus).expect("valid"));
        let key = |summary: &Summary| (summary.executions, summary.states.clone(), summary.flags.clone());
        assert_eq!(key(&given), key(&made), "{}", litmus.name());
    }
    // Orders that are not those of the library are followed as they stand.
    let twice = text.replace("generate_cos (co0)", "generate_cos (0)");
    assert_eq!(CatModel::parse("free", &twice).expect("a model").orders(), Orders::Own);
    let fake = text.replace("with co", "let generate_cos (r) = { co0 } with co");
    assert_eq!(CatModel::parse("fake", &fake).expect("a model").orders(), Orders::Own);
}

#[test]
fn cat_models_with_fixed_points_agree_with_closures() {
    let text = r#"
        include "cos.cat"
        let rec hb = po | rf | hb; hb
        and order = hb | order; order | co | fr
        acyclic order as sc
    "#;
    let recursive = CatModel::parse("recursive", text).expect("a model");
    let closed = bundled("sc");
    assert_eq!((recursive.pruning(), recursive.allows_cycles()), (closed.pruning(), false));
    for litmus in separating() {
        let [recursive, closed] =
            [&recursive, &closed].map(|model| Enumerator::new(model).summary(&litmus).expect("valid"));
        assert_eq!(found(&recursive), found(&closed), "{}", litmus.name());
    }
}

#[test]
fn cat_models_explain_what_they_forbid() {
    let mp = shapes::mp(Relaxed, Release, Acquire, None);
    let explanation = explain(&mp, &bundled("rc11")).expect("valid");
    assert_eq!(
        explanation.describe(&mp),
        "\
MP: the condition is forbidden by RC11.
1 of 1 candidates violates coherence: irreflexive(hb; eco?)
  T0: W[rlx] x=1  --po-->  T0: W[rel] y=1
  T0: W[rel] y=1  --sw-->  T1: R[acq] y=1
  T1: R[acq] y=1  --po-->  T1: R[rlx] x=0
  T1: R[rlx] x=0  --fr-->  T0: W[rlx] x=1
"
    );
    let sb = shapes::sb(SeqCst, SeqCst, None);
    let explanation = explain(&sb, &bundled("rc11")).expect("valid");
    assert!(explanation.describe(&sb).contains("violates SC: acyclic(psc-base | psc-fence)"));
}

/// Every step of every witness leads from one event to the next, and the relations of the execution contain it.
#[test]
fn cat_models_give_witnesses_that_hold() {
    let mut random = Random::new(SEED ^ 2);
    println!("seed {:#x}", SEED ^ 2);
    let models = ["sc", "tso", "ra", "rc11", "c20"].map(bundled);
    let (mut cycles, mut steps) = (0, 0);
    for number in 0..programs(60, 500, 20_000) {
        let program = Program::random(&mut random, SHAPES[number as usize % SHAPES.len()]);
        Enumerator::new(&Anything(Pruning::None))
            .for_each(&program.litmus(), |candidate| {
                let execution = &candidate.execution;
                for model in &models {
                    let Err(violation) = model.check(execution) else { continue };
                    let cycle = &violation.cycle;
                    assert!(!cycle.is_empty(), "{violation}");
                    for (place, step) in cycle.iter().enumerate() {
                        assert_eq!(step.to, cycle[(place + 1) % cycle.len()].from, "{violation}\n{execution:?}");
                        let relation = match step.relation {
                            "po" => execution.po().clone(),
                            "rf" => execution.rf().clone(),
                            "co" => execution.co().clone(),
                            "fr" => execution.fr(),
                            "same operation" => execution.rmw().union(&execution.rmw().inverse()),
                            _ => continue,
                        };
                        steps += 1;
                        assert!(relation.contains(step.from, step.to), "{violation}\n{execution:?}");
                    }
                    cycles += 1;
                }
            })
            .expect("valid");
    }
    println!("{cycles} cycles, {steps} steps of base relations");
    assert!(cycles > 1_000);
}
