//! `AtomicBox` and `AtomicRc`, one after the other and with native threads.

#[cfg(feature = "std")]
use std::sync::Barrier;
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

/// What `reclaim` does while a thread that has done `work` runs, and after it: how many values went, and how many references are left.
#[cfg(feature = "std")]
fn reclaimed_beside_a_thread(work: fn(&AtomicRc<i32>), then: fn(&AtomicRc<i32>)) -> [(usize, usize); 2] {
    let one = Arc::new(1);
    let cell = AtomicRc::new(Arc::clone(&one));
    let reclaim = || (cell.reclaim(), Arc::strong_count(&one));
    let steps = Barrier::new(2);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            work(&cell);
            steps.wait();
            steps.wait();
        });
        steps.wait();
        then(&cell);
        let beside = reclaim();
        steps.wait();
        other.join().unwrap();
        [beside, reclaim()]
    })
}

// Without `std` threads keep no slots.
#[cfg(feature = "std")]
#[test]
fn atomic_rc_leaves_to_a_running_thread_what_it_replaced_or_read_last() {
    let replaced = reclaimed_beside_a_thread(|cell| cell.store(Arc::new(2)), |_| {});
    assert_eq!(replaced, [(0, 2), (1, 1)]);
    let read = reclaimed_beside_a_thread(|cell| drop(cell.load()), |cell| cell.store(Arc::new(2)));
    assert_eq!(read, [(0, 2), (1, 1)]);
    let let_go_of = |cell: &AtomicRc<i32>| {
        drop(cell.load());
        cell.reclaim();
    };
    let free = reclaimed_beside_a_thread(let_go_of, |cell| cell.store(Arc::new(2)));
    assert_eq!(free, [(1, 1), (0, 1)]);
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
    struct Shared(Arc<String>);
    // SAFETY: as for the `Arc` in it.
    unsafe impl RefCnt for Shared {
        type Base = String;
        fn into_ptr(me: Self) -> *mut String {
            Arc::into_raw(me.0).cast_mut()
        }
        fn as_ptr(me: &Self) -> *mut String {
            Arc::as_ptr(&me.0).cast_mut()
        }
        unsafe fn from_ptr(pointer: *const String) -> Self {
            // SAFETY: promised by the caller.
            Self(unsafe { Arc::from_raw(pointer) })
        }
    }
    let cell = AtomicRcAny::new(Shared(Arc::new("text".into())));
    let old = cell.rcu(|shared| Shared(Arc::new(format!("{}s", shared.0))));
    assert_eq!((old.0.as_str(), cell.load().0.as_str()), ("text", "texts"));
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
fn atomic_rc_keeps_one_share_of_what_is_read_and_stored_again() {
    let census = Census::default();
    let cell = AtomicRc::from_pointee(census.value(0));
    let (zero, one) = (cell.load_full(), Arc::new(census.value(1)));
    let guard = cell.load();
    for _ in 0..1_000 {
        cell.store(Arc::clone(&one));
        cell.store(Arc::clone(&zero));
        let memory = cell.telemetry();
        assert!(memory.retired <= memory.bound, "{memory:?}");
    }
    cell.store(one);
    cell.reclaim();
    // What a slot keeps of the value that the guard is on is one share of it.
    assert_eq!((Arc::strong_count(&zero), cell.telemetry().retired), (2, 1));
    drop(zero);
    assert_eq!((guard.number, census.alive()), (0, 2));
    drop(guard);
    cell.reclaim();
    assert_eq!(census.alive(), 1);
}

#[test]
fn atomic_rc_guards_may_own_their_value() {
    let census = Census::default();
    let own = Guard::from_inner(Arc::new(census.value(3)));
    let cell = AtomicRc::new(Arc::new(census.value(4)));
    let guards = [cell.load(), own, Arc::new(census.value(5)).into()];
    assert_eq!(guards.each_ref().map(|guard| guard.number), [4, 3, 5]);
    drop(guards);
    assert_eq!(census.alive(), 1);
    assert!(Guard::<Option<Arc<u8>>>::default().is_none());
}

#[test]
fn cache_may_own_the_way_to_its_cell() {
    let census = Census::default();
    let cell = Arc::new(AtomicRc::from_pointee(census.value(0)));
    let mut cache = Cache::new(Arc::clone(&cell));
    assert_eq!(cache.load().number, 0);
    let mut other = cache.clone();
    cell.store(Arc::new(census.value(1)));
    assert_eq!((cache.load().number, other.load().number), (1, 1));
    other.release();
    cell.store(Arc::new(census.value(2)));
    assert_eq!(other.load().number, 2);
    drop((cell, other));
    assert_eq!(cache.arc_swap().load().number, 2);
    thread::spawn(move || assert_eq!(cache.load().number, 2)).join().unwrap();
    assert_eq!(census.alive(), 0);
}

#[test]
fn cache_follows_a_way_that_leads_elsewhere() {
    struct Turns([AtomicBox<i32>; 2], std::sync::atomic::AtomicUsize);
    impl std::ops::Deref for Turns {
        type Target = AtomicBox<i32>;
        fn deref(&self) -> &AtomicBox<i32> {
            &self.0[self.1.fetch_add(1, Ordering::Relaxed) / 5 % 2]
        }
    }
    let mut cache = Cache::new(Turns([AtomicBox::new(1), AtomicBox::new(2)], 0.into()));
    let seen: Vec<_> = (0..20).map(|_| *cache.load()).collect();
    assert!(seen.contains(&1) && seen.contains(&2), "{seen:?}");
    drop(cache);
}

/// Leads to a cell of its own, and to a new one whenever it has been moved: what it led to is dropped then, which nobody can tell who borrows
/// it, since that ends with a move.
struct Mover {
    at: std::cell::Cell<usize>,
    cell: std::cell::Cell<*mut AtomicRc<usize>>,
    value: Arc<usize>,
}

impl Mover {
    fn new(value: &Arc<usize>) -> Self {
        Self { at: 0.into(), cell: std::cell::Cell::new(std::ptr::null_mut()), value: Arc::clone(value) }
    }

    fn forget(&self) {
        let cell = self.cell.replace(std::ptr::null_mut());
        if !cell.is_null() {
            // SAFETY: it came from a box. Nobody uses it: what was borrowed before a move is not any more, nor when this is dropped.
            drop(unsafe { Box::from_raw(cell) });
        }
    }
}

impl std::ops::Deref for Mover {
    type Target = AtomicRc<usize>;

    fn deref(&self) -> &AtomicRc<usize> {
        let at = std::ptr::from_ref(self).addr();
        if self.at.replace(at) != at {
            self.forget();
            self.cell.set(Box::into_raw(Box::new(AtomicRc::new(Arc::clone(&self.value)))));
        }
        // SAFETY: it came from a box, and stays while this is borrowed.
        unsafe { &*self.cell.get() }
    }
}

impl Drop for Mover {
    fn drop(&mut self) {
        self.forget();
    }
}

#[test]
fn cache_takes_nothing_for_granted_after_a_move() {
    let value = Arc::new(7);
    let mut here = Box::new(Cache::new(Mover::new(&value)));
    for _ in 0..10 {
        assert_eq!(**here.load(), 7);
        // Another address. The next cell has the same value, at the same place.
        let mut there = Box::new(*here);
        // What `load` would look at: the cell there is now; the one before is gone.
        let cell: *const AtomicRc<usize> = there.arc_swap();
        let lent = there.load();
        // SAFETY: it stays while the handle is borrowed.
        let cell = unsafe { &*cell };
        cell.store(Arc::new(8));
        assert_eq!((cell.reclaim(), **lent), (0, 7), "protected in this cell, too");
        there.release();
        assert_eq!(cell.reclaim(), 1);
        cell.store(Arc::clone(&value));
        here = there;
    }
    // A handle whose cell is gone lets go, and ends.
    let moved = *here;
    assert_eq!(**moved.arc_swap().load(), 7);
    let mut moved = Box::new(moved);
    assert_eq!(**moved.arc_swap().load(), 7);
    moved.release();
    drop(moved);
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn cache_follows_a_way_that_makes_cells() {
    /// Leads to the next cell each time, into which it puts what is in the one before, from which it takes it.
    struct Row<'a>(&'a [std::cell::OnceCell<AtomicRc<u64>>], std::cell::Cell<usize>);
    impl std::ops::Deref for Row<'_> {
        type Target = AtomicRc<u64>;
        fn deref(&self) -> &AtomicRc<u64> {
            let before = self.0[self.1.get()].get().expect("made");
            self.1.set(self.1.get() + 1);
            let next = self.0[self.1.get()].get_or_init(|| AtomicRc::new(before.load_full()));
            before.store(Arc::new(0));
            before.reclaim();
            next
        }
    }
    let cells: Vec<_> = (0..200).map(|_| std::cell::OnceCell::new()).collect();
    cells[0].set(AtomicRc::from_pointee(5)).expect("the first");
    let mut cache = Cache::new(Row(&cells, 0.into()));
    for _ in 0..100 {
        assert_eq!(**cache.load(), 5);
    }
    cache.release();
    assert_eq!(**cache.load(), 5);
}

#[test]
fn cache_survives_a_way_that_panics() {
    struct Bad<'a>(&'a AtomicBox<String>, std::cell::Cell<u32>);
    impl std::ops::Deref for Bad<'_> {
        type Target = AtomicBox<String>;
        fn deref(&self) -> &AtomicBox<String> {
            self.1.set(self.1.get() + 1);
            assert!(self.1.get() % 3 != 0, "no way");
            self.0
        }
    }
    let cell = AtomicBox::new(String::from("0"));
    let mut cache = Cache::new(Bad(&cell, 0.into()));
    let mut panics = 0;
    for number in 1..30 {
        cell.store(number.to_string());
        let load = std::panic::AssertUnwindSafe(|| cache.load().clone());
        match std::panic::catch_unwind(load) {
            Ok(text) => assert_eq!(text, number.to_string()),
            Err(_) => panics += 1,
        }
    }
    assert!((5..20).contains(&panics), "{panics}");
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
