//! What the book shows is what the examples print. `SELVEDGE_UPDATE=1` writes it there instead of comparing.

use std::path::PathBuf;

use verify_harness::model::Builder;

#[path = "../../examples/check_your_code.rs"]
mod check_your_code;
#[path = "../../examples/explorers.rs"]
mod explorers;
#[path = "../../examples/shared/counts.rs"]
mod programs;

mod ours {
    crate::define!(verify_harness::model);
}

/// A page of the book; `None` where the crate stands alone.
fn page(name: &str) -> Option<(PathBuf, String)> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/src").join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: there is no {}", path.display());
    }
    Some((path, text?))
}

/// Compares `shown` with what follows the mark of `example` on the page, up to an empty line at the end of it.
fn compare(name: &str, example: &str, shown: &str) {
    let Some((path, text)) = page(name) else { return };
    let mark = format!("<!-- output: {example} -->\n");
    let end = "<!-- end of output -->\n";
    let (before, rest) = text.split_once(&mark).unwrap_or_else(|| panic!("{name} has no mark `{mark}`"));
    let (old, after) = rest.split_once(end).unwrap_or_else(|| panic!("{name}: no end of the output of {example}"));
    if old == shown {
        return;
    }
    if std::env::var_os("SELVEDGE_UPDATE").is_some() {
        std::fs::write(path, format!("{before}{mark}{shown}{end}{after}")).expect("the page can be written");
    } else {
        panic!("{name} shows\n{old}\nbut the example prints\n{shown}\nrun this test with SELVEDGE_UPDATE=1");
    }
}

#[test]
fn counterexample_of_the_book_is_what_the_example_prints() {
    // A thread of its own, since a failure names the test that it is in. Here the example is a module, whose path names the way
    // to it.
    let output = std::thread::spawn(check_your_code::output).join().expect("the example runs");
    let output = output.replace("tests/model/../../examples/", "examples/");
    compare("check-your-code.md", "check_your_code", &format!("```text\n{output}```\n"));
}

#[test]
fn table_of_explorers_in_the_book_is_what_the_example_prints() {
    compare("check-your-code.md", "explorers", &explorers::table());
}

#[test]
fn counts_in_the_book_are_those_of_the_checker() {
    // The other columns are printed beside these by an example of the benchmarks, which has loom.
    let Some((_, text)) = page("comparison.md") else { return };
    let readme = page("../../README.md").map_or_else(String::new, |(_, text)| text);
    for (name, _, program) in ours::programs() {
        let report = Builder::new().explore(program);
        assert!(report.verdict.holds(), "{name}: {report}");
        let row = format!("| {name} | {} |", report.executions);
        assert!(text.contains(&row), "comparison.md does not say `{row}`");
        let quoted = readme.lines().find(|line| line.starts_with(&format!("| {name} |")));
        assert!(
            quoted.is_none_or(|line| text.lines().any(|other| other == line)),
            "the README has another row of {name}"
        );
    }
}
