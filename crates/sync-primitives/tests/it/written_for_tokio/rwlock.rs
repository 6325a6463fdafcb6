use std::sync::Arc;

use super::super::run;
use crate::support::panics;

static NAMES: RwLock<Vec<&str>> = RwLock::const_new(Vec::new());
static LIMITED: RwLock<u8> = RwLock::const_with_max_readers(1, 2);

#[test]
fn is_read_together_and_written_alone() {
    run(async {
        NAMES.write().await.push("one");
        let (here, there) = (NAMES.read().await, NAMES.read().await);
        assert_eq!((here.len(), there.len()), (1, 1));
        let error: TryLockError = NAMES.try_write().unwrap_err();
        assert_eq!(error.to_string(), "operation would block");
        drop((here, there));
        let writer: RwLockWriteGuard<'_, Vec<&str>> = NAMES.try_write().unwrap();
        assert!(NAMES.try_read().is_err());
        drop(writer);
    });
}

#[test]
fn limits_readers() {
    let _first = LIMITED.try_read().unwrap();
    let second = LIMITED.try_read().unwrap();
    assert!(LIMITED.try_read().is_err());
    drop(second);
    assert!(LIMITED.try_read().is_ok());
    assert!(panics(|| RwLock::with_max_readers(1, 0)));
    assert!(panics(|| RwLock::with_max_readers(1, u32::MAX)));
    assert_eq!(RwLock::with_max_readers(1, u32::MAX >> 3).into_inner(), 1);
}

/// First come, first served: a reader waits behind a writer that waits.
#[test]
fn lets_no_reader_past_a_writer() {
    run(async {
        let lock = Arc::new(RwLock::new(1));
        let reader = lock.read().await;
        let writer = tokio::spawn({
            let lock = Arc::clone(&lock);
            async move { *lock.write().await += 1 }
        });
        tokio::task::yield_now().await;
        assert!(lock.try_read().is_err());
        drop(reader);
        writer.await.unwrap();
        assert_eq!(*lock.read().await, 2);
    });
}

#[test]
fn narrows_guards() {
    run(async {
        let lock = RwLock::new((1, vec![2, 3]));
        let list: RwLockReadGuard<'_, Vec<i32>> = RwLockReadGuard::map(lock.read().await, |pair| &pair.1);
        let list = RwLockReadGuard::try_map(list, |list| list.get(7)).unwrap_err();
        assert_eq!(*RwLockReadGuard::map::<_, i32>(list, |list| &list[0]), 2);
        let list: RwLockMappedWriteGuard<'_, Vec<i32>> = RwLockWriteGuard::map(lock.write().await, |pair| &mut pair.1);
        let first = RwLockMappedWriteGuard::try_map(list, |list| list.first_mut()).unwrap();
        *RwLockMappedWriteGuard::map(first, |first| first) = 5;
        let writer = RwLockWriteGuard::try_map(lock.write().await, |pair| pair.1.get_mut(9)).unwrap_err();
        let whole = RwLockWriteGuard::into_mapped(writer);
        assert_eq!(*whole, (1, vec![5, 3]));
    });
}

#[test]
fn steps_down() {
    run(async {
        let lock = RwLock::new((1, 2));
        let reader = lock.write().await.downgrade();
        assert!(lock.try_read().is_ok() && lock.try_write().is_err());
        drop(reader);
        assert_eq!(*RwLockWriteGuard::downgrade_map(lock.write().await, |pair| &pair.1), 2);
        let writer = RwLockWriteGuard::try_downgrade_map(lock.write().await, |_| None::<&i32>).unwrap_err();
        assert!(lock.try_read().is_err());
        let reader = RwLockWriteGuard::try_downgrade_map(writer, |pair| Some(&pair.0)).unwrap();
        assert!(lock.try_read().is_ok() && lock.try_write().is_err());
        assert_eq!(*reader, 1);
    });
}

#[test]
fn narrows_owned_guards() {
    run(async {
        let lock = Arc::new(RwLock::new((1, vec![2, 3])));
        let reader: OwnedRwLockReadGuard<(i32, Vec<i32>)> = Arc::clone(&lock).read_owned().await;
        assert!(Arc::clone(&lock).try_read_owned().is_ok() && Arc::clone(&lock).try_write_owned().is_err());
        let list: OwnedRwLockReadGuard<(i32, Vec<i32>), Vec<i32>> = OwnedRwLockReadGuard::map(reader, |pair| &pair.1);
        assert!(Arc::ptr_eq(OwnedRwLockReadGuard::rwlock(&list), &lock));
        drop(OwnedRwLockReadGuard::try_map(list, |list| list.get(9)).unwrap_err());
        let writer: OwnedRwLockWriteGuard<(i32, Vec<i32>)> = Arc::clone(&lock).write_owned().await;
        assert!(Arc::ptr_eq(OwnedRwLockWriteGuard::rwlock(&writer), &lock));
        let list: OwnedRwLockMappedWriteGuard<(i32, Vec<i32>), Vec<i32>> =
            OwnedRwLockWriteGuard::map(writer, |pair| &mut pair.1);
        assert!(Arc::ptr_eq(OwnedRwLockMappedWriteGuard::rwlock(&list), &lock));
        let first = OwnedRwLockMappedWriteGuard::try_map(list, |list| list.first_mut()).unwrap();
        *OwnedRwLockMappedWriteGuard::map(first, |first| first) = 7;
        let writer = Arc::clone(&lock).try_write_owned().unwrap();
        let writer = OwnedRwLockWriteGuard::try_map(writer, |pair| pair.1.get_mut(9)).unwrap_err();
        let writer = OwnedRwLockWriteGuard::try_downgrade_map(writer, |pair| pair.1.get(9)).unwrap_err();
        let reader = OwnedRwLockWriteGuard::try_downgrade_map(writer, |pair| pair.1.first()).unwrap();
        assert_eq!(*reader, 7);
        drop(reader);
        drop(OwnedRwLockWriteGuard::into_mapped(Arc::clone(&lock).write_owned().await));
        assert_eq!(*OwnedRwLockWriteGuard::downgrade_map(Arc::clone(&lock).write_owned().await, |pair| &pair.0), 1);
        let reader = Arc::clone(&lock).write_owned().await.downgrade();
        assert_eq!(format!("{reader:?}"), "(1, [7, 3])");
    });
}

#[test]
fn blocks_outside_of_a_runtime() {
    let mut lock = RwLock::from(1);
    *lock.blocking_write() += 1;
    assert_eq!(*lock.blocking_read(), 2);
    *lock.get_mut() += 1;
    assert_eq!(lock.into_inner(), 3);
    assert_eq!(RwLock::<u8>::default().into_inner(), 0);
}
