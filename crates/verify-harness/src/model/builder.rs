//! How an exploration is set up and run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::consistency::Model;
use super::coroutine::{Kind, Stacks};
use super::counterexample::{self, Candidate, Suspects};
use super::execution::{End, Execution, Limits};
use super::explorers::Explorer;
use super::panics::Quiet;
use super::progress::{self, Progress, Ticker};
use super::replay::Guide;
use super::report::{Bound, FailureKind, Report, Verdict};
use super::resources::Demands;
use super::runtime::{Program, Runtime};
use super::unordered_frees::EarlierFrees;

/// Names the environment variable that holds a replay token.
pub(super) const REPLAY: &str = "SELVEDGE_REPLAY";

/// Name environment variables that hold defaults.
const EXPLORER: &str = "SELVEDGE_EXPLORER";
const SAMPLES: &str = "SELVEDGE_SAMPLES";
const SEED: &str = "SELVEDGE_SEED";
const PROGRESS: &str = "SELVEDGE_PROGRESS";
#[cfg(feature = "os-threads")]
const OS_THREADS: &str = "SELVEDGE_OS_THREADS";

/// What `parse` makes of an environment variable, if it is set.
///
/// # Panics
///
/// If it holds something else.
fn variable<T, E: core::fmt::Display>(name: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
    let text = std::env::var(name).ok()?;
    match parse(&text) {
        Ok(value) => Some(value),
        Err(error) => panic!("{name}={text}: {error}"),
    }
}

#[cfg(feature = "os-threads")]
fn parse_switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err("expected 0 or 1"),
    }
}

fn parse_seed(text: &str) -> Result<u64, core::num::ParseIntError> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    }
}

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
    /// Whether memory that is allocated in an execution and not freed in it is a failure, where a
    /// [`TrackingAllocator`](super::alloc::TrackingAllocator) tells. On by default. Off, memory of [`super::alloc`] and
    /// shared values still have to be freed.
    ///
    /// Before memory without checked objects counts as leaked, the execution is run once more: what a program allocates once for all executions
    /// is no leak.
    pub leaks: bool,
    /// How many more executions are explored when one fails, in search of a shorter one that fails in the same way. 1 000 by
    /// default; with zero, the first one is shown.
    pub shortening: u64,
    /// Runs one execution instead of exploring: the one that [`Failure::replay`](super::Failure::replay) names. The environment variable
    /// `SELVEDGE_REPLAY` does the same for every exploration of a process; name the one test that failed with it. The
    /// report never holds: it fails, or is [`Bound::Replay`].
    pub replay: Option<String>,
    /// The size of the stack of a model thread, in bytes. 256 KiB by default.
    pub stack_size: usize,
    /// Whether an exploration that takes more than two seconds says how far it is, and about how much is left.
    /// [`Progress::On`] by default, or what `SELVEDGE_PROGRESS` says: `off` or `on`.
    pub progress: Progress,
    /// Which executions are explored: all by default, or what `SELVEDGE_EXPLORER` says.
    pub explorer: Explorer,
    /// How many executions a random explorer tries, unless one fails before. 10 000 by default, or what `SELVEDGE_SAMPLES`
    /// says. [`max_executions`](Self::max_executions) counts too.
    pub samples: u64,
    /// From what a random explorer makes its choices; the same seed makes the same. Zero by default, or what
    /// `SELVEDGE_SEED` says, in decimal or, after `0x`, in hexadecimal.
    pub seed: u64,
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
    /// Whether model threads are OS threads, of which one runs at a time, and not coroutines: some ten times slower
    /// and with the same report. For platforms and tools without switched stacks, and for programs that keep state in `std`'s
    /// thread-locals. Off by default, or what the environment variable `SELVEDGE_OS_THREADS` says, `0` or `1`; always on under
    /// Miri, and where coroutines are not compiled in.
    ///
    /// After a failure, the OS threads that did not end wait until the process ends.
    ///
    /// ```
    /// # use verify_harness::model::{Builder, thread};
    /// let mut builder = Builder::new();
    /// builder.os_threads = true;
    /// let report = builder.explore(|| {
    ///     let main = std::thread::current().id();
    ///     assert_ne!(thread::spawn(|| std::thread::current().id()).join().unwrap(), main);
    /// });
    /// assert!(report.verdict.holds());
    /// ```
    #[cfg(feature = "os-threads")]
    pub os_threads: bool,
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
            leaks: true,
            shortening: 1_000,
            max_threads: 64,
            max_events: 10_000,
            max_executions: None,
            max_duration: None,
            replay: None,
            stack_size: 256 * 1024,
            progress: variable(PROGRESS, str::parse).unwrap_or_default(),
            explorer: variable(EXPLORER, str::parse).unwrap_or_default(),
            samples: variable(SAMPLES, str::parse).unwrap_or(10_000),
            seed: variable(SEED, parse_seed).unwrap_or(0),
            workers: super::workers::from_environment(),
            #[cfg(feature = "os-threads")]
            os_threads: variable(OS_THREADS, parse_switch).unwrap_or(false),
            call_sites: super::api::CallSites::default(),
        }
    }
}

