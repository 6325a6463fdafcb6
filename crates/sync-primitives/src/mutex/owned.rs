//! Forms of a mutex in an `Arc`, whose guards are bound to no lifetime.

use core::fmt;
use core::future::Future;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::ptr::{self, NonNull};
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Exclusive, Mutex, RawMutex, TryLockError};
use crate::guard::impl_format_through_deref;
use crate::policy::{Fifo, Policy};
use crate::primitive::os::Arc;
use crate::wait::{Handle, Place};

impl<T: ?Sized, P: Policy> Handle for Arc<Mutex<T, P>> {
    type Rule = Exclusive<P>;

    #[inline]
    fn queue(&self) -> &RawMutex<P> {
        &self.raw
    }

    #[inline]
    fn try_enter(&self, _need: u32) -> bool {
        self.raw.try_lock()
    }
}

/// Forms for a mutex in an `Arc`.
impl<T: ?Sized, P: Policy> Mutex<T, P> {
    /// Locks, as [`lock`](Self::lock); the guard keeps the mutex alive.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::Mutex;
    ///
    /// # pollster::block_on(async {
    /// let mutex = Arc::new(Mutex::new(1));
    /// let guard = Arc::clone(&mutex).lock_owned().await;
    /// std::thread::spawn(move || assert_eq!(*guard, 1)).join().unwrap();
    /// # });
    /// ```
    #[doc(alias = "lock_arc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn lock_owned(self: Arc<Self>) -> LockOwned<T, P> {
        LockOwned::new(self, 0)
    }

    /// Locks if that can be done at once, as [`try_lock`](Self::try_lock).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::Mutex;
    ///
    /// let mutex = Arc::new(Mutex::new(1));
    /// let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
    /// assert!(mutex.try_lock_owned().is_err());
    /// # drop(guard);
    /// ```
    ///
    /// # Errors
    ///
    /// If the lock cannot be had at once.
    #[doc(alias = "try_lock_arc")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T, P>, TryLockError> {
        self.raw.try_lock_only()?;
        Ok(OwnedMutexGuard::new(self))
    }

    /// Blocks the thread until it has the lock, as [`blocking_lock`](Self::blocking_lock).
    ///
    /// ```
    /// let mutex = std::sync::Arc::new(sync_primitives::Mutex::new(1));
    /// assert_eq!(*mutex.blocking_lock_owned(), 1);
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[doc(alias = "lock_arc_blocking")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T, P> {
        self.raw.lock_blocking(0);
        OwnedMutexGuard::new(self)
    }
}

/// Forms for a mutex in an `Arc` that block for a time.
#[cfg(all(feature = "std", not(loom)))]
impl<T: ?Sized, P: Policy> Mutex<T, P> {
    /// Blocks the thread until it has the lock, but no longer than `timeout`, as [`try_lock_for`](Self::try_lock_for).
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let mutex = Arc::new(sync_primitives::Mutex::new(1));
    /// let guard = Arc::clone(&mutex).try_lock_owned_for(Duration::from_secs(1)).unwrap();
    /// assert!(mutex.try_lock_owned_for(Duration::ZERO).is_none());
    /// # drop(guard);
    /// ```
    #[doc(alias = "try_lock_arc_for")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_owned_for(self: Arc<Self>, timeout: core::time::Duration) -> Option<OwnedMutexGuard<T, P>> {
        self.lock_owned_with_deadline(crate::wait::deadline_after(timeout))
    }

    /// Blocks the thread until it has the lock, but not past `deadline`, as [`try_lock_until`](Self::try_lock_until).
    #[doc(alias = "try_lock_arc_until")]
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub fn try_lock_owned_until(self: Arc<Self>, deadline: std::time::Instant) -> Option<OwnedMutexGuard<T, P>> {
        self.lock_owned_with_deadline(Some(deadline))
    }

    #[cfg_attr(feature = "diagnostics", track_caller)]
    fn lock_owned_with_deadline(
        self: Arc<Self>,
        deadline: Option<crate::wait::Deadline>,
    ) -> Option<OwnedMutexGuard<T, P>> {
        self.raw.spin_then_block(0, deadline).ok()?;
        Some(OwnedMutexGuard::new(self))
    }
}

