//! Cells as `serde` sees them: as the value that they hold.

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::atomic_box::AtomicBox;
use super::atomic_rc::AtomicRcAny;
use super::ref_cnt::RefCnt;

impl<V: RefCnt + Serialize> Serialize for AtomicRcAny<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.load().serialize(serializer)
    }
}

impl<'de, V: RefCnt + Deserialize<'de>> Deserialize<'de> for AtomicRcAny<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        V::deserialize(deserializer).map(Self::new)
    }
}

impl<T: Serialize> Serialize for AtomicBox<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.load().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AtomicBox<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}
