//! The way in: choosing a model, a bound and an algorithm.

use std::fmt;

use super::graph::{Finished, Stop};
use super::machine::Machine;
use super::summary::Summary;
use super::{MAX_EVENTS, cyclic, naive, pruned};
use crate::Execution;
use crate::litmus::{Fault, FinalState, Litmus, ProgramError};
use crate::models::{Model, Orders, Pruning};

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
    /// The model could not be evaluated; what it says.
    Model(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(error) => error.fmt(f),
            Self::TooManyEvents => write!(f, "an execution has more than {MAX_EVENTS} events"),
            Self::TooManyCandidates => f.write_str("there are more candidates than asked for"),
            Self::Model(message) => write!(f, "the model cannot be evaluated: {message}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Program(error) => Some(error),
            Self::TooManyEvents | Self::TooManyCandidates | Self::Model(_) => None,
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
        }
    }
}

/// How an execution ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// Every thread came to its end.
    Complete,
    /// Some thread stopped at an assumption that does not hold.
    Blocked,
    /// Some loop ran into its bound.
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
    max_candidates: u64,
}

impl<'m> Enumerator<'m> {
    /// The loop bound of a new enumerator.
    pub const DEFAULT_LOOP_BOUND: u32 = 2;

    /// An enumerator for `model`.
    #[must_use]
    pub fn new(model: &'m dyn Model) -> Self {
        Self { model, loop_bound: Self::DEFAULT_LOOP_BOUND, naive: false, max_candidates: u64::MAX }
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
        let mut summary = Summary::default();
        let seen = self.for_each(litmus, |candidate| summary.add(litmus, self.model, &candidate))?;
        summary.candidates = seen;
        summary.quantifier = litmus.quantifier();
        Ok(summary)
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
        self.drive(litmus, visit, |machine, visit| {
            match self.model.pruning() {
                Pruning::Coherence | Pruning::HappensBefore if !self.naive => {
                    pruned::enumerate(machine, self.model.pruning(), &mut *visit)?;
                }
                _ => naive::enumerate(machine, self.max_partial(), &mut *visit)?,
            }
            if self.model.allows_cycles() { cyclic::enumerate(machine, visit) } else { Ok(()) }
        })
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
        self.drive(litmus, visit, |machine, visit| cyclic::enumerate(machine, visit))
    }

    /// A bound on the partial graphs that the naive enumerator remembers, so that a bound on candidates is one on time and space.
    fn max_partial(&self) -> usize {
        usize::try_from(self.max_candidates.saturating_mul(64)).unwrap_or(usize::MAX)
    }

    /// Validates the test, and lets `enumerate` find the candidates on which the model is asked.
    fn drive(
        &self,
        litmus: &Litmus,
        mut visit: impl FnMut(Candidate),
        enumerate: impl FnOnce(&Machine<'_>, Visit<'_>) -> Result<(), Stop>,
    ) -> Result<u64, Error> {
        litmus.validate()?;
        let machine = Machine::new(litmus, self.loop_bound);
        let observed = litmus.observed_locations();
        let mut candidates = 0;
        let mut finish = |finished: &Finished<'_>| {
            if candidates == self.max_candidates {
                return Err(Stop::Candidates);
            }
            candidates += 1;
            // The enumerators permute the writes of a location in every way; where at most the last one counts, one way is enough.
            if self.model.orders() == Orders::Own && !finished.is_ascending(&observed) {
                return Ok(());
            }
            let execution = finished.graph.execution(finished.coherence);
            let multiplicity = self.model.multiplicity(&execution, &observed);
            if multiplicity > 0 {
                let state = machine.final_state(finished.threads, execution.final_memory());
                let candidate = Candidate { execution, state, ending: finished.ending };
                (1..multiplicity).for_each(|_| visit(candidate.clone()));
                visit(candidate);
            }
            Ok(())
        };
        enumerate(&machine, &mut finish)?;
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
