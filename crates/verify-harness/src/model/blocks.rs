//! Misuse of memory: accesses that are not ordered between a block's allocation and its end, blocks that end twice or never.

use std::alloc::Layout;

use super::execution::{End, Execution};
use super::graph::{Event, EventId, Kind};
use super::heap::{Doubt, Origin, Point};
use super::interface::{Loc, Site};
use super::report::FailureKind;

/// What is wrong with an execution.
type Fault = (FailureKind, String);

impl Execution {
    /// Notes that the program allocated a block at `address`, with `loc` for its frees.
    pub(crate) fn add_block(&mut self, address: usize, layout: Layout, at: Option<Point>, loc: Loc, site: Site) {
        self.heap.add(address, layout, at, Origin::Program { loc, site });
        self.bindings[loc.index()].block = address;
    }

    /// The location of the frees of the block at `address`, if the program allocated it.
    pub(crate) fn block_at(&self, address: usize) -> Option<Loc> {
        self.heap.at(address, |block| match block.origin {
            Origin::Program { loc, .. } => Some(loc),
            Origin::Global { .. } => None,
        })?
    }

    /// Notes that `thread` frees the block of `loc`.
    pub(crate) fn mark_freed(&mut self, thread: usize, loc: Loc) {
        let point = self.point(thread);
        self.heap.free_of_program(self.bindings[loc.index()].block, Some(point));
        self.objects_end(self.bindings[loc.index()].block);
    }

    /// Where `thread` is in its program.
    pub(crate) fn point(&self, thread: usize) -> Point {
        Point { thread, events: self.happened.of(thread) as u16 }
    }

    /// The objects of the block at `address` are no more.
    fn objects_end(&mut self, address: usize) {
        let Self { heap, bindings, run, .. } = self;
        heap.at(address, |block| {
            for loc in &block.objects {
                let binding = &mut bindings[loc.index()];
                binding.freed |= binding.run == *run && binding.block == address;
            }
        });
    }

    /// Notes that `thread` frees the block at `address` through the global allocator, for the second time if `again`.
    ///
    /// What orders accesses before it may be unknown to the engine, as are the owners that a `std::sync::Arc` counts: whether
    /// the free may come before them is found out when the run is over (see [`super::unordered_frees`]).
    pub(crate) fn note_free(&mut self, thread: usize, address: usize, again: bool) {
        if self.end.is_none() && !again {
            self.note_unordered_free(thread, address);
        }
        self.objects_end(address);
        if !again || self.end.is_some() {
            return;
        }
        let message = self.heap.at(address, |block| {
            let (before, made) = (block.freed_at(), block.made_at(self.name_site));
            format!("double free: T{thread} frees memory that was freed{before} before; it was allocated{made}")
        });
        if let Some(message) = message {
            self.fail_in(thread, FailureKind::DoubleFree, message);
        }
    }

    /// An event and its place, for messages; it is noted as one that the message is about.
    pub(super) fn what(&self, id: EventId) -> String {
        self.involved.borrow_mut().push(id);
        super::trace::name_event(self, id)
    }

    /// Notes that a message is about the events before `point`.
    fn involve(&self, point: Option<Point>) {
        let last = point.and_then(|point| Some(EventId::new(point.thread, usize::from(point.events.checked_sub(1)?))));
        self.involved.borrow_mut().extend(last);
    }

    /// What is wrong with the new event `id`, if it accesses or frees memory of a block.
    pub(super) fn memory_fault(&self, id: EventId, event: &Event, loc: Loc) -> Option<Fault> {
        let binding = self.bindings.get(loc.index())?;
        let ordered =
            |point: Point| point.thread == id.thread() || self.graph().hb(id).get(point.thread) > point.events;
        if event.kind == Kind::Free {
            return self.fault_of_free(id, binding.block);
        }
        if binding.block != 0 {
            let fault = self.heap.at(binding.block, |block| {
                let made = block.made_at(self.name_site);
                if let Some(point) = block.made.filter(|point| !ordered(*point)) {
                    let (kind, what) = match block.origin {
                        Origin::Program { .. } => (FailureKind::Unallocated, "access to unallocated memory"),
                        Origin::Global { .. } => (FailureKind::DataRace, "data race"),
                    };
                    self.involve(Some(point));
                    let message = format!(
                        "{what}: {} is not ordered after its memory was allocated by T{}{made}",
                        self.what(id),
                        point.thread
                    );
                    return Some((kind, message));
                }
                if !binding.freed {
                    return None;
                }
                self.involve(block.freed.as_ref().and_then(|freed| freed.at));
                let by_event = match block.origin {
                    Origin::Program { loc, .. } => self.graph().location(loc)?.plain.first().copied(),
                    Origin::Global { .. } => None,
                };
                let (end, at) = match (by_event, block.freed.as_ref()) {
                    (Some(free), _) => {
                        (self.what(free), Some(free).filter(|free| self.graph().hb(id).contains(*free)).is_some())
                    }
                    (None, Some(freed)) => {
                        let by = freed.at.map_or_else(String::new, |point| format!(" by T{}", point.thread));
                        let end = format!("its memory was freed{by}{}", block.freed_at());
                        (end, freed.at.is_none_or(ordered))
                    }
                    (None, None) => return None,
                };
                let how = if at { "comes after" } else { "is not ordered before" };
                let message = format!("use after free: {} {how} {end}; it was allocated{made}", self.what(id));
                Some((FailureKind::UseAfterFree, message))
            });
            if let Some(fault) = fault.flatten() {
                return Some(fault);
            }
        }
        if let Some(owner) = binding.on_stack_of.filter(|owner| *owner != id.thread() && self.has_ended(*owner)) {
            let last = EventId::new(owner, self.happened.of(owner) - 1);
            let how = if self.graph().hb(id).contains(last) { "comes after" } else { "is not ordered before" };
            let what = self.what(id);
            self.involved.borrow_mut().push(last);
            let message = format!("use after free: {what} {how} the end of T{owner}, on whose stack its memory was");
            return Some((FailureKind::UseAfterFree, message));
        }
        binding.uninit.then(|| self.fault_of_uninitialized(id, event, loc)).flatten()
    }

