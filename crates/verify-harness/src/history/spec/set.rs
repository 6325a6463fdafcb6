//! A set with insert and remove.

use core::fmt::Debug;
use core::hash::Hash;
use core::marker::PhantomData;
use std::collections::BTreeSet;

use crate::history::Specification;

/// A set: insert and remove answer whether they changed it; checked element by element.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{Set, SetInput};
///
/// let set = Set::<u32>::new();
/// let state = set.step(&set.initial(), &SetInput::Insert(7), Some(&true)).unwrap();
/// assert!(set.step(&state, &SetInput::Insert(7), Some(&false)).is_some());
/// assert!(set.step(&state, &SetInput::Contains(7), Some(&false)).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Set<V>(PhantomData<fn() -> V>);

impl<V> Set<V> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V> Default for Set<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// What is asked of a [`Set`]; the answer is a `bool`: contained, inserted, removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetInput<V> {
    /// Say whether the element is in the set.
    Contains(V),
    /// Put the element into the set; false if it was there.
    Insert(V),
    /// Take the element out of the set; false if it was not there.
    Remove(V),
}

impl<V: Clone + Ord + Hash + Debug> Specification for Set<V> {
    type State = BTreeSet<V>;
    type Input = SetInput<V>;
    type Output = bool;
    type Key = V;

    fn initial(&self) -> Self::State {
        BTreeSet::new()
    }

    fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&bool>) -> Option<Self::State> {
        let (SetInput::Contains(value) | SetInput::Insert(value) | SetInput::Remove(value)) = input;
        let present = state.contains(value);
        let answer = if matches!(input, SetInput::Insert(_)) { !present } else { present };
        if output.is_some_and(|&output| output != answer) {
            return None;
        }
        let mut state = state.clone();
        match input {
            SetInput::Contains(_) => {}
            SetInput::Insert(value) => {
                state.insert(value.clone());
            }
            SetInput::Remove(value) => {
                state.remove(value);
            }
        }
        Some(state)
    }

    fn key(&self, input: &Self::Input) -> Option<V> {
        let (SetInput::Contains(value) | SetInput::Insert(value) | SetInput::Remove(value)) = input;
        Some(value.clone())
    }

    fn observes(&self, input: &Self::Input, output: Option<&bool>) -> bool {
        matches!(input, SetInput::Contains(_)) || output == Some(&false)
    }

    fn describe(&self, input: &Self::Input, output: Option<&bool>) -> String {
        let asked = match input {
            SetInput::Contains(value) => format!("contains({value:?})"),
            SetInput::Insert(value) => format!("insert({value:?})"),
            SetInput::Remove(value) => format!("remove({value:?})"),
        };
        match output {
            Some(output) => format!("{asked} -> {output}"),
            None => format!("{asked} -> ?"),
        }
    }
}
