//! Model tests of the sequence lock: every interleaving and every value that the memory model allows, within the bound.
//!
//! Its words are atomics, so no access to them races; what an ordering that is too weak lets through is a torn copy, a lost update, a step
//! back, or a race on what was done before a value was stored.

#![cfg(loom)]

mod model;

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;
use model::{holds, holds_crowd, holds_large, is_missed};
use sync_primitives::{SeqLock, SeqLockWriteGuard};

const SEQLOCK: &str = "SeqLock";

type Pair = SeqLock<(usize, usize)>;

fn assert_whole(pair: (usize, usize)) -> usize {
    assert_eq!(pair.0, pair.1, "torn copy");
    pair.0
}

fn bump(lock: &Pair) {
    let mut pair = lock.write();
    pair.0 += 1;
    pair.1 += 1;
}

/// Who only reads must be the second: loom remembers the last access to an atomic alone, so where a thread looks before it writes,
/// loom forgets who looked before that and does not try the other order.
fn and_another(first: impl FnOnce(&Pair), second: impl FnOnce(&Pair) + 'static + Send) -> Arc<Pair> {
    let lock = Arc::new(SeqLock::new((0, 0)));
    let other = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || second(&lock))
    };
    first(&lock);
    other.join().unwrap();
    lock
}

fn reads_twice(lock: &Pair) {
    let first = assert_whole(lock.read());
    let second = assert_whole(lock.read());
    assert!(second >= first, "a value came back");
}

fn reader_and_two_writes() {
    let two_writes = |lock: &Pair| {
        bump(lock);
        bump(lock);
    };
    let lock = and_another(two_writes, reads_twice);
    assert_eq!(lock.read(), (2, 2));
}

fn reader_and_writer() {
    and_another(bump, |lock| {
        assert_whole(lock.read());
    });
}

/// A try fails while a value is stored, and never gives half of it.
fn try_reader_and_writer() {
    let lock = and_another(bump, |lock| {
        lock.try_read().map(assert_whole);
    });
    assert_eq!(lock.try_read(), Some((1, 1)), "nobody stores any more");
}

fn two_writers() {
    let lock = and_another(bump, bump);
    assert_eq!(lock.read(), (2, 2), "lost update");
}

/// One reads, writes, and gives the second write up; the other writes behind it.
fn discarding_writer() {
    let both = |lock: &Pair| {
        bump(lock);
        let mut pair = lock.write();
        pair.0 = 7;
        SeqLockWriteGuard::discard(pair);
    };
    let lock = and_another(both, both);
    assert_eq!(lock.read(), (2, 2), "lost update");
}

/// One waits, one tries, one reads.
fn two_writers_and_a_reader() {
    let lock = Arc::new(SeqLock::new((0, 0)));
    let trying = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || {
            let Some(mut pair) = lock.try_write() else { return 0 };
            *pair = (pair.0 + 1, pair.1 + 1);
            1
        })
    };
    let reader = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || lock.try_read().map(assert_whole))
    };
    bump(&lock);
    reader.join().unwrap();
    let tried = trying.join().unwrap();
    assert_eq!(lock.read(), (1 + tried, 1 + tried), "lost update");
}

/// Who reads a value sees what its writer did before. No single weakened site breaks that: beside the pair Q1 and Q10 stand the fences.
fn reader_sees_the_past() {
    let lock = Arc::new((SeqLock::new(0_usize), UnsafeCell::new(0)));
    let other = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || {
            if lock.0.read() == 1 {
                // SAFETY: written before 1 was stored, and never again.
                lock.1.with(|value| assert_eq!(unsafe { *value }, 5));
            }
        })
    };
    // SAFETY: the reader looks only once it has read 1.
    lock.1.with_mut(|value| unsafe { *value = 5 });
    lock.0.set(1);
    other.join().unwrap();
}

#[test]
fn seqlock_copies_are_whole() {
    let bound = "2 reads and 2 writes, a thread each";
    holds_large(SEQLOCK, "no torn copy, no step back", bound, Some(2), reader_and_two_writes);
    holds(SEQLOCK, "no torn copy", "1 read and 1 write", reader_and_writer);
    holds(SEQLOCK, "an attempt gives a whole copy or none", "1 try_read and 1 write", try_reader_and_writer);
}

#[test]
fn seqlock_writers_exclude_each_other() {
    holds(SEQLOCK, "no lost update", "2 threads x 1 write", two_writers);
    let bound = "2 threads x (write, discard)";
    holds_large(SEQLOCK, "no lost update around a discarded one", bound, Some(3), discarding_writer);
}

#[test]
fn seqlock_excludes_with_three_threads() {
    let bound = "1 write, 1 try_write and 1 try_read, a thread each";
    holds_crowd(SEQLOCK, "no torn copy, no lost update", bound, two_writers_and_a_reader);
}

#[test]
fn seqlock_hands_over_the_past() {
    holds(SEQLOCK, "a reader sees what was done before the value was stored", "1 read and 1 set", reader_sees_the_past);
}

#[test]
fn seqlock_needs_its_orderings() {
    is_missed(SEQLOCK, &["Q1", "Q3", "Q8", "Q10"], "torn copy", reader_and_writer);
    is_missed(SEQLOCK, &["Q5", "Q10"], "lost update", two_writers);
    is_missed(SEQLOCK, &["Q11"], "lost update", discarding_writer);
}
