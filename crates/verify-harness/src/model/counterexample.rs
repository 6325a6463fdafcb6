//! From the first failing execution that a search meets to one that a person can read.
//!
//! An execution is cut down to what its failure depends on, the causal past of the events that the failure is about. After
//! that the search goes on for a stated number of executions, each no longer than the best so far, in case a shorter one fails
//! in the same way. What is shown is a run of its own that follows the execution chosen: the one that the replay token gives.

use super::execution::{End, Execution};
use super::graph::{EventId, Graph};
use super::replay::Guide;
use super::report::{Failure, FailureKind};

/// A failing execution.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) kind: FailureKind,
    /// The execution as it was found, and cut down if that is possible.
    pub(super) whole: Guide,
    pub(super) cut: Option<Guide>,
    /// The failure of the whole.
    pub(super) failure: Failure,
}

impl Candidate {
    /// The failing execution that just ended.
    pub(super) fn of(execution: &Execution, kind: FailureKind, message: String) -> Self {
        let cut = cut(execution).map(|graph| Guide::of(&graph));
        let failure = failure_of(execution, kind, message);
        Self { kind, whole: Guide::of(execution.graph()), cut, failure }
    }

    /// How many events the execution has.
    pub(super) fn len(&self) -> usize {
        self.cut.as_ref().unwrap_or(&self.whole).len()
    }
}

impl Candidate {
    /// The failure of a run along the execution, cut down if it fails then, too.
    pub(super) fn shown(self, follow: impl Fn(Guide) -> Option<Failure>) -> Failure {
        let same = |failure: &Failure| failure.kind == self.kind;
        let cut = self.cut.and_then(&follow).filter(same);
        cut.or_else(|| follow(self.whole).filter(same)).unwrap_or(self.failure)
    }
}

/// Executions that are run once more before they are said to leak.
const SUSPECTS: usize = 4;

/// Executions that may leak: the first for each block, by its number.
#[derive(Debug, Default)]
pub(super) struct Suspects(Vec<(u32, Guide)>);

impl Suspects {
    /// Notes the complete execution that just ended, if it may leak.
    pub(super) fn note(&mut self, execution: &Execution) {
        let Some(number) = execution.suspected_leak else { return };
        if self.0.len() < SUSPECTS && self.0.iter().all(|(other, _)| *other != number) {
            self.0.push((number, Guide::of(execution.graph())));
        }
    }

    /// The leak of an execution that leaks when it is run once more, too.
    pub(super) fn confirmed(self, follow: impl Fn(Guide) -> Option<Failure>) -> Option<Failure> {
        self.0.into_iter().find_map(|(_, guide)| follow(guide))
    }
}

/// The failure that ended `execution`.
pub(super) fn failure_of(execution: &Execution, kind: FailureKind, message: String) -> Failure {
    let trace = super::trace::render(execution);
    let replay = Guide::of(execution.graph()).to_string();
    Failure { kind, message, trace, replay }
}

/// The part of the execution that its failure depends on.
fn cut(execution: &Execution) -> Option<Graph> {
    let graph = execution.graph();
    let mut involved: Vec<EventId> = execution.involved.borrow().clone();
    // The thread that fails does so right after the last event that has happened.
    let failing = execution.failing?;
    let last = EventId::new(failing, execution.happened.of(failing).checked_sub(1)?);
    involved.push(last);
    // How many events of each thread.
    let mut keep = vec![0; graph.threads.len()];
    for id in &involved {
        for (thread, kept) in keep.iter_mut().enumerate() {
            *kept = (*kept).max(graph.porf(*id).get(thread));
        }
        keep[id.thread()] = keep[id.thread()].max(id.index + 1);
    }
    let kept = |id: &EventId| keep[id.thread()] > id.index;
    let depends = |id: &EventId| *id != last && kept(id) && graph.porf(*id).contains(last);
    if graph.order.iter().any(depends) {
        return None;
    }
    let mut cut = Graph::default();
    cut.restrict(graph, &keep, last);
    Some(cut)
}

/// The failure that ended a run of `execution` along its guide.
pub(super) fn followed(execution: &mut Execution) -> Option<Failure> {
    match execution.end.take() {
        Some(End::Failed(kind, message)) => Some(failure_of(execution, kind, message)),
        _ => None,
    }
}
