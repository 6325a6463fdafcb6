//! Model tests of `AtomicBox` and `AtomicRc`: every replaced value is reclaimed at once.

#![cfg(loom)]

mod model;

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use lockfree_collections::cell::Cache;
use lockfree_collections::{AtomicBox, AtomicRc};
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;
use model::scenario::{Setting, Story, stories, weakened_sites};
use model::{RACE, Refuted, Together, Twin, Value, Values, refuted, together, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "AtomicBox";

type Cell = AtomicBox<Value>;

/// Runs `body` with a cell that holds 0, and demands that all values that were made are dropped once, with the cell at the latest.
fn with_cell(body: impl FnOnce(&Arc<Cell>, &Values) -> u64) {
    let values = Values::default();
    let cell = Arc::new(AtomicBox::new(values.make(0)));
    let made = 1 + body(&cell, &values);
    drop(cell);
    assert_eq!(values.dropped(), made, "every value is dropped once");
}

fn spawn<R: 'static>(
    cell: &Arc<Cell>,
    values: &Values,
    body: impl FnOnce(&Cell, &Values) -> R + 'static,
) -> thread::JoinHandle<R> {
    let (cell, values) = (Arc::clone(cell), values.clone());
    thread::spawn(move || body(&cell, &values))
}

/// Two loads beside two stores: values come in order, and a guard's value stays.
fn loads_and_stores() {
    with_cell(|cell, values| {
        let writer = spawn(cell, values, |cell, values| {
            cell.store(values.make(1));
            cell.store(values.make(2));
        });
        let first = cell.load();
        let seen = first.number();
        let second = cell.load();
        assert!(second.number() >= seen, "{} after {seen}", second.number());
        assert_eq!(first.number(), seen);
        drop((first, second));
        writer.join().unwrap();
        assert_eq!(cell.load().number(), 2);
        2
    });
}

/// The second load finds its hazard in place, or moves it.
fn sticky_loads() {
    with_cell(|cell, values| {
        let writer = spawn(cell, values, |cell, values| {
            cell.store(values.make(1));
            cell.store(values.make(2));
        });
        let mut cache = Cache::new(&**cell);
        let first = cache.load().number();
        let second = cache.load().number();
        cache.release();
        let third = cache.load().number();
        assert!(first <= second && second <= third, "{first} {second} {third}");
        drop(cache);
        writer.join().unwrap();
        2
    });
}

/// Each swap returns what the other one, or nobody, put there.
fn swaps() {
    with_cell(|cell, values| {
        let other = spawn(cell, values, |cell, values| cell.swap(values.make(1)).number());
        let own = cell.swap(values.make(2)).number();
        let other = other.join().unwrap();
        let last = cell.load().number();
        assert!(matches!((own, other, last), (0, 2, 1) | (1, 0, 2)), "{own} {other} {last}");
        2
    });
}

/// A compare-exchange beside a store: it succeeds if and only if the store came after it.
fn compare_exchange_and_store() {
    with_cell(|cell, values| {
        let writer = spawn(cell, values, |cell, values| cell.swap(values.make(1)).number());
        let current = cell.load();
        let seen = current.number();
        let exchanged = match cell.compare_exchange(&current, values.make(2)) {
            Ok(old) => {
                assert_eq!(old.number(), seen);
                true
            }
            Err(error) => {
                assert_eq!((seen, error.current.number(), error.new.number()), (0, 1, 2));
                false
            }
        };
        drop(current);
        let swapped = writer.join().unwrap();
        let last = cell.load().number();
        match (seen, exchanged) {
            (0, true) => assert_eq!((swapped, last), (2, 1)),
            (0, false) => assert_eq!((swapped, last), (0, 1)),
            (1, true) => assert_eq!((swapped, last), (0, 2)),
            other => panic!("{other:?}"),
        }
        2
    });
}

/// Two updates: none is lost.
fn updates() {
    with_cell(|cell, values| {
        let update = |cell: &Cell, values: &Values| {
            let mut made = 0;
            drop(cell.update(|value| {
                made += 1;
                values.make(value.number() + 1)
            }));
            made
        };
        let other = spawn(cell, values, update);
        let own = update(cell, values);
        let made = own + other.join().unwrap();
        assert_eq!(cell.load().number(), 2);
        made
    });
}

/// One thread reads while two write.
fn three_threads() {
    with_cell(|cell, values| {
        let writers = [1, 2].map(|number| spawn(cell, values, move |cell, values| cell.store(values.make(number))));
        let guard = cell.load();
        let seen = guard.number();
        assert!(seen <= 2);
        assert_eq!(guard.number(), seen);
        drop(guard);
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        assert_ne!(cell.load().number(), 0);
        2
    });
}

