//! Keys that stay when the value is replaced.
//!
//! As a rule a new entry brings its own key, since the one that is there may change under those who read it, by a cell inside. Of some
//! types it is known that it cannot: of these the new entry takes the key over, bit by bit, and the one that came with the new value is
//! dropped at once, by the thread that has just made it. To drop the other one later, maybe on another thread, costs more than all the
//! rest of a replacement.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::any::TypeId;
use core::marker::PhantomData;

#[cfg(not(loom))]
use crate::primitive::Shared;

/// Whether keys of the type stay: an equal one is as good, nothing about them changes while they are shared, and their `drop` calls
/// nothing of the user's.
#[inline(always)]
pub(super) fn stays<K>() -> bool {
    let key = id::<K>();
    let owned = [TypeId::of::<String>(), TypeId::of::<Box<str>>(), TypeId::of::<Vec<u8>>(), TypeId::of::<Box<[u8]>>()];
    // The checker's has no such types.
    #[cfg(not(loom))]
    let shared = [TypeId::of::<Shared<str>>(), TypeId::of::<Shared<[u8]>>()];
    #[cfg(loom)]
    let shared: [TypeId; 0] = [];
    owned.contains(&key) || shared.contains(&key)
}

/// The identity of a type but for its lifetimes, which those above have none of.
#[inline(always)]
fn id<T>() -> TypeId {
    trait Identity {
        fn id(&self) -> TypeId
        where
            Self: 'static;
    }

    impl<T> Identity for PhantomData<T> {
        #[inline(always)]
        fn id(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }

    let marker: &dyn Identity = &PhantomData::<T>;
    // SAFETY: nothing of a `T` is there; and what is called does nothing but naming the type, for which lifetimes do not matter.
    let marker = unsafe { core::mem::transmute::<&dyn Identity, &(dyn Identity + 'static)>(marker) };
    marker.id()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_if_nothing_about_them_changes() {
        assert!(stays::<String>() && stays::<Box<str>>() && stays::<Vec<u8>>() && stays::<Shared<str>>());
        assert!(!stays::<u64>() && !stays::<&str>() && !stays::<Vec<u16>>() && !stays::<core::cell::RefCell<String>>());
    }
}
