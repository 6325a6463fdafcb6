//! Program order within a thread, where it is not total: operands that C leaves unsequenced.

use crate::litmus::Mark;

/// A set of events: of an execution by their ids, or of one thread by their places in it.
pub(super) type Mask = u128;

/// Which events of a thread program order relates.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequencing {
    /// The number of events.
    events: usize,
    /// Those before the next one.
    before: Mask,
    /// For each list of operands that has begun: the events before all of them, and those before what follows them.
    open: Vec<(Mask, Mask)>,
    /// The pairs that are not related, the earlier place first.
    unrelated: Vec<(usize, usize)>,
}

impl Sequencing {
    /// Comes to a mark.
    pub(super) fn mark(&mut self, mark: Mark) {
        match mark {
            Mark::Begin => self.open.push((self.before, self.before)),
            Mark::Next => {
                if let Some((base, after)) = self.open.last_mut() {
                    *after |= self.before;
                    self.before = *base;
                }
            }
            Mark::End => {
                if let Some((_, after)) = self.open.pop() {
                    self.before |= after;
                }
            }
        }
    }

    /// Adds an event.
    pub(super) fn add(&mut self) {
        if !self.open.is_empty() {
            let unrelated = (0..self.events).filter(|place| self.before >> place & 1 == 0);
            self.unrelated.extend(unrelated.map(|place| (place, self.events)));
        }
        self.before |= 1 << self.events;
        self.events += 1;
    }

    /// The places before the next event; all, later ones included, if it is not among operands.
    pub(super) fn before(&self) -> Mask {
        if self.open.is_empty() { Mask::MAX } else { self.before }
    }

    /// The pairs that are not related, the earlier place first.
    pub(super) fn unrelated(&self) -> &[(usize, usize)] {
        &self.unrelated
    }
}
