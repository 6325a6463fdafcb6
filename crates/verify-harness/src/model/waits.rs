//! Threads that wait for ever, in words.

use super::execution::Execution;
use super::graph::{BlockReason, Event, Kind};
use super::interface::{Op, Waits};
use super::report::FailureKind;

impl Execution {
    /// What is wrong if no thread of `unfinished` can ever go on: one goes round a loop in `spins`, or waits as `waits` says, or
    /// all wait for each other to finish.
    pub(super) fn wait_for_ever(
        &self,
        unfinished: &[usize],
        spins: Option<usize>,
        waits: Option<(usize, Waits)>,
    ) -> (FailureKind, String) {
        match (spins, waits) {
            (Some(thread), _) => (FailureKind::NonTermination, format!("non-termination: {}", self.loop_of(thread))),
            (None, Some((_, Waits::Lock))) | (None, None) => {
                (FailureKind::Deadlock, format!("deadlock: {}", self.chain(unfinished)))
            }
            (None, Some((thread, _))) => {
                let message = format!("lost wakeup: {}, and no thread will wake it", self.wait_of(thread));
                (FailureKind::LostWakeup, message)
            }
        }
    }

    fn place_of(&self, event: &Event) -> String {
        (self.name_site)(event.site)
    }

    /// The loop that `thread` goes round, and what it keeps reading there.
    fn loop_of(&self, thread: usize) -> String {
        let events = &self.graph().threads[thread];
        let Some(last) = events.last() else { return format!("T{thread} waits for ever") };
        // The block, the mark that ends the round, and the round back to the mark before.
        let round = events.iter().enumerate().rev().skip(2);
        let mut reads: Vec<String> = round
            .take_while(|(_, event)| event.kind != Kind::Spin || event.site != last.site)
            .filter(|(_, event)| event.kind == Kind::Read)
            .map(|(index, _)| super::trace::name_event(self, super::graph::EventId::new(thread, index)))
            .collect();
        reads.reverse();
        let reads =
            if reads.is_empty() { String::new() } else { format!(", where it keeps doing {}", reads.join(", ")) };
        format!("T{thread} goes round the loop at {} for ever{reads}; no thread will change that", self.place_of(last))
    }

    /// What `thread` waits for.
    fn wait_of(&self, thread: usize) -> String {
        if let Some(Op::Join { thread: other }) = self.strands[thread].pending {
            return format!("T{thread} waits for T{other} to finish");
        }
        let Some(event) = self.graph().last_of(thread) else { return format!("T{thread} waits") };
        let what = match event.kind {
            Kind::Block(BlockReason::Waits(Waits::Lock)) => "for the lock",
            Kind::Block(BlockReason::Waits(Waits::Notification)) => "for a notification",
            Kind::Block(BlockReason::Waits(Waits::Unpark)) => "to be unparked",
            _ => "",
        };
        format!("T{thread} waits {what} at {}", self.place_of(event))
    }

    /// The thread that `thread` waits for, and how that one comes to hold what it waits for.
    fn awaited(&self, thread: usize) -> Option<(usize, String)> {
        if let Some(Op::Join { thread: other }) = self.strands[thread].pending {
            return Some((other, String::new()));
        }
        let events = &self.graph().threads[thread];
        let waits = events.iter().rev().find(|event| event.kind == Kind::Read)?;
        let holder = self.graph().latest(waits.loc?);
        if holder.is_init() {
            return None;
        }
        let taken = self.place_of(self.graph().event(holder));
        Some((holder.thread(), format!(", which T{} took at {taken}", holder.thread())))
    }

    /// The threads that wait for each other, each for the next.
    fn chain(&self, unfinished: &[usize]) -> String {
        // Of the threads that wait, one on a cycle, or the first.
        let next = |thread: usize| self.awaited(thread).map(|(other, _)| other);
        let on_cycle = |start: &usize| {
            let mut thread = *start;
            for _ in unfinished {
                match next(thread) {
                    Some(other) if other == *start => return true,
                    Some(other) if unfinished.contains(&other) => thread = other,
                    _ => return false,
                }
            }
            false
        };
        let Some(&start) = unfinished.iter().find(|start| on_cycle(start)).or_else(|| unfinished.first()) else {
            return "threads wait for each other".to_owned();
        };
        let (mut parts, mut thread) = (Vec::new(), start);
        loop {
            let awaited = self.awaited(thread);
            let how = awaited.as_ref().map_or("", |(_, how)| how);
            parts.push(format!("{}{how}", self.wait_of(thread)));
            match awaited {
                Some((other, _)) if other != start && unfinished.contains(&other) && parts.len() < unfinished.len() => {
                    thread = other;
                }
                _ => return parts.join("; "),
            }
        }
    }
}