impl Builder {
    /// The default settings, as far as the environment says nothing else.
    ///
    /// # Panics
    ///
    /// If a variable of the environment that is read holds what it should not.
    pub fn new() -> Self {
        Self::default()
    }

    /// Explores every execution of `program` and panics unless all of them were explored and none fails.
    ///
    /// # Panics
    ///
    /// With the failing execution if one fails, and if a bound was hit. That executions were chosen at random is such a
    /// bound: see [`sample`](Self::sample).
    pub fn check<F: Fn() + Send + Sync + 'static>(&self, program: F) {
        if let Verdict::Incomplete(bound) = self.sample(program).verdict {
            panic!("exploration incomplete: {bound}");
        }
    }

    /// As [`explore`](Self::explore), but panics if an execution fails. Unlike [`check`](Self::check) it comes back when a
    /// random explorer found nothing, or a bound was hit: the test is not shown to hold then, and the report says so.
    ///
    /// ```
    /// use verify_harness::model::sync::Arc;
    /// use verify_harness::model::sync::atomic::{AtomicUsize, Ordering};
    /// use verify_harness::model::{Builder, Explorer, thread};
    ///
    /// let mut builder = Builder::new();
    /// builder.explorer = Explorer::Pct { depth: 3 };
    /// builder.samples = 100;
    /// let report = builder.sample(|| {
    ///     let x = Arc::new(AtomicUsize::new(0));
    ///     let y = Arc::clone(&x);
    ///     let other = thread::spawn(move || y.fetch_add(1, Ordering::Relaxed));
    ///     x.fetch_add(1, Ordering::Relaxed);
    ///     other.join().unwrap();
    ///     assert_eq!(x.load(Ordering::Relaxed), 2);
    /// });
    /// assert!(!report.verdict.holds(), "a sample shows no such thing");
    /// assert_eq!(report.sampling.map(|sampling| sampling.distinct), Some(2));
    /// ```
    ///
    /// # Panics
    ///
    /// With the failing execution and, of a random explorer, the seed.
    pub fn sample<F: Fn() + Send + Sync + 'static>(&self, program: F) -> Report {
        let report = self.explore(program);
        match (&report.verdict, report.sampling) {
            (Verdict::Fails(failure), None) => panic!("{failure}"),
            (Verdict::Fails(failure), Some(sampling)) => panic!("{failure}\n{sampling}"),
            _ => report,
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
        // Not generic from here on: a test file with many models would compile the engine as often.
        self.explore_program(&(Arc::new(program) as Program))
    }

    fn explore_program(&self, program: &Program) -> Report {
        let started = Instant::now();
        let mut demands = Demands::default();
        loop {
            match self.explore_with(demands, program, started) {
                Ok(report) => return report,
                Err(more) => demands = demands.or(more),
            }
        }
    }

    /// The bound on the exploration as a whole that is hit after so many executions, if one is.
    pub(super) fn bound_hit(&self, explored: u64, started: Instant) -> Option<Bound> {
        if explored == 0 {
            // A report of nothing says nothing.
            return None;
        }
        let executions = self.max_executions.filter(|limit| explored >= *limit);
        let late = || self.max_duration.filter(|limit| started.elapsed() > *limit);
        executions.map(Bound::Executions).or_else(|| late().map(Bound::Time))
    }

    /// Stacks for model threads to run on.
    pub(super) fn stacks(&self) -> Stacks {
        #[cfg(feature = "os-threads")]
        let os_threads = self.os_threads;
        #[cfg(not(feature = "os-threads"))]
        let os_threads = false;
        Stacks::new(Kind::choose(os_threads), self.stack_size)
    }

    /// An execution with these settings that follows `guide`, or explores.
    pub(super) fn execution(&self, guide: Option<Guide>) -> Execution {
        let limits = Limits { events: self.max_events, threads: self.max_threads };
        let mut execution = Execution::new(self.model, limits, self.await_elimination, super::api::name_site);
        execution.spurious_failures = self.spurious_failures;
        execution.liveness = self.liveness;
        execution.leaks = self.leaks;
        execution.orderings = self.call_sites.orderings();
        execution.captures = guide.is_some();
        execution.guide = guide;
        execution
    }

    /// Explores `program`, modelling what `granted` says; an error says what has to be modelled besides.
    fn explore_with(&self, granted: Demands, program: &Program, started: Instant) -> Result<Report, Demands> {
        let token = self.replay.clone().or_else(|| std::env::var(REPLAY).ok());
        let guide = token.map(|token| token.parse().unwrap_or_else(|error| panic!("{error}")));
        let guided = guide.is_some();
        let execution = self.execution(guide);
        if !guided && self.explorer != Explorer::Exhaustive {
            return self.sample_with(execution, granted, program, started);
        }
        if !guided && let Some(explored) = super::workers::explore(self, granted, program, started) {
            return explored;
        }
        let runtime = Runtime::new(execution, self.stacks(), granted);
        let mut report = Report::new();
        let mut progress = Ticker::new(self.progress != Progress::Off && !guided);
        let (mut best, mut left): (Option<Candidate>, u64) = (None, self.shortening);
        let mut suspects = Suspects::default();
        let mut earlier_frees = EarlierFrees::new(self, program, granted);
        let mut quiet = None;
        #[cfg(debug_assertions)]
        let mut seen = super::fingerprint::Seen::default();
        loop {
            runtime.run(program);
            let demanded = runtime.resources.demanded.get();
            if demanded != Demands::default() {
                return Err(demanded);
            }
            let mut execution = runtime.execution.borrow_mut();
            if let Some(found) = &best {
                // Only a shorter failure of the same kind counts from here on.
                match execution.end.take() {
                    Some(End::Again) => continue,
                    Some(End::Failed(kind, message)) if kind == found.kind => {
                        let other = Candidate::of(&execution, kind, message);
                        if other.len() < found.len() {
                            execution.limits.events = other.len() - 1;
                            best = Some(other);
                        }
                    }
                    _ => {}
                }
                left = left.saturating_sub(1);
                let late = self.max_duration.is_some_and(|limit| started.elapsed() > limit);
                if left == 0 || late || !execution.search.advance() {
                    break;
                }
                continue;
            }
            report.max_depth = report.max_depth.max(execution.graph().order.len());
            let end = execution.end.take();
            let found = match &end {
                Some(End::Complete | End::Blocked) => earlier_frees.failing(&execution),
                Some(End::Failed(kind, message)) if !guided && *kind != FailureKind::Nondeterminism => {
                    Some(Candidate::of(&execution, *kind, message.clone()))
                }
                _ => None,
            };
            if let Some(found) = found {
                execution.limits.events = found.len() - 1;
                best = Some(found);
                quiet = Some(Quiet::new());
                if left == 0 || !execution.search.advance() {
                    break;
                }
                continue;
            }
            match end {
                Some(End::Complete) => {
                    report.executions += 1;
                    suspects.note(&execution);
                    #[cfg(debug_assertions)]
                    seen.visit(execution.graph());
                }
                Some(End::Blocked) => report.blocked += 1,
                Some(End::Moot) | None => {}
                Some(End::Again) => continue,
                Some(End::Failed(kind, message)) => {
                    report.verdict = Verdict::Fails(counterexample::failure_of(&execution, kind, message));
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
                report.estimated_executions = Some(report.executions as f64);
                break;
            }
            if let Some(bound) = self.bound_hit(report.executions + report.blocked, started) {
                report.verdict = Verdict::Incomplete(bound);
                report.estimated_executions = Some(execution.search.expected_size().executions);
                break;
            }
            if progress.is_due(|| started.elapsed()) {
                let (done, expected) = (execution.search.outlook.done(), execution.search.expected_size());
                eprintln!("{}", progress::line(report.blocked, started.elapsed(), done, expected));
            }
        }
        let follow = |guide: Guide| {
            let _quiet = Quiet::new();
            let runtime = Runtime::new(self.execution(Some(guide)), self.stacks(), granted);
            runtime.run(program);
            counterexample::followed(&mut runtime.execution.borrow_mut())
        };
        drop(quiet);
        if let Some(found) = best {
            report.verdict = Verdict::Fails(found.shown(follow));
        } else if report.verdict.holds() {
            if let Some(leak) = suspects.confirmed(follow) {
                report.verdict = Verdict::Fails(leak);
            }
        }
        report.elapsed = started.elapsed();
        Ok(report)
    }
}
