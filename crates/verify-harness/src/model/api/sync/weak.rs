//! References that do not keep what they refer to.

use core::fmt;
use core::sync::atomic::Ordering;
use std::sync::{Arc as Real, Weak as RealWeak};

use super::super::super::calls;
use super::super::super::interface::{Strength, UpdateFn};
use super::super::word::Word;
use super::CountedArc;
use super::counted::{Count, counts_owners, demand_owners};

/// Becomes an owner if there is one.
const UPGRADE: UpdateFn = |owners, _, _| if owners == 0 { None } else { Some(owners + 1) };

/// A `std::sync::Weak` of a [`CountedArc`].
///
/// Whether [`upgrade`](Self::upgrade) finds the value still owned is explored; a program that asks makes every clone and drop
/// of the arc an event.
///
/// ```
/// use verify_harness::model::sync::{CountedArc, Weak};
/// use verify_harness::model::{Builder, thread};
///
/// let report = Builder::new().explore(|| {
///     let owner = CountedArc::new(7);
///     let weak: Weak<i32> = CountedArc::downgrade(&owner);
///     let handle = thread::spawn(move || weak.upgrade().is_none_or(|value| *value == 7));
///     drop(owner);
///     assert!(handle.join().unwrap());
/// });
/// assert!(report.verdict.holds());
/// assert_eq!(report.executions, 3, "too late; or in time, and the last owner; or in time, and not the last owner");
/// ```
pub struct Weak<T: ?Sized> {
    count: Real<Count>,
    value: RealWeak<T>,
}

impl<T> Weak<T> {
    /// A reference to nothing.
    pub fn new() -> Self {
        let count = Real::new(Count { owners: Word::new(0), weak: Word::new(1) });
        Self::of_parts(count, RealWeak::new())
    }
}

impl<T: ?Sized> Weak<T> {
    /// A reference that is counted already.
    pub(super) fn of_parts(count: Real<Count>, value: RealWeak<T>) -> Self {
        Self { count, value }
    }

    /// An owner of the value, if it still has one.
    #[track_caller]
    pub fn upgrade(&self) -> Option<CountedArc<T>> {
        if demand_owners() {
            // Acquire: the value as it was made; pairs with `CountedArc::new_cyclic`. Whoever else may have owned it handed on
            // what it did when it left.
            self.count.owners.try_update(UPGRADE, 0, Ordering::Acquire).ok()?;
        }
        CountedArc::counted(self.value.upgrade()?)
    }

    /// How many owners the value has.
    #[track_caller]
    pub fn strong_count(&self) -> usize {
        if demand_owners() { self.count.owners.load(Strength::Relaxed) } else { self.value.strong_count() }
    }

    /// How many references like this one the value has, or zero if it has no owner.
    #[track_caller]
    pub fn weak_count(&self) -> usize {
        if !demand_owners() {
            return self.value.weak_count();
        }
        let observers = self.count.weak.load(Strength::Relaxed);
        if self.count.owners.load(Strength::Relaxed) == 0 { 0 } else { observers }
    }

    /// Whether two references refer to one value.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.value.ptr_eq(&other.value)
    }

    /// Where the value is, or was.
    pub fn as_ptr(&self) -> *const T {
        self.value.as_ptr()
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        if counts_owners() {
            // Relaxed: the new reference comes from an existing one.
            self.count.weak.update(|count, _, _| Some(count + 1), 0, Ordering::Relaxed);
        }
        Self::of_parts(Real::clone(&self.count), self.value.clone())
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    #[track_caller]
    fn drop(&mut self) {
        if calls::is_running() && counts_owners() {
            // Release: pairs with the load by which an owner finds itself alone.
            self.count.weak.update(|count, _, _| Some(count.wrapping_sub(1)), 0, Ordering::Release);
        }
    }
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(Weak)")
    }
}
