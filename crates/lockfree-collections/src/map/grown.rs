//! Memory that grows and does not move: places with numbers, in segments.
//!
//! A place has a name: its segment, and where in the segment it is. Segments become larger, by a factor of two in `1 << STEPS` steps, so
//! that what is allocated beyond what is used is at most a part in as many; until they are as large as a name can say.

use alloc::alloc::{Layout, handle_alloc_error};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use crate::primitive::{AtomicPtr, deallocate, ord};

const STEPS: u32 = if cfg!(loom) { 0 } else { 2 };

/// The logarithm of the places of the first segments.
const FIRST: u32 = if cfg!(loom) { 1 } else { 3 };

/// Bits of a name that say where in its segment a place is; the largest segments have as many places as these can tell.
const OFFSET: u32 = if cfg!(loom) { 3 } else { 24 };

/// A power of two, so that what a name says is always less; the first one is none, so that no name is 0.
pub(super) const SEGMENTS: usize = if cfg!(loom) { 8 } else { 128 };

/// So many segments come before those of the largest size.
const GROWING: usize = ((OFFSET - FIRST) << STEPS) as usize;

/// How many places come before those of the largest size.
const BEFORE: usize = (1 << STEPS) * ((1 << OFFSET) - (1 << FIRST));

/// So many places there are. The names of the last segment are kept for marks.
pub(crate) const PLACES: usize = BEFORE + ((SEGMENTS - 2 - GROWING) << OFFSET);

/// What segments are made of.
///
/// # Safety
///
/// Zeros are a value, and it needs no drop; but under the model checker, where `new` makes it.
pub(crate) unsafe trait Zeros: Sized {
    #[cfg(loom)]
    fn new() -> Self;
}

/// The places.
pub(crate) struct Grown<T> {
    segments: [AtomicPtr<T>; SEGMENTS],
    owns: PhantomData<T>,
}

/// Where a place is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    segment: usize,
    offset: usize,
}

impl Spot {
    /// Where the place is that comes after so many.
    ///
    /// # Panics
    ///
    /// If there are not so many: see [`PLACES`].
    pub(super) fn of(index: usize) -> Self {
        Self::checked(index).expect("capacity overflow")
    }

    /// Likewise; none if there are not so many.
    pub(super) fn checked(index: usize) -> Option<Self> {
        if index >= PLACES {
            return None;
        }
        if index >= BEFORE {
            let (segment, offset) = (1 + GROWING + ((index - BEFORE) >> OFFSET), (index - BEFORE) % (1 << OFFSET));
            return Some(Self { segment, offset });
        }
        let number = index + (1 << (STEPS + FIRST));
        let scale = number.ilog2() - STEPS;
        let segment = 1 + (number >> scale) + (((scale - FIRST) << STEPS) as usize) - (1 << STEPS);
        Some(Self { segment, offset: number % (1 << scale) })
    }

    /// Never 0, and less than `1 << 31` by more than one.
    pub(super) fn name(self) -> u32 {
        ((self.segment << OFFSET) | self.offset) as u32
    }

    /// How many places a segment has.
    fn places_of(segment: usize) -> usize {
        1 << (FIRST + ((segment - 1) >> STEPS) as u32).min(OFFSET)
    }
}

/// The segment of a named place.
#[inline(always)]
pub(super) fn segment_of(name: u32) -> usize {
    (name >> OFFSET) as usize % SEGMENTS
}

impl<T: Zeros> Grown<T> {
    pub(crate) fn new() -> Self {
        Self { segments: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())), owns: PhantomData }
    }

    /// A place that [`Grown::ensure`] has made.
    #[inline(always)]
    pub(crate) fn at(&self, name: u32) -> &T {
        // ord[M1] Relaxed: whoever passed the name on has seen the segment; pairs with none.
        let first = self.segments[segment_of(name)].load(ord!(M1, Relaxed));
        // A broken model may ask too early.
        assert!(!cfg!(loom) || !first.is_null(), "a place that was never made");
        // SAFETY: the segment has as many places.
        let place = unsafe { first.add(name as usize % (1 << OFFSET)) };
        // SAFETY: segments stay as long as `self`.
        unsafe { &*place }
    }

    /// Makes a named place, and those of its segment.
    ///
    /// # Errors
    ///
    /// What there is no memory for.
    #[cfg(feature = "cache")]
    pub(crate) fn try_ensure_named(&self, name: u32) -> Result<(), Layout> {
        self.try_ensure(Spot { segment: segment_of(name), offset: name as usize % (1 << OFFSET) })
    }

    /// Tells whether the place is made.
    #[inline]
    pub(super) fn has(&self, spot: Spot) -> bool {
        // ord[M2] Acquire: the places are zeros; pairs with M3.
        !self.segments[spot.segment].load(ord!(M2, Acquire)).is_null()
    }

    /// Makes the place, and those of its segment.
    #[inline]
    pub(super) fn ensure(&self, spot: Spot) {
        self.try_ensure(spot).unwrap_or_else(|layout| handle_alloc_error(layout));
    }

    /// Likewise.
    ///
    /// # Errors
    ///
    /// What there is no memory for.
    #[inline]
    pub(super) fn try_ensure(&self, spot: Spot) -> Result<(), Layout> {
        if self.has(spot) { Ok(()) } else { self.make(spot) }
    }

    #[cold]
    fn make(&self, spot: Spot) -> Result<(), Layout> {
        let places = Spot::places_of(spot.segment);
        let fresh =
            allocate(places).ok_or_else(|| Layout::array::<T>(places).unwrap_or_else(|_| Layout::new::<T>()))?;
        let segment = &self.segments[spot.segment];
        // ord[M3] Release: publishes the places; pairs with M2, M4.
        // ord[M4] Acquire: another thread was first, and its places are used; pairs with M3.
        if segment.compare_exchange(ptr::null_mut(), fresh.as_ptr(), ord!(M3, Release), ord!(M4, Acquire)).is_err() {
            // SAFETY: just allocated, and not published.
            unsafe { free(fresh, places) };
        }
        Ok(())
    }
}

