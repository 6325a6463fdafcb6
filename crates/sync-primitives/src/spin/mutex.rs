//! [`Mutex`]: a value behind the test-and-test-and-set lock of `raw_mutex`, whose invariants I1 and I2 are used here.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;

use super::raw_mutex::{Held, RawMutex};
use crate::guard::impl_format_through_deref;
use crate::locks::impl_lock_traits;
use crate::primitive::{MutPtr, UnsafeCell, const_fn};

/// A value that one thread at a time may use; the others wait by spinning, then by yielding their processor.
///
/// It takes one byte beside its value, works without an operating system and can stand in a `static`. Spinning is right
/// where the lock is held for a few instructions and no longer: a waiter burns processor time, and on one processor a
/// waiter of higher priority than the holder never ends. Elsewhere use a lock whose waiters sleep.
///
/// - Cost: one compare-exchange to lock, one store to unlock, when nobody else wants the lock.
/// - Fairness: none. Whoever sees the lock free first takes it, so a waiter may be passed over any number of times.
/// - Progress: blocking. Locking twice on one thread waits for ever.
/// - Panics: the lock is not poisoned. A panic while the lock is held unlocks it, and the next holder finds the value as
///   it was left. That is why the lock is not `RefUnwindSafe`, whatever it holds.
/// - A guard that is leaked (`mem::forget`) keeps the lock held for ever.
///
/// Algorithm: test-and-test-and-set (Rudolph and Segall, 1984) with bounded exponential back-off (Anderson, 1990).
///
/// ```
/// use sync_primitives::spin::Mutex;
///
/// static TOTAL: Mutex<u64> = Mutex::new(0);
///
/// std::thread::scope(|scope| {
///     for n in 1..=4 {
///         scope.spawn(move || *TOTAL.lock() += n);
///     }
/// });
/// assert_eq!(*TOTAL.lock(), 10);
/// ```
#[doc(alias = "SpinLock")]
#[doc(alias = "SpinMutex")]
pub struct Mutex<T: ?Sized> {
    raw: RawMutex,
    value: UnsafeCell<T>,
}

// SAFETY: the mutex owns its value and is moved or dropped only as a whole, so moving it needs what moving `T` needs.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: by I1 only one thread at a time reaches the value through `&Mutex`; it may take the value out (`Send`), and no
// two threads ever hold `&T` together, so `T: Sync` is not needed.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    const_fn! {
        /// An unlocked mutex around `value`.
        ///
        /// ```
        /// use sync_primitives::spin::Mutex;
        ///
        /// static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());
        /// NAMES.lock().push("selvedge");
        /// ```
        #[must_use]
        pub const fn new(value: T) -> Self {
            Self { raw: RawMutex::new(), value: UnsafeCell::new(value) }
        }
    }

    /// Gives the value back.
    ///
    /// ```
    /// let mutex = sync_primitives::spin::Mutex::new(7);
    /// assert_eq!(mutex.into_inner(), 7);
    /// ```
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Locks, waiting as long as it takes.
    ///
    /// Not to be called while this thread already holds the guard of this mutex: it would wait for itself.
    ///
    /// ```
    /// let mutex = sync_primitives::spin::Mutex::new(1);
    /// *mutex.lock() += 1;
    /// assert_eq!(*mutex.lock(), 2);
    /// ```
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard::new(self.raw.lock(), self)
    }

    /// Locks if nobody holds the lock; `None` otherwise. It never waits, and never fails without a reason.
    ///
    /// ```
    /// let mutex = sync_primitives::spin::Mutex::new(1);
    /// let guard = mutex.lock();
    /// assert!(mutex.try_lock().is_none());
    /// drop(guard);
    /// assert_eq!(mutex.try_lock().as_deref(), Some(&1));
    /// ```
    #[inline]
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.raw.try_lock().map(|held| MutexGuard::new(held, self))
    }

    /// Whether somebody holds the lock just now; out of date as soon as it is returned.
    ///
    /// ```
    /// let mutex = sync_primitives::spin::Mutex::new(());
    /// assert!(!mutex.is_locked());
    /// let guard = mutex.lock();
    /// assert!(mutex.is_locked());
    /// # drop(guard);
    /// ```
    #[inline]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    /// The value, without locking: the borrow shows that nobody else can reach it.
    ///
    /// ```
    /// let mut mutex = sync_primitives::spin::Mutex::new(1);
    /// *mutex.get_mut() = 5;
    /// assert_eq!(mutex.into_inner(), 5);
    /// ```
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        let pointer = self.value.get_mut().with(|pointer| pointer);
        // SAFETY: `&mut self` excludes every guard and every other caller for as long as the result lives.
        unsafe { &mut *pointer }
    }
}

impl_lock_traits!(Mutex, try_lock, Some);

