//! Memory one step at a time: what may this read return now?
//!
//! The [models](crate::models) judge whole executions. A [`MemoryModel`] is the same thing as a machine: it is told what the threads do,
//! one operation after the other, and answers what may come of it. [`Machine`] makes the choices: the first, at random, as recorded, or
//! as the caller wishes.
//!
//! # Store buffering, step by step
//!
//! Each of two threads writes its own location and reads the other's. With a store buffer, both may read the old value:
//!
//! ```
//! use memory_model::Location;
//! use memory_model::Ordering::Relaxed;
//! use memory_model::machine::{Machine, MemoryModel as _, ScMemory, TsoMemory, ViewMemory};
//!
//! let (x, y) = (Location(0), Location(1));
//!
//! // Sequential consistency: a write is in the memory at once, and there is one value to be read.
//! let mut sc = Machine::first(ScMemory::new(2, &[0, 0]));
//! sc.write(0, x, 1, Relaxed);
//! assert_eq!(sc.allowed(1, x, Relaxed), [1]);
//!
//! // x86: the write waits in the buffer of its thread, which sees it; the other thread does not.
//! let mut tso = Machine::first(TsoMemory::new(2, &[0, 0]));
//! tso.write(0, x, 1, Relaxed);
//! tso.write(1, y, 1, Relaxed);
//! assert_eq!((tso.read(0, x, Relaxed), tso.read(1, x, Relaxed)), (1, 0));
//! assert_eq!((tso.read(0, y, Relaxed), tso.read(1, x, Relaxed)), (0, 0));
//! // The memory takes the oldest write of a buffer whenever it likes.
//! assert_eq!(tso.memory().steps(), 2);
//! tso.memory_mut().step(0);
//! assert_eq!(tso.read(1, x, Relaxed), 1);
//!
//! // RC11: nothing waits, but a thread that has not seen the write may still read the old value. Both are allowed.
//! let mut rc11 = Machine::first(ViewMemory::new(2, &[0, 0]));
//! rc11.write(0, x, 1, Relaxed);
//! rc11.write(1, y, 1, Relaxed);
//! assert_eq!(rc11.allowed(0, y, Relaxed), [0, 1]);
//! assert_eq!(rc11.allowed(1, x, Relaxed), [0, 1]);
//! // A thread that has read the new value cannot go back.
//! rc11.choose(|options| options.len() - 1);
//! assert_eq!(rc11.read(1, x, Relaxed), 1);
//! assert_eq!(rc11.allowed(1, x, Relaxed), [1]);
//! ```
//!
//! # What the machines cover
//!
//! | machine | agrees with | how far |
//! |---|---|---|
//! | [`ScMemory`] | [`Sc`](crate::models::Sc) | same outcomes |
//! | [`TsoMemory`] | [`Tso`](crate::models::Tso) | same outcomes |
//! | [`ViewMemory`] | [`Rc11`](crate::models::Rc11) | same outcomes without sequentially consistent accesses and fences; with them, every outcome of the machine is one of RC11, but not the reverse |
//!
//! None of them reports data races: non-atomic accesses are done like relaxed ones that do not synchronize.

mod choice;
mod driver;
mod sc;
mod tso;
mod view;

pub use choice::Options;
pub use driver::{Done, Machine};
pub use sc::ScMemory;
pub use tso::TsoMemory;
pub use view::ViewMemory;

use std::fmt::Debug;

use crate::{Location, Ordering, Value};

/// A memory that does one operation at a time.
///
/// Operations come in pairs: one tells what may come of it, the other does it, given the number of one of these possibilities. A number
/// that is too large stands for the last possibility. Locations and threads that the memory does not have read as 0 and are written
/// without effect.
pub trait MemoryModel: Clone + Debug {
    /// The name of the model, such as `TSO`.
    fn name(&self) -> &'static str;

    /// The values that a read may return now, the oldest first.
    fn readable(&self, thread: usize, location: Location, ordering: Ordering) -> Vec<Value>;

    /// Reads; returns the value.
    fn read(&mut self, thread: usize, location: Location, ordering: Ordering, choice: usize) -> Value;

    /// In how many places of the order of all writes of the location a write may stand, the last of them being the end.
    fn writable(&self, thread: usize, location: Location, ordering: Ordering) -> usize;

    /// Writes.
    fn write(&mut self, thread: usize, location: Location, value: Value, ordering: Ordering, choice: usize);

    /// The values that a read-modify-write may find now, the oldest first.
    fn updatable(&self, thread: usize, location: Location, ordering: Ordering) -> Vec<Value>;

    /// Reads and writes as one step; `new` computes the value to be written from the one read, which is returned.
    fn update(
        &mut self,
        thread: usize,
        location: Location,
        ordering: Ordering,
        choice: usize,
        new: impl FnOnce(Value) -> Value,
    ) -> Value;

    /// A fence.
    fn fence(&mut self, thread: usize, ordering: Ordering);

    /// How many steps the memory may make by itself now.
    fn steps(&self) -> usize {
        0
    }

    /// Makes one of these steps.
    fn step(&mut self, choice: usize) {
        let _ = choice;
    }

    /// The value of each location once everything has settled: that of the last write.
    fn settled(&self) -> Vec<Value>;
}
