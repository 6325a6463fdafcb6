use std::future::poll_fn;
use std::task::Poll;

use mpsc::error::{SendError, TryRecvError, TrySendError};
use mpsc::{OwnedPermit, Permit, Receiver, Sender, UnboundedReceiver, UnboundedSender, WeakSender};
use tokio::task::yield_now;

use super::super::run;

#[test]
fn many_producers() {
    run(async {
        let (sender, mut receiver): (Sender<u32>, Receiver<u32>) = mpsc::channel(2);
        for n in 0..10 {
            let sender = sender.clone();
            tokio::spawn(async move { sender.send(n).await.unwrap() });
        }
        drop(sender);
        let mut received = Vec::new();
        while let Some(n) = receiver.recv().await {
            received.push(n);
        }
        // Tasks run, and wait, in the order in which they were spawned.
        assert_eq!(received, (0..10).collect::<Vec<_>>());
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    });
}

#[test]
fn unbounded_never_waits() {
    run(async {
        let (sender, mut receiver): (UnboundedSender<u32>, UnboundedReceiver<u32>) = mpsc::unbounded_channel();
        for n in 0..1000 {
            sender.send(n).unwrap();
        }
        assert_eq!(receiver.len(), 1000);
        let weak = sender.downgrade();
        assert_eq!((sender.strong_count(), sender.weak_count(), receiver.sender_weak_count()), (1, 1, 1));
        drop(sender);
        assert!(weak.upgrade().is_none());
        assert!(receiver.is_closed());
        let mut buffer = Vec::new();
        let mut sum = 0;
        loop {
            let count = receiver.recv_many(&mut buffer, 300).await;
            if count == 0 {
                break;
            }
            assert_eq!(count, buffer.len());
            sum += buffer.drain(..).sum::<u32>();
        }
        assert_eq!(sum, 499_500);
    });
}

#[test]
fn errors_are_as_tokio_has_them() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(1);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        sender.try_send(1).unwrap();
        let full = sender.try_send(2).unwrap_err();
        assert_eq!(full, TrySendError::Full(2));
        assert_eq!(full.to_string(), "no available capacity");
        assert_eq!(full.into_inner(), 2);
        drop(receiver);
        let closed = sender.send(3).await.unwrap_err();
        assert_eq!(closed, SendError(3));
        assert_eq!((format!("{closed}"), format!("{closed:?}")), ("channel closed".into(), "SendError { .. }".into()));
        assert_eq!(TrySendError::from(closed), TrySendError::Closed(3));
        assert_eq!(TryRecvError::Disconnected.to_string(), "receiving on a closed channel");
    });
}

#[test]
fn capacity_counts_what_is_sent_and_reserved() {
    run(async {
        let (sender, mut receiver) = mpsc::channel::<u32>(3);
        let permit: Permit<'_, u32> = sender.reserve().await.unwrap();
        sender.send(1).await.unwrap();
        assert_eq!((sender.capacity(), sender.max_capacity(), receiver.len()), (1, 3, 1));
        permit.send(2);
        assert_eq!((sender.capacity(), receiver.capacity(), receiver.max_capacity()), (1, 1, 3));
        assert_eq!((receiver.recv().await, receiver.recv().await), (Some(1), Some(2)));
        assert!(receiver.is_empty());
        assert_eq!(sender.capacity(), 3);
    });
}

#[test]
fn permits_reserve() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(3);
        let mut permits = sender.reserve_many(2).await.unwrap();
        assert_eq!(permits.len(), 2);
        permits.next().unwrap().send(1);
        drop(permits);
        assert_eq!(sender.capacity(), 2);
        assert!(sender.reserve_many(4).await.is_err());
        assert_eq!(sender.try_reserve_many(3).unwrap_err(), TrySendError::Full(()));
        assert_eq!(sender.try_reserve_many(0).unwrap().count(), 0);

        let owned: OwnedPermit<u32> = sender.clone().reserve_owned().await.unwrap();
        assert!(owned.same_channel_as_sender(&sender));
        let again = owned.send(2);
        assert!(again.same_channel(&sender));
        let other = again.try_reserve_owned().unwrap();
        let TrySendError::Full(back) = sender.clone().try_reserve_owned().unwrap_err() else { panic!("closed") };
        drop(back);
        drop(other.release());
        assert_eq!(sender.capacity(), 1);
        assert_eq!(sender.strong_count(), 1);
        assert_eq!((receiver.recv().await, receiver.recv().await), (Some(1), Some(2)));
    });
}

#[test]
fn closing_keeps_what_was_sent_and_promised() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(2);
        sender.send(1).await.unwrap();
        let permit = sender.reserve().await.unwrap();
        receiver.close();
        assert!(sender.is_closed());
        assert!(sender.send(9).await.is_err());
        assert!(sender.reserve().await.is_err());
        assert_eq!(receiver.recv().await, Some(1));
        // Empty, and a promise is open.
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        permit.send(2);
        assert_eq!(receiver.recv().await, Some(2));
        assert_eq!(receiver.recv().await, None);
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Disconnected));
    });
}

#[test]
fn dropped_promise_ends_a_closed_channel() {
    run(async {
        let (sender, mut receiver) = mpsc::channel::<u32>(2);
        let permit = sender.reserve().await.unwrap();
        receiver.close();
        let waiting = tokio::spawn(async move { receiver.recv().await });
        yield_now().await;
        drop(permit);
        assert_eq!(waiting.await.unwrap(), None);
    });
}

