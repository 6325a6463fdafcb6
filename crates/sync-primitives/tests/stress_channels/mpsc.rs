//! `mpsc`, in every form of receiving.

use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use sync_primitives::mpsc;
use verify_harness::random::seed;

use crate::live::Live;
use crate::mpmc::send;
use crate::stress::{THREADS, together};
use crate::{check, operations};

/// Three threads send in order, one receives in every form.
#[test]
fn mpsc_loses_nothing_and_keeps_the_order() {
    let seed = seed();
    let check = check("mpsc", "each value arrives once, those of one sender in order", seed);
    let live = Live::default();
    let (sender, receiver) = mpsc::channel(4);
    let senders: Vec<_> = (1..THREADS).map(|_| Mutex::new(Some(sender.clone()))).collect();
    drop(sender);
    let receiver = Mutex::new(Some(receiver));
    let received = AtomicU64::new(0);
    together(seed, |number, mut random| {
        if number > 0 {
            let sender = senders[number as usize - 1].lock().unwrap().take().expect("each takes its own");
            (0..operations()).for_each(|count| send(&sender, live.value(count << 8 | number), &mut random));
            return;
        }
        let mut receiver = receiver.lock().unwrap().take().expect("there is one");
        let mut last = [None; THREADS as usize];
        let mut buffer = Vec::new();
        loop {
            match random.below(6) {
                0 => buffer.extend(pollster::block_on(receiver.recv())),
                1 => buffer.extend(receiver.blocking_recv()),
                2 => buffer.extend(receiver.try_recv().ok()),
                3 => buffer.extend(receiver.recv_timeout(Duration::from_micros(random.below(20))).ok()),
                4 => {
                    let polled = std::pin::pin!(receiver.recv_many(&mut buffer, 3))
                        .poll(&mut Context::from_waker(Waker::noop()));
                    let _: bool = polled.is_ready();
                }
                _ => {
                    receiver.blocking_recv_many(&mut buffer, 2);
                }
            }
            if buffer.is_empty() && receiver.is_closed() && receiver.is_empty() {
                break;
            }
            for value in buffer.drain(..) {
                let (count, from) = (value.0 >> 8, (value.0 & 0xff) as usize);
                assert!(last[from] < Some(count), "values of one sender overtake each other");
                last[from] = Some(count);
                received.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    live.all_gone();
    assert_eq!(received.into_inner(), (THREADS - 1) * operations());
    check.holds();
}
