//! Why a one-shot channel gave no value.

use core::error::Error;
use core::fmt;

/// The sender is gone, or the receiver closed the channel, before a value was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecvError(pub(super) ());

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl Error for RecvError {}

/// Why there is no value now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// None has been sent yet.
    Empty,
    /// None will be sent any more, or it has been received.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "channel empty",
            Self::Closed => "channel closed",
        })
    }
}

impl Error for TryRecvError {}

/// Why a thread that blocked for a time has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecvTimeoutError {
    /// The time is over.
    Timeout,
    /// None will be sent any more, or it has been received.
    Closed,
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "timed out waiting for a value",
            Self::Closed => "channel closed",
        })
    }
}

impl Error for RecvTimeoutError {}
