//! Many readers or one writer.

use core::cell::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::Ordering;
use std::sync::{LockResult, TryLockError, TryLockResult};

use super::super::super::interface::{Strength, UpdateFn, Waits};
use super::super::word::Word;
use super::holders::Holders;

/// The state while a writer holds the lock; otherwise the state is the number of readers.
const WRITER: u64 = 1 << 63;

const ADD_READER: UpdateFn = |state, _, _| if state & WRITER == 0 { Some(state + 1) } else { None };
const SET_WRITER: UpdateFn = |state, _, _| if state == 0 { Some(WRITER) } else { None };

/// A `std::sync::RwLock` without preference for readers or writers, and without poisoning. In a `static`, the data is restored
/// for each execution as that of a [`Mutex`](super::Mutex) is.
///
/// ```
/// use verify_harness::model::{Builder, sync::{Arc, RwLock}, thread};
///
/// Builder::new().check(|| {
///     let pair = Arc::new(RwLock::new((0, 0)));
///     let other = Arc::clone(&pair);
///     let handle = thread::spawn(move || *other.write().unwrap() = (1, 1));
///     let seen = *pair.read().unwrap();
///     assert_eq!(seen.0, seen.1);
///     handle.join().unwrap();
/// });
/// ```
pub struct RwLock<T: ?Sized> {
    state: Word<u64>,
    holders: Holders,
    data: UnsafeCell<T>,
}

// SAFETY: owning the lock is owning the data.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
// SAFETY: a write guard excludes all others, and read guards give shared access only.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

impl<T> RwLock<T> {
    /// A free lock around `data`.
    pub const fn new(data: T) -> Self {
        Self { state: Word::new(0), holders: Holders::new(), data: UnsafeCell::new(data) }
    }

    /// The data.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn into_inner(self) -> LockResult<T> {
        Ok(self.data.into_inner())
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until no writer holds the lock, and holds it as a reader.
    ///
    /// # Errors
    ///
    /// Never.
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        self.state.wait(ADD_READER, 0, Ordering::Acquire, Waits::Lock);
        self.holders.enter(self.data.get());
        Ok(RwLockReadGuard { lock: self, not_send: PhantomData })
    }

    /// Waits until nobody holds the lock, and holds it as the writer.
    ///
    /// # Errors
    ///
    /// Never.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        self.state.wait(SET_WRITER, 0, Ordering::Acquire, Waits::Lock);
        self.holders.enter(self.data.get());
        Ok(RwLockWriteGuard { lock: self, not_send: PhantomData })
    }

    /// Holds the lock as a reader if no writer does.
    ///
    /// # Errors
    ///
    /// If a writer holds it.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        match self.state.try_update(ADD_READER, 0, Ordering::Acquire) {
            Ok(_) => {
                self.holders.enter(self.data.get());
                Ok(RwLockReadGuard { lock: self, not_send: PhantomData })
            }
            Err(_) => Err(TryLockError::WouldBlock),
        }
    }

    /// Holds the lock as the writer if nobody holds it.
    ///
    /// # Errors
    ///
    /// If somebody holds it.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        match self.state.try_update(SET_WRITER, 0, Ordering::Acquire) {
            Ok(_) => {
                self.holders.enter(self.data.get());
                Ok(RwLockWriteGuard { lock: self, not_send: PhantomData })
            }
            Err(_) => Err(TryLockError::WouldBlock),
        }
    }

    /// The data, which nobody else can access meanwhile.
    ///
    /// # Errors
    ///
    /// Never.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        Ok(self.data.get_mut())
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

impl<T: ?Sized> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock").finish_non_exhaustive()
    }
}

/// Holds a [`RwLock`] as a reader until it is dropped.
pub struct RwLockReadGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives shared access to the data only.
unsafe impl<T: ?Sized + Sync> Sync for RwLockReadGuard<'_, T> {}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock as a reader, so nobody writes.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    #[track_caller]
    fn drop(&mut self) {
        self.lock.holders.leave("reader-writer lock");
        self.lock.state.update(|state, _, _| Some(state.wrapping_sub(1)), 0, Ordering::Release);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// Holds a [`RwLock`] as the writer until it is dropped.
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives shared access to the data only.
unsafe impl<T: ?Sized + Sync> Sync for RwLockWriteGuard<'_, T> {}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard holds the lock as the writer, so nobody else accesses the data.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the lock as the writer, so nobody else accesses the data.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    #[track_caller]
    fn drop(&mut self) {
        self.lock.holders.leave("reader-writer lock");
        self.lock.state.store(0, Strength::Release);
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
