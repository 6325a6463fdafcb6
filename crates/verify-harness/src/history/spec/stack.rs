//! A last-in, first-out stack.

use core::fmt::Debug;
use core::hash::Hash;
use core::marker::PhantomData;
use std::collections::HashMap;

use super::group;
use crate::history::{Monitored, Operation, Specification, monitor};

/// A LIFO stack.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{Stack, StackInput, StackOutput};
///
/// let stack = Stack::new();
/// let one = stack.step(&stack.initial(), &StackInput::Push(1), Some(&StackOutput::Pushed)).unwrap();
/// let two = stack.step(&one, &StackInput::Push(2), Some(&StackOutput::Pushed)).unwrap();
/// assert_eq!(stack.step(&two, &StackInput::Pop, Some(&StackOutput::Popped(Some(2)))), Some(one));
/// assert_eq!(stack.step(&two, &StackInput::Pop, Some(&StackOutput::Popped(Some(1)))), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stack<V>(PhantomData<fn() -> V>);

impl<V> Stack<V> {
    /// An empty stack.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<V> Default for Stack<V> {
    fn default() -> Self {
        Self::new()
    }
}

/// What is asked of a [`Stack`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StackInput<V> {
    /// Put the value on top.
    Push(V),
    /// Take the value on top.
    Pop,
}

/// What a [`Stack`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StackOutput<V> {
    /// The value was put on top.
    Pushed,
    /// The value that was on top; `None` if the stack was empty.
    Popped(Option<V>),
}

impl<V: Clone + Eq + Hash + Debug> Specification for Stack<V> {
    /// The top is last.
    type State = Vec<V>;
    type Input = StackInput<V>;
    type Output = StackOutput<V>;
    type Key = ();

    fn initial(&self) -> Self::State {
        Vec::new()
    }

    fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&Self::Output>) -> Option<Self::State> {
        match (input, output) {
            (StackInput::Push(value), None | Some(StackOutput::Pushed)) => {
                let mut pushed = Vec::with_capacity(state.len() + 1);
                pushed.extend_from_slice(state);
                pushed.push(value.clone());
                Some(pushed)
            }
            (StackInput::Pop, Some(StackOutput::Popped(value))) if value.as_ref() != state.last() => None,
            (StackInput::Pop, None | Some(StackOutput::Popped(_))) => {
                Some(state.split_last().map_or_else(Vec::new, |(_, rest)| rest.to_vec()))
            }
            _ => None,
        }
    }

    fn observes(&self, _: &Self::Input, output: Option<&Self::Output>) -> bool {
        output == Some(&StackOutput::Popped(None))
    }

    /// A value pushed once: everything that happens above it could as well happen after it is popped.
    fn left_movers(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<bool> {
        let mut pushes = HashMap::new();
        for operation in part {
            if let StackInput::Push(value) = &operation.input {
                *pushes.entry(value).or_insert(0_usize) += 1;
            }
        }
        let moves = |operation: &&Operation<Self::Input, Self::Output>| match &operation.output {
            Some(StackOutput::Popped(Some(value))) => pushes.get(value) == Some(&1),
            _ => false,
        };
        part.iter().map(moves).collect()
    }

    /// The operations on one value.
    fn groups(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<Option<u64>> {
        let value = |operation: &&Operation<Self::Input, Self::Output>| match (&operation.input, &operation.output) {
            (StackInput::Push(value), _) | (_, Some(StackOutput::Popped(Some(value)))) => Some(group(value)),
            _ => None,
        };
        part.iter().map(value).collect()
    }

    /// For values that are pushed once each; O(n d), where d is how deeply values are nested, and O(n^2) for the witness.
    fn monitor(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Option<Monitored> {
        monitor::stack(part)
    }

    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        let asked = match input {
            StackInput::Push(value) => format!("push({value:?})"),
            StackInput::Pop => "pop()".to_owned(),
        };
        match output {
            Some(StackOutput::Pushed) => asked,
            Some(StackOutput::Popped(Some(value))) => format!("{asked} -> {value:?}"),
            Some(StackOutput::Popped(None)) => format!("{asked} -> empty"),
            None => format!("{asked} -> ?"),
        }
    }
}
