//! Values that are made on first use: once in an execution, or once in a thread.

use core::fmt;

use super::super::runtime;

/// A value that the first use in an execution makes, as `lazy_static!` does; the next execution makes it anew.
///
/// Making it, and the checked objects in it, is ordered before everything.
///
/// ```
/// use verify_harness::model::lazy::Lazy;
/// use verify_harness::model::sync::atomic::{AtomicU32, Ordering};
/// use verify_harness::model::{Builder, thread};
///
/// static COUNT: Lazy<AtomicU32> = Lazy::new(|| AtomicU32::new(0));
///
/// Builder::new().check(|| {
///     // SAFETY: the reference is not kept.
///     let handle = thread::spawn(|| unsafe { COUNT.get() }.fetch_add(1, Ordering::Relaxed));
///     // SAFETY: the reference is not kept.
///     let count = unsafe { COUNT.get() };
///     count.fetch_add(1, Ordering::Relaxed);
///     handle.join().unwrap();
///     assert_eq!(count.load(Ordering::Relaxed), 2);
/// });
/// ```
pub struct Lazy<T> {
    make: fn() -> T,
}

impl<T: 'static> Lazy<T> {
    /// A value that `make` makes.
    pub const fn new(make: fn() -> T) -> Self {
        Self { make }
    }

    /// The value of this execution.
    ///
    /// # Safety
    ///
    /// The reference is not used after the execution, which drops the value.
    pub unsafe fn get(&'static self) -> &'static T {
        let key = core::ptr::from_ref(self).addr();
        let value = runtime::lazy(
            key,
            || Box::into_raw(Box::new((self.make)())).cast(),
            |value| {
                // SAFETY: the pointer came from `Box::into_raw` of a `Box<T>` and is dropped once, when its run ends.
                drop(unsafe { Box::from_raw(value.cast::<T>()) });
            },
        );
        // SAFETY: the value is a `T`, since the key is the address of this object, and lives until the run ends.
        unsafe { &*value.cast::<T>() }
    }
}

impl<T> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy").finish_non_exhaustive()
    }
}
