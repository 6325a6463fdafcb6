//! Recording what native threads do, as a [`History`].
//!
//! # The soundness rule
//!
//! *The recorded interval of an operation contains the true one.* So if one recorded interval lies wholly before another, the first
//! operation had returned before the second was called, and a history that is rejected really happened. Intervals that are too
//! wide only lose order, and so failures; intervals that are too narrow would make failures up.
//!
//! Each operation is recorded as follows; the steps cannot be exchanged, neither by the compiler nor by the processor.
//!
//! 1. Room is made in the log. Take the call stamp `c`. Store it (atomically) into the log's own memory.
//! 2. A sequentially consistent fence. The store of `c` needs the clock's value, and the fence keeps the operation's accesses
//!    behind the store: no load of the operation is performed before the clock was read, though the processor may look ahead.
//! 3. The operation.
//! 4. A sequentially consistent fence: the operation's stores have left the store buffer before the clock is read again. Without
//!    it a return stamp would claim that an effect was there for all to see, when it was not. Reading the clock is itself ordered
//!    behind completed fences: the counter by the memory model, the time-stamp counter by its `lfence`, the operating system's
//!    clock by the barrier that its reading starts with (`lfence` or `rdtscp` on x86-64, `isb` on AArch64).
//! 5. Take the return stamp `r`.
//!
//! Two stamps that are equal are taken for concurrent: intervals are closed. Stamps of different threads are comparable as far as
//! the [`Clock`] is: the counter by construction, the monotonic clock because the operating system says so.
//!
//! The fences belong to the program that is recorded. They cannot hide a bug inside an operation, but they do hide reorderings of
//! one thread's operation with that thread's next one; those are the model checker's business.
//!
//! # Cost
//!
//! Two clock readings, two fences, one append to memory no other thread touches. Logs grow by chunks, which are never moved, and
//! are allocated before the call stamp is taken. No lock, and with the monotonic clock no shared memory, until a log is dropped.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};

use super::{History, HistoryError, Operation};

pub use super::clock::Clock;

/// Records in a chunk of a log.
const CHUNK: usize = 1024;

/// Collects the operations of several threads into one [`History`].
///
/// ```
/// use std::sync::atomic::{AtomicI64, Ordering};
/// use verify_harness::history::Checker;
/// use verify_harness::history::recorder::Recorder;
/// use verify_harness::history::spec::{Counter, CounterInput, CounterOutput};
///
/// let counter = AtomicI64::new(0);
/// let recorder = Recorder::new();
/// std::thread::scope(|scope| {
///     for _ in 0..2 {
///         let mut log = recorder.log();
///         let counter = &counter;
///         scope.spawn(move || {
///             for _ in 0..100 {
///                 log.call(CounterInput::FetchAdd(1), || {
///                     CounterOutput::Value(counter.fetch_add(1, Ordering::Relaxed))
///                 });
///             }
///         });
///     }
/// });
/// let history = recorder.into_history().unwrap();
/// assert_eq!(history.len(), 200);
/// assert!(Checker::new(Counter).check(&history).is_linearizable());
/// ```
pub struct Recorder<I, O> {
    clock: Clock,
    shared: Arc<Mutex<Shared<I, O>>>,
}

struct Shared<I, O> {
    /// How many logs were given out.
    logs: u64,
    /// How many of them have come back.
    finished: u64,
    chunks: Vec<(u64, Vec<Record<I, O>>)>,
}

struct Record<I, O> {
    input: I,
    call: u64,
    /// Absent while the operation is open.
    returned: Option<(u64, O)>,
}

impl<I, O> Recorder<I, O> {
    /// A recorder that uses the [monotonic clock](Clock::monotonic).
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Clock::monotonic())
    }

    /// A recorder that uses `clock`.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Self {
        Self { clock, shared: Arc::new(Mutex::new(Shared { logs: 0, finished: 0, chunks: Vec::new() })) }
    }

    /// A log for one more process. Give each thread its own; it delivers what it holds when it is dropped.
    #[must_use]
    pub fn log(&self) -> Log<I, O> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let process = shared.logs;
        shared.logs += 1;
        Log {
            process,
            clock: self.clock.clone(),
            stamp: AtomicU64::new(0),
            chunk: Vec::new(),
            full: Vec::new(),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Everything that was recorded, in the order of the calls.
    ///
    /// An operation that panicked is pending: nobody knows how much of it was done.
    ///
    /// # Errors
    ///
    /// [`RecorderError::LogsInUse`] if a log has not been dropped: without its operations the history would be wrong.
    /// [`RecorderError::Clock`] if the clock ran backwards.
    pub fn into_history(self) -> Result<History<I, O>, RecorderError> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if shared.finished != shared.logs {
            return Err(RecorderError::LogsInUse { logs: shared.logs - shared.finished });
        }
        let records = std::mem::take(&mut shared.chunks).into_iter();
        let mut operations: Vec<Operation<I, O>> = records
            .flat_map(|(process, chunk)| chunk.into_iter().map(move |record| (process, record)))
            .map(|(process, Record { input, call, returned })| {
                let (ret, output) = returned.unzip();
                Operation { process, call, ret, input, output }
            })
            .collect();
        // Stable: operations of one process whose calls have equal stamps stay in order.
        operations.sort_by_key(|operation| operation.call);
        History::new(operations).map_err(RecorderError::Clock)
    }
}

