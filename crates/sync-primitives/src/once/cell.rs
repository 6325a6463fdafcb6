//! [`OnceCell`]: a value that whoever comes first initialises.
//!
//! Source: tokio's `OnceCell`, whose names and meaning it keeps: a semaphore of one permit, closed once the value is there.
//!
//! Layout: the semaphore, whose `CLOSED` means that the value is there; then the value.
//!
//! Invariants
//! - K1: the value is written by the holder of the only permit, before the semaphore is closed; after that it is not written any
//!   more, and the permit is never given back.
//!
//! Linearization points: setting, the closing of the semaphore; looking, its S2.
//!
//! Progress: looking is wait-free. Reclamation: the value is dropped with its cell.
//!
//! Checked by `tests/loom_events.rs`.

use core::error::Error;
use core::fmt;
use core::future::Future;

use super::slot::{Slot, as_option};
use crate::primitive::const_fn;
use crate::semaphore::{Semaphore, SemaphorePermit, TryAcquireError};

/// A value that is initialised by whoever needs it first; the others wait, and use it too.
///
/// - Cost: one load to look at the value. Nothing is allocated.
/// - Size: 16 bytes and the value.
/// - Cancellation and panics: if the one that initialises is dropped, fails or panics, the next that waits tries.
///
/// ```
/// use sync_primitives::OnceCell;
///
/// static SETTINGS: OnceCell<String> = OnceCell::new();
///
/// pollster::block_on(async {
///     let settings = SETTINGS.get_or_init(|| async { "fast".to_owned() }).await;
///     assert_eq!(settings, "fast");
///     assert_eq!(SETTINGS.get_or_init(|| async { unreachable!() }).await, "fast");
/// });
/// ```
pub struct OnceCell<T> {
    semaphore: Semaphore,
    value: Slot<T>,
}

// SAFETY: it owns its value.
unsafe impl<T: Send> Send for OnceCell<T> {}
// SAFETY: a value may be put in on one thread and dropped on another (`Send`), and many look at it together (`Sync`).
unsafe impl<T: Send + Sync> Sync for OnceCell<T> {}

impl<T> OnceCell<T> {
    const_fn! {
        /// Without a value.
        #[must_use]
        pub const fn new() -> Self {
            Self { semaphore: Semaphore::new(1), value: Slot::empty() }
        }
    }

    const_fn! {
        /// The same as [`new`](Self::new), which is `const` too; for code written for tokio.
        #[must_use]
        pub const fn const_new() -> Self {
            Self::new()
        }
    }

    const_fn! {
        /// With a value.
        #[must_use]
        pub const fn const_new_with(value: T) -> Self {
            Self { semaphore: Semaphore::new_closed(), value: Slot::full(value) }
        }
    }

    /// With a value, if one is given.
    #[must_use]
    pub fn new_with(value: Option<T>) -> Self {
        value.map_or_else(Self::new, Self::const_new_with)
    }

    /// Whether the value is there.
    #[inline]
    #[must_use]
    pub fn initialized(&self) -> bool {
        self.semaphore.is_closed()
    }

