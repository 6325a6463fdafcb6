//! Model tests of the spinning locks: all interleavings and all values that the memory model allows, within the bound.
//!
//! The locks keep their values in the checker's cells, so that an access which the lock fails to order is reported as a
//! race even when the numbers come out right. Each acquire and release site is weakened in turn and must be missed.

#![cfg(loom)]

mod model;

use loom::sync::Arc;
use loom::thread::{self, JoinHandle};
use model::{holds, holds_large, needs};
use sync_primitives::ConcurrentSafe;
use sync_primitives::spin::{Mutex, RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};

/// Another thread that does something with the lock.
fn beside<L, R>(lock: &Arc<L>, work: impl FnOnce(&L) -> R + Send + 'static) -> JoinHandle<R>
where
    L: Send + Sync + 'static,
    R: Send + 'static,
{
    let lock = Arc::clone(lock);
    thread::spawn(move || work(&lock))
}

/// Two threads add twice each, and the sum is looked at under the lock.
fn mutex_counts() {
    let mutex = Arc::new(Mutex::new(0));
    let other = beside(&mutex, |mutex| {
        *mutex.lock() += 1;
        *mutex.lock() += 1;
    });
    *mutex.lock() += 1;
    *mutex.lock() += 1;
    other.join().unwrap();
    assert_eq!(*mutex.lock(), 4);
}

fn mutex_counts_once() {
    let mutex = Arc::new(Mutex::new(0));
    let other = beside(&mutex, |mutex| *mutex.lock() += 1);
    *mutex.lock() += 1;
    other.join().unwrap();
    assert_eq!(*mutex.lock(), 2);
}

/// One waits, two only try: loom follows two waiting threads that yield to each other while the holder never runs, without
/// end, so a model of three threads may have one that waits.
fn mutex_counts_with_three_threads() {
    let mutex = Arc::new(Mutex::new(0));
    let others: Vec<_> =
        (0..2).map(|_| beside(&mutex, |mutex| mutex.try_with_lock(|value| *value += 1).is_some())).collect();
    *mutex.lock() += 1;
    let tried: u32 = others.into_iter().map(|other| u32::from(other.join().unwrap())).sum();
    assert_eq!(*mutex.lock(), 1 + tried);
}

/// A try that fails has seen a holder; one that succeeds is alone.
fn mutex_tries() {
    let mutex = Arc::new(Mutex::new(0));
    let other = beside(&mutex, |mutex| mutex.try_with_lock(|value| *value += 1).is_some());
    let here = mutex.try_with_lock(|value| *value += 1).is_some();
    let there = other.join().unwrap();
    assert!(here || there, "nobody held the lock and yet both failed");
    assert_eq!(*mutex.lock(), u32::from(here) + u32::from(there));
}

#[test]
fn mutex_excludes_with_two_threads() {
    holds("spin::Mutex", "mutual exclusion, no lost update", "2 threads x 2 lock", mutex_counts);
}

#[test]
fn mutex_excludes_with_three_threads() {
    let bound = "1 lock and 2 try_lock, a thread each";
    holds("spin::Mutex", "mutual exclusion, no lost update", bound, mutex_counts_with_three_threads);
}

#[test]
fn mutex_try_lock_fails_only_while_held() {
    holds("spin::Mutex", "try_lock fails only while the lock is held", "2 threads x 1 try_lock", mutex_tries);
}

#[test]
fn mutex_needs_its_orderings() {
    needs("spin::Mutex", &["M1", "M4"], mutex_counts_once);
}

/// Writes both halves under the lock; readers never see them differ.
fn rwlock_pair() -> Arc<RwLock<(u32, u32)>> {
    Arc::new(RwLock::new((0, 0)))
}

fn bump(pair: &mut (u32, u32)) {
    pair.0 += 1;
    pair.1 += 1;
}

fn assert_whole(pair: &(u32, u32)) {
    assert_eq!(pair.0, pair.1, "half of an update");
}

/// Two threads, each writes once and reads once.
fn rwlock_writers_and_readers() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| {
        bump(&mut lock.write());
        assert_whole(&lock.read());
    });
    assert_whole(&lock.read());
    bump(&mut lock.write());
    other.join().unwrap();
    assert_eq!(*lock.read(), (2, 2));
}

