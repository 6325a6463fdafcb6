//! Model tests of `RwLock`: readers, writers, the upgradable reader, and those who give up.

#![cfg(loom)]

mod model;

use std::pin::pin;
use std::task::Poll;

use loom::sync::Arc;
use loom::sync::atomic::Ordering;
use loom::thread;
use model::ordered::together;
use model::{block_on, fails_when_weakened, holds, holds_crowd, holds_large, needs, poll_once};
use sync_primitives::{RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard};

/// Writers change both halves; readers never see them differ.
type Pair = RwLock<(u32, u32)>;

fn bump(pair: &mut (u32, u32)) {
    pair.0 += 1;
    pair.1 += 1;
}

fn assert_whole(pair: &(u32, u32)) {
    assert_eq!(pair.0, pair.1, "half of an update");
}

/// Each body on a thread of its own; then there were `writes` and nobody is in.
fn writes(bodies: &[fn(&Pair)], writes: u32) {
    let lock = Arc::new(RwLock::new((0, 0)));
    together(&lock, bodies);
    assert_eq!(*lock.try_write().expect("nobody is left"), (writes, writes));
}

fn write(lock: &Pair) {
    bump(&mut lock.blocking_write());
}

fn write_as_task(lock: &Pair) {
    bump(&mut block_on(lock.write()));
}

fn read(lock: &Pair) {
    assert_whole(&lock.blocking_read());
}

fn read_as_task(lock: &Pair) {
    assert_whole(&block_on(lock.read()));
}

/// Looks, upgrades, and finds what it saw.
fn upgrade(lock: &Pair) {
    let look = lock.blocking_upgradable_read();
    let seen = look.0;
    let mut writer = RwLockUpgradableReadGuard::blocking_upgrade(look);
    assert_eq!(writer.0, seen, "somebody wrote between looking and upgrading");
    bump(&mut writer);
}

fn upgrade_as_task(lock: &Pair) {
    let look = block_on(lock.upgradable_read());
    let seen = look.0;
    let mut writer = block_on(RwLockUpgradableReadGuard::upgrade(look));
    assert_eq!(writer.0, seen, "somebody wrote between looking and upgrading");
    bump(&mut writer);
}

fn leave_upgradable(lock: &Pair) {
    assert_whole(&lock.blocking_upgradable_read());
}

fn upgrade_and_give_up(lock: &Pair) {
    let look = lock.blocking_upgradable_read();
    if let Poll::Ready(writer) = poll_once(pin!(RwLockUpgradableReadGuard::upgrade(look))) {
        assert_whole(&writer);
    }
}

fn write_and_downgrade(lock: &Pair) {
    let mut writer = lock.blocking_write();
    bump(&mut writer);
    let written = writer.0;
    assert_eq!(writer.downgrade().0, written, "somebody wrote in between");
}

fn write_and_look(lock: &Pair) {
    let mut writer = lock.blocking_write();
    bump(&mut writer);
    let written = writer.0;
    assert_eq!(RwLockWriteGuard::downgrade_to_upgradable(writer).0, written, "somebody wrote in between");
}

fn step_down(lock: &Pair) {
    let reader = RwLockUpgradableReadGuard::downgrade(lock.blocking_upgradable_read());
    assert_whole(&reader);
}

fn give_up_reading(lock: &Pair) {
    if let Poll::Ready(pair) = poll_once(pin!(lock.read())) {
        assert_whole(&pair);
    }
}

fn give_up_writing(lock: &Pair) {
    if let Poll::Ready(pair) = poll_once(pin!(lock.write())) {
        assert_whole(&pair);
    }
}

fn write_and_read() {
    writes(&[write, read], 1);
}

fn write_and_write() {
    writes(&[write, write_as_task], 2);
}

fn upgrade_and_read() {
    writes(&[upgrade, read], 1);
}

fn upgrade_at_once_and_read() {
    writes(
        &[
            |lock| {
                let look = lock.blocking_upgradable_read();
                if let Ok(mut writer) = RwLockUpgradableReadGuard::try_upgrade(look) {
                    bump(&mut writer);
                } else {
                    bump(&mut lock.blocking_write());
                }
            },
            |lock| {
                if let Ok(pair) = lock.try_read() {
                    assert_whole(&pair);
                }
            },
        ],
        1,
    );
}

fn look_and_write() {
    writes(&[leave_upgradable, write], 1);
}

