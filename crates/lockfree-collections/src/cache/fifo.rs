//! A queue out of whose middle things can be taken.

use alloc::boxed::Box;
use alloc::vec;

/// Numbers in the order they came, in a ring. Each has a position, by which it can be taken out; the place is left empty until the ends
/// reach it.
pub(super) struct Fifo {
    /// A power of two of places, or none.
    ring: Box<[u32]>,
    /// The position of the first place; and that of the one behind the last.
    first: u32,
    end: u32,
    taken: u32,
}

/// What is in an empty place.
const HOLE: u32 = u32::MAX;
/// So many empty places are no reason to close up.
const HOLES: u32 = 32;
/// What [`Fifo::ahead`] looks at: so far from the first one.
const AHEAD: u32 = 8;
/// Places of the first ring.
const FIRST: usize = 16;

impl Fifo {
    pub(super) fn new() -> Self {
        Self { ring: Box::default(), first: 0, end: 0, taken: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }

    pub(super) fn len(&self) -> usize {
        self.taken as usize
    }

    /// How many places are in use, empty ones included.
    fn extent(&self) -> u32 {
        self.end.wrapping_sub(self.first)
    }

    #[inline]
    fn place(&mut self, position: u32) -> &mut u32 {
        let mask = self.ring.len() - 1;
        &mut self.ring[position as usize & mask]
    }

    /// Returns the position.
    #[inline]
    pub(super) fn push(&mut self, number: u32) -> u32 {
        if self.extent() as usize == self.ring.len() {
            self.grow();
        }
        let position = self.end;
        *self.place(position) = number;
        self.end = position.wrapping_add(1);
        self.taken += 1;
        position
    }

    #[cold]
    fn grow(&mut self) {
        let places = (2 * self.ring.len()).max(FIRST);
        let mut ring = vec![HOLE; places].into_boxed_slice();
        for step in 0..self.extent() {
            let position = self.first.wrapping_add(step);
            ring[position as usize & (places - 1)] = *self.place(position);
        }
        self.ring = ring;
    }

    /// The first one; no empty place is before it.
    #[inline]
    pub(super) fn front(&self) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        Some(self.ring[self.first as usize & (self.ring.len() - 1)])
    }

    /// One that will be first soon, if it is known.
    #[inline]
    pub(super) fn ahead(&self) -> Option<u32> {
        let ahead = self.first.wrapping_add(AHEAD);
        let number = *self.ring.get(ahead as usize & self.ring.len().wrapping_sub(1))?;
        (number != HOLE && self.extent() > AHEAD).then_some(number)
    }

    /// Takes the first one out, which is there.
    #[inline]
    pub(super) fn pop(&mut self) {
        self.first = self.first.wrapping_add(1);
        self.taken -= 1;
        self.trim_front();
    }

    #[inline]
    fn trim_front(&mut self) {
        while self.first != self.end && *self.place(self.first) == HOLE {
            self.first = self.first.wrapping_add(1);
        }
    }

    /// Takes out what is at this position.
    pub(super) fn remove(&mut self, position: u32) {
        *self.place(position) = HOLE;
        self.taken -= 1;
        self.trim_front();
        while self.first != self.end && *self.place(self.end.wrapping_sub(1)) == HOLE {
            self.end = self.end.wrapping_sub(1);
        }
    }

    /// Closes up if there are more empty places than taken ones; `moved` is told of each one's new position.
    #[inline]
    pub(super) fn close_up(&mut self, moved: impl FnMut(u32, u32)) {
        if self.extent() > 2 * self.taken + HOLES {
            self.close(moved);
        }
    }

    #[cold]
    fn close(&mut self, mut moved: impl FnMut(u32, u32)) {
        let mut end = self.first;
        for step in 0..self.extent() {
            let number = *self.place(self.first.wrapping_add(step));
            if number != HOLE {
                *self.place(end) = number;
                moved(number, end);
                end = end.wrapping_add(1);
            }
        }
        self.end = end;
    }
}
