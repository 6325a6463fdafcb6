//! Structures into which values are put and out of which they are taken.

use std::fmt::Debug;

use verify_harness::history::Specification;
use verify_harness::history::spec::{
    PriorityQueue, PriorityQueueInput, PriorityQueueOutput, Queue, QueueInput, QueueOutput, Stack, StackInput,
    StackOutput,
};
use verify_harness::random::Random;

use super::{LINEARIZABLE, LogOf, Size, Subject, Turn};

/// What a history says of what goes into a collection and what comes out of it, by the kind of the collection.
pub trait Kind: Specification<Input: Send + Clone + Debug, Output: Send + Clone + Debug> + Default {
    const POP: Self::Input;

    fn pushed(value: u64) -> (Self::Input, Self::Output);

    fn popped(found: Option<u64>) -> Self::Output;

    /// Which value is pushed as the `number`th one.
    fn value(number: u64) -> u64 {
        number
    }
}

impl Kind for Queue<u64> {
    const POP: QueueInput<u64> = QueueInput::Dequeue;

    fn pushed(value: u64) -> (QueueInput<u64>, QueueOutput<u64>) {
        (QueueInput::Enqueue(value), QueueOutput::Enqueued)
    }

    fn popped(found: Option<u64>) -> QueueOutput<u64> {
        QueueOutput::Dequeued(found)
    }
}

impl Kind for Stack<u64> {
    const POP: StackInput<u64> = StackInput::Pop;

    fn pushed(value: u64) -> (StackInput<u64>, StackOutput<u64>) {
        (StackInput::Push(value), StackOutput::Pushed)
    }

    fn popped(found: Option<u64>) -> StackOutput<u64> {
        StackOutput::Popped(found)
    }
}

impl Kind for PriorityQueue<u64> {
    const POP: PriorityQueueInput<u64> = PriorityQueueInput::Pop;

    fn pushed(value: u64) -> (PriorityQueueInput<u64>, PriorityQueueOutput<u64>) {
        (PriorityQueueInput::Push(value), PriorityQueueOutput::Pushed)
    }

    fn popped(found: Option<u64>) -> PriorityQueueOutput<u64> {
        PriorityQueueOutput::Popped(found)
    }

    /// A permutation, so that values are not pushed in the order of their size.
    fn value(number: u64) -> u64 {
        number.wrapping_mul(0x9E37_79B9_7F4A_7C15).swap_bytes()
    }
}

/// A collection under stress. In a round threads push and pop; what is left then is popped by one of them.
pub trait Container: Sync {
    type Specification: Kind;
    /// Its name in the evidence.
    const NAME: &'static str;

    /// Puts `value` in.
    fn push(&self, value: u64);
    /// Takes a value out.
    fn pop(&self) -> Option<u64>;
}

fn pop<C: Container>(container: &C, log: &mut LogOf<C>) -> Option<u64> {
    log.call_as(C::Specification::POP, || container.pop(), |found| C::Specification::popped(*found))
}

impl<C: Container> Subject for C {
    type Specification = C::Specification;

    fn specification(&self) -> C::Specification {
        C::Specification::default()
    }

    fn work(&self, turn: Turn, random: &mut Random, log: &mut LogOf<Self>) {
        // More pushes than pops in one round, fewer in the next: long and short.
        let pushes = 3 + turn.round % 4;
        for value in turn.numbers().map(C::Specification::value) {
            if random.below(9) < pushes {
                let (input, output) = C::Specification::pushed(value);
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
