//! What removes from a map.

use core::hash::{BuildHasher, Hash};
use core::ptr;

use equivalent::Equivalent;

use super::guard::Guard;
use super::hash_map::LockFreeHashMap;
use super::store::{Found, GONE};
use super::work::Work;

impl<K, V, S> LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Removes the key, and returns the value that was there.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// let guard = map.guard();
    /// assert_eq!(map.remove(&1, &guard), Some(&'a'));
    /// assert_eq!(map.remove(&1, &guard), None);
    /// ```
    pub fn remove<'g, Q>(&self, key: &Q, guard: &'g impl Guard) -> Option<&'g V>
    where
        K: 'g,
        Q: Equivalent<K> + Hash + ?Sized,
    {
        self.remove_entry(key, guard).map(|(_, value)| value)
    }

    /// Removes the key, and returns the entry that was there.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// assert_eq!(map.remove_entry(&1, &map.guard()), Some((&1, &'a')));
    /// ```
    pub fn remove_entry<'g, Q>(&self, key: &Q, guard: &'g impl Guard) -> Option<(&'g K, &'g V)>
    where
        K: 'g,
        Q: Equivalent<K> + Hash + ?Sized,
    {
        match self.remove_if(key, |_, _| true, guard) {
            Ok(entry) => entry,
            Err(_) => unreachable!("the condition holds always"),
        }
    }

    /// Removes the key if `should_remove` says so of its entry, and returns what was there.
    ///
    /// If another thread changes the entry meanwhile, or one beside it, `should_remove` is called again.
    ///
    /// # Errors
    ///
    /// If it says no, returns the entry that is there.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// let guard = map.guard();
    /// assert_eq!(map.remove_if(&1, |_, value| *value == 'b', &guard), Err((&1, &'a')));
    /// assert_eq!(map.remove_if(&1, |_, value| *value == 'a', &guard), Ok(Some((&1, &'a'))));
    /// ```
    #[allow(clippy::type_complexity, reason = "papaya's type")]
    pub fn remove_if<'g, Q, F>(
        &self,
        key: &Q,
        should_remove: F,
        guard: &'g impl Guard,
    ) -> Result<Option<(&'g K, &'g V)>, (&'g K, &'g V)>
    where
        Q: Equivalent<K> + Hash + ?Sized,
        F: FnMut(&K, &V) -> bool,
    {
        self.unlink(
            self.hash(key),
            |other| key.equivalent(other),
            should_remove,
            guard,
            |work, found| {
                // SAFETY: `unlink` has unlinked it.
                unsafe { work.retire(found, 0) };
                (found.entry.key(), found.entry.value())
            },
        )
    }

    /// Removes a key if `should_remove` says so; then `retire` has to hand the entry over.
    #[allow(clippy::type_complexity, reason = "papaya's type")]
    fn unlink<'g, G: Guard, R>(
        &self,
        hash: u64,
        mut is_key: impl FnMut(&K) -> bool,
        mut should_remove: impl FnMut(&K, &V) -> bool,
        guard: &'g G,
        retire: impl FnOnce(&Work<'g, '_, K, V, G>, Found<'g, K, V>) -> R,
    ) -> Result<Option<R>, (&'g K, &'g V)> {
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let done = loop {
            let place = work.seek(hash, &mut is_key);
            let Some(found) = place.found() else { break Ok(None) };
            let entry = (found.entry.key(), found.entry.value());
            if !should_remove(entry.0, entry.1) {
                break Err(entry);
            }
            if work.remove(found) {
                break Ok(Some(retire(&work, found)));
            }
        };
        work.settle();
        done
    }

    /// Removes the key, and returns its value, not a reference: the very one if no guard can be on it, which is when no other guard of
    /// the map is alive that is older than this call, else a clone.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, String::from("a"))]);
    /// assert_eq!(map.take(&1), Some(String::from("a")));
    /// assert_eq!(map.take(&1), None);
    /// ```
    pub fn take<Q>(&self, key: &Q) -> Option<V>
    where
        V: Clone,
        Q: Equivalent<K> + Hash + ?Sized,
    {
        // A guard of its own, under which nobody has got a reference.
        let guard = self.guard();
        let done = self.unlink(
            self.hash(key),
            |other| key.equivalent(other),
            |_, _| true,
            &guard,
            |work, found| {
                let moves = !work.is_kept_by_others(found);
                // SAFETY: it is unlinked, no other guard is on it, and this one keeps it from being finished; which leaves the value then.
                let moved = moves.then(|| unsafe { found.entry.take_value() });
                // Before the clone, which may panic: the guard keeps the entry for as long.
                // SAFETY: `unlink` has unlinked it.
                unsafe { work.retire(found, if moves { GONE } else { 0 }) };
                moved.unwrap_or_else(|| found.entry.value().clone())
            },
        );
        done.ok().flatten()
    }

    /// Removes the entries of which `f` says no.
    ///
    /// All entries that are in the map all the while are asked about, and others may be, as by [`LockFreeHashMap::iter`]. If another
    /// thread replaces a value meanwhile, `f` is asked again.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a'), (2, 'b'), (3, 'c')]);
    /// map.retain(|key, _| key % 2 == 1, &map.guard());
    /// assert_eq!(map.len(), 2);
    /// ```
    pub fn retain<F>(&self, mut f: F, guard: &impl Guard)
    where
        F: FnMut(&K, &V) -> bool,
    {
        for (key, _) in self.iter(guard) {
            let is_key = |other: &K| ptr::eq(other, key) || other == key;
            _ = self.unlink(
                self.hash(key),
                is_key,
                |key, value| !f(key, value),
                guard,
                |work, found| {
                    // SAFETY: `unlink` has unlinked it.
                    unsafe { work.retire(found, 0) };
                },
            );
        }
    }

    /// Removes all entries that are in the map all the while; others may be removed, too.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([(1, 'a')]);
    /// map.clear(&map.guard());
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&self, guard: &impl Guard) {
        self.retain(|_, _| false, guard);
    }
}
