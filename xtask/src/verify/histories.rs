//! The recorded histories that ship with the repository, judged by the `selvedge` command as a user would.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use super::evidence::{Record, Verdict};
use crate::cargo;

/// The packages whose checks include these histories.
pub const OWNERS: [&str; 2] = ["verify-harness", "selvedge-cli"];

const FOLDER: &str = "crates/verify-harness/histories";

/// Compiles the command and returns its file.
pub fn build_command() -> Result<PathBuf, Box<dyn Error>> {
    cargo::run(cargo::cargo("build").args(["--release", "--package", "selvedge-cli"]))?;
    Ok(cargo::target_directory().join("release").join(format!("selvedge{}", std::env::consts::EXE_SUFFIX)))
}

/// One row for each specification: every file must get the verdict that `EXPECTED.tsv` gives it.
pub fn judge(selvedge: &PathBuf) -> Result<Vec<Record>, Box<dyn Error>> {
    let folder = cargo::root().join(FOLDER);
    let manifest = folder.join("EXPECTED.tsv");
    let text = std::fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let mut by_specification: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.is_empty()) {
        let [file, specification, verdict] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("{}:{}: expected file, specification, verdict", manifest.display(), number + 1).into());
        };
        by_specification.entry(specification).or_default().push((file, verdict));
    }
    let mut records = Vec::new();
    for (specification, files) in by_specification {
        let started = Instant::now();
        let paths = files.iter().map(|(file, _)| folder.join(file));
        let output = Command::new(selvedge)
            .args(["history", "check", "--json", "--spec", specification])
            .args(paths)
            .output()
            .map_err(|error| format!("cannot start {}: {error}", selvedge.display()))?;
        let found: Vec<Value> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("the command printed no JSON: {error}"))?;
        let mut wrong = Vec::new();
        for (position, (file, expected)) in files.iter().enumerate() {
            let verdict = found.get(position).and_then(|line| line["verdict"].as_str()).unwrap_or("no verdict");
            if verdict != *expected {
                wrong.push(format!("{file}: {verdict}, expected {expected}"));
            }
        }
        let bad = files.iter().filter(|(_, verdict)| *verdict == "not-linearizable").count();
        records.push(Record {
            structure: "recorded histories".to_owned(),
            property: format!("{specification}: {} linearizable, {bad} not", files.len() - bad),
            tool: "selvedge history check".to_owned(),
            bound: String::new(),
            explored: files.len() as u64,
            unit: "histories".to_owned(),
            verdict: if wrong.is_empty() { Verdict::Holds } else { Verdict::Fails },
            detail: wrong.join("; "),
            seconds: started.elapsed().as_secs_f64(),
        });
    }
    Ok(records)
}
