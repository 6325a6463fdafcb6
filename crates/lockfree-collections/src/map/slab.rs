//! The entries' memory: places with numbers, and the numbers that are free.
//!
//! Each slot of the guards has free numbers of its own; what is too many for one goes to all, in piles. Memory stays with the
//! collection, which may be a map or a cache.

use alloc::alloc::{Layout, handle_alloc_error};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr;

use super::grown::{Grown, PLACES, SEGMENTS, Spot, Zeros, segment_of};
use crate::primitive::{AtomicPtr, AtomicU32, AtomicUsize, ord};
use crate::reclaim::dead::{Bare, Dead, Finish, Numbers};
use crate::reclaim::eras::{Desk, Eras};

/// So many new numbers a slot takes at a time.
const RANGE: usize = if cfg!(loom) { 1 } else { 32 };

/// So many free numbers make a pile.
const PILE: usize = if cfg!(loom) { 1 } else { 512 };

/// Why there is no number.
enum Refusal {
    /// All that there are, are used.
    Full,
    /// There is no memory of this kind.
    NoMemory(Layout),
}

impl Refusal {
    /// For who cannot do without.
    #[cold]
    fn raise(self) -> ! {
        match self {
            Self::Full => panic!("capacity overflow"),
            Self::NoMemory(layout) => handle_alloc_error(layout),
        }
    }
}

/// Free numbers for whoever needs some.
struct Pile {
    next: *mut Pile,
    numbers: Vec<u32>,
}

pub(crate) struct Slab<T> {
    places: Grown<T>,
    /// For each segment one more than the era in which it was made, or 0.
    born: [AtomicU32; SEGMENTS],
    /// The first number that was never used.
    fresh: AtomicUsize,
    piles: AtomicPtr<Pile>,
}

