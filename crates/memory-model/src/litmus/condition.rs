//! Conditions on final states.

use std::ops::{BitAnd, BitOr, Not};

use super::expr::Reg;
use super::layout::Layout;
use crate::{Location, Value};

/// Which final states a test asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// Some final state satisfies the condition.
    Exists,
    /// No final state satisfies the condition.
    NotExists,
    /// Every final state satisfies the condition.
    Forall,
}

/// Something with a value in a final state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Observable {
    /// The final value of a register.
    Register(Reg),
    /// The final value of a variable, or of an element of an array.
    Memory {
        /// The variable.
        name: String,
        /// The element; 0 for a variable that is no array.
        element: usize,
    },
    /// A number or an address.
    Constant(Value),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A condition on the final registers and memory of an execution.
///
/// ```
/// use memory_model::litmus::{memory, reg};
///
/// let both_read_zero = reg(0, 0).is(0) & reg(1, 0).is(0);
/// let either = both_read_zero | !memory("x").is(1);
/// assert_ne!(either, memory("x").is(1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Holds always.
    True,
    /// Holds never.
    False,
    /// Compares two values.
    Compare(Observable, Comparison, Observable),
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// At least one holds.
    Or(Box<Condition>, Box<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
}

/// The final value of the variable `name`, for conditions.
///
/// ```
/// use memory_model::litmus::{Condition, memory};
///
/// assert!(matches!(memory("x").is(1), Condition::Compare(..)));
/// ```
#[must_use]
pub fn memory(name: &str) -> Observable {
    Observable::Memory { name: name.to_owned(), element: 0 }
}

impl Reg {
    /// The condition that the register ends with `value`.
    #[must_use]
    pub fn is(self, value: Value) -> Condition {
        Observable::Register(self).is(value)
    }
}

impl Observable {
    /// The condition that this ends with `value`.
    #[must_use]
    pub fn is(self, value: Value) -> Condition {
        Condition::Compare(self, Comparison::Equal, Self::Constant(value))
    }
}

impl BitAnd for Condition {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self::And(Box::new(self), Box::new(other))
    }
}

impl BitOr for Condition {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self::Or(Box::new(self), Box::new(other))
    }
}

impl Not for Condition {
    type Output = Self;

    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

impl Comparison {
    fn holds(self, a: Value, b: Value) -> bool {
        match self {
            Self::Equal => a == b,
            Self::NotEqual => a != b,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }
}

/// The final values of an execution.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FinalState {
    /// The registers of each thread; registers that were never assigned hold 0.
    pub registers: Vec<Vec<Value>>,
    /// The value of each location.
    pub memory: Vec<Value>,
}

impl FinalState {
    /// The value of `observable`; 0 for what the state does not contain.
    #[must_use]
    pub fn value(&self, observable: &Observable, layout: &Layout) -> Value {
        match observable {
            Observable::Constant(value) => *value,
            Observable::Register(reg) => {
                self.registers.get(reg.thread).and_then(|thread| thread.get(reg.index)).copied().unwrap_or(0)
            }
            Observable::Memory { name, element } => {
                let location = layout.element(name, *element);
                location.and_then(|Location(location)| self.memory.get(location)).copied().unwrap_or(0)
            }
        }
    }
}

impl Condition {
    /// Whether the condition holds in `state`.
    #[must_use]
    pub fn holds(&self, state: &FinalState, layout: &Layout) -> bool {
        match self {
            Self::True => true,
            Self::False => false,
            Self::Compare(left, comparison, right) => {
                comparison.holds(state.value(left, layout), state.value(right, layout))
            }
            Self::And(left, right) => left.holds(state, layout) && right.holds(state, layout),
            Self::Or(left, right) => left.holds(state, layout) || right.holds(state, layout),
            Self::Not(inner) => !inner.holds(state, layout),
        }
    }

    /// The registers and memory that the condition mentions, each once, in the order of their first mention.
    #[must_use]
    pub fn observables(&self) -> Vec<Observable> {
        fn visit(condition: &Condition, found: &mut Vec<Observable>) {
            match condition {
                Condition::True | Condition::False => {}
                Condition::Compare(left, _, right) => {
                    for side in [left, right] {
                        if !matches!(side, Observable::Constant(_)) && !found.contains(side) {
                            found.push(side.clone());
                        }
                    }
                }
                Condition::And(left, right) | Condition::Or(left, right) => {
                    visit(left, found);
                    visit(right, found);
                }
                Condition::Not(inner) => visit(inner, found),
            }
        }
        let mut found = Vec::new();
        visit(self, &mut found);
        found
    }
}
