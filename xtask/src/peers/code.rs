//! Changing code beyond imports: replacing, leaving a function out, picking items. Lines keep their numbers.

use std::collections::BTreeSet;
use std::ops::Range;

/// A changed line, and why it was changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    pub line: usize,
    pub old: String,
    pub new: String,
    pub why: String,
}

/// In the order of lines, with one change for each.
pub fn merge(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| change.line);
    let mut merged: Vec<Change> = Vec::new();
    for change in changes {
        match merged.last_mut().filter(|last| last.line == change.line) {
            Some(last) => {
                last.new = change.new;
                if last.why != change.why {
                    last.why = format!("{}; {}", last.why, change.why);
                }
            }
            None => merged.push(change),
        }
    }
    merged
}

/// Code that is replaced by other code, in the function of a name or everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'a> {
    pub within: Option<&'a str>,
    pub old: &'a str,
    pub new: &'a str,
    pub why: &'a str,
}

/// `text` with an edit made, and the lines where it was.
pub fn replace(text: &str, edit: Edit<'_>, changes: &mut Vec<Change>) -> Result<String, String> {
    let Edit { within, old, new, why } = edit;
    let lines: Vec<&str> = text.lines().collect();
    let range = within.map_or(Ok(0..lines.len()), |name| function(&lines, name))?;
    let before = changes.len();
    let mut out = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let replaced = if range.contains(&at) { line.replace(old, new) } else { (*line).to_owned() };
        if replaced != *line {
            changes.push(Change {
                line: at + 1,
                old: line.trim().to_owned(),
                new: replaced.trim().to_owned(),
                why: why.to_owned(),
            });
        }
        out.push(replaced);
    }
    if changes.len() == before {
        return Err(format!("`{old}` was to be replaced and is nowhere"));
    }
    Ok(out.join("\n") + "\n")
}

/// `text` without the function of a name and its attributes.
pub fn without(text: &str, name: &str) -> Result<String, String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let range = function(&lines, name)?;
    lines[range].fill("");
    Ok(lines.join("\n") + "\n")
}

/// The lines of a function, with the comments and attributes above it.
fn function(lines: &[&str], name: &str) -> Result<Range<usize>, String> {
    let heads = [format!("fn {name}("), format!("fn {name}<")];
    let named = |line: &&str| heads.iter().any(|head| line.trim_start().trim_start_matches("pub ").starts_with(head));
    let at = lines.iter().position(named).ok_or_else(|| format!("there is no function `{name}`"))?;
    let attributes =
        lines[..at].iter().rev().take_while(|line| ["#[", "//"].iter().any(|mark| line.trim_start().starts_with(mark)));
    let indent = lines[at].len() - lines[at].trim_start().len();
    let end = format!("{}}}", &lines[at][..indent]);
    let length = lines[at..].iter().position(|line| *line == end).ok_or_else(|| format!("`{name}` has no end"))?;
    Ok(at - attributes.count()..at + length + 1)
}

/// The items that begin with these lines, all else left empty.
pub fn pick(text: &str, items: &[&str]) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = BTreeSet::new();
    for item in items {
        let first = lines
            .iter()
            .position(|line| line.starts_with(item))
            .ok_or_else(|| format!("nothing begins with `{item}`"))?;
        let ends = |line: &&str| *line == "}" || (!line.starts_with(' ') && line.ends_with(';'));
        let length = lines[first..].iter().position(ends).ok_or_else(|| format!("`{item}` has no end"))?;
        kept.extend(first..=first + length);
    }
    let lines: Vec<_> = lines.iter().enumerate().map(|(at, line)| if kept.contains(&at) { line } else { "" }).collect();
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
use a::b;
macro_rules! m {
    () => {
        #[test]
        fn one() {
            let x = 1;
        }

        /// Says.
        #[test]
        fn two() {
            let x = 1;
        }
    };
}
m!();
mod rest {}
";

    #[test]
    fn replace_changes_a_function_or_all() {
        let mut changes = Vec::new();
        let edit = |within, old| Edit { within, old, new: "y", why: "on purpose" };
        let all = replace(TEXT, edit(None, "x = 1"), &mut changes).unwrap();
        assert_eq!((all.matches("let y;").count(), changes.len()), (2, 2));
        let two = replace(TEXT, edit(Some("two"), "x = 1"), &mut changes).unwrap();
        assert_eq!(two.matches("let y;").count(), 1);
        assert_eq!(changes[2], change(12, "let x = 1;", "let y;", "on purpose"));
        assert!(replace(TEXT, edit(Some("two"), "z"), &mut changes).is_err());
        assert!(replace(TEXT, edit(Some("three"), "x"), &mut changes).is_err());
    }

    fn change(line: usize, old: &str, new: &str, why: &str) -> Change {
        Change { line, old: old.to_owned(), new: new.to_owned(), why: why.to_owned() }
    }

    #[test]
    fn merge_leaves_one_change_for_a_line() {
        let merged = merge(vec![change(2, "x", "y", "p"), change(1, "a", "b", "p"), change(2, "y", "z", "q")]);
        assert_eq!(merged, [change(1, "a", "b", "p"), change(2, "x", "z", "p; q")]);
    }

    #[test]
    fn without_takes_what_belongs_to_the_function() {
        let text = without(TEXT, "two").unwrap();
        assert_eq!(text.lines().count(), TEXT.lines().count());
        assert!(text.contains("fn one()") && !text.contains("Says") && !text.contains("fn two()"));
        assert_eq!(text.matches("#[test]").count(), 1);
    }

    #[test]
    fn pick_keeps_items_in_their_places() {
        let text = pick(TEXT, &["macro_rules! m {", "m!("]).unwrap();
        assert_eq!(text.lines().nth(15), Some("m!();"));
        assert!(!text.contains("use a::b") && !text.contains("rest"));
        assert!(pick(TEXT, &["mod other"]).is_err());
    }
}
