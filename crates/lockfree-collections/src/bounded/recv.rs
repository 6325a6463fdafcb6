//! Waiting for values. What the queue itself does stands in [`super::ring`], what waiting is in [`crate::receive`].

use super::BoundedQueue;

crate::receive::receives!(BoundedQueue, "bounded", "new(1)", ".unwrap()");
