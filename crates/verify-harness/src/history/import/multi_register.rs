//! Registers that are read and written several at once.

use std::collections::BTreeMap;

use super::Value;
use crate::history::Specification;

/// Registers under keys; an operation is a transaction of reads and writes that takes effect as a whole. Every register starts
/// as the same value, 0 by [`Default`].
///
/// Linearizability of these histories is strict serializability. They are not checked key by key, because a transaction ties
/// keys together.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::import::{Access, MultiRegister, Value};
///
/// let registers = MultiRegister::default();
/// let write = vec![Access::Write(Value::from("x"), Value::from(1)), Access::Write(Value::from("y"), Value::from(2))];
/// let read = vec![Access::Read(Value::from("x")), Access::Read(Value::from("y"))];
/// let written = registers.step(&registers.initial(), &write, Some(&vec![])).unwrap();
/// let both = vec![Some(Value::from(1)), Some(Value::from(2))];
/// let torn = vec![Some(Value::from(1)), Some(Value::from(0))];
/// assert!(registers.step(&written, &read, Some(&both)).is_some());
/// assert!(registers.step(&written, &read, Some(&torn)).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MultiRegister {
    initial: Value,
}

impl MultiRegister {
    /// Registers that all start as `initial`.
    #[must_use]
    pub fn new(initial: Value) -> Self {
        Self { initial }
    }
}

impl Default for MultiRegister {
    fn default() -> Self {
        Self::new(Value::Integer(0))
    }
}

/// One step of a transaction on a [`MultiRegister`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read the register under the key.
    Read(Value),
    /// Replace the value of the register under the key.
    Write(Value, Value),
}

impl Specification for MultiRegister {
    /// The registers that have been written.
    type State = BTreeMap<Value, Value>;
    type Input = Vec<Access>;
    /// What each read of the transaction returned, in order; `None` where that is not known.
    type Output = Vec<Option<Value>>;
    type Key = ();

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn step(&self, state: &Self::State, input: &Vec<Access>, output: Option<&Self::Output>) -> Option<Self::State> {
        let mut state = state.clone();
        let mut reads = 0;
        for access in input {
            match access {
                Access::Read(key) => {
                    if let Some(output) = output {
                        let value = state.get(key).unwrap_or(&self.initial);
                        if output.get(reads)?.as_ref().is_some_and(|read| read != value) {
                            return None;
                        }
                    }
                    reads += 1;
                }
                Access::Write(key, value) => {
                    if *value == self.initial {
                        state.remove(key);
                    } else {
                        state.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        output.is_none_or(|output| output.len() == reads).then_some(state)
    }

    fn observes(&self, input: &Vec<Access>, _: Option<&Self::Output>) -> bool {
        input.iter().all(|access| matches!(access, Access::Read(_)))
    }

    fn describe(&self, input: &Vec<Access>, output: Option<&Self::Output>) -> String {
        let mut reads = output.into_iter().flatten();
        let access = |access: &Access| match access {
            Access::Read(key) => match reads.next() {
                Some(Some(value)) => format!("read({key}) -> {value}"),
                _ => format!("read({key}) -> ?"),
            },
            Access::Write(key, value) => format!("write({key}, {value})"),
        };
        format!("txn[{}]", input.iter().map(access).collect::<Vec<_>>().join(", "))
    }
}
