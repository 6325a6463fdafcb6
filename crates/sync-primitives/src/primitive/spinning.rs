//! The locks around the values of channels where no thread can sleep: the spinning ones, with the names of those that wait.

use crate::spin;

pub(crate) use crate::spin::RwLockReadGuard as ValueReadGuard;

/// A mutex that spins; what is held under it is a clone of a value.
#[derive(Debug)]
pub(crate) struct ValueMutex<T>(spin::Mutex<T>);

impl<T> ValueMutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(spin::Mutex::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }

    pub(crate) fn blocking_lock(&self) -> spin::MutexGuard<'_, T> {
        self.0.lock()
    }
}

/// A lock for readers and writers that spins.
#[derive(Debug)]
pub(crate) struct ValueRwLock<T>(spin::RwLock<T>);

impl<T> ValueRwLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(spin::RwLock::new(value))
    }

    pub(crate) fn blocking_read(&self) -> ValueReadGuard<'_, T> {
        self.0.read()
    }

    pub(crate) fn blocking_write(&self) -> spin::RwLockWriteGuard<'_, T> {
        self.0.write()
    }
}
