//! The futures that the primitives return, by name, and what can be done with all of them: [`Wait`].
//!
//! All of them join their queue when they are first polled, complete with one load once they have been let in, and may be
//! dropped at any time: what they had been given goes to the next in line.
//!
//! # Dropping a future
//!
#![doc = include_str!("dropping.md")]

#[cfg(feature = "alloc")]
mod ticket;
mod until;
mod wait;

#[cfg(feature = "alloc")]
pub use ticket::Ticket;
pub use until::{TimedOut, Until};
pub use wait::{Place, Wait};

pub use crate::barrier::BarrierWait;
#[cfg(feature = "alloc")]
pub use crate::cancellation::{
    RunUntilCancelledFuture, RunUntilCancelledFutureOwned, WaitForCancellationFuture, WaitForCancellationFutureOwned,
};
pub use crate::condvar::CondvarWait;
#[cfg(feature = "alloc")]
pub use crate::condvar::CondvarWaitOwned;
#[cfg(feature = "alloc")]
pub use crate::event::EventListener;
pub use crate::event::Listener;
pub use crate::mutex::Lock;
#[cfg(feature = "alloc")]
pub use crate::mutex::LockOwned;
pub use crate::notify::Notified;
#[cfg(feature = "alloc")]
pub use crate::notify::OwnedNotified;
pub use crate::once::SetOnceWait;
pub use crate::rwlock::{Read, UpgradableRead, Upgrade, Write};
#[cfg(feature = "alloc")]
pub use crate::rwlock::{ReadOwned, UpgradableReadOwned, UpgradeOwned, WriteOwned};
pub use crate::semaphore::Acquire;
#[cfg(feature = "alloc")]
pub use crate::semaphore::AcquireOwned;
