//! Statics that are made when they are first used.

use core::any::Any;
use core::fmt;
use core::sync::atomic::Ordering;
use std::rc::Rc;

use super::super::calls;
use super::super::heap::Tracked;
use super::super::interface::{Strength, Waits};
use super::super::runtime::Runtime;
use super::word::Word;

const EMPTY: u32 = 0;
const BEING_MADE: u32 = 1;
const MADE: u32 = 2;

/// A static that its first user makes, anew in each execution; what loom's `lazy_static!` expands to.
///
/// As long as making the value does nothing that other threads can notice, it does not matter which thread makes it, and
/// the value counts as made before everything. Otherwise each choice of the making thread is explored.
///
/// ```
/// use verify_harness::model::lazy::Lazy;
/// use verify_harness::model::sync::atomic::{AtomicUsize, Ordering::Relaxed};
/// use verify_harness::model::{Builder, thread};
///
/// static COUNTER: Lazy<AtomicUsize> = Lazy::new(|| AtomicUsize::new(0));
///
/// let report = Builder::new().explore(|| {
///     let other = thread::spawn(|| COUNTER.get().fetch_add(1, Relaxed));
///     COUNTER.get().fetch_add(1, Relaxed);
///     other.join().unwrap();
///     assert_eq!(COUNTER.get().load(Relaxed), 2);
/// });
/// assert!(report.verdict.holds());
/// assert_eq!(report.executions, 2);
/// ```
pub struct Lazy<T> {
    state: Word<u32>,
    init: fn() -> T,
}

impl<T: 'static> Lazy<T> {
    /// A static that `init` makes.
    pub const fn new(init: fn() -> T) -> Self {
        Self { state: Word::new(EMPTY), init }
    }

    /// The value, which is valid until the execution ends.
    ///
    /// # Panics
    ///
    /// Outside a program that is being explored.
    #[track_caller]
    pub fn get(&'static self) -> &'static T {
        let runtime = calls::current();
        if runtime.resources.granted.statics {
            self.make_modelled(&runtime);
        } else if self.value(&runtime).is_none() {
            self.make_unnoticed(&runtime);
        }
        let Some(value) = self.value(&runtime) else { panic!("a static is used after its end") };
        let Some(value) = value.downcast_ref::<T>() else { unreachable!("the key is this static's address") };
        let value: *const T = value;
        // SAFETY: the map owns the value until the run ends, and never changes it. The reference is as long-lived as a
        // static's: a program that keeps it beyond the execution, in something that outlives it, is outside the contract
        // that the method states, as with any reference to a checked static.
        unsafe { &*value }
    }

    fn key(&'static self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    fn value(&'static self, runtime: &Runtime) -> Option<Rc<dyn Any>> {
        runtime.resources.statics.borrow().get(&self.key()).cloned()
    }

    /// Makes the value as if before everything; the run demands more if its maker acts on checked objects.
    fn make_unnoticed(&'static self, runtime: &Runtime) {
        struct Restore<'a>(&'a Runtime, bool);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.resources.making.set(self.1);
            }
        }
        let restore = Restore(runtime, runtime.resources.making.replace(true));
        let value: Rc<dyn Any> = Rc::new((self.init)());
        drop(restore);
        let _checker = Tracked::checker();
        runtime.resources.statics.borrow_mut().insert(self.key(), value);
    }

    /// Makes the value in the thread that comes first, while others wait.
    #[track_caller]
    fn make_modelled(&'static self, runtime: &Runtime) {
        if self.state.load(Strength::Acquire) == MADE {
            return;
        }
        match self.state.compare_exchange(EMPTY, BEING_MADE, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => {
                let value: Rc<dyn Any> = Rc::new((self.init)());
                let checker = Tracked::checker();
                runtime.resources.statics.borrow_mut().insert(self.key(), value);
                drop(checker);
                self.state.store(MADE, Strength::Release);
            }
            Err(MADE) => {}
            Err(_) => {
                let made = |state, made, _| if state == made { Some(made) } else { None };
                self.state.wait(made, MADE, Ordering::Acquire, Waits::Lock);
            }
        }
    }
}

impl<T> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazy").finish_non_exhaustive()
    }
}
