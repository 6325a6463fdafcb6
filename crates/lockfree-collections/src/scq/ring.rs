//! A ring of indices, of which there are never more than half as many as places: what the queue is made of.
//!
//! **Source.** Nikolaev, "A Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue" (DISC 2019), figure 8. Differences: fewer
//! indices than half the places may exist, so that any capacity will do; and the threshold, see below.
//!
//! ```text
//! head, tail:  cycle | place                        positions; they only grow, and never wrap in practice (2^63 operations)
//! entry:       cycle | safe (one bit) | index       index NOTHING (all ones): to be filled
//! ```
//!
//! **Invariants.** Let there be 2^k places and at most 2^(k-1) indices.
//! - I1: an index is in one entry, or owned by one operation; so at most 2^(k-1) operations put at once.
//! - I2: each position is claimed for putting at most once (by `tail`) and for taking at most once (by `head`). The entry's cycle only
//!   grows; it becomes that of position p with an index in it by the put that claimed p, or with NOTHING by the take that claimed p; and
//!   by no other position of that cycle. So a take that comes first spoils p for the put, which claims another position.
//! - I3: an entry that is not safe was passed by a take of a later cycle while an older index was in it: it is filled only by a put
//!   whose position no take has claimed.
//!
//! **Threshold.** A take that finds nothing at its position cannot try for ever: puts and takes could spoil positions for one another.
//! After a put has filled position p, at most 2^k - 1 takes claim positions before p and fail; takes that had failed before, and have not
//! counted it yet, are as many as there are threads. So, of all failures counted after the put has set the threshold to 2^k - 1 plus that
//! number, one finds p; and when it falls below zero nothing is there. The paper takes 2^(k-1) for the number of threads; we take
//! [`THREADS`], so that small rings serve many threads.
//!
//! **Orderings.** Two arguments go through one order of all accesses.
//! - A take says that nothing is there after it has read the threshold (N16) or the tail (N9). Who put something in before, in that order, has
//!   set the one (N15), or found it set, and moved the other (N1). Two threads that put into one ring each, and then look into the other's,
//!   would miss each other without it.
//! - A put that has filled its entry (N4) reads the threshold (N14). It must not read it from before a failure (N10) that was counted
//!   long ago; else failures that it does not see are counted twice, and takes give up before they find what it has put. Two ways lead
//!   from the failure to N14. After it the same thread has looked at the tail (N9), before the put claimed its position (N1). And the
//!   take a lap earlier has looked at the entry (N6), before the put filled it, when it had claimed its position (N5) after that
//!   failure's. What neither way shows is no more than one lap, and one for each thread, for which the threshold allows.
//!
//! The models refute what breaks both ways: a weaker N10 or N14, or two sites of which each breaks one (N1 with N4, N5 or N6).
//!
//! I3 needs less: who finds an entry unsafe (N2, N13) has seen the claim of the take that made it so (N8). Upstream loom takes sequentially
//! consistent accesses for acquire and release; there the models pass a fence where `sequence` stands, and elsewhere that is nothing.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::primitive::{AtomicU64, CachePadded, ord, sequence};

/// So many threads may take at once.
pub(super) const THREADS: u64 = if cfg!(loom) { 3 } else { 1 << 16 };

pub(super) struct Ring {
    head: CachePadded<AtomicU64>,
    tail: CachePadded<AtomicU64>,
    /// How many takes may fail before there is nothing; a signed number.
    threshold: CachePadded<AtomicU64>,
    entries: Box<[AtomicU64]>,
    /// The number of places is a power of two: this one.
    bits: u32,
}

/// The parts of an entry.
#[derive(Clone, Copy)]
struct Entry {
    cycle: u64,
    safe: bool,
    index: u64,
}

impl Ring {
    /// A ring for `indices` indices, with all of them in it or none.
    pub(super) fn new(indices: usize, full: bool) -> Option<Self> {
        let places = indices.checked_next_power_of_two()?.checked_mul(2)?;
        let bits = places.ilog2();
        let mut entries = Vec::new();
        entries.try_reserve_exact(places).ok()?;
        let mut ring = Self {
            // Positions begin with the second cycle, entries with the first.
            head: CachePadded::new(AtomicU64::new(places as u64)),
            tail: CachePadded::new(AtomicU64::new((places + if full { indices } else { 0 }) as u64)),
            threshold: CachePadded::new(AtomicU64::new(0)),
            entries: Box::new([]),
            bits,
        };
        let mut words = Vec::new();
        words.try_reserve_exact(places).ok()?;
        words.resize(places, ring.word(Entry { cycle: 0, safe: true, index: ring.nothing() }));
        if full {
            for index in 0..indices {
                words[ring.place(index as u64)] = ring.word(Entry { cycle: 1, safe: true, index: index as u64 });
            }
        }
        entries.extend(words.into_iter().map(AtomicU64::new));
        ring.entries = entries.into_boxed_slice();
        ring.threshold = CachePadded::new(AtomicU64::new(if full { ring.patience() } else { u64::MAX }));
        Some(ring)
    }

    #[inline]
    fn nothing(&self) -> u64 {
        (1 << self.bits) - 1
    }

    #[inline]
    fn patience(&self) -> u64 {
        (1 << self.bits) - 1 + THREADS
    }

    #[inline]
    fn word(&self, entry: Entry) -> u64 {
        entry.cycle << (self.bits + 1) | u64::from(entry.safe) << self.bits | entry.index
    }

    #[inline]
    fn entry(&self, word: u64) -> Entry {
        Entry { cycle: word >> (self.bits + 1), safe: word >> self.bits & 1 == 1, index: word & self.nothing() }
    }

