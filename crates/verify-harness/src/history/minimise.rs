//! Making a failing part of a history small, without making it say more than the history does.
//!
//! Leaving an arbitrary operation out is not honest: without its enqueue, a dequeue is wrong that was right. So only such steps
//! are taken as lead from a linearizable history to a linearizable one; if the result is not linearizable, the history is not.
//!
//! 1. *Cutting*: what happened after some return is forgotten; operations then open are pending. Linearizability is
//!    prefix-closed, so the first failing return is found by galloping and bisection.
//! 2. *Leaving out an observer*: it changes nothing, so nobody misses it.
//! 3. *Leaving out a group*, which the [specification](super::Specification::groups) declares: the operations on one value.
//! 4. *Forgetting a return*: the operation becomes pending, so it may have taken effect at any time from its call on, or never.
//!
//! Steps 2 to 4 are tried on ever smaller sets down to single ones until none succeeds: the result is 1-minimal.

use super::checker::{Options, decide};
use super::wgl::{Deepest, NEVER, Outcome, Plan};
use super::{Operation, Specification};

/// Configurations and operations that may be looked at to make one counterexample small.
const BUDGET: u64 = 4_000_000;

/// One operation of the failing part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Position in the part.
    pub position: usize,
    /// Whether its return was forgotten.
    pub forgotten: bool,
}

/// A small part that is not linearizable.
#[derive(Debug)]
pub(super) struct Core<T> {
    pub members: Vec<Member>,
    /// Where the search on these members got stuck; positions are indices into `members`.
    pub deepest: Deepest<T>,
    /// Whether no single step leads to a smaller one. False only if the budget ended first.
    pub minimal: bool,
}

/// Makes `part`, which is not linearizable, small.
pub(super) fn minimise<S: Specification>(
    specification: &S,
    part: &[&Operation<S::Input, S::Output>],
    deepest: Deepest<S::State>,
    options: &Options,
) -> Core<S::State> {
    let members = (0..part.len()).map(|position| Member { position, forgotten: false }).collect();
    let core = Core { members, deepest, minimal: true };
    if !options.minimise {
        return Core { minimal: false, ..core };
    }
    let mut minimiser = Minimiser { specification, part, options, core, spent: 0 };
    minimiser.cut();
    minimiser.shrink();
    minimiser.core
}

struct Minimiser<'a, 'h, S: Specification> {
    specification: &'a S,
    part: &'a [&'h Operation<S::Input, S::Output>],
    options: &'a Options,
    core: Core<S::State>,
    spent: u64,
}

impl<S: Specification> Minimiser<'_, '_, S> {
    fn operations(&self, members: &[Member]) -> Vec<Operation<S::Input, S::Output>> {
        members.iter().map(|member| member.apply(self.part[member.position])).collect()
    }

    /// Where the search on `members` gets stuck, if they are not linearizable.
    fn fails(&mut self, members: &[Member]) -> Option<Deepest<S::State>> {
        if self.spent >= BUDGET {
            self.core.minimal = false;
            return None;
        }
        let operations = self.operations(members);
        let operations: Vec<_> = operations.iter().collect();
        let mut configurations = 0;
        let limit = (BUDGET - self.spent).min(self.options.max_configurations);
        let options = Options { max_configurations: limit, ..self.options.clone() };
        let outcome = decide(self.specification, &operations, &options, &mut configurations);
        self.spent += configurations + members.len() as u64;
        match outcome {
            Outcome::Accept(_) => None,
            Outcome::Reject(deepest) => Some(deepest),
            Outcome::Exhausted(_) => {
                self.core.minimal = false;
                None
            }
        }
    }

    /// Takes `members` if they fail.
    fn take(&mut self, members: Vec<Member>) -> bool {
        let Some(deepest) = self.fails(&members) else { return false };
        self.core.members = members;
        self.core.deepest = deepest;
        true
    }

