//! How values hang on a cell's pointer: by themselves, or in a node.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use super::node::Node;
use super::ref_cnt::RefCnt;
use crate::reclaim::held::Finish;

/// A kind of cell: what its pointer is to, and what a reader makes of it.
///
/// # Safety
///
/// `lend` and `take` make of a pointer what `give` made it of, and touch nothing but that.
pub unsafe trait Hold {
    /// What the pointer is to.
    type Base;
    /// What readers see.
    type Value;
    /// What a reader keeps of it.
    type Lent;

    /// How much memory a cell allocates for a value.
    const BYTES: usize;

    fn give(value: Self::Value) -> *mut Self::Base;

    /// # Safety
    ///
    /// The pointer came from `give`, and the share that it then was is the caller's.
    unsafe fn take(pointer: *mut Self::Base) -> Self::Value;

    /// # Safety
    ///
    /// The pointer came from `give`, and nobody takes the last share of it as long as the result is shown.
    unsafe fn lend(pointer: *mut Self::Base) -> Self::Lent;

    /// What it was lent from.
    fn at(lent: &Self::Lent) -> *mut Self::Base;

    /// # Safety
    ///
    /// As for `lend`: nobody has taken the last share yet, nor does during `'a`.
    unsafe fn show(lent: &Self::Lent) -> &Self::Value;
}

// SAFETY: the first two are promised by `RefCnt`; what is lent is a share, too, that is not dropped.
unsafe impl<V: RefCnt> Hold for V {
    type Base = V::Base;
    type Value = V;
    type Lent = ManuallyDrop<V>;

    const BYTES: usize = 0;

    #[inline(always)]
    fn give(value: V) -> *mut V::Base {
        V::into_ptr(value)
    }

    #[inline(always)]
    unsafe fn take(pointer: *mut V::Base) -> V {
        // SAFETY: promised by the caller.
        unsafe { V::from_ptr(pointer) }
    }

    #[inline(always)]
    unsafe fn lend(pointer: *mut V::Base) -> ManuallyDrop<V> {
        // SAFETY: the value is not dropped, and used only while the share that it is made of is not taken.
        ManuallyDrop::new(unsafe { V::from_ptr(pointer) })
    }

    #[inline(always)]
    fn at(lent: &ManuallyDrop<V>) -> *mut V::Base {
        V::as_ptr(lent)
    }

    #[inline(always)]
    unsafe fn show(lent: &ManuallyDrop<V>) -> &V {
        lent
    }
}

/// Marks what belongs to an [`AtomicBox`](super::AtomicBox) of a `T`, which owns its value: a [`Guard`](super::Guard) of one, for
/// example, is a `Guard<'_, Owned<T>>`; that of an [`AtomicRc`](super::AtomicRc), a `Guard<'_, Arc<T>>`.
///
/// ```
/// use lockfree_collections::AtomicBox;
/// use lockfree_collections::cell::{Guard, Owned};
///
/// fn len(guard: &Guard<'_, Owned<String>>) -> usize {
///     guard.len()
/// }
/// assert_eq!(len(&AtomicBox::new(String::from("text")).load()), 4);
/// ```
#[derive(Debug)]
pub struct Owned<T>(PhantomData<T>);

// SAFETY: `Node` makes of a pointer what it made it of.
unsafe impl<T> Hold for Owned<T> {
    type Base = Node<T>;
    type Value = T;
    type Lent = NonNull<Node<T>>;

    const BYTES: usize = size_of::<Node<T>>();

    #[inline(always)]
    fn give(value: T) -> *mut Node<T> {
        Node::allocate(value).as_ptr()
    }

    #[inline(always)]
    unsafe fn take(pointer: *mut Node<T>) -> T {
        // SAFETY: promised by the caller; what came from `give` is not null.
        let node = unsafe { NonNull::new_unchecked(pointer) };
        // SAFETY: promised by the caller.
        unsafe { Node::into_value(node) }
    }

    #[inline(always)]
    unsafe fn lend(pointer: *mut Node<T>) -> NonNull<Node<T>> {
        // SAFETY: promised by the caller; what came from `give` is not null.
        unsafe { NonNull::new_unchecked(pointer) }
    }

    #[inline(always)]
    fn at(lent: &NonNull<Node<T>>) -> *mut Node<T> {
        lent.as_ptr()
    }

    #[inline(always)]
    unsafe fn show(lent: &NonNull<Node<T>>) -> &T {
        // SAFETY: promised by the caller.
        unsafe { Node::value(*lent) }
    }
}

/// What becomes of values that have been replaced and are not read any more: they are dropped.
pub struct Dropped<H>(PhantomData<H>);

impl<H: Hold> Finish for Dropped<H> {
    unsafe fn finish(object: *mut ()) {
        // SAFETY: promised by the caller: deferred by a register of this kind, which had it from `give`.
        drop(unsafe { H::take(object.cast()) });
    }
}
