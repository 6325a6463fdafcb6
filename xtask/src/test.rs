//! `cargo xtask test`: all unit, integration and documentation tests.

use crate::{Outcome, cargo};

pub fn run() -> Outcome {
    cargo::run(cargo::cargo("test").args(["--workspace", "--all-features"]))
}
