//! A register with compare and swap.

use core::fmt::Debug;
use core::hash::Hash;

use super::group;
use crate::history::{Operation, Specification};

/// A register: reads return the last value written.
///
/// A register that starts as "nil" is a `Register<Option<T>>`, and what [`Default`] builds starts as `V::default()`. A read that
/// returned something unknown is an operation without output: it agrees with every state.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{Register, RegisterInput, RegisterOutput};
///
/// let register = Register::<Option<i64>>::default();
/// let nil = register.initial();
/// let one = register.step(&nil, &RegisterInput::Write(Some(1)), None).unwrap();
/// assert_eq!(one, Some(1));
/// let cas = RegisterInput::CompareAndSwap { expected: Some(1), new: Some(2) };
/// assert_eq!(register.step(&one, &cas, Some(&RegisterOutput::Swapped(true))), Some(Some(2)));
/// assert_eq!(register.step(&one, &cas, Some(&RegisterOutput::Swapped(false))), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Register<V> {
    initial: V,
}

impl<V> Register<V> {
    /// A register that starts as `initial`.
    pub const fn new(initial: V) -> Self {
        Self { initial }
    }
}

/// What is asked of a [`Register`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegisterInput<V> {
    /// Return the value.
    Read,
    /// Replace the value.
    Write(V),
    /// Replace the value by `new` if it is `expected`, and say whether it was.
    CompareAndSwap {
        /// The value that must be there.
        expected: V,
        /// The value to put there.
        new: V,
    },
}

/// What a [`Register`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RegisterOutput<V> {
    /// A read returned this value.
    Value(V),
    /// A write is done.
    Written,
    /// A compare and swap succeeded, or failed.
    Swapped(bool),
}

impl<V: Clone + Eq + Hash + Debug> Specification for Register<V> {
    type State = V;
    type Input = RegisterInput<V>;
    type Output = RegisterOutput<V>;
    type Key = ();

    fn initial(&self) -> V {
        self.initial.clone()
    }

    fn step(&self, state: &V, input: &Self::Input, output: Option<&Self::Output>) -> Option<V> {
        match (input, output) {
            (RegisterInput::Read, None) => Some(state.clone()),
            (RegisterInput::Read, Some(RegisterOutput::Value(value))) => (state == value).then(|| state.clone()),
            (RegisterInput::Write(value), None | Some(RegisterOutput::Written)) => Some(value.clone()),
            (RegisterInput::CompareAndSwap { expected, new }, None | Some(RegisterOutput::Swapped(_))) => {
                let swapped = state == expected;
                match output {
                    Some(RegisterOutput::Swapped(claimed)) if *claimed != swapped => None,
                    _ => Some(if swapped { new.clone() } else { state.clone() }),
                }
            }
            _ => None,
        }
    }

    fn observes(&self, input: &Self::Input, output: Option<&Self::Output>) -> bool {
        match input {
            RegisterInput::Read => true,
            RegisterInput::Write(_) => false,
            RegisterInput::CompareAndSwap { expected, new } => {
                expected == new || matches!(output, Some(RegisterOutput::Swapped(false)))
            }
        }
    }

    /// The writes and reads of one value, if nothing is compared and swapped.
    fn groups(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<Option<u64>> {
        if part.iter().any(|operation| matches!(operation.input, RegisterInput::CompareAndSwap { .. })) {
            return Vec::new();
        }
        let value = |operation: &&Operation<Self::Input, Self::Output>| match (&operation.input, &operation.output) {
            (RegisterInput::Write(value), _) | (_, Some(RegisterOutput::Value(value))) => Some(group(value)),
            _ => None,
        };
        part.iter().map(value).collect()
    }

    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        let asked = match input {
            RegisterInput::Read => "read()".to_owned(),
            RegisterInput::Write(value) => format!("write({value:?})"),
            RegisterInput::CompareAndSwap { expected, new } => format!("cas({expected:?}, {new:?})"),
        };
        match output {
            Some(RegisterOutput::Value(value)) => format!("{asked} -> {value:?}"),
            Some(RegisterOutput::Written) => asked,
            Some(RegisterOutput::Swapped(swapped)) => format!("{asked} -> {swapped}"),
            None => format!("{asked} -> ?"),
        }
    }
}
