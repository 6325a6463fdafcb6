//! The `selvedge` command.

#![forbid(unsafe_code)]

mod args;
mod history;
mod litmus;
mod report;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match args::Arguments::parse().command {
        args::Command::History(args::HistoryCommand::Check(check)) => history::check(&check),
        args::Command::Litmus(command) => litmus::run(&command),
    }
}
