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

/// The primitives that tasks and threads wait for.
mod waiting {
    use sync_primitives::futures::{
        Acquire, AcquireOwned, BarrierWait, CondvarWait, CondvarWaitOwned, EventListener, Listener, Lock, LockOwned,
        Notified, OwnedNotified, Read, ReadOwned, RunUntilCancelledFuture, RunUntilCancelledFutureOwned, SetOnceWait,
        Ticket, TimedOut, Until, UpgradableRead, UpgradableReadOwned, Upgrade, UpgradeOwned, WaitForCancellationFuture,
        WaitForCancellationFutureOwned, Write, WriteOwned,
    };
    use sync_primitives::{
        Barrier, CancellationToken, Condvar, DropGuard, DropGuardRef, Event, MappedMutexGuard, MappedSemaphorePermit,
        Mutex, MutexGuard, Notify, OnceCell, OwnedMappedMutexGuard, OwnedMutexGuard, OwnedRwLockMappedWriteGuard,
        OwnedRwLockReadGuard, OwnedRwLockUpgradableReadGuard, OwnedRwLockWriteGuard, OwnedSemaphorePermit, RwLock,
        RwLockMappedWriteGuard, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard, Semaphore,
        SemaphorePermit, SeqLock, SeqLockWriteGuard, SetOnce,
    };

    use super::{Lacks, Neither, OnlySend, OnlySync, Probe, SendSync};

    /// `Send` and `Sync` for each of the four kinds of value: both, only `Send`, only `Sync`, neither.
    macro_rules! rows {
        ($($of:ident)::+ $(<$lifetime:lifetime>)?) => {
            [
                send_sync!($($of)::+<$($lifetime,)? SendSync>),
                send_sync!($($of)::+<$($lifetime,)? OnlySend>),
                send_sync!($($of)::+<$($lifetime,)? OnlySync>),
                send_sync!($($of)::+<$($lifetime,)? Neither>),
            ]
        };
    }

    const BOTH: (bool, bool) = (true, true);
    const SEND: (bool, bool) = (true, false);
    const SYNC: (bool, bool) = (false, true);
    const NONE: (bool, bool) = (false, false);

