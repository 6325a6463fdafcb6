//! The memory of the queue: one segment, what its counters say, and who may touch what.

use alloc::alloc::{Layout, alloc, handle_alloc_error};
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::{self, NonNull};

use super::cell::{Cell, Look};
use crate::primitive::{Alive, AtomicPtr, AtomicUsize, CachePadded, deallocate, ord};
use crate::reclaim::limbo::Header;

/// The header of a segment; the cells follow it in the same allocation, behind its last byte, padding included: a reference to the header
/// reaches that far.
#[repr(C)]
pub(super) struct Segment<T> {
    /// For reclamation. It stands first: a pointer to it is one to the segment.
    limbo: Header,
    /// A cell before which all are claimed for pushing; mostly the first that is not.
    hint: CachePadded<AtomicUsize>,
    /// The next cell to pop from; may exceed [`Segment::LEN`].
    dequeue: CachePadded<AtomicUsize>,
    next: AtomicPtr<Segment<T>>,
    /// How many cells there are in all segments before this one; wraps.
    base: usize,
    alive: Alive,
    /// Aligns the header, and so what follows it, as cells are.
    aligned: [Cell<T>; 0],
}

impl<T> Segment<T> {
    /// How many cells a segment has: about 16 KiB worth of them, so that small values amortise the segment's costs over many
    /// operations and large ones do not make an almost empty queue huge.
    pub(super) const LEN: usize = if cfg!(loom) { 2 } else { cells_for(size_of::<Cell<T>>()) };

    pub(super) const LAYOUT: Layout = {
        let cells = match size_of::<Cell<T>>().checked_mul(Self::LEN) {
            Some(cells) => cells,
            None => panic!("the value is too large for a queue"),
        };
        let Some(size) = size_of::<Self>().checked_add(cells) else { panic!("the value is too large for a queue") };
        match Layout::from_size_align(size, align_of::<Self>()) {
            Ok(layout) => layout,
            Err(_) => panic!("the value is too large for a queue"),
        }
    };
}

const fn cells_for(cell: usize) -> usize {
    match 16 * 1024 / cell {
        0..32 => 32,
        fit @ 32..1024 => fit,
        1024.. => 1024,
    }
}

/// What a new segment begins with.
pub(super) enum First<T> {
    /// A value in its first cell.
    Value(T),
    /// Nothing, for ever: the queue ends here.
    Closed,
}

impl<T> First<T> {
    /// How many cells are claimed.
    fn claimed(&self) -> usize {
        usize::from(matches!(self, Self::Value(_)))
    }
}

/// A segment that one thread owns.
pub(super) struct SegmentBox<T>(NonNull<Segment<T>>);

impl<T> SegmentBox<T> {
    pub(super) fn new(first: First<T>, base: usize) -> Self {
        let layout = Segment::<T>::LAYOUT;
        // SAFETY: the layout's size is not zero, it covers the header.
        let block = unsafe { alloc(layout) };
        let Some(segment) = NonNull::new(block.cast::<Segment<T>>()) else { handle_alloc_error(layout) };
        let this = segment.as_ptr();
        let header = Segment {
            // SAFETY: `free` may run in any thread: there is no value in a segment that it is called for (I6).
            limbo: unsafe { Header::new(free::<T>) },
            hint: CachePadded::new(AtomicUsize::new(first.claimed())),
            dequeue: CachePadded::new(AtomicUsize::new(0)),
            next: AtomicPtr::new(ptr::null_mut()),
            base,
            alive: Alive::new(),
            aligned: [],
        };
        // SAFETY: the block is large enough, aligned, and ours.
        unsafe { this.write(header) };
        for index in 0..Segment::<T>::LEN {
            // SAFETY: just allocated.
            let first = unsafe { cells(this) };
            // SAFETY: the block has room for `LEN` cells behind the header.
            let place = unsafe { first.add(index) };
            // SAFETY: as above, and the block is ours.
            unsafe { place.write(Cell::new()) };
        }
        Self(segment).begin(first)
    }

    /// The same as [`SegmentBox::new`], of memory that was a segment before.
    pub(super) fn again(memory: Spare<T>, first: First<T>, base: usize) -> Self {
        let mut segment = memory.0;
        core::mem::forget(memory);
        // SAFETY: the memory is ours, and the header stays initialised.
        let header = unsafe { segment.as_mut() };
        header.alive.renew();
        header.base = base;
        // ord[Q63] Relaxed: exclusive, whatever publishes the segment synchronises; pairs with none.
        header.hint.store(first.claimed(), ord!(Q63, Relaxed));
        // ord[Q64] Relaxed: as Q63; pairs with none.
        header.dequeue.store(0, ord!(Q64, Relaxed));
        // ord[Q65] Relaxed: as Q63; pairs with none.
        header.next.store(ptr::null_mut(), ord!(Q65, Relaxed));
        // SAFETY: the memory is ours, so the segment stays.
        let this = unsafe { SegmentRef::new(segment) };
        for index in 0..Segment::<T>::LEN {
            this.cell(index).clear();
        }
        Self(segment).begin(first)
    }

    fn begin(self, first: First<T>) -> Self {
        // SAFETY: the box is ours, so the segment stays.
        let cell = unsafe { SegmentRef::new(self.0) }.cell(0);
        match first {
            // SAFETY: nobody else has seen the segment.
            First::Value(value) => unsafe { cell.fill(value) },
            First::Closed => _ = cell.end(),
        }
        self
    }

    /// Undoes [`SegmentBox::new`] of a value.
    pub(super) fn into_value(self) -> (T, Spare<T>) {
        // SAFETY: the box is ours, so the segment stays until the end of this function.
        let cell = unsafe { SegmentRef::new(self.0) }.cell(0);
        // SAFETY: `new` has put it there, and the segment has not been shared.
        let value = unsafe { cell.read() };
        (value, self.into_spare())
    }

