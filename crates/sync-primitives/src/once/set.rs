//! [`SetOnce`]: a value that some wait for and one sets.
//!
//! Source: the write-once variable of dataflow languages (the I-structure of Arvind, Nikhil and Pingali, 1989), with the names of
//! tokio's `SetOnce`.
//!
//! Layout: the bit `SETTING`, and the bits of the queue, of which `CLOSED` means that the value is there; then the value.
//!
//! Invariants, beside I1..I5 of `wait`
//! - O1: the value is written by the one who set `SETTING`, before `CLOSED` is set; after that it is not written any more.
//!
//! Linearization points: setting, the queue's change that sets `CLOSED`; looking, O2.
//!
//! Progress: looking is wait-free, setting never waits. Reclamation: the value is dropped with its `SetOnce`.
//!
//! Checked by `tests/loom_events.rs`.

use core::error::Error;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::slot::{Slot, as_option};
use crate::primitive::{const_fn, ord};
use crate::wait::{CLOSED, Handle, Place, SHIFT, UntilClosed, WaitQueue};
use crate::watched::{Kind, diagnosed, named};
#[cfg(any(feature = "std", loom))]
use crate::watched::{Site, Stake, Watch as _};

/// Somebody sets the value, or has set it.
const SETTING: usize = 1 << SHIFT;

/// A value that is set once, and that others wait for.
///
/// - Cost: one load to look at the value. A waiter is a node of 40 bytes in its future or on its thread's stack; nothing is
///   allocated.
/// - Size: 16 bytes and the value.
/// - Cancellation: a dropped [`SetOnceWait`](crate::futures::SetOnceWait) leaves the queue, and nothing is lost.
///
/// ```
/// use sync_primitives::SetOnce;
///
/// static ADDRESS: SetOnce<u16> = SetOnce::new();
///
/// std::thread::scope(|scope| {
///     scope.spawn(|| ADDRESS.set(8080).unwrap());
///     assert_eq!(*pollster::block_on(ADDRESS.wait()), 8080);
/// });
/// assert_eq!(ADDRESS.set(1).unwrap_err().0, 1);
/// ```
pub struct SetOnce<T> {
    queue: WaitQueue<UntilClosed>,
    value: Slot<T>,
}

// SAFETY: it owns its value.
unsafe impl<T: Send> Send for SetOnce<T> {}
// SAFETY: a value may be put in on one thread and dropped on another (`Send`), and many look at it together (`Sync`).
unsafe impl<T: Send + Sync> Sync for SetOnce<T> {}

