//! The way in: choosing a model, a bound and an algorithm.

use std::fmt;

use super::graph::{Finished, Stop};
use super::machine::Machine;
use super::summary::{Collector, Summary};
use super::{MAX_EVENTS, counting, cyclic, naive, pruned};
use crate::litmus::{Fault, FinalState, Litmus, ProgramError};
use crate::models::{Model, Orders, Pruning};
use crate::{Execution, Location, Ordering};

/// Why a test cannot be enumerated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// The test is not valid.
    Program(ProgramError),
    /// An execution has more than [`MAX_EVENTS`] events.
    TooManyEvents,
    /// There are more candidates than [`Enumerator::max_candidates`] asked for.
    TooManyCandidates,
    /// There are more executions than a [`u64`] can count.
    TooManyExecutions,
    /// The model could not be evaluated; what it says.
    Model(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(error) => error.fmt(f),
            Self::TooManyEvents => write!(f, "an execution has more than {MAX_EVENTS} events"),
            Self::TooManyCandidates => f.write_str("there are more candidates than asked for"),
            Self::TooManyExecutions => f.write_str("there are 2^64 executions or more"),
            Self::Model(message) => write!(f, "the model cannot be evaluated: {message}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Program(error) => Some(error),
            Self::TooManyEvents | Self::TooManyCandidates | Self::TooManyExecutions | Self::Model(_) => None,
        }
    }
}

impl From<ProgramError> for Error {
    fn from(error: ProgramError) -> Self {
        Self::Program(error)
    }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Events => Self::TooManyEvents,
            Stop::Candidates => Self::TooManyCandidates,
            Stop::Overflow => Self::TooManyExecutions,
        }
    }
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// Every thread came to its end.
    Complete,
    /// Some thread stopped at an assumption that does not hold, or in a loop that waits.
    Blocked,
    /// Some loop ran into its bound and does not only wait.
    Cut,
    /// Some thread ran into an operation without a defined result.
    Faulty {
        /// The thread.
        thread: usize,
        /// The operation.
        fault: Fault,
    },
}

/// An execution that the model allows, with the state in which it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The execution.
    pub execution: Execution,
    /// The final registers and memory.
    pub state: FinalState,
    /// How it ended.
    pub ending: Ending,
}

/// Enumerates the executions of tests under one model.
///
/// ```
/// use memory_model::Ordering::{Acquire, Release};
/// use memory_model::enumerate::Enumerator;
/// use memory_model::litmus::Litmus;
/// use memory_model::models::Rc11;
///
/// let mp = Litmus::new("MP")
///     .thread(|t| {
///         t.store("x", 1, Release);
///         t.store("y", 1, Release);
///     })
///     .thread(|t| {
///         t.load("y", Acquire);
///         t.load("x", Acquire);
///     });
/// let model = Rc11::new();
/// let fast = Enumerator::new(&model).summary(&mp)?;
/// let naive = Enumerator::new(&model).naive().summary(&mp)?;
/// assert_eq!(fast.executions, 3);
/// assert_eq!(fast.outcomes, naive.outcomes);
/// # Ok::<(), memory_model::enumerate::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Enumerator<'m> {
    model: &'m dyn Model,
    loop_bound: u32,
    naive: bool,
    outcomes: bool,
    max_candidates: u64,
}

impl<'m> Enumerator<'m> {
    /// The loop bound of a new enumerator.
    pub const DEFAULT_LOOP_BOUND: u32 = 2;

    /// An enumerator for `model`.
    #[must_use]
    pub fn new(model: &'m dyn Model) -> Self {
        Self { model, loop_bound: Self::DEFAULT_LOOP_BOUND, naive: false, outcomes: true, max_candidates: u64::MAX }
    }

    /// Lets the body of each loop run up to `bound` times.
    #[must_use]
    pub fn loop_bound(mut self, bound: u32) -> Self {
        self.loop_bound = bound;
        self
    }

    /// Uses the naive algorithm: every candidate is built in full before the model sees it.
    #[must_use]
    pub fn naive(mut self) -> Self {
        self.naive = true;
        self
    }

