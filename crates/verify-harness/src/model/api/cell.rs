//! Memory that is accessed without synchronization.

use core::fmt;

use super::super::interface::Op;
use super::super::objects::ObjectId;
use super::super::runtime;
use super::here;

/// A `std::cell::UnsafeCell` whose accesses are checked for data races.
///
/// ```
/// use verify_harness::model::cell::UnsafeCell;
/// use verify_harness::model::{Builder, FailureKind, sync::Arc, thread};
///
/// struct Shared(UnsafeCell<u32>);
/// // SAFETY: not given; the checker is to find that.
/// unsafe impl Sync for Shared {}
///
/// let report = Builder::new().explore(|| {
///     let cell = Arc::new(Shared(UnsafeCell::new(0)));
///     let other = Arc::clone(&cell);
///     // SAFETY: not given; the checker reports the race before the closure runs.
///     let handle = thread::spawn(move || other.0.with_mut(|value| unsafe { *value += 1 }));
///     // SAFETY: as above.
///     cell.0.with(|value| unsafe { *value });
///     handle.join().unwrap();
/// });
/// assert_eq!(report.verdict.failure().unwrap().kind, FailureKind::DataRace);
/// ```
pub struct UnsafeCell<T: ?Sized> {
    id: ObjectId,
    data: core::cell::UnsafeCell<T>,
}

impl<T> UnsafeCell<T> {
    /// A cell that holds `data`. Making it counts as a write of the making thread.
    #[track_caller]
    pub fn new(data: T) -> Self {
        let cell = Self { id: ObjectId::unbound(), data: core::cell::UnsafeCell::new(data) };
        runtime::create(&cell.id, 0, here());
        cell
    }

    /// A cell that holds `data`, for statics. Making it is ordered before everything.
    pub const fn const_new(data: T) -> Self {
        Self { id: ObjectId::unbound(), data: core::cell::UnsafeCell::new(data) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Reads: calls `f` with a pointer to the value, which must not be kept or written through.
    #[track_caller]
    pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        runtime::perform_on(&self.id, 0, |loc| Op::PlainRead { loc }, here());
        f(self.data.get())
    }

    /// Writes: calls `f` with a pointer to the value, which must not be kept.
    #[track_caller]
    pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        runtime::perform_on(&self.id, 0, |loc| Op::PlainWrite { loc }, here());
        f(self.data.get())
    }

    /// The value, which nobody else can access meanwhile.
    pub fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }
}

impl<T: Default> Default for UnsafeCell<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for UnsafeCell<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized> fmt::Debug for UnsafeCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsafeCell").finish_non_exhaustive()
    }
}
