//! x86-TSO: a store buffer for each thread.
//!
//! Source: Owens, Sarkar, Sewell, *A Better x86 Memory Model: x86-TSO*, TPHOLs 2009, the abstract machine.

use std::collections::VecDeque;

use super::MemoryModel;
use crate::{Location, Ordering, Value};

/// The x86-TSO machine, for programs compiled in the usual way: writes wait in a buffer, first in first out, and reads of the same thread
/// see them there; sequentially consistent writes and fences, and all read-modify-writes, empty the buffer of their thread.
///
/// The [steps](MemoryModel::steps) of the memory take the oldest write of one buffer into the memory.
///
/// ```
/// use memory_model::Location;
/// use memory_model::Ordering::{Relaxed, SeqCst};
/// use memory_model::machine::{MemoryModel as _, TsoMemory};
///
/// let mut memory = TsoMemory::new(2, &[0]);
/// memory.write(0, Location(0), 1, Relaxed, 0);
/// assert_eq!((memory.readable(0, Location(0), Relaxed), memory.readable(1, Location(0), Relaxed)), (vec![1], vec![0]));
/// memory.fence(0, SeqCst);
/// assert_eq!(memory.readable(1, Location(0), Relaxed), [1]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TsoMemory {
    values: Vec<Value>,
    buffers: Vec<VecDeque<(Location, Value)>>,
}

impl TsoMemory {
    /// A memory with these initial values, for this many threads.
    #[must_use]
    pub fn new(threads: usize, initial: &[Value]) -> Self {
        Self { values: initial.to_vec(), buffers: vec![VecDeque::new(); threads] }
    }

    /// The writes that wait in the buffer of `thread`, the oldest first.
    #[must_use]
    pub fn buffered(&self, thread: usize) -> Vec<(Location, Value)> {
        self.buffers.get(thread).map_or_else(Vec::new, |buffer| buffer.iter().copied().collect())
    }

    fn get(&self, thread: usize, location: Location) -> Value {
        let buffer = self.buffers.get(thread);
        let waiting = buffer.and_then(|buffer| buffer.iter().rev().find(|(place, _)| *place == location));
        match waiting {
            Some((_, value)) => *value,
            None => self.values.get(location.0).copied().unwrap_or(0),
        }
    }

    fn set(&mut self, location: Location, value: Value) {
        if let Some(place) = self.values.get_mut(location.0) {
            *place = value;
        }
    }

    fn drain(&mut self, thread: usize) {
        while self.take(thread) {}
    }

    /// Takes the oldest write of a buffer into the memory, if there is one.
    fn take(&mut self, thread: usize) -> bool {
        let oldest = self.buffers.get_mut(thread).and_then(VecDeque::pop_front);
        if let Some((location, value)) = oldest {
            self.set(location, value);
        }
        oldest.is_some()
    }
}

impl MemoryModel for TsoMemory {
    fn name(&self) -> &'static str {
        "TSO"
    }

    fn readable(&self, thread: usize, location: Location, _: Ordering) -> Vec<Value> {
        vec![self.get(thread, location)]
    }

    fn read(&mut self, thread: usize, location: Location, _: Ordering, _: usize) -> Value {
        self.get(thread, location)
    }

    fn writable(&self, _: usize, _: Location, _: Ordering) -> usize {
        1
    }

    fn write(&mut self, thread: usize, location: Location, value: Value, ordering: Ordering, _: usize) {
        match self.buffers.get_mut(thread) {
            Some(buffer) => buffer.push_back((location, value)),
            None => self.set(location, value),
        }
        if ordering.is_seq_cst() {
            self.drain(thread);
        }
    }

    fn updatable(&self, thread: usize, location: Location, _: Ordering) -> Vec<Value> {
        vec![self.get(thread, location)]
    }

    fn update(
        &mut self,
        thread: usize,
        location: Location,
        _: Ordering,
        _: usize,
        new: impl FnOnce(Value) -> Value,
    ) -> Value {
        self.drain(thread);
        let old = self.get(thread, location);
        self.set(location, new(old));
        old
    }

    fn fence(&mut self, thread: usize, ordering: Ordering) {
        if ordering.is_seq_cst() {
            self.drain(thread);
        }
    }

    fn steps(&self) -> usize {
        self.buffers.iter().filter(|buffer| !buffer.is_empty()).count()
    }

    fn step(&mut self, choice: usize) {
        let waiting: Vec<usize> = (0..self.buffers.len()).filter(|&thread| !self.buffers[thread].is_empty()).collect();
        if let Some(&thread) = waiting.get(choice).or(waiting.last()) {
            self.take(thread);
        }
    }

    fn settled(&self) -> Vec<Value> {
        let mut all = self.clone();
        (0..all.buffers.len()).for_each(|thread| all.drain(thread));
        all.values
    }
}
