//! Pointers into a cell, which count as accesses as long as they live.

use core::fmt;

use super::super::super::calls;
use super::super::super::heap::Tracked;
use super::super::super::interface::{Loc, Op};
use super::super::super::objects::ObjectId;
use super::super::super::report::FailureKind;
use super::super::{here, name_site};

/// An access in progress.
///
/// It is one event where it begins and, if its thread has done anything in between, one more where it ends. An access of
/// another thread that is ordered between the two is noticed because the run counts the accesses in progress.
struct Access {
    loc: Loc,
    writes: bool,
    /// The thread and how far it was when the access began; `None` if the run was over.
    began: Option<(usize, usize)>,
}

fn op(loc: Loc, writes: bool) -> Op {
    if writes { Op::PlainWrite { loc } } else { Op::PlainRead { loc } }
}

impl Access {
    #[track_caller]
    fn begin(id: &ObjectId, writes: bool) -> Self {
        let site = here();
        calls::refuse_dangling(id.address(), if writes { "write" } else { "read" }, site);
        calls::perform_on(id, 0, &mut op(Loc::UNPLACED, writes), site);
        let runtime = calls::current();
        let mut access = Self { loc: Loc::UNPLACED, writes, began: None };
        if !runtime.is_in_progress() {
            return access;
        }
        access.loc = runtime.location_of(id);
        let conflict = {
            let _checker = Tracked::checker();
            let mut accesses = runtime.resources.accesses.borrow_mut();
            let (readers, writers) = accesses.entry(access.loc).or_default();
            let conflict = *writers > 0 || writes && *readers > 0;
            *if writes { writers } else { readers } += 1;
            conflict
        };
        access.began = Some(runtime.progress());
        if conflict {
            let what = if writes { "write" } else { "read" };
            let place = name_site(site);
            runtime.fail(FailureKind::DataRace, format!("data race: {what} at {place} during another access"));
        }
        access
    }
}

impl Drop for Access {
    #[track_caller]
    fn drop(&mut self) {
        let (Some(began), Some(runtime)) = (self.began, calls::running()) else { return };
        if !runtime.is_in_progress() {
            return;
        }
        if let Some((readers, writers)) = runtime.resources.accesses.borrow_mut().get_mut(&self.loc) {
            *if self.writes { writers } else { readers } -= 1;
        }
        if runtime.progress() != began && !std::thread::panicking() {
            calls::perform(op(self.loc, self.writes), here());
        }
    }
}

/// A pointer for reading a [`UnsafeCell`](super::UnsafeCell), which counts as a read as long as it lives.
pub struct ConstPtr<T: ?Sized> {
    pointer: *const T,
    _access: Access,
}

/// A pointer for reading and writing a [`UnsafeCell`](super::UnsafeCell), which counts as a write as long as it lives.
pub struct MutPtr<T: ?Sized> {
    pointer: *mut T,
    _access: Access,
}

impl<T: ?Sized> ConstPtr<T> {
    #[track_caller]
    pub(super) fn new(pointer: *const T, id: &ObjectId) -> Self {
        Self { pointer, _access: Access::begin(id, false) }
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// As for dereferencing a `*const T`. The checker reports writes by others while this pointer lives.
    pub unsafe fn deref(&self) -> &T {
        // SAFETY: the caller's promise.
        unsafe { &*self.pointer }
    }

    /// Calls `f` with the pointer, which must not be kept longer than `self`.
    pub fn with<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*const T) -> R,
    {
        f(self.pointer)
    }
}

impl<T: ?Sized> MutPtr<T> {
    #[track_caller]
    pub(super) fn new(pointer: *mut T, id: &ObjectId) -> Self {
        Self { pointer, _access: Access::begin(id, true) }
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// As for dereferencing a `*mut T`. The checker reports accesses by others while this pointer lives.
    #[expect(clippy::mut_from_ref, reason = "a raw pointer's dereference, with the signature that loom gives it")]
    pub unsafe fn deref(&self) -> &mut T {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.pointer }
    }

    /// Calls `f` with the pointer, which must not be kept longer than `self`.
    pub fn with<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*mut T) -> R,
    {
        f(self.pointer)
    }
}

impl<T: ?Sized> fmt::Debug for ConstPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ConstPtr").field(&self.pointer).finish()
    }
}

impl<T: ?Sized> fmt::Debug for MutPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MutPtr").field(&self.pointer).finish()
    }
}
