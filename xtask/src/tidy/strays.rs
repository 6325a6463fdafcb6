//! Nothing unfinished: no `todo!`, `unimplemented!`, `dbg!`, and no ignored test without a reason.

use super::Finding;
use super::source::SourceFile;

const MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];

pub fn check(files: &[SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        for (name, _, line) in file.macro_calls() {
            if MACROS.contains(&name.as_str()) {
                findings.push(Finding::at(file, line, format!("`{name}!` left behind")));
            }
        }
        for (number, line) in file.lines().enumerate() {
            if line.trim() == "#[ignore]" {
                findings.push(Finding::at(file, number + 1, "an ignored test needs its reason: `#[ignore = \"...\"]`"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strays_are_found_in_code_only() {
        let text = "fn f() { todo!() }\n// unimplemented!()\n#[ignore]\nfn g() {}\n#[ignore = \"slow\"]\nfn h() {}";
        let file = SourceFile::parse("crates/x/src/a.rs", text.to_owned()).unwrap();
        let lines: Vec<_> = check(&[file]).into_iter().map(|finding| finding.place).collect();
        assert_eq!(lines, ["crates/x/src/a.rs:1", "crates/x/src/a.rs:3"]);
    }
}
