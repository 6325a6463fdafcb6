//! What can be asked on the command line.

use std::path::PathBuf;

use crate::litmus::LitmusCommand;
use clap::{Args, Parser, Subcommand, ValueEnum};
use verify_harness::history::import::{FailedCas, Format, NilRead, SpecKind};

/// Concurrent code that can be checked.
#[derive(Debug, Parser)]
#[command(name = "selvedge", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work on recorded histories
    #[command(subcommand)]
    History(HistoryCommand),

    /// Ask memory models what litmus tests may do
    #[command(subcommand)]
    Litmus(LitmusCommand),
}

#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// Decide whether recorded histories are linearizable
    #[command(after_help = STATUS, after_long_help = LONG_STATUS)]
    Check(Check),
}

const STATUS: &str = "\
Exit status: 0 all linearizable; 1 one is not; 3 one is undecided; 2 bad input or arguments.
2 takes precedence over 1, and 1 over 3.";

const LONG_STATUS: &str = "\
Output, one line a file:
  FILE: linearizable | not-linearizable | unknown (N ops, T ms)
N counts the operations that may have taken effect, T is the time it took to read and judge the file.

Exit status:
  0  all files are linearizable
  1  a file is not linearizable
  2  a file cannot be read, is malformed, or does not suit the specification; or the arguments are wrong;
     or the output cannot be written
  3  a file is undecided: the limit was reached
Several may apply; 2 takes precedence over 1, and 1 over 3. Whatever is wrong with one file, the others are still judged; what is
wrong is said on standard error as FILE:LINE:COLUMN: expected ..., found ...

Examples:
  selvedge history check --spec cas-register etcd/*.log
  selvedge history check --spec queue --explain queue.jsonl
  selvedge history check --json - < history.jsonl";

#[derive(Args, Debug)]
pub struct Check {
    /// What the histories are histories of; a file that declares it itself needs no option
    #[arg(long, value_enum)]
    pub spec: Option<Spec>,

    /// The format of the files
    #[arg(long, value_enum, default_value = "auto")]
    pub format: FormatChoice,

    /// Print one JSON object a file
    #[arg(long)]
    pub json: bool,

    /// Show the smallest part found of each history that is not linearizable, and why it is not
    #[arg(long)]
    pub explain: bool,

    /// Visit at most N configurations of a history before it is undecided [default: 5000000]
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,

    /// What a read that returned nil saw [default: unknown in EDN, absent in the others]
    #[arg(long, value_enum, value_name = "MEANING", hide_short_help = true)]
    pub nil_read: Option<NilReadChoice>,

    /// What a compare and swap that failed saw [default: different in Jepsen logs, nothing in the others]
    #[arg(long, value_enum, value_name = "MEANING", hide_short_help = true)]
    pub failed_cas: Option<FailedCasChoice>,

    /// The files; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// The specifications by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Spec {
    /// read, write, compare and swap; starts as nil
    CasRegister,
    /// get, put, append on strings; every key starts as ""
    Kv,
    /// enqueue, dequeue
    Queue,
    /// push, pop
    Stack,
    /// acquire, release, try-acquire
    Mutex,
    /// add, fetch-add, read; starts as 0
    Counter,
    /// transactions of reads and writes; every register starts as 0
    MultiRegister,
}

impl From<Spec> for SpecKind {
    fn from(spec: Spec) -> Self {
        match spec {
            Spec::CasRegister => Self::CasRegister,
            Spec::Kv => Self::KeyValue,
            Spec::Queue => Self::Queue,
            Spec::Stack => Self::Stack,
            Spec::Mutex => Self::Mutex,
            Spec::Counter => Self::Counter,
            Spec::MultiRegister => Self::MultiRegister,
        }
    }
}

/// The formats by name.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FormatChoice {
    /// told from the content of each file
    Auto,
    /// `INFO  jepsen.util - 3 :invoke :write 4`
    Jepsen,
    /// `{:process 3, :type :invoke, :f :write, :value 4}`
    Edn,
    /// `[3] call push(4)`
    Violin,
    /// `{"process": 3, "type": "invoke", "f": "write", "value": 4}`
    Jsonl,
}

impl FormatChoice {
    /// The format, if one was chosen.
    pub fn format(self) -> Option<Format> {
        match self {
            Self::Auto => None,
            Self::Jepsen => Some(Format::Jepsen),
            Self::Edn => Some(Format::Edn),
            Self::Violin => Some(Format::Violin),
            Self::Jsonl => Some(Format::JsonLines),
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum NilReadChoice {
    /// nothing was stored there
    Absent,
    /// nobody knows: it agrees with every state
    Unknown,
}

impl From<NilReadChoice> for NilRead {
    fn from(choice: NilReadChoice) -> Self {
        match choice {
            NilReadChoice::Absent => Self::Absent,
            NilReadChoice::Unknown => Self::Unknown,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum FailedCasChoice {
    /// a value that was not the expected one
    Different,
    /// nothing is known but that it did not take effect
    Nothing,
}

impl From<FailedCasChoice> for FailedCas {
    fn from(choice: FailedCasChoice) -> Self {
        match choice {
            FailedCasChoice::Different => Self::Different,
            FailedCasChoice::Nothing => Self::Nothing,
        }
    }
}
