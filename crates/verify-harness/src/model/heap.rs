//! Memory that model threads allocate and free, and at which points of their program.
//!
//! A block is noted where it is allocated: by [`TrackingAllocator`](super::alloc::TrackingAllocator) for everything that goes
//! through the global allocator in a model thread, or by the functions of [`super::alloc`]. Allocating and freeing through the
//! global allocator makes no event; it stands between two events of its thread, so whether an access is ordered with it is
//! known from the access's clock.
//!
//! Freed memory stays mapped until the next run, so that a use after free is reported and not suffered, and an address names
//! one block in a run.

use core::cell::{Cell, RefCell};
use core::sync::atomic::{AtomicBool, Ordering};
use std::alloc::{GlobalAlloc as _, Layout, System};
use std::backtrace::Backtrace;
use std::collections::BTreeMap;

use super::interface::{Loc, Site};
use super::places;

/// What fresh memory is filled with, so that an object that nobody wrote there is known.
const POISON: u8 = 0xA5;

/// The word that such an object has for its identity.
pub(super) const POISONED: u64 = u64::from_ne_bytes([POISON; 8]);

/// How much of a block is filled.
const FILLED: usize = 4096;

/// A point in the program of a thread: after as many of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) thread: usize,
    pub(crate) events: u16,
}

/// Who asked for a block.
#[derive(Debug)]
pub(super) enum Origin {
    /// The program, through [`super::alloc`]; freeing it is an event at the location.
    Program { loc: Loc, site: Site },
    /// The global allocator; where that was is known if the run follows a recorded execution.
    Global { trace: Option<Box<Backtrace>> },
}

/// A block of memory.
#[derive(Debug)]
pub(super) struct Block {
    layout: Layout,
    pub(super) origin: Origin,
    /// Counts the blocks of a run.
    pub(super) number: u32,
    /// Where it was allocated; nowhere if before everything.
    pub(super) made: Option<Point>,
    /// Where it was freed, if it was.
    pub(super) freed: Option<Freed>,
    /// The checked objects in it, by location.
    pub(super) objects: Vec<Loc>,
}

/// What may excuse a block that is not freed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    /// Nothing: the program asked for tracked memory.
    None,
    /// The program may keep it on purpose, as `Box::leak` does. It holds checked objects, so it is of this execution.
    Kept,
    /// It may besides be something that serves all executions, as a cache does.
    Shared,
}

/// The end of a block.
#[derive(Debug)]
pub(super) struct Freed {
    pub(super) at: Option<Point>,
    trace: Option<Box<Backtrace>>,
}

impl Block {
    /// Where the block was allocated, as far as that is known: ` at file:line`, or nothing.
    pub(super) fn made_at(&self, name_site: fn(Site) -> String) -> String {
        match &self.origin {
            Origin::Program { site, .. } => format!(" at {}", name_site(*site)),
            Origin::Global { trace } => places::name(trace.as_deref()),
        }
    }

    /// How sure it is that the block, if it is not freed, is the program's own leak; the lower, the surer.
    pub(super) fn doubt(&self) -> Doubt {
        match self.origin {
            Origin::Program { .. } => Doubt::None,
            Origin::Global { .. } if !self.objects.is_empty() => Doubt::Kept,
            Origin::Global { .. } => Doubt::Shared,
        }
    }

    /// Where the block was freed, as [`made_at`](Self::made_at).
    pub(super) fn freed_at(&self) -> String {
        places::name(self.freed.as_ref().and_then(|freed| freed.trace.as_deref()))
    }
}

/// What freeing an address turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freeing {
    /// Memory that no run allocated.
    Unknown,
    First,
    Again,
}

/// The blocks of the run in progress, or of the last one.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    blocks: RefCell<BTreeMap<usize, Block>>,
    /// Whether to note where blocks are allocated and freed.
    pub(crate) captures: Cell<bool>,
    made: Cell<u32>,
}

