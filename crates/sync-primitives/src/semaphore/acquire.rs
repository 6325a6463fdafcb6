//! The futures that wait for permits.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{AcquireError, Semaphore, SemaphorePermit};
use crate::policy::{Fifo, Policy};
use crate::wait::Place;

pin_project! {
    /// Waits for permits of a [`Semaphore`]; made by [`Semaphore::acquire`] and [`Semaphore::acquire_many`].
    ///
    /// It joins the queue when it is first polled. Dropped, it leaves the queue and gives back what it had been given.
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<'a, P: Policy = Fifo> {
        #[pin]
        place: Place<&'a Semaphore<P>>,
    }
}

impl<'a, P: Policy> Acquire<'a, P> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(semaphore: &'a Semaphore<P>, want: u32) -> Self {
        Self { place: Place::new(semaphore, want) }
    }
}

impl<'a, P: Policy> Future for Acquire<'a, P> {
    type Output = Result<SemaphorePermit<'a, P>, AcquireError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let want = this.place.need();
        let n = P::wanted(want);
        this.place.poll_enter(want, context).map(|outcome| {
            outcome.map(|semaphore| SemaphorePermit::new(semaphore, n as usize)).map_err(|_| AcquireError(()))
        })
    }
}

impl<P: Policy> fmt::Debug for Acquire<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire").field("permits", &P::wanted(self.place.need())).finish_non_exhaustive()
    }
}

#[cfg(feature = "alloc")]
pub use owned::AcquireOwned;

#[cfg(feature = "alloc")]
mod owned {
    use super::{AcquireError, Context, Fifo, Future, Pin, Place, Policy, Poll, Semaphore, fmt, pin_project};
    use crate::primitive::os::Arc;
    use crate::semaphore::{Counting, OwnedSemaphorePermit};
    use crate::wait::{Handle, WaitQueue};

    impl<P: Policy> Handle for Arc<Semaphore<P>> {
        type Rule = Counting<P>;

        #[inline]
        fn queue(&self) -> &WaitQueue<Counting<P>> {
            &self.queue
        }
    }

    pin_project! {
        /// Waits for permits of a shared [`Semaphore`]; made by [`Semaphore::acquire_owned`] and
        /// [`Semaphore::acquire_many_owned`].
        ///
        /// It joins the queue when it is first polled. Dropped, it leaves the queue and gives back what it had been given.
        #[must_use = "futures do nothing unless polled"]
        pub struct AcquireOwned<P: Policy = Fifo> {
            #[pin]
            place: Place<Arc<Semaphore<P>>>,
        }
    }

    impl<P: Policy> AcquireOwned<P> {
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub(in crate::semaphore) fn new(semaphore: Arc<Semaphore<P>>, want: u32) -> Self {
            Self { place: Place::new(semaphore, want) }
        }
    }

    impl<P: Policy> Future for AcquireOwned<P> {
        type Output = Result<OwnedSemaphorePermit<P>, AcquireError>;

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            let this = self.project();
            let want = this.place.need();
            let n = P::wanted(want);
            this.place.poll_enter(want, context).map(|outcome| {
                outcome.map(|semaphore| OwnedSemaphorePermit::new(semaphore, n as usize)).map_err(|_| AcquireError(()))
            })
        }
    }

    impl<P: Policy> fmt::Debug for AcquireOwned<P> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("AcquireOwned").field("permits", &P::wanted(self.place.need())).finish_non_exhaustive()
        }
    }
}
