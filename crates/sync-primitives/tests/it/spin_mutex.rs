//! `spin::Mutex`: what it does apart from excluding, which the model and stress tests look at.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use sync_primitives::spin::{MappedMutexGuard, Mutex, MutexGuard};

use crate::support::panics;

static TOTAL: Mutex<u64> = Mutex::new(0);

#[test]
fn mutex_counts_in_a_static() {
    let add = || (0..1_000).for_each(|_| *TOTAL.lock() += 1);
    for thread in [add; 4].map(thread::spawn) {
        thread.join().unwrap();
    }
    assert_eq!(*TOTAL.lock(), 4_000);
}

#[test]
fn mutex_try_lock_fails_while_held_and_only_then() {
    let mutex = Mutex::new(1);
    let guard = mutex.lock();
    assert!(mutex.is_locked());
    assert!(mutex.try_lock().is_none());
    drop(guard);
    assert!(!mutex.is_locked());
    assert!(mutex.try_lock().is_some());
    assert!(!mutex.is_locked(), "the guard of `try_lock` unlocks too");
}

#[test]
fn mutex_is_usable_after_a_panic() {
    let mutex = Mutex::new(1);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut guard = mutex.lock();
        *guard = 2;
        panic!("while the lock is held");
    }));
    assert!(outcome.is_err());
    assert!(!mutex.is_locked());
    assert_eq!(*mutex.lock(), 2, "the value is as the panic left it");
}

#[test]
fn mutex_unlocks_when_mapping_panics() {
    let mutex = Mutex::new(1);
    let map = || MutexGuard::map(mutex.lock(), |_: &mut i32| -> &mut i32 { panic!("no part") });
    assert!(panics(|| drop(map())));
    assert!(!mutex.is_locked());
}

#[test]
fn mutex_stays_locked_while_a_mapped_guard_lives() {
    let mutex = Mutex::new((1, [2, 3]));
    let array = MutexGuard::map(mutex.lock(), |value| &mut value.1);
    assert!(mutex.is_locked());
    let mut last = MappedMutexGuard::map(array, |array| &mut array[1]);
    assert!(mutex.is_locked());
    *last += 10;
    drop(last);
    assert_eq!(*mutex.lock(), (1, [2, 13]));
}

#[test]
fn mutex_stays_locked_when_a_leaked_guard_is_gone() {
    let mutex = Mutex::new(1);
    std::mem::forget(mutex.lock());
    assert!(mutex.try_lock().is_none());
}

#[test]
fn mutex_guard_unlocks_on_another_thread() {
    let mutex = Mutex::new(1);
    let guard = mutex.lock();
    thread::scope(|scope| {
        scope.spawn(move || drop(guard)).join().unwrap();
    });
    assert!(mutex.try_lock().is_some());
}

#[test]
fn mutex_holds_unsized_values() {
    let mutex: Arc<Mutex<[u8]>> = Arc::new(Mutex::new([3, 1, 2]));
    mutex.lock().sort_unstable();
    assert_eq!(*mutex.lock(), [1, 2, 3]);
    let object: Box<Mutex<dyn FnMut() -> u8 + Send>> = Box::new(Mutex::new(|| 7));
    assert_eq!((*object.lock())(), 7);
}

#[test]
fn mutex_drops_its_value_once() {
    let witness = Arc::new(());
    let mutex = Mutex::new(Arc::clone(&witness));
    assert_eq!(Arc::strong_count(&witness), 2);
    drop(mutex);
    assert_eq!(Arc::strong_count(&witness), 1);
    let value = Mutex::new(Arc::clone(&witness)).into_inner();
    assert_eq!(Arc::strong_count(&witness), 2);
    drop(value);
}

#[test]
fn mutex_formats_its_value_and_itself() {
    let mut mutex = Mutex::from(5);
    assert_eq!(format!("{mutex:?}"), "Mutex { value: 5 }");
    let guard = mutex.lock();
    assert_eq!(format!("{mutex:?}"), "Mutex { value: <locked> }");
    assert_eq!(format!("{guard:?} {guard}"), "5 5");
    drop(guard);
    *mutex.get_mut() = 6;
    assert_eq!(mutex.into_inner(), 6);
    assert_eq!(Mutex::<u8>::default().into_inner(), 0);
}
