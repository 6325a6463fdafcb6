//! Threads that borrow from the one that starts them.
//!
//! The borrowed frames must outlive the threads on every way out of [`scope`]: when the closure returns or panics, the threads
//! are waited for, as in `std`; when the execution is abandoned, which unwinds the threads one by one, the threads of the
//! scope are unwound first, from within the thread that leaves it.

use core::fmt;
use core::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::super::calls;
use super::super::super::heap::Tracked;
use super::super::super::interface::Op;
use super::super::here;
use super::slot::Slot;
use super::{Started, Thread, deliver, start_body};

/// Starts threads that may borrow from the caller and end before this returns; as `std::thread::scope`.
///
/// A thread that is not joined in `f` is joined when `f` is done. Joining makes one event a thread and no further executions.
///
/// ```
/// use verify_harness::model::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// use verify_harness::model::{Builder, thread};
///
/// let report = Builder::new().explore(|| {
///     let count = AtomicU32::new(0);
///     thread::scope(|scope| {
///         scope.spawn(|| count.fetch_add(1, Relaxed));
///         scope.spawn(|| count.fetch_add(1, Relaxed));
///     });
///     assert_eq!(count.load(Relaxed), 2);
/// });
/// assert!(report.verdict.holds());
/// assert_eq!(report.executions, 2);
/// ```
///
/// # Panics
///
/// With the panic of `f`, after its threads have ended.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope { threads: Mutex::new(Vec::new()), scope: PhantomData, env: PhantomData };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let outcome = catch_unwind(AssertUnwindSafe(|| f(&scope)));
        scope.join_all();
        outcome
    }));
    // The way that threads end in an abandoned execution, and a no-op in any other.
    calls::end_borrowers(&scope.threads());
    match outcome {
        Ok(Ok(value)) => value,
        Ok(Err(payload)) | Err(payload) => resume_unwind(payload),
    }
}

/// What [`scope`] gives its closure to start threads with.
pub struct Scope<'scope, 'env: 'scope> {
    /// The threads started so far, by number.
    threads: Mutex<Vec<usize>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

impl<'scope, 'env> Scope<'scope, 'env> {
    /// Starts a thread that may borrow what outlives the scope.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.start(f, None)
    }

    #[track_caller]
    pub(super) fn start<F, T>(&'scope self, f: F, name: Option<Arc<str>>) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let _checker = Tracked::checker();
        let result = Arc::new(Slot::new());
        let body: Box<dyn FnOnce() + 'scope> = deliver(f, Arc::clone(&result));
        // SAFETY: only the lifetime changes. `scope` does not return or unwind before the body has been run to its end, unwound
        // or dropped: it joins the threads noted below, and ends those that are left.
        let body = unsafe { core::mem::transmute::<Box<dyn FnOnce() + 'scope>, Box<dyn FnOnce()>>(body) };
        let started = start_body(body, name, result, here());
        // In a run that is over no thread is started.
        if started.thread.number != 0 {
            self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(started.thread.number);
        }
        ScopedJoinHandle { started, scope: PhantomData }
    }

    fn threads(&self) -> Vec<usize> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for all threads, those included that threads of the scope start meanwhile.
    #[track_caller]
    fn join_all(&self) {
        let site = here();
        let mut joined = 0;
        while let Some(&thread) = self.threads().get(joined) {
            calls::perform(Op::Join { thread }, site);
            joined += 1;
        }
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("threads", &self.threads()).finish_non_exhaustive()
    }
}

/// A handle to wait for the result of a thread of a [`Scope`].
#[derive(Debug)]
pub struct ScopedJoinHandle<'scope, T> {
    started: Started<T>,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the thread to finish, and returns its result.
    ///
    /// # Errors
    ///
    /// Only while an abandoned execution is torn down: a panic of a model thread is a failure of the whole test.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        self.started.join()
    }

    /// The handle of the thread.
    pub fn thread(&self) -> &Thread {
        &self.started.thread
    }

    /// Whether the thread has ended, without waiting for it; see [`JoinHandle::is_finished`](super::JoinHandle::is_finished).
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.started.is_finished()
    }
}
