//! A fast hash for tables of numbers.
//!
//! The keys of shared counts are long lists of numbers that the program makes, not an adversary: one multiplication a word does,
//! where the standard hash takes many operations to be safe against chosen keys.

use std::hash::{BuildHasherDefault, Hasher};

/// A map with the fast hash.
pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Words>>;

/// Takes words in by a rotation, an exclusive or and a multiplication; the constant is the golden ratio's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words(u64);

impl Hasher for Words {
    fn write(&mut self, bytes: &[u8]) {
        let words = bytes.chunks_exact(8);
        let rest = words.remainder().iter();
        let words = words.map(|word| word.try_into().map_or(0, u64::from_le_bytes));
        words.chain(rest.map(|&byte| byte.into())).for_each(|word| self.write_u64(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }

    /// The high bits depend on all that came in: they go to the low end, too, where tables look first.
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
