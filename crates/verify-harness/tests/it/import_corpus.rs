//! Malformed files, each with the message it must get: `tests/corpus/import`, whose `EXPECTED.tsv` has a line a file.

use std::collections::BTreeMap;
use std::path::Path;

use verify_harness::history::import::{Format, Judge, SpecKind, read};

#[test]
fn import_error_is_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/import");
    let mut expected = BTreeMap::new();
    for line in std::fs::read_to_string(folder.join("EXPECTED.tsv")).expect("a table").lines() {
        let (file, message) = line.split_once('\t').expect("a file and a message");
        expected.insert(file.to_owned(), message.to_owned());
    }
    let mut actual = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name == "EXPECTED.tsv" {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a file");
        // What declares no specification is a register's.
        let judged = read(&name, &bytes, None)
            .and_then(|log| Judge::new(log.declared().unwrap_or(SpecKind::CasRegister)).judge(&log));
        let message = match judged {
            Ok(_) => "accepted".to_owned(),
            Err(error) => error.to_string().replace(&format!("{name}:"), ""),
        };
        // Any other format must bear it as well.
        for format in Format::ALL {
            if let Ok(log) = read(&name, &bytes, Some(format)) {
                for spec in SpecKind::ALL {
                    let _ = Judge::new(spec).max_configurations(1000).judge(&log);
                }
            }
        }
        actual.insert(name, message);
    }
    let table: String = actual.iter().map(|(file, message)| format!("{file}\t{message}\n")).collect();
    assert!(actual == expected, "EXPECTED.tsv would be:\n{table}");
}
