//! Memory and values whose leaks, double frees and uses after free are found.

mod allocator;

use core::fmt;
#[doc(no_inline)]
pub use std::alloc::Layout;
use std::alloc::{GlobalAlloc as _, System};

pub use allocator::TrackingAllocator;

use super::super::{calls, heap};
use super::here;

/// Allocates memory, as `std::alloc::alloc`, and tracks it.
///
/// # Safety
///
/// As for `std::alloc::alloc`: the layout's size is not zero.
#[track_caller]
pub unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: the caller vouches for the layout.
    let pointer = unsafe { System.alloc(layout) };
    if !pointer.is_null() {
        heap::poison(pointer, layout);
        calls::add_block(pointer, layout, here());
    }
    pointer
}

/// Allocates zeroed memory, as `std::alloc::alloc_zeroed`, and tracks it.
///
/// # Safety
///
/// As for `std::alloc::alloc_zeroed`: the layout's size is not zero.
#[track_caller]
pub unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
    // SAFETY: the caller vouches for the layout.
    let pointer = unsafe { System.alloc_zeroed(layout) };
    if !pointer.is_null() {
        calls::add_block(pointer, layout, here());
    }
    pointer
}

/// Frees memory that [`alloc`] gave. It stays mapped until the execution ends.
///
/// A second free is reported as a double free; an access of a checked object in the memory that is not ordered before
/// the free, as a use after free.
///
/// # Safety
///
/// `pointer` came from [`alloc`] or [`alloc_zeroed`] with this layout, in this execution.
///
/// # Panics
///
/// If `pointer` did not come from there.
#[track_caller]
pub unsafe fn dealloc(pointer: *mut u8, layout: Layout) {
    let _ = layout;
    calls::free_block(pointer, here());
}

/// A value that must be dropped before the execution ends.
///
/// ```
/// use verify_harness::model::{Builder, FailureKind, alloc::Track};
///
/// let report = Builder::new().explore(|| core::mem::forget(Track::new(1)));
/// assert_eq!(report.verdict.failure().unwrap().kind, FailureKind::Leak);
/// ```
pub struct Track<T> {
    value: T,
    /// What is leaked if this is not dropped.
    _block: TrackedByte,
}

struct TrackedByte(*mut u8);

// SAFETY: the byte is only ever freed, by whoever drops it.
unsafe impl Send for TrackedByte {}
// SAFETY: as above; shared references do nothing with it.
unsafe impl Sync for TrackedByte {}

impl Drop for TrackedByte {
    fn drop(&mut self) {
        if calls::is_in_run() {
            // SAFETY: the byte came from `alloc` with this layout, and is freed once.
            unsafe { dealloc(self.0, Layout::new::<u8>()) };
        }
    }
}

impl<T> Track<T> {
    /// Tracks `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        // SAFETY: the layout of a byte is not empty.
        let byte = unsafe { alloc(Layout::new::<u8>()) };
        Self { value, _block: TrackedByte(byte) }
    }

    /// The value.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The value.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The value, no longer tracked.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Track<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Track").field(&self.value).finish()
    }
}
