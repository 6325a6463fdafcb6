//! What puts into a map, and changes what is there; what removes is in [`super::remove`].

use core::hash::{BuildHasher, Hash};

use super::compute::{CapacityError, Compute, OccupiedError, Operation};
use super::entry::Entry;
use super::guard::Guard;
use super::hash_map::LockFreeHashMap;
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
}
