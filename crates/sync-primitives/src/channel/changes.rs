//! A state of which all receivers are told that it has changed: what `watch` and `broadcast` share.
//!
//! Layout: the number of changes; how many hold the channel; a line for those who wait for a change, and one for those who wait
//! until nobody receives; and what else the channel keeps.
//!
//! Invariants, beside G1..G3 of [`channel`](super)
//! - C1: the number of changes grows only. Who waits for a change needs the number that it has seen: it goes on as soon as the number is
//!   another, or all senders are gone. (Of the number 32 bits are compared; nobody waits through 2^32 changes, since the first
//!   lets it go.)

use super::gate::{Gate, Served};
use super::seat::{Goal, serve_line};
use crate::wait::{Batch, Line};
use crate::watched::Kind;

#[derive(Debug)]
pub(super) struct Changes<E> {
    pub(super) count: u64,
    pub(super) senders: usize,
    pub(super) weak_senders: usize,
    pub(super) receivers: usize,
    for_change: Line,
    for_closing: Line,
    pub(super) extra: E,
}

impl<E> Changes<E> {
    /// A state that has not changed, with one sender and no receiver.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn new(kind: Kind, extra: E) -> Gate<Self> {
        let state = Self {
            count: 0,
            senders: 1,
            weak_senders: 0,
            receivers: 0,
            for_change: Line::new(),
            for_closing: Line::new(),
            extra,
        };
        Gate::of(kind, state)
    }

    /// Whether all senders are gone.
    pub(super) fn is_closed(&self) -> bool {
        self.senders == 0
    }
}

impl<E> Served for Changes<E> {
    #[inline]
    fn nobody_waits(&self) -> bool {
        self.for_change.is_empty() && self.for_closing.is_empty()
    }

    fn serve(&mut self, batch: &mut Batch) {
        serve_line::<_, Change>(self, batch);
        serve_line::<_, Abandoned>(self, batch);
    }
}

/// What one needs who has seen `count` changes.
pub(super) fn need(count: u64) -> u32 {
    count as u32
}

/// Receivers wait for a change.
#[derive(Debug)]
pub(super) struct Change;

impl<E> Goal<Changes<E>> for Change {
    /// One who has not seen the last change need not wait behind those who have.
    const PASSES: bool = true;

    fn line(state: &mut Changes<E>) -> &mut Line {
        &mut state.for_change
    }

    fn is_over(state: &Changes<E>) -> bool {
        state.is_closed()
    }

    fn take(state: &mut Changes<E>, seen: u32) -> bool {
        need(state.count) != seen
    }

    fn give_back(_state: &mut Changes<E>, _need: u32) {}
}

/// Senders wait until nobody receives.
#[derive(Debug)]
pub(super) struct Abandoned;

impl<E> Goal<Changes<E>> for Abandoned {
    const AWAITS_END: bool = true;

    fn line(state: &mut Changes<E>) -> &mut Line {
        &mut state.for_closing
    }

    fn is_over(state: &Changes<E>) -> bool {
        state.receivers == 0
    }

    fn take(_state: &mut Changes<E>, _need: u32) -> bool {
        false
    }

    fn give_back(_state: &mut Changes<E>, _need: u32) {}
}
