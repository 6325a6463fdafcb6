//! Values that depend on the program alone.
//!
//! Candidates of one program come one after the other, most with the same events but for values, and differ in what reads from what.
//! Terms without `rf`, `co` and final writes have the same value in all of these; they are kept for the next candidate.

use std::sync::{Arc, Mutex, PoisonError};

use super::base::Base;
use super::environment::Environment;
use super::evaluate::{Evaluator, Matrix};
use super::terms::{Node, Term, Terms};
use crate::relation::Relation;
use crate::{Event, Execution, Kind, Location, Ordering};

/// What the fixed terms know of an event.
type Key = (Option<usize>, Kind, Option<Location>, Ordering, bool);

#[derive(Debug)]
pub(super) struct Fixed {
    /// The terms, each after those of which it consists.
    terms: Vec<Term>,
    last: Mutex<Option<Last>>,
}

/// The values for the events of the execution evaluated last.
#[derive(Debug)]
struct Last {
    events: Vec<Key>,
    /// Program order, which follows from the events only where it is total.
    po: Relation,
    values: Vec<Option<Arc<Matrix>>>,
}

impl Fixed {
    pub(super) fn new(terms: &Terms) -> Self {
        // With unknowns only the solutions have values that last.
        let (mut is_fixed, mut is_open) = (vec![false; terms.len()], vec![false; terms.len()]);
        for (term, node) in terms.iter() {
            let is = |part: Term| is_fixed[part.index()];
            is_open[term.index()] = matches!(node, Node::Unknown(..)) || node.parts().any(|part| is_open[part.index()]);
            is_fixed[term.index()] = match *node {
                Node::Base(base) => {
                    !matches!(base, Base::Rf | Base::Co | Base::Final | Base::DifferentValues) && !base.is_annotation()
                }
                Node::Set(_) | Node::Relation(_) => false,
                Node::Least { system, .. } => terms.systems[system].sides.iter().all(|&side| is(side)),
                _ => node.parts().all(is),
            };
        }
        let is_kept = |term: &Term| is_fixed[term.index()] && !is_open[term.index()];
        let terms = terms.iter().map(|(term, _)| term).filter(is_kept).collect();
        Self { terms, last: Mutex::new(None) }
    }

    /// An evaluator that knows the fixed terms.
    pub(super) fn evaluator<'x>(&self, terms: &Terms, environment: Environment<'x>) -> Evaluator<'x> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| last.describes(environment.execution)) {
            return Evaluator::with_values(environment, last.values.clone());
        }
        let events = environment.execution.events().iter().map(key).collect();
        let mut evaluator = Evaluator::new(environment);
        let mut values = vec![None; terms.len()];
        for &term in &self.terms {
            values[term.index()] = Some(evaluator.value(terms, term));
        }
        let po = evaluator.environment.execution.po().clone();
        *last = Some(Last { events, po, values });
        evaluator
    }
}

fn key(event: &Event) -> Key {
    (event.thread, event.kind, event.location, event.ordering, event.is_rmw)
}

impl Last {
    /// Whether the fixed terms have these values over the execution.
    fn describes(&self, execution: &Execution) -> bool {
        self.events.len() == execution.size()
            && self.events.iter().zip(execution.events()).all(|(known, event)| *known == key(event))
            && self.po == *execution.po()
    }
}
