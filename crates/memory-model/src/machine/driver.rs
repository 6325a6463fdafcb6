//! The machine: a memory, a way to choose, and a record.

use super::MemoryModel;
use super::choice::{Choices, Options};
use crate::{Location, Ordering, Value};

/// One operation that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// A read, with what it returned.
    Read {
        /// The thread.
        thread: usize,
        /// Where.
        location: Location,
        /// How strongly.
        ordering: Ordering,
        /// The value read.
        value: Value,
    },
    /// A write.
    Write {
        /// The thread.
        thread: usize,
        /// Where.
        location: Location,
        /// How strongly.
        ordering: Ordering,
        /// The value written.
        value: Value,
    },
    /// A read-modify-write.
    Update {
        /// The thread.
        thread: usize,
        /// Where.
        location: Location,
        /// How strongly.
        ordering: Ordering,
        /// The value read.
        old: Value,
        /// The value written.
        new: Value,
    },
    /// A fence.
    Fence {
        /// The thread.
        thread: usize,
        /// How strongly.
        ordering: Ordering,
    },
}

/// A [memory](MemoryModel) whose choices are made and recorded.
///
/// ```
/// use memory_model::Location;
/// use memory_model::Ordering::{Acquire, Relaxed, Release};
/// use memory_model::machine::{Machine, ViewMemory};
///
/// let (data, flag) = (Location(0), Location(1));
/// let run = |mut machine: Machine<ViewMemory>| {
///     machine.write(0, data, 42, Relaxed);
///     machine.write(0, flag, 1, Release);
///     let seen = machine.read(1, flag, Acquire);
///     let read = machine.read(1, data, Relaxed);
///     assert!(seen == 0 || read == 42, "the message was missed");
///     (machine.done().to_vec(), machine.choices().to_vec())
/// };
/// for seed in 0..100 {
///     let (done, choices) = run(Machine::random(ViewMemory::new(2, &[0, 0]), seed));
///     // What happened can be played again.
///     assert_eq!(run(Machine::replay(ViewMemory::new(2, &[0, 0]), choices)).0, done);
/// }
/// ```
#[derive(Debug)]
pub struct Machine<M> {
    memory: M,
    choices: Choices,
    taken: Vec<usize>,
    done: Vec<Done>,
}

impl<M: MemoryModel> Machine<M> {
    fn new(memory: M, choices: Choices) -> Self {
        Self { memory, choices, taken: Vec::new(), done: Vec::new() }
    }

    /// A machine that takes the plainest choice: reads return the oldest value, writes come last, the memory does nothing by itself.
    #[must_use]
    pub fn first(memory: M) -> Self {
        Self::new(memory, Choices::First)
    }

    /// A machine that chooses at random: the same way for the same seed.
    #[must_use]
    pub fn random(memory: M, seed: u64) -> Self {
        Self::new(memory, Choices::Random(seed))
    }

    /// A machine that makes the choices that another one [made](Self::choices), and after those always the first.
    #[must_use]
    pub fn replay(memory: M, choices: Vec<usize>) -> Self {
        Self::new(memory, Choices::Replay(choices, 0))
    }

