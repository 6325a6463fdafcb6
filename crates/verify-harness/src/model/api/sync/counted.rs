//! Shared ownership whose end is part of the model.

use core::borrow::Borrow;
use core::fmt;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::pin::Pin;
use core::sync::atomic::Ordering;
use std::sync::Arc as Real;

use super::super::super::interface::Strength;
use super::super::super::resources::Demands;
use super::super::super::runtime;
use super::super::here;
use super::super::word::Word;

/// A `std::sync::Arc` whose last owner the checker chooses, and whose leak it reports; loom's `Arc`.
///
/// Cloning makes no event. Dropping makes one only if dropping the value could be noticed, and then each choice of the
/// last owner is explored, which multiplies the executions by the orders in which unordered owners can leave. A program
/// that asks how many owners there are ([`strong_count`](Self::strong_count), [`get_mut`](Self::get_mut),
/// [`try_unwrap`](Self::try_unwrap)) makes every clone and drop an event.
///
/// ```
/// use verify_harness::model::sync::CountedArc;
/// use verify_harness::model::{Builder, thread};
///
/// let report = Builder::new().explore(|| {
///     let mine = CountedArc::new(String::from("shared"));
///     let other = CountedArc::clone(&mine);
///     let handle = thread::spawn(move || drop(other));
///     drop(mine);
///     handle.join().unwrap();
/// });
/// assert_eq!(report.executions, 2, "either thread may be the one that drops the string");
/// ```
pub struct CountedArc<T: ?Sized> {
    count: Real<Count>,
    value: ManuallyDrop<Real<T>>,
}

/// The owners of one value.
struct Count {
    /// If owners are counted, how many there are. Otherwise how many have left: only the order in which they do matters.
    word: Word<usize>,
    /// Where the value is.
    address: usize,
    /// What the run knows it by as long as it has owners.
    tracked: u64,
}

impl Drop for Count {
    fn drop(&mut self) {
        if let Some(runtime) = runtime::running() {
            runtime.resources.owners.borrow_mut().remove(&self.address);
            runtime.resources.untrack(self.tracked);
        }
    }
}

/// Whether the run counts owners.
fn counts_owners() -> bool {
    runtime::running().is_some_and(|runtime| runtime.resources.granted.owners)
}

impl<T> CountedArc<T> {
    /// Shares `value`.
    ///
    /// # Panics
    ///
    /// Outside a program that is being explored.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self::from_std(Real::new(value))
    }

    /// Shares `value`, which cannot be moved from then on.
    #[track_caller]
    pub fn pin(value: T) -> Pin<Self> {
        // SAFETY: the value stays where it is until its last owner drops it: `get_mut` and `try_unwrap` take the arc itself,
        // which the pin keeps.
        unsafe { Pin::new_unchecked(Self::new(value)) }
    }

    /// The value, if `this` is its only owner.
    ///
    /// # Errors
    ///
    /// `this`, if there are others.
    #[track_caller]
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        if !this.is_alone() {
            return Err(this);
        }
        this.leave();
        let mut this = ManuallyDrop::new(this);
        // SAFETY: `this` is not dropped, so the value is taken once.
        let value = unsafe { ManuallyDrop::take(&mut this.value) };
        // SAFETY: `this` is not dropped, so the count is read out once.
        drop(unsafe { core::ptr::read(&this.count) });
        match Real::try_unwrap(value) {
            Ok(value) => Ok(value),
            Err(_) => unreachable!("the last owner owns the value alone"),
        }
    }
}

impl<T: ?Sized> CountedArc<T> {
    /// Makes a checked arc of one that nobody shares yet; the way to one of an unsized value.
    ///
    /// # Panics
    ///
    /// If the value has other owners, and outside a program that is being explored.
    #[track_caller]
    pub fn from_std(mut std: Real<T>) -> Self {
        assert!(Real::get_mut(&mut std).is_some(), "the arc to convert must be the only owner of its value");
        let runtime = runtime::current();
        let address = Real::as_ptr(&std).cast::<()>().addr();
        let initial = usize::from(runtime.resources.granted.owners);
        let tracked = runtime.resources.track(here());
        let count = Real::new(Count { word: Word::new(initial), address, tracked });
        runtime.resources.owners.borrow_mut().insert(address, Real::as_ptr(&count).cast());
        Self { count, value: ManuallyDrop::new(std) }
    }