pin_project! {
    /// Waits for the lock of a shared [`Mutex`]; made by [`Mutex::lock_owned`].
    ///
    /// It joins the queue when it is first polled. Dropped, it leaves the queue; a lock that it had been handed goes on to the
    /// next.
    #[must_use = "futures do nothing unless polled"]
    pub struct LockOwned<T, P: Policy = Fifo>
    where
        T: ?Sized,
    {
        #[pin]
        place: Place<Arc<Mutex<T, P>>>,
    }
}

impl<T: ?Sized, P: Policy> LockOwned<T, P> {
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(mutex: Arc<Mutex<T, P>>, want: u32) -> Self {
        Self { place: Place::new(mutex, want) }
    }
}

impl<T: ?Sized, P: Policy> Future for LockOwned<T, P> {
    type Output = OwnedMutexGuard<T, P>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let place = self.project().place;
        let want = if P::PLAIN { 0 } else { place.need() };
        match place.poll_enter(want, context) {
            Poll::Ready(Ok(mutex)) => Poll::Ready(OwnedMutexGuard::new(mutex)),
            // A mutex is never closed.
            Poll::Ready(Err(_)) | Poll::Pending => Poll::Pending,
        }
    }
}

impl<T: ?Sized, P: Policy> fmt::Debug for LockOwned<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockOwned").finish_non_exhaustive()
    }
}

/// The locked state of a shared [`Mutex`], which it keeps alive; dropping it unlocks.
///
/// ```
/// let mut guard = std::sync::Arc::new(sync_primitives::Mutex::new(1)).try_lock_owned().unwrap();
/// *guard += 1;
/// assert_eq!(*guard, 2);
/// ```
#[doc(alias = "MutexGuardArc")]
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct OwnedMutexGuard<T: ?Sized, P: Policy = Fifo> {
    mutex: Arc<Mutex<T, P>>,
}

// `Send` and `Sync` are those of `Arc<Mutex<T>>`, except that `&T` is given out.
// SAFETY: `&OwnedMutexGuard` gives out `&T`, and the mutex, which may give out nothing while this guard exists.
unsafe impl<T: ?Sized + Send + Sync, P: Policy> Sync for OwnedMutexGuard<T, P> {}

impl<T: ?Sized, P: Policy> OwnedMutexGuard<T, P> {
    pub(super) fn new(mutex: Arc<Mutex<T, P>>) -> Self {
        Self { mutex }
    }

    /// The mutex that is locked.
    #[must_use]
    pub fn mutex(guard: &Self) -> &Arc<Mutex<T, P>> {
        &guard.mutex
    }

    /// Narrows the guard to a part of the value; the mutex stays locked until the result is dropped.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use sync_primitives::{Mutex, OwnedMutexGuard};
    ///
    /// let guard = Arc::new(Mutex::new((1, "one"))).try_lock_owned().unwrap();
    /// let number = OwnedMutexGuard::map(guard, |pair| &mut pair.0);
    /// assert_eq!(*number, 1);
    /// ```
    pub fn map<U: ?Sized, F>(mut guard: Self, f: F) -> OwnedMappedMutexGuard<T, U, P>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut guard));
        OwnedMappedMutexGuard { value, mutex: guard.into_mutex(), marker: PhantomData }
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back, still locked, when `f` returns `None`.
    pub fn try_map<U: ?Sized, F>(mut guard: Self, f: F) -> Result<OwnedMappedMutexGuard<T, U, P>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(OwnedMappedMutexGuard { value, mutex: guard.into_mutex(), marker: PhantomData }),
            None => Err(guard),
        }
    }

    /// The mutex, which stays locked.
    fn into_mutex(self) -> Arc<Mutex<T, P>> {
        let guard = ManuallyDrop::new(self);
        // SAFETY: the guard is not dropped, so the pointer is taken over, not copied.
        unsafe { ptr::read(&guard.mutex) }
    }
}

