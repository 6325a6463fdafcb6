//! The recorded histories that come with the crate; `examples/record_histories.rs` writes them.

use std::collections::BTreeSet;
use std::path::Path;

use verify_harness::evidence::{Check, Unit};
use verify_harness::history::import::{Judge, read};

#[test]
fn shipped_histories_get_their_verdicts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("histories");
    let table = std::fs::read_to_string(folder.join("EXPECTED.tsv")).expect("a table");
    let check = Check::start("shipped histories", "known verdicts", "verify-harness", Unit::Histories)
        .bound("every file in crates/verify-harness/histories");
    let mut wrong = Vec::new();
    let mut listed = BTreeSet::from(["EXPECTED.tsv".to_owned()]);
    let mut verdicts = BTreeSet::new();
    for line in table.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let [file, spec, expected] = cells[..] else { panic!("three columns: {line}") };
        let bytes = std::fs::read(folder.join(file)).expect("a file");
        let log = read(file, &bytes, None).expect("well-formed");
        let spec = spec.parse().expect("a specification");
        assert_eq!(log.declared(), Some(spec), "{file}");
        // As it is, and after the counterexample was made small, which must not change the verdict.
        for minimise in [false, true] {
            let judgement = Judge::new(spec).minimise(minimise).judge(&log).expect("its own");
            if judgement.word() != expected {
                wrong.push(format!("{file}: expected {expected}, got {}", judgement.word()));
            }
        }
        listed.insert(file.to_owned());
        verdicts.insert(expected.to_owned());
        check.counter().add(1);
    }
    let present: BTreeSet<String> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(present, listed, "the table lists what is there");
    assert_eq!(verdicts.len(), 2, "right and wrong ones");
    assert!(listed.len() > 12);
    if wrong.is_empty() { check.holds() } else { panic!("{}", wrong.join("\n")) }
}
