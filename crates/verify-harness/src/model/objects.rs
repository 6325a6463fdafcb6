//! Which object is which location.
//!
//! An object carries an identity word, which moves with it and is empty when the object is made: making one makes no event
//! and is possible in a constant. It gets a location when it is first accessed in a run: while events are repeated, the
//! location recorded for the access; otherwise one without events. All events of an object are at one location in the run
//! that added them, and later runs keep some of these events, so the recorded locations never contradict each other.
//!
//! What an access needs to know of the making of its object, it knows from the memory around the object ([`super::heap`]).

use core::sync::atomic::{AtomicU64, Ordering};

use super::execution::{Binding, Execution};
use super::heap::POISONED;
use super::interface::Loc;

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
    // atomic so that objects with an identity may stand in statics; workers that meet in one, which the later one learns from
    // the word, stop and leave it to one.
    #[inline]
    pub(super) fn get(&self, run: u64) -> Option<Loc> {
        // Fresh memory names a run that no process gets to.
        let word = self.0.load(Ordering::Relaxed);
        (word >> LOC_BITS == run).then_some(Loc((word & LOC_MASK) as u32))
    }

    /// Whether the word was not written by `run`, an earlier one, or the making of the object.
    fn is_foreign(&self, run: u64) -> bool {
        !self.is_uninit() && self.0.load(Ordering::Relaxed) >> LOC_BITS > run
    }

    /// Whether the object stands in fresh memory in which nobody made it.
    fn is_uninit(&self) -> bool {
        self.0.load(Ordering::Relaxed) == POISONED
    }

    pub(crate) fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }

    fn set(&self, run: u64, loc: Loc) {
        assert!(u64::from(loc.0) <= LOC_MASK, "too many checked objects in one exploration");
        self.0.store(run << LOC_BITS | u64::from(loc.0), Ordering::Relaxed);
    }

    /// As [`set`](Self::set); true if no run knew the object until now, also none on another OS thread.
    fn claim(&self, run: u64, loc: Loc) -> bool {
        let before = self.0.swap(run << LOC_BITS | u64::from(loc.0), Ordering::Relaxed);
        before == POISONED || before >> LOC_BITS == 0
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
    /// A location for what `thread` makes now and frees later; the same in every run.
    pub(crate) fn create(&mut self, thread: usize) -> Loc {
        let origin = self.strands[thread].made;
        self.strands[thread].made += 1;
        if self.loc_numbers.len() <= thread {
            self.loc_numbers.resize_with(thread + 1, Vec::new);
        }
        // Numbered one by one, so at most the next number is new.
        if self.loc_numbers[thread].len() == origin {
            let loc = self.reserve();
            self.loc_numbers[thread].push(loc);
        }
        let loc = self.loc_numbers[thread][origin];
        self.bind(loc, 0, Binding { run: self.run, ..Binding::default() });
        loc
    }

    /// A location that belongs to nothing else, whatever the program does.
    fn reserve(&mut self) -> Loc {
        let loc = Loc(self.next_loc);
        self.next_loc += 1;
        self.reserved.insert(loc);
        loc
    }

    /// The location that holds `fact` of `thread`; the same in every run.
    pub(crate) fn location_of_thread(&mut self, thread: usize, fact: ThreadFact) -> Loc {
        if let Some(loc) = self.thread_facts.get(&(thread, fact)) {
            return *loc;
        }
        let loc = self.reserve();
        self.thread_facts.insert((thread, fact), loc);
        loc
    }

    /// The location of `object`, which `thread` accesses now.
    #[inline]
    pub(crate) fn locate(&mut self, thread: usize, object: &ObjectId, initial: u64) -> Loc {
        if let Some(loc) = object.get(self.run) {
            if self.bindings[loc.index()].address != object.address() {
                self.place(loc, object.address());
            }
            return loc;
        }
        self.locate_unbound(thread, object, initial)
    }

    /// The location of `object`, which this run has accessed.
    pub(crate) fn location_of(&self, object: &ObjectId) -> Loc {
        let loc = object.get(self.run);
        debug_assert!(loc.is_some(), "no access of this run");
        loc.unwrap_or(Loc(0))
    }

    /// The location of `object`, which this run meets for the first time.
    #[cold]
    fn locate_unbound(&mut self, thread: usize, object: &ObjectId, initial: u64) -> Loc {
        if !self.in_parts && object.is_foreign(self.run) {
            // The frames of a thread that has ended may hold anything. Elsewhere, since run numbers grow, a later run's mark was
            // made by an exploration on another OS thread.
            let owner = self.owner_of_stack(object.address());
            assert!(
                owner.is_some_and(|owner| self.has_ended(owner)),
                "a checked static is used by two explorations at once; run such tests one after the other"
            );
        }
        let free = |execution: &Self, loc: Loc| {
            execution.bindings.get(loc.index()).is_none_or(|binding| binding.run != execution.run)
        };
        let recorded = self.graph().threads.get(thread).and_then(|events| events.get(self.happened.of(thread)));
        let recorded = recorded.and_then(|event| event.loc).filter(|loc| free(self, *loc));
        let loc = recorded.unwrap_or_else(|| {
            let empty = |location: &super::graph::Location| {
                location.co.is_empty() && location.reads.is_empty() && location.plain.is_empty()
            };
            let unused = |loc: &Loc| {
                free(self, *loc) && !self.reserved.contains(loc) && self.graph().location(*loc).is_none_or(empty)
            };
            // What belongs to something in this run does so until it ends.
            let loc = (self.taken..self.next_loc).map(Loc).find(unused).unwrap_or(Loc(self.next_loc));
            self.taken = loc.0 + 1;
            self.next_loc = self.next_loc.max(self.taken);
            loc
        });
        let (uninit, address) = (object.is_uninit(), object.address());
        self.bind(loc, initial, Binding { run: self.run, uninit, ..Binding::default() });
        self.place(loc, address);
        if self.bindings[loc.index()].on_stack_of.is_some_and(|owner| self.has_ended(owner)) {
            // What such a frame holds differs from run to run, and is no value of the program.
            self.search.graph_mut().location_mut(loc).initial = 0;
        }
        if !self.in_parts {
            object.set(self.run, loc);
        } else if !object.claim(self.run, loc) {
            // It outlives runs, so other workers may have it at the same time.
            self.need_one_worker();
        }
        loc
    }

    fn bind(&mut self, loc: Loc, initial: u64, binding: Binding) {
        if self.bindings.len() <= loc.index() {
            self.bindings.resize(loc.index() + 1, Binding::default());
        }
        self.bindings[loc.index()] = binding;
        self.search.graph_mut().location_mut(loc).initial = initial;
    }

    /// Notes where the object of `loc` is.
    fn place(&mut self, loc: Loc, address: usize) {
        let found = self.heap.around(address, |base, block| {
            block.objects.push(loc);
            (base, block.freed.is_some())
        });
        let on_stack_of = match found {
            Some(_) => None,
            None => self.owner_of_stack(address),
        };
        self.has_objects_on_stacks |= on_stack_of.is_some();
        let binding = &mut self.bindings[loc.index()];
        binding.address = address;
        binding.on_stack_of = on_stack_of;
        (binding.block, binding.freed) = found.unwrap_or_default();
    }
}
