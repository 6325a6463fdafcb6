//! What the names mean under the model checker.

use alloc::alloc::{Layout, dealloc};
use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::hash::{Hash, Hasher};
use core::mem::MaybeUninit;
use core::ops::Deref;
use core::sync::atomic::Ordering;
use std::collections::VecDeque;

#[allow(clippy::unsafe_removed_from_name, reason = "every access goes through a closure with a raw pointer")]
pub(crate) use loom::cell::UnsafeCell as Plain;
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence};

/// A reference-counted owner that the checker watches.
pub(crate) use loom::sync::Arc as Shared;
/// Values of which each thread of the model has its own.
pub(crate) use loom::thread_local;

/// The checker knows no barrier that one thread imposes on others, so models run with fences on both sides.
pub(crate) mod barrier {
    pub(crate) fn is_registered() -> bool {
        false
    }

    pub(crate) fn register() -> bool {
        false
    }

    pub(crate) fn heavy() -> bool {
        false
    }

    pub(crate) fn light() {
        super::fence(super::Ordering::SeqCst);
    }
}

/// As many as most models have threads; see `Shared::new`, which makes one slot for each beforehand.
pub(crate) const BUCKETS: usize = 3;

/// Time does not pass in a model.
pub(crate) fn prefetch<T>(_: *const T) {}

/// No cache, no padding: only the name.
#[derive(Debug)]
pub(crate) struct CachePadded<T>(T);

impl<T> CachePadded<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for CachePadded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Backing off changes when things happen, and the checker tries every "when" already.
#[derive(Debug)]
pub(crate) struct Backoff(());

impl Backoff {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// After a lost race: the winner has made progress, so trying again at once is finite.
    pub(crate) fn spin(&self) {}

    /// While waiting for another thread: let it run.
    pub(crate) fn snooze(&self) {
        loom::thread::yield_now();
    }

    /// Bounded waits are over before they begin; this is the schedule in which the awaited thread does not run.
    pub(crate) fn is_completed(&self) -> bool {
        true
    }
}

/// A place that one thread writes while others may be reading it, who then throw away what they have read.
#[derive(Debug)]
pub(crate) struct Racy<T>(AtomicPtr<Written<T>>);

/// What was read from a [`Racy`]: the value, if it is used once.
pub(crate) struct Read<T>(*mut Written<T>);

/// A value on the heap, which notices being taken twice: it outlives that by the quarantine of [`deallocate`].
struct Written<T> {
    value: MaybeUninit<T>,
    taken: Cell<bool>,
}

impl<T> Racy<T> {
    pub(crate) fn new() -> Self {
        Self(AtomicPtr::new(core::ptr::null_mut()))
    }

