//! `cargo xtask fuzz [TARGET] --seconds N`: the parsers, and the collections beside those of `std`, under libFuzzer, coverage-guided.
//!
//! First the canaries run: seeded bugs that must be found. One only a fuzzer which follows coverage meets; the other is in a collection. If
//! one is not found, the fuzzer, or the comparison, is blind here, and the run fails. An input that fails is kept in `target/fuzz/failures`; `cargo fuzz` works in the folder too.
//!
//! **Limits.** Each target runs for so many seconds, one after the other, 60 if nothing is said; a canary for five million inputs at most, of which
//! a few seconds suffice. An input that takes ten seconds fails, and so does a target that takes two minutes longer than it was told to. What was
//! found worth keeping stays in `target/fuzz/corpus`, and the next run begins with it. Linux on x86-64 only; memory errors are found only where they break an assertion: `cargo xtask sanitize` is for them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::Args;

use crate::report::section;
use crate::{Outcome, cargo};

#[derive(Args)]
pub struct Options {
    /// Only this target: collections, cat, litmus or histories
    target: Option<String>,
    /// How long each target runs, after the canaries
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

/// A target, and the folders whose files it begins with.
struct Target {
    name: &'static str,
    seeds: &'static [&'static str],
}

const TARGETS: [Target; 4] = [
    Target { name: "collections", seeds: &[] },
    Target { name: "cat", seeds: &["crates/memory-model/cat"] },
    Target { name: "litmus", seeds: &["crates/memory-model/litmus"] },
    Target { name: "histories", seeds: &["crates/verify-harness/tests/corpus/import"] },
];

/// Counters of edges and of what comparisons compare; plain code generation, so the stable compiler takes it.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
/// Named, so that the flags do not reach build scripts.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";
/// Targets with a bug in them, and a phrase of what they end with.
const CANARIES: [(&str, &str); 2] =
    [("canary", "the seeded bug"), ("collections_canary", "assertion `left == right` failed")];
/// How much longer than it was told to a target may take. A fuzzer that was stopped for a while takes that for an input that does not end; to
/// tell of it may take for ever, since it does so out of a signal's handler.
const GRACE: Duration = Duration::from_secs(120);
/// How many inputs a canary may cost; each is found within some ten thousand.
const CANARY_RUNS: &str = "-runs=5000000";

pub fn run(options: &Options) -> Outcome {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Err(format!("fuzzing runs on {TRIPLE} only").into());
    }
    let chosen: Vec<&Target> =
        TARGETS.iter().filter(|target| options.target.as_deref().is_none_or(|name| name == target.name)).collect();
    if chosen.is_empty() {
        let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("no such target; there are {}", known.join(", ")).into());
    }
    let home = cargo::target_directory().join("fuzz");
    section("fuzz: build", || build(&home))?;
    for (name, phrase) in CANARIES {
        section(&format!("fuzz: {name}"), || canary(&home, name, phrase))?;
    }
    for target in chosen {
        section(&format!("fuzz: {}", target.name), || fuzz(&home, target, options.seconds))?;
    }
    Ok(())
}

fn build(home: &Path) -> Outcome {
    let mut command = cargo::cargo("build");
    command
        .args(["--release", "--target", TRIPLE, "--manifest-path"])
        .arg(cargo::fuzz_manifest())
        .arg("--target-dir")
        .arg(home)
        .env("RUSTFLAGS", COVERAGE);
    cargo::run(&mut command)
}

fn fuzzer(home: &Path, name: &str) -> Command {
    Command::new(home.join(TRIPLE).join("release").join(name))
}

fn canary(home: &Path, name: &str, phrase: &str) -> Outcome {
    let failures = folder(home, name)?;
    let mut command = fuzzer(home, name);
    let output = command.args([CANARY_RUNS, "-seed=1"]).arg(prefix(&failures)).output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() || !text.contains(phrase) {
        return Err(format!("the seeded bug of `{name}` was not found: the fuzzer is blind here\n{text}").into());
    }
    eprintln!("the seeded bug of `{name}` was found");
    Ok(())
}

fn fuzz(home: &Path, target: &Target, seconds: u32) -> Outcome {
    let corpus = folder(home, &format!("corpus/{}", target.name))?;
    let failures = folder(home, "failures")?;
    let mut command = fuzzer(home, target.name);
    command
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=10", "-print_final_stats=1"])
        .arg(prefix(&failures));
    // New inputs go to the first folder; the others are only read.
    command.arg(corpus);
    command.args(target.seeds.iter().map(|seeds| cargo::root().join(seeds)).filter(|folder| folder.is_dir()));
    cargo::run_within(&mut command, Duration::from_secs(seconds.into()) + GRACE)
}

fn folder(home: &Path, name: &str) -> std::io::Result<PathBuf> {
    let folder = home.join(name);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn prefix(failures: &Path) -> String {
    format!("-artifact_prefix={}/", failures.display())
}
