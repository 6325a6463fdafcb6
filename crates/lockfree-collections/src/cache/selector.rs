//! A key that is chosen, and what can be done for it.

use core::any::Any;
use core::convert::Infallible;
use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::chosen::{Given, KeyOf};
use super::concurrent::{ConcurrentCache, DefaultHashBuilder};
use super::flight::Outcome;
use crate::primitive::Arc;

/// What a look-up that makes what it does not find has found.
///
/// ```
/// # use lockfree_collections::cache::ConcurrentCache;
/// let cache = ConcurrentCache::new(10);
/// let entry = cache.entry(1).or_insert('a');
/// assert!(entry.is_fresh());
/// assert_eq!(entry.into_value(), 'a');
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<V> {
    value: V,
    is_fresh: bool,
    is_old_value_replaced: bool,
}

impl<V> Entry<V> {
    /// What there is after a computation.
    fn of(result: CompResult<V>) -> Option<Self> {
        let (value, is_fresh, is_old_value_replaced) = match result {
            CompResult::Inserted(value) => (value, true, false),
            CompResult::ReplacedWith(value) => (value, true, true),
            CompResult::Unchanged(value) => (value, false, false),
            CompResult::Removed(_) | CompResult::StillNone => return None,
        };
        Some(Self { value, is_fresh, is_old_value_replaced })
    }

    /// The value.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// assert_eq!(ConcurrentCache::new(10).entry(1).or_insert('a').value(), &'a');
    /// ```
    pub fn value(&self) -> &V {
        &self.value
    }

    /// The value, owned.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// assert_eq!(ConcurrentCache::<u8, u8>::new(10).entry(1).or_default().into_value(), 0);
    /// ```
    pub fn into_value(self) -> V {
        self.value
    }

    /// Whether this call has made the value, and not found it.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// assert!(!cache.entry(1).or_insert('b').is_fresh());
    /// ```
    pub fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Whether there was another value, which this one has replaced.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// cache.insert(1, 'a');
    /// assert!(cache.entry(1).or_insert_with_if(|| 'b', |value| *value == 'a').is_old_value_replaced());
    /// ```
    pub fn is_old_value_replaced(&self) -> bool {
        self.is_old_value_replaced
    }
}

/// What [`EntrySelector::and_compute_with`] is to do.
///
/// ```
/// use lockfree_collections::cache::{ConcurrentCache, Op};
///
/// let cache = ConcurrentCache::<u8, u8>::new(10);
/// cache.entry(1).and_compute_with(|_| Op::Put(7));
/// assert_eq!(cache.get(&1), Some(7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op<V> {
    /// Nothing.
    Nop,
    /// Put this value in.
    Put(V),
    /// Remove the key.
    Remove,
}

/// What [`EntrySelector::and_compute_with`] has done.
///
/// ```
/// use lockfree_collections::cache::{CompResult, ConcurrentCache, Op};
///
/// let cache = ConcurrentCache::<u8, u8>::new(10);
/// assert_eq!(cache.entry(1).and_compute_with(|_| Op::Remove), CompResult::StillNone);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompResult<V> {
    /// There was no value, and now there is this one.
    Inserted(V),
    /// There was a value, and now there is this one.
    ReplacedWith(V),
    /// There was this value.
    Removed(V),
    /// There was no value, and there is none.
    StillNone,
    /// There was this value, and it is there still.
    Unchanged(V),
}

/// A key of a cache, for which something is to be done; see [`ConcurrentCache::entry`] and [`ConcurrentCache::entry_by_ref`].
///
/// ```
/// # use lockfree_collections::cache::ConcurrentCache;
/// let cache = ConcurrentCache::new(10);
/// let selector = cache.entry(1);
/// assert_eq!(selector.or_insert('a').into_value(), 'a');
/// ```
#[must_use = "it only chooses a key"]
pub struct EntrySelector<'a, K, V, S = DefaultHashBuilder, C = Given<K>> {
    pub(super) cache: &'a ConcurrentCache<K, V, S>,
    pub(super) chosen: C,
}

