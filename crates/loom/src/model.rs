//! Running a test in every execution.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use verify_harness::model::Builder as Engine;
pub use verify_harness::model::{Bound, Failure, FailureKind, Model, Report, Verdict};

pub use verify_harness::model::Explorer;

use crate::MAX_THREADS;

/// Threads of a model have stacks of this size; only what is used is taken from the machine.
const STACK: usize = 1 << 20;

/// The bound on events that holds however small [`Builder::max_branches`] is.
const MIN_EVENTS: usize = 10_000;

/// How many branches loom follows by default.
const MAX_BRANCHES: usize = 1_000;

/// Settings of an exploration, by loom's names.
///
/// Fields that steer loom's search and have no meaning for this one are accepted, and said here to be so. A bound that ends
/// an exploration before it is complete makes [`check`](Self::check) panic, since nothing was shown.
///
/// ```
/// let mut builder = loom::model::Builder::new();
/// builder.max_permutations = Some(1_000);
/// builder.check(|| {
///     loom::thread::spawn(|| ()).join().unwrap();
/// });
/// ```
///
/// Beyond loom: [`explore`](Self::explore) and the fields [`model`](Self::model),
/// [`await_elimination`](Self::await_elimination), [`spurious_failures`](Self::spurious_failures), [`leaks`](Self::leaks) and
/// [`replay`](Self::replay).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Builder {
    /// How many threads, the first included, an execution may start. [`MAX_THREADS`] by default.
    pub max_threads: usize,
    /// How many events an execution may have, if that is more than 10 000. loom's bound is on thread switches, of which its
    /// way of exploring needs far fewer than there are events. Read from `LOOM_MAX_BRANCHES`.
    pub max_branches: usize,
    /// How many executions may be explored. Read from `LOOM_MAX_PERMUTATIONS`.
    pub max_permutations: Option<usize>,
    /// How long exploring may take. Read from `LOOM_MAX_DURATION`, in seconds.
    pub max_duration: Option<Duration>,
    /// Without effect: executions are explored whatever the number of their preemptions. Read from `LOOM_MAX_PREEMPTIONS`.
    pub preemption_bound: Option<usize>,
    /// Without effect: a failing execution is shown in the panic's message. Read from `LOOM_CHECKPOINT_FILE`.
    pub checkpoint_file: Option<PathBuf>,
    /// Without effect, as there is no checkpoint file. Read from `LOOM_CHECKPOINT_INTERVAL`.
    pub checkpoint_interval: usize,
    /// Without effect: everything is explored.
    pub expect_explicit_explore: bool,
    /// Without effect: locations are always captured. Set if `LOOM_LOCATION` is.
    pub location: bool,
    /// The memory model. Not in loom. [`Model::Rc11`] by default.
    pub model: Model,
    /// Whether a waiting loop stops after a round in which it changed nothing, and the thread goes on only in the executions
    /// in which it reads something else. Not in loom. On by default; off, a waiting loop makes executions of any length.
    pub await_elimination: bool,
    /// Whether `compare_exchange_weak` may also fail when it need not; loom's never does. Not in loom. Each such call doubles
    /// the executions. Off by default.
    pub spurious_failures: bool,
    /// Whether memory that is allocated in an execution and not freed in it is a failure. Not in loom, which looks for leaks of
    /// [`Arc`](crate::sync::Arc)s and of memory of [`alloc`](crate::alloc) only; these have to be freed in any case. If not set,
    /// [`explore`](Self::explore) looks for them and [`check`](Self::check) does not, so that tests that call `Box::leak` pass as
    /// on loom. Needs the feature `allocator`. Before memory without checked objects counts as leaked, the execution is run
    /// once more: what a program allocates once for all executions is no leak.
    pub leaks: Option<bool>,
    /// Runs one execution instead of exploring: the one that [`Failure::replay`] names. Not in loom. The environment variable
    /// `SELVEDGE_REPLAY` does the same for every exploration of a process.
    pub replay: Option<String>,
    /// Whether [`check`](Self::check) prints what it explored. Set if `LOOM_LOG` is.
    pub log: bool,
    /// Which executions are explored: all, or a random sample. Not in loom. Read from `SELVEDGE_EXPLORER`.
    pub explorer: Explorer,
    /// How many executions a random explorer tries, at most `max_permutations`. Not in loom. Read from `SELVEDGE_SAMPLES`.
    pub samples: u64,
    /// What a random explorer makes its choices from. Not in loom. Read from `SELVEDGE_SEED`.
    pub seed: u64,
}

