//! The memory of the queue: one segment, its cells, and who may touch what.

use alloc::alloc::{Layout, alloc, handle_alloc_error};
use core::marker::PhantomData;
use core::mem::{MaybeUninit, offset_of};
use core::ops::Deref;
use core::ptr::{self, NonNull};

use haphazard::raw::Pointer;

use crate::primitive::{Alive, AtomicPtr, AtomicU8, AtomicUsize, Backoff, CachePadded, Plain, deallocate, ord};

/// No value yet.
const EMPTY: u8 = 0;
/// The value is there.
const FULL: u8 = 1;
/// A popper gave up waiting: no value will ever be here.
const TAKEN: u8 = 2;

/// The header of a segment; the cells follow it in the same allocation.
#[repr(C)]
pub(super) struct Segment<T> {
    /// The next cell to push to; may exceed [`Segment::LEN`].
    enqueue: CachePadded<AtomicUsize>,
    /// The next cell to pop from; may exceed [`Segment::LEN`].
    dequeue: CachePadded<AtomicUsize>,
    next: AtomicPtr<Segment<T>>,
    /// How many cells there are in all segments before this one; wraps.
    base: usize,
    alive: Alive,
    cells: [Cell<T>; 0],
}

pub(super) struct Cell<T> {
    state: AtomicU8,
    value: Plain<MaybeUninit<T>>,
}

// SAFETY: what is sent to the thread that frees a segment is its memory; it holds no value any more (I6), so `T` does not
// matter.
unsafe impl<T> Send for Segment<T> {}

impl<T> Segment<T> {
    /// How many cells a segment has: about 4 KiB worth of them, so that small values amortise the segment's costs over many
    /// operations and large ones do not make an almost empty queue huge.
    pub(super) const LEN: usize = if cfg!(loom) { 2 } else { cells_for(size_of::<Cell<T>>()) };

    const LAYOUT: Layout = {
        let cells = match size_of::<Cell<T>>().checked_mul(Self::LEN) {
            Some(cells) => cells,
            None => panic!("the value is too large for a queue"),
        };
        let end = offset_of!(Self, cells) + cells;
        let size = if end < size_of::<Self>() { size_of::<Self>() } else { end };
        match Layout::from_size_align(size, align_of::<Self>()) {
            Ok(layout) => layout,
            Err(_) => panic!("the value is too large for a queue"),
        }
    };
}

const fn cells_for(cell: usize) -> usize {
    match 4096 / cell {
        0..32 => 32,
        fit @ 32..512 => fit,
        512.. => 512,
    }
}

/// A segment that one thread owns.
pub(super) struct SegmentBox<T>(NonNull<Segment<T>>);

impl<T> SegmentBox<T> {
    /// A segment whose first cell holds `value`.
    pub(super) fn with_first(value: T, base: usize) -> Self {
        let layout = Segment::<T>::LAYOUT;
        // SAFETY: the layout's size is not zero, it covers the header.
        let block = unsafe { alloc(layout) };
        let Some(segment) = NonNull::new(block.cast::<Segment<T>>()) else { handle_alloc_error(layout) };
        let this = segment.as_ptr();
        let header = Segment {
            enqueue: CachePadded::new(AtomicUsize::new(1)),
            dequeue: CachePadded::new(AtomicUsize::new(0)),
            next: AtomicPtr::new(ptr::null_mut()),
            base,
            alive: Alive::new(),
            cells: [],
        };
        // SAFETY: the block is large enough, aligned, and ours.
        unsafe { this.write(header) };
        for index in 0..Segment::<T>::LEN {
            let cell = Cell { state: AtomicU8::new(EMPTY), value: Plain::new(MaybeUninit::uninit()) };
            // SAFETY: just allocated.
            let first = unsafe { cells(this) };
            // SAFETY: the block has room for `LEN` cells from the field `cells` on.
            let place = unsafe { first.add(index) };
            // SAFETY: as above, and the block is ours.
            unsafe { place.write(cell) };
        }
        let this = Self(segment);
        // SAFETY: the box is ours, so the segment stays.
        let first = unsafe { SegmentRef::new(this.0) }.cell(0);
        // SAFETY: nobody else has seen the segment.
        first.value.with_mut(|place| unsafe { (*place).write(value) });
        // ord[Q1] Relaxed: not shared yet, publishing the segment publishes this; pairs with none.
        first.state.store(FULL, ord!(Q1, Relaxed));
        this
    }

    /// Undoes [`SegmentBox::with_first`].
    pub(super) fn into_first(self) -> T {
        // SAFETY: the box is ours, so the segment stays until the end of this function.
        let first = unsafe { SegmentRef::new(self.0) }.cell(0);
        // SAFETY: `with_first` has put it there, and the segment has not been shared.
        unsafe { first.read() }
    }