impl<K, V, S, C> EntrySelector<'_, K, V, S, C>
where
    K: Hash + Eq,
    V: Clone,
    S: BuildHasher,
    C: KeyOf<K>,
{
    /// As [`ConcurrentCache::get_with`].
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// assert_eq!(cache.entry(1).or_insert_with(|| 'a').into_value(), 'a');
    /// ```
    pub fn or_insert_with(self, init: impl FnOnce() -> V) -> Entry<V> {
        let suits = |outcome: &Outcome<V>| match outcome {
            Outcome::Value(value) => Some(Outcome::Value(value.clone())),
            _ => None,
        };
        let (outcome, is_fresh) = self.cache.find_or_load(self.chosen, || Outcome::Value(init()), suits);
        let Outcome::Value(value) = outcome else { unreachable!("nothing else is made, or suits") };
        Entry { value, is_fresh, is_old_value_replaced: false }
    }

    /// The value of the key; if it is not there, this one, which is put in.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// assert_eq!(cache.entry(1).or_insert('a').into_value(), 'a');
    /// assert_eq!(cache.entry(1).or_insert('b').into_value(), 'a');
    /// ```
    pub fn or_insert(self, value: V) -> Entry<V> {
        self.or_insert_with(|| value)
    }

    /// As `or_insert` with the default.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// assert_eq!(ConcurrentCache::<u8, u8>::new(10).entry(1).or_default().into_value(), 0);
    /// ```
    pub fn or_default(self) -> Entry<V>
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// As [`ConcurrentCache::optionally_get_with`].
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::<u8, u8>::new(10);
    /// assert_eq!(cache.entry(1).or_optionally_insert_with(|| None), None);
    /// ```
    pub fn or_optionally_insert_with(self, init: impl FnOnce() -> Option<V>) -> Option<Entry<V>> {
        let suits = |outcome: &Outcome<V>| match outcome {
            Outcome::Value(value) => Some(Outcome::Value(value.clone())),
            Outcome::Nothing => Some(Outcome::Nothing),
            _ => None,
        };
        let (outcome, is_fresh) =
            self.cache.find_or_load(self.chosen, || init().map_or(Outcome::Nothing, Outcome::Value), suits);
        match outcome {
            Outcome::Value(value) => Some(Entry { value, is_fresh, is_old_value_replaced: false }),
            _ => None,
        }
    }

    /// As [`ConcurrentCache::try_get_with`].
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::<u8, u8>::new(10);
    /// assert_eq!(**cache.entry(1).or_try_insert_with(|| Err("no")).unwrap_err(), *"no");
    /// ```
    ///
    /// # Errors
    ///
    /// That of `init`.
    pub fn or_try_insert_with<E>(self, init: impl FnOnce() -> Result<V, E>) -> Result<Entry<V>, Arc<E>>
    where
        E: Send + Sync + 'static,
    {
        let suits = |outcome: &Outcome<V>| match outcome {
            Outcome::Value(value) => Some(Outcome::Value(value.clone())),
            Outcome::Failed(error) if error.is::<E>() => Some(Outcome::Failed(Arc::clone(error))),
            _ => None,
        };
        let init = || match init() {
            Ok(value) => Outcome::Value(value),
            Err(error) => Outcome::Failed(Arc::new(error) as Arc<dyn Any + Send + Sync>),
        };
        let (outcome, is_fresh) = self.cache.find_or_load(self.chosen, init, suits);
        match outcome {
            Outcome::Value(value) => Ok(Entry { value, is_fresh, is_old_value_replaced: false }),
            Outcome::Failed(error) => match error.downcast() {
                Ok(error) => Err(error),
                Err(_) => unreachable!("errors of other types do not suit"),
            },
            _ => unreachable!("nothing else is made, or suits"),
        }
    }

    /// Lets `f` decide what becomes of the key's value.
    ///
    /// For one key one such `f`, or loader, runs at a time; so counting up in it loses nothing. `insert` and `invalidate` do not wait for it:
    /// what `f` decides comes after them.
    ///
    /// ```
    /// use lockfree_collections::cache::{CompResult, ConcurrentCache, Op};
    ///
    /// let cache = ConcurrentCache::new(10);
    /// let count = |value: Option<u32>| Op::Put(value.map_or(1, |value| value + 1));
    /// assert_eq!(cache.entry('a').and_compute_with(count), CompResult::Inserted(1));
    /// assert_eq!(cache.entry('a').and_compute_with(count), CompResult::ReplacedWith(2));
    /// assert_eq!(cache.entry('a').and_compute_with(|_| Op::Nop), CompResult::Unchanged(2));
    /// assert_eq!(cache.entry('a').and_compute_with(|_| Op::Remove), CompResult::Removed(2));
    /// ```
    pub fn and_compute_with(self, f: impl FnOnce(Option<V>) -> Op<V>) -> CompResult<V> {
        match self.and_try_compute_with(|old| Ok::<_, Infallible>(f(old))) {
            Ok(result) => result,
            Err(never) => match never {},
        }
    }

    /// As [`and_compute_with`](Self::and_compute_with), when `f` may fail; nothing is changed then.
    ///
    /// ```
    /// use lockfree_collections::cache::{CompResult, ConcurrentCache, Op};
    ///
    /// let cache = ConcurrentCache::<_, u8>::new(10);
    /// let double = |value: Option<u8>| value.unwrap_or(100).checked_mul(2).map(Op::Put).ok_or("too much");
    /// assert_eq!(cache.entry('a').and_try_compute_with(double), Ok(CompResult::Inserted(200)));
    /// assert_eq!(cache.entry('a').and_try_compute_with(double), Err("too much"));
    /// assert_eq!(cache.get(&'a'), Some(200));
    /// ```
    ///
    /// # Errors
    ///
    /// That of `f`.
    pub fn and_try_compute_with<E>(self, f: impl FnOnce(Option<V>) -> Result<Op<V>, E>) -> Result<CompResult<V>, E> {
        self.cache.compute(self.chosen.own(), f)
    }

    /// Puts in what `f` makes of the key's value, or of none. As [`and_compute_with`](Self::and_compute_with).
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// let count = |value: Option<u32>| value.map_or(1, |value| value + 1);
    /// assert!(!cache.entry('a').and_upsert_with(count).is_old_value_replaced());
    /// assert!(cache.entry('a').and_upsert_with(count).is_old_value_replaced());
    /// assert_eq!(cache.get(&'a'), Some(2));
    /// ```
    pub fn and_upsert_with(self, f: impl FnOnce(Option<V>) -> V) -> Entry<V> {
        Entry::of(self.and_compute_with(|old| Op::Put(f(old)))).expect("a value was put in")
    }

    /// As [`or_insert_with`](Self::or_insert_with), when a value that is there is replaced if `replace_if` says so; it may be asked twice.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// let is_odd = |value: &u8| value % 2 == 1;
    /// assert_eq!(cache.entry('a').or_insert_with_if(|| 1, is_odd).into_value(), 1);
    /// assert_eq!(cache.entry('a').or_insert_with_if(|| 2, is_odd).into_value(), 2);
    /// assert_eq!(cache.entry('a').or_insert_with_if(|| 3, is_odd).into_value(), 2);
    /// ```
    pub fn or_insert_with_if(self, init: impl FnOnce() -> V, mut replace_if: impl FnMut(&V) -> bool) -> Entry<V> {
        if let Some(value) = self.cache.get(self.chosen.key()).filter(|value| !replace_if(value)) {
            return Entry { value, is_fresh: false, is_old_value_replaced: false };
        }
        let result = self.and_compute_with(|old| match old {
            Some(value) if !replace_if(&value) => Op::Nop,
            _ => Op::Put(init()),
        });
        Entry::of(result).expect("there was a value, or one was put in")
    }
}

impl<K, V, S, C: fmt::Debug> fmt::Debug for EntrySelector<'_, K, V, S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntrySelector").field("key", &self.chosen).finish_non_exhaustive()
    }
}
