//! `selvedge litmus`: what memory models say about litmus tests.

mod args;
mod diff;
mod draw;
mod judge;
mod model;
mod report;
mod run;
mod show;
mod source;

pub use args::LitmusCommand;

use std::process::ExitCode;

/// Runs the command.
pub fn run(command: &LitmusCommand) -> ExitCode {
    match command {
        LitmusCommand::Run(run) => run::run(run),
        LitmusCommand::Show(show) => show::show(show),
        LitmusCommand::Diff(diff) => diff::diff(diff),
    }
}
