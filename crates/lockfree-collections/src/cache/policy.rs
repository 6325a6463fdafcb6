//! What to throw away: the order of eviction of one shard.
//!
//! **Source.** The queues are those of Yang et al., "FIFO queues are all you need for cache eviction" (S3-FIFO, 2023); what leaves the
//! first one is compared with what would leave the second, as in Einziger, Friedman and Manes, "TinyLFU" (2017), and the first one's
//! share changes, as in Einziger, Eytan, Friedman and Manes, "Adaptive software cache management" (2018). Differences: a hit moves
//! nothing and takes no lock, it counts up a few bits of the entry, which the policy reads when it comes by; so the exact count of
//! what is in the cache is with the entry, and the sketch has those that are not; an entry that has won often without being
//! asked for meanwhile may lose ([`Profile::patience`]); and the share is not found by trying it out on the cache, but on models
//! of it ([`super::advisor`]).
//!
//! ```text
//! new --> window: o o o o --+--> asked for since: main (or the window again, if that is large)
//!                           +--> else, counts compared with the first of main: the higher one is in main then, the other goes
//!
//!           main: o o o o --+--> asked for since: main again
//!                           +--> else: it is compared, or goes if the window is not above its share
//! ```
//!
//! **Invariants.**
//! - P1: an entry is in one of the queues, at the position that its note says, from `insert` to `evict` or `remove`.
//! - P2: `weight` is the sum of the weights of all that are in the queues.

use super::fifo::{Ends, Ring};
use super::sketch::{MOST, Sketch};

/// How an entry counts its uses: a number up to [`MOST`], and whether it was used since the policy came by.
pub(super) const USED: u8 = 0x80;

/// What is written when an entry is used; the same value if nothing need be written.
#[inline]
pub(super) fn used(uses: u8) -> u8 {
    if uses & !USED < MOST { (uses + 1) | USED } else { uses | USED }
}

/// What the policy notes about an entry.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Note {
    /// To which epoch the count of uses has been halved.
    epoch: u8,
    /// How often it was compared, and stayed, without being used since.
    wins: u8,
    in_main: bool,
}

/// Where entries are. They have numbers, below `u32::MAX`.
pub(super) trait Entries: Copy {
    type Item: Item;
    fn at(self, number: u32) -> Self::Item;
    /// It will be looked at soon.
    fn prefetch(self, number: u32);
}

/// What the policy looks at of an entry.
pub(super) trait Item: Copy {
    /// A well mixed hash of its key.
    fn hash(self) -> u64;
    fn weight(self) -> u64;
    fn uses(self) -> u8;
    fn set_uses(self, uses: u8);
    fn note(self) -> Note;
    fn set_note(self, note: Note);
    /// Where in its queue it is.
    fn position(self) -> u32;
    fn set_position(self, position: u32);
}

/// What kind of requests the policy expects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    /// The window's share, in thousandths.
    window: u64,
    /// An entry that has won so often without being used since loses.
    patience: u8,
    /// Whether what was used stays in the window.
    stays: bool,
}

/// The profiles, from those that keep what is asked for often to those that keep what was asked for of late.
pub(super) const PROFILES: [Profile; 3] = [
    Profile { window: 30, patience: u8::MAX, stays: false },
    Profile { window: 200, patience: 3, stays: false },
    Profile { window: 980, patience: u8::MAX, stays: true },
];

/// The profile of a cache that has no advice.
pub(super) const UNADVISED: u8 = 1;

/// So many entries are looked at for one to be evicted; with the last one nothing is asked any more.
const LOOKS: usize = 256;

/// The queues of one shard. What changes with every entry comes first, so that the shard can have it in a line of the processor's cache.
#[repr(C)]
pub(super) struct Policy {
    weights: [u64; 2],
    ends: [Ends; 2],
    capacity: u64,
    /// How many entries there may be, whatever they weigh.
    most: usize,
    /// What the window may weigh.
    share: u64,
    sketch: Sketch,
    rings: [Ring; 2],
    profile: u8,
    epoch: u8,
}

