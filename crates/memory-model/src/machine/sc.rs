//! Sequential consistency: one memory, one value for each location.

use super::MemoryModel;
use crate::{Location, Ordering, Value};

/// Lamport's memory: every operation happens at once and for all. Orderings and fences do nothing.
///
/// ```
/// use memory_model::Location;
/// use memory_model::Ordering::Relaxed;
/// use memory_model::machine::{MemoryModel as _, ScMemory};
///
/// let mut memory = ScMemory::new(2, &[5]);
/// assert_eq!(memory.update(0, Location(0), Relaxed, 0, |old| old + 1), 5);
/// assert_eq!(memory.readable(1, Location(0), Relaxed), [6]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScMemory {
    values: Vec<Value>,
}

impl ScMemory {
    /// A memory with these initial values; the number of threads does not matter.
    #[must_use]
    pub fn new(threads: usize, initial: &[Value]) -> Self {
        let _ = threads;
        Self { values: initial.to_vec() }
    }

    fn get(&self, location: Location) -> Value {
        self.values.get(location.0).copied().unwrap_or(0)
    }

    fn set(&mut self, location: Location, value: Value) {
        if let Some(place) = self.values.get_mut(location.0) {
            *place = value;
        }
    }
}

impl MemoryModel for ScMemory {
    fn name(&self) -> &'static str {
        "SC"
    }

    fn readable(&self, _: usize, location: Location, _: Ordering) -> Vec<Value> {
        vec![self.get(location)]
    }

    fn read(&mut self, _: usize, location: Location, _: Ordering, _: usize) -> Value {
        self.get(location)
    }

    fn writable(&self, _: usize, _: Location, _: Ordering) -> usize {
        1
    }

    fn write(&mut self, _: usize, location: Location, value: Value, _: Ordering, _: usize) {
        self.set(location, value);
    }

    fn updatable(&self, _: usize, location: Location, _: Ordering) -> Vec<Value> {
        vec![self.get(location)]
    }

    fn update(
        &mut self,
        _: usize,
        location: Location,
        _: Ordering,
        _: usize,
        new: impl FnOnce(Value) -> Value,
    ) -> Value {
        let old = self.get(location);
        self.set(location, new(old));
        old
    }

    fn fence(&mut self, _: usize, _: Ordering) {}

    fn settled(&self) -> Vec<Value> {
        self.values.clone()
    }
}
