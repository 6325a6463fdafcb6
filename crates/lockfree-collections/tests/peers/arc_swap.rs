// Written for arc-swap's `ArcSwap` and its kin; see `tests/peers.rs`.

use std::sync::{Arc, Weak};
use std::thread;

#[test]
fn cell_loads_what_was_stored() {
    let cell = ArcSwap::from_pointee(1);
    let guard = cell.load();
    assert_eq!(**guard, 1);
    cell.store(Arc::new(2));
    assert_eq!(**guard, 1, "a guard keeps what it has loaded");
    assert_eq!(**cell.load(), 2);
    assert_eq!(*cell.load_full(), 2);
    let kept: Arc<i32> = Guard::into_inner(guard);
    assert_eq!(*kept, 1);
    assert_eq!(*cell.swap(Arc::new(3)), 2);
    assert_eq!(*cell.into_inner(), 3);
}

#[test]
fn cell_made_from_an_arc_holds_that_arc() {
    let value = Arc::new(5);
    let cell = ArcSwap::from(Arc::clone(&value));
    assert!(Arc::ptr_eq(&value, &cell.load()));
    let other = ArcSwap::new(Arc::clone(&value));
    assert!(Arc::ptr_eq(&value, &other.load_full()));
    let empty: ArcSwap<u8> = ArcSwap::default();
    assert_eq!(**empty.load(), 0);
}

#[test]
fn cell_compare_and_swap_returns_what_was_there() {
    let first = Arc::new(1);
    let cell = ArcSwap::new(Arc::clone(&first));
    let stranger = Arc::new(1);
    let found = cell.compare_and_swap(&stranger, Arc::new(2));
    assert!(Arc::ptr_eq(&found, &first), "equal is not the same");
    drop(found);
    let found = cell.compare_and_swap(&first, Arc::new(2));
    assert!(Arc::ptr_eq(&found, &first));
    drop(found);
    let current = cell.load();
    let found = cell.compare_and_swap(&current, Arc::new(3));
    assert_eq!(**found, 2);
    drop(found);
    drop(current);
    let current = cell.load();
    let found = cell.compare_and_swap(current, Arc::new(4));
    assert_eq!(**found, 3);
    drop(found);
    let found = cell.compare_and_swap(Arc::as_ptr(&first), Arc::new(5));
    assert_eq!(**found, 4);
}

#[test]
fn cell_rcu_applies_each_change_once() {
    let cell = ArcSwap::from_pointee(0_usize);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..500 {
                    cell.rcu(|value| **value + 1);
                }
            });
        }
    });
    assert_eq!(**cell.load(), 1_000);
    let before: Arc<usize> = cell.rcu(|value| Arc::new(**value * 2));
    assert_eq!((*before, **cell.load()), (1_000, 2_000));
}

#[test]
fn cell_option_may_be_empty() {
    let cell = ArcSwapOption::empty();
    assert!(cell.load().is_none());
    cell.store(Some(Arc::new(1)));
    assert_eq!(cell.load().as_deref(), Some(&1));
    assert_eq!(cell.swap(None).as_deref(), Some(&1));
    let full = ArcSwapOption::from_pointee(2);
    assert_eq!(cell.load_full(), None);
    assert_eq!(full.load_full().as_deref(), Some(&2));
    let none: ArcSwapOption<u8> = ArcSwapOption::from_pointee(None);
    assert!(none.load().is_none());
    let found = full.compare_and_swap(&None::<Arc<i32>>, None);
    assert_eq!(found.as_deref(), Some(&2));
}

#[test]
fn cell_weak_does_not_keep_its_target() {
    let target = Arc::new(7);
    let cell = ArcSwapWeak::new(Arc::downgrade(&target));
    assert_eq!(cell.load().upgrade().as_deref(), Some(&7));
    drop(target);
    assert!(cell.load().upgrade().is_none());
    cell.store(Weak::new());
    assert!(cell.load_full().upgrade().is_none());
}

#[test]
fn cell_cache_follows_stores() {
    let cell = ArcSwap::from_pointee(1);
    let mut cache = Cache::new(&cell);
    assert_eq!(**cache.load(), 1);
    cell.store(Arc::new(2));
    assert_eq!(**cache.load(), 2);
    assert_eq!(**cache.load(), 2);
}

#[test]
fn cell_readers_see_whole_values_that_do_not_go_back() {
    let cell = ArcSwap::from_pointee((0_u64, 0_u64));
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut latest = 0;
                    while latest < 1_000 {
                        let value = cell.load();
                        assert_eq!(value.0 * 2, value.1);
                        assert!(value.0 >= latest);
                        latest = value.0;
                        drop(value);
                        thread::yield_now();
                    }
                })
            })
            .collect();
        for number in 1..=1_000 {
            cell.store(Arc::new((number, number * 2)));
        }
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn cell_shows_its_value() {
    let cell = ArcSwap::from_pointee(41);
    assert!(format!("{cell:?}").contains("41"));
    assert_eq!(format!("{} {:?}", cell.load(), cell.load()), "41 41");
}
