//! The linearizability checker: partition, decide each part, explain a failure.

use std::collections::HashMap;

use super::counterexample::Failing;
use super::wgl::{Deepest, Outcome, Plan, search};
use super::{History, Monitored, Operation, Reason, Specification, Verdict};

/// What a [`Checker`] may do.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub eager: bool,
    pub twins: bool,
    pub idle: bool,
    pub partition: bool,
    pub monitors: bool,
    pub minimise: bool,
    pub max_configurations: u64,
}

/// Checks histories against a specification.
///
/// The default is complete: whatever verdict it gives is exact, and everything that makes it fast is on. The reductions can be
/// switched off one by one, to cross-check them.
///
/// ```
/// use verify_harness::history::{Checker, History, Operation};
/// use verify_harness::history::spec::{Register, RegisterInput, RegisterOutput};
///
/// let write = |process, call, ret, value| {
///     Operation::returned(process, call, ret, RegisterInput::Write(value), RegisterOutput::Written)
/// };
/// let read = |process, call, ret, value| {
///     Operation::returned(process, call, ret, RegisterInput::Read, RegisterOutput::Value(value))
/// };
/// let checker = Checker::new(Register::new(0));
///
/// let good = History::new(vec![write(0, 0, 9, 1), read(1, 1, 2, 0), read(1, 3, 4, 1)]).unwrap();
/// assert!(checker.check(&good).is_linearizable());
///
/// let stale = History::new(vec![write(0, 0, 9, 1), read(1, 1, 2, 1), read(1, 3, 4, 0)]).unwrap();
/// let verdict = checker.check(&stale);
/// assert!(verdict.is_not_linearizable());
/// println!("{verdict}");
/// ```
#[derive(Clone, Debug)]
pub struct Checker<S> {
    specification: S,
    options: Options,
}

impl<S: Specification> Checker<S> {
    /// A checker for `specification`, with every reduction on.
    #[must_use]
    pub fn new(specification: S) -> Self {
        let options = Options {
            eager: true,
            twins: true,
            idle: true,
            partition: true,
            monitors: true,
            minimise: true,
            max_configurations: 5_000_000,
        };
        Self { specification, options }
    }

    /// Whether observers and left movers are linearized as soon as they are legal (R1). On by default.
    #[must_use]
    pub fn eager(mut self, on: bool) -> Self {
        self.options.eager = on;
        self
    }

    /// Whether equal operations are tried in one order only (R2). On by default.
    #[must_use]
    pub fn twins_in_order(mut self, on: bool) -> Self {
        self.options.twins = on;
        self
    }

    /// Whether pending operations are left out where they change nothing (R3). On by default.
    #[must_use]
    pub fn drop_idle_pending(mut self, on: bool) -> Self {
        self.options.idle = on;
        self
    }

    /// Whether histories are checked key by key where the specification allows it. On by default.
    #[must_use]
    pub fn partition(mut self, on: bool) -> Self {
        self.options.partition = on;
        self
    }

    /// Whether the specification's own [monitor](Specification::monitor) is asked first. On by default.
    #[must_use]
    pub fn monitors(mut self, on: bool) -> Self {
        self.options.monitors = on;
        self
    }

    /// Whether counterexamples are made small. On by default.
    #[must_use]
    pub fn minimise(mut self, on: bool) -> Self {
        self.options.minimise = on;
        self
    }

    /// How many configurations may be visited before the verdict is `Unknown`: 5,000,000 by default, of 16 bytes and more each.
    /// The count is deterministic, so the verdict is.
    #[must_use]
    pub fn max_configurations(mut self, limit: u64) -> Self {
        self.options.max_configurations = limit;
        self
    }

    /// The specification.
    #[must_use]
    pub fn specification(&self) -> &S {
        &self.specification
    }

