//! Model threads as coroutines, and the loop that runs a program once for each graph.
//!
//! Each model thread of an exploration is a coroutine on a stack of its own from a pool. One of them runs at a time; a thread
//! gives up control only where its next operation has to wait for another thread's.
//!
//! When a run ends before its threads do and nothing is wrong with it, they are led to their ends if that is possible (see
//! [`super::drain`]), and unwound from their pending operations otherwise, so that their values are dropped; operations that
//! destructors then perform act on the latest values and add nothing to the graph. After a failure, and where a bound cuts a run
//! short, values may be in any state: threads are left where they are, and their memory is lost.

use core::cell::{Cell, RefCell};
use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

use super::calls::{self, Entered};
use super::coroutine::{Coroutine, Paused, Stacks, Suspender};
use super::execution::{End, Execution, Step};
use super::heap::Tracked;
use super::interface::{Answer, Loc, Op, Site};
use super::objects::ObjectId;
use super::report::FailureKind;
use super::resources::{Demands, Resources};

/// What is explored.
pub(crate) type Program = Arc<dyn Fn() + Send + Sync>;

pub(super) type Body = Box<dyn FnOnce()>;

/// The payload that unwinds the threads of an abandoned run.
struct Abandoned;

/// Operations of destructors in an abandoned run before the process gives up: one of them must be waiting.
const AFTERMATH_LIMIT: u32 = 10_000_000;

/// One more than the greatest number that a run of this process was given; zero is no run's number.
static RUNS: AtomicU64 = AtomicU64::new(1);

/// A model thread.
#[derive(Default)]
pub(super) enum Thread {
    /// Not started yet.
    Waiting(Body),
    Running(Coroutine),
    #[default]
    Done,
}

/// The model threads of the run in progress.
pub(crate) struct Runtime {
    pub(crate) execution: RefCell<Execution>,
    pub(super) threads: RefCell<Vec<Thread>>,
    /// The number of the thread that runs now.
    pub(crate) current: Cell<usize>,
    /// The coroutine side of the thread that runs now, if one has run.
    suspender: Cell<Option<Suspender>>,
    stacks: RefCell<Stacks>,
    /// Set when the thread that runs now has been told to unwind.
    pub(super) unwinding: Cell<bool>,
    aftermath: Cell<u32>,
    /// Whether the threads of a blocked run are led to their ends, and how many operations they did there.
    pub(super) draining: Cell<bool>,
    pub(super) drained: Cell<u32>,
    /// Whether the thread that is led on has ended an iteration of a waiting loop since its turn came.
    pub(super) spun: Cell<bool>,
    pub(super) idle_spins: Cell<u32>,
    /// Numbers for the next runs.
    numbers: RefCell<Range<u64>>,
    pub(crate) resources: Resources,
}

impl Runtime {
    pub(crate) fn new(execution: Execution, stacks: Stacks, granted: Demands) -> Self {
        Self {
            execution: RefCell::new(execution),
            threads: RefCell::new(Vec::new()),
            current: Cell::new(0),
            suspender: Cell::new(None),
            stacks: RefCell::new(stacks),
            unwinding: Cell::new(false),
            aftermath: Cell::new(0),
            draining: Cell::new(false),
            drained: Cell::new(0),
            spun: Cell::new(false),
            idle_spins: Cell::new(0),
            numbers: RefCell::new(0..0),
            resources: Resources::new(granted),
        }
    }

    /// Runs `program` once, along the current graph and beyond it.
    pub(crate) fn run(&self, program: &Program) {
        let run = self.next_number();
        self.execution.borrow_mut().begin(run);
        self.idle_spins.set(0);
        self.threads.borrow_mut().clear();
        let program = Arc::clone(program);
        self.threads.borrow_mut().push(Thread::Waiting(Box::new(move || program())));
        let heap = Rc::clone(&self.execution.borrow().heap);
        heap.clear();
        heap.captures.set(self.execution.borrow().captures);
        let entered = Entered::new(self, &heap);
        loop {
            let next = self.execution.borrow_mut().next_thread();
            let Some(thread) = next else { break };
            self.resume(thread);
        }
        self.execution.borrow_mut().conclude();
        self.tear_down();
        self.release_resources();
        self.execution.borrow_mut().count();
        drop(entered);
    }

    /// A number for a run. Workers take many at once, so as not to meet at each run.
    fn next_number(&self) -> u64 {
        let mut numbers = self.numbers.borrow_mut();
        numbers.next().unwrap_or_else(|| {
            let count = if self.execution.borrow().in_parts { 1 << 10 } else { 1 };
            let first = RUNS.fetch_add(count, Ordering::Relaxed);
            *numbers = first + 1..first + count;
            first
        })
    }

