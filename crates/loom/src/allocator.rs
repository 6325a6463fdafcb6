//! The global allocator of a test, so that its whole heap is checked.

use verify_harness::model::alloc::TrackingAllocator;

#[global_allocator]
static ALLOCATOR: TrackingAllocator = TrackingAllocator::new();
