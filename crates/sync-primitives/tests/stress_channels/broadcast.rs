//! `broadcast`, with receivers that are late.

use std::future::Future;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use sync_primitives::broadcast::{self, error::RecvError};
use verify_harness::random::seed;

use crate::live::Live;
use crate::stress::{THREADS, together};
use crate::{check, operations};

/// Two threads send, two receive, some of them late: every value comes in the order of its sender, or is told as missed.
#[test]
fn broadcast_tells_what_is_missed() {
    let seed = seed();
    let check = check("broadcast", "each value arrives in order or is told as missed, and is dropped once", seed);
    let live = Live::default();
    let (sender, receiver) = broadcast::channel(16);
    let handles: Vec<_> = (0..THREADS).map(|_| Mutex::new(Some((sender.clone(), receiver.resubscribe())))).collect();
    drop((sender, receiver));
    together(seed, |number, mut random| {
        let (sender, mut receiver) = handles[number as usize].lock().unwrap().take().expect("each takes its own");
        if number % 2 == 0 {
            drop(receiver);
            for count in 0..operations() {
                // The receivers stay to the end.
                sender.send(live.value(count << 8 | number)).unwrap_or_else(|_| panic!("nobody receives"));
            }
            return;
        }
        drop(sender);
        let mut last = [None; THREADS as usize];
        let (mut received, mut missed) = (0, 0);
        loop {
            let outcome = match random.below(4) {
                0 => pollster::block_on(receiver.recv()),
                1 => match receiver.try_recv() {
                    Err(broadcast::error::TryRecvError::Empty) => continue,
                    Err(broadcast::error::TryRecvError::Closed) => Err(RecvError::Closed),
                    Err(broadcast::error::TryRecvError::Lagged(count)) => Err(RecvError::Lagged(count)),
                    Ok(value) => Ok(value),
                },
                2 => {
                    let mut recv = Box::pin(receiver.recv());
                    match recv.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                        Poll::Ready(outcome) => outcome,
                        Poll::Pending => continue,
                    }
                }
                _ => receiver.blocking_recv(),
            };
            match outcome {
                Ok(value) => {
                    let (count, from) = (value.0 >> 8, (value.0 & 0xff) as usize);
                    assert!(last[from] < Some(count), "values of one sender overtake each other");
                    last[from] = Some(count);
                    received += 1;
                }
                Err(RecvError::Lagged(count)) => missed += count,
                Err(RecvError::Closed) => break,
            }
        }
        assert_eq!(received + missed, THREADS / 2 * operations());
    });
    live.all_gone();
    check.holds();
}
