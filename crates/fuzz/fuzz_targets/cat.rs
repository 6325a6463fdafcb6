//! Models in the cat language: reading ends in a model or in an error that shows a place of the source.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memory_model::cat::CatModel;

fuzz_target!(|source: &str| {
    let Err(error) = CatModel::parse("fuzzed", source) else { return };
    let shown = error.to_string();
    assert!(shown.starts_with(&format!("{}:{}:{}: ", error.file, error.line, error.column)));
    assert!(shown.ends_with('^'));
    if error.file == "fuzzed" {
        let (start, end) = error.span;
        assert!(source.get(start..end).is_some(), "the span {start}..{end} is none of the source");
        assert!(error.line >= 1 && error.line <= source.matches('\n').count() + 1);
    }
});