    /// Lets `choose` make the choices from now on; a number that is too large stands for the last possibility.
    pub fn choose(&mut self, choose: impl FnMut(&Options<'_>) -> usize + 'static) {
        self.choices = Choices::Caller(Box::new(choose));
    }

    /// The values that a read may return now, the oldest first. Nothing is done.
    #[must_use]
    pub fn allowed(&self, thread: usize, location: Location, ordering: Ordering) -> Vec<Value> {
        self.memory.readable(thread, location, ordering)
    }

    /// Reads.
    pub fn read(&mut self, thread: usize, location: Location, ordering: Ordering) -> Value {
        self.settle();
        let values = self.memory.readable(thread, location, ordering);
        let choice = self.take(&Options::Values(&values));
        let value = self.memory.read(thread, location, ordering, choice);
        self.done.push(Done::Read { thread, location, ordering, value });
        value
    }

    /// Writes.
    pub fn write(&mut self, thread: usize, location: Location, value: Value, ordering: Ordering) {
        self.settle();
        let places = self.memory.writable(thread, location, ordering);
        let choice = self.take(&Options::Places(places));
        self.memory.write(thread, location, value, ordering, choice);
        self.done.push(Done::Write { thread, location, ordering, value });
    }

    /// Reads and writes as one step; returns the value read.
    #[doc(alias = "fetch_update")]
    pub fn update(
        &mut self,
        thread: usize,
        location: Location,
        ordering: Ordering,
        new: impl FnOnce(Value) -> Value,
    ) -> Value {
        self.settle();
        let values = self.memory.updatable(thread, location, ordering);
        let choice = self.take(&Options::Values(&values));
        self.update_with(thread, location, ordering, choice, new)
    }

    /// Writes `new` if `expected` is found, as one step; otherwise reads.
    ///
    /// # Errors
    ///
    /// The value found, if it is another one.
    pub fn compare_exchange(
        &mut self,
        thread: usize,
        location: Location,
        (expected, new): (Value, Value),
        success: Ordering,
        failure: Ordering,
    ) -> Result<Value, Value> {
        self.settle();
        // What may be found: first what differs, then what can be exchanged.
        let numbered = |values: Vec<Value>, equal: bool| {
            values.into_iter().enumerate().filter(move |(_, value)| (*value == expected) == equal)
        };
        let mismatches: Vec<(usize, Value)> =
            numbered(self.memory.readable(thread, location, failure), false).collect();
        let matches: Vec<(usize, Value)> = numbered(self.memory.updatable(thread, location, success), true).collect();
        let all: Vec<(usize, Value)> = mismatches.iter().chain(&matches).copied().collect();
        let values: Vec<Value> = all.iter().map(|(_, value)| *value).collect();
        let chosen = self.take(&Options::Values(&values));
        let choice = all.get(chosen).map_or(0, |(choice, _)| *choice);
        if chosen < mismatches.len() {
            let value = self.memory.read(thread, location, failure, choice);
            self.done.push(Done::Read { thread, location, ordering: failure, value });
            return Err(value);
        }
        Ok(self.update_with(thread, location, success, choice, |_| new))
    }

    /// A fence.
    pub fn fence(&mut self, thread: usize, ordering: Ordering) {
        self.settle();
        self.memory.fence(thread, ordering);
        self.done.push(Done::Fence { thread, ordering });
    }

    /// What was done, in its order.
    #[must_use]
    pub fn done(&self) -> &[Done] {
        &self.done
    }

    /// The choices that were made, for [`replay`](Self::replay).
    #[must_use]
    pub fn choices(&self) -> &[usize] {
        &self.taken
    }

    /// The memory.
    #[must_use]
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// The memory, to let it make a step by itself. Such steps are not recorded.
    pub fn memory_mut(&mut self) -> &mut M {
        &mut self.memory
    }

    fn update_with(
        &mut self,
        thread: usize,
        location: Location,
        ordering: Ordering,
        choice: usize,
        new: impl FnOnce(Value) -> Value,
    ) -> Value {
        let mut written = 0;
        let old = self.memory.update(thread, location, ordering, choice, |old| {
            written = new(old);
            written
        });
        self.done.push(Done::Update { thread, location, ordering, old, new: written });
        old
    }

    /// Lets the memory make steps by itself until the choice is that it makes none.
    fn settle(&mut self) {
        while self.memory.steps() > 0 {
            let steps = self.memory.steps();
            match self.take(&Options::Memory(steps)) {
                0 => return,
                step => self.memory.step(step - 1),
            }
        }
    }

    fn take(&mut self, options: &Options<'_>) -> usize {
        // Where there is one possibility, there is no choice to make or to record.
        if options.len() == 1 {
            return 0;
        }
        let choice = self.choices.choose(options);
        self.taken.push(choice);
        choice
    }
}
