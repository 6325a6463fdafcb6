//! Which values a shared cell can hold, and by what they are compared.

use core::ptr;

use super::guard::Guard;
use crate::primitive::{Arc, Weak};

/// A value that shares something: its clones are the same thing, and a pointer says which.
///
/// Implementing it for a type of your own makes [`AtomicRcAny`](super::AtomicRcAny) hold that type; nothing but what
/// `compare_and_swap` finds equal depends on the pointer.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::cell::RefCnt;
///
/// let one = Arc::new(1);
/// assert_eq!(RefCnt::as_ptr(&one), RefCnt::as_ptr(&Arc::clone(&one)));
/// assert_ne!(RefCnt::as_ptr(&one), RefCnt::as_ptr(&Arc::new(1)));
/// ```
pub trait RefCnt: Clone {
    /// What is pointed to.
    type Base;

    /// The pointer: equal for clones of one value, and for no others while they live.
    fn as_ptr(me: &Self) -> *mut Self::Base;
}

impl<T> RefCnt for Arc<T> {
    type Base = T;

    fn as_ptr(me: &Self) -> *mut T {
        Arc::as_ptr(me).cast_mut()
    }
}

impl<T> RefCnt for Weak<T> {
    type Base = T;

    fn as_ptr(me: &Self) -> *mut T {
        Weak::as_ptr(me).cast_mut()
    }
}

impl<V: RefCnt> RefCnt for Option<V> {
    type Base = V::Base;

    fn as_ptr(me: &Self) -> *mut V::Base {
        me.as_ref().map_or(ptr::null_mut(), V::as_ptr)
    }
}

/// What `compare_and_swap` can compare with: a value, a guard of one, or a pointer.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::AtomicRc;
///
/// let cell = AtomicRc::from_pointee(1);
/// let one = cell.load_full();
/// cell.compare_and_swap(&one, Arc::new(2));
/// let two = cell.load();
/// cell.compare_and_swap(&two, Arc::new(3));
/// let three = Arc::as_ptr(&cell.load_full());
/// cell.compare_and_swap(three, Arc::new(4));
/// assert_eq!(**cell.load(), 4);
/// ```
pub trait AsRaw<B> {
    /// The pointer to compare.
    fn as_raw(&self) -> *mut B;
}

impl<V: RefCnt> AsRaw<V::Base> for &V {
    fn as_raw(&self) -> *mut V::Base {
        V::as_ptr(self)
    }
}

impl<V: RefCnt> AsRaw<V::Base> for &Guard<'_, V> {
    fn as_raw(&self) -> *mut V::Base {
        V::as_ptr(self)
    }
}

impl<V: RefCnt> AsRaw<V::Base> for Guard<'_, V> {
    fn as_raw(&self) -> *mut V::Base {
        V::as_ptr(self)
    }
}

impl<B> AsRaw<B> for *mut B {
    fn as_raw(&self) -> *mut B {
        *self
    }
}

impl<B> AsRaw<B> for *const B {
    fn as_raw(&self) -> *mut B {
        self.cast_mut()
    }
}
