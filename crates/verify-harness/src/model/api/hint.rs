//! Hints of waiting loops.

/// Ends an iteration of a loop that waits for another thread.
///
/// Two calls from the same place in a row, with loads but no writes between them, end the thread's part in this
/// execution: it goes on in the executions in which a load reads something else.
#[track_caller]
pub fn spin_loop() {
    super::super::runtime::spin(super::here());
}
