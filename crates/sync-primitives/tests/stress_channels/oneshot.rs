//! `oneshot`: each thread asks the next one.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use sync_primitives::{oneshot, spin};
use verify_harness::random::seed;

use crate::live::{Counted, Live};
use crate::stress::{THREADS, together};
use crate::{check, operations};

/// Each thread asks the next one, round after round, by a channel that stands in a cell between them; either may leave early.
#[test]
fn oneshot_loses_nothing() {
    let seed = seed();
    let check = check("oneshot", "each value arrives, is given back or is dropped once", seed);
    let live = Live::default();
    let sent = AtomicU64::new(0);
    let received = AtomicU64::new(0);
    // A cell for each pair of threads, behind a lock that ThreadSanitizer sees.
    let cells: Vec<spin::Mutex<Vec<oneshot::Receiver<Counted<'_>>>>> =
        (0..THREADS / 2).map(|_| Default::default()).collect();
    together(seed, |number, mut random| {
        let cell = &cells[(number / 2) as usize];
        for round in 0..operations() {
            if number % 2 == 0 {
                let (mut sender, receiver) = oneshot::channel();
                cell.lock().push(receiver);
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
                // The lock is given back before others are let run.
                let popped = cell.lock().pop();
                match popped {
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
            if let Some(value) = &value {
                assert!(value.0 < operations(), "a value that nobody sent");
                received.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    live.all_gone();
    assert!(received.into_inner() <= sent.into_inner());
    check.holds();
}
