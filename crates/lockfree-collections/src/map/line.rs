//! A line of a bucket: a few places for numbers of entries, and the word that says which of them count.
//!
//! ```text
//! header: filled (a bit a place) | claimed (likewise) | CLOSED | FROZEN | MOVED | PLANNED | version, or the plan if PLANNED
//! tags:   six bits of the hash for each place, and TAGGED
//! link:   the next line of the bucket, which counts if this one is CLOSED
//! words:  for each place the number of an entry, or DEAD; with FROZEN_WORD when the bucket is being moved; 0 at first
//! ```

use core::ptr;

use super::grown::Zeros;
use crate::primitive::{AtomicPtr, AtomicU32, AtomicUsize, ord};

/// Places of a line: it fills a cache line where pointers have 64 bits.
pub(super) const PLACES: usize = if cfg!(loom) {
    2
} else if usize::BITS == 64 {
    10
} else {
    4
};

const FILLED: usize = (1 << PLACES) - 1;
const CLOSED: usize = 1 << (2 * PLACES);
const FROZEN: usize = CLOSED << 1;
const MOVED: usize = CLOSED << 2;
const PLANNED: usize = CLOSED << 3;
/// One more version; all above is the version.
const VERSION: usize = CLOSED << 4;
const VERSIONS: usize = VERSION.wrapping_neg();

/// So many bits of a plan say where the entry of a place goes.
pub(super) const PLAN: u32 = 4;

/// The number of a place whose entry was removed.
pub(super) const DEAD: u32 = FROZEN_WORD - 1;

/// Set in a word that does not change any more.
pub(super) const FROZEN_WORD: u32 = 1 << 31;

/// Bits of a tag.
pub(super) const TAG: u32 = 6;

/// The lowest bit of each tag.
const LOW: usize = {
    let mut low = 0;
    let mut place = 0;
    while place < PLACES {
        low |= 1 << (place * TAG as usize);
        place += 1;
    }
    low
};

/// In the tags of a line that was filled by a move: so they are never zero again.
const TAGGED: usize = 1 << (PLACES * TAG as usize);

/// What the header of a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header(usize);

impl Header {
    /// Whether the place counts.
    #[inline(always)]
    pub(super) fn is_filled(self, place: usize) -> bool {
        self.0 >> place & 1 != 0
    }

    fn is_claimed(self, place: usize) -> bool {
        self.0 >> (PLACES + place) & 1 != 0
    }

    /// Whether the bucket has another line, and nothing comes into this one.
    #[inline(always)]
    pub(super) fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    #[inline(always)]
    pub(super) fn is_frozen(self) -> bool {
        self.0 & FROZEN != 0
    }

    #[inline(always)]
    pub(super) fn is_moved(self) -> bool {
        self.0 & MOVED != 0
    }

    /// Whether what is not in the line is not in the bucket: it is the last one, and the bucket is not moved.
    #[inline(always)]
    pub(super) fn is_last(self) -> bool {
        self.0 & (CLOSED | MOVED) == 0
    }

    /// Whether what was read of the place under `self` still counts under `later`: nothing else came into it.
    #[cold]
    pub(super) fn agrees(self, later: Self, place: usize) -> bool {
        (self.0 ^ later.0) & (VERSIONS | 1 << place) == 0
    }

    /// Whether something may have come into the line since.
    pub(super) fn is_overtaken(self, later: Self) -> bool {
        (self.0 ^ later.0) & (VERSIONS | CLOSED | FROZEN) != 0
    }

    /// Whether something may have come into the line or, closing it, behind it since.
    pub(super) fn is_outdated(self, later: Self) -> bool {
        (self.0 ^ later.0) & (VERSIONS | CLOSED) != 0
    }

    fn claim(self, place: usize) -> Self {
        Self(self.0 & !(1 << place) | 1 << (PLACES + place))
    }

    fn publish(self, place: usize) -> Self {
        Self((self.0 & !(1 << (PLACES + place)) | 1 << place).wrapping_add(VERSION))
    }

