//! What reading or replacing a cell's value gives: a guard, or a value that has been replaced.

use core::fmt;
use core::ops::Deref;

use super::hold::Hold;
use super::ref_cnt::RefCnt;
use super::register::{Register, Visit};

/// A value of a cell, protected: it stays as it is, and is not dropped, while the guard lives, whatever is stored meanwhile.
///
/// Made by `load`. A guard blocks nobody: neither stores nor loads of other threads, nor those of its own. It may be sent to
/// other threads and held across `.await`. It holds one slot of the cell and one value back; forgetting it (with
/// [`core::mem::forget`]) keeps these until the cell is dropped.
///
/// `H` tells whose value it is: a guard of an [`AtomicRc`](super::AtomicRc) is a `Guard<'_, Arc<T>>`, one of an
/// [`AtomicBox`](super::AtomicBox) a `Guard<'_, Owned<T>>`.
///
/// ```
/// use lockfree_collections::AtomicBox;
///
/// let cell = AtomicBox::new(String::from("old"));
/// let guard = cell.load();
/// cell.store(String::from("new"));
/// assert_eq!(*guard, "old");
/// assert_eq!(*cell.load(), "new");
/// ```
#[must_use = "a guard protects a value only while it is held"]
pub struct Guard<'a, H: Hold> {
    /// None if the value is the guard's own.
    entry: Option<Visit<'a, H>>,
    lent: H::Lent,
    pointer: *mut H::Base,
}

// SAFETY: a guard of a cell gives references and drops no value; the slot may be given back by any thread. One that owns its value may
// drop it, and is made where the value is: so sending that must be allowed, which `from_inner` demands by its own bounds.
unsafe impl<H: Hold<Value: Sync>> Send for Guard<'_, H> {}
// SAFETY: a shared one gives references.
unsafe impl<H: Hold<Value: Sync>> Sync for Guard<'_, H> {}

impl<'a, H: Hold> Guard<'a, H> {
    /// # Safety
    ///
    /// `entry` has `pointer`, which is null or came from `give`, protected.
    #[inline(always)]
    pub(super) unsafe fn new(entry: Visit<'a, H>, pointer: *mut H::Base) -> Self {
        // SAFETY: promised by the caller; the guard keeps the entry.
        let lent = unsafe { H::lend(pointer) };
        Self { entry: Some(entry), lent, pointer }
    }

    #[inline]
    pub(super) fn pointer(&self) -> *mut H::Base {
        self.pointer
    }

    /// Ends the guard, and does not leave its slot on the value, as dropping it would: for values that have just been replaced.
    pub(super) fn release(mut self) {
        let pointer = self.pointer;
        if let Some(entry) = &mut self.entry {
            entry.let_go_of(pointer);
        }
    }

    /// Returns a clone of the value and ends the guard: another `Arc` to the same, if the value is an `Arc`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use lockfree_collections::{AtomicRc, cell::Guard};
    ///
    /// let cell = AtomicRc::from_pointee(1);
    /// let one: Arc<i32> = Guard::into_inner(cell.load());
    /// assert_eq!(*one, 1);
    /// ```
    #[must_use]
    pub fn into_inner(this: Self) -> H::Value
    where
        H::Value: Clone,
    {
        H::Value::clone(&this)
    }
}

impl<V: RefCnt + Send> Guard<'_, V> {
    /// A guard of a value that is in no cell: for who returns guards, and has something else.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use lockfree_collections::cell::Guard;
    ///
    /// let guard = Guard::from_inner(Arc::new(1));
    /// assert_eq!(**guard, 1);
    /// ```
    pub fn from_inner(inner: V) -> Self {
        let pointer = V::give(inner);
        // SAFETY: the share is the guard's, until it is dropped.
        let lent = unsafe { V::lend(pointer) };
        Self { entry: None, lent, pointer }
    }
}

impl<V: RefCnt + Send> From<V> for Guard<'_, V> {
    fn from(inner: V) -> Self {
        Self::from_inner(inner)
    }
}

impl<V: RefCnt + Send + Default> Default for Guard<'_, V> {
    fn default() -> Self {
        Self::from_inner(V::default())
    }
}

impl<H: Hold> Drop for Guard<'_, H> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.entry.is_none() {
            // SAFETY: it came from `give`, in `from_inner`, and the share is the guard's.
            drop(unsafe { H::take(self.pointer) });
        }
    }
}

impl<H: Hold> Deref for Guard<'_, H> {
    type Target = H::Value;

    #[inline(always)]
    fn deref(&self) -> &H::Value {
        // SAFETY: protected by the entry, promised to `new`, or the guard's own.
        unsafe { H::show(&self.lent) }
    }
}

impl<H: Hold<Value: fmt::Debug>> fmt::Debug for Guard<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        H::Value::fmt(self, f)
    }
}

impl<H: Hold<Value: fmt::Display>> fmt::Display for Guard<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        H::Value::fmt(self, f)
    }
}

/// A value that has been replaced. It is dropped, some time after this is, when no guard is on it any more.
///
/// Others may still be reading it, so it can be looked at, and not be moved out.
///
/// ```
/// use lockfree_collections::AtomicBox;
///
/// let cell = AtomicBox::new(1);
/// let old = cell.swap(2);
/// assert_eq!(*old, 1);
/// ```
#[must_use = "to drop the old value, `store` is shorter"]
pub struct Displaced<'a, H: Hold> {
    register: &'a Register<H>,
    lent: H::Lent,
    pointer: *mut H::Base,
}

// SAFETY: it gives references, and its drop may drop values that other threads made.
unsafe impl<H: Hold<Value: Send + Sync>> Send for Displaced<'_, H> {}
// SAFETY: a shared one gives references only.
unsafe impl<H: Hold<Value: Sync>> Sync for Displaced<'_, H> {}

impl<'a, H: Hold> Displaced<'a, H> {
    /// # Safety
    ///
    /// `pointer` came from `swap` or a successful `compare_exchange` of `register`, and is the caller's.
    #[inline]
    pub(super) unsafe fn new(register: &'a Register<H>, pointer: *mut H::Base) -> Self {
        // SAFETY: not retired before this is dropped.
        let lent = unsafe { H::lend(pointer) };
        Self { register, lent, pointer }
    }
}

impl<H: Hold> Deref for Displaced<'_, H> {
    type Target = H::Value;

    fn deref(&self) -> &H::Value {
        // SAFETY: not retired before this is dropped.
        unsafe { H::show(&self.lent) }
    }
}

impl<H: Hold> Drop for Displaced<'_, H> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: promised to `new`.
        unsafe { self.register.retire(self.pointer) };
    }
}

impl<H: Hold<Value: fmt::Debug>> fmt::Debug for Displaced<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        H::Value::fmt(self, f)
    }
}
