//! What a key begins with, as a number: so that keys are compared where their numbers are, without a look at the keys.
//!
//! **Source.** The "poor man's normalized keys" of Graefe and Larson, "B-tree indexes and CPU caches" (2001). Differences: which types have
//! such a number is found out from the type, while it is compiled; keys of others are compared as they are.
//!
//! **Invariant.** R1: of two keys whose types have numbers, and one of which can be borrowed as the other, the one with the lower
//! number is the lesser. Two with the same number may differ.

use alloc::string::String;
use alloc::vec::Vec;
use core::any::TypeId;
use core::marker::PhantomData;
use core::mem;

/// The identity of a type, whatever the lifetimes in it.
#[inline(always)]
fn identity<T: ?Sized>() -> TypeId {
    trait Identity {
        fn identity(&self) -> TypeId
        where
            Self: 'static;
    }

    impl<T: ?Sized> Identity for PhantomData<T> {
        #[inline(always)]
        fn identity(&self) -> TypeId
        where
            Self: 'static,
        {
            TypeId::of::<T>()
        }
    }

    let of: PhantomData<T> = PhantomData;
    let of: &dyn Identity = &of;
    // SAFETY: lifetimes do not matter to what is called: it looks at no value, and a type's identity is the same for all of them.
    let of = unsafe { mem::transmute::<&dyn Identity, &(dyn Identity + 'static)>(of) };
    of.identity()
}

#[inline(always)]
fn of_bytes(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk() {
        return u64::from_be_bytes(*first);
    }
    let mut first = [0; 8];
    first[..bytes.len()].copy_from_slice(bytes);
    u64::from_be_bytes(first)
}

#[inline(always)]
fn of_signed(number: i64) -> u64 {
    number as u64 ^ 1 << 63
}

/// Defines the functions below by the types that have numbers, and what these are.
macro_rules! ranks {
    ($($type:ty: |$key:ident| $rank:expr;)*) => {
        /// Whether the keys of this type have numbers.
        #[inline(always)]
        pub(super) fn is_ranked<T: ?Sized>() -> bool {
            let identity = identity::<T>();
            $(identity == TypeId::of::<$type>())||*
        }

        /// The number of a key, if there are some for its type: R1.
        #[inline(always)]
        pub(super) fn rank<T: ?Sized>(key: &T) -> Option<u64> {
            let identity = identity::<T>();
            $(
                if identity == TypeId::of::<$type>() {
                    // SAFETY: it is that type, but for lifetimes in it, and is not used longer than this call lasts.
                    let $key: &$type = unsafe { mem::transmute_copy::<&T, &$type>(&key) };
                    return Some($rank);
                }
            )*
            None
        }
    };
}

ranks! {
    u64: |key| *key;
    u32: |key| u64::from(*key);
    u16: |key| u64::from(*key);
    u8: |key| u64::from(*key);
    usize: |key| *key as u64;
    u128: |key| (*key >> 64) as u64;
    i64: |key| of_signed(*key);
    i32: |key| of_signed(i64::from(*key));
    i16: |key| of_signed(i64::from(*key));
    i8: |key| of_signed(i64::from(*key));
    isize: |key| of_signed(*key as i64);
    i128: |key| of_signed((*key >> 64) as i64);
    char: |key| u64::from(u32::from(*key));
    String: |key| of_bytes(key.as_bytes());
    str: |key| of_bytes(key.as_bytes());
    &'static str: |key| of_bytes(key.as_bytes());
    Vec<u8>: |key| of_bytes(key);
    [u8]: |key| of_bytes(key);
    &'static [u8]: |key| of_bytes(key);
}

/// Where to go in the order of keys: behind all that `before` says yes to, which it does of a beginning of that order.
pub(super) struct Aim<F> {
    /// Keys with lower numbers are before, keys with greater ones are not.
    rank: Option<u64>,
    before: F,
}

impl<F> Aim<F> {
    /// `before` compares with `key`, and nothing else. Keys in the map are of type `K`.
    #[inline(always)]
    pub(super) fn at<K, Q: ?Sized>(key: &Q, before: F) -> Self
    where
        F: Fn(&K) -> bool,
    {
        let rank = if is_ranked::<K>() { rank(key) } else { None };
        Self { rank, before }
    }

    /// `before` says the same of all keys.
    #[inline(always)]
    pub(super) fn end<K>(before: F) -> Self
    where
        F: Fn(&K) -> bool,
    {
        Self { rank: None, before }
    }

    /// Whether a key with this number is before; `key` gives it, or none if it is less than all keys.
    #[inline(always)]
    pub(super) fn passes<'k, K: 'k>(&self, rank: u64, key: impl FnOnce() -> Option<&'k K>) -> bool
    where
        F: Fn(&K) -> bool,
    {
        match self.rank {
            Some(aim) if aim != rank => rank < aim,
            _ => key().is_none_or(&self.before),
        }
    }

    /// Of keys in their order, given by their numbers, how many are before; `key` gives one.
    #[inline(always)]
    pub(super) fn count<'k, K: 'k>(&self, ranks: &[u64], key: impl Fn(usize) -> &'k K) -> usize
    where
        F: Fn(&K) -> bool,
    {
        let (mut least, mut most) = (0, ranks.len());
        if let Some(aim) = self.rank {
            // All of them: there are few, and a branch that is guessed wrong takes longer.
            least = ranks.iter().map(|rank| usize::from(*rank < aim)).sum();
            most = least;
            while most < ranks.len() && ranks[most] == aim {
                most += 1;
            }
        }
        while least < most {
            let middle = usize::midpoint(least, most);
            if (self.before)(key(middle)) { least = middle + 1 } else { most = middle }
        }
        least
    }
}
