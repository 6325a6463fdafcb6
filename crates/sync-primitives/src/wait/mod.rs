//! Waiting, written once: the queue that every primitive of this crate waits in, tasks and threads alike.
//!
//! Source: an intrusive list of nodes that live with their waiters is as old as the sleep queues of operating systems; the
//! queue lock of Mellor-Crummey and Scott (1991) is the classic user-space form, and tokio's `batch_semaphore` the one of
//! async Rust. Differs in that the list lock is the pointer to the list, which is taken away by one exchange and put back by a
//! store; that whoever changes the word while the list is locked does not wait but leaves the work to the holder of the list
//! lock, who looks at the word once more after unlocking (delegation, as in flat combining); that a waiter is let in as a whole
//! or not at all; and that a primitive is no more than a [`Rule`]: whom the word lets in.
//!
//! Why the list lock is built this way, and what else was considered, is told in the book, `adr/0005-list-lock.md`.
//!
//! Layout: `word`, the state of the primitive above two bits of the queue and one that is not used; `lock`, one pointer to a
//! circular list, or `LOCKED` in its place.
//!
//! ```text
//! word:  | state of the primitive ... | CLOSED | HAS_WAITERS | - |
//! lock:  first -> Waiter <-> Waiter <-> Waiter -> first           (40 bytes each, in the waiting future or stack frame)
//! ```
//!
//! Invariants
//! - I1: the list, and the links of every node in it, are reached by the holder of the list lock alone: by whoever took the
//!   pointer to the first away and has not put one back. A node's `need` is written by its owner while the node is in no list.
//! - I2: a node in the list is alive, is where it was when it was put in, and has its links written. Its owner takes it out
//!   under the list lock, or sees by its state that it is out, before the memory is used for anything else.
//! - I3: `HAS_WAITERS` is set whenever the list is not empty and the list lock is free, and is clear whenever the list is empty
//!   and the list lock is free; only the holder of the list lock changes it. While it is set nobody enters past
//!   the queue, so those who wait enter in the order of the list, and the head of the line holds up the rest. That is the order in which
//!   they came (first in, first out), unless the rule lets one who joins pass others (`Rule::passes`); each counts how often it was
//!   passed, and a rule that stops at a number bounds the bypass.
//! - I4: when the list lock is given back, the first in the list could not enter by the word that its holder saw last, or the one
//!   who gave it back has just let a full batch in and comes back for the rest. A change of the word that may let somebody in
//!   is made under the list lock, or made while `HAS_WAITERS` is clear, or followed by `attend`. Hence no wake-up is lost; see below.
//! - I5: a node leaves the list once: by its owner (cancelled) or by a granter, who first takes the waker out, then marks the
//!   node, and touches it no more.
//!
//! No wake-up is lost. Let a thread change the word where `HAS_WAITERS` is set, and then find the list locked. A holder puts the list
//! back, passes [`fence::light`](crate::fence::light), and looks at the word (W12, F1, W19): if it is not what it was, the holder
//! takes the list again and lets in who may enter. The other passes [`fence::heavy`](crate::fence::heavy) after the change, and tries
//! the lock once more (W8, F2, W5). If it finds the list locked still, then the fence of that holder, and of every later one, comes
//! behind its own, so these see the change; and the last of them leaves the first in the list where it cannot enter by a word that
//! contains the change. If the word is again what a holder saw, nobody can enter by it who could not before. A holder that
//! leaves an empty list need not look: `HAS_WAITERS` was cleared behind the change, and whoever joins sets it by a compare-exchange
//! from a word that contains the change.
//!
//! A word that the holder of the list lock merely read may be out of date. What it does by such a word is as if done before the later
//! changes: whoever made those looks after them, as said. Where it writes the word, it is by a compare-exchange.
//!
//! Linearization points: entering at once, the compare-exchange W3 or W17 or the fast path of the primitive; joining the queue, W20, or
//! the look W14 if `HAS_WAITERS` is set already; being let in, the word's change W11, or W14 where letting in leaves the word as it was; a
//! change of the word, W8, W11 or W14 likewise; leaving the queue, the list lock W5 of the cancelling owner.
//!
//! Progress: blocking, as locks are; but `change` (unlock, add permits, notify) never waits for the list lock: it looks a bounded number of
//! times whether the lock comes free, and then makes sure that its holder sees the change. (It would wait if the kernel refused a barrier that it
//! granted before.) Joining and
//! leaving the queue wait for it, which is held for one insertion or removal, or for letting in at most 32 waiters; wakers
//! are never called under it. A waiter that was let in completes with one load. Neither joining nor leaving depends on how many
//! wait. A thread that blocks on a lock looks some times whether it comes free before it joins the queue, and passes nobody by that;
//! a task never does.
//!
//! Reclamation: none; nodes belong to their waiters (I2, I5), and nothing is allocated.
//!
//! A waker that panics loses nobody: with `std` its panic goes on once all others are served.
//!
//! Checked by `tests/loom_wait.rs` on the primitives that are built of it: each ordering below that is not `Relaxed`, and both fences, are
//! weakened and must be missed (but W20: see there), and so must the steps that letting in by itself the one who takes what comes must not leave
//! out. In a model both fences are sequentially consistent ones; that `membarrier` does for it is the kernel's word, as in [`fence`](crate::fence).

#[cfg(feature = "alloc")]
mod line;
mod list;
mod lock;
mod place;
mod queue;
mod rule;
mod settle;
mod wake;

#[cfg(feature = "alloc")]
pub(crate) use line::Line;
pub(crate) use list::{End, State, Waiter};
#[cfg(feature = "alloc")]
pub(crate) use place::Closed;
#[cfg(all(feature = "std", not(loom)))]
pub(crate) use place::deadline_after;
#[cfg(feature = "alloc")]
pub(crate) use place::entry_by_rule;
#[cfg(any(feature = "std", loom))]
pub(crate) use place::{Blocked, Deadline};
pub(crate) use place::{Handle, Place};
#[cfg(any(feature = "std", loom))]
pub(crate) use place::{park, park_while_queued};
pub(crate) use queue::WaitQueue;
pub(crate) use rule::{Entry, Rule, UntilClosed, Verdict};
pub(crate) use wake::Wake;
#[cfg(feature = "alloc")]
pub(crate) use wake::{Batch, Panics};

/// Somebody waits; nobody may enter past the queue.
pub(crate) const HAS_WAITERS: usize = 2;
/// Nobody enters any more. Only primitives that can be closed set it.
pub(crate) const CLOSED: usize = 4;
/// The first bit that belongs to the primitive.
pub(crate) const SHIFT: u32 = 3;
