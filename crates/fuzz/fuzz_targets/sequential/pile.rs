//! What gives values back in an order of its own: queues, stacks, priority queues, deques.

use std::collections::{BinaryHeap, VecDeque};

use lockfree_collections::deque::{Injector, Worker};
use lockfree_collections::spsc::{Consumer, Producer};
use lockfree_collections::{
    BoundedQueue, BoundedStack, LockFreeQueue, LockFreeStack, PriorityQueue, RelaxedPriorityQueue, ScqQueue, Spsc,
};

use super::Decisions;

/// The order in which values come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    First,
    Last,
    Greatest,
    /// Whichever: only which values there are is compared.
    Any,
}

/// A collection of values. What a type cannot do in one go it does by what it can.
pub trait Pile {
    /// A value that does not fit comes back.
    fn push(&mut self, value: u16) -> Result<(), u16>;
    fn pop(&mut self) -> Option<u16>;
    /// How many there are, if it tells.
    fn len(&self) -> Option<usize>;
    fn is_empty(&self) -> bool;

    fn push_mut(&mut self, value: u16) -> Result<(), u16> {
        self.push(value)
    }

    fn pop_mut(&mut self) -> Option<u16> {
        self.pop()
    }

    /// Returns what does not fit.
    fn push_batch(&mut self, values: Vec<u16>) -> Vec<u16> {
        values.into_iter().filter_map(|value| self.push(value).err()).collect()
    }

    fn pop_batch(&mut self, into: &mut Vec<u16>, most: usize) {
        into.extend(std::iter::from_fn(|| self.pop()).take(most));
    }

    /// Makes room for the value by taking the oldest out.
    fn force_push(&mut self, value: u16) -> Option<u16> {
        match self.push(value) {
            Ok(()) => None,
            Err(value) => {
                let oldest = self.pop();
                assert_eq!(self.push(value), Ok(()), "there is room");
                oldest
            }
        }
    }
}

/// Those of `std`.
#[derive(Debug)]
enum Model {
    Line(VecDeque<u16>, Order),
    Heap(BinaryHeap<u16>),
}

impl Model {
    fn new(order: Order) -> Self {
        if order == Order::Greatest { Self::Heap(BinaryHeap::new()) } else { Self::Line(VecDeque::new(), order) }
    }

    fn len(&self) -> usize {
        match self {
            Self::Line(values, _) => values.len(),
            Self::Heap(values) => values.len(),
        }
    }

    fn push(&mut self, value: u16) {
        match self {
            Self::Line(values, _) => values.push_back(value),
            Self::Heap(values) => values.push(value),
        }
    }

    /// Says that `found` was popped, and whether that was right.
    fn popped(&mut self, found: Option<u16>) {
        let expected = match self {
            Self::Line(values, Order::First) => values.pop_front(),
            Self::Line(values, Order::Any) => {
                let place = found.and_then(|found| values.iter().position(|value| *value == found));
                place.and_then(|place| values.remove(place)).or_else(|| values.pop_front())
            }
            Self::Line(values, _) => values.pop_back(),
            Self::Heap(values) => values.pop(),
        };
        assert_eq!(found, expected);
    }
}

/// Runs the decisions on `pile` and on a collection of `std`, and compares every answer.
pub fn agrees(mut pile: impl Pile, order: Order, capacity: usize, decisions: &mut Decisions<'_>) {
    let mut model = Model::new(order);
    while decisions.go_on() {
        match decisions.byte() % 16 {
            0..4 => {
                let value = decisions.word();
                pushed(&mut model, capacity, value, pile.push(value));
            }
            4..7 => model.popped(pile.pop()),
            7..9 => {
                let value = decisions.word();
                pushed(&mut model, capacity, value, pile.push_mut(value));
            }
            9..11 => model.popped(pile.pop_mut()),
            11 => {
                let values: Vec<u16> = (0..decisions.byte()).map(|_| decisions.word()).collect();
                let fit = values.len().min(capacity - model.len());
                let (into, beyond) = values.split_at(fit);
                let (into, beyond) = (into.to_vec(), beyond.to_vec());
                assert_eq!(pile.push_batch(values), beyond);
                into.into_iter().for_each(|value| model.push(value));
            }
            12 => {
                let (most, mut found) = (usize::from(decisions.byte()), Vec::new());
                pile.pop_batch(&mut found, most);
                assert_eq!(found.len(), most.min(model.len()));
                found.into_iter().for_each(|value| model.popped(Some(value)));
            }
            13 if model.len() < capacity || order == Order::First => {
                let value = decisions.word();
                let out = pile.force_push(value);
                if model.len() == capacity {
                    model.popped(out);
                } else {
                    assert_eq!(out, None);
                }
                model.push(value);
            }
            _ => {
                assert!(pile.len().is_none_or(|len| len == model.len()));
                assert_eq!(pile.is_empty(), model.len() == 0);
            }
        }
    }
    while model.len() > 0 {
        model.popped(pile.pop());
    }
    assert_eq!(pile.pop(), None);
}

