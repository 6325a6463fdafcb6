//! What a structure may do, one operation after the other.

use core::fmt::Debug;
use core::hash::Hash;

use super::{Monitored, Operation};

/// A sequential specification: a deterministic automaton whose labels are operations with their outputs.
///
/// # Laws
///
/// 1. *Deterministic*: `initial` and `step` are functions of their arguments.
/// 2. *Unknown output*: `step(s, i, None)` is the state after `i` was performed in `s`, whatever it returned. If it is
///    `Some(t)` there is an output `o` with `step(s, i, Some(o)) == Some(t)`, and every `step(s, i, Some(o))` that is not
///    `None` equals it. It is `None` where the operation cannot be performed at all (locking a locked mutex).
/// 3. *Observers*: where [`observes`](Self::observes) says yes, every `step` with that input and output that is not `None`
///    leaves the state unchanged.
/// 4. *Keys*: if [`key`](Self::key) is `Some` for all inputs, operations with different keys do not influence each other: a
///    sequence is legal exactly if its restriction to each key is.
///
/// ```
/// use verify_harness::history::Specification;
///
/// /// A flag that can be raised once; `raise` answers whether this call raised it.
/// #[derive(Debug)]
/// struct Flag;
///
/// impl Specification for Flag {
///     type State = bool;
///     type Input = ();
///     type Output = bool;
///     type Key = ();
///
///     fn initial(&self) -> bool {
///         false
///     }
///
///     fn step(&self, raised: &bool, _: &(), output: Option<&bool>) -> Option<bool> {
///         output.is_none_or(|&first| first != *raised).then_some(true)
///     }
/// }
///
/// assert_eq!(Flag.step(&false, &(), Some(&true)), Some(true));
/// assert_eq!(Flag.step(&true, &(), Some(&true)), None);
/// ```
pub trait Specification {
    /// The abstract state.
    type State: Clone + Eq + Hash + Debug;
    /// What is asked of the structure: the operation with its arguments.
    type Input: Clone + Eq + Hash + Debug;
    /// What the structure answers.
    type Output: Clone + Eq + Hash + Debug;
    /// The part of the structure an operation is about; `()` if it is not made of independent parts.
    type Key: Clone + Eq + Hash + Debug;

    /// The state before the first operation.
    fn initial(&self) -> Self::State;

    /// The state after `input` was performed in `state` with `output`; `None` if that output is illegal there.
    ///
    /// Without an output any legal one is meant.
    fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&Self::Output>) -> Option<Self::State>;

    /// The independent part of the structure that `input` is about, if it is about one part only.
    ///
    /// A history all of whose operations have a key is checked key by key (linearizability is local), which is much faster.
    fn key(&self, input: &Self::Input) -> Option<Self::Key> {
        let _ = input;
        None
    }

    /// Whether an operation with this input and output never changes the state (a read; a removal that found nothing).
    ///
    /// A hint: `false` is always right, `true` lets checkers place the operation without trying alternatives.
    fn observes(&self, input: &Self::Input, output: Option<&Self::Output>) -> bool {
        let _ = (input, output);
        false
    }

    /// Which operations of `part` are *left movers*, by position; an empty list means none.
    ///
    /// `op` is a left mover if the following holds for every state `s` and every sequence `a` of operations of `part` (with
    /// known outputs, `op` not among them): if `op` is legal in `s` and `a` followed by `op` is legal from `s`, then `op` followed
    /// by `a` is legal from `s` too, and leads to the same state. Taking the front of a queue is an example: whatever happens
    /// before it could as well happen after it. Observers need not be named here.
    ///
    /// A hint, like [`observes`](Self::observes): naming too few costs time, naming one wrongly breaks the checker.
    fn left_movers(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<bool> {
        let _ = part;
        Vec::new()
    }

    /// Divides the operations of `part` into groups that can be left out, by position; an empty list means that none can.
    ///
    /// From any legal sequence of these operations with known outputs, leaving out all operations of a group leaves a legal
    /// sequence. The operations on one value of a queue are an example. Operations without a group are always kept. Used to
    /// make counterexamples small: if a history without a group is not linearizable, neither is the history.
    fn groups(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<Option<u64>> {
        let _ = part;
        Vec::new()
    }

    /// Decides a part of a history by a faster way than search, or declines with `None`.
    ///
    /// A rejection is confirmed by searching the core it names; an acceptance is taken at its word.
    fn monitor(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Option<Monitored> {
        let _ = part;
        None
    }

    /// One operation as it appears in counterexamples.
    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        match output {
            Some(output) => format!("{input:?} -> {output:?}"),
            None => format!("{input:?} -> ?"),
        }
    }

    /// A state as it appears in counterexamples.
    fn describe_state(&self, state: &Self::State) -> String {
        format!("{state:?}")
    }
}
