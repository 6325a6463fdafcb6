//! Sets as `serde` sees them.

use core::fmt;
use core::hash::{BuildHasher, Hash};
use core::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::hash_set::LockFreeHashSet;
use super::pinned::HashSetRef;
use crate::map::Guard;

impl<K, S, G> Serialize for HashSetRef<'_, K, S, G>
where
    K: Serialize + Hash + Eq,
    S: BuildHasher,
    G: Guard,
{
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<K, S> Serialize for LockFreeHashSet<K, S>
where
    K: Serialize + Hash + Eq,
    S: BuildHasher,
{
    fn serialize<T: Serializer>(&self, serializer: T) -> Result<T::Ok, T::Error> {
        self.pin().serialize(serializer)
    }
}

impl<'de, K, S> Deserialize<'de> for LockFreeHashSet<K, S>
where
    K: Deserialize<'de> + Hash + Eq,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<K, S>(PhantomData<LockFreeHashSet<K, S>>);

        impl<'de, K, S> Visitor<'de> for Keys<K, S>
        where
            K: Deserialize<'de> + Hash + Eq,
            S: BuildHasher + Default,
        {
            type Value = LockFreeHashSet<K, S>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let set = LockFreeHashSet::default();
                while let Some(key) = access.next_element()? {
                    set.pin().insert(key);
                }
                Ok(set)
            }
        }

        deserializer.deserialize_seq(Keys(PhantomData))
    }
}
