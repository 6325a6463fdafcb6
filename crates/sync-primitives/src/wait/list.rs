//! The waiting node and the circular list of nodes; all links are guarded by the list lock of the queue (I1).

use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::ptr;

use super::wake::Wake;
use crate::primitive::{AtomicU32, UnsafeCell, const_fn, ord};

/// Where a waiter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum State {
    /// Not in the list, and never was.
    Idle = 0,
    /// In the list.
    Queued = 1,
    /// Out of the list, and let in: what it asked for is its own.
    Entered = 2,
    /// Out of the list, with nothing to give back: the queue was closed, or an event that all wait for has happened.
    Left = 3,
    /// As `Entered`, but picked from the end of the list.
    EnteredLast = 4,
}

impl State {
    #[inline]
    fn from_number(number: u32) -> Self {
        debug_assert!(number & (NOTE - 1) <= Self::EnteredLast as u32);
        // SAFETY: `new`, `mark` and `queue` alone write it, and write the number of a state below `NOTE`.
        unsafe { core::mem::transmute::<u32, Self>(number & (NOTE - 1)) }
    }
}

/// A waiter that is queued bears a note of the policy, above its state.
const NOTE: u32 = 1 << 3;

/// The part of a waiter that others reach while it is in the list.
struct Links {
    previous: *const Waiter,
    next: *const Waiter,
    wake: Wake,
}

/// A place in a queue: a node that lives in a pinned future or on the stack of a blocked thread.
///
/// The links are written when the waiter queues, and not before: a lock taken at once costs nothing of this.
pub(crate) struct Waiter {
    links: UnsafeCell<MaybeUninit<Links>>,
    state: AtomicU32,
    need: UnsafeCell<u32>,
    _pinned: PhantomPinned,
}

// SAFETY: by I1 the links are reached under the list lock only, `need` is written by the owner while the waiter is in no
// list, and wakers and thread handles are `Send`.
unsafe impl Send for Waiter {}
// SAFETY: as for `Send`; by I1 two threads never reach the links together.
unsafe impl Sync for Waiter {}

impl Waiter {
    const_fn! {
        /// A waiter that is in no list and needs `need`, a number that only the rule of its queue understands.
        #[inline]
        pub(crate) const fn new(need: u32) -> Self {
            Self {
                links: UnsafeCell::new(MaybeUninit::uninit()),
                state: AtomicU32::new(State::Idle as u32),
                need: UnsafeCell::new(need),
                _pinned: PhantomPinned,
            }
        }
    }

    #[inline]
    pub(crate) fn state(&self) -> State {
        // ord[W1] Acquire: who was let in sees all that was done before it was let in, and may free the node that its
        // granter has let go of; pairs with W2.
        State::from_number(self.state.load(ord!(W1, Acquire)))
    }

    /// Tells the owner where it stands now. From then on the node belongs to the owner, who may free it.
    #[inline]
    fn mark(&self, state: State) {
        // ord[W2] Release: hands over what the granter saw of the lock's past, and ends its use of the node; pairs with W1.
        self.state.store(state as u32, ord!(W2, Release));
    }

    /// What the policy has noted of the waiter, which is queued. The caller holds the list lock.
    #[inline]
    pub(super) fn note(&self) -> u32 {
        // ord[W24] Relaxed: written under the list lock alone, which the caller holds; pairs with none.
        self.state.load(ord!(W24, Relaxed)) / NOTE
    }

    /// Makes the waiter queued, with this note. The caller holds the list lock.
    #[inline]
    fn queue(&self, note: u32) {
        // ord[W25] Relaxed: the owner learns nothing by it, and it is read under the list lock; pairs with none.
        self.state.store(State::Queued as u32 + note * NOTE, ord!(W25, Relaxed));
    }

    #[inline]
    pub(crate) fn need(&self) -> u32 {
        self.need.get().with(|need| {
            // SAFETY: I1: written only by the owner while the node is in no list.
            unsafe { *need }
        })
    }

    /// Changes what the waiter needs.
    ///
    /// # Safety
    ///
    /// The caller owns the waiter, and the waiter is in no list.
    pub(crate) unsafe fn set_need(&self, value: u32) {
        self.need.get_mut().with(|need| {
            // SAFETY: in no list, so nobody else looks.
            unsafe { *need = value }
        });
    }

