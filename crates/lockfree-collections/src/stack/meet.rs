//! Where a push and a pop that have lost the race for the head may meet, and leave it to others.
//!
//! **Source.** Hendler, Shavit and Yerushalmi, "A Scalable Lock-free Stack Algorithm" (2004). Differences: only pushes wait, and pops look;
//! so the wait is the back-off of a push, and a pop never waits.
//!
//! ```text
//! place: offers (upper half) | name of the node offered (lower half), NONE if there is none
//! ```
//!
//! **Why it is right.** A push that is taken here and the pop that takes it overlap, and both are linearized where the pop changes the place, the push
//! first: the stack is the same before and after. The count makes each offer's word its own (as long as it does not go round, 2^32
//! offers, while one push waits), so a push that finds its word unchanged takes back its own node, and else knows that a pop has it.

use super::head::NONE;
use crate::primitive::{AtomicU64, Backoff, CachePadded, ord, thread_hint};

/// How many places there are.
const PLACES: usize = if cfg!(loom) { 2 } else { 4 };

/// How often a push looks whether its offer was taken, after waits that double, before it takes it back.
const LOOKS: u32 = if cfg!(loom) { 1 } else { 6 };

/// What one offer adds.
const OFFER: u64 = 1 << 32;

/// The places of one stack.
pub(super) struct Meeting([CachePadded<AtomicU64>; PLACES]);

impl Meeting {
    #[cfg(not(loom))]
    pub(super) const fn new() -> Self {
        Self([const { CachePadded::new(AtomicU64::new(0)) }; PLACES])
    }

    #[cfg(loom)]
    pub(super) fn new() -> Self {
        Self(core::array::from_fn(|_| CachePadded::new(AtomicU64::new(0))))
    }

    /// Offers a node, which the caller owns and whose value is written, for a moment. Tells whether a pop has it now.
    #[cold]
    pub(super) fn offer(&self, name: u32) -> bool {
        let place = &self.0[thread_hint() % PLACES];
        // ord[J1] Relaxed: only a guess, which J2 confirms; pairs with none.
        let seen = place.load(ord!(J1, Relaxed));
        if seen as u32 != NONE {
            return false;
        }
        let offer = seen.wrapping_add(OFFER) | u64::from(name);
        // ord[J2] Release: hands the node and its value over; pairs with J6.
        // ord[J3] Relaxed: another push was first; pairs with none.
        if place.compare_exchange(seen, offer, ord!(J2, Release), ord!(J3, Relaxed)).is_err() {
            return false;
        }
        let backoff = Backoff::new();
        for _ in 0..LOOKS {
            backoff.spin();
            // ord[J4] Relaxed: nothing of the pop's is needed; pairs with none.
            if place.load(ord!(J4, Relaxed)) != offer {
                return true;
            }
        }
        // ord[J5] Relaxed: takes back what is the caller's own, or finds that it is gone; pairs with none.
        // ord[J8] Relaxed: as J4; pairs with none.
        place.compare_exchange(offer, offer & !(OFFER - 1), ord!(J5, Relaxed), ord!(J8, Relaxed)).is_err()
    }

    /// Takes a node that is offered, with its value.
    #[cold]
    pub(super) fn find(&self) -> Option<u32> {
        let first = thread_hint();
        (0..PLACES).find_map(|turn| {
            let place = &self.0[(first + turn) % PLACES];
            // ord[J7] Relaxed: only a guess, which J6 confirms; pairs with none.
            let seen = place.load(ord!(J7, Relaxed));
            if seen as u32 == NONE {
                return None;
            }
            // ord[J6] Acquire: the node and its value are seen; pairs with J2.
            // ord[J9] Relaxed: it is gone; pairs with none.
            let taken = place.compare_exchange(seen, seen & !(OFFER - 1), ord!(J6, Acquire), ord!(J9, Relaxed));
            taken.is_ok().then_some(seen as u32)
        })
    }
}
