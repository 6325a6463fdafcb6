//! Who goes before whom in a queue: [`Policy`], and the policies there are.
//!
//! A policy orders those who wait, when they join. It says whether one who joins goes before one who waits already, beginning at the end of the queue. Each who
//! waits bears a note of the policy: how often it was passed, after which number nobody passes it any more; or its time by the clock of its class. So each of these policies has the
//! property of bounded bypass: whoever waits is passed by no more than a fixed number of those who come later ([`WeightedFair`]: by as many as have earlier times), and is served after all
//! others that were there before it and they have been.
//!
//! To join takes as many steps as waiters are passed. Each waiter is passed a bounded number of times, so that in the long run this is
//! constant for each that joins.

mod shares;

use core::fmt;

pub use shares::WeightedFair;

/// In which order a [`Semaphore`](crate::Semaphore), a [`Mutex`](crate::Mutex) or an [`RwLock`](crate::RwLock) serves: [`Fifo`], [`Barging`], [`Priority`] or
/// [`WeightedFair`].
pub trait Policy: sealed::Sealed + fmt::Debug + Send + Sync + 'static {}

impl<P: sealed::Sealed + fmt::Debug + Send + Sync + 'static> Policy for P {}

/// A policy that asks those who wait for a number: [`Priority`] for their rank, [`WeightedFair`] for their class.
pub trait Ranked: Policy + sealed::Ranked {}

impl<P: Policy + sealed::Ranked> Ranked for P {}

/// The number stands above what is wanted.
const RANK: u32 = 1 << 24;

impl<const CLASSES: usize> WeightedFair<CLASSES> {
    /// A queue of classes with these weights, in which nobody has waited.
    pub(crate) const fn begin(weights: [u32; CLASSES]) -> <Self as sealed::Sealed>::Order {
        shares::Shares::new(weights)
    }
}

/// What one of this number wants.
pub(crate) fn ranked(want: u32, rank: u8) -> u32 {
    u32::from(rank) * RANK + want
}

/// The number of one who wants this.
fn rank(want: u32) -> u32 {
    want / RANK
}

pub(crate) mod sealed {
    /// One who joins, as the policy sees it.
    #[derive(Clone, Copy, Debug)]
    pub struct Joins {
        /// What it wants, with its number.
        pub want: u32,
        /// What the policy has noted of it.
        pub note: u32,
        /// Whether it could enter now, were it first.
        pub enters: bool,
    }

    /// What the queue asks. Called with the list lock held; must not panic.
    pub trait Sealed {
        /// The most that one may want, without its number.
        const MOST: u32 = u32::MAX;

        /// Whether nobody has a number.
        const PLAIN: bool = true;

        /// Whether nobody passes anybody, so that none of those who wait need be asked.
        const IN_ORDER: bool = false;

        /// What the policy knows of a queue; reached under its list lock.
        type Order: Send + 'static;

        /// What it knows of one in which nobody has waited.
        const ORDER: Self::Order;

        /// What is wanted, without the number.
        #[inline]
        fn wanted(want: u32) -> u32 {
            want
        }

        /// What to note of one that joins, and that costs others so much. Notes are below 2^29.
        #[inline]
        fn note(_order: &mut Self::Order, _want: u32, _cost: u32) -> u32 {
            0
        }

        /// What to note of one that is passed, if `new` passes it.
        fn passes(new: Joins, old_want: u32, old_note: u32) -> Option<u32>;

        /// One with this note is let in.
        #[inline]
        fn served(_order: &mut Self::Order, _want: u32, _note: u32) {}

        /// One goes unserved.
        #[inline]
        fn gave_up(_order: &mut Self::Order, _want: u32, _cost: u32) {}
    }

    /// One that asks for a number.
    pub trait Ranked {}
}

use sealed::{Joins, Sealed};

/// Passing that is counted: at most so often.
fn counted(may: bool, passed: u32, most: u32) -> Option<u32> {
    (may && passed < most).then_some(passed + 1)
}

/// First in, first out. Nobody is ever passed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fifo;

impl Sealed for Fifo {
    const IN_ORDER: bool = true;
    type Order = ();
    const ORDER: () = ();

    #[inline]
    fn passes(_new: Joins, _old_want: u32, _old_note: u32) -> Option<u32> {
        None
    }
}

/// Who could enter at once goes past those who wait for more, but past each of them at most `PASSES` times (less than 2^28).
///
/// - A [`Semaphore`](crate::Semaphore): permits that the head of the line is collecting are used meanwhile; the head waits longer, and not for ever.
/// - An [`RwLock`](crate::RwLock): readers join those who read, past a writer that waits.
/// - A [`Mutex`](crate::Mutex): all want the same, so it is first in, first out. A bypass would need a lock that is free while somebody waits, and wake those who wait
///   in vain; here it goes from hand to hand and is never free then. What a bypass gains for threads, that the one who runs need not wait for the one who sleeps,
///   they have without it: they look for some microseconds before they join the queue ([`blocking_lock`](crate::Mutex::blocking_lock)).
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

impl<const PASSES: u32> Barging<PASSES> {
    const MOST_PASSES: u32 = checked(PASSES);
}

impl<const PASSES: u32> Sealed for Barging<PASSES> {
    type Order = ();
    const ORDER: () = ();

    #[inline]
    fn passes(new: Joins, _old_want: u32, old_note: u32) -> Option<u32> {
        counted(new.enters, old_note, Self::MOST_PASSES)
    }
}

/// A number of passes that a note can hold.
const fn checked(passes: u32) -> u32 {
    assert!(passes < 1 << 28, "so often nobody can be passed");
    passes
}

/// Who has the higher rank goes first, those of one rank in the order in which they came; but each is passed at most `PASSES` times (less than 2^28), so that
/// one of a low rank grows old and is served.
///
/// [`Semaphore::acquire_ranked`](crate::Semaphore::acquire_ranked), [`Mutex::lock_ranked`](crate::Mutex::lock_ranked) and the like wait with a rank, the others with 0,
/// the lowest; the highest is 255. At most 2^24 - 1 permits can be asked for at a time.
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

impl<const PASSES: u32> Priority<PASSES> {
    const MOST_PASSES: u32 = checked(PASSES);
}

impl<const PASSES: u32> Sealed for Priority<PASSES> {
    const MOST: u32 = RANK - 1;
    const PLAIN: bool = false;
    type Order = ();
    const ORDER: () = ();

    #[inline]
    fn wanted(want: u32) -> u32 {
        want % RANK
    }

    #[inline]
    fn passes(new: Joins, old_want: u32, old_note: u32) -> Option<u32> {
        counted(rank(new.want) > rank(old_want), old_note, Self::MOST_PASSES)
    }
}

impl<const PASSES: u32> sealed::Ranked for Priority<PASSES> {}
