//! The guards of a borrowed mutex.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::{Mutex, RawMutex};
use crate::guard::impl_format_through_deref;
use crate::policy::{Fifo, Policy};

/// The locked state of a [`Mutex`]; dropping it unlocks.
///
/// It may be held across an `.await`, sent to another thread and unlock there, if the value may.
///
/// ```
/// let mutex = sync_primitives::Mutex::new(vec![1, 2]);
/// let mut guard = mutex.try_lock().unwrap();
/// guard.push(3);
/// assert_eq!(guard.len(), 3);
/// ```
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct MutexGuard<'a, T: ?Sized, P: Policy = Fifo> {
    mutex: &'a Mutex<T, P>,
    marker: PhantomData<&'a mut T>,
}

// SAFETY: the guard is an exclusive borrow of the value, and unlocking is not bound to a thread.
unsafe impl<T: ?Sized + Send, P: Policy> Send for MutexGuard<'_, T, P> {}
// SAFETY: `&MutexGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync, P: Policy> Sync for MutexGuard<'_, T, P> {}

impl<'a, T: ?Sized, P: Policy> MutexGuard<'a, T, P> {
    /// The caller has locked the mutex, and answers for it no longer.
    #[inline]
    pub(crate) fn new(mutex: &'a Mutex<T, P>) -> Self {
        Self { mutex, marker: PhantomData }
    }

    /// The mutex that is locked. An associated function, so as not to hide a method of the value.
    ///
    /// ```
    /// use sync_primitives::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new(1);
    /// let guard = mutex.try_lock().unwrap();
    /// assert!(std::ptr::eq(MutexGuard::mutex(&guard), &mutex));
    /// ```
    #[inline]
    #[must_use]
    pub fn mutex(guard: &Self) -> &'a Mutex<T, P> {
        guard.mutex
    }

    /// Narrows the guard to a part of the value; the mutex stays locked until the result is dropped. If `f` panics, the mutex
    /// unlocks.
    ///
    /// ```
    /// use sync_primitives::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new((1, "one"));
    /// let mut number = MutexGuard::map(mutex.try_lock().unwrap(), |pair| &mut pair.0);
    /// *number = 2;
    /// drop(number);
    /// assert_eq!(mutex.into_inner(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized, F>(mut guard: Self, f: F) -> MappedMutexGuard<'a, U, P>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut guard));
        MappedMutexGuard { value, raw: guard.into_raw(), marker: PhantomData }
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back, still locked, when `f` returns `None`.
    ///
    /// ```
    /// use sync_primitives::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new(vec![1, 2, 3]);
    /// let guard = MutexGuard::try_map(mutex.try_lock().unwrap(), |items| items.get_mut(7)).unwrap_err();
    /// let mut first = MutexGuard::try_map(guard, |items| items.first_mut()).unwrap();
    /// *first = 10;
    /// drop(first);
    /// assert_eq!(mutex.into_inner(), [10, 2, 3]);
    /// ```
    pub fn try_map<U: ?Sized, F>(mut guard: Self, f: F) -> Result<MappedMutexGuard<'a, U, P>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(MappedMutexGuard { value, raw: guard.into_raw(), marker: PhantomData }),
            None => Err(guard),
        }
    }

    /// The lock, which stays locked.
    fn into_raw(self) -> &'a RawMutex<P> {
        &ManuallyDrop::new(self).mutex.raw
    }
}

impl<T: ?Sized, P: Policy> Drop for MutexGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.raw.unlock();
    }
}

impl<T: ?Sized, P: Policy> Deref for MutexGuard<'_, T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let pointer = self.mutex.access();
        // SAFETY: by X1 nobody else reaches the value while this guard exists; `&self` keeps `&mut T` away.
        unsafe { &*pointer }
    }
}

impl<T: ?Sized, P: Policy> DerefMut for MutexGuard<'_, T, P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let pointer = self.mutex.access();
        // SAFETY: by X1 nobody else reaches the value while this guard exists; `&mut self` makes this the only reference.
        unsafe { &mut *pointer }
    }
}

impl_format_through_deref!(MutexGuard<'_, T, P>, T; P: Policy);

/// The locked state of a [`Mutex`], narrowed to a part of its value by [`MutexGuard::map`]; dropping it unlocks.
///
/// ```
/// use sync_primitives::{MappedMutexGuard, Mutex, MutexGuard};
///
/// let mutex = Mutex::new(([1, 2], 'a'));
/// let array = MutexGuard::map(mutex.try_lock().unwrap(), |pair| &mut pair.0);
/// let second = MappedMutexGuard::map(array, |array| &mut array[1]);
/// assert_eq!(*second, 2);
/// ```
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct MappedMutexGuard<'a, T: ?Sized, P: Policy = Fifo> {
    value: NonNull<T>,
    raw: &'a RawMutex<P>,
    marker: PhantomData<&'a mut T>,
}

// SAFETY: as for `MutexGuard`.
unsafe impl<T: ?Sized + Send, P: Policy> Send for MappedMutexGuard<'_, T, P> {}
// SAFETY: as for `MutexGuard`.
unsafe impl<T: ?Sized + Sync, P: Policy> Sync for MappedMutexGuard<'_, T, P> {}

impl<'a, T: ?Sized, P: Policy> MappedMutexGuard<'a, T, P> {
    /// Narrows the guard further; see [`MutexGuard::map`].
    pub fn map<U: ?Sized, F>(mut guard: Self, f: F) -> MappedMutexGuard<'a, U, P>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let value = NonNull::from(f(&mut guard));
        MappedMutexGuard { value, raw: ManuallyDrop::new(guard).raw, marker: PhantomData }
    }

    /// Narrows the guard further if there is such a part; see [`MutexGuard::try_map`].
    ///
    /// # Errors
    ///
    /// Gives the guard back, still locked, when `f` returns `None`.
    pub fn try_map<U: ?Sized, F>(mut guard: Self, f: F) -> Result<MappedMutexGuard<'a, U, P>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(value) => Ok(MappedMutexGuard { value, raw: ManuallyDrop::new(guard).raw, marker: PhantomData }),
            None => Err(guard),
        }
    }
}

impl<T: ?Sized, P: Policy> Drop for MappedMutexGuard<'_, T, P> {
    #[inline]
    fn drop(&mut self) {
        self.raw.unlock();
    }
}

impl<T: ?Sized, P: Policy> Deref for MappedMutexGuard<'_, T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer came from `&'a mut T` into the locked value, which by X1 is ours while this guard exists.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized, P: Policy> DerefMut for MappedMutexGuard<'_, T, P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` makes this the only reference.
        unsafe { self.value.as_mut() }
    }
}

impl_format_through_deref!(MappedMutexGuard<'_, T, P>, T; P: Policy);
