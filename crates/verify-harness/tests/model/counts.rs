//! Execution counts: the classic ones, and a table made with another checker.

use std::path::Path;

use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::model::{Builder, Model};

use crate::programs;

/// Counts that anybody can check by hand or find in the literature: program, RC11, SC.
const CLASSIC: &[(&str, u64, u64)] = &[
    ("litmus/SB", 4, 3),
    ("litmus/SB+4sc", 3, 3),
    ("litmus/SB+scfs", 3, 3),
    ("litmus/MP", 3, 3),
    ("litmus/LB", 3, 3),
    ("litmus/2+2W", 4, 3),
    ("litmus/CoRR", 6, 6),
    ("litmus/CoRR2", 72, 72),
    ("litmus/IRIWish", 28, 27),
    ("litmus/relseq", 20, 16),
    ("own/iriw_rlx", 16, 15),
    ("own/sb_sc N=4", 15, 15),
    ("own/lb N=3", 7, 7),
    ("synthetic/readers N=8", 256, 256),
    ("synthetic/ainc N=5", 120, 120),
    ("synthetic/casrot N=5", 43, 43),
    ("synthetic/lockinc N=4", 24, 24),
    ("synthetic/lastzero N=5", 64, 64),
    ("own/mcs N=3", 66, 66),
    ("own/ticket N=4", 24, 24),
];

/// Rows of the table for which there is no program here, by the start of their name, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("sr/", "counts executions up to symmetry of threads, a reduction that the checker does not make"),
    ("data-structures/ms-queue R=", "cut at an unrolling bound of loops, which the checker does not have"),
    ("data-structures/ms-queue-dynamic", "cut at an unrolling bound of loops, which the checker does not have"),
    ("data-structures/chase-lev", "the table does not say when its array grows, nor what its program does then"),
    ("data-structures/mutex", "the table does not say how its program waits on a futex"),
    ("data-structures/fcombiner-async", "the table does not give the program"),
    ("saver/assume-cas", "the table does not give the program"),
];

/// Rows whose count differs, the count here, and why.
///
/// `Z6.U`: the two more executions are those of figure 1 of the RC11 paper, which RC11 was made to allow: its `psc`
/// takes program order between *different* locations only, and C++20 agrees. The enumerator of `memory-model`, which
/// evaluates the paper's formulas, counts 24 too. The table's checker splits a read-modify-write in two events and lets
/// the step between them count.
const DIFFERS: &[(&str, Model, u64)] = &[("litmus/Z6.U", Model::Rc11, 24)];

#[test]
fn builder_finds_classic_counts() {
    for (name, rc11, sc) in CLASSIC {
        for (model, expected) in [(Model::Rc11, *rc11), (Model::Sc, *sc)] {
            let mut builder = Builder::new();
            builder.model = model;
            let report = programs::run(name, &builder).expect("a known program");
            assert!(report.verdict.holds(), "{name} {model:?}: {:?}", report.verdict);
            assert_eq!(report.executions, expected, "{name} {model:?}");
        }
    }
}

#[test]
fn builder_reproduces_the_counts_of_another_checker() {
    let beside =
        |folder: &Path| std::fs::read_to_string(folder.join("shared/model-checking/execution_counts.tsv")).ok();
    let Some(table) = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find_map(beside) else {
        println!("skipped: no `shared/model-checking/execution_counts.tsv` beside the workspace");
        return;
    };
    let limit = match Tier::from_environment() {
        Tier::Quick => 2_500,
        Tier::Default => 100_000,
        Tier::Full => u64::MAX,
    };
    let check =
        Check::start("model::Builder", "explores as many executions as GenMC", "table of counts", Unit::Programs)
            .bound(&format!("programs of at most {limit} executions"));
    let (mut left_out, mut too_large) = (0, 0);
    for line in table.lines().skip(1) {
        let row: Vec<&str> = line.split('\t').collect();
        let [name, parameters, _, model, expected, _, _, "ok"] = row[..] else { continue };
        let model = match model {
            "RC11" => Model::Rc11,
            "SC" => Model::Sc,
            _ => continue,
        };
        let expected: u64 = expected.parse().expect("a count");
        let differs = DIFFERS.iter().find(|(other, in_model, _)| *other == name && *in_model == model);
        let expected = differs.map_or(expected, |(_, _, count)| *count);
        if expected > limit {
            too_large += 1;
            continue;
        }
        let mut builder = Builder::new();
        builder.model = model;
        builder.await_elimination = !name.contains("no await-elimination");
        builder.liveness = parameters.contains("--check-liveness");
        let Some(report) = programs::run(name, &builder) else {
            let reason = LEFT_OUT.iter().find(|(prefix, _)| name.starts_with(prefix));
            assert!(reason.is_some(), "{name} has neither a program nor a reason");
            left_out += 1;
            continue;
        };
        assert!(report.verdict.holds(), "{name} {model:?}: {:?}", report.verdict);
        assert_eq!(report.executions, expected, "{name} {model:?}, {} blocked", report.blocked);
        if differs.is_none() {
            check.counter().add(1);
        }
    }
    println!("{left_out} rows left out, {too_large} too large for this tier, {} that differ", DIFFERS.len());
    check.holds();
}
