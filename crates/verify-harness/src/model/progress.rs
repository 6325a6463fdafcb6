//! A line a second about explorations that take long.

use std::time::Duration;

use super::outlook::Amount;

/// An exploration that is over by then says nothing.
const FIRST: Duration = Duration::from_secs(2);
/// How often a line is due afterwards.
const EVERY: Duration = Duration::from_secs(1);
/// Runs between two looks at the clock.
const RUNS: u32 = 16;

/// What an exploration that takes more than two seconds says once a second, on standard error.
///
/// ```
/// use verify_harness::model::{Builder, Progress};
///
/// let mut builder = Builder::new();
/// builder.progress = Progress::Off;
/// builder.check(|| ());
/// assert_eq!("off".parse(), Ok(Progress::Off));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Progress {
    /// Nothing.
    Off,
    /// How many executions were explored so far, about how many there are, and how much time the others will take. What was
    /// explored says so, without further runs of the test: see
    /// [`Report::estimated_executions`](super::Report::estimated_executions).
    #[default]
    On,
}

impl core::str::FromStr for Progress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "off" => Ok(Self::Off),
            "on" => Ok(Self::On),
            _ => Err("expected `off` or `on`"),
        }
    }
}

/// When a line is due, and what it says.
#[derive(Debug)]
pub(super) struct Ticker {
    enabled: bool,
    due: Duration,
    /// Runs until the next look at the clock.
    left: u32,
}

impl Ticker {
    pub(super) fn new(enabled: bool) -> Self {
        Self { enabled, due: FIRST, left: 0 }
    }

    /// Whether a line is due after one more run; `elapsed` tells the time since the exploration began.
    pub(super) fn is_due(&mut self, elapsed: impl FnOnce() -> Duration) -> bool {
        if !self.enabled {
            return false;
        }
        if self.left > 0 {
            self.left -= 1;
            return false;
        }
        self.left = RUNS - 1;
        let now = elapsed();
        let due = now >= self.due;
        if due {
            self.due = now + EVERY;
        }
        due
    }
}

/// What there is to say of an exploration that has `done` some of what is `expected`, and saw so many `blocked` executions.
pub(super) fn line(blocked: u64, elapsed: Duration, done: Amount, expected: Amount) -> String {
    let seconds = elapsed.as_secs_f64();
    let executions = count(done.executions as u64, "execution");
    let left = seconds * (expected.runs / done.runs.max(1.0) - 1.0).max(0.0);
    format!(
        "model: {executions}, {blocked} blocked in {seconds:.0} s; about {} in all, {left:.0} s left",
        rounded(expected.executions)
    )
}

/// A number of which the first digits matter.
pub(super) fn rounded(number: f64) -> String {
    if number < 1e6 { format!("{number:.0}") } else { format!("{number:.1e}") }
}

/// What there is to say of a random exploration in progress.
pub(super) fn sampling_line(tried: u64, samples: u64, distinct: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    format!("model: {tried} of {samples} executions tried, {distinct} different ones complete in {seconds:.0} s")
}

/// `number` and its unit, in the right number.
pub(super) fn count(number: u64, unit: &str) -> String {
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_silent_for_two_seconds_and_then_speaks_once_a_second() {
        let mut progress = Ticker::new(true);
        let mut lines = Vec::new();
        // A run takes a millisecond.
        for run in 0..5_000 {
            if progress.is_due(|| Duration::from_millis(run)) {
                lines.push(run);
            }
        }
        // Every sixteenth run looks at the clock.
        assert_eq!(lines, [2_000, 3_008, 4_016]);
        let mut silent = Ticker::new(false);
        assert!((0..5_000).all(|run| !silent.is_due(|| Duration::from_millis(run))));
    }

    #[test]
    fn line_says_how_much_is_left() {
        let done = Amount { executions: 1.0, runs: 1_000.0 };
        let text = line(999, Duration::from_secs(3), done, Amount { executions: 5_000.0, runs: 10_000.0 });
        assert_eq!(text, "model: 1 execution, 999 blocked in 3 s; about 5000 in all, 27 s left");
        let text = line(999, Duration::from_secs(3), done, done);
        assert_eq!(text, "model: 1 execution, 999 blocked in 3 s; about 1 in all, 0 s left");
        let text = sampling_line(5, 10, 2, Duration::from_secs(4));
        assert_eq!(text, "model: 5 of 10 executions tried, 2 different ones complete in 4 s");
    }
}
