//! Executions that show a verdict.

use crate::EventId;
use crate::enumerate::{Candidate, Ending, Enumerator, Error};
use crate::litmus::Litmus;
use crate::models::Model;

/// One allowed execution for each thing that a verdict may claim.
///
/// ```
/// use memory_model::Ordering::Relaxed;
/// use memory_model::enumerate::Enumerator;
/// use memory_model::explain::Witnesses;
/// use memory_model::litmus::{Litmus, reg};
/// use memory_model::models::Rc11;
///
/// let sb = Litmus::new("SB")
///     .thread(|t| {
///         t.store("x", 1, Relaxed);
///         t.load("y", Relaxed);
///     })
///     .thread(|t| {
///         t.store("y", 1, Relaxed);
///         t.load("x", Relaxed);
///     })
///     .exists(reg(0, 0).is(0) & reg(1, 0).is(0));
/// let model = Rc11::new();
/// let witnesses = Witnesses::find(&sb, &model, &Enumerator::new(&model))?;
/// let both_read_zero = witnesses.satisfying.expect("allowed");
/// assert_eq!(both_read_zero.execution.reads(), [[0], [0]]);
/// assert!(witnesses.racing.is_none());
/// # Ok::<(), memory_model::enumerate::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnesses {
    /// A complete execution that satisfies the condition.
    pub satisfying: Option<Candidate>,
    /// A complete execution that does not.
    pub refuting: Option<Candidate>,
    /// An execution with a data race, and the racing events.
    pub racing: Option<(Candidate, EventId, EventId)>,
    /// An execution with an operation that has no defined result.
    pub faulty: Option<Candidate>,
}

impl Witnesses {
    /// Enumerates the executions of `litmus` and keeps the first of each kind; those that do not pass the test's filter do not
    /// count.
    ///
    /// # Errors
    ///
    /// [`Error`], if the test is not valid or too large.
    pub fn find(litmus: &Litmus, model: &dyn Model, enumerator: &Enumerator<'_>) -> Result<Self, Error> {
        let mut found = Self::default();
        enumerator.for_each(litmus, |candidate| {
            let holds = |condition: &crate::litmus::Condition| condition.holds(&candidate.state, litmus.layout());
            if litmus.filter_condition().is_some_and(|filter| !holds(filter)) {
                return;
            }
            if found.racing.is_none() {
                let race = model.races(&candidate.execution).first().copied();
                found.racing = race.map(|(first, second)| (candidate.clone(), first, second));
            }
            let place = match candidate.ending {
                Ending::Complete if holds(litmus.condition()) => &mut found.satisfying,
                Ending::Complete => &mut found.refuting,
                Ending::Faulty { .. } => &mut found.faulty,
                Ending::Blocked | Ending::Cut => return,
            };
            if place.is_none() {
                *place = Some(candidate);
            }
        })?;
        Ok(found)
    }
}
