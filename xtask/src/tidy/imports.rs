//! Imports between the workspace's packages run one way.

use cargo_metadata::{DependencyKind, Metadata};

use super::Finding;

/// What each package may depend on. `Any` packages are leaves that nobody may depend on.
const ALLOWED: [(&str, May); 11] = [
    ("memory-model", May::On(&[])),
    ("verify-harness", May::On(&["memory-model"])),
    ("sync-primitives", May::On(&[])),
    ("lockfree-collections", May::On(&["sync-primitives"])),
    ("async-effects", May::On(&["sync-primitives", "lockfree-collections"])),
    (
        "selvedge",
        May::On(&["memory-model", "verify-harness", "sync-primitives", "lockfree-collections", "async-effects"]),
    ),
    ("selvedge-cli", May::On(&["memory-model", "verify-harness"])),
    ("loom", May::On(&["verify-harness"])),
    ("model-tests", May::Any),
    ("benches", May::Any),
    ("xtask", May::On(&[])),
];

/// The checkers; checked crates may use them in tests only.
const CHECKERS: [&str; 2] = ["memory-model", "verify-harness"];

#[derive(Clone, Copy)]
enum May {
    On(&'static [&'static str]),
    Any,
}

fn may(from: &str, to: &str, development: bool) -> Result<bool, String> {
    let Some((_, rule)) = ALLOWED.iter().find(|(name, _)| *name == from) else {
        return Err(format!("package `{from}` has no rule: say in xtask/src/tidy/imports.rs what it may depend on"));
    };
    Ok(match rule {
        May::Any => true,
        // A checker never depends on a crate it checks, in tests neither.
        May::On(list) => list.contains(&to) || development && CHECKERS.contains(&to),
    })
}

/// Checks the packages of several workspaces. A dependency counts if it is on a package by its path: by name alone, `loom` is
/// upstream's.
pub fn check(workspaces: &[Metadata]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let packages: Vec<_> = workspaces.iter().flat_map(|metadata| &metadata.packages).collect();
    for package in packages {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            let development = dependency.kind == DependencyKind::Development;
            match may(package.name.as_str(), &dependency.name, development) {
                Ok(true) => {}
                Ok(false) => findings.push(Finding::new(
                    package.manifest_path.as_str(),
                    format!("`{}` must not import `{}`: imports run one way", package.name, dependency.name),
                )),
                Err(message) => findings.push(Finding::new(package.manifest_path.as_str(), message)),
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::may;

    #[test]
    fn imports_run_one_way() {
        assert_eq!(may("verify-harness", "memory-model", false), Ok(true));
        assert_eq!(may("memory-model", "verify-harness", false), Ok(false));
        assert_eq!(may("selvedge-cli", "verify-harness", false), Ok(true));
        assert_eq!(may("xtask", "verify-harness", false), Ok(false));
        assert_eq!(may("loom", "verify-harness", false), Ok(true));
        assert_eq!(may("loom", "lockfree-collections", false), Ok(false));
        assert_eq!(may("verify-harness", "loom", false), Ok(false));
    }

    #[test]
    fn imports_of_checkers_are_for_tests_only() {
        assert_eq!(may("lockfree-collections", "verify-harness", false), Ok(false));
        assert_eq!(may("lockfree-collections", "verify-harness", true), Ok(true));
        assert_eq!(may("verify-harness", "lockfree-collections", true), Ok(false));
    }

    #[test]
    fn imports_of_unknown_packages_are_an_error() {
        assert!(may("newcomer", "memory-model", false).is_err());
    }
}
