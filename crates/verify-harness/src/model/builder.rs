//! How an exploration is set up and run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::consistency::Model;
use super::execution::{End, Execution, Limits};
use super::report::{Bound, Failure, Report, Verdict};
use super::resources::Demands;
use super::runtime::Runtime;

/// Names the environment variable that holds a replay token.
pub(super) const REPLAY: &str = "SELVEDGE_REPLAY";

/// Settings of an exploration.
///
/// ```
/// use verify_harness::model::Builder;
/// use verify_harness::model::sync::Arc;
/// use verify_harness::model::sync::atomic::{AtomicUsize, Ordering};
/// use verify_harness::model::thread;
///
/// let report = Builder::new().explore(|| {
///     let x = Arc::new(AtomicUsize::new(0));
///     let y = Arc::clone(&x);
///     let other = thread::spawn(move || y.fetch_add(1, Ordering::Relaxed));
///     x.fetch_add(1, Ordering::Relaxed);
///     other.join().unwrap();
///     assert_eq!(x.load(Ordering::Relaxed), 2);
/// });
/// assert!(report.verdict.holds());
/// assert_eq!(report.executions, 2);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `check` or `explore`"]
#[non_exhaustive]
pub struct Builder {
    /// The memory model. [`Model::Rc11`] by default.
    pub model: Model,
    /// Whether a waiting loop stops after an iteration in which it changed nothing, instead of going round for ever:
    /// the thread goes on in the executions in which it reads something else. On by default. Off, a waiting loop makes
    /// executions of any length, and the exploration ends at a bound.
    pub await_elimination: bool,
    /// Whether `compare_exchange_weak` may also fail when the value is the expected one. Off by default: each call doubles
    /// the executions.
    pub spurious_failures: bool,
    /// Whether an execution in which a thread waits in a loop for ever is a failure. On by default; off, such an execution
    /// counts as blocked.
    pub liveness: bool,
    /// How many threads, the first included, an execution may start. 64 by default.
    pub max_threads: usize,
    /// How many events an execution may have. 10 000 by default.
    pub max_events: usize,
    /// How many executions, blocked ones included, may be explored. Without a bound by default.
    pub max_executions: Option<u64>,
    /// How long the exploration may take. Without a bound by default.
    pub max_duration: Option<Duration>,
    /// Runs one execution instead of exploring: the one that [`Failure::replay`] names. The environment variable
    /// `SELVEDGE_REPLAY` does the same for every exploration of a process; name the one test that failed with it. The
    /// report never holds: it fails, or is [`Bound::Replay`].
    pub replay: Option<String>,
    /// The size of the stack of a model thread, in bytes. 256 KiB by default.
    pub stack_size: usize,
    /// How many OS threads explore; zero for as many as the machine runs at once. One by default, or what the environment
    /// variable `SELVEDGE_WORKERS` says.
    ///
    /// The report does not depend on it, but for two things: the time, and how many executions beyond
    /// [`max_executions`](Self::max_executions) or after [`max_duration`](Self::max_duration) were still explored. Several
    /// workers only show that a test holds. When one of them meets a failing execution, the exploration starts over with one
    /// worker, which reports the failure that it finds first. The same happens with programs that workers cannot explore in
    /// parts: checked objects in statics or made before the exploration, waiting loops that give up, and threads that
    /// only some executions start.
    ///
    /// ```
    /// # use verify_harness::model::{Builder, thread, sync::{Arc, atomic::{AtomicUsize, Ordering}}};
    /// let mut builder = Builder::new();
    /// builder.workers = 2;
    /// let report = builder.explore(|| {
    ///     let x = Arc::new(AtomicUsize::new(0));
    ///     let threads: Vec<_> = (0..4)
    ///         .map(|_| {
    ///             let x = Arc::clone(&x);
    ///             thread::spawn(move || x.fetch_add(1, Ordering::Relaxed))
    ///         })
    ///         .collect();
    ///     threads.into_iter().for_each(|thread| drop(thread.join()));
    /// });
    /// assert_eq!((report.executions, report.verdict.holds()), (24, true));
    /// ```
    pub workers: usize,
    /// Call sites whose orderings are other than the program says.
    pub(super) call_sites: super::api::CallSites,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            model: Model::Rc11,
            await_elimination: true,
            spurious_failures: false,
            liveness: true,
            max_threads: 64,
            max_events: 10_000,
            max_executions: None,
            max_duration: None,
            replay: None,
            stack_size: 256 * 1024,
            workers: super::workers::from_environment(),
            call_sites: super::api::CallSites::default(),
        }
    }
}

