//! One exploration by several OS threads.
//!
//! A frame of the search, a graph and the choices left on it, is a problem of its own. Each worker explores frames as a
//! search with one worker does; when another has nothing to do, it gives away the frame that it would explore last, or
//! the older half of the choices of its only frame. With a frame go the numbers that threads and locations have, since
//! its graph is written in them. Which worker explores what depends on timing; that every graph is explored once, and so
//! the number of executions, does not.
//!
//! Workers only ever find that everything holds, or that a bound on the whole exploration is hit. If one meets a failing
//! execution, or something that cannot be explored in parts, all of them stop and the exploration starts over with one
//! worker: what it then reports is what it reports without this module.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::builder::Builder;
use super::execution::{End, Execution};
use super::exploration::Frame;
use super::numbers::Numbers;
use super::outlook::Amount;
use super::progress::{self, Progress, Ticker};
use super::report::{Bound, Report, Verdict};
use super::resources::Demands;
use super::runtime::{Program, Runtime};
use super::unordered_frees::EarlierFrees;

/// Names the environment variable that holds the default number of workers.
const WORKERS: &str = "SELVEDGE_WORKERS";

/// The default number of workers.
///
/// # Panics
///
/// If the environment says something that is no number.
pub(super) fn from_environment() -> usize {
    let Ok(text) = std::env::var(WORKERS) else { return 1 };
    match text.parse() {
        Ok(workers) => workers,
        Err(error) => {
            panic!("{WORKERS}={text}: {error}, expected the number of threads that explore, or 0 for all cores")
        }
    }
}

/// A part of the search.
enum Task {
    /// All of it.
    Whole,
    Part(Box<(Frame, Arc<Numbers>)>),
}

/// Why all workers stop before everything is explored.
#[derive(Clone, Copy, Debug)]
enum Stop {
    /// One worker has to do it all.
    OneWorker,
    /// The exploration starts over and models more.
    Demands(Demands),
    Bound(Bound),
}

/// What workers know of each other.
#[derive(Default)]
struct Desk {
    tasks: Vec<Task>,
    /// Workers that explore, and workers that wait for a task.
    busy: usize,
    idle: usize,
    stop: Option<Stop>,
}

struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
    /// How many waiting workers have no task coming.
    hungry: AtomicUsize,
    stopped: AtomicBool,
    /// Executions so far, blocked ones included, if their number is bounded: all workers write it.
    explored: AtomicU64,
    /// What each worker last said of itself.
    shares: Mutex<Vec<Share>>,
    #[cfg(debug_assertions)]
    seen: Mutex<super::fingerprint::Seen>,
}

/// What one worker explored, and how much of the search it expects there to be in what it had and has.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    executions: u64,
    blocked: u64,
    max_depth: usize,
    done: Amount,
    expected: Amount,
}

impl Share {
    fn explored(&self) -> u64 {
        self.executions + self.blocked
    }

    /// What all of `shares` are together.
    fn sum<'a>(shares: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        for share in shares {
            sum.executions += share.executions;
            sum.blocked += share.blocked;
            sum.max_depth = sum.max_depth.max(share.max_depth);
            sum.done.add(share.done);
            sum.expected.add(share.expected);
        }
        sum
    }
}

