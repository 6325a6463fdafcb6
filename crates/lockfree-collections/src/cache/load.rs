//! Look-ups that make what they do not find: one loader for a key at a time.

use core::any::Any;
use core::fmt;
use core::hash::{BuildHasher, Hash};

use super::concurrent::{ConcurrentCache, DefaultHashBuilder};
use super::entry::Owned;
use super::flight::{Outcome, Ticket};
use super::parts::Parts;
use super::shard::{Begun, Landed, Shard};
use super::stats::Count;
use crate::primitive::{Arc, Shared};

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
}

impl<V> Entry<V> {
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

/// A flight that the calling thread leads. If it does not bring it to an end, the drop does, and followers begin anew.
struct Lead<'a, K, V> {
    parts: &'a Parts<K, V>,
    shard: &'a Shard<V>,
    /// Of the entry, which stays until then.
    number: u32,
    ended: bool,
    /// What followers wait for when the flight has ended.
    ticket: Option<Shared<Ticket<V>>>,
}

impl<'a, K, V> Lead<'a, K, V> {
    fn new(parts: &'a Parts<K, V>, shard: &'a Shard<V>, number: u32) -> Self {
        Self { parts, shard, number, ended: false, ticket: None }
    }

    /// The flight has been ended: nobody can become a follower any more.
    fn ended(&mut self, ticket: Option<Shared<Ticket<V>>>) {
        self.ended = true;
        self.ticket = ticket;
    }

    /// Ends the flight, if it has not been ended.
    fn end(&mut self) {
        if !self.ended {
            self.ended(self.shard.end(&self.parts.memory, self.number));
        }
    }

    /// Tells the followers, if there are any.
    fn land(mut self, outcome: impl FnOnce() -> Outcome<V>) {
        if self.ticket.is_some() {
            let outcome = outcome();
            if let Some(ticket) = self.ticket.take() {
                ticket.land(outcome);
            }
        }
    }
}

impl<K, V> Drop for Lead<'_, K, V> {
    fn drop(&mut self) {
        if !self.ended {
            self.parts.counts.add(Count::FailedLoads);
            self.end();
        }
        if let Some(ticket) = self.ticket.take() {
            ticket.land(Outcome::Again);
        }
    }
}

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
        self.entry(key).or_insert_with(init).value
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

    /// Chooses a key for what follows.
    ///
    /// ```
    /// # use lockfree_collections::cache::ConcurrentCache;
    /// let cache = ConcurrentCache::new(10);
    /// assert_eq!(cache.entry(1).or_insert_with(|| 'a').into_value(), 'a');
    /// ```
    pub fn entry(&self, key: K) -> EntrySelector<'_, K, V, S> {
        EntrySelector { cache: self, key }
    }

    #[inline]
    fn get_hashed(&self, hash: u64, key: &K) -> Option<V> {
        let pinned = self.parts.memory.eras().pin();
        let entry = self.parts.read(hash, |other| other == key, &pinned)?;
        Some(entry.value().clone())
    }

    /// Finds, waits or loads; tells whether it has loaded. An outcome of another's loader that `suits` says no to is none.
    fn load(
        &self,
        key: K,
        init: impl FnOnce() -> Outcome<V>,
        suits: impl Fn(&Outcome<V>) -> Option<Outcome<V>>,
    ) -> (Outcome<V>, bool) {
        let hash = self.hash(&key);
        if let Some(value) = self.get_hashed(hash, &key) {
            return (Outcome::Value(value), false);
        }
        let parts = &self.parts;
        let (memory, shard) = (&parts.memory, parts.shard(hash));
        let mut entry = Owned::new(memory, &memory.eras().desk(), hash, key);
        loop {
            let now = parts.now();
            match shard.begin(memory, &entry, |number| parts.is_alive(number, now)) {
                Begun::Lead => break,
                Begun::Present => {
                    if let Some(value) = self.get_hashed(hash, entry.entry().key()) {
                        return (Outcome::Value(value), false);
                    }
                }
                Begun::Own => {
                    // The loader of this key asks for it: to wait would be for ever.
                    let outcome = init();
                    if let Outcome::Value(value) = &outcome {
                        parts.fill(&mut entry, value.clone(), now);
                        let mut removed = parts.removed();
                        shard.put(memory, entry, &parts.circumstances(now), &mut removed);
                        parts.put_done(&removed);
                    }
                    return (outcome, true);
                }
                Begun::Follow(other) => {
                    if let Some(outcome) = suits(other.wait()) {
                        return (outcome, false);
                    }
                }
            }
        }
        let mut lead = Lead::new(parts, shard, entry.number());
        parts.counts.add(Count::Loads);
        let outcome = init();
        let Outcome::Value(value) = outcome else {
            if let Outcome::Failed(_) = outcome {
                parts.counts.add(Count::FailedLoads);
            }
            lead.end();
            lead.land(|| suits(&outcome).unwrap_or(Outcome::Again));
            return (outcome, true);
        };
        let given = value.clone();
        let now = parts.now();
        parts.fill(&mut entry, value, now);
        let mut removed = parts.removed();
        let Landed { ticket, unused } = shard.land(memory, entry, false, &parts.circumstances(now), &mut removed);
        lead.ended(ticket);
        lead.land(|| Outcome::Value(given.clone()));
        drop(unused);
        parts.put_done(&removed);
        (Outcome::Value(given), true)
    }
}