impl Heap {
    /// Notes a block that the program asked for.
    pub(super) fn add(&self, address: usize, layout: Layout, made: Option<Point>, origin: Origin) {
        let Ok(mut blocks) = self.blocks.try_borrow_mut() else { return };
        let number = self.made.get();
        self.made.set(number + 1);
        blocks.insert(address, Block { layout, origin, number, made, freed: None, objects: Vec::new() });
    }

    /// Notes that the block at `address` is freed.
    fn free(&self, address: usize, at: Option<Point>) -> Freeing {
        // Borrowed only by this module, whose own memory is no block.
        let Ok(mut blocks) = self.blocks.try_borrow_mut() else { return Freeing::Unknown };
        let Some(block) = blocks.get_mut(&address) else { return Freeing::Unknown };
        if block.freed.is_some() {
            return Freeing::Again;
        }
        block.freed = Some(Freed { at, trace: self.capture() });
        Freeing::First
    }

    /// Notes that a block that the program asked for is freed; that is an event of its own.
    pub(super) fn free_of_program(&self, address: usize, at: Option<Point>) {
        self.free(address, at);
    }

    fn capture(&self) -> Option<Box<Backtrace>> {
        // Not while a panic is reported, which may hold the lock that capturing needs.
        (self.captures.get() && !std::thread::panicking()).then(|| Box::new(Backtrace::force_capture()))
    }

    /// Calls `f` with the block around `address` and where that begins.
    pub(super) fn around<R>(&self, address: usize, f: impl FnOnce(usize, &mut Block) -> R) -> Option<R> {
        let mut blocks = self.blocks.borrow_mut();
        let (base, block) = blocks.range_mut(..=address).next_back()?;
        (address - *base < block.layout.size()).then(|| f(*base, block))
    }

    /// Where the block around `address` begins.
    pub(super) fn base_of(&self, address: usize) -> Option<usize> {
        let blocks = self.blocks.borrow();
        let (base, block) = blocks.range(..=address).next_back()?;
        (address - *base < block.layout.size()).then_some(*base)
    }

    /// Calls `f` with the block that begins at `address`.
    pub(super) fn at<R>(&self, address: usize, f: impl FnOnce(&Block) -> R) -> Option<R> {
        self.blocks.borrow().get(&address).map(f)
    }

    /// Calls `f` with a block that is not freed: of those with the least doubt, the first that was allocated.
    pub(super) fn first_live<R>(&self, f: impl FnOnce(&Block) -> R) -> Option<R> {
        let blocks = self.blocks.borrow();
        let live = blocks.values().filter(|block| block.freed.is_none());
        live.min_by_key(|block| (block.doubt(), block.number)).map(f)
    }

    /// Forgets all blocks and gives freed memory back, and that which the program asked for.
    pub(crate) fn clear(&self) {
        self.made.set(0);
        for (address, block) in core::mem::take(&mut *self.blocks.borrow_mut()) {
            if block.freed.is_some() || matches!(block.origin, Origin::Program { .. }) {
                let pointer = core::ptr::with_exposed_provenance_mut(address);
                // SAFETY: every block was allocated by `System` with this layout; those that are freed, and those that only
                // `super::alloc` hands out, come back here and nowhere else.
                unsafe { System.dealloc(pointer, block.layout) };
            }
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.clear();
    }
}

/// What the allocator knows of the run on this OS thread.
struct Tracking {
    heap: Cell<*const Heap>,
    /// Whether code of the program runs, and not code of the checker.
    on: Cell<bool>,
}

thread_local! {
    static TRACKING: Tracking = const { Tracking { heap: Cell::new(core::ptr::null()), on: Cell::new(false) } };
}

/// Has the allocator note blocks in `heap` from now on; with a null pointer, no more.
pub(super) fn follow(heap: *const Heap) {
    TRACKING.with(|tracking| {
        tracking.heap.set(heap);
        tracking.on.set(false);
    });
}

/// What [`follow`] has set on an OS thread, while another one runs.
#[cfg(feature = "os-threads")]
pub(super) struct Follow(*const Heap, bool);

#[cfg(feature = "os-threads")]
impl Follow {
    /// Takes it from the calling OS thread, whose allocations are the checker's from now on.
    pub(super) fn take() -> Self {
        TRACKING.with(|tracking| Self(tracking.heap.replace(core::ptr::null()), tracking.on.replace(false)))
    }

