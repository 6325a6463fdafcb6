//! An order that grows with every event and must stay free of cycles.

use super::graph::Graph;
use super::sequencing::Mask;
use super::state::bit;
use crate::EventId;
use crate::models::Order;

/// The transitive closure of an order without cycles.
#[derive(Clone, Debug)]
pub(super) struct Closure {
    order: Order,
    /// For each event, the events before it.
    before: Vec<Mask>,
}

impl Closure {
    /// The order of as many initial writes.
    pub(super) fn new(order: Order, initial: usize) -> Self {
        Self { order, before: vec![0; initial] }
    }

    pub(super) fn has_internal_rf(&self) -> bool {
        self.order.internal_rf
    }

    /// Adds the next event of the graph, after the events in `before` and those of its thread whose order is preserved, which
    /// `sequenced` has by their places in it, and before the event `after`; false if there is a cycle then, and the order is of no more use.
    ///
    /// At most one row operation for each event.
    pub(super) fn add(&mut self, graph: &Graph, sequenced: Mask, before: Mask, after: Option<EventId>) -> bool {
        let new = self.before.len();
        let event = &graph.events[new];
        let mut above = before;
        for (id, earlier) in graph.events[..new].iter().enumerate() {
            let is_before = earlier.thread == event.thread && sequenced >> earlier.index & 1 == 1;
            if is_before && (self.order.preserves)(earlier, event) {
                above |= bit(id);
            }
        }
        let mut rest = above;
        while rest != 0 {
            above |= self.before[rest.trailing_zeros() as usize];
            rest &= rest - 1;
        }
        self.before.push(above);
        let Some(after) = after else { return true };
        if above & bit(after) != 0 {
            return false;
        }
        let gained = above | bit(new);
        for (id, before) in self.before.iter_mut().enumerate() {
            if id == after || *before & bit(after) != 0 {
                *before |= gained;
            }
        }
        true
    }
}
