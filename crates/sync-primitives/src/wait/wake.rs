//! Whom to wake, and waking many outside the list lock.

use core::mem::MaybeUninit;
use core::task::Waker;

#[cfg(any(feature = "std", loom))]
use crate::primitive::thread::Thread;

/// A task, or a blocked thread: both wait in one queue.
#[derive(Debug)]
pub(crate) enum Wake {
    /// A task, by its waker.
    Task(Waker),
    /// A thread that is parked or about to park.
    #[cfg(any(feature = "std", loom))]
    Thread(Thread),
}

impl Wake {
    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        match self {
            Self::Task(own) => own.will_wake(waker),
            #[cfg(any(feature = "std", loom))]
            Self::Thread(_) => false,
        }
    }

    pub(crate) fn wake(self) {
        match self {
            Self::Task(waker) => waker.wake(),
            #[cfg(any(feature = "std", loom))]
            Self::Thread(thread) => thread.unpark(),
        }
    }
}

/// Wakes one, when nobody else is to be served. Its panic goes on at once, unless the thread unwinds already: see [`Panics::resume`].
#[inline]
pub(crate) fn wake_alone(wake: Wake) {
    #[cfg(all(feature = "std", not(loom)))]
    if crate::primitive::thread::panicking() {
        return wake_unwinding(wake);
    }
    wake.wake();
}

#[cfg(all(feature = "std", not(loom)))]
#[cold]
fn wake_unwinding(wake: Wake) {
    let mut panics = Panics::default();
    panics.catch(|| wake.wake());
    panics.resume();
}

/// How many are woken at a time. Each takes two words on the stack of whoever lets waiters in.
pub(crate) const BATCH: usize = 32;

/// Those to be woken once the list lock is given back, in the order in which they were let in.
pub(crate) struct Batch {
    wakes: [MaybeUninit<Wake>; BATCH],
    /// `wakes[woken..filled]` are written.
    filled: usize,
    woken: usize,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { wakes: [const { MaybeUninit::uninit() }; BATCH], filled: 0, woken: 0 }
    }

    pub(crate) fn room(&self) -> usize {
        BATCH - self.filled
    }

    pub(crate) fn push(&mut self, wake: Wake) {
        self.wakes[self.filled].write(wake);
        self.filled += 1;
    }

    fn next(&mut self) -> Option<Wake> {
        if self.woken == self.filled {
            return None;
        }
        let wake = self.wakes[self.woken].as_ptr();
        self.woken += 1;
        // SAFETY: written by `push`, and `woken` is past it now, so it is read once.
        Some(unsafe { wake.read() })
    }

    /// Wakes them all. If wakers panic, the others are woken all the same.
    #[inline]
    pub(crate) fn wake(&mut self, panics: &mut Panics) {
        // Caught once for all; behind one that panics it goes on.
        while self.woken < self.filled {
            panics.catch(|| {
                while let Some(wake) = self.next() {
                    wake.wake();
                }
            });
        }
        (self.filled, self.woken) = (0, 0);
    }
}

/// Where a waker's panic cannot be caught, unwinding comes through here.
impl Drop for Batch {
    fn drop(&mut self) {
        while let Some(wake) = self.next() {
            wake.wake();
        }
    }
}

/// The first panic of a waker, kept until everybody is served.
#[derive(Default)]
pub(crate) struct Panics {
    #[cfg(all(feature = "std", not(loom)))]
    first: Option<std::boxed::Box<dyn core::any::Any + Send>>,
}

impl Panics {
    /// Runs foreign code. With `std` a panic of it is kept; without, it unwinds from here.
    #[inline]
    pub(crate) fn catch(&mut self, f: impl FnOnce()) {
        #[cfg(all(feature = "std", not(loom)))]
        if let Err(panic) = std::panic::catch_unwind(core::panic::AssertUnwindSafe(f)) {
            self.first.get_or_insert(panic);
        }
        #[cfg(not(all(feature = "std", not(loom))))]
        f();
    }

    /// Goes on with the first panic, if there was one. Where the thread unwinds already, two panics would end the process:
    /// the waker's is given up.
    #[inline]
    pub(crate) fn resume(self) {
        #[cfg(all(feature = "std", not(loom)))]
        match self.first {
            Some(panic) if !crate::primitive::thread::panicking() => std::panic::resume_unwind(panic),
            _ => {}
        }
    }
}
