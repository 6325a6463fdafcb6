//! [`SplitMix64`]: random numbers for jitter.

/// A small generator of pseudo-random numbers, the same numbers for the same seed.
///
/// It is meant for jitter and for seeds, where it is enough that clients differ from each other; it is not meant for
/// secrets. One addition, three shifts and two multiplications a number; all 2⁶⁴ numbers come once in a period.
///
/// Algorithm: SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014).
///
/// ```
/// use async_effects::SplitMix64;
///
/// let mut numbers = SplitMix64::new(1);
/// let (a, b) = (numbers.next_u64(), numbers.next_u64());
/// assert_ne!(a, b);
/// assert_eq!(SplitMix64::new(1).next_u64(), a);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// The generator with this seed; every seed is as good as another.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number, uniform over all of `u64`.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The seed of a generator that goes on where this one is.
    pub(crate) const fn into_seed(self) -> u64 {
        self.state
    }

    /// A number from 0 to `most`, both included; as good as uniform where `most` is far below 2⁶⁴.
    pub(crate) const fn up_to(&mut self, most: u64) -> u64 {
        // The high half of the product: Lemire's multiplication, without the rejection that removes a bias of most / 2^64.
        ((self.next_u64() as u128 * (most as u128 + 1)) >> 64) as u64
    }
}
