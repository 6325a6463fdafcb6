//! What an exploration found.

use std::fmt;
use std::time::Duration;

/// The outcome of an exploration.
#[derive(Clone, Debug)]
#[must_use = "a report says whether the test holds"]
pub struct Report {
    /// Complete executions explored: distinct execution graphs in which every thread finished.
    pub executions: u64,
    /// Explored executions in which some thread could not finish: it waits for something that does not come in this
    /// execution, or its wait was cut short because another execution covers what follows.
    pub blocked: u64,
    /// The number of events of the longest execution.
    pub max_depth: usize,
    /// Wall-clock time of the exploration.
    pub elapsed: Duration,
    /// What was found.
    pub verdict: Verdict,
}

/// What an exploration found.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// No execution fails, and all were explored.
    Holds,
    /// An execution fails.
    Fails(Failure),
    /// A bound ended the exploration before it was complete. Not a pass.
    Incomplete(Bound),
}

impl Verdict {
    /// Whether the test holds in every execution.
    #[must_use]
    pub fn holds(&self) -> bool {
        matches!(self, Self::Holds)
    }

    /// The failure, if an execution fails.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Fails(failure) => Some(failure),
            _ => None,
        }
    }
}

/// The bound that ended an exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// An execution has more events than allowed.
    Events(usize),
    /// More executions exist than allowed.
    Executions(u64),
    /// An execution starts more threads than allowed.
    Threads(usize),
    /// Only the execution that a replay token names was run, and it does not fail.
    Replay,
    /// The time allowed is over.
    Time(Duration),
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events(n) => write!(f, "an execution has more than {n} events"),
            Self::Executions(n) => write!(f, "more than {n} executions"),
            Self::Threads(n) => write!(f, "an execution starts more than {n} threads"),
            Self::Replay => write!(f, "only the execution of the replay token was run, and it does not fail"),
            Self::Time(limit) => write!(f, "more than {} s", limit.as_secs_f64()),
        }
    }
}

/// A failing execution.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// What went wrong, in a sentence, with the places in the source.
    pub message: String,
    /// The execution as a table: one column a thread, one row an event.
    pub trace: String,
    /// The execution as a token for [`Builder::replay`](super::Builder::replay).
    pub replay: String,
}

/// The kind, the execution, the reason, and the command that runs this execution alone; with the name of the test where it
/// is printed in the thread that the test harness made for it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thread = std::thread::current();
        let test = thread.name().filter(|name| *name != "main").map_or_else(String::new, |name| format!(" {name}"));
        writeln!(f, "{} in this execution:\n{}\n{}", self.kind, self.trace, self.message)?;
        write!(f, "{}={} cargo test{test}", super::builder::REPLAY, self.replay)
    }
}

/// The kinds of failure that an exploration finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The test panicked, as a failed assertion does.
    Panic,
    /// Two accesses of one location, one of them a write and one of them not atomic, are not ordered.
    DataRace,
    /// An access of memory that was freed, or may be freed before it.
    UseAfterFree,
    /// An access of memory that was not allocated, or need not be allocated before it.
    Unallocated,
    /// A read of memory that was allocated and that nobody has written.
    Uninitialized,
    /// Memory freed twice.
    DoubleFree,
    /// Memory that was allocated in the execution is not freed in it.
    Leak,
    /// Threads wait for each other for ever.
    Deadlock,
    /// A thread waits for ever for a notification that came when nobody waited.
    LostWakeup,
    /// A thread runs for ever, waiting in a loop for a change that never comes.
    NonTermination,
    /// A lock is freed by a thread that does not hold it.
    InvalidUnlock,
    /// A re-run of the test did something else than before: the test depends on more than the values it reads.
    Nondeterminism,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panic => "panic",
            Self::DataRace => "data race",
            Self::UseAfterFree => "use after free",
            Self::Unallocated => "access to unallocated memory",
            Self::Uninitialized => "uninitialized memory",
            Self::DoubleFree => "double free",
            Self::Leak => "leak",
            Self::Deadlock => "deadlock",
            Self::LostWakeup => "lost wakeup",
            Self::NonTermination => "non-termination",
            Self::InvalidUnlock => "invalid unlock",
            Self::Nondeterminism => "test is not deterministic",
        })
    }
}