fn pushed(model: &mut Model, capacity: usize, value: u16, answer: Result<(), u16>) {
    if model.len() < capacity {
        assert_eq!(answer, Ok(()));
        model.push(value);
    } else {
        assert_eq!(answer, Err(value));
    }
}

impl Pile for LockFreeQueue<u16> {
    fn push(&mut self, value: u16) -> Result<(), u16> {
        self.try_push(value)
    }
    fn pop(&mut self) -> Option<u16> {
        LockFreeQueue::pop(self)
    }
    fn len(&self) -> Option<usize> {
        Some(LockFreeQueue::len(self))
    }
    fn is_empty(&self) -> bool {
        LockFreeQueue::is_empty(self)
    }
    fn push_mut(&mut self, value: u16) -> Result<(), u16> {
        LockFreeQueue::push_mut(self, value);
        Ok(())
    }
    fn pop_mut(&mut self) -> Option<u16> {
        LockFreeQueue::pop_mut(self)
    }
    fn push_batch(&mut self, values: Vec<u16>) -> Vec<u16> {
        let pushed = LockFreeQueue::push_batch(self, values.iter().copied());
        values[pushed..].to_vec()
    }
    fn pop_batch(&mut self, into: &mut Vec<u16>, most: usize) {
        LockFreeQueue::pop_batch(self, into, most);
    }
}

/// The bounded queues share their names.
macro_rules! bounded_queues {
    ($($type:ident { $($batches:item)* })*) => {$(
        impl Pile for $type<u16> {
            fn push(&mut self, value: u16) -> Result<(), u16> {
                $type::push(self, value)
            }
            fn pop(&mut self) -> Option<u16> {
                $type::pop(self)
            }
            fn len(&self) -> Option<usize> {
                assert_eq!(self.is_full(), $type::len(self) == self.capacity());
                Some($type::len(self))
            }
            fn is_empty(&self) -> bool {
                $type::is_empty(self)
            }
            fn push_mut(&mut self, value: u16) -> Result<(), u16> {
                $type::push_mut(self, value)
            }
            fn pop_mut(&mut self) -> Option<u16> {
                $type::pop_mut(self)
            }
            fn force_push(&mut self, value: u16) -> Option<u16> {
                $type::force_push(self, value)
            }
            $($batches)*
        }
    )*};
}

bounded_queues! {
    BoundedQueue {
        fn push_batch(&mut self, values: Vec<u16>) -> Vec<u16> {
            BoundedQueue::push_batch(self, values).collect()
        }
        fn pop_batch(&mut self, into: &mut Vec<u16>, most: usize) {
            BoundedQueue::pop_batch(self, into, most);
        }
    }
    ScqQueue {}
}

impl Pile for (Producer<u16>, Consumer<u16>) {
    fn push(&mut self, value: u16) -> Result<(), u16> {
        self.0.push(value)
    }
    fn pop(&mut self) -> Option<u16> {
        assert_eq!(self.1.peek().is_none(), self.1.is_empty());
        self.1.pop()
    }
    fn len(&self) -> Option<usize> {
        Some(self.1.len())
    }
    fn is_empty(&self) -> bool {
        self.1.is_empty()
    }
    fn push_batch(&mut self, values: Vec<u16>) -> Vec<u16> {
        let pushed = self.0.push_batch(values.iter().copied());
        values[pushed..].to_vec()
    }
    fn pop_batch(&mut self, into: &mut Vec<u16>, most: usize) {
        into.extend(self.1.pop_batch().take(most));
    }
}

