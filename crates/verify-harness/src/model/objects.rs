//! Which object is which location.
//!
//! An object carries an identity word, which moves with it. An object made while a run is in progress gets a location at
//! once: the one that belongs to its origin, which is the making thread and how many objects that thread made before. An
//! object made otherwise (a `static`, or one made before the run) gets a location when it is first accessed: while
//! events are repeated, the location recorded for the access; otherwise one without events.

use core::sync::atomic::{AtomicU64, Ordering};

use super::execution::{Binding, Execution};
use super::interface::{Loc, Site};

/// The identity word of a checked object.
#[derive(Debug)]
pub(crate) struct ObjectId(AtomicU64);

impl ObjectId {
    /// The identity of an object that no run knows yet.
    pub(crate) const fn unbound() -> Self {
        Self(AtomicU64::new(0))
    }

    // Relaxed, here and below: the word is read and written by the one OS thread that runs the model threads. It is
    // atomic so that objects with an identity may stand in statics.
    fn get(&self, run: u32) -> Option<Loc> {
        let word = self.0.load(Ordering::Relaxed);
        ((word >> 32) as u32 == run).then_some(Loc(word as u32))
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    fn set(&self, run: u32, loc: Loc) {
        self.0.store(u64::from(run) << 32 | u64::from(loc.0), Ordering::Relaxed);
    }
}

impl Execution {
    /// Gives an object that `thread` makes now its location.
    pub(crate) fn create(&mut self, thread: usize, object: &ObjectId, initial: u64, site: Site) -> Loc {
        let origin = (thread, self.made[thread]);
        self.made[thread] += 1;
        let next = Loc(self.next_loc);
        let loc = *self.loc_numbers.entry(origin).or_insert(next);
        if loc == next {
            self.next_loc += 1;
        }
        let created = Some((thread, self.position[thread] as u16));
        self.bind(object, loc, initial, Binding { run: self.run, created, site, address: object.address() });
        loc
    }

    /// The location at which `thread` parks; the same in every run.
    pub(crate) fn parking(&mut self, thread: usize) -> Loc {
        let next = Loc(self.next_loc);
        let loc = *self.loc_numbers.entry((usize::MAX, thread as u32)).or_insert(next);
        if loc == next {
            self.next_loc += 1;
        }
        loc
    }

    /// Gives an object that a lazily made static makes its location: the same whichever thread makes the static, and made
    /// before everything.
    pub(crate) fn create_in_static(&mut self, owner: usize, made: u32, object: &ObjectId, initial: u64) -> Loc {
        let next = Loc(self.next_loc);
        // The address of a static is no thread's number.
        let loc = *self.loc_numbers.entry((owner, made)).or_insert(next);
        if loc == next {
            self.next_loc += 1;
        }
        let (site, address) = (Site::UNKNOWN, object.address());
        self.bind(object, loc, initial, Binding { run: self.run, created: None, site, address });
        loc
    }

    /// The location of `object`, which `thread` accesses now.
    pub(crate) fn locate(&mut self, thread: usize, object: &ObjectId, initial: u64) -> Loc {
        if let Some(loc) = object.get(self.run) {
            self.bindings[loc.index()].address = object.address();
            return loc;
        }
        let free = |execution: &Self, loc: Loc| {
            execution.bindings.get(loc.index()).is_none_or(|binding| binding.run != execution.run)
        };
        let recorded = self.graph().threads.get(thread).and_then(|events| events.get(self.position[thread]));
        let recorded = recorded.and_then(|event| event.loc).filter(|loc| free(self, *loc));
        let loc = recorded.unwrap_or_else(|| {
            let unused = |loc: &Loc| {
                let empty = |location: &super::graph::Location| {
                    location.co.is_empty() && location.reads.is_empty() && location.plain.is_empty()
                };
                free(self, *loc) && self.graph().location(*loc).is_none_or(empty)
            };
            let made: Vec<Loc> = self.loc_numbers.values().copied().collect();
            let loc = (0..self.next_loc).map(Loc).find(|loc| unused(loc) && !made.contains(loc));
            loc.unwrap_or_else(|| {
                self.next_loc += 1;
                Loc(self.next_loc - 1)
            })
        });
        self.bind(
            object,
            loc,
            initial,
            Binding { run: self.run, created: None, site: Site::UNKNOWN, address: object.address() },
        );
        loc
    }

    fn bind(&mut self, object: &ObjectId, loc: Loc, initial: u64, binding: Binding) {
        if self.bindings.len() <= loc.index() {
            self.bindings.resize(loc.index() + 1, Binding::default());
        }
        self.bindings[loc.index()] = binding;
        self.search.graph_mut().location_mut(loc).initial = initial;
        object.set(self.run, loc);
    }
}