impl Builder {
    /// The default settings, as far as the environment says nothing else.
    ///
    /// # Panics
    ///
    /// If a variable that should hold a number, or the name of an explorer, does not.
    #[must_use]
    pub fn new() -> Self {
        let engine = Engine::new();
        Self {
            max_threads: MAX_THREADS,
            max_branches: variable("LOOM_MAX_BRANCHES").unwrap_or(MAX_BRANCHES),
            max_permutations: variable("LOOM_MAX_PERMUTATIONS"),
            max_duration: variable("LOOM_MAX_DURATION").map(Duration::from_secs),
            preemption_bound: variable("LOOM_MAX_PREEMPTIONS"),
            checkpoint_file: std::env::var_os("LOOM_CHECKPOINT_FILE").map(PathBuf::from),
            checkpoint_interval: variable("LOOM_CHECKPOINT_INTERVAL").unwrap_or(20_000),
            expect_explicit_explore: false,
            location: std::env::var_os("LOOM_LOCATION").is_some(),
            model: Model::default(),
            await_elimination: true,
            spurious_failures: false,
            leaks: None,
            replay: None,
            log: std::env::var_os("LOOM_LOG").is_some(),
            explorer: engine.explorer,
            samples: engine.samples,
            seed: engine.seed,
        }
    }

    /// Sets [`checkpoint_file`](Self::checkpoint_file).
    pub fn checkpoint_file(&mut self, file: &str) -> &mut Self {
        self.checkpoint_file = Some(file.into());
        self
    }

    /// Explores every execution of `f`.
    ///
    /// # Panics
    ///
    /// With the failing execution if one fails, and if a bound ended the exploration before it was complete, or executions
    /// were chosen at random: see [`sample`](Self::sample).
    pub fn check<F>(&self, f: F)
    where
        F: Fn() + Sync + Send + 'static,
    {
        if let Verdict::Incomplete(bound) = self.sample(f).verdict {
            panic!("exploration incomplete: {bound}");
        }
    }

    /// As [`check`](Self::check), but comes back if nothing was found among the executions that were tried, whether these
    /// are all or not; the report says which. Not in loom.
    ///
    /// ```
    /// let mut builder = loom::model::Builder::new();
    /// builder.explorer = loom::model::Explorer::RandomWalk;
    /// builder.samples = 100;
    /// let report = builder.sample(|| {
    ///     loom::thread::spawn(|| ()).join().unwrap();
    /// });
    /// assert!(!report.verdict.holds());
    /// ```
    ///
    /// # Panics
    ///
    /// With the failing execution and, of a random explorer, the seed.
    pub fn sample<F>(&self, f: F) -> Report
    where
        F: Fn() + Sync + Send + 'static,
    {
        let report = self.run(f, self.leaks.unwrap_or(false));
        if self.log {
            let seconds = report.elapsed.as_secs_f64();
            println!("loom: {} executions and {} blocked in {seconds:.3} s", report.executions, report.blocked);
        }
        match (&report.verdict, report.sampling) {
            (Verdict::Fails(failure), None) => panic!("{failure}"),
            (Verdict::Fails(failure), Some(sampling)) => panic!("{failure}\n{sampling}"),
            _ => report,
        }
    }

    /// Explores every execution of `f`, until one fails or a bound is hit, and says what was found. Not in loom.
    ///
    /// ```
    /// use loom::model::{Builder, FailureKind, Verdict};
    ///
    /// let report = Builder::new().explore(|| assert_eq!(1 + 1, 3));
    /// let Verdict::Fails(failure) = report.verdict else { panic!("not found") };
    /// assert_eq!(failure.kind, FailureKind::Panic);
    /// println!("{failure}");
    /// ```
    ///
    /// # Panics
    ///
    /// If called inside a program that is being explored, or with a replay token that is none.
    pub fn explore<F>(&self, f: F) -> Report
    where
        F: Fn() + Sync + Send + 'static,
    {
        self.run(f, self.leaks.unwrap_or(true))
    }

    fn run<F>(&self, f: F, leaks: bool) -> Report
    where
        F: Fn() + Sync + Send + 'static,
    {
        let mut engine = Engine::new();
        engine.max_threads = self.max_threads;
        engine.max_events = self.max_branches.max(MIN_EVENTS);
        engine.max_executions = self.max_permutations.map(|bound| bound as u64);
        engine.max_duration = self.max_duration;
        engine.model = self.model;
        engine.await_elimination = self.await_elimination;
        engine.spurious_failures = self.spurious_failures;
        engine.leaks = leaks;
        engine.replay.clone_from(&self.replay);
        engine.stack_size = STACK;
        engine.explorer = self.explorer;
        engine.samples = self.samples;
        engine.seed = self.seed;
        engine.explore(f)
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

/// The number in an environment variable.
fn variable<T: FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    match text.parse() {
        Ok(value) => Some(value),
        Err(_) => panic!("`{name}` holds `{text}`, where a number was expected"),
    }
}

/// Explores every execution of `f` with the default settings; see [`Builder::check`].
///
/// # Panics
///
/// As [`Builder::check`].
pub fn model<F>(f: F)
where
    F: Fn() + Sync + Send + 'static,
{
    Builder::new().check(f);
}