    /// Ends the segment and keeps its memory; values in the cells are not dropped.
    pub(super) fn into_spare(self) -> Spare<T> {
        self.alive.end();
        Spare(self.leaked())
    }

    pub(super) fn as_ptr(&self) -> *mut Segment<T> {
        self.0.as_ptr()
    }

    /// Gives the segment up to whoever finds it through a pointer.
    pub(super) fn leak(self) -> *mut Segment<T> {
        self.leaked().as_ptr()
    }

    fn leaked(self) -> NonNull<Segment<T>> {
        let segment = self.0;
        core::mem::forget(self);
        segment
    }

    /// Undoes [`SegmentBox::leak`].
    ///
    /// # Safety
    ///
    /// `segment` came from `leak` and is the caller's alone; this is called once.
    pub(super) unsafe fn from_raw(segment: *mut Segment<T>) -> Self {
        // SAFETY: it came from `leak`, so it is not null.
        Self(unsafe { NonNull::new_unchecked(segment) })
    }
}

/// Frees the memory; values in the cells are not dropped.
impl<T> Drop for SegmentBox<T> {
    fn drop(&mut self) {
        self.alive.end();
        drop(Spare(self.0));
    }
}

/// Frees the segment that begins with `limbo`.
///
/// # Safety
///
/// As for [`SegmentBox::from_raw`].
unsafe fn free<T>(limbo: *mut Header) {
    // SAFETY: passed on to the caller; the pointer is to the segment, and to all of it.
    drop(unsafe { SegmentBox::<T>::from_raw(limbo.cast()) });
}

/// The memory of what was a segment, with its header and its cells as they were left. One thread owns it.
pub(super) struct Spare<T>(NonNull<Segment<T>>);

impl<T> Spare<T> {
    /// Gives the memory up to whoever finds it through a pointer.
    pub(super) fn leak(self) -> *mut Segment<T> {
        let segment = self.0.as_ptr();
        core::mem::forget(self);
        segment
    }

    /// Undoes [`Spare::leak`]; none for null.
    ///
    /// # Safety
    ///
    /// `segment` is null, or came from `leak` and is the caller's alone; this is called once.
    pub(super) unsafe fn from_raw(segment: *mut Segment<T>) -> Option<Self> {
        NonNull::new(segment).map(Self)
    }
}

impl<T> Drop for Spare<T> {
    fn drop(&mut self) {
        // SAFETY: it was allocated by `SegmentBox::new`, and this is its only owner.
        unsafe { deallocate(self.0.as_ptr().cast(), Segment::<T>::LAYOUT) };
    }
}

impl<T> Deref for SegmentBox<T> {
    type Target = Segment<T>;

    fn deref(&self) -> &Segment<T> {
        // SAFETY: the box is ours, so the segment stays; the header is initialised.
        unsafe { self.0.as_ref() }
    }
}

/// The first cell.
///
/// # Safety
///
/// `segment` points to an allocated segment, initialised or not, with the provenance of the whole allocation.
unsafe fn cells<T>(segment: *mut Segment<T>) -> *mut Cell<T> {
    // SAFETY: the header lies within the allocation, with the cells behind it.
    unsafe { segment.add(1) }.cast()
}

/// A segment that stays allocated for `'a`.
///
/// It keeps a pointer to the whole allocation: a reference to the header would not reach the cells.
pub(super) struct SegmentRef<'a, T>(NonNull<Segment<T>>, PhantomData<&'a Segment<T>>);

impl<T> Clone for SegmentRef<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for SegmentRef<'_, T> {}

impl<'a, T> SegmentRef<'a, T> {
    /// # Safety
    ///
    /// The segment is initialised, this thread has seen that, and it is not freed during `'a`.
    pub(super) unsafe fn new(segment: NonNull<Segment<T>>) -> Self {
        let this = Self(segment, PhantomData);
        this.header().alive.touch();
        this
    }

    pub(super) fn as_ptr(self) -> *mut Segment<T> {
        self.0.as_ptr()
    }

    fn header(self) -> &'a Segment<T> {
        // SAFETY: promised to `new`; nobody has an exclusive reference to a shared segment.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn hint(self) -> &'a AtomicUsize {
        &self.header().hint
    }

    pub(super) fn dequeue(self) -> &'a AtomicUsize {
        &self.header().dequeue
    }

    pub(super) fn next(self) -> &'a AtomicPtr<Segment<T>> {
        &self.header().next
    }

    /// The first cell from `index` on that no push has claimed, or the one that ends the queue, and which of the two it is; none if pushes
    /// have claimed them all. Those before `index` are claimed.
    pub(super) fn frontier(self, index: usize) -> Option<(usize, Look)> {
        (index..Segment::<T>::LEN)
            .map(|index| (index, self.cell(index).look()))
            .find(|(_, look)| matches!(look, Look::Empty | Look::End))
    }

    /// The place of this segment's cell `index`, counted from the queue's first cell on; wraps.
    pub(super) fn position(self, index: usize) -> usize {
        self.header().base.wrapping_add(index.min(Segment::<T>::LEN))
    }

    pub(super) fn cell(self, index: usize) -> &'a Cell<T> {
        assert!(index < Segment::<T>::LEN);
        // SAFETY: the segment is allocated, and this pointer reaches all of it.
        let first = unsafe { cells(self.0.as_ptr()) };
        // SAFETY: the index is within the cells.
        let cell = unsafe { first.add(index) };
        // SAFETY: the cells are initialised with the header.
        unsafe { &*cell }
    }
}
