//! `LockFreeHashMap`, one thread after the other and with native threads.

mod against_std;
mod guards;
mod keys;
mod panics;
mod room;
mod threads;
mod values;

use std::hash::{BuildHasher, DefaultHasher, Hasher};

/// The same hash for all keys, or a few hashes.
#[derive(Clone, Default)]
pub struct Few<const N: u64>;

pub struct FewHasher<const N: u64>(DefaultHasher);

impl<const N: u64> BuildHasher for Few<N> {
    type Hasher = FewHasher<N>;
    fn build_hasher(&self) -> Self::Hasher {
        FewHasher(DefaultHasher::new())
    }
}

impl<const N: u64> Hasher for FewHasher<N> {
    fn finish(&self) -> u64 {
        self.0.finish() % N
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}
