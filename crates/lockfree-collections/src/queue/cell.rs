//! One place for a value, and its state.
//!
//! ```text
//! state:  EMPTY --push claims--> CLAIMED --push--> FULL --pop--> (value moved out, state left as it is)
//!         EMPTY --pop gave up--> BURNT
//!         EMPTY --close--> END
//!
//! given:  NO --pop gives up a claimed cell--> ASKED --pop--> POPPED    (the value had come meanwhile)
//!                                                  --push--> BACK      (the push takes its value back)
//! ```
//!
//! A push fills its cell by a plain store, and looks thereafter whether it was asked for the cell; a pop that gives up asks first, and looks
//! thereafter whether the cell is filled. Between the two steps each passes a fence, so one sees the other. The pop leaves the cell
//! to the push if it finds it not filled. If both see each other, who moves `given` on from ASKED has the value.

use core::mem::MaybeUninit;

use crate::primitive::{AtomicU8, Backoff, Plain, barrier, fence, ord};

/// No push has come.
const EMPTY: u8 = 0;
/// The queue ends before this cell.
const END: u8 = 1;
/// A push is about to put its value here.
const CLAIMED: u8 = 2;
/// The value is there, or was.
const FULL: u8 = 3;
/// A pop came before any push and gave up: no value will ever be here.
const BURNT: u8 = 4;

/// Nobody wants the cell back.
const NO: u8 = 0;
/// A pop has given up the cell that a push had claimed.
const ASKED: u8 = 1;
/// The pop has the value, after all.
const POPPED: u8 = 2;
/// The push has its value back.
const BACK: u8 = 3;

pub(super) struct Cell<T> {
    state: AtomicU8,
    given: AtomicU8,
    value: Plain<MaybeUninit<T>>,
}

/// What came of a look at a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// No push has claimed it, nor any cell behind it.
    Empty,
    /// No push will claim it, nor any cell behind it.
    End,
    /// There is no value yet.
    Claimed,
    /// There is a value, or was, or will never be.
    Past,
}

impl<T> Cell<T> {
    pub(super) fn new() -> Self {
        Self { state: AtomicU8::new(EMPTY), given: AtomicU8::new(NO), value: Plain::new(MaybeUninit::uninit()) }
    }

    /// Makes a cell whose value was moved out, or never came, as good as new.
    #[inline]
    pub(super) fn clear(&self) {
        // ord[Q66] Relaxed: as Q63; pairs with none.
        self.state.store(EMPTY, ord!(Q66, Relaxed));
        // ord[Q71] Relaxed: as Q63; pairs with none.
        self.given.store(NO, ord!(Q71, Relaxed));
    }

