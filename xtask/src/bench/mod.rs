//! `cargo xtask bench`: criterion benchmarks of every crate against its peers, in the same run, and their table.

mod goals;
mod page;
mod results;

use std::time::SystemTime;

use clap::Args;

use crate::{Outcome, cargo};

/// The benchmark files, in the order of the page.
const TOPICS: [&str; 15] = [
    "queue",
    "bounded",
    "stack",
    "deque",
    "map",
    "ordered",
    "cells",
    "cache",
    "locks",
    "contended",
    "channels",
    "spin",
    "effects",
    "model_checker",
    "memory_model",
];

/// These have no place on the page: they are not measured against peers of the same kind, or take long.
const APART: [&str; 2] = ["model_checker", "memory_model"];

#[derive(Args)]
pub struct Options {
    /// Only this benchmark file, such as `queue`
    #[arg(long, value_name = "NAME", value_parser = TOPICS)]
    topic: Option<String>,
    /// Run each benchmark once, to see that it works; measures nothing
    #[arg(long)]
    smoke: bool,
    /// How many times each benchmark is started anew; the tables show medians, and from where to where the ratios went
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=99), conflicts_with = "smoke")]
    launches: u32,
    /// Also write the tables into the book (`docs/src/benchmarks.md`)
    #[arg(long, conflicts_with = "smoke")]
    book: bool,
    /// Handed to criterion: a filter and its options
    #[arg(last = true)]
    rest: Vec<String>,
}

pub fn run(options: &Options) -> Outcome {
    let topics = TOPICS.into_iter().filter(|topic| options.topic.as_deref().is_none_or(|wanted| wanted == *topic));
    if options.smoke {
        return topics.into_iter().try_for_each(|topic| run_topic(topic, &with(&["--test"], &options.rest)));
    }
    // Launch by launch through all topics, so that the launches of one lie apart, and a slow quarter of an hour spoils one of them.
    let mut measured: Vec<_> = topics.map(|topic| (topic, Vec::new())).collect();
    for launch in 1..=options.launches {
        for (topic, launches) in &mut measured {
            let begun = SystemTime::now();
            run_topic(topic, &options.rest)?;
            launches.push(results::read(&home(), begun)?);
            if launch == options.launches {
                show(topic, launches, options.book)?;
            }
        }
    }
    Ok(())
}

/// Prints the tables of one benchmark file, and puts them into the book if that is wanted.
fn show(topic: &str, launches: &[Vec<results::Group>], book: bool) -> Outcome {
    let section = page::section(topic, launches);
    println!("\n{section}");
    if book && launches.iter().any(|groups| !groups.is_empty()) && !APART.contains(&topic) {
        page::insert(topic, &section)?;
    }
    Ok(())
}

fn with(first: &[&str], rest: &[String]) -> Vec<String> {
    first.iter().map(ToString::to_string).chain(rest.iter().cloned()).collect()
}

/// Where criterion leaves what it has measured.
fn home() -> std::path::PathBuf {
    cargo::target_directory().join("criterion")
}

fn run_topic(topic: &str, rest: &[String]) -> Outcome {
    let mut command = cargo::cargo("bench");
    command.args(["--package", "benches", "--bench", topic, "--"]).args(rest);
    cargo::run(command.env("CRITERION_HOME", home()))
}
