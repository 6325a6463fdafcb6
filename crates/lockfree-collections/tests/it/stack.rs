//! What only the stack can do.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lockfree_collections::LockFreeStack;

use crate::support::Census;

#[test]
fn stack_pop_all_drops_the_rest_after_a_panic() {
    let census = Census::default();
    let stack = LockFreeStack::from([census.value(1), census.bomb(2), census.value(3), census.value(4)]);
    let mut all = stack.pop_all();
    stack.push(census.value(5));
    assert_eq!(all.next().map(|value| value.number), Some(4));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(all))).is_err());
    assert_eq!(census.alive(), 1);
    assert_eq!(stack.len(), 1);
    drop(stack);
    assert_eq!(census.alive(), 0);
}

#[test]
fn stack_peeks_at_the_top() {
    let mut stack = LockFreeStack::new();
    assert_eq!(stack.peek(), None);
    assert_eq!(stack.peek_mut(), None);
    stack.push(1);
    stack.push(2);
    *stack.peek_mut().unwrap() += 10;
    assert_eq!(stack.peek(), Some(12));
    assert_eq!(stack.len(), 2);
    assert_eq!(stack.pop(), Some(12));
    assert_eq!(stack.peek(), Some(1));
}
