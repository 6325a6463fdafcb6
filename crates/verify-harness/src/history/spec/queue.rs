//! A first-in, first-out queue.

use core::fmt::Debug;
use core::hash::Hash;
use core::marker::PhantomData;
use std::collections::{HashMap, VecDeque};

use super::group;
use crate::history::{Monitored, Operation, Specification, monitor};

/// A FIFO queue, bounded or not.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{Queue, QueueInput, QueueOutput};
///
/// let queue = Queue::bounded(1);
/// let full = queue.step(&queue.initial(), &QueueInput::Enqueue(1), Some(&QueueOutput::Enqueued)).unwrap();
/// assert!(queue.step(&full, &QueueInput::Enqueue(2), Some(&QueueOutput::Enqueued)).is_none());
/// assert!(queue.step(&full, &QueueInput::Enqueue(2), Some(&QueueOutput::Full)).is_some());
/// assert!(queue.step(&full, &QueueInput::Dequeue, Some(&QueueOutput::Dequeued(Some(1)))).is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Queue<V> {
    capacity: Option<usize>,
    values: PhantomData<fn() -> V>,
}

impl<V> Queue<V> {
    /// An empty queue without a bound.
    #[must_use]
    pub const fn new() -> Self {
        Self { capacity: None, values: PhantomData }
    }

    /// An empty queue that holds at most `capacity` values; an enqueue that finds it full answers [`QueueOutput::Full`].
    #[must_use]
    pub const fn bounded(capacity: usize) -> Self {
        Self { capacity: Some(capacity), values: PhantomData }
    }

    /// The bound, if there is one.
    #[must_use]
    pub const fn capacity(&self) -> Option<usize> {
        self.capacity
    }
}

impl<V> Default for Queue<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// What is asked of a [`Queue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueInput<V> {
    /// Put the value at the back.
    Enqueue(V),
    /// Take the value at the front.
    Dequeue,
}

/// What a [`Queue`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueOutput<V> {
    /// The value was put at the back.
    Enqueued,
    /// The queue is full; nothing changed.
    Full,
    /// The value that was at the front; `None` if the queue was empty.
    Dequeued(Option<V>),
}

impl<V: Clone + Eq + Hash + Debug> Specification for Queue<V> {
    type State = VecDeque<V>;
    type Input = QueueInput<V>;
    type Output = QueueOutput<V>;
    type Key = ();

    fn initial(&self) -> Self::State {
        VecDeque::new()
    }

    fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&Self::Output>) -> Option<Self::State> {
        match input {
            QueueInput::Enqueue(value) => {
                let full = self.capacity.is_some_and(|capacity| state.len() >= capacity);
                match output {
                    None => {}
                    Some(QueueOutput::Enqueued) if !full => {}
                    Some(QueueOutput::Full) if full => {}
                    Some(_) => return None,
                }
                let mut state = state.clone();
                if !full {
                    state.push_back(value.clone());
                }
                Some(state)
            }
            QueueInput::Dequeue => {
                match output {
                    None => {}
                    Some(QueueOutput::Dequeued(value)) if value.as_ref() == state.front() => {}
                    Some(_) => return None,
                }
                let mut state = state.clone();
                state.pop_front();
                Some(state)
            }
        }
    }

    fn observes(&self, _: &Self::Input, output: Option<&Self::Output>) -> bool {
        matches!(output, Some(QueueOutput::Full | QueueOutput::Dequeued(None)))
    }

    /// A value enqueued once, in a queue that is never full: whatever happens before it leaves the front could as well happen after.
    fn left_movers(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<bool> {
        if self.capacity.is_some() {
            return Vec::new();
        }
        let mut enqueues = HashMap::new();
        for operation in part {
            if let QueueInput::Enqueue(value) = &operation.input {
                *enqueues.entry(value).or_insert(0_usize) += 1;
            }
        }
        let moves = |operation: &&Operation<Self::Input, Self::Output>| match &operation.output {
            Some(QueueOutput::Dequeued(Some(value))) => enqueues.get(value) == Some(&1),
            _ => false,
        };
        part.iter().map(moves).collect()
    }

    /// For queues that are never full and values that are enqueued once each; O(n log n).
    fn monitor(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Option<Monitored> {
        if self.capacity.is_some() { None } else { monitor::queue(part) }
    }

    /// The operations on one value, unless the queue is bounded: what is left out of a bounded queue would have made it full.
    fn groups(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<Option<u64>> {
        if self.capacity.is_some() {
            return Vec::new();
        }
        let value = |operation: &&Operation<Self::Input, Self::Output>| match (&operation.input, &operation.output) {
            (QueueInput::Enqueue(value), _) | (_, Some(QueueOutput::Dequeued(Some(value)))) => Some(group(value)),
            _ => None,
        };
        part.iter().map(value).collect()
    }

    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        let asked = match input {
            QueueInput::Enqueue(value) => format!("enqueue({value:?})"),
            QueueInput::Dequeue => "dequeue()".to_owned(),
        };
        match output {
            Some(QueueOutput::Enqueued) => asked,
            Some(QueueOutput::Full) => format!("{asked} -> full"),
            Some(QueueOutput::Dequeued(Some(value))) => format!("{asked} -> {value:?}"),
            Some(QueueOutput::Dequeued(None)) => format!("{asked} -> empty"),
            None => format!("{asked} -> ?"),
        }
    }
}