    /// What is planned for the entry of the place.
    pub(super) fn planned(self, place: usize) -> usize {
        self.0 >> (VERSION.trailing_zeros() + PLAN * place as u32) & ((1 << PLAN) - 1)
    }
}

#[cfg_attr(all(target_pointer_width = "64", not(loom)), repr(C, align(64)))]
pub(super) struct Line {
    header: AtomicUsize,
    tags: AtomicUsize,
    link: AtomicPtr<Line>,
    words: [AtomicU32; PLACES],
}

// SAFETY: atomics may be zeros, and need no drop.
unsafe impl Zeros for Line {
    #[cfg(loom)]
    fn new() -> Self {
        Self {
            header: AtomicUsize::new(0),
            tags: AtomicUsize::new(0),
            link: AtomicPtr::new(ptr::null_mut()),
            words: core::array::from_fn(|_| AtomicU32::new(0)),
        }
    }
}

/// How a claim fared.
pub(super) enum Claim {
    /// The place is the caller's.
    Place(usize, Header),
    /// There is none, by this header.
    Full(Header),
    /// The line is not what it was.
    Overtaken,
}

impl Line {
    #[inline(always)]
    pub(super) fn header(&self) -> Header {
        // ord[M6] Acquire: tags and words of the filled places, and what a closed line leads to, are there; pairs with M12, M15, M21, M27.
        Header(self.header.load(ord!(M6, Acquire)))
    }

    /// The header, after something was read that it may belie.
    #[inline(always)]
    pub(super) fn header_again(&self) -> Header {
        // If a word was read that is not of the time of the header read before, then by M7 or M17 what preceded it is seen, too.
        // ord[M8] Relaxed: only compared with a header read before; pairs with none.
        Header(self.header.load(ord!(M8, Relaxed)))
    }

    /// The places that may have entries of that tag: for each the highest bit of its tag.
    #[inline(always)]
    pub(super) fn candidates(&self, tag: usize) -> usize {
        // ord[M9] Relaxed: those of the filled places are seen, by M6; pairs with none.
        let unlike = self.tags.load(ord!(M9, Relaxed)) ^ tag.wrapping_mul(LOW);
        // A tag that is zero now borrows; one above it may be named without reason.
        unlike.wrapping_sub(LOW) & !unlike & LOW << (TAG - 1)
    }

    /// The place of a candidate.
    #[inline(always)]
    pub(super) fn place_of(candidates: usize) -> usize {
        (candidates.trailing_zeros() / TAG) as usize
    }

    /// The word of a place.
    #[inline(always)]
    pub(super) fn word(&self, place: usize) -> u32 {
        // ord[M7] Acquire: the entry is there, and what the header was before the word; pairs with M11, M17, M23.
        let word = self.words[place].load(ord!(M7, Acquire));
        // A broken model may find a place that was never filled.
        assert!(!cfg!(loom) || word != 0, "a word that was never written");
        word
    }

    /// Reserves a place, if nothing has come into the line since `header` was read.
    pub(super) fn claim(&self, mut header: Header) -> Claim {
        let first = header;
        loop {
            let free = (0..PLACES).find(|place| {
                if header.is_filled(*place) {
                    // ord[M10] Relaxed: what is dead stays so until the place is claimed; pairs with none.
                    self.words[*place].load(ord!(M10, Relaxed)) == DEAD
                } else {
                    !header.is_claimed(*place)
                }
            });
            let Some(place) = free else { return Claim::Full(header) };
            let claimed = header.claim(place);
            // ord[M13] Relaxed: the header is the one that was read, or differs in claims; pairs with none.
            // ord[M14] Relaxed: nothing is read but words, of which the last counts by then; pairs with none.
            match self.header.compare_exchange(header.0, claimed.0, ord!(M13, Relaxed), ord!(M14, Relaxed)) {
                Ok(_) => return Claim::Place(place, claimed),
                Err(now) if first.is_overtaken(Header(now)) => return Claim::Overtaken,
                Err(now) => header = Header(now),
            }
        }
    }