#[test]
fn closed_is_waited_for() {
    run(async {
        let (sender, receiver) = mpsc::channel::<u32>(2);
        let (unbounded, other) = mpsc::unbounded_channel::<u32>();
        let watching = tokio::spawn(async move { tokio::join!(sender.closed(), sender.closed(), unbounded.closed()) });
        yield_now().await;
        drop((receiver, other));
        watching.await.unwrap();
    });
}

#[test]
fn weak_senders_do_not_keep_it_open() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(1);
        let weak: WeakSender<u32> = sender.downgrade();
        let strong = weak.upgrade().unwrap();
        assert_eq!((weak.strong_count(), weak.clone().weak_count()), (2, 2));
        drop(sender);
        strong.send(1).await.unwrap();
        drop(strong);
        assert_eq!((receiver.recv().await, receiver.recv().await), (Some(1), None));
        assert!(weak.upgrade().is_none());
        assert_eq!(weak.strong_count(), 0);
    });
}

#[test]
fn senders_are_served_in_order() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send(0).await.unwrap();
        let tasks: Vec<_> = (1..=3)
            .map(|n| {
                let sender = sender.clone();
                tokio::spawn(async move { sender.send(n).await.unwrap() })
            })
            .collect();
        yield_now().await;
        // Nobody passes those who wait.
        assert!(sender.try_send(9).is_err());
        for n in 0..=3 {
            assert_eq!(receiver.recv().await, Some(n));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn cancelled_send_has_not_sent() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send(1).await.unwrap();
        tokio::select! {
            biased;
            _ = sender.send(2) => panic!("there is no room"),
            () = yield_now() => {}
        }
        assert_eq!(receiver.recv().await, Some(1));
        sender.send(3).await.unwrap();
        assert_eq!(receiver.recv().await, Some(3));
    });
}

#[test]
fn recv_many_takes_what_is_there() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(10);
        let mut buffer = vec![0];
        assert_eq!(receiver.recv_many(&mut buffer, 0).await, 0);
        for n in 1..=5 {
            sender.send(n).await.unwrap();
        }
        assert_eq!(receiver.recv_many(&mut buffer, 3).await, 3);
        assert_eq!(receiver.recv_many(&mut buffer, 9).await, 2);
        assert_eq!(buffer, [0, 1, 2, 3, 4, 5]);
        drop(sender);
        assert_eq!(receiver.recv_many(&mut buffer, 9).await, 0);
    });
}

#[test]
fn polls_for_values() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(4);
        poll_fn(|context| {
            assert!(receiver.poll_recv(context).is_pending());
            Poll::Ready(())
        })
        .await;
        sender.try_send(1).unwrap();
        sender.try_send(2).unwrap();
        assert_eq!(poll_fn(|context| receiver.poll_recv(context)).await, Some(1));
        let mut buffer = Vec::new();
        assert_eq!(poll_fn(|context| receiver.poll_recv_many(context, &mut buffer, 5)).await, 1);
        assert_eq!(buffer, [2]);
    });
}

#[test]
fn blocks_outside_the_runtime() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(1);
        let sending = tokio::task::spawn_blocking(move || (0..5).for_each(|n| sender.blocking_send(n).unwrap()));
        for n in 0..5 {
            assert_eq!(receiver.recv().await, Some(n));
        }
        sending.await.unwrap();
        let (sender, mut receiver) = mpsc::channel(1);
        let receiving = tokio::task::spawn_blocking(move || {
            let mut buffer = Vec::new();
            while receiver.blocking_recv_many(&mut buffer, 2) > 0 {}
            buffer
        });
        for n in 0..5 {
            sender.send(n).await.unwrap();
        }
        drop(sender);
        assert_eq!(receiving.await.unwrap(), [0, 1, 2, 3, 4]);
    });
}

#[test]
#[should_panic]
fn capacity_of_zero_panics() {
    drop(mpsc::channel::<u8>(0));
}

#[test]
fn sends_into_a_dropped_channel_are_dropped() {
    run(async {
        let token = std::rc::Rc::new(());
        let (sender, receiver) = mpsc::channel(2);
        sender.try_send(token.clone()).unwrap();
        let permit = sender.try_reserve().unwrap();
        drop(receiver);
        assert_eq!(std::rc::Rc::strong_count(&token), 1);
        permit.send(token.clone());
        drop(sender);
        assert_eq!(std::rc::Rc::strong_count(&token), 1);
    });
}

#[test]
fn receivers_block_threads_and_count_senders() {
    run(async {
        let (sender, mut receiver) = mpsc::channel(1);
        let (unbounded, mut endless): (mpsc::UnboundedSender<i32>, _) = mpsc::unbounded_channel();
        let weak: mpsc::WeakUnboundedSender<i32> = unbounded.downgrade();
        let other = sender.clone();
        assert_eq!((receiver.sender_strong_count(), endless.sender_strong_count()), (2, 1));
        assert_eq!((receiver.sender_weak_count(), endless.sender_weak_count()), (0, 1));
        let taker = std::thread::spawn(move || (receiver.blocking_recv(), endless.blocking_recv(), receiver.blocking_recv()));
        sender.send(1).await.unwrap();
        weak.upgrade().unwrap().send(2).unwrap();
        drop((sender, other));
        assert_eq!(taker.join().unwrap(), (Some(1), Some(2), None));
        let (sender, _receiver) = mpsc::channel(2);
        let permits: mpsc::PermitIterator<'_, i32> = sender.reserve_many(2).await.unwrap();
        assert_eq!(permits.len(), 2);
    });
}
