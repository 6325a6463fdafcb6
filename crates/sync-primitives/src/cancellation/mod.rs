//! [`CancellationToken`]: a tree of flags over the wait queue.
//!
//! Source: the cancellation tokens of .NET and of tokio-util, whose names and meaning it keeps. Differs from tokio-util's in that
//! a child is a waiter in the queue of its parent, so that there is no lock and no list but the queue's; and in that cancelling
//! is one change of one word: a token is cancelled if its own word or that of an ancestor says so.
//!
//! Layout of a node, which all clones of a token share: the queue, in which `CLOSED` means cancelled; the parent, which a node
//! keeps alive; the node's own place in the queue of its parent; the number of its tokens and children. 72 bytes on 64 bits, in an
//! `Arc`.
//!
//! Invariants, beside I1..I5 of `wait`
//! - K1: a node with a parent is in its parent's queue from its creation until the parent is cancelled, or until the last of its
//!   own tokens and children is gone. As long as it is there, its waker keeps it where it is.
//! - K2: `holders` is the number of tokens and of children that have holders; once it is 0 it stays so.
//!
//! Linearization points: cancelling, the queue's change that sets `CLOSED`; looking, the last K1 load that finds it set, or the
//! one at the root.
//!
//! Progress: looking is wait-free, one load for each ancestor; cancelling never waits; making and dropping a child wait for the list
//! lock of its parent, and take the same time however many children there are. Reclamation: by reference counts.
//!
//! Checked by `tests/loom_token.rs` (cancelled against waiting, against a child being made and being dropped, two and three
//! levels), by `tests/stress_token.rs` and by `tests/it/token.rs`.

mod guard;
mod wait;

use core::fmt;
use core::future::Future;
use core::task::Waker;

pub use guard::{DropGuard, DropGuardRef};
pub use wait::{
    RunUntilCancelledFuture, RunUntilCancelledFutureOwned, WaitForCancellationFuture, WaitForCancellationFutureOwned,
};

use alloc::task;

use crate::primitive::os::Arc;
use crate::primitive::{AtomicUsize, ord};
use crate::wait::{CLOSED, UntilClosed, WaitQueue, Waiter, Wake, entry_by_rule};

/// What all clones of a token share.
struct Node {
    queue: WaitQueue<UntilClosed>,
    parent: Option<Arc<Node>>,
    /// The place in the parent's queue.
    place: Waiter,
    /// How many tokens and children there are.
    holders: AtomicUsize,
}

impl Node {
    fn new(parent: Option<Arc<Self>>) -> Arc<Self> {
        let node =
            Arc::new(Self { queue: WaitQueue::new(0), parent, place: Waiter::new(0), holders: AtomicUsize::new(1) });
        if let Some(parent) = &node.parent {
            parent.hold();
            let wake = || Wake::Task(Waker::from(Arc::clone(&node)));
            // SAFETY: the waiter is idle, stays where it is in its `Arc`, and its waker keeps that until it is out (K1).
            unsafe { parent.queue.join(&node.place, wake, entry_by_rule::<UntilClosed>(0)) };
        }
        node
    }

    fn cancel(&self) {
        self.queue.change(|word| word | CLOSED);
    }

    fn is_cancelled(&self) -> bool {
        let mut node = self;
        loop {
            // ord[K1] Acquire: who finds the token cancelled sees what was done before; pairs with W8, W11.
            if node.queue.word().load(ord!(K1, Acquire)) & CLOSED != 0 {
                return true;
            }
            match &node.parent {
                Some(parent) => node = parent,
                None => return false,
            }
        }
    }

    fn hold(&self) {
        // ord[K2] Relaxed: whoever calls holds the node already; pairs with none.
        self.holders.fetch_add(1, ord!(K2, Relaxed));
    }

