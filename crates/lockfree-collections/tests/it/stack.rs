//! What only the stack can do.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lockfree_collections::{BoundedStack, LockFreeStack};
use quickcheck::quickcheck;

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

quickcheck! {
    fn bounded_stack_equals_the_sequential_one(capacity: u8, steps: Vec<(bool, u8)>) -> bool {
        let capacity = usize::from(capacity) % 40 + 1;
        let stack = BoundedStack::new(capacity);
        let mut model = Vec::new();
        steps.into_iter().all(|(push, times)| {
            (0..times % 16).all(|number| {
                let right = if !push {
                    stack.pop() == model.pop()
                } else if model.len() < capacity {
                    model.push(number);
                    stack.push(number) == Ok(())
                } else {
                    stack.push(number) == Err(number)
                };
                right && stack.is_empty() == model.is_empty() && stack.capacity() == capacity
            })
        }) && stack.try_iter().eq(model.into_iter().rev())
    }
}

#[test]
fn bounded_stack_refuses_capacities_it_cannot_have() {
    for capacity in [0, (1 << 32) - 1, usize::MAX] {
        let error = BoundedStack::<u8>::try_new(capacity).unwrap_err();
        assert_eq!(error.to_string(), format!("capacity must be non-zero and fit into memory, found {capacity}"));
    }
    assert!(catch_unwind(|| BoundedStack::<u8>::new(0)).is_err());
}

#[test]
fn bounded_stack_drops_what_is_left_once_and_goes_on_after_a_panic() {
    let census = Census::default();
    let stack = BoundedStack::new(4);
    for number in 0..3 {
        stack.push(census.value(number)).unwrap();
    }
    stack.push(census.bomb(3)).unwrap();
    assert!(stack.push(census.value(4)).is_err());
    assert_eq!(census.alive(), 4);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(stack))).is_err());
    assert_eq!(census.alive(), 0);
}

#[test]
fn bounded_stack_holds_any_value() {
    #[repr(align(256))]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Wide(u8);

    let (units, wide) = (BoundedStack::new(3), BoundedStack::new(3));
    for number in 0..3 {
        units.push(()).unwrap();
        wide.push(Wide(number)).unwrap();
    }
    assert!(units.push(()).is_err() && units.try_iter().count() == 3);
    assert!(wide.try_iter().eq([2, 1, 0].map(Wide)));
    let words = [String::from("borrowed")];
    let stack = BoundedStack::new(1);
    stack.push(words[0].as_str()).unwrap();
    assert_eq!(stack.pop(), Some("borrowed"));
}
