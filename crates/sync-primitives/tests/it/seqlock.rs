//! `SeqLock`: what it does apart from keeping copies whole, which the model and stress tests look at.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use sync_primitives::{ConcurrentSafe, SeqLock, SeqLockWriteGuard};

static PAIR: SeqLock<(u64, u64)> = SeqLock::new((0, 0));

#[test]
fn seqlock_counts_in_a_static() {
    let add = || {
        for _ in 0..1_000 {
            let mut pair = PAIR.write();
            pair.0 += 1;
            pair.1 += 1;
        }
    };
    for thread in [add; 4].map(thread::spawn) {
        thread.join().unwrap();
    }
    assert_eq!(PAIR.read(), (4_000, 4_000));
}

#[test]
fn seqlock_readers_do_not_wait_for_a_guard() {
    let lock = SeqLock::new(1);
    let mut writer = lock.write();
    *writer = 2;
    assert_eq!((lock.read(), lock.try_read()), (1, Some(1)));
    assert!(lock.try_write().is_none());
    drop(writer);
    assert_eq!((lock.read(), lock.try_read()), (2, Some(2)));
    assert!(lock.try_write().is_some());
}

#[test]
fn seqlock_discards() {
    let lock = SeqLock::new([1; 3]);
    let mut writer = lock.write();
    *writer = [2; 3];
    SeqLockWriteGuard::discard(writer);
    assert_eq!(lock.read(), [1; 3]);
    assert_eq!(*lock.try_write().expect("discarding lets the next in"), [1; 3]);
}

#[test]
fn seqlock_stores_what_a_panic_leaves() {
    let lock = SeqLock::new(1);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        *lock.write() = 2;
        lock.with_lock(|value| {
            *value = 3;
            panic!("while the guard is held");
        })
    }));
    assert!(outcome.is_err());
    assert_eq!(lock.read(), 3);
    assert!(lock.try_write().is_some());
}

#[test]
fn seqlock_keeps_writers_out_when_a_leaked_guard_is_gone() {
    let lock = SeqLock::new(1);
    std::mem::forget(lock.write());
    assert!(lock.try_write().is_none());
    assert_eq!(lock.try_read(), Some(1));
}

#[test]
fn seqlock_holds_values_with_padding_and_none_at_all() {
    #[derive(Clone, Copy, Debug, Default, PartialEq)]
    struct Padded(u8, u64, u8, Option<u32>);

    let lock = SeqLock::new(Padded::default());
    lock.set(Padded(1, 2, 3, Some(4)));
    assert_eq!(lock.read(), Padded(1, 2, 3, Some(4)));
    assert_eq!(lock.into_inner(), Padded(1, 2, 3, Some(4)));
    let lock = SeqLock::new(());
    lock.set(());
    assert_eq!(lock.try_read(), Some(()));
    let text = SeqLock::new("one");
    text.set("two, and longer");
    assert_eq!(text.read(), "two, and longer");
}

#[test]
fn seqlock_is_as_large_as_its_words() {
    const WORD: usize = size_of::<usize>();
    assert_eq!(size_of::<SeqLock<()>>(), WORD);
    assert_eq!(size_of::<SeqLock<u8>>(), 2 * WORD);
    assert_eq!(size_of::<SeqLock<[u8; WORD + 1]>>(), 3 * WORD);
    assert_eq!(size_of::<SeqLock<[usize; 4]>>(), 5 * WORD);
}

#[test]
fn seqlock_formats_its_value_and_itself() {
    let mut lock = SeqLock::from(5);
    let mut guard = lock.write();
    *guard = 6;
    assert_eq!(format!("{guard:?} {lock:?}"), "6 SeqLock { value: 5 }");
    drop(guard);
    assert_eq!(*lock.get_mut(), 6);
    *lock.get_mut() = 7;
    assert_eq!(lock.read(), 7);
    assert_eq!(SeqLock::<u8>::default().into_inner(), 0);
}

#[test]
fn seqlock_is_concurrent_safe() {
    let lock = SeqLock::new(1);
    assert_eq!(lock.with_lock(|value| std::mem::replace(value, 2)), 1);
    assert_eq!(lock.try_with_lock(|value| std::mem::replace(value, 3)), Some(2));
    assert_eq!((lock.with_read(|value| *value), lock.try_with_read(|value| *value)), (3, Some(3)));
    let writer = lock.write();
    assert_eq!(lock.try_with_lock(|value| *value), None);
    assert_eq!(lock.try_with_read(|value| *value), Some(3));
    drop(writer);
}