/// The last of two threads to let go of the cell drops it, while the other one, perhaps, is giving its slot back.
fn dropped_while_a_thread_ends() {
    let values = Values::default();
    let cell = Arc::new(AtomicBox::new(values.make(0)));
    let other = spawn(&cell, &values, |cell, _| assert!(cell.load().number() <= 1));
    cell.store(values.make(1));
    drop(cell);
    other.join().unwrap();
    assert_eq!(values.dropped(), 2);
}

/// A thread that takes a second slot, and one that ends while it has two guards.
fn guards_and_stores() {
    with_cell(|cell, values| {
        let other = spawn(cell, values, |cell, values| {
            let first = cell.load();
            let seen = first.number();
            cell.store(values.make(1));
            assert_eq!(first.number(), seen);
        });
        cell.store(values.make(2));
        other.join().unwrap();
        assert_ne!(cell.load().number(), 0);
        2
    });
}

/// A cell that threads may borrow for as long as they like; freed at the end.
fn with_static_cell(body: impl FnOnce(&'static Cell, &Values) -> u64) {
    let values = Values::default();
    let cell: &'static Cell = Box::leak(Box::new(AtomicBox::new(values.make(0))));
    let made = 1 + body(cell, &values);
    // SAFETY: leaked above; no guard and no other thread is left.
    drop(unsafe { Box::from_raw(std::ptr::from_ref(cell).cast_mut()) });
    assert_eq!(values.dropped(), made);
}

/// A handle that outlives the thread that made it, in whose slot others are interested meanwhile.
fn handle_outlives_its_thread() {
    with_static_cell(|cell, values| {
        let other = thread::spawn(move || Cache::new(cell));
        let mut handle = other.join().unwrap();
        let made = values.clone();
        let writer = thread::spawn(move || cell.store(made.make(1)));
        assert!(handle.load().number() <= 1);
        drop(handle);
        writer.join().unwrap();
        assert_eq!(cell.load().number(), 1);
        1
    });
}

/// A handle made here is used and dropped by another thread, while this one goes on, perhaps with the same slot.
fn handle_is_used_elsewhere() {
    with_static_cell(|cell, values| {
        let mut handle = Cache::new(cell);
        let other = thread::spawn(move || assert!(handle.load().number() <= 1));
        cell.store(values.make(1));
        assert_eq!(cell.load().number(), 1);
        other.join().unwrap();
        1
    });
}

/// A thread that ends while another one looks for a slot. It stores, since a load ends with a fence, or without a trace.
fn store_of_an_ending_thread() {
    with_cell(|cell, values| {
        let store = spawn(cell, values, |cell, values| cell.store(values.make(1)));
        let load = spawn(cell, values, |cell, _| assert!(cell.load().number() <= 1));
        store.join().unwrap();
        load.join().unwrap();
        1
    });
}

/// A thread that loads twice, the second time without a fence, and ends; another one stores, perhaps with the slot of the first.
fn store_after_an_ending_thread() {
    with_cell(|cell, values| {
        let loads = spawn(cell, values, |cell, _| {
            drop(cell.load());
            assert!(cell.load().number() <= 1);
        });
        let store = spawn(cell, values, |cell, values| cell.store(values.make(1)));
        loads.join().unwrap();
        store.join().unwrap();
        1
    });
}

/// `AtomicRc`: compare-and-swap by pointer beside a store of the very same `Arc`.
fn shared_values() {
    let values = Values::default();
    let one = std::sync::Arc::new(values.make(1));
    let cell = Arc::new(AtomicRc::new(std::sync::Arc::clone(&one)));
    let (other, same) = (Arc::clone(&cell), std::sync::Arc::clone(&one));
    let writer = thread::spawn(move || {
        let seen = other.load_full();
        other.store(same);
        seen.number()
    });
    let found = cell.compare_and_swap(&one, std::sync::Arc::new(values.make(2)));
    assert_eq!(found.number(), 1, "whatever the order, the Arc compared with is there");
    drop(found);
    let seen = writer.join().unwrap();
    let last = cell.load_full().number();
    assert!(matches!((seen, last), (1, 1 | 2) | (2, 1)), "{seen} {last}");
    drop(cell);
    assert_eq!(std::sync::Arc::strong_count(&one), 1);
    drop(one);
    assert_eq!(values.dropped(), 2);
}

/// `AtomicRc`: an `Arc` that is taken off, stored again and taken off once more, beside a reader: of the shares that are let go of, one stays
/// as long as it is read.
fn stored_again() {
    let values = Values::default();
    let one = std::sync::Arc::new(values.make(1));
    let cell = Arc::new(AtomicRc::new(std::sync::Arc::clone(&one)));
    let (other, alive) = (Arc::clone(&cell), std::sync::Arc::downgrade(&one));
    let reader = thread::spawn(move || {
        let guard = other.load();
        let seen = guard.number();
        let later = other.load_full().number();
        assert!(seen != 1 || alive.strong_count() > 0, "dropped while it is read");
        assert_eq!(guard.number(), seen);
        assert!(seen < 3 || later == 3, "{later} after {seen}");
    });
    cell.store(std::sync::Arc::new(values.make(2)));
    cell.store(one);
    cell.store(std::sync::Arc::new(values.make(3)));
    reader.join().unwrap();
    assert_eq!(cell.load().number(), 3);
    drop(cell);
    assert_eq!(values.dropped(), 3);
}

/// `AtomicRc`: an `Arc` is stored again, and loaded by one whose hazard has stayed on it: that one sees what was done before the store.
fn stored_again_tells() {
    let [one, two, three] = std::array::from_fn(|_| std::sync::Arc::new(AtomicUsize::new(0)));
    let cell = Arc::new(AtomicRc::new(std::sync::Arc::clone(&one)));
    drop(cell.load());
    let (other, again) = (Arc::clone(&cell), std::sync::Arc::clone(&one));
    let writer = thread::spawn(move || {
        other.store(two);
        again.store(1, Relaxed);
        other.store(again);
    });
    let replaced = cell.swap(three);
    let found = cell.load();
    if !std::sync::Arc::ptr_eq(&replaced, &one) && std::sync::Arc::ptr_eq(&found, &one) {
        assert_eq!(found.load(Relaxed), 1, "what was done before the store is missing");
    }
    drop((replaced, found));
    writer.join().unwrap();
}

/// `AtomicRc`: an `Arc` that nobody drops is loaded while it is stored.
fn stored_tells() {
    let cell = Arc::new(AtomicRc::new(std::sync::Arc::new(AtomicUsize::new(1))));
    let one = cell.load_full();
    let other = Arc::clone(&cell);
    let writer = thread::spawn(move || {
        let two = std::sync::Arc::new(AtomicUsize::new(0));
        two.store(1, Relaxed);
        other.store(std::sync::Arc::clone(&two));
        two
    });
    let reads = Arc::clone(&cell);
    let reader = thread::spawn(move || reads.load().load(Relaxed));
    assert_eq!(reader.join().unwrap(), 1, "what was done before the store is missing");
    drop((writer.join().unwrap(), one));
}

const STORIES: &[Story] = &[
    Story::new(
        "crowded_store_after_an_ending_thread",
        "[[Load, Load, end], [Store]], slots kept, none at first",
        store_after_an_ending_thread,
    )
    .setting(Setting::CrowdedAndCached)
    .preemptions(2),
    Story::new("stored_again_tells", "AtomicRc: [[Store, Store of the first], [Swap, Load]]", stored_again_tells)
        .preemptions(2),
    Story::new("stored_tells", "AtomicRc: [[Store], [Load]], nothing dropped", stored_tells).preemptions(2),
    Story::new("loads_and_stores", "[[Load, Load], [Store, Store]], guards overlap", loads_and_stores)
        .preemptions(3)
        .whole(Tier::Full),
    Story::new("sticky_loads", "[[Cache: Load, Load, release, Load], [Store, Store]]", sticky_loads)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("swaps", "[[Swap], [Swap]]", swaps).preemptions(2).whole(Tier::Full),
    Story::new("compare_exchange_and_store", "[[Load, CompareExchange], [Swap]]", compare_exchange_and_store)
        .preemptions(3)
        .whole(Tier::Full),
    Story::new("updates", "[[Update], [Update]]", updates).preemptions(2).whole(Tier::Full),
    Story::new("three_threads", "[[Load], [Store], [Store]]", three_threads)
        .preemptions(2)
        .from(Tier::Default)
        .whole(Tier::Full),
    Story::new("crowded_loads_and_stores", "[[Load, Load], [Store, Store]], no slots at first", loads_and_stores)
        .setting(Setting::Crowded)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("cached_loads_and_stores", "[[Load, Load], [Store, Store]], slots kept", loads_and_stores)
        .setting(Setting::Cached)
        .preemptions(2),
    Story::new(
        "cached_drop_while_a_thread_ends",
        "[[Store, drop], [Load, drop]], slots kept",
        dropped_while_a_thread_ends,
    )
    .setting(Setting::Cached)
    .preemptions(3),
    Story::new("cached_guards_and_stores", "[[Store], [Load, Store]], slots kept", guards_and_stores)
        .setting(Setting::Cached)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new(
        "cached_handle_is_used_elsewhere",
        "[[Store, Load], [Cache: Load, drop]], slots kept",
        handle_is_used_elsewhere,
    )
    .setting(Setting::Cached)
    .preemptions(3),
    Story::new(
        "crowded_handle_outlives_its_thread",
        "[[Cache: Load, drop], [Store]] after its thread ended, slots kept, none at first",
        handle_outlives_its_thread,
    )
    .setting(Setting::CrowdedAndCached)
    .preemptions(2)
    .whole(Tier::Full),
    Story::new(
        "crowded_store_of_an_ending_thread",
        "[[], [Store], [Load]], slots kept, none at first",
        store_of_an_ending_thread,
    )
    .setting(Setting::CrowdedAndCached)
    .preemptions(2)
    .whole(Tier::Full),
    Story::new("shared_values", "AtomicRc: [[CompareAndSwap], [Load, Store of the same]]", shared_values)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("stored_again", "AtomicRc: [[Store, Store of the first, Store], [Load, Load]]", stored_again)
        .preemptions(2)
        .whole(Tier::Full),
];

stories! {
    loads_and_stores sticky_loads swaps compare_exchange_and_store updates three_threads crowded_loads_and_stores
    cached_loads_and_stores cached_drop_while_a_thread_ends cached_guards_and_stores cached_handle_is_used_elsewhere
    crowded_handle_outlives_its_thread crowded_store_of_an_ending_thread shared_values stored_again stored_again_tells stored_tells
    crowded_store_after_an_ending_thread
}

/// Every site of cells and of what only they use, one step weaker; the other sites of `reclaim` are those of the queue's test.
const TWINS: &[Twin] = &[
    twin("C1", Acquire),
    twin("C1", Release),
    twin("C2", Relaxed),
    twin("H20", Relaxed),
    twin("H22", Relaxed),
    twin("H23", Relaxed),
    twin("H24", Relaxed),
    twin("H28", Acquire),
    twin("H28", Release),
    twin("V2", Relaxed),
    twin("V3", Relaxed),
    twin("V4", AcqRel),
    twin("V5", Relaxed),
    twin("V6", AcqRel),
    twin("V7", Relaxed),
    twin("V8", Relaxed),
];

/// What a story says when a load gives a value, and not what was done before that was stored.
const MISSING: &str = "what was done before the store is missing";

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("C1", Acquire, "loads_and_stores", RACE),
    refuted("C1", Release, "swaps", RACE),
    refuted("C2", Relaxed, "updates", RACE),
    refuted("H20", Relaxed, "cached_handle_is_used_elsewhere", RACE),
    refuted("H22", Relaxed, "cached_handle_is_used_elsewhere", RACE),
    refuted("H23", Relaxed, "crowded_store_after_an_ending_thread", RACE),
    refuted("H24", Relaxed, "crowded_handle_outlives_its_thread", RACE),
    refuted("V3", Relaxed, "sticky_loads", RACE),
    refuted("V4", AcqRel, "loads_and_stores", RACE),
    refuted("V6", AcqRel, "loads_and_stores", RACE),
    refuted("V7", Relaxed, "sticky_loads", RACE),
    refuted("V8", Relaxed, "sticky_loads", RACE),
];

/// What a checker refutes that explores everything, and loom has not.
const REFUTED_BY_ALL_EXECUTIONS: &[Refuted] = &[refuted("V2", Relaxed, "stored_again_tells", MISSING)];

/// What loom refutes, and a checker that explores everything has not, on these stories.
const REFUTED_BY_LOOM: &[Refuted] = &[
    refuted("H28", Acquire, "cached_drop_while_a_thread_ends", RACE),
    refuted("H28", Release, "cached_drop_while_a_thread_ends", RACE),
];

/// Which sites make up for one another: with the asymmetric fence there is no V4.
const REFUTED_TOGETHER: &[Together] = &[together(&[twin("V5", Relaxed), twin("V4", Release)], "stored_tells", RACE)];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    refuted_by_all_executions: REFUTED_BY_ALL_EXECUTIONS,
    refuted_by_few_preemptions: REFUTED_BY_LOOM,
    refuted_together: REFUTED_TOGETHER,
    unrefuted: &[],
});