/// Explores `program` with the builder's workers; `None` if one worker has to do it.
pub(super) fn explore(
    builder: &Builder,
    granted: Demands,
    program: &Program,
    started: Instant,
) -> Option<Result<Report, Demands>> {
    let workers = match builder.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => workers,
    };
    if workers == 1 {
        return None;
    }
    let shared = Shared {
        desk: Mutex::new(Desk { tasks: vec![Task::Whole], ..Desk::default() }),
        changed: Condvar::new(),
        hungry: AtomicUsize::new(0),
        stopped: AtomicBool::new(false),
        explored: AtomicU64::new(0),
        shares: Mutex::new(vec![Share::default(); workers]),
        #[cfg(debug_assertions)]
        seen: Mutex::default(),
    };
    let work = |number| Worker { number, shared: &shared, builder, program, started }.explore(granted);
    let work = &work;
    let shares = std::thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|number| scope.spawn(move || work(number))).collect();
        let mut shares = vec![work(0)];
        for other in others {
            shares.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        shares
    });
    let stop = shared.desk().stop;
    let verdict = match stop {
        None => Verdict::Holds,
        Some(Stop::Bound(bound)) => Verdict::Incomplete(bound),
        Some(Stop::Demands(demands)) => return Some(Err(demands)),
        Some(Stop::OneWorker) => return None,
    };
    let sum = Share::sum(&shares);
    Some(Ok(Report {
        sampling: None,
        estimated_executions: Some(sum.expected.executions),
        executions: sum.executions,
        blocked: sum.blocked,
        max_depth: sum.max_depth,
        elapsed: started.elapsed(),
        verdict,
    }))
}

impl Shared {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; none if there will be no more.
    fn next(&self) -> Option<Task> {
        let mut desk = self.desk();
        desk.idle += 1;
        loop {
            let task = if desk.stop.is_some() { None } else { desk.tasks.pop() };
            if task.is_some() || desk.stop.is_some() || desk.busy == 0 {
                desk.idle -= 1;
                desk.busy += usize::from(task.is_some());
                self.note_hunger(&desk);
                if task.is_none() {
                    self.changed.notify_all();
                }
                return task;
            }
            self.note_hunger(&desk);
            desk = self.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Puts `tasks` on the desk, the largest first, which are taken last.
    fn give(&self, tasks: impl Iterator<Item = Task>) {
        let mut desk = self.desk();
        let before = desk.tasks.len();
        desk.tasks.extend(tasks);
        self.note_hunger(&desk);
        if desk.tasks.len() == before + 1 { self.changed.notify_one() } else { self.changed.notify_all() }
    }

    fn note_hunger(&self, desk: &Desk) {
        self.hungry.store(desk.idle.saturating_sub(desk.tasks.len()), Ordering::Relaxed);
    }

    /// Ends the exploration, for the weightiest of the reasons given.
    fn stop(&self, stop: Stop) {
        let mut desk = self.desk();
        desk.stop = Some(match (desk.stop, stop) {
            (Some(Stop::OneWorker), _) | (_, Stop::OneWorker) => Stop::OneWorker,
            (Some(Stop::Demands(one)), Stop::Demands(other)) => Stop::Demands(one.or(other)),
            (Some(Stop::Demands(demands)), _) | (_, Stop::Demands(demands)) => Stop::Demands(demands),
            (_, stop) => stop,
        });
        self.stopped.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }
}

/// Counts a worker as busy until it is dropped; if that is by a panic, the others stop.
struct Busy<'a>(&'a Shared);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop(Stop::OneWorker);
        }
        self.0.desk().busy -= 1;
        self.0.changed.notify_all();
    }
}

struct Worker<'a> {
    number: usize,
    shared: &'a Shared,
    builder: &'a Builder,
    program: &'a Program,
    started: Instant,
}