    /// Decides whether `history` is linearizable.
    ///
    /// NP-complete in general; exponential only in the number of operations open at once. Linear in the length of the history
    /// for a bounded number of processes and states.
    pub fn check(&self, history: &History<S::Input, S::Output>) -> Verdict {
        let mut configurations = 0;
        let mut orders = Vec::new();
        let mut unknown = None;
        for (key, part) in self.parts(history) {
            let operations: Vec<_> = part.iter().map(|&position| &history.operations()[position]).collect();
            match self.check_part(&operations, &mut configurations) {
                PartVerdict::Accept(order) => {
                    orders.push(order.into_iter().map(|index| part[index]).collect::<Vec<_>>())
                }
                PartVerdict::Reject(core, deepest) => {
                    let operations: Vec<_> = core.iter().map(|&index| operations[index]).collect();
                    let failing = Failing {
                        key: key.map(|key| format!("{key:?}")),
                        positions: core.iter().map(|&index| part[index]).collect(),
                        of: part.len(),
                        operations,
                        deepest,
                    };
                    let counterexample = Box::new(failing.explain(&self.specification, &self.options));
                    return Verdict::NotLinearizable { counterexample, configurations };
                }
                PartVerdict::Exhausted(order) => {
                    // A later part may still be rejected, which would settle it.
                    unknown.get_or_insert_with(|| order.iter().map(|&index| part[index]).collect());
                }
            }
        }
        match unknown {
            Some(prefix) => Verdict::Unknown { reason: Reason::Configurations, configurations, prefix },
            None => Verdict::Linearizable { order: merge(history, orders), configurations },
        }
    }

    fn check_part(&self, part: &[&Operation<S::Input, S::Output>], configurations: &mut u64) -> PartVerdict<S::State> {
        let monitored = if self.options.monitors { self.specification.monitor(part) } else { None };
        match monitored {
            Some(Monitored::Linearizable { order }) => return PartVerdict::Accept(order),
            Some(Monitored::NotLinearizable { core }) => {
                let operations: Vec<_> = core.iter().map(|&position| part[position]).collect();
                // Anything but a rejection would be a mistake of the monitor: then the search decides.
                let confirmed = decide(&self.specification, &operations, &self.options, configurations);
                if let Outcome::Reject(deepest) = confirmed {
                    return PartVerdict::Reject(core, deepest);
                }
            }
            None => {}
        }
        match decide(&self.specification, part, &self.options, configurations) {
            Outcome::Accept(order) => PartVerdict::Accept(order),
            Outcome::Reject(deepest) => PartVerdict::Reject((0..part.len()).collect(), deepest),
            Outcome::Exhausted(deepest) => PartVerdict::Exhausted(deepest.order),
        }
    }

    /// The parts of the history that can be checked by themselves, in order of first appearance.
    fn parts(&self, history: &History<S::Input, S::Output>) -> Vec<(Option<S::Key>, Vec<usize>)> {
        let whole = || vec![(None, (0..history.len()).collect())];
        if !self.options.partition {
            return whole();
        }
        let mut parts: Vec<(Option<S::Key>, Vec<usize>)> = Vec::new();
        let mut numbers = HashMap::new();
        for (position, operation) in history.operations().iter().enumerate() {
            let Some(key) = self.specification.key(&operation.input) else { return whole() };
            let number = *numbers.entry(key).or_insert_with_key(|key| {
                parts.push((Some(key.clone()), Vec::new()));
                parts.len() - 1
            });
            parts[number].1.push(position);
        }
        parts
    }
}

/// The verdict on one part; operations are named by their position in it.
enum PartVerdict<T> {
    Accept(Vec<usize>),
    /// These operations are not linearizable by themselves, nor is the part.
    Reject(Vec<usize>, Deepest<T>),
    Exhausted(Vec<usize>),
}

/// Searches for a linearization of `part`.
pub(super) fn decide<S: Specification>(
    specification: &S,
    part: &[&Operation<S::Input, S::Output>],
    options: &Options,
    configurations: &mut u64,
) -> Outcome<S::State> {
    let plan = Plan::new(specification, part, options.idle, options.eager);
    search(specification, &plan, options, configurations)
}

/// One order from the orders of the parts.
///
/// Every operation is given the earliest point its order allows: no earlier than its call, nor than its predecessor's point.
/// These points lie within the intervals, so sorting by them respects real time; sorting is stable, so it respects each order.
fn merge<I, O>(history: &History<I, O>, mut orders: Vec<Vec<usize>>) -> Vec<usize> {
    if orders.len() == 1 {
        return orders.pop().expect("there is one");
    }
    let mut points = Vec::new();
    for order in orders {
        let mut point = 0;
        for position in order {
            point = point.max(history.operations()[position].call);
            points.push((point, position));
        }
    }
    points.sort_by_key(|&(point, _)| point);
    points.into_iter().map(|(_, position)| position).collect()
}