    /// # Safety
    ///
    /// The waiter is in a list whose lock the caller holds.
    unsafe fn next(&self) -> *const Self {
        self.links.get().with(|links| {
            // SAFETY: I1: the lock is held.
            let links = unsafe { &*links };
            // SAFETY: I2: a node in a list has its links written.
            unsafe { links.assume_init_ref() }.next
        })
    }

    /// # Safety
    ///
    /// The waiter is in a list whose lock the caller holds.
    unsafe fn previous(&self) -> *const Self {
        self.links.get().with(|links| {
            // SAFETY: I1: the lock is held.
            let links = unsafe { &*links };
            // SAFETY: I2: a node in a list has its links written.
            unsafe { links.assume_init_ref() }.previous
        })
    }

    /// Calls `f` with the links.
    ///
    /// # Safety
    ///
    /// The waiter is in a list whose lock the caller holds, and `f` reaches no other node.
    unsafe fn with_links<R>(&self, f: impl FnOnce(&mut Links) -> R) -> R {
        self.links.get_mut().with(|links| {
            // SAFETY: I1: the lock is held, and `f` does not come here again.
            let links = unsafe { &mut *links };
            // SAFETY: I2: a node in a list has its links written.
            f(unsafe { links.assume_init_mut() })
        })
    }

    /// Whether waking this waiter would wake the task of `waker`.
    ///
    /// # Safety
    ///
    /// The waiter is in a list whose lock the caller holds.
    pub(super) unsafe fn will_wake(&self, waker: &core::task::Waker) -> bool {
        // SAFETY: passed on.
        unsafe { self.with_links(|links| links.wake.will_wake(waker)) }
    }

    /// Drops whom to wake, where it is.
    ///
    /// # Safety
    ///
    /// The caller owns the waiter, which is out of its list by [`List::unlink`], and does this once.
    #[inline]
    pub(super) unsafe fn drop_wake(&self) {
        self.links.get_mut().with(|links| {
            // SAFETY: in no list, so nobody else reaches the links.
            let links = unsafe { &mut *links };
            // SAFETY: a node that was in a list has its links written.
            let links = unsafe { links.assume_init_mut() };
            // SAFETY: not read again before it is written again.
            unsafe { ptr::drop_in_place(&raw mut links.wake) };
        });
    }

    /// Changes who is woken, and returns who was to be.
    ///
    /// # Safety
    ///
    /// The waiter is in a list whose lock the caller holds.
    pub(super) unsafe fn replace_wake(&self, wake: Wake) -> Wake {
        // SAFETY: passed on.
        unsafe { self.with_links(|links| core::mem::replace(&mut links.wake, wake)) }
    }
}

impl core::fmt::Debug for Waiter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Waiter").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// An end of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Front,
    Back,
}

/// A circular list; the first node's `previous` is the last. Every method needs the list lock.
#[derive(Debug)]
pub(super) struct List {
    first: *const Waiter,
}

impl List {
    #[cfg(feature = "alloc")]
    pub(super) const fn new() -> Self {
        Self { first: ptr::null() }
    }

    /// The list that begins with this waiter; null for the empty one.
    #[inline]
    pub(super) fn from_first(first: *mut Waiter) -> Self {
        Self { first }
    }