/// The locked state of a [`Mutex`]; dropping it unlocks.
///
/// It may be sent to another thread and unlock there, if the value may.
///
/// ```
/// let mutex = sync_primitives::spin::Mutex::new(vec![1, 2]);
/// let mut guard = mutex.lock();
/// guard.push(3);
/// assert_eq!(guard.len(), 3);
/// ```
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct MutexGuard<'a, T: ?Sized> {
    // Before `held`: the access ends, then the lock opens.
    value: MutPtr<T>,
    held: Held<'a>,
    marker: PhantomData<&'a mut T>,
}

// SAFETY: the guard is an exclusive borrow of the value, and unlocking is not bound to a thread.
unsafe impl<T: ?Sized + Send> Send for MutexGuard<'_, T> {}
// SAFETY: `&MutexGuard` gives out no more than `&T`.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    #[inline]
    fn new(held: Held<'a>, mutex: &'a Mutex<T>) -> Self {
        Self { value: mutex.value.get_mut(), held, marker: PhantomData }
    }

    /// Narrows the guard to a part of the value; the mutex stays locked until the result is dropped.
    ///
    /// An associated function, so as not to hide a method `map` of the value. If `f` panics, the mutex unlocks.
    ///
    /// ```
    /// use sync_primitives::spin::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new((1, "one"));
    /// let mut number = MutexGuard::map(mutex.lock(), |pair| &mut pair.0);
    /// *number = 2;
    /// drop(number);
    /// assert_eq!(*mutex.lock(), (2, "one"));
    /// ```
    pub fn map<U: ?Sized, F>(mut guard: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = NonNull::from(f(&mut guard));
        MappedMutexGuard { value: part, held: guard.held, marker: PhantomData }
    }

    /// Narrows the guard to a part of the value if there is such a part.
    ///
    /// # Errors
    ///
    /// Gives the guard back, still locked, when `f` returns `None`.
    ///
    /// ```
    /// use sync_primitives::spin::{Mutex, MutexGuard};
    ///
    /// let mutex = Mutex::new(vec![1, 2, 3]);
    /// let guard = MutexGuard::try_map(mutex.lock(), |items| items.get_mut(7)).unwrap_err();
    /// let mut first = MutexGuard::try_map(guard, |items| items.first_mut()).unwrap();
    /// *first = 10;
    /// drop(first);
    /// assert_eq!(mutex.into_inner(), [10, 2, 3]);
    /// ```
    pub fn try_map<U: ?Sized, F>(mut guard: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(&mut guard).map(NonNull::from) {
            Some(part) => Ok(MappedMutexGuard { value: part, held: guard.held, marker: PhantomData }),
            None => Err(guard),
        }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let pointer = self.value.with(|pointer| pointer);
        // SAFETY: by I1 nobody else reaches the value while `self.held` exists; `&self` keeps `&mut T` away.
        unsafe { &*pointer }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let pointer = self.value.with(|pointer| pointer);
        // SAFETY: by I1 nobody else reaches the value while `self.held` exists; `&mut self` makes this the only reference.
        unsafe { &mut *pointer }
    }
}

impl_format_through_deref!(MutexGuard<'_, T>, T);

/// The locked state of a [`Mutex`], narrowed to a part of its value by [`MutexGuard::map`]; dropping it unlocks.
///
/// ```
/// use sync_primitives::spin::{MappedMutexGuard, Mutex, MutexGuard};
///
/// let mutex = Mutex::new(([1, 2], 'a'));
/// let array = MutexGuard::map(mutex.lock(), |pair| &mut pair.0);
/// let second = MappedMutexGuard::map(array, |array| &mut array[1]);
/// assert_eq!(*second, 2);
/// ```
#[must_use = "the mutex unlocks as soon as the guard is dropped"]
#[clippy::has_significant_drop]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    value: NonNull<T>,
    held: Held<'a>,
    marker: PhantomData<&'a mut T>,
}

// SAFETY: as for `MutexGuard`.
unsafe impl<T: ?Sized + Send> Send for MappedMutexGuard<'_, T> {}
// SAFETY: as for `MutexGuard`.
unsafe impl<T: ?Sized + Sync> Sync for MappedMutexGuard<'_, T> {}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// Narrows the guard further; see [`MutexGuard::map`].
    pub fn map<U: ?Sized, F>(mut guard: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = NonNull::from(f(&mut guard));
        MappedMutexGuard { value: part, held: guard.held, marker: PhantomData }
    }
}

impl<T: ?Sized> Deref for MappedMutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the pointer came from `&'a mut T` into the locked value, which by I1 is ours while `self.held` exists.
        unsafe { self.value.as_ref() }
    }
}

impl<T: ?Sized> DerefMut for MappedMutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`; `&mut self` makes this the only reference.
        unsafe { self.value.as_mut() }
    }
}

impl_format_through_deref!(MappedMutexGuard<'_, T>, T);
