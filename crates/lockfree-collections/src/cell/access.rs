//! Reading what a cell holds, or a part of it, by code that does not know the cell.
//!
//! A library that wants the present settings, and nothing of how they are kept, takes an `impl Access<Settings>`: a cell, a pointer to one, a
//! [`Map`] from a cell's value to a part of it, or a [`Constant`]. Each `load` is of the present value.
//!
//! What `load` gives must not borrow the cell, so it holds an `Arc` of the value, and counts it up and down; where that is too slow, a
//! [`Cache`](super::Cache) and its [`map`](super::Cache::map) count nothing.
//!
//! ```
//! use std::sync::Arc;
//! use lockfree_collections::AtomicRc;
//! use lockfree_collections::cell::access::{Access, Constant};
//!
//! struct Settings {
//!     volume: u8,
//! }
//!
//! fn is_loud(volume: impl Access<u8>) -> bool {
//!     *volume.load() > 7
//! }
//!
//! let settings = AtomicRc::from_pointee(Settings { volume: 3 });
//! let volume = settings.map(|settings: &Settings| &settings.volume);
//! assert!(!is_loud(&volume));
//! settings.store(Arc::new(Settings { volume: 11 }));
//! assert!(is_loud(volume));
//! assert!(is_loud(Constant(9)));
//! ```

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use super::atomic_rc::AtomicRcAny;
use super::ref_cnt::RefCnt;
use crate::primitive::Arc;

/// What gives the present `T`.
///
/// ```
/// use lockfree_collections::AtomicRc;
/// use lockfree_collections::cell::access::Access;
///
/// fn next(number: impl Access<i32>) -> i32 {
///     *number.load() + 1
/// }
/// assert_eq!(next(AtomicRc::from_pointee(1)), 2);
/// ```
pub trait Access<T> {
    /// What keeps the value.
    type Guard: Deref<Target = T>;

    /// The present value.
    fn load(&self) -> Self::Guard;
}

impl<T, A: Access<T> + ?Sized, P: Deref<Target = A>> Access<T> for P {
    type Guard = A::Guard;

    fn load(&self) -> A::Guard {
        (**self).load()
    }
}

/// Implements `Access` for trait objects of `DynAccess`.
macro_rules! dynamic {
    ($($object:ty),*) => {$(
        impl<T> Access<T> for $object {
            type Guard = DynGuard<T>;

            fn load(&self) -> DynGuard<T> {
                DynAccess::load(self)
            }
        }
    )*};
}

dynamic!(dyn DynAccess<T> + '_, dyn DynAccess<T> + '_ + Send, dyn DynAccess<T> + '_ + Send + Sync);

impl<V: RefCnt> Access<V> for AtomicRcAny<V> {
    type Guard = Kept<V>;

    fn load(&self) -> Kept<V> {
        Kept(self.load_full())
    }
}

impl<T> Access<T> for AtomicRcAny<Arc<T>> {
    type Guard = DirectDeref<Arc<T>>;

    fn load(&self) -> DirectDeref<Arc<T>> {
        DirectDeref(self.load_full())
    }
}

impl<T> Access<T> for AtomicRcAny<Rc<T>> {
    type Guard = DirectDeref<Rc<T>>;

    fn load(&self) -> DirectDeref<Rc<T>> {
        DirectDeref(self.load_full())
    }
}

/// Keeps a value of a cell, whose [`Access`] made it.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::AtomicRc;
/// use lockfree_collections::cell::access::{Access, Kept};
///
/// let kept: Kept<_> = Access::<Arc<i32>>::load(&AtomicRc::from_pointee(1));
/// assert_eq!(**kept, 1);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a guard keeps a value only while it is held"]
pub struct Kept<V>(V);

impl<V> Deref for Kept<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0
    }
}

/// Keeps what an `Arc` of a cell points to; the cell's [`Access`] made it.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::AtomicRc;
/// use lockfree_collections::cell::access::{Access, DirectDeref};
///
/// let kept: DirectDeref<Arc<i32>> = Access::<i32>::load(&AtomicRc::from_pointee(1));
/// assert_eq!(*kept, 1);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a guard keeps a value only while it is held"]
pub struct DirectDeref<V>(V);

impl<V: Deref> Deref for DirectDeref<V> {
    type Target = V::Target;

    fn deref(&self) -> &V::Target {
        &self.0
    }
}

/// Keeps a value that a [`DynAccess`] gave.
///
/// ```
/// use lockfree_collections::AtomicRc;
/// use lockfree_collections::cell::access::{DynAccess, DynGuard};
///
/// let cell: Box<dyn DynAccess<i32>> = Box::new(AtomicRc::from_pointee(1));
/// let kept: DynGuard<i32> = cell.load();
/// assert_eq!(*kept, 1);
/// ```
#[must_use = "a guard keeps a value only while it is held"]
pub struct DynGuard<T: ?Sized>(Box<dyn Deref<Target = T>>);

