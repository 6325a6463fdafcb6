//! Maps as `serde` sees them.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::guard::Guard;
use super::hash_map::LockFreeHashMap;
use super::pinned::HashMapRef;

impl<K, V, S, G> Serialize for HashMapRef<'_, K, V, S, G>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
    S: BuildHasher,
    G: Guard,
{
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<K, V, S> Serialize for LockFreeHashMap<K, V, S>
where
    K: Serialize + Hash + Eq,
    V: Serialize,
    S: BuildHasher,
{
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        self.pin().serialize(serializer)
    }
}

impl<'de, K, V, S> Deserialize<'de> for LockFreeHashMap<K, V, S>
where
    K: Deserialize<'de> + Hash + Eq,
    V: Deserialize<'de>,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V, S>(PhantomData<LockFreeHashMap<K, V, S>>);

        impl<'de, K, V, S> Visitor<'de> for Entries<K, V, S>
        where
            K: Deserialize<'de> + Hash + Eq,
            V: Deserialize<'de>,
            S: BuildHasher + Default,
        {
            type Value = LockFreeHashMap<K, V, S>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let map = LockFreeHashMap::default();
                while let Some((key, value)) = access.next_entry()? {
                    map.pin().insert(key, value);
                }
                Ok(map)
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}
