//! How much memory a stalled reader holds back, by a counting allocator: the claim that no epoch-based scheme can make.

#![cfg(not(loom))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;

#[cfg(feature = "cache")]
use lockfree_collections::ConcurrentCache;
use lockfree_collections::cell::Cache;
use lockfree_collections::deque::Worker;
use lockfree_collections::reclaim::Telemetry;
use lockfree_collections::{AtomicBox, AtomicRc, LockFreeHashMap, LockFreeQueue, LockFreeSkipMap};

/// The system's allocator, which counts the bytes that are alive: those that threads allocate and free which asked for it, so that
/// what the test harness does meanwhile does not count.
struct Counting;

static ALIVE: AtomicIsize = AtomicIsize::new(0);
static MOST: AtomicIsize = AtomicIsize::new(0);
/// How many blocks of a page or more were allocated.
static LARGE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static COUNTED: Cell<bool> = const { Cell::new(false) };
}

// SAFETY: every call is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if COUNTED.get() {
            LARGE.fetch_add(usize::from(layout.size() >= 4096), Ordering::Relaxed);
            let size = layout.size() as isize;
            MOST.fetch_max(ALIVE.fetch_add(size, Ordering::Relaxed) + size, Ordering::Relaxed);
        }
        // SAFETY: passed on to the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if COUNTED.get() {
            ALIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        }
        // SAFETY: passed on to the caller.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The count is the process's: one test at a time.
static ALONE: Mutex<()> = Mutex::new(());

const REPLACEMENTS: u64 = 1_000_000;

/// A tenth of a MiB.
const LIMIT: usize = 1024 * 1024 / 10;

/// Runs `replace` from 1 to `times` and returns by how much the memory alive exceeded, at most, what it was before.
fn most_while_replacing(times: u64, mut replace: impl FnMut(u64)) -> usize {
    let before = ALIVE.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    COUNTED.set(true);
    (1..=times).for_each(&mut replace);
    COUNTED.set(false);
    usize::try_from(MOST.load(Ordering::Relaxed) - before).expect("the maximum is not below the beginning")
}

/// Runs `stall` in a thread of its own, which reads and calls what it is given: there it is stopped, while a million replacements are
/// done. Returns by how much the memory alive exceeded, at most, what it was before, and what the collection told at the end.
fn beside_a_stalled_reader(
    stall: impl FnOnce(&dyn Fn()) + Send,
    replace: impl FnMut(u64),
    telemetry: impl Fn() -> Telemetry,
) -> (usize, Telemetry) {
    let (stalled, resume) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            stall(&|| {
                stalled.wait();
                resume.wait();
            });
        });
        stalled.wait();
        let most = most_while_replacing(REPLACEMENTS, replace);
        let memory = telemetry();
        resume.wait();
        reader.join().unwrap();
        (most, memory)
    })
}

/// The bound that is told holds, in objects and in bytes, but for `kept` objects that the reader keeps; and something was counted.
fn holds(most: usize, memory: Telemetry, kept: usize) {
    println!("{REPLACEMENTS} replacements of 64 bytes beside a stalled reader: {most} bytes at most, {memory:?}");
    assert!(memory.retired > 0 && memory.retired <= memory.bound + kept, "{memory:?}");
    assert!(memory.retired_bytes() <= memory.bound_bytes() + kept * memory.object_bytes, "{memory:?}");
    // What an allocation rounds up to does not count here; the lists of retired objects do, a few words for each.
    assert!((100 * 64..=LIMIT).contains(&most), "{most} bytes alive");
}

#[test]
fn garbage_counter_sees_what_is_alive() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = ALIVE.load(Ordering::Relaxed);
    let mut kept = Vec::new();
    let most = most_while_replacing(1_000, |number| {
        kept.push(Box::new([number; 8]));
    });
    assert!(most >= 64_000, "{most}");
    COUNTED.set(true);
    drop(kept);
    COUNTED.set(false);
    assert_eq!(ALIVE.load(Ordering::Relaxed), before);
}

#[test]
fn garbage_of_atomic_box_stays_below_a_tenth_of_a_mebibyte() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let cell = AtomicBox::new([0_u64; 8]);
    let (most, memory) = beside_a_stalled_reader(
        |stall| {
            let guard = cell.load();
            stall();
            assert_eq!(*guard, [0; 8], "protected all the while");
        },
        |number| cell.store([number; 8]),
        || cell.telemetry(),
    );
    holds(most, memory, 0);
    assert!(memory.bound_bytes() <= LIMIT, "{memory:?}");
}

