//! A model that forbids nothing, to see all candidates.

use memory_model::Execution;
use memory_model::models::{Model, Pruning, Violation};

/// Allows everything that the enumerator builds with this pruning.
#[derive(Debug)]
pub(crate) struct Anything(pub(crate) Pruning);

impl Model for Anything {
    fn name(&self) -> &str {
        "anything"
    }

    fn check(&self, _: &Execution) -> Result<(), Violation> {
        Ok(())
    }

    fn pruning(&self) -> Pruning {
        self.0
    }
}
