//! Shared ownership whose end is part of the model.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::pin::Pin;
use core::sync::atomic::Ordering;
use std::sync::Arc as Real;

use super::super::super::calls;
use super::super::super::heap::Tracked;
use super::super::super::interface::{Site, Strength, UpdateFn};
use super::super::super::resources::Demands;
use super::super::here;
use super::super::word::Word;
use super::Weak;

/// An owner leaves.
const LEAVE: UpdateFn = |count, _, _| Some(count.wrapping_sub(1));

/// A `std::sync::Arc` whose last owner the checker chooses, and whose leak it reports; loom's `Arc`.
///
/// Cloning makes no event. Dropping makes one only if dropping the value could be noticed, and then each choice of the
/// last owner is explored, which multiplies the executions by the orders in which unordered owners can leave. A program
/// that asks how many owners there are ([`strong_count`](Self::strong_count), [`get_mut`](Self::get_mut),
/// [`try_unwrap`](Self::try_unwrap), [`Weak::upgrade`]) makes every clone and drop an event.
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
    share: Real<Share>,
    value: ManuallyDrop<Real<T>>,
}

/// What all owners of one value have together; gone when the last of them is.
struct Share {
    count: Real<Count>,
    /// Where the value is.
    address: usize,
    /// What the run knows it by as long as it has owners.
    tracked: u64,
}

/// The numbers of owners and observers of one value.
pub(super) struct Count {
    /// If owners are counted, how many there are. Otherwise how many have left: only the order in which they do matters.
    pub(super) owners: Word<usize>,
    /// If owners are counted, how many [`Weak`] there are.
    pub(super) weak: Word<usize>,
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(runtime) = calls::running() {
            runtime.resources.owners.borrow_mut().remove(&self.address);
            runtime.resources.untrack(self.tracked);
        }
    }
}

/// Whether the run counts owners.
pub(super) fn counts_owners() -> bool {
    calls::running().is_some_and(|runtime| runtime.resources.granted.owners)
}

