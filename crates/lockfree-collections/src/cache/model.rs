//! A cache of hashes without values: what the policy would do.

use alloc::vec::Vec;
use core::cell::Cell;
use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

use super::policy::{Entries, Item, Note, Policy, used};

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
    uses: Cell<u8>,
    note: Cell<Note>,
    position: Cell<u32>,
}

impl<'a> Entries for &'a [Place] {
    type Item = &'a Place;

    fn at(self, number: u32) -> &'a Place {
        &self[number as usize]
    }

    fn prefetch(self, _: u32) {}
}

impl Item for &Place {
    fn hash(self) -> u64 {
        self.hash
    }
    fn weight(self) -> u64 {
        self.weight
    }
    fn uses(self) -> u8 {
        self.uses.get()
    }
    fn set_uses(self, uses: u8) {
        self.uses.set(uses);
    }
    fn note(self) -> Note {
        self.note.get()
    }
    fn set_note(self, note: Note) {
        self.note.set(note);
    }
    fn position(self) -> u32 {
        self.position.get()
    }
    fn set_position(self, position: u32) {
        self.position.set(position);
    }
}

/// The hashes that a cache of some capacity would have.
pub(super) struct Model {
    policy: Policy,
    places: Vec<Place>,
    free: Vec<u32>,
    index: HashMap<u64, u32, BuildHasherDefault<Same>>,
}

impl Model {
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            policy: Policy::new(capacity, usize::MAX),
            places: Vec::new(),
            free: Vec::new(),
            index: HashMap::default(),
        }
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
            let place = &self.places[handle as usize];
            place.uses.set(used(place.uses.get()));
            return true;
        }
        if weight > self.policy.capacity() {
            return false;
        }
        while !self.policy.fits(weight) {
            let Some(evicted) = self.policy.evict(&self.places[..], weight) else { break };
            self.index.remove(&self.places[evicted as usize].hash);
            self.free.push(evicted);
        }
        let place = Place { hash, weight, uses: Cell::default(), note: Cell::default(), position: Cell::default() };
        let handle = match self.free.pop() {
            Some(handle) => {
                self.places[handle as usize] = place;
                handle
            }
            None => {
                self.places.push(place);
                self.places.len() as u32 - 1
            }
        };
        self.index.insert(hash, handle);
        self.policy.insert(&self.places[..], handle);
        false
    }
}
