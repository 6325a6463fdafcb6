//! The enumerator that prunes while it builds: depth-first over the [states](super::state).
//!
//! What the model demands beyond its pruning is settled on the way, where that can be done step by step (an [order](super::order)
//! without cycles) or need not be done. Otherwise the model is asked: at the end, and wherever there is more than one way to go
//! on, since an axiom that is violated by a part of a candidate is violated by all of it.

use std::rc::Rc;

use super::graph::{Finished, Stop};
use super::machine::Machine;
use super::state::State;
use super::step::{Builder, Settled};
use crate::models::{Model, Residue};

struct Pruned<'a, V> {
    builder: Rc<Builder<'a>>,
    model: &'a dyn Model,
    residue: Residue,
    visit: V,
}

/// Calls `visit` with every candidate that keeps the model's promises.
pub(super) fn enumerate<'a>(
    machine: &'a Machine<'a>,
    model: &'a dyn Model,
    visit: impl FnMut(&Finished<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let residue = model.residue();
    let builder = Rc::new(Builder::new(machine, model));
    let start = builder.start()?;
    Pruned { builder, model, residue, visit }.explore(start)
}

impl<V: FnMut(&Finished<'_>) -> Result<(), Stop>> Pruned<'_, V> {
    fn explore(&mut self, mut state: State) -> Result<(), Stop> {
        match self.builder.settle(&mut state)? {
            Settled::Dead => Ok(()),
            Settled::Ended(ending) => {
                let is_settled = self.is_settled(&state);
                let State { graph, threads, .. } = &state;
                (self.visit)(&Finished { graph, coherence: &state.coherence(), threads, ending, is_settled })
            }
            Settled::Open => {
                let choices = self.builder.choices(&state);
                let asks = choices.len() > 1 && !self.is_settled(&state);
                if asks && !self.model.is_consistent(&self.builder.execution(&state)) {
                    return Ok(());
                }
                let builder = Rc::clone(&self.builder);
                builder.branches(state, choices, |branch| self.explore(branch))
            }
        }
    }

    /// Whether the model has nothing to add to what the construction of `state` took care of.
    fn is_settled(&self, state: &State) -> bool {
        match self.residue {
            Residue::Nothing | Residue::Order(_) => true,
            Residue::SeqCst => !state.has_seq_cst_pair(),
            Residue::Unknown => false,
        }
    }
}
