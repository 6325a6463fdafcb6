//! What the tests of both dialects share: reading, being refused, and texts that are nearly tests.

use memory_model::litmus::Litmus;
use memory_model::parse::ParseError;

pub fn parse(source: &str) -> Litmus {
    Litmus::parse(source).unwrap_or_else(|error| panic!("{error}\n{source}"))
}

pub fn refused(source: &str) -> ParseError {
    match Litmus::parse(source) {
        Ok(_) => panic!("was not refused:\n{source}"),
        Err(error) => error,
    }
}

/// Demands that `source` is refused with this message, shown with a mark at this line and column.
pub fn refused_at(source: &str, place: (usize, usize), message: &str) {
    let error = refused(source);
    assert_eq!(((error.line, error.column), error.kind.to_string()), (place, message.to_owned()), "{source:?}");
    let shown = error.to_string();
    let caret = shown.lines().last().unwrap_or_default();
    assert!(caret.trim_end().ends_with('^'), "{shown}");
}

/// Whether `source` is a valid test, or is refused at a place that can be.
pub fn survives(source: &str) -> bool {
    match Litmus::parse(source) {
        Ok(litmus) => litmus.validate().is_ok(),
        Err(error) => {
            let _ = error.to_string();
            error.line >= 1 && error.column >= 1 && error.span.0 <= error.span.1
        }
    }
}

/// One of `seeds` with these edits, each at a place, of a kind and with a character; none if no text is left to edit.
pub fn edited(seeds: &[&str], seed: usize, edits: Vec<(usize, u8, char)>) -> Option<String> {
    let mut text: Vec<char> = seeds[seed % seeds.len()].chars().collect();
    for (at, edit, with) in edits {
        if text.is_empty() {
            return None;
        }
        let at = at % text.len();
        match edit % 4 {
            0 => drop(text.remove(at)),
            1 => text.insert(at, with),
            2 => text[at] = text[(at * 7 + usize::from(edit)) % text.len()],
            _ => text.truncate(text.len() - at.min(3)),
        }
    }
    Some(text.into_iter().collect())
}

/// One of `seeds` with these pieces swapped, which end where `ends` says.
pub fn shuffled(seeds: &[&str], seed: usize, ends: &[char], swaps: Vec<(usize, usize)>) -> String {
    let mut words: Vec<&str> = seeds[seed % seeds.len()].split_inclusive(ends).collect();
    let count = words.len();
    for (a, b) in swaps {
        words.swap(a % count, b % count);
    }
    words.concat()
}
