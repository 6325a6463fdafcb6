//! Which object is which location.
//!
//! An object carries an identity word, which moves with it. An object made while a run is in progress gets a location at
//! once: the one that belongs to its origin, which is the making thread and how many objects that thread made before. An
//! object made otherwise (a `static`, or one made before the run) gets a location when it is first accessed: while
//! events are repeated, the location recorded for the access; otherwise one without events.

use core::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashSet;

use super::execution::{Binding, Execution};
use super::interface::{Loc, Site};

/// The low bits of an identity word name a location, the others the run in which it does.
const LOC_BITS: u32 = 24;
const LOC_MASK: u64 = (1 << LOC_BITS) - 1;

/// The identity word of a checked object.
#[derive(Debug)]
pub(crate) struct ObjectId(AtomicU64);

impl ObjectId {
    /// The identity of an object that no run knows yet.
    pub(crate) const fn unbound() -> Self {
        Self(AtomicU64::new(0))
    }

    // Relaxed, here and below: the word is read and written by the one OS thread that runs the model threads. It is
    // atomic so that objects with an identity may stand in statics; workers that meet in one stop and leave it to one.
    #[inline]
    fn get(&self, run: u64) -> Option<Loc> {
        let word = self.0.load(Ordering::Relaxed);
        (word >> LOC_BITS == run).then_some(Loc((word & LOC_MASK) as u32))
    }

    /// The run that knew the object last; zero without one.
    fn last_run(&self) -> u64 {
        self.0.load(Ordering::Relaxed) >> LOC_BITS
    }

    fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    fn set(&self, run: u64, loc: Loc) {
        assert!(u64::from(loc.0) <= LOC_MASK, "too many checked objects in one exploration");
        self.0.store(run << LOC_BITS | u64::from(loc.0), Ordering::Relaxed);
    }
}

/// What a thread itself has a location for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ThreadFact {
    /// Whether it may go on instead of parking.
    Unparked,
    /// Whether it has ended.
    Ended,
}

impl Execution {
    /// Gives an object that `thread` makes now its location.
    pub(crate) fn create(&mut self, thread: usize, object: &ObjectId, initial: u64, site: Site) -> Loc {
        let origin = self.made[thread] as usize;
        self.made[thread] += 1;
        if self.loc_numbers.len() <= thread {
            self.loc_numbers.resize_with(thread + 1, Vec::new);
        }
        // Objects are numbered one by one, so at most the next number is new.
        if self.loc_numbers[thread].len() == origin {
            self.loc_numbers[thread].push(Loc(self.next_loc));
            self.next_loc += 1;
        }
        let loc = self.loc_numbers[thread][origin];
        let created = Some((thread, self.position[thread] as u16));
        self.bind(object, loc, initial, Binding { run: self.run, created, site, address: object.address() });
        loc
    }

    /// The location that holds `fact` of `thread`; the same in every run.
    pub(crate) fn location_of_thread(&mut self, thread: usize, fact: ThreadFact) -> Loc {
        let next_loc = &mut self.next_loc;
        *self.thread_facts.entry((thread, fact)).or_insert_with(|| {
            *next_loc += 1;
            Loc(*next_loc - 1)
        })
    }

    /// Gives an object that a lazily made static makes its location: the same whichever thread makes the static, and made
    /// before everything.
    pub(crate) fn create_in_static(&mut self, owner: usize, made: u32, object: &ObjectId, initial: u64) -> Loc {
        let next_loc = &mut self.next_loc;
        let loc = *self.static_numbers.entry((owner, made)).or_insert_with(|| {
            *next_loc += 1;
            Loc(*next_loc - 1)
        });
        let (site, address) = (Site::UNKNOWN, object.address());
        self.bind(object, loc, initial, Binding { run: self.run, created: None, site, address });
        loc
    }

    /// The location of `object`, which `thread` accesses now.
    #[inline]
    pub(crate) fn locate(&mut self, thread: usize, object: &ObjectId, initial: u64) -> Loc {
        if let Some(loc) = object.get(self.run) {
            self.bindings[loc.index()].address = object.address();
            return loc;
        }
        self.locate_unbound(thread, object, initial)
    }

    /// The location of `object`, which this run meets for the first time.
    #[cold]
    fn locate_unbound(&mut self, thread: usize, object: &ObjectId, initial: u64) -> Loc {
        if self.in_parts && object.last_run() != 0 {
            // It outlives runs, so other workers may have it at the same time.
            self.need_one_worker();
        }
        // Run numbers grow, so a later run's mark was made by an exploration on another OS thread.
        assert!(
            self.in_parts || object.last_run() <= self.run,
            "a checked static is used by two explorations at once; run such tests one after the other"
        );
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
            let made =
                self.loc_numbers.iter().flatten().chain(self.thread_facts.values()).chain(self.static_numbers.values());
            let made: FxHashSet<Loc> = made.copied().collect();
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
