//! A file's text, and the way from an offset in it to a line and a column.

use super::{ImportError, Position};

/// Found text longer than this many characters is cut short in messages.
const EXCERPT: usize = 32;

/// A file that is being read. Positions are found by walking on from the last one, or from the last event's, so that asking event
/// by event costs O(length) altogether, in whatever order the parts of an event are asked for.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    last: Place,
    event: Place,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    offset: usize,
    position: Position,
}

const START: Place = Place { offset: 0, position: Position { line: 1, column: 1 } };

impl<'a> Source<'a> {
    /// Checks that the file is UTF-8; a byte order mark at its start is passed over.
    pub(super) fn new(name: &'a str, bytes: &'a [u8]) -> Result<Self, ImportError> {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
        match core::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::from_text(name, text)),
            Err(error) => {
                let valid = core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
                let mut source = Source::from_text(name, valid);
                let position = source.position(valid.len());
                let found = bytes.get(valid.len()).map_or_else(String::new, |byte| format!("byte 0x{byte:02x}"));
                Err(ImportError::new(name, position, "text in UTF-8", found))
            }
        }
    }

    fn from_text(name: &'a str, text: &'a str) -> Self {
        Self { name, text, last: START, event: START }
    }

    /// The position of `offset`, which is a character boundary or the end of the text.
    pub(super) fn position(&mut self, offset: usize) -> Position {
        let mut place = [self.last, self.event].into_iter().find(|place| place.offset <= offset).unwrap_or(START);
        for character in self.text.get(place.offset..offset).unwrap_or_default().chars() {
            if character == '\n' {
                place.position.line = place.position.line.saturating_add(1);
                place.position.column = 1;
            } else {
                place.position.column = place.position.column.saturating_add(1);
            }
        }
        place.offset = offset;
        self.last = place;
        place.position
    }

    /// The position of `offset`, where an event begins.
    pub(super) fn event_position(&mut self, offset: usize) -> Position {
        self.position(offset);
        self.event = self.last;
        self.event.position
    }

    /// The error that something else than what stands at `offset` was expected there.
    pub(super) fn error(&mut self, offset: usize, expected: impl Into<String>) -> ImportError {
        let rest = self.text.get(offset..).unwrap_or_default();
        ImportError::new(self.name, self.position(offset), expected, excerpt(rest))
    }

    /// Each line that is not blank, with the offset of its first character after the indentation.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        let text = self.text;
        let mut offset = 0;
        text.split_inclusive('\n').filter_map(move |line| {
            let start = offset;
            offset += line.len();
            let trimmed = line.trim_start();
            let content = trimmed.trim_end();
            (!content.is_empty()).then_some((start + line.len() - trimmed.len(), content))
        })
    }
}

/// What stands at the start of `rest`, short enough for a message: one word, or one other character.
pub(super) fn excerpt(rest: &str) -> String {
    let Some(first) = rest.chars().next() else { return "the end of the file".to_owned() };
    if first == '\n' || rest.starts_with("\r\n") {
        return "the end of the line".to_owned();
    }
    if first == ' ' {
        return "a blank".to_owned();
    }
    let part_of_word = |c: char| !c.is_whitespace() && !c.is_control() && !"()[]{}\",;`".contains(c);
    let mut word: String = match first {
        // A string up to its end, as far as that is on the line.
        '"' => {
            let inside = rest[1..].chars().take_while(|&c| c != '"' && !c.is_control()).take(EXCERPT);
            let closed = rest[1..].trim_start_matches(|c: char| c != '"' && !c.is_control()).starts_with('"');
            core::iter::once('"').chain(inside).chain(closed.then_some('"')).collect()
        }
        _ => rest.chars().take_while(|&c| part_of_word(c)).take(EXCERPT + 1).collect(),
    };
    if word.is_empty() {
        word = if first.is_control() { first.escape_debug().to_string() } else { first.to_string() };
    }
    if word.chars().count() > EXCERPT {
        word.pop();
        word.push('…');
    }
    format!("`{word}`")
}

impl Source<'_> {
    /// The error for `failure`, whose offset counts from `base`.
    pub(super) fn fail(&mut self, base: usize, failure: &super::token::Failure) -> ImportError {
        self.error(base + failure.offset, failure.expected)
    }
}
