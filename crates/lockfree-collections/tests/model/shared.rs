//! A structure that the threads of a story share, and the values that are put into it.

use loom::sync::Arc;
use loom::thread::{self, JoinHandle};

use super::Values;

/// Runs `body` with what `make` makes, and demands that all values that were made are dropped once, with the structure at the latest.
/// `body` says how many were made.
pub fn share<T>(make: impl FnOnce(&Values) -> T, body: impl FnOnce(&Arc<T>, &Values) -> u64) {
    let values = Values::default();
    let shared = Arc::new(make(&values));
    let made = body(&shared, &values);
    drop(shared);
    assert_eq!(values.dropped(), made, "every value is dropped once");
}

/// A thread that uses the structure, too.
pub fn spawn<T: 'static, R: 'static>(
    shared: &Arc<T>,
    values: &Values,
    body: impl FnOnce(&T, &Values) -> R + 'static,
) -> JoinHandle<R> {
    let (shared, values) = (Arc::clone(shared), values.clone());
    thread::spawn(move || body(&shared, &values))
}
