//! What one stalled reader costs: `cargo run --release -p benches --example garbage`.
//!
//! A reader stops in the middle of reading a cell of 64 bytes, and a writer replaces the value a million times. The table tells how
//! much memory was alive at most, beyond what it was at the beginning: by a counting allocator, so it is what was asked for, without
//! what the system's allocator adds.

use std::sync::atomic::{AtomicPtr, Ordering};

use arc_swap::ArcSwap;
use benches::counting::{Counting, alive, forget_most, most};
use lockfree_collections::{AtomicBox, AtomicRc, LockFreeHashMap};
use seize::{Collector, Guard};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

type Value = [u64; 8];

const REPLACEMENTS: u64 = 1_000_000;

/// Replaces a million times and prints by how much the memory alive exceeded what it was before.
fn row(name: &str, mut replace: impl FnMut(u64)) {
    let before = alive();
    forget_most();
    (1..=REPLACEMENTS).for_each(&mut replace);
    let most = most() - before;
    println!("| {name} | {:.3} |", most as f64 / (1024.0 * 1024.0));
}

fn main() {
    println!("| a stalled reader, {REPLACEMENTS} replacements of {} bytes | MiB alive, at most |", size_of::<Value>());
    println!("|---|---|");

    let cell = AtomicBox::new([0; 8]);
    let guard = cell.load();
    row("AtomicBox", |number| cell.store([number; 8]));
    assert_eq!(*guard, [0; 8]);

    let cell = AtomicRc::from_pointee([0; 8]);
    let guard = cell.load();
    row("AtomicRc", |number| cell.store(std::sync::Arc::new([number; 8])));
    assert_eq!(**guard, [0; 8]);

    let cell = ArcSwap::from_pointee([0; 8]);
    let guard = cell.load();
    row("arc-swap", |number| cell.store(std::sync::Arc::new([number; 8])));
    assert_eq!(**guard, [0; 8]);

    crossbeam_epoch_row();
    seize_row();

    let map = LockFreeHashMap::new();
    map.pin().insert(0, [0; 8]);
    let stalled = map.pin();
    let seen = stalled.get(&0);
    row("LockFreeHashMap, one key", |number| _ = map.pin().insert(0, [number; 8]));
    assert_eq!(seen, Some(&[0; 8]));

    let map = papaya::HashMap::new();
    map.pin().insert(0, [0; 8]);
    let guard = map.guard();
    let seen = map.get(&0, &guard);
    // Inserts through guards of their own: the stalled one belongs to this thread, which changes nothing for the others.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            row("papaya, one key", |number| {
                map.pin().insert(0, [number; 8]);
            });
        });
    });
    assert_eq!(seen, Some(&[0; 8]));
}

fn crossbeam_epoch_row() {
    let cell = crossbeam_epoch::Atomic::<Value>::new([0; 8]);
    let guard = crossbeam_epoch::pin();
    let seen = cell.load(Ordering::Acquire, &guard);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            row("crossbeam-epoch", |number| {
                let guard = crossbeam_epoch::pin();
                let old = cell.swap(crossbeam_epoch::Owned::new([number; 8]), Ordering::AcqRel, &guard);
                // SAFETY: just taken off the only pointer to it.
                unsafe { guard.defer_destroy(old) };
            });
        });
    });
    // SAFETY: loaded under the guard, which is still there.
    assert_eq!(unsafe { seen.deref() }, &[0; 8]);
    // SAFETY: nobody else has the cell.
    drop(unsafe { cell.into_owned() });
}

fn seize_row() {
    let collector = Collector::new();
    let cell = AtomicPtr::new(Box::into_raw(Box::new([0; 8])));
    let guard = collector.enter();
    let seen: *mut Value = guard.protect(&cell, Ordering::Acquire);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            row("seize", |number| {
                let guard = collector.enter();
                let old: *mut Value = guard.swap(&cell, Box::into_raw(Box::new([number; 8])), Ordering::AcqRel);
                // SAFETY: just taken off the only pointer to it; it came from a box.
                unsafe { guard.defer_retire(old, seize::reclaim::boxed) };
            });
        });
    });
    // SAFETY: protected by the guard, which is still there.
    assert_eq!(unsafe { *seen }, [0; 8]);
    drop(guard);
    // SAFETY: it came from a box, and nobody else has the cell.
    drop(unsafe { Box::from_raw(cell.into_inner()) });
}
