//! Requests that are made up: each kind tests what some caches do badly.

use std::collections::BTreeMap;

use benches::skew;
use verify_harness::random::Random;

/// Requests, and the capacity of the caches that they are made for.
pub struct Trace {
    pub name: String,
    pub capacity: usize,
    pub keys: Vec<u64>,
}

/// Requests in each.
const REQUESTS: usize = 600_000;

/// Ranges of keys that have nothing to do with one another.
const fn apart(number: u64) -> u64 {
    (number + 1) << 40
}

fn unit(random: &mut Random) -> f64 {
    random.below(1 << 53) as f64 / (1_u64 << 53) as f64
}

/// A number below `count`, the first ones most often.
fn zipf(random: &mut Random, count: u64, exponent: f64) -> u64 {
    skew::zipf(unit(random), count, exponent)
}

/// All of them, of this seed.
pub fn generate(seed: u64) -> Vec<Trace> {
    let mut traces = Vec::new();
    let mut add = |name: &str, capacity: usize, next: &mut dyn FnMut(&mut Random, u64) -> u64| {
        let mut random = Random::new(seed ^ (traces.len() as u64) << 32);
        let keys = (0..REQUESTS as u64).map(|at| next(&mut random, at)).collect();
        traces.push(Trace { name: name.to_owned(), capacity, keys });
    };
    for (exponent, capacity) in [(0.7, 5000), (0.9, 2000), (0.99, 500), (0.99, 5000), (1.1, 2000)] {
        let name = format!("zipf {exponent}");
        add(&name, capacity, &mut |random, _| zipf(random, 200_000, exponent));
    }
    let (mut scanned, mut left) = (0, 0);
    add("zipf 0.9 with scans", 2000, &mut |random, _| {
        if left == 0 && random.below(5000) == 0 {
            left = 4000;
        }
        if left == 0 {
            return zipf(random, 100_000, 0.9);
        }
        left -= 1;
        scanned += 1;
        apart(0) + scanned
    });
    add("few often, many once", 1000, &mut |random, at| {
        if random.below(2) == 0 { apart(0) + at } else { random.below(800) }
    });
    add("loop 1.1", 2000, &mut |_, at| at % 2200);
    add("loop 2", 2000, &mut |_, at| at % 4000);
    add("loop 5", 2000, &mut |_, at| at % 10_000);
    let mut place = 0;
    add("loop and zipf", 2000, &mut |random, _| {
        if random.below(2) == 0 {
            place += 1;
            apart(0) + place % 5000
        } else {
            zipf(random, 50_000, 0.9)
        }
    });
    let mut places = [0; 3];
    add("three loops and noise", 2000, &mut |random, at| {
        let (number, length) = match random.below(10) {
            0..5 => (0, 500),
            5..8 => (1, 2000),
            8 => (2, 20_000),
            _ => return apart(3) + at,
        };
        places[number] += 1;
        apart(number as u64) + places[number] % length
    });
    add("sliding set", 2000, &mut |random, at| at / 20 + random.below(2500));
    add("jumping set", 2000, &mut |random, at| apart(at / 30_000) + random.below(2400));
    add("jumping zipf", 1000, &mut |random, at| apart(at / 60_000) + zipf(random, 20_000, 0.9));
    let mut past = Vec::new();
    add("recent, often", 2000, &mut |random, at| {
        let back = (unit(random).powf(-1.0 / 0.6) * 10.0) as usize;
        let fresh = random.below(4) == 0 || back >= past.len();
        let key = if fresh { at } else { past[past.len() - 1 - back] };
        past.push(key);
        key
    });
    let mut past = Vec::new();
    add("recent, evenly", 2000, &mut |random, at| {
        let back = random.index(4000);
        let fresh = random.below(5) == 0 || back >= past.len();
        let key = if fresh { at } else { past[past.len() - 1 - back] };
        past.push(key);
        key
    });
    let mut soon = BTreeMap::new();
    add("bursts and zipf", 1000, &mut |random, at| {
        if let Some(due) = soon.first_entry().filter(|due| *due.key() <= at) {
            return due.remove();
        }
        if random.below(4) != 0 {
            return zipf(random, 50_000, 0.9);
        }
        let mut when = at;
        for _ in 0..2 {
            when += 1 + random.below(300);
            while soon.contains_key(&when) {
                when += 1;
            }
            soon.insert(when, apart(0) + at);
        }
        apart(0) + at
    });
    add("news", 2000, &mut |random, at| 200_000 + at / 4 - zipf(random, 200_000, 0.95));
    add("phases", 2000, &mut |random, at| match at / 50_000 % 3 {
        0 => apart(0) + at % 3000,
        1 => zipf(random, 50_000, 0.95),
        _ => apart(1) + at / 20 + random.below(1800),
    });
    traces
}
