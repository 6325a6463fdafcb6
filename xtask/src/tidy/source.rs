//! The workspace's Rust files, with their tokens: comments and strings do not count as code.

use std::error::Error;
use std::path::Path;
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A Rust file and its path from the workspace root, with `/` between the parts.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub path: String,
    pub text: String,
    pub tokens: TokenStream,
}

impl SourceFile {
    /// Reads tokens from `text`.
    pub fn parse(path: &str, text: String) -> Result<Self, Box<dyn Error>> {
        let tokens = TokenStream::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
        Ok(Self { path: path.to_owned(), text, tokens })
    }

    pub fn lines(&self) -> std::str::Lines<'_> {
        self.text.lines()
    }

    /// Whether this is part of the library of `package` (not of its tests, examples or benchmarks).
    pub fn is_library_of(&self, package: &str) -> bool {
        self.path.starts_with(&format!("crates/{package}/src/"))
    }

    /// Whether this file is test code as a whole.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// All paths such as `std::sync::Arc`, use-trees spelled out, with the line of their first segment.
    pub fn paths(&self) -> Vec<(Vec<String>, usize)> {
        let mut found = Vec::new();
        paths_in(self.tokens.clone(), &[], &mut found);
        found
    }

    /// All macro calls `name!`, with their line.
    pub fn macro_calls(&self) -> Vec<(String, TokenStream, usize)> {
        let mut found = Vec::new();
        macro_calls_in(self.tokens.clone(), &mut found);
        found
    }
}

/// Loads every tracked Rust file under `crates`, `xtask` and `benches`.
pub fn load(root: &Path) -> Result<Vec<SourceFile>, Box<dyn Error>> {
    let mut files = Vec::new();
    for folder in ["benches", "crates", "xtask"] {
        walk(root, &root.join(folder), &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                walk(root, &path, files)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{relative}: {error}"))?;
            files.push(SourceFile::parse(&relative, text)?);
        }
    }
    Ok(())
}

/// Collects paths. `prefix` is what stands before a use-tree's braces.
fn paths_in(tokens: TokenStream, prefix: &[String], found: &mut Vec<(Vec<String>, usize)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(first) => {
                let line = first.span().start().line;
                let mut path = prefix.to_vec();
                path.push(first.to_string());
                at += 1;
                let mut spelled_out = false;
                while is_double_colon(&tokens, at) {
                    match tokens.get(at + 2) {
                        Some(TokenTree::Ident(next)) => {
                            path.push(next.to_string());
                            at += 3;
                        }
                        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                            paths_in(group.stream(), &path, found);
                            at += 3;
                            spelled_out = true;
                        }
                        _ => at += 2,
                    }
                }
                if !spelled_out {
                    found.push((path, line));
                }
            }
            TokenTree::Group(group) => {
                // Inside a use-tree only braces nest, and those were taken above.
                paths_in(group.stream(), &[], found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

fn is_double_colon(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(tokens.get(at)) && colon(tokens.get(at + 1))
}

fn macro_calls_in(tokens: TokenStream, found: &mut Vec<(String, TokenStream, usize)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, tree) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = tree {
            macro_calls_in(group.stream(), found);
        }
        let TokenTree::Ident(name) = tree else { continue };
        let Some(TokenTree::Punct(bang)) = tokens.get(at + 1) else { continue };
        let Some(TokenTree::Group(arguments)) = tokens.get(at + 2) else { continue };
        if bang.as_char() == '!' {
            found.push((name.to_string(), arguments.stream(), name.span().start().line));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_paths_spell_out_use_trees() {
        let file =
            SourceFile::parse("x.rs", "use std::{sync::{Arc, atomic::AtomicU8}, thread}; // core::a".into()).unwrap();
        let paths: Vec<String> = file.paths().into_iter().map(|(path, _)| path.join("::")).collect();
        assert!(paths.contains(&"std::sync::atomic::AtomicU8".to_owned()), "{paths:?}");
        assert!(paths.contains(&"std::thread".to_owned()), "{paths:?}");
        assert!(!paths.iter().any(|path| path.starts_with("core")), "{paths:?}");
    }

    #[test]
    fn source_macro_calls_are_found_in_groups() {
        let file = SourceFile::parse("x.rs", "fn f() {\n  g(ord!(Q1, Acquire));\n}".into()).unwrap();
        let calls = file.macro_calls();
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].0.as_str(), calls[0].2), ("ord", 2));
    }
}
