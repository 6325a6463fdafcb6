//! Values that are counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// Values made and not dropped.
#[derive(Default)]
pub struct Live(AtomicU64);

/// A number that counts itself.
pub struct Counted<'a>(pub u64, &'a Live);

impl Live {
    pub fn value(&self, number: u64) -> Counted<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(number, self)
    }

    /// All that were made are gone, once each.
    pub fn all_gone(&self) {
        assert_eq!(self.0.load(Ordering::Relaxed), 0, "values are lost or dropped twice");
    }
}

impl Clone for Counted<'_> {
    fn clone(&self) -> Self {
        self.1.value(self.0)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.1.0.fetch_sub(1, Ordering::Relaxed);
    }
}
