//! Code that is written for tokio's `sync`, compiled twice: against tokio's, and against ours by changing the `use` lines alone.
//! What it asserts is what tokio does.

/// The same tests, with what `$from` and `$token` offer.
macro_rules! tests_with {
    ($name:ident, $($from:ident)::+, $token:path) => {
        mod $name {
            mod barrier {
                use $($from)::+::{Barrier, BarrierWaitResult};
                include!("barrier.rs");
            }
            mod broadcast {
                use $($from)::+::broadcast;
                include!("broadcast.rs");
            }
            mod cancellation {
                use $token as CancellationToken;
                include!("cancellation.rs");
            }
            mod mpsc {
                use $($from)::+::mpsc;
                include!("mpsc.rs");
            }
            mod mutex {
                use $($from)::+::{
                    MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard, TryLockError,
                };
                include!("mutex.rs");
            }
            mod notify {
                use $($from)::+::Notify;
                use $($from)::+::futures::{Notified, OwnedNotified};
                include!("notify.rs");
            }
            mod once {
                use $($from)::+::{OnceCell, SetError, SetOnce, SetOnceError};
                include!("once.rs");
            }
            mod rwlock {
                use $($from)::+::{
                    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
                    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard, TryLockError,
                };
                include!("rwlock.rs");
            }
            mod semaphore {
                use $($from)::+::{AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError};
                include!("semaphore.rs");
            }
            mod watch {
                use $($from)::+::watch;
                include!("watch.rs");
            }
            mod oneshot {
                use $($from)::+::oneshot;
                include!("oneshot.rs");
            }
        }
    };
}

tests_with!(tokio_itself, tokio::sync, tokio_util::sync::CancellationToken);
tests_with!(ours, sync_primitives, sync_primitives::CancellationToken);

/// Runs a test on a runtime of one thread.
fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(test)
}
