use broadcast::error::{RecvError, SendError, TryRecvError};
use broadcast::{Receiver, Sender, WeakSender};
use tokio::task::yield_now;

use super::super::run;

#[test]
fn everybody_gets_everything() {
    run(async {
        let (sender, first): (Sender<String>, Receiver<String>) = broadcast::channel(16);
        let second = sender.subscribe();
        let tasks = [first, second].map(|mut receiver| {
            tokio::spawn(async move {
                let mut received = Vec::new();
                loop {
                    match receiver.recv().await {
                        Ok(value) => received.push(value),
                        Err(RecvError::Closed) => break received,
                        Err(RecvError::Lagged(_)) => panic!("there is room for all"),
                    }
                }
            })
        });
        for n in 0..10 {
            assert_eq!(sender.send(n.to_string()).unwrap(), 2);
            yield_now().await;
        }
        drop(sender);
        let all: Vec<_> = (0..10).map(|n| n.to_string()).collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), all);
        }
    });
}

#[test]
fn slow_receivers_lag() {
    run(async {
        let (sender, mut slow) = broadcast::channel(2);
        let mut quick = sender.subscribe();
        for n in 1..=5 {
            sender.send(n).unwrap();
            assert_eq!(quick.try_recv(), Ok(n));
        }
        assert_eq!(slow.len(), 5);
        assert_eq!(slow.recv().await, Err(RecvError::Lagged(3)));
        assert_eq!(slow.recv().await, Ok(4));
        sender.send(6).unwrap();
        sender.send(7).unwrap();
        assert_eq!(slow.try_recv(), Err(TryRecvError::Lagged(1)));
        assert_eq!((slow.try_recv(), slow.try_recv(), slow.try_recv()), (Ok(6), Ok(7), Err(TryRecvError::Empty)));
        drop(sender);
        assert_eq!((quick.recv().await, quick.recv().await), (Ok(6), Ok(7)));
        assert_eq!(quick.recv().await, Err(RecvError::Closed));
        assert_eq!(quick.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn capacity_is_rounded_up() {
    run(async {
        let (sender, mut receiver) = broadcast::channel(3);
        (1..=4).for_each(|n| assert!(sender.send(n).is_ok()));
        assert_eq!(receiver.recv().await, Ok(1));
    });
}

#[test]
fn lengths_and_counts() {
    run(async {
        let (sender, mut first) = broadcast::channel(4);
        let mut second = first.resubscribe();
        assert!(first.same_channel(&second));
        assert_eq!((sender.receiver_count(), sender.strong_count(), sender.weak_count()), (2, 1, 0));
        assert!(sender.is_empty() && first.is_empty());
        (1..=3).for_each(|n| assert!(sender.send(n).is_ok()));
        assert_eq!((sender.len(), first.len(), second.len()), (3, 3, 3));
        first.recv().await.unwrap();
        assert_eq!((sender.len(), first.len()), (3, 2));
        second.recv().await.unwrap();
        second.recv().await.unwrap();
        assert_eq!((sender.len(), second.len()), (2, 1));
        drop(first);
        assert_eq!(sender.len(), 1);
        drop(second);
        assert_eq!((sender.len(), sender.receiver_count()), (0, 0));
    });
}

#[test]
fn nobody_receives() {
    run(async {
        let sender = Sender::new(4);
        let error = sender.send(1).unwrap_err();
        assert_eq!(error.to_string(), "channel closed");
        let SendError(value) = error;
        assert_eq!(value, 1);
        sender.closed().await;
        let mut receiver = sender.subscribe();
        sender.send(2).unwrap();
        assert_eq!(receiver.recv().await, Ok(2));
        let watching = tokio::spawn(async move { sender.closed().await });
        yield_now().await;
        drop(receiver);
        watching.await.unwrap();
    });
}

#[test]
fn weak_senders_do_not_keep_it_open() {
    run(async {
        let (sender, mut receiver) = broadcast::channel(4);
        let weak: WeakSender<u32> = sender.downgrade();
        weak.upgrade().unwrap().send(1).unwrap();
        assert_eq!((receiver.sender_strong_count(), receiver.sender_weak_count()), (1, 1));
        assert!(sender.same_channel(&weak.clone().upgrade().unwrap()));
        drop(sender);
        assert!(weak.upgrade().is_none());
        assert!(receiver.is_closed());
        assert_eq!((receiver.recv().await, receiver.recv().await), (Ok(1), Err(RecvError::Closed)));
    });
}

#[test]
fn errors_are_as_tokio_has_them() {
    assert_eq!(RecvError::Closed.to_string(), "channel closed");
    assert_eq!(RecvError::Lagged(3).to_string(), "channel lagged by 3");
    assert_eq!(TryRecvError::Empty.to_string(), "channel empty");
    assert_eq!(TryRecvError::Closed.to_string(), "channel closed");
    assert_eq!(TryRecvError::Lagged(2).to_string(), "channel lagged by 2");
}

#[test]
fn values_are_dropped_once_received() {
    run(async {
        let token = std::sync::Arc::new(());
        let (sender, mut first) = broadcast::channel(4);
        let second = sender.subscribe();
        sender.send(token.clone()).unwrap();
        sender.send(token.clone()).unwrap();
        drop(first.recv().await);
        assert_eq!(std::sync::Arc::strong_count(&token), 3);
        drop(second);
        assert_eq!(std::sync::Arc::strong_count(&token), 2);
        drop(first);
        assert_eq!(std::sync::Arc::strong_count(&token), 1);
    });
}

#[test]
fn blocks_outside_the_runtime() {
    run(async {
        let (sender, mut receiver) = broadcast::channel(4);
        let blocked = tokio::task::spawn_blocking(move || [receiver.blocking_recv(), receiver.blocking_recv()]);
        sender.send(1).unwrap();
        drop(sender);
        assert_eq!(blocked.await.unwrap(), [Ok(1), Err(RecvError::Closed)]);
    });
}

#[test]
#[should_panic]
fn capacity_of_zero_panics() {
    drop(broadcast::channel::<u8>(0));
}
