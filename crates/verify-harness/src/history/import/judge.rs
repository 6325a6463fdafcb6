//! Judging a file by a specification that is chosen when the program runs.

use super::convert::Interchange;
use super::{EventLog, ImportError, MultiRegister, OperationPosition, SpecKind, Value};
use crate::history::spec::{Counter, KeyValue, Mutex, Queue, Register, Stack};
use crate::history::{Checker, Verdict};

/// Judges event logs by one of the specifications that files name.
///
/// ```
/// use verify_harness::history::import::{Judge, SpecKind, read};
///
/// let file = br#"
/// {"process": 0, "type": "invoke", "f": "fetch-add", "value": 1}
/// {"process": 1, "type": "invoke", "f": "fetch-add", "value": 1}
/// {"process": 0, "type": "ok", "value": 0}
/// {"process": 1, "type": "ok", "value": 0}"#;
/// let judgement = Judge::new(SpecKind::Counter).judge(&read("lost-update.jsonl", file, None)?)?;
/// assert!(judgement.verdict.is_not_linearizable());
/// assert_eq!(judgement.positions.len(), 2);
/// assert_eq!(judgement.positions[0].call.line, 2);
/// # Ok::<(), verify_harness::history::import::ImportError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Judge {
    spec: SpecKind,
    max_configurations: Option<u64>,
    minimise: bool,
}

/// What a [`Judge`] says about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict; it names operations by their position in the history.
    pub verdict: Verdict,
    /// Where the operations of the history stand in the file. Operations that did not take effect are not among them.
    pub positions: Vec<OperationPosition>,
}

impl Judge {
    /// Judges by `spec`, with the checker's own limit, and without making counterexamples small.
    pub fn new(spec: SpecKind) -> Self {
        Self { spec, max_configurations: None, minimise: false }
    }

    /// How many configurations may be visited before the verdict is unknown.
    pub fn max_configurations(self, limit: u64) -> Self {
        Self { max_configurations: Some(limit), ..self }
    }

    /// Whether counterexamples are made small, which takes many more checks.
    pub fn minimise(self, on: bool) -> Self {
        Self { minimise: on, ..self }
    }

    /// Judges the history that `log` tells.
    ///
    /// # Errors
    ///
    /// The events are not those of the specification; see [`EventLog::history`].
    pub fn judge(&self, log: &EventLog) -> Result<Judgement, ImportError> {
        match self.spec {
            SpecKind::CasRegister => self.by(log, Register::<Value>::default()),
            SpecKind::KeyValue => self.by(log, KeyValue),
            SpecKind::Queue => self.by(log, Queue::<Value>::new()),
            SpecKind::Stack => self.by(log, Stack::<Value>::new()),
            SpecKind::Mutex => self.by(log, Mutex),
            SpecKind::Counter => self.by(log, Counter),
            SpecKind::MultiRegister => self.by(log, MultiRegister::default()),
        }
    }

    fn by<S: Interchange>(&self, log: &EventLog, specification: S) -> Result<Judgement, ImportError> {
        let imported = log.history(&specification)?;
        let mut checker = Checker::new(specification).minimise(self.minimise);
        if let Some(limit) = self.max_configurations {
            checker = checker.max_configurations(limit);
        }
        Ok(Judgement { verdict: checker.check(&imported.history), positions: imported.positions })
    }
}

impl Judgement {
    /// The verdict as one word: `linearizable`, `not-linearizable` or `unknown`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Linearizable { .. } => "linearizable",
            Verdict::NotLinearizable { .. } => "not-linearizable",
            Verdict::Unknown { .. } => "unknown",
        }
    }
}
