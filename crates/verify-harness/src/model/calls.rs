//! What model threads call: the runtime whose run is in progress on an OS thread, and operations on it.

use core::cell::Cell;
use core::ptr::NonNull;
use std::alloc::Layout;

use super::heap::{self, Heap, Point, Tracked};
use super::interface::{Answer, Loc, Op, Site, Strength};
use super::objects::{ObjectId, ThreadFact};
use super::report::FailureKind;
use super::runtime::{Body, Runtime, Thread};

/// Calls of a spin hint in a row, with nothing read between them, after which a loop is taken to be endless.
const IDLE_LIMIT: u32 = 100_000;

/// Below it, no system has memory for programs.
const LOWEST_ADDRESS: usize = 0x1000;

thread_local! {
    /// The runtime whose run is in progress on this OS thread.
    static CURRENT: Cell<Option<NonNull<Runtime>>> = const { Cell::new(None) };
}

/// A run in progress on this OS thread, until it is dropped.
pub(super) struct Entered;

impl Entered {
    /// Makes the run of `runtime` the one in progress, whose memory is `heap`.
    ///
    /// # Panics
    ///
    /// If another one is.
    pub(super) fn new(runtime: &Runtime, heap: &Heap) -> Self {
        assert!(CURRENT.get().is_none(), "an exploration cannot run inside another");
        CURRENT.set(Some(NonNull::from(runtime)));
        heap::follow(heap);
        Self
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(None);
        heap::follow(core::ptr::null());
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
    let runtime = running()?;
    let _checker = Tracked::checker();
    Some(f(&runtime))
}

/// Calls `f` with the runtime whose run is in progress.
#[inline]
pub(super) fn with_current<R>(f: impl FnOnce(&Runtime) -> R) -> R {
    let runtime = current();
    let _checker = Tracked::checker();
    f(&runtime)
}

/// Performs an operation without a location.
pub(crate) fn perform(mut op: Op, site: Site) -> Answer {
    if let Some(answer) = repeat(&op, site) {
        return answer;
    }
    with_current(|runtime| runtime.perform(None, &mut op, site))
}

/// Repeats a recorded operation without a location, if nothing stands in the way.
#[inline]
fn repeat(op: &Op, site: Site) -> Option<Answer> {
    let runtime = running()?;
    // Nothing here allocates.
    let thread = runtime.current.get();
    runtime.execution.borrow_mut().repeat_control(thread, op, site)
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
pub(super) fn note_end(runtime: &Runtime) {
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
    let repeated = repeat(&Op::Spawn, site);
    with_current(|runtime| {
        let answer = repeated.unwrap_or_else(|| runtime.perform(None, &mut Op::Spawn, site));
        let child = answer.value as usize;
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
