//! The state of a queue of values: what `mpsc` and `mpmc` share.
//!
//! Layout: the values under way, in order; how many slots are free; who holds the channel; a line for those who want slots, one
//! for those who want values, one for those who wait for the end; and a slot for the receiver where there is only one.
//!
//! Invariants, beside G1..G3 of [`channel`](super)
//! - Q1: free slots + reserved slots + values = capacity. A slot is reserved by a permit, or for a sender that was let go on.
//! - Q2: of the values as many as were `granted` are promised to receivers that were let go on; there are at least as many. Nobody
//!   is promised a certain one: whoever takes one out takes the oldest, so that values leave in the order in which they came
//!   in, whoever gives up.
//! - Q3: whoever comes goes on at once only if nobody is in line: first in, first out.
//! - Q4: nothing is put in once the last receiver is gone, and no slot is reserved once the channel is closed.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::error::{TryRecvError, TrySendError};
use super::gate::{Gate, Served, Single, serve_slot};
use super::seat::{Goal, serve_line};
use crate::primitive::os::Arc;
use crate::wait::{Batch, Line, Wake};
use crate::watched::Kind;

/// What the handles of a channel share.
pub(super) type Shared<T> = Arc<Gate<Queue<T>>>;

/// The most values that are moved in one section under the lock.
const PORTION: usize = 64;

#[derive(Debug)]
pub(super) struct Queue<T> {
    items: VecDeque<T>,
    free: usize,
    capacity: usize,
    granted: usize,
    closed: bool,
    pub(super) senders: usize,
    pub(super) weak_senders: usize,
    pub(super) receivers: usize,
    for_slots: Line,
    for_items: Line,
    for_closing: Line,
    /// The receiver of a channel that has one, waiting for a value.
    receiver: Option<Wake>,
}

impl<T> Queue<T> {
    /// An empty channel with one sender and one receiver.
    #[cfg_attr(feature = "diagnostics", track_caller)]
    pub(super) fn share(capacity: usize) -> Shared<T> {
        let state = Self {
            items: VecDeque::new(),
            free: capacity,
            capacity,
            granted: 0,
            closed: false,
            senders: 1,
            weak_senders: 0,
            receivers: 1,
            for_slots: Line::new(),
            for_items: Line::new(),
            for_closing: Line::new(),
            receiver: None,
        };
        Arc::new(Gate::of(Kind::Channel, state))
    }