fn rwlock_writer_and_reader() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| bump(&mut lock.write()));
    assert_whole(&lock.read());
    other.join().unwrap();
    assert_eq!(*lock.read(), (1, 1));
}

fn rwlock_two_writers() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| bump(&mut lock.write()));
    bump(&mut lock.write());
    other.join().unwrap();
    assert_eq!(*lock.read(), (2, 2));
}

fn rwlock_two_readers_and_a_writer() {
    let lock = rwlock_pair();
    let others: Vec<_> = (0..2).map(|_| beside(&lock, |lock| lock.try_with_read(assert_whole))).collect();
    bump(&mut lock.write());
    for other in others {
        other.join().unwrap();
    }
    assert_eq!(*lock.read(), (1, 1));
}

fn rwlock_two_writers_and_a_reader() {
    let lock = rwlock_pair();
    let others: Vec<_> = (0..2).map(|_| beside(&lock, |lock| lock.try_with_lock(bump).is_some())).collect();
    assert_whole(&lock.read());
    let written: u32 = others.into_iter().map(|other| u32::from(other.join().unwrap())).sum();
    assert_eq!(*lock.read(), (written, written));
}

/// A read and a write attempt; neither waits.
fn rwlock_tries() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| lock.try_with_lock(bump).is_some());
    let read = lock.try_with_read(assert_whole).is_some();
    let written = other.join().unwrap();
    assert!(read || written, "nobody held the lock and yet both failed");
    assert_eq!(lock.read().0, u32::from(written));
}

/// An upgradable reader becomes the writer while a common reader comes and goes.
fn rwlock_upgrades() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| assert_whole(&lock.read()));
    let look = lock.upgradable_read();
    assert_eq!(*look, (0, 0));
    bump(&mut RwLockUpgradableReadGuard::upgrade(look));
    other.join().unwrap();
    assert_eq!(*lock.read(), (1, 1));
}

/// Both upgrade what they saw: between look and write nobody else writes.
fn rwlock_two_upgrades() {
    fn add_one(lock: &RwLock<(u32, u32)>) {
        let look = lock.upgradable_read();
        let seen = look.0;
        let mut writer = RwLockUpgradableReadGuard::upgrade(look);
        assert_eq!(writer.0, seen, "somebody wrote between looking and upgrading");
        bump(&mut writer);
    }
    let lock = rwlock_pair();
    let other = beside(&lock, add_one);
    add_one(&lock);
    other.join().unwrap();
    assert_eq!(*lock.read(), (2, 2));
}

/// An upgrade waits against a writer that waits too: both must get through.
fn rwlock_upgrade_against_writer() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| bump(&mut lock.write()));
    let look = lock.upgradable_read();
    let seen = *look;
    let mut writer = RwLockUpgradableReadGuard::upgrade(look);
    assert_eq!(*writer, seen);
    bump(&mut writer);
    drop(writer);
    other.join().unwrap();
    assert_eq!(*lock.read(), (2, 2));
}

/// An upgradable reader that leaves without upgrading, against a writer.
fn rwlock_upgradable_leaves() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| bump(&mut lock.write()));
    assert_whole(&lock.upgradable_read());
    other.join().unwrap();
    assert_eq!(*lock.read(), (1, 1));
}

/// An upgradable reader that steps down to a common one, against a writer.
fn rwlock_upgradable_steps_down() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| bump(&mut lock.write()));
    let reader = RwLockUpgradableReadGuard::downgrade(lock.upgradable_read());
    assert_whole(&reader);
    drop(reader);
    other.join().unwrap();
    assert_eq!(*lock.read(), (1, 1));
}

