//! What is wrong with a capacity.

use core::fmt;

/// A capacity that a ring cannot have: zero, or more than memory can hold.
///
/// ```
/// let error = lockfree_collections::BoundedQueue::<u8>::try_new(0).unwrap_err();
/// assert!(error.to_string().contains('0'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapacityError(usize);

impl CapacityError {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self(capacity)
    }
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "capacity must be non-zero and fit into memory, found {}", self.0)
    }
}

impl core::error::Error for CapacityError {}
