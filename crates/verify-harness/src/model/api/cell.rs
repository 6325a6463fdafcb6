//! Memory that is accessed without synchronization.

use core::fmt;

use super::super::interface::{Loc, Op};
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

    /// Reads as long as the pointer lives: an access now, and one when the pointer is dropped.
    #[track_caller]
    pub fn get(&self) -> ConstPtr<T> {
        self.with(|_| ());
        ConstPtr { pointer: self.data.get(), loc: runtime::locate(&self.id) }
    }

    /// Writes as long as the pointer lives: an access now, and one when the pointer is dropped.
    #[track_caller]
    pub fn get_mut(&self) -> MutPtr<T> {
        self.with_mut(|_| ());
        MutPtr { pointer: self.data.get(), loc: runtime::locate(&self.id) }
    }
}

/// Reads an [`UnsafeCell`] as long as it lives.
///
/// ```
/// use verify_harness::model::{Builder, cell::UnsafeCell};
///
/// Builder::new().check(|| {
///     let cell = UnsafeCell::new(1);
///     // SAFETY: no other thread has the cell.
///     cell.get_mut().with(|value| unsafe { *value = 2 });
///     // SAFETY: as above.
///     assert_eq!(unsafe { *cell.get().deref() }, 2);
/// });
/// ```
pub struct ConstPtr<T: ?Sized> {
    pointer: *const T,
    loc: Loc,
}

impl<T: ?Sized> ConstPtr<T> {
    /// The value.
    ///
    /// # Safety
    ///
    /// As for a dereference of the pointer: the cell lives, and nobody writes meanwhile, which the checker checks.
    #[allow(clippy::should_implement_trait, reason = "it is unsafe, and loom's name")]
    pub unsafe fn deref(&self) -> &T {
        // SAFETY: the caller vouches for it.
        unsafe { &*self.pointer }
    }

    /// Calls `f` with the pointer.
    pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.pointer)
    }
}

impl<T: ?Sized> Drop for ConstPtr<T> {
    #[track_caller]
    fn drop(&mut self) {
        if runtime::is_in_run() {
            runtime::perform(Op::PlainRead { loc: self.loc }, here());
        }
    }
}

impl<T: ?Sized> fmt::Debug for ConstPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConstPtr").finish_non_exhaustive()
    }
}

/// Writes an [`UnsafeCell`] as long as it lives; see [`ConstPtr`] for an example.
pub struct MutPtr<T: ?Sized> {
    pointer: *mut T,
    loc: Loc,
}

impl<T: ?Sized> MutPtr<T> {
    /// The value.
    ///
    /// # Safety
    ///
    /// As for a dereference of the pointer: the cell lives, nobody else accesses it meanwhile, which the checker checks,
    /// and no other reference to the value lives.
    #[allow(clippy::mut_from_ref, reason = "loom's signature; the caller vouches for it")]
    pub unsafe fn deref(&self) -> &mut T {
        // SAFETY: the caller vouches for it.
        unsafe { &mut *self.pointer }
    }

    /// Calls `f` with the pointer.
    pub fn with<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.pointer)
    }
}

impl<T: ?Sized> Drop for MutPtr<T> {
    #[track_caller]
    fn drop(&mut self) {
        if runtime::is_in_run() {
            runtime::perform(Op::PlainWrite { loc: self.loc }, here());
        }
    }
}

impl<T: ?Sized> fmt::Debug for MutPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutPtr").finish_non_exhaustive()
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
