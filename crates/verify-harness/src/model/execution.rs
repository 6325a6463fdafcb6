//! One run of the program, driven by the graph being explored.
//!
//! A run first repeats the graph's events: a thread's operation is answered as soon as the write that it reads, or the
//! thread that it joins, has come up *in this run*, and the value handed out is the one written in this run (addresses
//! change from run to run). Each thread repeats its events without a break as far as that goes. What it does to memory
//! that the engine does not see is as ordered as the events are: without a data race, such accesses depend on each other
//! by happens-before, which is part of what is waited for. Then the run adds events until no thread can go on.
//! Whose turn it is, [`super::turns`] says.

use core::cell::RefCell;
use core::ops::Range;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::awaits::Awaits;
use super::consistency::Model;
use super::exploration::Search;
use super::explorers::{Admission, Sampler};
use super::graph::{BlockReason, Event, EventId, Graph, Kind};
use super::heap::{Heap, Point};
use super::interface::{Answer, Loc, Op, Site, Strength};
use super::objects::{ObjectId, ThreadFact};
use super::orderings::Orderings;
use super::replay::Guide;
use super::report::{Bound, FailureKind};
use super::strand::{Happened, Strand};
use super::turns::Turn;

/// How a run ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// Every thread finished.
    Complete,
    /// Some thread waits; another execution covers what it waits for.
    Blocked,
    /// The graph turned out inconsistent.
    Moot,
    /// The same graph is to be run again: a waiting loop turned out to end by itself.
    Again,
    Failed(FailureKind, String),
    Bound(Bound),
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It happened, with this answer.
    Done(Answer),
    /// Another thread comes first.
    Wait,
    /// The run is over.
    Over,
}

/// Bounds of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) events: usize,
    pub(crate) threads: usize,
}

/// What a run knows of a location.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Binding {
    /// The run in which it was last bound to an object.
    pub(super) run: u64,
    /// Where the object was accessed last.
    pub(super) address: usize,
    /// Where the block of memory around it begins; zero without one.
    pub(super) block: usize,
    /// Whether that block is freed.
    pub(super) freed: bool,
    /// The thread on whose stack it is.
    pub(super) on_stack_of: Option<usize>,
    /// Whether nobody made an object there.
    pub(super) uninit: bool,
}

/// A run in progress, and the search it belongs to.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) search: Search,
    pub(crate) limits: Limits,
    pub(crate) await_elimination: bool,
    /// Whether a weak compare-exchange may fail spuriously.
    pub(crate) spurious_failures: bool,
    /// Whether waiting in a loop for ever is a failure.
    pub(crate) liveness: bool,
    /// Where the stacks of this run's threads are, each with the thread that had it last, and what lies between the lowest and
    /// the highest address of any run's.
    stacks: Vec<(Range<usize>, usize)>,
    around_stacks: Range<usize>,
    /// Whether this run has accessed an object on a stack.
    pub(super) has_objects_on_stacks: bool,
    /// Whether memory from the global allocator that is not freed is a failure.
    pub(crate) leaks: bool,
    /// The number of a block that the run may have leaked.
    pub(crate) suspected_leak: Option<u32>,
    /// Where the run freed memory that others may yet access, as far as is known.
    pub(super) unordered_frees: Vec<Point>,
    /// The thread that fails and the other events that the failure is about; none if it is about the whole execution.
    pub(super) failing: Option<usize>,
    pub(super) involved: RefCell<Vec<EventId>>,
    /// Whether the search is explored in parts, by several workers.
    pub(crate) in_parts: bool,
    /// Whether this run has no recorded events to repeat.
    pub(super) is_first: bool,
    /// Something turned up that cannot be explored in parts.
    pub(crate) needs_one_worker: bool,
    /// What operations are given instead of the orderings that they ask for.
    pub(crate) orderings: Option<Box<Orderings>>,
    /// Names a call site in messages.
    pub(crate) name_site: fn(Site) -> String,
    pub(super) awaits: Awaits,
    /// The memory of the program.
    pub(crate) heap: Rc<Heap>,
    /// Whether to note where blocks are allocated and freed.
    pub(crate) captures: bool,
    /// The execution to follow instead of exploring.
    pub(crate) guide: Option<Guide>,
    /// What chooses a random execution instead of exploring.
    pub(crate) sampler: Option<Box<Sampler>>,
    pub(crate) end: Option<End>,
    /// The number of this run, unique in the process.
    pub(super) run: u64,
    /// The threads of this run.
    pub(super) strands: Vec<Strand>,
    /// How many of their events have happened in this run.
    pub(super) happened: Happened,
    /// How many recorded events have yet to happen in this run.
    pub(super) left: usize,
    /// The thread that was the last to come to its turn while recorded events were repeated.
    pub(super) repeating: usize,
    /// The event at which this run's choice was made: the last one in the graph's order, without what follows it at once.
    pub(super) chosen: EventId,
    pub(super) chosen_stamp: u32,
    /// The thread that may add the next event although it did not add the last.
    pub(super) picked: Option<usize>,
    /// A waiting thread that is to add its read although it cannot write.
    pub(super) forced: Option<usize>,
    /// How many threads this run has, the first included.
    pub(super) alive: usize,
    /// Thread numbers by parent and how many it started before; the same in every run.
    pub(super) thread_numbers: Vec<Vec<usize>>,
    /// The number of the next thread that no run has started yet.
    pub(super) next_thread: usize,
    /// Location numbers by making thread and how many it made before; the same in every run.
    pub(super) loc_numbers: Vec<Vec<Loc>>,
    /// Locations that belong to something whether or not it has events.
    pub(super) reserved: FxHashSet<Loc>,
    /// All locations below belong to something in this run.
    pub(super) taken: u32,
    /// Locations of threads themselves.
    pub(super) thread_facts: FxHashMap<(usize, ThreadFact), Loc>,
    pub(super) next_loc: u32,
    pub(super) bindings: Vec<Binding>,
    /// Values written while an abandoned run is torn down.
    pub(super) aftermath: FxHashMap<Loc, u64>,
}