    /// Forgets what happened after the first return at which the part fails.
    fn cut(&mut self) {
        let plan = Plan::new(self.specification, self.part, false, false);
        let (specification, part) = (self.specification, self.part);
        let cut = |returns: usize| -> Vec<Member> {
            let horizon = plan.horizon(returns as u32);
            let open = plan.entries.iter().filter(|entry| entry.call < horizon);
            let mut members: Vec<Member> = open
                .map(|entry| Member {
                    position: entry.position as usize,
                    forgotten: entry.ret > horizon && entry.ret != NEVER,
                })
                .filter(|member| !member.forgotten || !specification.observes(&part[member.position].input, None))
                .collect();
            members.sort_unstable_by_key(|member| member.position);
            members
        };
        // The search passed these returns, so no earlier cut fails.
        let (mut passes, mut stride) = (self.core.deepest.returns, 1);
        let last = plan.returns.len().saturating_sub(1);
        let mut fails = last;
        let mut at = passes;
        while at < last {
            let members = cut(at);
            if self.fails(&members).is_some() {
                fails = at;
                break;
            }
            passes = at + 1;
            at += stride;
            stride *= 2;
        }
        while passes < fails {
            let middle = passes.midpoint(fails);
            let members = cut(middle);
            if self.fails(&members).is_some() {
                fails = middle;
            } else {
                passes = middle + 1;
            }
        }
        let members = cut(fails);
        self.take(members);
    }

    /// Whether the operation can be left out once its return is forgotten.
    fn idle(&self, position: usize) -> bool {
        self.specification.observes(&self.part[position].input, None)
    }

    /// Steps 2 to 4 until none succeeds.
    fn shrink(&mut self) {
        loop {
            let mut changed = self.leave_out_observers();
            changed |= self.leave_out_groups();
            changed |= self.forget_returns();
            if !changed {
                return;
            }
        }
    }

    fn leave_out_observers(&mut self) -> bool {
        let observers = self.core.members.iter().filter(|member| {
            let operation = member.apply(self.part[member.position]);
            self.specification.observes(&operation.input, operation.output.as_ref())
        });
        let observers: Vec<Vec<usize>> = observers.map(|member| vec![member.position]).collect();
        self.reduce(&observers, |_, _| None)
    }

    fn leave_out_groups(&mut self) -> bool {
        let operations = self.operations(&self.core.members);
        // A pending operation may have had any output; a returned one whose output is unknown had one, but which?
        if operations.iter().any(|operation| !operation.is_pending() && operation.output.is_none()) {
            return false;
        }
        let mut groups = std::collections::BTreeMap::<u64, Vec<usize>>::new();
        let numbers = self.specification.groups(&operations.iter().collect::<Vec<_>>());
        for (member, group) in self.core.members.iter().zip(numbers) {
            if let Some(group) = group {
                groups.entry(group).or_default().push(member.position);
            }
        }
        let groups: Vec<Vec<usize>> = groups.into_values().collect();
        self.reduce(&groups, |_, _| None)
    }

    fn forget_returns(&mut self) -> bool {
        let returned =
            self.core.members.iter().filter(|member| !member.forgotten && !self.part[member.position].is_pending());
        let returned: Vec<Vec<usize>> = returned.map(|member| vec![member.position]).collect();
        self.reduce(&returned, |minimiser, member| {
            (!minimiser.idle(member.position)).then_some(Member { forgotten: true, ..member })
        })
    }

    /// Applies `step` to the members of as many of `units` as it can, trying many at once first; whether any succeeded.
    fn reduce(&mut self, units: &[Vec<usize>], step: impl Fn(&Self, Member) -> Option<Member>) -> bool {
        let mut chosen = vec![false; self.part.len()];
        let mut left: Vec<&Vec<usize>> = units.iter().collect();
        let mut size = left.len();
        let mut changed = false;
        while size > 0 {
            let mut kept = Vec::new();
            for chunk in left.chunks(size) {
                let positions = || chunk.iter().flat_map(|unit| unit.iter().copied());
                positions().for_each(|position| chosen[position] = true);
                let members = self.core.members.iter();
                let members = members
                    .filter_map(|&member| if chosen[member.position] { step(self, member) } else { Some(member) })
                    .collect();
                positions().for_each(|position| chosen[position] = false);
                if self.take(members) {
                    changed = true;
                } else {
                    kept.extend_from_slice(chunk);
                }
            }
            left = kept;
            size = if size == 1 { 0 } else { size.div_ceil(2).min(left.len()) };
        }
        changed
    }
}

impl Member {
    /// The operation as it stands in the core.
    pub(super) fn apply<I: Clone, O: Clone>(self, operation: &Operation<I, O>) -> Operation<I, O> {
        if self.forgotten {
            Operation::pending(operation.process, operation.call, operation.input.clone())
        } else {
            operation.clone()
        }
    }
}
