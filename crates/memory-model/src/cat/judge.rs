//! What a model says of one execution.

use super::environment::Whole;
use super::error::CatErrorKind;
use super::evaluate::{Evaluator, Matrix};
use super::interpreter::{Interpreter, Stop};
use super::run::{Check, Names, Visitor};
use super::syntax::{Span, TestKind};
use super::terms::Terms;
use crate::EventId;
use crate::models::{Flag, Violation};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether the execution is allowed.
    Verdict,
    /// Also why not.
    Reason,
    /// With how many choices, and with which flags.
    Everything,
}

/// What a model says of an execution.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// The number of choices with which it is allowed.
    pub(super) accepted: u64,
    /// The flags raised with one of these choices.
    pub(super) flags: Vec<Flag>,
    pub(super) violation: Option<Violation>,
}

/// Makes the tests over an execution.
#[derive(Debug)]
pub(super) struct Judge {
    question: Question,
    pub(super) judgement: Judgement,
    /// The flags raised with the choice at hand.
    raised: Vec<Flag>,
    /// The first test that failed, with the names at that point.
    pub(super) failed: Option<(Check, Names)>,
}

impl Judge {
    pub(super) fn new(question: Question) -> Self {
        Self { question, judgement: Judgement::default(), raised: Vec::new(), failed: None }
    }

    /// Makes one test; false if it forbids the execution.
    pub(super) fn decide(
        &mut self,
        terms: &Terms,
        evaluator: &mut Evaluator<'_>,
        check: &Check,
    ) -> Result<bool, CatErrorKind> {
        let is_flag = matches!(check.kind, TestKind::Flag | TestKind::UndefinedUnless);
        if is_flag && self.question != Question::Everything {
            return Ok(true);
        }
        let value = evaluator.value(terms, check.term);
        let holds = check.holds(&value);
        match check.kind {
            TestKind::Check => return Ok(holds),
            TestKind::Assert if !holds => return Err(CatErrorKind::Assertion(check.name.clone())),
            TestKind::UndefinedUnless if !holds => self.raise(&check.name, true, &value, evaluator),
            TestKind::Flag if holds => self.raise(&check.name, false, &value, evaluator),
            TestKind::Assert | TestKind::UndefinedUnless | TestKind::Flag => {}
        }
        Ok(true)
    }

    fn raise(&mut self, name: &str, is_undefined: bool, value: &Matrix, evaluator: &Evaluator<'_>) {
        let wholes = &evaluator.environment.wholes;
        let pairs = match value {
            Matrix::Relation(relation) => relation.iter().collect(),
            Matrix::Set(set) => set.iter().map(|event| (event, event)).collect::<Vec<_>>(),
        };
        let pairs = pairs.into_iter().map(|(from, to)| half(wholes[from], wholes[to])).collect();
        self.raised.push(Flag { name: name.to_owned(), is_undefined, pairs });
    }

    pub(super) fn accept(&mut self) {
        self.judgement.accepted += 1;
        for flag in &self.raised {
            if !self.judgement.flags.contains(flag) {
                self.judgement.flags.push(flag.clone());
            }
        }
    }
}

/// The halves by which read-modify-writes take part in a pair: the writing ones, unless the other event does not read.
fn half(from: Whole, to: Whole) -> (EventId, EventId) {
    (
        if to.writes && from.reads { from.first } else { from.last },
        if from.writes && to.reads { to.first } else { to.last },
    )
}

impl<'p> Visitor<'p> for Judge {
    fn check(&mut self, interpreter: &mut Interpreter<'p>, names: &Names, check: Check) -> Result<bool, Stop> {
        let Some(evaluator) = &mut interpreter.evaluator else { return Err(Stop::Dynamic) };
        match self.decide(&interpreter.terms, evaluator, &check) {
            Ok(true) => Ok(true),
            Ok(false) => {
                if self.failed.is_none() && self.question == Question::Reason {
                    self.failed = Some((check, names.clone()));
                }
                Ok(false)
            }
            Err(kind) => Err(interpreter.fault(kind, Span::default())),
        }
    }

    fn end(&mut self, _: &mut Interpreter<'p>, _: &Names) -> bool {
        self.accept();
        self.question == Question::Everything
    }

    fn back(&mut self, mark: usize) {
        self.raised.truncate(mark);
    }

    fn mark(&self) -> usize {
        self.raised.len()
    }
}

/// Collects the tests without making them.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    pub(super) checks: Vec<Check>,
    pub(super) names: Names,
}

impl<'p> Visitor<'p> for Compiler {
    fn check(&mut self, _: &mut Interpreter<'p>, _: &Names, check: Check) -> Result<bool, Stop> {
        self.checks.push(check);
        Ok(true)
    }

    fn end(&mut self, _: &mut Interpreter<'p>, names: &Names) -> bool {
        self.names = names.clone();
        false
    }

    fn back(&mut self, mark: usize) {
        self.checks.truncate(mark);
    }

    fn mark(&self) -> usize {
        self.checks.len()
    }
}
