//! A seeded bug in a collection: a queue that forgets what a full batch has left over. `cargo xtask fuzz` requires it to be found by the
//! comparison that the collections go through.

#![no_main]

#[allow(dead_code, reason = "the collections' target uses the rest")]
mod sequential;

use libfuzzer_sys::fuzz_target;
use lockfree_collections::LockFreeQueue;
use sequential::Decisions;
use sequential::pile::{Order, Pile, agrees};

/// Loses the fifth value of a batch of more than four, if the queue was not empty before.
struct Forgetful(LockFreeQueue<u16>);

impl Pile for Forgetful {
    fn push(&mut self, value: u16) -> Result<(), u16> {
        self.0.try_push(value)
    }
    fn pop(&mut self) -> Option<u16> {
        self.0.pop()
    }
    fn len(&self) -> Option<usize> {
        None
    }
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    fn push_batch(&mut self, mut values: Vec<u16>) -> Vec<u16> {
        if !self.0.is_empty() && values.len() > 4 {
            values.remove(4);
        }
        self.0.push_batch(values);
        Vec::new()
    }
}

fuzz_target!(|bytes: &[u8]| {
    agrees(Forgetful(LockFreeQueue::new()), Order::First, usize::MAX, &mut Decisions::new(bytes));
});
