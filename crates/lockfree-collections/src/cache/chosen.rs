//! How a caller has a key: its own, or borrowed.

use alloc::borrow::ToOwned;
use core::fmt;
use core::hash::Hash;

use equivalent::Equivalent;

/// A key as a caller of [`entry`](super::ConcurrentCache::entry) has it: [`Given`] or [`Lent`]. Nothing else implements this.
///
/// ```
/// use lockfree_collections::cache::{ConcurrentCache, EntrySelector, Given, KeyOf, Lent};
///
/// /// Does with a key what is written once for both ways to have it.
/// fn count<C: KeyOf<String>>(selector: EntrySelector<'_, String, u32, std::hash::RandomState, C>) -> u32 {
///     selector.and_upsert_with(|count| count.map_or(1, |count| count + 1)).into_value()
/// }
///
/// let cache = ConcurrentCache::new(10);
/// assert_eq!(count::<Given<String>>(cache.entry(String::from("a"))), 1);
/// assert_eq!(count::<Lent<'_, str>>(cache.entry_by_ref("a")), 2);
/// ```
pub trait KeyOf<K>: sealed::Chosen<K> {}

/// A key that is given away. See [`KeyOf`].
///
/// ```
/// use lockfree_collections::cache::{ConcurrentCache, EntrySelector, Given};
///
/// let cache = ConcurrentCache::<String, u32>::new(10);
/// let entry: EntrySelector<'_, _, _, _, Given<String>> = cache.entry(String::from("a"));
/// assert_eq!(entry.or_insert(1).into_value(), 1);
/// ```
pub struct Given<K>(pub(super) K);

/// A key that is borrowed, and cloned if it has to be put in. See [`KeyOf`].
///
/// ```
/// use lockfree_collections::cache::{ConcurrentCache, EntrySelector, Lent};
///
/// let cache = ConcurrentCache::<String, u32>::new(10);
/// let entry: EntrySelector<'_, _, _, _, Lent<'_, str>> = cache.entry_by_ref("a");
/// assert_eq!(entry.or_insert(1).into_value(), 1);
/// ```
pub struct Lent<'q, Q: ?Sized>(pub(super) &'q Q);

pub(super) mod sealed {
    /// What the cache does with it.
    pub trait Chosen<K> {
        type Key: equivalent::Equivalent<K> + core::hash::Hash + ?Sized;

        fn key(&self) -> &Self::Key;

        /// The key, if it has to be put in.
        fn own(self) -> K;
    }
}

impl<K: Hash + Eq> KeyOf<K> for Given<K> {}

impl<K: Hash + Eq> sealed::Chosen<K> for Given<K> {
    type Key = K;

    #[inline]
    fn key(&self) -> &K {
        &self.0
    }

    #[inline]
    fn own(self) -> K {
        self.0
    }
}

impl<K, Q> KeyOf<K> for Lent<'_, Q> where Q: Equivalent<K> + Hash + ToOwned<Owned = K> + ?Sized {}

impl<K, Q> sealed::Chosen<K> for Lent<'_, Q>
where
    Q: Equivalent<K> + Hash + ToOwned<Owned = K> + ?Sized,
{
    type Key = Q;

    #[inline]
    fn key(&self) -> &Q {
        self.0
    }

    #[inline]
    fn own(self) -> K {
        self.0.to_owned()
    }
}

impl<K: fmt::Debug> fmt::Debug for Given<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Given").field(&self.0).finish()
    }
}

impl<Q: fmt::Debug + ?Sized> fmt::Debug for Lent<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lent").field(&self.0).finish()
    }
}
