//! `cargo xtask sanitize asan|lsan|tsan`: the native tests of the unsafe crates under a sanitizer.
//!
//! First the canaries run: seeded bugs (`tests/canary.rs`, compiled under `--cfg selvedge_canary`) that the sanitizer must
//! report. A canary that passes means the sanitizer is blind here, and the run fails.
//!
//! ThreadSanitizer believes that nobody waits for anybody in code that it did not compile: for it the standard library is built from its
//! source, and then no report has to be suppressed.

use std::path::Path;
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
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// Capacities that do not fit into memory are errors that tests ask for: the allocator is to refuse them, as it does without a sanitizer.
const FAIL_LARGE: &str = "allocator_may_return_null=1";

impl Sanitizer {
    fn flags(self) -> &'static str {
        match self {
            Self::Asan => "-Zsanitizer=address --cfg selvedge_asan",
            Self::Lsan => "-Zsanitizer=leak",
            Self::Tsan => "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer",
        }
    }

    /// The canaries, each with its package and a phrase of the report that must appear.
    fn canaries(self) -> &'static [(&'static str, &'static str, &'static str)] {
        match self {
            Self::Asan => &[("lockfree-collections", "canary_use_after_free", "heap-use-after-free")],
            Self::Lsan => &[("lockfree-collections", "canary_leak", "detected memory leaks")],
            Self::Tsan => &[
                ("lockfree-collections", "canary_data_race", "data race"),
                ("lockfree-collections", "canary_data_race_after_handing_over", "data race"),
                ("sync-primitives", "canary_data_race_under_two_locks", "data race"),
            ],
        }
    }

    /// Tests that this sanitizer misjudges, as arguments of the test runner.
    fn left_out(self) -> &'static [&'static str] {
        match self {
            // The first counts pages of memory, and the sanitizer touches them all. The others run the peers' own code, of which
            // crossbeam-deque's races by the letter.
            Self::Tsan => &["--skip", "map_touches_a_table_page_by_page", "--skip", "theirs::"],
            Self::Asan | Self::Lsan => &[],
        }
    }

    /// Whether the standard library is built with it, too.
    fn instruments_std(self) -> bool {
        match self {
            Self::Tsan => true,
            Self::Asan | Self::Lsan => false,
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
    fn cargo_test(self, package: &str, features: &str) -> Command {
        let mut command = cargo::cargo("test");
        if self.instruments_std() {
            command.arg("-Zbuild-std");
        }
        command
            .args(["--release", "--target", TRIPLE, "--package", package, "--features", features])
            .arg("--target-dir")
            .arg(cargo::target_directory().join(self.name()))
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", format!("{} --cfg selvedge_canary", self.flags()))
            // Tests that panic on purpose would print hundreds.
            .env("RUST_BACKTRACE", "0")
            // A report names the lines of inlined frames, too.
            .env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only")
            .env("ASAN_OPTIONS", format!("{FAIL_LARGE}:detect_stack_use_after_return=1"))
            .env("LSAN_OPTIONS", FAIL_LARGE)
            .env("TSAN_OPTIONS", FAIL_LARGE);
        command
    }
}

pub fn run(options: &Options) -> Outcome {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(format!("sanitizers run on {TRIPLE} only").into());
    }
    let sanitizer = options.sanitizer;
    if sanitizer.instruments_std() {
        find_std_source()?;
    }
    for (package, test, phrase) in sanitizer.canaries() {
        section(&format!("{}: {test}", sanitizer.name()), || canary(sanitizer, package, test, phrase))?;
    }
    let wanted = |package: &str| options.package.as_deref().is_none_or(|only| only == package);
    for (package, features) in PACKAGES.into_iter().filter(|(package, _)| wanted(package)) {
        section(&format!("{}: {package}", sanitizer.name()), || {
            let mut command = sanitizer.cargo_test(package, features);
            cargo::run(command.args(["--lib", "--tests", "--"]).args(sanitizer.left_out()))
        })?;
    }
    if wanted(WITH_DIAGNOSTICS) {
        section(&format!("{}: {WITH_DIAGNOSTICS}, diagnostics", sanitizer.name()), || {
            let mut command = sanitizer.cargo_test(WITH_DIAGNOSTICS, "diagnostics");
            cargo::run(command.args(["--test", "it", "diagnostics"]))
        })?;
    }
    Ok(())
}

/// The source of the standard library is a part of the toolchain that not every installation has.
fn find_std_source() -> Outcome {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).args(["--print", "sysroot"]).current_dir(cargo::root()).output()?;
    let sysroot = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.lock").is_file() {
        return Ok(());
    }
    Err(format!("no source of the standard library in {sysroot}: `rustup component add rust-src`").into())
}

/// Runs a seeded bug, which must be reported with the words `phrase`.
fn canary(sanitizer: Sanitizer, package: &str, test: &str, phrase: &str) -> Outcome {
    let features = PACKAGES.iter().find(|(name, _)| *name == package).map_or("", |(_, features)| features);
    let mut command = sanitizer.cargo_test(package, features);
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
