//! A queue out of whose middle things can be taken.

use alloc::collections::VecDeque;

/// Things in the order they came. Each has a position, by which it can be taken out; the place is left empty until the ends reach it.
pub(super) struct Fifo<H> {
    places: VecDeque<Option<H>>,
    /// The position of the first place.
    first: u32,
    taken: usize,
}

/// So many empty places are no reason to close up.
const HOLES: usize = 32;

impl<H: Copy> Fifo<H> {
    pub(super) const fn new() -> Self {
        Self { places: VecDeque::new(), first: 0, taken: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken == 0
    }

    pub(super) fn len(&self) -> usize {
        self.taken
    }

    /// Returns the position.
    pub(super) fn push(&mut self, handle: H) -> u32 {
        self.places.push_back(Some(handle));
        self.taken += 1;
        self.first.wrapping_add(self.places.len() as u32 - 1)
    }

    /// The first one; no empty place is before it.
    pub(super) fn front(&self) -> Option<H> {
        self.places.front().copied().flatten()
    }

    /// Takes out what is at this position.
    pub(super) fn remove(&mut self, position: u32) {
        self.places[position.wrapping_sub(self.first) as usize] = None;
        self.taken -= 1;
        while let Some(None) = self.places.front() {
            self.places.pop_front();
            self.first = self.first.wrapping_add(1);
        }
        while let Some(None) = self.places.back() {
            self.places.pop_back();
        }
    }

    /// Closes up if there are more empty places than taken ones; `moved` is told of each one's new position.
    pub(super) fn close_up(&mut self, mut moved: impl FnMut(H, u32)) {
        if self.places.len() <= 2 * self.taken + HOLES {
            return;
        }
        self.places.retain(Option::is_some);
        for (index, handle) in self.places.iter().flatten().enumerate() {
            moved(*handle, self.first.wrapping_add(index as u32));
        }
    }
}
