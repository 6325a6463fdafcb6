use std::future::poll_fn;
use std::task::Poll;

use oneshot::error::{RecvError, TryRecvError};
use tokio::task::yield_now;

use super::super::run;

#[test]
fn answers_a_request() {
    run(async {
        let (ask, asked) = oneshot::channel::<(u32, oneshot::Sender<u32>)>();
        let server = tokio::spawn(async move {
            let (number, reply) = asked.await.unwrap();
            reply.send(number + 1).unwrap();
        });
        let (reply, answer) = oneshot::channel();
        ask.send((41, reply)).unwrap();
        assert_eq!(answer.await, Ok(42));
        server.await.unwrap();
    });
}

#[test]
fn selects_by_reference() {
    run(async {
        let (sender, mut receiver) = oneshot::channel();
        tokio::select! {
            biased;
            _ = &mut receiver => panic!("nothing was sent"),
            () = yield_now() => {}
        }
        sender.send("late").unwrap();
        assert_eq!((&mut receiver).await, Ok("late"));
        assert!(receiver.is_terminated());
    });
}

#[test]
fn stops_working_for_nobody() {
    run(async {
        let (mut sender, receiver) = oneshot::channel::<()>();
        let work = tokio::spawn(async move {
            tokio::select! {
                () = sender.closed() => "stopped",
                () = std::future::pending() => "done",
            }
        });
        yield_now().await;
        drop(receiver);
        assert_eq!(work.await.unwrap(), "stopped");
    });
}

#[test]
fn errors_are_as_tokio_has_them() {
    run(async {
        let (sender, receiver) = oneshot::channel::<u8>();
        drop(sender);
        let error: RecvError = receiver.await.unwrap_err();
        assert_eq!(error.to_string(), "channel closed");

        let (sender, mut receiver) = oneshot::channel();
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Empty));
        assert!(receiver.is_empty());
        receiver.close();
        assert!(sender.is_closed());
        assert_eq!(sender.send(3), Err(3));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
        assert_eq!(TryRecvError::Empty.to_string(), "channel empty");
    });
}

#[test]
fn value_sent_before_closing_is_received() {
    run(async {
        let (sender, mut receiver) = oneshot::channel();
        sender.send(1).unwrap();
        receiver.close();
        assert!(!receiver.is_empty());
        assert_eq!(receiver.try_recv(), Ok(1));
        assert_eq!(receiver.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn blocks_outside_the_runtime() {
    run(async {
        let (sender, receiver) = oneshot::channel();
        let blocked = tokio::task::spawn_blocking(move || receiver.blocking_recv());
        sender.send(5).unwrap();
        assert_eq!(blocked.await.unwrap(), Ok(5));
    });
}

#[test]
fn polls_for_closing() {
    run(async {
        let (mut sender, receiver) = oneshot::channel::<u8>();
        poll_fn(|context| {
            assert!(sender.poll_closed(context).is_pending());
            Poll::Ready(())
        })
        .await;
        drop(receiver);
        poll_fn(|context| sender.poll_closed(context)).await;
    });
}
