//! Waiting for slots, and for the end: as a future, and on a blocked thread.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

#[cfg(any(feature = "std", loom))]
pub(super) use blocking::{block, block_for_slots, block_until_closed};
use pin_project_lite::pin_project;

use super::error::{SendError, TrySendError};
use super::gate::Gate;
use super::permit::{OwnedPermit, Permit, PermitIterator};
use super::queue::{Closing, Queue, Slots};
use super::seat::{Keeper, Seat};
use super::sender::Sender;

type Borrowed<'a, T> = &'a Gate<Queue<T>>;

const DONE: &str = "polled after completion";

/// `n`, if there can ever be as many free slots.
fn slots_at_once<T>(gate: &Gate<Queue<T>>, n: usize) -> Option<u32> {
    let most = gate.with(|state| state.max_capacity());
    if n > most { None } else { u32::try_from(n).ok() }
}

/// Reserves at once, if that can be done.
fn try_reserve<T, K: Keeper<State = Queue<T>>>(seat: &Seat<K, Slots>, n: usize) -> Result<(), TrySendError<()>> {
    seat.keeper().expect(DONE).gate().with(|state| state.try_reserve(n))
}

/// Waits for `n` slots, and gives what led to them back.
fn poll_reserve<T, K: Keeper<State = Queue<T>>>(
    mut seat: Pin<&mut Seat<K, Slots>>,
    n: usize,
    context: &Context<'_>,
) -> Poll<Result<K, SendError<()>>> {
    if seat.is_idle() {
        match try_reserve(&seat, n) {
            Err(TrySendError::Full(())) => {}
            outcome => {
                let keeper = seat.as_mut().take_keeper().expect(DONE);
                return Poll::Ready(outcome.map(|()| keeper).map_err(|_| SendError(())));
            }
        }
    }
    seat.poll(context).map_err(|_| SendError(()))
}

pin_project! {
    /// Sends a value once there is a slot for it; made by [`Sender::send`].
    ///
    /// It joins the queue when it is first polled, if it has to. Dropped, it leaves the queue, and the value is dropped unsent.
    #[must_use = "futures do nothing unless polled"]
    pub struct Send<'a, T> {
        #[pin]
        seat: Seat<Borrowed<'a, T>, Slots>,
        value: Option<T>,
    }
}

impl<'a, T> Send<'a, T> {
    #[inline]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(gate: Borrowed<'a, T>, value: T) -> Self {
        Self { seat: Seat::new(gate, 1), value: Some(value) }
    }
}

impl<T> Send<'_, T> {
    /// Gives up, and gives the value back, which has not been sent; `None` if it has. The place in the queue goes to the next, and so does the slot, if one had been given.
    ///
    /// ```
    /// # use std::{future::Future, pin::pin, task::{Context, Waker}};
    /// use sync_primitives::mpsc;
    ///
    /// let (sender, receiver) = mpsc::channel(1);
    /// sender.try_send(1).unwrap();
    /// let mut send = pin!(sender.send(2));
    /// assert!(send.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    /// assert_eq!(send.cancel(), Some(2));
    /// # drop(receiver);
    /// ```
    pub fn cancel(self: Pin<&mut Self>) -> Option<T> {
        let this = self.project();
        this.seat.leave();
        this.value.take()
    }
}

impl<T> Future for Send<'_, T> {
    type Output = Result<(), SendError<T>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.seat.is_idle() {
            let gate = this.seat.keeper().expect(DONE);
            let value = this.value.take().expect(DONE);
            match gate.change(|state| state.try_push(value)) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(TrySendError::Closed(value)) => return Poll::Ready(Err(SendError(value))),
                Err(TrySendError::Full(value)) => *this.value = Some(value),
            }
        }
        wait_and_send(this.seat, this.value, context)
    }
}

/// Waits for a slot, and sends the value in it.
#[cold]
fn wait_and_send<'a, T>(
    seat: Pin<&mut Seat<Borrowed<'a, T>, Slots>>,
    value: &mut Option<T>,
    context: &Context<'_>,
) -> Poll<Result<(), SendError<T>>> {
    let outcome = ready!(seat.poll(context));
    let value = value.take().expect(DONE);
    Poll::Ready(match outcome {
        Ok(gate) => {
            // What is refused now had been promised: it is sent as far as the sender can know, and dropped.
            drop(gate.change(|state| state.push_reserved(value)));
            Ok(())
        }
        Err(_) => Err(SendError(value)),
    })
}

impl<T> fmt::Debug for Send<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Send").finish_non_exhaustive()
    }
}

pin_project! {
    /// Reserves a slot; made by [`Sender::reserve`].
    ///
    /// It joins the queue when it is first polled, if it has to. Dropped, it leaves the queue, and frees the slot that it had
    /// been given.
    #[must_use = "futures do nothing unless polled"]
    pub struct Reserve<'a, T> {
        #[pin]
        seat: Seat<Borrowed<'a, T>, Slots>,
    }
}

impl<'a, T> Reserve<'a, T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(gate: Borrowed<'a, T>) -> Self {
        Self { seat: Seat::new(gate, 1) }
    }
}