impl<T> SetOnce<T> {
    const_fn! {
        /// Without a value.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new() -> Self {
            Self { queue: WaitQueue::of(Kind::SetOnce, 0), value: Slot::empty() }
        }
    }

    const_fn! {
        /// The same as [`new`](Self::new), which is `const` too; for code written for tokio.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn const_new() -> Self {
            Self::new()
        }
    }

    const_fn! {
        /// With a value.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn const_new_with(value: T) -> Self {
            Self { queue: WaitQueue::of(Kind::SetOnce, CLOSED | SETTING), value: Slot::full(value) }
        }
    }

    /// With a value, if one is given.
    #[must_use]
    pub fn new_with(value: Option<T>) -> Self {
        value.map_or_else(Self::new, Self::const_new_with)
    }

    named! { queue, r#"static READY: sync_primitives::SetOnce<u32> = sync_primitives::SetOnce::new().named("ready");"# }

    diagnosed! {
        /// What is known of it: counts, times, and who waits.
        queue
    }

    /// Whether the value is there.
    #[must_use]
    pub fn initialized(&self) -> bool {
        // ord[O2] Acquire: who finds the value there sees it; pairs with W8, W11.
        self.queue.word().load(ord!(O2, Acquire)) & CLOSED != 0
    }

    /// The value, if it is there.
    ///
    /// ```
    /// let cell = sync_primitives::SetOnce::new();
    /// assert_eq!(cell.get(), None);
    /// cell.set(1).unwrap();
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    pub fn get(&self) -> Option<&T> {
        if self.initialized() { Some(self.value()) } else { None }
    }

    /// The value, which is there.
    fn value(&self) -> &T {
        // SAFETY: O1: written, and not written any more.
        unsafe { self.value.get() }
    }

    /// Sets the value, and lets all go who wait for it.
    ///
    /// # Errors
    ///
    /// Gives the value back if there is one already, or somebody else sets it at this moment.
    pub fn set(&self, value: T) -> Result<(), SetOnceError<T>> {
        let mut word = self.queue.peek();
        loop {
            if word & SETTING != 0 {
                return Err(SetOnceError(value));
            }
            // ord[O1] Relaxed: decides who sets; the value is published by `CLOSED`; pairs with none.
            // ord[O3] Relaxed: as O1; pairs with none.
            match self.queue.word().compare_exchange(word, word | SETTING, ord!(O1, Relaxed), ord!(O3, Relaxed)) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        // SAFETY: O1: only this thread writes, and nobody reads before `CLOSED`.
        unsafe { self.value.put(value) };
        self.queue.change(|word| word | CLOSED);
        Ok(())
    }

    /// Takes the value out.
    pub fn into_inner(self) -> Option<T> {
        if !self.initialized() {
            return None;
        }
        let mut this = core::mem::ManuallyDrop::new(self);
        // SAFETY: O1: written; `self` is not dropped, so the value is moved out.
        Some(unsafe { this.value.take() })
    }

    /// Waits for the value. Dropping the future leaves the queue.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait(&self) -> SetOnceWait<'_, T> {
        SetOnceWait { place: Place::new(self, 0), cell: self }
    }

    /// Blocks the thread until the value is there. In the same queue as tasks.
    ///
    /// ```
    /// let cell = sync_primitives::SetOnce::new_with(Some(1));
    /// assert_eq!(*cell.blocking_wait(), 1);
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait(&self) -> &T {
        if !self.enters() {
            // Let go means that the value is there, and without a deadline there is no other way out.
            self.queue.block(0, None).unwrap_or(());
        }
        self.value()
    }

    /// Blocks the thread until the value is there, but no longer than `timeout`; `None` if the time is over first.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let cell = sync_primitives::SetOnce::new();
    /// assert_eq!(cell.blocking_wait_for(Duration::ZERO), None);
    /// cell.set(1).unwrap();
    /// assert_eq!(cell.blocking_wait_for(Duration::ZERO), Some(&1));
    /// ```
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_for(&self, timeout: core::time::Duration) -> Option<&T> {
        self.block_until(crate::wait::deadline_after(timeout))
    }

    /// Blocks the thread until the value is there, but not past `deadline`; `None` if that comes first.
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_until(&self, deadline: std::time::Instant) -> Option<&T> {
        self.block_until(Some(deadline))
    }

    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block_until(&self, deadline: Option<crate::wait::Deadline>) -> Option<&T> {
        let in_time = self.enters() || self.queue.block(0, deadline) != Err(crate::wait::Blocked::TimedOut);
        in_time.then(|| self.value())
    }

    /// Whether a thread need not wait.
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn enters(&self) -> bool {
        let enters = self.initialized();
        if enters {
            self.queue.watch().entered(None, Site::caller(), Stake::NOTHING, false);
        }
        enters
    }
}

as_option!(SetOnce);

impl<T> Handle for &SetOnce<T> {
    type Rule = UntilClosed;

    fn queue(&self) -> &WaitQueue<UntilClosed> {
        &self.queue
    }

    /// Nothing is to be had but that it is there.
    fn try_enter(&self, _need: u32) -> bool {
        self.initialized()
    }
}

pin_project! {
    /// Waits for the value of a [`SetOnce`]; made by [`SetOnce::wait`].
    ///
    /// Dropped, it leaves the queue, and nothing is lost.
    #[must_use = "futures do nothing unless polled"]
    pub struct SetOnceWait<'a, T> {
        #[pin]
        place: Place<&'a SetOnce<T>>,
        cell: &'a SetOnce<T>,
    }
}

impl<'a, T> Future for SetOnceWait<'a, T> {
    type Output = &'a T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'a T> {
        let this = self.project();
        // Let go means that the value is there.
        this.place.poll_enter(0, context).map(|_| this.cell.value())
    }
}

impl<T> fmt::Debug for SetOnceWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetOnceWait").finish_non_exhaustive()
    }
}

/// The value that could not be set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SetOnceError<T>(pub T);

impl<T> fmt::Debug for SetOnceError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetOnceError").finish_non_exhaustive()
    }
}

impl<T> fmt::Display for SetOnceError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("value is set already")
    }
}

impl<T> Error for SetOnceError<T> {}
