//! Reclamation: when may memory that others may still be reading be freed?
//!
//! **Source.** Michael, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects" (2004), as implemented by the
//! `haphazard` crate; the slots are a long-lived renaming by scanning, after Moir and Anderson (1995); the asymmetric fence is
//! that of Dice, Herlihy and Kogan, "Fast non-intrusive memory reclamation for highly-concurrent data structures" (2016).
//! Why it is built this way, and what else was considered, is told in the book, `adr/0001-reclamation.md`.
//!
//! **A domain for each collection.** It is dropped with the collection, so values may borrow, the bound on garbage is the
//! collection's own, and nothing that belongs to a value outlives the collection.
//!
//! **Slots.** A slot holds `N` hazard pointers for as long as the collection lives. An operation needs a slot. A thread keeps
//! the slot of each of the collections it used last (`cache`), and enters by a load and a store; a thread that needs a
//! second slot, because it holds a guard, takes a free one from the list by a compare-exchange.
//!
//! **Sticky protection.** A slot leaves its hazards on what they protected last. If the next operation finds the same
//! pointer in the collection, it is protected already and needs neither store nor fence.
//!
//! **Asymmetric fence.** A collection that is read much more often than changed asks for `Fences::Asymmetric`: a reader that
//! moves its hazard passes no fence; who frees makes all threads pass one, for a batch of objects at once. Where the system
//! cannot do that, and under the model checker, both sides pass a sequentially consistent fence.
//!
//! **Containers.** What is retired with the engine is memory without values in it (`Entry::retire`: buffers, nodes whose value has been moved
//! out; `Entry::exchange`: segments, which the collection takes back to use them again), and seldom: it costs several times what
//! an operation does. Values that are replaced one by one go another way, and hazards and the look at them are the slots' own: `held` for
//! cells, `eras` for maps. They are dropped after the slot was given back: a value's `drop` may use the collection again, and may panic.
//!
//! ```text
//! Hazards --> Shared { domain, references, ready, buckets[B] }
//!                                                     bucket --> Slot --> Slot --> null
//!                                                                { claimed, busy, next, hazard[N], on[N], announced, private, counts }
//! containers: retired (in haphazard) --no hazard on it--> freed, or ready --> used again
//! values: private of the slot --batch full: fence, look at what all slots announce--> dropped
//! ```
//!
//! **Invariants.**
//! - I1: `shared` goes from null to one `Shared`, once, and stays until the collection is dropped. Its memory stays until all
//!   threads and handles that keep one of its slots have given it back (`references`), so no two structures kept anywhere have one
//!   address.
//! - I2: slots are only appended, and freed with `Shared`; `next` goes from null to one slot, once.
//! - I3: `inner` of a slot is accessed only by the holder of its entry. An entry comes to be in two ways: by turning `claimed`
//!   from false to true with `busy` false thereafter; or, in the thread whose cache keeps the slot (which is why it is
//!   claimed), by finding `busy` false and setting it. It ends by undoing the latter (if cached) or the former.
//! - I4: if `on[i]` is not null, hazard `i` holds `on[i]`, has held it without interruption since a validation, and
//!   whatever is there has not been freed since: it was reachable at the validation, and every scan after it sees the hazard.
//! - I5: a pointer is retired once, after the last store that made it reachable has been overwritten.
//! - I6: when `Hazards` is dropped, no entry is left but those of handles (`Detached`); these may announce that they protect nothing, and they
//!   and caches may give slots back, and touch no more than what is announced, `busy`, `claimed` and `references`.
//!
//! **Why a validated hazard is seen.** The reader stores the hazard (in `haphazard`), passes the fence `H8` and reads the
//! source again. Whoever frees has unlinked the object, then passed a sequentially consistent fence in `haphazard`, then
//! reads the hazards. Of the two fences one comes first: if the reader's, the scan sees the hazard; if the scan's, the
//! reader sees the source changed and tries again. With I5 the source does not change back to an object that was retired.
//! With the asymmetric fence, which `held` and `eras` use, the heavy one, passed after unlinking and before looking at the slots, acts as
//! a fence of the reader's at some point: before the second look, and the hazard is seen; or after it, and the second look sees the change.
//! (This half is argued from the system call's contract; the language's memory model, and so the model checker, has none.)
//!
//! **Progress.** Lock-free: a failed compare-exchange on `claimed`, `next`, `shared` or `ready` means that another thread
//! succeeded. `haphazard` spins only on its list of free records, which stays empty since slots keep theirs. (The allocator
//! may lock.)
//!
//! **Bound.** With `H` slots (as many as there were entries at once) at most `H * batch` objects wait to be looked at, `H * N` are protected,
//! and a thread stopped in the middle of freeing keeps what it has in hand, a batch and what it found retired.
//!
//! **What is checked.** Every model test of the collections runs through this module; those with `crowd` in the name make all
//! threads share one list and begin without slots; those with `cached` let threads keep their slots (without it, each operation
//! claims one). `tests/it/reclaim.rs` tests the decisions of the record.

mod announce;
pub(crate) mod cache;
pub(crate) mod dead;
mod entry;
pub(crate) mod eras;
mod hazards;
pub(crate) mod held;
pub(crate) mod limbo;
mod telemetry;

pub(crate) use announce::Announce;
pub(crate) use entry::{Count, Detached, Entry};
pub(crate) use hazards::{Fences, Hazards};
pub use telemetry::Telemetry;
