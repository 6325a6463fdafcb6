//! Published litmus tests with the verdicts and counts of another tool, where that data is at hand.

use std::path::{Path, PathBuf};

use memory_model::enumerate::{Enumerator, Summary};
use memory_model::litmus::{Litmus, Quantifier};
use memory_model::models::{Model, Rc11, Sc};
use verify_harness::evidence::{Check, Tier, Unit};

/// `shared/litmus` beside the workspace or further up.
fn folder() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|above| above.join("shared/litmus"));
    found.into_iter().find(|folder| folder.join("expected.tsv").is_file())
}

/// Observation, positive and negative executions, final states, whether some execution is undefined.
fn found(summary: &Summary) -> [String; 5] {
    let (satisfying, rest) = (summary.satisfying, summary.executions - summary.satisfying);
    let (positive, negative) =
        if summary.quantifier == Quantifier::NotExists { (rest, satisfying) } else { (satisfying, rest) };
    let undefined = if summary.is_undefined() { "undef" } else { "-" };
    [
        summary.observation().to_string(),
        positive.to_string(),
        negative.to_string(),
        summary.states.len().to_string(),
        undefined.to_owned(),
    ]
}

#[test]
fn corpus_agrees_with_herd_in_observation_counts_states_and_flags() {
    let Some(folder) = folder() else {
        println!("skipped: no shared/litmus beside the workspace");
        return;
    };
    let check =
        Check::start("Litmus", "published tests have herd7's verdicts and counts", "herd7 7.58", Unit::Programs)
            .bound("observation, positive and negative executions, final states, races; rc11 and sc");
    let table = std::fs::read_to_string(folder.join("expected.tsv")).expect("readable");
    let (mut compared, mut without, mut wrong) = (0, 0, Vec::new());
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let model: &dyn Model = match columns[2] {
            "rc11" => &Rc11::pldi17(),
            "sc" => &Sc,
            _ => continue,
        };
        let source = std::fs::read_to_string(folder.join(columns[0])).expect("readable");
        let litmus = Litmus::parse(&source).unwrap_or_else(|error| panic!("{}: {error}", columns[0]));
        let is_quick = Tier::from_environment() == Tier::Quick;
        if columns[4] == "ERROR" && is_quick {
            without += 1;
            continue;
        }
        let summary = Enumerator::new(model).summary(&litmus).expect("valid");
        if columns[4] == "ERROR" {
            without += 1;
            println!(
                "{} under {}: {:?}, cut {}, blocked {} (herd7 has no verdict)",
                columns[0],
                columns[2],
                found(&summary),
                summary.cut,
                summary.blocked
            );
            continue;
        }
        compared += 1;
        check.counter().add(1);
        let expected = [columns[4], columns[5], columns[6], columns[7], columns[8]].map(str::to_owned);
        if found(&summary) != expected {
            wrong.push(format!("{} under {}: {:?}, expected {expected:?}", columns[0], columns[2], found(&summary)));
        }
    }
    println!("{compared} verdicts compared, {without} where herd7 has none");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared > 150, "only {compared} verdicts");
    check.holds();
}
