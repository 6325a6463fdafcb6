//! Evidence: what a check looked at, how much of it, and what it found.
//!
//! A [`Check`] is opened before the work and concluded after it with one of three verdicts: *holds*, *fails*,
//! *incomplete*. "Incomplete" never reads as a pass. Each conclusion prints one line and, where the environment variable
//! `SELVEDGE_EVIDENCE` names a file, appends one JSON object to it; `cargo xtask verify` gathers those into its table.
//!
//! A check that is dropped without a conclusion records `fails` when its thread is panicking and `incomplete` otherwise,
//! so forgetting to conclude can never look like success.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Names the file to which conclusions are appended, one JSON object a line.
pub const EVIDENCE_FILE: &str = "SELVEDGE_EVIDENCE";

/// Chooses the [`Tier`]: `quick`, `default` or `full`.
pub const TIER: &str = "SELVEDGE_TIER";

/// Names the model checker that the tests of this run are linked with, where that is not upstream loom.
pub const CHECKER: &str = "SELVEDGE_CHECKER";

/// The model checker that tests written against loom's interface run on, as their evidence is to name it.
///
/// The same test file runs on upstream loom and, patched, on [`model`](crate::model); it cannot see which. Whoever runs it
/// says so in [`CHECKER`]; without that it is upstream loom.
///
/// ```
/// use verify_harness::evidence::{Check, Unit, model_checker};
///
/// let check = Check::start("Example", "nothing happens", &model_checker(), Unit::Executions);
/// check.holds();
/// ```
#[must_use]
pub fn model_checker() -> String {
    std::env::var(CHECKER).unwrap_or_else(|_| "loom 0.7".to_owned())
}

/// How much work the checks of this run may do.
///
/// ```
/// use verify_harness::evidence::Tier;
///
/// let operations = match Tier::from_environment() {
///     Tier::Quick => 10_000,
///     Tier::Default => 1_000_000,
///     Tier::Full => 100_000_000,
/// };
/// assert!(operations > 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Seconds: every change.
    Quick,
    /// Minutes: before a release, and what `cargo xtask verify` runs by itself.
    Default,
    /// As long as it takes.
    Full,
}

impl Tier {
    /// Reads [`TIER`]; without it, or with another word in it, the tier is [`Tier::Quick`], so that `cargo test` is quick.
    #[must_use]
    pub fn from_environment() -> Self {
        match std::env::var(TIER).as_deref() {
            Ok("default") => Self::Default,
            Ok("full") => Self::Full,
            _ => Self::Quick,
        }
    }
}

/// What is being counted while a check runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Executions of a model test.
    Executions,
    /// Operations on a structure.
    Operations,
    /// Recorded histories.
    Histories,
    /// Generated programs.
    Programs,
}

impl Unit {
    /// The unit's word in tables, in the plural.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Executions => "executions",
            Self::Operations => "operations",
            Self::Histories => "histories",
            Self::Programs => "programs",
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Conclusion {
    /// The property holds for everything within the check's bound.
    Holds,
    /// The property fails; the text says how.
    Fails(String),
    /// The check stopped at a limit; the text names it.
    Incomplete(String),
}

/// A shared count of what a check has explored so far; cheap to clone into model closures and threads.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    /// Adds `n`.
    pub fn add(&self, n: u64) {
        // Relaxed: a statistic; the reader joins the counting threads first.
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The count so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        // Relaxed: see `add`.
        self.0.load(Ordering::Relaxed)
    }
}

/// One running check; see the [module documentation](self).
///
/// ```
/// use verify_harness::evidence::{Check, Unit};
///
/// let check = Check::start("Vec", "pop undoes push", "example", Unit::Operations).bound("3 values");
/// let mut vec = Vec::new();
/// for value in 0..3 {
///     vec.push(value);
///     check.counter().add(1);
///     assert_eq!(vec.pop(), Some(value));
/// }
/// check.holds();
/// ```
#[derive(Debug)]
#[must_use = "a check that is not concluded is recorded as incomplete"]
pub struct Check {
    structure: String,
    property: String,
    tool: String,
    bound: String,
    unit: Unit,
    explored: Counter,
    started: Instant,
    concluded: bool,
}

impl Check {
    /// Opens a check of `property` of `structure` by `tool` (a checker's name, with its version where it has one).
    pub fn start(structure: &str, property: &str, tool: &str, unit: Unit) -> Self {
        Self {
            structure: structure.to_owned(),
            property: property.to_owned(),
            tool: tool.to_owned(),
            bound: String::new(),
            unit,
            explored: Counter::default(),
            started: Instant::now(),
            concluded: false,
        }
    }

    /// States the bound within which the check looks, such as `2 threads x 2 operations`.
    pub fn bound(mut self, bound: &str) -> Self {
        bound.clone_into(&mut self.bound);
        self
    }

    /// The count of what was explored, to be shared with whatever explores.
    #[must_use]
    pub fn counter(&self) -> Counter {
        self.explored.clone()
    }

    /// Concludes that the property holds within the bound.
    pub fn holds(self) {
        self.conclude(&Conclusion::Holds);
    }

    /// Concludes that the property fails, and how.
    pub fn fails(self, reason: &str) {
        self.conclude(&Conclusion::Fails(reason.to_owned()));
    }

    /// Concludes that a limit ended the check before it was complete.
    pub fn incomplete(self, limit: &str) {
        self.conclude(&Conclusion::Incomplete(limit.to_owned()));
    }

    /// Concludes with `conclusion`.
    pub fn conclude(mut self, conclusion: &Conclusion) {
        self.write(conclusion);
    }

    fn write(&mut self, conclusion: &Conclusion) {
        self.concluded = true;
        let (verdict, detail) = match conclusion {
            Conclusion::Holds => ("holds", ""),
            Conclusion::Fails(reason) => ("fails", reason.as_str()),
            Conclusion::Incomplete(limit) => ("incomplete", limit.as_str()),
        };
        let seconds = self.started.elapsed().as_secs_f64();
        let explored = self.explored.get();
        println!(
            "evidence: {} | {} | {} | {explored} {} | {verdict} | {seconds:.2} s {detail}",
            self.structure,
            self.property,
            self.tool,
            self.unit.as_str(),
        );
        let Some(path) = std::env::var_os(EVIDENCE_FILE) else { return };
        let mut line = serde_json::json!({
            "structure": self.structure,
            "property": self.property,
            "tool": self.tool,
            "bound": self.bound,
            "explored": explored,
            "unit": self.unit.as_str(),
            "verdict": verdict,
            "detail": detail,
            "seconds": seconds,
        })
        .to_string();
        line.push('\n');
        // One write to a file opened for appending: lines of tests that run side by side do not mix.
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        if let Err(error) = written {
            eprintln!("evidence: cannot append to {}: {error}", std::path::Path::new(&path).display());
        }
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        if self.concluded {
            return;
        }
        let conclusion = if std::thread::panicking() {
            Conclusion::Fails("panicked".to_owned())
        } else {
            Conclusion::Incomplete("dropped without a conclusion".to_owned())
        };
        self.write(&conclusion);
    }
}
