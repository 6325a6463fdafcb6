//! An execution as models see it.
//!
//! A successful read-modify-write, which is two events in an [`Execution`], is one event here, at once in `R`, `W` and `RMW`, as
//! in herd's C: so herd's models mean the same here, and `rmw` is empty.

use super::base::Base;
use super::evaluate::Matrix;
use crate::relation::{EventSet, Relation};
use crate::{Annotations, Event, EventId, Execution, Location, Ordering};

/// An event of the model: an event of the execution, or both halves of a read-modify-write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    pub(super) first: EventId,
    pub(super) last: EventId,
    pub(super) reads: bool,
    pub(super) writes: bool,
    pub(super) ordering: Ordering,
}

#[derive(Debug)]
pub(super) struct Environment<'x> {
    pub(super) execution: &'x Execution,
    pub(super) wholes: Vec<Whole>,
    /// The event of the model by each event of the execution.
    whole_of: Vec<usize>,
    /// The locations whose final value matters; `None` if all do.
    observed: Option<&'x [Location]>,
}

impl<'x> Environment<'x> {
    pub(super) fn new(execution: &'x Execution) -> Self {
        let mut wholes: Vec<Whole> = Vec::with_capacity(execution.size());
        let mut whole_of = Vec::with_capacity(execution.size());
        for (id, event) in execution.events().iter().enumerate() {
            if event.is_rmw && event.is_write() {
                if let Some(read) = wholes.last_mut() {
                    read.last = id;
                    read.writes = true;
                    read.ordering = joined(read.ordering, event.ordering);
                }
            } else {
                wholes.push(Whole {
                    first: id,
                    last: id,
                    reads: event.is_read(),
                    writes: event.is_write(),
                    ordering: event.ordering,
                });
            }
            whole_of.push(wholes.len() - 1);
        }
        Self { execution, wholes, whole_of, observed: None }
    }

    /// The execution, with final writes of these locations only.
    pub(super) fn observing(execution: &'x Execution, observed: &'x [Location]) -> Self {
        Self { observed: Some(observed), ..Self::new(execution) }
    }

    pub(super) fn size(&self) -> usize {
        self.wholes.len()
    }

    pub(super) fn event(&self, whole: usize) -> &Event {
        &self.execution.events()[self.wholes[whole].first]
    }

    pub(super) fn set(&self, mut member: impl FnMut(&Whole, &Event) -> bool) -> EventSet {
        EventSet::from_fn(self.size(), |whole| member(&self.wholes[whole], self.event(whole)))
    }

    fn pairs(&self, mut related: impl FnMut(&Event, &Event) -> bool) -> Relation {
        Relation::from_fn(self.size(), |a, b| related(self.event(a), self.event(b)))
    }

    /// A relation of the execution, between events of the model; what lies within one of them is dropped if `inside` is not set.
    fn lift(&self, relation: &Relation, inside: bool) -> Relation {
        let pairs = relation.iter().map(|(from, to)| (self.whole_of[from], self.whole_of[to]));
        Relation::from_pairs(self.size(), pairs.filter(|(from, to)| inside || from != to))
    }

    /// A dependency; empty if the execution has no annotations.
    fn dependency(&self, which: impl FnOnce(&Annotations) -> &Relation) -> Relation {
        let annotations = self.execution.annotations();
        annotations.map_or_else(|| Relation::empty(self.size()), |annotations| self.lift(which(annotations), false))
    }

    /// Those of the events in an annotation that are `wanted`; none if the execution has no annotations.
    fn annotated_set(
        &self,
        which: impl FnOnce(&Annotations) -> &EventSet,
        wanted: impl Fn(&Whole) -> bool,
    ) -> EventSet {
        let Some(events) = self.execution.annotations().map(which) else { return EventSet::empty(self.size()) };
        self.set(|whole, _| events.contains(whole.first) && wanted(whole))
    }

    fn ordered(&self, ordering: Ordering) -> EventSet {
        self.set(|whole, _| whole.ordering == ordering)
    }

