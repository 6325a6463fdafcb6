//! Frees through the global allocator that nothing known orders after an access before them.
//!
//! What orders such a free may be unknown to the checker, as the owners that a `std::sync::Arc` counts are. Or nothing does, and
//! the program may free the memory before it is accessed: in the same graph, since a free through the global allocator is no
//! event. So the execution is run once more, with the events in another order: first those that the free depends on by program
//! order and reads-from, then the others. If the program frees the memory then, too, the access comes upon freed memory in a
//! run that the memory model allows, and is reported there as any use after free. If it does not, the free waited for
//! something else, and the order is the program's own.
//!
//! What is left out: a free that does depend on the access by reads-from, but through accesses too weak to order the two.
//! It comes after the access in every order of the graph.

use super::builder::Builder;
use super::counterexample::Candidate;
use super::execution::{End, Execution};
use super::graph::{EventId, Graph};
use super::heap::Point;
use super::panics::Quiet;
use super::replay::Guide;
use super::report::FailureKind;
use super::resources::Demands;
use super::runtime::{Program, Runtime};

impl Execution {
    /// Notes the free of the block at `address` by `thread`, if it is not known to come after all accesses so far.
    pub(super) fn note_unordered_free(&mut self, thread: usize, address: usize) {
        let point = self.point(thread);
        if self.guide.is_some() || self.unordered_frees.last() == Some(&point) {
            return;
        }
        let Some(last) = usize::from(point.events).checked_sub(1) else { return };
        let graph = self.search.graph();
        let before = graph.hb(EventId::new(thread, last));
        let unordered = |access: &EventId| {
            access.thread() != thread && !before.contains(*access) && self.happened.contains(*access)
        };
        let here = |loc: &&super::interface::Loc| {
            self.bindings.get(loc.index()).is_some_and(|binding| binding.run == self.run && binding.block == address)
        };
        let found = self.heap.at(address, |block| {
            let locations = block.objects.iter().filter(here).filter_map(|loc| graph.location(*loc));
            let mut accesses =
                locations.flat_map(|location| location.plain.iter().chain(&location.co).chain(&location.reads));
            accesses.any(unordered)
        });
        if found == Some(true) {
            self.unordered_frees.push(point);
        }
    }
}

/// The events of `graph` in an order in which `point` comes as early as it can.
fn earliest(graph: &Graph, point: Point) -> Vec<EventId> {
    let last = EventId::new(point.thread, usize::from(point.events) - 1);
    let needed = |id: &EventId| graph.porf(last).contains(*id);
    // What an operation adds at once stays together: a thread that ends here with the mark that it waits, for one.
    let mut order: Vec<EventId> = graph.order.iter().copied().filter(needed).collect();
    order.extend(graph.order.iter().copied().filter(|id| !needed(id)));
    order
}

/// Looks, after each run, whether memory that it freed may be freed before it was accessed.
pub(super) struct EarlierFrees<'a> {
    builder: &'a Builder,
    program: &'a Program,
    granted: Demands,
    /// Follows the executions; made when the first is to be followed.
    runtime: Option<Runtime>,
}

impl<'a> EarlierFrees<'a> {
    pub(super) fn new(builder: &'a Builder, program: &'a Program, granted: Demands) -> Self {
        Self { builder, program, granted, runtime: None }
    }

    /// An execution with the graph of `execution`, whose run has ended without a failure, that fails since a free comes earlier.
    #[inline]
    pub(super) fn failing(&mut self, execution: &Execution) -> Option<Candidate> {
        if execution.unordered_frees.is_empty() {
            return None;
        }
        let graph = execution.graph();
        let guides = execution.unordered_frees.iter().map(|point| Guide::along(graph, &earliest(graph, *point)));
        guides.into_iter().find_map(|guide| self.follow(guide))
    }

    /// How the run along `guide` fails, if it does.
    #[cold]
    fn follow(&mut self, guide: Guide) -> Option<Candidate> {
        let _quiet = Quiet::new();
        let Self { builder, program, granted, runtime } = self;
        let runtime = runtime.get_or_insert_with(|| Runtime::new(builder.execution(None), builder.stacks(), *granted));
        {
            let mut execution = runtime.execution.borrow_mut();
            execution.search.restart();
            execution.guide = Some(guide);
        }
        runtime.run(program);
        let mut execution = runtime.execution.borrow_mut();
        match execution.end.take() {
            // If the order of what the checker does not see changed what the program does, the run may go astray: other failures
            // say nothing.
            Some(End::Failed(kind @ FailureKind::UseAfterFree, message)) => {
                Some(Candidate::of(&execution, kind, message))
            }
            _ => None,
        }
    }
}
