//! RC11 by views: messages in the memory, and for each thread how much of it has been seen.
//!
//! Sources: Kang, Hur, Lahav, Vafeiadis, Dreyer, *A Promising Semantics for Relaxed-Memory Concurrency*, POPL 2017, without promises;
//! Dang, Jourdan, Kaiser, Dreyer, *RustBelt Meets Relaxed Memory*, POPL 2020. What differs: messages have places in the order of their
//! location instead of timestamps, so that a write may be put between two others at any time; the release sequence is that of C++20;
//! sequentially consistent accesses are release/acquire accesses between two sequentially consistent fences.

use super::MemoryModel;
use crate::{Location, Ordering, Value};

/// For each location, the last message of its order that was seen, by its number among the messages.
type View = Vec<usize>;

/// A write in the memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Message {
    value: Value,
    /// What a thread has seen that acquires this.
    view: View,
    /// Whether a read-modify-write wrote it: nothing may come between it and the message before.
    is_update: bool,
}

/// What a thread has seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Seen {
    /// What happens before its next operation.
    current: View,
    /// What an acquire fence would add.
    acquirable: View,
    /// What relaxed writes release, since the last release fence.
    released: View,
}

/// The view machine of RC11.
///
/// Without sequentially consistent accesses and fences its outcomes are those of [`Rc11`](crate::models::Rc11). With them the machine is
/// stronger: all that it does is allowed, but it does not do all that is.
///
/// ```
/// use memory_model::Location;
/// use memory_model::Ordering::{Acquire, Relaxed, Release};
/// use memory_model::machine::{MemoryModel as _, ViewMemory};
///
/// let (data, flag) = (Location(0), Location(1));
/// let mut memory = ViewMemory::new(2, &[0, 0]);
/// memory.write(0, data, 42, Relaxed, 0);
/// memory.write(0, flag, 1, Release, 0);
/// assert_eq!(memory.readable(1, data, Relaxed), [0, 42]);
/// // Whoever acquires the flag has seen the data.
/// assert_eq!(memory.read(1, flag, Acquire, 1), 1);
/// assert_eq!(memory.readable(1, data, Relaxed), [42]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewMemory {
    messages: Vec<Message>,
    /// For each location, its messages in their order.
    orders: Vec<Vec<usize>>,
    threads: Vec<Seen>,
    /// What the sequentially consistent fences have seen.
    fences: View,
}

impl ViewMemory {
    /// A memory with these initial values, for this many threads.
    #[must_use]
    pub fn new(threads: usize, initial: &[Value]) -> Self {
        let view: View = (0..initial.len()).collect();
        let message = |&value: &Value| Message { value, view: view.clone(), is_update: false };
        let seen = Seen { current: view.clone(), acquirable: view.clone(), released: view.clone() };
        Self {
            messages: initial.iter().map(message).collect(),
            orders: (0..initial.len()).map(|location| vec![location]).collect(),
            threads: vec![seen; threads],
            fences: view,
        }
    }

    /// The place of a message in the order of its location.
    fn place(&self, location: usize, message: usize) -> usize {
        self.orders[location].iter().position(|&other| other == message).unwrap_or(0)
    }

    /// Adds to a view what another one has seen.
    fn join(&self, view: &mut View, other: &View) {
        for (location, (mine, &theirs)) in view.iter_mut().zip(other).enumerate() {
            if self.place(location, theirs) > self.place(location, *mine) {
                *mine = theirs;
            }
        }
    }

    /// The messages that the thread may read, in their order.
    fn visible(&self, thread: usize, location: Location, ordering: Ordering) -> Vec<usize> {
        let (Some(order), Some(seen)) = (self.orders.get(location.0), self.threads.get(thread)) else {
            return Vec::new();
        };
        let mut floor = seen.current.clone();
        if ordering.is_seq_cst() {
            // As after the fence that comes before the access.
            self.join(&mut floor, &seen.acquirable);
            self.join(&mut floor, &self.fences);
        }
        order[self.place(location.0, floor[location.0])..].to_vec()
    }

    /// Those of the visible messages after which the thread may write: no read-modify-write has taken the place already.
    fn exchangeable(&self, thread: usize, location: Location, ordering: Ordering) -> Vec<usize> {
        let visible = self.visible(thread, location, ordering);
        let free = |place: &usize| visible.get(place + 1).is_none_or(|&next| !self.messages[next].is_update);
        (0..visible.len()).filter(free).map(|place| visible[place]).collect()
    }

