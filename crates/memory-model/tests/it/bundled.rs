//! The tests that come with the crate: their verdicts under every model, found in three ways, and the axioms that they tell apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use memory_model::cat::CatModel;
use memory_model::enumerate::{Candidate, Ending, Enumerator, Error, Summary};
use memory_model::litmus::{Litmus, Quantifier};
use memory_model::models::{Cpp20, Model, Orders, Pruning, Ra, Rc11, Sc, Tso};
use verify_harness::evidence::{Check, Tier, Unit};

use crate::anything::Anything;

fn models() -> [(&'static str, Box<dyn Model>); 5] {
    [
        ("sc", Box::new(Sc)),
        ("tso", Box::new(Tso)),
        ("ra", Box::new(Ra)),
        ("rc11", Box::new(Rc11::new())),
        ("c20", Box::new(Cpp20)),
    ]
}

/// The models of which the cat files are all there is: they make orders of their own and allow load buffering, so that there is nothing but
/// the naive enumerator for them.
fn partial_models() -> [(&'static str, Box<dyn Model>); 2] {
    ["c11", "c11_simp"].map(|name| {
        let model = CatModel::bundled(name).unwrap_or_else(|error| panic!("{error}"));
        (name, Box::new(model) as Box<dyn Model>)
    })
}

/// The candidates of one test that such a model is asked about: of no bundled test more, but of one whose loops may read from what
/// depends on them.
pub const MAX_CANDIDATES: u64 = 2_000;

const HEADER: &str = "test\tmodel\tobservation\tpositive\tnegative\tstates\tflags\tby hand";

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/litmus"))
}

/// The tests by name, in the order of their names.
pub fn tests() -> BTreeMap<String, Litmus> {
    let mut tests = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).expect("the folder of the bundled tests") {
        let path = entry.expect("readable").path();
        if path.extension().is_none_or(|extension| extension != "litmus") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("readable");
        let litmus = Litmus::parse(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(path.file_stem().and_then(|stem| stem.to_str()), Some(litmus.name()), "named as its file");
        tests.insert(litmus.name().to_owned(), litmus);
    }
    tests
}

/// Observation, positive and negative executions, final states, flags: the columns of the table from the third on.
fn verdict(summary: &Summary) -> String {
    let (satisfying, rest) = (summary.satisfying, summary.executions - summary.satisfying);
    let (positive, negative) =
        if summary.quantifier == Quantifier::NotExists { (rest, satisfying) } else { (satisfying, rest) };
    let flags = [
        (!summary.races.is_empty(), "race"),
        (!summary.faults.is_empty(), "fault"),
        (summary.blocked > 0, "blocked"),
        (summary.cut > 0, "cut"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| *flag).collect();
    let flags = if flags.is_empty() { "-".to_owned() } else { flags.join(",") };
    let (observation, states) = (summary.observation(), summary.states.len());
    format!("{observation}\t{positive}\t{negative}\t{states}\t{flags}")
}

/// What the table says by hand of a test and is not so; counts what it says.
fn contradictions(
    by_hand: &BTreeMap<(&str, &str), &str>,
    name: &str,
    model: &str,
    summary: &Summary,
    count: &mut u64,
) -> Vec<String> {
    let stated = by_hand.get(&(name, model)).copied().unwrap_or("-");
    let observation = summary.observation().to_string();
    let words = stated.split(' ').filter(|word| *word != "-");
    let mut wrong = Vec::new();
    for word in words {
        *count += 1;
        let agrees = match word {
            "race" => !summary.races.is_empty(),
            "raceless" => summary.races.is_empty(),
            _ => word == observation,
        };
        if !agrees {
            wrong.push(format!("{name} under {model}: {observation}, {:?}, by hand {stated}", summary.races));
        }
    }
    wrong
}

/// The table with what `found` says, and its last column from `table`: the verdicts that were written down by hand.
///
/// `SELVEDGE_BLESS=1` writes the table anew, for new tests; that is no way to make a changed verdict right.
#[test]
fn bundled_tests_have_their_verdicts_by_every_enumerator() {
    let check = Check::start(
        "Litmus",
        "bundled tests have the verdicts of their table",
        "table, naive enumerator",
        Unit::Programs,
    )
    .bound("116 tests in C and Rust; SC, TSO, RA, RC11, C++20: naive, pruning and counting enumerator; c11, c11_simp: the naive one");
    let path = folder().join("verdicts.tsv");
    let table = std::fs::read_to_string(&path).expect("the table of verdicts");
    let by_hand: BTreeMap<(&str, &str), &str> = table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            Some(((*columns.first()?, *columns.get(1)?), *columns.get(7)?))
        })
        .collect();
    // In the quick tier, tests that are large for the naive enumerator meet the others only.
    let is_quick = Tier::from_environment() == Tier::Quick;
    let max_candidates = if is_quick { 40 } else { u64::MAX };
    let mut too_large = BTreeSet::new();
    let (mut found, mut wrong, mut hand) = (format!("{HEADER}\n"), Vec::new(), 0_u64);
    for (name, litmus) in tests() {
        for (model_name, model) in models().into_iter().chain(partial_models()) {
            let model = &*model;
            if model.orders() == Orders::Own {
                let asked = Enumerator::new(model).without_outcomes().max_candidates(MAX_CANDIDATES);
                let row = match asked.summary(&litmus) {
                    Ok(summary) => {
                        wrong.extend(contradictions(&by_hand, &name, model_name, &summary, &mut hand));
                        verdict(&summary)
                    }
                    Err(Error::TooManyCandidates) => "refused\t-\t-\t-\t-".to_owned(),
                    Err(error) => panic!("{name} under {model_name}: {error}"),
                };
                let stated = by_hand.get(&(name.as_str(), model_name)).copied().unwrap_or("-");
                let _ = writeln!(found, "{name}\t{model_name}\t{row}\t{stated}");
                continue;
            }
            let pruned = Enumerator::new(model).summary(&litmus).expect("valid");
            let naive = match Enumerator::new(model).naive().max_candidates(max_candidates).summary(&litmus) {
                Err(Error::TooManyCandidates) if is_quick => {
                    too_large.insert(name.clone());
                    None
                }
                naive => Some(naive.expect("valid")),
            };
            let counted = Enumerator::new(model).without_outcomes().summary(&litmus).expect("valid");
            let all = |summary: Summary| Summary { candidates: 0, ..summary };
            let without = |summary: &Summary| Summary { outcomes: BTreeMap::new(), ..summary.clone() };
            let (pruned, counted) = (all(pruned), all(counted));
            assert_eq!(counted, without(&pruned), "{name} under {model_name}: counted against pruned");
            if let Some(naive) = naive {
                assert_eq!(pruned, all(naive), "{name} under {model_name}: pruned against naive");
            }
            let stated = by_hand.get(&(name.as_str(), model_name)).copied().unwrap_or("-");
            wrong.extend(contradictions(&by_hand, &name, model_name, &pruned, &mut hand));
            let _ = writeln!(found, "{name}\t{model_name}\t{}\t{stated}", verdict(&pruned));
        }
        check.counter().add(1);
    }
    println!("{hand} verdicts by hand; not naively: {too_large:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(too_large.len() < 30);
    if std::env::var_os("SELVEDGE_BLESS").is_some() {
        std::fs::write(&path, &found).expect("the table can be written");
    }
    let changed: Vec<(&str, &str)> = table.lines().zip(found.lines()).filter(|(old, new)| old != new).collect();
    assert!(changed.is_empty(), "in the table, found: {changed:#?}");
    assert_eq!(table.lines().count(), found.lines().count(), "the table has a row for each test and model");
    assert!(hand > 300, "{hand} verdicts by hand");
    check.holds();
}

/// A model without one of its axioms allows more executions of some bundled test.
#[test]
fn bundled_tests_need_every_axiom_of_every_model() {
    let axioms = [
        ("sc", &["sequential consistency", "atomicity"][..]),
        ("tso", &["uniproc", "atomicity", "global order"]),
        ("ra", &["coherence", "atomicity"]),
        ("rc11", &["coherence", "atomicity", "SC", "no-thin-air"]),
        ("c20", &["coherence", "atomicity", "SC", "no-thin-air"]),
    ];
    let check = Check::start(
        "Model",
        "a model without one of its axioms fails a bundled test",
        "one axiom less",
        Unit::Programs,
    )
    .bound("SC, TSO, RA, RC11, C++20; all candidates of the bundled tests, cyclic ones included");
    // For each model, the axioms that some candidate violates alone, with the first test that has one.
    let mut alone: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for (name, litmus) in tests() {
        let mut consider = |candidate: Candidate| {
            for (model_name, model) in models() {
                let violations = model.violations(&candidate.execution);
                let names: BTreeSet<&str> = violations.iter().map(|violation| violation.axiom.name).collect();
                assert_eq!(names.len(), violations.len(), "{name} under {model_name}: {violations:?}");
                assert_eq!(violations.first().cloned(), model.check(&candidate.execution).err());
                if let ([violation], Ending::Complete) = (&violations[..], candidate.ending) {
                    alone.entry((model_name, violation.axiom.name)).or_insert_with(|| name.clone());
                }
            }
        };
        let anything = Anything(Pruning::None);
        // Tests with too many candidates are not needed.
        let enumerator = Enumerator::new(&anything).naive().max_candidates(40);
        let _ = enumerator.for_each(&litmus, &mut consider);
        if name.starts_with("LB") {
            enumerator.for_each_cyclic(&litmus, &mut consider).expect("small");
        }
        check.counter().add(1);
    }
    println!("{alone:#?}");
    for (model_name, names) in axioms {
        for axiom in names {
            assert!(alone.contains_key(&(model_name, *axiom)), "no bundled test needs {axiom} of {model_name}");
        }
    }
    check.holds();
}
