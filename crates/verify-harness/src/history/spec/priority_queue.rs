//! A priority queue: the greatest value first.

use core::fmt::Debug;
use core::hash::Hash;
use core::marker::PhantomData;
use std::collections::{BTreeMap, HashMap};

use super::group;
use crate::history::{Monitored, Operation, Specification, monitor};

/// A priority queue: a pop takes the greatest value.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{PriorityQueue, PriorityQueueInput, PriorityQueueOutput};
///
/// let queue = PriorityQueue::new();
/// let two = queue.step(&queue.initial(), &PriorityQueueInput::Push(2), Some(&PriorityQueueOutput::Pushed)).unwrap();
/// let both = queue.step(&two, &PriorityQueueInput::Push(1), Some(&PriorityQueueOutput::Pushed)).unwrap();
/// assert!(queue.step(&both, &PriorityQueueInput::Pop, Some(&PriorityQueueOutput::Popped(Some(2)))).is_some());
/// assert!(queue.step(&both, &PriorityQueueInput::Pop, Some(&PriorityQueueOutput::Popped(Some(1)))).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PriorityQueue<V>(PhantomData<fn() -> V>);

impl<V> PriorityQueue<V> {
    /// An empty queue.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V> Default for PriorityQueue<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// What is asked of a [`PriorityQueue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PriorityQueueInput<V> {
    /// Put the value in.
    Push(V),
    /// Take the greatest value.
    Pop,
}

/// What a [`PriorityQueue`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PriorityQueueOutput<V> {
    /// The value was put in.
    Pushed,
    /// The value that was the greatest; `None` if the queue was empty.
    Popped(Option<V>),
}

impl<V: Clone + Ord + Hash + Debug> Specification for PriorityQueue<V> {
    /// How often each value is there.
    type State = BTreeMap<V, usize>;
    type Input = PriorityQueueInput<V>;
    type Output = PriorityQueueOutput<V>;
    type Key = ();

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&Self::Output>) -> Option<Self::State> {
        match (input, output) {
            (PriorityQueueInput::Push(value), None | Some(PriorityQueueOutput::Pushed)) => {
                let mut state = state.clone();
                *state.entry(value.clone()).or_insert(0) += 1;
                Some(state)
            }
            (PriorityQueueInput::Pop, Some(PriorityQueueOutput::Popped(value)))
                if value.as_ref() != state.last_key_value().map(|(value, _)| value) =>
            {
                None
            }
            (PriorityQueueInput::Pop, None | Some(PriorityQueueOutput::Popped(_))) => {
                let mut state = state.clone();
                if let Some(mut last) = state.last_entry() {
                    *last.get_mut() -= 1;
                    if *last.get() == 0 {
                        last.remove();
                    }
                }
                Some(state)
            }
            _ => None,
        }
    }

    fn observes(&self, _: &Self::Input, output: Option<&Self::Output>) -> bool {
        output == Some(&PriorityQueueOutput::Popped(None))
    }

    /// A value pushed once: while it is the greatest but for what comes and goes, all of that could as well happen after it is popped.
    fn left_movers(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<bool> {
        let mut pushes = HashMap::new();
        for operation in part {
            if let PriorityQueueInput::Push(value) = &operation.input {
                *pushes.entry(value).or_insert(0_usize) += 1;
            }
        }
        let moves = |operation: &&Operation<Self::Input, Self::Output>| match &operation.output {
            Some(PriorityQueueOutput::Popped(Some(value))) => pushes.get(value) == Some(&1),
            _ => false,
        };
        part.iter().map(moves).collect()
    }

    /// For values that are pushed once each; O(n log n).
    fn monitor(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Option<Monitored> {
        monitor::priority_queue(part)
    }

    /// The operations on one value.
    fn groups(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<Option<u64>> {
        let value = |operation: &&Operation<Self::Input, Self::Output>| match (&operation.input, &operation.output) {
            (PriorityQueueInput::Push(value), _) | (_, Some(PriorityQueueOutput::Popped(Some(value)))) => {
                Some(group(value))
            }
            _ => None,
        };
        part.iter().map(value).collect()
    }

    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        let asked = match input {
            PriorityQueueInput::Push(value) => format!("push({value:?})"),
            PriorityQueueInput::Pop => "pop()".to_owned(),
        };
        match output {
            Some(PriorityQueueOutput::Pushed) => asked,
            Some(PriorityQueueOutput::Popped(Some(value))) => format!("{asked} -> {value:?}"),
            Some(PriorityQueueOutput::Popped(None)) => format!("{asked} -> empty"),
            None => format!("{asked} -> ?"),
        }
    }
}
