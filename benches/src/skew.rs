//! Requests of which few keys get most.

/// A number below `count`, the first ones most often (Zipf), for `part`, evenly drawn from 0 to 1: by inverting the integral of the density.
///
/// # Panics
///
/// If `count` is 0.
#[must_use]
pub fn zipf(part: f64, count: u64, exponent: f64) -> u64 {
    let power = 1.0 - exponent;
    let whole = ((count + 1) as f64).powf(power) - 1.0;
    ((part * whole + 1.0).powf(power.recip()) as u64).saturating_sub(1).min(count - 1)
}

/// Such a number, moved: neighbours in rank are no neighbours in number. `count` is even, and not a multiple of five.
#[must_use]
pub fn scattered_zipf(part: f64, count: u64, exponent: f64) -> u64 {
    zipf(part, count, exponent).wrapping_mul(0x9E37_79B1) % count
}

/// The part of 1 that a word of random bits stands for.
#[must_use]
pub fn part(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_is_within_its_range() {
        for exponent in [0.5, 0.99, 1.2] {
            assert_eq!((zipf(0.0, 10, exponent), zipf(1.0, 10, exponent)), (0, 9));
        }
        assert_eq!(zipf(0.7, 1, 0.9), 0);
    }

    #[test]
    fn zipf_asks_for_the_first_ones_most() {
        let mut counts = [0; 10];
        (0..10_000).for_each(|step| counts[zipf(f64::from(step) / 10_000.0, 10, 0.99) as usize] += 1);
        assert!(counts.is_sorted_by(|more, less| more > less), "{counts:?}");
    }

    #[test]
    fn part_is_from_nought_to_one() {
        assert_eq!(part(0), 0.0);
        assert!(part(u64::MAX) < 1.0 && part(u64::MAX) > 0.999);
    }
}