    /// One holder less; the last takes the node out of its parent's queue and is a holder of the parent no more.
    fn release(&self) {
        let mut node = self;
        // ord[K3] Relaxed: what follows is done under the parent's list lock, and the memory is the business of `Arc`; pairs with none.
        while node.holders.fetch_sub(1, ord!(K3, Relaxed)) == 1 {
            let Some(parent) = &node.parent else { break };
            // SAFETY: the waiter joined this queue, or is idle.
            unsafe { parent.queue.cancel(&node.place, |word| word) };
            node = parent;
        }
    }
}

/// Waking what stands for a child cancels it.
impl task::Wake for Node {
    fn wake(self: Arc<Self>) {
        self.cancel();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.cancel();
    }
}

/// Ancestors that go with their last descendant go one after the other, not one inside the other.
impl Drop for Node {
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut parent) = next.and_then(Arc::into_inner) {
            next = parent.parent.take();
        }
    }
}

// Foreign code, which may panic, is never called while a node is being changed.
impl core::panic::UnwindSafe for Node {}
impl core::panic::RefUnwindSafe for Node {}

/// Tells tasks and threads to stop: a flag that is set once, that can be waited for, and that others depend on.
///
/// Clones are the same token. A [child](Self::child_token) is cancelled with its parent, and can be cancelled alone.
///
/// - Fairness: those who wait are woken in the order in which they came, children among them.
/// - Cost: making a token allocates 88 bytes, and nothing else allocates. Looking is one load for each level of the tree. Making and
///   dropping a child take the same time however many children there are. A waiting future has 48 bytes.
/// - Progress: `cancel` never waits; it wakes what waits below, or another thread that is at work on the same token does. It uses
///   about one KiB of stack for each level of the tree, so trees of some hundred levels are safe.
/// - Memory: what was done before cancelling is seen by who finds the token cancelled. As soon as one thread finds a token cancelled,
///   all that come after it find it and its children so, whether they have been woken or not.
/// - A parent that nobody has a token for lives as long as a child of it.
/// - Cancellation: the futures may be dropped at any time, and nothing is lost.
///
/// ```
/// use sync_primitives::CancellationToken;
///
/// let server = CancellationToken::new();
/// let request = server.child_token();
/// std::thread::scope(|scope| {
///     scope.spawn(|| pollster::block_on(request.cancelled())); // a task waits
///     scope.spawn(|| request.blocking_cancelled()); // and a thread
///     server.cancel();
/// });
/// assert!(request.is_cancelled());
/// ```
#[doc(alias = "StopToken")]
pub struct CancellationToken {
    node: Arc<Node>,
}

impl CancellationToken {
    /// A token that is not cancelled, and depends on none.
    #[must_use]
    pub fn new() -> Self {
        Self { node: Node::new(None) }
    }

    /// A token that is cancelled with this one; cancelled already if this one is.
    ///
    /// ```
    /// let parent = sync_primitives::CancellationToken::new();
    /// let (one, two) = (parent.child_token(), parent.child_token());
    /// one.cancel();
    /// assert!(one.is_cancelled() && !two.is_cancelled() && !parent.is_cancelled());
    /// parent.cancel();
    /// assert!(two.is_cancelled());
    /// ```
    #[must_use]
    pub fn child_token(&self) -> Self {
        Self { node: Node::new(Some(Arc::clone(&self.node))) }
    }

    /// Cancels this token and all below it, and wakes who waits for that. Again it does nothing.
    pub fn cancel(&self) {
        self.node.cancel();
    }

