//! The decisions of the record on reclamation: values that borrow, collections that go while threads do, threads that go while they
//! protect, values that use the collection when they are dropped.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use lockfree_collections::{AtomicBox, AtomicRc, LockFreeQueue, LockFreeStack};

use crate::support::Census;

#[test]
fn reclaim_drops_values_that_borrow_before_what_they_borrow() {
    struct Borrows<'a>(&'a Cell<u32>);
    impl Drop for Borrows<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let drops = Cell::new(0);
    {
        let cell = AtomicBox::new(Borrows(&drops));
        for _ in 0..1_000 {
            cell.store(Borrows(&drops));
        }
        assert!(drops.get() > 0, "none was reclaimed on the way");
    }
    assert_eq!(drops.get(), 1_001);
}

#[test]
fn reclaim_survives_collections_dropped_while_threads_end() {
    let census = Census::default();
    for round in 0..200 {
        let cell = Arc::new(AtomicBox::new(census.value(round)));
        let queue = Arc::new(LockFreeQueue::new());
        let gate = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..3)
            .map(|number| {
                let (cell, queue, gate, census) = (cell.clone(), queue.clone(), gate.clone(), census.clone());
                thread::spawn(move || {
                    cell.store(census.value(number));
                    queue.push(census.value(number));
                    assert!(cell.load().number < 200);
                    drop(queue.pop());
                    gate.wait();
                    // Whoever is last drops the collection; its slots are given back by all, before and after.
                    drop((cell, queue));
                })
            })
            .collect();
        gate.wait();
        drop((cell, queue));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(census.alive(), 0, "round {round}");
    }
}

#[test]
fn reclaim_reuses_the_slots_of_threads_that_ended_while_they_protected() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    for number in 0..500 {
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                assert_eq!(cell.load().number, number);
                // The hazard stays on the value when the thread ends.
            });
            reader.join().unwrap();
        });
        cell.store(census.value(number + 1));
    }
    let memory = cell.telemetry();
    // One slot of this thread, and one of the readers, which never run at the same time; they may have hints of their own.
    assert!(memory.slots <= 17, "{memory:?}");
    assert!(memory.retired <= memory.bound, "{memory:?}");
    cell.reclaim();
    assert_eq!(cell.telemetry().retired, 0);
    assert_eq!(census.alive(), 1);
}

#[test]
fn reclaim_reuses_the_slot_of_a_guard_that_outlives_its_thread() {
    let cell = AtomicBox::new(1);
    thread::scope(|scope| {
        for _ in 0..100 {
            let guard = scope.spawn(|| cell.load()).join().unwrap();
            assert_eq!(*guard, 1);
        }
    });
    assert!(cell.telemetry().slots <= 17, "{:?}", cell.telemetry());
    cell.store(2);
    assert_eq!(cell.reclaim(), 1);
}

#[test]
fn reclaim_keeps_what_a_guard_of_an_ended_thread_is_on() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    thread::scope(|scope| {
        let guard = scope.spawn(|| cell.load()).join().unwrap();
        for number in 1..1_000 {
            cell.store(census.value(number));
        }
        cell.reclaim();
        assert_eq!(guard.number, 0);
        assert_eq!(census.alive(), 2);
        drop(guard);
        cell.reclaim();
        assert_eq!(census.alive(), 1);
    });
}

