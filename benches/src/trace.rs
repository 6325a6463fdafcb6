//! Traces of requests to caches: files that others have recorded.

use std::fmt;
use std::io::{self, BufRead};

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
    Bad(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        match &self.what {
            What::Io(error) => error.fmt(f),
            What::Bad(why) => f.write_str(why),
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
        let words = std::str::from_utf8(&line).map_err(|_| error(What::Bad("not UTF-8")))?;
        let mut words = words.split_ascii_whitespace();
        let Some(first) = words.next() else { continue };
        let added = match format {
            Format::Arc => arc_line(first, words, &mut keys),
            Format::Plain => plain_line(first, words, &mut keys),
        };
        added.map_err(|why| error(What::Bad(why)))?;
    }
    Ok(keys)
}

fn arc_line<'a>(
    first: &str,
    mut words: impl Iterator<Item = &'a str>,
    keys: &mut Vec<u64>,
) -> Result<(), &'static str> {
    let first: u64 = first.parse().map_err(|_| "the first key is not a number")?;
    let count: u64 = words.next().ok_or("no count")?.parse().map_err(|_| "the count is not a number")?;
    if count > MOST_KEYS {
        return Err("the count is too large");
    }
    if words.count() != 2 {
        return Err("not four numbers");
    }
    let end = first.checked_add(count).ok_or("the last key is too large")?;
    keys.extend(first..end);
    Ok(())
}

fn plain_line<'a>(
    first: &str,
    mut words: impl Iterator<Item = &'a str>,
    keys: &mut Vec<u64>,
) -> Result<(), &'static str> {
    if words.next().is_some() {
        return Err("more than one key");
    }
    let key = match first.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => first.parse(),
    };
    keys.push(key.map_err(|_| "the key is not a number")?);
    Ok(())
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
        let bad: [(Format, &[u8], &str); 9] = [
            (Format::Arc, b"1 1 0 1\nx 1 0 1", "t:2: the first key is not a number"),
            (Format::Arc, b"1", "t:1: no count"),
            (Format::Arc, b"1 -1 0 1", "t:1: the count is not a number"),
            (Format::Arc, b"1 1 0", "t:1: not four numbers"),
            (Format::Arc, b"1 9999999999 0 1", "t:1: the count is too large"),
            (Format::Arc, b"18446744073709551615 2 0 1", "t:1: the last key is too large"),
            (Format::Plain, b"\n\n1 2", "t:3: more than one key"),
            (Format::Plain, b"0x", "t:1: the key is not a number"),
            (Format::Plain, b"1\n\xFF", "t:2: not UTF-8"),
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
