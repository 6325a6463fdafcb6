//! Who holds and waits: a task that has a name, a task that is known by its waker, or a thread.

use core::cell::RefCell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;

use crate::primitive::os::Arc;
use crate::primitive::{AtomicUsize, ord, thread};

/// A task or a thread, as the diagnostics know it.
///
/// A task is known by the name that [`task`] gave it; else by its waker, as long as it waits. A thread is one that blocks or does not wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub(super) key: Key,
    name: Option<Arc<str>>,
}

/// What tells actors apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Task(usize),
    Waker(usize),
    Thread(usize),
}

/// A number that nobody else has.
fn number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    // ord[D1] Relaxed: all get different numbers in any order; pairs with none.
    NEXT.fetch_add(1, ord!(D1, Relaxed))
}

std::thread_local! {
    static TASK: RefCell<Option<Actor>> = const { RefCell::new(None) };
    static THREAD: Actor = Actor { key: Key::Thread(number()), name: thread::current().name().map(Arc::from) };
}

impl Actor {
    /// Who runs, where a waker may be known by which it waits.
    pub(super) fn current(waker: Option<&Waker>) -> Self {
        if let Some(task) = TASK.try_with(|task| task.borrow().clone()).ok().flatten() {
            return task;
        }
        // The waker that does nothing is everybody's.
        let known = waker.filter(|waker| !waker.will_wake(Waker::noop()) && !waker.data().is_null());
        match known {
            Some(waker) => Self { key: Key::Waker(waker.data().addr()), name: None },
            // A thread that is about to end has no name any more.
            None => THREAD.try_with(Self::clone).unwrap_or(Self { key: Key::Thread(0), name: None }),
        }
    }

    /// The name of the task or thread, if it has one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether this is a task.
    #[must_use]
    pub fn is_task(&self) -> bool {
        !matches!(self.key, Key::Thread(_))
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_task() { "task" } else { "thread" };
        match (&self.name, self.key) {
            (Some(name), _) => write!(f, "{what} `{name}`"),
            (None, Key::Waker(waker)) => write!(f, "the task with waker {waker:#x}"),
            (None, Key::Task(number) | Key::Thread(number)) => write!(f, "{what} {number}"),
        }
    }
}

/// Gives the task that runs `future` a name in all that the diagnostics say, and tells it apart from others for certain.
///
/// Without this a task is known by its waker, which the branches of a `join!` or `select!` share: where they hold locks side by side, give each branch a name.
/// Guards that are dropped in the future, or with it, are dropped by the task. Inside each other the innermost counts.
///
/// ```
/// use sync_primitives::{Mutex, diagnostics};
///
/// static JOBS: Mutex<Vec<u32>> = Mutex::new(Vec::new()).named("jobs");
///
/// pollster::block_on(diagnostics::task("fetch", async {
///     let jobs = JOBS.lock().await;
///     assert_eq!(JOBS.diagnostics().holders[0].who.name(), Some("fetch"));
///     drop(jobs);
/// }));
/// ```
pub fn task<F: Future>(name: &str, future: F) -> Task<F> {
    Task { actor: Actor { key: Key::Task(number()), name: Some(name.into()) }, future: Some(future) }
}

pin_project! {
    /// A future that is a task with a name; made by [`task`].
    ///
    /// Dropped, it drops its future as that task.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Task<F> {
        actor: Actor,
        // Until it is dropped, as the task.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Task<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _running = Running::start(this.actor);
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for Task<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _running = Running::start(this.actor);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(context),
            None => Poll::Pending,
        }
    }
}

/// While it lives, the thread runs this task.
struct Running(Option<Actor>);

impl Running {
    fn start(actor: &Actor) -> Self {
        Self(TASK.try_with(|task| task.replace(Some(actor.clone()))).ok().flatten())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let outer = self.0.take();
        let _ = TASK.try_with(|task| task.replace(outer));
    }
}
