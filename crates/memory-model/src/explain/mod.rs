//! Why an outcome is forbidden.

mod narrate;
mod places;
mod witness;

pub use places::Places;
pub use witness::Witnesses;

use std::fmt::Write as _;

use crate::Execution;
use crate::enumerate::{Candidate, Ending, Enumerator, Error};
use crate::litmus::Litmus;
use crate::models::{Model, Step, Violation};

/// Why the condition of a test holds as often as it does: the candidates that satisfy it, allowed and forbidden.
///
/// ```
/// use memory_model::Ordering::{Acquire, Relaxed, Release};
/// use memory_model::explain::explain;
/// use memory_model::litmus::{Litmus, reg};
/// use memory_model::models::Rc11;
///
/// let mp = Litmus::new("MP")
///     .thread(|t| {
///         t.store("x", 1, Relaxed);
///         t.store("y", 1, Release);
///     })
///     .thread(|t| {
///         t.load("y", Acquire);
///         t.load("x", Relaxed);
///     })
///     .exists(reg(1, 0).is(1) & reg(1, 1).is(0));
/// let explanation = explain(&mp, &Rc11::new())?;
/// assert_eq!(
///     explanation.describe(&mp),
///     "\
/// MP: the condition is forbidden by RC11.
/// 1 of 1 candidates violates coherence: irreflexive(hb;eco?)
///   T0: W[rlx] x=1  --sb-->  T0: W[rel] y=1
///   T0: W[rel] y=1  --sw-->  T1: R[acq] y=1
///   T1: R[acq] y=1  --sb-->  T1: R[rlx] x=0
///   T1: R[rlx] x=0  --fr-->  T0: W[rlx] x=1
/// ",
/// );
/// # Ok::<(), memory_model::enumerate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The name of the model.
    pub model: String,
    /// The number of candidates that satisfy the condition: complete, but not necessarily allowed.
    pub candidates: u64,
    /// The number of those that the model allows.
    pub allowed: u64,
    /// Whether all candidates with a cycle in `po | rf` were looked at, too; there may be too many of them.
    pub is_complete: bool,
    /// Why the others are forbidden, by the cycle that forbids them; what forbids most of them first.
    pub reasons: Vec<Reason>,
}

/// A cycle that forbids candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The number of candidates with this violation.
    pub candidates: u64,
    /// One of them.
    pub execution: Execution,
    /// Its violation.
    pub violation: Violation,
}

impl Reason {
    /// The cycle as sentences about the lines of the test, one a step, and a last one that concludes.
    #[must_use]
    pub fn sentences(&self, litmus: &Litmus) -> Vec<String> {
        narrate::sentences(&self.violation, &self.execution, litmus)
    }
}

/// The largest number of candidates that [`explain`] looks at.
pub const MAX_CANDIDATES: u64 = 1_000_000;

/// Explains why the condition of `litmus` holds or does not hold under `model`.
///
/// Every candidate is built, so this takes longer than a mere verdict.
///
/// # Errors
///
/// [`Error`], if the test is not valid or too large, in particular if it has more than [`MAX_CANDIDATES`] candidates.
pub fn explain(litmus: &Litmus, model: &dyn Model) -> Result<Explanation, Error> {
    let anything = Anything;
    let mut explanation = Explanation {
        model: model.name().to_owned(),
        candidates: 0,
        allowed: 0,
        is_complete: true,
        reasons: Vec::new(),
    };
    let mut consider = |candidate: Candidate| {
        let holds = |condition: &crate::litmus::Condition| condition.holds(&candidate.state, litmus.layout());
        let counts = candidate.ending == Ending::Complete && litmus.filter_condition().is_none_or(holds);
        if !counts || !holds(litmus.condition()) {
            return;
        }
        explanation.candidates += 1;
        match model.check(&candidate.execution) {
            Ok(()) => explanation.allowed += 1,
            Err(violation) => explanation.add(candidate.execution, violation),
        }
    };
    let enumerator = Enumerator::new(&anything).naive().max_candidates(MAX_CANDIDATES);
    enumerator.for_each(litmus, &mut consider)?;
    match enumerator.for_each_cyclic(litmus, &mut consider) {
        Ok(_) => {}
        Err(Error::TooManyCandidates) => explanation.is_complete = false,
        Err(error) => return Err(error),
    }
    explanation.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.candidates));
    Ok(explanation)
}