    /// Lets `thread` run until its next operation has to wait.
    #[inline]
    pub(super) fn resume(&self, thread: usize) {
        let state = core::mem::take(&mut self.threads.borrow_mut()[thread]);
        let mut coroutine = match state {
            Thread::Waiting(body) => self.coroutine(thread, body),
            Thread::Running(coroutine) => coroutine,
            Thread::Done => return,
        };
        self.current.set(thread);
        match coroutine.resume() {
            Paused::Suspended => self.threads.borrow_mut()[thread] = Thread::Running(coroutine),
            Paused::Ended => self.stacks.borrow_mut().recycle(coroutine),
        }
    }

    fn coroutine(&self, thread: usize, body: Body) -> Coroutine {
        let (coroutine, frames) = self.stacks.borrow_mut().start(move |suspender| {
            calls::with_current(|runtime| runtime.suspender.set(Some(suspender)));
            let ended = catch_unwind(AssertUnwindSafe(|| {
                let _program = Tracked::program();
                body();
                calls::with_current(|runtime| {
                    runtime.resources.destroy_locals(runtime.current.get());
                    calls::note_end(runtime);
                });
                calls::perform(Op::Finish, Site::UNKNOWN);
            }));
            let Err(payload) = ended else { return };
            calls::with_current(|runtime| {
                if runtime.execution.borrow().is_probing(runtime.current.get()) {
                    // A loop that gives up ends by itself.
                    runtime.execution.borrow_mut().loop_is_bounded();
                } else if !payload.is::<Abandoned>() {
                    let message = super::panics::message(&*payload);
                    let thread = runtime.current.get();
                    runtime.execution.borrow_mut().fail_in(thread, FailureKind::Panic, message);
                }
            });
        });
        self.execution.borrow_mut().note_stack(thread, frames);
        coroutine
    }

    /// Waits until the thread that runs now is resumed.
    #[inline]
    pub(super) fn suspend(&self) {
        if std::thread::panicking() {
            // Other threads would see this one's panic as theirs: the run ends here.
            let message = "a destructor waits for another thread while its thread panics".to_owned();
            self.execution.borrow_mut().fail(FailureKind::Panic, message);
            return;
        }
        let suspender = self.suspender.get();
        let Some(own) = suspender else { unreachable!("only model threads wait") };
        // SAFETY: it is that of the running coroutine: it was set when that coroutine started or was resumed.
        unsafe { own.suspend() };
        self.suspender.set(suspender);
    }

    /// Ends the threads that did not finish.
    fn tear_down(&self) {
        self.execution.borrow_mut().end.get_or_insert(End::Blocked);
        self.aftermath.set(0);
        if self.is_broken() {
            self.leave_threads();
            return;
        }
        if matches!(self.execution.borrow().end, Some(End::Complete)) {
            // All of them did.
            debug_assert!(self.threads.borrow().iter().all(|state| matches!(state, Thread::Done)));
            return;
        }
        self.drain();
        let mut thread = 0;
        while thread < self.threads.borrow().len() {
            self.end_thread(thread);
            thread += 1;
        }
        self.unwinding.set(false);
    }

    /// Whether the run ended where the values of its threads may be in any state.
    fn is_broken(&self) -> bool {
        matches!(self.execution.borrow().end, Some(End::Failed(..) | End::Bound(_)))
    }

    /// Forgets the threads that did not finish, and takes their stacks.
    fn leave_threads(&self) {
        for state in self.threads.borrow_mut().drain(..) {
            match state {
                Thread::Running(coroutine) => {
                    // SAFETY: what is on the stack is lost, not dropped. Nothing refers to it that runs again: threads that
                    // borrow from it are either unwound already, by the scope that lent to them, or forgotten here as well.
                    unsafe { self.stacks.borrow_mut().abandon(coroutine) };
                }
                Thread::Waiting(body) => core::mem::forget(body),
                Thread::Done => {}
            }
        }
    }

    /// Unwinds `thread` if it did not finish; the run is over.
    fn end_thread(&self, thread: usize) {
        let state = core::mem::take(&mut self.threads.borrow_mut()[thread]);
        match state {
            Thread::Running(coroutine) => {
                self.threads.borrow_mut()[thread] = Thread::Running(coroutine);
                self.unwinding.set(false);
                self.resume(thread);
            }
            Thread::Waiting(body) => {
                self.unwinding.set(true);
                self.current.set(thread);
                // A panic of a destructor in an abandoned run means nothing.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(body)));
            }
            Thread::Done => {}
        }
    }

    /// Unwinds those of `threads` that did not finish, before the frames of the calling thread that they borrow from are
    /// gone. Ends the run if one of them still goes on.
    pub(super) fn end_borrowers(&self, threads: &[usize]) {
        let going_on =
            |thread: &usize| self.threads.borrow().get(*thread).is_some_and(|state| !matches!(state, Thread::Done));
        if !threads.iter().any(going_on) {
            return;
        }
        // If values may be in any state, the borrowers are left alone, and so is what they borrow.
        while self.is_broken() && !std::thread::panicking() {
            self.suspend();
        }
        let (current, suspender, unwinding) = (self.current.get(), self.suspender.get(), self.unwinding.get());
        self.execution.borrow_mut().end.get_or_insert(End::Blocked);
        self.draining.set(false);
        for thread in threads.iter().copied().filter(|thread| *thread < self.threads.borrow().len()) {
            self.end_thread(thread);
        }
        self.current.set(current);
        self.suspender.set(suspender);
        self.unwinding.set(unwinding);
    }