    /// The first waiter, from which the list can be had again.
    #[inline]
    pub(super) fn into_first(self) -> *mut Waiter {
        self.first.cast_mut()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// The first waiter, which stays where it is.
    ///
    /// # Safety
    ///
    /// The caller holds the list lock for as long as it uses the result.
    pub(super) unsafe fn first<'a>(&self) -> Option<&'a Waiter> {
        // SAFETY: I2: what is in the list is alive.
        unsafe { self.first.as_ref() }
    }

    /// The last waiter.
    ///
    /// # Safety
    ///
    /// The caller holds the list lock for as long as it uses the result.
    pub(super) unsafe fn last<'a>(&self) -> Option<&'a Waiter> {
        // SAFETY: passed on.
        let first = unsafe { self.first() }?;
        // SAFETY: `first` is in the list.
        let last = unsafe { first.previous() };
        // SAFETY: I2: what is in the list is alive.
        unsafe { last.as_ref() }
    }

    /// The waiter behind `waiter`; `None` behind the last.
    ///
    /// # Safety
    ///
    /// `waiter` is in this list, and the caller holds the list lock for as long as it uses the result.
    pub(super) unsafe fn behind<'a>(&self, waiter: &Waiter) -> Option<&'a Waiter> {
        // SAFETY: passed on.
        let next = unsafe { waiter.next() };
        // SAFETY: I2: what is in the list is alive.
        if next == self.first { None } else { unsafe { next.as_ref() } }
    }

    /// Puts `waiter` at one end, with a note; at the back, before those that it passes: `passes` says of each what to note of it then,
    /// until it says nothing.
    ///
    /// # Safety
    ///
    /// The caller holds the list lock, owns the waiter, which is in no list, and takes it out again, or sees it out, before
    /// the waiter's memory is used for something else (I2).
    #[inline]
    pub(super) unsafe fn insert(
        &mut self,
        waiter: &Waiter,
        end: End,
        wake: Wake,
        note: u32,
        passes: impl Fn(&Waiter) -> Option<u32>,
    ) {
        let node: *const Waiter = waiter;
        let mut foremost = end == End::Front || self.first.is_null();
        // SAFETY: the lock is held.
        let (mut previous, mut next) = match (unsafe { self.last() }, self.first) {
            (Some(last), first) => (ptr::from_ref(last), first),
            (None, _) => (node, node),
        };
        while !foremost {
            // SAFETY: I2: what is in the list is alive.
            let before = unsafe { &*previous };
            match passes(before) {
                Some(note) => before.queue(note),
                None => break,
            }
            foremost = ptr::eq(before, self.first);
            next = before;
            // SAFETY: in the list.
            previous = unsafe { before.previous() };
        }
        waiter.links.get_mut().with(|links| {
            // SAFETY: in no list, so nobody else reaches the links.
            let links = unsafe { &mut *links };
            links.write(Links { previous, next, wake });
        });
        // SAFETY: both neighbours are in the list, or are the node itself, whose links are written.
        unsafe { join(previous, node) };
        // SAFETY: as above.
        unsafe { join(node, next) };
        if foremost {
            self.first = node;
        }
        waiter.queue(note);
    }

    /// Takes `waiter` out. Its state is left as it is, and so is whom to wake, which is the owner's from now on.
    ///
    /// # Safety
    ///
    /// The caller holds the list lock, and `waiter` is in this list.
    #[inline]
    pub(super) unsafe fn unlink(&mut self, waiter: &Waiter) {
        let node: *const Waiter = waiter;
        // SAFETY: in the list.
        let (previous, next) = unsafe { waiter.with_links(|links| (links.previous, links.next)) };
        if next == node {
            self.first = ptr::null();
        } else {
            // SAFETY: both are in the list.
            unsafe { join(previous, next) };
            if self.first == node {
                self.first = next;
            }
        }
    }

    /// Takes `waiter` out and returns whom to wake. The waiter's state is left as it is.
    ///
    /// # Safety
    ///
    /// The caller holds the list lock, and `waiter` is in this list.
    #[inline]
    pub(super) unsafe fn remove(&mut self, waiter: &Waiter) -> Wake {
        // SAFETY: passed on.
        unsafe { self.unlink(waiter) };
        waiter.links.get_mut().with(|links| {
            // SAFETY: I1: the lock is held.
            let links = unsafe { &mut *links };
            // SAFETY: I2: written; it is moved out, and not read again before it is written again.
            unsafe { links.assume_init_read() }.wake
        })
    }

    /// Takes `waiter` out, tells its owner that it stands at `state`, and returns whom to wake.
    ///
    /// # Safety
    ///
    /// The caller holds the list lock, and `waiter` is in this list. It must not be used any more.
    #[inline]
    pub(super) unsafe fn dismiss(&mut self, waiter: &Waiter, state: State) -> Wake {
        // SAFETY: passed on.
        let wake = unsafe { self.remove(waiter) };
        waiter.mark(state);
        wake
    }
}

/// Makes two nodes neighbours.
///
/// # Safety
///
/// Both are alive, have their links written, and are guarded by a list lock that the caller holds.
unsafe fn join(before: *const Waiter, after: *const Waiter) {
    // SAFETY: alive (I2).
    let first = unsafe { &*before };
    // SAFETY: guarded by the lock, written.
    unsafe { first.with_links(|links| links.next = after) };
    // SAFETY: alive (I2).
    let second = unsafe { &*after };
    // SAFETY: guarded by the lock, written.
    unsafe { second.with_links(|links| links.previous = before) };
}
