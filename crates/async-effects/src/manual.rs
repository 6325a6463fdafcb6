//! [`ManualTimer`]: a timer whose time is moved by hand, for tests.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::error::Error;
use core::fmt;
use core::future::{Future, IntoFuture};
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use sync_primitives::spin::Mutex;

use crate::timer::Timer;

/// A timer whose time stands still until it is moved: tests of an hour take no time and come out the same each time.
///
/// Its instants are durations since it was made. Time moves by [`advance`](ManualTimer::advance), by
/// [`advance_to_next`](ManualTimer::advance_to_next), or by [`run`](ManualTimer::run), which runs a future to its end and
/// skips every wait. It counts the sleeps that were asked for and the looks at its clock, so that a test can require that
/// code leaves the timer alone.
///
/// Clones share one time. Sleeps that are due at the same instant are woken in the order of their first polls. Adding,
/// removing and waking a sleep cost O(log n) of n pending sleeps.
///
/// ```
/// use std::time::Duration;
/// use async_effects::{ManualTimer, Timer};
///
/// let timer = ManualTimer::new();
/// timer.run(timer.sleep(Duration::from_secs(3600))).unwrap();
/// assert_eq!(timer.elapsed(), Duration::from_secs(3600));
/// assert_eq!((timer.sleeps(), timer.clock_reads()), (1, 1));
/// ```
#[doc(alias = "TestTimer")]
#[derive(Clone, Debug, Default)]
pub struct ManualTimer {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    now: Duration,
    /// Who waits, by deadline and then by the order of first polls.
    pending: BTreeMap<(Duration, u64), Waker>,
    polled: u64,
    sleeps: u64,
    clock_reads: u64,
}

impl ManualTimer {
    /// A timer at time zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How much time has passed since the timer was made; not counted as a look at the clock.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.shared.lock().now
    }

    /// How many sleeps were asked for, whether polled or not.
    #[must_use]
    pub fn sleeps(&self) -> u64 {
        self.shared.lock().sleeps
    }

    /// How often the code under test has looked at the clock: by [`now`](Timer::now), and by [`sleep`](Timer::sleep),
    /// whose deadline depends on it.
    #[must_use]
    pub fn clock_reads(&self) -> u64 {
        self.shared.lock().clock_reads
    }

    /// How many sleeps have been polled and are neither due nor dropped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::{ManualTimer, Timer, timeout};
    ///
    /// let timer = ManualTimer::new();
    /// timer.run(timeout(&timer, Duration::from_secs(9), timer.sleep(Duration::from_secs(1)))).unwrap().unwrap();
    /// assert_eq!(timer.pending(), 0, "the timeout took its timer away");
    /// ```
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.lock().pending.len()
    }

    /// Moves time on by `duration` and wakes every sleep that is then due, in the order of deadlines.
    ///
    /// ```
    /// use std::time::Duration;
    /// use async_effects::ManualTimer;
    ///
    /// let timer = ManualTimer::new();
    /// timer.advance(Duration::from_millis(250));
    /// assert_eq!(timer.elapsed(), Duration::from_millis(250));
    /// ```
    pub fn advance(&self, duration: Duration) {
        let mut shared = self.shared.lock();
        let now = shared.now.saturating_add(duration);
        shared.now = now;
        let later = shared.pending.split_off(&(now, u64::MAX));
        let due = core::mem::replace(&mut shared.pending, later);
        // Wakers are foreign code: they run after the lock is given back.
        drop(shared);
        due.into_values().for_each(Waker::wake);
    }

    /// Moves time on to the earliest deadline that a sleep waits for and wakes what is then due. Returns by how much time
    /// moved; `None`, and no move, if no sleep waits.
    ///
    /// ```
    /// let timer = async_effects::ManualTimer::new();
    /// assert_eq!(timer.advance_to_next(), None);
    /// ```
    pub fn advance_to_next(&self) -> Option<Duration> {
        let step = {
            let shared = self.shared.lock();
            let (deadline, _) = *shared.pending.keys().next()?;
            deadline.saturating_sub(shared.now)
        };
        self.advance(step);
        Some(step)
    }

    /// Runs `future` to its end on this thread. Whenever it waits for nothing but this timer, time skips to the next
    /// deadline.
    ///
    /// # Errors
    ///
    /// [`Stalled`] if the future waits, has not been woken and no sleep is pending: it would wait for ever.
    ///
    /// ```
    /// use async_effects::{ManualTimer, Stalled};
    ///
    /// let timer = ManualTimer::new();
    /// assert_eq!(timer.run(async { 7 }), Ok(7));
    /// assert_eq!(timer.run(std::future::pending::<()>()), Err(Stalled));
    /// ```
    pub fn run<F: IntoFuture>(&self, future: F) -> Result<F::Output, Stalled> {
        let mut future = pin!(future.into_future());
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Ok(output);
            }
            // Acquire: what was done before the wake-up is seen by the poll that follows; pairs with the Release in `wake`.
            while !woken.0.swap(false, Ordering::Acquire) {
                if self.advance_to_next().is_none() {
                    // Somebody else may have woken the future after the look at the flag.
                    if woken.0.load(Ordering::Acquire) {
                        continue;
                    }
                    return Err(Stalled);
                }
            }
        }
    }
}

impl Timer for ManualTimer {
    type Instant = Duration;
    type Sleep = ManualSleep;

    fn now(&self) -> Duration {
        let mut shared = self.shared.lock();
        shared.clock_reads += 1;
        shared.now
    }

    fn sleep(&self, duration: Duration) -> ManualSleep {
        let deadline = self.now().saturating_add(duration);
        self.sleep_until(deadline)
    }

    fn sleep_until(&self, deadline: Duration) -> ManualSleep {
        self.shared.lock().sleeps += 1;
        ManualSleep { timer: self.clone(), deadline, key: None }
    }
}

/// Waits until a [`ManualTimer`] is moved to an instant.
///
/// Cancel safety: dropping it takes it off the timer.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct ManualSleep {
    timer: ManualTimer,
    deadline: Duration,
    /// Where its waker stands among the pending.
    key: Option<(Duration, u64)>,
}

impl ManualSleep {
    /// The instant it waits for.
    #[must_use]
    pub fn deadline(&self) -> Duration {
        self.deadline
    }
}

impl Future for ManualSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        let this = &mut *self;
        let mut shared = this.timer.shared.lock();
        if shared.now >= this.deadline {
            let old = this.key.take().and_then(|key| shared.pending.remove(&key));
            drop(shared);
            drop(old);
            return Poll::Ready(());
        }
        let key = *this.key.get_or_insert_with(|| {
            shared.polled += 1;
            (this.deadline, shared.polled)
        });
        let old = shared.pending.insert(key, waker);
        drop(shared);
        drop(old);
        Poll::Pending
    }
}

impl Drop for ManualSleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            // The waker is dropped after the lock is given back.
            let waker = self.timer.shared.lock().pending.remove(&key);
            drop(waker);
        }
    }
}

/// The future given to [`ManualTimer::run`] waits for something that will not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the future waits, was not woken, and no sleep is pending")
    }
}

impl Error for Stalled {}

/// Notes that the future should be polled.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Release: what was done before the wake-up is seen by the poll that follows; pairs with the Acquire in `run`.
        self.0.store(true, Ordering::Release);
    }
}
