//! [`Barrier`]: the rule of a generation over the wait queue.
//!
//! Source: the central barrier with a generation in place of the sense that Hensgen, Finkel and Manber (1988) reverse. Differs in
//! that waiters queue rather than spin, and that one who gives up before the barrier opens takes its arrival back.
//!
//! Layout, on 64 bits (on 32 bits the numbers have 16 and 13 bits):
//!
//! ```text
//! word:  | arrived: 32 | generation: 29 | CLOSED | HAS_WAITERS | - |
//! ```
//!
//! Invariants, beside I1..I5 of `wait`
//! - B1: `arrived` is the number of waiters in the queue that need the current generation.
//! - B2: a waiter needs the generation in which it arrived, and goes as soon as there is another.
//!
//! Linearization points: arriving, the queue's W20; opening, W11 under the list lock, by which the last to arrive sees all
//! that was done before the others arrived.
//!
//! Progress: blocking, by its nature. Reclamation: that of the queue.
//!
//! Checked by `tests/loom_events.rs` (two threads, twice; three; one that gives up) and by `tests/it/cancellation.rs`.

use core::cell::Cell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::Fifo;
use crate::primitive::const_fn;
use crate::wait::{Entry, Rule, SHIFT, State, Verdict, WaitQueue, Waiter, Wake};
use crate::watched::{Kind, Site, Stake, Watch as _, diagnosed, named};

const HALF: u32 = usize::BITS / 2;
/// One who has arrived.
const ARRIVAL: usize = 1 << HALF;
/// One generation.
const GENERATION: usize = 1 << SHIFT;
const GENERATIONS: usize = ARRIVAL - GENERATION;

fn arrived(word: usize) -> usize {
    word / ARRIVAL
}

fn generation(word: usize) -> u32 {
    ((word & GENERATIONS) / GENERATION) as u32
}

/// The word of the next generation, in which nobody has arrived.
fn opened(word: usize) -> usize {
    word & (GENERATION - 1) | word.wrapping_add(GENERATION) & GENERATIONS
}

/// The next generation lets all of the last one go.
struct Generations;

impl Rule for Generations {
    type Policy = Fifo;

    fn admit(word: usize, need: u32) -> Verdict {
        if generation(word) == need { Verdict::Stay } else { Verdict::Leave }
    }

    /// Nobody enters, so nobody leaves.
    fn leave(word: usize, _need: u32) -> usize {
        word
    }
}

/// One who gives up before the barrier opens has not arrived.
fn withdrawn(word: usize, need: u32) -> usize {
    if generation(word) == need { word - ARRIVAL } else { word }
}

/// Lets tasks and threads go on once a number of them have arrived; then it can be used again.
///
/// - Cost: one change of a word and of the queue's list for each that arrives; nothing is allocated.
/// - Size: 24 bytes.
/// - Cancellation: a dropped [`BarrierWait`](crate::futures::BarrierWait) takes its arrival back, unless the barrier has opened;
///   tokio's does not.
/// - Memory: what any did before it arrived is seen by all who have passed.
///
/// ```
/// use sync_primitives::Barrier;
///
/// static ALL: Barrier = Barrier::new(3);
///
/// let leaders = std::thread::scope(|scope| {
///     let threads = [(); 3].map(|()| scope.spawn(|| pollster::block_on(ALL.wait()).is_leader()));
///     threads.into_iter().filter(|_| true).map(|thread| u32::from(thread.join().unwrap())).sum::<u32>()
/// });
/// assert_eq!(leaders, 1);
/// ```
pub struct Barrier {
    queue: WaitQueue<Generations>,
    size: usize,
}

impl Barrier {
    const_fn! {
        /// A barrier that opens whenever `n` have arrived; 0 is taken for 1.
        ///
        /// # Panics
        ///
        /// If `n` is 2^32 or more, or on a machine of 32 bits 2^16 or more.
        #[must_use]
        #[cfg_attr(feature = "diagnostics", track_caller)]
        pub const fn new(n: usize) -> Self {
            assert!(n < ARRIVAL, "more than can be counted");
            Self { queue: WaitQueue::of(Kind::Barrier, 0), size: if n == 0 { 1 } else { n } }
        }
    }

    named! { queue, r#"static ALL: sync_primitives::Barrier = sync_primitives::Barrier::new(3).named("all");"# }

    diagnosed! {
        /// What is known of it: counts, times, and who waits.
        queue
    }

    /// Arrives, and waits until as many as the barrier needs have arrived. One of them, the last, is told that it is the leader.
    ///
    /// It arrives when the future is first polled.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let barrier = sync_primitives::Barrier::new(1);
    /// assert!(barrier.wait().await.is_leader());
    /// # });
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn wait(&self) -> BarrierWait<'_> {
        BarrierWait { barrier: self, waiter: Waiter::new(0), passed: false, site: Site::caller() }
    }

    /// Blocks the thread until as many as the barrier needs have arrived. In the same queue as tasks.
    ///
    /// ```
    /// assert!(sync_primitives::Barrier::new(1).blocking_wait().is_leader());
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait(&self) -> BarrierWaitResult {
        // Without a deadline it comes to no other end.
        self.block_until(None).unwrap_or(BarrierWaitResult(false))
    }

