//! Recorded operations and well-formed histories.
//!
//! # Time
//!
//! Times are `u64` stamps of one clock; only their order counts. An operation occupies the *closed* interval from its call to its
//! return, so operations whose stamps are equal overlap: `a` precedes `b` only if `a`'s return is strictly less than `b`'s call.
//! That reading is the safe one, because a clock too coarse to separate two events has not witnessed an order between them.

use core::fmt;
use std::collections::HashMap;

/// One operation of a history: who called what and when, and what came back.
///
/// Two things may be missing, and they mean different things.
///
/// - `ret` is `None`: the operation is *pending*. It may have taken effect at any time from its call on, or never. Its output is
///   not known, so `output` is `None` as well.
/// - `ret` is present and `output` is `None`: the operation did take effect within its interval, but nobody knows what it
///   returned, so any output the specification allows is accepted.
///
/// ```
/// use verify_harness::history::Operation;
///
/// let read = Operation { process: 0, call: 1, ret: Some(4), input: "read", output: Some(7) };
/// let write = Operation { process: 1, call: 2, ret: None, input: "write 7", output: None };
/// assert!(!read.is_pending() && write.is_pending());
/// assert!(!read.precedes(&write) && !write.precedes(&read));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation<I, O> {
    /// The process (thread, client) that called; a process has at most one operation open at a time.
    pub process: u64,
    /// When the operation was called.
    pub call: u64,
    /// When it returned; `None` if it was never seen to return.
    pub ret: Option<u64>,
    /// What was asked.
    pub input: I,
    /// What was answered; `None` if that is not known.
    pub output: Option<O>,
}

impl<I, O> Operation<I, O> {
    /// An operation that returned `output`.
    #[must_use]
    pub fn returned(process: u64, call: u64, ret: u64, input: I, output: O) -> Self {
        Self { process, call, ret: Some(ret), input, output: Some(output) }
    }

    /// An operation that was never seen to return.
    #[must_use]
    pub fn pending(process: u64, call: u64, input: I) -> Self {
        Self { process, call, ret: None, input, output: None }
    }

    /// Whether the operation was never seen to return.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.ret.is_none()
    }

    /// Whether this operation returned strictly before `other` was called (the real-time order).
    #[must_use]
    pub fn precedes(&self, other: &Self) -> bool {
        self.ret.is_some_and(|ret| ret < other.call)
    }
}

/// Why a list of operations, or a list of events, is not a history.
///
/// Operations are named by their position in the list that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistoryError {
    /// An operation returns before it is called.
    ReturnBeforeCall {
        /// The operation.
        operation: usize,
        /// Its call.
        call: u64,
        /// Its return.
        ret: u64,
    },
    /// An operation that never returned carries an output.
    PendingWithOutput {
        /// The operation.
        operation: usize,
    },
    /// A process calls an operation while an earlier one of the same process is open.
    Overlap {
        /// The process.
        process: u64,
        /// The operation that is open.
        open: usize,
        /// The operation that is called meanwhile.
        operation: usize,
    },
    /// An event log holds a return of a process that has no open operation.
    ReturnWithoutCall {
        /// The process.
        process: u64,
        /// The number of events before this one.
        event: u64,
    },
    /// An event log holds a call of a process whose last operation is open.
    CallWhileOpen {
        /// The process.
        process: u64,
        /// The number of events before this one.
        event: u64,
    },
    /// There are more operations than a checker can number (2^31 - 1).
    TooLong {
        /// How many there are.
        operations: usize,
    },
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReturnBeforeCall { operation, call, ret } => {
                write!(f, "operation {operation} returns at {ret}, before its call at {call}")
            }
            Self::PendingWithOutput { operation } => {
                write!(f, "operation {operation} never returned, yet has an output")
            }
            Self::Overlap { process, open, operation } => {
                write!(f, "process {process} calls operation {operation} while its operation {open} is open")
            }
            Self::ReturnWithoutCall { process, event } => {
                write!(f, "event {event}: process {process} returns, but has no open operation")
            }
            Self::CallWhileOpen { process, event } => {
                write!(f, "event {event}: process {process} calls while its last operation is open")
            }
            Self::TooLong { operations } => write!(f, "{operations} operations are more than a checker can number"),
        }
    }
}