#[test]
fn reclaim_lets_values_use_the_cell_when_they_are_dropped() {
    struct Again {
        cell: Arc<AtomicBox<Option<Again>>>,
        left: usize,
        drops: Arc<AtomicUsize>,
    }
    impl Drop for Again {
        fn drop(&mut self) {
            self.drops.fetch_add(1, Ordering::Relaxed);
            assert!(self.cell.load().as_ref().is_none_or(|again| again.left < 1_000));
            if self.left > 0 {
                let (cell, drops) = (Arc::clone(&self.cell), Arc::clone(&self.drops));
                self.cell.store(Some(Again { cell, left: self.left - 1, drops }));
            }
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let cell = Arc::new(AtomicBox::new(None));
    cell.store(Some(Again { cell: Arc::clone(&cell), left: 1_000, drops: Arc::clone(&drops) }));
    for _ in 0..2_000 {
        cell.store(None);
        cell.reclaim();
    }
    assert_eq!(drops.load(Ordering::Relaxed), 1_001);
    assert_eq!(Arc::strong_count(&cell), 1);
}

#[test]
fn reclaim_goes_on_after_a_drop_that_panics() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    for number in 1..20 {
        cell.store(if number == 7 { census.bomb(number) } else { census.value(number) });
    }
    let panic = catch_unwind(AssertUnwindSafe(|| cell.reclaim())).unwrap_err();
    assert_eq!(panic.downcast_ref::<usize>(), Some(&7));
    assert_eq!(census.alive(), 1);
    assert_eq!(cell.telemetry().retired, 0);
    cell.store(census.value(20));
    assert_eq!(cell.load().number, 20);
}

#[test]
fn reclaim_goes_on_when_a_cell_is_dropped_and_its_value_panics() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    cell.store(census.bomb(1));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(cell))).is_err());
    assert_eq!(census.alive(), 0);
}

#[test]
fn reclaim_keeps_more_collections_than_a_thread_has_places_for() {
    let census = Census::default();
    let cells: Vec<_> = (0..100).map(|number| AtomicBox::new(census.value(number))).collect();
    let guards: Vec<_> = cells.iter().map(AtomicBox::load).collect();
    for round in 1..50 {
        for (number, cell) in cells.iter().enumerate() {
            cell.store(census.value(round * 100 + number));
            assert_eq!(cell.load().number, round * 100 + number);
        }
    }
    assert!(guards.iter().enumerate().all(|(number, guard)| guard.number == number));
    drop(guards);
    assert!(cells.iter().all(|cell| cell.telemetry().slots == 2));
    drop(cells);
    assert_eq!(census.alive(), 0);
}

#[test]
fn reclaim_serves_thread_locals_that_are_being_destroyed() {
    struct Last(Arc<LockFreeStack<u32>>, Arc<AtomicRc<u32>>);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.push(7);
            assert_eq!(**self.1.load(), 5);
            self.1.store(Arc::new(5));
        }
    }
    thread_local! {
        static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
    }
    let stack = Arc::new(LockFreeStack::new());
    let cell = Arc::new(AtomicRc::from_pointee(5));
    let last = Last(stack.clone(), cell.clone());
    thread::spawn(move || {
        // Registered before the places, and destroyed after them.
        LAST.set(Some(last));
        LAST.with_borrow(|last| last.as_ref().unwrap().0.push(6));
    })
    .join()
    .unwrap();
    assert_eq!((stack.pop(), stack.pop(), stack.pop()), (Some(7), Some(6), None));
}

#[test]
fn reclaim_gives_each_guard_of_a_thread_a_slot_and_reuses_them() {
    let cell = AtomicBox::new(0);
    for _ in 0..10 {
        let guards: Vec<_> = (0..20)
            .map(|number| {
                cell.store(number);
                cell.load()
            })
            .collect();
        assert!(guards.iter().map(|guard| **guard).eq(0..20));
    }
    // Twenty guards, and the entry of a store.
    assert!((20..=21).contains(&cell.telemetry().slots), "{:?}", cell.telemetry());
}

#[test]
fn reclaim_takes_over_what_ended_threads_left_in_limbo() {
    let census = Census::default();
    let cell = AtomicBox::new(census.value(0));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for number in 0..10 {
                        cell.store(census.value(number));
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert_eq!(census.alive(), 41);
    assert_eq!(cell.telemetry().retired, 40);
    assert_eq!(cell.reclaim(), 40);
    assert_eq!(census.alive(), 1);
}

#[test]
fn reclaim_sends_guards_to_other_threads() {
    let cell = AtomicBox::new(1);
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        let reader = scope.spawn(move || {
            receive
                .into_iter()
                .map(|guard: lockfree_collections::cell::Guard<'_, lockfree_collections::cell::Owned<i32>>| *guard)
                .sum::<i32>()
        });
        for _ in 0..1_000 {
            send.send(cell.load()).unwrap();
        }
        drop(send);
        assert_eq!(reader.join().unwrap(), 1_000);
    });
}
