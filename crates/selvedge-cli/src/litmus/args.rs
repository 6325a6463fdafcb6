//! What can be asked about litmus tests.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::model::ModelChoice;

#[derive(Debug, Subcommand)]
pub enum LitmusCommand {
    /// Say for each test how often its condition holds
    #[command(after_help = STATUS, after_long_help = RUN_HELP)]
    Run(Run),
    /// Draw an execution that shows the verdict, as text and as SVG
    #[command(after_help = STATUS, after_long_help = SHOW_HELP)]
    Show(Show),
    /// Find the smallest program that two models treat differently
    #[command(after_help = DIFF_STATUS, after_long_help = DIFF_HELP)]
    Diff(Diff),
}

const STATUS: &str = "\
Exit status: 0 all decided; 2 bad input or arguments; 3 one is undecided.
2 takes precedence over 3.";

const RUN_HELP: &str = "\
Output, one line a test:
  NAME  MODEL  Always|Sometimes|Never  +P -N  S states  [race] [fault] [FLAG] [cut C]
P executions satisfy what the test asks and N do not (for `~exists` and only there, the condition's negation is asked); S final states
differ in what the test mentions. FLAG is what a cat model flags. C executions were given up since a loop reached its bound.

Exit status:
  0  every file was decided
  2  a file cannot be read or is malformed, the model is unknown, or the output cannot be written
  3  a file is undecided: it is too large, or a loop was cut and what lies beyond the cut might change the verdict
Several may apply; 2 takes precedence over 3. Whatever is wrong with one file, the others are still run; what is wrong is said on
standard error as FILE:LINE:COLUMN.

Examples:
  selvedge litmus run --model rc11 tests/*.litmus
  selvedge litmus run --model sc --explain SB.litmus
  selvedge litmus run --json --svg pictures MP.litmus";

const SHOW_HELP: &str = "\
If the model allows an execution that satisfies the condition, that is shown. If none is allowed, it is a forbidden one, with the cycle
that forbids it.

Exit status:
  0  the file was decided
  2  the file cannot be read or is malformed, the model is unknown, or the output cannot be written
  3  the file is undecided: it is too large, or a loop was cut and what lies beyond the cut might change the verdict

Examples:
  selvedge litmus show --model tso SB.litmus
  selvedge litmus show --svg mp.svg MP.litmus";

const DIFF_STATUS: &str = "\
Exit status: 0 a program was found, or there is none; 2 bad arguments; 3 gave up.";

const DIFF_HELP: &str = "\
Prints a litmus test that `selvedge litmus run` reads, with a condition that one model allows and the other forbids; or says that there
is none within the bounds. Programs are tried in the order of their number of statements; of programs that differ only in the names of
threads and locations, one is tried. They have no branches, and every write writes a value of its own.

If both models are written in Rust, shapes that show nothing weak with relaxed accesses are skipped, as these models allow no more when
an ordering is made stronger. With a cat file, everything is tried.

Exit status:
  0  a program was found, or there is none within the bounds
  2  a model is unknown, or the output cannot be written
  3  the search was given up after --max-programs

Examples:
  selvedge litmus diff rc11 sc
  selvedge litmus diff --rust --rmw tso ra";

#[derive(Args, Debug)]
pub struct Diff {
    /// A model, as for `run`
    #[arg(value_name = "MODEL_A")]
    pub first: ModelChoice,

    /// The other model
    #[arg(value_name = "MODEL_B")]
    pub second: ModelChoice,

    /// The most threads of a program
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=5))]
    pub threads: u8,

    /// The most statements of a thread
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=6))]
    pub events: u8,

    /// The most locations of a program
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=6))]
    pub locations: u8,

    /// Try exchanges, too
    #[arg(long)]
    pub rmw: bool,

    /// Give up after N programs
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub max_programs: u64,

    /// Print the program in Rust rather than in C
    #[arg(long)]
    pub rust: bool,
}

#[derive(Args, Debug)]
pub struct ModelArguments {
    /// rc11, rc11-pldi17, c20, sc, tso, ra, c11, c11_simp, or a file in the cat language, FILE.cat
    #[arg(long, value_name = "MODEL", default_value = "rc11")]
    pub model: ModelChoice,

    /// Try every candidate instead of pruning: slow, and gives the same verdict
    #[arg(long)]
    pub exhaustive: bool,

    /// Run the body of each loop at most N times
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub loop_bound: u32,

    /// Leave a test undecided that has more than N candidate executions; none by default, and then a large one takes as long as it takes
    #[arg(long, value_name = "N")]
    pub max_candidates: Option<u64>,
}

#[derive(Args, Debug)]
pub struct Run {
    #[command(flatten)]
    pub model: ModelArguments,

    /// Print one JSON object a test
    #[arg(long)]
    pub json: bool,

    /// Print the final states, and why the verdict is what it is; with --json, add the reason
    #[arg(long)]
    pub explain: bool,

    /// Draw an execution of each test into DIR, as `show` does
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,

    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Show {
    #[command(flatten)]
    pub model: ModelArguments,

    /// Write the drawing to FILE as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,

    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
