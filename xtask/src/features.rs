//! `cargo xtask features`: the combinations of features of `sync-primitives`, each without the others' code: lints, the tests that need
//! no more than is there, and a build for a machine that has no standard library.

use std::process::Command;

use crate::report::section;
use crate::{Outcome, cargo};

const PACKAGE: &str = "sync-primitives";
/// Tests that run with whatever is there.
const TESTS: &str = "each_feature";
/// A machine without an operating system, whose processor has compare-and-swap.
const BARE: &str = "thumbv7m-none-eabi";

/// The combinations that differ in code (`std` brings `alloc`, and `diagnostics` brings both); the second says whether a machine without a standard library must do.
const COMBINATIONS: [(&str, bool); 4] = [("", true), ("alloc", true), ("std", false), ("diagnostics", false)];

pub fn run() -> Outcome {
    let bare = has_target(BARE)?;
    for (features, core_only) in COMBINATIONS {
        let name = if features.is_empty() { "no feature" } else { features };
        section(name, || {
            cargo::run(with("clippy", features).args(["--all-targets", "--", "-D", "warnings"]))?;
            cargo::run(with("test", features).args(["--test", TESTS]))?;
            if core_only && bare {
                cargo::run(with("check", features).args(["--target", BARE]))?;
            }
            Ok(())
        })?;
    }
    if !bare {
        eprintln!(
            "{BARE} is not installed (`rustup target add {BARE}`): nothing was built for a machine without `std`"
        );
    }
    Ok(())
}

fn with(verb: &str, features: &str) -> Command {
    let mut command = cargo::cargo(verb);
    command.args(["--package", PACKAGE, "--no-default-features", "--features", features]);
    command
}

/// Whether the toolchain that compiles this can build for `target`.
fn has_target(target: &str) -> Result<bool, Box<dyn std::error::Error>> {
    let output = Command::new("rustc")
        .current_dir(cargo::root())
        .args(["--print", "target-libdir", "--target", target])
        .output()?;
    let folder = String::from_utf8(output.stdout)?;
    Ok(output.status.success() && std::path::Path::new(folder.trim()).is_dir())
}
