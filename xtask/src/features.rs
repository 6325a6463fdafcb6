//! `cargo xtask features`: each way to build a library that differs in code, linted; and the tests of those that a host can run.

use std::path::PathBuf;
use std::process::Command;

use crate::report::section;
use crate::{Outcome, cargo};

/// A library, and the features to build it with instead of the default ones.
struct Combination {
    package: &'static str,
    features: &'static str,
}

const fn of(package: &'static str, features: &'static str) -> Combination {
    Combination { package, features }
}

const COLLECTIONS: &str = "lockfree-collections";

const COMBINATIONS: [Combination; 12] = [
    of("sync-primitives", ""),
    of(COLLECTIONS, ""),
    of(COLLECTIONS, "alloc"),
    of(COLLECTIONS, "alloc,portable-atomic"),
    of(COLLECTIONS, "alloc,serde"),
    of(COLLECTIONS, "std"),
    of(COLLECTIONS, "cache"),
    of(COLLECTIONS, "wait"),
    of(COLLECTIONS, "serde,std"),
    of(COLLECTIONS, "cache,portable-atomic,serde,wait"),
    of("async-effects", ""),
    of("selvedge", ""),
];

/// Builds whose tests are run, too: without thread-locals and clocks, and on the other atomics.
const TESTED: [Combination; 2] = [of(COLLECTIONS, "alloc"), of(COLLECTIONS, "alloc,portable-atomic")];

/// A target without an operating system, and the builds for it.
struct Bare {
    triple: &'static str,
    flags: &'static str,
    combinations: &'static [Combination],
}

const BARE: [Bare; 2] = [
    // Compare-and-swap of pointers, and no words of 64 bits.
    Bare {
        triple: "thumbv7m-none-eabi",
        flags: "",
        combinations: &[of(COLLECTIONS, "alloc"), of(COLLECTIONS, "alloc,portable-atomic")],
    },
    // No compare-and-swap: the program says how to make up for it, here that the interrupts may be switched off.
    Bare {
        triple: "thumbv6m-none-eabi",
        flags: "--cfg portable_atomic_unsafe_assume_single_core",
        combinations: &[of(COLLECTIONS, "alloc,portable-atomic")],
    },
];

pub fn run() -> Outcome {
    for combination in &COMBINATIONS {
        section(&format!("features: {}", combination.name()), || cargo::run(&mut combination.lint(None)))?;
    }
    for combination in &TESTED {
        section(&format!("features: test {}", combination.name()), || {
            let mut command = combination.command("test");
            cargo::run(command.args(["--test", "it"]))
        })?;
    }
    let installed = installed()?;
    for bare in &BARE {
        let folder = installed.join(bare.triple);
        if !folder.is_dir() {
            eprintln!("features: {} is not installed and LEFT OUT: rustup target add {0}", bare.triple);
            continue;
        }
        for combination in bare.combinations {
            section(&format!("features: {} on {}", combination.name(), bare.triple), || {
                cargo::run(combination.lint(Some(bare.triple)).env("RUSTFLAGS", bare.flags))
            })?;
        }
    }
    Ok(())
}

impl Combination {
    fn name(&self) -> String {
        format!("{} [{}]", self.package, self.features)
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = cargo::cargo(verb);
        command.args(["--package", self.package, "--no-default-features", "--features", self.features]);
        command
    }

    fn lint(&self, triple: Option<&str>) -> Command {
        let mut command = self.command("clippy");
        if let Some(triple) = triple {
            command.args(["--target", triple]);
        }
        command.args(["--", "-D", "warnings"]);
        command
    }
}

/// Where the toolchain keeps what it has of each target.
fn installed() -> Result<PathBuf, Box<dyn std::error::Error>> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output()?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()).join("lib/rustlib"))
}