    /// Fills a place that the caller has claimed, and makes it count, if nothing has come into the line since `claimed`.
    pub(super) fn publish(&self, place: usize, claimed: Header, tag: usize, number: u32) -> bool {
        self.set_tag(place, tag);
        // ord[M11] Release: the entry is written, and the place was claimed, which M8 has to see; pairs with M7.
        self.words[place].store(number, ord!(M11, Release));
        let done = self.finish_claim(place, claimed, |now| claimed.is_overtaken(now));
        if !done {
            // The place is given back as one whose entry was removed. When the bucket is moved, that is not needed.
            // ord[M16] Relaxed: a mark; pairs with none.
            self.words[place].store(DEAD, ord!(M16, Relaxed));
            self.finish_claim(place, claimed, Header::is_frozen);
        }
        done
    }

    fn finish_claim(&self, place: usize, mut header: Header, is_over: impl Fn(Header) -> bool) -> bool {
        loop {
            // ord[M12] Release: tag and word of the place are written; pairs with M6.
            // ord[M18] Relaxed: only what it is; pairs with none.
            match self.header.compare_exchange(
                header.0,
                header.publish(place).0,
                ord!(M12, Release),
                ord!(M18, Relaxed),
            ) {
                Ok(_) => return true,
                Err(now) if is_over(Header(now)) => return false,
                Err(now) => header = Header(now),
            }
        }
    }

    fn set_tag(&self, place: usize, tag: usize) {
        let shift = place * TAG as usize;
        // ord[M19] Relaxed: the place's is only written by who has claimed it; pairs with none.
        let mut tags = self.tags.load(ord!(M19, Relaxed));
        loop {
            let set = tags & !(((1 << TAG) - 1) << shift) | tag << shift;
            // ord[M20] Relaxed: published by M12; pairs with none.
            // ord[M22] Relaxed: as M19; pairs with none.
            match self.tags.compare_exchange_weak(tags, set, ord!(M20, Relaxed), ord!(M22, Relaxed)) {
                Ok(_) => return,
                Err(now) => tags = now,
            }
        }
    }

    /// Puts another entry in the place of the one that was found there.
    #[inline]
    pub(super) fn replace(&self, place: usize, word: u32, number: u32) -> bool {
        // ord[M17] Release: the entry is written; pairs with M7, M23.
        // ord[M28] Relaxed: nothing is read through it; pairs with none.
        self.words[place].compare_exchange(word, number, ord!(M17, Release), ord!(M28, Relaxed)).is_ok()
    }

    /// Removes the entry that was found there.
    pub(super) fn remove(&self, place: usize, word: u32) -> bool {
        // ord[M29] Relaxed: a mark; pairs with none.
        // ord[M30] Relaxed: as M28; pairs with none.
        self.words[place].compare_exchange(word, DEAD, ord!(M29, Relaxed), ord!(M30, Relaxed)).is_ok()
    }

    /// The next line of the bucket, when this one is closed.
    #[inline]
    pub(super) fn behind(&self) -> *mut Line {
        // ord[M31] Relaxed: set before the line was closed, which was seen; pairs with none.
        self.link.load(ord!(M31, Relaxed))
    }

    /// The line that is, or will be, the next one of the bucket.
    pub(super) fn prepare(&self, make: impl FnOnce() -> *mut Line) -> *mut Line {
        // ord[M32] Acquire: the line is zeros; pairs with M33.
        let link = self.link.load(ord!(M32, Acquire));
        if !link.is_null() {
            return link;
        }
        let fresh = make();
        // ord[M33] Release: publishes the line; pairs with M32, M34.
        // ord[M34] Acquire: another thread was first, and its line is used; pairs with M33.
        match self.link.compare_exchange(ptr::null_mut(), fresh, ord!(M33, Release), ord!(M34, Acquire)) {
            Ok(_) => fresh,
            Err(first) => first,
        }
    }

    /// Closes the line, which has no place left by this header; its next line is prepared.
    pub(super) fn close(&self, header: Header) {
        // ord[M15] Release: the next line is there; pairs with M6.
        // ord[M35] Relaxed: only whether it is what it was; pairs with none.
        _ = self.header.compare_exchange(header.0, header.0 | CLOSED, ord!(M15, Release), ord!(M35, Relaxed));
    }

