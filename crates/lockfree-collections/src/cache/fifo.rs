//! A queue out of whose middle things can be taken.

use alloc::boxed::Box;
use alloc::vec;

/// The places of a queue: a power of two of them, or none. They are apart from its [`Ends`], which change with every step.
#[derive(Default)]
pub(super) struct Ring(Box<[u32]>);

/// Numbers in the order they came, in a ring, which is passed to what needs it. Each has a position, by which it can be taken out; the
/// place is left empty until the ends reach it.
#[derive(Default)]
pub(super) struct Ends {
    /// The position of the first place; and that of the one behind the last.
    first: u32,
    end: u32,
    taken: u32,
}

/// What is in an empty place.
const HOLE: u32 = u32::MAX;
/// So many empty places are no reason to close up.
const HOLES: u32 = 32;
/// What [`Ends::ahead`] looks at: so far from the first one.
const AHEAD: u32 = 8;
/// Places of the first ring.
const FIRST: usize = 16;

impl Ring {
    #[inline]
    fn place(&mut self, position: u32) -> &mut u32 {
        let mask = self.0.len() - 1;
        &mut self.0[position as usize & mask]
    }
}

impl Ends {
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

    /// Returns the position.
    #[inline]
    pub(super) fn push(&mut self, ring: &mut Ring, number: u32) -> u32 {
        if self.extent() as usize == ring.0.len() {
            self.grow(ring);
        }
        let position = self.end;
        *ring.place(position) = number;
        self.end = position.wrapping_add(1);
        self.taken += 1;
        position
    }

    #[cold]
    fn grow(&self, ring: &mut Ring) {
        let places = (2 * ring.0.len()).max(FIRST);
        let mut larger = vec![HOLE; places].into_boxed_slice();
        for step in 0..self.extent() {
            let position = self.first.wrapping_add(step);
            larger[position as usize & (places - 1)] = *ring.place(position);
        }
        ring.0 = larger;
    }

    /// The first one; no empty place is before it.
    #[inline]
    pub(super) fn front(&self, ring: &Ring) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        Some(ring.0[self.first as usize & (ring.0.len() - 1)])
    }

    /// One that will be first soon, if it is known.
    #[inline]
    pub(super) fn ahead(&self, ring: &Ring) -> Option<u32> {
        let ahead = self.first.wrapping_add(AHEAD);
        let number = *ring.0.get(ahead as usize & ring.0.len().wrapping_sub(1))?;
        (number != HOLE && self.extent() > AHEAD).then_some(number)
    }

    /// Takes the first one out, which is there.
    #[inline]
    pub(super) fn pop(&mut self, ring: &mut Ring) {
        self.first = self.first.wrapping_add(1);
        self.taken -= 1;
        self.trim_front(ring);
    }

    /// Takes the first one, which is this number, to the end; returns its position there.
    #[inline]
    pub(super) fn rotate(&mut self, ring: &mut Ring, number: u32) -> u32 {
        let position = self.end;
        // The place of the first one may be the one behind the last.
        *ring.place(self.first) = HOLE;
        *ring.place(position) = number;
        self.end = position.wrapping_add(1);
        self.first = self.first.wrapping_add(1);
        self.trim_front(ring);
        position
    }

    #[inline]
    fn trim_front(&mut self, ring: &mut Ring) {
        while self.first != self.end && *ring.place(self.first) == HOLE {
            self.first = self.first.wrapping_add(1);
        }
    }

    /// Takes out what is at this position.
    pub(super) fn remove(&mut self, ring: &mut Ring, position: u32) {
        *ring.place(position) = HOLE;
        self.taken -= 1;
        self.trim_front(ring);
        while self.first != self.end && *ring.place(self.end.wrapping_sub(1)) == HOLE {
            self.end = self.end.wrapping_sub(1);
        }
    }

    /// Closes up if there are more empty places than taken ones; `moved` is told of each one's new position.
    #[inline]
    pub(super) fn close_up(&mut self, ring: &mut Ring, moved: impl FnMut(u32, u32)) {
        if self.extent() > 2 * self.taken + HOLES {
            self.close(ring, moved);
        }
    }

    #[cold]
    fn close(&mut self, ring: &mut Ring, mut moved: impl FnMut(u32, u32)) {
        let mut end = self.first;
        for step in 0..self.extent() {
            let number = *ring.place(self.first.wrapping_add(step));
            if number != HOLE {
                *ring.place(end) = number;
                moved(number, end);
                end = end.wrapping_add(1);
            }
        }
        self.end = end;
    }
}
