//! Reserved slots of a bounded channel.

use core::fmt;
use core::iter::FusedIterator;
use core::mem;

use super::gate::Gate;
use super::queue::Queue;
use super::sender::Sender;

/// A reserved slot, in which a value is sent without waiting; made by [`Sender::reserve`] and [`Sender::try_reserve`]. Dropped
/// without having sent, it frees the slot.
///
/// The channel does not end for its receivers as long as slots are reserved, even if it is closed.
#[must_use = "the slot is freed as soon as this is dropped"]
pub struct Permit<'a, T> {
    gate: &'a Gate<Queue<T>>,
}

impl<'a, T> Permit<'a, T> {
    pub(super) fn new(gate: &'a Gate<Queue<T>>) -> Self {
        Self { gate }
    }

    /// Sends the value. If all receivers are gone it is dropped.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::mpsc::channel(1);
    /// let permit = sender.try_reserve().unwrap();
    /// receiver.close();
    /// permit.send("promised");
    /// assert_eq!(receiver.try_recv(), Ok("promised"));
    /// ```
    pub fn send(self, value: T) {
        let gate = self.gate;
        mem::forget(self);
        let refused = gate.change(|state| state.push_reserved(value));
        drop(refused);
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        self.gate.change(|state| state.release(1));
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// Some reserved slots, one after the other; made by [`Sender::reserve_many`] and [`Sender::try_reserve_many`]. Dropped, it
/// frees the slots that are left.
#[must_use = "the slots are freed as soon as this is dropped"]
pub struct PermitIterator<'a, T> {
    gate: &'a Gate<Queue<T>>,
    left: usize,
}

impl<'a, T> PermitIterator<'a, T> {
    pub(super) fn new(gate: &'a Gate<Queue<T>>, left: usize) -> Self {
        Self { gate, left }
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        Some(Permit { gate: self.gate })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> Drop for PermitIterator<'_, T> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.gate.change(|state| state.release(self.left));
        }
    }
}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermitIterator").field("left", &self.left).finish_non_exhaustive()
    }
}

/// A reserved slot that owns its sender; made by [`Sender::reserve_owned`] and [`Sender::try_reserve_owned`]. Dropped without
/// having sent, it frees the slot and drops the sender.
#[must_use = "the slot is freed as soon as this is dropped"]
pub struct OwnedPermit<T> {
    /// `None` once the slot is used or freed.
    sender: Option<Sender<T>>,
}

impl<T> OwnedPermit<T> {
    pub(super) fn new(sender: Sender<T>) -> Self {
        Self { sender: Some(sender) }
    }

    /// The sender, which is there until `self` is consumed.
    fn take(&mut self) -> Sender<T> {
        self.sender.take().expect("taken by methods that consume the permit only")
    }

    /// Sends the value and gives the sender back. If all receivers are gone the value is dropped.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::mpsc::channel(1);
    /// let sender = sender.try_reserve_owned().unwrap().send(1);
    /// assert_eq!(receiver.try_recv(), Ok(1));
    /// # drop(sender);
    /// ```
    pub fn send(mut self, value: T) -> Sender<T> {
        let sender = self.take();
        let refused = sender.gate().change(|state| state.push_reserved(value));
        drop(refused);
        sender
    }

    /// Frees the slot and gives the sender back.
    ///
    /// ```
    /// let (sender, _receiver) = sync_primitives::mpsc::channel::<u8>(1);
    /// let sender = sender.try_reserve_owned().unwrap().release();
    /// assert_eq!(sender.capacity(), 1);
    /// ```
    pub fn release(mut self) -> Sender<T> {
        let sender = self.take();
        sender.gate().change(|state| state.release(1));
        sender
    }

    /// Whether both are of the same channel.
    #[must_use]
    pub fn same_channel(&self, other: &Self) -> bool {
        matches!((&self.sender, &other.sender), (Some(one), Some(other)) if one.same_channel(other))
    }

    /// Whether `sender` sends into the channel of this permit.
    #[must_use]
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.sender.as_ref().is_some_and(|own| own.same_channel(sender))
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.gate().change(|state| state.release(1));
        }
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").finish_non_exhaustive()
    }
}
