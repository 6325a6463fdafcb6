//! A line of source with carets under what is wrong.

use std::fmt;

/// The characters of a line that are shown; of a longer one those around the carets.
const MAX_WIDTH: usize = 200;

/// A part of a source, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Excerpt {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
    /// What is shown of the line.
    text: String,
    /// The characters of it before the carets.
    indent: usize,
    /// The number of carets.
    width: usize,
}

impl Excerpt {
    /// The bytes from `start` to `end`, or to the end of the line; whatever is outside of the source, or within a character, is brought
    /// to the next place before it.
    pub(crate) fn new(source: &str, start: usize, end: usize) -> Self {
        let start = floor(source, start);
        let line_start = source[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |newline| start + newline);
        let on_line = floor(source, end).clamp(start, line_end);
        let column = source[line_start..start].chars().count();
        let width = source[start..on_line].chars().count().clamp(1, MAX_WIDTH / 2);
        // The carets stand in the middle of what is shown of a long line.
        let is_long = source[line_start..line_end].chars().nth(MAX_WIDTH).is_some();
        let hidden = if is_long { column.saturating_sub(MAX_WIDTH / 4) } else { 0 };
        let mut rest = source[line_start..line_end].chars().skip(hidden);
        // One column per character, whatever it is.
        let shown = rest.by_ref().take(MAX_WIDTH);
        let mut text: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut indent = column - hidden;
        if hidden > 0 {
            text.insert_str(0, "...");
            indent += 3;
        }
        if rest.next().is_some() {
            text += "...";
        }
        Self { line: source[..start].matches('\n').count() + 1, column: column + 1, text, indent, width }
    }

    /// The lines below a message: the number and the text of the line, and carets under the culprit.
    pub(crate) fn fmt_below(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, text, indent, width, .. } = self;
        let margin = " ".repeat(line.to_string().len());
        let (indent, carets) = (" ".repeat(*indent), "^".repeat(*width));
        write!(f, "{margin} |\n{line} | {text}\n{margin} | {indent}{carets}")
    }
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}