    #[test]
    fn primitives_without_a_value_are_shared_and_sent() {
        assert_eq!([send_sync!(Semaphore), send_sync!(Notify), send_sync!(Condvar), send_sync!(Barrier)], [BOTH; 4]);
        assert_eq!([send_sync!(SemaphorePermit<'static>), send_sync!(OwnedSemaphorePermit)], [BOTH; 2]);
        assert_eq!(
            [send_sync!(Acquire<'static>), send_sync!(AcquireOwned), send_sync!(BarrierWait<'static>)],
            [BOTH; 3]
        );
        assert_eq!([send_sync!(Notified<'static>), send_sync!(OwnedNotified)], [BOTH; 2]);
        assert_eq!([send_sync!(Event), send_sync!(Listener<'static>), send_sync!(EventListener<'static>)], [BOTH; 3]);
        assert_eq!([Probe::<Listener<'_>>::UNPIN, Probe::<EventListener<'_>>::UNPIN], [false, true]);
        assert_eq!(unwind_safe!(Event), (true, true));
    }

    /// A value with permits is as the value.
    #[test]
    fn mapped_permits_are_as_their_value() {
        type Borrowed<T> = MappedSemaphorePermit<T, SemaphorePermit<'static>>;
        type Owned<T> = MappedSemaphorePermit<T, OwnedSemaphorePermit>;
        assert_eq!([rows!(Borrowed), rows!(Owned)], [[BOTH, SEND, SYNC, NONE]; 2]);
        type Pinned = std::marker::PhantomPinned;
        assert_eq!([Probe::<Owned<u8>>::UNPIN, Probe::<Owned<Pinned>>::UNPIN], [true, false]);
    }

    /// What says why nothing was done, or what has been done, is as the value that it gives back.
    #[test]
    fn errors_are_as_what_they_give_back() {
        use sync_primitives::fence::MemoryBarrier;
        use sync_primitives::{
            AcquireError, Barging, BarrierWaitResult, Fifo, Priority, SetError, SetOnceError, TimedAcquireError,
            TryAcquireError, TryLockError, WaitTimeoutResult, WeightedFair, broadcast, mpmc, mpsc, oneshot, spsc,
            watch,
        };
        macro_rules! both {
            ($($type:ty),* $(,)?) => {
                $(
                    assert_eq!(send_sync!($type), BOTH, stringify!($type));
                    assert!(Probe::<$type>::UNPIN, stringify!($type));
                )*
            };
        }
        both!(AcquireError, BarrierWaitResult, TimedAcquireError, TryAcquireError, TryLockError, WaitTimeoutResult);
        both!(Fifo, Barging, Priority, WeightedFair<2>, MemoryBarrier);
        both!(broadcast::error::RecvError, broadcast::error::RecvTimeoutError, broadcast::error::TryRecvError);
        both!(oneshot::error::RecvError, oneshot::error::RecvTimeoutError, oneshot::error::TryRecvError);
        both!(mpsc::error::RecvTimeoutError, mpsc::error::TryRecvError, watch::error::RecvError);
        both!(mpmc::error::RecvTimeoutError, mpmc::error::TryRecvError);
        both!(spsc::error::RecvTimeoutError, spsc::error::TryRecvError);
        const AS_VALUE: [(bool, bool); 4] = [BOTH, SEND, SYNC, NONE];
        assert_eq!([rows!(SetError), rows!(SetOnceError)], [AS_VALUE; 2]);
        assert_eq!([rows!(broadcast::error::SendError), rows!(watch::error::SendError)], [AS_VALUE; 2]);
        assert_eq!(
            [rows!(mpsc::error::SendError), rows!(mpmc::error::SendError), rows!(spsc::error::SendError)],
            [AS_VALUE; 3]
        );
        assert_eq!(
            [rows!(mpsc::error::TrySendError), rows!(mpmc::error::TrySendError), rows!(spsc::error::TrySendError)],
            [AS_VALUE; 3]
        );
        assert_eq!(
            [
                rows!(mpsc::error::SendTimeoutError),
                rows!(mpmc::error::SendTimeoutError),
                rows!(spsc::error::SendTimeoutError)
            ],
            [AS_VALUE; 3]
        );
    }

    /// What the diagnostics tell is a copy that anybody may have.
    #[cfg(feature = "diagnostics")]
    #[test]
    fn what_diagnostics_tell_is_shared_and_sent() {
        use sync_primitives::diagnostics::{
            Actor, Counts, Futurelock, Histogram, Holder, Info, Kind, Primitive, Report, Step, Waiting,
        };
        assert_eq!([send_sync!(Actor), send_sync!(Counts), send_sync!(Futurelock), send_sync!(Histogram)], [BOTH; 4]);
        assert_eq!([send_sync!(Holder), send_sync!(Info), send_sync!(Kind), send_sync!(Primitive)], [BOTH; 4]);
        assert_eq!([send_sync!(Report), send_sync!(Step), send_sync!(Waiting)], [BOTH; 3]);
    }

    #[test]
    fn tokens_are_shared_and_sent_and_what_they_run_is_as_the_future() {
        assert_eq!(
            [send_sync!(CancellationToken), send_sync!(DropGuard), send_sync!(DropGuardRef<'static>)],
            [BOTH; 3]
        );
        assert_eq!(
            [send_sync!(WaitForCancellationFuture<'static>), send_sync!(WaitForCancellationFutureOwned)],
            [BOTH; 2]
        );
        assert_eq!(rows!(RunUntilCancelledFuture<'static>), [BOTH, SEND, SYNC, NONE]);
        assert_eq!(rows!(RunUntilCancelledFutureOwned), [BOTH, SEND, SYNC, NONE]);
        assert_eq!(
            [Probe::<WaitForCancellationFuture<'_>>::UNPIN, Probe::<RunUntilCancelledFuture<'_, u8>>::UNPIN],
            [false; 2]
        );
        assert_eq!([Probe::<CancellationToken>::UNPIN, Probe::<DropGuard>::UNPIN], [true; 2]);
        assert_eq!(unwind_safe!(CancellationToken), (true, true));
    }

    #[test]
    fn waiting_mutex_is_as_the_spinning_one() {
        assert_eq!(rows!(Mutex), [BOTH, BOTH, NONE, NONE]);
        assert_eq!(rows!(MutexGuard<'static>), [BOTH, SEND, SYNC, NONE]);
        assert_eq!(rows!(MappedMutexGuard<'static>), [BOTH, SEND, SYNC, NONE]);
        assert_eq!(rows!(OwnedMutexGuard), [BOTH, SEND, NONE, NONE]);
        assert_eq!(rows!(OwnedMappedMutexGuard), [BOTH, SEND, NONE, NONE]);
        assert_eq!(rows!(Lock<'static>), [BOTH, BOTH, NONE, NONE]);
        assert_eq!(rows!(LockOwned), [BOTH, BOTH, NONE, NONE]);
    }

    #[test]
    fn waiting_rwlock_is_as_the_spinning_one() {
        assert_eq!(rows!(RwLock), [BOTH, SEND, NONE, NONE]);
        assert_eq!(rows!(RwLockReadGuard<'static>), [BOTH, NONE, BOTH, NONE]);
        assert_eq!(rows!(RwLockWriteGuard<'static>), [BOTH, NONE, SYNC, NONE]);
        assert_eq!(rows!(RwLockUpgradableReadGuard<'static>), [BOTH, NONE, SYNC, NONE]);
        assert_eq!(rows!(RwLockMappedWriteGuard<'static>), [BOTH, SEND, SYNC, NONE]);
        assert_eq!(rows!(OwnedRwLockReadGuard), [BOTH, NONE, NONE, NONE]);
        assert_eq!(rows!(OwnedRwLockWriteGuard), [BOTH, NONE, NONE, NONE]);
        assert_eq!(rows!(OwnedRwLockMappedWriteGuard), [BOTH, NONE, NONE, NONE]);
        assert_eq!(rows!(OwnedRwLockUpgradableReadGuard), [BOTH, NONE, NONE, NONE]);
        assert_eq!([rows!(UpgradableReadOwned), rows!(UpgradeOwned)], [[BOTH, NONE, NONE, NONE]; 2]);
        assert_eq!([rows!(Read<'static>), rows!(Write<'static>)], [[BOTH, NONE, NONE, NONE]; 2]);
        assert_eq!(
            [rows!(UpgradableRead<'static>), rows!(ReadOwned), rows!(WriteOwned)],
            [[BOTH, NONE, NONE, NONE]; 3]
        );
        assert_eq!(rows!(Upgrade<'static>), [BOTH, NONE, SYNC, NONE]);
    }

    #[test]
    fn cells_need_both_to_be_shared() {
        assert_eq!([rows!(OnceCell), rows!(SetOnce)], [[BOTH, SEND, NONE, NONE]; 2]);
        assert_eq!(rows!(SetOnceWait<'static>), [BOTH, NONE, NONE, NONE]);
        assert_eq!(send_sync!(CondvarWait<'static, 'static, SendSync>), BOTH);
        assert_eq!(send_sync!(CondvarWait<'static, 'static, Neither>), NONE);
        assert_eq!(rows!(CondvarWaitOwned<'static>), [BOTH, SEND, NONE, NONE]);
    }

    /// Only copies leave a sequence lock. None of the other kinds of value is `Copy`, but a lock can be named for what it is not made for.
    #[test]
    fn sequence_locks_need_send_alone() {
        assert_eq!(rows!(SeqLock), [BOTH, BOTH, NONE, NONE]);
        assert_eq!(
            [send_sync!(SeqLockWriteGuard<'static, SendSync>), send_sync!(SeqLockWriteGuard<'static, *const u8>)],
            [BOTH, NONE]
        );
        assert_eq!(unwind_safe!(SeqLock<SendSync>), (true, false));
        assert_eq!([Probe::<SeqLock<u8>>::UNPIN, Probe::<SeqLockWriteGuard<'_, u8>>::UNPIN], [true; 2]);
    }

    /// A channel sends its values and never shares them, so `Sync` is not needed.
    #[test]
    fn channel_for_one_value_needs_send_alone() {
        use sync_primitives::oneshot::{Closed, Receiver, Sender};
        assert_eq!([rows!(Sender), rows!(Receiver), rows!(Closed<'static>)], [[BOTH, BOTH, NONE, NONE]; 3]);
        type Pinned = std::marker::PhantomPinned;
        assert_eq!([Probe::<Sender<Pinned>>::UNPIN, Probe::<Receiver<Pinned>>::UNPIN], [true; 2]);
    }

    #[test]
    fn channels_for_many_values_need_send_alone() {
        use sync_primitives::mpsc::{
            Closed, OwnedPermit, Permit, PermitIterator, Receiver, Recv, RecvMany, Reserve, ReserveMany, ReserveOwned,
            Send, Sender, UnboundedReceiver, UnboundedSender, WeakSender, WeakUnboundedSender,
        };
        use sync_primitives::{mpmc, spsc};
        const NEEDS_SEND: [(bool, bool); 4] = [BOTH, BOTH, NONE, NONE];
        assert_eq!([rows!(Sender), rows!(Receiver), rows!(WeakSender), rows!(mpmc::Receiver)], [NEEDS_SEND; 4]);
        assert_eq!([rows!(UnboundedSender), rows!(UnboundedReceiver), rows!(WeakUnboundedSender)], [NEEDS_SEND; 3]);
        assert_eq!(
            [rows!(Permit<'static>), rows!(PermitIterator<'static>), rows!(OwnedPermit), rows!(ReserveOwned)],
            [NEEDS_SEND; 4]
        );
        assert_eq!(
            [rows!(Reserve<'static>), rows!(ReserveMany<'static>), rows!(Closed<'static>), rows!(Recv<'static>)],
            [NEEDS_SEND; 4]
        );
        assert_eq!(rows!(mpmc::Recv<'static>), NEEDS_SEND);
        assert_eq!([rows!(spsc::Sender), rows!(spsc::Receiver), rows!(spsc::Recv<'static>)], [NEEDS_SEND; 3]);
        assert_eq!([Probe::<spsc::Send<'_, u8>>::UNPIN, Probe::<spsc::Recv<'_, u8>>::UNPIN], [true; 2]);
        // They hold a value, or borrow values, besides.
        assert_eq!(rows!(Send<'static>), [BOTH, SEND, NONE, NONE]);
        assert_eq!([rows!(RecvMany<'static>), rows!(mpmc::RecvMany<'static>)], [[BOTH, SEND, NONE, NONE]; 2]);
        assert_eq!(
            [Probe::<Send<'_, u8>>::UNPIN, Probe::<Reserve<'_, u8>>::UNPIN, Probe::<Closed<'_, u8>>::UNPIN],
            [false; 3]
        );
        assert_eq!([Probe::<ReserveOwned<u8>>::UNPIN, Probe::<mpmc::Recv<'_, u8>>::UNPIN], [false; 2]);
        type Pinned = std::marker::PhantomPinned;
        assert_eq!([Probe::<Sender<Pinned>>::UNPIN, Probe::<Receiver<Pinned>>::UNPIN], [true; 2]);
    }

    #[test]
    fn policies_do_not_change_what_is_shared_and_sent() {
        use sync_primitives::{Barging, Priority};
        assert_eq!([send_sync!(Semaphore<Priority>), send_sync!(Acquire<'static, Barging>)], [BOTH; 2]);
        assert_eq!([send_sync!(AcquireOwned<Priority>), send_sync!(OwnedSemaphorePermit<Barging>)], [BOTH; 2]);
        assert_eq!([Probe::<Semaphore<Priority>>::UNPIN, Probe::<Acquire<'_, Priority>>::UNPIN], [true, false]);
        use sync_primitives::{
            Mutex, MutexGuard, OwnedMutexGuard, OwnedRwLockReadGuard, RwLock, RwLockReadGuard, WeightedFair,
        };
        type Locked<T> = Mutex<T, WeightedFair<2>>;
        type Guard<T> = MutexGuard<'static, T, Priority>;
        type Owned<T> = OwnedMutexGuard<T, Priority>;
        type Waits<T> = Lock<'static, T, WeightedFair<2>>;
        assert_eq!([rows!(Locked), rows!(Guard)], [rows!(Mutex), rows!(MutexGuard<'static>)]);
        assert_eq!([rows!(Owned), rows!(Waits)], [rows!(OwnedMutexGuard), rows!(Lock<'static>)]);
        type Shared<T> = RwLock<T, WeightedFair<2>>;
        type Reader<T> = RwLockReadGuard<'static, T, Priority>;
        type OwnedReader<T> = OwnedRwLockReadGuard<T, T, Barging>;
        assert_eq!([rows!(Shared), rows!(Reader)], [rows!(RwLock), rows!(RwLockReadGuard<'static>)]);
        assert_eq!(rows!(OwnedReader), rows!(OwnedRwLockReadGuard));
        assert_eq!([Probe::<Locked<u8>>::UNPIN, Probe::<Waits<u8>>::UNPIN], [true, false]);
    }

    /// A task with a name is as its future.
    #[cfg(feature = "diagnostics")]
    #[test]
    fn named_tasks_are_as_their_futures() {
        type Of<T> = sync_primitives::diagnostics::Task<std::future::Ready<T>>;
        assert_eq!(rows!(Of), [BOTH, SEND, SYNC, NONE]);
        type Waits = sync_primitives::diagnostics::Task<Acquire<'static>>;
        assert_eq!([Probe::<Of<u8>>::UNPIN, Probe::<Waits>::UNPIN], [true, false]);
    }

    /// A ticket is as what waits and what that gives; bounding a wait by a time needs what both need.
    #[test]
    fn tickets_may_be_moved_and_are_as_what_waits() {
        type Of<T> = Ticket<Lock<'static, T>>;
        assert_eq!(rows!(Of), [BOTH, SEND, NONE, NONE]);
        assert_eq!([Probe::<Of<u8>>::UNPIN, Probe::<Ticket<Acquire<'_>>>::UNPIN], [true; 2]);
        type Sends<T> = sync_primitives::mpsc::SendUntil<'static, T, std::future::Ready<()>>;
        assert_eq!(rows!(Sends), rows!(sync_primitives::mpsc::Send<'static>));
        assert_eq!([Probe::<Sends<u8>>::UNPIN], [false]);
        type Bounded<T> = Until<Acquire<'static>, std::future::Ready<T>>;
        assert_eq!(rows!(Bounded), [BOTH, SEND, SYNC, NONE]);
        assert_eq!([Probe::<Bounded<u8>>::UNPIN, send_sync!(TimedOut).0], [false, true]);
    }

    /// Those who watch share the value; those who receive from a broadcast clone it one at a time.
    #[test]
    fn watched_values_need_both_and_broadcast_ones_send_alone() {
        use sync_primitives::{broadcast, watch};
        assert_eq!([rows!(watch::Sender), rows!(watch::Receiver)], [[BOTH, NONE, NONE, NONE]; 2]);
        assert_eq!(rows!(watch::Ref<'static>), [BOTH, NONE, BOTH, NONE]);
        assert_eq!([send_sync!(watch::Changed<'static>), send_sync!(watch::Closed<'static>)], [BOTH; 2]);
        type Waits<T> = watch::WaitFor<'static, T, fn(&T) -> bool>;
        assert_eq!(
            [send_sync!(Waits<SendSync>), send_sync!(Waits<OnlySend>), send_sync!(Waits<OnlySync>)],
            [BOTH, NONE, NONE]
        );
        const NEEDS_SEND: [(bool, bool); 4] = [BOTH, BOTH, NONE, NONE];
        assert_eq!(
            [rows!(broadcast::Sender), rows!(broadcast::Receiver), rows!(broadcast::WeakSender)],
            [NEEDS_SEND; 3]
        );
        assert_eq!([rows!(broadcast::Recv<'static>), rows!(broadcast::Closed<'static>)], [NEEDS_SEND; 2]);
        assert_eq!([Probe::<watch::Changed<'_>>::UNPIN, Probe::<broadcast::Recv<'_, u8>>::UNPIN], [false; 2]);
        type Pinned = std::marker::PhantomPinned;
        assert_eq!([Probe::<watch::Sender<Pinned>>::UNPIN, Probe::<broadcast::Receiver<Pinned>>::UNPIN], [true; 2]);
    }

    /// A future that waits is a node of a list: it must not be moved.
    #[test]
    fn futures_are_not_unpin() {
        assert_eq!(
            [Probe::<Acquire<'_>>::UNPIN, Probe::<AcquireOwned>::UNPIN, Probe::<Notified<'_>>::UNPIN],
            [false; 3]
        );
        assert_eq!(
            [Probe::<Lock<'_, u8>>::UNPIN, Probe::<LockOwned<u8>>::UNPIN, Probe::<Upgrade<'_, u8>>::UNPIN],
            [false; 3]
        );
        assert_eq!(
            [
                Probe::<UpgradeOwned<u8>>::UNPIN,
                Probe::<UpgradableReadOwned<u8>>::UNPIN,
                Probe::<CondvarWaitOwned<'_, u8>>::UNPIN
            ],
            [false; 3]
        );
        assert_eq!(
            [Probe::<Read<'_, u8>>::UNPIN, Probe::<Write<'_, u8>>::UNPIN, Probe::<BarrierWait<'_>>::UNPIN],
            [false; 3]
        );
        assert_eq!([Probe::<SetOnceWait<'_, u8>>::UNPIN, Probe::<CondvarWait<'_, '_, u8>>::UNPIN], [false; 2]);
        assert_eq!([Probe::<Semaphore>::UNPIN, Probe::<Mutex<u8>>::UNPIN, Probe::<RwLock<u8>>::UNPIN], [true; 3]);
        assert_eq!([Probe::<MutexGuard<'_, u8>>::UNPIN, Probe::<SemaphorePermit<'_>>::UNPIN], [true; 2]);
    }

    #[test]
    fn waiting_locks_are_not_ref_unwind_safe() {
        assert_eq!([unwind_safe!(Mutex<SendSync>), unwind_safe!(RwLock<SendSync>)], [(true, false); 2]);
        assert_eq!([unwind_safe!(Semaphore), unwind_safe!(Notify), unwind_safe!(Barrier)], [(true, true); 3]);
    }
}