    /// Whether this token or one above it was cancelled.
    ///
    /// ```
    /// let token = sync_primitives::CancellationToken::new();
    /// assert!(!token.is_cancelled());
    /// token.cancel();
    /// assert!(token.is_cancelled());
    /// ```
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.node.is_cancelled()
    }

    /// Waits until the token is cancelled. Dropping the future leaves the queue.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let token = sync_primitives::CancellationToken::new();
    /// token.cancel();
    /// token.cancelled().await;
    /// # });
    /// ```
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        WaitForCancellationFuture::new(self)
    }

    /// Waits until the token is cancelled, and keeps it.
    ///
    /// ```
    /// let token = sync_primitives::CancellationToken::new();
    /// let wait = token.clone().cancelled_owned();
    /// let task = std::thread::spawn(|| pollster::block_on(wait));
    /// token.cancel();
    /// task.join().unwrap();
    /// ```
    pub fn cancelled_owned(self) -> WaitForCancellationFutureOwned {
        WaitForCancellationFutureOwned::new(self)
    }

    /// A guard that cancels the token when it is dropped, unless it is disarmed.
    ///
    /// ```
    /// let token = sync_primitives::CancellationToken::new();
    /// drop(token.clone().drop_guard());
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard(self) -> DropGuard {
        DropGuard::new(self)
    }

    /// As [`drop_guard`](Self::drop_guard), borrowing the token.
    pub fn drop_guard_ref(&self) -> DropGuardRef<'_> {
        DropGuardRef::new(self)
    }

    /// Runs `future` until it is done or the token is cancelled: then it is dropped, and the result is `None`. A token that is
    /// cancelled from the beginning does not let it begin; after that, if both happen together, the future's result counts.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let token = sync_primitives::CancellationToken::new();
    /// assert_eq!(token.run_until_cancelled(async { 1 }).await, Some(1));
    /// token.cancel();
    /// assert_eq!(token.run_until_cancelled(std::future::pending::<u8>()).await, None);
    /// # });
    /// ```
    pub fn run_until_cancelled<F: Future>(&self, future: F) -> RunUntilCancelledFuture<'_, F> {
        RunUntilCancelledFuture::new(self, future)
    }

    /// As [`run_until_cancelled`](Self::run_until_cancelled), keeping the token, so that the result may be spawned.
    pub fn run_until_cancelled_owned<F: Future>(self, future: F) -> RunUntilCancelledFutureOwned<F> {
        RunUntilCancelledFutureOwned::new(self, future)
    }

    /// Blocks the thread until the token is cancelled. In the same queue as tasks.
    ///
    /// Not to be called by a task that others on its thread wait for: while the thread is blocked none of them is polled.
    #[cfg(any(feature = "std", loom))]
    pub fn blocking_cancelled(&self) {
        if !self.is_cancelled() {
            // Let go means that it is cancelled, and without a deadline there is no other way out.
            self.node.queue.block(0, None).unwrap_or(());
        }
    }

    /// Blocks the thread until the token is cancelled, but no longer than `timeout`; whether it is cancelled.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let token = sync_primitives::CancellationToken::new();
    /// assert!(!token.blocking_cancelled_for(Duration::ZERO));
    /// token.cancel();
    /// assert!(token.blocking_cancelled_for(Duration::ZERO));
    /// ```
    #[cfg(all(feature = "std", not(loom)))]
    pub fn blocking_cancelled_for(&self, timeout: core::time::Duration) -> bool {
        self.block_until(crate::wait::deadline_after(timeout))
    }

    /// Blocks the thread until the token is cancelled, but not past `deadline`; whether it is cancelled.
    #[cfg(all(feature = "std", not(loom)))]
    pub fn blocking_cancelled_until(&self, deadline: std::time::Instant) -> bool {
        self.block_until(Some(deadline))
    }

    #[cfg(all(feature = "std", not(loom)))]
    fn block_until(&self, deadline: Option<crate::wait::Deadline>) -> bool {
        self.is_cancelled() || self.node.queue.block(0, deadline) != Err(crate::wait::Blocked::TimedOut)
    }
}

/// The same token.
impl Clone for CancellationToken {
    fn clone(&self) -> Self {
        self.node.hold();
        Self { node: Arc::clone(&self.node) }
    }
}

impl Drop for CancellationToken {
    fn drop(&mut self) {
        self.node.release();
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

/// Clones of one token are equal, and no others.
impl PartialEq for CancellationToken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.node, &other.node)
    }
}

impl Eq for CancellationToken {}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken").field("is_cancelled", &self.is_cancelled()).finish()
    }
}
