//! The order in which dropped collections drop their values.

use std::cell::RefCell;

use lockfree_collections::{LockFreeQueue, LockFreeStack};

struct Noted<'a>(u32, &'a RefCell<Vec<u32>>);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

#[test]
fn queue_drops_the_oldest_first() {
    let order = RefCell::new(Vec::new());
    drop(LockFreeQueue::from_iter((0..5).map(|number| Noted(number, &order))));
    assert_eq!(*order.borrow(), [0, 1, 2, 3, 4]);
}

#[test]
fn stack_drops_the_youngest_first() {
    let order = RefCell::new(Vec::new());
    drop(LockFreeStack::from_iter((0..5).map(|number| Noted(number, &order))));
    assert_eq!(*order.borrow(), [4, 3, 2, 1, 0]);
}
