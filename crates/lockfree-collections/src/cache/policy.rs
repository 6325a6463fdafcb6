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

use super::fifo::Fifo;
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
    position: u32,
    /// To which epoch the count of uses has been halved.
    epoch: u8,
    /// How often it was compared, and stayed, without being used since.
    wins: u8,
    in_main: bool,
}

/// Where entries are, and what of them the policy looks at.
pub(super) trait Entries {
    type Handle: Copy;
    /// A well mixed hash of its key.
    fn hash(&self, handle: Self::Handle) -> u64;
    fn weight(&self, handle: Self::Handle) -> u64;
    fn uses(&self, handle: Self::Handle) -> u8;
    fn set_uses(&mut self, handle: Self::Handle, uses: u8);
    fn note(&self, handle: Self::Handle) -> Note;
    fn set_note(&mut self, handle: Self::Handle, note: Note);
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

/// The queues of one shard.
pub(super) struct Policy<H> {
    capacity: u64,
    window: Fifo<H>,
    main: Fifo<H>,
    window_weight: u64,
    main_weight: u64,
    sketch: Sketch,
    profile: Profile,
    epoch: u8,
}

impl<H: Copy> Policy<H> {
    pub(super) const fn new(capacity: u64) -> Self {
        Self {
            capacity,
            window: Fifo::new(),
            main: Fifo::new(),
            window_weight: 0,
            main_weight: 0,
            sketch: Sketch::empty(),
            profile: PROFILES[UNADVISED as usize],
            epoch: 0,
        }
    }

    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(super) fn weight(&self) -> u64 {
        self.window_weight + self.main_weight
    }

    pub(super) fn len(&self) -> usize {
        self.window.len() + self.main.len()
    }

    /// Takes advice: the number of a profile, and the epoch, with each of which counts are halved.
    pub(super) fn advise(&mut self, profile: u8, epoch: u8) {
        self.profile = PROFILES[profile as usize];
        self.epoch = epoch;
    }

    /// Whether something of this weight fits beside what is there.
    pub(super) fn fits(&self, weight: u64) -> bool {
        self.weight().checked_add(weight).is_some_and(|sum| sum <= self.capacity)
    }

    /// Takes a new entry in, for which there is room.
    pub(super) fn insert(&mut self, entries: &mut impl Entries<Handle = H>, handle: H) {
        let hash = entries.hash(handle);
        let count = self.sketch.count(hash, self.epoch).saturating_add(1).min(MOST);
        entries.set_uses(handle, count);
        self.push(entries, handle, Note { epoch: self.epoch, ..Note::default() });
    }

    /// Takes an entry in that replaces `old`, which was removed; it counts as used.
    pub(super) fn insert_like(&mut self, entries: &mut impl Entries<Handle = H>, handle: H, old: H) {
        let uses = used(entries.uses(old));
        entries.set_uses(handle, uses);
        let note = Note { wins: 0, ..entries.note(old) };
        self.push(entries, handle, note);
    }

    /// Forgets an entry.
    pub(super) fn remove(&mut self, entries: &mut impl Entries<Handle = H>, handle: H) {
        let note = entries.note(handle);
        let weight = entries.weight(handle);
        let queue = if note.in_main {
            self.main_weight -= weight;
            &mut self.main
        } else {
            self.window_weight -= weight;
            &mut self.window
        };
        queue.remove(note.position);
        queue.close_up(|moved, position| {
            let note = entries.note(moved);
            entries.set_note(moved, Note { position, ..note });
        });
    }

    /// Chooses an entry, to make room for one of weight `coming`, and forgets it; nothing if there is none.
    pub(super) fn evict(&mut self, entries: &mut impl Entries<Handle = H>, coming: u64) -> Option<H> {
        self.sketch.fit(self.len(), self.epoch);
        let share =
            (self.capacity / 1000 * self.profile.window + self.capacity % 1000 * self.profile.window / 1000).max(1);
        let mut looks = 0..LOOKS;
        let evicted = loop {
            let within = self.window_weight.saturating_add(coming) <= share && !self.main.is_empty();
            if within || self.window.is_empty() {
                let first = self.first_of_main(entries, &mut looks)?;
                break first;
            }
            let candidate = self.window.front()?;
            let used = self.look(entries, candidate, &mut looks);
            self.remove(entries, candidate);
            let note = Note { in_main: !(used && self.profile.stays), ..entries.note(candidate) };
            let weight = entries.weight(candidate);
            if used || self.main_weight.saturating_add(weight) <= self.capacity - share.min(self.capacity) {
                self.push(entries, candidate, note);
                continue;
            }
            let Some(first) = self.first_of_main(entries, &mut looks) else {
                return Some(self.forget(entries, candidate));
            };
            let mut won = entries.note(first);
            self.remove(entries, first);
            if won.wins < self.profile.patience && count(entries, candidate) <= count(entries, first) {
                won.wins = won.wins.saturating_add(1);
                self.push(entries, first, won);
                return Some(self.forget(entries, candidate));
            }
            self.push(entries, candidate, Note { wins: 0, ..note });
            return Some(self.forget(entries, first));
        };
        self.remove(entries, evicted);
        Some(self.forget(entries, evicted))
    }

    /// Moves what was used to the end of main, and returns what is first then.
    fn first_of_main(
        &mut self,
        entries: &mut impl Entries<Handle = H>,
        looks: &mut impl Iterator<Item = usize>,
    ) -> Option<H> {
        loop {
            let first = self.main.front()?;
            if !self.look(entries, first, looks) {
                return Some(first);
            }
            self.remove(entries, first);
            let note = entries.note(first);
            self.push(entries, first, Note { wins: 0, ..note });
        }
    }

    /// Halves the count of uses as is due, and tells whether there was one since the last look.
    fn look(&self, entries: &mut impl Entries<Handle = H>, handle: H, looks: &mut impl Iterator<Item = usize>) -> bool {
        let mut note = entries.note(handle);
        let uses = entries.uses(handle);
        let halvings = self.epoch.wrapping_sub(note.epoch).min(4);
        if halvings != 0 {
            note.epoch = self.epoch;
            entries.set_note(handle, note);
        }
        let count = (uses & !USED) >> halvings;
        if count != uses {
            entries.set_uses(handle, count);
        }
        uses & USED != 0 && looks.next().is_some()
    }

    fn push(&mut self, entries: &mut impl Entries<Handle = H>, handle: H, note: Note) {
        let weight = entries.weight(handle);
        let position = if note.in_main {
            self.main_weight += weight;
            self.main.push(handle)
        } else {
            self.window_weight += weight;
            self.window.push(handle)
        };
        entries.set_note(handle, Note { position, ..note });
    }

    /// Remembers how often an evicted entry was used.
    fn forget(&mut self, entries: &mut impl Entries<Handle = H>, handle: H) -> H {
        let hash = entries.hash(handle);
        let count = count(entries, handle);
        self.sketch.raise(hash, self.epoch, count);
        handle
    }
}

fn count<E: Entries>(entries: &E, handle: E::Handle) -> u8 {
    entries.uses(handle) & !USED
}
