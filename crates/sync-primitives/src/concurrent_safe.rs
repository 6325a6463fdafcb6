//! [`ConcurrentSafe`]: one way to use a value behind any lock.

use crate::spin;

/// A value behind a lock, used by handing a closure to it: code that is generic over the lock, and guards that cannot
/// outlive their use.
///
/// Implemented for this crate's [`spin::Mutex`], [`spin::RwLock`] and [`SeqLock`](crate::SeqLock), for references, with the feature `alloc` for `Arc`, and
/// with `std` for [`Mutex`](crate::Mutex) and [`RwLock`](crate::RwLock) and for those of the standard library.
///
/// An implementation keeps two promises: closures given to `with_lock` and `try_with_lock` of one lock never run at the
/// same time as another closure given to that lock, and each sees all that earlier ones did. It is a safe trait: unsafe
/// code must not rest on the promises of an implementation it does not know.
///
/// Every lock is unlocked when the closure returns or panics. None is poisoned towards the caller: a panic inside a
/// closure leaves the value as it was at that moment, and the next closure finds it so. The standard locks mark
/// themselves poisoned; these methods go past the mark and leave it set.
///
/// A closure must not use its own lock again: it would wait for itself.
///
/// ```
/// use sync_primitives::ConcurrentSafe;
///
/// fn deposit(account: &impl ConcurrentSafe<Value = u64>, amount: u64) -> u64 {
///     account.with_lock(|balance| {
///         *balance += amount;
///         *balance
///     })
/// }
///
/// assert_eq!(deposit(&sync_primitives::spin::Mutex::new(1), 2), 3);
/// assert_eq!(deposit(&sync_primitives::spin::RwLock::new(1), 3), 4);
/// assert_eq!(deposit(&std::sync::Mutex::new(1), 4), 5);
/// ```
pub trait ConcurrentSafe: Sync {
    /// What the lock protects.
    type Value: ?Sized;

    /// Waits for the lock, runs `f` on the value, unlocks.
    ///
    /// # Panics
    ///
    /// Passes on a panic of `f`.
    fn with_lock<R>(&self, f: impl FnOnce(&mut Self::Value) -> R) -> R;

    /// Runs `f` on the value if the lock can be had at once; `None` if it cannot, and `f` has then not run.
    ///
    /// ```
    /// use sync_primitives::{ConcurrentSafe, spin::Mutex};
    ///
    /// let mutex = Mutex::new(1);
    /// let guard = mutex.lock();
    /// assert_eq!(mutex.try_with_lock(|value| *value), None);
    /// drop(guard);
    /// assert_eq!(mutex.try_with_lock(|value| *value), Some(1));
    /// ```
    ///
    /// # Panics
    ///
    /// Passes on a panic of `f`.
    fn try_with_lock<R>(&self, f: impl FnOnce(&mut Self::Value) -> R) -> Option<R>;

    /// Waits until the value may be read, and runs `f` on it: together with other readers where the lock knows readers,
    /// alone otherwise.
    ///
    /// ```
    /// use sync_primitives::{ConcurrentSafe, spin::RwLock};
    ///
    /// let lock = RwLock::new(3);
    /// let another = lock.read();
    /// assert_eq!(lock.with_read(|value| *value), 3);
    /// # drop(another);
    /// ```
    ///
    /// # Panics
    ///
    /// Passes on a panic of `f`.
    fn with_read<R>(&self, f: impl FnOnce(&Self::Value) -> R) -> R {
        self.with_lock(|value| f(value))
    }

    /// Runs `f` on the value if it may be read at once; `None` if not, and `f` has then not run.
    ///
    /// ```
    /// use sync_primitives::{ConcurrentSafe, spin::RwLock};
    ///
    /// let lock = RwLock::new(3);
    /// let writer = lock.write();
    /// assert_eq!(lock.try_with_read(|value| *value), None);
    /// # drop(writer);
    /// ```
    ///
    /// # Panics
    ///
    /// Passes on a panic of `f`.
    fn try_with_read<R>(&self, f: impl FnOnce(&Self::Value) -> R) -> Option<R> {
        self.try_with_lock(|value| f(value))
    }
}

