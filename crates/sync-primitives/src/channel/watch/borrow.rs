//! A look at the value.

use core::fmt;
use core::ops::Deref;

use super::Shared;
use crate::primitive::ValueReadGuard;

/// The value, which does not change as long as this lives; made by `borrow` of a sender or a receiver.
#[must_use = "the value is held as long as this lives"]
pub struct Ref<'a, T> {
    guard: ValueReadGuard<'a, T>,
    changed: bool,
}

impl<'a, T> Ref<'a, T> {
    /// Looks, blocking the thread while somebody changes the value; returns the number of changes too, which `seen` is
    /// compared with.
    pub(super) fn new(shared: &'a Shared<T>, seen: impl FnOnce(u64) -> u64) -> (Self, u64) {
        let guard = shared.value.blocking_read();
        // V1: the number belongs to the value.
        let count = shared.gate.with(|state| state.count);
        (Self { guard, changed: seen(count) != count }, count)
    }

    /// Whether the receiver had not seen the value before. Always false for a sender.
    ///
    /// ```
    /// let (sender, mut receiver) = sync_primitives::watch::channel(1);
    /// sender.send(2).unwrap();
    /// assert!(receiver.borrow().has_changed());
    /// assert!(receiver.borrow_and_update().has_changed());
    /// assert!(!receiver.borrow().has_changed());
    /// ```
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.changed
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: fmt::Debug> fmt::Debug for Ref<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ref").field("value", &**self).field("changed", &self.changed).finish()
    }
}
