//! The general search for a linearization.
//!
//! # Source
//!
//! J. M. Wing, C. Gong: "Testing and verifying concurrent objects" (1993), with the memoisation of G. Lowe: "Testing for
//! linearizability" (2016). What differs:
//!
//! - *Compact configurations.* A configuration is (low-water mark, set of open slots, state number), 16 bytes as long as at most
//!   64 operations are open at once. The low-water mark is the number of returns, in time order, whose operations are all
//!   linearized. An operation owns a slot from its call to its return, as a process would, so the slots that are set name the
//!   operations linearized beyond the mark: Lowe's set of operations without its length.
//! - *Interned states*, and a memo of transitions by (state, operation class), so that `step` runs once per pair.
//! - *No recursion*, and a frame is dropped when its last choice is taken.
//!
//! # Reductions
//!
//! Each keeps "a linearization exists from here", for any configuration; so they combine. Each can be switched off.
//!
//! - *R1, eager*. An operation that returned, is enabled, and is legal in the present state is linearized at once, without
//!   alternatives, if it is an *observer* (it leaves every state in which it is legal unchanged) or a *left mover* (see
//!   [`Specification::left_movers`](crate::history::Specification::left_movers)). Take any completion: moving the operation to
//!   its front respects real time, because it is enabled, and the rest stays legal, because it sees the states it saw before.
//!   Leaving *this* state unchanged is not enough: a write of the value that is there already may be needed later, to restore it.
//! - *R2, twins in order*. Of two operations with equal input and output, `i` called no later and returning no later than `j`,
//!   `j` is not tried before `i`: exchanging them in a linearization gives a linearization. Pending operations return at
//!   infinity, so any number of equal pending ones is tried in one order only.
//! - *R3, idle pending operations*. A pending observer is dropped; any pending operation is skipped where it would leave the
//!   state unchanged. Leaving it out of a linearization leaves a linearization.

mod plan;
mod search;
mod slots;
mod states;

pub(crate) use plan::{NEVER, Plan};
pub(crate) use search::{Deepest, Outcome, search};
