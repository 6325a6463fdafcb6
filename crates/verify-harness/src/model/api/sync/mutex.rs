//! Mutual exclusion.

use core::cell::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::sync::atomic::Ordering;
use std::sync::{LockResult, TryLockError, TryLockResult};

use super::super::super::interface::Waits;
use super::super::word::Word;
use super::holders::Holders;

const FREE: u32 = 0;
const HELD: u32 = 1;

/// A `std::sync::Mutex`. A thread that waits for it does so without trying again and again; waiting for ever is a
/// deadlock.
///
/// In a `static`, the data is what it was made to be at the beginning of each execution, if it needs no drop and a
/// [`TrackingAllocator`](crate::model::alloc::TrackingAllocator) is installed; else it is what the last execution left.
///
/// It is never poisoned, since a panic ends the exploration. A guard that is dropped by another thread than the one that took
/// the mutex, or twice, is an invalid unlock.
///
/// ```
/// use verify_harness::model::{Builder, sync::{Arc, Mutex}, thread};
///
/// let report = Builder::new().explore(|| {
///     let count = Arc::new(Mutex::new(0));
///     let other = Arc::clone(&count);
///     let handle = thread::spawn(move || *other.lock().unwrap() += 1);
///     *count.lock().unwrap() += 1;
///     handle.join().unwrap();
///     assert_eq!(*count.lock().unwrap(), 2);
/// });
/// assert_eq!(report.executions, 2);
/// ```
pub struct Mutex<T: ?Sized> {
    state: Word<u32>,
    holders: Holders,
    data: UnsafeCell<T>,
}

// SAFETY: owning the mutex is owning the data.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: the data is accessed only between a successful `lock` and the guard's drop, which exclude each other.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    /// A free mutex around `data`.
    pub const fn new(data: T) -> Self {
        Self { state: Word::new(FREE), holders: Holders::new(), data: UnsafeCell::new(data) }
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

impl<T: ?Sized> Mutex<T> {
    /// Waits until the mutex is free and takes it.
    ///
    /// # Errors
    ///
    /// Never.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.acquire();
        Ok(self.guard())
    }

    /// Takes the mutex if it is free.
    ///
    /// # Errors
    ///
    /// If it is not.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        match self.state.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => {
                self.holders.enter(self.data.get());
                Ok(self.guard())
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

    /// Waits until the mutex is free and takes it, without a guard.
    #[track_caller]
    pub(super) fn acquire(&self) {
        let function = |state, held, _| if state == u64::from(FREE) { Some(held) } else { None };
        self.state.wait(function, HELD, Ordering::Acquire, Waits::Lock);
        self.holders.enter(self.data.get());
    }

    #[track_caller]
    pub(super) fn release(&self) {
        self.holders.leave("mutex");
        self.state.store(FREE, super::super::super::interface::Strength::Release);
    }

    fn guard(&self) -> MutexGuard<'_, T> {
        MutexGuard { mutex: self, not_send: PhantomData }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(data: T) -> Self {
        Self::new(data)
    }
}

impl<T: ?Sized> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

/// Holds a [`Mutex`] until it is dropped.
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    /// As in `std`: a mutex is freed by the thread that took it.
    not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives shared access to the data only.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The mutex, still held.
    pub(super) fn into_mutex(self) -> &'a Mutex<T> {
        let mutex = self.mutex;
        core::mem::forget(self);
        mutex
    }

    /// The guard of a mutex that is held.
    pub(super) fn of_held(mutex: &'a Mutex<T>) -> Self {
        mutex.guard()
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard holds the mutex, so nobody else accesses the data.
        unsafe { &*self.mutex.data.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard holds the mutex, so nobody else accesses the data.
        unsafe { &mut *self.mutex.data.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[track_caller]
    fn drop(&mut self) {
        self.mutex.release();
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