/// Which of two belongs to the window, and which to main.
const WINDOW: usize = 0;
const MAIN: usize = 1;

impl Policy {
    /// So many bytes, the first ones, change with every entry.
    #[cfg(all(not(loom), target_pointer_width = "64"))]
    pub(super) const CHANGING: usize = size_of::<[u64; 2]>() + size_of::<[Ends; 2]>();

    pub(super) fn new(capacity: u64, most: usize) -> Self {
        let mut policy = Self {
            weights: [0; 2],
            ends: Default::default(),
            capacity,
            most,
            share: 0,
            sketch: Sketch::empty(),
            rings: Default::default(),
            profile: UNADVISED,
            epoch: 0,
        };
        policy.divide();
        policy
    }

    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    #[inline]
    pub(super) fn weight(&self) -> u64 {
        self.weights[WINDOW] + self.weights[MAIN]
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.ends[WINDOW].len() + self.ends[MAIN].len()
    }

    /// Takes advice: the number of a profile, and the epoch, with each of which counts are halved.
    #[inline]
    pub(super) fn advise(&mut self, profile: u8, epoch: u8) {
        self.epoch = epoch;
        if self.profile != profile {
            self.profile = profile;
            self.divide();
        }
    }

    /// Divides the capacity as the profile says.
    fn divide(&mut self) {
        let window = PROFILES[self.profile as usize].window;
        self.share = (self.capacity / 1000 * window + self.capacity % 1000 * window / 1000).max(1);
    }

    /// Whether something of this weight fits beside what is there.
    #[inline]
    pub(super) fn fits(&self, weight: u64) -> bool {
        self.weight().checked_add(weight).is_some_and(|sum| sum <= self.capacity) && self.len() < self.most
    }

    /// Which entry may be evicted next.
    #[inline]
    pub(super) fn next(&self) -> Option<u32> {
        self.front(WINDOW)
    }

    #[inline]
    fn front(&self, queue: usize) -> Option<u32> {
        self.ends[queue].front(&self.rings[queue])
    }

    /// An entry of this hash will come, or go.
    #[inline]
    pub(super) fn prefetch(&self, hash: u64) {
        self.sketch.prefetch(hash);
    }

    /// Takes a new entry in, for which there is room.
    #[inline]
    pub(super) fn insert(&mut self, entries: impl Entries, number: u32) {
        let item = entries.at(number);
        item.set_uses(self.sketch.count(item.hash(), self.epoch).saturating_add(1).min(MOST));
        self.push(item, number, Note { epoch: self.epoch, ..Note::default() });
    }

    /// Takes an entry in that replaces `old`, which was removed; it counts as used.
    pub(super) fn insert_like(&mut self, entries: impl Entries, number: u32, old: u32) {
        let (item, old) = (entries.at(number), entries.at(old));
        item.set_uses(used(old.uses()));
        self.push(item, number, Note { wins: 0, ..old.note() });
    }

    /// Forgets an entry.
    pub(super) fn remove(&mut self, entries: impl Entries, number: u32) {
        let item = entries.at(number);
        let note = item.note();
        let queue = usize::from(note.in_main);
        self.weights[queue] -= item.weight();
        self.ends[queue].remove(&mut self.rings[queue], item.position());
        self.close_up(entries, queue);
    }

    /// Takes the first one of a queue out, which weighs so much.
    #[inline]
    fn pop(&mut self, entries: impl Entries, queue: usize, weight: u64) {
        self.weights[queue] -= weight;
        self.ends[queue].pop(&mut self.rings[queue]);
        self.prefetch_ahead(entries, queue);
        self.close_up(entries, queue);
    }

    /// Takes the first one of main to its end.
    #[inline]
    fn rotate<E: Entries>(&mut self, entries: E, first: E::Item, number: u32, note: Note) {
        let position = self.ends[MAIN].rotate(&mut self.rings[MAIN], number);
        first.set_note(note);
        first.set_position(position);
        self.prefetch_ahead(entries, MAIN);
    }

