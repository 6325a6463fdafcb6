//! Coroutines: what model threads run as.
//!
//! There are two kinds behind one interface. *Switched* ones change the stack pointer, and cost tens of nanoseconds to
//! resume. With *OS threads*, each has a thread of the system that waits while another runs; that costs microseconds,
//! works wherever `std` has threads, needs no assembly, which Miri does not run, and gives each model thread
//! `std`'s thread-locals of its own.
//!
//! Invariants:
//!
//! - C1: at most one of the coroutines of a pool and the OS thread that resumes them runs at any time; control passes by
//!   [`Coroutine::resume`] and [`Suspender::suspend`] only, and what happened before the passing happened before what
//!   follows it.
//! - C2: a coroutine is resumed by the OS thread that made its [`Stacks`] only.
//! - C3: what a [`Suspender`] points to lives until the body that was given it returns.

use core::ops::Range;

#[cfg(feature = "os-threads")]
mod context;
#[cfg(feature = "os-threads")]
mod os_threads;
#[cfg(feature = "model")]
mod switched;

/// What to run coroutines on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    #[cfg(feature = "model")]
    Switched,
    #[cfg(feature = "os-threads")]
    OsThreads,
}

impl Kind {
    /// The kind to use: stacks are switched unless `os_threads` or the platform is against it.
    #[cfg(all(feature = "model", feature = "os-threads"))]
    pub(super) fn choose(os_threads: bool) -> Self {
        if os_threads || cfg!(miri) { Self::OsThreads } else { Self::Switched }
    }

    /// The only kind of this build.
    #[cfg(not(all(feature = "model", feature = "os-threads")))]
    pub(super) fn choose(_os_threads: bool) -> Self {
        #[cfg(feature = "model")]
        return Self::Switched;
        #[cfg(feature = "os-threads")]
        return Self::OsThreads;
    }
}

/// Stacks of one size, kept for use again.
pub(super) enum Stacks {
    #[cfg(feature = "model")]
    Switched(switched::Stacks),
    #[cfg(feature = "os-threads")]
    OsThreads(os_threads::Threads),
}

impl Stacks {
    /// A pool of stacks of `size` bytes.
    pub(super) fn new(kind: Kind, size: usize) -> Self {
        match kind {
            #[cfg(feature = "model")]
            Kind::Switched => Self::Switched(switched::Stacks::new(size)),
            #[cfg(feature = "os-threads")]
            Kind::OsThreads => Self::OsThreads(os_threads::Threads::new(size)),
        }
    }

    /// A coroutine that runs `body` when it is resumed, and the addresses its frames are at. `body` must not unwind.
    ///
    /// # Panics
    ///
    /// If the system has no memory, or no thread, for one more.
    pub(super) fn start(&mut self, body: impl FnOnce(Suspender) + 'static) -> (Coroutine, Range<usize>) {
        match self {
            #[cfg(feature = "model")]
            Self::Switched(stacks) => {
                let (coroutine, range) = stacks.start(|yielder| body(Suspender::Switched(yielder)));
                (Coroutine::Switched(coroutine), range)
            }
            #[cfg(feature = "os-threads")]
            Self::OsThreads(threads) => {
                let (coroutine, range) = threads.start(Box::new(|baton| body(Suspender::OsThread(baton))));
                (Coroutine::OsThread(coroutine), range)
            }
        }
    }

    /// Keeps the stack of a coroutine that has ended.
    pub(super) fn recycle(&mut self, coroutine: Coroutine) {
        match (self, coroutine) {
            #[cfg(feature = "model")]
            (Self::Switched(stacks), Coroutine::Switched(coroutine)) => stacks.recycle(coroutine),
            #[cfg(feature = "os-threads")]
            (Self::OsThreads(threads), Coroutine::OsThread(coroutine)) => threads.recycle(coroutine),
            #[cfg(all(feature = "model", feature = "os-threads"))]
            _ => unreachable!("a pool makes coroutines of one kind"),
        }
    }

    /// Drops nothing of what is on the stack of a suspended coroutine. A switched stack is used again; an OS thread stays
    /// as it is until the process ends.
    ///
    /// # Safety
    ///
    /// Nothing that runs afterwards may refer to what is on the stack.
    pub(super) unsafe fn abandon(&mut self, coroutine: Coroutine) {
        match (self, coroutine) {
            #[cfg(feature = "model")]
            (Self::Switched(stacks), Coroutine::Switched(coroutine)) => {
                // SAFETY: the caller promises it.
                unsafe { stacks.abandon(coroutine) };
            }
            #[cfg(feature = "os-threads")]
            (Self::OsThreads(_), Coroutine::OsThread(coroutine)) => coroutine.abandon(),
            #[cfg(all(feature = "model", feature = "os-threads"))]
            _ => unreachable!("a pool makes coroutines of one kind"),
        }
    }
}

/// A computation that can stop in its middle.
pub(super) enum Coroutine {
    #[cfg(feature = "model")]
    Switched(switched::Coroutine),
    #[cfg(feature = "os-threads")]
    OsThread(os_threads::Coroutine),
}

/// How a coroutine gave control back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paused {
    Suspended,
    Ended,
}

impl Coroutine {
    /// Runs it until it suspends itself or its body returns. It must not have ended.
    #[inline]
    pub(super) fn resume(&mut self) -> Paused {
        match self {
            #[cfg(feature = "model")]
            Self::Switched(coroutine) => switched::resume(coroutine),
            #[cfg(feature = "os-threads")]
            Self::OsThread(coroutine) => coroutine.resume(),
        }
    }
}

/// The inner side of a coroutine.
#[derive(Clone, Copy)]
pub(super) enum Suspender {
    #[cfg(feature = "model")]
    Switched(*const switched::Yielder),
    #[cfg(feature = "os-threads")]
    OsThread(*const os_threads::Baton),
}

impl Suspender {
    /// Stops the coroutine until it is resumed.
    ///
    /// # Safety
    ///
    /// Called by the body that was given this, directly or not.
    #[inline]
    pub(super) unsafe fn suspend(self) {
        match self {
            #[cfg(feature = "model")]
            Self::Switched(yielder) => {
                // SAFETY: C3, as the caller is the body.
                let yielder = unsafe { &*yielder };
                yielder.suspend(());
            }
            #[cfg(feature = "os-threads")]
            Self::OsThread(baton) => {
                // SAFETY: C3, as the caller is the body.
                let baton = unsafe { &*baton };
                baton.suspend();
            }
        }
    }
}

#[cfg(test)]
mod tests;