    /// Gives it to the calling OS thread.
    pub(super) fn install(self) {
        TRACKING.with(|tracking| {
            tracking.heap.set(self.0);
            tracking.on.set(self.1);
        });
    }
}

/// As long as it lives, code of the checker runs (or, made by [`program`](Self::program), code of the program).
pub(crate) struct Tracked(bool);

impl Tracked {
    /// Code of the checker runs: what it allocates is not the program's.
    pub(crate) fn checker() -> Self {
        Self(TRACKING.with(|tracking| tracking.on.replace(false)))
    }

    /// Code of the program runs.
    pub(super) fn program() -> Self {
        Self(TRACKING.with(|tracking| tracking.on.replace(!tracking.heap.get().is_null())))
    }
}

impl Drop for Tracked {
    fn drop(&mut self) {
        TRACKING.with(|tracking| tracking.on.set(self.0));
    }
}

/// Calls `f` with the heap of the run in progress; without one, and where the thread is about to end, returns `otherwise`.
fn with_heap<R>(otherwise: R, f: impl FnOnce(&Heap, bool) -> R) -> R {
    let found = TRACKING.try_with(|tracking| (tracking.heap.get(), tracking.on.replace(false)));
    let Ok((heap, on)) = found else { return otherwise };
    // SAFETY: `follow` is given heaps that live until it is called again; until then one OS thread at a time has it.
    let result = match unsafe { heap.as_ref() } {
        Some(heap) => f(heap, on),
        None => otherwise,
    };
    let _ = TRACKING.try_with(|tracking| tracking.on.set(on));
    result
}

/// Set once the allocator has noted a block: without that, memory of the heap is not told from that of statics.
static INSTALLED: AtomicBool = AtomicBool::new(false);

/// Whether the global allocator is known to note blocks.
pub(super) fn is_installed() -> bool {
    // Relaxed: a flag that says nothing of other memory.
    INSTALLED.load(Ordering::Relaxed)
}

/// Whether code of the program runs.
pub(crate) fn is_tracking() -> bool {
    TRACKING.try_with(|tracking| tracking.on.get()).unwrap_or(false)
}

/// Fills fresh memory.
pub(crate) fn poison(pointer: *mut u8, layout: Layout) {
    // SAFETY: the caller has just allocated that much.
    unsafe { pointer.write_bytes(POISON, layout.size().min(FILLED)) };
}

/// Notes that the global allocator gave out `pointer`.
pub(crate) fn allocated(pointer: *mut u8, layout: Layout, at: impl FnOnce() -> Option<Point>) {
    with_heap((), |heap, on| {
        if on {
            INSTALLED.store(true, Ordering::Relaxed);
            let origin = Origin::Global { trace: heap.capture() };
            heap.add(pointer.expose_provenance(), layout, at(), origin);
        }
    });
}

/// Notes that `pointer` is freed; returns whether its memory is to be kept.
pub(crate) fn freed(pointer: *mut u8, at: impl FnOnce() -> Option<Point>, found: impl FnOnce(usize, bool)) -> bool {
    with_heap(false, |heap, on| {
        let freeing = heap.free(pointer.addr(), at());
        if freeing != Freeing::Unknown && on {
            found(pointer.addr(), freeing == Freeing::Again);
        }
        freeing != Freeing::Unknown
    })
}

/// Whether `pointer` is memory that the run in progress noted.
pub(crate) fn knows(pointer: *mut u8) -> bool {
    with_heap(false, |heap, _| heap.blocks.try_borrow().is_ok_and(|blocks| blocks.contains_key(&pointer.addr())))
}
