//! One place for a value, and its state.

use core::mem::MaybeUninit;

use crate::primitive::{AtomicU8, Backoff, Plain, ord};

/// No value yet.
const EMPTY: u8 = 0;
/// The value is there.
const FULL: u8 = 1;
/// A popper gave up waiting: no value will ever be here.
const TAKEN: u8 = 2;

pub(super) struct Cell<T> {
    state: AtomicU8,
    value: Plain<MaybeUninit<T>>,
}

impl<T> Cell<T> {
    pub(super) fn new() -> Self {
        Self { state: AtomicU8::new(EMPTY), value: Plain::new(MaybeUninit::uninit()) }
    }

    /// Makes a cell whose value was moved out, or never came, as good as new.
    #[inline]
    pub(super) fn clear(&self) {
        // ord[Q66] Relaxed: as Q63; pairs with none.
        self.state.store(EMPTY, ord!(Q66, Relaxed));
    }

    /// Tells whether there is, or was, a value.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        // ord[Q48] Acquire: the value is seen by who claims the cell thereafter; pairs with Q2.
        self.state.load(ord!(Q48, Acquire)) == FULL
    }

    /// Puts `value` here, unless a popper has given up on this cell.
    ///
    /// # Safety
    ///
    /// The caller has claimed the cell for pushing, and calls this once.
    #[inline]
    pub(super) unsafe fn publish(&self, value: T) -> Result<(), T> {
        // SAFETY: I3, the claim gives the right to write until the state says `FULL`.
        self.value.with_mut(|place| unsafe { (*place).write(value) });
        // ord[Q2] Release: publishes the value; pairs with Q4, Q5, Q48.
        // ord[Q3] Relaxed: the popper that gave up has written nothing else; pairs with none.
        match self.state.compare_exchange(EMPTY, FULL, ord!(Q2, Release), ord!(Q3, Relaxed)) {
            Ok(_) => Ok(()),
            // SAFETY: the value is the one just written, and since the state never was `FULL` nobody else reads it.
            Err(_) => Err(unsafe { self.read() }),
        }
    }

    /// Takes the value, waiting for a pusher that has claimed the cell and not filled it until `backoff` is completed.
    ///
    /// None means that the pusher will have to take another cell.
    ///
    /// # Safety
    ///
    /// The caller has claimed the cell for popping, and calls this once.
    #[inline]
    pub(super) unsafe fn take(&self, backoff: &Backoff) -> Option<T> {
        loop {
            // ord[Q4] Acquire: the value is seen; pairs with Q2.
            if self.state.load(ord!(Q4, Acquire)) == FULL {
                break;
            }
            if backoff.is_completed() {
                // ord[Q5] Acquire: the value is seen, should it have come at last; pairs with Q2.
                if self.state.swap(TAKEN, ord!(Q5, Acquire)) == EMPTY {
                    return None;
                }
                break;
            }
            backoff.snooze();
        }
        // SAFETY: I4, the state was `FULL`, and the claim gives the value to this caller only.
        Some(unsafe { self.read() })
    }

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// There is a value, the caller has seen it written, and nobody reads it again.
    pub(super) unsafe fn read(&self) -> T {
        // SAFETY: promised by the caller.
        self.value.with(|place| unsafe { place.cast::<T>().read() })
    }

    /// Puts a value here when nobody else can.
    ///
    /// # Safety
    ///
    /// The queue is exclusively borrowed, and the cell is not claimed.
    pub(super) unsafe fn fill(&self, value: T) {
        // SAFETY: promised by the caller.
        self.value.with_mut(|place| unsafe { (*place).write(value) });
        // ord[Q6] Relaxed: exclusive, whatever shares the queue next synchronises; pairs with none.
        self.state.store(FULL, ord!(Q6, Relaxed));
    }
}
