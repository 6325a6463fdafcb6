//! Values that count.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts how many of its values are alive.
#[derive(Clone, Debug, Default)]
pub struct Census(Arc<AtomicUsize>);

/// A value on the heap that the census counts; `bomb` says whether dropping it panics.
#[derive(Debug)]
pub struct Counted {
    pub number: usize,
    bomb: bool,
    census: Census,
    _heap: Box<usize>,
}

impl Census {
    pub fn value(&self, number: usize) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted { number, bomb: false, census: self.clone(), _heap: Box::new(number) }
    }

    pub fn bomb(&self, number: usize) -> Counted {
        let mut value = self.value(number);
        value.bomb = true;
        value
    }

    pub fn alive(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.census.0.fetch_sub(1, Ordering::Relaxed);
        if self.bomb {
            std::panic::resume_unwind(Box::new(self.number));
        }
    }
}
