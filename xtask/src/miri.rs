//! `cargo xtask miri`: the collections, interpreted by Miri, which looks for undefined behaviour of all kinds: references that reach too far,
//! pointers that may not free, memory that is not initialised, races.
//!
//! It takes a thousand times as long as running, so it gets tests of its own (`tests/small.rs`): each type in a few hundred steps by three threads.
//! A seeded bug comes first, which must be reported.

use std::process::Command;

use clap::Args;

use crate::report::section;
use crate::{Outcome, cargo};

#[derive(Args)]
pub struct Options {
    /// The toolchain that has Miri (`rustup component add miri rust-src`)
    #[arg(long, default_value = "nightly")]
    toolchain: String,
    /// Interpret each test with this many seeds, which choose what threads do in turn and which stores their loads see
    #[arg(long, default_value_t = 1)]
    seeds: u32,
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// The words of a report.
const PHRASE: &str = "Undefined Behavior";

impl Options {
    fn miri_test(&self, test: &str, more_flags: &str) -> Command {
        let mut command = Command::new("rustup");
        command
            .current_dir(cargo::root())
            .args(["run", &self.toolchain, "cargo", "miri", "test", "--locked", "--package", "lockfree-collections"])
            .args(["--features", "cache,wait", "--test", test, "--target-dir"])
            .arg(cargo::target_directory().join("miri"))
            // Who frees what was published by references finds the allocation's own pointer by its address (`primitive/whole.rs`).
            .env("MIRIFLAGS", format!("-Zmiri-permissive-provenance {more_flags}"))
            .env("RUST_BACKTRACE", "0");
        command
    }
}

pub fn run(options: &Options) -> Outcome {
    section("miri: a seeded bug", || {
        let mut command = options.miri_test("canary", "");
        let output = command
            .env("RUSTFLAGS", "--cfg selvedge_canary")
            .args(["--", "--ignored", "--exact", "canary_use_after_free"])
            .output()
            .map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let text = String::from_utf8_lossy(&output.stderr);
        if output.status.success() || !text.contains(PHRASE) {
            return Err(format!("the seeded bug was not reported ({}):\n{text}", output.status).into());
        }
        Ok(())
    })?;
    section("miri: lockfree-collections", || {
        let mut command = options.miri_test("small", &format!("-Zmiri-many-seeds=0..{}", options.seeds));
        command.arg("--");
        cargo::run(command.args(&options.filter))
    })?;
    Ok(())
}
