//! The ways into the list: cells, one for each bucket, in segments that are never moved.
//!
//! At level `l` the map has 2^l buckets; bucket `t` holds the entries whose order begins with the `l` bits `t`, and its cell stands in
//! the list before them. At the next level its cell serves bucket `2 t`, and bucket `2 t + 1` has a new one: so the cells of a level
//! that were not there before are the odd ones, and they have a segment of their own, allocated when the first of them is wanted. The
//! segments of the lowest levels are parts of one block.
//!
//! ```text
//! level 2:   cell 00 ------------- cell 01 ------------- cell 10 ------------- cell 11 ------------- end
//! level 3:   cell 00 - (new) 001 - cell 01 - (new) 011 - cell 10 - (new) 101 - cell 11 - (new) 111 - end
//! ```

use alloc::alloc::{Layout, dealloc, handle_alloc_error};
#[cfg(loom)]
use alloc::boxed::Box;
#[cfg(loom)]
use alloc::vec::Vec;
use core::ptr;

use super::node::end;
use crate::primitive::{AtomicPtr, AtomicUsize, ord};

/// The lowest level: its cells are allocated with the table.
const FIRST: u32 = if cfg!(loom) { 1 } else { 5 };

/// The highest level; more buckets than that have no address.
const HIGHEST: u32 = if cfg!(loom) { 3 } else { usize::BITS - 6 };

/// As many as an index of a few bits can name, so that no index is out of bounds.
const SEGMENTS: usize = if cfg!(loom) { 4 } else { usize::BITS as usize };

/// Set in `Cell::order` when the cell is in the list.
const READY: usize = 1;

/// A place in the list that does not move. All zeros at first.
pub(super) struct Cell {
    /// Zero, or the least order that may stand behind the cell, and whether it is in the list.
    order: AtomicUsize,
    pub(super) next: AtomicPtr<()>,
}

impl Cell {
    #[cfg(loom)]
    fn new() -> Self {
        Self { order: AtomicUsize::new(0), next: AtomicPtr::new(ptr::null_mut()) }
    }

    #[inline]
    pub(super) fn order(&self) -> usize {
        // ord[M1] Relaxed: set before the cell came into the list, where it was found with Acquire; pairs with none.
        self.order.load(ord!(M1, Relaxed)) & !READY
    }

    #[inline(always)]
    fn is_ready(&self) -> bool {
        // ord[M2] Acquire: the cell is in the list, and `next` is a word; pairs with M4.
        self.order.load(ord!(M2, Acquire)) & READY != 0
    }

    /// Reserves the cell for the caller, who is to put it into the list. Never for the first cell, which is there.
    pub(super) fn claim(&self, order: usize) -> bool {
        // ord[M3] Relaxed: whoever is first writes to `next`; nobody reads that before M4, or before it is in the list; pairs with none.
        // ord[M5] Relaxed: nothing is read from the cell; pairs with none.
        self.order.compare_exchange(0, order, ord!(M3, Relaxed), ord!(M5, Relaxed)).is_ok()
    }

    /// Says that the cell is in the list.
    pub(super) fn ready(&self, order: usize) {
        // ord[M4] Release: it is in the list, and `next` is set; pairs with M2.
        self.order.store(order | READY, ord!(M4, Release));
    }
}

/// All cells of a map: in `segments[0]` the first cell, in `segments[level]` those that are odd at that level.
pub(super) struct Table {
    level: AtomicUsize,
    segments: [AtomicPtr<Cell>; SEGMENTS],
}

/// The number of a bucket and the level it has that number at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    number: usize,
    level: u32,
}

impl Bucket {
    /// The least order in the bucket.
    pub(super) fn order(self) -> usize {
        self.number << (usize::BITS - self.level)
    }

    /// The bucket that this one was split off, whose cell stands before this one's; none for bucket 0.
    pub(super) fn parent(self) -> Option<Self> {
        let number = self.number & self.number.wrapping_sub(1);
        (self.number != 0).then_some(Self { number, ..self })
    }
}

impl Bucket {
    /// The level at which the bucket's number was odd, and which odd one it was; for bucket 0, twice 0.
    #[inline(always)]
    fn place(self) -> (usize, usize) {
        let zeros = self.number.trailing_zeros().min(self.level);
        ((self.level - zeros) as usize, self.number >> (zeros + 1))
    }
}

impl Table {
    /// A table for `buckets` buckets, or as many as there can be.
    pub(super) fn new(buckets: usize) -> Self {
        let block = allocate(1 << FIRST).unwrap_or_else(|| handle_alloc_error(Layout::new::<[Cell; 1 << FIRST]>()));
        let segments = core::array::from_fn(|level| {
            // The cells of the lowest levels one after the other: 1, 1, 2, 4, ...
            let offset = if level == 0 { 0 } else { 1_usize << (level - 1) };
            let in_block = level <= FIRST as usize;
            // SAFETY: below the block's length, which is the sum of all cells up to the level `FIRST`.
            AtomicPtr::new(if in_block { unsafe { block.add(offset) } } else { ptr::null_mut() })
        });
        let level = level_for(buckets).unwrap_or(FIRST);
        let table = Self { level: AtomicUsize::new(level as usize), segments };
        // ord[M6] Relaxed: not shared yet; pairs with none.
        table.first().next.store(end(), ord!(M6, Relaxed));
        table.first().ready(0);
        table
    }

    pub(super) fn first(&self) -> &Cell {
        // ord[M40] Relaxed: set before the table was published, and never again; pairs with none.
        let first = self.segments[0].load(ord!(M40, Relaxed));
        // SAFETY: the block lives as long as the table.
        unsafe { &*first }
    }

