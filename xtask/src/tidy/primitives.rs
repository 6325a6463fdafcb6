//! In the checkable crates only the module `primitive` names atomics, cells, threads and `loom`, so that one switch puts a
//! checker under all of the code.

use super::Finding;
use super::source::SourceFile;

const FORBIDDEN: [&[&str]; 9] = [
    &["core", "sync", "atomic"],
    &["std", "sync"],
    &["alloc", "sync"],
    &["std", "thread"],
    &["core", "cell", "UnsafeCell"],
    &["std", "cell", "UnsafeCell"],
    &["core", "hint", "spin_loop"],
    &["std", "hint", "spin_loop"],
    &["loom"],
];

pub fn check(files: &[&SourceFile]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !is_primitive(&file.path)) {
        for (path, line) in file.paths() {
            let segments: Vec<&str> = path.iter().map(String::as_str).collect();
            // `cfg(loom)` is an attribute, not a path into the crate: a lone word does not count.
            if segments.len() > 1 && FORBIDDEN.iter().any(|forbidden| segments.starts_with(forbidden)) {
                findings.push(Finding::at(file, line, format!("only `primitive` may name `{}`", path.join("::"))));
            }
        }
    }
    findings
}

fn is_primitive(path: &str) -> bool {
    path.ends_with("/src/primitive.rs") || path.contains("/src/primitive/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&[&SourceFile::parse(path, text.to_owned()).unwrap()]).len()
    }

    #[test]
    fn primitives_are_named_in_one_module() {
        let text = "use core::sync::atomic::AtomicU8; fn f() { std::thread::yield_now() }";
        assert_eq!(findings("crates/x/src/queue.rs", text), 2);
        assert_eq!(findings("crates/x/src/primitive.rs", text), 0);
    }

    #[test]
    fn primitives_in_comments_and_attributes_do_not_count() {
        assert_eq!(
            findings("crates/x/src/queue.rs", "#[cfg(loom)] /* std::thread */ mod a {} // core::sync::atomic"),
            0
        );
    }
}
