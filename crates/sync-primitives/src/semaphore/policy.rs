//! Who goes before whom in the queue of a semaphore: [`Policy`], and the policies there are.
//!
//! A policy orders those who wait, when they join. It says whether one who joins goes before one who waits already, beginning at the end of the queue, and
//! how often one who waits is passed at most: after that nobody passes it any more. So each of these policies has the
//! property of bounded bypass: whoever waits is passed by no more than a fixed number of those who come later, and is served after all others that
//! were there before it and they have been.
//!
//! To join takes as many steps as waiters are passed. Each waiter is passed a fixed number of times, so that in the long run this is
//! constant for each that joins.

use core::fmt;

/// In which order a [`Semaphore`](super::Semaphore) serves: [`Fifo`], [`Barging`] or [`Priority`].
pub trait Policy: sealed::Sealed + fmt::Debug + Send + Sync + 'static {}

impl<P: sealed::Sealed + fmt::Debug + Send + Sync + 'static> Policy for P {}

pub(crate) mod sealed {
    /// What the queue asks. Pure functions, called with the list lock held; they must not panic.
    pub trait Sealed {
        /// The most permits that one may ask for.
        const MOST: u32 = u32::MAX;

        /// How many permits `want` is for.
        fn permits(want: u32) -> u32 {
            want
        }

        /// Whether one who joins and wants `new` goes before one who waits for `old` and was passed `passed` times, `free` permits being free.
        fn passes(free: usize, new: u32, old: u32, passed: u32) -> bool;
    }
}

/// First in, first out. Nobody is ever passed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fifo;

impl sealed::Sealed for Fifo {
    #[inline]
    fn passes(_free: usize, _new: u32, _old: u32, _passed: u32) -> bool {
        false
    }
}

/// Who finds as many permits free as it needs goes past those who wait for more, but past each of them at most `PASSES` times.
///
/// Permits that the head of the line is collecting are used meanwhile; the head waits longer, and not for ever.
///
/// ```
/// use sync_primitives::{Barging, Semaphore};
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// # let mut context = Context::from_waker(Waker::noop());
///
/// let semaphore = Semaphore::<Barging<1>>::with_policy(3);
/// let held = semaphore.try_acquire().unwrap();
/// let mut all = pin!(semaphore.acquire_many(3));
/// assert!(all.as_mut().poll(&mut context).is_pending());
/// // Two are free: one goes past the one that needs three, and only one.
/// let Poll::Ready(past) = pin!(semaphore.acquire()).poll(&mut context) else { panic!() };
/// assert!(pin!(semaphore.acquire()).poll(&mut context).is_pending());
/// # drop((held, past));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Barging<const PASSES: u32 = 16>;

impl<const PASSES: u32> sealed::Sealed for Barging<PASSES> {
    #[inline]
    fn passes(free: usize, new: u32, _old: u32, passed: u32) -> bool {
        free >= new as usize && passed < PASSES
    }
}

/// Who has the higher rank goes first, those of one rank in the order in which they came; but each is passed at most `PASSES` times, so that
/// one of a low rank grows old and is served.
///
/// [`Semaphore::acquire_ranked`](super::Semaphore::acquire_ranked) waits with a rank, [`acquire`](super::Semaphore::acquire) with 0,
/// the lowest. At most 2^24 - 1 permits can be asked for at a time.
///
/// ```
/// use sync_primitives::{Priority, Semaphore};
/// # use std::{future::Future, pin::pin, task::{Context, Waker}};
/// # let mut context = Context::from_waker(Waker::noop());
///
/// let semaphore = Semaphore::<Priority>::with_policy(0);
/// let mut low = pin!(semaphore.acquire());
/// let mut high = pin!(semaphore.acquire_ranked(1, 7));
/// assert!(low.as_mut().poll(&mut context).is_pending());
/// assert!(high.as_mut().poll(&mut context).is_pending());
/// semaphore.add_permits(1);
/// assert!(low.as_mut().poll(&mut context).is_pending());
/// assert!(high.as_mut().poll(&mut context).is_ready());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Priority<const PASSES: u32 = 64>;

/// The rank stands above the permits.
const RANK: u32 = 1 << 24;

/// What one of this rank wants.
pub(super) fn ranked(permits: u32, rank: u8) -> u32 {
    u32::from(rank) * RANK + permits
}

impl<const PASSES: u32> sealed::Sealed for Priority<PASSES> {
    const MOST: u32 = RANK - 1;

    #[inline]
    fn permits(want: u32) -> u32 {
        want % RANK
    }

    #[inline]
    fn passes(_free: usize, new: u32, old: u32, passed: u32) -> bool {
        new / RANK > old / RANK && passed < PASSES
    }
}
