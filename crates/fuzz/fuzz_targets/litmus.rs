//! Litmus tests of both dialects: reading ends in a test or in an error that shows a place of the source.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memory_model::litmus::Litmus;

fuzz_target!(|source: &str| {
    let Err(error) = Litmus::parse(source) else { return };
    let (start, end) = error.span;
    assert!(source.get(start..end).is_some(), "the span {start}..{end} is none of the source");
    assert!(error.line >= 1 && error.line <= source.matches('\n').count() + 1);
    let shown = error.to_string();
    assert!(shown.starts_with(&format!("{}:{}: ", error.line, error.column)));
    assert!(shown.ends_with('^'));
});
