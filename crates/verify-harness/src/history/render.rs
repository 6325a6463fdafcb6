//! Counterexamples as text.

use core::fmt;

use super::Counterexample;

/// Columns of the timeline, at most.
const COLUMNS: usize = 60;

/// Operations that are listed in full, at most.
const ROWS: usize = 60;

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not linearizable")?;
        if let Some(key) = &self.key {
            write!(f, " (key {key})")?;
        }
        let (needed, optional): (Vec<_>, Vec<_>) =
            self.operations.iter().partition(|operation| operation.ret.is_some());
        writeln!(f, ": {} of {} operations cannot be ordered", needed.len(), self.of)?;
        if !self.minimal {
            writeln!(f, "(fewer might do)")?;
        }
        let timeline = Timeline::new(self);
        let width = self.operations.iter().map(|operation| operation.description.chars().count()).max().unwrap_or(0);
        let mut rows = |heading: &str, operations: &[&super::CoreOperation]| -> fmt::Result {
            if operations.is_empty() {
                return Ok(());
            }
            writeln!(f, "\n{heading}")?;
            for operation in operations.iter().take(ROWS) {
                let bar = timeline.bar(operation.call, operation.ret);
                writeln!(
                    f,
                    "  #{:<6} process {:<4} {:<width$}  {bar}",
                    operation.position, operation.process, operation.description
                )?;
            }
            if operations.len() > ROWS {
                writeln!(f, "  and {} more", operations.len() - ROWS)?;
            }
            Ok(())
        };
        rows("operations, in the order of their calls:", &needed)?;
        rows("may have taken effect at any time after their calls, or never, and would not help:", &optional)?;

        writeln!(f, "\nlongest legal prefix:")?;
        if self.prefix.is_empty() {
            writeln!(f, "  (nothing)")?;
        }
        let skipped = self.prefix.len().saturating_sub(ROWS);
        if skipped > 0 {
            writeln!(f, "  ({skipped} operations)")?;
        }
        for &position in &self.prefix[skipped..] {
            writeln!(f, "  #{position:<6} {}", self.description(position))?;
        }
        writeln!(f, "state: {}", self.state)?;
        writeln!(f, "what could come next:")?;
        for refusal in self.refusals.iter().take(ROWS) {
            write!(f, "  #{:<6} {}: {}", refusal.operation, self.description(refusal.operation), refusal.reason)?;
            if self.blocked == Some(refusal.operation) {
                write!(f, " (it must come before anything called later)")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Counterexample {
    fn description(&self, position: usize) -> &str {
        let operation = self.operations.iter().find(|operation| operation.position == position);
        operation.map_or("", |operation| &operation.description)
    }
}

/// Times as columns: only their order is shown.
struct Timeline {
    times: Vec<u64>,
    scale: usize,
}

impl Timeline {
    fn new(counterexample: &Counterexample) -> Self {
        let mut times: Vec<u64> = counterexample
            .operations
            .iter()
            .filter(|operation| operation.ret.is_some())
            .flat_map(|operation| [Some(operation.call), operation.ret])
            .flatten()
            .collect();
        times.sort_unstable();
        times.dedup();
        let scale = times.len().div_ceil(COLUMNS).max(1);
        Self { times, scale }
    }

    fn column(&self, time: u64) -> usize {
        let column = self.times.partition_point(|&other| other < time) / self.scale;
        if self.scale == 1 { 2 * column } else { column }
    }

    /// `|--|` from call to return; `|-->` if there is no return.
    fn bar(&self, call: u64, ret: Option<u64>) -> String {
        let from = self.column(call);
        let to = ret.map_or_else(|| self.column(u64::MAX), |ret| self.column(ret)).max(from);
        let mut bar = " ".repeat(from);
        bar.push('|');
        if to > from {
            bar.extend(std::iter::repeat_n('-', to - from - 1));
            bar.push(if ret.is_some() { '|' } else { '>' });
        }
        bar
    }
}