/// A key of a cache, for which something is to be done; see [`ConcurrentCache::entry`].
///
/// ```
/// # use lockfree_collections::cache::ConcurrentCache;
/// let cache = ConcurrentCache::new(10);
/// let selector = cache.entry(1);
/// assert_eq!(selector.or_insert('a').into_value(), 'a');
/// ```
#[must_use = "it only chooses a key"]
pub struct EntrySelector<'a, K, V, S = DefaultHashBuilder> {
    cache: &'a ConcurrentCache<K, V, S>,
    key: K,
}

impl<K, V, S> EntrySelector<'_, K, V, S>
where
    K: Hash + Eq,
    V: Clone,
    S: BuildHasher,
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
        let (outcome, is_fresh) = self.cache.load(self.key, || Outcome::Value(init()), suits);
        let Outcome::Value(value) = outcome else { unreachable!("nothing else is made, or suits") };
        Entry { value, is_fresh }
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
        let (outcome, is_fresh) = self.cache.load(self.key, || init().map_or(Outcome::Nothing, Outcome::Value), suits);
        match outcome {
            Outcome::Value(value) => Some(Entry { value, is_fresh }),
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
        let (outcome, is_fresh) = self.cache.load(self.key, init, suits);
        match outcome {
            Outcome::Value(value) => Ok(Entry { value, is_fresh }),
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
        let Self { cache, key } = self;
        let parts = &cache.parts;
        let hash = cache.hash(&key);
        let (memory, shard) = (&parts.memory, parts.shard(hash));
        let mut entry = Owned::new(memory, &memory.eras().desk(), hash, key);
        let mut lead = loop {
            match shard.begin(memory, &entry, |_| false) {
                Begun::Follow(other) => _ = other.wait(),
                Begun::Lead => break Some(Lead::new(parts, shard, entry.number())),
                Begun::Own | Begun::Present => break None,
            }
        };
        let old = cache.get_hashed(hash, entry.entry().key());
        let op = f(old.clone());
        let now = parts.now();
        let mut removed = parts.removed();
        let result = match (op, old) {
            (Op::Put(value), old) => {
                let given = value.clone();
                parts.fill(&mut entry, value, now);
                let circumstances = parts.circumstances(now);
                match &mut lead {
                    Some(lead) => lead.ended(shard.land(memory, entry, true, &circumstances, &mut removed).ticket),
                    None => shard.put(memory, entry, &circumstances, &mut removed),
                }
                if old.is_some() { CompResult::ReplacedWith(given) } else { CompResult::Inserted(given) }
            }
            (Op::Remove, Some(old)) => {
                let own = entry.entry();
                shard.take(hash, |key| key == own.key(), &parts.lifetimes, now, &mut removed);
                CompResult::Removed(old)
            }
            (_, Some(old)) => CompResult::Unchanged(old),
            (_, None) => CompResult::StillNone,
        };
        if let Some(lead) = &mut lead {
            lead.end();
        }
        // Followers begin anew.
        drop(lead);
        parts.put_done(&removed);
        result
    }
}

impl<K: fmt::Debug, V, S> fmt::Debug for EntrySelector<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntrySelector").field("key", &self.key).finish_non_exhaustive()
    }
}
