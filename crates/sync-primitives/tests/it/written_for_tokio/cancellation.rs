use super::super::run;

#[test]
fn tells_the_children_and_not_the_parent() {
    run(async {
        let root = CancellationToken::new();
        let (child, other) = (root.child_token(), root.child_token());
        let same = child.clone();
        child.cancel();
        assert!(same.is_cancelled() && !other.is_cancelled() && !root.is_cancelled());
        same.cancelled().await;
        root.cancel();
        other.cancelled_owned().await;
        assert!(root.child_token().is_cancelled());
    });
}

#[test]
fn stops_tasks() {
    run(async {
        let token = CancellationToken::new();
        let work = tokio::spawn({
            let token = token.clone();
            async move {
                tokio::select! {
                    () = token.cancelled() => "stopped",
                    () = std::future::pending() => "done",
                }
            }
        });
        tokio::task::yield_now().await;
        token.cancel();
        assert_eq!(work.await.unwrap(), "stopped");
    });
}

#[test]
fn runs_until_cancelled() {
    run(async {
        let token = CancellationToken::new();
        assert_eq!(token.run_until_cancelled(async { 5 }).await, Some(5));
        assert_eq!(token.clone().run_until_cancelled_owned(async { 5 }).await, Some(5));
        token.cancel();
        assert_eq!(token.run_until_cancelled(std::future::pending::<u8>()).await, None);
    });
}

#[test]
fn guards_cancel_when_dropped() {
    let token = CancellationToken::new();
    let guard = token.clone().drop_guard();
    let back = guard.disarm();
    assert!(!back.is_cancelled());
    drop(token.drop_guard_ref());
    assert!(back.is_cancelled());
    let token = CancellationToken::default();
    drop(token.clone().drop_guard());
    assert!(token.is_cancelled());
}
