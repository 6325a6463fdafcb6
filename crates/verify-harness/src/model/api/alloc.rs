//! Memory whose freeing is checked.

use std::rc::Rc;

#[doc(no_inline)]
pub use std::alloc::Layout;

use super::super::interface::Op;
use super::super::objects::ObjectId;
use super::super::report::FailureKind;
use super::super::resources::Block;
use super::super::runtime;
use super::{here, name_site};

/// Allocates memory whose leak, double free, or free that is not ordered after its allocation the checker reports.
///
/// Freed blocks stay mapped until the execution ends.
///
/// ```
/// use verify_harness::model::alloc::{Layout, alloc};
/// use verify_harness::model::{Builder, FailureKind};
///
/// let report = Builder::new().explore(|| {
///     // SAFETY: the layout is not of size zero.
///     let _lost = unsafe { alloc(Layout::new::<u64>()) };
/// });
/// assert_eq!(report.verdict.failure().unwrap().kind, FailureKind::Leak);
/// ```
///
/// # Panics
///
/// Outside a program that is being explored.
///
/// # Safety
///
/// As for [`std::alloc::alloc`].
#[track_caller]
#[must_use]
pub unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: the caller's promise.
    let pointer = unsafe { std::alloc::alloc(layout) };
    note(pointer, layout);
    pointer
}

/// As [`alloc`], with every byte zero.
///
/// # Panics
///
/// Outside a program that is being explored.
///
/// # Safety
///
/// As for [`std::alloc::alloc_zeroed`].
#[track_caller]
#[must_use]
pub unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
    // SAFETY: the caller's promise.
    let pointer = unsafe { std::alloc::alloc_zeroed(layout) };
    note(pointer, layout);
    pointer
}

/// Frees memory from [`alloc`] or [`alloc_zeroed`].
///
/// The execution fails if the block was freed before, or may be freed before it, or was not allocated with them.
///
/// # Panics
///
/// Outside a program that is being explored.
///
/// # Safety
///
/// As for [`std::alloc::dealloc`].
#[track_caller]
pub unsafe fn dealloc(pointer: *mut u8, _layout: Layout) {
    let site = here();
    let runtime = runtime::current();
    let freed = runtime.resources.blocks.borrow_mut().get_mut(&pointer.addr()).map(|block| {
        (Rc::clone(&block.id), block.leak.take())
    });
    let Some((id, leak)) = freed else {
        let place = name_site(site);
        runtime.fail(FailureKind::DoubleFree, format!("a block freed at {place} was not allocated in this execution"));
        return;
    };
    if let Some(leak) = leak {
        runtime.resources.untrack(leak);
    }
    runtime::perform_on(&id, 0, |loc| Op::Free { loc }, site);
}

/// Tells the run of a new block.
#[track_caller]
fn note(pointer: *mut u8, layout: Layout) {
    if pointer.is_null() {
        return;
    }
    let site = here();
    let runtime = runtime::current();
    let id = Rc::new(ObjectId::unbound());
    runtime::create(&id, 0, site);
    let leak = Some(runtime.resources.track(site));
    runtime.resources.blocks.borrow_mut().insert(pointer.expose_provenance(), Block { id, layout, leak });
}

/// A value that must be dropped before the execution ends.
///
/// ```
/// use verify_harness::model::alloc::Track;
/// use verify_harness::model::{Builder, FailureKind};
///
/// let report = Builder::new().explore(|| std::mem::forget(Track::new(1)));
/// assert_eq!(report.verdict.failure().unwrap().kind, FailureKind::Leak);
/// ```
#[derive(Debug)]
pub struct Track<T> {
    value: T,
    _tracked: Tracked,
}

impl<T> Track<T> {
    /// Watches over `value`. Outside a program that is being explored nothing is watched.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self { value, _tracked: Tracked::new() }
    }

    /// The value.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The value.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The value, no longer watched.
    pub fn into_inner(self) -> T {
        self.value
    }
}

/// Counts as leaked until it is dropped.
#[derive(Debug)]
pub(in crate::model::api) struct Tracked(Option<u64>);

impl Tracked {
    #[track_caller]
    pub(in crate::model::api) fn new() -> Self {
        let site = here();
        Self(runtime::running().map(|runtime| runtime.resources.track(site)))
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        if let (Some(number), Some(runtime)) = (self.0, runtime::running()) {
            runtime.resources.untrack(number);
        }
    }
}
