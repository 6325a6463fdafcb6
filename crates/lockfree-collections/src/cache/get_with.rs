//! Look-ups that make what they do not find, as they are called.

use alloc::borrow::ToOwned;
use core::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

use super::chosen::{Given, Lent};
use super::concurrent::ConcurrentCache;
use super::selector::{Entry, EntrySelector};
use crate::primitive::Arc;

impl<K, V, S> ConcurrentCache<K, V, S>
where
    K: Hash + Eq,
    V: Clone,
    S: BuildHasher,
{
    /// The value of a key; if it is not there, what `init` makes, which is put in.
    ///
    /// If another thread makes the value already, this waits for it. `init` may use the cache, also for the same key, but two loaders
    /// on two threads must not ask for each other's key. If it panics, so does this, and one of those who wait makes the value.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// assert_eq!(cache.get_with(1, || 'a'), 'a');
    /// assert_eq!(cache.get_with(1, || unreachable!()), 'a');
    /// ```
    pub fn get_with(&self, key: K, init: impl FnOnce() -> V) -> V {
        self.entry(key).or_insert_with(init).into_value()
    }

    /// As [`get_with`](Self::get_with), when `init` may decide that there is no value; all who wait for it get that answer.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// assert_eq!(cache.optionally_get_with(1, || None), None);
    /// assert_eq!(cache.optionally_get_with(1, || Some('a')), Some('a'));
    /// ```
    pub fn optionally_get_with(&self, key: K, init: impl FnOnce() -> Option<V>) -> Option<V> {
        self.entry(key).or_optionally_insert_with(init).map(Entry::into_value)
    }

    /// As [`get_with`](Self::get_with), when `init` may fail; all who wait for it with the same type of error share its error, and nothing is
    /// put in.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// assert_eq!(cache.try_get_with(1, || "x1".parse::<u8>()).unwrap_err().to_string(), "invalid digit found in string");
    /// assert_eq!(cache.try_get_with(1, || "1".parse::<u8>()), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// That of `init`.
    pub fn try_get_with<E>(&self, key: K, init: impl FnOnce() -> Result<V, E>) -> Result<V, Arc<E>>
    where
        E: Send + Sync + 'static,
    {
        self.entry(key).or_try_insert_with(init).map(Entry::into_value)
    }

    /// As [`get_with`](Self::get_with), of a key that is borrowed: it is cloned if it is not there.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::<String, usize>::new(10);
    /// assert_eq!(cache.get_with_by_ref("four", || 4), 4);
    /// assert_eq!(cache.get_with_by_ref("four", || unreachable!()), 4);
    /// ```
    pub fn get_with_by_ref<Q>(&self, key: &Q, init: impl FnOnce() -> V) -> V
    where
        Q: Equivalent<K> + Hash + ToOwned<Owned = K> + ?Sized,
    {
        self.entry_by_ref(key).or_insert_with(init).into_value()
    }

    /// As [`optionally_get_with`](Self::optionally_get_with), of a key that is borrowed: it is cloned if it is not there.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::<String, usize>::new(10);
    /// assert_eq!(cache.optionally_get_with_by_ref("four", || None), None);
    /// assert_eq!(cache.optionally_get_with_by_ref("four", || Some(4)), Some(4));
    /// ```
    pub fn optionally_get_with_by_ref<Q>(&self, key: &Q, init: impl FnOnce() -> Option<V>) -> Option<V>
    where
        Q: Equivalent<K> + Hash + ToOwned<Owned = K> + ?Sized,
    {
        self.entry_by_ref(key).or_optionally_insert_with(init).map(Entry::into_value)
    }

    /// As [`try_get_with`](Self::try_get_with), of a key that is borrowed: it is cloned if it is not there.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::<String, u8>::new(10);
    /// assert!(cache.try_get_with_by_ref("x", || "x".parse::<u8>()).is_err());
    /// assert_eq!(cache.try_get_with_by_ref("1", || "1".parse::<u8>()), Ok(1));
    /// ```
    ///
    /// # Errors
    ///
    /// That of `init`.
    pub fn try_get_with_by_ref<Q, E>(&self, key: &Q, init: impl FnOnce() -> Result<V, E>) -> Result<V, Arc<E>>
    where
        Q: Equivalent<K> + Hash + ToOwned<Owned = K> + ?Sized,
        E: Send + Sync + 'static,
    {
        self.entry_by_ref(key).or_try_insert_with(init).map(Entry::into_value)
    }

    /// Chooses a key for what follows.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// assert_eq!(cache.entry(1).or_insert_with(|| 'a').into_value(), 'a');
    /// ```
    pub fn entry(&self, key: K) -> EntrySelector<'_, K, V, S> {
        EntrySelector { cache: self, chosen: Given(key) }
    }

    /// Chooses a key that is borrowed, for what follows: it is cloned if there is no value, or if one may be put in its place.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::<String, usize>::new(10);
    /// assert_eq!(cache.entry_by_ref("four").or_insert_with(|| 4).into_value(), 4);
    /// assert!(!cache.entry_by_ref("four").or_insert(5).is_fresh());
    /// ```
    pub fn entry_by_ref<'q, Q>(&self, key: &'q Q) -> EntrySelector<'_, K, V, S, Lent<'q, Q>>
    where
        Q: Equivalent<K> + Hash + ToOwned<Owned = K> + ?Sized,
    {
        EntrySelector { cache: self, chosen: Lent(key) }
    }
}
