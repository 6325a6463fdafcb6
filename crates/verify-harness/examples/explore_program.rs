//! Explores a program of the tests by name, and says how many executions there are and how fast they were explored.
//!
//! ```text
//! cargo run --release --package verify-harness --example explore_program -- "synthetic/ainc N=8"
//! ```
//!
//! Further arguments: `sc` for sequential consistency, `no-await` without await elimination. `SELVEDGE_WORKERS` says how many
//! OS threads explore. Made for profilers.

#[path = "../tests/model/programs/mod.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod programs;
#[path = "../tests/model/shape.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod shape;

use std::process::ExitCode;

use verify_harness::model::{Builder, Model};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, options)) = arguments.split_first() else {
        eprintln!("usage: explore_program <name of a program in tests/model/programs> [sc] [no-await]");
        return ExitCode::FAILURE;
    };
    let mut builder = Builder::new();
    for option in options {
        match option.as_str() {
            "sc" => builder.model = Model::Sc,
            "no-await" => builder.await_elimination = false,
            other => {
                eprintln!("unknown option `{other}`, expected `sc` or `no-await`");
                return ExitCode::FAILURE;
            }
        }
    }
    let Some(report) = programs::run(name, &builder) else {
        eprintln!("no program is called `{name}`");
        return ExitCode::FAILURE;
    };
    let seconds = report.elapsed.as_secs_f64();
    println!("{name}: {} executions, {} blocked, {seconds:.3} s", report.executions, report.blocked);
    println!("{:.0} executions a second, {:?}", report.executions as f64 / seconds, report.verdict);
    ExitCode::SUCCESS
}