    /// The value, if it is there.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        if self.initialized() { Some(self.value()) } else { None }
    }

    /// The value, if it is there; the borrow shows that nobody else can reach it.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        if !self.initialized() {
            return None;
        }
        // SAFETY: K1.
        Some(unsafe { self.value.get_mut() })
    }

    /// The value, which is there.
    #[inline]
    fn value(&self) -> &T {
        // SAFETY: K1: written, and not written any more.
        unsafe { self.value.get() }
    }

    /// Sets the value.
    ///
    /// ```
    /// use sync_primitives::{OnceCell, SetError};
    ///
    /// let cell = OnceCell::new();
    /// cell.set(1).unwrap();
    /// assert_eq!(cell.set(2).unwrap_err(), SetError::AlreadyInitializedError(2));
    /// assert_eq!(cell.get(), Some(&1));
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the value back if there is one already, or somebody else initialises at this moment.
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        match self.semaphore.try_acquire() {
            Ok(permit) => {
                self.put(value, permit);
                Ok(())
            }
            Err(TryAcquireError::Closed) => Err(SetError::AlreadyInitializedError(value)),
            Err(TryAcquireError::NoPermits) => Err(SetError::InitializingError(value)),
        }
    }

    fn put(&self, value: T, permit: SemaphorePermit<'_>) -> &T {
        // SAFETY: K1: the only permit is here, and nobody reads before the semaphore is closed.
        unsafe { self.value.put(value) };
        self.semaphore.close();
        permit.forget();
        self.value()
    }

    /// The value; if it is not there, waits for whoever initialises, or initialises with what `f` returns.
    ///
    /// If the future is dropped while it initialises, the next that waits does that.
    pub async fn get_or_init<F, Fut>(&self, f: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        match self.get_or_try_init(async || Ok::<T, core::convert::Infallible>(f().await)).await {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// As [`get_or_init`](Self::get_or_init), with an `f` that may fail.
    ///
    /// ```
    /// # pollster::block_on(async {
    /// let cell = sync_primitives::OnceCell::new();
    /// assert_eq!(cell.get_or_try_init(|| async { Err("not now") }).await, Err("not now"));
    /// assert_eq!(cell.get_or_try_init(|| async { Ok::<_, ()>(5) }).await, Ok(&5));
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// What `f` fails with; then the next that waits tries.
    pub async fn get_or_try_init<E, F, Fut>(&self, f: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        match self.semaphore.acquire().await {
            Ok(permit) => {
                let value = f().await?;
                Ok(self.put(value, permit))
            }
            // Closed: the value is there.
            Err(_) => Ok(self.value()),
        }
    }

    /// As [`get_or_init`](Self::get_or_init), on a thread that blocks while somebody else initialises. In the same queue as tasks.
    ///
    /// ```
    /// let cell = sync_primitives::OnceCell::new();
    /// assert_eq!(*cell.blocking_get_or_init(|| 5), 5);
    /// assert_eq!(*cell.blocking_get_or_init(|| unreachable!()), 5);
    /// ```
    #[cfg(any(feature = "std", loom))]
    #[doc(alias = "get_or_init_blocking")]
    pub fn blocking_get_or_init(&self, f: impl FnOnce() -> T) -> &T {
        match self.blocking_get_or_try_init(|| Ok::<T, core::convert::Infallible>(f())) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// As [`blocking_get_or_init`](Self::blocking_get_or_init), with an `f` that may fail.
    ///
    /// ```
    /// let cell = sync_primitives::OnceCell::new();
    /// assert_eq!(cell.blocking_get_or_try_init(|| Err("not now")), Err("not now"));
    /// assert_eq!(cell.blocking_get_or_try_init(|| Ok::<_, ()>(5)), Ok(&5));
    /// ```
    ///
    /// # Errors
    ///
    /// What `f` fails with; then the next that waits tries.
    #[cfg(any(feature = "std", loom))]
    #[doc(alias = "get_or_try_init_blocking")]
    pub fn blocking_get_or_try_init<E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        match self.semaphore.blocking_acquire() {
            Ok(permit) => {
                let value = f()?;
                Ok(self.put(value, permit))
            }
            // Closed: the value is there.
            Err(_) => Ok(self.value()),
        }
    }

    /// Takes the value out.
    #[must_use]
    pub fn into_inner(mut self) -> Option<T> {
        self.take()
    }

    /// Takes the value out, and leaves the cell without one.
    pub fn take(&mut self) -> Option<T> {
        let taken = core::mem::take(self);
        if !taken.initialized() {
            return None;
        }
        let mut taken = core::mem::ManuallyDrop::new(taken);
        // SAFETY: K1: written; `taken` is not dropped, so the value is moved out.
        Some(unsafe { taken.value.take() })
    }
}

as_option!(OnceCell);

/// Why a value could not be set; it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetError<T> {
    /// There is a value already.
    AlreadyInitializedError(T),
    /// Somebody else initialises at this moment.
    InitializingError(T),
}

impl<T> SetError<T> {
    /// Whether there is a value already.
    #[must_use]
    pub fn is_already_init_err(&self) -> bool {
        matches!(self, Self::AlreadyInitializedError(_))
    }

    /// Whether somebody else initialises at this moment.
    #[must_use]
    pub fn is_initializing_err(&self) -> bool {
        matches!(self, Self::InitializingError(_))
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyInitializedError(_) => "value is set already",
            Self::InitializingError(_) => "value is being initialised",
        })
    }
}

impl<T: fmt::Debug> Error for SetError<T> {}
