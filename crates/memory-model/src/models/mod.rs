//! Memory models: which executions are allowed.
//!
//! | model | axioms | for |
//! |---|---|---|
//! | [`Sc`] | one total order | what a naive reader of the program expects |
//! | [`Tso`] | uniproc, atomicity, global order | x86, with the usual compilation of atomics |
//! | [`Ra`] | coherence over `(sb \| rf)+`, atomicity | every access a release or an acquire |
//! | [`Cpp20`] | coherence, atomicity, C++20's order S, no thin air | C++20 by the letter of its standard |
//! | [`Rc11`] | coherence, atomicity, SC, no thin air | Rust's and C++20's atomics, without load buffering |

mod c11;
mod cpp20;
mod pruning;
mod ra;
mod rc11;
mod sc;
mod tso;
mod violation;
mod witness;

pub use cpp20::Cpp20;
pub use pruning::{Order, Pruning, Residue};
pub use ra::Ra;
pub use rc11::{Rc11, ReleaseSequence};
pub use sc::Sc;
pub use tso::Tso;
pub use violation::{Axiom, Step, Violation};
pub use witness::InvalidWitness;

use std::fmt::Debug;

use crate::{EventId, Execution, Location};

/// An axiomatic memory model: a predicate on executions.
///
/// ```
/// use memory_model::enumerate;
/// use memory_model::litmus::Litmus;
/// use memory_model::models::{Model, Rc11};
/// use memory_model::Ordering::Relaxed;
///
/// let test = Litmus::new("W").thread(|t| t.store("x", 1, Relaxed));
/// let model = Rc11::new();
/// for execution in enumerate::executions(&test, &model)? {
///     assert_eq!(model.check(&execution), Ok(()));
/// }
/// # Ok::<(), enumerate::Error>(())
/// ```
#[doc(alias = "MemoryModel")]
pub trait Model: Debug {
    /// The name, such as `RC11`.
    fn name(&self) -> &str;

    /// Whether the model allows the execution.
    ///
    /// # Errors
    ///
    /// The first axiom that is violated, with a cycle that shows it.
    fn check(&self, execution: &Execution) -> Result<(), Violation>;

    /// A violation for each axiom that is violated, where [`check`](Self::check) returns the first; empty if the model allows the
    /// execution. A model that does not override this finds one at most.
    fn violations(&self, execution: &Execution) -> Vec<Violation> {
        self.check(execution).err().into_iter().collect()
    }

    /// Looks a second time at a violation that [`check`](Self::check) returned for `execution`: whether each step holds, and whether
    /// the axiom forbids such a cycle, decided by code that has no part in finding violations. `None` if the model has none.
    ///
    /// ```
    /// use memory_model::Ordering::SeqCst;
    /// use memory_model::cat::CatModel;
    /// use memory_model::explain::explain;
    /// use memory_model::litmus::{Litmus, reg};
    /// use memory_model::models::{Model, Rc11};
    ///
    /// let sb = Litmus::new("SB")
    ///     .thread(|t| { t.store("x", 1, SeqCst); t.load("y", SeqCst); })
    ///     .thread(|t| { t.store("y", 1, SeqCst); t.load("x", SeqCst); })
    ///     .exists(reg(0, 0).is(0) & reg(1, 0).is(0));
    /// for model in [&Rc11::new() as &dyn Model, &CatModel::bundled("rc11")?] {
    ///     for reason in explain(&sb, model)?.reasons {
    ///         assert_eq!(model.confirm(&reason.violation, &reason.execution), Some(Ok(())));
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn confirm(&self, violation: &Violation, execution: &Execution) -> Option<Result<(), InvalidWitness>> {
        let _ = (violation, execution);
        None
    }

    /// The same verdict without a witness, where that is cheaper.
    fn is_consistent(&self, execution: &Execution) -> bool {
        self.check(execution).is_ok()
    }

    /// The data races of a consistent execution, each pair once, the lower event first. None, unless the model defines them.
    fn races(&self, execution: &Execution) -> Vec<(EventId, EventId)> {
        let _ = execution;
        Vec::new()
    }

    /// The number of executions for which this candidate stands: 1 if it is allowed and 0 if not, unless the model makes
    /// [orders of its own](Orders::Own). Only of the `observed` locations the final value matters.
    fn multiplicity(&self, execution: &Execution, observed: &[Location]) -> u64 {
        let _ = observed;
        u64::from(self.is_consistent(execution))
    }

    /// What the model remarks on an allowed execution, beside its races.
    fn flags(&self, execution: &Execution) -> Vec<Flag> {
        let _ = execution;
        Vec::new()
    }

    /// Whether the coherence order of candidates is the model's.
    fn orders(&self) -> Orders {
        Orders::Coherence
    }

    /// Whether some execution with a cycle in `po | rf` may be allowed: enumerators must try those, too.
    fn allows_cycles(&self) -> bool {
        false
    }

    /// Whether an allowed execution is still allowed without some reads that are no part of read-modify-writes, and whether the
    /// races and flags between the other events are still reported, each of them caused by a pair of which one writes. Then
    /// enumerators take a loop that runs into its bound for [blocked](crate::enumerate::Summary::blocked) where it only waits.
    /// `false` is always right.
    fn allows_fewer_reads(&self) -> bool {
        false
    }

    /// Whether the model looks at the [annotations](Execution::annotations) of executions. Enumerators make them only for those that do.
    fn uses_annotations(&self) -> bool {
        false
    }

    /// Why the verdicts of this model are void, if they are: its evaluation failed on some execution.
    fn failure(&self) -> Option<String> {
        None
    }

    /// What the axioms imply, so that an enumerator may drop candidates early; [`Pruning::None`] is always right.
    fn pruning(&self) -> Pruning {
        Pruning::None
    }

    /// What the axioms demand beyond [`pruning`](Self::pruning), so that an enumerator need not ask; [`Residue::Unknown`] is
    /// always right. Where this is not `Unknown`, the verdict must depend on nothing but the kinds, locations and orderings of the
    /// events, and the relations between them: not on values, nor on the numbers of threads.
    fn residue(&self) -> Residue {
        Residue::Unknown
    }
}

/// What a model remarks on an execution.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flag {
    /// The name, such as `Dr`.
    pub name: String,
    /// Whether it makes the program undefined.
    pub is_undefined: bool,
    /// The pairs of events that caused it; an event by itself is paired with itself.
    pub pairs: Vec<(EventId, EventId)>,
}

/// Which orders of writes tell executions apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Orders {
    /// The coherence order of all writes of a location.
    #[default]
    Coherence,
    /// Orders that the model makes itself. Of the coherence order it only sees which write of each location is the last, and that only
    /// where the final value is observed.
    Own,
}
