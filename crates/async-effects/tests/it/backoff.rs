//! `Backoff`: the delays it gives, whatever its parameters.

use std::time::Duration;

use async_effects::{Backoff, Jitter, SplitMix64};
use quickcheck::{Arbitrary, Gen, TestResult};

use crate::property::properties;

const SECOND: Duration = Duration::from_secs(1);

fn seconds(backoff: Backoff, count: usize) -> Vec<f64> {
    backoff.delays().take(count).map(|delay| delay.as_secs_f64()).collect()
}

/// Any strategy with any parameters, weighted towards the ends of their ranges.
#[derive(Clone, Copy, Debug)]
struct Any {
    backoff: Backoff,
    min_delay: Duration,
    max_delay: Duration,
    retries: u8,
    total_delay: Option<Duration>,
    jitter: Option<Jitter>,
}

fn duration(g: &mut Gen) -> Duration {
    match u8::arbitrary(g) % 6 {
        0 => Duration::ZERO,
        1 => Duration::MAX,
        2 => Duration::from_nanos(u64::arbitrary(g) % 10),
        3 => Duration::new(u64::arbitrary(g), u32::arbitrary(g) % 1_000_000_000),
        _ => Duration::from_millis(u64::arbitrary(g) % 100_000),
    }
}

impl Arbitrary for Any {
    fn arbitrary(g: &mut Gen) -> Self {
        let min_delay = duration(g);
        let max_delay = duration(g);
        let retries = u8::arbitrary(g);
        let total_delay = bool::arbitrary(g).then(|| duration(g));
        let jitter = *g.choose(&[None, Some(Jitter::Full), Some(Jitter::Equal), Some(Jitter::Decorrelated)]).unwrap();
        let mut backoff = match u8::arbitrary(g) % 3 {
            0 => Backoff::constant(min_delay),
            1 => Backoff::linear(min_delay),
            _ => Backoff::exponential(min_delay).with_factor(f64::arbitrary(g)),
        };
        backoff = backoff.with_max_delay(max_delay).with_max_times(retries.into());
        if let Some(total_delay) = total_delay {
            backoff = backoff.with_total_delay(total_delay);
        }
        if let Some(jitter) = jitter {
            backoff = backoff.with_jitter(jitter, u64::arbitrary(g));
        }
        Self { backoff, min_delay, max_delay, retries, total_delay, jitter }
    }
}

properties! {
    fn backoff_keeps_every_limit(any: Any) -> bool {
        let delays: Vec<_> = any.backoff.delays().collect();
        let sum = delays.iter().fold(Duration::ZERO, |sum, delay| sum.saturating_add(*delay));
        delays.len() <= any.retries.into()
            && delays.iter().all(|delay| *delay <= any.max_delay)
            && any.total_delay.is_none_or(|most| sum <= most)
            && (any.total_delay.is_some() || delays.len() == any.retries.into())
    }

    fn backoff_gives_the_same_delays_each_time(any: Any) -> bool {
        any.backoff.delays().eq(any.backoff.delays())
    }

    fn backoff_hints_at_its_length(any: Any) -> bool {
        let mut delays = any.backoff.delays();
        loop {
            let (least, most) = delays.size_hint();
            let rest = delays.clone().count();
            if rest < least || most.is_some_and(|most| rest > most) {
                return false;
            }
            if delays.next().is_none() {
                return delays.next().is_none() && delays.size_hint() == (0, Some(0));
            }
        }
    }

    fn backoff_never_shrinks_without_jitter(any: Any) -> TestResult {
        if any.jitter.is_some() {
            return TestResult::discard();
        }
        let delays: Vec<_> = any.backoff.delays().collect();
        let first = delays.first().is_none_or(|first| *first == any.min_delay.min(any.max_delay));
        TestResult::from_bool(first && delays.is_sorted())
    }

    fn backoff_jitter_stays_in_its_bounds(any: Any, seed: u64) -> bool {
        let without_total = any.backoff.with_total_delay(Duration::MAX);
        let plain = || match any.jitter {
            Some(_) => None,
            None => Some(without_total.delays()),
        };
        let Some(plain_delays) = plain() else { return true };
        let full = without_total.with_jitter(Jitter::Full, seed).delays();
        let equal = without_total.with_jitter(Jitter::Equal, seed).delays();
        plain_delays.zip(full).zip(equal).all(|((plain, full), equal)| {
            full <= plain && equal <= plain && equal >= plain / 2
        })
    }

    fn backoff_decorrelated_jitter_stays_in_its_bounds(min: u32, max: u32, seed: u64) -> bool {
        let (min, max) = (Duration::from_micros(min.into()), Duration::from_micros(max.into()));
        let backoff = Backoff::exponential(min).with_max_delay(max).with_max_times(50).with_jitter(Jitter::Decorrelated, seed);
        let mut before = min;
        backoff.delays().all(|delay| {
            let most = (3 * before).max(min).min(max);
            before = delay;
            delay >= min.min(max) && delay <= most
        })
    }
}