impl Execution {
    pub(crate) fn new(model: Model, limits: Limits, await_elimination: bool, name_site: fn(Site) -> String) -> Self {
        Self {
            search: Search::new(model),
            limits,
            await_elimination,
            spurious_failures: false,
            liveness: true,
            stacks: Vec::new(),
            around_stacks: 0..0,
            has_objects_on_stacks: false,
            leaks: true,
            suspected_leak: None,
            unordered_frees: Vec::new(),
            failing: None,
            involved: RefCell::default(),
            in_parts: false,
            is_first: true,
            needs_one_worker: false,
            orderings: None,
            name_site,
            awaits: Awaits::default(),
            heap: Rc::default(),
            captures: false,
            guide: None,
            sampler: None,
            end: None,
            run: 0,
            strands: Vec::new(),
            happened: Happened::default(),
            left: 0,
            repeating: 0,
            chosen: EventId::INIT,
            chosen_stamp: 0,
            picked: None,
            forced: None,
            alive: 0,
            thread_numbers: Vec::new(),
            next_thread: 1,
            loc_numbers: Vec::new(),
            reserved: FxHashSet::default(),
            taken: 0,
            thread_facts: FxHashMap::default(),
            next_loc: 0,
            bindings: Vec::new(),
            aftermath: FxHashMap::default(),
        }
    }

    /// Starts a run of the current graph.
    pub(crate) fn begin(&mut self, run: u64) {
        self.run = run;
        self.end = None;
        self.taken = 0;
        self.suspected_leak = None;
        self.unordered_frees.clear();
        self.failing = None;
        self.stacks.clear();
        self.has_objects_on_stacks = false;
        self.involved.borrow_mut().clear();
        self.picked = None;
        self.forced = None;
        self.strands.iter_mut().for_each(Strand::reset);
        self.happened.clear();
        self.alive = 1;
        self.aftermath.clear();
        self.awaits.begin();
        self.ensure_thread(0);
        self.strands[0].exists = true;
        self.is_first = self.graph().order.is_empty();
        if self.is_first {
            self.search.add(0, Event::new(Kind::Start, Strength::Plain, None, Site::UNKNOWN));
        }
        let graph = &self.search.current.graph;
        self.left = graph.order.len();
        // The first thread comes first.
        self.repeating = 1;
        self.chosen = graph.order.last().copied().unwrap_or(EventId::INIT);
        if super::rerun::follows_at_once(graph.event(self.chosen)) {
            self.chosen.index -= 1;
        }
        self.chosen_stamp = self.graph().event(self.chosen).stamp;
        self.repeat(0, 1);
    }