    /// How many values are there.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn max_capacity(&self) -> usize {
        self.capacity
    }

    /// How many slots could be had at once.
    pub(super) fn capacity(&self) -> usize {
        if self.for_slots.is_empty() { self.free } else { 0 }
    }

    /// Whether nothing can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether nothing is here for receivers, nor ever will be.
    fn is_finished(&self) -> bool {
        // Without values, what is not free is reserved.
        self.items.is_empty() && (self.senders == 0 || self.closed && self.free == self.capacity)
    }

    /// How many values are promised to nobody.
    #[inline]
    fn available(&self) -> usize {
        self.items.len() - self.granted
    }

    #[inline]
    pub(super) fn try_reserve(&mut self, n: usize) -> Result<(), TrySendError<()>> {
        if self.closed {
            Err(TrySendError::Closed(()))
        } else if n > self.free || !self.for_slots.is_empty() && n > 0 {
            Err(TrySendError::Full(()))
        } else {
            self.free -= n;
            Ok(())
        }
    }

    #[inline]
    pub(super) fn try_push(&mut self, value: T) -> Result<(), TrySendError<T>> {
        match self.try_reserve(1) {
            Ok(()) => {
                self.items.push_back(value);
                Ok(())
            }
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(value)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(value)),
        }
    }

    /// Puts a value in its reserved slot; gives it back, to be dropped, if nobody receives any more.
    #[inline]
    pub(super) fn push_reserved(&mut self, value: T) -> Option<T> {
        if self.receivers == 0 {
            self.free += 1;
            return Some(value);
        }
        self.items.push_back(value);
        None
    }

    /// Gives `n` reserved slots back.
    pub(super) fn release(&mut self, n: usize) {
        self.free += n;
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        let value = self.items.pop_front()?;
        self.free += 1;
        Some(value)
    }

    /// Takes the oldest value, if there is one more than are promised, and nobody waits for it (Q3; by G2 somebody does only between two
    /// batches).
    #[inline]
    pub(super) fn try_pop(&mut self) -> Result<T, TryRecvError> {
        let value = if self.available() > 0 && self.for_items.is_empty() { self.pop() } else { None };
        match value {
            Some(value) => Ok(value),
            None if self.is_finished() => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Takes the value that was promised to a receiver.
    pub(super) fn pop_promised(&mut self) -> Option<T> {
        self.granted -= 1;
        self.pop()
    }

    /// Moves the oldest values, as far as they are not promised, to the end of `buffer`, as many as there is room for, at most `limit` and at most as
    /// many as may be moved in one section. Returns how many.
    pub(super) fn pop_portion(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        if !self.for_items.is_empty() {
            return 0;
        }
        let room = buffer.capacity() - buffer.len();
        let count = self.available().min(limit).min(room).min(PORTION);
        buffer.extend(self.items.drain(..count));
        self.free += count;
        count
    }

    /// The last receiver goes: nothing can be sent any more, and what is under way is given out to be dropped.
    pub(super) fn receiver_gone(&mut self) -> (VecDeque<T>, Option<Wake>) {
        self.receivers -= 1;
        if self.receivers > 0 {
            return (VecDeque::new(), None);
        }
        self.closed = true;
        self.free += self.items.len();
        // A promise is left where the future that it was made to was leaked.
        self.granted = 0;
        (core::mem::take(&mut self.items), self.receiver.take())
    }
}

impl<T> Served for Queue<T> {
    #[inline]
    fn nobody_waits(&self) -> bool {
        self.receiver.is_none() && self.for_items.is_empty() && self.for_slots.is_empty() && self.for_closing.is_empty()
    }

    fn serve(&mut self, batch: &mut Batch) {
        if self.available() > 0 || self.is_finished() {
            serve_slot(&mut self.receiver, batch);
        }
        serve_line::<_, Items>(self, batch);
        serve_line::<_, Slots>(self, batch);
        serve_line::<_, Closing>(self, batch);
    }
}

/// Senders wait for slots.
#[derive(Debug)]
pub(super) struct Slots;

impl<T> Goal<Queue<T>> for Slots {
    fn line(state: &mut Queue<T>) -> &mut Line {
        &mut state.for_slots
    }

    fn is_over(state: &Queue<T>) -> bool {
        state.closed
    }

    fn take(state: &mut Queue<T>, need: u32) -> bool {
        let need = need as usize;
        let enough = need <= state.free;
        if enough {
            state.free -= need;
        }
        enough
    }

    fn give_back(state: &mut Queue<T>, need: u32) {
        state.release(need as usize);
    }
}

/// Receivers wait for values, where there can be many of them.
#[derive(Debug)]
pub(super) struct Items;

impl<T> Goal<Queue<T>> for Items {
    fn line(state: &mut Queue<T>) -> &mut Line {
        &mut state.for_items
    }

    fn is_over(state: &Queue<T>) -> bool {
        state.is_finished()
    }

    fn take(state: &mut Queue<T>, _need: u32) -> bool {
        let any = state.available() > 0;
        state.granted += usize::from(any);
        any
    }

    fn give_back(state: &mut Queue<T>, _need: u32) {
        state.granted -= 1;
    }
}

/// Senders wait for the channel to be closed.
#[derive(Debug)]
pub(super) struct Closing;

impl<T> Goal<Queue<T>> for Closing {
    const AWAITS_END: bool = true;

    fn line(state: &mut Queue<T>) -> &mut Line {
        &mut state.for_closing
    }

    fn is_over(state: &Queue<T>) -> bool {
        state.closed
    }

    fn take(_state: &mut Queue<T>, _need: u32) -> bool {
        false
    }

    fn give_back(_state: &mut Queue<T>, _need: u32) {}
}

/// The only receiver waits for one value; `None` at the end.
pub(super) struct Next;

impl<T> Single<Queue<T>> for Next {
    type Output = Option<T>;

    #[inline]
    fn slot(state: &mut Queue<T>) -> &mut Option<Wake> {
        &mut state.receiver
    }

    #[inline]
    fn take(&mut self, state: &mut Queue<T>) -> Option<Option<T>> {
        match state.try_pop() {
            Ok(value) => Some(Some(value)),
            Err(TryRecvError::Disconnected) => Some(None),
            Err(TryRecvError::Empty) => None,
        }
    }
}

/// The only receiver waits for some values, as many as there is room for in the buffer; 0 at the end.
pub(super) struct Several<'a, T> {
    pub(super) buffer: &'a mut Vec<T>,
    pub(super) limit: usize,
}

impl<T> Single<Queue<T>> for Several<'_, T> {
    type Output = usize;

    fn slot(state: &mut Queue<T>) -> &mut Option<Wake> {
        &mut state.receiver
    }

    fn take(&mut self, state: &mut Queue<T>) -> Option<usize> {
        let count = state.pop_portion(self.buffer, self.limit);
        (count > 0 || state.is_finished()).then_some(count)
    }
}

/// Makes room for a portion of at most `limit` values.
pub(super) fn make_room<T>(buffer: &mut Vec<T>, limit: usize) {
    buffer.reserve(limit.min(PORTION));
}

/// Takes what else is there after the first `count` values were taken, portion by portion; returns how many all are.
pub(super) fn pop_rest<T>(gate: &Gate<Queue<T>>, buffer: &mut Vec<T>, limit: usize, mut count: usize) -> usize {
    while count > 0 && count < limit {
        make_room(buffer, limit - count);
        match gate.change(|state| state.pop_portion(buffer, limit - count)) {
            0 => break,
            more => count += more,
        }
    }
    count
}
