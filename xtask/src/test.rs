//! `cargo xtask test`: all unit, integration and documentation tests.

use crate::{Outcome, cargo};

pub fn run() -> Outcome {
    cargo::run(cargo::cargo("test").args(["--workspace", "--all-features"]))?;
    // What is promised of memory holds without diagnostics.
    cargo::run(cargo::cargo("test").args(["--package", "sync-primitives", "--test", "it"]))?;
    // The nested workspace's other package is model tests: `cargo xtask verify` runs them.
    let mut nested = cargo::cargo("test");
    nested.arg("--manifest-path").arg(cargo::model_manifest()).arg("--target-dir").arg(cargo::target_directory());
    cargo::run(nested.args(["--package", "loom", "--all-features"]))
}
