//! Every atomic access names its site: `ord!(Q3, Release)`, and a comment `// ord[Q3] Release: ...; pairs with Q5.` says
//! what the ordering buys. Tags are unique in a crate, the comment's ordering is the code's, and every pair exists.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};

use super::Finding;
use super::source::SourceFile;

/// How many lines above the access its comment may begin.
const REACH: usize = 16;

const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];

struct Comment<'a> {
    file: &'a SourceFile,
    line: usize,
    ordering: String,
    pairs: Vec<String>,
}

pub fn check(files: &[&SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut comments: BTreeMap<String, Comment<'_>> = BTreeMap::new();
    for file in files {
        for (tag, comment) in comments_of(file, &mut findings) {
            if let Some(first) = comments.get(&tag) {
                let message = format!("tag `{tag}` stands also at {}:{}", first.file.path, first.line);
                findings.push(Finding::at(file, comment.line, message));
            } else {
                comments.insert(tag, comment);
            }
        }
    }
    let mut used = Vec::new();
    for file in files.iter().filter(|file| !file.path.contains("/src/primitive")) {
        findings.extend(bare_orderings(file));
        for (name, arguments, line) in file.macro_calls() {
            if name == "ord" {
                findings.extend(check_site(file, &arguments, line, &comments));
                used.extend(site_of(&arguments).map(|(tag, _)| tag));
            }
        }
    }
    for (tag, comment) in &comments {
        if !used.contains(tag) {
            findings.push(Finding::at(comment.file, comment.line, format!("tag `{tag}` has no access")));
        }
        for pair in comment.pairs.iter().filter(|pair| !comments.contains_key(*pair)) {
            findings.push(Finding::at(
                comment.file,
                comment.line,
                format!("`{tag}` pairs with `{pair}`, which is nowhere"),
            ));
        }
    }
    findings
}

/// The tagged comments of a file. A comment runs on over the following comment lines until the next tag.
fn comments_of<'a>(file: &'a SourceFile, findings: &mut Vec<Finding>) -> Vec<(String, Comment<'a>)> {
    let lines: Vec<&str> = file.lines().map(str::trim).collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let Some(rest) = line.strip_prefix("// ord[") else { continue };
        let mut text = rest.to_owned();
        for next in &lines[number + 1..] {
            match next.strip_prefix("//") {
                Some(more) if !more.starts_with(" ord[") => text.push_str(more),
                _ => break,
            }
        }
        let parts =
            text.split_once("] ").and_then(|(tag, rest)| rest.split_once(':').map(|(order, why)| (tag, order, why)));
        let Some((tag, ordering, why)) = parts else {
            findings.push(Finding::at(file, number + 1, "expected `// ord[TAG] Ordering: reason; pairs with TAG.`"));
            continue;
        };
        let Some((_, pairs)) = why.split_once("pairs with ") else {
            findings.push(Finding::at(file, number + 1, format!("`{tag}` does not say what it pairs with")));
            continue;
        };
        let pairs = pairs.split(['.', ';', '(']).next().unwrap_or_default();
        let pairs =
            pairs.split([',', ' ']).filter(|word| !word.is_empty() && !["and", "none", "itself"].contains(word));
        let comment = Comment {
            file,
            line: number + 1,
            ordering: ordering.trim().to_owned(),
            pairs: pairs.map(str::to_owned).collect(),
        };
        found.push((tag.to_owned(), comment));
    }
    found
}

/// `Q3, Release` as its two words.
fn site_of(arguments: &TokenStream) -> Option<(String, String)> {
    let trees: Vec<TokenTree> = arguments.clone().into_iter().collect();
    match &trees[..] {
        [TokenTree::Ident(tag), TokenTree::Punct(_), TokenTree::Ident(ordering)] => {
            Some((tag.to_string(), ordering.to_string()))
        }
        _ => None,
    }
}

fn check_site(
    file: &SourceFile,
    arguments: &TokenStream,
    line: usize,
    comments: &BTreeMap<String, Comment<'_>>,
) -> Option<Finding> {
    let Some((tag, ordering)) = site_of(arguments) else {
        return Some(Finding::at(file, line, format!("expected `ord!(TAG, Ordering)`, found `ord!({arguments})`")));
    };
    let Some(comment) = comments.get(&tag) else {
        return Some(Finding::at(
            file,
            line,
            format!("no comment `// ord[{tag}] {ordering}: ...` says what this buys"),
        ));
    };
    if comment.ordering != ordering {
        let message = format!("`{tag}` is {ordering} here and {} in its comment", comment.ordering);
        return Some(Finding::at(file, line, message));
    }
    if comment.file.path != file.path || comment.line > line || line - comment.line > REACH {
        return Some(Finding::at(file, line, format!("the comment of `{tag}` does not stand above it")));
    }
    None
}

/// Orderings written without a tag.
fn bare_orderings(file: &SourceFile) -> Vec<Finding> {
    let bare = file.paths().into_iter().filter(
        |(path, _)| matches!(&path[..], [.., kind, name] if kind == "Ordering" && ORDERINGS.contains(&name.as_str())),
    );
    bare.map(|(path, line)| Finding::at(file, line, format!("write `ord!(TAG, {})`", path[path.len() - 1]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        let file = SourceFile::parse("crates/x/src/a.rs", text.to_owned()).unwrap();
        check(&[&file]).into_iter().map(|finding| finding.to_string()).collect()
    }

    const GOOD: &str = "fn f() {\n\
        // ord[A1] Release: publishes the node;\n// pairs with A2.\nx.store(1, ord!(A1, Release));\n\
        // ord[A2] Acquire: sees the node; pairs with A1.\nx.load(ord!(A2, Acquire));\n}";

    #[test]
    fn orderings_with_tags_and_pairs_pass() {
        assert_eq!(messages(GOOD), Vec::<String>::new());
    }

    #[test]
    fn orderings_without_tag_are_found() {
        let found = messages("fn f() { x.load(Ordering::Acquire); }");
        assert_eq!(found, ["crates/x/src/a.rs:1: write `ord!(TAG, Acquire)`"]);
    }

    #[test]
    fn orderings_must_match_their_comment() {
        let found = messages(&GOOD.replace("ord!(A1, Release)", "ord!(A1, Relaxed)"));
        assert!(found[0].contains("`A1` is Relaxed here and Release in its comment"), "{found:?}");
    }

    #[test]
    fn orderings_pair_with_existing_tags() {
        let found = messages(&GOOD.replace("pairs with A2", "pairs with A9"));
        assert!(found[0].contains("`A9`, which is nowhere"), "{found:?}");
    }

    #[test]
    fn orderings_tags_are_unique() {
        let found = messages(&format!("{GOOD}\n{GOOD}"));
        assert!(found.iter().any(|message| message.contains("stands also at")), "{found:?}");
    }

    #[test]
    fn orderings_comments_belong_to_an_access() {
        let found = messages("// ord[A1] Release: nothing; pairs with none.\nfn f() {}");
        assert!(found[0].contains("has no access"), "{found:?}");
    }
}
