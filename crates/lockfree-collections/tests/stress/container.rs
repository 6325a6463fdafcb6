//! Structures into which values are put and out of which they are taken.

use std::fmt::Debug;

use verify_harness::history::Specification;
use verify_harness::history::recorder::Log;
use verify_harness::random::Random;

use super::{LINEARIZABLE, LogOf, Size, Subject, Turn};

pub type Input<C> = <<C as Container>::Specification as Specification>::Input;
pub type Output<C> = <<C as Container>::Specification as Specification>::Output;

/// A collection under stress. In a round threads push and pop; what is left then is popped by one of them.
pub trait Container: Sync {
    type Specification: Specification<Input: Send + Clone + Debug, Output: Send + Clone + Debug> + Default;
    /// Its name in the evidence.
    const NAME: &'static str;
    /// What a history says of a pop.
    const POP: Input<Self>;

    /// What a history says of a push.
    fn pushed(value: u64) -> (Input<Self>, Output<Self>);
    /// What a history says of a pop's answer.
    fn popped(found: Option<u64>) -> Output<Self>;
    /// Puts `value` in.
    fn push(&self, value: u64);
    /// Takes a value out.
    fn pop(&self) -> Option<u64>;
}

fn pop<C: Container>(container: &C, log: &mut Log<Input<C>, Output<C>>) -> Option<u64> {
    log.call_as(C::POP, || container.pop(), |found| C::popped(*found))
}

impl<C: Container> Subject for C {
    type Specification = C::Specification;

    fn specification(&self) -> C::Specification {
        C::Specification::default()
    }

    fn work(&self, turn: Turn, random: &mut Random, log: &mut LogOf<Self>) {
        // More pushes than pops in one round, fewer in the next: long and short.
        let pushes = 3 + turn.round % 4;
        for value in turn.numbers() {
            if random.below(9) < pushes {
                let (input, output) = C::pushed(value);
                log.call(input, || {
                    self.push(value);
                    output
                });
            } else {
                pop(self, log);
            }
        }
    }

    fn end(&self, log: &mut LogOf<Self>) {
        while pop(self, log).is_some() {}
    }
}

/// Runs rounds as a check that every history is linearizable.
pub fn holds<C: Container>(container: &C, size: Size) {
    super::holds(C::NAME, LINEARIZABLE, container, size);
}
