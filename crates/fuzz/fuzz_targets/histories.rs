//! Recorded histories of all formats: reading ends in a log or in an error with a place, and so does typing the log for each
//! specification; what was typed is judged within a bound.

#![no_main]

use libfuzzer_sys::fuzz_target;
use verify_harness::history::import::{Format, ImportError, Judge, SpecKind, read};

/// Enough to enter the search, too few to stay there.
const CONFIGURATIONS: u64 = 100;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let placed = |error: &ImportError| {
        assert!((1..=lines).contains(&(error.position().line as usize)), "{error}");
        assert!(!error.to_string().contains('\n'));
    };
    let format = Format::ALL.get(usize::from(choice)).copied();
    let log = match read("input", bytes, format) {
        Ok(log) => log,
        Err(error) => return placed(&error),
    };
    for spec in SpecKind::ALL {
        if let Err(error) = Judge::new(spec).max_configurations(CONFIGURATIONS).judge(&log) {
            placed(&error);
        }
    }
});
