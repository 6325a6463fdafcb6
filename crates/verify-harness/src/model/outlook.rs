//! About how much of a search is left, from what it has explored.
//!
//! What is left are the choices that wait to be made. A choice leads to a part of the search whose size shows once that is
//! explored; until then it is expected to be what parts were on average that began with as many events and came from
//! the same kind of choice, since those have as much left to grow. Where no such part is finished yet, which is so of the
//! oldest choices, sizes are extrapolated: their logarithm falls about linearly with the events that a part begins with.
//!
//! No run is made for this, so it costs nothing and changes nothing; but it sees only the part of the search that was
//! explored first. `tests/model/estimates.rs` says how near it comes.

use super::exploration::{Choice, Frame};
use super::graph::Graph;

/// Sizes from which an unknown one is extrapolated: those of parts that began with the next greater numbers of events.
const POINTS: usize = 4;

/// How large a part of the search is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Amount {
    /// Complete executions.
    pub(crate) executions: f64,
    /// Runs of the program: also those that are blocked or turn out to be inconsistent.
    pub(crate) runs: f64,
}

impl Amount {
    pub(super) fn add(&mut self, other: Self) {
        self.executions += other.executions;
        self.runs += other.runs;
    }

    fn since(self, before: Self) -> Self {
        Self { executions: self.executions - before.executions, runs: self.runs - before.runs }
    }

    fn times(self, factor: f64) -> Self {
        Self { executions: self.executions * factor, runs: self.runs * factor }
    }
}

/// A part of the search that is being explored.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// How many choices waited when it began; it is finished when one of them is made.
    waiting: usize,
    revisit: bool,
    /// Events that it began with.
    events: usize,
    before: Amount,
}

/// Parts that began with some number of events: how many are finished, and how large they were together.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    count: f64,
    total: Amount,
}

/// What is known of the sizes of parts.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    done: Amount,
    /// Parts in progress, the inner ones last.
    open: Vec<Part>,
    /// Finished ones by the number of events: those that a choice at the last event began, and those that a revisit did.
    finished: [Vec<Parts>; 2],
}

impl Outlook {
    /// What was explored so far.
    pub(super) fn done(&self) -> Amount {
        self.done
    }

    /// Forgets what is in progress: nothing is left.
    pub(super) fn leave(&mut self) {
        self.open.clear();
    }

    /// Counts a run, by which an execution was complete or not.
    pub(crate) fn count(&mut self, complete: bool) {
        self.done.add(Amount { executions: f64::from(u8::from(complete)), runs: 1.0 });
    }

    /// Notes that a choice is about to be made and `waiting` other ones are not yet.
    pub(super) fn finish(&mut self, waiting: usize) {
        while let Some(part) = self.open.last().copied().filter(|part| part.waiting > waiting) {
            self.open.pop();
            let finished = &mut self.finished[usize::from(part.revisit)];
            if finished.len() <= part.events {
                finished.resize(part.events + 1, Parts::default());
            }
            let parts = &mut finished[part.events];
            parts.count += 1.0;
            parts.total.add(self.done.since(part.before));
        }
    }

    /// Notes that a choice, made while `waiting` other ones were not yet, led to a graph of so many `events`.
    pub(super) fn begin(&mut self, waiting: usize, revisit: bool, events: usize) {
        self.open.push(Part { waiting, revisit, events, before: self.done });
    }

    /// Notes that the oldest choices, `count` of those that wait, are for another search to make.
    pub(super) fn give_away(&mut self, count: usize) {
        self.open.retain(|part| part.waiting >= count);
        self.open.iter_mut().for_each(|part| part.waiting -= count);
    }

    /// How large the part that `frame` leads to is expected to be.
    pub(super) fn expected(&self, frame: &Frame) -> Amount {
        let mut amount = Amount::default();
        frame.choices.iter().for_each(|choice| amount.add(self.expected_of(&frame.graph, choice)));
        amount
    }

    /// How large the part that `choice`, on `graph`, leads to is expected to be.
    pub(super) fn expected_of(&self, graph: &Graph, choice: &Choice) -> Amount {
        let (revisit, events) = match *choice {
            Choice::Revisit { read, write, .. } => (true, super::revisit::kept(graph, read, write)),
            _ => (false, choice.keep()),
        };
        self.size(revisit, events)
    }

    /// The expected size of a part that begins with so many `events`.
    fn size(&self, revisit: bool, events: usize) -> Amount {
        let known = |parts: &Parts| (parts.count > 0.0).then(|| parts.total.times(1.0 / parts.count));
        let own = &self.finished[usize::from(revisit)];
        if let Some(size) = own.get(events).and_then(known) {
            return size;
        }
        let points = |sizes: &[Parts]| -> Vec<(f64, f64)> {
            let from = events.min(sizes.len());
            let larger = sizes.iter().enumerate().skip(from);
            let larger = larger.filter_map(|(events, parts)| Some((events as f64, known(parts)?.runs.max(0.5).ln())));
            larger.take(POINTS).collect()
        };
        let mut points = Some(points(own)).filter(|points| !points.is_empty()).unwrap_or_else(|| {
            let other = &self.finished[usize::from(!revisit)];
            points(other)
        });
        if points.is_empty() {
            // As small as the smallest is all that can be said.
            points.push((events as f64, 0.0));
        }
        let runs = extrapolate(&points, events as f64).exp();
        let share = if self.done.runs > 0.0 { self.done.executions / self.done.runs } else { 1.0 };
        Amount { executions: runs * share, runs }
    }

    /// The expected size of a whole search, of which `frames` wait.
    pub(super) fn total<'a>(&self, frames: impl Iterator<Item = &'a Frame>) -> Amount {
        let mut total = self.done;
        // The choice that was made last, if the run that it leads to is still to come.
        if let Some(part) = self.open.last().filter(|part| part.before == self.done) {
            total.add(self.size(part.revisit, part.events));
        }
        frames.for_each(|frame| total.add(self.expected(frame)));
        total
    }
}

/// The value at `x` of the line that fits `points` best, which does not rise.
fn extrapolate(points: &[(f64, f64)], x: f64) -> f64 {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let spread = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>();
    let slope = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>();
    let slope = if spread > 0.0 { (slope / spread).min(0.0) } else { 0.0 };
    mean_y + slope * (x - mean_x)
}
