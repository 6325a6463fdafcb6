//! [`Ticket`]: a place in a queue that outlives the attempts to use it.

use alloc::boxed::Box;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// A place in a queue that may be moved and kept; made by [`Wait::ticket`](super::Wait::ticket).
///
/// It is a future that is `Unpin`: `(&mut ticket).await` waits, and when that is dropped, as `select!` does, the place is not lost. Who is
/// let in while nobody polls holds up those behind it until it is polled or dropped: it has what it asked for.
///
/// Dropped, it leaves the queue, and gives back what it had been given.
///
/// ```
/// use std::future::{Future, poll_fn};
/// use std::pin::Pin;
/// use std::task::Poll;
/// use sync_primitives::Mutex;
/// use sync_primitives::futures::Wait;
///
/// # pollster::block_on(async {
/// let mutex = Mutex::new(1);
/// let guard = mutex.lock().await;
/// let mut first = mutex.lock().ticket();
/// let mut second = mutex.lock().ticket();
/// // An attempt that is given up.
/// poll_fn(|context| {
///     assert!(Pin::new(&mut first).poll(context).is_pending());
///     Poll::Ready(())
/// })
/// .await;
/// drop(guard);
/// assert!(first.is_ready() && !second.is_ready());
/// *first.await += 1;
/// assert_eq!(*second.await, 2);
/// # });
/// ```
#[must_use = "the place is lost when this is dropped"]
pub struct Ticket<W: Future> {
    state: Place<W>,
}

enum Place<W: Future> {
    Waits(Pin<Box<W>>),
    /// It was served while nobody waited for that.
    Served(W::Output),
    Done,
}

// What waits is in its box, and what was served is moved out.
impl<W: Future> Unpin for Ticket<W> {}

impl<W: Future> Ticket<W> {
    pub(super) fn new(wait: W) -> Self {
        let mut ticket = Self { state: Place::Waits(Box::pin(wait)) };
        ticket.look(&mut Context::from_waker(Waker::noop()));
        ticket
    }

    /// Looks whether it is served, and takes what it is served if it is.
    fn look(&mut self, context: &mut Context<'_>) {
        if let Place::Waits(wait) = &mut self.state {
            if let Poll::Ready(output) = wait.as_mut().poll(context) {
                self.state = Place::Served(output);
            }
        }
    }

    /// Whether its turn has come, so that waiting for it ends at once. After it has been served, and taken, it is not ready any more.
    ///
    /// Who waits for the ticket at this moment is not woken any more: wait again.
    #[must_use]
    pub fn is_ready(&mut self) -> bool {
        self.look(&mut Context::from_waker(Waker::noop()));
        matches!(self.state, Place::Served(_))
    }
}

impl<W: Future> Future for Ticket<W> {
    type Output = W::Output;

    /// # Panics
    ///
    /// If it was done already.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<W::Output> {
        self.look(context);
        match core::mem::replace(&mut self.state, Place::Done) {
            Place::Served(output) => Poll::Ready(output),
            waits @ Place::Waits(_) => {
                self.state = waits;
                Poll::Pending
            }
            Place::Done => panic!("polled after completion"),
        }
    }
}

impl<W: Future> fmt::Debug for Ticket<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            Place::Waits(_) => "Ticket(waits)",
            Place::Served(_) => "Ticket(served)",
            Place::Done => "Ticket(done)",
        })
    }
}
