//! How long it took: [`Histogram`].

use core::fmt;
use core::time::Duration;

const BUCKETS: usize = 64;

/// How often something took how long, in powers of two of a nanosecond: the times of a bucket differ by less than a factor of two.
///
/// Memory: 64 numbers, whatever is counted.
#[derive(Clone, PartialEq, Eq)]
pub struct Histogram {
    buckets: [u64; BUCKETS],
    total: Duration,
    longest: Duration,
}

impl Histogram {
    pub(super) const fn new() -> Self {
        Self { buckets: [0; BUCKETS], total: Duration::ZERO, longest: Duration::ZERO }
    }

    pub(super) fn add(&mut self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.buckets[nanoseconds.checked_ilog2().unwrap_or(0) as usize] += 1;
        self.total = self.total.saturating_add(time);
        self.longest = self.longest.max(time);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// All of them together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The longest.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// The buckets that are not empty, the shortest times first: each by the time from which on it counts, and how many there are. It ends where twice that time
    /// begins; the first begins at no time at all, whatever it says.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        let counted = self.buckets.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(bucket, count)| (Duration::from_nanos(1 << bucket), *count))
    }

    /// A time that at least `percent` of a hundred did not exceed; at most twice as long as it had to be. Nothing if nothing was counted.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> Option<Duration> {
        let rank = (u128::from(self.count()) * u128::from(percent.min(100))).div_ceil(100);
        let mut seen = 0;
        self.buckets().find_map(|(from, count)| {
            seen += u128::from(count);
            (seen >= rank).then(|| from.saturating_mul(2).min(self.longest))
        })
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.buckets()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn histogram_counts_in_powers_of_two() {
        let mut histogram = Histogram::new();
        assert_eq!((histogram.count(), histogram.percentile(50)), (0, None));
        for nanoseconds in [0, 1, 2, 3, 4, 7, 8, 1_000] {
            histogram.add(Duration::from_nanos(nanoseconds));
        }
        let buckets: Vec<_> = histogram.buckets().map(|(from, count)| (from.as_nanos(), count)).collect();
        assert_eq!(buckets, [(1, 2), (2, 2), (4, 2), (8, 1), (512, 1)]);
        assert_eq!(histogram.total(), Duration::from_nanos(1_025));
        assert_eq!(histogram.percentile(50), Some(Duration::from_nanos(4)));
        assert_eq!(histogram.percentile(75), Some(Duration::from_nanos(8)));
        assert_eq!(histogram.percentile(100), Some(histogram.longest()));
        histogram.add(Duration::MAX);
        assert_eq!(histogram.longest(), Duration::MAX);
    }
}