#[test]
fn backoff_grows_as_it_says() {
    assert_eq!(seconds(Backoff::constant(SECOND).with_max_times(4), 9), [1.0; 4]);
    assert_eq!(seconds(Backoff::linear(SECOND).with_max_times(4), 9), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(seconds(Backoff::exponential(SECOND).with_max_times(4), 9), [1.0, 2.0, 4.0, 8.0]);
    assert_eq!(seconds(Backoff::exponential(SECOND).with_factor(10.0), 9), [1.0, 10.0, 60.0]);
    assert_eq!(seconds(Backoff::exponential(SECOND).with_factor(1.5).with_min_delay(2 * SECOND), 9), [2.0, 3.0, 4.5]);
}

#[test]
fn backoff_takes_strange_factors_as_one() {
    for factor in [0.0, -3.0, 0.5, f64::NAN, f64::NEG_INFINITY] {
        assert_eq!(seconds(Backoff::exponential(SECOND).with_factor(factor), 9), [1.0; 3], "factor {factor}");
    }
    assert_eq!(seconds(Backoff::exponential(SECOND).with_factor(f64::INFINITY), 9), [1.0, 60.0, 60.0]);
    assert_eq!(seconds(Backoff::exponential(Duration::ZERO).with_factor(f64::INFINITY), 9), [0.0; 3]);
    assert_eq!(seconds(Backoff::linear(SECOND).with_factor(7.0), 9), [1.0, 2.0, 3.0]);
}

#[test]
fn backoff_saturates() {
    for backoff in
        [Backoff::linear(Duration::MAX), Backoff::exponential(Duration::MAX), Backoff::constant(Duration::MAX)]
    {
        let backoff = backoff.without_max_delay().with_max_times(100);
        assert!(backoff.delays().all(|delay| delay == Duration::MAX));
        assert_eq!(backoff.delays().count(), 100);
        for jitter in [Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
            assert_eq!(backoff.with_jitter(jitter, 1).delays().count(), 100);
        }
    }
    let doubling = Backoff::exponential(Duration::from_nanos(1)).without_max_delay().with_max_times(200);
    assert_eq!(doubling.delays().last(), Some(Duration::MAX));
}

#[test]
fn backoff_without_limits_goes_on() {
    assert_eq!(Backoff::constant(SECOND).without_max_times().delays().take(10_000).count(), 10_000);
    assert_eq!(Backoff::constant(SECOND).without_max_times().delays().size_hint(), (usize::MAX, None));
}

#[test]
fn backoff_total_delay_lets_in_the_delay_that_just_fits() {
    let backoff = Backoff::constant(SECOND).without_max_times();
    assert_eq!(backoff.with_total_delay(5 * SECOND).delays().count(), 5);
    assert_eq!(backoff.with_total_delay(5 * SECOND - Duration::from_nanos(1)).delays().count(), 4);
    assert_eq!(backoff.with_total_delay(Duration::ZERO).delays().count(), 0);
}

/// A mean far from the middle, or values that stay away from an end, would be no uniform jitter.
#[test]
fn backoff_jitter_is_spread_over_its_range() {
    let spread = |jitter| {
        let backoff = Backoff::constant(SECOND).with_max_times(10_000).with_jitter(jitter, 42);
        let delays: Vec<_> = backoff.delays().map(|delay| delay.as_secs_f64()).collect();
        let mean = delays.iter().sum::<f64>() / delays.len() as f64;
        let least = delays.iter().copied().fold(f64::INFINITY, f64::min);
        let most = delays.iter().copied().fold(0.0, f64::max);
        (least, mean, most)
    };
    let (least, mean, most) = spread(Jitter::Full);
    assert!(least < 0.01 && (mean - 0.5).abs() < 0.02 && most > 0.99, "{least} {mean} {most}");
    let (least, mean, most) = spread(Jitter::Equal);
    assert!((0.5..0.51).contains(&least) && (mean - 0.75).abs() < 0.02 && most > 0.99, "{least} {mean} {most}");
}

/// The first numbers for seed 1234567, as published with the algorithm's reference code.
#[test]
fn split_mix_64_gives_the_published_numbers() {
    let mut numbers = SplitMix64::new(1_234_567);
    let expected = [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ];
    assert_eq!(expected.map(|_| numbers.next_u64()), expected);
}
