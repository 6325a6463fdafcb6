//! Random choices, of which nothing is asked but that they are spread evenly.

use crate::primitive::{AtomicUsize, BUCKETS, CachePadded, ord, thread_hint};

/// Added from number to number: 2^64 divided by the golden ratio (Weyl's sequence).
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A sequence of numbers: Weyl's, mixed as in SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not zero and has at most 32 bits.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // Scaled down from 32 bits: no division.
        (((self.next() >> 32) * end as u64) >> 32) as usize
    }

    /// Two different numbers below `end`, which is at least two.
    pub(crate) fn pair(&mut self, end: usize) -> (usize, usize) {
        let first = self.below(end);
        let second = first + 1 + self.below(end - 1);
        (first, if second < end { second } else { second - end })
    }
}

/// Where threads that share a queue go on in a sequence. Threads that share a place may get the same numbers now and then.
pub(crate) struct Seeds([CachePadded<AtomicUsize>; BUCKETS]);

impl Seeds {
    pub(crate) fn new() -> Self {
        Self(core::array::from_fn(|place| CachePadded::new(AtomicUsize::new(place << 20))))
    }

    /// The calling thread's next numbers.
    #[inline]
    pub(crate) fn random(&self) -> Random {
        let place = &self.0[thread_hint()];
        // ord[P11] Relaxed: any number will do; pairs with none.
        let seed = place.load(ord!(P11, Relaxed));
        // ord[P12] Relaxed: as P11; pairs with none.
        place.store(seed.wrapping_add(1), ord!(P12, Relaxed));
        // Numbers of different seeds are far apart in the sequence, whose steps are even there.
        Random::new((seed as u64).wrapping_mul(0xD134_2543_DE82_EF95))
    }
}