    /// Destroys what outlives threads, and looks for what should not.
    fn release_resources(&self) {
        // Destructors act on the latest values: the graph is complete.
        self.unwinding.set(true);
        self.aftermath.set(0);
        // A panic of a destructor after the end means nothing.
        if self.is_broken() {
            self.resources.forget_values();
        } else {
            let _ = catch_unwind(AssertUnwindSafe(|| self.resources.destroy_values()));
        }
        self.unwinding.set(false);
        let mut execution = self.execution.borrow_mut();
        if matches!(execution.end, Some(End::Complete)) {
            let shared = self.resources.leak().map(|site| (execution.name_site)(site));
            let shared = shared.map(|place| format!("leak: what was shared at {place} never loses its last owner"));
            execution.look_for_leaks(shared);
        }
        drop(execution);
        let _ = catch_unwind(AssertUnwindSafe(|| self.resources.clear()));
    }

    /// The location of an object that this run has accessed.
    pub(crate) fn location_of(&self, object: &ObjectId) -> Loc {
        self.execution.borrow().location_of(object)
    }

    /// The number of the run, unique in the process.
    pub(crate) fn run_number(&self) -> u64 {
        self.execution.borrow().run
    }

    /// Whether the run is not over.
    pub(crate) fn is_in_progress(&self) -> bool {
        self.execution.borrow().end.is_none()
    }

    /// The thread that runs now and how many events it has.
    pub(crate) fn progress(&self) -> (usize, usize) {
        let thread = self.current.get();
        (thread, self.execution.borrow().happened.of(thread))
    }

    /// Ends the run and asks for a new exploration that models `demands` too.
    pub(crate) fn demand(&self, demands: Demands) {
        if !self.is_in_progress() {
            return;
        }
        self.resources.demanded.set(demands);
        self.execution.borrow_mut().end = Some(End::Moot);
        self.unwind();
    }

    /// Ends the run with a failure.
    pub(crate) fn fail(&self, kind: FailureKind, message: String) {
        self.execution.borrow_mut().fail_in(self.current.get(), kind, message);
        self.leave();
    }

    /// Leaves the thread, whose run is over: where its values may be in any state, it stops here and is never resumed.
    fn leave(&self) {
        while self.is_broken() && !self.unwinding.get() && !std::thread::panicking() {
            self.suspend();
        }
        self.unwind();
    }

    /// Unwinds the thread, whose run is over, unless it is being unwound already.
    fn unwind(&self) {
        if !self.unwinding.get() && !std::thread::panicking() {
            self.unwinding.set(true);
            resume_unwind(Box::new(Abandoned));
        }
    }

    /// Performs `op`, when its turn comes.
    // Each frame between the program and the switch to another thread costs a mispredicted return after it.
    #[inline(always)]
    pub(super) fn perform(&self, target: Option<(&ObjectId, u64)>, op: &mut Op, site: Site) -> Answer {
        let thread = self.current.get();
        if self.resources.making.get() {
            self.demand(Demands { statics: true, ..Demands::default() });
        }
        let step = self.execution.borrow_mut().step(thread, target, op, site);
        match step {
            Step::Done(answer) => answer,
            Step::Wait | Step::Over => self.wait(step, target, op, site),
        }
    }

    /// Performs an operation whose turn has not come yet, if it ever comes.
    #[inline(never)]
    fn wait(&self, mut step: Step, target: Option<(&ObjectId, u64)>, op: &mut Op, site: Site) -> Answer {
        let thread = self.current.get();
        loop {
            match step {
                Step::Done(answer) => return answer,
                Step::Over => return self.after_the_end(target, op),
                Step::Wait => self.suspend(),
            }
            step = self.execution.borrow_mut().step(thread, target, op, site);
        }
    }

    /// Answers an operation of a run that is over: the thread unwinds, and what its destructors do is answered from
    /// the latest values.
    #[cold]
    fn after_the_end(&self, target: Option<(&ObjectId, u64)>, op: &mut Op) -> Answer {
        if self.draining.get()
            && !std::thread::panicking()
            && let Some(answer) = self.drain_operation(target, op)
        {
            return answer;
        }
        self.leave();
        self.aftermath.set(self.aftermath.get() + 1);
        if self.aftermath.get() > AFTERMATH_LIMIT {
            eprintln!("model: a destructor waits for ever while an abandoned execution is torn down; giving up");
            std::process::abort();
        }
        let mut execution = self.execution.borrow_mut();
        execution.locate_target(self.current.get(), target, op);
        execution.answer_after_the_end(self.current.get(), *op)
    }
}

impl core::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Runtime").field("current", &self.current.get()).finish_non_exhaustive()
    }
}
