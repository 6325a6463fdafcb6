//! `cargo xtask sanitize asan|lsan|tsan`: the native tests of the unsafe crates under a sanitizer.
//!
//! First a canary runs: a seeded bug (`tests/canary.rs`, compiled under `--cfg selvedge_canary`) that the sanitizer must
//! report. A canary that passes means the sanitizer is blind here, and the run fails.

use std::process::Command;

use clap::{Args, ValueEnum};

use crate::report::section;
use crate::{Outcome, cargo};

#[derive(Args)]
pub struct Options {
    /// Which sanitizer
    sanitizer: Sanitizer,
    /// Only the tests of this package
    #[arg(long, value_parser = PACKAGES.map(|(package, _)| package))]
    package: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Sanitizer {
    /// Use after free, overflow, double free, leaks
    Asan,
    /// Leaks alone
    Lsan,
    /// Data races
    Tsan,
}

/// The crates with unsafe code of their own, and what they are built with beside their defaults; the rest forbid it.
const PACKAGES: [(&str, &str); 2] = [("lockfree-collections", "cache,serde,wait"), ("sync-primitives", "")];
/// The one of them whose feature `diagnostics` has tests of its own.
const WITH_DIAGNOSTICS: &str = "sync-primitives";
/// Where the seeded bugs are.
const CANARY_PACKAGE: &str = "lockfree-collections";
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// Capacities that do not fit into memory are errors that tests ask for: the allocator is to refuse them, as it does without a sanitizer.
const FAIL_LARGE: &str = "allocator_may_return_null=1";

impl Sanitizer {
    fn flags(self) -> &'static str {
        match self {
            Self::Asan => "-Zsanitizer=address",
            Self::Lsan => "-Zsanitizer=leak",
            Self::Tsan => "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer",
        }
    }

    /// The canary's test function, and a phrase of the report that must appear.
    fn canary(self) -> (&'static str, &'static str) {
        match self {
            Self::Asan => ("canary_use_after_free", "heap-use-after-free"),
            Self::Lsan => ("canary_leak", "detected memory leaks"),
            Self::Tsan => ("canary_data_race", "data race"),
        }
    }

    /// Tests that this sanitizer misjudges, as arguments of the test runner.
    fn left_out(self) -> &'static [&'static str] {
        match self {
            // They contend for the standard library's own locks, which are precompiled without instrumentation: the second in tokio's
            // pool of threads (what it tests is tested on other threads too), the third in the crate that ours is compared with. The last
            // counts pages of memory, and the sanitizer touches them all.
            Self::Tsan => &[
                "--skip",
                "std_locks",
                "--skip",
                "blocks_outside_the_runtime",
                "--skip",
                "async_lock_itself",
                "--skip",
                "map_touches_a_table_page_by_page",
            ],
            Self::Asan | Self::Lsan => &[],
        }
    }

    /// Whether it can judge the feature `diagnostics`, which stands on the standard library's locks.
    fn sees_diagnostics(self) -> bool {
        match self {
            Self::Tsan => false,
            Self::Asan | Self::Lsan => true,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Asan => "asan",
            Self::Lsan => "lsan",
            Self::Tsan => "tsan",
        }
    }

    /// `cargo test` for this sanitizer, on the stable toolchain, in a target directory of its own.
    fn cargo_test(self, package: &str) -> Command {
        let suppressions = cargo::root().join("xtask/tsan.supp");
        let mut command = cargo::cargo("test");
        command
            .args(["--release", "--target", TRIPLE, "--package", package])
            .arg("--target-dir")
            .arg(cargo::target_directory().join(self.name()))
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", format!("{} --cfg selvedge_canary", self.flags()))
            // Printing a backtrace runs code of the standard library that is not instrumented.
            .env("RUST_BACKTRACE", "0")
            // Without line tables an inlined frame escapes the suppressions.
            .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")
            .env("ASAN_OPTIONS", format!("{FAIL_LARGE}:detect_stack_use_after_return=1"))
            .env("LSAN_OPTIONS", FAIL_LARGE)
            .env("TSAN_OPTIONS", format!("{FAIL_LARGE}:suppressions={}", suppressions.display()));
        command
    }
}

pub fn run(options: &Options) -> Outcome {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(format!("sanitizers run on {TRIPLE} only").into());
    }
    let sanitizer = options.sanitizer;
    section(&format!("{}: canary", sanitizer.name()), || canary(sanitizer))?;
    let wanted = |package: &str| options.package.as_deref().is_none_or(|only| only == package);
    for (package, features) in PACKAGES.into_iter().filter(|(package, _)| wanted(package)) {
        section(&format!("{}: {package}", sanitizer.name()), || {
            let mut command = sanitizer.cargo_test(package);
            command.args(["--features", features, "--lib", "--tests", "--"]);
            cargo::run(command.args(sanitizer.left_out()))
        })?;
    }
    if wanted(WITH_DIAGNOSTICS) && sanitizer.sees_diagnostics() {
        section(&format!("{}: {WITH_DIAGNOSTICS}, diagnostics", sanitizer.name()), || {
            let mut command = sanitizer.cargo_test(WITH_DIAGNOSTICS);
            cargo::run(command.args(["--features", "diagnostics", "--test", "it", "diagnostics"]))
        })?;
    }
    Ok(())
}

fn canary(sanitizer: Sanitizer) -> Outcome {
    let (test, phrase) = sanitizer.canary();
    let mut command = sanitizer.cargo_test(CANARY_PACKAGE);
    let output = command.args(["--test", "canary", "--", "--ignored", "--exact", test]).output()?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Err(format!("the seeded bug `{test}` was not reported: {} sees nothing here", sanitizer.name()).into());
    }
    if !text.contains(phrase) {
        return Err(format!("`{test}` failed without the words `{phrase}`:\n{text}").into());
    }
    eprintln!("the seeded bug `{test}` was reported: {phrase}");
    Ok(())
}
