//! Rewriting the imports of a source text: `use` declarations by a table from their paths to ours, and paths of the same table that are written out.
//!
//! It is textual, because code inside doc comments and macros has imports, too. Lines keep their numbers.

/// A path of a peer's, and what stands for it here; nothing if it is left out.
pub type Import = (&'static str, &'static str);

/// A text with its imports changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Rewritten {
    pub text: String,
    /// The lines, counted from one, that are not as they were.
    pub lines: Vec<usize>,
}

/// Replaces what `table` names in `text`. A `use` of `foreign`, the peer's crate, that the table does not know is an error.
pub fn rewrite(text: &str, foreign: &str, table: &[Import]) -> Result<Rewritten, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<String> = Vec::with_capacity(lines.len());
    let mut changed = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let length = declaration(&lines[at..]);
        let old = &lines[at..at + length.max(1)];
        let new = if length > 0 { declared(old, foreign, table)? } else { None };
        let mut new = new.unwrap_or_else(|| old.iter().map(|line| (*line).to_owned()).collect());
        for line in &mut new {
            *line = spelled(line, foreign, table);
        }
        changed.extend((0..old.len()).filter(|&i| old[i] != new[i]).map(|i| at + i + 1));
        at += old.len();
        out.extend(new);
    }
    let mut text = out.join("\n");
    text.push('\n');
    Ok(Rewritten { text, lines: changed })
}

/// What stands before code on a line: white space, or the mark of a hidden line in an example.
fn margin(line: &str) -> &str {
    let code = line.trim_start();
    let code = code.strip_prefix("# ").map_or(code, str::trim_start);
    &line[..line.len() - code.len()]
}

/// How many lines the `use` declaration takes that begins on the first one; none if none does.
fn declaration(lines: &[&str]) -> usize {
    let code = &lines[0][margin(lines[0]).len()..];
    if !code.starts_with("use ") && !code.starts_with("pub use ") {
        return 0;
    }
    lines.iter().position(|line| line.contains(';')).map_or(0, |last| last + 1)
}

/// The declaration with its imports replaced, on as many lines; `None` if it imports nothing of the peer's.
fn declared(lines: &[&str], foreign: &str, table: &[Import]) -> Result<Option<Vec<String>>, String> {
    let margin = margin(lines[0]);
    let joined: Vec<&str> = lines.iter().map(|line| line[self::margin(line).len()..].trim_end()).collect();
    let joined = joined.join(" ");
    let (declaration, rest) = joined.split_once(';').unwrap_or((&joined, ""));
    let (keyword, tree) = declaration.split_once("use ").unwrap_or(("", declaration));
    let mut touched = false;
    let mut imports = Vec::new();
    for leaf in leaves(tree) {
        let (path, name) = leaf.split_once(" as ").map_or((leaf.as_str(), None), |(path, name)| (path, Some(name)));
        let path = path.trim_start_matches("::");
        let ours = table.iter().find(|(theirs, _)| *theirs == path).map(|(_, ours)| *ours);
        if ours.is_none() && path.split("::").next() == Some(foreign) {
            return Err(format!("no import stands for `{path}`"));
        }
        touched |= ours.is_some();
        if ours == Some("") {
            continue;
        }
        imports.push(import(ours.unwrap_or(path), name.unwrap_or_else(|| last(path))));
    }
    if !touched {
        return Ok(None);
    }
    let mut new = vec![format!(
        "{margin}{}{rest}",
        imports.iter().map(|path| format!("{keyword}use {path};")).collect::<Vec<_>>().join(" ")
    )];
    new.resize(lines.len(), margin.trim_end().to_owned());
    Ok(Some(new))
}

/// `path`, renamed if it does not end with `name`.
fn import(path: &str, name: &str) -> String {
    if last(path) == name { path.to_owned() } else { format!("{path} as {name}") }
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path).trim()
}

/// The single paths of a tree such as `a::{b, c::{self, d as e}}`.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, group)) = tree.split_once('{') else { return vec![tree.to_owned()] };
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let prefix = prefix.trim().trim_end_matches("::");
    let mut found = Vec::new();
    for part in parts(group) {
        for leaf in leaves(part) {
            found.push(match (prefix, leaf.as_str()) {
                ("", leaf) => leaf.to_owned(),
                (prefix, "self") => prefix.to_owned(),
                (prefix, leaf) => format!("{prefix}::{leaf}"),
            });
        }
    }
    found
}

/// The parts between the commas that are in no braces.
fn parts(group: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let split = group.split(|character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    split.map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// The line with paths of the peer's crate that are written out replaced.
fn spelled(line: &str, foreign: &str, table: &[Import]) -> String {
    let mut line = line.to_owned();
    for (theirs, ours) in table.iter().filter(|(theirs, ours)| theirs.starts_with(foreign) && !ours.is_empty()) {
        line = replaced(&line, theirs, ours);
    }
    line
}

/// `line` with `ours` for each `theirs` that is not a part of a longer name.
fn replaced(line: &str, theirs: &str, ours: &str) -> String {
    let named =
        |character: Option<char>| character.is_some_and(|character| character.is_alphanumeric() || character == '_');
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(theirs) {
        let end = at + theirs.len();
        let before = rest[..at].chars().next_back().or_else(|| out.chars().next_back());
        let whole = !named(before) && before != Some(':') && !named(rest[end..].chars().next());
        out.push_str(&rest[..at]);
        out.push_str(if whole { ours } else { theirs });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Import; 3] = [
        ("peer::Queue", "ours::OurQueue"),
        ("peer::Steal", "ours::Steal"),
        ("peer::Steal::Empty", "ours::Steal::Empty"),
    ];

    fn rewritten(text: &str) -> (String, Vec<usize>) {
        let rewritten = rewrite(text, "peer", &TABLE).unwrap();
        (rewritten.text, rewritten.lines)
    }

    #[test]
    fn rewrite_renames_to_what_the_code_says() {
        let (text, lines) = rewritten("use std::sync::Arc;\nuse peer::Queue;\nfn f(_: Queue) {}\n");
        assert_eq!(text, "use std::sync::Arc;\nuse ours::OurQueue as Queue;\nfn f(_: Queue) {}\n");
        assert_eq!(lines, [2]);
        assert_eq!(rewritten("    pub use peer::{Queue as Q};").0, "    pub use ours::OurQueue as Q;\n");
    }

    #[test]
    fn rewrite_keeps_the_numbers_of_lines() {
        let (text, lines) = rewritten("use peer::{\n    Queue,\n    Steal::{self, Empty},\n};\nend\n");
        assert_eq!(text, "use ours::OurQueue as Queue; use ours::Steal; use ours::Steal::Empty;\n\n\n\nend\n");
        assert_eq!(lines, [1, 2, 3, 4]);
    }

    #[test]
    fn rewrite_knows_hidden_lines_of_examples() {
        assert_eq!(rewritten("# use peer::Queue; let a = 1;").0, "# use ours::OurQueue as Queue; let a = 1;\n");
    }

    #[test]
    fn rewrite_replaces_whole_paths_only() {
        let (text, lines) =
            rewritten("let a = peer::Queue::new();\nlet b = peer::Queues;\nlet c = other::peer::Queue;\n");
        assert_eq!(text, "let a = ours::OurQueue::new();\nlet b = peer::Queues;\nlet c = other::peer::Queue;\n");
        assert_eq!(lines, [1]);
    }

    #[test]
    fn rewrite_names_what_nothing_stands_for() {
        assert_eq!(
            rewrite("use peer::{Queue, Other};", "peer", &TABLE).unwrap_err(),
            "no import stands for `peer::Other`"
        );
    }
}
