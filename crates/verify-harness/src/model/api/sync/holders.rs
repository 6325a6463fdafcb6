//! Who holds a lock, for noticing that it is freed by somebody else.
//!
//! Kept in real memory and not as events: a run executes the operations of one lock in their order, so the memory says at each
//! moment what the events say.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::super::super::calls;
use super::super::super::heap::Tracked;
use super::super::super::interface::Site;
use super::super::super::report::FailureKind;
use super::super::super::runtime::Runtime;
use super::super::{here, name_site};

/// A thread that holds a lock.
#[derive(Clone, Copy, Debug)]
struct Holder {
    run: u64,
    thread: usize,
    site: Site,
}

/// Has the bytes of `data` restored when the run ends, if it is there then and consists of nothing but bytes.
fn restore_at_end<T: ?Sized>(runtime: &Runtime, data: *mut T) {
    let address = data.cast::<u8>();
    if core::mem::needs_drop::<T>() || !calls::outlives_run(address.addr()) {
        return;
    }
    // SAFETY: the calling thread holds the lock, so it may look at the data, and here at its size only.
    let size = unsafe { size_of_val(&*data) };
    let mut bytes: Box<[MaybeUninit<u8>]> = Box::new_uninit_slice(size);
    // SAFETY: the data is that large, and the box is apart from it.
    unsafe { core::ptr::copy_nonoverlapping(address.cast(), bytes.as_mut_ptr(), size) };
    // SAFETY: the data outlives the run, nobody uses it at its end, and a value that needs no drop may be replaced by an
    // earlier one.
    let restore = move || unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), address.cast(), size) };
    runtime.resources.always_at_end(Box::new(restore));
}

/// The threads that hold a lock.
#[derive(Debug)]
pub(super) struct Holders {
    holders: Mutex<Vec<Holder>>,
    /// The last run that has used the lock.
    run: AtomicU64,
}

impl Holders {
    pub(super) const fn new() -> Self {
        Self { holders: Mutex::new(Vec::new()), run: AtomicU64::new(0) }
    }

    /// The calling thread holds the lock around `data`.
    ///
    /// If it is the first of the run, and the lock is in a static, the data is restored when the run ends.
    #[track_caller]
    pub(super) fn enter<T: ?Sized>(&self, data: *mut T) {
        let Some(runtime) = calls::running().filter(|runtime| runtime.is_in_progress()) else { return };
        let _checker = Tracked::checker();
        let holder = Holder { run: runtime.run_number(), thread: runtime.current.get(), site: here() };
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        // What is left of an earlier run is of a lock in a static.
        holders.retain(|other| other.run == holder.run);
        holders.push(holder);
        // Relaxed: used by the one OS thread that runs the model threads.
        if self.run.swap(holder.run, Ordering::Relaxed) != holder.run {
            restore_at_end(&runtime, data);
        }
    }

    /// The calling thread holds the lock no more; the run fails if it did not.
    #[track_caller]
    pub(super) fn leave(&self, what: &str) {
        let Some(runtime) = calls::running().filter(|runtime| runtime.is_in_progress()) else { return };
        let _checker = Tracked::checker();
        let (run, thread) = (runtime.run_number(), runtime.current.get());
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        holders.retain(|other| other.run == run);
        if let Some(place) = holders.iter().rposition(|other| other.thread == thread) {
            holders.swap_remove(place);
            return;
        }
        let held = match holders.first() {
            Some(other) => format!("T{} has held since {}", other.thread, name_site(other.site)),
            None => "nobody holds".to_owned(),
        };
        drop(holders);
        let message = format!("invalid unlock: T{thread} frees the {what} at {}, which {held}", name_site(here()));
        runtime.fail(FailureKind::InvalidUnlock, message);
    }
}
