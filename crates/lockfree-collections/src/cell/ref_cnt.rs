//! Which values a shared cell can hold, and by what they are compared.

use alloc::rc::{Rc, Weak as RcWeak};
use core::pin::Pin;
use core::ptr;

use super::guard::Guard;
use crate::primitive::{Arc, Weak};

/// A value that is one share of something, and as large as a pointer: its clones are shares of the same thing, and the pointer says of which.
///
/// Implementing it for a type of your own makes [`AtomicRcAny`](super::AtomicRcAny) hold that type.
///
/// # Safety
///
/// - A value is made into a pointer by `into_ptr`, and that into a value again by `from_ptr`: the same one, and nothing is lost or counted
///   on the way. `as_ptr` tells the pointer that `into_ptr` would give.
/// - Pointers are equal for shares of one thing, and for no others while they live.
/// - As long as one share is not dropped, what a reference to any of them gives stays valid: a value made by `from_ptr` may be looked at
///   while another share exists, and then forgotten instead of dropped.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::cell::{AtomicRcAny, RefCnt};
///
/// #[derive(Clone)]
/// struct Name(Arc<String>);
///
/// // SAFETY: as for the `Arc` in it.
/// unsafe impl RefCnt for Name {
///     type Base = String;
///
///     fn into_ptr(me: Self) -> *mut String {
///         Arc::into_raw(me.0).cast_mut()
///     }
///
///     fn as_ptr(me: &Self) -> *mut String {
///         Arc::as_ptr(&me.0).cast_mut()
///     }
///
///     unsafe fn from_ptr(pointer: *const String) -> Self {
///         // SAFETY: promised by the caller.
///         Self(unsafe { Arc::from_raw(pointer) })
///     }
/// }
///
/// let cell = AtomicRcAny::new(Name(Arc::new(String::from("one"))));
/// assert_eq!(cell.load().0.as_str(), "one");
/// ```
pub unsafe trait RefCnt: Clone {
    /// What is pointed to.
    type Base;

    /// Makes a pointer of the value.
    fn into_ptr(me: Self) -> *mut Self::Base;

    /// The pointer: equal for clones of one value, and for no others while they live.
    fn as_ptr(me: &Self) -> *mut Self::Base;

    /// Makes the value of its pointer.
    ///
    /// # Safety
    ///
    /// `pointer` came from `into_ptr`, and the share that was made into it is the caller's.
    unsafe fn from_ptr(pointer: *const Self::Base) -> Self;

    /// Makes one more share, and a pointer of it.
    fn inc(me: &Self) -> *mut Self::Base {
        Self::into_ptr(Self::clone(me))
    }

    /// Drops a share.
    ///
    /// # Safety
    ///
    /// As for [`RefCnt::from_ptr`].
    unsafe fn dec(pointer: *const Self::Base) {
        // SAFETY: promised by the caller.
        drop(unsafe { Self::from_ptr(pointer) });
    }
}

/// Implements `RefCnt` for pointers that have `into_raw`, `as_ptr` and `from_raw`.
macro_rules! ref_cnt {
    ($($shared:ident)*) => {$(
        // SAFETY: counted pointers keep what they point to as long as one of them is left.
        unsafe impl<T> RefCnt for $shared<T> {
            type Base = T;

            #[inline(always)]
            fn into_ptr(me: Self) -> *mut T {
                $shared::into_raw(me).cast_mut()
            }

            #[inline(always)]
            fn as_ptr(me: &Self) -> *mut T {
                $shared::as_ptr(me).cast_mut()
            }

            #[inline(always)]
            unsafe fn from_ptr(pointer: *const T) -> Self {
                // SAFETY: promised by the caller.
                unsafe { $shared::from_raw(pointer) }
            }
        }
    )*};
}

ref_cnt!(Arc Weak Rc RcWeak);

/// Implements `RefCnt` for pinned pointers.
macro_rules! pinned {
    ($($shared:ident)*) => {$(
        // SAFETY: as for the pointer without its pin, which changes nothing: the pointer made of it moves nothing.
        unsafe impl<T> RefCnt for Pin<$shared<T>> {
            type Base = T;

            fn into_ptr(me: Self) -> *mut T {
                // SAFETY: made into a pointer that is only made into a pinned one again.
                $shared::into_raw(unsafe { Pin::into_inner_unchecked(me) }).cast_mut()
            }

            fn as_ptr(me: &Self) -> *mut T {
                ptr::from_ref::<T>(me).cast_mut()
            }

            unsafe fn from_ptr(pointer: *const T) -> Self {
                // SAFETY: promised by the caller.
                let shared = unsafe { $shared::from_raw(pointer) };
                // SAFETY: it was pinned when it was made into the pointer.
                unsafe { Pin::new_unchecked(shared) }
            }
        }
    )*};
}

pinned!(Arc Rc);

// SAFETY: none is null, which nothing else is; else as for what is in it.
unsafe impl<V: RefCnt> RefCnt for Option<V> {
    type Base = V::Base;

    #[inline(always)]
    fn into_ptr(me: Self) -> *mut V::Base {
        me.map_or(ptr::null_mut(), V::into_ptr)
    }

    #[inline(always)]
    fn as_ptr(me: &Self) -> *mut V::Base {
        me.as_ref().map_or(ptr::null_mut(), V::as_ptr)
    }

    #[inline(always)]
    unsafe fn from_ptr(pointer: *const V::Base) -> Self {
        if pointer.is_null() {
            return None;
        }
        // SAFETY: promised by the caller.
        Some(unsafe { V::from_ptr(pointer) })
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
        self.pointer()
    }
}

impl<V: RefCnt> AsRaw<V::Base> for Guard<'_, V> {
    fn as_raw(&self) -> *mut V::Base {
        self.pointer()
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
