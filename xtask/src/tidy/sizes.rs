//! Files stay short: tests are exempt.

use super::Finding;
use super::source::SourceFile;

/// Above this many lines a file is worth a look.
pub const SOFT: usize = 500;
/// Above this many it must be split.
const HARD: usize = 800;

pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let long = files.iter().filter(|file| !file.is_test() && file.lines().count() > HARD);
    long.map(|file| Finding::new(&file.path, format!("{} lines, at most {HARD}", file.lines().count()))).collect()
}

/// The files above the soft limit.
pub fn long(files: &[SourceFile]) -> Vec<&SourceFile> {
    files.iter().filter(|file| !file.is_test() && file.lines().count() > SOFT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_exempt_tests_only() {
        let text = "\n".repeat(801);
        let library = SourceFile::parse("crates/x/src/a.rs", text.clone()).unwrap();
        let test = SourceFile::parse("crates/x/tests/a.rs", text).unwrap();
        assert_eq!(check(&[library, test]).len(), 1);
    }
}