impl<T: ?Sized> Deref for DynGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for DynGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynGuard").field(&&**self).finish()
    }
}

/// As [`Access`], for trait objects; what `load` gives is allocated.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::AtomicRc;
/// use lockfree_collections::cell::access::DynAccess;
///
/// let cell = Arc::new(AtomicRc::from_pointee([1, 2]));
/// let parts: [Box<dyn DynAccess<i32> + '_>; 2] = [Box::new(cell.map(|both: &[i32; 2]| &both[0])), Box::new(cell.map(|both: &[i32; 2]| &both[1]))];
/// cell.store(Arc::new([3, 4]));
/// assert_eq!(parts.map(|part| *part.load()), [3, 4]);
/// ```
pub trait DynAccess<T> {
    /// The present value.
    fn load(&self) -> DynGuard<T>;
}

impl<T, A: Access<T, Guard: 'static>> DynAccess<T> for A {
    fn load(&self) -> DynGuard<T> {
        DynGuard(Box::new(Access::load(self)))
    }
}

/// Makes an [`Access`] of a pointer to a [`DynAccess`], where that is not one by itself.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::AtomicRc;
/// use lockfree_collections::cell::access::{Access, AccessConvert, DynAccess};
///
/// let dynamic: Arc<dyn DynAccess<i32>> = Arc::new(AtomicRc::from_pointee(1));
/// assert_eq!(*Access::load(&AccessConvert(dynamic)), 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AccessConvert<D>(pub D);

impl<T, D: Deref<Target: DynAccess<T>>> Access<T> for AccessConvert<D> {
    type Guard = DynGuard<T>;

    fn load(&self) -> DynGuard<T> {
        self.0.load()
    }
}

/// Gives a part of what another [`Access`] gives.
///
/// ```
/// use std::sync::Arc;
/// use lockfree_collections::AtomicRc;
/// use lockfree_collections::cell::access::{Access, Map};
///
/// let cell = Arc::new(AtomicRc::from_pointee((1, "one")));
/// let name = Map::new(cell, |pair: &(i32, &'static str)| &pair.1);
/// assert_eq!(*name.load(), "one");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Map<A, T, F> {
    access: A,
    projection: F,
    of: PhantomData<fn() -> T>,
}

impl<A, T, F> Map<A, T, F> {
    /// Gives what `projection` picks of what `access` gives.
    ///
    /// ```
    /// use lockfree_collections::cell::access::{Access, Constant, Map};
    ///
    /// let first = Map::new(Constant([1, 2]), |both: &[i32; 2]| &both[0]);
    /// assert_eq!(*first.load(), 1);
    /// ```
    pub fn new<R>(access: A, projection: F) -> Self
    where
        F: Fn(&T) -> &R + Clone,
    {
        Self { access, projection, of: PhantomData }
    }
}

impl<A, T, F, R> Access<R> for Map<A, T, F>
where
    A: Access<T>,
    F: Fn(&T) -> &R + Clone,
{
    type Guard = MapGuard<A::Guard, F, T, R>;

    fn load(&self) -> Self::Guard {
        MapGuard { guard: self.access.load(), projection: self.projection.clone(), of: PhantomData }
    }
}

/// Keeps a value of which it shows a part; made by a [`Map`].
///
/// ```
/// use lockfree_collections::cell::access::{Access, Constant, Map, MapGuard};
///
/// let first = Map::new(Constant([1, 2]), |both: &[i32; 2]| &both[0]);
/// let guard: MapGuard<_, _, _, _> = first.load();
/// assert_eq!(*guard, 1);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a guard keeps a value only while it is held"]
pub struct MapGuard<G, F, T, R> {
    guard: G,
    projection: F,
    of: PhantomData<fn(&T) -> &R>,
}

impl<G: Deref<Target = T>, F: Fn(&T) -> &R, T, R> Deref for MapGuard<G, F, T, R> {
    type Target = R;

    fn deref(&self) -> &R {
        (self.projection)(&self.guard)
    }
}

/// Keeps a clone of a [`Constant`].
///
/// ```
/// use lockfree_collections::cell::access::{Access, Constant, ConstantDeref};
///
/// let guard: ConstantDeref<i32> = Constant(1).load();
/// assert_eq!(*guard, 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConstantDeref<T>(T);

impl<T> Deref for ConstantDeref<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Gives always the same value: for tests, and for what never changes.
///
/// ```
/// use lockfree_collections::cell::access::{Access, Constant};
///
/// assert_eq!(*Constant(1).load(), 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Constant<T>(pub T);

impl<T: Clone> Access<T> for Constant<T> {
    type Guard = ConstantDeref<T>;

    fn load(&self) -> ConstantDeref<T> {
        ConstantDeref(self.0.clone())
    }
}
