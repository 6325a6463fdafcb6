//! [`Wait`]: what all futures of this crate have in common.

use core::future::Future;

#[cfg(feature = "alloc")]
use super::Ticket;
use super::Until;
use crate::Policy;

/// A future of this crate: a place in a queue. Dropped, it gives back what it had been given, so it may be given up for any reason; that is what
/// the methods rest on, and why the trait cannot be implemented elsewhere.
pub trait Wait: Future + sealed::Sealed {
    /// Waits, but not past the end of `time`, which is any future: a sleep of whatever timer there is. No runtime is needed, and no timer asked while
    /// there is nothing to wait for. What was given before `time` was looked at is never refused.
    ///
    /// With a [`Ticket`] the place in the queue outlives the time that was over: `(&mut ticket).until(...)`.
    ///
    /// ```
    /// use sync_primitives::Mutex;
    /// use sync_primitives::futures::{TimedOut, Wait};
    /// # fn sleep() -> impl Future<Output = ()> { std::future::ready(()) }
    ///
    /// # pollster::block_on(async {
    /// let mutex = Mutex::new(1);
    /// let guard = mutex.lock().until(sleep()).await.expect("nobody has it");
    /// assert_eq!(mutex.lock().until(sleep()).await.unwrap_err(), TimedOut);
    /// # drop(guard);
    /// # });
    /// ```
    fn until<S: Future>(self, time: S) -> Until<Self, S>
    where
        Self: Sized,
    {
        Until::new(self, time)
    }

    /// The place in the queue as a value that may be moved and kept: it outlives every poll, select and time-out, until it is served or dropped.
    /// Takes the place at once.
    ///
    /// It allocates the node of the queue, once. Where that is not wanted, `pin!` the future and poll it by `as_mut()`: a pinned future that is
    /// not dropped keeps its place too.
    ///
    /// ```
    /// use sync_primitives::Semaphore;
    /// use sync_primitives::futures::Wait;
    ///
    /// # pollster::block_on(async {
    /// let semaphore = Semaphore::new(0);
    /// let mut ticket = semaphore.acquire().ticket();
    /// // Whatever happens to this attempt, the place is kept.
    /// assert!((&mut ticket).until(std::future::ready(())).await.is_err());
    /// semaphore.add_permits(1);
    /// assert!(semaphore.try_acquire().is_err(), "the permit is the ticket's");
    /// assert!(ticket.await.is_ok());
    /// # });
    /// ```
    ///
    /// Not of futures that receive values, which a ticket that is dropped would lose: they are no [`Place`].
    #[cfg(feature = "alloc")]
    fn ticket(self) -> Ticket<Self>
    where
        Self: Place + Sized,
    {
        Ticket::new(self)
    }
}

/// A future of this crate whose output gives back what it stands for when it is dropped, or stands for nothing: all but those that receive values or see changes.
pub trait Place: Wait + sealed::Place {}

impl<W: Wait + sealed::Place> Place for W {}

pub(super) mod sealed {
    pub trait Sealed {}
    pub trait Place {}
}

macro_rules! wait {
    ($($(#[$attribute:meta])* [$($parameters:tt)*] $future:ty;)*) => {
        $(
            $(#[$attribute])*
            impl<$($parameters)*> sealed::Sealed for $future {}
            $(#[$attribute])*
            impl<$($parameters)*> Wait for $future {}
        )*
    };
}

macro_rules! places {
    ($($(#[$attribute:meta])* [$($parameters:tt)*] $future:ty;)*) => {
        wait! { $($(#[$attribute])* [$($parameters)*] $future;)* }
        $(
            $(#[$attribute])*
            impl<$($parameters)*> sealed::Place for $future {}
        )*
    };
}

places! {
    [P: Policy] super::Acquire<'_, P>;
    #[cfg(feature = "alloc")]
    [P: Policy] super::AcquireOwned<P>;
    [] super::BarrierWait<'_>;
    [T: ?Sized, P: Policy] super::CondvarWait<'_, '_, T, P>;
    #[cfg(feature = "alloc")]
    [T: ?Sized, P: Policy] super::CondvarWaitOwned<'_, T, P>;
    [] super::Listener<'_>;
    [T: ?Sized, P: Policy] super::Lock<'_, T, P>;
    #[cfg(feature = "alloc")]
    [T: ?Sized, P: Policy] super::LockOwned<T, P>;
    [] super::Notified<'_>;
    #[cfg(feature = "alloc")]
    [] super::OwnedNotified;
    [T: ?Sized, P: Policy] super::Read<'_, T, P>;
    #[cfg(feature = "alloc")]
    [T: ?Sized, P: Policy] super::ReadOwned<T, P>;
    [T] super::SetOnceWait<'_, T>;
    [T: ?Sized, P: Policy] super::UpgradableRead<'_, T, P>;
    #[cfg(feature = "alloc")]
    [T: ?Sized, P: Policy] super::UpgradableReadOwned<T, P>;
    [T: ?Sized, P: Policy] super::Upgrade<'_, T, P>;
    #[cfg(feature = "alloc")]
    [T: ?Sized, P: Policy] super::UpgradeOwned<T, P>;
    #[cfg(feature = "alloc")]
    [] super::WaitForCancellationFuture<'_>;
    #[cfg(feature = "alloc")]
    [] super::WaitForCancellationFutureOwned;
    [T: ?Sized, P: Policy] super::Write<'_, T, P>;
    #[cfg(feature = "alloc")]
    [T: ?Sized, P: Policy] super::WriteOwned<T, P>;
    #[cfg(feature = "alloc")]
    [W: Place] Ticket<W>;
    // What keeps the place when the reference goes.
    #[cfg(feature = "alloc")]
    [W: Place] &mut Ticket<W>;
}

wait! {
    [W: Wait] core::pin::Pin<&mut W>;
}

impl<W: Place> sealed::Place for core::pin::Pin<&mut W> {}

/// Of channels: those that send, and those that wait for the end or for a change.
#[cfg(feature = "alloc")]
mod channels {
    use super::{Wait, sealed};
    use crate::{broadcast, mpmc, mpsc, oneshot, watch};

    places! {
        [T] mpsc::Send<'_, T>;
        [T] mpsc::Reserve<'_, T>;
        [T] mpsc::ReserveMany<'_, T>;
        [T] mpsc::ReserveOwned<T>;
        [T] mpsc::Closed<'_, T>;
        [T] oneshot::Closed<'_, T>;
        [] watch::Closed<'_>;
        [T] broadcast::Closed<'_, T>;
    }

    wait! {
        [T] mpsc::Recv<'_, T>;
        [T] mpsc::RecvMany<'_, T>;
        [T] mpmc::Recv<'_, T>;
        [T] mpmc::RecvMany<'_, T>;
        [T] oneshot::Receiver<T>;
        // Polled by reference, it keeps its value when the reference goes.
        [T] &mut oneshot::Receiver<T>;
        // Who has waited for a change has seen it.
        [] watch::Changed<'_>;
        [T: Clone] broadcast::Recv<'_, T>;
        ['a, T, F: FnMut(&T) -> bool] watch::WaitFor<'a, T, F>;
    }
}
