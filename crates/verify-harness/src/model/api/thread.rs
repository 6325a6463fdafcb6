//! Model threads.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

#[doc(no_inline)]
pub use std::thread::panicking;

pub use super::local::{AccessError, LocalKey};

use super::super::interface::{Op, Strength, Update, Waits};
use super::super::runtime;
use super::here;

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
    #[must_use]
    pub fn id(&self) -> ThreadId {
        ThreadId(self.number)
    }

    /// The thread's name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Lets the thread's current or next call of [`park`] return.
    #[track_caller]
    pub fn unpark(&self) {
        let update = Update { function: |_, _, _| Some(1), a: 0, b: 0, failure: Strength::Relaxed, waits: false };
        let op = |loc| Op::Rmw { loc, strength: Strength::Release, update, waits: Waits::Unpark };
        runtime::perform_on_parking(self.number, op, here());
    }
}

/// A handle to wait for a model thread's result.
#[derive(Debug)]
pub struct JoinHandle<T> {
    result: Arc<Mutex<Option<T>>>,
    thread: Thread,
}

impl<T> JoinHandle<T> {
    /// Waits for the thread to finish, and returns its result.
    ///
    /// # Errors
    ///
    /// Only while an abandoned execution is torn down: a panic of a model thread is a failure of the whole test.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        runtime::perform(Op::Join { thread: self.thread.number }, here());
        let result = self.result.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.ok_or_else(|| Box::new("the execution was abandoned") as _)
    }

    /// The handle of the thread.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

/// Starts a model thread.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'static,
    T: 'static,
{
    start(f, None)
}

/// Starts a thread named `name`.
#[track_caller]
fn start<F, T>(f: F, name: Option<Arc<str>>) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'static,
    T: 'static,
{
    let site = here();
    let result = Arc::new(Mutex::new(None));
    let slot = Arc::clone(&result);
    let body = move || {
        let value = f();
        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    };
    let number = runtime::spawn(Box::new(body), site);
    if let Some(name) = &name {
        runtime::current().resources.names.borrow_mut().insert(number, Arc::clone(name));
    }
    JoinHandle { result, thread: Thread { number, name } }
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
#[must_use = "a builder does nothing until `spawn`"]
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
        Ok(start(f, self.name))
    }
}

/// The model thread that calls.
#[must_use]
pub fn current() -> Thread {
    let runtime = runtime::current();
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
    runtime::perform_on_parking(runtime::current_thread(), op, here());
}

/// Ends an iteration of a loop that waits for another thread; see [`super::hint::spin_loop`].
#[track_caller]
pub fn yield_now() {
    runtime::spin(here());
}