#[test]
fn garbage_of_atomic_rc_stays_below_a_tenth_of_a_mebibyte() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let cell = AtomicRc::from_pointee([0_u64; 8]);
    let mut stalled = Cache::new(&cell);
    assert_eq!(**stalled.load(), [0; 8]);
    let most = most_while_replacing(REPLACEMENTS, |number| cell.store(Arc::new([number; 8])));
    println!("AtomicRc: {REPLACEMENTS} replacements of 64 bytes beside a stalled reader: {most} bytes at most");
    assert!(most <= LIMIT, "{most} bytes alive");
    let memory = cell.telemetry();
    assert!(memory.retired <= memory.bound && memory.bound_bytes() <= LIMIT, "{memory:?}");
    assert!(most >= 100 * 64, "{most} bytes alive");
}

#[test]
fn garbage_of_a_map_stays_below_a_tenth_of_a_mebibyte() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let map = LockFreeHashMap::new();
    for key in 0..100_u64 {
        map.pin().insert(key, [0_u64; 8]);
    }
    let (most, memory) = beside_a_stalled_reader(
        |stall| {
            let pinned = map.pin();
            let value = pinned.get(&0).expect("it is there");
            stall();
            assert_eq!(*value, [0; 8], "protected all the while");
        },
        |number| _ = map.pin().insert(number % 100, [number; 8]),
        || map.telemetry(),
    );
    // What was in the map when the reader looked.
    holds(most, memory, 200);
}

#[test]
fn map_takes_at_most_28_bytes_for_an_entry_of_two_numbers() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let map = LockFreeHashMap::new();
    let before = ALIVE.load(Ordering::Relaxed);
    most_while_replacing(1_000_000, |number| _ = map.pin().insert(number, number));
    let bytes = (ALIVE.load(Ordering::Relaxed) - before) as f64 / 1e6;
    println!("LockFreeHashMap: {bytes} bytes for each of a million entries");
    assert!((24.0..=28.0).contains(&bytes), "{bytes}");
    COUNTED.set(true);
    drop(map);
    COUNTED.set(false);
}

#[test]
fn map_uses_the_memory_of_removed_entries_again() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let map = LockFreeHashMap::new();
    let most = most_while_replacing(REPLACEMENTS, |number| {
        map.pin().insert(number, number);
        map.pin().remove(&number.wrapping_sub(100));
    });
    assert!(map.len() <= 100, "{}", map.len());
    // Two batches of entries, and the records of them.
    assert!(most <= 2 * LIMIT, "{most} bytes alive");
    COUNTED.set(true);
    drop(map);
    COUNTED.set(false);
}

#[test]
fn garbage_is_all_given_back_with_the_map() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = ALIVE.load(Ordering::Relaxed);
    thread::scope(|scope| {
        let user = scope.spawn(|| {
            COUNTED.set(true);
            let map = LockFreeHashMap::new();
            for number in 0..20_000_usize {
                map.pin().insert(number % 5_000, vec![number as u8; 100]);
                map.pin().remove(&(number / 2));
            }
            std::mem::forget(map.pin());
        });
        user.join().unwrap();
    });
    let after = ALIVE.load(Ordering::Relaxed);
    // The thread frees some of what its parent allocated for it.
    assert!((after - before).abs() <= 512, "{} bytes are left", after - before);
}

#[test]
fn garbage_is_all_given_back_with_the_cell() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = ALIVE.load(Ordering::Relaxed);
    // A thread of its own, so that its places, which keep the slots' memory, go with it.
    thread::scope(|scope| {
        let user = scope.spawn(|| {
            COUNTED.set(true);
            let cell = AtomicBox::new(vec![0_u8; 100]);
            for number in 0..10_000 {
                cell.store(vec![number as u8; 100]);
                assert_eq!(cell.load()[99], number as u8);
            }
        });
        user.join().unwrap();
    });
    let after = ALIVE.load(Ordering::Relaxed);
    // The thread frees some of what its parent allocated for it.
    assert!((after - before).abs() <= 512, "{} bytes are left", after - before);
}

#[test]
fn garbage_of_a_skip_map_stays_below_a_tenth_of_a_mebibyte() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let map = LockFreeSkipMap::new();
    (0..100_u64).for_each(|key| drop(map.insert(key, [0_u64; 8])));
    let (most, memory) = beside_a_stalled_reader(
        |stall| {
            let entry = map.get(&0).expect("it is there");
            stall();
            assert_eq!(*entry.value(), [0; 8], "protected all the while");
        },
        |number| drop(map.insert(number % 100, [number; 8])),
        || map.telemetry(),
    );
    // What was in the map when the reader looked, and a batch.
    holds(most, memory, 100 + 128);
}