impl core::error::Error for HistoryError {}

/// A well-formed history: every process is sequential, every return follows its call, pending operations have no output.
///
/// Operations keep the positions they were given; checkers name them by position.
///
/// ```
/// use verify_harness::history::{History, HistoryError, Operation};
///
/// let good = History::new(vec![
///     Operation::returned(0, 0, 2, "push 1", "ok"),
///     Operation::returned(1, 1, 3, "pop", "1"),
/// ]);
/// assert_eq!(good.unwrap().len(), 2);
///
/// let bad = History::new(vec![Operation::returned(0, 5, 2, "push 1", "ok")]);
/// assert_eq!(bad.unwrap_err(), HistoryError::ReturnBeforeCall { operation: 0, call: 5, ret: 2 });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<I, O> {
    operations: Vec<Operation<I, O>>,
}

impl<I, O> Default for History<I, O> {
    fn default() -> Self {
        Self { operations: Vec::new() }
    }
}

impl<I, O> History<I, O> {
    /// Validates `operations`, in O(n log n).
    ///
    /// # Errors
    ///
    /// [`HistoryError`] names the first operation that breaks well-formedness. A process may call at the very stamp of its last
    /// return (a coarse clock does that); the two operations then count as concurrent.
    pub fn new(operations: Vec<Operation<I, O>>) -> Result<Self, HistoryError> {
        if operations.len() > i32::MAX as usize {
            return Err(HistoryError::TooLong { operations: operations.len() });
        }
        for (index, operation) in operations.iter().enumerate() {
            match operation.ret {
                Some(ret) if ret < operation.call => {
                    return Err(HistoryError::ReturnBeforeCall { operation: index, call: operation.call, ret });
                }
                None if operation.output.is_some() => {
                    return Err(HistoryError::PendingWithOutput { operation: index });
                }
                _ => {}
            }
        }
        let history = Self { operations };
        for pair in history.in_process_order().windows(2) {
            let (first, second) = (&history.operations[pair[0]], &history.operations[pair[1]]);
            if first.process == second.process && first.ret.is_none_or(|ret| ret > second.call) {
                return Err(HistoryError::Overlap { process: first.process, open: pair[0], operation: pair[1] });
            }
        }
        Ok(history)
    }

    /// A history from events in time order; see [`Builder`].
    #[must_use]
    pub fn builder() -> Builder<I, O> {
        Builder::default()
    }

    /// The operations, in the order they were given.
    #[must_use]
    pub fn operations(&self) -> &[Operation<I, O>] {
        &self.operations
    }

    /// How many operations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operations.len()
    }

    /// Whether there is no operation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty()
    }

    /// Gives the operations back.
    #[must_use]
    pub fn into_operations(self) -> Vec<Operation<I, O>> {
        self.operations
    }

    /// The positions of all operations, grouped by process and in program order within each.
    #[must_use]
    pub fn in_process_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.operations.len()).collect();
        order.sort_by_key(|&index| {
            let operation = &self.operations[index];
            (operation.process, operation.call, operation.ret.unwrap_or(u64::MAX), operation.ret.is_none(), index)
        });
        order
    }

    /// The history of the operations at `positions` alone, in that order. Any part of a history is a history.
    ///
    /// # Panics
    ///
    /// If a position is not below [`len`](Self::len), or is given twice.
    #[must_use]
    pub fn part(&self, positions: &[usize]) -> Self
    where
        I: Clone,
        O: Clone,
    {
        let mut taken = vec![false; self.len()];
        let operations = positions
            .iter()
            .map(|&position| {
                assert!(!std::mem::replace(&mut taken[position], true), "position {position} is given twice");
                self.operations[position].clone()
            })
            .collect();
        Self { operations }
    }

    /// Makes the chosen operations pending.
    pub(super) fn forget_returns(&mut self, chosen: impl Fn(usize) -> bool) {
        for (index, operation) in self.operations.iter_mut().enumerate() {
            if chosen(index) {
                operation.ret = None;
                operation.output = None;
            }
        }
    }

    /// The same history with inputs and outputs translated.
    #[must_use]
    pub fn map<J, P>(self, mut input: impl FnMut(I) -> J, mut output: impl FnMut(O) -> P) -> History<J, P> {
        let operations = self
            .operations
            .into_iter()
            .map(|operation| Operation {
                process: operation.process,
                call: operation.call,
                ret: operation.ret,
                input: input(operation.input),
                output: operation.output.map(&mut output),
            })
            .collect();
        History { operations }
    }
}