    /// The value of a base.
    pub(super) fn base(&self, base: Base) -> Matrix {
        let execution = self.execution;
        let is_whole = execution.size() == self.size();
        match base {
            Base::Reads => Matrix::Set(self.set(|whole, _| whole.reads)),
            Base::Writes => Matrix::Set(self.set(|whole, _| whole.writes)),
            Base::Accesses => Matrix::Set(self.set(|_, event| event.location.is_some())),
            Base::Fences => Matrix::Set(self.set(|_, event| event.is_fence())),
            Base::Updates => Matrix::Set(self.set(|whole, _| whole.reads && whole.writes)),
            Base::Atomic => Matrix::Set(self.set(|_, event| event.location.is_some() && event.ordering.is_atomic())),
            Base::NonAtomic => Matrix::Set(self.ordered(Ordering::NonAtomic)),
            Base::Relaxed => Matrix::Set(self.ordered(Ordering::Relaxed)),
            Base::Acquire => Matrix::Set(self.ordered(Ordering::Acquire)),
            Base::Release => Matrix::Set(self.ordered(Ordering::Release)),
            Base::AcqRel => Matrix::Set(self.ordered(Ordering::AcqRel)),
            Base::SeqCst => Matrix::Set(self.ordered(Ordering::SeqCst)),
            Base::Initial => Matrix::Set(self.set(|_, event| event.is_initial())),
            Base::Final => {
                let last = |whole: &Whole| whole.writes && execution.co().successors(whole.last).next().is_none();
                let counts = |event: &Event| {
                    event
                        .location
                        .is_some_and(|location| self.observed.is_none_or(|observed| observed.contains(&location)))
                };
                Matrix::Set(self.set(|whole, event| last(whole) && counts(event)))
            }
            Base::Po if is_whole => Matrix::Relation(execution.po().clone()),
            Base::Rf if is_whole => Matrix::Relation(execution.rf().clone()),
            Base::Co if is_whole => Matrix::Relation(execution.co().clone()),
            Base::Po => Matrix::Relation(self.lift(execution.po(), false)),
            Base::Rf => Matrix::Relation(self.lift(execution.rf(), true)),
            Base::Co => Matrix::Relation(self.lift(execution.co(), true)),
            Base::Loc => Matrix::Relation(self.pairs(|a, b| a.location.is_some() && a.location == b.location)),
            Base::Int => Matrix::Relation(self.pairs(|a, b| a.thread == b.thread)),
            Base::Ext => Matrix::Relation(self.pairs(|a, b| a.thread != b.thread)),
            Base::Id => Matrix::Relation(Relation::identity(self.size())),
            Base::DifferentValues => Matrix::Relation(Relation::from_fn(self.size(), |a, b| {
                // What the one writes, if it does, and what the other reads.
                let (a, b) = (execution.events()[self.wholes[a].last], execution.events()[self.wholes[b].first]);
                a.location.is_some() && b.location.is_some() && a.value != b.value
            })),
            Base::NoEvents => Matrix::Set(EventSet::empty(self.size())),
            Base::Locks => Matrix::Set(self.annotated_set(|annotations| &annotations.locks, |_| true)),
            Base::LockSuccesses => {
                Matrix::Set(self.annotated_set(|annotations| &annotations.locks, |whole| whole.writes))
            }
            Base::LockFailures => {
                Matrix::Set(self.annotated_set(|annotations| &annotations.locks, |whole| !whole.writes))
            }
            Base::Unlocks => Matrix::Set(self.annotated_set(|annotations| &annotations.unlocks, |_| true)),
            Base::Addr => Matrix::Relation(self.dependency(|annotations| &annotations.addr)),
            Base::Data => Matrix::Relation(self.dependency(|annotations| &annotations.data)),
            Base::Ctrl => Matrix::Relation(self.dependency(|annotations| &annotations.ctrl)),
            Base::Depend => {
                let addr = self.dependency(|annotations| &annotations.addr);
                Matrix::Relation(addr.union(&self.dependency(|annotations| &annotations.data)))
            }
            Base::NoPairs => Matrix::Relation(Relation::empty(self.size())),
        }
    }
}

/// The ordering of a read-modify-write whose halves bear these.
fn joined(read: Ordering, write: Ordering) -> Ordering {
    match (read, write) {
        (Ordering::Acquire, Ordering::Release) => Ordering::AcqRel,
        (Ordering::Relaxed, write) => write,
        (read, _) => read,
    }
}
