use std::pin::pin;
use std::sync::Arc;

use tokio::task::yield_now;

use super::super::run;

static CHANGED: Notify = Notify::const_new();

#[test]
fn keeps_one_token() {
    run(async {
        CHANGED.notify_one();
        CHANGED.notify_one();
        CHANGED.notified().await;
        tokio::select! {
            biased;
            () = CHANGED.notified() => panic!("a second token"),
            () = yield_now() => {}
        }
    });
}

#[test]
fn wakes_the_first_or_the_last() {
    run(async {
        let notify = Notify::new();
        let mut first = pin!(notify.notified());
        let mut last = pin!(notify.notified());
        assert!(!first.as_mut().enable());
        assert!(!last.as_mut().enable());
        notify.notify_last();
        last.await;
        notify.notify_one();
        first.await;
    });
}

/// Created before, so told of it; even if it was never polled.
#[test]
fn wakes_all_who_have_asked() {
    run(async {
        let notify = Arc::new(Notify::default());
        let asked: Notified<'_> = notify.notified();
        let owned: OwnedNotified = Arc::clone(&notify).notified_owned();
        notify.notify_waiters();
        asked.await;
        let mut owned = pin!(owned);
        assert!(owned.as_mut().enable());
        owned.await;
        tokio::select! {
            biased;
            () = notify.notified() => panic!("it was not there"),
            () = yield_now() => {}
        }
    });
}

/// Who was told and goes away passes it on.
#[test]
fn passes_on_what_is_not_taken() {
    run(async {
        let notify = Arc::new(Notify::new());
        let waits = tokio::spawn({
            let notify = Arc::clone(&notify);
            async move { notify.notified().await }
        });
        {
            let mut gives_up = pin!(notify.notified());
            assert!(!gives_up.as_mut().enable());
            yield_now().await;
            notify.notify_one();
        }
        waits.await.unwrap();
    });
}