impl<T> Drop for Grown<T> {
    fn drop(&mut self) {
        for (index, segment) in self.segments.iter().enumerate() {
            // ord[M5] Relaxed: exclusive, whatever shared this has synchronised; pairs with none.
            if let Some(first) = NonNull::new(segment.load(ord!(M5, Relaxed))) {
                // SAFETY: it came from `allocate`; no reference to a place is left.
                unsafe { free(first, Spot::places_of(index)) };
            }
        }
    }
}

/// An alignment that allocators give by themselves. Where more is asked for, the system's allocator writes all the zeros at once, even
/// those of new pages, which are zeros before they are touched: milliseconds for a large table. So what wants more is aligned here, in
/// a block of its own, behind the address of that.
#[cfg(not(loom))]
const PLAIN: usize = 2 * size_of::<usize>();

/// The block for so many places.
#[cfg(not(loom))]
fn block_of<T>(places: usize) -> Option<Layout> {
    let layout = Layout::array::<T>(places).ok()?;
    if layout.align() <= PLAIN || layout.size() == 0 {
        return Some(layout);
    }
    Layout::from_size_align(layout.size().checked_add(layout.align())?, PLAIN).ok()
}

/// Memory for so many places, all zeros; none if there is not enough.
#[cfg(not(loom))]
pub(super) fn allocate<T: Zeros>(places: usize) -> Option<NonNull<T>> {
    let layout = block_of::<T>(places)?;
    if layout.size() == 0 {
        return Some(NonNull::dangling());
    }
    // SAFETY: the layout is not empty.
    let block = NonNull::new(unsafe { alloc::alloc::alloc_zeroed(layout) })?;
    if align_of::<T>() <= PLAIN {
        return Some(block.cast());
    }
    // At least `PLAIN`, as both are multiples of it.
    let ahead = align_of::<T>() - block.addr().get() % align_of::<T>();
    // SAFETY: the block is longer than the places by their alignment.
    let first = unsafe { block.add(ahead) }.cast::<T>();
    // SAFETY: there is room for an address between the block's beginning and `first`, as `ahead` is at least `PLAIN`.
    let address = unsafe { first.cast::<NonNull<u8>>().sub(1) };
    // SAFETY: as above; aligned, since `first` is.
    unsafe { address.write(block) };
    Some(first)
}

#[cfg(loom)]
pub(super) fn allocate<T: Zeros>(places: usize) -> Option<NonNull<T>> {
    if size_of::<T>().checked_mul(places)? > 1 << 20 {
        return None;
    }
    let made: alloc::boxed::Box<[T]> = (0..places).map(|_| T::new()).collect();
    NonNull::new(alloc::boxed::Box::into_raw(made).cast())
}

/// # Safety
///
/// `first` came from `allocate` for as many `places`, and is not used any more.
#[cfg(not(loom))]
pub(super) unsafe fn free<T>(first: NonNull<T>, places: usize) {
    let layout = block_of::<T>(places).expect("it was allocated");
    if layout.size() == 0 {
        return;
    }
    let block = if align_of::<T>() <= PLAIN {
        first.cast()
    } else {
        // SAFETY: promised by the caller; the address is there, by `allocate`.
        let address = unsafe { first.cast::<NonNull<u8>>().sub(1) };
        // SAFETY: as above.
        unsafe { address.read() }
    };
    // SAFETY: promised by the caller; the places need no drop.
    unsafe { deallocate(block.as_ptr(), layout) };
}

/// # Safety
///
/// `first` came from `allocate` for as many `places`, and is not used any more.
#[cfg(loom)]
pub(super) unsafe fn free<T>(first: NonNull<T>, places: usize) {
    let layout = Layout::array::<T>(places).expect("it was allocated");
    if layout.size() > 0 {
        // SAFETY: promised by the caller; the places need no drop.
        unsafe { deallocate(first.as_ptr().cast(), layout) };
    }
}