impl Explanation {
    /// The explanation in the test's own names.
    #[must_use]
    pub fn describe(&self, litmus: &Litmus) -> String {
        self.text(litmus, &|reason| reason.violation.describe_steps(&reason.execution, litmus.layout()))
    }

    fn text(&self, litmus: &Litmus, cycle: &dyn Fn(&Reason) -> String) -> String {
        let Self { model, candidates, allowed, is_complete, reasons } = self;
        let name = litmus.name();
        let rest =
            if *is_complete { "" } else { "There are too many candidates with a cycle in po | rf to look at all.\n" };
        if *candidates == 0 && *is_complete {
            return format!("{name}: no execution satisfies the condition, whatever the reads read.\n");
        }
        let mut text = if *allowed == 0 {
            format!("{name}: the condition is forbidden by {model}.\n")
        } else {
            format!("{name}: {model} allows {allowed} of the {candidates} candidates that satisfy the condition.\n")
        };
        for reason in reasons {
            let verb = if reason.candidates == 1 { "violates" } else { "violate" };
            let axiom = reason.violation.axiom;
            let _ = writeln!(text, "{} of {candidates} candidates {verb} {axiom}", reason.candidates);
            text += &cycle(reason);
        }
        text + rest
    }

    /// The explanation as sentences about the lines of the test.
    ///
    /// ```
    /// use memory_model::explain::explain;
    /// use memory_model::litmus::Litmus;
    /// use memory_model::models::Rc11;
    ///
    /// let mp = Litmus::parse("\
    /// Rust MP
    /// { x: AtomicI32; y: AtomicI32; }
    /// fn P0() {
    ///     x.store(1, Relaxed);
    ///     y.store(1, Release);
    /// }
    /// fn P1() {
    ///     let r0 = y.load(Acquire);
    ///     let r1 = x.load(Relaxed);
    /// }
    /// exists (1:r0 = 1 /\\ 1:r1 = 0)
    /// ")?;
    /// let explanation = explain(&mp, &Rc11::new())?;
    /// assert_eq!(
    ///     explanation.narrate(&mp),
    ///     "\
    /// MP: the condition is forbidden by RC11.
    /// 1 of 1 candidates violates coherence: irreflexive(hb;eco?)
    ///   P0 line 4 `x.store(1, Relaxed)` comes before P0 line 5 `y.store(1, Release)` in program order;
    ///   P0 line 5 happens before P1 line 8 `y.load(Acquire)` by release/acquire on y;
    ///   P1 line 8 comes before P1 line 9 `x.load(Relaxed)` in program order;
    ///   P1 line 9 reads x=0, so it comes before P0 line 4, which overwrites that: it writes x=1;
    ///   so P0 line 4 would have to come before itself.
    /// ",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn narrate(&self, litmus: &Litmus) -> String {
        self.text(litmus, &|reason| reason.sentences(litmus).iter().map(|line| format!("  {line}\n")).collect())
    }

    fn add(&mut self, execution: Execution, violation: Violation) {
        let same = |reason: &&mut Reason| {
            reason.violation.axiom == violation.axiom
                && places(&reason.execution, &reason.violation) == places(&execution, &violation)
        };
        match self.reasons.iter_mut().find(same) {
            Some(reason) => reason.candidates += 1,
            None => self.reasons.push(Reason { candidates: 1, execution, violation }),
        }
    }
}

/// A thread, or none for initial writes, and an index in it.
type Place = (Option<usize>, usize);

/// The cycle by places in the program, whatever else the execution does.
fn places(execution: &Execution, violation: &Violation) -> Vec<(Option<Place>, &'static str)> {
    let place = |step: &Step| execution.events().get(step.from).map(|event| (event.thread, event.index));
    violation.cycle.iter().map(|step| (place(step), step.relation)).collect()
}

/// The model that allows everything.
#[derive(Debug)]
struct Anything;

impl Model for Anything {
    fn name(&self) -> &str {
        "anything"
    }

    fn check(&self, _: &Execution) -> Result<(), Violation> {
        Ok(())
    }
}
