use std::sync::Arc;

use super::super::run;

static ONCE: OnceCell<u32> = OnceCell::const_new();

#[test]
fn is_made_once() {
    run(async {
        let tasks: Vec<_> = (0..5).map(|n| tokio::spawn(ONCE.get_or_init(move || async move { n }))).collect();
        for task in tasks {
            assert_eq!(*task.await.unwrap(), 0);
        }
        assert_eq!(ONCE.get(), Some(&0));
    });
}

#[test]
fn is_made_by_the_next_if_it_fails() {
    run(async {
        let cell = OnceCell::new();
        assert_eq!(cell.get_or_try_init(|| async { Err("no") }).await, Err("no"));
        assert!(!cell.initialized());
        assert_eq!(cell.get_or_try_init(|| async { Ok::<_, ()>(5) }).await, Ok(&5));
        assert!(cell.initialized());
    });
}

#[test]
fn is_set_once() {
    run(async {
        let cell = OnceCell::new();
        cell.set(1).unwrap();
        let error: SetError<i32> = cell.set(2).unwrap_err();
        assert!(error.is_already_init_err() && !error.is_initializing_err());
        assert_eq!(error.to_string(), SetError::AlreadyInitializedError(2).to_string());
        assert_eq!(error, SetError::AlreadyInitializedError(2));
        let cell = Arc::new(OnceCell::new());
        let making = tokio::spawn({
            let cell = Arc::clone(&cell);
            async move { *cell.get_or_init(std::future::pending::<i32>).await }
        });
        tokio::task::yield_now().await;
        assert!(matches!(cell.set(3), Err(SetError::InitializingError(3))));
        making.abort();
        assert!(making.await.is_err());
        cell.set(4).unwrap();
    });
}

#[test]
fn has_the_usual_traits() {
    let mut cell = OnceCell::from(1);
    assert_eq!(cell.clone(), cell);
    assert_ne!(cell, OnceCell::default());
    *cell.get_mut().unwrap() = 2;
    assert_eq!((cell.take(), cell.take()), (Some(2), None));
    assert_eq!(OnceCell::const_new_with(3), OnceCell::new_with(Some(3)));
    assert_eq!(OnceCell::<u8>::new_with(None).into_inner(), None);
    assert!(format!("{:?}", OnceCell::from(5)).contains('5'));
    fn both<T: Send + Sync>(_: &T) {}
    both(&cell);
}

static SET: SetOnce<u32> = SetOnce::const_new();

#[test]
fn is_waited_for() {
    run(async {
        let waits = tokio::spawn(SET.wait());
        tokio::task::yield_now().await;
        assert_eq!((SET.get(), SET.initialized()), (None, false));
        SET.set(7).unwrap();
        assert_eq!(*waits.await.unwrap(), 7);
        let SetOnceError(back) = SET.set(8).unwrap_err();
        assert_eq!((back, SET.get()), (8, Some(&7)));
    });
}

#[test]
fn set_once_has_the_usual_traits() {
    let cell = SetOnce::from(1);
    assert_eq!(cell.clone(), cell);
    assert_ne!(cell, SetOnce::default());
    assert_eq!(cell.into_inner(), Some(1));
    assert_eq!(SetOnce::const_new_with(3), SetOnce::new_with(Some(3)));
    assert!(format!("{:?}", SetOnce::from(5)).contains('5'));
    assert_eq!(SetOnceError(5), SetOnceError(5));
    assert!(!SetOnceError(5).to_string().is_empty());
}
