//! What the names mean in a normal build.

use alloc::alloc::{Layout, dealloc};

/// A reference-counted owner.
#[cfg(not(feature = "portable-atomic"))]
pub(crate) use alloc::sync::Arc as Shared;
#[cfg(all(not(feature = "portable-atomic"), target_has_atomic = "64"))]
pub(crate) use core::sync::atomic::AtomicU64;
#[cfg(not(feature = "portable-atomic"))]
pub(crate) use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicUsize, fence};

// Where `core` has an operation these are `core`'s, one inlined call away, so a host runs the very code that other targets build.
#[cfg(feature = "portable-atomic")]
pub(crate) use portable_atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence};
#[cfg(feature = "portable-atomic")]
pub(crate) use portable_atomic_util::Arc as Shared;
#[cfg(feature = "std")]
pub(crate) use std::thread_local;

/// A thread, as long as it lives.
#[cfg(feature = "cache")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadId(usize);

/// Which thread this is.
#[cfg(feature = "cache")]
pub(crate) fn thread_id() -> ThreadId {
    thread_local! {
        static HERE: u8 = const { 0 };
    }
    // Its address: `std` would count a reference to the thread up and down. It needs no drop, so it is there to the thread's end.
    HERE.with(|here| ThreadId(core::ptr::from_ref(here).addr()))
}

pub(crate) use crossbeam_utils::{Backoff, CachePadded};

/// How many lists the hazard slots of a collection are spread over.
pub(crate) const BUCKETS: usize = 16;

/// Asks for the cache line at an address, which will be read soon; any address will do.
#[inline(always)]
pub(crate) fn prefetch<T>(address: *const T) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: nothing is read, as far as a program can tell, whatever is there.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = address;
}

/// A shared location without atomicity, accessed through closures so that a model checker can watch each access.
#[repr(transparent)]
#[derive(Debug)]
pub(crate) struct Plain<T>(core::cell::UnsafeCell<T>);

impl<T> Plain<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// Runs `f` with a pointer to read through.
    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    /// Runs `f` with a pointer to write through.
    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// Stands for "this allocation has not been freed"; only a model build watches it.
#[derive(Debug)]
pub(crate) struct Alive;

impl Alive {
    pub(crate) const fn new() -> Self {
        Self
    }

    /// Of an allocation that is not in use yet.
    pub(crate) const fn vacant() -> Self {
        Self
    }

    /// The allocation is being read.
    #[inline(always)]
    pub(crate) fn touch(&self) {}

    /// The allocation is about to be freed.
    #[inline(always)]
    pub(crate) fn end(&self) {}

    /// The allocation, which had ended, is used again.
    #[inline(always)]
    pub(crate) fn renew(&self) {}
}

/// As [`Alive`], of what several places own in turn.
#[derive(Clone, Debug)]
pub(crate) struct SharedAlive;

impl SharedAlive {
    #[inline(always)]
    pub(crate) fn new(_is_shared: bool) -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn touch(&self) {}

    #[inline(always)]
    pub(crate) fn end(&self) {}
}

/// Reads a pointer that does not change any more.
///
/// # Safety
///
/// Its last change happens before this.
#[inline(always)]
pub(crate) unsafe fn settled<T>(pointer: &AtomicPtr<T>) -> *mut T {
    // Relaxed: promised by the caller.
    pointer.load(core::sync::atomic::Ordering::Relaxed)
}

/// Stands between sequentially consistent accesses, which need nothing more; see the model's.
#[inline(always)]
pub(crate) fn sequence() {}

/// Frees a block.
///
/// # Safety
///
/// As for [`dealloc`]: `block` came from the global allocator with this `layout` and is not used again.
pub(crate) unsafe fn deallocate(block: *mut u8, layout: Layout) {
    // SAFETY: passed on to the caller.
    unsafe { dealloc(block, layout) }
}

/// A number that tends to differ between threads that run at the same time and to stay the same within a thread.
#[cfg(feature = "std")]
#[inline]
pub(crate) fn thread_hint() -> usize {
    use core::cell::Cell;
    use core::sync::atomic::Ordering;

    static NEXT: AtomicUsize = AtomicUsize::new(0);
    std::thread_local! {
        static HINT: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    // A constant without a destructor is never torn down, so this works while a thread is being destroyed, too.
    HINT.with(|hint| {
        if hint.get() == usize::MAX {
            // Relaxed: only the numbers matter, and each is handed out once (until they wrap round).
            hint.set(NEXT.fetch_add(1, Ordering::Relaxed) % BUCKETS);
        }
        hint.get()
    })
}

/// A number that tends to differ between threads that run at the same time and to stay the same within a thread.
///
/// Without `std` there are no thread-locals: the place of the stack has to do.
#[cfg(not(feature = "std"))]
#[inline]
pub(crate) fn thread_hint() -> usize {
    let here = 0_u8;
    let page = (&raw const here).addr() >> 14;
    // Fibonacci hashing: neighbouring stacks land in different buckets.
    (page as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_shr(60) as usize % BUCKETS
}

/// How many threads are worth running at once.
pub(crate) fn parallelism() -> usize {
    #[cfg(feature = "std")]
    return std::thread::available_parallelism().map_or(1, usize::from);
    #[cfg(not(feature = "std"))]
    4
}