/// Builds a [`History`] from calls and returns given in time order, as log files hold them; the stamps are event numbers.
///
/// ```
/// use verify_harness::history::History;
///
/// let mut builder = History::builder();
/// builder.call(0, "write 1").unwrap();
/// builder.call(1, "read").unwrap();
/// builder.ret(1, Some("1")).unwrap(); // returned 1
/// builder.call(1, "cas 5 6").unwrap();
/// builder.discard(1).unwrap(); // known not to have happened
/// let history = builder.finish(); // the write is still open: pending
/// assert_eq!(history.len(), 2);
/// assert!(history.operations()[0].is_pending());
/// ```
#[derive(Clone, Debug)]
pub struct Builder<I, O> {
    operations: Vec<Operation<I, O>>,
    discarded: Vec<bool>,
    open: HashMap<u64, usize>,
    now: u64,
}

impl<I, O> Default for Builder<I, O> {
    fn default() -> Self {
        Self { operations: Vec::new(), discarded: Vec::new(), open: HashMap::new(), now: 0 }
    }
}

impl<I, O> Builder<I, O> {
    /// Process `process` calls `input`.
    ///
    /// # Errors
    ///
    /// [`HistoryError::CallWhileOpen`] if the process has an open operation, [`HistoryError::TooLong`] if there are too many.
    pub fn call(&mut self, process: u64, input: I) -> Result<(), HistoryError> {
        if self.operations.len() >= i32::MAX as usize {
            return Err(HistoryError::TooLong { operations: self.operations.len() + 1 });
        }
        if self.open.contains_key(&process) {
            return Err(HistoryError::CallWhileOpen { process, event: self.now });
        }
        self.open.insert(process, self.operations.len());
        self.operations.push(Operation::pending(process, self.now, input));
        self.discarded.push(false);
        self.now += 1;
        Ok(())
    }

    /// The open operation of `process` returns; `None` means that what it returned is not known.
    ///
    /// # Errors
    ///
    /// [`HistoryError::ReturnWithoutCall`] if the process has no open operation.
    pub fn ret(&mut self, process: u64, output: Option<O>) -> Result<(), HistoryError> {
        let index = self.close(process)?;
        self.operations[index].ret = Some(self.now);
        self.operations[index].output = output;
        self.now += 1;
        Ok(())
    }

    /// The open operation of `process` is known never to take effect: it is dropped from the history.
    ///
    /// # Errors
    ///
    /// [`HistoryError::ReturnWithoutCall`] if the process has no open operation.
    pub fn discard(&mut self, process: u64) -> Result<(), HistoryError> {
        let index = self.close(process)?;
        self.discarded[index] = true;
        self.now += 1;
        Ok(())
    }

    /// The input of the open operation of `process`, if there is one.
    #[must_use]
    pub fn open(&self, process: u64) -> Option<&I> {
        self.open.get(&process).map(|&index| &self.operations[index].input)
    }

    /// The history; operations still open are pending.
    #[must_use]
    pub fn finish(self) -> History<I, O> {
        let operations =
            self.operations.into_iter().zip(self.discarded).filter_map(|(op, discarded)| (!discarded).then_some(op));
        History { operations: operations.collect() }
    }

    fn close(&mut self, process: u64) -> Result<usize, HistoryError> {
        self.open.remove(&process).ok_or(HistoryError::ReturnWithoutCall { process, event: self.now })
    }
}
