//! The choices of one random execution after another.
//!
//! Threads run until their next access of shared memory, which is known before it is decided whose comes next; what
//! other threads cannot see happens at once.
//!
//! A waiting loop could fill an execution with iterations that differ in nothing. After one that read something and changed
//! nothing, its thread sleeps until another thread changes something. If all threads sleep, each gets one iteration that
//! reads the newest values; when none of these leads on, the loops never end.

use super::super::execution::Execution;
use super::super::graph::{EventId, Kind};
use super::super::interface::{Op, Site};
use super::schedule::{Schedule, Step};
use super::{Explorer, walk};
use crate::random::Random;

/// What becomes of an operation that a thread is about to perform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It happens now.
    Perform,
    /// Its thread has to wait.
    Wait,
    /// It is over without an event.
    Skip,
}

/// A thread whose loop waits for a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Waiting {
    #[default]
    No,
    /// Nothing that it reads has changed.
    Asleep,
    /// Nor would it go on if it read the newest values.
    InVain,
    /// It is to run again.
    Awake,
}

/// Chooses random executions.
#[derive(Debug)]
pub(crate) struct Sampler {
    seed: u64,
    random: Random,
    schedule: Box<dyn Schedule>,
    /// Whether accesses take any choice that the memory model allows; otherwise the newest.
    weak: bool,
    /// Per thread: whether it waits in a loop.
    waiting: Vec<Waiting>,
    /// The thread that reads the newest values since nobody else can go on.
    settling: Option<usize>,
    /// Whether the loops that wait have been found to wait for ever.
    hopeless: bool,
    steps: Vec<Step>,
}

impl Sampler {
    /// The sampler of `explorer`; `None` if that is not a random one.
    pub(super) fn new(explorer: Explorer, seed: u64) -> Option<Self> {
        let (schedule, weak): (Box<dyn Schedule>, bool) = match explorer {
            Explorer::Exhaustive => return None,
            Explorer::Random => (Box::new(super::uniform::Uniform), false),
            Explorer::RandomWalk => (Box::new(super::uniform::Uniform), true),
            Explorer::Pct { depth } => (Box::new(super::pct::Pct::new(depth)), false),
            Explorer::Pos => (Box::new(super::pos::Pos::default()), false),
            Explorer::Surw => (Box::new(super::surw::Surw::default()), false),
        };
        Some(Self {
            seed,
            random: Random::new(seed),
            schedule,
            weak,
            waiting: Vec::new(),
            settling: None,
            hopeless: false,
            steps: Vec::new(),
        })
    }

    /// Begins execution `number`.
    pub(super) fn begin(&mut self, number: u64) {
        // A generator of its own: an execution does not depend on how many numbers those before it took. Mixed, so that
        // neighbouring seeds share no executions.
        let base = Random::new(self.seed).next_u64();
        self.random = Random::new(Random::new(base.wrapping_add(number)).next_u64());
        self.waiting.clear();
        self.settling = None;
        self.hopeless = false;
        self.schedule.begin(&mut self.random);
    }

    /// Learns from the execution that has ended.
    pub(super) fn end(&mut self, execution: &Execution) {
        self.schedule.end(execution.graph());
    }

    fn ensure_thread(&mut self, thread: usize) {
        if self.waiting.len() <= thread {
            self.waiting.resize(thread + 1, Waiting::No);
        }
    }

    /// Decides about `op` of `thread`, which is recorded as pending.
    fn admit(&mut self, execution: &mut Execution, thread: usize, op: Op, site: Site) -> Admission {
        self.ensure_thread(thread);
        execution.search.guided = Some(walk::NEWEST);
        if Step::of(thread, &op).is_some() {
            if execution.picked.is_none() {
                execution.picked = self.next(execution);
            }
            if execution.picked != Some(thread) {
                return Admission::Wait;
            }
            if self.weak && self.settling != Some(thread) && execution.can_go_on(thread) {
                execution.search.guided = Some(walk::choose(execution, thread, op, site, &mut self.random));
            }
            return Admission::Perform;
        }
        match op {
            Op::Spin => self.spin(execution, thread, site),
            Op::Choose { count } => {
                execution.search.guided = Some(self.random.below(count.into()) as u32);
                Admission::Perform
            }
            Op::Join { .. } if !execution.can_go_on(thread) => {
                execution.picked = None;
                Admission::Wait
            }
            _ => Admission::Perform,
        }
    }