    /// What will be looked at in a queue soon.
    #[inline]
    fn prefetch_ahead(&self, entries: impl Entries, queue: usize) {
        if let Some(number) = self.ends[queue].ahead(&self.rings[queue]) {
            entries.prefetch(number);
        }
    }

    #[inline]
    fn close_up(&mut self, entries: impl Entries, queue: usize) {
        self.ends[queue].close_up(&mut self.rings[queue], |moved, position| entries.at(moved).set_position(position));
    }

    /// Chooses an entry, to make room for one of weight `coming`, and forgets it; nothing if there is none.
    pub(super) fn evict(&mut self, entries: impl Entries, coming: u64) -> Option<u32> {
        self.sketch.fit(self.len(), self.epoch);
        let profile = PROFILES[self.profile as usize];
        let mut looks = LOOKS;
        loop {
            let within = self.weights[WINDOW].saturating_add(coming) <= self.share && !self.ends[MAIN].is_empty();
            if within || self.ends[WINDOW].is_empty() {
                let (number, first) = self.first_of_main(entries, &mut looks)?;
                self.pop(entries, MAIN, first.weight());
                self.forget(first);
                return Some(number);
            }
            let number = self.front(WINDOW)?;
            let candidate = entries.at(number);
            let used = self.look(candidate, &mut looks);
            let weight = candidate.weight();
            self.pop(entries, WINDOW, weight);
            let note = Note { in_main: !(used && profile.stays), ..candidate.note() };
            if used || self.weights[MAIN].saturating_add(weight) <= self.capacity - self.share.min(self.capacity) {
                self.push(candidate, number, note);
                continue;
            }
            let Some((first_number, first)) = self.first_of_main(entries, &mut looks) else {
                self.forget(candidate);
                return Some(number);
            };
            let won = first.note();
            if won.wins < profile.patience && count(candidate) <= count(first) {
                self.rotate(entries, first, first_number, Note { wins: won.wins.saturating_add(1), ..won });
                self.forget(candidate);
                return Some(number);
            }
            self.pop(entries, MAIN, first.weight());
            self.push(candidate, number, Note { wins: 0, ..note });
            self.forget(first);
            return Some(first_number);
        }
    }

    /// Moves what was used to the end of main, and returns what is first then.
    #[inline]
    fn first_of_main<E: Entries>(&mut self, entries: E, looks: &mut usize) -> Option<(u32, E::Item)> {
        loop {
            let number = self.front(MAIN)?;
            let first = entries.at(number);
            if !self.look(first, looks) {
                return Some((number, first));
            }
            self.rotate(entries, first, number, Note { wins: 0, ..first.note() });
        }
    }

    /// Halves the count of uses as is due, and tells whether there was one since the last look.
    #[inline]
    fn look(&self, item: impl Item, looks: &mut usize) -> bool {
        let note = item.note();
        let uses = item.uses();
        let halvings = self.epoch.wrapping_sub(note.epoch).min(4);
        if halvings != 0 {
            item.set_note(Note { epoch: self.epoch, ..note });
        }
        let count = (uses & !USED) >> halvings;
        if count != uses {
            item.set_uses(count);
        }
        if uses & USED == 0 || *looks == 0 {
            return false;
        }
        *looks -= 1;
        true
    }

    #[inline]
    fn push(&mut self, item: impl Item, number: u32, note: Note) {
        let queue = usize::from(note.in_main);
        self.weights[queue] += item.weight();
        let position = self.ends[queue].push(&mut self.rings[queue], number);
        item.set_note(note);
        item.set_position(position);
    }

    /// Remembers how often an evicted entry was used.
    #[inline]
    fn forget(&mut self, item: impl Item) {
        self.sketch.raise(item.hash(), self.epoch, count(item));
    }
}

#[inline]
fn count(item: impl Item) -> u8 {
    item.uses() & !USED
}
