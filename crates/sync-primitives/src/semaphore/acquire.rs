//! The futures that wait for permits.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{AcquireError, Semaphore, SemaphorePermit};
use crate::wait::Place;

pin_project! {
    /// Waits for permits of a [`Semaphore`]; made by [`Semaphore::acquire`] and [`Semaphore::acquire_many`].
    ///
    /// It joins the queue when it is first polled. Dropped, it leaves the queue and gives back what it had been given.
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<'a> {
        #[pin]
        place: Place<&'a Semaphore>,
    }
}

impl<'a> Acquire<'a> {
    #[inline]
    pub(super) fn new(semaphore: &'a Semaphore, n: u32) -> Self {
        Self { place: Place::new(semaphore, n) }
    }
}

impl<'a> Future for Acquire<'a> {
    type Output = Result<SemaphorePermit<'a>, AcquireError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let n = this.place.need();
        this.place.poll_enter(n, context).map(|outcome| {
            outcome.map(|semaphore| SemaphorePermit::new(semaphore, n as usize)).map_err(|_| AcquireError(()))
        })
    }
}

impl fmt::Debug for Acquire<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire").field("permits", &self.place.need()).finish_non_exhaustive()
    }
}

#[cfg(feature = "alloc")]
pub use owned::AcquireOwned;

#[cfg(feature = "alloc")]
mod owned {
    use super::{AcquireError, Context, Future, Pin, Place, Poll, Semaphore, fmt, pin_project};
    use crate::primitive::os::Arc;
    use crate::semaphore::{Counting, OwnedSemaphorePermit};
    use crate::wait::{Handle, WaitQueue};

    impl Handle for Arc<Semaphore> {
        type Rule = Counting;

        #[inline]
        fn queue(&self) -> &WaitQueue<Counting> {
            &self.queue
        }
    }

    pin_project! {
        /// Waits for permits of a shared [`Semaphore`]; made by [`Semaphore::acquire_owned`] and
        /// [`Semaphore::acquire_many_owned`].
        ///
        /// It joins the queue when it is first polled. Dropped, it leaves the queue and gives back what it had been given.
        #[must_use = "futures do nothing unless polled"]
        pub struct AcquireOwned {
            #[pin]
            place: Place<Arc<Semaphore>>,
        }
    }

    impl AcquireOwned {
        pub(in crate::semaphore) fn new(semaphore: Arc<Semaphore>, n: u32) -> Self {
            Self { place: Place::new(semaphore, n) }
        }
    }

    impl Future for AcquireOwned {
        type Output = Result<OwnedSemaphorePermit, AcquireError>;

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            let this = self.project();
            let n = this.place.need();
            this.place.poll_enter(n, context).map(|outcome| {
                outcome.map(|semaphore| OwnedSemaphorePermit::new(semaphore, n as usize)).map_err(|_| AcquireError(()))
            })
        }
    }

    impl fmt::Debug for AcquireOwned {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("AcquireOwned").field("permits", &self.place.need()).finish_non_exhaustive()
        }
    }
}
