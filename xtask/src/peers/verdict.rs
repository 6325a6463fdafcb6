//! What came of a suite: counts by file, and what is not as the table of differences says.

use std::collections::BTreeSet;

use super::examples;
use super::package::Rewriting;
use super::results::{Ending, Results};
use super::suite::{Kind, Suite, What};

/// The counts of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: usize,
    /// Failed as the table says.
    pub differing: usize,
    pub left_out: usize,
    /// By their own suite.
    pub ignored: usize,
}

/// The results of those tests that are in `rewriting`'s file, named as the table names them.
pub fn of_file(suite: &Suite, rewriting: &Rewriting, results: &Results) -> Results {
    if !matches!(rewriting.file.kind, Kind::Examples) {
        return results.clone();
    }
    let place = format!("{}/src/{}.rs - ", suite.examples(), rewriting.file.target());
    let examples = results.iter().filter(|(name, _)| name.starts_with(&place));
    examples.filter_map(|(name, ending)| Some((examples::reported(name)?.to_owned(), *ending))).collect()
}

/// Counts `results` and names what is not as declared.
pub fn judge(suite: &Suite, rewriting: &Rewriting, results: &Results) -> (Counts, Vec<String>) {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    let mut failing = BTreeSet::new();
    for difference in suite.differences_in(rewriting.file) {
        match difference.what {
            What::Fails(name) => {
                failing.insert(name);
                if !results.contains_key(name) {
                    wrong.push(format!("`{name}` is listed as failing, and there is no such test"));
                }
            }
            What::LeftOut(_) => counts.left_out += 1,
            What::Code(..) | What::CodeIn(..) => {}
        }
    }
    let silent = rewriting.examples.iter().filter(|name| !results.contains_key(*name));
    wrong.extend(silent.map(|name| format!("the example `{name}` did not run")));
    for (name, ending) in results {
        match (ending, failing.contains(name.as_str())) {
            (Ending::Passed, false) => counts.passed += 1,
            (Ending::Failed, true) => counts.differing += 1,
            (Ending::Ignored, _) => counts.ignored += 1,
            (Ending::Passed, true) => wrong.push(format!("`{name}` passes, and is listed as failing")),
            (Ending::Failed, false) => wrong.push(format!("`{name}` fails")),
        }
    }
    (counts, wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::suite::{Difference, File};

    const FILE: File = File::tests("tests/a.rs");
    const SUITE: Suite = Suite {
        package: "peer",
        imports: &[],
        needs: &[],
        library: "",
        files: &[FILE],
        differences: &[
            Difference { file: "tests/a.rs", what: What::Fails("differs"), why: "on purpose" },
            Difference { file: "tests/a.rs", what: What::LeftOut("slow"), why: "on purpose" },
        ],
    };

    fn judged(results: &[(&str, Ending)]) -> (Counts, Vec<String>) {
        let rewriting = Rewriting::of(&FILE);
        judge(&SUITE, &rewriting, &results.iter().map(|(name, ending)| ((*name).to_owned(), *ending)).collect())
    }

    #[test]
    fn judge_counts_what_is_as_declared() {
        let (counts, wrong) = judged(&[("a", Ending::Passed), ("b", Ending::Ignored), ("differs", Ending::Failed)]);
        assert_eq!(counts, Counts { passed: 1, differing: 1, left_out: 1, ignored: 1 });
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn judge_names_what_is_not() {
        let (_, wrong) = judged(&[("a", Ending::Failed), ("differs", Ending::Passed)]);
        assert_eq!(wrong, ["`a` fails", "`differs` passes, and is listed as failing"]);
        assert_eq!(judged(&[]).1, ["`differs` is listed as failing, and there is no such test"]);
    }
}
