//! Model threads.

mod scope;
mod slot;

use std::io;
use std::sync::Arc;
use std::time::Duration;

#[doc(no_inline)]
pub use std::thread::panicking;

pub use super::local::{AccessError, LocalKey};
pub use scope::{Scope, ScopedJoinHandle, scope};

use super::super::calls;
use super::super::heap::Tracked;
use super::super::interface::{Op, Site, Strength, Update, Waits};
use super::super::objects::ThreadFact;
use super::super::resources::Demands;
use super::here;
use slot::Slot;

/// A handle to a model thread.
#[derive(Clone, Debug)]
pub struct Thread {
    number: usize,
    name: Option<Arc<str>>,
}

/// The number of a model thread, unique in an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ThreadId(usize);

impl Thread {
    /// The thread's number.
    pub fn id(&self) -> ThreadId {
        ThreadId(self.number)
    }

    /// The thread's name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Lets the thread's current or next call of [`park`] return.
    #[track_caller]
    pub fn unpark(&self) {
        let update = Update { function: |_, _, _| Some(1), a: 0, b: 0, failure: Strength::Relaxed, waits: false };
        let op = |loc| Op::Rmw { loc, strength: Strength::Release, update, waits: Waits::Unpark };
        calls::perform_on_thread(self.number, ThreadFact::Unparked, op, here().inner());
    }
}

/// A handle to wait for a model thread's result.
#[derive(Debug)]
pub struct JoinHandle<T>(Started<T>);

/// A thread that was started, and where it leaves its result.
#[derive(Debug)]
struct Started<T> {
    result: Arc<Slot<T>>,
    thread: Thread,
}

impl<T> Started<T> {
    #[track_caller]
    fn join(self) -> std::thread::Result<T> {
        calls::perform(Op::Join { thread: self.thread.number }, here());
        self.result.take().ok_or_else(|| Box::new("the execution was abandoned") as _)
    }

    #[track_caller]
    fn is_finished(&self) -> bool {
        let runtime = calls::current();
        if !runtime.resources.granted.ends {
            runtime.demand(Demands { ends: true, ..Demands::default() });
        }
        let op = |loc| Op::Load { loc, strength: Strength::Relaxed };
        calls::perform_on_thread(self.thread.number, ThreadFact::Ended, op, here().inner()).value == 1
    }
}

impl<T> JoinHandle<T> {
    /// Waits for the thread to finish, and returns its result.
    ///
    /// # Errors
    ///
    /// Only while an abandoned execution is torn down: a panic of a model thread is a failure of the whole test.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        self.0.join()
    }

    /// The handle of the thread.
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }

    /// Whether the thread has ended, without waiting for it. As in `std`, that orders nothing: what the thread did is ordered
    /// before what follows [`join`](Self::join).
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

/// Starts a model thread.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'static,
    T: 'static,
{
    JoinHandle(start(f, None))
}

/// Starts a thread named `name`.
#[track_caller]
fn start<T: 'static>(f: impl FnOnce() -> T + 'static, name: Option<Arc<str>>) -> Started<T> {
    let _checker = Tracked::checker();
    let site = here();
    let result = Arc::new(Slot::new());
    let body = deliver(f, Arc::clone(&result));
    start_body(body, name, result, site)
}

/// A thread's body that leaves what `f` returns in `slot`.
fn deliver<'a, T: 'a>(f: impl FnOnce() -> T + 'a, slot: Arc<Slot<T>>) -> Box<dyn FnOnce() + 'a> {
    Box::new(move || {
        slot.leave(f());
    })
}

fn start_body<T>(body: Box<dyn FnOnce()>, name: Option<Arc<str>>, result: Arc<Slot<T>>, site: Site) -> Started<T> {
    let number = calls::spawn(body, site);
    if let Some(name) = &name {
        calls::current().resources.names.borrow_mut().insert(number, Arc::clone(name));
    }
    Started { result, thread: Thread { number, name } }
}

/// Settings of a thread to start.
///
/// ```
/// use verify_harness::model::{self, thread};
///
/// model::Builder::new().check(|| {
///     let worker = thread::Builder::new().name("worker".into());
///     let handle = worker.spawn(|| thread::current().name().map(str::to_owned)).unwrap();
///     assert_eq!(handle.join().unwrap().as_deref(), Some("worker"));
/// });
/// ```
#[derive(Clone, Debug, Default)]
pub struct Builder {
    name: Option<Arc<str>>,
}

impl Builder {
    /// A thread without a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread.
    pub fn name(mut self, name: String) -> Self {
        let _checker = Tracked::checker();
        self.name = Some(name.into());
        self
    }

    /// Does nothing: all threads have stacks of the size that the exploration was given.
    pub fn stack_size(self, _size: usize) -> Self {
        self
    }

    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// Never.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Ok(JoinHandle(start(f, self.name)))
    }

    /// Starts a thread of `scope`.
    ///
    /// # Errors
    ///
    /// Never.
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Ok(scope.start(f, self.name))
    }
}

/// The model thread that calls.
pub fn current() -> Thread {
    let runtime = calls::current();
    let number = runtime.current.get();
    let name = runtime.resources.names.borrow().get(&number).cloned();
    Thread { number, name }
}

/// Waits until another thread calls [`Thread::unpark`] for this one; returns at once if that happened since the last
/// call. Never returns spuriously.
#[track_caller]
pub fn park() {
    let function = |token, _, _| if token == 1 { Some(0) } else { None };
    let update = Update { function, a: 0, b: 0, failure: Strength::Relaxed, waits: true };
    let op = |loc| Op::Rmw { loc, strength: Strength::Acquire, update, waits: Waits::Unpark };
    calls::perform_on_thread(calls::current_thread(), ThreadFact::Unparked, op, here().inner());
}

/// As [`park`], or until the time is over. Time does not pass in a model: where nobody has called [`Thread::unpark`], the time
/// is over, and the executions in which somebody has are explored too.
#[track_caller]
pub fn park_timeout(_duration: Duration) {
    let function = |token, _, _| if token == 1 { Some(0) } else { None };
    let update = Update { function, a: 0, b: 0, failure: Strength::Relaxed, waits: false };
    let op = |loc| Op::Rmw { loc, strength: Strength::Acquire, update, waits: Waits::Unpark };
    calls::perform_on_thread(calls::current_thread(), ThreadFact::Unparked, op, here().inner());
}

/// Ends an iteration of a loop that waits for another thread; see [`super::hint::spin_loop`].
#[track_caller]
pub fn yield_now() {
    calls::spin(here());
}
