//! Execution counts against a table made with another checker.

use std::path::Path;

use verify_harness::evidence::Tier;
use verify_harness::model::{Builder, Model};

use crate::programs;

/// Rows whose count is not reproduced, and why.
const LEFT_OUT: &[(&str, &str)] = &[];

#[test]
fn builder_reproduces_known_counts() {
    let beside = |folder: &Path| std::fs::read_to_string(folder.join("shared/model-checking/execution_counts.tsv")).ok();
    let Some(table) = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find_map(beside) else {
        println!("skipped: no `shared/model-checking/execution_counts.tsv` beside the workspace");
        return;
    };
    let limit = match Tier::from_environment() { Tier::Quick => 5_000, Tier::Default => 100_000, Tier::Full => u64::MAX };
    let (mut matched, mut total, mut unknown, mut wrong) = (0, 0, Vec::new(), Vec::new());
    for line in table.lines().skip(1) {
        let row: Vec<&str> = line.split('\t').collect();
        let [name, _, _, model, expected, blocked, _, verdict] = row[..] else { panic!("a row of eight fields: {line}") };
        if verdict != "ok" { continue; }
        let mut builder = Builder::new();
        builder.model = match model { "RC11" => Model::Rc11, "SC" => Model::Sc, _ => continue };
        builder.await_elimination = !name.contains("no await-elimination");
        total += 1;
        let expected: u64 = expected.parse().unwrap();
        if expected > limit { continue; }
        match programs::run(name, &builder) {
            None => unknown.push(format!("{name} {model}")),
            Some(report) if report.verdict.holds() && report.executions == expected => matched += 1,
            Some(report) => wrong.push(format!("{name} {model}: {} (+{}) instead of {expected} (+{blocked}), {:?}", report.executions, report.blocked, report.verdict)),
        }
    }
    println!("{matched} of {total}; unknown {unknown:#?}; wrong {wrong:#?}");
    assert!(wrong.is_empty());
}