    /// The place of a position: neighbours lie in different cache lines.
    #[inline]
    fn place(&self, position: u64) -> usize {
        let place = position & self.nothing();
        let turned = if self.bits < 6 { place } else { place << 3 & self.nothing() | place >> (self.bits - 3) };
        turned as usize
    }

    /// Puts an index in, which the caller owns.
    #[inline]
    pub(super) fn put(&self, index: u64) {
        loop {
            // ord[N1] SeqCst: claims the position; in one order with those who find nothing; pairs with N9.
            let position = self.tail.fetch_add(1, ord!(N1, SeqCst));
            let cycle = position >> self.bits;
            let entry = &self.entries[self.place(position)];
            // ord[N2] Acquire: if a take has made it unsafe, its claim of the head is seen below; pairs with N8.
            let mut word = entry.load(ord!(N2, Acquire));
            loop {
                let seen = self.entry(word);
                let free = seen.cycle < cycle && seen.index == self.nothing();
                // ord[N3] Relaxed: of the takes, only those count that made the entry unsafe, which N2 or N13 has seen; pairs with none.
                if !free || !(seen.safe || self.head.load(ord!(N3, Relaxed)) <= position) {
                    break;
                }
                let filled = self.word(Entry { cycle, safe: true, index });
                // ord[N4] SeqCst: hands over the index, and what was done to its slot; before N14 in the one order; pairs with N6, N7.
                // ord[N13] Acquire: as N2; pairs with N8.
                match entry.compare_exchange(word, filled, ord!(N4, SeqCst), ord!(N13, Acquire)) {
                    Ok(_) => {
                        sequence();
                        // ord[N14] SeqCst: not older than the last failure that was counted, or a take could find nothing; pairs with N10.
                        if self.threshold.load(ord!(N14, SeqCst)) != self.patience() {
                            // ord[N15] SeqCst: in one order with those who find nothing; pairs with N16.
                            self.threshold.store(self.patience(), ord!(N15, SeqCst));
                        }
                        return;
                    }
                    Err(now) => word = now,
                }
            }
        }
    }

    /// Takes an index out, which the caller owns then; none if nothing was there at some moment during the call.
    #[inline]
    pub(super) fn take(&self) -> Option<u64> {
        sequence();
        // ord[N16] SeqCst: what was put before is not missed; pairs with N15.
        if (self.threshold.load(ord!(N16, SeqCst)) as i64) < 0 {
            return None;
        }
        loop {
            // ord[N5] AcqRel: claims the position; what came before an earlier claim comes before what finds nothing after it; pairs with itself.
            let position = self.head.fetch_add(1, ord!(N5, AcqRel));
            let cycle = position >> self.bits;
            let entry = &self.entries[self.place(position)];
            // ord[N6] SeqCst: the slot of the index is seen, and no put that N5 came after is missed; pairs with N4.
            let mut word = entry.load(ord!(N6, SeqCst));
            loop {
                let seen = self.entry(word);
                if seen.cycle == cycle {
                    // ord[N17] Relaxed: the index was seen by N6 or N7, and its entry is this take's; pairs with none.
                    entry.fetch_or(self.nothing(), ord!(N17, Relaxed));
                    return Some(seen.index);
                }
                if seen.cycle > cycle {
                    break;
                }
                let passed =
                    if seen.index == self.nothing() { Entry { cycle, ..seen } } else { Entry { safe: false, ..seen } };
                // ord[N8] Release: the claim of the head is seen by who finds the entry unsafe; pairs with N2, N13.
                // ord[N7] Acquire: as N6, which was before it in the one order; pairs with N4.
                match entry.compare_exchange(word, self.word(passed), ord!(N8, Release), ord!(N7, Acquire)) {
                    Ok(_) => break,
                    Err(now) => word = now,
                }
            }
            sequence();
            // ord[N9] SeqCst: what was put before is not missed; pairs with N1.
            let tail = self.tail.load(ord!(N9, SeqCst));
            let is_last = tail <= position + 1;
            if is_last {
                self.catch_up(tail, position + 1);
            }
            // ord[N10] SeqCst: counts a failure; pairs with N14.
            let left = self.threshold.fetch_sub(1, ord!(N10, SeqCst)) as i64;
            if is_last || left <= 0 {
                return None;
            }
        }
    }

    /// Moves the tail to where the head is, so that puts do not have to try each position that was spoilt for them.
    #[cold]
    fn catch_up(&self, mut tail: u64, mut head: u64) {
        // ord[N18] Relaxed: N9, which has read what this replaces, is before later claims (N1) in the one order; pairs with none.
        // ord[N19] Relaxed: another thread has moved it; pairs with none.
        while self.tail.compare_exchange(tail, head, ord!(N18, Relaxed), ord!(N19, Relaxed)).is_err() {
            // ord[N20] Relaxed: a guess, which N18 confirms; pairs with none.
            head = self.head.load(ord!(N20, Relaxed));
            // ord[N21] Relaxed: as N20; pairs with none.
            tail = self.tail.load(ord!(N21, Relaxed));
            if tail >= head {
                return;
            }
        }
    }

    /// How many indices are in the ring: exact while no other operation runs. Time in proportion to the places.
    pub(super) fn len(&self) -> usize {
        let is_filled = |entry: &&AtomicU64| {
            // ord[N22] Relaxed: a number; what came before is counted, since each entry has one order; pairs with none.
            self.entry(entry.load(ord!(N22, Relaxed))).index != self.nothing()
        };
        self.entries.iter().filter(is_filled).count()
    }
}