    pub(crate) unsafe fn write(&self, value: T) {
        let written = Written { value: MaybeUninit::new(value), taken: Cell::new(false) };
        self.0.store(Box::into_raw(Box::new(written)), Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Read<T> {
        Read(self.0.load(Ordering::Relaxed))
    }

    pub(crate) unsafe fn copy_from(&self, other: &Self) {
        self.0.store(other.read().0, Ordering::Relaxed);
    }
}

impl<T> Racy<T> {
    pub(crate) unsafe fn as_ptr(&self) -> *mut T {
        let written = self.read().0;
        assert!(!written.is_null(), "a value that was never written");
        // SAFETY: it came from `write`; promised by the caller.
        unsafe { &raw mut (*written).value }.cast()
    }
}

impl<T: Copy> Read<T> {
    pub(crate) unsafe fn assume_copy(self) -> T {
        assert!(!self.0.is_null(), "a value that was never written");
        // SAFETY: it came from `write`, and stays for a while after it was taken.
        let written = unsafe { &*self.0 };
        // SAFETY: a copy leaves the value there.
        unsafe { written.value.assume_init_read() }
    }
}

impl<T> Read<T> {
    pub(crate) unsafe fn assume_value(self) -> T {
        assert!(!self.0.is_null(), "a value that was never written");
        // SAFETY: it came from `write`, and stays for a while after it was taken.
        let written = unsafe { &*self.0 };
        assert!(!written.taken.replace(true), "a value taken twice");
        // SAFETY: not taken before, so it is there.
        let value = unsafe { written.value.assume_init_read() };
        // SAFETY: it came from a box; this is the only time, by `taken`.
        unsafe { deallocate(self.0.cast(), Layout::new::<Written<T>>()) };
        value
    }
}

/// Stands for "this allocation has not been freed".
///
/// Freeing is a write and every use a read of one watched location, so the checker reports a free that does not happen
/// after every use, in whichever order it runs them; and a leak as a leak.
#[derive(Debug)]
pub(crate) struct Alive {
    accesses: Plain<()>,
    ended: Cell<bool>,
    leak: RefCell<Option<loom::alloc::Track<()>>>,
}

impl Alive {
    pub(crate) fn new() -> Self {
        Self {
            accesses: Plain::new(()),
            ended: Cell::new(false),
            leak: RefCell::new(Some(loom::alloc::Track::new(()))),
        }
    }

    pub(crate) fn vacant() -> Self {
        Self { accesses: Plain::new(()), ended: Cell::new(true), leak: RefCell::new(None) }
    }

    pub(crate) fn touch(&self) {
        assert!(!self.ended.get(), "use after free");
        self.accesses.with(|_| ());
    }

    pub(crate) fn end(&self) {
        self.accesses.with_mut(|_| ());
        assert!(!self.ended.replace(true), "double free");
        drop(self.leak.take());
    }

    /// The allocation, which had ended, is used again.
    pub(crate) fn renew(&self) {
        self.accesses.with_mut(|_| ());
        assert!(self.ended.replace(false), "used again while in use");
        self.leak.replace(Some(loom::alloc::Track::new(())));
    }
}

/// As [`Alive`], of what several places own in turn; it watches only what is shared.
#[derive(Clone)]
pub(crate) struct SharedAlive(Option<Rc<Alive>>);

impl SharedAlive {
    pub(crate) fn new(is_shared: bool) -> Self {
        Self(is_shared.then(|| Rc::new(Alive::new())))
    }

    pub(crate) fn touch(&self) {
        if let Some(alive) = &self.0 {
            alive.touch();
        }
    }

    pub(crate) fn end(&self) {
        if let Some(alive) = &self.0 {
            alive.end();
        }
    }
}

/// Reads a pointer that does not change any more; the checker objects if a change does not happen before.
pub(crate) unsafe fn settled<T>(pointer: &AtomicPtr<T>) -> *mut T {
    // SAFETY: promised by the caller, and watched.
    unsafe { pointer.unsync_load() }
}

/// Stands between sequentially consistent accesses: a fence for a checker that takes them for acquire and release only.
pub(crate) fn sequence() {
    if super::weaken::is_sequenced() {
        fence(Ordering::SeqCst);
    }
}

/// Blocks that a model has freed and that may still be touched by a broken one.
const QUARANTINE: usize = 256;

std::thread_local! {
    static FREED: RefCell<VecDeque<(*mut u8, Layout)>> = const { RefCell::new(VecDeque::new()) };
}

/// Frees a block, some while later: a use after free then meets [`Alive::touch`] and not recycled memory.
///
/// # Safety
///
/// As for [`dealloc`].
pub(crate) unsafe fn deallocate(block: *mut u8, layout: Layout) {
    FREED.with_borrow_mut(|freed| {
        freed.push_back((block, layout));
        if freed.len() > QUARANTINE {
            let (block, layout) = freed.pop_front().expect("the queue is longer than zero");
            // SAFETY: the caller of the call that queued this block promised it. No execution of a model frees as many
            // blocks as the quarantine holds, so even a broken one does not reach a block of an earlier execution.
            unsafe { dealloc(block, layout) }
        }
    });
}

#[cfg(feature = "cache")]
pub(crate) use loom::thread::ThreadId;

/// Which thread this is.
#[cfg(feature = "cache")]
pub(crate) fn thread_id() -> ThreadId {
    loom::thread::current().id()
}

/// The thread's number within the execution, so that an execution can be repeated.
pub(crate) fn thread_hint() -> usize {
    if super::weaken::is_crowded() {
        return 0;
    }
    let mut number = LastWord(0);
    loom::thread::current().id().hash(&mut number);
    number.0 % BUCKETS
}

/// How many threads are worth running at once: one, so that structures that depend on it are small.
pub(crate) fn parallelism() -> usize {
    1
}

/// Keeps the last word hashed; of a thread's identity that is its number, after the execution's.
struct LastWord(usize);

impl Hasher for LastWord {
    fn finish(&self) -> u64 {
        self.0 as u64
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_usize(&mut self, word: usize) {
        self.0 = word;
    }
}
