//! The global allocator of a program whose heap is checked.

use std::alloc::{GlobalAlloc, Layout, System};

use super::super::super::{calls, heap};

/// The system's allocator, which tells the checker what model threads allocate and free.
///
/// Installed as the global allocator of a test, it lets an exploration find, in all heap memory and not only in that of
/// [`alloc`](super::alloc): checked objects that are used after their box, arc or vector is freed; checked objects that a
/// thread reaches although nothing orders that after their memory was allocated; boxes freed twice; memory that is allocated
/// in an execution and not freed in it. Without it, none of that is looked for, and memory that is freed too early is lost as
/// in any other program.
///
/// ```
/// use verify_harness::model::{Builder, FailureKind, alloc::TrackingAllocator};
///
/// #[global_allocator]
/// static ALLOCATOR: TrackingAllocator = TrackingAllocator::new();
///
/// # fn main() {
/// let report = Builder::new().explore(|| core::mem::forget(std::hint::black_box(Box::new(1))));
/// let failure = report.verdict.failure().expect("the box is not freed");
/// assert_eq!(failure.kind, FailureKind::Leak);
/// # }
/// ```
///
/// Outside of explorations it is the system's allocator. In one, memory that a model thread frees is kept until the execution
/// ends.
#[derive(Debug, Default)]
pub struct TrackingAllocator(());

impl TrackingAllocator {
    /// The allocator.
    pub const fn new() -> Self {
        Self(())
    }
}

// SAFETY: all memory comes from `System`, with the layout asked for, and goes back to it at most once: at once if no run knows
// it, and otherwise when the run's heap is cleared. Nothing here unwinds: failures are noted, and raised by the next operation.
unsafe impl GlobalAlloc for TrackingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let pointer = unsafe { System.alloc(layout) };
        if !pointer.is_null() && heap::is_tracking() {
            heap::poison(pointer, layout);
            heap::allocated(pointer, layout, calls::point);
        }
        pointer
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        let pointer = unsafe { System.alloc_zeroed(layout) };
        if !pointer.is_null() && heap::is_tracking() {
            heap::allocated(pointer, layout, calls::point);
        }
        pointer
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if !heap::freed(pointer, calls::point, calls::note_free) {
            // SAFETY: the caller's promise; the memory is from `System` and no run knows it.
            unsafe { System.dealloc(pointer, layout) };
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !heap::knows(pointer) {
            // SAFETY: the caller's promise.
            return unsafe { System.realloc(pointer, layout, size) };
        }
        // SAFETY: the caller promises that `size`, rounded up to the alignment, does not overflow.
        let layout_then = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: `size` is not zero, as the caller promises.
        let moved = unsafe { self.alloc(layout_then) };
        if !moved.is_null() {
            // SAFETY: both blocks are at least that large, and the new one is apart from the old.
            unsafe { core::ptr::copy_nonoverlapping(pointer, moved, layout.size().min(size)) };
            // SAFETY: the caller's promise.
            unsafe { self.dealloc(pointer, layout) };
        }
        moved
    }
}
