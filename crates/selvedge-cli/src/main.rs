//! The `selvedge` command.

#![forbid(unsafe_code)]

mod args;
mod history;
mod report;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let args::Command::History(command) = args::Arguments::parse().command;
    match command {
        args::HistoryCommand::Check(check) => history::check(&check),
    }
}