impl Builder {
    /// The default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Explores every execution of `program` and panics unless all of them were explored and none fails.
    ///
    /// # Panics
    ///
    /// With the failing execution if one fails, and if a bound was hit.
    pub fn check<F: Fn() + Send + Sync + 'static>(&self, program: F) {
        match self.explore(program).verdict {
            Verdict::Holds => {}
            Verdict::Fails(failure) => panic!("{failure}"),
            Verdict::Incomplete(bound) => panic!("exploration incomplete: {bound}"),
        }
    }

    /// Explores every execution of `program`, until one fails or a bound is hit.
    ///
    /// Time grows with the number of executions and, for each, about quadratically with its length; memory grows with
    /// the length of the longest execution, not with their number.
    ///
    /// # Panics
    ///
    /// If called inside a program that is being explored, or with a replay token that is none.
    pub fn explore<F: Fn() + Send + Sync + 'static>(&self, program: F) -> Report {
        let started = Instant::now();
        let program = Arc::new(program);
        let mut demands = Demands::default();
        loop {
            match self.explore_with(demands, &program, started) {
                Ok(report) => return report,
                Err(more) => demands = demands.or(more),
            }
        }
    }

    /// Explores `program`, modelling what `granted` says; an error says what has to be modelled besides.
    fn explore_with<F: Fn() + Send + Sync + 'static>(
        &self,
        granted: Demands,
        program: &Arc<F>,
        started: Instant,
    ) -> Result<Report, Demands> {
        let execution = self.execution();
        let guided = execution.guide.is_some();
        if !guided {
            if let Some(explored) = super::workers::explore(self, granted, program, started) {
                return explored;
            }
        }
        let runtime = Runtime::new(execution, self.stack_size, granted);
        let mut report =
            Report { executions: 0, blocked: 0, max_depth: 0, elapsed: Duration::ZERO, verdict: Verdict::Holds };
        #[cfg(debug_assertions)]
        let mut seen = super::audit::Seen::default();
        loop {
            let body = Arc::clone(program);
            runtime.run(Box::new(move || body()));
            let demanded = runtime.resources.demanded.get();
            if demanded != Demands::default() {
                return Err(demanded);
            }
            let mut execution = runtime.execution.borrow_mut();
            report.max_depth = report.max_depth.max(execution.graph().order.len());
            match execution.end.take() {
                Some(End::Complete) => {
                    report.executions += 1;
                    #[cfg(debug_assertions)]
                    seen.visit(execution.graph());
                }
                Some(End::Blocked) => report.blocked += 1,
                Some(End::Moot) | None => {}
                Some(End::Again) => continue,
                Some(End::Failed(kind, message)) => {
                    let trace = super::trace::render(&execution);
                    let replay = super::replay::Guide::of(execution.graph()).to_string();
                    report.verdict = Verdict::Fails(Failure { kind, message, trace, replay });
                    break;
                }
                Some(End::Bound(bound)) => {
                    report.verdict = Verdict::Incomplete(bound);
                    break;
                }
            }
            if guided {
                report.verdict = Verdict::Incomplete(Bound::Replay);
                break;
            }
            if !execution.search.advance() {
                break;
            }
            if let Some(limit) = self.max_executions.filter(|limit| report.executions + report.blocked >= *limit) {
                report.verdict = Verdict::Incomplete(Bound::Executions(limit));
                break;
            }
            if let Some(limit) = self.max_duration.filter(|limit| started.elapsed() > *limit) {
                report.verdict = Verdict::Incomplete(Bound::Time(limit));
                break;
            }
        }
        report.elapsed = started.elapsed();
        Ok(report)
    }

    /// An execution with these settings.
    pub(super) fn execution(&self) -> Execution {
        let limits = Limits { events: self.max_events, threads: self.max_threads };
        let mut execution = Execution::new(self.model, limits, self.await_elimination, super::api::name_site);
        execution.spurious_failures = self.spurious_failures;
        execution.liveness = self.liveness;
        execution.orderings = self.call_sites.orderings();
        let token = self.replay.clone().or_else(|| std::env::var(REPLAY).ok());
        execution.guide = token.map(|token| token.parse().unwrap_or_else(|error| panic!("{error}")));
        execution
    }
}