#[cfg(feature = "cache")]
#[test]
fn garbage_of_a_cache_stays_below_a_tenth_of_a_mebibyte() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = ConcurrentCache::new(100);
    (0..100_u64).for_each(|key| cache.insert(key, [0_u64; 8]));
    let (most, memory) = beside_a_stalled_reader(
        |stall| {
            let found = cache.read(&0, |value| {
                stall();
                *value
            });
            assert_eq!(found, Some([0; 8]), "protected all the while");
        },
        |number| cache.insert(number % 100, [number; 8]),
        || cache.telemetry(),
    );
    holds(most, memory, 100 + 128);
}

#[cfg(feature = "cache")]
#[test]
fn cache_has_room_for_its_initial_capacity() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let builder = |initial| ConcurrentCache::<u32, u32>::builder().max_capacity(50_000).initial_capacity(initial);
    let mut cache = None;
    let room = |bytes: usize| bytes / 50_000;
    let none = most_while_replacing(1, |_| cache = Some(builder(0).build()));
    assert_eq!(room(none), 0, "{none}");
    let all = most_while_replacing(1, |_| cache = Some(builder(50_000).build()));
    assert!((13..=26).contains(&room(all)), "{all}");
    // A table of as many places takes no other's place.
    let before = LARGE.load(Ordering::Relaxed);
    let insert = |cache: &ConcurrentCache<u32, u32>| {
        most_while_replacing(40_000, |key| cache.insert(key as u32, 0));
        LARGE.load(Ordering::Relaxed)
    };
    let without_copies = insert(cache.as_ref().expect("made")) - before;
    let (plain, before) = (builder(0).build(), LARGE.load(Ordering::Relaxed));
    let with_copies = insert(&plain) - before;
    assert!(without_copies < with_copies, "{without_copies} large blocks, and {with_copies} with copies");
    COUNTED.set(true);
    drop(cache);
    COUNTED.set(false);
}

#[test]
fn garbage_of_a_queue_stays_below_its_bound() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let queue = LockFreeQueue::new();
    queue.push([0_u64; 8]);
    let (most, memory) = beside_a_stalled_reader(
        |stall| {
            // Its hazards stay on the segment.
            assert_eq!(queue.pop(), Some([0; 8]));
            stall();
        },
        |number| {
            queue.push([number; 8]);
            assert_eq!(queue.pop(), Some([number; 8]));
        },
        || queue.telemetry(),
    );
    println!("LockFreeQueue: {most} bytes at most, {memory:?}");
    assert!(memory.retired > 0 && memory.retired <= memory.bound, "{memory:?}");
    // And the segments that are linked, two while one follows the other.
    assert!(most <= memory.bound_bytes() + 2 * memory.object_bytes, "{most} bytes, {memory:?}");
}

#[test]
fn garbage_of_a_deque_stays_below_its_bound() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let worker = Worker::new_lifo();
    let stealer = worker.stealer();
    worker.push([0_u64; 8]);
    let (most, memory) = beside_a_stalled_reader(
        |stall| {
            // Its hazard stays on the first buffer.
            assert!(stealer.steal().is_success());
            stall();
        },
        // Grows to 1024 slots and shrinks again, time after time.
        |number| match number / 1_000 % 2 {
            0 => worker.push([number; 8]),
            _ => _ = worker.pop(),
        },
        || worker.telemetry(),
    );
    println!("Worker: {most} bytes at most, {memory:?}");
    assert!(memory.retired == 1 && memory.retired <= memory.bound && memory.live == 1, "{memory:?}");
    // And the buffer in use, which is two while one takes the other's place.
    assert!(most <= memory.bound_bytes() + 2 * memory.object_bytes, "{most} bytes, {memory:?}");
    assert!(most >= memory.object_bytes, "{most} bytes, {memory:?}");
}

#[test]
fn garbage_of_a_queue_is_its_next_segment() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let queue = LockFreeQueue::new();
    let mut pairs = |number| {
        queue.push(number);
        assert_eq!(queue.pop(), Some(number));
    };
    let segments = |count: u64, pairs: &mut dyn FnMut(u64)| {
        let before = LARGE.load(Ordering::Relaxed);
        most_while_replacing(count, pairs);
        LARGE.load(Ordering::Relaxed) - before
    };
    let first = segments(4_000, &mut pairs);
    assert!((1..=3).contains(&first), "{first} segments");
    assert_eq!(segments(REPLACEMENTS, &mut pairs), 0);
}
