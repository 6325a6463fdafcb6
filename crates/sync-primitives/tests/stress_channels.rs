//! Stress tests of channels, with native threads: as threads, as tasks, trying, closing and giving up half way.

#![cfg(not(loom))]

mod stress;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use stress::THREADS;
use sync_primitives::oneshot;
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::{Random, seed};

/// Operations of each thread.
fn operations() -> u64 {
    match Tier::from_environment() {
        Tier::Quick => 20_000,
        Tier::Default => 200_000,
        Tier::Full => 5_000_000,
    }
}

/// Runs `body` with its number and a source of random numbers on each thread, all starting together.
fn together(seed: u64, body: impl Fn(u64, Random) + Sync) {
    stress::together(|number| body(number, Random::new(seed ^ (number << 32))));
}

fn check(structure: &str, property: &str, seed: u64) -> Check {
    let bound = format!("{THREADS} threads x {} operations, seed {seed}", operations());
    let check = Check::start(structure, property, "stress", Unit::Operations).bound(&bound);
    check.counter().add(THREADS * operations());
    check
}

/// Values made and not dropped.
#[derive(Default)]
struct Live(AtomicU64);

/// A number that counts itself.
struct Counted<'a>(u64, &'a Live);

impl Live {
    fn value(&self, number: u64) -> Counted<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(number, self)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.1.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Each thread asks the next one, round after round, by a channel that stands in a cell between them; either may leave early.
#[test]
fn oneshot_loses_nothing() {
    let seed = seed();
    let check = check("oneshot", "each value arrives, is given back or is dropped once", seed);
    let live = Live::default();
    let sent = AtomicU64::new(0);
    let received = AtomicU64::new(0);
    // A cell for each pair of threads.
    let cells: Vec<std::sync::Mutex<Vec<oneshot::Receiver<Counted<'_>>>>> =
        (0..THREADS / 2).map(|_| Default::default()).collect();
    together(seed, |number, mut random| {
        let cell = &cells[(number / 2) as usize];
        for round in 0..operations() {
            if number % 2 == 0 {
                let (mut sender, receiver) = oneshot::channel();
                cell.lock().unwrap().push(receiver);
                match random.below(8) {
                    0 => drop(sender),
                    1 => sender.blocking_closed(),
                    2 => {
                        let _ = Pin::new(&mut sender.closed()).poll(&mut Context::from_waker(Waker::noop())).is_ready();
                        sent.fetch_add(u64::from(sender.send(live.value(round)).is_ok()), Ordering::Relaxed);
                    }
                    _ => {
                        sent.fetch_add(u64::from(sender.send(live.value(round)).is_ok()), Ordering::Relaxed);
                    }
                }
                continue;
            }
            let mut receiver = loop {
                match cell.lock().unwrap().pop() {
                    Some(receiver) => break receiver,
                    None => std::thread::yield_now(),
                }
            };
            let value = match random.below(5) {
                // One that watches for ever is among the senders, so nobody waits for ever for what may never come.
                0 => receiver.recv_timeout(Duration::from_micros(random.below(20))).ok(),
                1 => receiver.try_recv().ok(),
                2 => {
                    receiver.close();
                    pollster::block_on(receiver).ok()
                }
                3 => {
                    drop(receiver);
                    None
                }
                _ => {
                    let _ = Pin::new(&mut receiver).poll(&mut Context::from_waker(Waker::noop())).is_ready();
                    None
                }
            };
            if let Some(Counted(round, _)) = &value {
                assert!(*round < operations(), "a value that nobody sent");
                received.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(live.0.load(Ordering::Relaxed), 0, "values are lost or dropped twice");
    assert!(received.into_inner() <= sent.into_inner());
    check.holds();
}
