use std::sync::Arc;

use super::super::run;

static TOTAL: Mutex<u64> = Mutex::const_new(0);

#[test]
fn counts_in_a_static_across_awaits() {
    run(async {
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                tokio::spawn(async {
                    let mut total = TOTAL.lock().await;
                    let seen = *total;
                    tokio::task::yield_now().await;
                    *total = seen + 1;
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*TOTAL.lock().await, 10);
    });
}

#[test]
fn tries() {
    let mutex = Mutex::new(1);
    let guard: MutexGuard<'_, i32> = mutex.try_lock().unwrap();
    let error: TryLockError = mutex.try_lock().unwrap_err();
    assert_eq!(error.to_string(), "operation would block");
    assert!(std::ptr::eq(MutexGuard::mutex(&guard), &mutex));
    assert_eq!(format!("{guard} {guard:?}"), "1 1");
    drop(guard);
    assert_eq!(mutex.into_inner(), 1);
}

#[test]
fn narrows_guards() {
    run(async {
        let mutex = Mutex::new((1, vec![2, 3]));
        let list: MappedMutexGuard<'_, Vec<i32>> = MutexGuard::map(mutex.lock().await, |pair| &mut pair.1);
        let mut first = MappedMutexGuard::try_map(list, |list| list.first_mut()).unwrap();
        *first = 4;
        drop(first);
        let guard = MutexGuard::try_map(mutex.lock().await, |pair| pair.1.get_mut(9)).unwrap_err();
        assert_eq!(guard.1, [4, 3]);
        drop(guard);
        let mapped = MutexGuard::map(mutex.lock().await, |pair| &mut pair.0);
        *MappedMutexGuard::map(mapped, |number| number) += 1;
        assert_eq!(mutex.into_inner().0, 2);
    });
}

#[test]
fn narrows_owned_guards() {
    run(async {
        let mutex = Arc::new(Mutex::new((1, vec![2, 3])));
        let guard: OwnedMutexGuard<(i32, Vec<i32>)> = Arc::clone(&mutex).lock_owned().await;
        assert!(Arc::clone(&mutex).try_lock_owned().is_err());
        assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex));
        let list: OwnedMappedMutexGuard<(i32, Vec<i32>), Vec<i32>> = OwnedMutexGuard::map(guard, |pair| &mut pair.1);
        let list = OwnedMappedMutexGuard::try_map(list, |list| list.get_mut(7)).unwrap_err();
        *OwnedMappedMutexGuard::map(list, |list| &mut list[1]) = 5;
        let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
        let guard = OwnedMutexGuard::try_map(guard, |pair| pair.1.get_mut(7)).unwrap_err();
        assert_eq!(guard.1, [2, 5]);
    });
}

#[test]
fn blocks_outside_of_a_runtime() {
    let mutex = Arc::new(Mutex::new(1));
    *mutex.blocking_lock() += 1;
    *Arc::clone(&mutex).blocking_lock_owned() += 1;
    let mut mutex = Arc::into_inner(mutex).unwrap();
    *mutex.get_mut() += 1;
    assert_eq!(format!("{mutex:?}"), format!("{:?}", Mutex::from(4)));
    assert_eq!(Mutex::<u8>::default().into_inner(), 0);
}

#[test]
fn holds_unsized_values() {
    run(async {
        let mutex: Arc<Mutex<[u8]>> = Arc::new(Mutex::new([3, 1, 2]));
        mutex.lock().await.sort_unstable();
        assert_eq!(*mutex.lock_owned().await, [1, 2, 3]);
    });
}

/// What crosses threads with tokio crosses them with us.
#[test]
fn is_shared_and_sent() {
    fn both<T: Send + Sync>(value: T) -> T {
        value
    }
    let mutex = Arc::new(Mutex::new(1));
    drop(both(mutex.try_lock().unwrap()));
    drop(both(Arc::clone(&mutex).lock_owned()));
    drop(both(mutex.lock()));
    let mutex = Mutex::new(std::cell::Cell::new(1));
    fn sent<T: Send>(_: T) {}
    sent(mutex.lock());
    sent(both(mutex));
}