/// Whether the run counts owners, after asking for that; false in a run that is over.
#[track_caller]
pub(super) fn demand_owners() -> bool {
    let runtime = calls::current();
    if !runtime.is_in_progress() {
        return false;
    }
    if !runtime.resources.granted.owners {
        runtime.demand(Demands { owners: true, ..Demands::default() });
    }
    true
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
        if !this.is_only_owner() {
            return Err(this);
        }
        this.leave();
        match this.into_value() {
            Some(value) => Ok(value),
            None => unreachable!("the last owner owns the value alone"),
        }
    }

    /// Leaves, and takes the value if this was the last owner: of several that do this, one gets it.
    #[track_caller]
    pub fn into_inner(this: Self) -> Option<T> {
        if demand_owners() {
            // Release and acquire: as where an owner is dropped.
            if this.share.count.owners.update(LEAVE, 0, Ordering::AcqRel) != 1 {
                drop(this.into_parts());
                return None;
            }
        }
        this.into_value()
    }

    /// The value if this is its only owner, a clone of it if not.
    #[track_caller]
    pub fn unwrap_or_clone(this: Self) -> T
    where
        T: Clone,
    {
        Self::try_unwrap(this).unwrap_or_else(|this| (*this).clone())
    }

    /// Shares what `make` makes, which is given the way back to what it makes: it cannot be upgraded before that is made.
    ///
    /// # Panics
    ///
    /// Outside a program that is being explored.
    #[track_caller]
    pub fn new_cyclic(make: impl FnOnce(&Weak<T>) -> T) -> Self {
        let site = here();
        // No owner yet; one observer, which `make` sees.
        let count = Real::new(Count { owners: Word::new(0), weak: Word::new(1) });
        let value = Real::new_cyclic(|weak| make(&Weak::of_parts(Real::clone(&count), weak.clone())));
        if counts_owners() {
            // Release: whoever upgrades sees the value as it was made.
            count.owners.update(|count, _, _| Some(count + 1), 0, Ordering::Release);
        }
        Self::of_parts(count, value, site)
    }

    /// The value, if its last owner gives up the arc.
    fn into_value(self) -> Option<T> {
        Real::into_inner(self.into_parts())
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
        let initial = usize::from(calls::current().resources.granted.owners);
        Self::of_parts(Real::new(Count { owners: Word::new(initial), weak: Word::new(0) }), std, here())
    }

    fn of_parts(count: Real<Count>, value: Real<T>, site: Site) -> Self {
        let runtime = calls::current();
        let address = Real::as_ptr(&value).cast::<()>().addr();
        let share = Real::new(Share { count, address, tracked: runtime.resources.track(site) });
        let checker = Tracked::checker();
        runtime.resources.owners.borrow_mut().insert(address, Real::as_ptr(&share).cast());
        drop(checker);
        Self { share, value: ManuallyDrop::new(value) }
    }

    /// An owner that is counted already.
    pub(super) fn counted(value: Real<T>) -> Option<Self> {
        let address = Real::as_ptr(&value).cast::<()>().addr();
        let share = calls::current().resources.owners.borrow().get(&address).copied()?.cast::<Share>();
        // SAFETY: the run keeps the address as long as the share has owners, one of which is on its way.
        unsafe { Real::increment_strong_count(share) };
        // SAFETY: the owner that was added.
        let share = unsafe { Real::from_raw(share) };
        Some(Self { share, value: ManuallyDrop::new(value) })
    }

    /// Gives up the arc without counting that.
    fn into_parts(self) -> Real<T> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so the share is read out once.
        drop(unsafe { core::ptr::read(&this.share) });
        // SAFETY: `this` is not dropped, so the value is taken once.
        unsafe { ManuallyDrop::take(&mut this.value) }
    }

    /// A reference that does not keep the value.
    #[track_caller]
    pub fn downgrade(this: &Self) -> Weak<T> {
        let count = Real::clone(&this.share.count);
        if counts_owners() {
            // Relaxed: the new observer comes from an owner.
            count.weak.update(|count, _, _| Some(count + 1), 0, Ordering::Relaxed);
        }
        Weak::of_parts(count, Real::downgrade(&this.value))
    }

    /// How many [`Weak`] the value has.
    #[track_caller]
    pub fn weak_count(this: &Self) -> usize {
        if demand_owners() { this.share.count.weak.load(Strength::Relaxed) } else { Real::weak_count(&this.value) }
    }

    /// How many owners the value has.
    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        this.owners(Strength::Relaxed)
    }

    /// The value, if `this` is its only owner.
    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        if this.is_alone() { Real::get_mut(&mut this.value) } else { None }
    }

    /// The value, to be changed: if it has other owners or a [`Weak`], a clone of it that only `this` owns.
    #[track_caller]
    pub fn make_mut(this: &mut Self) -> &mut T
    where
        T: Clone + Sized,
    {
        if !this.is_alone() {
            *this = Self::new((**this).clone());
        }
        match Real::get_mut(&mut this.value) {
            Some(value) => value,
            None => panic!("a value with other owners in an abandoned execution"),
        }
    }

    /// Whether two arcs share one value.
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        Real::ptr_eq(&this.value, &other.value)
    }

    /// The value's address.
    pub fn as_ptr(this: &Self) -> *const T {
        Real::as_ptr(&this.value)
    }

    /// Gives up the arc but not its share: [`from_raw`](Self::from_raw) makes it an arc again.
    pub fn into_raw(this: Self) -> *const T {
        let mut this = ManuallyDrop::new(this);
        // SAFETY: `this` is not dropped, so the share is read out once; `from_raw` takes it back.
        let _ = Real::into_raw(unsafe { core::ptr::read(&this.share) });
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
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        let address = pointer.cast::<()>().addr();
        let share = calls::current().resources.owners.borrow().get(&address).copied();
        let Some(share) = share else { panic!("`from_raw` of a pointer that is not from `into_raw`") };
        // SAFETY: `into_raw` left one owner of the share, whose address the run keeps until the share is dropped.
        let share = unsafe { Real::from_raw(share.cast::<Share>()) };
        // SAFETY: the caller's promise.
        let value = unsafe { Real::from_raw(pointer) };
        Self { share, value: ManuallyDrop::new(value) }
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
        if demand_owners() { self.share.count.owners.load(strength) } else { Real::strong_count(&self.value) }
    }

    /// Whether nobody else owns or observes the value.
    #[track_caller]
    fn is_alone(&self) -> bool {
        // Acquire: what former owners and observers did with the value comes before what the only owner does. Observers are
        // looked at first: one that becomes an owner is noticed as such.
        let observed = demand_owners() && self.share.count.weak.load(Strength::Acquire) != 0;
        !observed && self.is_only_owner()
    }

    #[track_caller]
    fn is_only_owner(&self) -> bool {
        self.owners(Strength::Acquire) == 1 && Real::strong_count(&self.value) == 1
    }

    /// Notes that this owner leaves.
    #[track_caller]
    fn leave(&self) {
        if !calls::running().is_some_and(|runtime| runtime.is_in_progress()) {
            return;
        }
        // Release: what this owner did comes before the value's end. Acquire: the last owner comes after all others; that
        // the others acquire too orders nothing, since they do nothing with the value any more.
        if counts_owners() {
            self.share.count.owners.update(LEAVE, 0, Ordering::AcqRel);
        } else if core::mem::needs_drop::<T>() {
            self.share.count.owners.update(|left, _, _| Some(left + 1), 0, Ordering::AcqRel);
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
            self.share.count.owners.update(|count, _, _| Some(count + 1), 0, Ordering::Relaxed);
        }
        Self { share: Real::clone(&self.share), value: ManuallyDrop::new(Real::clone(&self.value)) }
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

impl<T: ?Sized + PartialEq> PartialEq for CountedArc<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for CountedArc<T> {}

impl<T: ?Sized + PartialOrd> PartialOrd for CountedArc<T> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: ?Sized + Ord> Ord for CountedArc<T> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: ?Sized + Hash> Hash for CountedArc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for CountedArc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for CountedArc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
