//! An allocator that counts the bytes that are alive, as they were asked for: what the system's allocator adds is not in it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system's allocator, which counts. There is one count for all of them.
#[derive(Debug)]
pub struct Counting;

static ALIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Bytes that are alive.
pub fn alive() -> usize {
    ALIVE.load(Relaxed)
}

/// The most that were since [`forget_most`].
pub fn most() -> usize {
    MOST.load(Relaxed)
}

/// Begins to look for the most anew.
pub fn forget_most() {
    MOST.store(alive(), Relaxed);
}

fn count(size: usize) {
    let alive = ALIVE.fetch_add(size, Relaxed) + size;
    MOST.fetch_max(alive, Relaxed);
}

// SAFETY: every call is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: passed on to the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: passed on to the caller; the system's pages are zero already.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ALIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: passed on to the caller.
        unsafe { System.dealloc(block, layout) }
    }
}
