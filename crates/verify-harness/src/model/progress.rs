//! A line a second about explorations that take long.

use core::fmt::Write as _;
use std::time::Duration;

use super::estimate::Estimate;
use super::report::Report;

/// An exploration that is over by then says nothing.
const FIRST: Duration = Duration::from_secs(2);
/// How often a line is due afterwards.
const EVERY: Duration = Duration::from_secs(1);
/// How much of that time goes into the estimate of the number of executions.
pub(super) const ESTIMATING: Duration = Duration::from_millis(50);
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
/// assert_eq!("estimate".parse(), Ok(Progress::Estimate));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Progress {
    /// Nothing.
    Off,
    /// How many executions were explored so far.
    #[default]
    On,
    /// Besides, about how many there are. The estimate takes random walks ([`Builder::estimate`](super::Builder::estimate)),
    /// which run the test some more times: what a test counts outside of its checked types then counts these, too.
    Estimate,
}

impl core::str::FromStr for Progress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "off" => Ok(Self::Off),
            "on" => Ok(Self::On),
            "estimate" => Ok(Self::Estimate),
            _ => Err("expected `off`, `on` or `estimate`"),
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

/// What there is to say of an exploration in progress.
pub(super) fn line(report: &Report, elapsed: Duration, estimate: &Estimate) -> String {
    let seconds = elapsed.as_secs_f64();
    let mut line =
        format!("model: {}, {} blocked in {seconds:.0} s", count(report.executions, "execution"), report.blocked);
    if estimate.walks > 1 {
        // An estimate below what has been seen is known to be wrong.
        let seen = (report.executions + report.blocked) as f64;
        if estimate.executions < report.executions as f64 || estimate.graphs < seen {
            line.push_str("; more than the estimate");
        } else {
            let left = seconds * (estimate.graphs / seen.max(1.0) - 1.0);
            let _ = write!(line, "; {estimate}, in all; {left:.0} s left");
        }
    }
    line
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
    fn line_says_how_much_is_left_unless_the_estimate_is_refuted() {
        let mut report = Report::new();
        (report.executions, report.blocked) = (1, 999);
        let estimate = Estimate { executions: 5_000.0, error: 400.0, graphs: 10_000.0, walks: 100 };
        let text = line(&report, Duration::from_secs(3), &estimate);
        assert_eq!(
            text,
            "model: 1 execution, 999 blocked in 3 s; about 5000 executions, give or take 400, in all; 27 s left"
        );
        report.executions = 6_000;
        let text = line(&report, Duration::from_secs(3), &estimate);
        assert_eq!(text, "model: 6000 executions, 999 blocked in 3 s; more than the estimate");
        let text = line(&report, Duration::from_secs(3), &Estimate::default());
        assert_eq!(text, "model: 6000 executions, 999 blocked in 3 s");
        let text = sampling_line(5, 10, 2, Duration::from_secs(4));
        assert_eq!(text, "model: 5 of 10 executions tried, 2 different ones complete in 4 s");
    }
}
