use tokio::task::yield_now;
use watch::error::{RecvError, SendError};
use watch::{Receiver, Ref, Sender};

use super::super::run;

#[test]
fn configuration_is_watched() {
    run(async {
        let (sender, mut receiver): (Sender<u32>, Receiver<u32>) = watch::channel(0);
        let watching = tokio::spawn(async move {
            let mut seen = vec![*receiver.borrow_and_update()];
            while receiver.changed().await.is_ok() {
                seen.push(*receiver.borrow_and_update());
            }
            seen
        });
        for n in 1..=3 {
            yield_now().await;
            sender.send(n).unwrap();
        }
        drop(sender);
        assert_eq!(watching.await.unwrap(), [0, 1, 2, 3]);
    });
}

#[test]
fn only_the_last_value_is_seen() {
    run(async {
        let (sender, mut receiver) = watch::channel(0);
        sender.send(1).unwrap();
        sender.send(2).unwrap();
        assert!(receiver.has_changed().unwrap());
        let value: Ref<'_, i32> = receiver.borrow();
        assert!(value.has_changed());
        assert_eq!(*value, 2);
        drop(value);
        receiver.changed().await.unwrap();
        assert!(!receiver.has_changed().unwrap());
        assert!(!receiver.borrow_and_update().has_changed());
    });
}

#[test]
fn marks() {
    run(async {
        let (sender, mut receiver) = watch::channel("a");
        receiver.mark_changed();
        assert!(receiver.has_changed().unwrap());
        receiver.changed().await.unwrap();
        sender.send("b").unwrap();
        receiver.mark_unchanged();
        assert!(!receiver.has_changed().unwrap());
        let mut other = receiver.clone();
        sender.send("c").unwrap();
        other.changed().await.unwrap();
        assert!(receiver.has_changed().unwrap() && !other.has_changed().unwrap());
        assert!(receiver.same_channel(&other));
    });
}

#[test]
fn end_is_told() {
    run(async {
        let (sender, mut receiver) = watch::channel(1);
        sender.send(2).unwrap();
        drop(sender);
        assert!(receiver.is_closed());
        assert!(receiver.has_changed().is_err());
        receiver.changed().await.unwrap();
        let error: RecvError = receiver.changed().await.unwrap_err();
        assert_eq!(error.to_string(), "channel closed");
        assert_eq!(*receiver.borrow(), 2);
    });
}

#[test]
fn nobody_receives() {
    run(async {
        let (sender, receiver) = watch::channel(1);
        drop(receiver);
        assert!(sender.is_closed());
        sender.closed().await;
        let error = sender.send(2).unwrap_err();
        assert_eq!(error, SendError(2));
        assert_eq!((error.to_string(), format!("{error:?}")), ("channel closed".into(), "SendError { .. }".into()));
        assert_eq!(sender.send_replace(3), 1);
        let receiver = sender.subscribe();
        assert_eq!((*receiver.borrow(), receiver.has_changed().unwrap()), (3, false));
        assert_eq!((sender.receiver_count(), sender.sender_count()), (1, 1));
        let other = sender.clone();
        assert!(other.same_channel(&sender));
        assert_eq!(sender.sender_count(), 2);
    });
}

#[test]
fn closed_is_waited_for() {
    run(async {
        let (sender, receiver) = watch::channel(1);
        let other = receiver.clone();
        let waiting = tokio::spawn(async move { sender.closed().await });
        yield_now().await;
        drop(receiver);
        yield_now().await;
        assert!(!waiting.is_finished());
        drop(other);
        waiting.await.unwrap();
    });
}

#[test]
fn modifies_in_place() {
    run(async {
        let sender = Sender::<Vec<u32>>::default();
        let mut receiver = sender.subscribe();
        sender.send_modify(|values| values.push(1));
        assert!(receiver.has_changed().unwrap());
        receiver.mark_unchanged();
        assert!(!sender.send_if_modified(|values| {
            values.push(2);
            false
        }));
        assert!(!receiver.has_changed().unwrap());
        assert_eq!(*sender.borrow(), [1, 2]);
        let panics = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| sender.send_modify(|_| panic!("in modify"))));
        assert!(panics.is_err());
        assert!(!receiver.has_changed().unwrap());
        assert_eq!(*receiver.borrow_and_update(), [1, 2]);
    });
}

#[test]
fn waits_for_a_condition() {
    run(async {
        let (sender, mut receiver) = watch::channel(0);
        assert_eq!(*receiver.wait_for(|n| *n == 0).await.unwrap(), 0);
        let waiting = tokio::spawn(async move {
            let found = *receiver.wait_for(|n| *n >= 3).await.unwrap();
            let last = receiver.wait_for(|n| *n > 100).await.map(|value| *value);
            (found, last.is_err())
        });
        for n in 1..=5 {
            yield_now().await;
            sender.send(n).unwrap();
        }
        drop(sender);
        assert_eq!(waiting.await.unwrap(), (3, true));
    });
}

#[test]
fn condition_is_tested_on_the_last_value() {
    run(async {
        let (sender, mut receiver) = watch::channel(0);
        sender.send(7).unwrap();
        drop(sender);
        let value = receiver.wait_for(|n| *n == 7).await.unwrap();
        assert!(value.has_changed());
        drop(value);
        assert!(receiver.wait_for(|n| *n == 8).await.is_err());
    });
}

#[test]
fn all_are_woken() {
    run(async {
        let (sender, receiver) = watch::channel(0);
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let mut receiver = receiver.clone();
                tokio::spawn(async move {
                    receiver.changed().await.unwrap();
                    *receiver.borrow()
                })
            })
            .collect();
        yield_now().await;
        sender.send(1).unwrap();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 1);
        }
    });
}

#[test]
fn sender_begins_without_receivers() {
    let sender = watch::Sender::new(1);
    assert!(sender.is_closed() && sender.send(2).is_err());
    assert_eq!(*sender.subscribe().borrow(), 1);
}
