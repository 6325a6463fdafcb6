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
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};
use std::alloc::Layout;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;

use super::coroutine::{Coroutine, Paused, Stacks, Suspender};
use super::execution::{End, Execution, Step};
use super::graph::EventId;
use super::heap::{self, Point, Tracked};
use super::interface::{Answer, Loc, Op, Site, Strength};
use super::objects::{ObjectId, ThreadFact};
use super::report::FailureKind;
use super::resources::{Demands, Resources};

/// What is explored.
pub(crate) type Program = Arc<dyn Fn() + Send + Sync>;

type Body = Box<dyn FnOnce()>;

/// The payload that unwinds the threads of an abandoned run.
struct Abandoned;

/// Operations of destructors in an abandoned run before the process gives up: one of them must be waiting.
const AFTERMATH_LIMIT: u32 = 10_000_000;

/// Calls of a spin hint in a row, with nothing read between them, after which a loop is taken to be endless.
const IDLE_LIMIT: u32 = 100_000;

/// Below it, no system has memory for programs.
const LOWEST_ADDRESS: usize = 0x1000;

/// Runs in this process so far; zero is no run's number.
static RUNS: AtomicU64 = AtomicU64::new(1);

thread_local! {
    /// The runtime whose run is in progress on this OS thread.
    static CURRENT: Cell<Option<NonNull<Runtime>>> = const { Cell::new(None) };
}

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
    idle_spins: Cell<u32>,
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
            resources: Resources::new(granted),
        }
    }

    /// Runs `program` once, along the current graph and beyond it.
    pub(crate) fn run(&self, program: &Program) {
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        self.execution.borrow_mut().begin(run);
        self.idle_spins.set(0);
        self.threads.borrow_mut().clear();
        let program = Arc::clone(program);
        self.threads.borrow_mut().push(Thread::Waiting(Box::new(move || program())));
        assert!(CURRENT.get().is_none(), "an exploration cannot run inside another");
        CURRENT.set(Some(NonNull::from(self)));
        let heap = Rc::clone(&self.execution.borrow().heap);
        heap.clear();
        heap.captures.set(self.execution.borrow().guide.is_some());
        heap::follow(&*heap);
        let reset = Reset;
        loop {
            let next = self.execution.borrow_mut().next_thread();
            let Some(thread) = next else { break };
            self.resume(thread);
        }
        self.execution.borrow_mut().conclude();
        self.tear_down();
        self.release_resources();
        drop(reset);
    }

    /// Lets `thread` run until its next operation has to wait.
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
            with_current(|runtime| runtime.suspender.set(Some(suspender)));
            let ended = catch_unwind(AssertUnwindSafe(|| {
                let _program = Tracked::program();
                body();
                with_current(|runtime| {
                    runtime.resources.destroy_locals(runtime.current.get());
                    note_end(runtime);
                });
                perform(Op::Finish, Site::UNKNOWN);
            }));
            let Err(payload) = ended else { return };
            with_current(|runtime| {
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
        let stacks = &mut self.execution.borrow_mut().stacks;
        if stacks.len() <= thread {
            stacks.resize(thread + 1, 0..0);
        }
        // It may have been the stack of a thread that has ended.
        stacks.iter_mut().filter(|other| **other == frames).for_each(|other| *other = 0..0);
        stacks[thread] = frames;
        coroutine
    }

    /// Waits until the thread that runs now is resumed.
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
    fn end_borrowers(&self, threads: &[usize]) {
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
        (thread, self.execution.borrow().strands[thread].position)
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

    #[inline]
    fn perform(&self, target: Option<(&ObjectId, u64)>, op: &mut Op, site: Site) -> Answer {
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

/// Leaves the run when it goes out of scope.
struct Reset;

impl Drop for Reset {
    fn drop(&mut self) {
        CURRENT.set(None);
        heap::follow(core::ptr::null());
    }
}

impl Execution {
    /// The value of `loc` in a run that is over.
    pub(super) fn value_after_the_end(&self, loc: Loc) -> u64 {
        let graph = self.graph();
        // Of the writes of this run: one that ended while the graph was repeated has not made them all.
        let happened = |write: &&EventId| self.strands[write.thread()].position > write.index();
        let writes = || graph.location(loc)?.co.iter().rev().find(happened).copied();
        let latest = || graph.value_of(loc, writes().unwrap_or(EventId::INIT));
        self.aftermath.get(&loc).copied().unwrap_or_else(latest)
    }

    pub(super) fn answer_after_the_end(&mut self, thread: usize, op: Op) -> Answer {
        match op {
            Op::Load { loc, .. } => Answer { value: self.value_after_the_end(loc), wrote: false },
            Op::Store { loc, value, .. } => {
                self.aftermath.insert(loc, value);
                Answer { value: 0, wrote: true }
            }
            Op::Rmw { loc, update, .. } => {
                let value = self.value_after_the_end(loc);
                let new = update.apply(value);
                self.aftermath.extend(new.map(|new| (loc, new)));
                Answer { value, wrote: new.is_some() || update.waits }
            }
            Op::Free { loc } => {
                self.mark_freed(thread, loc);
                Answer { value: 0, wrote: false }
            }
            _ => Answer { value: 0, wrote: false },
        }
    }
}

/// Which run is in progress on an OS thread, while another one runs.
#[cfg(feature = "os-threads")]
pub(super) struct InProgress(Option<NonNull<Runtime>>);

#[cfg(feature = "os-threads")]
impl InProgress {
    /// Takes it from the calling OS thread.
    pub(super) fn take() -> Self {
        Self(CURRENT.take())
    }

    /// Gives it to the calling OS thread.
    pub(super) fn install(self) {
        CURRENT.set(self.0);
    }
}

/// The runtime whose run is in progress, for use by what runs in it.
pub(crate) struct Current(NonNull<Runtime>);

impl core::ops::Deref for Current {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        // SAFETY: made from `CURRENT` only, which is set while `Runtime::run` borrows the runtime, on the OS thread that has
        // control; code of a model thread, which is all that gets one, ends before the run does.
        unsafe { self.0.as_ref() }
    }
}

/// The run in progress, if there is one.
pub(crate) fn running() -> Option<Current> {
    CURRENT.get().map(Current)
}

/// The run in progress.
///
/// # Panics
///
/// If there is none.
pub(crate) fn current() -> Current {
    match running() {
        Some(runtime) => runtime,
        None => panic!("checked objects can be used only inside `model::Builder::check` or `explore`"),
    }
}

/// Calls `f` with the runtime whose run is in progress, if any.
fn with_current_if<R>(f: impl FnOnce(&Runtime) -> R) -> Option<R> {
    let runtime = CURRENT.get()?;
    let _checker = Tracked::checker();
    // SAFETY: `CURRENT` is set only while `Runtime::run` borrows the runtime, on the OS thread that has control.
    let runtime = unsafe { runtime.as_ref() };
    Some(f(runtime))
}

/// Calls `f` with the runtime whose run is in progress.
fn with_current<R>(f: impl FnOnce(&Runtime) -> R) -> R {
    match with_current_if(f) {
        Some(result) => result,
        None => panic!("checked objects can be used only inside `model::Builder::check` or `explore`"),
    }
}

/// Performs an operation without a location.
pub(crate) fn perform(mut op: Op, site: Site) -> Answer {
    with_current(|runtime| runtime.perform(None, &mut op, site))
}

/// Performs `op`, which is not placed yet, on `object`, whose value is `initial` as long as nothing is written to it.
#[inline]
pub(crate) fn perform_on(object: &ObjectId, initial: u64, op: &mut Op, site: Site) -> Answer {
    if let Some(runtime) = running() {
        // Nothing here allocates.
        let thread = runtime.current.get();
        let repeated = runtime.execution.borrow_mut().repeat_access(thread, object, op, site);
        if let Some(answer) = repeated {
            return answer;
        }
    }
    with_current(|runtime| runtime.perform(Some((object, initial)), op, site))
}

/// Fails the run if `address` is one at which no system ever has memory, as a null pointer and a dangling one are: nothing of
/// an object there can be looked at.
pub(crate) fn refuse_dangling(address: usize, what: &str, site: Site) {
    if address >= LOWEST_ADDRESS {
        return;
    }
    with_current(|runtime| {
        let place = (runtime.execution.borrow().name_site)(site);
        let pointer =
            if address == 0 { "a null pointer".to_owned() } else { format!("the dangling pointer {address:#x}") };
        let kind = FailureKind::Unallocated;
        runtime.fail(kind, format!("{kind}: {what} at {place} through {pointer}"));
    });
    eprintln!("model: a destructor follows a dangling pointer while a failed execution is left; giving up");
    std::process::abort();
}

/// Performs an operation on a location of `thread` itself.
pub(crate) fn perform_on_thread(thread: usize, fact: ThreadFact, op: impl Fn(Loc) -> Op, site: Site) -> Answer {
    with_current(|runtime| {
        let loc = runtime.execution.borrow_mut().location_of_thread(thread, fact);
        runtime.perform(None, &mut op(loc), site)
    })
}

/// Says that the calling thread has ended, if the program looks at that.
fn note_end(runtime: &Runtime) {
    if runtime.resources.granted.ends {
        let op = |loc| Op::Store { loc, strength: Strength::Relaxed, value: 1 };
        perform_on_thread(runtime.current.get(), ThreadFact::Ended, op, Site::UNKNOWN);
    }
}

/// Tracks memory that was just allocated.
pub(crate) fn add_block(pointer: *mut u8, layout: Layout, site: Site) {
    let at = point();
    with_current(|runtime| {
        let mut execution = runtime.execution.borrow_mut();
        let loc = execution.create(runtime.current.get());
        execution.add_block(pointer.expose_provenance(), layout, at, loc, site);
    });
}

/// Where the thread that runs now is in its program; nowhere while it makes a static, which counts as made before all.
pub(crate) fn point() -> Option<Point> {
    let runtime = running()?;
    if runtime.resources.making.get() {
        return None;
    }
    let execution = runtime.execution.try_borrow().ok()?;
    (runtime.current.get() < execution.strands.len()).then(|| execution.point(runtime.current.get()))
}

/// Notes that the thread that runs now frees the block at `address` through the global allocator.
pub(crate) fn note_free(address: usize, again: bool) {
    let Some(runtime) = running() else { return };
    if let Ok(mut execution) = runtime.execution.try_borrow_mut() {
        execution.note_free(runtime.current.get(), address, again);
    }
}

/// Frees tracked memory.
pub(crate) fn free_block(pointer: *mut u8, site: Site) {
    with_current(|runtime| {
        let loc = runtime.execution.borrow().block_at(pointer.addr());
        let Some(loc) = loc else { panic!("freed memory that was not allocated by `alloc` in this execution") };
        runtime.perform(None, &mut Op::Free { loc }, site);
    });
}

/// Whether what is at `address` is known to be there after the run, as a static is: neither in the heap nor on a stack.
pub(crate) fn outlives_run(address: usize) -> bool {
    let known = |runtime: &Runtime| {
        let execution = runtime.execution.borrow();
        execution.heap.base_of(address).is_some() || execution.owner_of_stack(address).is_some()
    };
    heap::is_installed() && with_current_if(known) == Some(false)
}

/// Whether a run is in progress, over or not.
pub(crate) fn is_in_run() -> bool {
    CURRENT.get().is_some()
}

/// Whether a run is in progress and not over.
pub(crate) fn is_running() -> bool {
    with_current_if(|runtime| runtime.execution.borrow().end.is_none()).unwrap_or(false)
}

/// The number of the model thread that runs now.
pub(crate) fn current_thread() -> usize {
    with_current(|runtime| runtime.current.get())
}

/// Whether a weak compare-exchange may fail spuriously.
pub(crate) fn weak_may_fail() -> bool {
    with_current(|runtime| runtime.execution.borrow().spurious_failures)
}

/// Starts a model thread that runs `body`.
pub(crate) fn spawn(body: Body, site: Site) -> usize {
    with_current(|runtime| {
        let child = runtime.perform(None, &mut Op::Spawn, site).value as usize;
        let mut threads = runtime.threads.borrow_mut();
        if child != 0 {
            if threads.len() <= child {
                threads.resize_with(child + 1, Thread::default);
            }
            threads[child] = Thread::Waiting(body);
        }
        child
    })
}

/// Ends `threads`, which borrow from the calling thread, if they did not finish.
///
/// Nothing of the borrowed frames is used by them any more when this returns. Where that cannot be, the process ends.
pub(crate) fn end_borrowers(threads: &[usize]) {
    if threads.is_empty() {
        return;
    }
    match running() {
        Some(runtime) => runtime.end_borrowers(threads),
        None => {
            eprintln!("model: a scope is left while its threads still exist and their run does not; giving up");
            std::process::abort();
        }
    }
}

/// Marks the end of an iteration of a waiting loop.
pub(crate) fn spin(site: Site) {
    with_current(|runtime| {
        let thread = runtime.current.get();
        let idle = {
            let execution = runtime.execution.borrow();
            execution.end.is_none() && !execution.is_probing(thread) && execution.has_just_spun(thread, site)
        };
        if idle {
            // Nothing was read since: not an iteration of its own.
            runtime.idle_spins.set(runtime.idle_spins.get() + 1);
            if runtime.idle_spins.get() < IDLE_LIMIT {
                return;
            }
            let place = (runtime.execution.borrow().name_site)(site);
            runtime.execution.borrow_mut().fail(
                FailureKind::NonTermination,
                format!("non-termination: a loop at {place} spins without reading anything"),
            );
        }
        runtime.idle_spins.set(0);
        runtime.perform(None, &mut Op::Spin, site);
    });
}
