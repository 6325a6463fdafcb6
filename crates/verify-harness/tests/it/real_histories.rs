//! Histories that others recorded or constructed, with the verdicts they are known to deserve.
//!
//! They are read from `../shared/histories`, seen from the workspace, or from the folder that `SELVEDGE_HISTORIES` names; without
//! them these tests say "skipped".

use std::path::{Path, PathBuf};

use verify_harness::evidence::{Check, Unit};
use verify_harness::history::import::{Judge, SpecKind, read};

/// A file that needs more than this is no success either: the test is to stay quick.
const LIMIT: u64 = 100_000;

fn folder(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/histories");
    let folder = std::env::var_os("SELVEDGE_HISTORIES").map_or_else(beside, PathBuf::from).join(name);
    let found = folder.join("README.md").is_file();
    if !found {
        println!("skipped: there is no {}", folder.display());
    }
    found.then_some(folder)
}

/// One row of a folder's table: file, specification, expected verdict.
fn rows(folder: &Path) -> Vec<(PathBuf, SpecKind, String)> {
    let table = std::fs::read_to_string(folder.join("README.md")).expect("a table");
    let mut rows = Vec::new();
    for line in table.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [file, model, _, expected] = cells[..] else { continue };
        if file == "file" || file.starts_with("---") {
            continue;
        }
        let spec = model.split(['(', ' ']).next().unwrap_or_default();
        let spec = spec.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        rows.push((folder.join(file), spec, expected.to_owned()));
    }
    rows
}

fn judge(name: &str, at_least: usize) {
    let Some(folder) = folder(name) else { return };
    let check = Check::start(&format!("history checker, {name}"), "known verdicts", "verify-harness", Unit::Histories)
        .bound("every file its README lists");
    let mut wrong = Vec::new();
    let rows = rows(&folder);
    for (path, spec, expected) in &rows {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let judged = read(&name, &bytes, None).and_then(|log| Judge::new(*spec).max_configurations(LIMIT).judge(&log));
        let verdict = match &judged {
            Ok(judgement) => judgement.word(),
            Err(error) => &error.to_string(),
        };
        if verdict != expected {
            wrong.push(format!("{name}: expected {expected}, got {verdict}"));
        }
        check.counter().add(1);
    }
    assert!(rows.len() >= at_least, "the table has {} rows only", rows.len());
    if wrong.is_empty() {
        check.holds();
    } else {
        let wrong = wrong.join("\n");
        check.fails(&wrong);
        panic!("{wrong}");
    }
}

#[test]
fn porcupine_histories_get_their_verdicts() {
    judge("porcupine", 56);
}

#[test]
fn knossos_histories_get_their_verdicts() {
    judge("knossos", 62);
}

#[test]
fn violin_histories_get_their_verdicts() {
    judge("violin", 522);
}
