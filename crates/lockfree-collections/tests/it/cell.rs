//! `AtomicBox` and `AtomicRc`, one after the other and with native threads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread;

use lockfree_collections::cell::{AtomicRcAny, Cache, Guard, RefCnt};
use lockfree_collections::{AtomicBox, AtomicRc, AtomicRcOption, AtomicWeak};
use quickcheck::quickcheck;

use crate::support::Census;

quickcheck! {
    fn atomic_box_equals_a_variable(steps: Vec<(u8, u16)>) -> bool {
        let mut cell = AtomicBox::new(0);
        let mut variable = 0;
        let mut others = vec![AtomicBox::new(9)];
        steps.into_iter().all(|(step, value)| match step % 8 {
            0 => { cell.store(value); variable = value; true }
            1 => *cell.swap(value) == std::mem::replace(&mut variable, value),
            2 => *cell.take() == std::mem::take(&mut variable),
            3 => {
                let current = cell.load();
                let old = cell.compare_exchange(&current, value).map(|old| *old).map_err(|error| error.new);
                old == Ok(std::mem::replace(&mut variable, value))
            }
            4 => {
                let current = cell.load();
                cell.store(value);
                variable = value;
                let error = cell.compare_exchange(&current, 77).unwrap_err();
                (*error.current, error.new) == (value, 77)
            }
            5 => { *cell.get_mut() = value; variable = value; true }
            6 => {
                let old = *cell.update(|old| old.wrapping_add(value));
                let expected = std::mem::replace(&mut variable, old.wrapping_add(value));
                old == expected
            }
            _ => {
                // A guard of another cell is never the current value of this one.
                let guard = others[0].load();
                let refused = cell.compare_exchange(&guard, value).is_err();
                drop(guard);
                others.push(AtomicBox::new(value));
                others.swap_remove(0);
                refused
            }
        } && *cell.load() == variable) && cell.into_inner() == variable
    }
}

#[test]
fn atomic_box_drops_every_value_once() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    for number in 1..1_000 {
        match number % 4 {
            0 => cell.store(census.value(number)),
            1 => assert_eq!(cell.swap(census.value(number)).number, number - 1),
            2 => {
                let current = cell.load();
                assert!(cell.compare_exchange(&current, census.value(number)).is_ok());
            }
            _ => {
                let current = cell.load();
                cell.store(census.value(number));
                drop(cell.compare_exchange(&current, census.value(0)).unwrap_err());
            }
        }
    }
    let memory = cell.telemetry();
    assert_eq!(census.alive(), memory.live + memory.retired);
    assert!(memory.slots <= 3 && memory.retired <= memory.bound, "{memory:?}");
    let last = cell.into_inner();
    assert_eq!((last.number, census.alive()), (999, 1));
}

#[test]
fn atomic_box_holds_values_without_size_and_large_alignments() {
    let cell = AtomicBox::new(());
    for _ in 0..500 {
        cell.store(());
    }
    assert!(cell.telemetry().retired <= 129);

    #[derive(Debug, PartialEq)]
    #[repr(align(512))]
    struct Aligned(u8);
    let cell = AtomicBox::new(Aligned(0));
    for number in 0..100 {
        cell.store(Aligned(number));
        let guard = cell.load();
        assert_eq!((&raw const *guard).addr() % 512, 0);
        assert_eq!(*guard, Aligned(number));
    }
    assert_eq!(cell.into_inner(), Aligned(99));
}

#[test]
fn atomic_box_bounds_what_large_values_hold_back() {
    let cell = AtomicBox::new([0_u8; 100_000]);
    for number in 0..100 {
        cell.store([number; 100_000]);
        assert!(cell.telemetry().retired <= 9, "{:?}", cell.telemetry());
    }
}

#[test]
fn atomic_box_is_seen_whole_by_readers() {
    let cell = AtomicBox::new([0_u64; 16]);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut latest = 0;
                    let mut cache = Cache::new(&cell);
                    while !stop.load(Ordering::Relaxed) {
                        let guard = cell.load();
                        assert!(guard.iter().all(|&part| part == guard[0]), "torn: {guard:?}");
                        assert!(guard[0] >= latest, "back in time");
                        let cached = cache.load();
                        assert!(cached.iter().all(|&part| part == cached[0]), "torn: {cached:?}");
                        assert!(cached[0] >= guard[0], "back in time");
                        latest = cached[0];
                    }
                })
            })
            .collect();
        for number in 1..=20_000 {
            cell.store([number; 16]);
        }
        stop.store(true, Ordering::Relaxed);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    let memory = cell.telemetry();
    assert!(memory.retired <= memory.bound, "{memory:?}");
}

#[test]
fn atomic_box_update_loses_nothing() {
    let cell = AtomicBox::new(0);
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| (0..2_000).for_each(|_| drop(cell.update(|value| value + 1))))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert_eq!(cell.into_inner(), 8_000);
}

