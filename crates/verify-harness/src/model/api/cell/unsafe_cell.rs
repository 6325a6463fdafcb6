//! The cell under all others.

use core::fmt;

use super::super::super::objects::ObjectId;
use super::pointer::{ConstPtr, MutPtr};

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
    /// A cell that holds `data`.
    pub const fn new(data: T) -> Self {
        Self { id: ObjectId::unbound(), data: core::cell::UnsafeCell::new(data) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Reads: calls `f` with a pointer to the value, which must not be kept or written through. The read lasts until `f`
    /// returns.
    #[track_caller]
    pub fn with<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*const T) -> R,
    {
        self.get().with(f)
    }

    /// Writes: calls `f` with a pointer to the value, which must not be kept. The write lasts until `f` returns.
    #[track_caller]
    pub fn with_mut<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*mut T) -> R,
    {
        self.get_mut().with(f)
    }

    /// A pointer for reading; the read lasts as long as the pointer lives.
    #[track_caller]
    pub fn get(&self) -> ConstPtr<T> {
        ConstPtr::new(self.data.get(), &self.id)
    }

    /// A pointer for writing; the write lasts as long as the pointer lives.
    #[track_caller]
    pub fn get_mut(&self) -> MutPtr<T> {
        MutPtr::new(self.data.get(), &self.id)
    }
}

impl<T: Default> Default for UnsafeCell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for UnsafeCell<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized> fmt::Debug for UnsafeCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsafeCell").finish_non_exhaustive()
    }
}
