//! Damaged sources: whatever is wrong with a test or a model, the error says where, and shows it.

use std::path::{Path, PathBuf};

use memory_model::cat::{CatErrorKind, CatModel};
use memory_model::enumerate::Enumerator;
use memory_model::litmus::Litmus;
use verify_harness::random::Random;

const SEED: u64 = 0xda3a6ed;

/// The files of this crate in a folder, in the order of their names.
fn sources(folder: &str, ending: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries =
        std::fs::read_dir(folder).expect("a folder of this crate").map(|entry| entry.expect("readable").path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("readable")).collect()
}

/// What a hand that slips may do to a text: characters are left out, doubled, swapped, moved, or of another kind.
fn damaged(source: &str, random: &mut Random) -> String {
    const OTHER: [&str; 16] =
        ["(", ")", "{", "}", "[", "]", "*", "&", "~", "\"", "'", "\0", "é", "99999999999999999999", "(*", "let "];
    let mut text: Vec<char> = source.chars().collect();
    for _ in 0..=random.below(2) {
        let (at, other) = (random.below(text.len() as u64) as usize, random.below(text.len() as u64) as usize);
        match random.below(6) {
            0 => drop(text.remove(at)),
            1 => text.insert(at, text[other]),
            2 => text.swap(at, other),
            3 => text.truncate(at + 1),
            4 => drop(text.splice(at..at, OTHER[random.below(OTHER.len() as u64) as usize].chars())),
            _ => drop(text.drain(at.min(other)..at.max(other).min(at.min(other) + 9))),
        }
        if text.is_empty() {
            break;
        }
    }
    text.into_iter().collect()
}

/// Checks the place, the text of the line and the carets of an error.
fn check(source: &str, shown: &str, (line, column): (usize, usize), span: (usize, usize)) {
    assert!(source.get(span.0..span.1).is_some(), "the span {span:?} is none of\n{source}\n{shown}");
    let text = source.split('\n').nth(line - 1).unwrap_or_else(|| panic!("no line {line} in\n{source}\n{shown}"));
    let start = source.split('\n').take(line - 1).map(|line| line.len() + 1).sum::<usize>();
    let before = source[start..].chars().take(column - 1).map(char::len_utf8).sum::<usize>();
    assert_eq!(start + before, span.0, "{source}\n{shown}");
    if text.chars().count() > 200 {
        return;
    }
    let [.., quoted, carets] = shown.lines().collect::<Vec<_>>()[..] else { panic!("{shown}") };
    let margin = format!("{line} | ").len();
    assert_eq!(carets.find('^').map(|at| carets[..at].chars().count()), Some(margin + column - 1), "{shown}");
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    assert_eq!(quoted.chars().skip(margin).collect::<String>(), text, "{shown}");
}

#[test]
fn damaged_tests_are_read_or_refused_with_their_place() {
    let mut random = Random::new(SEED);
    println!("seed {SEED:#x}");
    let mut refused = 0;
    for source in sources("litmus", "litmus") {
        for _ in 0..20 {
            let text = damaged(&source, &mut random);
            match Litmus::parse(&text) {
                Ok(litmus) => drop(litmus.validate()),
                Err(error) => {
                    check(&text, &error.to_string(), (error.line, error.column), error.span);
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}

#[test]
fn damaged_models_are_read_or_refused_with_their_place() {
    let mut random = Random::new(SEED);
    println!("seed {SEED:#x}");
    let mut refused = 0;
    for source in sources("cat", "cat") {
        for _ in 0..60 {
            let text = damaged(&source, &mut random);
            let Err(error) = CatModel::parse("damaged", &text) else { continue };
            if error.file == "damaged" {
                check(&text, &error.to_string(), (error.line, error.column), error.span);
            }
            refused += 1;
        }
    }
    assert!(refused > 300, "{refused}");
}

#[test]
fn error_in_a_long_line_shows_a_part_of_it() {
    let source =
        format!("C t\n{{}}\nP0 (int* x) {{ {}*y = 1; {}}}\n", "*x = 1; ".repeat(5_000), "*x = 2; ".repeat(5_000));
    let error = Litmus::parse(&source).expect_err("no such variable");
    assert_eq!((error.line, error.column), (3, 15 + 8 * 5_000 + 1));
    let shown = error.to_string();
    let [message, _, quoted, carets] = shown.lines().collect::<Vec<_>>()[..] else { panic!("{shown}") };
    assert!(message.ends_with("`y` is neither a parameter nor a local variable here"), "{shown}");
    assert!(quoted.len() < 220 && quoted.starts_with("3 | ...") && quoted.ends_with("..."), "{shown}");
    let at = carets.find('^').expect("a caret");
    assert_eq!((&quoted[at..=at], carets.matches('^').count()), ("y", 1), "{shown}");
}

/// Each definition is one level deeper than the one before. What walks formulas recurses.
#[test]
fn model_with_a_long_chain_of_definitions_is_refused_and_a_shorter_one_runs() {
    let test = Litmus::parse(&sources("litmus", "litmus")[0]).expect("a test");
    for (link, links) in [("let a = a; po let a = a | rf ", 190), ("let rec b = a | b; b; po let a = b; po ", 60)] {
        let chain = |links: usize| format!("let a = po {} acyclic a & rf", link.repeat(links));
        let error = CatModel::parse("deep", &chain(20_000)).expect_err("too deep");
        assert_eq!(error.kind, CatErrorKind::TooDeep);
        let model = CatModel::parse("long", &chain(links)).expect("a model");
        assert!(Enumerator::new(&model).summary(&test).is_ok());
        memory_model::explain::explain(&test, &model).expect("valid");
    }
}