/// A writer that waits gives up, by which the reader behind it enters, while the upgradable reader becomes the writer and steps down again: then
/// the word is what it was, but the value is not.
fn reader_enters_behind_one_that_was_the_writer() {
    let lock = std::sync::Arc::new(RwLock::new((0, 0)));
    let look = lock.blocking_upgradable_read();
    let mut writer = Box::pin(std::sync::Arc::clone(&lock).write_owned());
    assert!(poll_once(writer.as_mut()).is_pending());
    let mut reader = Box::pin(std::sync::Arc::clone(&lock).read_owned());
    assert!(poll_once(reader.as_mut()).is_pending());
    let other = thread::spawn(move || {
        drop(writer);
        if let Poll::Ready(pair) = poll_once(reader.as_mut()) {
            assert_whole(&pair);
        }
    });
    let look = RwLockUpgradableReadGuard::try_upgrade(look).map(|mut writer| {
        bump(&mut writer);
        RwLockWriteGuard::downgrade_to_upgradable(writer)
    });
    other.join().unwrap();
    drop(look);
}

const RWLOCK: &str = "RwLock";

#[test]
fn rwlock_excludes() {
    let property = "a reader sees whole updates, no lost wake-up";
    holds_large(RWLOCK, property, "1 write and 1 read", Some(3), write_and_read);
    holds_large(RWLOCK, property, "1 write and 1 read, as tasks", Some(3), || {
        writes(&[write_as_task, read_as_task], 1)
    });
    holds_large(RWLOCK, property, "2 writes", Some(3), write_and_write);
    holds_crowd(RWLOCK, property, "1 write, 1 read, 1 task that reads", || {
        writes(&[write, read, read_as_task], 1);
    });
    holds_crowd(RWLOCK, property, "1 read, 1 write, 1 task that writes", || {
        writes(&[read, write, write_as_task], 2);
    });
}

#[test]
fn rwlock_upgrades() {
    let property = "nobody writes between looking and upgrading";
    holds_large(RWLOCK, property, "1 upgrade and 1 read", Some(3), upgrade_and_read);
    holds(RWLOCK, property, "1 try_upgrade and 1 try_read", upgrade_at_once_and_read);
    holds_large(RWLOCK, property, "1 upgrade and 1 write", Some(3), || writes(&[upgrade, write], 2));
    holds_large(RWLOCK, property, "2 upgrades", Some(3), || writes(&[upgrade_as_task, upgrade], 2));
    holds_large(RWLOCK, "an upgradable reader leaves", "1 upgradable read and 1 write", Some(3), look_and_write);
    holds_crowd(RWLOCK, property, "1 upgrade, 1 write, 1 read", || writes(&[upgrade, write, read], 2));
}

#[test]
fn rwlock_downgrades() {
    let property = "nobody writes between writing and stepping down";
    holds_large(RWLOCK, property, "1 downgrade and 1 write", Some(3), || writes(&[write_and_downgrade, write], 2));
    holds_large(RWLOCK, property, "1 downgrade to upgradable and 1 read", Some(3), || {
        writes(&[write_and_look, read], 1)
    });
    let bound = "1 upgrade and downgrade, 1 that gives up before 1 read";
    holds_large(RWLOCK, property, bound, Some(2), reader_enters_behind_one_that_was_the_writer);
    holds_large(RWLOCK, "an upgradable reader steps down", "1 upgradable read and 1 write", Some(3), || {
        writes(&[step_down, write], 1);
    });
}

#[test]
fn rwlock_cancels() {
    let property = "who gives up leaves the lock and the queue";
    holds_large(RWLOCK, property, "1 read given up and 1 write", Some(3), || writes(&[give_up_reading, write], 1));
    holds_large(RWLOCK, property, "1 write given up and 1 read", Some(3), || writes(&[give_up_writing, read], 0));
    holds_large(RWLOCK, property, "1 upgrade given up and 1 read", Some(3), || {
        writes(&[upgrade_and_give_up, read], 0);
    });
    holds_crowd(RWLOCK, property, "1 read, 1 write given up, 1 read", || {
        writes(&[read, give_up_writing, read_as_task], 0);
    });
}

#[test]
fn rwlock_needs_its_orderings() {
    needs(RWLOCK, &["L1"], write_and_read);
    needs(RWLOCK, &["L2"], write_and_write);
    needs(RWLOCK, &["L4"], look_and_write);
    needs(RWLOCK, &["L5"], upgrade_at_once_and_read);
    let races = ["Causality violation", "data race"];
    fails_when_weakened(RWLOCK, "W11", Ordering::Release, &races, reader_enters_behind_one_that_was_the_writer);
}
