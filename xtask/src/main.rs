//! The task runner: `cargo xtask <verb>`. One module a verb; `cargo.rs` starts cargo, `report.rs` times and prints sections.

#![forbid(unsafe_code)]

mod bench;
mod cargo;
mod ci;
mod features;
mod fuzz;
mod loom;
mod miri;
mod peers;
mod report;
mod sanitize;
mod test;
mod tidy;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What every verb returns: an error is printed and ends the process with status 1.
type Outcome = Result<(), Box<dyn std::error::Error>>;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tests, checks and measurements of the workspace")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All unit, integration and documentation tests
    Test,
    /// The model tests (`loom_*`) on upstream loom
    Loom(loom::Options),
    /// Run the checks of every structure and print the evidence table
    Verify(verify::Options),
    /// Native tests under a sanitizer, with a seeded bug that it must report
    Sanitize(sanitize::Options),
    /// The collections interpreted by Miri, with a seeded bug that it must report
    Miri(miri::Options),
    /// Benchmarks against the peers
    Bench(bench::Options),
    /// The parsers and the collections under a coverage-guided fuzzer, with seeded bugs that it must find
    Fuzz(fuzz::Options),
    /// The peers' own tests and examples, against our types: only imports change, and what is declared to differ
    Peers(peers::Options),
    /// The libraries with each set of features, also for targets without an operating system
    Features,
    /// The architecture rules that a program can check
    Tidy,
    /// Everything a change must pass
    Ci,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Test => test::run(),
        Verb::Loom(options) => loom::run(&options),
        Verb::Verify(options) => verify::run(&options),
        Verb::Sanitize(options) => sanitize::run(&options),
        Verb::Miri(options) => miri::run(&options),
        Verb::Bench(options) => bench::run(&options),
        Verb::Fuzz(options) => fuzz::run(&options),
        Verb::Peers(options) => peers::run(&options),
        Verb::Features => features::run(),
        Verb::Tidy => tidy::run(),
        Verb::Ci => ci::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
