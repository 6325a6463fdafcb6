//! [`Timer`]: where time comes from.

use core::fmt::Debug;
use core::future::Future;
use core::time::Duration;

/// A clock that futures can wait on.
///
/// The effects of this crate take their time from a timer and know no runtime. Feature `tokio` has a timer on tokio's
/// clock, feature `alloc` has a timer which a test moves by hand; a timer of your own runtime is a few lines.
///
/// A timer owes its users:
///
/// - `sleep(d)` ends no earlier than `d` after the call, `sleep_until(i)` no earlier than `i`; where the clock cannot tell
///   so late a time, they may end as late as it can, or never;
/// - a sleep whose time has come is ready at its next poll, a first poll included;
/// - dropping a sleep is all it takes to cancel it;
/// - neither method panics because of the time it is given.
///
/// ```
/// use core::time::Duration;
/// use std::time::Instant;
/// use async_effects::Timer;
///
/// /// A timer of the simplest kind: whoever polls it looks at the clock.
/// struct Polled;
///
/// impl Timer for Polled {
///     type Instant = Instant;
///     type Sleep = std::pin::Pin<Box<dyn Future<Output = ()>>>;
///
///     fn now(&self) -> Instant {
///         Instant::now()
///     }
///     fn sleep(&self, duration: Duration) -> Self::Sleep {
///         match Instant::now().checked_add(duration) {
///             Some(deadline) => self.sleep_until(deadline),
///             None => Box::pin(std::future::pending()),
///         }
///     }
///     fn sleep_until(&self, deadline: Instant) -> Self::Sleep {
///         Box::pin(std::future::poll_fn(move |context| {
///             if Instant::now() >= deadline {
///                 return std::task::Poll::Ready(());
///             }
///             context.waker().wake_by_ref();
///             std::task::Poll::Pending
///         }))
///     }
/// }
/// # assert!(Polled.now() <= Polled.now());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no timer",
    note = "give `Retry` its time with `.timer(...)`, for example `.timer(async_effects::tokio::TokioTimer)`"
)]
pub trait Timer {
    /// A point on this clock.
    type Instant: Copy + Debug + Ord;

    /// Waits for a point on this clock.
    type Sleep: Future<Output = ()>;

    /// This moment.
    fn now(&self) -> Self::Instant;

    /// Waits for `duration` from now.
    fn sleep(&self, duration: Duration) -> Self::Sleep;

    /// Waits until `deadline`.
    fn sleep_until(&self, deadline: Self::Instant) -> Self::Sleep;
}

impl<T: ?Sized + Timer> Timer for &T {
    type Instant = T::Instant;
    type Sleep = T::Sleep;

    fn now(&self) -> T::Instant {
        (**self).now()
    }

    fn sleep(&self, duration: Duration) -> T::Sleep {
        (**self).sleep(duration)
    }

    fn sleep_until(&self, deadline: T::Instant) -> T::Sleep {
        (**self).sleep_until(deadline)
    }
}