impl<I, O> Default for Recorder<I, O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I, O> fmt::Debug for Recorder<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// Why there is no history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecorderError {
    /// So many logs have not been dropped.
    LogsInUse {
        /// How many.
        logs: u64,
    },
    /// The stamps contradict each other: the clock ran backwards.
    Clock(HistoryError),
}

impl fmt::Display for RecorderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogsInUse { logs } => write!(f, "{logs} logs are still in use"),
            Self::Clock(error) => write!(f, "the clock ran backwards: {error}"),
        }
    }
}

impl core::error::Error for RecorderError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::LogsInUse { .. } => None,
            Self::Clock(error) => Some(error),
        }
    }
}

/// The log of one process.
pub struct Log<I, O> {
    process: u64,
    clock: Clock,
    /// Holds the call stamp, for step 2 of the [module documentation](self).
    stamp: AtomicU64,
    chunk: Vec<Record<I, O>>,
    full: Vec<Vec<Record<I, O>>>,
    shared: Arc<Mutex<Shared<I, O>>>,
}

impl<I, O> Log<I, O> {
    /// Performs `operation`, and records that `input` was asked and its result answered.
    #[inline]
    pub fn call(&mut self, input: I, operation: impl FnOnce() -> O) -> O
    where
        O: Clone,
    {
        self.call_as(input, operation, O::clone)
    }

    /// Performs `operation`, and records that `input` was asked and `output` of its result answered.
    ///
    /// ```
    /// use verify_harness::history::recorder::Recorder;
    ///
    /// let recorder = Recorder::new();
    /// let mut log = recorder.log();
    /// let length = log.call_as("parse 12", || "12".parse::<i32>(), |result| result.is_ok());
    /// assert_eq!(length, Ok(12));
    /// drop(log);
    /// assert_eq!(recorder.into_history().unwrap().operations()[0].output, Some(true));
    /// ```
    #[inline]
    pub fn call_as<R>(&mut self, input: I, operation: impl FnOnce() -> R, output: impl FnOnce(&R) -> O) -> R {
        if self.chunk.len() == self.chunk.capacity() {
            self.grow();
        }
        if self.chunk.last().is_some_and(|record| record.returned.is_none()) {
            self.become_another_process();
        }
        let call = self.clock.stamp();
        // Relaxed: nobody else reads it; the fence below orders it before the operation.
        self.stamp.store(call, Ordering::Relaxed);
        // The record is there before the operation starts: should the operation panic, it stays pending.
        self.chunk.push(Record { input, call, returned: None });
        // SeqCst: see the module documentation, step 2; pairs with nothing, it orders this thread's accesses.
        fence(Ordering::SeqCst);
        let result = operation();
        // SeqCst: step 4; likewise.
        fence(Ordering::SeqCst);
        let ret = self.clock.stamp();
        let output = output(&result);
        if let Some(record) = self.chunk.last_mut() {
            record.returned = Some((ret, output));
        }
        result
    }

    /// The number of this log's process. It changes after an operation that panicked.
    #[must_use]
    pub fn process(&self) -> u64 {
        self.process
    }

    /// How many operations of this process were recorded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.full.iter().map(Vec::len).sum::<usize>() + self.chunk.len()
    }

    /// Whether nothing was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[cold]
    fn grow(&mut self) {
        let full = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        if full.last().is_some_and(|record| record.returned.is_none()) {
            self.full.push(full);
            self.become_another_process();
        } else if !full.is_empty() {
            self.full.push(full);
        }
    }

    /// A process whose operation never returned calls no other one: what comes now is another process.
    #[cold]
    fn become_another_process(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let open = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
        let process = self.process;
        shared.chunks.extend(self.full.drain(..).chain(std::iter::once(open)).map(|chunk| (process, chunk)));
        self.process = shared.logs;
        shared.logs += 1;
        shared.finished += 1;
    }
}

impl<I, O> Drop for Log<I, O> {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let chunks = self.full.drain(..).chain(std::iter::once(std::mem::take(&mut self.chunk)));
        let process = self.process;
        shared.chunks.extend(chunks.map(|chunk| (process, chunk)));
        shared.finished += 1;
    }
}

impl<I, O> fmt::Debug for Log<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = self.len();
        f.debug_struct("Log").field("process", &self.process).field("operations", &len).finish_non_exhaustive()
    }
}