impl<'a, T> Future for Reserve<'a, T> {
    type Output = Result<Permit<'a, T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        poll_reserve(self.project().seat, 1, context).map_ok(Permit::new)
    }
}

impl<T> fmt::Debug for Reserve<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reserve").finish_non_exhaustive()
    }
}

pin_project! {
    /// Reserves some slots together; made by [`Sender::reserve_many`].
    ///
    /// It joins the queue when it is first polled, if it has to. Dropped, it leaves the queue, and frees the slots that it had
    /// been given.
    #[must_use = "futures do nothing unless polled"]
    pub struct ReserveMany<'a, T> {
        #[pin]
        seat: Seat<Borrowed<'a, T>, Slots>,
        n: usize,
    }
}

impl<'a, T> ReserveMany<'a, T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(gate: Borrowed<'a, T>, n: usize) -> Self {
        Self { seat: Seat::new(gate, u32::try_from(n).unwrap_or(u32::MAX)), n }
    }
}

impl<'a, T> Future for ReserveMany<'a, T> {
    type Output = Result<PermitIterator<'a, T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let n = *this.n;
        // One that has joined the line has passed this.
        if this.seat.is_idle() && slots_at_once(this.seat.keeper().expect(DONE), n).is_none() {
            return Poll::Ready(Err(SendError(())));
        }
        poll_reserve(this.seat, n, context).map_ok(|gate| PermitIterator::new(gate, n))
    }
}

impl<T> fmt::Debug for ReserveMany<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveMany").field("n", &self.n).finish_non_exhaustive()
    }
}

pin_project! {
    /// Reserves a slot for a permit that owns the sender; made by [`Sender::reserve_owned`].
    ///
    /// It joins the queue when it is first polled, if it has to. Dropped, it leaves the queue, frees the slot that it had been
    /// given, and drops the sender.
    #[must_use = "futures do nothing unless polled"]
    pub struct ReserveOwned<T> {
        #[pin]
        seat: Seat<Sender<T>, Slots>,
    }
}

impl<T> ReserveOwned<T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(sender: Sender<T>) -> Self {
        Self { seat: Seat::new(sender, 1) }
    }
}

impl<T> Future for ReserveOwned<T> {
    type Output = Result<OwnedPermit<T>, SendError<()>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        poll_reserve(self.project().seat, 1, context).map_ok(OwnedPermit::new)
    }
}

impl<T> fmt::Debug for ReserveOwned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReserveOwned").finish_non_exhaustive()
    }
}

pin_project! {
    /// Waits until nothing can be sent any more; made by [`Sender::closed`].
    ///
    /// It joins the line of those who wait for that when it is first polled. Dropped, it leaves the line, and nothing is lost.
    #[must_use = "futures do nothing unless polled"]
    pub struct Closed<'a, T> {
        #[pin]
        seat: Seat<Borrowed<'a, T>, Closing>,
    }
}

impl<'a, T> Closed<'a, T> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(gate: Borrowed<'a, T>) -> Self {
        Self { seat: Seat::new(gate, 0) }
    }
}

impl<T> Future for Closed<'_, T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Nobody is let go on but by the end.
        self.project().seat.poll(context).map(|_| ())
    }
}

impl<T> fmt::Debug for Closed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").finish_non_exhaustive()
    }
}

#[cfg(any(feature = "std", loom))]
mod blocking {
    use super::{Closing, Gate, Queue, Slots, TrySendError, slots_at_once};
    use crate::channel::gate::spin;
    use crate::channel::seat::block_in_line;
    use crate::wait::{Blocked, Deadline};

    /// Sends the value once there is a slot for it; gives it back if there is none by the deadline.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(in crate::channel) fn block<T>(
        gate: &Gate<Queue<T>>,
        value: T,
        deadline: Option<Deadline>,
    ) -> Result<(), (T, Blocked)> {
        let mut unsent = Some(value);
        let attempt = || {
            let value = unsent.take()?;
            match gate.change(|state| state.try_push(value)) {
                Ok(()) => Some(Ok(())),
                Err(TrySendError::Closed(value)) => Some(Err((value, Blocked::Closed))),
                Err(TrySendError::Full(value)) => {
                    unsent = Some(value);
                    None
                }
            }
        };
        if let Some(outcome) = spin(attempt) {
            return outcome;
        }
        let Some(value) = unsent else { return Ok(()) };
        match block_in_line::<_, Slots>(gate, 1, deadline) {
            Ok(()) => {
                // As in the future.
                drop(gate.change(|state| state.push_reserved(value)));
                Ok(())
            }
            Err(why) => Err((value, why)),
        }
    }

    /// Reserves `n` slots together.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(in crate::channel) fn block_for_slots<T>(gate: &Gate<Queue<T>>, n: usize) -> Result<(), Blocked> {
        let need = slots_at_once(gate, n).ok_or(Blocked::Closed)?;
        block_in_line::<_, Slots>(gate, need, None)
    }

    /// Waits until nothing can be sent any more.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(in crate::channel) fn block_until_closed<T>(gate: &Gate<Queue<T>>) {
        // There is no other way out.
        block_in_line::<_, Closing>(gate, 0, None).unwrap_or(());
    }
}