    /// Decides about the end of an iteration of a waiting loop.
    fn spin(&mut self, execution: &mut Execution, thread: usize, site: Site) -> Admission {
        if self.waiting[thread] == Waiting::Awake {
            self.waiting[thread] = Waiting::No;
            execution.picked = None;
            execution.strands[thread].pending = None;
            return Admission::Skip;
        }
        let fruitless = execution.fruitless_iteration(thread, site).filter(|_| execution.is_endless(thread, site));
        match fruitless {
            // The mark is added, and the thread stops.
            Some(_) if self.hopeless => Admission::Perform,
            Some(_) => {
                execution.mark_iteration(thread, site);
                let settled = self.settling.take() == Some(thread);
                self.waiting[thread] = if settled { Waiting::InVain } else { Waiting::Asleep };
                execution.picked = None;
                Admission::Wait
            }
            None => {
                self.schedule.yields(thread);
                Admission::Perform
            }
        }
    }

    /// The thread to go on, if one can.
    fn next(&mut self, execution: &mut Execution) -> Option<usize> {
        let threads = execution.strands.len();
        self.ensure_thread(threads);
        self.steps.clear();
        for thread in (0..threads).filter(|thread| execution.exists(*thread)) {
            if execution.is_stopped(thread) {
                continue;
            }
            let Some(op) = &execution.strands[thread].pending else { return Some(thread) };
            match Step::of(thread, op) {
                Some(step) if execution.can_go_on(thread) => self.steps.push(step),
                Some(_) => {}
                None if self.waiting[thread] == Waiting::Awake => return Some(thread),
                None if self.waiting[thread] == Waiting::No && execution.can_go_on(thread) => return Some(thread),
                None => {}
            }
        }
        if !self.steps.is_empty() {
            let thread = self.steps[self.schedule.pick(&self.steps, &mut self.random)].thread;
            if self.settling != Some(thread) {
                self.settling = None;
            }
            return Some(thread);
        }
        let waits = |state: Waiting| self.waiting.iter().position(|waiting| *waiting == state);
        if let Some(thread) = waits(Waiting::Asleep).or_else(|| waits(Waiting::InVain)) {
            self.hopeless = self.waiting[thread] == Waiting::InVain;
            self.settling = Some(thread);
            self.waiting[thread] = Waiting::Awake;
            return Some(thread);
        }
        let locked = |thread: &usize| !execution.is_stopped(*thread) && execution.waits_for_value(*thread);
        execution.forced = (0..threads).find(locked);
        execution.forced
    }

    /// Notes that `write` happened: those that wait for a change look again.
    fn changed(&mut self) {
        self.settling = None;
        self.hopeless = false;
        for waiting in &mut self.waiting {
            if matches!(waiting, Waiting::Asleep | Waiting::InVain) {
                *waiting = Waiting::Awake;
            }
        }
    }
}

impl Execution {
    /// In a random execution: the thread to run next.
    pub(crate) fn sample_thread(&mut self) -> Option<usize> {
        if self.picked.is_none() {
            self.picked = self.with_sampler(None, Sampler::next);
        }
        self.picked
    }

    /// In a random execution, decides about `op` of `thread`; otherwise it happens.
    pub(crate) fn admit(&mut self, thread: usize, op: &Op, site: Site) -> Admission {
        self.with_sampler(Admission::Perform, |sampler, execution| sampler.admit(execution, thread, *op, site))
    }

    /// In a random execution, notes that the events from `first` on happened.
    pub(crate) fn sampled(&mut self, first: EventId) {
        if self.sampler.is_none() {
            return;
        }
        let writes = |index: usize| {
            let id = EventId { thread: first.thread, index: index as u16 };
            self.graph().event(id).kind == Kind::Write && self.changes_something(id)
        };
        if (first.index()..self.graph().len_of(first.thread())).any(writes) {
            self.with_sampler((), |sampler, _| sampler.changed());
        }
    }

    /// Calls `f` with the sampler, if there is one.
    fn with_sampler<R>(&mut self, without: R, f: impl FnOnce(&mut Sampler, &mut Self) -> R) -> R {
        let Some(mut sampler) = self.sampler.take() else { return without };
        let result = f(&mut sampler, self);
        self.sampler = Some(sampler);
        result
    }
}