impl<T: Zeros> Slab<T> {
    pub(crate) fn new() -> Self {
        Self {
            places: Grown::new(),
            born: core::array::from_fn(|_| AtomicU32::new(0)),
            fresh: AtomicUsize::new(0),
            piles: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The entry of a number that was handed out.
    #[inline(always)]
    pub(crate) fn at(&self, number: u32) -> &T {
        self.places.at(number)
    }

    /// The era before which no entry was in the place of that number.
    pub(super) fn born(&self, number: u32) -> usize {
        // ord[M57] Relaxed: set before the segment was made, which whoever has the number has seen; pairs with none.
        self.born[segment_of(number)].load(ord!(M57, Relaxed)).saturating_sub(1) as usize
    }

    /// An unlinked entry; `finish` is called with its number, and the mark.
    ///
    /// # Safety
    ///
    /// As for [`Dead::new`].
    pub(crate) unsafe fn dead(&self, number: u32, mark: u32, finish: Finish) -> Dead {
        let object = (&raw const *self.at(number)).cast_mut().cast();
        // SAFETY: promised by the caller.
        unsafe { Dead::new(object, number | mark, self.born(number), finish) }
    }

    /// An unlinked entry in which there is nothing to drop; see [`Slab::dead`].
    ///
    /// # Safety
    ///
    /// As for [`Dead::new`].
    #[inline(always)]
    pub(super) unsafe fn bare(&self, number: u32, mark: u32, finish: Finish) -> Bare {
        // SAFETY: promised by the caller.
        Bare::new(number, || unsafe { self.dead(number, mark, finish) })
    }

    /// A number whose place is empty.
    ///
    /// # Panics
    ///
    /// "capacity overflow", if there is none.
    #[inline]
    pub(crate) fn allocate(&self, eras: &Eras, desk: &Desk<'_>) -> u32 {
        match desk.numbers(|own| own.free.pop()) {
            Some(number) => number,
            None => self.allocate_elsewhere(eras, desk, |_| Ok(())).unwrap_or_else(|refusal| refusal.raise()),
        }
    }

    /// Likewise; none if there is no such number, or no memory for its place.
    pub(crate) fn try_allocate(&self, eras: &Eras, desk: &Desk<'_>) -> Option<u32> {
        desk.numbers(|own| own.free.pop()).or_else(|| self.allocate_elsewhere(eras, desk, |_| Ok(())).ok())
    }

    /// Likewise; before a number is handed out for the first time, `prepare` makes what else goes with it, or says why it cannot.
    #[cfg(feature = "cache")]
    #[inline]
    pub(crate) fn try_allocate_prepared(
        &self,
        eras: &Eras,
        desk: &Desk<'_>,
        prepare: impl FnOnce(u32) -> Result<(), Layout>,
    ) -> Option<u32> {
        desk.numbers(|own| own.free.pop()).or_else(|| self.allocate_elsewhere(eras, desk, prepare).ok())
    }

    /// The number that comes next, if it is known.
    #[cfg(feature = "cache")]
    #[inline]
    pub(crate) fn ahead(&self, desk: &Desk<'_>) -> Option<u32> {
        desk.numbers(|own| own.free.last().copied())
    }

    #[cold]
    fn allocate_elsewhere(
        &self,
        eras: &Eras,
        desk: &Desk<'_>,
        prepare: impl FnOnce(u32) -> Result<(), Layout>,
    ) -> Result<u32, Refusal> {
        let index = desk.numbers(|own| {
            if own.next == own.end || own.next >= PLACES {
                if let Some(number) = self.take_pile(own) {
                    return Err(number);
                }
            }
            if own.next == own.end {
                // ord[M58] Relaxed: indices, given once; pairs with none.
                own.next = self.fresh.fetch_add(RANGE, ord!(M58, Relaxed));
                own.end = own.next + RANGE;
            }
            Ok(own.next)
        });
        let spot = match index {
            Ok(index) => Spot::checked(index).ok_or(Refusal::Full)?,
            Err(number) => return Ok(number),
        };
        if !self.places.has(spot) {
            let now = u32::try_from(eras.now()).unwrap_or(u32::MAX - 1);
            // ord[M59] Relaxed: an era before those of the entries; pairs with none.
            // ord[M60] Relaxed: another thread was first, with an earlier one; pairs with none.
            _ = self.born[segment_of(spot.name())].compare_exchange(0, now + 1, ord!(M59, Relaxed), ord!(M60, Relaxed));
            self.places.try_ensure(spot).map_err(Refusal::NoMemory)?;
        }
        prepare(spot.name()).map_err(Refusal::NoMemory)?;
        desk.numbers(|own| own.next += 1);
        Ok(spot.name())
    }

    /// Takes a number back whose place is empty.
    #[inline]
    pub(crate) fn give(&self, number: u32, desk: &Desk<'_>) {
        self.give_all(core::iter::once(number), desk);
    }

    /// Takes numbers back whose places are empty.
    #[inline]
    pub(super) fn give_all(&self, numbers: impl Iterator<Item = u32>, desk: &Desk<'_>) {
        let many = desk.numbers(|own| {
            own.free.extend(numbers);
            own.free.len() >= 2 * PILE
        });
        if many {
            self.pile_up(desk);
        }
    }

    /// Passes on what is too many for one slot.
    #[cold]
    fn pile_up(&self, desk: &Desk<'_>) {
        desk.numbers(|own| {
            while own.free.len() >= 2 * PILE {
                let numbers = own.free.split_off(own.free.len() - PILE);
                let pile = Box::into_raw(Box::new(Pile { next: ptr::null_mut(), numbers }));
                self.put_piles(pile, pile);
            }
        });
    }

    /// Puts a list of piles before those that are there.
    fn put_piles(&self, first: *mut Pile, last: *mut Pile) {
        // ord[M61] Relaxed: becomes `next`, followed only by who takes all, by M64; pairs with none.
        let mut others = self.piles.load(ord!(M61, Relaxed));
        loop {
            // SAFETY: the caller's list is not shared yet.
            unsafe { (*last).next = others };
            // ord[M62] Release: hands the piles over; pairs with M64.
            // ord[M63] Relaxed: as M61; pairs with none.
            match self.piles.compare_exchange(others, first, ord!(M62, Release), ord!(M63, Relaxed)) {
                Ok(_) => return,
                Err(now) => others = now,
            }
        }
    }

    /// Takes a pile, if there is one, and of it a number.
    fn take_pile(&self, own: &mut Numbers) -> Option<u32> {
        // ord[M65] Relaxed: only a guess whether there is something; pairs with none.
        if self.piles.load(ord!(M65, Relaxed)).is_null() {
            return None;
        }
        // Whoever takes takes all, and puts the others back: so a pile is never seen by two.
        // ord[M64] Acquire: the piles may be used, and the places be filled; pairs with M62.
        let first = self.piles.swap(ptr::null_mut(), ord!(M64, Acquire));
        if first.is_null() {
            return None;
        }
        // SAFETY: it came from a box, and the list is this thread's.
        let pile = unsafe { Box::from_raw(first) };
        let mut last = pile.next;
        while !last.is_null() {
            // SAFETY: as above.
            let next = unsafe { (*last).next };
            if next.is_null() {
                self.put_piles(pile.next, last);
                break;
            }
            last = next;
        }
        own.free = pile.numbers;
        own.free.pop()
    }
}

impl<T> Drop for Slab<T> {
    fn drop(&mut self) {
        // ord[M66] Relaxed: exclusive, whatever shared the map has synchronised; pairs with none.
        let mut pile = self.piles.load(ord!(M66, Relaxed));
        while !pile.is_null() {
            // SAFETY: it came from a box, and nobody else has it.
            pile = unsafe { Box::from_raw(pile) }.next;
        }
    }
}
