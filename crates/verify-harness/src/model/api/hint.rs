//! Hints of waiting loops.

use super::super::calls;
use super::super::interface::Op;

/// Leaves out the executions in which `condition` is false: they end here and are counted as blocked.
///
/// ```
/// use verify_harness::model::sync::{Arc, atomic::{AtomicBool, Ordering}};
/// use verify_harness::model::{Builder, hint, thread};
///
/// let report = Builder::new().explore(|| {
///     let flag = Arc::new(AtomicBool::new(false));
///     let other = Arc::clone(&flag);
///     let handle = thread::spawn(move || other.store(true, Ordering::Release));
///     hint::assume(flag.load(Ordering::Acquire));
///     handle.join().unwrap();
/// });
/// assert_eq!((report.executions, report.blocked), (1, 1));
/// ```
#[track_caller]
pub fn assume(condition: bool) {
    if !condition {
        calls::perform(Op::Refuse, super::here());
    }
}

/// Ends an iteration of a loop that waits for another thread.
///
/// Two calls from the same place in a row, with loads but no writes between them, end the thread's part in this
/// execution: it goes on in the executions in which a load reads something else.
#[track_caller]
pub fn spin_loop() {
    calls::spin(super::here());
}

/// Panics: the checker has found that the place is reachable.
///
/// # Panics
///
/// Always.
///
/// # Safety
///
/// As for [`core::hint::unreachable_unchecked`]; here nothing is undefined.
#[track_caller]
pub unsafe fn unreachable_unchecked() -> ! {
    panic!("reached `unreachable_unchecked`")
}
