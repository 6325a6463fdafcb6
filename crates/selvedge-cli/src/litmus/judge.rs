//! Verdicts: what is printed and drawn is all decided here.

use memory_model::enumerate::{Enumerator, Error, Observation, Summary};
use memory_model::explain::{Explanation, Witnesses, explain};
use memory_model::litmus::{Litmus, Quantifier};
use memory_model::models::{InvalidWitness, Model, Violation};
use memory_model::{EventId, Execution};

use super::args::ModelArguments;

/// A test with its verdict.
#[derive(Debug)]
pub struct Verdict {
    pub litmus: Litmus,
    /// The name of the model, as on the command line.
    pub model: String,
    pub summary: Summary,
    /// Executions that show the verdict, where they were asked for.
    pub reasons: Option<Reasons>,
}

/// What shows a verdict.
#[derive(Debug)]
pub struct Reasons {
    pub witnesses: Witnesses,
    /// Why no execution satisfies the condition, or does not, if that is so; or why nothing can be said.
    pub explanation: Option<Result<Explanation, String>>,
    /// What a second checker says about the cycles; nothing if the model has none.
    pub confirmed: Option<Result<(), InvalidWitness>>,
}

/// An execution to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Exhibit<'a> {
    pub execution: &'a Execution,
    /// The axiom that it violates, if the model forbids it.
    pub violation: Option<&'a Violation>,
    pub race: Option<(EventId, EventId)>,
    pub caption: &'static str,
}

/// How much is to be found out about a test, each including what stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// The counts.
    Verdict,
    /// Executions that show it.
    Witnesses,
    /// Why what is forbidden is: every candidate is looked at, which may take long.
    Reasons,
}

/// Judges a test.
pub fn judge(litmus: Litmus, model: &dyn Model, arguments: &ModelArguments, depth: Depth) -> Result<Verdict, String> {
    // Final states are all that is printed.
    let mut enumerator = Enumerator::new(model).loop_bound(arguments.loop_bound).without_outcomes();
    if arguments.exhaustive {
        enumerator = enumerator.naive();
    }
    if let Some(most) = arguments.max_candidates {
        enumerator = enumerator.max_candidates(most);
    }
    let summary = enumerator.summary(&litmus).map_err(|error| describe(&error))?;
    let mut verdict = Verdict { litmus, model: arguments.model.name(), summary, reasons: None };
    if depth >= Depth::Witnesses {
        let witnesses = Witnesses::find(&verdict.litmus, model, &enumerator).map_err(|error| describe(&error))?;
        let forbidden = (depth >= Depth::Reasons && verdict.summary.observation() == Observation::Never)
            .then(|| explain(&verdict.litmus, model).map_err(|error| describe(&error)));
        let confirmed = match &forbidden {
            Some(Ok(Explanation { reasons, .. })) if !reasons.is_empty() => {
                let verdicts: Option<Vec<_>> =
                    reasons.iter().map(|reason| model.confirm(&reason.violation, &reason.execution)).collect();
                verdicts.map(|verdicts| verdicts.into_iter().collect())
            }
            _ => None,
        };
        verdict.reasons = Some(Reasons { witnesses, explanation: forbidden, confirmed });
    }
    Ok(verdict)
}

/// The error in the words of someone who may have asked for no bound.
fn describe(error: &Error) -> String {
    match error {
        Error::TooManyCandidates => "there are too many candidate executions to look at".to_owned(),
        other => other.to_string(),
    }
}

impl Verdict {
    /// The executions for and against what the test asks. As in herd7, a test with `~exists` asks for the negation.
    pub fn counts(&self) -> (u64, u64) {
        let (satisfying, rest) = (self.summary.satisfying, self.summary.executions - self.summary.satisfying);
        if self.litmus.quantifier() == Quantifier::NotExists { (rest, satisfying) } else { (satisfying, rest) }
    }

    /// Whether executions beyond a cut loop might change the observation.
    pub fn is_undecided(&self) -> bool {
        !self.summary.is_complete() && self.summary.observation() != Observation::Sometimes
    }

    /// The execution that shows most: one that satisfies the condition, or a forbidden one that would, or any.
    pub fn exhibit(&self) -> Option<Exhibit<'_>> {
        let reasons = self.reasons.as_ref()?;
        let witnesses = &reasons.witnesses;
        let race = witnesses.racing.as_ref().map(|(candidate, first, second)| Exhibit {
            execution: &candidate.execution,
            violation: None,
            race: Some((*first, *second)),
            caption: "an execution with a data race",
        });
        if let Some(candidate) = &witnesses.satisfying {
            let racing = witnesses.racing.as_ref().filter(|(racing, ..)| racing.execution == candidate.execution);
            return Some(Exhibit {
                execution: &candidate.execution,
                violation: None,
                race: racing.map(|(_, first, second)| (*first, *second)),
                caption: "an allowed execution that satisfies the condition",
            });
        }
        if let Some(Ok(Explanation { reasons, .. })) = &reasons.explanation {
            if let Some(reason) = reasons.first() {
                return Some(Exhibit {
                    execution: &reason.execution,
                    violation: Some(&reason.violation),
                    race: None,
                    caption: "a forbidden execution that satisfies the condition",
                });
            }
        }
        let other = witnesses.refuting.as_ref().or(witnesses.faulty.as_ref()).map(|candidate| Exhibit {
            execution: &candidate.execution,
            violation: None,
            race: None,
            caption: "an allowed execution; none satisfies the condition",
        });
        race.or(other)
    }
}
