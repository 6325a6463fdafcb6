//! `mpmc`, in every form of sending and receiving.

use std::future::Future;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use sync_primitives::mpmc;
use verify_harness::random::{Random, seed};

use crate::live::{Counted, Live};
use crate::stress::{THREADS, together};
use crate::{check, operations};

/// Two threads send numbers in order, in every form; two receive, in every form, and give up now and then.
#[test]
fn mpmc_loses_nothing_and_keeps_the_order() {
    let seed = seed();
    let check = check("mpmc", "each value arrives once, those of one sender in order", seed);
    let live = Live::default();
    let totals = [(); 2].map(|()| AtomicU64::new(0));
    {
        let (sender, receiver) = mpmc::channel(3);
        // Handles go to the threads, so that the channel ends with them.
        let handles: Vec<_> = (0..THREADS).map(|_| Mutex::new(Some((sender.clone(), receiver.clone())))).collect();
        drop((sender, receiver));
        together(seed, |number, mut random| {
            let (sender, receiver) = handles[number as usize].lock().unwrap().take().expect("each takes its own");
            let mut total = 0;
            if number % 2 == 0 {
                drop(receiver);
                for count in 0..operations() {
                    total += count;
                    send(&sender, live.value(count << 8 | number), &mut random);
                }
            } else {
                drop(sender);
                let mut last = [None; THREADS as usize];
                while let Some(value) = receive(&receiver, &mut random) {
                    let (count, from) = (value.0 >> 8, (value.0 & 0xff) as usize);
                    assert!(last[from] < Some(count), "values of one sender overtake each other");
                    last[from] = Some(count);
                    total += count;
                }
            }
            totals[(number % 2) as usize].fetch_add(total, Ordering::Relaxed);
        });
    }
    live.all_gone();
    let [sent, received] = totals.map(AtomicU64::into_inner);
    assert_eq!(sent, received);
    check.holds();
}

/// Sends by one of all forms.
pub fn send<'a>(sender: &mpmc::Sender<Counted<'a>>, value: Counted<'a>, random: &mut Random) {
    let mut context = Context::from_waker(Waker::noop());
    match random.below(6) {
        0 => sender.blocking_send(value).unwrap(),
        1 => pollster::block_on(sender.send(value)).unwrap(),
        2 => {
            if let Err(refused) = sender.try_send(value) {
                sender.blocking_send(refused.into_inner()).unwrap();
            }
        }
        3 => {
            if let Err(late) = sender.send_timeout(value, Duration::from_micros(random.below(20))) {
                sender.blocking_send(late.into_inner()).unwrap();
            }
        }
        4 => {
            // Gives up reserving, then reserves.
            drop(std::pin::pin!(sender.reserve_many(2)).poll(&mut context));
            sender.blocking_reserve().unwrap().send(value);
        }
        _ => pollster::block_on(sender.reserve_many(1)).unwrap().for_each({
            let mut value = Some(value);
            move |permit| permit.send(value.take().expect("there is one permit"))
        }),
    }
}

/// Receives by one of all forms; `None` at the end.
fn receive<'a>(receiver: &mpmc::Receiver<Counted<'a>>, random: &mut Random) -> Option<Counted<'a>> {
    match random.below(5) {
        0 => pollster::block_on(receiver.recv()),
        1 => receiver.try_recv().ok().or_else(|| receiver.blocking_recv()),
        2 => receiver.recv_timeout(Duration::from_micros(random.below(20))).ok().or_else(|| receiver.blocking_recv()),
        3 => {
            // Comes and gives up, perhaps with a value promised to it.
            let mut recv = Box::pin(receiver.recv());
            match recv.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(value) => value,
                Poll::Pending => {
                    std::thread::yield_now();
                    drop(recv);
                    receiver.blocking_recv()
                }
            }
        }
        _ => receiver.blocking_recv(),
    }
}