    /// Notes where the stack of `thread` is.
    pub(super) fn note_stack(&mut self, thread: usize, frames: Range<usize>) {
        // It may have been the stack of a thread that has ended.
        if let Some((_, owner)) = self.stacks.iter_mut().find(|(known, _)| known.start == frames.start) {
            *owner = thread;
            return;
        }
        let around = &mut self.around_stacks;
        let lowest = if around.end == 0 { frames.start } else { around.start.min(frames.start) };
        *around = lowest..around.end.max(frames.end);
        self.stacks.push((frames, thread));
    }

    /// The thread on whose stack `address` is.
    #[inline]
    pub(crate) fn owner_of_stack(&self, address: usize) -> Option<usize> {
        if !self.around_stacks.contains(&address) {
            return None;
        }
        self.stacks.iter().find(|(stack, _)| stack.contains(&address)).map(|(_, owner)| *owner)
    }

    pub(crate) fn graph(&self) -> &Graph {
        self.search.graph()
    }

    pub(super) fn ensure_thread(&mut self, thread: usize) {
        if self.strands.len() <= thread {
            self.strands.resize(thread + 1, Strand::NEW);
            self.happened.ensure(thread + 1);
        }
    }

    /// Counts `events` new events of `thread` as having happened.
    pub(super) fn did(&mut self, thread: usize, events: usize) {
        self.happened.add(thread, events);
    }

    pub(crate) fn fail(&mut self, kind: FailureKind, message: String) {
        if self.end.is_none() {
            self.end = Some(End::Failed(kind, message));
        }
    }

    /// Performs `op` of `thread` on `target`, an object and its value before any write, if its turn has come.
    #[inline(never)]
    pub(crate) fn step(&mut self, thread: usize, target: Option<(&ObjectId, u64)>, op: &mut Op, site: Site) -> Step {
        if let Some(orderings) = &mut self.orderings {
            orderings.apply(op, site);
        }
        if self.left > 0 && self.end.is_none() {
            return self.replay(thread, target, op, site);
        }
        self.go_on(thread, target, op, site)
    }

    /// Performs `op` of `thread` after all recorded events, if its turn has come.
    #[inline(never)]
    fn go_on(&mut self, thread: usize, target: Option<(&ObjectId, u64)>, op: &mut Op, site: Site) -> Step {
        if self.is_probing(thread) {
            self.locate_target(thread, target, op);
            return match self.probe(thread, *op, site) {
                Some(answer) => Step::Done(answer),
                None if self.end.is_some() => Step::Over,
                None => Step::Wait,
            };
        }
        let answer = match self.turn(thread) {
            Turn::Over => return Step::Over,
            Turn::Wait => return Step::Wait,
            Turn::New => {
                self.locate_target(thread, target, op);
                self.act(thread, op, site)
            }
        };
        match answer {
            Some(answer) => Step::Done(answer),
            None if self.end.is_some() => Step::Over,
            None => Step::Wait,
        }
    }

    /// Counts the run, which is over, for what is known of the sizes of parts of the search.
    pub(crate) fn count(&mut self) {
        match self.end {
            Some(End::Complete) => self.search.outlook.count(true),
            Some(End::Blocked | End::Moot) | None => self.search.outlook.count(false),
            // It counts when it is run again; or the search ends, or goes on in search of something else.
            Some(End::Again | End::Failed(..) | End::Bound(_)) => {}
        }
    }

    /// Gives `op` the location of its target.
    #[inline]
    pub(crate) fn locate_target(&mut self, thread: usize, target: Option<(&ObjectId, u64)>, op: &mut Op) {
        if let Some((object, initial)) = target {
            op.relocate(self.locate(thread, object, initial));
        }
    }

    /// Ends the run with a failure of `thread` at its last event, and of the events noted as involved.
    pub(crate) fn fail_in(&mut self, thread: usize, kind: FailureKind, message: String) {
        if self.end.is_none() {
            self.failing = Some(thread);
            self.fail(kind, message);
        }
    }

