//! Waiting for values. What the queue itself does stands in [`super::list`], what waiting is in [`crate::receive`].

use super::LockFreeQueue;

crate::receive::receives!(LockFreeQueue, "queue", "new()", "");
