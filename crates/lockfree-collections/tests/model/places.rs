//! A hasher that puts keys where a model of the map wants them.

use std::hash::{BuildHasher, Hasher};

/// Puts keys where the models want them: the low four bits are the high ones of the hash, and all are in the tag. So 1 to 7 are in the
/// first of two buckets, 8 to 15 in the second; 1 and 65 have the same hash. Of a text, the first byte is the number.
#[derive(Clone, Default)]
pub struct Places;

pub struct PlaceOf(u64);

impl BuildHasher for Places {
    type Hasher = PlaceOf;

    fn build_hasher(&self) -> PlaceOf {
        PlaceOf(0)
    }
}

impl Hasher for PlaceOf {
    fn finish(&self) -> u64 {
        /// Undoes the mixing of the map.
        const INVERSE: u64 = 0xF1DE_83E1_9937_733D;
        (self.0 << 60 | (self.0 & 63) << 20).wrapping_mul(INVERSE)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = u64::from(bytes[0]);
    }

    /// What ends a text.
    fn write_u8(&mut self, _: u8) {}

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
