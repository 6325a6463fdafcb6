//! The primitives under a model checker: loom's, and a back-off that lets the checker run another thread.

pub(crate) use loom::cell::{ConstPtr, MutPtr, UnsafeCell};
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize};

/// The locks around the values of channels, the checker's own too: those of this crate are checked by themselves.
#[cfg(feature = "alloc")]
#[derive(Debug)]
pub(crate) struct ValueMutex<T>(loom::sync::Mutex<T>);

#[cfg(feature = "alloc")]
impl<T> ValueMutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn blocking_lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The reference count of a value that receivers share: who drops it last is decided in the model.
#[cfg(feature = "alloc")]
pub(crate) use loom::sync::Arc as ValueArc;

/// As [`ValueMutex`].
#[cfg(feature = "alloc")]
#[derive(Debug)]
pub(crate) struct ValueRwLock<T>(loom::sync::RwLock<T>);

#[cfg(feature = "alloc")]
pub(crate) use loom::sync::RwLockReadGuard as ValueReadGuard;

#[cfg(feature = "alloc")]
impl<T> ValueRwLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::RwLock::new(value))
    }

    pub(crate) fn blocking_read(&self) -> ValueReadGuard<'_, T> {
        self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn blocking_write(&self) -> loom::sync::RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The lock of channels under a checker is the checker's own: that the spinning lock excludes and orders is checked by itself, and with
/// what it does while it spins left out, a channel has few enough executions to explore them all.
#[cfg(feature = "alloc")]
#[derive(Debug)]
pub(crate) struct Lock<T>(loom::sync::Mutex<T>);

#[cfg(feature = "alloc")]
pub(crate) use loom::sync::MutexGuard as LockGuard;

#[cfg(feature = "alloc")]
impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(crate) fn lock(&self) -> LockGuard<'_, T> {
        // Not poisoned where it is the spinning lock.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A fence; one that a test has weakened to `Relaxed` is none.
pub(crate) fn fence(ordering: super::Ordering) {
    if ordering != super::Ordering::Relaxed {
        loom::sync::atomic::fence(ordering);
    }
}

/// Gives way to another thread: time does not pass in a model.
pub(crate) fn spin_loop() {
    loom::thread::yield_now();
}

/// A number of this thread, of up to 28 bits, the same in every execution.
#[cfg(feature = "alloc")]
pub(crate) fn thread_number() -> u32 {
    use core::hash::{Hash, Hasher};

    let mut hasher = std::hash::DefaultHasher::new();
    loom::thread::current().id().hash(&mut hasher);
    1 + (hasher.finish() >> 37) as u32
}

/// A value that threads copy out and in, word by word; in a model without padding.
pub(crate) struct Words<T> {
    words: std::boxed::Box<[AtomicUsize]>,
    value: core::marker::PhantomData<T>,
}

impl<T: Copy> Words<T> {
    const COUNT: usize = size_of::<T>().div_ceil(size_of::<usize>());

    pub(crate) fn new(value: T) -> Self {
        let words = Self::split(value).into_iter().map(AtomicUsize::new).collect();
        Self { words, value: core::marker::PhantomData }
    }

    fn split(value: T) -> std::vec::Vec<usize> {
        let mut words = std::vec![0; Self::COUNT];
        // SAFETY: the words are at least as long as the value, whose alignment does not matter.
        unsafe { words.as_mut_ptr().cast::<T>().write_unaligned(value) };
        words
    }

    fn join(words: &[usize]) -> core::mem::MaybeUninit<T> {
        assert_eq!(words.len(), Self::COUNT);
        // SAFETY: the words are at least as long as the value, whose alignment does not matter.
        unsafe { words.as_ptr().cast::<core::mem::MaybeUninit<T>>().read_unaligned() }
    }

    pub(crate) fn load(&self, each: super::Ordering) -> core::mem::MaybeUninit<T> {
        Self::join(&self.words.iter().map(|word| word.load(each)).collect::<std::vec::Vec<_>>())
    }

    pub(crate) fn store(&self, value: T, each: super::Ordering) {
        for (word, part) in self.words.iter().zip(Self::split(value)) {
            word.store(part, each);
        }
    }
}

/// Threads that wait: parking, and the handle by which another thread ends it.
pub(crate) mod thread {
    pub(crate) use loom::thread::{Thread, current, park};
}

/// The back-off of model tests: every pause gives way to another thread, since time does not pass in a model.
#[derive(Debug, Default)]
pub struct Backoff(());

impl Backoff {
    /// A new back-off.
    #[must_use]
    pub fn new() -> Self {
        Self(())
    }

    /// Does nothing: there is no step to go back to.
    pub fn reset(&self) {}

    /// Gives way to another thread.
    pub fn spin(&self) {
        loom::thread::yield_now();
    }

    /// Gives way to another thread.
    pub fn snooze(&self) {
        loom::thread::yield_now();
    }

    /// Always true: a thread that can block should do so at once.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        true
    }
}
