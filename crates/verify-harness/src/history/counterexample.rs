//! Why a history is not linearizable.

use super::checker::Options;
use super::minimise::{Member, minimise};
use super::wgl::Deepest;
use super::{History, Operation, Specification};

/// Why a history is not linearizable: a small part of it that is not, and where every attempt to order that part ends.
///
/// Operations are named by their position in the history. The part is honest: it was reached only by steps that lead from a
/// linearizable history to a linearizable one. It is 1-minimal: taking one more such step makes it linearizable. The steps are
/// cutting the history at a return, leaving out an operation that never changes the state, leaving out all operations on one
/// value where the specification says that this is sound, and forgetting that an operation returned.
///
/// `Display` prints the part as a table with a timeline, the longest legal prefix, the state there, and what could come next.
///
/// ```
/// use verify_harness::history::{Checker, History, Operation};
/// use verify_harness::history::spec::{Queue, QueueInput, QueueOutput};
///
/// let history = History::new(vec![
///     Operation::returned(0, 0, 1, QueueInput::Enqueue('a'), QueueOutput::Enqueued),
///     Operation::returned(0, 2, 3, QueueInput::Enqueue('b'), QueueOutput::Enqueued),
///     Operation::returned(1, 4, 5, QueueInput::Dequeue, QueueOutput::Dequeued(Some('b'))),
/// ])
/// .unwrap();
/// let verdict = Checker::new(Queue::new()).check(&history);
/// let counterexample = verdict.counterexample().unwrap();
/// assert_eq!(counterexample.operations.len(), 3);
/// assert_eq!(counterexample.refusals[0].operation, 2); // what is at the front is 'a'
/// assert!(counterexample.to_string().contains("dequeue() -> 'b'"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counterexample {
    /// The key whose operations conflict, if the history was checked key by key.
    pub key: Option<String>,
    /// The conflicting operations, in the order of their calls.
    pub operations: Vec<CoreOperation>,
    /// How many operations the history (with a key: the part of it with that key) has.
    pub of: usize,
    /// The longest legal prefix: operations that can be ordered, in that order.
    pub prefix: Vec<usize>,
    /// The state after the prefix.
    pub state: String,
    /// The operation whose return no order can pass.
    pub blocked: Option<usize>,
    /// What could come after the prefix as far as real time goes, and why it cannot.
    pub refusals: Vec<Refusal>,
    /// Whether the part was shown to be 1-minimal. False if that was switched off or would have taken too long.
    pub minimal: bool,
}

/// One operation of a [`Counterexample`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CoreOperation {
    /// Position in the history.
    pub position: usize,
    /// Its process.
    pub process: u64,
    /// Its call.
    pub call: u64,
    /// Its return, if it is needed for the conflict.
    pub ret: Option<u64>,
    /// Whether the operation did return, but even if it had not, the rest would conflict.
    pub forgotten: bool,
    /// The operation, in words.
    pub description: String,
}

/// Why an operation cannot come next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Position in the history.
    pub operation: usize,
    /// The reason, in words.
    pub reason: String,
}

impl Counterexample {
    /// The conflicting operations as a history, to be checked by themselves; `history` is the one they were found in.
    ///
    /// # Panics
    ///
    /// If `history` is shorter than the one they were found in.
    #[must_use]
    pub fn core<I: Clone, O: Clone>(&self, history: &History<I, O>) -> History<I, O> {
        let mut part = history.part(&self.operations.iter().map(|core| core.position).collect::<Vec<_>>());
        part.forget_returns(|index| self.operations[index].forgotten);
        part
    }
}

/// A part that is not linearizable, and where the search on it got stuck.
pub(super) struct Failing<'h, S: Specification> {
    pub key: Option<String>,
    pub positions: Vec<usize>,
    pub of: usize,
    pub operations: Vec<&'h Operation<S::Input, S::Output>>,
    pub deepest: Deepest<S::State>,
}

impl<S: Specification> Failing<'_, S> {
    /// Makes the part small and says what is wrong with it.
    pub fn explain(self, specification: &S, options: &Options) -> Counterexample {
        let mut core = minimise(specification, &self.operations, self.deepest, options);
        let describe = |member: Member| {
            let operation = member.apply(self.operations[member.position]);
            specification.describe(&operation.input, operation.output.as_ref())
        };
        let at = |index: usize| self.positions[core.members[index].position];
        let state = specification.describe_state(&core.deepest.state);
        let refusals = core.deepest.enabled.iter().map(|&index| {
            let operation = core.members[index].apply(self.operations[core.members[index].position]);
            let reason = match specification.step(&core.deepest.state, &operation.input, operation.output.as_ref()) {
                None => format!("not allowed in state {state}"),
                Some(next) if next == core.deepest.state => "would change nothing".to_owned(),
                Some(_) => "was tried, and leads no further".to_owned(),
            };
            Refusal { operation: at(index), reason }
        });
        let refusals = refusals.collect();
        let mut returned: Vec<_> = core.members.iter().enumerate().filter(|(_, member)| !member.forgotten).collect();
        returned.retain(|(_, member)| !self.operations[member.position].is_pending());
        returned.sort_by_key(|(_, member)| self.operations[member.position].ret);
        let blocked = returned.get(core.deepest.returns).map(|&(index, _)| at(index));
        let prefix = core.deepest.order.iter().map(|&index| at(index)).collect();

        core.members.sort_by_key(|member| (self.operations[member.position].call, member.position));
        let operations = core.members.iter().map(|&member| {
            let operation = self.operations[member.position];
            CoreOperation {
                position: self.positions[member.position],
                process: operation.process,
                call: operation.call,
                ret: operation.ret.filter(|_| !member.forgotten),
                forgotten: member.forgotten,
                description: describe(member),
            }
        });
        let operations = operations.collect();
        Counterexample {
            key: self.key,
            operations,
            of: self.of,
            prefix,
            state,
            blocked,
            refusals,
            minimal: core.minimal,
        }
    }
}
