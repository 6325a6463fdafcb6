//! What changes a map.

use core::hash::{BuildHasher, Hash};
use core::ptr;

use equivalent::Equivalent;

use super::compute::{CapacityError, Compute, OccupiedError, Operation};
use super::entry::Entry;
use super::guard::Guard;
use super::hash_map::LockFreeHashMap;
use super::store::{Found, GONE};
use super::work::Work;

impl<K, V, S> LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Inserts a value, or replaces the one that is there, which is returned.
    ///
    /// The key is replaced, too: the one that was there belongs to the entry that was. But a `String`, or a `Box`, an `Arc` or a `Vec` of
    /// text or bytes stays as a rule: an equal one is as good, and the one that came is dropped at once.
    ///
    /// # Panics
    ///
    /// If there is no place for one more entry: "capacity overflow", see *Capacity* of [`LockFreeHashMap`]. Key and value are dropped.
    /// [`checked_insert`](Self::checked_insert) gives them back.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// let guard = map.guard();
    /// assert_eq!(map.insert(1, 'a', &guard), None);
    /// assert_eq!(map.insert(1, 'b', &guard), Some(&'a'));
    /// ```
    pub fn insert<'g>(&self, key: K, value: V, guard: &'g impl Guard) -> Option<&'g V>
    where
        K: 'g,
    {
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let hash = self.hash(&key);
        let old = work.put(hash, work.vacant(), key, value);
        work.settle();
        old.map(Entry::value)
    }

    /// As [`insert`](Self::insert), when there may be no room for one more entry: that is no panic, then, and takes nothing away.
    ///
    /// # Errors
    ///
    /// If there is no place for the entry (see *Capacity* of [`LockFreeHashMap`]), or no memory for more places: gives key and value back.
    /// The map is as it was.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// let guard = map.guard();
    /// assert_eq!(map.checked_insert(1, 'a', &guard), Ok(None));
    /// assert_eq!(map.checked_insert(1, 'b', &guard), Ok(Some(&'a')));
    /// ```
    pub fn checked_insert<'g>(
        &self,
        key: K,
        value: V,
        guard: &'g impl Guard,
    ) -> Result<Option<&'g V>, CapacityError<K, V>>
    where
        K: 'g,
    {
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let hash = self.hash(&key);
        let Some(vacant) = work.try_vacant() else { return Err(CapacityError { key, value }) };
        let old = work.put(hash, vacant, key, value);
        work.settle();
        Ok(old.map(Entry::value))
    }

    /// Inserts a value if the key is not there and there is room; tells whether it was not there.
    pub(crate) fn checked_insert_absent(
        &self,
        key: K,
        value: V,
        guard: &impl Guard,
    ) -> Result<bool, CapacityError<K, V>> {
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let done = work.try_insert_absent(self.hash(&key), key, value);
        work.settle();
        done.map_err(|(key, value)| CapacityError { key, value })
    }

    /// Inserts a value if the key is not there, and returns it.
    ///
    /// # Errors
    ///
    /// If it is, returns the value that is there, and the other one.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// let guard = map.guard();
    /// assert_eq!(map.try_insert(1, 'a', &guard), Ok(&'a'));
    /// assert_eq!(map.try_insert(1, 'b', &guard).unwrap_err().current, &'a');
    /// ```
    pub fn try_insert<'g>(&self, key: K, value: V, guard: &'g impl Guard) -> Result<&'g V, OccupiedError<'g, V>>
    where
        K: 'g,
    {
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let done = work.insert_absent(self.hash(&key), key, value);
        work.settle();
        match done {
            Ok(entry) => Ok(entry.value()),
            Err((entry, _, not_inserted)) => Err(OccupiedError { current: entry.value(), not_inserted }),
        }
    }

    /// Inserts what `f` returns if the key is not there, and returns it. `f` is called only if the key was not there.
    ///
    /// # Errors
    ///
    /// If the key is there, returns the value that is.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// let guard = map.guard();
    /// assert_eq!(map.try_insert_with(1, || 'a', &guard), Ok(&'a'));
    /// assert_eq!(map.try_insert_with(1, || unreachable!(), &guard), Err(&'a'));
    /// ```
    pub fn try_insert_with<'g, F>(&self, key: K, f: F, guard: &'g impl Guard) -> Result<&'g V, &'g V>
    where
        F: FnOnce() -> V,
        K: 'g,
    {
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let hash = self.hash(&key);
        if let Some(entry) = work.find(hash, |other| key == *other) {
            return Err(entry.value());
        }
        let done = work.insert_absent(hash, key, f());
        work.settle();
        match done {
            Ok(entry) => Ok(entry.value()),
            Err((entry, _, _)) => Err(entry.value()),
        }
    }

    /// The value of the key, which is inserted if the key is not there.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// let guard = map.guard();
    /// assert_eq!(map.get_or_insert(1, 'a', &guard), &'a');
    /// assert_eq!(map.get_or_insert(1, 'b', &guard), &'a');
    /// ```
    pub fn get_or_insert<'g>(&self, key: K, value: V, guard: &'g impl Guard) -> &'g V
    where
        K: 'g,
    {
        match self.try_insert(key, value, guard) {
            Ok(value) => value,
            Err(error) => error.current,
        }
    }

    /// The value of the key, which is made by `f` if the key is not there. If another thread is first, `f`'s value is dropped.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// assert_eq!(map.get_or_insert_with(1, || 'a', &map.guard()), &'a');
    /// ```
    pub fn get_or_insert_with<'g, F>(&self, key: K, f: F, guard: &'g impl Guard) -> &'g V
    where
        F: FnOnce() -> V,
        K: 'g,
    {
        match self.try_insert_with(key, f, guard) {
            Ok(value) | Err(value) => value,
        }
    }

    /// Replaces the value by `update` of it, and returns the new one; none if the key is not there.
    ///
    /// If another thread changes the entry meanwhile, or one beside it, `update` is called again.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::from([('a', 1)]);
    /// let guard = map.guard();
    /// assert_eq!(map.update('a', |value| value + 1, &guard), Some(&2));
    /// assert_eq!(map.update('b', |value| value + 1, &guard), None);
    /// ```
    pub fn update<'g, F>(&self, key: K, update: F, guard: &'g impl Guard) -> Option<&'g V>
    where
        F: Fn(&V) -> V,
        K: 'g,
    {
        let done = self.compute(
            key,
            |entry| match entry {
                Some((_, value)) => Operation::Insert(update(value)),
                None => Operation::Abort(()),
            },
            guard,
        );
        match done {
            Compute::Updated { new: (_, value), .. } => Some(value),
            _ => None,
        }
    }

    /// Replaces the value by `update` of it, or inserts `value`; returns what is there then.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// let guard = map.guard();
    /// assert_eq!(map.update_or_insert('a', |value| value + 1, 0, &guard), &0);
    /// assert_eq!(map.update_or_insert('a', |value| value + 1, 0, &guard), &1);
    /// ```
    pub fn update_or_insert<'g, F>(&self, key: K, update: F, value: V, guard: &'g impl Guard) -> &'g V
    where
        F: Fn(&V) -> V,
        K: 'g,
    {
        self.update_or_insert_with(key, update, || value, guard)
    }

    /// Replaces the value by `update` of it, or inserts what `f` returns; returns what is there then.
    ///
    /// `update` may be called several times, `f` once, even if another thread inserts the key meanwhile.
    ///
    /// ```
    /// let map = lockfree_collections::LockFreeHashMap::new();
    /// assert_eq!(map.update_or_insert_with('a', |value| value + 1, || 0, &map.guard()), &0);
    /// ```
    pub fn update_or_insert_with<'g, U, F>(&self, key: K, update: U, f: F, guard: &'g impl Guard) -> &'g V
    where
        F: FnOnce() -> V,
        U: Fn(&V) -> V,
        K: 'g,
    {
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let hash = self.hash(&key);
        let mut key = key;
        let (mut make, mut made) = (Some(f), None);
        let entry = loop {
            let place = work.seek(hash, |other| key == *other);
            if let Some(found) = place.found() {
                let value = update(found.entry.value());
                match work.replace(place, found, work.vacant(), key, value) {
                    Ok(entry) => break entry,
                    Err((_, back, _)) => key = back,
                }
            } else {
                if let Some(make) = make.take() {
                    made = Some(make());
                }
                let value = made.take().expect("made, and given back");
                match work.add(place, work.vacant(), key, value) {
                    Ok(entry) => break entry,
                    Err((_, back, value)) => (key, made) = (back, Some(value)),
                }
            }
        };
        work.settle();
        entry.value()
    }

    /// Does what `compute` asks for when it is shown the entry, in one step.
    ///
    /// If another thread changes the entry meanwhile, or one beside it, `compute` is called again.
    ///
    /// # Panics
    ///
    /// If `compute` asks to remove what is not there; as `papaya`.
    ///
    /// ```
    /// use lockfree_collections::LockFreeHashMap;
    /// use lockfree_collections::map::{Compute, Operation};
    ///
    /// let map = LockFreeHashMap::from([('a', 1)]);
    /// let guard = map.guard();
    /// let take_one = |entry: Option<(&char, &u32)>| match entry {
    ///     None => Operation::Abort("none left"),
    ///     Some((_, 1)) => Operation::Remove,
    ///     Some((_, count)) => Operation::Insert(count - 1),
    /// };
    /// assert_eq!(map.compute('a', take_one, &guard), Compute::Removed(&'a', &1));
    /// assert_eq!(map.compute('a', take_one, &guard), Compute::Aborted("none left"));
    /// ```
    pub fn compute<'g, F, T>(&self, key: K, mut compute: F, guard: &'g impl Guard) -> Compute<'g, K, V, T>
    where
        F: FnMut(Option<(&'g K, &'g V)>) -> Operation<V, T>,
    {
        let rehash = |key: &K| self.hash(key);
        let work = Work::new(self.store(guard), guard, &rehash);
        let hash = self.hash(&key);
        let mut key = key;
        let done = loop {
            let place = work.seek(hash, |other| key == *other);
            let found = place.found();
            let entry = found.map(|found| (found.entry.key(), found.entry.value()));
            match (compute(entry), found) {
                (Operation::Insert(value), None) => match work.add(place, work.vacant(), key, value) {
                    Ok(entry) => break Compute::Inserted(entry.key(), entry.value()),
                    Err((_, back, _)) => key = back,
                },
                (Operation::Insert(value), Some(found)) => {
                    match work.replace(place, found, work.vacant(), key, value) {
                        Ok(entry) => {
                            let old = (found.entry.key(), found.entry.value());
                            break Compute::Updated { old, new: (entry.key(), entry.value()) };
                        }
                        Err((_, back, _)) => key = back,
                    }
                }
                (Operation::Remove, Some(found)) => {
                    if work.remove(found) {
                        // SAFETY: unlinked just now, by this thread.
                        unsafe { work.retire(found, 0) };
                        break Compute::Removed(found.entry.key(), found.entry.value());
                    }
                }
                // There is nothing to remove, and nothing to answer.
                (Operation::Remove, None) => panic!("`Operation::Remove` for a key that is not in the map"),
                (Operation::Abort(answer), _) => break Compute::Aborted(answer),
            }
        };
        work.settle();
        done
    }

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