    /// Leaves [`Summary::outcomes`] empty. What final states there are, and how many executions, can often be counted without
    /// looking at every execution; there may be more executions than could ever be visited.
    ///
    /// ```
    /// use memory_model::Ordering::Relaxed;
    /// use memory_model::enumerate::Enumerator;
    /// use memory_model::litmus::{Litmus, memory};
    /// use memory_model::models::Rc11;
    ///
    /// let increments = (0..16).fold(Litmus::new("16 increments"), |litmus, _| {
    ///     litmus.thread(|t| {
    ///         t.fetch_add("x", 1, Relaxed);
    ///     })
    /// });
    /// let increments = increments.forall(memory("x").is(16));
    /// let summary = Enumerator::new(&Rc11::new()).without_outcomes().summary(&increments)?;
    /// assert_eq!(summary.executions, (1..=16).product());
    /// assert!(summary.holds());
    /// # Ok::<(), memory_model::enumerate::Error>(())
    /// ```
    #[must_use]
    pub fn without_outcomes(mut self) -> Self {
        self.outcomes = false;
        self
    }

    /// Gives up with [`Error::TooManyCandidates`] rather than ask the model about more than `max` candidates. The naive algorithm
    /// gives up, too, when it has met 64 times as many partial ones.
    #[must_use]
    pub fn max_candidates(mut self, max: u64) -> Self {
        self.max_candidates = max;
        self
    }

    /// Counts executions and outcomes.
    ///
    /// # Errors
    ///
    /// [`Error`], if the test is not valid or too large.
    pub fn summary(&self, litmus: &Litmus) -> Result<Summary, Error> {
        litmus.validate()?;
        let machine = self.machine(litmus);
        if !self.outcomes && !self.naive && counting::applies(&machine, self.model) {
            return Ok(counting::summary(&machine, self.model, self.max_candidates)?);
        }
        let mut collector = Collector::new(&machine, self.model, self.outcomes);
        let is_plain = machine.has(Ordering::NonAtomic);
        let observed = litmus.observed_locations();
        let annotates = self.model.uses_annotations();
        let candidates = self.drive(
            &machine,
            &observed,
            |machine, visit| self.enumerate(machine, visit),
            |finished| {
                // Without plain accesses there are no races under models that are settled without being asked.
                let execution = (is_plain || !finished.is_settled).then(|| finished.execution(&machine, annotates));
                for _ in 0..self.multiplicity(finished, execution.as_ref(), &observed) {
                    collector.add(finished, execution.as_ref());
                }
            },
        )?;
        Ok(collector.finish(candidates))
    }

    /// Calls `visit` with every allowed execution, in a fixed order; returns the number of candidates that were built in full.
    ///
    /// If the model [allows](Model::allows_cycles) cycles in `po | rf`, executions with such cycles come last. If it makes
    /// [orders of its own](crate::models::Orders::Own), an execution comes as often as there are orders with which it is allowed.
    ///
    /// # Errors
    ///
    /// [`Error`], if the test is not valid or too large.
    pub fn for_each(&self, litmus: &Litmus, visit: impl FnMut(Candidate)) -> Result<u64, Error> {
        self.candidates(litmus, |machine, visit| self.enumerate(machine, visit), visit)
    }

    /// Calls `visit` with every execution that has a cycle in `po | rf` and that the model allows nevertheless; returns the number
    /// of candidates that were built in full.
    ///
    /// Values that feed on themselves are followed for a fixed number of rounds. This takes longer than [`for_each`](Self::for_each)
    /// by far.
    ///
    /// # Errors
    ///
    /// [`Error`], if the test is not valid or too large.
    pub fn for_each_cyclic(&self, litmus: &Litmus, visit: impl FnMut(Candidate)) -> Result<u64, Error> {
        self.candidates(litmus, |machine, visit| cyclic::enumerate(machine, visit), visit)
    }

