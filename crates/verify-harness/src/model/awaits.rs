//! Await elimination: a loop that waits for another thread stops after one fruitless iteration.
//!
//! The end of each iteration is marked. Between two marks from one place, an iteration that read something and changed
//! nothing would go on unchanged until one of its reads gives another value; executions in which they do are explored by
//! themselves, so the thread stops here.
//!
//! That holds only if the loop has no memory of its own: one that gives up after a hundred rounds goes on without any
//! read changing. So before the first stop of a thread at a place the loop is *probed*: it is let run on, with the same
//! answers and without adding events, for [`PROBES`] more operations. A loop that does something else within that time is
//! taken as it is, its rounds explored one by one.

use rustc_hash::FxHashSet;

use super::execution::{End, Execution};
use super::graph::{BlockReason, Event, EventId, Kind};
use super::interface::{Answer, Loc, Op, Site, Strength};

/// Operations for which a loop is watched before it is taken to be endless.
pub(crate) const PROBES: u32 = 4_000;

/// What is known of the waiting loops of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Awaits {
    /// Threads and places whose loops go round for ever.
    endless: FxHashSet<(usize, Site)>,
    /// Places whose loops end by themselves.
    bounded: FxHashSet<Site>,
    /// The loop that is being watched.
    probe: Option<Probe>,
}

/// A loop that is being watched.
#[derive(Clone, Debug)]
struct Probe {
    thread: usize,
    site: Site,
    /// Operations left before it is taken to be endless.
    left: u32,
    /// What each read of the fruitless iteration read, and the next of them to be repeated.
    reads: Vec<(Loc, u64)>,
    next: usize,
}

impl Awaits {
    /// Forgets the loop being watched.
    pub(super) fn begin(&mut self) {
        self.probe = None;
    }
}

impl Probe {
    /// What the next read read, if it is one of `loc`.
    fn repeat(&mut self, loc: Loc) -> Option<u64> {
        let (expected, value) = *self.reads.get(self.next)?;
        self.next += 1;
        (expected == loc).then_some(value)
    }
}

impl Execution {
    /// Whether a loop of `thread` is being watched.
    pub(crate) fn is_probing(&self, thread: usize) -> bool {
        self.awaits.probe.as_ref().is_some_and(|probe| probe.thread == thread)
    }

    /// Notes that the loop being watched ended by itself; the run starts again.
    pub(crate) fn loop_is_bounded(&mut self) {
        if let Some(probe) = self.awaits.probe.take() {
            self.awaits.bounded.insert(probe.site);
            if self.in_parts {
                // It changes what is explored from here on, wherever the loop is met.
                self.need_one_worker();
            }
            self.end = Some(End::Again);
        }
    }

    /// Answers an operation of a loop that is being watched. Without an answer the thread stops.
    pub(crate) fn probe(&mut self, thread: usize, op: Op, site: Site) -> Option<Answer> {
        let probe = self.awaits.probe.as_mut()?;
        let at = probe.site;
        if probe.left == 0 {
            self.awaits.probe = None;
            self.awaits.endless.insert((thread, at));
            self.stop_spinning(thread, at);
            return None;
        }
        probe.left -= 1;
        let same = Answer { value: 0, wrote: false };
        let answer = match op {
            Op::Spin if site == at => {
                let whole = probe.next == 0 || probe.next == probe.reads.len();
                probe.next = 0;
                whole.then_some(same)
            }
            Op::Spin | Op::Fence { .. } | Op::PlainRead { .. } => Some(same),
            Op::Load { loc, .. } => probe.repeat(loc).map(|value| Answer { value, wrote: false }),
            Op::Rmw { loc, update, strength, .. } if !update.waits => {
                probe.repeat(loc).and_then(|value| match update.apply(value) {
                    None => Some(Answer { value, wrote: false }),
                    Some(new) if new == value && !strength.releases() => Some(Answer { value, wrote: true }),
                    Some(_) => None,
                })
            }
            _ => None,
        };
        if answer.is_none() {
            self.loop_is_bounded();
        }
        answer
    }

