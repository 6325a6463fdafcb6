//! What an exclusive borrow of the map allows.

use core::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

use super::hash_map::LockFreeHashMap;

impl<K, V, S> LockFreeHashMap<K, V, S>
where
    K: Hash + Eq,
    S: BuildHasher,
{
    /// The value of the key, to be changed in place: nobody else has a reference to it, since the map is borrowed exclusively.
    ///
    /// ```
    /// let mut map = lockfree_collections::LockFreeHashMap::from([(String::from("one"), 1)]);
    /// *map.get_mut("one").unwrap() += 10;
    /// assert_eq!(map.pin().get("one"), Some(&11));
    /// assert_eq!(map.get_mut("two"), None);
    /// ```
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        Q: Equivalent<K> + Hash + ?Sized,
    {
        let value = {
            let guard = self.guard();
            self.entry(key, &guard)?.value_mut()
        };
        // SAFETY: the entry is in the map (I1), and stays there while the map is borrowed. References to values borrow guards, and these the
        // map, so that there are none; an entry that is dead has at most the bits of a key of this one's (I6).
        Some(unsafe { &mut *value })
    }
}