    /// Blocks the thread until as many as the barrier needs have arrived, but no longer than `timeout`: then it has not arrived, and `None` is
    /// returned.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// assert!(sync_primitives::Barrier::new(2).blocking_wait_for(Duration::ZERO).is_none());
    /// assert!(sync_primitives::Barrier::new(1).blocking_wait_for(Duration::ZERO).unwrap().is_leader());
    /// ```
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_for(&self, timeout: core::time::Duration) -> Option<BarrierWaitResult> {
        self.block_until(crate::wait::deadline_after(timeout))
    }

    /// Blocks the thread until as many as the barrier needs have arrived, but not past `deadline`: then it has not arrived.
    #[cfg(all(feature = "std", not(loom)))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_wait_until(&self, deadline: std::time::Instant) -> Option<BarrierWaitResult> {
        self.block_until(Some(deadline))
    }

    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn block_until(&self, deadline: Option<crate::wait::Deadline>) -> Option<BarrierWaitResult> {
        let waiter = core::pin::pin!(Waiter::new(0));
        let mut told = false;
        loop {
            if self.opens() {
                if told {
                    self.queue.watch().let_go(&waiter);
                } else {
                    self.queue.watch().entered(None, Site::caller(), Stake::NOTHING, false);
                }
                return Some(BarrierWaitResult(true));
            }
            if !told {
                self.queue.watch().waits(&waiter, None, Site::caller(), Stake::NOTHING);
                told = true;
            }
            let state = self.queue.block_with(&waiter, deadline, |word| self.arrive(word), || ());
            if state == State::Queued {
                // SAFETY: the waiter joined this queue.
                let state = unsafe { self.queue.cancel(&waiter, |word| withdrawn(word, waiter.need())) };
                if state == State::Queued {
                    self.queue.watch().gave_up(&waiter);
                    return None;
                }
            }
            if waiter.state() != State::Idle {
                self.queue.watch().let_go(&waiter);
                return Some(BarrierWaitResult(false));
            }
        }
    }

    /// Opens the barrier if only one is missing: then the caller is it.
    fn opens(&self) -> bool {
        if arrived(self.queue.peek()) + 1 < self.size {
            return false;
        }
        let opens = Cell::new(false);
        self.queue.change_alone(|word| {
            opens.set(arrived(word) + 1 == self.size);
            if opens.get() { opened(word) } else { word }
        });
        opens.get()
    }

    /// Arrives as one that has to wait; leaves if it need not.
    fn arrive(&self, word: usize) -> Entry {
        if arrived(word) + 1 == self.size {
            Entry::Leave
        } else {
            Entry::Join { word: word + ARRIVAL, need: generation(word) }
        }
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("size", &self.size)
            .field("arrived", &arrived(self.queue.peek()))
            .finish_non_exhaustive()
    }
}

/// What one learns who has passed a [`Barrier`].
#[derive(Clone, Debug)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether it is the one of its generation that is to do what only one should.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

pin_project! {
    /// Waits at a [`Barrier`]; made by [`Barrier::wait`].
    ///
    /// It arrives when it is first polled. Dropped before the barrier opens, it takes its arrival back.
    #[must_use = "futures do nothing unless polled"]
    pub struct BarrierWait<'a> {
        barrier: &'a Barrier,
        #[pin]
        waiter: Waiter,
        passed: bool,
        site: Site,
    }

    impl PinnedDrop for BarrierWait<'_> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let waiter: &Waiter = &this.waiter;
            if !*this.passed && waiter.state() != State::Idle {
                this.barrier.queue.watch().gave_up(waiter);
                // SAFETY: not idle, so the waiter joined this queue.
                unsafe { this.barrier.queue.cancel(waiter, |word| withdrawn(word, waiter.need())) };
            }
        }
    }
}

impl Future for BarrierWait<'_> {
    type Output = BarrierWaitResult;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let waiter: &Waiter = &this.waiter;
        assert!(!*this.passed, "polled after completion");
        let queue = &this.barrier.queue;
        let (mut leader, mut told) = (false, false);
        while waiter.state() == State::Idle {
            if this.barrier.opens() {
                if told {
                    queue.watch().let_go(waiter);
                } else {
                    queue.watch().entered(Some(context.waker()), *this.site, Stake::NOTHING, false);
                }
                leader = true;
                break;
            }
            let wake = || Wake::Task(context.waker().clone());
            if !told {
                queue.watch().waits(waiter, Some(context.waker()), *this.site, Stake::NOTHING);
                told = true;
            }
            // SAFETY: the waiter is idle, its future is pinned, and dropping the future cancels.
            if unsafe { queue.join(waiter, wake, |word| this.barrier.arrive(word)) } == State::Queued {
                return Poll::Pending;
            }
        }
        if !leader {
            // SAFETY: not idle, so the waiter joined this queue.
            core::task::ready!(unsafe { queue.look_again(waiter, context) });
            queue.watch().let_go(waiter);
        }
        *this.passed = true;
        Poll::Ready(BarrierWaitResult(leader))
    }
}

impl fmt::Debug for BarrierWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BarrierWait").finish_non_exhaustive()
    }
}
