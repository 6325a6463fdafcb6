//! A cache of hashes without values: what the policy would do.

use alloc::vec::Vec;
use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

use super::policy::{Entries, Note, Policy, used};

/// Hashes, which need no hashing.
#[derive(Default)]
pub(super) struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only words are hashed");
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

struct Place {
    hash: u64,
    weight: u64,
    uses: u8,
    note: Note,
}

#[derive(Default)]
struct Places(Vec<Place>);

impl Entries for Places {
    type Handle = u32;

    fn hash(&self, handle: u32) -> u64 {
        self.0[handle as usize].hash
    }
    fn weight(&self, handle: u32) -> u64 {
        self.0[handle as usize].weight
    }
    fn uses(&self, handle: u32) -> u8 {
        self.0[handle as usize].uses
    }
    fn set_uses(&mut self, handle: u32, uses: u8) {
        self.0[handle as usize].uses = uses;
    }
    fn note(&self, handle: u32) -> Note {
        self.0[handle as usize].note
    }
    fn set_note(&mut self, handle: u32, note: Note) {
        self.0[handle as usize].note = note;
    }
}

/// The hashes that a cache of some capacity would have.
pub(super) struct Model {
    policy: Policy<u32>,
    places: Places,
    free: Vec<u32>,
    index: HashMap<u64, u32, BuildHasherDefault<Same>>,
}

impl Model {
    pub(super) fn new(capacity: u64) -> Self {
        Self { policy: Policy::new(capacity), places: Places::default(), free: Vec::new(), index: HashMap::default() }
    }

    pub(super) fn advise(&mut self, profile: u8, epoch: u8) {
        self.policy.advise(profile, epoch);
    }

    pub(super) fn len(&self) -> usize {
        self.policy.len()
    }

    /// Whether the next key of this weight makes another go.
    pub(super) fn is_full(&self, weight: u64) -> bool {
        !self.policy.fits(weight)
    }

    /// Asks for a key, which is put in if it is not there. Tells whether it was.
    pub(super) fn request(&mut self, hash: u64, weight: u64) -> bool {
        if let Some(&handle) = self.index.get(&hash) {
            let place = &mut self.places.0[handle as usize];
            place.uses = used(place.uses);
            return true;
        }
        if weight > self.policy.capacity() {
            return false;
        }
        while !self.policy.fits(weight) {
            let Some(evicted) = self.policy.evict(&mut self.places, weight) else { break };
            self.index.remove(&self.places.0[evicted as usize].hash);
            self.free.push(evicted);
        }
        let place = Place { hash, weight, uses: 0, note: Note::default() };
        let handle = match self.free.pop() {
            Some(handle) => {
                self.places.0[handle as usize] = place;
                handle
            }
            None => {
                self.places.0.push(place);
                self.places.0.len() as u32 - 1
            }
        };
        self.index.insert(hash, handle);
        self.policy.insert(&mut self.places, handle);
        false
    }
}
