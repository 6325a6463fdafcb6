//! What goes wrong in an execution: races, misuse of memory, threads that wait for ever.

use super::execution::{End, Execution};
use super::graph::{BlockReason, Event, EventId, Kind};
use super::interface::{Loc, Strength};
use super::report::FailureKind;

impl Execution {
    /// Checks the new event `id` against the other accesses of its location: the two must be ordered by happens-before
    /// if one of them writes and one of them is not atomic. The later event finds the earlier, so each race is found in
    /// the graph that first contains it.
    pub(super) fn check_access(&mut self, id: EventId) {
        let event = self.graph().event(id);
        let Some(loc) = event.loc else { return };
        if self.end.is_some() {
            return;
        }
        if let Some((kind, message)) = self.fault_of(id, event, loc) {
            self.fail_in(id.thread(), kind, message);
        }
    }

    fn fault_of(&self, id: EventId, event: &Event, loc: Loc) -> Option<(FailureKind, String)> {
        let what = |id: EventId| self.what(id);
        if let Some(fault) = self.memory_fault(id, event, loc) {
            return Some(fault);
        }
        let location = self.graph().location(loc)?;
        let atomic =
            |event: &Event| matches!(event.kind, Kind::Read | Kind::Write) && event.strength != Strength::Plain;
        if atomic(event) && location.plain.is_empty() && !location.mixed {
            return None;
        }
        let hb = self.graph().hb(id);
        let others = location.plain.iter().chain(&location.co).chain(&location.reads);
        for other in others.copied().filter(|other| *other != id) {
            let that = self.graph().event(other);
            let ordered = hb.contains(other);
            if that.kind == Kind::Free {
                let kind = FailureKind::DoubleFree;
                let how = if ordered { "after" } else { "not ordered with" };
                return Some((kind, format!("{kind}: {} comes {how} {}", what(id), what(other))));
            }
            if ordered {
                continue;
            }
            let writes = |event: &Event| matches!(event.kind, Kind::Write | Kind::PlainWrite);
            // The write half of the event's own read-modify-write is as ordered as the event.
            let own_half = other.thread == id.thread;
            if !own_half && (writes(event) || writes(that)) && !(atomic(event) && atomic(that)) {
                return Some((
                    FailureKind::DataRace,
                    format!("data race: {} is not ordered with {}", what(id), what(other)),
                ));
            }
        }
        None
    }

    /// Concludes a run in which no thread can go on.
    pub(crate) fn conclude(&mut self) {
        if self.end.is_some() {
            return;
        }
        let is_unfinished = |thread: &usize| self.exists(*thread) && !self.graph().is_finished(*thread);
        let threads = 0..self.strands.len();
        let Some(first) = threads.clone().find(is_unfinished) else {
            // Leaks are looked for when statics are destroyed too.
            self.end = Some(End::Complete);
            return;
        };
        let unfinished: Vec<usize> = (first..threads.end).filter(is_unfinished).collect();
        let mut spins = None;
        let mut waits = None;
        for &thread in &unfinished {
            let events = &self.graph().threads[thread];
            // A thread without a block waits for another one to finish.
            if let Some(Kind::Block(reason)) = events.last().map(|event| event.kind) {
                if !self.reads_latest(thread, reason) {
                    self.end = Some(End::Blocked);
                    return;
                }
                match reason {
                    BlockReason::Assumption => {}
                    BlockReason::Spin => spins = spins.or(Some(thread)),
                    BlockReason::Waits(reason) => waits = waits.or(Some((thread, reason))),
                }
            }
        }
        if spins.is_some() && !self.liveness {
            self.end = Some(End::Blocked);
            return;
        }
        let (kind, message) = self.wait_for_ever(&unfinished, spins, waits);
        self.fail(kind, message);
    }

    /// Whether everything that stopped `thread` was read from the latest write, so that it would stop for ever.
    fn reads_latest(&self, thread: usize, reason: BlockReason) -> bool {
        let events = &self.graph().threads[thread];
        let latest = |event: &Event| {
            let Some(loc) = event.loc else { return true };
            event.reads_from == self.graph().latest(loc)
        };
        match reason {
            BlockReason::Assumption => false,
            BlockReason::Waits(_) => events.iter().rev().find(|event| event.kind == Kind::Read).is_none_or(latest),
            BlockReason::Spin => {
                // The block, the mark that ends the iteration, and the iteration back to the mark before.
                let iteration = events.iter().rev().skip(2);
                let site = events.last().map(|event| event.site);
                iteration
                    .take_while(|event| event.kind != Kind::Spin || Some(event.site) != site)
                    .filter(|event| event.kind == Kind::Read)
                    .all(latest)
            }
        }
    }
}
