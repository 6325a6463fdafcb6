//! What a test run printed, as results by test.

use std::collections::BTreeMap;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Passed,
    Failed,
    /// Its own suite leaves it out of a plain run.
    Ignored,
}

/// The tests of a run by name.
pub type Results = BTreeMap<String, Ending>;

/// Reads the lines `test NAME ... ENDING`.
pub fn parse(output: &str) -> Results {
    let mut results = Results::new();
    for line in output.lines() {
        let Some((name, ending)) = line.strip_prefix("test ").and_then(|test| test.rsplit_once(" ... ")) else {
            continue;
        };
        let ending = match ending.split(',').next().unwrap_or_default() {
            "ok" => Ending::Passed,
            "FAILED" => Ending::Failed,
            "ignored" => Ending::Ignored,
            _ => continue,
        };
        let name = name.strip_suffix(" - should panic").unwrap_or(name);
        results.insert(name.to_owned(), ending);
    }
    results
}

/// How many tests a line says will run.
pub fn announced(line: &str) -> Option<usize> {
    let (number, _) = line.strip_prefix("running ")?.split_once(" test")?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_reads_what_the_harness_prints() {
        let results = parse(
            "running 4 tests\ntest a::b ... ok\ntest c - should panic ... FAILED\ntest d ... ignored, slow\n\
             test src/lib.rs - m::example_x (line 3) - compile fail ... ok\n\ntest result: FAILED. 2 passed; 1 failed\n",
        );
        let expected = [
            ("a::b", Ending::Passed),
            ("c", Ending::Failed),
            ("d", Ending::Ignored),
            ("src/lib.rs - m::example_x (line 3) - compile fail", Ending::Passed),
        ];
        assert_eq!(
            (announced("running 4 tests"), announced("running 1 test"), announced("test a ... ok")),
            (Some(4), Some(1), None)
        );
        assert_eq!(results, expected.map(|(name, ending)| (name.to_owned(), ending)).into());
    }
}