    pub(super) fn as_ptr(&self) -> *mut Segment<T> {
        self.0.as_ptr()
    }

    /// Gives the segment up to whoever finds it through a pointer.
    pub(super) fn leak(self) -> *mut Segment<T> {
        let segment = self.0.as_ptr();
        core::mem::forget(self);
        segment
    }
}

/// Frees the memory; values in the cells are not dropped.
impl<T> Drop for SegmentBox<T> {
    fn drop(&mut self) {
        self.alive.end();
        // SAFETY: it came from `with_first`, and this is its only owner.
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

// SAFETY: the pointer is valid from `with_first` to the drop of the box, and `from_raw` undoes `into_raw`.
unsafe impl<T> Pointer<Segment<T>> for SegmentBox<T> {
    fn into_raw(self) -> *mut Segment<T> {
        self.leak()
    }

    unsafe fn from_raw(segment: *mut Segment<T>) -> Self {
        // SAFETY: it came from `into_raw` or `leak`, so it is not null.
        Self(unsafe { NonNull::new_unchecked(segment) })
    }
}

/// The first cell.
///
/// # Safety
///
/// `segment` points to an allocated segment, initialised or not, with the provenance of the whole allocation.
unsafe fn cells<T>(segment: *mut Segment<T>) -> *mut Cell<T> {
    // SAFETY: the field lies within the allocation.
    unsafe { (&raw mut (*segment).cells).cast() }
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

    pub(super) fn enqueue(self) -> &'a AtomicUsize {
        &self.header().enqueue
    }

    pub(super) fn dequeue(self) -> &'a AtomicUsize {
        &self.header().dequeue
    }

    pub(super) fn next(self) -> &'a AtomicPtr<Segment<T>> {
        &self.header().next
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

impl<T> Cell<T> {
    /// Puts `value` here, unless a popper has given up on this cell.
    ///
    /// # Safety
    ///
    /// The caller has claimed the cell for pushing, and calls this once.
    #[inline]
    pub(super) unsafe fn publish(&self, value: T) -> Result<(), T> {
        // SAFETY: I3, the claim gives the right to write until the state says `FULL`.
        self.value.with_mut(|place| unsafe { (*place).write(value) });
        // ord[Q2] Release: publishes the value; pairs with Q4, Q5.
        // ord[Q3] Relaxed: the popper that gave up has written nothing else; pairs with none.
        match self.state.compare_exchange(EMPTY, FULL, ord!(Q2, Release), ord!(Q3, Relaxed)) {
            Ok(_) => Ok(()),
            // SAFETY: the value is the one just written, and since the state never was `FULL` nobody else reads it.
            Err(_) => Err(unsafe { self.read() }),
        }
    }

    /// Takes the value, waiting a little for a pusher that has claimed the cell and not filled it.
    ///
    /// None means that the pusher will have to take another cell.
    ///
    /// # Safety
    ///
    /// The caller has claimed the cell for popping, and calls this once.
    #[inline]
    pub(super) unsafe fn take(&self) -> Option<T> {
        let backoff = Backoff::new();
        loop {
            // ord[Q4] Acquire: the value is seen; pairs with Q2.
            if self.state.load(ord!(Q4, Acquire)) == FULL {
                break;
            }
            if backoff.is_completed() {
                // ord[Q5] Acquire: the value is seen, should it have come at last; pairs with Q2.
                if self.state.swap(TAKEN, ord!(Q5, Acquire)) == EMPTY {
                    return None;
                }
                break;
            }
            backoff.snooze();
        }
        // SAFETY: I4, the state was `FULL`, and the claim gives the value to this caller only.
        Some(unsafe { self.read() })
    }

    /// Moves the value out.
    ///
    /// # Safety
    ///
    /// There is a value, the caller has seen it written, and nobody reads it again.
    pub(super) unsafe fn read(&self) -> T {
        // SAFETY: promised by the caller.
        self.value.with(|place| unsafe { place.cast::<T>().read() })
    }

    /// Puts a value here when nobody else can.
    ///
    /// # Safety
    ///
    /// The queue is exclusively borrowed, and the cell is not claimed.
    pub(super) unsafe fn fill(&self, value: T) {
        // SAFETY: promised by the caller.
        self.value.with_mut(|place| unsafe { (*place).write(value) });
        // ord[Q6] Relaxed: exclusive, whatever shares the queue next synchronises; pairs with none.
        self.state.store(FULL, ord!(Q6, Relaxed));
    }
}
