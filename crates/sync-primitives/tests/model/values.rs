//! Values that count themselves and say what was done before they were sent.

use std::cell::Cell;

use loom::cell::UnsafeCell;

std::thread_local! {
    // The checker runs all threads of a model on the thread that called it.
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

/// Begins to count anew: an execution that failed leaves values behind.
pub fn start() {
    LIVE.set(0);
}

/// How many values there are in this model.
pub fn live() -> i64 {
    LIVE.get()
}

/// A number in a cell of the checker, written by whoever makes the value. On the heap, since the checker takes a cell for a part of
/// the stack on which it was made.
pub struct Value(Box<UnsafeCell<u64>>);

// SAFETY: the models order their accesses by the channel; where they err, the checker says so.
unsafe impl Sync for Value {}
// SAFETY: the channel orders the accesses of its values; where it errs, the checker says so.
unsafe impl Send for Value {}

impl Value {
    pub fn new(number: u64) -> Self {
        LIVE.set(LIVE.get() + 1);
        let value = Self(Box::new(UnsafeCell::new(0)));
        value.write(number);
        value
    }

    pub fn write(&self, number: u64) {
        self.0.with_mut(|cell| {
            // SAFETY: ordered by the channel; the checker watches.
            unsafe { *cell = number }
        });
    }

    pub fn read(&self) -> u64 {
        self.0.with(|cell| {
            // SAFETY: ordered by the channel; the checker watches.
            unsafe { *cell }
        })
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        Self::new(self.read())
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
        // Where the checker has found a fault it unwinds, and a second one found then would end the process.
        if !std::thread::panicking() {
            self.read();
        }
    }
}

/// Does what each body does on a thread of its own, and then requires that no value is left.
pub fn all_are_dropped(bodies: impl IntoIterator<Item = super::Body>) {
    super::threads(bodies);
    assert_eq!(live(), 0, "a value is lost or dropped twice");
}

/// What is dropped unless its thread panics: where the checker has found a fault it unwinds, and a second one found then would end the
/// process.
pub struct Kept<T>(std::mem::ManuallyDrop<T>);

impl<T> Kept<T> {
    pub fn new(value: T) -> Self {
        Self(std::mem::ManuallyDrop::new(value))
    }
}

impl<T> std::ops::Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> std::ops::DerefMut for Kept<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for Kept<T> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // SAFETY: dropped once, here.
            unsafe { std::mem::ManuallyDrop::drop(&mut self.0) };
        }
    }
}