impl<T: ?Sized, P: Policy> Drop for OwnedMutexGuard<T, P> {
    fn drop(&mut self) {
        self.mutex.raw.unlock();
    }
}

impl<T: ?Sized, P: Policy> Deref for OwnedMutexGuard<T, P> {
    type Target = T;

    fn deref(&self) -> &T {
        let pointer = self.mutex.access();
        // SAFETY: by X1 nobody else reaches the value while this guard exists; `&self` keeps `&mut T` away.
        unsafe { &*pointer }
    }
}

impl<T: ?Sized, P: Policy> DerefMut for OwnedMutexGuard<T, P> {
    fn deref_mut(&mut self) -> &mut T {
        let pointer = self.mutex.access();
        // SAFETY: by X1 nobody else reaches the value while this guard exists; `&mut self` makes this the only reference.
        unsafe { &mut *pointer }
    }
}

impl_format_through_deref!(OwnedMutexGuard<T, P>, T; P: Policy);

/// The locked state of a shared [`Mutex`], narrowed to a part of its value by [`OwnedMutexGuard::map`]; dropping it unlocks.
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct OwnedMappedMutexGuard<T: ?Sized, U: ?Sized = T, P: Policy = Fifo> {
    value: NonNull<U>,
    mutex: Arc<Mutex<T, P>>,
    marker: PhantomData<*mut U>,
}

// SAFETY: an exclusive borrow of a `U`, and an owner of the mutex.
unsafe impl<T: ?Sized + Send, U: ?Sized + Send, P: Policy> Send for OwnedMappedMutexGuard<T, U, P> {}
// SAFETY: `&OwnedMappedMutexGuard` gives out no more than `&U`.
unsafe impl<T: ?Sized + Send + Sync, U: ?Sized + Send + Sync, P: Policy> Sync for OwnedMappedMutexGuard<T, U, P> {}

impl<T: ?Sized, U: ?Sized, P: Policy> OwnedMappedMutexGuard<T, U, P> {
    /// Narrows the guard further; see [`OwnedMutexGuard::map`].
    pub fn map<V: ?Sized, F>(mut guard: Self, f: F) -> OwnedMappedMutexGuard<T, V, P>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        let value = NonNull::from(f(&mut guard));
        OwnedMappedMutexGuard { value, mutex: guard.into_mutex(), marker: PhantomData }
    }

    /// Narrows the guard further if there is such a part; see [`OwnedMutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// Gives the guard back, still locked, when `f` returns `None`.
    pub fn try_map<V: ?Sized, F>(mut guard: Self, f: F) -> Result<OwnedMappedMutexGuard<T, V, P>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(OwnedMappedMutexGuard { value, mutex: guard.into_mutex(), marker: PhantomData }),
            None => Err(guard),
        }
    }

    /// The mutex, which stays locked.
    fn into_mutex(self) -> Arc<Mutex<T, P>> {
        let guard = ManuallyDrop::new(self);
        // SAFETY: the guard is not dropped, so the pointer is taken over, not copied.
        unsafe { ptr::read(&guard.mutex) }
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> Drop for OwnedMappedMutexGuard<T, U, P> {
    fn drop(&mut self) {
        self.mutex.raw.unlock();
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> Deref for OwnedMappedMutexGuard<T, U, P> {
    type Target = U;

    fn deref(&self) -> &U {
        // SAFETY: the pointer came from a mutable reference into the locked value, which by X1 is ours while this guard exists.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized, U: ?Sized, P: Policy> DerefMut for OwnedMappedMutexGuard<T, U, P> {
    fn deref_mut(&mut self) -> &mut U {
        // SAFETY: as in `deref`; `&mut self` makes this the only reference.
        unsafe { self.value.as_mut() }
    }
}

impl_format_through_deref!(OwnedMappedMutexGuard<T, U, P>, T, U; P: Policy);
