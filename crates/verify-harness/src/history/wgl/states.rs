//! States as numbers, and a memo of transitions.

use core::hash::{BuildHasher as _, Hash};
use std::collections::hash_map::Entry;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::history::Specification;

/// No state: the transition is illegal.
pub(super) const ILLEGAL: u32 = u32::MAX;

/// The transition has not been computed.
const UNKNOWN: u32 = u32::MAX - 1;

/// So many transitions, those of the first states, are kept in a table; the others in a map.
const DENSE: usize = 1 << 20;

/// The states met so far. State 0 is the initial one.
#[derive(Debug)]
pub(super) struct States<'h, S: Specification> {
    specification: &'h S,
    classes: &'h [(&'h S::Input, Option<&'h S::Output>)],
    states: Vec<S::State>,
    /// Hash to the last state with that hash; `next` chains the others.
    numbers: FxHashMap<u64, u32>,
    next: Vec<u32>,
    table: Vec<u32>,
    map: FxHashMap<(u32, u32), u32>,
}

impl<'h, S: Specification> States<'h, S> {
    pub fn new(specification: &'h S, classes: &'h [(&'h S::Input, Option<&'h S::Output>)]) -> Self {
        let mut states = Self {
            specification,
            classes,
            states: Vec::new(),
            numbers: FxHashMap::default(),
            next: Vec::new(),
            table: Vec::new(),
            map: FxHashMap::default(),
        };
        states.intern(specification.initial());
        states
    }

    /// The state with this number.
    pub fn get(&self, state: u32) -> &S::State {
        &self.states[state as usize]
    }

    /// The number of the state after an operation of `class`, or [`ILLEGAL`].
    pub fn transition(&mut self, state: u32, class: u32) -> u32 {
        let index = state as usize * self.classes.len() + class as usize;
        if let Some(&next) = self.table.get(index) {
            if next != UNKNOWN {
                return next;
            }
            let next = self.compute(state, class);
            self.table[index] = next;
            return next;
        }
        if let Some(&next) = self.map.get(&(state, class)) {
            return next;
        }
        let next = self.compute(state, class);
        // What is illegal is found out quickly again; what is legal made a state.
        if next != ILLEGAL {
            self.map.insert((state, class), next);
        }
        next
    }

    fn compute(&mut self, state: u32, class: u32) -> u32 {
        let (input, output) = self.classes[class as usize];
        match self.specification.step(&self.states[state as usize], input, output) {
            Some(next) => self.intern(next),
            None => ILLEGAL,
        }
    }

    fn intern(&mut self, state: S::State) -> u32 {
        let number = self.states.len() as u32;
        let previous = match self.numbers.entry(hash(&state)) {
            Entry::Vacant(vacant) => {
                vacant.insert(number);
                ILLEGAL
            }
            Entry::Occupied(mut occupied) => {
                let mut same = *occupied.get();
                while same != ILLEGAL {
                    if self.states[same as usize] == state {
                        return same;
                    }
                    same = self.next[same as usize];
                }
                occupied.insert(number)
            }
        };
        self.states.push(state);
        self.next.push(previous);
        let entries = self.states.len() * self.classes.len();
        if self.classes.len() <= DENSE.isqrt() && entries <= DENSE {
            self.table.resize(entries, UNKNOWN);
        }
        number
    }
}

fn hash<T: Hash>(value: &T) -> u64 {
    FxBuildHasher.hash_one(value)
}
