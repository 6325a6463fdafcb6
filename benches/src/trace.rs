//! Traces of requests to caches: files that others have recorded.

use std::fmt;
use std::io::{self, BufRead};
use std::str;

/// How a trace is written down. Empty lines are skipped in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// As the traces published with the ARC papers: `first count ignored number`, for `count` keys from `first` on.
    Arc,
    /// A key on each line: a number, decimal or with `0x` hexadecimal.
    Plain,
}

/// Why a trace cannot be used.
#[derive(Debug)]
pub struct Error {
    file: String,
    /// Counted from one.
    line: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    Io(io::Error),
    /// With the column, counted in characters from one.
    Bad(usize, &'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.file, self.line)?;
        match &self.what {
            What::Io(error) => write!(f, " {error}"),
            What::Bad(column, why) => write!(f, "{column}: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// More keys than this for one line of an ARC trace is an error of the trace.
const MOST_KEYS: u64 = 1 << 20;

/// Reads a trace; `file` is its name in errors.
///
/// # Errors
///
/// If it cannot be read, or a line is not what the format says.
pub fn read(format: Format, file: &str, mut text: impl BufRead) -> Result<Vec<u64>, Error> {
    let mut keys = Vec::new();
    let mut line = Vec::new();
    for number in 1.. {
        let error = |what| Error { file: file.to_owned(), line: number, what };
        line.clear();
        if text.read_until(b'\n', &mut line).map_err(|why| error(What::Io(why)))? == 0 {
            break;
        }
        let mut words = match str::from_utf8(&line) {
            Ok(line) => Words { line, at: 0 },
            Err(why) => {
                let sound = String::from_utf8_lossy(&line[..why.valid_up_to()]);
                return Err(error(What::Bad(sound.chars().count() + 1, "not UTF-8")));
            }
        };
        let added = match format {
            _ if words.is_at_end() => Ok(()),
            Format::Arc => arc_line(&mut words, &mut keys),
            Format::Plain => plain_line(&mut words, &mut keys),
        };
        added.map_err(|(column, why)| error(What::Bad(column, why)))?;
    }
    Ok(keys)
}

/// The words of a line, and where they are.
struct Words<'a> {
    line: &'a str,
    /// In bytes.
    at: usize,
}

/// A column, and what is wrong there.
type Wrong = (usize, &'static str);

impl<'a> Words<'a> {
    fn skip_blanks(&mut self) {
        let rest = &self.line[self.at..];
        self.at += rest.len() - rest.trim_ascii_start().len();
    }

    fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.at == self.line.len()
    }

    /// Where the next word begins, or the text of the line has ended.
    fn column(&mut self) -> usize {
        let at = if self.is_at_end() { self.line.trim_ascii_end().len() } else { self.at };
        self.line[..at].chars().count() + 1
    }

    fn next(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        let word = self.line[self.at..].split_ascii_whitespace().next()?;
        self.at += word.len();
        Some(word)
    }

    /// The next word, as a number.
    fn number(&mut self, missing: &'static str, bad: &'static str) -> Result<u64, Wrong> {
        let column = self.column();
        self.next().ok_or((column, missing))?.parse().map_err(|_| (column, bad))
    }

    fn end(&mut self, why: &'static str) -> Result<(), Wrong> {
        if self.is_at_end() { Ok(()) } else { Err((self.column(), why)) }
    }
}

fn arc_line(words: &mut Words<'_>, keys: &mut Vec<u64>) -> Result<(), Wrong> {
    let column = words.column();
    let first = words.number("no key", "the first key is not a number")?;
    let count_column = words.column();
    let count = words.number("no count", "the count is not a number")?;
    if count > MOST_KEYS {
        return Err((count_column, "the count is too large"));
    }
    for _ in 0..2 {
        let column = words.column();
        words.next().ok_or((column, "not four numbers"))?;
    }
    words.end("more than four numbers")?;
    let end = first.checked_add(count).ok_or((column, "the last key is too large"))?;
    keys.extend(first..end);
    Ok(())
}

fn plain_line(words: &mut Words<'_>, keys: &mut Vec<u64>) -> Result<(), Wrong> {
    let column = words.column();
    let word = words.next().ok_or((column, "no key"))?;
    let key = match word.strip_prefix("0x") {
        // Digits alone: `from_str_radix` takes a sign.
        Some(digits) if digits.starts_with('+') => return Err((column, "the key is not a number")),
        Some(digits) => u64::from_str_radix(digits, 16),
        None => word.parse(),
    };
    keys.push(key.map_err(|_| (column, "the key is not a number"))?);
    words.end("more than one key")
}

#[cfg(test)]
mod tests {
    use quickcheck::quickcheck;

    use super::*;

    fn keys(format: Format, text: &[u8]) -> Result<Vec<u64>, String> {
        read(format, "t", text).map_err(|error| error.to_string())
    }

    #[test]
    fn arc_lines_are_ranges() {
        assert_eq!(keys(Format::Arc, b"10 3 0 1\n\n 7 1 0 2"), Ok(vec![10, 11, 12, 7]));
    }

    #[test]
    fn plain_lines_are_keys() {
        assert_eq!(keys(Format::Plain, b"1\r\n0x1F\n\n18446744073709551615\n"), Ok(vec![1, 31, u64::MAX]));
    }

    #[test]
    fn bad_lines_are_named() {
        let bad: [(Format, &[u8], &str); 13] = [
            (Format::Arc, b"1 1 0 1\nx 1 0 1", "t:2:1: the first key is not a number"),
            (Format::Arc, b"1", "t:1:2: no count"),
            (Format::Arc, b"1  \n", "t:1:2: no count"),
            (Format::Arc, b"1 -1 0 1", "t:1:3: the count is not a number"),
            (Format::Arc, b"1 1 0", "t:1:6: not four numbers"),
            (Format::Arc, b" 1 1 0 1 7", "t:1:10: more than four numbers"),
            (Format::Arc, b"1 9999999999 0 1", "t:1:3: the count is too large"),
            (Format::Arc, b"  18446744073709551615 2 0 1", "t:1:3: the last key is too large"),
            (Format::Plain, b"\n\n1 2", "t:3:3: more than one key"),
            (Format::Plain, b"\t0x", "t:1:2: the key is not a number"),
            (Format::Plain, b"0x+1", "t:1:1: the key is not a number"),
            (Format::Plain, "1\n \u{e9}x".as_bytes(), "t:2:2: the key is not a number"),
            (Format::Plain, b"1\n\xC3\xA9 \xFF", "t:2:3: not UTF-8"),
        ];
        for (format, text, error) in bad {
            assert_eq!(keys(format, text), Err(error.to_owned()));
        }
    }

    quickcheck! {
        fn any_bytes_are_keys_or_an_error(text: Vec<u8>) -> bool {
            // Bytes that come close: digits, spaces and line ends.
            let near: Vec<u8> = text.iter().map(|byte| b"0123456789 \n\r\t-x"[usize::from(byte % 16)]).collect();
            [Format::Arc, Format::Plain].into_iter().all(|format| {
                [&text, &near].into_iter().all(|text| match read(format, "t", &text[..]) {
                    Ok(keys) => keys.len() <= text.len() * MOST_KEYS as usize,
                    Err(error) => error.to_string().starts_with("t:"),
                })
            })
        }
    }
}