    /// Performs `op` as a new event of `thread`. Without an answer, the thread has to wait.
    #[inline(never)]
    fn act(&mut self, thread: usize, op: &Op, site: Site) -> Option<Answer> {
        if self.graph().order.len() >= self.limits.events || self.happened.of(thread) >= usize::from(u16::MAX) - 4 {
            self.end = Some(End::Bound(Bound::Events(self.limits.events)));
            return None;
        }
        self.search.guided = self.guided_step().map(|step| step.choice);
        if self.sampler.is_some() {
            self.strands[thread].pending = Some(*op);
        }
        match self.admit(thread, op, site) {
            Admission::Perform => {}
            Admission::Wait => return None,
            Admission::Skip => return Some(Answer { value: 0, wrote: false }),
        }
        if self.search.guided.is_some() {
            self.forced = Some(thread);
        }
        if self.forced.take() != Some(thread) && !self.can_happen(op) {
            self.strands[thread].pending = Some(*op);
            return None;
        }
        self.strands[thread].pending = None;
        self.picked = None;
        let before = self.graph().order.len();
        let first = EventId::new(thread, self.happened.of(thread));
        let model = self.search.model;
        let mut answer = Answer { value: 0, wrote: false };
        let mut frees = None;
        match *op {
            Op::Load { loc, strength } => {
                self.search.add_read(thread, loc, strength, None, site);
                answer.value = self.graph().value_of(loc, self.graph().event(first).reads_from);
            }
            Op::Store { loc, strength, value } => {
                self.search.add_write(thread, loc, strength, value, site);
            }
            Op::Rmw { loc, strength, update, waits } => {
                if !self.search.add_read(thread, loc, strength, Some((update, waits)), site) {
                    self.end = Some(End::Moot);
                }
                answer.wrote = self.graph().event(first).rmw;
                answer.value = self.graph().value_of(loc, self.graph().event(first).reads_from);
            }
            Op::Fence { strength } => {
                let mut event = Event::new(Kind::Fence, strength, None, site);
                event.strength = model.strength(strength);
                self.search.add(thread, event);
            }
            Op::PlainRead { loc } => self.plain(thread, Kind::PlainRead, loc, site),
            Op::PlainWrite { loc } => self.plain(thread, Kind::PlainWrite, loc, site),
            Op::Free { loc } => {
                self.plain(thread, Kind::Free, loc, site);
                frees = Some(loc);
            }
            Op::Spawn => {
                let child = self.child_of(thread)?;
                let kind = Kind::Spawn { child: child as u16 };
                self.search.add(thread, Event::new(kind, Strength::Plain, None, site));
                answer.value = child as u64;
            }
            Op::Join { thread: child } => {
                let kind = Kind::Join { child: child as u16 };
                self.search.add(thread, Event::new(kind, Strength::Plain, None, site));
            }
            Op::Choose { count } => {
                let choice = self.search.add_choice(thread, count, site);
                answer.value = self.graph().event(choice).value;
            }
            Op::Refuse => {
                self.search.add(thread, Event::new(Kind::Spin, Strength::Plain, None, site));
                let kind = Kind::Block(BlockReason::Assumption);
                self.search.add(thread, Event::new(kind, Strength::Plain, None, site));
            }
            Op::Spin => self.spin(thread, site),
            Op::Finish => {
                self.search.add(thread, Event::new(Kind::Finish, Strength::Plain, None, site));
                self.check_frames(first);
            }
        }
        self.did(thread, self.graph().order.len() - before);
        self.check_access(first);
        if let Some(loc) = frees {
            self.mark_freed(thread, loc);
        }
        self.sampled(first);
        let stopped = matches!(self.graph().last_of(thread).map(|event| event.kind), Some(Kind::Block(_)));
        (self.end.is_none() && !stopped).then_some(answer)
    }

    fn plain(&mut self, thread: usize, kind: Kind, loc: Loc, site: Site) {
        self.search.add(thread, Event::new(kind, Strength::Plain, Some(loc), site));
    }
}

impl Site {
    /// The site of events that stand nowhere in the program's text.
    pub(crate) const UNKNOWN: Self = Self(0);
}

impl Default for Site {
    fn default() -> Self {
        Self::UNKNOWN
    }
}
