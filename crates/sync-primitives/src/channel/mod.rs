//! Channels: what all of them are built of, and each of them.
//!
//! Source: the monitor of Hoare (1974) and Brinch Hansen (1973), as bounded buffers were described in it; what is called a
//! condition there is a [`Line`](crate::wait::Line) of tasks and threads here, or a slot for one. Names and meaning are those of
//! tokio's channels. Differs from a monitor in that nobody waits inside: who cannot go on joins a line and lets the lock go, and
//! whoever changes the state lets those go on who can by then, first in, first out, and wakes them once the lock is given back
//! (hand-off: what a waiter was let in for is its own, and nobody who comes later can take it).
//!
//! Layout: a [`Gate`](gate::Gate), which is a spinning lock around the state of the channel: what is under way, how many hold
//! it, and the lines. Handles share it in an `Arc`.
//!
//! Invariants of a gate
//! - G1: the state, with its lines and slots, is reached under the lock alone.
//! - G2: when the lock is given back, nobody is in a line, or registered in a slot, who could go on by the state; or the one who
//!   gives it back has taken out a full batch, and comes back for the rest once these are woken. Hence no wake-up is lost.
//! - G3: under the lock no foreign code runs: values, wakers and errors are moved in and out, and are cloned, woken and
//!   dropped without it.
//! - G4: while somebody is in a line, or registered in a slot, the state is `attended`, so that whoever changes it looks whom to serve; else a
//!   look at that flag is all that waiting costs those who find what they want.
//!
//! Linearization points: each operation takes effect in one section under the lock: the one in which it finds that it can be done;
//! for one that had to wait, the section in which it uses what it was let in for.
//!
//! Progress: blocking. The lock is spun for, then yielded for; it is held for moving one value (at most 64 in the forms
//! for many), or for letting go on at most 32 waiters. Neither sending nor receiving depends on how many wait; giving up takes
//! the same time wherever in the line.
//!
//! What is checked: the model tests of each channel explore every order of these sections, with the checker's own lock for the
//! spinning one, which `tests/loom_spin.rs` checks by itself; the orderings of the nodes in lines, W1 and W2, are weakened and
//! found, and so are a gate that serves nobody, and one that is not told of who comes to wait.
//!
//! Reclamation: by reference counts; the two ends of a `oneshot` share a [`pair`] of handles. Waiters are nodes in their futures or on their threads' stacks.
//!
//! A waker that panics loses nobody: with `std` its panic goes on once all others are served.

pub mod broadcast;
mod changes;
mod counted;
mod error;
mod gate;
pub mod mpmc;
pub mod mpsc;
pub mod oneshot;
mod pair;
mod permit;
mod queue;
mod seat;
mod send_until;
mod sender;
mod sending;
pub mod spsc;
mod unbounded;
pub mod watch;

/// # Panics
///
/// If there cannot be a channel of this capacity.
#[track_caller]
fn assert_capacity(capacity: usize) {
    assert!(capacity > 0, "a bounded channel needs a capacity above 0");
    assert!(capacity <= crate::Semaphore::MAX_PERMITS, "a capacity above `Semaphore::MAX_PERMITS`");
}
