//! Values of which each model thread has its own.

use core::cell::{Cell, RefCell};
use core::fmt;
use std::rc::Rc;

use super::super::calls;
use super::super::resources::Local;

/// A value of which each model thread has its own, made at its first use and destroyed when the thread ends; what loom's
/// `thread_local!` expands to.
///
/// ```
/// use std::cell::Cell;
/// use verify_harness::model::thread::LocalKey;
/// use verify_harness::model::{Builder, thread};
///
/// static CALLS: LocalKey<Cell<u32>> = LocalKey::new(|| Cell::new(0));
///
/// Builder::new().check(|| {
///     CALLS.with(|calls| calls.set(1));
///     thread::spawn(|| assert_eq!(CALLS.with(Cell::get), 0)).join().unwrap();
/// });
/// ```
pub struct LocalKey<T: 'static> {
    init: fn() -> T,
}

/// The thread's value is gone: its destructor runs or has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the thread-local value is already destroyed")
    }
}

impl core::error::Error for AccessError {}

impl<T: 'static> LocalKey<T> {
    /// A key whose values `init` makes.
    pub const fn new(init: fn() -> T) -> Self {
        Self { init }
    }

    /// Calls `f` with the calling thread's value.
    ///
    /// # Panics
    ///
    /// If the value is destroyed already, and outside a program that is being explored.
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        match self.try_with(f) {
            Ok(result) => result,
            Err(error) => panic!("{error}"),
        }
    }

    /// Calls `f` with the calling thread's value.
    ///
    /// # Errors
    ///
    /// If the value is destroyed already.
    ///
    /// # Panics
    ///
    /// Outside a program that is being explored.
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        let runtime = calls::current();
        let (thread, key) = (runtime.current.get(), core::ptr::from_ref(self).addr());
        let value = match runtime.resources.local(thread, key) {
            Some(Local::Alive(value)) => value,
            Some(Local::Destroyed) => return Err(AccessError),
            None => {
                let value: Rc<dyn core::any::Any> = Rc::new((self.init)());
                runtime.resources.set_local(thread, key, Rc::clone(&value));
                value
            }
        };
        let Some(value) = value.downcast_ref::<T>() else { unreachable!("the key is this static's address") };
        Ok(f(value))
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// Stores `value` in the calling thread's cell.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with), here and in the methods below.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        self.with(|cell| cell.set(value));
    }

    /// A copy of the calling thread's value.
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// Takes the calling thread's value and leaves the default one.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// Replaces the calling thread's value and returns the one before.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// Calls `f` with the calling thread's value.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with), and if the value is borrowed mutably.
    #[track_caller]
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// Calls `f` with the calling thread's value, to be changed.
    ///
    /// # Panics
    ///
    /// As [`with`](Self::with), and if the value is borrowed.
    #[track_caller]
    pub fn with_borrow_mut<R>(&'static self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }
}

impl<T> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").finish_non_exhaustive()
    }
}
