//! Published litmus tests with the verdicts and counts of another tool, where that data is at hand.

use std::path::{Path, PathBuf};

use memory_model::Ordering::Relaxed;
use memory_model::cat::{CatModel, Folder};
use memory_model::enumerate::{Enumerator, Summary};
use memory_model::litmus::{Litmus, Quantifier};
use memory_model::models::{Model, Rc11, Sc};
use verify_harness::evidence::{Check, Tier, Unit};

use crate::shapes;

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
    let (rc11, sc) = (Rc11::pldi17(), Sc);
    agree("Litmus", "rc11 and sc", &[("rc11", &rc11), ("sc", &sc)], 150);
}

#[test]
fn corpus_agrees_with_herd_under_the_bundled_cat_models() {
    let rc11 = CatModel::options().variant("cpp11").load("rc11.cat").expect("a model");
    let [sc, c11, c11_simp] =
        ["sc", "c11", "c11_simp"].map(|name| CatModel::bundled(name).unwrap_or_else(|error| panic!("{error}")));
    let models: [(&str, &dyn Model); 4] =
        [("rc11", &rc11), ("sc", &sc), ("c11_partialSC", &c11), ("c11_simp", &c11_simp)];
    agree("CatModel", "rc11, sc, c11_partialSC and c11_simp as cat models", &models, 200);
}

/// herd7's own files are not part of this project. Where somebody has them, in the folder that `SELVEDGE_HERD_CAT` names or in `shared/herd`,
/// they are run as they are.
#[test]
fn corpus_agrees_with_herd_under_its_own_cat_files() {
    let beside = folder().and_then(|folder| Some(folder.parent()?.join("herd")));
    let named = std::env::var_os("SELVEDGE_HERD_CAT").map(PathBuf::from).or(beside);
    let Some(files) = named.filter(|folder| folder.join("rc11.cat").is_file()) else {
        println!("skipped: no folder with herd7's cat files in SELVEDGE_HERD_CAT");
        return;
    };
    let sources = Folder(files);
    let load = |name: &str| {
        let model = CatModel::options().sources(&sources).load(name);
        model.unwrap_or_else(|error| panic!("{error}"))
    };
    let [rc11, sc, partial, simple] = ["rc11.cat", "sc.cat", "c11_partialSC.cat", "c11_simp.cat"].map(load);
    let models: [(&str, &dyn Model); 4] =
        [("rc11", &rc11), ("sc", &sc), ("c11_partialSC", &partial), ("c11_simp", &simple)];
    agree("CatModel", "herd7's own rc11.cat, sc.cat, c11_partialSC.cat and c11_simp.cat", &models, 200);
    // There are no verdicts of herd7 on programs in C under x86tso.cat: it takes every atomic access for a locked instruction, so that nothing
    // but sequential consistency is left of programs without others.
    let (tso, sb) = (load("x86tso.cat"), shapes::sb(Relaxed, Relaxed, None));
    assert_eq!(Enumerator::new(&tso).summary(&sb).expect("valid").executions, 3);
}

/// Compares the verdicts of the table with those of the models; in the quick tier most are left out where load buffering is allowed, but
/// for the tests of unsequenced operands.
fn agree(subject: &'static str, bound: &str, models: &[(&str, &dyn Model)], least: u32) {
    let Some(folder) = folder() else {
        println!("skipped: no shared/litmus beside the workspace");
        return;
    };
    let check = Check::start(subject, "published tests have herd7's verdicts and counts", "herd7 7.58", Unit::Programs)
        .bound(&format!("observation, positive and negative executions, final states, races; {bound}"));
    let table = std::fs::read_to_string(folder.join("expected.tsv")).expect("readable");
    let (mut compared, mut without, mut wrong) = (0, 0, Vec::new());
    let is_quick = Tier::from_environment() == Tier::Quick;
    for (number, line) in table.lines().skip(1).enumerate() {
        let columns: Vec<&str> = line.split('\t').collect();
        let Some((_, model)) = models.iter().find(|(name, _)| *name == columns[2]) else { continue };
        let is_left_out = is_quick && number % 16 >= 4 && !columns[1].starts_with("linearisation");
        if is_left_out && model.allows_cycles() {
            continue;
        }
        let source = std::fs::read_to_string(folder.join(columns[0])).expect("readable");
        let litmus = Litmus::parse(&source).unwrap_or_else(|error| panic!("{}: {error}", columns[0]));
        if columns[4] == "ERROR" && is_quick {
            without += 1;
            continue;
        }
        let enumerator = Enumerator::new(*model);
        if columns[4] == "ERROR" {
            without += 1;
            // Where even cycles in po | rf are built, a test may be too large: it is refused, not followed for ever.
            let bounded = if model.allows_cycles() { enumerator.max_candidates(2_000) } else { enumerator };
            let summary = match bounded.summary(&litmus) {
                Ok(summary) => summary,
                Err(refused) => {
                    println!("{} under {}: {refused} (herd7 has no verdict)", columns[0], columns[2]);
                    continue;
                }
            };
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
        let summary = enumerator.summary(&litmus).expect("valid");
        compared += 1;
        check.counter().add(1);
        let expected = [columns[4], columns[5], columns[6], columns[7], columns[8]].map(str::to_owned);
        if found(&summary) != expected {
            wrong.push(format!("{} under {}: {:?}, expected {expected:?}", columns[0], columns[2], found(&summary)));
        }
    }
    println!("{compared} verdicts compared, {without} where herd7 has none");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared > least, "only {compared} verdicts");
    check.holds();
}
