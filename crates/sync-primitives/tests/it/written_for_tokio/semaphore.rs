use std::sync::Arc;

use tokio::task::yield_now;

use super::super::run;
use crate::support::panics;

static SLOTS: Semaphore = Semaphore::const_new(2);

#[test]
fn bounds_in_a_static() {
    run(async {
        let permit: SemaphorePermit<'static> = SLOTS.acquire().await.unwrap();
        let both = tokio::spawn(SLOTS.acquire_many(2));
        yield_now().await;
        assert!(!both.is_finished());
        assert!(std::ptr::eq(permit.semaphore(), &SLOTS));
        drop(permit);
        assert_eq!(both.await.unwrap().unwrap().num_permits(), 2);
    });
}

#[test]
fn serves_the_first_first() {
    run(async {
        let semaphore = Arc::new(Semaphore::new(1));
        let many = tokio::spawn(Arc::clone(&semaphore).acquire_many_owned(2));
        yield_now().await;
        assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
        semaphore.add_permits(1);
        let permit: OwnedSemaphorePermit = many.await.unwrap().unwrap();
        assert_eq!((permit.num_permits(), semaphore.available_permits()), (2, 0));
        assert!(Arc::ptr_eq(permit.semaphore(), &semaphore));
    });
}

#[test]
fn splits_merges_and_forgets() {
    let semaphore = Arc::new(Semaphore::new(10));
    let mut permit = semaphore.try_acquire_many(4).unwrap();
    let one = permit.split(1).unwrap();
    assert!(permit.split(9).is_none());
    permit.merge(one);
    assert_eq!(permit.num_permits(), 4);
    permit.forget();
    assert_eq!((semaphore.available_permits(), semaphore.forget_permits(4)), (6, 4));
    let mut permit = Arc::clone(&semaphore).try_acquire_many_owned(2).unwrap();
    let one = permit.split(1).unwrap();
    permit.merge(one);
    drop(permit);
    Arc::clone(&semaphore).try_acquire_owned().unwrap().forget();
    assert_eq!(semaphore.forget_permits(9), 1);
    semaphore.add_permits(3);
    assert_eq!(semaphore.available_permits(), 3);
}

#[test]
fn closes() {
    run(async {
        let semaphore = Arc::new(Semaphore::new(0));
        let waits = tokio::spawn(Arc::clone(&semaphore).acquire_owned());
        yield_now().await;
        semaphore.close();
        assert!(semaphore.is_closed());
        let error: AcquireError = waits.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "semaphore closed");
        assert_eq!(semaphore.try_acquire_many(1).unwrap_err(), TryAcquireError::Closed);
        assert_eq!(TryAcquireError::NoPermits.to_string(), "no permits available");
    });
}

#[test]
fn keeps_a_place_only_while_the_future_lives() {
    run(async {
        let semaphore = Semaphore::new(1);
        let permit = semaphore.acquire().await.unwrap();
        tokio::select! {
            biased;
            _ = semaphore.acquire() => panic!("it is taken"),
            () = yield_now() => {}
        }
        drop(permit);
        assert!(semaphore.try_acquire().is_ok());
    });
}

#[test]
fn blocks_outside_of_a_runtime() {
    let semaphore = Arc::new(Semaphore::new(4));
    assert_eq!(semaphore.blocking_acquire().unwrap().num_permits(), 1);
    assert_eq!(semaphore.blocking_acquire_many(3).unwrap().num_permits(), 3);
    assert_eq!(Arc::clone(&semaphore).blocking_acquire_owned().unwrap().num_permits(), 1);
    assert_eq!(Arc::clone(&semaphore).blocking_acquire_many_owned(4).unwrap().num_permits(), 4);
    const { assert!(Semaphore::MAX_PERMITS > u32::MAX as usize) };
}

#[test]
fn refuses_what_it_cannot_count() {
    assert!(panics(|| Semaphore::new(Semaphore::MAX_PERMITS + 1)));
    let semaphore = Semaphore::new(Semaphore::MAX_PERMITS);
    assert!(panics(|| semaphore.add_permits(1)));
}