    /// Whether `thread` has ended in this run.
    pub(super) fn has_ended(&self, thread: usize) -> bool {
        let last = self.happened.of(thread).checked_sub(1);
        last.is_some_and(|last| self.graph().event(EventId::new(thread, last)).kind == Kind::Finish)
    }

    /// Checks that what others did with objects on the stack of a thread is ordered before its end, the new event `id`.
    pub(super) fn check_frames(&mut self, id: EventId) {
        if !self.has_objects_on_stacks {
            return;
        }
        let here = |loc: &usize| {
            let binding = &self.bindings[*loc];
            binding.run == self.run && binding.on_stack_of == Some(id.thread())
        };
        let before = self.graph().hb(id);
        let locations = (0..self.bindings.len()).filter(here).filter_map(|loc| self.graph().location(Loc(loc as u32)));
        let mut accesses =
            locations.flat_map(|location| location.plain.iter().chain(&location.co).chain(&location.reads).copied());
        if let Some(access) = accesses.find(|access| !before.contains(*access)) {
            let what = self.what(access);
            let thread = id.thread();
            let message = format!(
                "use after free: {what} is not ordered before the end of T{thread}, on whose stack its memory was"
            );
            self.fail_in(thread, FailureKind::UseAfterFree, message);
        }
    }

    /// What is wrong with reading an object that nobody made in its memory.
    fn fault_of_uninitialized(&self, id: EventId, event: &Event, loc: Loc) -> Option<Fault> {
        let unwritten = match event.kind {
            Kind::Read => event.reads_from.is_init(),
            Kind::PlainRead => {
                let accesses = &self.graph().location(loc)?.plain;
                let writes = |other: &EventId| self.graph().event(*other).kind == Kind::PlainWrite;
                !accesses.iter().any(|other| writes(other) && self.graph().hb(id).contains(*other))
            }
            _ => false,
        };
        if !unwritten {
            return None;
        }
        let block = self.bindings[loc.index()].block;
        let made = self.heap.at(block, |block| block.made_at(self.name_site)).unwrap_or_default();
        let what = self.what(id);
        let message = format!("uninitialized memory: {what} reads what nobody has written; it was allocated{made}");
        Some((FailureKind::Uninitialized, message))
    }

    /// What is wrong with the free `id` of the block at `address`.
    fn fault_of_free(&self, id: EventId, address: usize) -> Option<Fault> {
        let fault = self.heap.at(address, |block| {
            let made = block.made_at(self.name_site);
            if block.made.is_some_and(|point| {
                point.thread != id.thread() && self.graph().hb(id).get(point.thread) <= point.events
            }) {
                let what = self.what(id);
                let message = format!("free of unallocated memory: {what} is not ordered after its allocation{made}");
                return Some((FailureKind::Unallocated, message));
            }
            for loc in block.objects.iter().filter(|loc| self.bindings[loc.index()].block == address) {
                let Some(location) = self.graph().location(*loc) else { continue };
                let accesses = location.plain.iter().chain(&location.co).chain(&location.reads);
                if let Some(access) = accesses.copied().find(|access| !self.graph().hb(id).contains(*access)) {
                    let message = format!(
                        "use after free: {} is not ordered before {}; it was allocated{made}",
                        self.what(access),
                        self.what(id)
                    );
                    return Some((FailureKind::UseAfterFree, message));
                }
            }
            None
        });
        fault.flatten()
    }

    /// Ends a complete execution with a leak if it has one; `shared` is one that is known already.
    ///
    /// Memory without checked objects that the first run that comes by allocates for all, as a cache does, is no leak, nor is
    /// what the program records of its executions. So a leak of such memory counts only if it is there again when the same
    /// execution is run once more; it is only suspected here.
    pub(crate) fn look_for_leaks(&mut self, shared: Option<String>) {
        let leak = self.leak().filter(|leak| leak.doubt == Doubt::None || self.leaks);
        match (shared, leak) {
            (Some(message), _) => self.end = Some(End::Failed(FailureKind::Leak, message)),
            (None, Some(leak)) if leak.doubt < Doubt::Shared || self.guide.is_some() => {
                self.end = Some(End::Failed(FailureKind::Leak, leak.message));
            }
            (None, leak) => self.suspected_leak = leak.map(|leak| leak.number),
        }
    }

    /// The leak of a complete execution, if it has one: that with the least doubt.
    fn leak(&self) -> Option<Leak> {
        self.heap.first_live(|block| {
            let by = block.made.map_or_else(String::new, |point| format!(" by T{}", point.thread));
            let message = format!("leak: what was allocated{by}{} is never freed", block.made_at(self.name_site));
            Leak { message, number: block.number, doubt: block.doubt() }
        })
    }
}

/// Memory that is not freed in an execution.
struct Leak {
    message: String,
    /// The number of the block among those of the run.
    number: u32,
    doubt: Doubt,
}