    /// How many owners the value has.
    #[must_use]
    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        this.owners(Strength::Relaxed)
    }

    /// The value, if `this` is its only owner.
    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        if this.is_alone() { Real::get_mut(&mut this.value) } else { None }
    }

    /// Whether two arcs share one value.
    #[must_use]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        Real::ptr_eq(&this.value, &other.value)
    }

    /// The value's address.
    #[must_use]
    pub fn as_ptr(this: &Self) -> *const T {
        Real::as_ptr(&this.value)
    }

    /// Gives up the arc but not its share: [`from_raw`](Self::from_raw) makes it an arc again.
    #[must_use]
    pub fn into_raw(this: Self) -> *const T {
        let mut this = ManuallyDrop::new(this);
        // SAFETY: `this` is not dropped, so the count is read out once; `from_raw` takes it back.
        let _ = Real::into_raw(unsafe { core::ptr::read(&this.count) });
        // SAFETY: `this` is not dropped, so the value is taken once.
        Real::into_raw(unsafe { ManuallyDrop::take(&mut this.value) })
    }

    /// The arc that [`into_raw`](Self::into_raw) gave up.
    ///
    /// # Panics
    ///
    /// If `pointer` is not from `into_raw` in the same execution.
    ///
    /// # Safety
    ///
    /// As for [`std::sync::Arc::from_raw`].
    #[must_use]
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        let address = pointer.cast::<()>().addr();
        let count = runtime::current().resources.owners.borrow().get(&address).copied();
        let Some(count) = count else { panic!("`from_raw` of a pointer that is not from `into_raw`") };
        // SAFETY: `into_raw` left one share of the count, whose address the run keeps until the count is dropped.
        let count = unsafe { Real::from_raw(count.cast::<Count>()) };
        // SAFETY: the caller's promise.
        let value = unsafe { Real::from_raw(pointer) };
        Self { count, value: ManuallyDrop::new(value) }
    }

    /// Adds an owner.
    ///
    /// # Safety
    ///
    /// As for [`std::sync::Arc::increment_strong_count`].
    #[track_caller]
    pub unsafe fn increment_strong_count(pointer: *const T) {
        // SAFETY: the caller's promise: a share was left by `into_raw`; it is not taken here.
        let this = ManuallyDrop::new(unsafe { Self::from_raw(pointer) });
        let _ = Self::into_raw(Self::clone(&this));
    }

    /// Takes an owner away, as dropping it would.
    ///
    /// # Safety
    ///
    /// As for [`std::sync::Arc::decrement_strong_count`].
    #[track_caller]
    pub unsafe fn decrement_strong_count(pointer: *const T) {
        // SAFETY: the caller's promise.
        drop(unsafe { Self::from_raw(pointer) });
    }

    /// The number of owners, which the run must count from its start.
    #[track_caller]
    fn owners(&self, strength: Strength) -> usize {
        let runtime = runtime::current();
        if !runtime.resources.granted.owners {
            if !runtime.is_in_progress() {
                return Real::strong_count(&self.value);
            }
            runtime.demand(Demands { owners: true, statics: false });
        }
        self.count.word.load(strength)
    }

    #[track_caller]
    fn is_alone(&self) -> bool {
        // Acquire: what former owners did with the value comes before what the only owner does.
        self.owners(Strength::Acquire) == 1 && Real::strong_count(&self.value) == 1
    }

    /// Notes that this owner leaves.
    #[track_caller]
    fn leave(&self) {
        if !runtime::running().is_some_and(|runtime| runtime.is_in_progress()) {
            return;
        }
        // Release: what this owner did comes before the value's end. Acquire: the last owner comes after all others; that
        // the others acquire too orders nothing, since they do nothing with the value any more.
        if counts_owners() {
            self.count.word.update(|count, _, _| Some(count.wrapping_sub(1)), 0, Ordering::AcqRel);
        } else if core::mem::needs_drop::<T>() {
            self.count.word.update(|left, _, _| Some(left + 1), 0, Ordering::AcqRel);
        }
    }
}

impl<T: ?Sized> Drop for CountedArc<T> {
    #[track_caller]
    fn drop(&mut self) {
        self.leave();
        // SAFETY: here only, and in methods that forget `self`.
        unsafe { ManuallyDrop::drop(&mut self.value) }
    }
}

impl<T: ?Sized> Clone for CountedArc<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        if counts_owners() {
            // Relaxed: the new owner comes from an existing one.
            self.count.word.update(|count, _, _| Some(count + 1), 0, Ordering::Relaxed);
        }
        Self { count: Real::clone(&self.count), value: ManuallyDrop::new(Real::clone(&self.value)) }
    }
}

impl<T: ?Sized> Deref for CountedArc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Default> Default for CountedArc<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for CountedArc<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized> AsRef<T> for CountedArc<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for CountedArc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for CountedArc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