    /// Sees to it that nothing comes into the line any more; then into none that is behind it.
    pub(super) fn freeze(&self) -> Header {
        // ord[M21] Release: whoever sees it sees the next table; pairs with M6.
        self.header.fetch_or(FROZEN, ord!(M21, Release));
        self.header()
    }

    /// Sees to it that the word does not change any more; its number, if it has one.
    pub(super) fn freeze_word(&self, place: usize) -> Option<u32> {
        // ord[M23] AcqRel: the entry is there, and whoever sees it sees the next table; pairs with M11, M17, M7.
        let number = self.words[place].fetch_or(FROZEN_WORD, ord!(M23, AcqRel)) & !FROZEN_WORD;
        assert!(!cfg!(loom) || number != 0, "a word that was never written");
        (number != DEAD).then_some(number)
    }

    /// Decides where the entries of a frozen line go: as `plan` says, unless another thread has decided.
    pub(super) fn plan(&self, frozen: Header, plan: usize) -> Header {
        if frozen.0 & PLANNED != 0 {
            return frozen;
        }
        let from = frozen.0 | FROZEN;
        let planned = from & !VERSIONS | PLANNED | plan << VERSION.trailing_zeros();
        // A plan is a number, and where it says that an entry is, there it is put by whoever follows it.
        // ord[M25] Relaxed: as said; pairs with none.
        // ord[M26] Relaxed: as said; pairs with none.
        match self.header.compare_exchange(from, planned, ord!(M25, Relaxed), ord!(M26, Relaxed)) {
            Ok(_) => Header(planned),
            Err(now) => Header(now),
        }
    }

    /// Puts a number into the first of a new bucket's lines; whoever does it puts the same.
    pub(super) fn fill(&self, place: usize, number: u32) {
        // A place that was filled is never zero again: who comes late changes nothing.
        // ord[M36] Relaxed: published by M27; pairs with none.
        // ord[M37] Relaxed: as said; pairs with none.
        _ = self.words[place].compare_exchange(0, number, ord!(M36, Relaxed), ord!(M37, Relaxed));
    }

    /// Makes the first `places` count, which are filled, with these tags.
    pub(super) fn fill_header(&self, places: usize, tags: usize, closed: bool) {
        // ord[M38] Relaxed: published by M27, and never zero again; pairs with none.
        // ord[M39] Relaxed: as said; pairs with none.
        _ = self.tags.compare_exchange(0, tags | TAGGED, ord!(M38, Relaxed), ord!(M39, Relaxed));
        let header = VERSION | ((1 << places) - 1) | if closed { CLOSED } else { 0 };
        // Nobody looks here before the bucket is `MOVED`; who says that has made, or found, all of this.
        // ord[M24] Relaxed: published by M27; pairs with none.
        // ord[M40] Relaxed: another thread was first; pairs with none.
        _ = self.header.compare_exchange(0, header, ord!(M24, Relaxed), ord!(M40, Relaxed));
    }

    /// Says that the bucket is moved; false if it was said before. Only of its first line.
    pub(super) fn set_moved(&self) -> bool {
        // ord[M27] Release: the new buckets are filled; pairs with M6.
        self.header.fetch_or(MOVED, ord!(M27, Release)) & MOVED == 0
    }

    /// Takes the number out of a place, through an exclusive borrow of the map.
    pub(super) fn take(&self, place: usize) -> Option<u32> {
        // ord[M41] Relaxed: exclusive, whatever shared the map has synchronised; pairs with none.
        if !Header(self.header.load(ord!(M41, Relaxed))).is_filled(place) {
            return None;
        }
        // ord[M42] Relaxed: as M41; pairs with none.
        let number = self.words[place].load(ord!(M42, Relaxed)) & !FROZEN_WORD;
        // ord[M43] Relaxed: as M41; pairs with none.
        self.words[place].store(DEAD, ord!(M43, Relaxed));
        (number != DEAD).then_some(number)
    }
}

const _: () = assert!(FILLED & CLOSED == 0 && (PLAN as usize) * PLACES <= VERSIONS.count_ones() as usize);