    /// Marks the end of an iteration of a waiting loop; stops the thread after one that changed nothing.
    pub(super) fn spin(&mut self, thread: usize, site: Site) {
        let fruitless = self.fruitless_iteration(thread, site);
        self.search.add(thread, Event::new(Kind::Spin, Strength::Plain, None, site));
        let Some(first) = fruitless else { return };
        if self.await_elimination && !self.awaits.bounded.contains(&site) && !self.is_guided_on(thread) {
            if self.awaits.endless.contains(&(thread, site)) {
                let block = Event::new(Kind::Block(BlockReason::Spin), Strength::Plain, None, site);
                self.search.add(thread, block);
            } else {
                let events = &self.graph().threads[thread];
                let reads = events[first..].iter().filter(|event| event.kind == Kind::Read);
                let value = |event: &Event| event.loc.map(|loc| (loc, self.graph().value_of(loc, event.reads_from)));
                let reads = reads.filter_map(value).collect();
                self.awaits.probe = Some(Probe { thread, site, left: PROBES, reads, next: 0 });
            }
        }
    }

    /// Marks the end of an iteration, and no more.
    pub(super) fn mark_iteration(&mut self, thread: usize, site: Site) {
        self.search.add(thread, Event::new(Kind::Spin, Strength::Plain, None, site));
        self.did(thread, 1);
    }

    /// The first event of the iteration that `thread` ends at `site`, if that read something and changed nothing.
    pub(super) fn fruitless_iteration(&self, thread: usize, site: Site) -> Option<usize> {
        let events = &self.graph().threads[thread];
        let mark = events.iter().rposition(|event| event.kind == Kind::Spin && event.site == site)?;
        let reads = events[mark + 1..].iter().any(|event| event.kind == Kind::Read);
        let changes = (mark + 1..events.len()).any(|index| self.changes_something(EventId::new(thread, index)));
        (reads && !changes).then_some(mark + 1)
    }

    /// Whether the loop of `thread` at `site` is known to go round for ever.
    pub(super) fn is_endless(&self, thread: usize, site: Site) -> bool {
        self.await_elimination && self.awaits.endless.contains(&(thread, site))
    }

    /// Whether an execution is followed in which the waiting loop of `thread`, whose mark was just added, goes on.
    fn is_guided_on(&self, thread: usize) -> bool {
        self.guide.as_ref().is_some_and(|guide| guide.goes_on(self.graph().order.len(), thread))
    }

    fn stop_spinning(&mut self, thread: usize, site: Site) {
        if self.sampler.is_some() {
            // The thread has gone on without events; now that the loop is known, the execution is tried again.
            self.end = Some(End::Again);
            return;
        }
        self.search.add(thread, Event::new(Kind::Block(BlockReason::Spin), Strength::Plain, None, site));
        self.did(thread, 1);
    }

    /// Whether the last event of `thread` in this run marks an iteration of the waiting loop at `site`.
    pub(crate) fn has_just_spun(&self, thread: usize, site: Site) -> bool {
        let last = self.happened.of(thread).checked_sub(1).map(|index| EventId::new(thread, index));
        last.is_some_and(|id| self.graph().event(id).kind == Kind::Spin && self.graph().event(id).site == site)
    }

    /// Whether an iteration with event `id` is more than a look at the state. A read-modify-write that writes back what
    /// it read, without releasing anything, is not.
    pub(super) fn changes_something(&self, id: EventId) -> bool {
        let event = self.graph().event(id);
        match (event.kind, event.loc) {
            (Kind::Read | Kind::PlainRead | Kind::Fence | Kind::Spin, _) => false,
            (Kind::Write, Some(loc)) if event.rmw && !event.asked.releases() => {
                let read = self.graph().event(self.graph().read_half(id));
                self.graph().value_of(loc, read.reads_from) != event.value
            }
            _ => true,
        }
    }
}
