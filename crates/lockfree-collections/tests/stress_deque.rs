//! The work-stealing deque with native threads: every value is taken once, thieves take them in order, and memory is bounded.

#![cfg(not(loom))]

#[allow(dead_code, unused_imports, reason = "this file has checks of its own kind")]
mod stress;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lockfree_collections::deque::{Injector, Steal, Stealer, Worker};
use stress::{TOOL, seed};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::Random;

const NAME: &str = "WorkStealingDeque";

fn values() -> u64 {
    match Tier::from_environment() {
        Tier::Quick => 100_000,
        Tier::Default => 2_000_000,
        Tier::Full => 100_000_000,
    }
}

/// What a thief took, in the order in which it was pushed: a batch of a LIFO deque comes the other way round.
fn thieve(stealer: &Stealer<u64>, lifo: bool, batches: bool, done: &AtomicBool) -> Vec<u64> {
    let own = Worker::new_fifo();
    let mut taken = Vec::new();
    loop {
        let ended = done.load(Ordering::Acquire);
        let batch = taken.len();
        let steal = if batches { stealer.steal_batch_and_pop(&own) } else { stealer.steal() };
        match steal {
            Steal::Success(value) => taken.push(value),
            Steal::Empty if ended => return taken,
            Steal::Empty => thread::yield_now(),
            Steal::Retry => {}
        }
        taken.extend(std::iter::from_fn(|| own.pop()));
        if lifo {
            taken[batch..].reverse();
        }
    }
}

/// Pushes and pops in bursts of random length beside two thieves; loses `lost` values on purpose.
fn run(lifo: bool, batches: bool, all: u64, seed: u64, lost: u64) -> Result<(), String> {
    let worker = if lifo { Worker::new_lifo() } else { Worker::new_fifo() };
    let done = AtomicBool::new(false);
    let mut seen = vec![0_u8; usize::try_from(all).expect("they fit into memory")];
    let mut taken = thread::scope(|scope| {
        let thieves: Vec<_> = (0..2)
            .map(|_| {
                let (stealer, done) = (worker.stealer(), &done);
                scope.spawn(move || thieve(&stealer, lifo, batches, done))
            })
            .collect();
        let mut random = Random::new(seed);
        let (mut next, mut own) = (lost, Vec::new());
        while next < all {
            let burst = all.min(next + 1 + random.below(100));
            (next..burst).for_each(|value| worker.push(value));
            next = burst;
            own.extend((0..random.below(120)).map_while(|_| worker.pop()));
        }
        own.extend(std::iter::from_fn(|| worker.pop()));
        done.store(true, Ordering::Release);
        let mut taken: Vec<_> =
            thieves.into_iter().map(|thief| thief.join().expect("a thief does not panic")).collect();
        if !lifo {
            taken.push(own);
        } else {
            own.iter().for_each(|&value| seen[value as usize] += 1);
        }
        taken
    });
    for values in &taken {
        if let Some(pair) = values.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(format!("{} was taken before {}", pair[0], pair[1]));
        }
    }
    taken.iter_mut().flat_map(|values| values.drain(..)).for_each(|value| seen[value as usize] += 1);
    match seen.iter().position(|&times| times != 1) {
        Some(value) => Err(format!("{value} was taken {} times", seen[value])),
        None => Ok(()),
    }
}

fn holds(lifo: bool, batches: bool) {
    let (seed, all) = (seed(), values());
    let order = if lifo { "LIFO" } else { "FIFO" };
    let how = if batches { "batches" } else { "single steals" };
    let check = Check::start(NAME, &format!("each value is taken once, {order}, {how}"), TOOL, Unit::Operations)
        .bound(&format!("an owner and 2 thieves, {all} values, seed {seed}"));
    check.counter().add(2 * all);
    match run(lifo, batches, all, seed, 0) {
        Ok(()) => check.holds(),
        Err(wrong) => {
            check.fails(&wrong);
            panic!("{wrong}");
        }
    }
}

#[test]
fn worker_lifo_loses_and_doubles_nothing() {
    holds(true, false);
}

#[test]
fn worker_fifo_loses_and_doubles_nothing() {
    holds(false, false);
}

#[test]
fn worker_lifo_loses_and_doubles_nothing_in_batches() {
    holds(true, true);
}

#[test]
fn worker_fifo_loses_and_doubles_nothing_in_batches() {
    holds(false, true);
}

#[test]
fn worker_that_loses_a_value_is_rejected() {
    let seed = seed();
    let check = Check::start("a broken deque: loses a value", "the seeded bug is found", TOOL, Unit::Operations)
        .bound(&format!("seed {seed}"));
    check.counter().add(2_000);
    assert_eq!(run(true, false, 1_000, seed, 1), Err("0 was taken 0 times".to_owned()));
    check.holds();
}

#[test]
fn injector_feeds_workers() {
    let (seed, all) = (seed(), values() / 4);
    let check = Check::start("Injector", "each value is taken once", TOOL, Unit::Operations)
        .bound(&format!("2 producers, 2 workers, {all} values, seed {seed}"));
    let injector = Injector::new();
    let done = AtomicBool::new(false);
    let mut taken = thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let worker = Worker::new_lifo();
                    let mut taken = Vec::new();
                    loop {
                        let ended = done.load(Ordering::Acquire);
                        match injector.steal_batch_and_pop(&worker) {
                            Steal::Success(value) => taken.push(value),
                            _ if ended => return taken,
                            _ => thread::yield_now(),
                        }
                        taken.extend(std::iter::from_fn(|| worker.pop()));
                    }
                })
            })
            .collect();
        let producers: Vec<_> = (0..2)
            .map(|producer| {
                let injector = &injector;
                scope.spawn(move || {
                    (0..all).filter(|value| value % 2 == producer).for_each(|value| injector.push(value))
                })
            })
            .collect();
        producers.into_iter().for_each(|producer| producer.join().expect("a producer does not panic"));
        done.store(true, Ordering::Release);
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker does not panic")).collect::<Vec<_>>()
    });
    check.counter().add(2 * all);
    taken.sort_unstable();
    if taken.into_iter().eq(0..all) {
        check.holds();
    } else {
        check.fails("a value was lost or doubled");
        panic!("a value was lost or doubled");
    }
}
