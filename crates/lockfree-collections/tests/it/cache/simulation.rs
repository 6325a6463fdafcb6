use std::collections::HashSet;

use lockfree_collections::cache::Simulation;
use quickcheck::quickcheck;
use verify_harness::random::Random;

fn hits(capacity: u64, requests: impl Iterator<Item = u64>) -> usize {
    let mut cache = Simulation::new(capacity);
    requests.filter(|key| cache.request(*key)).count()
}

quickcheck! {
    /// A hit is of a key that was asked for before, and weights stay within the capacity.
    fn simulation_has_what_was_asked_for(capacity: u8, requests: Vec<(u8, u8)>) -> bool {
        let mut cache = Simulation::new(u64::from(capacity));
        let mut seen = HashSet::new();
        // The weight belongs to the key.
        requests.iter().all(|&(key, _)| {
            let weight = u32::from(key % 7);
            let hit = cache.request_weighted(u64::from(key), weight);
            let first = seen.insert(key);
            let within = cache.len() <= seen.len() && (weight == 0 || cache.len() <= usize::from(capacity) + 37);
            within && !(hit && first) && (!hit || weight <= u32::from(capacity))
        })
    }

    /// While there is room, nothing goes.
    fn simulation_keeps_what_fits(keys: Vec<u8>) -> bool {
        let mut cache = Simulation::new(256);
        let mut seen = HashSet::new();
        keys.iter().all(|key| cache.request(u64::from(*key)) != seen.insert(*key)) && cache.len() == seen.len()
    }

    fn simulation_is_never_above_its_capacity(capacity: u8, keys: Vec<u16>) -> bool {
        let mut cache = Simulation::new(u64::from(capacity));
        keys.iter().all(|key| {
            cache.request(u64::from(*key));
            cache.len() <= usize::from(capacity)
        })
    }
}

#[test]
fn simulation_of_a_long_loop_keeps_a_part_of_it() {
    let hits = hits(400, (0..120_000).map(|at| at % 800));
    assert!(hits > 46_000, "{hits} of at most 60,000");
}

#[test]
fn simulation_follows_a_set_that_slides() {
    let mut random = Random::new(1);
    let hits = hits(400, (0..120_000).map(|at| at / 20 + random.below(400)));
    assert!(hits > 105_000, "{hits} of 120,000");
}

#[test]
fn simulation_keeps_a_set_beside_keys_that_come_once() {
    let mut random = Random::new(2);
    let requests = (0..120_000).map(|at| if at % 2 == 0 { (1 << 40) + at } else { random.below(320) });
    let hits = hits(400, requests);
    assert!(hits > 58_000, "{hits} of at most 60,000");
}

#[test]
fn simulation_changes_its_mind() {
    let mut random = Random::new(3);
    let mut cache = Simulation::new(400);
    let mut phase = |range: std::ops::Range<u64>, key: &mut dyn FnMut(u64) -> u64| {
        range.filter(|at| cache.request(key(*at))).count()
    };
    let looped = phase(0..60_000, &mut |at| at % 600);
    let slid = phase(60_000..120_000, &mut |at| (1 << 40) + at / 20 + random.below(400));
    let again = phase(120_000..180_000, &mut |at| at % 600);
    assert!(looped > 25_000 && slid > 48_000 && again > 25_000, "{looped}, {slid}, {again}");
}

#[test]
fn simulation_of_few_entries_works() {
    for capacity in 0..40 {
        let mut cache = Simulation::new(capacity);
        let mut random = Random::new(capacity);
        for _ in 0..2000 {
            cache.request(random.below(60));
            assert!(cache.len() as u64 <= capacity);
        }
    }
}
