//! The end that changes the value.

use core::fmt;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::error::SendError;
use super::{Receiver, Ref, Shared};
use crate::channel::changes::{Abandoned, Changes};
use crate::channel::counted::counted;
use crate::channel::gate::Gate;
use crate::channel::seat::Seat;
#[cfg(any(feature = "std", loom))]
use crate::channel::seat::block_in_line;
use crate::primitive::ValueRwLock;
use crate::primitive::os::Arc;
use crate::watched::{Kind, diagnosed};

/// Changes the value; made by [`channel`](super::channel) and [`Sender::new`]. Clones change the same value; when all are gone,
/// receivers learn that nothing will change any more.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    /// A sender without receivers.
    ///
    /// ```
    /// use sync_primitives::watch;
    ///
    /// let sender = watch::Sender::new(1);
    /// assert!(sender.is_closed());
    /// let receiver = sender.subscribe();
    /// sender.send(2).unwrap();
    /// assert_eq!(*receiver.borrow(), 2);
    /// ```
    #[must_use]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn new(first: T) -> Self {
        Self { shared: Arc::new(Shared { value: ValueRwLock::new(first), gate: Changes::new(Kind::Watch, ()) }) }
    }

    fn gate(&self) -> &Gate<Changes<()>> {
        &self.shared.gate
    }

    /// Replaces the value, and tells all receivers.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::watch::channel(1);
    /// sender.send(2).unwrap();
    /// drop(receiver);
    /// assert_eq!(sender.send(3).unwrap_err().0, 3);
    /// assert_eq!(*sender.borrow(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if nobody receives. To change it all the same, use [`send_replace`](Self::send_replace).
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.is_closed() {
            return Err(SendError(value));
        }
        drop(self.send_replace(value));
        Ok(())
    }

    /// Changes the value in place, and tells all receivers, whether there are any or not.
    ///
    /// If the closure panics, the value stays as it left it, and nobody is told.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::watch::channel(vec![1]);
    /// sender.send_modify(|values| values.push(2));
    /// assert_eq!(*receiver.borrow(), [1, 2]);
    /// ```
    pub fn send_modify(&self, modify: impl FnOnce(&mut T)) {
        self.send_if_modified(|value| {
            modify(value);
            true
        });
    }

    /// Changes the value in place, and tells all receivers if the closure says that it has; returns what it says.
    ///
    /// If the closure panics, the value stays as it left it, and nobody is told.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::watch::channel(1);
    /// let raise_to = |most: i32| sender.send_if_modified(|value| most > std::mem::replace(value, most.max(*value)));
    /// assert!(raise_to(5));
    /// assert!(!raise_to(3));
    /// assert_eq!(*receiver.borrow(), 5);
    /// ```
    pub fn send_if_modified(&self, modify: impl FnOnce(&mut T) -> bool) -> bool {
        let mut tell = Tell { gate: self.gate(), armed: false };
        let mut value = self.shared.value.blocking_write();
        let modified = modify(&mut value);
        if modified {
            // V1: under the write lock. It is given back before `tell` is dropped, and wakes.
            self.gate().with(|state| state.count += 1);
            tell.armed = true;
        }
        modified
    }

    /// Replaces the value, tells all receivers, whether there are any or not, and returns what was there before.
    ///
    /// ```
    /// let (sender, _receiver) = sync_primitives::watch::channel(1);
    /// assert_eq!(sender.send_replace(2), 1);
    /// ```
    pub fn send_replace(&self, mut value: T) -> T {
        self.send_modify(|old| mem::swap(old, &mut value));
        value
    }

    /// Looks at the value, blocking the thread while somebody changes it.
    pub fn borrow(&self) -> Ref<'_, T> {
        Ref::new(&self.shared, |count| count).0
    }

    /// Whether nobody receives.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// Waits until nobody receives. Somebody may subscribe after that.
    ///
    /// ```
    /// let (sender, receiver) = sync_primitives::watch::channel(1);
    /// drop(receiver);
    /// pollster::block_on(sender.closed());
    /// ```
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn closed(&self) -> Closed<'_> {
        Closed { seat: Seat::new(self.gate(), 0) }
    }

    /// Blocks the thread until nobody receives.
    #[cfg(any(feature = "std", loom))]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_closed(&self) {
        // There is no other way out.
        block_in_line::<_, Abandoned>(self.gate(), 0, None).unwrap_or(());
    }

    /// A new receiver, which has seen the value that is there.
    ///
    /// ```
    /// let sender = sync_primitives::watch::Sender::new(1);
    /// let receiver = sender.subscribe();
    /// assert_eq!((receiver.has_changed(), sender.receiver_count()), (Ok(false), 1));
    /// ```
    #[must_use]
    pub fn subscribe(&self) -> Receiver<T> {
        let seen = self.gate().with(|state| {
            state.receivers += 1;
            state.count
        });
        Receiver::new(Arc::clone(&self.shared), seen)
    }

    /// How many receivers there are.
    #[must_use]
    pub fn receiver_count(&self) -> usize {
        self.gate().with(|state| state.receivers)
    }

    /// How many senders there are.
    #[must_use]
    pub fn sender_count(&self) -> usize {
        self.gate().with(|state| state.senders)
    }

    diagnosed! {
        /// What is known of the channel: who waits for room, for a value, for a change or for the end, how many had to, and for how long.
        gate()
    }

    /// Whether both change the same value.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

/// Lets those go on who wait for a change, when it is dropped; also where a waker that waits for the value's lock panics.
struct Tell<'a> {
    gate: &'a Gate<Changes<()>>,
    armed: bool,
}

impl Drop for Tell<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.gate.change(|_| ());
        }
    }
}

counted!(Sender);

impl<T: Default> Default for Sender<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

pin_project! {
    /// Waits until nobody receives; made by [`Sender::closed`].
    ///
    /// It joins the line of those who wait for that when it is first polled. Dropped, it leaves the line, and nothing is lost.
    #[must_use = "futures do nothing unless polled"]
    pub struct Closed<'a> {
        #[pin]
        seat: Seat<&'a Gate<Changes<()>>, Abandoned>,
    }
}

impl Future for Closed<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.project().seat.poll(context).map(|_| ())
    }
}

impl fmt::Debug for Closed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed").finish_non_exhaustive()
    }
}
