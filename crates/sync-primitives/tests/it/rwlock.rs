//! `RwLock`, one step at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sync_primitives::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockMappedWriteGuard, RwLockReadGuard,
    RwLockUpgradableReadGuard, RwLockWriteGuard,
};

use crate::support::{Task, panics};

#[test]
fn rwlock_serves_in_order() {
    let lock = RwLock::new(0);
    let first = lock.try_read().unwrap();
    let mut writer = Task::new(lock.write());
    let mut readers = [Task::new(lock.read()), Task::new(lock.read())];
    let mut last = Task::new(lock.write());
    writer.waits();
    readers.iter_mut().for_each(Task::waits);
    last.waits();
    assert!(lock.try_read().is_err(), "a writer waits");
    drop(first);
    assert_eq!((writer.wakes(), readers[0].wakes()), (1, 0));
    *writer.done() = 1;
    assert!(readers.iter().all(|reader| reader.wakes() == 1), "readers come in together");
    let guards = readers.each_mut().map(|reader| reader.done());
    last.waits();
    assert_eq!(*guards[0] + *guards[1], 2);
    drop(guards);
    *last.done() += 1;
    assert_eq!(*lock.try_read().unwrap(), 2);
}

#[test]
fn rwlock_cancelled_writer_lets_readers_in() {
    let lock = RwLock::new(0);
    let first = lock.try_read().unwrap();
    let mut writer = Task::new(lock.write());
    let mut reader = Task::new(lock.read());
    writer.waits();
    reader.waits();
    drop(writer);
    assert_eq!(reader.wakes(), 1);
    assert_eq!(*reader.done(), *first);
}

#[test]
fn rwlock_cancel_leaves_what_it_was_let_in_to() {
    let lock = RwLock::new(0);
    let writer = lock.try_write().unwrap();
    let (mut read, mut write, mut look) =
        (Task::new(lock.read()), Task::new(lock.write()), Task::new(lock.upgradable_read()));
    read.waits();
    write.waits();
    look.waits();
    drop(writer);
    assert_eq!(read.wakes(), 1);
    drop(read);
    assert_eq!(write.wakes(), 1);
    drop(write);
    assert_eq!(look.wakes(), 1);
    drop(look);
    assert!(lock.try_write().is_ok());
}

#[test]
fn rwlock_upgrade_comes_before_all_others() {
    let lock = RwLock::new(1);
    let look = lock.try_upgradable_read().unwrap();
    let reader = lock.try_read().unwrap();
    let mut other = Task::new(lock.write());
    other.waits();
    let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(look));
    upgrade.waits();
    drop(reader);
    assert_eq!((upgrade.wakes(), other.wakes()), (1, 0));
    let mut writer = upgrade.done();
    assert_eq!(*writer, 1);
    *writer = 2;
    let look = RwLockWriteGuard::downgrade_to_upgradable(writer);
    other.waits();
    assert_eq!(*look, 2);
    drop(look);
    *other.done() = 3;
    assert_eq!(*lock.try_read().unwrap(), 3);
}

#[test]
fn rwlock_dropped_upgrade_leaves_the_lock() {
    let lock = RwLock::new(1);
    let upgrade = RwLockUpgradableReadGuard::upgrade(lock.try_upgradable_read().unwrap());
    assert!(lock.try_upgradable_read().is_err(), "not polled, and in the lock still");
    drop(upgrade);
    // Waiting.
    let look = lock.try_upgradable_read().unwrap();
    let reader = lock.try_read().unwrap();
    let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(look));
    upgrade.waits();
    drop(upgrade);
    // Let in.
    let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(lock.try_upgradable_read().unwrap()));
    upgrade.waits();
    let mut other = Task::new(lock.write());
    other.waits();
    drop(reader);
    assert_eq!(upgrade.wakes(), 1);
    drop(upgrade);
    assert_eq!(other.wakes(), 1);
    drop(other.done());
    assert!(lock.try_write().is_ok());
}

#[test]
fn rwlock_upgrades_at_once_or_gives_the_guard_back() {
    let lock = RwLock::new(1);
    let reader = lock.try_read().unwrap();
    let look = RwLockUpgradableReadGuard::try_upgrade(lock.try_upgradable_read().unwrap()).unwrap_err();
    drop(reader);
    let mut waits = Task::new(lock.write());
    waits.waits();
    *RwLockUpgradableReadGuard::try_upgrade(look).unwrap() = 5;
    assert_eq!(*waits.done(), 5);
    let look = lock.try_upgradable_read().unwrap();
    drop(RwLockUpgradableReadGuard::blocking_upgrade(look));
    assert!(lock.try_write().is_ok());
}

#[test]
fn rwlock_downgrade_lets_waiting_readers_in() {
    let lock = RwLock::new(1);
    let writer = lock.try_write().unwrap();
    let (mut reader, mut next) = (Task::new(lock.read()), Task::new(lock.write()));
    reader.waits();
    next.waits();
    let own = writer.downgrade();
    assert_eq!(*reader.done(), *own);
    next.waits();
    drop(own);
    drop(next.done());
}

