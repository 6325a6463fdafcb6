//! What changes a map.

use core::hash::{BuildHasher, Hash};
use core::ptr;

use equivalent::Equivalent;

use super::compute::{Compute, OccupiedError, Operation};
use super::guard::Guard;
use super::hash_map::LockFreeHashMap;
use super::list::List;
use super::node::Node;

/// Drops what can be dropped, when an operation is over: a value's `drop` may use the map.
#[inline]
fn settle<K, V>(_: &List<K, V>, guard: &impl Guard) {
    drop(guard.collect(List::<K, V>::batch()));
}

/// Inserts an entry if its key is not there; else gives it back with the node that is.
#[allow(clippy::type_complexity, reason = "said once, here")]
fn insert_absent<'g, K: Eq, V>(
    list: &'g List<K, V>,
    order: usize,
    mut key: K,
    mut value: V,
    guard: &'g impl Guard,
) -> Result<&'g Node<K, V>, (&'g Node<K, V>, K, V)> {
    loop {
        let place = list.seek(order, |other| key == *other, guard);
        if let Some(found) = place.found() {
            return Err((found.node, key, value));
        }
        match list.add(&place, list.allocate(order, key, value), guard) {
            Ok(node) => return Ok(node),
            Err(back) => (key, value) = back.into_pair(),
        }
    }
}

impl<K, V, S> LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// Inserts a value, or replaces the one that is there, which is returned.
    ///
    /// The key is replaced, too: the one that was there belongs to the entry that was.
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
        let list = self.list(guard);
        let order = self.order(&key);
        let mut fresh = list.allocate(order, key, value);
        let old = loop {
            let place = list.seek(order, |other| fresh.node().key() == other, guard);
            let done = match place.found() {
                None => list.add(&place, fresh, guard).map(|_| None),
                Some(found) => list.replace(&place, found, fresh, guard).map(|_| Some(found.node)),
            };
            match done {
                Ok(old) => break old,
                Err(back) => fresh = back,
            }
        };
        settle(list, guard);
        old.map(Node::value)
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
        let list = self.list(guard);
        let done = insert_absent(list, self.order(&key), key, value, guard);
        settle(list, guard);
        match done {
            Ok(node) => Ok(node.value()),
            Err((node, _, not_inserted)) => Err(OccupiedError { current: node.value(), not_inserted }),
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
        let list = self.list(guard);
        let order = self.order(&key);
        if let Some(node) = list.find(order, |other| key == *other, guard) {
            return Err(node.value());
        }
        let done = insert_absent(list, order, key, f(), guard);
        settle(list, guard);
        match done {
            Ok(node) => Ok(node.value()),
            Err((node, _, _)) => Err(node.value()),
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
        let list = self.list(guard);
        let order = self.order(&key);
        let mut key = key;
        let (mut make, mut made) = (Some(f), None);
        let node = loop {
            let place = list.seek(order, |other| key == *other, guard);
            if let Some(found) = place.found() {
                let fresh = list.allocate(order, key, update(found.node.value()));
                match list.replace(&place, found, fresh, guard) {
                    Ok(node) => break node,
                    Err(back) => key = back.into_pair().0,
                }
            } else {
                if let Some(make) = make.take() {
                    made = Some(make());
                }
                let value = made.take().expect("made, and given back");
                match list.add(&place, list.allocate(order, key, value), guard) {
                    Ok(node) => break node,
                    Err(back) => {
                        let (back, value) = back.into_pair();
                        key = back;
                        made = Some(value);
                    }
                }
            }
        };
        settle(list, guard);
        node.value()
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
        let list = self.list(guard);
        let order = self.order(&key);
        let mut key = key;
        let done = loop {
            let place = list.seek(order, |other| key == *other, guard);
            let found = place.found();
            let entry = found.map(|found| (found.node.key(), found.node.value()));
            match (compute(entry), found) {
                (Operation::Insert(value), None) => match list.add(&place, list.allocate(order, key, value), guard) {
                    Ok(node) => break Compute::Inserted(node.key(), node.value()),
                    Err(back) => key = back.into_pair().0,
                },
                (Operation::Insert(value), Some(found)) => {
                    let fresh = list.allocate(order, key, value);
                    match list.replace(&place, found, fresh, guard) {
                        Ok(node) => {
                            let old = (found.node.key(), found.node.value());
                            break Compute::Updated { old, new: (node.key(), node.value()) };
                        }
                        Err(back) => key = back.into_pair().0,
                    }
                }
                (Operation::Remove, Some(found)) => {
                    if list.remove(&place, found, guard) {
                        break Compute::Removed(found.node.key(), found.node.value());
                    }
                }
                // There is nothing to remove, and nothing to answer.
                (Operation::Remove, None) => panic!("`Operation::Remove` for a key that is not in the map"),
                (Operation::Abort(answer), _) => break Compute::Aborted(answer),
            }
        };
        settle(list, guard);
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
        self.remove_at(self.order(key), |other| key.equivalent(other), should_remove, guard)
    }

    #[allow(clippy::type_complexity, reason = "papaya's type")]
    fn remove_at<'g>(
        &self,
        order: usize,
        mut is_key: impl FnMut(&K) -> bool,
        mut should_remove: impl FnMut(&K, &V) -> bool,
        guard: &'g impl Guard,
    ) -> Result<Option<(&'g K, &'g V)>, (&'g K, &'g V)> {
        let list = self.list(guard);
        let done = loop {
            let place = list.seek(order, &mut is_key, guard);
            let Some(found) = place.found() else { break Ok(None) };
            let entry = (found.node.key(), found.node.value());
            if !should_remove(entry.0, entry.1) {
                break Err(entry);
            }
            if list.remove(&place, found, guard) {
                break Ok(Some(entry));
            }
        };
        settle(list, guard);
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
        let list = self.list(&guard);
        let order = self.order(key);
        let node = loop {
            let place = list.seek(order, |other| key.equivalent(other), &guard);
            let found = place.found()?;
            if list.remove(&place, found, &guard) {
                break found.node;
            }
        };
        let value = if guard.is_kept_by_others(node.born()) {
            node.value().clone()
        } else {
            // SAFETY: it is off the list, no other guard is on it, and this one keeps it from being finished.
            unsafe { node.move_value() }
        };
        settle(list, &guard);
        Some(value)
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
        let mut iter = self.iter(guard);
        while let Some(node) = iter.next_node() {
            let is_key = |other: &K| ptr::eq(other, node.key()) || other == node.key();
            _ = self.remove_at(node.order, is_key, |key, value| !f(key, value), guard);
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