/// A writer that stays as a reader sees its own value, and another reader that joins it sees it too.
fn rwlock_downgrades() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| assert_whole(&lock.read()));
    let mut writer = lock.write();
    bump(&mut writer);
    let reader = RwLockWriteGuard::downgrade(writer);
    assert_eq!(*reader, (1, 1));
    // Not dropped before the other reader is done: that one can only have entered before the write or beside this reader.
    other.join().unwrap();
    drop(reader);
}

fn rwlock_downgrades_to_upgradable() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| assert_whole(&lock.read()));
    let mut writer = lock.write();
    bump(&mut writer);
    let look = RwLockWriteGuard::downgrade_to_upgradable(writer);
    assert_eq!(*look, (1, 1));
    other.join().unwrap();
    drop(look);
}

/// A mapped guard keeps the lock.
fn rwlock_maps() {
    let lock = rwlock_pair();
    let other = beside(&lock, |lock| bump(&mut lock.write()));
    let first = RwLockReadGuard::map(lock.read(), |pair| &pair.0);
    let seen = *first;
    assert_eq!(*first, seen);
    drop(first);
    other.join().unwrap();
}

const RWLOCK: &str = "spin::RwLock";

#[test]
fn rwlock_excludes_with_two_threads() {
    let property = "a reader sees whole updates, no lost update";
    holds_large(RWLOCK, property, "2 threads x (write, read)", None, rwlock_writers_and_readers);
}

#[test]
fn rwlock_excludes_with_three_threads() {
    let property = "a reader sees whole updates, no lost update";
    holds_large(RWLOCK, property, "1 write and 2 try_read, a thread each", Some(3), rwlock_two_readers_and_a_writer);
    holds_large(RWLOCK, property, "1 read and 2 try_write, a thread each", Some(3), rwlock_two_writers_and_a_reader);
}

#[test]
fn rwlock_try_fails_only_while_held() {
    holds(RWLOCK, "an attempt fails only while the lock is held", "1 try_read and 1 try_write", rwlock_tries);
}

#[test]
fn rwlock_upgrade_excludes() {
    holds(RWLOCK, "an upgrade waits for the readers", "1 upgrade and 1 read", rwlock_upgrades);
    holds(RWLOCK, "nobody writes between looking and upgrading", "2 upgrades", rwlock_two_upgrades);
    holds(RWLOCK, "an upgrade and a writer both get through", "1 upgrade and 1 write", rwlock_upgrade_against_writer);
    holds(RWLOCK, "an upgradable reader leaves", "1 upgradable read and 1 write", rwlock_upgradable_leaves);
    holds(RWLOCK, "an upgradable reader steps down", "1 upgradable read and 1 write", rwlock_upgradable_steps_down);
}

#[test]
fn rwlock_downgrade_shares() {
    holds(RWLOCK, "a writer steps down to a reader", "1 write and 1 read", rwlock_downgrades);
    holds(
        RWLOCK,
        "a writer steps down to the upgradable reader",
        "1 write and 1 read",
        rwlock_downgrades_to_upgradable,
    );
    holds(RWLOCK, "a mapped guard keeps the lock", "1 mapped read and 1 write", rwlock_maps);
}

#[test]
fn rwlock_needs_its_orderings() {
    needs(RWLOCK, &["R7", "R13", "R15"], rwlock_writer_and_reader);
    needs(RWLOCK, &["R3", "R15"], rwlock_two_writers);
    needs(RWLOCK, &["R3", "R13"], rwlock_writer_and_reader);
    needs(RWLOCK, &["R11", "R13"], rwlock_upgrades);
    needs(RWLOCK, &["R14"], rwlock_upgradable_leaves);
    needs(RWLOCK, &["R16"], rwlock_downgrades);
    needs(RWLOCK, &["R17"], rwlock_downgrades_to_upgradable);
}
