//! How many executions a test has, before any is explored.
//!
//! The search is a tree: its nodes are graphs, the children of one are the graphs that the default choice at its next event and
//! the alternatives to that lead to. A random walk from the root takes each child of a node with the same probability; the product of
//! the numbers of children along it, or zero if it ends in no complete execution, is on average the number of complete
//! executions. (Knuth: *Estimating the efficiency of backtrack programs*, Mathematics of Computation 29, 1975.) One walk
//! says little, since the tree is uneven; the mean of many comes with its standard error, which is itself an estimate.
//! What an exploration says of itself while it goes on takes no walks: see [`super::outlook`].

use std::sync::Arc;

use super::builder::Builder;
use super::coroutine::Stacks;
use super::execution::{End, Execution};
use super::exploration::{Choice, Search};
use super::graph::Graph;
use super::progress::rounded;
use super::resources::Demands;
use super::runtime::{Program, Runtime};
use crate::random::Random;

/// An estimate of the number of executions of a test.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// The estimated number of complete executions.
    pub executions: f64,
    /// The standard error of that, as far as the walks show it.
    pub error: f64,
    /// The estimated number of explored graphs, those included in which a thread cannot finish or that turn out to be
    /// inconsistent. An exploration takes this many runs.
    pub graphs: f64,
    /// How many walks were made.
    pub walks: u64,
}

impl Estimate {
    /// Takes one more walk into account.
    fn add(&mut self, executions: f64, graphs: f64) {
        // Welford's method; the error is that of the mean, so its square times n(n - 1) is the sum of squared differences.
        let before = self.walks as f64;
        let squares = self.error * self.error * before * (before - 1.0).max(0.0);
        self.walks += 1;
        let after = self.walks as f64;
        let difference = executions - self.executions;
        self.executions += difference / after;
        let squares = squares + difference * (executions - self.executions);
        self.error = if self.walks > 1 { (squares / (after * (after - 1.0))).sqrt() } else { 0.0 };
        self.graphs += (graphs - self.graphs) / after;
    }
}

impl core::fmt::Display for Estimate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "about {} executions, give or take {}", rounded(self.executions), rounded(self.error))
    }
}

/// Makes walks, on a search of its own.
pub(super) struct Estimator {
    runtime: Runtime,
    random: Random,
    pub(super) estimate: Estimate,
}

impl Estimator {
    pub(super) fn new(execution: Execution, stacks: Stacks, granted: Demands, seed: u64) -> Self {
        let runtime = Runtime::new(execution, stacks, granted);
        Self { runtime, random: Random::new(seed), estimate: Estimate::default() }
    }

    /// Makes one walk. False if the program demands more than is modelled, or ends the exploration.
    pub(super) fn walk(&mut self, program: &Program) -> bool {
        let mut weight = 1.0;
        self.runtime.execution.borrow_mut().search.restart();
        loop {
            self.runtime.run(program);
            if self.runtime.resources.demanded.get() != Demands::default() {
                return false;
            }
            let mut execution = self.runtime.execution.borrow_mut();
            let complete = match execution.end.take() {
                Some(End::Again) => continue,
                Some(End::Failed(..) | End::Bound(_)) => return false,
                end => matches!(end, Some(End::Complete)),
            };
            let search = &mut execution.search;
            let choices = search.take_choices();
            let graph = search.graph().clone();
            let mut taken = None;
            for alternatives in choices.chunk_by(|a, b| a.keep() == b.keep()) {
                let mut children = Vec::new();
                alternatives.iter().for_each(|choice| graphs_after(search, &graph, *choice, &mut children));
                weight *= 1.0 + children.len() as f64;
                let index = self.random.index(children.len() + 1);
                if index < children.len() {
                    taken = Some(children.swap_remove(index));
                    break;
                }
            }
            let Some((graph, choices)) = taken else {
                self.estimate.add(if complete { weight } else { 0.0 }, weight);
                return true;
            };
            search.turn_to(&graph, choices);
        }
    }
}

/// Adds to `found` the graphs to run that `choice`, on `graph`, leads to: where it can only be followed by further choices,
/// those that these lead to.
fn graphs_after(search: &mut Search, graph: &Graph, choice: Choice, found: &mut Vec<(Graph, Vec<Choice>)>) {
    search.turn_to(graph, Vec::new());
    let runs = search.make(choice);
    let further = search.take_choices();
    let graph = search.graph().clone();
    if runs {
        found.push((graph, further));
    } else {
        further.into_iter().for_each(|choice| graphs_after(search, &graph, choice, found));
    }
}

impl Builder {
    /// Estimates how many executions `program` has, by `walks` random walks through the tree of the exploration. The same
    /// [`seed`](Self::seed) gives the same estimate.
    ///
    /// The mean of the estimate over all seeds is the exact number; one estimate is as good as its
    /// [`error`](Estimate::error) says, and that can be too small where few of many branches are large. A walk costs a
    /// few runs of the program. Fewer walks are made if one fails or hits a bound: explore to see how.
    ///
    /// ```
    /// use verify_harness::model::sync::Arc;
    /// use verify_harness::model::sync::atomic::{AtomicUsize, Ordering};
    /// use verify_harness::model::{Builder, thread};
    ///
    /// let estimate = Builder::new().estimate(500, || {
    ///     let x = Arc::new(AtomicUsize::new(0));
    ///     let threads: Vec<_> = (0..4)
    ///         .map(|_| {
    ///             let x = Arc::clone(&x);
    ///             thread::spawn(move || x.fetch_add(1, Ordering::Relaxed))
    ///         })
    ///         .collect();
    ///     threads.into_iter().for_each(|thread| drop(thread.join()));
    /// });
    /// // Four updates can come in 24 orders.
    /// assert!((estimate.executions - 24.0).abs() < 3.0 * estimate.error.max(1.0));
    /// ```
    ///
    /// # Panics
    ///
    /// If called inside a program that is being explored.
    #[must_use]
    pub fn estimate<F: Fn() + Send + Sync + 'static>(&self, walks: u64, program: F) -> Estimate {
        let program: Program = Arc::new(program);
        let mut granted = Demands::default();
        loop {
            let mut estimator = Estimator::new(self.execution(None), self.stacks(), granted, self.seed);
            while estimator.estimate.walks < walks && estimator.walk(&program) {}
            let demanded = estimator.runtime.resources.demanded.get();
            if demanded == Demands::default() {
                return estimator.estimate;
            }
            granted = granted.or(demanded);
        }
    }
}