impl Worker<'_> {
    /// Explores tasks until none are left.
    fn explore(&self, granted: Demands) -> Share {
        let mut execution = self.builder.execution(None);
        execution.in_parts = true;
        let runtime = Runtime::new(execution, self.builder.stacks(), granted);
        let mut earlier_frees = EarlierFrees::new(self.builder, self.program, granted);
        let mut share = Share::default();
        let mut progress = Ticker::new(self.builder.progress != Progress::Off);
        while let Some(task) = self.shared.next() {
            let _busy = Busy(self.shared);
            let mut ready = match task {
                Task::Whole => true,
                Task::Part(part) => {
                    let (frame, numbers) = *part;
                    let mut execution = runtime.execution.borrow_mut();
                    execution.adopt(Arc::unwrap_or_clone(numbers));
                    execution.search.adopt(frame);
                    execution.search.advance()
                }
            };
            while ready && !self.shared.stopped.load(Ordering::Relaxed) {
                if let Some(bound) = self.bound(&share) {
                    self.shared.stop(Stop::Bound(bound));
                    break;
                }
                if progress.is_due(|| self.started.elapsed()) {
                    self.say_progress(&runtime.execution.borrow(), &share);
                }
                runtime.run(self.program);
                match self.conclude(&runtime, &mut share, &mut earlier_frees) {
                    Ok(again) => ready = again || self.advance(&mut runtime.execution.borrow_mut()),
                    Err(stop) => self.shared.stop(stop),
                }
            }
        }
        let search = &runtime.execution.borrow().search;
        (share.done, share.expected) = (search.outlook.done(), search.expected_size());
        // A bound may have come before all parts were taken.
        let parts = core::mem::take(&mut self.shared.desk().tasks);
        for part in parts {
            if let Task::Part(part) = part {
                share.expected.add(search.outlook.expected(&part.0));
            }
        }
        share
    }

    /// Notes how far this worker is; the first one says how far all of them are.
    fn say_progress(&self, execution: &Execution, share: &Share) {
        let mut shares = self.shared.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let (done, expected) = (execution.search.outlook.done(), execution.search.expected_size());
        shares[self.number] = Share { done, expected, ..*share };
        if self.number == 0 {
            let sum = Share::sum(shares.iter());
            eprintln!("{}", progress::line(sum.blocked, self.started.elapsed(), sum.done, sum.expected));
        }
    }

    /// The bound that the exploration as a whole has hit.
    fn bound(&self, share: &Share) -> Option<Bound> {
        let bounded = self.builder.max_executions.is_some();
        let explored = if bounded { self.shared.explored.load(Ordering::Relaxed) } else { share.explored() };
        self.builder.bound_hit(explored, self.started)
    }

    /// Counts the run that just ended; true if the same graph is to be run again.
    fn conclude(
        &self,
        runtime: &Runtime,
        share: &mut Share,
        earlier_frees: &mut EarlierFrees<'_>,
    ) -> Result<bool, Stop> {
        let demanded = runtime.resources.demanded.get();
        let mut execution = runtime.execution.borrow_mut();
        if execution.needs_one_worker {
            return Err(Stop::OneWorker);
        }
        if demanded != Demands::default() {
            return Err(Stop::Demands(demanded));
        }
        share.max_depth = share.max_depth.max(execution.graph().order.len());
        let end = execution.end.take();
        if matches!(end, Some(End::Complete | End::Blocked)) && earlier_frees.failing(&execution).is_some() {
            return Err(Stop::OneWorker);
        }
        match end {
            // Whether it is one is found by running the execution once more, alone.
            Some(End::Complete) if execution.suspected_leak.is_some() => return Err(Stop::OneWorker),
            Some(End::Complete) => {
                share.executions += 1;
                #[cfg(debug_assertions)]
                self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).visit(execution.graph());
            }
            Some(End::Blocked) => share.blocked += 1,
            Some(End::Moot) | None => return Ok(false),
            Some(End::Again) => return Ok(true),
            // What fails first, or whether a bound on single executions is hit before, is for one worker to find.
            Some(_) => return Err(Stop::OneWorker),
        }
        if self.builder.max_executions.is_some() {
            self.shared.explored.fetch_add(1, Ordering::Relaxed);
        }
        Ok(false)
    }

    /// Turns to the next graph, and gives a part of what is left to a worker that waits.
    fn advance(&self, execution: &mut Execution) -> bool {
        if self.shared.hungry.load(Ordering::Relaxed) > 0 {
            let frames = execution.search.split();
            if !frames.is_empty() {
                let numbers = Arc::new(execution.numbers());
                let part = |frame| Task::Part(Box::new((frame, Arc::clone(&numbers))));
                self.shared.give(frames.into_iter().map(part));
            }
        }
        execution.search.advance()
    }
}

impl core::fmt::Debug for Shared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Shared").field("explored", &self.explored).finish_non_exhaustive()
    }
}
