//! Values that are written once.

use core::cell::UnsafeCell;
use core::fmt;
use core::sync::atomic::Ordering;

use super::super::super::calls;
use super::super::super::interface::{Strength, Waits};
use super::super::word::Word;

const EMPTY: u32 = 0;
const BEING_SET: u32 = 1;
const SET: u32 = 2;

/// A `std::sync::OnceLock`. In a `static`, it is empty at the beginning of each execution.
///
/// ```
/// use verify_harness::model::{Builder, sync::{Arc, OnceLock}, thread};
///
/// Builder::new().check(|| {
///     let cell = Arc::new(OnceLock::new());
///     let other = Arc::clone(&cell);
///     let handle = thread::spawn(move || *other.get_or_init(|| 1));
///     let mine = *cell.get_or_init(|| 2);
///     assert_eq!(mine, handle.join().unwrap());
/// });
/// ```
pub struct OnceLock<T> {
    state: Word<u32>,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: owning the cell is owning the value.
unsafe impl<T: Send> Send for OnceLock<T> {}
// SAFETY: the value is written by the one thread that changed the state from empty, and read only after the state says that
// it is set; it may be set in one thread and dropped in another.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// An empty cell.
    pub const fn new() -> Self {
        Self { state: Word::new(EMPTY), value: UnsafeCell::new(None) }
    }

    /// The value, if it is set.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        if self.state.load(Strength::Acquire) == SET { self.value() } else { None }
    }

    /// The value, which nobody else can access meanwhile.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_mut()
    }

    /// Sets the value.
    ///
    /// # Errors
    ///
    /// `value`, if another is set.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| match value.take() {
            Some(value) => value,
            None => unreachable!("an initializer is called once"),
        });
        value.map_or(Ok(()), Err)
    }

    /// The value, made by `init` if none is set; other threads wait meanwhile.
    #[track_caller]
    pub fn get_or_init(&self, init: impl FnOnce() -> T) -> &T {
        match self.state.compare_exchange(EMPTY, BEING_SET, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                let value = init();
                let place = self.value.get();
                // SAFETY: only the thread that changed the state from empty comes here, and nobody reads yet.
                let before = unsafe { place.replace(Some(value)) };
                // What an earlier execution left behind, in any state.
                core::mem::forget(before);
                self.end_with_the_run(place);
                self.state.store(SET, Strength::Release);
            }
            Err(SET) => {}
            Err(_) => {
                let set = |state, set, _| if state == set { Some(set) } else { None };
                self.state.wait(set, SET, Ordering::Acquire, Waits::Lock);
            }
        }
        match self.value() {
            Some(value) => value,
            None => panic!("the value of a `OnceLock` in an abandoned execution"),
        }
    }

    /// Has the value in `place` dropped when the run ends, if the cell is there then.
    fn end_with_the_run(&self, place: *mut Option<T>) {
        if !calls::outlives_run(place.addr()) {
            return;
        }
        // SAFETY: the cell outlives the run, and nobody else uses it at its end.
        let end = move || drop(unsafe { place.replace(None) });
        let end: Box<dyn FnOnce() + '_> = Box::new(end);
        // SAFETY: only the lifetime changes. What outlives the run is in a static, or in what the explored closure owns, so its
        // value borrows from nothing that is shorter-lived.
        let end = unsafe { core::mem::transmute::<Box<dyn FnOnce() + '_>, Box<dyn FnOnce()>>(end) };
        calls::current().resources.at_end(end);
    }

    /// The value.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    fn value(&self) -> Option<&T> {
        // SAFETY: callers have seen that the value is set, and then it is not written any more. In an abandoned execution,
        // where waiting ends early, the threads are unwound one after the other, so nobody writes meanwhile.
        unsafe { &*self.value.get() }.as_ref()
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceLock").finish_non_exhaustive()
    }
}
