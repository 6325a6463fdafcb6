//! A counter.

use crate::history::Specification;

/// A counter that starts at zero and wraps around.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{Counter, CounterInput, CounterOutput};
///
/// let two = Counter.step(&0, &CounterInput::Add(2), Some(&CounterOutput::Added)).unwrap();
/// assert_eq!(Counter.step(&two, &CounterInput::FetchAdd(1), Some(&CounterOutput::Value(2))), Some(3));
/// assert_eq!(Counter.step(&two, &CounterInput::Get, Some(&CounterOutput::Value(1))), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counter;

/// What is asked of a [`Counter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CounterInput {
    /// Add.
    Add(i64),
    /// Add, and return the value before.
    FetchAdd(i64),
    /// Return the value.
    Get,
}

/// What a [`Counter`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CounterOutput {
    /// An addition is done.
    Added,
    /// The value: of a get, or before a fetch and add.
    Value(i64),
}

impl Specification for Counter {
    type State = i64;
    type Input = CounterInput;
    type Output = CounterOutput;
    type Key = ();

    fn initial(&self) -> i64 {
        0
    }

    fn step(&self, state: &i64, input: &Self::Input, output: Option<&Self::Output>) -> Option<i64> {
        let legal = match (input, output) {
            (_, None) | (CounterInput::Add(_), Some(CounterOutput::Added)) => true,
            (CounterInput::FetchAdd(_) | CounterInput::Get, Some(CounterOutput::Value(value))) => value == state,
            _ => false,
        };
        legal.then(|| match input {
            CounterInput::Add(n) | CounterInput::FetchAdd(n) => state.wrapping_add(*n),
            CounterInput::Get => *state,
        })
    }

    fn observes(&self, input: &Self::Input, _: Option<&Self::Output>) -> bool {
        matches!(input, CounterInput::Get | CounterInput::Add(0) | CounterInput::FetchAdd(0))
    }

    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        let asked = match input {
            CounterInput::Add(n) => format!("add({n})"),
            CounterInput::FetchAdd(n) => format!("fetch_add({n})"),
            CounterInput::Get => "get()".to_owned(),
        };
        match output {
            Some(CounterOutput::Added) => asked,
            Some(CounterOutput::Value(value)) => format!("{asked} -> {value}"),
            None => format!("{asked} -> ?"),
        }
    }
}