    /// Lets the thread see a message that it reads.
    fn see(&mut self, thread: usize, location: Location, message: usize, ordering: Ordering) {
        let view = self.messages[message].view.clone();
        let mut seen = self.threads[thread].clone();
        if self.place(location.0, message) > self.place(location.0, seen.current[location.0]) {
            seen.current[location.0] = message;
        }
        if ordering.is_acquire() {
            self.join(&mut seen.current, &view);
        } else if ordering.is_atomic() {
            self.join(&mut seen.acquirable, &view);
        }
        self.threads[thread] = seen;
    }

    /// Puts a message right after `before`.
    fn put(
        &mut self,
        thread: usize,
        location: Location,
        before: usize,
        value: Value,
        ordering: Ordering,
        continues: Option<View>,
    ) {
        let number = self.messages.len();
        let place = self.place(location.0, before);
        self.orders[location.0].insert(place + 1, number);
        self.messages.push(Message { value, view: Vec::new(), is_update: continues.is_some() });
        self.threads[thread].current[location.0] = number;
        let seen = &self.threads[thread];
        let mut view = if ordering.is_release() {
            seen.current.clone()
        } else if ordering.is_atomic() {
            seen.released.clone()
        } else {
            (0..self.orders.len()).collect()
        };
        if ordering.is_atomic() {
            view[location.0] = number;
        }
        if let Some(continued) = continues {
            self.join(&mut view, &continued);
        }
        self.messages[number].view = view;
    }

    fn sc_fence(&mut self, thread: usize, ordering: Ordering) {
        if ordering.is_seq_cst() {
            self.fence(thread, Ordering::SeqCst);
        }
    }
}

impl MemoryModel for ViewMemory {
    fn name(&self) -> &'static str {
        "RC11"
    }

    fn readable(&self, thread: usize, location: Location, ordering: Ordering) -> Vec<Value> {
        self.visible(thread, location, ordering).into_iter().map(|message| self.messages[message].value).collect()
    }

    fn read(&mut self, thread: usize, location: Location, ordering: Ordering, choice: usize) -> Value {
        self.sc_fence(thread, ordering);
        let visible = self.visible(thread, location, ordering);
        let Some(&message) = visible.get(choice).or(visible.last()) else { return 0 };
        self.see(thread, location, message, ordering);
        self.sc_fence(thread, ordering);
        self.messages[message].value
    }

    fn writable(&self, thread: usize, location: Location, ordering: Ordering) -> usize {
        self.exchangeable(thread, location, ordering).len()
    }

    fn write(&mut self, thread: usize, location: Location, value: Value, ordering: Ordering, choice: usize) {
        self.sc_fence(thread, ordering);
        let places = self.exchangeable(thread, location, ordering);
        let Some(&before) = places.get(choice).or(places.last()) else { return };
        self.put(thread, location, before, value, ordering, None);
        self.sc_fence(thread, ordering);
    }

    fn updatable(&self, thread: usize, location: Location, ordering: Ordering) -> Vec<Value> {
        self.exchangeable(thread, location, ordering).into_iter().map(|message| self.messages[message].value).collect()
    }

    fn update(
        &mut self,
        thread: usize,
        location: Location,
        ordering: Ordering,
        choice: usize,
        new: impl FnOnce(Value) -> Value,
    ) -> Value {
        self.sc_fence(thread, ordering);
        let places = self.exchangeable(thread, location, ordering);
        let Some(&message) = places.get(choice).or(places.last()) else { return 0 };
        self.see(thread, location, message, ordering.read_part());
        let Message { value: old, view, .. } = self.messages[message].clone();
        self.put(thread, location, message, new(old), ordering.write_part(), Some(view));
        self.sc_fence(thread, ordering);
        old
    }

    fn fence(&mut self, thread: usize, ordering: Ordering) {
        let Some(seen) = self.threads.get(thread) else { return };
        let mut seen = seen.clone();
        if ordering.is_acquire() {
            self.join(&mut seen.current, &seen.acquirable);
        }
        if ordering.is_seq_cst() {
            self.join(&mut seen.current, &self.fences);
            self.fences = seen.current.clone();
        }
        if ordering.is_release() {
            seen.released = seen.current.clone();
        }
        self.threads[thread] = seen;
    }

    fn settled(&self) -> Vec<Value> {
        self.orders.iter().map(|order| order.last().map_or(0, |&last| self.messages[last].value)).collect()
    }
}