    #[inline(always)]
    fn level(&self) -> u32 {
        // ord[M7] Relaxed: a number; any level that the map has had will do; pairs with none.
        self.level.load(ord!(M7, Relaxed)) as u32
    }

    pub(super) fn buckets(&self) -> usize {
        1 << self.level()
    }

    /// The bucket in which `order` is, at the present level.
    #[inline(always)]
    pub(super) fn bucket(&self, order: usize) -> Bucket {
        let level = self.level();
        Bucket { number: order >> (usize::BITS - level), level }
    }

    /// Doubles the number of buckets, unless another thread has, or there cannot be more.
    pub(super) fn grow(&self) {
        let level = self.level();
        if level >= HIGHEST {
            return;
        }
        let (now, next) = (level as usize, level as usize + 1);
        // ord[M8] Relaxed: a number, as M7; pairs with none.
        // ord[M9] Relaxed: as M8; pairs with none.
        _ = self.level.compare_exchange(now, next, ord!(M8, Relaxed), ord!(M9, Relaxed));
    }

    /// Makes room for `buckets` buckets; false if that is impossible.
    pub(super) fn reserve(&self, buckets: usize) -> bool {
        let Some(wanted) = level_for(buckets) else { return false };
        for level in FIRST + 1..=wanted {
            if self.segment(level as usize).is_none() {
                return false;
            }
        }
        // ord[M10] Relaxed: a number, as M7; pairs with none.
        self.level.fetch_max(wanted as usize, ord!(M10, Relaxed));
        true
    }

    /// The cell of the bucket, if it is in the list.
    #[inline(always)]
    pub(super) fn ready(&self, bucket: Bucket) -> Option<&Cell> {
        let (level, offset) = bucket.place();
        // ord[M11] Acquire: the cells are zeros; pairs with M12.
        let segment = self.segments[level % SEGMENTS].load(ord!(M11, Acquire));
        if segment.is_null() {
            return None;
        }
        // SAFETY: a segment has as many cells as its level has odd buckets.
        let cell = unsafe { segment.add(offset) };
        // SAFETY: segments live as long as the table.
        let cell = unsafe { &*cell };
        cell.is_ready().then_some(cell)
    }

    /// The cell of the bucket; none if there is no memory for it.
    pub(super) fn cell(&self, bucket: Bucket) -> Option<&Cell> {
        let (level, offset) = bucket.place();
        let segment = self.segment(level)?;
        // SAFETY: a segment has as many cells as its level has odd buckets.
        let cell = unsafe { segment.add(offset) };
        // SAFETY: segments live as long as the table.
        Some(unsafe { &*cell })
    }

    /// The first cell of a segment, which is allocated if it is not there.
    fn segment(&self, level: usize) -> Option<*mut Cell> {
        // ord[M13] Acquire: as M11; pairs with M12.
        let segment = self.segments[level].load(ord!(M13, Acquire));
        if !segment.is_null() {
            return Some(segment);
        }
        let fresh = allocate(cells(level))?;
        // ord[M12] Release: publishes the cells; pairs with M11, M13, M14.
        // ord[M14] Acquire: another thread was first, and its cells are used; pairs with M12.
        match self.segments[level].compare_exchange(ptr::null_mut(), fresh, ord!(M12, Release), ord!(M14, Acquire)) {
            Ok(_) => Some(fresh),
            Err(first) => {
                // SAFETY: just allocated, and not published.
                unsafe { free(fresh, cells(level)) };
                Some(first)
            }
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        for level in 1 + FIRST as usize..SEGMENTS {
            // ord[M15] Relaxed: exclusive, whatever shared the map has synchronised; pairs with none.
            let segment = self.segments[level].load(ord!(M15, Relaxed));
            if !segment.is_null() {
                // SAFETY: it came from `allocate`, and no reference to a cell is left.
                unsafe { free(segment, cells(level)) };
            }
        }
        let block = &raw const *self.first();
        // SAFETY: as above; the block begins with the first cell.
        unsafe { free(block.cast_mut(), 1 << FIRST) };
    }
}

/// The least level with so many buckets.
fn level_for(buckets: usize) -> Option<u32> {
    let level = buckets.checked_next_power_of_two()?.trailing_zeros().max(FIRST);
    (level <= HIGHEST).then_some(level)
}

/// How many cells a segment has.
fn cells(level: usize) -> usize {
    1 << (level - 1)
}

/// Memory for cells, all zeros; none if there is not enough.
#[cfg(not(loom))]
fn allocate(cells: usize) -> Option<*mut Cell> {
    let layout = Layout::array::<Cell>(cells).ok()?;
    // SAFETY: the layout is not empty.
    let segment = unsafe { alloc::alloc::alloc_zeroed(layout) }.cast::<Cell>();
    // Zeros are a cell.
    (!segment.is_null()).then_some(segment)
}

#[cfg(loom)]
fn allocate(cells: usize) -> Option<*mut Cell> {
    let cells: Box<[Cell]> = (0..cells).map(|_| Cell::new()).collect::<Vec<_>>().into();
    Some(Box::into_raw(cells).cast())
}

/// # Safety
///
/// `segment` came from `allocate` for as many `cells`, and is not used any more.
unsafe fn free(segment: *mut Cell, cells: usize) {
    let layout = Layout::array::<Cell>(cells).expect("it was allocated");
    #[cfg(loom)]
    for index in 0..cells {
        // SAFETY: as many cells are there.
        let cell = unsafe { segment.add(index) };
        // SAFETY: they are not used any more.
        unsafe { ptr::drop_in_place(cell) };
    }
    // SAFETY: promised by the caller; a cell needs no drop but under the checker.
    unsafe { dealloc(segment.cast(), layout) };
}
