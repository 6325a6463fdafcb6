//! The examples in doc comments: each block becomes the documentation of an item of its own, so that rustdoc runs it as it runs any other.

use super::code::{self, Change, Edit};
use super::imports::{self, Import};

/// An example of a source file.
#[derive(Debug, PartialEq, Eq)]
pub struct Example {
    /// The item that it documents, `module` if it is the file, with a number if there are several.
    pub name: String,
    /// What follows the opening fence: `compile_fail`, `should_panic` and the like.
    pub attributes: String,
    /// The line of the opening fence.
    pub line: usize,
    /// The lines between the fences.
    pub code: String,
}

/// The blocks of code in the doc comments of `source`, in its order.
pub fn examples(source: &str) -> Vec<Example> {
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let mut found: Vec<Example> = Vec::new();
    let mut open: Option<Example> = None;
    for (at, line) in lines.iter().enumerate() {
        let Some((mark, text)) = comment(line) else {
            // An example that is never closed ends with its comment, as rustdoc has it.
            found.extend(open.take());
            continue;
        };
        match (text.strip_prefix("```"), &mut open) {
            (Some(attributes), None) => {
                let item = if mark == "//!" { "module" } else { documented(&lines[at..]) };
                let (attributes, code) = (attributes.trim().to_owned(), String::new());
                open = Some(Example { name: item.to_owned(), attributes, line: at + 1, code });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (None, Some(example)) => {
                example.code.push_str(text);
                example.code.push('\n');
            }
            (None, None) => {}
        }
    }
    number(&mut found);
    found
}

/// The mark of a doc comment, and what it says.
fn comment(line: &str) -> Option<(&str, &str)> {
    let mark = ["///", "//!"].into_iter().find(|mark| line.starts_with(mark))?;
    let text = &line[mark.len()..];
    Some((mark, text.strip_prefix(' ').unwrap_or(text)))
}

/// The name of the first item declared after comments.
fn documented<'a>(lines: &[&'a str]) -> &'a str {
    const KINDS: [&str; 9] = ["fn", "struct", "enum", "trait", "type", "mod", "const", "static", "macro_rules!"];
    for line in lines.iter().filter(|line| !line.starts_with("//") && !line.starts_with('#')) {
        let mut words =
            line.split(|character: char| !character.is_alphanumeric() && character != '_' && character != '!');
        let mut declared = None;
        while let Some(word) = words.next() {
            // `const fn` declares what follows `fn`.
            if KINDS.contains(&word) {
                declared = words.clone().find(|word| !word.is_empty());
                if declared.is_none_or(|name| !KINDS.contains(&name)) {
                    break;
                }
            }
        }
        if let Some(name) = declared {
            return name;
        }
    }
    "item"
}

/// Tells examples of one name from one another: the second becomes `name_2`.
fn number(examples: &mut [Example]) {
    for at in (0..examples.len()).rev() {
        let earlier = examples[..at].iter().filter(|example| example.name == examples[at].name).count();
        if earlier > 0 {
            examples[at].name = format!("{}_{}", examples[at].name, earlier + 1);
        }
    }
}

/// A module whose items, one for each example, are documented with it.
pub fn module(examples: &[Example]) -> String {
    let mut text = String::new();
    for example in examples {
        text.push_str(&format!("/// ```{}\n", example.attributes));
        for line in example.code.lines() {
            text.push_str(&format!("/// {line}\n"));
        }
        text.push_str(&format!("/// ```\npub mod example_{} {{}}\n\n", example.name));
    }
    text
}

/// The name of the example that rustdoc reports as `path/of/module.rs - module::example_name (line 5)`.
pub fn reported(test: &str) -> Option<&str> {
    let (_, name) = test.split_once("example_")?;
    name.split_whitespace().next()
}

/// Makes an edit in the examples, which must be somewhere.
pub fn replace(examples: &mut [Example], edit: Edit<'_>, changes: &mut Vec<Change>) -> Result<(), String> {
    let before = changes.len();
    for example in examples.iter_mut().filter(|example| edit.within.is_none_or(|name| name == example.name)) {
        let first = changes.len();
        if example.code.contains(edit.old) {
            example.code = code::replace(&example.code, Edit { within: None, ..edit }, changes)?;
        }
        for change in &mut changes[first..] {
            change.line += example.line;
        }
    }
    if changes.len() == before {
        Err(format!("`{}` was to be replaced and is in no example", edit.old))
    } else {
        Ok(())
    }
}

/// Takes an example away.
pub fn leave_out(examples: &mut Vec<Example>, name: &str) -> Result<(), String> {
    let at = examples.iter().position(|example| example.name == name);
    examples.remove(at.ok_or_else(|| format!("there is no example `{name}`"))?);
    Ok(())
}

/// Rewrites the imports of examples; the changed lines of the file.
pub fn rewrite(examples: &mut [Example], foreign: &str, table: &[Import]) -> Result<Vec<usize>, String> {
    let mut changed = Vec::new();
    for example in examples {
        let rewritten =
            imports::rewrite(&example.code, foreign, table).map_err(|error| format!("{}: {error}", example.name))?;
        changed.extend(rewritten.lines.iter().map(|line| example.line + line));
        example.code = rewritten.text;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
//! About.
//! ```
//! one();
//! ```

/// A type.
///
/// ```should_panic
/// two();
/// # three();
/// ```
#[derive(Debug)]
pub struct Thing<T> {
    field: T,
}

impl Thing {
    /// ```
    /// four();
    /// ```
    pub const fn new() -> Self {}

    /// ```
    /// five();
    fn new(&self) {}
}
";

    #[test]
    fn examples_are_named_by_what_they_document() {
        let examples = examples(SOURCE);
        let names: Vec<_> = examples.iter().map(|example| example.name.as_str()).collect();
        assert_eq!(names, ["module", "Thing", "new", "new_2"]);
        assert_eq!(
            (examples[1].attributes.as_str(), examples[1].code.as_str()),
            ("should_panic", "two();\n# three();\n")
        );
    }

    #[test]
    fn module_is_read_back_as_the_same_examples() {
        let first = examples(SOURCE);
        let again = examples(&module(&first));
        assert_eq!(first.len(), again.len());
        for (first, again) in first.iter().zip(&again) {
            assert_eq!((&first.attributes, &first.code), (&again.attributes, &again.code));
            assert_eq!(again.name, format!("example_{}", first.name));
        }
    }

    #[test]
    fn reported_finds_the_name_that_rustdoc_prints() {
        assert_eq!(reported("src/map.rs - map::example_new_2 (line 12) - compile fail"), Some("new_2"));
        assert_eq!(reported("map::new"), None);
    }
}
