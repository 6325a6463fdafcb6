//! [`Random`]: the same numbers for the same seed, for generated programs, histories and scripts; and [`seed`].

use std::time::{SystemTime, UNIX_EPOCH};

/// The seed of a test that is another one in each run: what the environment variable `SELVEDGE_SEED` says, or else the clock. It
/// is printed, so that a run that fails can be repeated.
///
/// ```
/// let mut random = verify_harness::random::Random::new(verify_harness::random::seed());
/// assert!(random.below(10) < 10);
/// ```
#[must_use]
pub fn seed() -> u64 {
    let given = std::env::var("SELVEDGE_SEED").ok().and_then(|text| text.parse().ok());
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |elapsed| elapsed.as_nanos() as u64);
    let seed = given.unwrap_or_else(clock);
    println!("SELVEDGE_SEED={seed}");
    seed
}

/// A small generator of pseudo-random numbers; a printed seed gives the same test again.
///
/// Constant time a number; all 2⁶⁴ numbers come once in a period. Not meant for secrets.
///
/// Algorithm: SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014).
///
/// ```
/// use verify_harness::random::Random;
///
/// let mut random = Random::new(7);
/// let die = random.below(6) + 1;
/// assert!((1..=6).contains(&die));
/// assert_eq!(Random::new(7).below(6) + 1, die);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// The generator with this seed; every seed is as good as another.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, uniform over all of `u64`.
    ///
    /// ```
    /// use verify_harness::random::Random;
    ///
    /// let mut random = Random::new(7);
    /// assert_ne!(random.next_u64(), random.next_u64());
    /// ```
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0 if that is 0; as good as uniform where `bound` is far below 2⁶⁴.
    ///
    /// ```
    /// assert!(verify_harness::random::Random::new(7).below(10) < 10);
    /// ```
    pub const fn below(&mut self, bound: u64) -> u64 {
        let number = self.next_u64();
        if bound == 0 { 0 } else { number % bound }
    }

    /// An index into something of length `len`; see [`below`](Self::below).
    ///
    /// ```
    /// assert!(verify_harness::random::Random::new(7).index(3) < 3);
    /// ```
    pub const fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// True once in `n` times on average.
    ///
    /// ```
    /// assert!(verify_harness::random::Random::new(7).one_in(1));
    /// ```
    pub const fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of `from`.
    ///
    /// # Panics
    ///
    /// If there is none.
    ///
    /// ```
    /// assert!(["a", "b"].contains(&verify_harness::random::Random::new(7).pick(&["a", "b"])));
    /// ```
    #[track_caller]
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }
}
