//! One execution as a line of text, and a run that follows it.
//!
//! For each event, in an order in which it can happen: the thread and, where there was a choice, which was made: the
//! rank of the write that a read reads from or of the place that a write takes, among the writes that happened before
//! it, or the value of a free choice.

use super::graph::{EventId, Graph, Kind};

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
        let mut happened = vec![0; graph.threads.len()];
        let mut steps = Vec::with_capacity(graph.order.len());
        for id in &graph.order {
            let event = graph.event(*id);
            let rank_now = |rank: u32| {
                let Some(location) = event.loc.and_then(|loc| graph.location(loc)) else { return 0 };
                let before = &location.co[..rank as usize];
                before.iter().filter(|write: &&EventId| happened[write.thread()] > write.index()).count() as u32
            };
            let choice = match event.kind {
                Kind::Read => rank_now(graph.rank(event.reads_from)),
                Kind::Write => rank_now(event.rank - 1) + 1,
                Kind::Choice { .. } => event.value as u32,
                _ => 0,
            };
            steps.push(Step { thread: id.thread(), choice });
            happened[id.thread()] = id.index() + 1;
        }
        Self(steps)
    }

    /// The step after `events` events.
    pub(crate) fn step(&self, events: usize) -> Option<Step> {
        self.0.get(events).copied()
    }
}

impl core::fmt::Display for Guide {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            let dash = if number == 0 { "" } else { "-" };
            match step.choice {
                0 => write!(f, "{dash}{}", step.thread)?,
                choice => write!(f, "{dash}{}.{choice}", step.thread)?,
            }
        }
        Ok(())
    }
}

impl core::str::FromStr for Guide {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let step = |(number, part): (usize, &str)| {
            let (thread, choice) = part.split_once('.').unwrap_or((part, "0"));
            let bad =
                || format!("replay token: step {} is `{part}`, expected `<thread>` or `<thread>.<choice>`", number + 1);
            let thread = thread.parse::<u16>().map_err(|_| bad())?;
            let choice = choice.parse().map_err(|_| bad())?;
            Ok(Step { thread: thread.into(), choice })
        };
        text.trim().split('-').enumerate().map(step).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guide_reads_what_it_writes_and_refuses_the_rest() {
        let guide: Guide = "0-0-1.2-12.30-1".parse().expect("a token");
        assert_eq!(guide.to_string(), "0-0-1.2-12.30-1");
        assert_eq!(guide.step(3), Some(Step { thread: 12, choice: 30 }));
        for bad in ["", "0-", "0-x", "1.2.3", "-1", "99999999"] {
            let error = bad.parse::<Guide>().expect_err(bad);
            assert!(error.contains("replay token: step"), "{error}");
        }
    }
}
