//! Which types are `Send`, `Sync`, `Unpin`, `UnwindSafe`, `RefUnwindSafe`, and which are not.

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::MutexGuard as StdGuard;

use sync_primitives::spin::{
    MappedMutexGuard, MappedRwLockReadGuard, MappedRwLockWriteGuard, Mutex, MutexGuard, RwLock, RwLockReadGuard,
    RwLockUpgradableReadGuard, RwLockWriteGuard,
};

/// `Probe::<T>::SEND` is the inherent constant where `T: Send`, the trait's otherwise; likewise the rest.
struct Probe<T>(PhantomData<T>);

trait Lacks {
    const SEND: bool = false;
    const SYNC: bool = false;
    const UNPIN: bool = false;
    const UNWIND_SAFE: bool = false;
    const REF_UNWIND_SAFE: bool = false;
}

impl<T> Lacks for Probe<T> {}

impl<T: Send> Probe<T> {
    const SEND: bool = true;
}
impl<T: Sync> Probe<T> {
    const SYNC: bool = true;
}
impl<T: Unpin> Probe<T> {
    const UNPIN: bool = true;
}
impl<T: UnwindSafe> Probe<T> {
    const UNWIND_SAFE: bool = true;
}
impl<T: RefUnwindSafe> Probe<T> {
    const REF_UNWIND_SAFE: bool = true;
}

macro_rules! send_sync {
    ($type:ty) => {
        (Probe::<$type>::SEND, Probe::<$type>::SYNC)
    };
}

macro_rules! unwind_safe {
    ($type:ty) => {
        (Probe::<$type>::UNWIND_SAFE, Probe::<$type>::REF_UNWIND_SAFE)
    };
}

/// `Send` and `Sync`.
type SendSync = u8;
/// `Send` and not `Sync`.
type OnlySend = Cell<u8>;
/// `Sync` and not `Send`.
type OnlySync = StdGuard<'static, u8>;
/// Neither.
type Neither = Rc<u8>;

#[test]
fn probe_tells_apart() {
    assert_eq!(send_sync!(SendSync), (true, true));
    assert_eq!(send_sync!(OnlySend), (true, false));
    assert_eq!(send_sync!(OnlySync), (false, true));
    assert_eq!(send_sync!(Neither), (false, false));
}

#[test]
fn mutex_needs_send_alone() {
    assert_eq!(send_sync!(Mutex<SendSync>), (true, true));
    assert_eq!(send_sync!(Mutex<OnlySend>), (true, true));
    assert_eq!(send_sync!(Mutex<OnlySync>), (false, false));
    assert_eq!(send_sync!(Mutex<Neither>), (false, false));
}

#[test]
fn mutex_guards_are_as_a_sole_borrow() {
    assert_eq!(send_sync!(MutexGuard<'static, SendSync>), (true, true));
    assert_eq!(send_sync!(MutexGuard<'static, OnlySend>), (true, false));
    assert_eq!(send_sync!(MutexGuard<'static, OnlySync>), (false, true));
    assert_eq!(send_sync!(MutexGuard<'static, Neither>), (false, false));
    assert_eq!(send_sync!(MappedMutexGuard<'static, SendSync>), (true, true));
    assert_eq!(send_sync!(MappedMutexGuard<'static, OnlySend>), (true, false));
    assert_eq!(send_sync!(MappedMutexGuard<'static, OnlySync>), (false, true));
    assert_eq!(send_sync!(MappedMutexGuard<'static, Neither>), (false, false));
}

#[test]
fn rwlock_needs_send_and_sync_to_be_shared() {
    assert_eq!(send_sync!(RwLock<SendSync>), (true, true));
    assert_eq!(send_sync!(RwLock<OnlySend>), (true, false));
    assert_eq!(send_sync!(RwLock<OnlySync>), (false, false));
    assert_eq!(send_sync!(RwLock<Neither>), (false, false));
}

#[test]
fn rwlock_read_guards_are_as_a_shared_borrow() {
    assert_eq!(send_sync!(RwLockReadGuard<'static, SendSync>), (true, true));
    assert_eq!(send_sync!(RwLockReadGuard<'static, OnlySend>), (false, false));
    assert_eq!(send_sync!(RwLockReadGuard<'static, OnlySync>), (true, true));
    assert_eq!(send_sync!(RwLockReadGuard<'static, Neither>), (false, false));
    assert_eq!(send_sync!(MappedRwLockReadGuard<'static, SendSync>), (true, true));
    assert_eq!(send_sync!(MappedRwLockReadGuard<'static, OnlySend>), (false, false));
    assert_eq!(send_sync!(MappedRwLockReadGuard<'static, OnlySync>), (true, true));
    assert_eq!(send_sync!(MappedRwLockReadGuard<'static, Neither>), (false, false));
}

/// They may become readers elsewhere, so sending them needs `Sync` besides `Send`.
#[test]
fn rwlock_guards_that_change_their_kind_need_both_to_be_sent() {
    assert_eq!(send_sync!(RwLockWriteGuard<'static, SendSync>), (true, true));
    assert_eq!(send_sync!(RwLockWriteGuard<'static, OnlySend>), (false, false));
    assert_eq!(send_sync!(RwLockWriteGuard<'static, OnlySync>), (false, true));
    assert_eq!(send_sync!(RwLockWriteGuard<'static, Neither>), (false, false));
    assert_eq!(send_sync!(RwLockUpgradableReadGuard<'static, SendSync>), (true, true));
    assert_eq!(send_sync!(RwLockUpgradableReadGuard<'static, OnlySend>), (false, false));
    assert_eq!(send_sync!(RwLockUpgradableReadGuard<'static, OnlySync>), (false, true));
    assert_eq!(send_sync!(RwLockUpgradableReadGuard<'static, Neither>), (false, false));
    assert_eq!(send_sync!(MappedRwLockWriteGuard<'static, SendSync>), (true, true));
    assert_eq!(send_sync!(MappedRwLockWriteGuard<'static, OnlySend>), (true, false));
    assert_eq!(send_sync!(MappedRwLockWriteGuard<'static, OnlySync>), (false, true));
    assert_eq!(send_sync!(MappedRwLockWriteGuard<'static, Neither>), (false, false));
}

#[test]
fn locks_are_unpin_as_their_value_is() {
    type Pinned = std::marker::PhantomPinned;
    assert_eq!([Probe::<Mutex<SendSync>>::UNPIN, Probe::<RwLock<SendSync>>::UNPIN], [true; 2]);
    assert_eq!([Probe::<Mutex<Pinned>>::UNPIN, Probe::<RwLock<Pinned>>::UNPIN], [false; 2]);
    assert_eq!([Probe::<MutexGuard<'_, Pinned>>::UNPIN, Probe::<RwLockReadGuard<'_, Pinned>>::UNPIN], [true; 2]);
}

/// Without poisoning a closure that panics may leave the value broken for those who share the lock.
#[test]
fn locks_are_not_ref_unwind_safe() {
    assert_eq!(unwind_safe!(SendSync), (true, true));
    assert_eq!(unwind_safe!(Mutex<SendSync>), (true, false));
    assert_eq!(unwind_safe!(RwLock<SendSync>), (true, false));
    assert_eq!(unwind_safe!(&Mutex<SendSync>), (false, false));
    assert_eq!(unwind_safe!(&RwLock<SendSync>), (false, false));
}

#[test]
fn locks_are_small() {
    assert_eq!(size_of::<Mutex<()>>(), 1);
    assert_eq!(size_of::<RwLock<()>>(), 8);
}