/// Closures get a copy; what `with_lock` makes of it becomes the value when the closure is done, also by a panic.
impl<T: Copy + Send> ConcurrentSafe for crate::SeqLock<T> {
    type Value = T;

    fn with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.write())
    }

    fn try_with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.try_write().map(|mut value| f(&mut value))
    }

    fn with_read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.read())
    }

    fn try_with_read<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        self.try_read().map(|value| f(&value))
    }
}

/// The thread waits in the queue, blocked.
#[cfg(any(feature = "std", loom))]
impl<T: ?Sized + Send, P: crate::Policy> ConcurrentSafe for crate::Mutex<T, P> {
    type Value = T;

    fn with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.blocking_lock())
    }

    fn try_with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.try_lock().ok().map(|mut value| f(&mut value))
    }
}

/// The thread waits in the queue, blocked.
#[cfg(any(feature = "std", loom))]
impl<T: ?Sized + Send + Sync, P: crate::Policy> ConcurrentSafe for crate::RwLock<T, P> {
    type Value = T;

    fn with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.blocking_write())
    }

    fn try_with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.try_write().ok().map(|mut value| f(&mut value))
    }

    fn with_read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.blocking_read())
    }

    fn try_with_read<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        self.try_read().ok().map(|value| f(&value))
    }
}

impl<T: ?Sized + Send> ConcurrentSafe for spin::Mutex<T> {
    type Value = T;

    fn with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.lock())
    }

    fn try_with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.try_lock().map(|mut value| f(&mut value))
    }
}

impl<T: ?Sized + Send + Sync> ConcurrentSafe for spin::RwLock<T> {
    type Value = T;

    fn with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.write())
    }

    fn try_with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.try_write().map(|mut value| f(&mut value))
    }

    fn with_read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.read())
    }

    fn try_with_read<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        self.try_read().map(|value| f(&value))
    }
}

/// Everything through a pointer to a lock is done by the lock itself.
macro_rules! impl_through_pointer {
    ($(#[$attribute:meta])* $pointer:ty, $($bound:tt)*) => {
        $(#[$attribute])*
        impl<L: ?Sized + ConcurrentSafe $($bound)*> ConcurrentSafe for $pointer {
            type Value = L::Value;

            fn with_lock<R>(&self, f: impl FnOnce(&mut Self::Value) -> R) -> R {
                (**self).with_lock(f)
            }

            fn try_with_lock<R>(&self, f: impl FnOnce(&mut Self::Value) -> R) -> Option<R> {
                (**self).try_with_lock(f)
            }

            fn with_read<R>(&self, f: impl FnOnce(&Self::Value) -> R) -> R {
                (**self).with_read(f)
            }

            fn try_with_read<R>(&self, f: impl FnOnce(&Self::Value) -> R) -> Option<R> {
                (**self).try_with_read(f)
            }
        }
    };
}

impl_through_pointer!(&L,);
impl_through_pointer!(
    #[cfg(feature = "alloc")]
    crate::primitive::os::Arc<L>,
    + Send
);

#[cfg(feature = "std")]
mod std_locks {
    use super::ConcurrentSafe;
    use crate::primitive::os::{Mutex, PoisonError, RwLock, TryLockError};

    /// The guard, poisoned or not; `None` if the lock is held.
    fn unless_held<G>(attempt: Result<G, TryLockError<G>>) -> Option<G> {
        match attempt {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    impl<T: ?Sized + Send> ConcurrentSafe for Mutex<T> {
        type Value = T;

        fn with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
            f(&mut self.lock().unwrap_or_else(PoisonError::into_inner))
        }

        fn try_with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
            unless_held(self.try_lock()).map(|mut value| f(&mut value))
        }
    }

    impl<T: ?Sized + Send + Sync> ConcurrentSafe for RwLock<T> {
        type Value = T;

        fn with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
            f(&mut self.write().unwrap_or_else(PoisonError::into_inner))
        }

        fn try_with_lock<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
            unless_held(self.try_write()).map(|mut value| f(&mut value))
        }

        fn with_read<R>(&self, f: impl FnOnce(&T) -> R) -> R {
            f(&self.read().unwrap_or_else(PoisonError::into_inner))
        }

        fn try_with_read<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
            unless_held(self.try_read()).map(|value| f(&value))
        }
    }
}
