//! One execution as a line of text, and a run that follows it.
//!
//! For each event, in an order in which it can happen: the thread and, where there was a choice, which was made: for a read,
//! how many writes that happened before it and that could be read are later than the one that is; for a write, how many of
//! the writes that happened before it come after it in coherence order; for a free choice, its value. Zero, which is what
//! happens where nothing is unusual, is left out, and so many such steps of one thread in a row are written with their
//! number: `0x4-1x2-1.1-0` is four steps of thread 0, two of thread 1, one of it with choice 1, and one of thread 0.

use super::graph::{EventId, Graph, Kind};

/// Steps that a token may name; more than any execution has events.
const LIMIT: usize = 1 << 24;

/// The steps of an execution.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guide(Vec<Step>);

/// One event: its thread, and the choice made at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) thread: usize,
    pub(crate) choice: u32,
}

impl Guide {
    /// The steps of `graph`.
    pub(crate) fn of(graph: &Graph) -> Self {
        Self::along(graph, &graph.order)
    }

    /// The steps of `graph`, whose events come in `order`.
    pub(crate) fn along(graph: &Graph, order: &[EventId]) -> Self {
        let mut happened = vec![0; graph.threads.len()];
        let mut steps = Vec::with_capacity(order.len());
        for id in order {
            let event = graph.event(*id);
            // Of the writes at this location, those that happened before and come after `rank`.
            let later = |rank: u32| {
                let Some(location) = event.loc.and_then(|loc| graph.location(loc)) else { return 0 };
                let after = &location.co[rank as usize..];
                after.iter().filter(|write: &&EventId| happened[write.thread()] > write.index()).count() as u32
            };
            let choice = match event.kind {
                Kind::Read => later(graph.rank(event.reads_from)),
                Kind::Write if !event.rmw => later(event.rank),
                Kind::Choice { .. } => event.value as u32,
                _ => 0,
            };
            steps.push(Step { thread: id.thread(), choice });
            happened[id.thread()] = id.index() + 1;
        }
        Self(steps)
    }

    /// How many steps there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the waiting loop of `thread` goes on after the first `events`, the last of which marks an iteration of it. Where
    /// it stops there, the step that says so comes next, and is the thread's last.
    pub(crate) fn goes_on(&self, events: usize, thread: usize) -> bool {
        let mut steps = self.0.iter().skip(events);
        let stops = steps.next().is_some_and(|step| step.thread == thread) && !steps.any(|step| step.thread == thread);
        !stops
    }

    /// The step after `events` events.
    pub(crate) fn step(&self, events: usize) -> Option<Step> {
        self.0.get(events).copied()
    }
}

impl core::fmt::Display for Guide {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut rest = &self.0[..];
        let mut dash = "";
        while let Some((step, after)) = rest.split_first() {
            let alike = rest.iter().take_while(|other| *other == step).count();
            write!(f, "{dash}{}", step.thread)?;
            dash = "-";
            match (step.choice, alike) {
                (0, 1) => rest = after,
                (0, _) => {
                    write!(f, "x{alike}")?;
                    rest = &rest[alike..];
                }
                (choice, _) => {
                    write!(f, ".{choice}")?;
                    rest = after;
                }
            }
        }
        Ok(())
    }
}

impl core::str::FromStr for Guide {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        for (number, part) in text.trim().split('-').enumerate() {
            let bad = || {
                let what = "expected `<thread>`, `<thread>x<times>` or `<thread>.<choice>`";
                format!("replay token: part {} is `{part}`, {what}", number + 1)
            };
            let (thread, rest) = part.split_at(part.find(['x', '.']).unwrap_or(part.len()));
            let thread = usize::from(thread.parse::<u16>().map_err(|_| bad())?);
            let number_in = |rest: &str| rest.parse::<u32>().map_err(|_| bad());
            let (times, choice) = match (rest.strip_prefix('x'), rest.strip_prefix('.')) {
                (Some(times), _) => (number_in(times)?, 0),
                (_, Some(choice)) => (1, number_in(choice)?),
                _ => (1, 0),
            };
            if steps.len() + times as usize > LIMIT {
                return Err(bad());
            }
            steps.extend((0..times).map(|_| Step { thread, choice }));
        }
        Ok(Self(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guide_reads_what_it_writes_and_refuses_the_rest() {
        let guide: Guide = "0x2-1.2-1.2-12.30-1".parse().expect("a token");
        assert_eq!(guide.to_string(), "0x2-1.2-1.2-12.30-1");
        assert_eq!(guide.len(), 6);
        assert_eq!(guide.step(1), Some(Step { thread: 0, choice: 0 }));
        assert_eq!(guide.step(4), Some(Step { thread: 12, choice: 30 }));
        for bad in ["", "0-", "0-y", "1.2.3", "-1", "99999999", "1x", "1x2.3", "0x99999999", "1."] {
            let error = bad.parse::<Guide>().expect_err(bad);
            assert!(error.contains("replay token: part"), "{error}");
        }
    }
}