    /// Tells whether there is, or was, a value.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        // ord[Q24] Acquire: as Q48; pairs with Q2.
        self.state.load(ord!(Q24, Acquire)) == FULL
    }

    #[inline]
    pub(super) fn look(&self) -> Look {
        // ord[Q48] Acquire: the value is seen, and what came before the end; pairs with Q2, Q57.
        match self.state.load(ord!(Q48, Acquire)) {
            EMPTY => Look::Empty,
            CLAIMED => Look::Claimed,
            END => Look::End,
            _ => Look::Past,
        }
    }

    /// Claims the cell for pushing; tells what is in the way.
    ///
    /// The caller has seen that all cells before this one are claimed.
    #[inline]
    pub(super) fn claim(&self) -> Result<(), Look> {
        // ord[Q51] Relaxed: only who has the cell matters; what this thread has seen is handed on by Q2, Q53; pairs with none.
        // ord[Q52] Relaxed: a lost race, nothing is read through it; pairs with none.
        match self.state.compare_exchange(EMPTY, CLAIMED, ord!(Q51, Relaxed), ord!(Q52, Relaxed)) {
            Ok(_) => Ok(()),
            Err(END) => Err(Look::End),
            Err(_) => Err(Look::Past),
        }
    }

    /// Ends the queue before this cell; tells what is in the way. The caller has seen that all cells before this one are claimed.
    pub(super) fn end(&self) -> Result<(), Look> {
        // ord[Q57] Release: what the closer did and saw before is seen by who sees the end; pairs with Q48.
        // ord[Q58] Relaxed: as Q52; pairs with none.
        match self.state.compare_exchange(EMPTY, END, ord!(Q57, Release), ord!(Q58, Relaxed)) {
            Ok(_) => Ok(()),
            Err(END) => Err(Look::End),
            Err(_) => Err(Look::Past),
        }
    }

    /// Puts `value` here, unless a pop has given up on this cell. `light` tells that light fences are known to do.
    ///
    /// # Safety
    ///
    /// The caller has claimed the cell for pushing, and calls this once.
    #[inline]
    pub(super) unsafe fn publish(&self, value: T, light: bool) -> Result<(), T> {
        // SAFETY: I3, the claim gives the right to write until the state says `FULL`.
        self.value.with_mut(|place| unsafe { (*place).write(value) });
        // ord[Q2] Release: publishes the value; pairs with Q4, Q24, Q48, Q74.
        self.state.store(FULL, ord!(Q2, Release));
        if light || barrier::register() {
            barrier::light();
        } else {
            // ord[Q72] SeqCst: that the cell is filled is seen by who asks for it, or that is seen below; pairs with Q73.
            fence(ord!(Q72, SeqCst));
        }
        // ord[Q75] Relaxed: after Q72; nothing is read through it; pairs with none.
        if self.given.load(ord!(Q75, Relaxed)) == NO {
            return Ok(());
        }
        // SAFETY: passed on to the caller.
        unsafe { self.take_back() }
    }

    /// Takes the value back from a pop that has given up, unless that one has it.
    ///
    /// # Safety
    ///
    /// The caller has put the value here.
    #[cold]
    unsafe fn take_back(&self) -> Result<(), T> {
        // ord[Q3] Relaxed: decides, and nothing else; the value is the caller's own; pairs with none.
        // ord[Q76] Relaxed: as Q3; pairs with none.
        if self.given.compare_exchange(ASKED, BACK, ord!(Q3, Relaxed), ord!(Q76, Relaxed)).is_err() {
            return Ok(());
        }
        // SAFETY: I4: the value is the one that this thread has written, and the pop has left it.
        Err(unsafe { self.read() })
    }

    /// Takes the value, waiting for a push that has claimed the cell and not filled it until `backoff` is completed.
    ///
    /// None means that no value will come out of this cell.
    ///
    /// # Safety
    ///
    /// The caller has claimed the cell for popping, and calls this once.
    #[inline]
    pub(super) unsafe fn take(&self, backoff: &Backoff) -> Option<T> {
        // ord[Q4] Acquire: the value is seen; pairs with Q2.
        while self.state.load(ord!(Q4, Acquire)) != FULL {
            if backoff.is_completed() {
                // SAFETY: passed on to the caller.
                return unsafe { self.give_up(backoff) };
            }
            backoff.snooze();
        }
        // SAFETY: I4, the state was `FULL`, and the claim gives the value to this caller only.
        Some(unsafe { self.read() })
    }

    /// Ends the wait for a value, which may have come at last.
    ///
    /// # Safety
    ///
    /// As for [`Cell::take`].
    #[cold]
    unsafe fn give_up(&self, backoff: &Backoff) -> Option<T> {
        // ord[Q5] Relaxed: no push has come, and none will; nothing is handed on; pairs with none.
        // ord[Q77] Relaxed: a push has come; what it does is read below; pairs with none.
        if self.state.compare_exchange(EMPTY, BURNT, ord!(Q5, Relaxed), ord!(Q77, Relaxed)).is_ok() {
            return None;
        }
        // ord[Q78] Relaxed: Q73 follows; pairs with none.
        self.given.store(ASKED, ord!(Q78, Relaxed));
        loop {
            let settled = if barrier::register() {
                barrier::heavy()
            } else {
                // ord[Q73] SeqCst: the push sees that it was asked, or that the cell is filled is seen below; pairs with Q72.
                fence(ord!(Q73, SeqCst));
                true
            };
            // ord[Q74] Acquire: the value is seen; pairs with Q2.
            if self.state.load(ord!(Q74, Acquire)) == FULL {
                break;
            }
            if settled {
                return None;
            }
            // The system refuses what it had promised: only the push can tell.
            backoff.snooze();
        }
        // ord[Q79] Relaxed: decides, and nothing else; the value was seen by Q74; pairs with none.
        // ord[Q80] Relaxed: as Q79; pairs with none.
        let popped = self.given.compare_exchange(ASKED, POPPED, ord!(Q79, Relaxed), ord!(Q80, Relaxed)).is_ok();
        // SAFETY: I4, the state was `FULL`, and the push leaves the value.
        popped.then(|| unsafe { self.read() })
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
