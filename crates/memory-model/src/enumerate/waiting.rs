//! Loops that wait: iterations that do nothing but read, and change nothing that matters.
//!
//! A loop that runs into its bound cuts the execution, for what comes after may be new. It is not where the loop waits. Call an
//! iteration *idle* if its events are atomic reads, none of them part of a read-modify-write, and the registers and counters that are used
//! later, observed ones included, have the same values before and after. A thread whose loop has come to its bound with two idle
//! iterations or more is *blocked*, as at an assumption that does not hold. If no execution is cut then, no final state, race or fault is
//! missing, however often loops run:
//!
//! Let an execution run some loop above the bound. Up to the bound that is the part of an execution that was enumerated (events at
//! the end can be taken away, and a part can be led to an end), which was not cut; so two of the iterations are idle. Without the
//! reads of one of them the rest is an execution of the test: the thread goes on from the same registers, nobody reads from a read, and
//! by the promise of the model ([`allows_fewer_reads`](crate::models::Model::allows_fewer_reads)) it is still allowed. Its final state
//! is the same. For each of its races, and flags that are raised by pairs as races are, there is one that keeps it: one event of the
//! pair writes, so that at most one is among the reads of idle iterations, and the other idle iteration can be taken. So there is a
//! smaller execution that shows the same, and in the end one within the bound.
//!
//! How often an execution may wait is without bound, so that counts are those of executions within it, as before.

use crate::Value;

/// What is known of the iterations of one loop since it was entered.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    /// What matters of the thread, at the start of this iteration.
    start: Option<Vec<Value>>,
    /// Whether there was an event in this iteration that is not an atomic read.
    is_busy: bool,
    idle: u32,
}

/// The idle iterations after which a loop that runs into its bound waits.
const IDLE: u32 = 2;

impl Waiting {
    /// Notes that an event was added that is not an atomic read.
    pub(super) fn disturb(&mut self) {
        self.is_busy = true;
    }

    /// Starts the next iteration of a thread of which `state` matters.
    pub(super) fn iterate(&mut self, state: Vec<Value>) {
        self.idle += u32::from(self.is_idle(&state));
        self.start = Some(state);
        self.is_busy = false;
    }

    /// Whether a loop waits that has come to its bound.
    pub(super) fn waits(&self, state: &[Value]) -> bool {
        self.idle + u32::from(self.is_idle(state)) >= IDLE
    }

    /// Whether the iteration that ends in this state was idle.
    fn is_idle(&self, state: &[Value]) -> bool {
        !self.is_busy && self.start.as_deref() == Some(state)
    }

    /// All that the future depends on.
    pub(super) fn note(&self, noted: &mut Vec<Value>) {
        noted.extend([Value::from(self.is_busy), self.idle.min(IDLE).into(), Value::from(self.start.is_some())]);
        noted.extend(self.start.iter().flatten());
    }
}