#[test]
fn rwlock_limits_readers() {
    let lock = RwLock::with_max_readers(1, 2);
    let (one, look) = (lock.try_read().unwrap(), lock.try_upgradable_read().unwrap());
    assert!(lock.try_read().is_err());
    let mut third = Task::new(lock.read());
    third.waits();
    let two = RwLockUpgradableReadGuard::downgrade(look);
    third.waits();
    drop(one);
    assert_eq!(*third.done(), *two);
    assert!(panics(|| RwLock::with_max_readers(1, 0)));
    assert!(panics(|| RwLock::with_max_readers(1, u32::MAX)));
}

#[test]
fn rwlock_guards_map() {
    let lock = Arc::new(RwLock::new(([1, 2], "x")));
    let array = RwLockReadGuard::map(lock.try_read().unwrap(), |pair| &pair.0);
    let array = RwLockReadGuard::try_map(array, |array| array.get(9)).unwrap_err();
    assert_eq!(*RwLockReadGuard::map(array, |array| &array[1]), 2);
    let array = RwLockWriteGuard::map(lock.try_write().unwrap(), |pair| &mut pair.0);
    let array = RwLockMappedWriteGuard::try_map(array, |array| array.get_mut(9)).unwrap_err();
    *RwLockMappedWriteGuard::map(array, |array| &mut array[1]) = 7;
    assert_eq!(*lock.try_write().unwrap().downgrade_map(|pair| &pair.0[1]), 7);
    let part = OwnedRwLockReadGuard::map(Arc::clone(&lock).try_read_owned().unwrap(), |pair| &pair.0[1]);
    assert_eq!(*part, 7);
    assert!(lock.try_write().is_err());
    drop(part);
    let guard = Arc::clone(&lock).try_write_owned().unwrap();
    let guard = OwnedRwLockWriteGuard::try_map(guard, |_| None::<&mut u8>).unwrap_err();
    drop(OwnedRwLockWriteGuard::map(guard, |pair| &mut pair.1));
    let reader = Arc::clone(&lock).try_write_owned().unwrap().downgrade();
    assert_eq!(*lock.try_read().unwrap(), *reader);
    drop(reader);
    assert_eq!(Arc::strong_count(&lock), 1);
    assert!(lock.try_write().is_ok());
}

#[test]
fn rwlock_owned_futures_keep_it_alive() {
    let lock = Arc::new(RwLock::new(1));
    let writer = Arc::clone(&lock).try_write_owned().unwrap();
    let (mut read, mut write) = (Task::new(Arc::clone(&lock).read_owned()), Task::new(lock.write_owned()));
    read.waits();
    write.waits();
    drop(writer);
    assert_eq!(*read.done(), 1);
    *write.done() = 2;
}

#[test]
fn rwlock_timed_forms_leave_the_queue() {
    let lock = RwLock::new(1);
    let reader = lock.try_read().unwrap();
    assert!(lock.try_write_for(Duration::from_micros(50)).is_none());
    assert!(lock.try_read().is_ok(), "no writer waits any more");
    drop(reader);
    let writer = lock.try_write().unwrap();
    assert!(lock.try_read_for(Duration::ZERO).is_none());
    assert!(lock.try_upgradable_read_for(Duration::ZERO).is_none());
    drop(writer);
    assert!(lock.try_write_until(std::time::Instant::now()).is_some());
}

#[test]
fn rwlock_threads_and_tasks_see_whole_updates() {
    let lock = RwLock::new((0u32, 0u32));
    let bump = |pair: &mut (u32, u32)| {
        pair.0 += 1;
        pair.1 += 1;
    };
    let task = async || {
        for _ in 0..300 {
            bump(&mut *lock.write().await);
            let pair = lock.read().await;
            assert_eq!(pair.0, pair.1);
        }
    };
    thread::scope(|scope| {
        let first = scope.spawn(|| pollster::block_on(task()));
        let second = scope.spawn(|| {
            for _ in 0..300 {
                bump(&mut lock.blocking_write());
                let look = lock.blocking_upgradable_read();
                let seen = look.0;
                let mut writer = RwLockUpgradableReadGuard::blocking_upgrade(look);
                assert_eq!(writer.0, seen);
                bump(&mut writer);
            }
        });
        for _ in 0..300 {
            let pair = lock.blocking_read();
            assert_eq!(pair.0, pair.1);
        }
        first.join().unwrap();
        second.join().unwrap();
    });
    assert_eq!(lock.into_inner(), (900, 900));
}

#[test]
fn rwlock_is_not_poisoned() {
    let lock = RwLock::new(1);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut writer = lock.blocking_write();
        *writer = 2;
        panic!("while writing");
    }));
    assert!(outcome.is_err());
    assert_eq!(*lock.try_read().unwrap(), 2);
    assert_eq!(format!("{lock:?}"), "RwLock { value: 2 }");
}
