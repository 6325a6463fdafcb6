//! What the primitives tell whoever watches them: [`Watch`], the one way from them to the diagnostics.
//!
//! Without the feature `diagnostics`, and in a model, a [`Probe`] and a [`Site`] are empty and every call does nothing, so nothing is left of it
//! in a program.

use core::task::Waker;

#[cfg(all(feature = "diagnostics", not(loom)))]
pub(crate) use crate::diagnostics::{Probe, Site};
use crate::wait::Waiter;

/// Gives a primitive a name for [`Probe`], whose place is named; and an example.
macro_rules! named {
    ($way:ident, $example:literal) => {
        crate::primitive::const_fn! {
            /// Gives it a name, by which [diagnostics](crate#features) call it. Without that feature it is not kept.
            ///
            /// ```
            #[doc = $example]
            /// ```
            #[must_use]
            pub const fn named(mut self, name: &'static str) -> Self {
                self.$way.name(name);
                self
            }
        }
    };
}
pub(crate) use named;

/// Lets users ask what is known of a primitive whose probe is reached this way.
macro_rules! diagnosed {
    ($(#[$doc:meta])* $way:ident $($call:tt)?) => {
        $(#[$doc])*
        #[cfg(all(feature = "diagnostics", not(loom)))]
        #[must_use]
        pub fn diagnostics(&self) -> crate::diagnostics::Info {
            self.$way $($call)?.watch().info()
        }
    };
}
pub(crate) use diagnosed;

/// What a primitive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A [`Mutex`](crate::Mutex).
    Mutex,
    /// An [`RwLock`](crate::RwLock).
    RwLock,
    /// A [`Semaphore`](crate::Semaphore).
    Semaphore,
    /// A [`Condvar`](crate::Condvar).
    Condvar,
    /// A [`Notify`](crate::Notify).
    Notify,
    /// An [`Event`](crate::Event).
    Event,
    /// A [`Barrier`](crate::Barrier).
    Barrier,
    /// A [`SetOnce`](crate::SetOnce).
    SetOnce,
    #[cfg(feature = "alloc")]
    /// A channel in which values wait: `mpsc` or `mpmc`.
    Channel,
    #[cfg(feature = "alloc")]
    /// A `broadcast` channel.
    Broadcast,
    #[cfg(feature = "alloc")]
    /// A `watch` channel.
    Watch,
}

/// What one holds who was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stake {
    /// In which way, as a number of the primitive's own.
    pub(crate) mode: u32,
    /// How much of it; nothing that could be held if 0.
    pub(crate) amount: usize,
    /// Whether others may hold as much.
    pub(crate) shared: bool,
    /// The mode that it gives up for this.
    pub(crate) instead_of: Option<u32>,
}

impl Stake {
    /// Alone, in the only way there is.
    pub(crate) const WHOLE: Self = Self { mode: 0, amount: 1, shared: false, instead_of: None };
    /// Nothing that could be given back.
    pub(crate) const NOTHING: Self = Self { amount: 0, ..Self::WHOLE };
}

/// What happens at a primitive. A waiter is known by where its node is, from [`waits`](Watch::waits) on until it is served or gives up.
pub(crate) trait Watch {
    /// One entered at once; a task if it has a waker. `would_wait` if it would have waited otherwise.
    #[inline]
    fn entered(&self, _waker: Option<&Waker>, _site: Site, _stake: Stake, _would_wait: bool) {}

    /// One who would not wait did not enter.
    #[inline]
    fn refused(&self) {}

    /// One is about to join the queue.
    #[inline]
    fn waits(&self, _node: &Waiter, _waker: Option<&Waker>, _site: Site, _stake: Stake) {}

    /// One that waits has looked again, and waits on.
    #[inline]
    fn waits_on(&self, _node: &Waiter) {}

    /// One is about to be let in, or to be let go with nothing. Called with the list lock held.
    #[inline]
    fn granted(&self, _node: &Waiter, _let_in: bool) {}

    /// One has seen that it was let in. Says nothing of one that is not known.
    #[inline]
    fn served(&self, _node: &Waiter) {}

    /// One waits no more, and gave up. Says nothing of one that is not known.
    #[inline]
    fn gave_up(&self, _node: &Waiter) {}

    /// One has seen that it was let go with nothing, which may be what it waited for. Says nothing of one that is not known.
    #[inline]
    fn let_go(&self, _node: &Waiter) {}

    /// One who held so much in this mode is about to leave.
    #[inline]
    fn left(&self, _mode: u32, _amount: usize) {}

    /// One who held in one mode holds in another.
    #[inline]
    fn turned(&self, _from: u32, _to: Stake) {}
}

#[cfg(any(not(feature = "diagnostics"), loom))]
mod off {
    use super::{Kind, Watch};

    /// Where something was asked for: not known.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Site;

    impl Site {
        #[inline]
        pub(crate) const fn caller() -> Self {
            Self
        }
    }

    /// Nobody watches.
    #[derive(Debug)]
    pub(crate) struct Probe;

    impl Probe {
        #[inline]
        pub(crate) const fn none() -> Self {
            Self
        }

        #[inline]
        pub(crate) const fn new(_kind: Kind) -> Self {
            Self
        }

        #[inline]
        pub(crate) const fn name(&mut self, _name: &'static str) {}
    }

    impl Watch for Probe {}

    const _: () = assert!(size_of::<Probe>() == 0 && size_of::<Site>() == 0);
}
#[cfg(any(not(feature = "diagnostics"), loom))]
pub(crate) use off::{Probe, Site};
