//! Crate roots: `lib.rs` is an index, and the crates without unsafe code forbid it.

use proc_macro2::{Delimiter, TokenTree};

use super::Finding;
use super::source::SourceFile;

const SAFE: [&str; 4] = [
    "crates/memory-model/src/lib.rs",
    "crates/selvedge/src/lib.rs",
    "crates/selvedge-cli/src/main.rs",
    "xtask/src/main.rs",
];

/// What begins an item that does not belong into `lib.rs`.
const ITEMS: [&str; 9] = ["fn", "struct", "enum", "union", "trait", "impl", "const", "static", "type"];

pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        if SAFE.contains(&file.path.as_str()) && !file.text.contains("#![forbid(unsafe_code)]") {
            findings.push(Finding::new(&file.path, "must say `#![forbid(unsafe_code)]`"));
        }
        if !file.path.ends_with("/src/lib.rs") {
            continue;
        }
        findings.extend(items(file));
    }
    for path in SAFE.iter().filter(|path| !files.iter().any(|file| file.path == **path)) {
        findings.push(Finding::new(*path, "is missing; mend the list in xtask/src/tidy/roots.rs if it moved"));
    }
    findings
}

/// The items in a crate root that belong elsewhere. What is there for documentation tests only may stay: that is how a README's
/// example is run.
fn items(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut doctest = false;
    for tree in file.tokens.clone() {
        match tree {
            TokenTree::Ident(word) if ITEMS.contains(&word.to_string().as_str()) && !doctest => {
                let line = word.span().start().line;
                findings.push(Finding::at(file, line, "`lib.rs` holds docs, `mod` and `pub use` only"));
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                doctest |= group.stream().to_string().replace(' ', "") == "cfg(doctest)";
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => doctest = false,
            TokenTree::Punct(mark) if mark.as_char() == ';' => doctest = false,
            _ => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_hold_no_code() {
        let text = "//! Docs.\nmod a;\npub use a::B;\npub fn f() { let x = 1; }\n";
        let file = SourceFile::parse("crates/x/src/lib.rs", text.to_owned()).unwrap();
        let found = check(&[file]);
        assert!(found.iter().any(|finding| finding.place == "crates/x/src/lib.rs:4"), "{found:?}");
    }

    #[test]
    fn roots_may_run_their_readme() {
        let text = "#[cfg(doctest)]\n#[doc = \"text\"]\nstruct Readme;\nstruct Stray;\n";
        let file = SourceFile::parse("crates/x/src/lib.rs", text.to_owned()).unwrap();
        let places: Vec<_> = items(&file).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["crates/x/src/lib.rs:4"]);
    }

    #[test]
    fn roots_of_safe_crates_forbid_unsafe_code() {
        let file = SourceFile::parse("xtask/src/main.rs", "fn main() {}".to_owned()).unwrap();
        assert!(check(&[file]).iter().any(|finding| finding.message.contains("forbid")));
    }
}
