//! The memory of an exploration does not grow with the number of executions.
//!
//! A test binary of its own, since it counts what the whole process allocates.
#![cfg(any(feature = "model", feature = "os-threads"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::model::sync::Arc;
use verify_harness::model::sync::atomic::AtomicU32;
use verify_harness::model::sync::atomic::Ordering::Relaxed;
use verify_harness::model::{Builder, thread};

/// The system's allocator, which counts the bytes in use.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: allocation is left to the system; counting touches no memory of others.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller vouches for the layout.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `pointer` came from `alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes in use at the beginning of executions, at most, in the first tenth of the executions and in the others.
#[derive(Debug, Default)]
struct Peaks {
    executions: AtomicU64,
    early: AtomicUsize,
    late: AtomicUsize,
}

/// Explores `10^readers` executions, with `leak` bytes lost in each.
fn peaks(readers: u32, leak: usize) -> std::sync::Arc<Peaks> {
    let peaks = std::sync::Arc::new(Peaks::default());
    let record = std::sync::Arc::clone(&peaks);
    let expected = 10_u64.pow(readers);
    let report = Builder::new().explore(move || {
        let number = record.executions.fetch_add(1, Ordering::Relaxed);
        let peak = if number < expected / 10 { &record.early } else { &record.late };
        peak.fetch_max(LIVE.load(Ordering::Relaxed), Ordering::Relaxed);
        core::mem::forget(vec![0_u8; leak]);
        let x = Arc::new(AtomicU32::new(0));
        let mut threads = Vec::new();
        for _ in 0..readers {
            // Of the four values, either the same one twice or an older before a newer: ten ways.
            let x = Arc::clone(&x);
            threads.push(thread::spawn(move || {
                x.load(Relaxed);
                x.load(Relaxed);
            }));
        }
        (1..=3).for_each(|value| x.store(value, Relaxed));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert!(report.verdict.holds(), "{report:?}");
    assert_eq!(report.executions, expected);
    peaks
}

#[test]
fn builder_memory_does_not_grow_with_executions() {
    let readers = match Tier::from_environment() {
        Tier::Quick => 3,
        Tier::Default => 4,
        Tier::Full => 7,
    };
    let expected = 10_u64.pow(readers);
    // Debug builds remember up to a million graphs by hash, to see that none comes twice.
    let audit = if cfg!(debug_assertions) { 48 * expected.min(1 << 20) as usize } else { 0 };
    let check =
        Check::start("model::Builder", "memory does not grow with executions", "counting allocator", Unit::Executions)
            .bound("three writes, threads that read twice");
    let found = peaks(readers, 0);
    check.counter().add(expected);
    let (early, late) = (found.early.load(Ordering::Relaxed), found.late.load(Ordering::Relaxed));
    println!("{expected} executions: at most {early} bytes in the first tenth, {late} after that");
    assert!(late <= early + 16 * 1024 + audit, "{early} bytes in the first tenth, {late} after that");
    check.holds();
    // The measure sees 64 bytes an execution.
    let leaking = peaks(3, 64);
    let (early, late) = (leaking.early.load(Ordering::Relaxed), leaking.late.load(Ordering::Relaxed));
    assert!(late > early + 50_000, "{early} bytes in the first tenth, {late} after that");
}
