//! `cargo xtask bench`: criterion benchmarks of every crate against its peers, in the same run.

use clap::Args;

use crate::{Outcome, cargo};

#[derive(Args)]
pub struct Options {
    /// Only this benchmark file, such as `queue`
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// Run each benchmark once, to see that it works; measures nothing
    #[arg(long)]
    smoke: bool,
    /// Handed to criterion: a filter and its options
    #[arg(last = true)]
    rest: Vec<String>,
}

pub fn run(options: &Options) -> Outcome {
    let mut command = cargo::cargo("bench");
    command.args(["--package", "benches"]);
    match &options.topic {
        Some(topic) => command.args(["--bench", topic]),
        None => command.arg("--benches"),
    };
    command.arg("--");
    if options.smoke {
        command.arg("--test");
    }
    cargo::run(command.args(&options.rest))
}