#[test]
fn atomic_box_prints_its_value() {
    let cell = AtomicBox::from(5);
    assert_eq!(format!("{cell:?}"), "AtomicBox(5)");
    assert_eq!(format!("{:?} {}", cell.load(), cell.load()), "5 5");
    assert_eq!(format!("{:?}", cell.swap(6)), "5");
    let guard = AtomicBox::new(1);
    let error = cell.compare_exchange(&guard.load(), 7).unwrap_err();
    assert_eq!(error.to_string(), "the cell holds another value than the one compared with");
    assert_eq!(*AtomicBox::<u8>::default().load(), 0);
}

#[test]
fn atomic_rc_counts_references_right() {
    let cell = AtomicRc::from_pointee(1);
    let one = cell.load_full();
    assert_eq!(Arc::strong_count(&one), 2);
    let guard = cell.load();
    assert_eq!(Arc::strong_count(&one), 2, "a guard does not count");
    assert!(Arc::ptr_eq(&guard, &one));
    let swapped = cell.swap(Arc::new(2));
    assert!(Arc::ptr_eq(&swapped, &one));
    drop((guard, swapped));
    cell.reclaim();
    assert_eq!(Arc::strong_count(&one), 1);
    assert_eq!(*cell.into_inner(), 2);
}

#[test]
fn atomic_rc_compares_by_pointer() {
    let cell = AtomicRc::from_pointee(1);
    let one = cell.load_full();
    let equal = Arc::new(1);
    assert_eq!(**cell.compare_and_swap(&equal, Arc::new(2)), 1);
    assert_eq!(**cell.load(), 1);
    // The same pointer, put back, is found: it is the value that is compared, not when it came.
    cell.store(Arc::new(9));
    cell.store(Arc::clone(&one));
    assert_eq!(**cell.compare_and_swap(&one, Arc::new(2)), 1);
    assert_eq!(**cell.load(), 2);
    let guard = cell.load();
    assert_eq!(**cell.compare_and_swap(&guard, Arc::new(3)), 2);
    assert_eq!(**cell.compare_and_swap(guard, Arc::new(4)), 3);
    cell.reclaim();
    assert_eq!(Arc::strong_count(&one), 1);
}

#[test]
fn atomic_rc_holds_options_and_weak_references() {
    let cell = AtomicRcOption::from_pointee(3);
    assert_eq!(cell.swap(None).as_deref(), Some(&3));
    assert!(cell.compare_and_swap(&None::<Arc<i32>>, Some(Arc::new(4))).is_none());
    assert_eq!(cell.load().as_deref(), Some(&4));
    assert!(AtomicRcOption::<u8>::from_pointee(None).into_inner().is_none());
    assert!(AtomicRcOption::<u8>::default().load().is_none());

    let strong = Arc::new(5);
    let cell = AtomicWeak::new(Arc::downgrade(&strong));
    assert_eq!(cell.load_full().upgrade(), Some(Arc::clone(&strong)));
    let found = cell.compare_and_swap(&Arc::downgrade(&strong), Weak::new());
    assert_eq!(found.upgrade(), Some(strong));
}

#[test]
fn atomic_rc_holds_types_of_the_user() {
    #[derive(Clone)]
    struct Shared(Arc<str>);
    impl RefCnt for Shared {
        type Base = u8;
        fn as_ptr(me: &Self) -> *mut u8 {
            Arc::as_ptr(&me.0).cast::<u8>().cast_mut()
        }
    }
    let cell = AtomicRcAny::new(Shared("text".into()));
    let old = cell.rcu(|shared| Shared(format!("{}s", shared.0).into()));
    assert_eq!((&*old.0, &*cell.load().0), ("text", "texts"));
}

#[test]
fn atomic_rc_rcu_loses_nothing() {
    let cell = AtomicRc::from_pointee(0);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        cell.rcu(|value| **value + 1);
                        let mut current = cell.load();
                        loop {
                            let found = cell.compare_and_swap(&current, Arc::new(**current + 1));
                            if Arc::ptr_eq(&current, &found) {
                                break;
                            }
                            current = found;
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert_eq!(**cell.load(), 8_000);
    assert_eq!(*Guard::into_inner(cell.load()), 8_000);
    assert_eq!(format!("{cell:?}"), "AtomicRc(8000)");
}

#[test]
fn atomic_rc_guards_may_be_forgotten() {
    let census = Census::default();
    let cell = AtomicRc::from_pointee(census.value(0));
    for number in 1..10 {
        std::mem::forget(cell.load());
        cell.store(Arc::new(census.value(number)));
    }
    cell.reclaim();
    // Each forgotten guard keeps its slot and its value, until the cell goes.
    assert_eq!(census.alive(), 10);
    drop(cell);
    assert_eq!(census.alive(), 0);
}
