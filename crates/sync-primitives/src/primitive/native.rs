//! The primitives of a user's build: `core`'s, with the cell in the shape of loom's.

pub(crate) use core::hint::spin_loop;
#[cfg(all(feature = "alloc", feature = "std"))]
use core::sync::atomic::Ordering;
pub(crate) use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, fence};
pub use crossbeam_utils::Backoff;

/// Threads that wait: parking, and the handle by which another thread ends it.
#[cfg(feature = "std")]
pub(crate) mod thread {
    pub(crate) use std::thread::{Thread, current, panicking, park, park_timeout, yield_now};
}

/// A number that this thread alone has, and no other thread had before it; 0 where there were too many.
#[cfg(all(feature = "alloc", feature = "std"))]
#[inline]
pub(crate) fn thread_number() -> u32 {
    use core::cell::Cell;

    const MOST: u32 = u32::MAX >> 3;
    static LAST: AtomicU32 = AtomicU32::new(0);
    std::thread_local! {
        static NUMBER: Cell<u32> = const { Cell::new(0) };
    }

    #[cold]
    fn assign(number: &Cell<u32>) -> u32 {
        // Relaxed: it is only to be another one each time.
        let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| (last < MOST).then_some(last + 1));
        number.set(last.map_or(0, |last| last + 1));
        number.get()
    }

    NUMBER.with(|number| if number.get() == 0 { assign(number) } else { number.get() })
}

/// [`core::cell::UnsafeCell`] which hands out its pointers as loom's cell does.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T: ?Sized>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    #[inline]
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// A pointer for reading; under loom a read of the cell lasts as long as it lives.
    #[inline]
    pub(crate) fn get(&self) -> ConstPtr<T> {
        ConstPtr(self.0.get())
    }

    /// A pointer for reading and writing; under loom a write of the cell lasts as long as it lives.
    #[inline]
    pub(crate) fn get_mut(&self) -> MutPtr<T> {
        MutPtr(self.0.get())
    }
}

/// Pointer to the content of a cell, for reading.
#[derive(Debug)]
pub(crate) struct ConstPtr<T: ?Sized>(*const T);

impl<T: ?Sized> ConstPtr<T> {
    /// Calls `f` with the bare pointer.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0)
    }
}

/// Pointer to the content of a cell, for reading and writing.
#[derive(Debug)]
pub(crate) struct MutPtr<T: ?Sized>(*mut T);

impl<T: ?Sized> MutPtr<T> {
    /// Calls `f` with the bare pointer.
    #[inline]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0)
    }
}