    fn machine<'a>(&self, litmus: &'a Litmus) -> Machine<'a> {
        Machine::new(litmus, self.loop_bound).with_waiting(self.model.allows_fewer_reads())
    }

    /// A bound on the partial graphs that the naive enumerator remembers, so that a bound on candidates is one on time and space.
    fn max_partial(&self) -> usize {
        usize::try_from(self.max_candidates.saturating_mul(64)).unwrap_or(usize::MAX)
    }

    fn enumerate(&self, machine: &Machine<'_>, visit: Visit<'_>) -> Result<(), Stop> {
        if self.naive || self.model.pruning() < Pruning::Coherence {
            naive::enumerate(machine, self.max_partial(), &mut *visit)?;
        } else {
            pruned::enumerate(machine, self.model, &mut *visit)?;
        }
        if self.model.allows_cycles() { cyclic::enumerate(machine, visit) } else { Ok(()) }
    }

    /// With how many orders the model allows the candidate, whose execution is needed unless that is settled.
    fn multiplicity(&self, finished: &Finished<'_>, execution: Option<&Execution>, observed: &[Location]) -> u64 {
        if finished.is_settled {
            return 1;
        }
        execution.map_or(0, |execution| self.model.multiplicity(execution, observed))
    }

    /// Calls `visit` with the allowed ones among the candidates that `enumerate` finds; returns the number of candidates.
    fn candidates(
        &self,
        litmus: &Litmus,
        enumerate: impl FnOnce(&Machine<'_>, Visit<'_>) -> Result<(), Stop>,
        mut visit: impl FnMut(Candidate),
    ) -> Result<u64, Error> {
        litmus.validate()?;
        let machine = self.machine(litmus);
        let observed = litmus.observed_locations();
        self.drive(&machine, &observed, enumerate, |finished| {
            let execution = finished.execution(&machine, true);
            let multiplicity = self.multiplicity(finished, Some(&execution), &observed);
            if multiplicity > 0 {
                let state = machine.final_state(finished.threads, finished.memory());
                let candidate = Candidate { execution, state, ending: finished.ending };
                (1..multiplicity).for_each(|_| visit(candidate.clone()));
                visit(candidate);
            }
        })
    }

    /// Counts the candidates that `enumerate` finds, up to the greatest number asked for.
    fn drive(
        &self,
        machine: &Machine<'_>,
        observed: &[Location],
        enumerate: impl FnOnce(&Machine<'_>, Visit<'_>) -> Result<(), Stop>,
        mut visit: impl FnMut(&Finished<'_>),
    ) -> Result<u64, Error> {
        let mut candidates = 0;
        let mut finish = |finished: &Finished<'_>| {
            if candidates == self.max_candidates {
                return Err(Stop::Candidates);
            }
            candidates += 1;
            // The enumerators permute the writes of a location in every way; where at most the last one counts, one way is enough.
            if self.model.orders() == Orders::Coherence || finished.is_ascending(observed) {
                visit(finished);
            }
            Ok(())
        };
        enumerate(machine, &mut finish)?;
        if let Some(message) = self.model.failure() {
            return Err(Error::Model(message));
        }
        Ok(candidates)
    }
}

/// What an enumerator calls with each candidate.
type Visit<'v> = &'v mut dyn FnMut(&Finished<'_>) -> Result<(), Stop>;

/// Counts the executions and outcomes of `litmus` under `model`; see [`Enumerator::summary`].
///
/// # Errors
///
/// [`Error`], if the test is not valid or too large.
pub fn summary(litmus: &Litmus, model: &dyn Model) -> Result<Summary, Error> {
    Enumerator::new(model).summary(litmus)
}

/// The complete executions of `litmus` that `model` allows, in a fixed order.
///
/// # Errors
///
/// [`Error`], if the test is not valid or too large.
pub fn executions(litmus: &Litmus, model: &dyn Model) -> Result<Vec<Execution>, Error> {
    let mut executions = Vec::new();
    Enumerator::new(model).for_each(litmus, |candidate| {
        if candidate.ending == Ending::Complete {
            executions.push(candidate.execution);
        }
    })?;
    Ok(executions)
}
