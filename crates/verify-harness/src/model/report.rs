//! What an exploration found.

use std::fmt;
use std::time::Duration;

use super::explorers::Sampling;
use super::progress::{count, rounded};

/// The outcome of an exploration.
#[derive(Clone, Debug)]
#[must_use = "a report says whether the test holds"]
pub struct Report {
    /// Complete executions explored: distinct execution graphs in which every thread finished. A random explorer may meet
    /// an execution more than once, and then counts it again.
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
    /// About how many complete executions there are: exactly as many as were explored where all were, and an estimate from
    /// what was explored where a bound on executions or time ended the exploration. `None` otherwise.
    ///
    /// The estimate takes what is left to be explored for as large as what was explored and began alike. It tends to be too
    /// low at first, since what is explored first is small: for eleven programs in this crate's tests it is between an eighth
    /// and three times the true number once a tenth of the executions is explored, and at least half of it from half way on. [`Builder::estimate`](super::Builder::estimate) errs to neither side, and runs the test for it.
    ///
    /// ```
    /// use verify_harness::model::sync::Arc;
    /// use verify_harness::model::sync::atomic::{AtomicUsize, Ordering};
    /// use verify_harness::model::{Builder, thread};
    ///
    /// let mut builder = Builder::new();
    /// builder.max_executions = Some(60);
    /// let report = builder.explore(|| {
    ///     let x = Arc::new(AtomicUsize::new(0));
    ///     let threads: Vec<_> = (0..5)
    ///         .map(|_| {
    ///             let x = Arc::clone(&x);
    ///             thread::spawn(move || x.fetch_add(1, Ordering::Relaxed))
    ///         })
    ///         .collect();
    ///     threads.into_iter().for_each(|thread| drop(thread.join()));
    /// });
    /// // Five updates can come in 120 orders.
    /// let estimated = report.estimated_executions.unwrap();
    /// assert!((60.0..240.0).contains(&estimated), "{estimated}");
    /// ```
    pub estimated_executions: Option<f64>,
    /// What a random explorer did; `None` of an exhaustive one, and of a replay.
    pub sampling: Option<Sampling>,
}

impl Report {
    /// The report of an exploration that has seen nothing yet.
    pub(super) fn new() -> Self {
        let verdict = Verdict::Holds;
        Self {
            executions: 0,
            blocked: 0,
            max_depth: 0,
            elapsed: Duration::ZERO,
            verdict,
            estimated_executions: None,
            sampling: None,
        }
    }
}

/// One line: the verdict, what was explored, and whether that was all.
///
/// ```
/// use verify_harness::model::Builder;
///
/// let report = Builder::new().explore(|| ());
/// assert!(report.to_string().starts_with("holds: 1 execution explored, 0 blocked, at most 2 events, 0.0"));
/// assert!(report.to_string().ends_with(" s; exploration complete"));
/// ```
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict {
            Verdict::Holds => write!(f, "holds: ")?,
            Verdict::Fails(failure) => write!(f, "fails with {}: ", failure.kind)?,
            Verdict::Incomplete(bound) => write!(f, "incomplete, {bound}: ")?,
        }
        let executions = count(self.executions, "execution");
        let events = count(self.max_depth as u64, "event");
        let seconds = self.elapsed.as_secs_f64();
        write!(f, "{executions} explored, {} blocked, at most {events}, {seconds:.3} s", self.blocked)?;
        let complete = if self.verdict.holds() { "complete" } else { "not complete" };
        write!(f, "; exploration {complete}")?;
        if let Some(estimated) = self.estimated_executions.filter(|_| matches!(self.verdict, Verdict::Incomplete(_))) {
            write!(f, ", about {} executions in all", rounded(estimated))?;
        }
        match &self.sampling {
            Some(sampling) => write!(f, "; {sampling}"),
            None => Ok(()),
        }
    }
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
    /// Executions were chosen at random, as the test asked for, and none of those tried fails.
    Sampled {
        /// How many were tried.
        tried: u64,
        /// How many different ones were among those in which all threads finished; counted up to 2²⁰.
        distinct: u64,
    },
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
            Self::Sampled { tried, distinct } => {
                write!(
                    f,
                    "a random sample of {tried} executions was tried, {distinct} of them different, and none fails"
                )
            }
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
