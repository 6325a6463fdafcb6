//! Integration tests of `async-effects`, all in virtual time.

#![cfg(feature = "alloc")]

mod backoff;
mod effect;
mod manual;
mod property;
mod retry;
mod timeout;
#[cfg(feature = "tokio")]
mod tokio_timer;
