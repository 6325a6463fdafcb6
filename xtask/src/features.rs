//! `cargo xtask features`: each way to build a library that differs in code. Lints of all, the tests that need no more than is there, and
//! builds for machines that have no standard library.

use std::path::Path;
use std::process::Command;

use crate::report::section;
use crate::{Outcome, cargo};

/// A library, and the features to build it with instead of the default ones.
struct Combination {
    package: &'static str,
    features: &'static str,
    /// A test target that is run.
    tests: Option<&'static str>,
    /// Machines that must do.
    bare: &'static [Bare],
}

/// A machine without an operating system.
#[derive(Clone, Copy)]
struct Bare {
    triple: &'static str,
    flags: &'static str,
}

/// Its processor has compare-and-swap of pointers, and no words of 64 bits.
const V7: Bare = Bare { triple: "thumbv7m-none-eabi", flags: "" };
/// Its processor has no compare-and-swap: the program says how to make up for it, here that the interrupts may be switched off.
const V6: Bare = Bare { triple: "thumbv6m-none-eabi", flags: "--cfg portable_atomic_unsafe_assume_single_core" };

const COLLECTIONS: &str = "lockfree-collections";
const PRIMITIVES: &str = "sync-primitives";

const fn lint(package: &'static str, features: &'static str) -> Combination {
    Combination { package, features, tests: None, bare: &[] }
}

/// A feature may bring others: `std` of both brings `alloc`, `diagnostics` brings both, and `cache` and `wait` bring `std`.
const COMBINATIONS: [Combination; 15] = [
    Combination { tests: Some("each_feature"), bare: &[V7], ..lint(PRIMITIVES, "") },
    Combination { tests: Some("each_feature"), bare: &[V7], ..lint(PRIMITIVES, "alloc") },
    Combination { tests: Some("each_feature"), ..lint(PRIMITIVES, "std") },
    Combination { tests: Some("each_feature"), ..lint(PRIMITIVES, "diagnostics") },
    lint(COLLECTIONS, ""),
    // Without thread-locals and clocks.
    Combination { tests: Some("it"), bare: &[V7], ..lint(COLLECTIONS, "alloc") },
    // On the other atomics.
    Combination { tests: Some("it"), bare: &[V7, V6], ..lint(COLLECTIONS, "alloc,portable-atomic") },
    lint(COLLECTIONS, "alloc,serde"),
    lint(COLLECTIONS, "std"),
    lint(COLLECTIONS, "cache"),
    lint(COLLECTIONS, "wait"),
    lint(COLLECTIONS, "serde,std"),
    lint(COLLECTIONS, "cache,portable-atomic,serde,wait"),
    lint("async-effects", ""),
    lint("selvedge", ""),
];

pub fn run() -> Outcome {
    for combination in &COMBINATIONS {
        section(&format!("{} [{}]", combination.package, combination.features), || combination.check())?;
    }
    Ok(())
}

impl Combination {
    fn check(&self) -> Outcome {
        cargo::run(&mut self.strict(&[]))?;
        if let Some(tests) = self.tests {
            cargo::run(&mut self.strict(&["--test", tests]))?;
            cargo::run(self.cargo("test").args(["--test", tests]))?;
        }
        for bare in self.bare {
            if has_target(bare.triple)? {
                cargo::run(self.strict(&["--target", bare.triple]).env("RUSTFLAGS", bare.flags))?;
            } else {
                eprintln!("{} is not installed (`rustup target add {0}`): nothing was built for it", bare.triple);
            }
        }
        Ok(())
    }

    fn cargo(&self, verb: &str) -> Command {
        let mut command = cargo::cargo(verb);
        command.args(["--package", self.package, "--no-default-features", "--features", self.features]);
        command
    }

    fn strict(&self, what: &[&str]) -> Command {
        let mut command = self.cargo("clippy");
        command.args(what).args(["--", "-D", "warnings"]);
        command
    }
}

/// Whether the toolchain that compiles this can build for `target`.
fn has_target(target: &str) -> Result<bool, Box<dyn std::error::Error>> {
    let output = Command::new("rustc")
        .current_dir(cargo::root())
        .args(["--print", "target-libdir", "--target", target])
        .output()?;
    let folder = String::from_utf8(output.stdout)?;
    Ok(output.status.success() && Path::new(folder.trim()).is_dir())
}