impl Pile for LockFreeStack<u16> {
    fn push(&mut self, value: u16) -> Result<(), u16> {
        LockFreeStack::push(self, value);
        Ok(())
    }
    fn pop(&mut self) -> Option<u16> {
        let top = self.peek();
        let popped = LockFreeStack::pop(self);
        assert_eq!(popped, top);
        popped
    }
    fn len(&self) -> Option<usize> {
        Some(LockFreeStack::len(self))
    }
    fn is_empty(&self) -> bool {
        LockFreeStack::is_empty(self)
    }
    fn push_mut(&mut self, value: u16) -> Result<(), u16> {
        LockFreeStack::push_mut(self, value);
        Ok(())
    }
    fn pop_mut(&mut self) -> Option<u16> {
        LockFreeStack::pop_mut(self)
    }
}

impl Pile for BoundedStack<u16> {
    fn push(&mut self, value: u16) -> Result<(), u16> {
        BoundedStack::push(self, value)
    }
    fn pop(&mut self) -> Option<u16> {
        BoundedStack::pop(self)
    }
    fn len(&self) -> Option<usize> {
        None
    }
    fn is_empty(&self) -> bool {
        BoundedStack::is_empty(self)
    }
}

/// What needs no more than a push that cannot fail and a pop.
macro_rules! unbounded {
    ($($type:ty, $pop:expr, $len:expr);*) => {$(
        impl Pile for $type {
            fn push(&mut self, value: u16) -> Result<(), u16> {
                <$type>::push(self, value);
                Ok(())
            }
            fn pop(&mut self) -> Option<u16> {
                ($pop)(self)
            }
            fn len(&self) -> Option<usize> {
                Some(($len)(self))
            }
            fn is_empty(&self) -> bool {
                <$type>::is_empty(self)
            }
        }
    )*};
}

/// Takes from both ends in turn what a LIFO worker has only one end of.
#[derive(Debug)]
pub struct Stolen(Worker<u16>);

impl Stolen {
    fn push(&self, value: u16) {
        self.0.push(value);
    }
    fn is_empty(&self) -> bool {
        assert_eq!(self.0.is_empty(), self.0.stealer().is_empty());
        self.0.is_empty()
    }
}

unbounded! {
    PriorityQueue<u16>, |queue: &Self| {
        let greatest = queue.peek();
        let popped = queue.pop();
        assert_eq!(popped, greatest);
        popped
    }, PriorityQueue::len;
    RelaxedPriorityQueue<u16>, RelaxedPriorityQueue::pop, RelaxedPriorityQueue::len;
    Worker<u16>, Worker::pop, Worker::len;
    Injector<u16>, |injector: &Self| injector.steal().success(), Injector::len;
    Stolen, |stolen: &Self| stolen.0.stealer().steal().success(), |stolen: &Self| stolen.0.len()
}

/// The pile that `choice` stands for, against `std`'s.
pub fn choose(choice: u8, decisions: &mut Decisions<'_>) {
    const UNBOUNDED: usize = usize::MAX;
    let capacity = usize::from(decisions.byte() % 40) + 1;
    match choice % 12 {
        0 => agrees(LockFreeQueue::new(), Order::First, UNBOUNDED, decisions),
        1 => agrees(BoundedQueue::new(capacity), Order::First, capacity, decisions),
        2 => agrees(ScqQueue::new(capacity), Order::First, capacity, decisions),
        3 => agrees(Spsc::new(capacity), Order::First, capacity, decisions),
        4 => agrees(LockFreeStack::new(), Order::Last, UNBOUNDED, decisions),
        5 => agrees(BoundedStack::new(capacity), Order::Last, capacity, decisions),
        6 => agrees(PriorityQueue::new(), Order::Greatest, UNBOUNDED, decisions),
        7 => agrees(RelaxedPriorityQueue::with_heaps(capacity), Order::Any, UNBOUNDED, decisions),
        8 => agrees(Worker::new_fifo(), Order::First, UNBOUNDED, decisions),
        9 => agrees(Worker::new_lifo(), Order::Last, UNBOUNDED, decisions),
        10 => agrees(Injector::new(), Order::First, UNBOUNDED, decisions),
        _ => agrees(Stolen(Worker::new_lifo()), Order::First, UNBOUNDED, decisions),
    }
}
