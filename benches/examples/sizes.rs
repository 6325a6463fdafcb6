//! Bytes of the primitives, of their futures, and of what they allocate for a wait, beside those of their peers:
//!
//! ```sh
//! cargo run --release --locked -p benches --example sizes
//! ```

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use benches::counting::{Counting, alive};
use sync_primitives as ours;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Prints the size of a primitive, of a future that waits for it, and of what waiting allocates: for the second to wait, since the first may
/// set up what all share.
fn row<P, F: Future>(name: &str, _: &P, wait: impl Fn() -> F) {
    let mut context = Context::from_waker(Waker::noop());
    let mut first = pin!(wait());
    let mut second = pin!(wait());
    assert!(first.as_mut().poll(&mut context).is_pending(), "{name}: nobody should be let in");
    let before = alive();
    assert!(second.as_mut().poll(&mut context).is_pending(), "{name}: nobody should be let in");
    let heap = alive() - before;
    println!("{name:<32} {:>9} {:>9} {heap:>9}", size_of::<P>(), size_of::<F>());
}

/// Prints the size of a primitive of threads.
fn bare<P>(name: &str) {
    println!("{name:<32} {:>9} {:>9} {:>9}", size_of::<P>(), "-", "-");
}

macro_rules! mutexes {
    ($($name:literal $make:expr;)*) => {$(
        let mutex = $make;
        let _guard = mutex.try_lock();
        row($name, &mutex, || mutex.lock());
    )*};
}

macro_rules! rwlocks {
    ($($name:literal $make:expr;)*) => {$(
        let lock = $make;
        let _guard = lock.try_write();
        row(concat!($name, " read"), &lock, || lock.read());
        row(concat!($name, " write"), &lock, || lock.write());
    )*};
}

fn main() {
    println!("{:<32} {:>9} {:>9} {:>9}", "bytes of", "itself", "future", "heap");
    mutexes! {
        "Mutex<u64>, selvedge" ours::Mutex::new(0_u64);
        "Mutex<u64>, tokio" tokio::sync::Mutex::new(0_u64);
        "Mutex<u64>, async-lock" async_lock::Mutex::new(0_u64);
        "Mutex<u64>, futures-intrusive" futures_intrusive::sync::Mutex::new(0_u64, true);
        "Mutex<u64>, maitake-sync" maitake_sync::Mutex::new(0_u64);
        "Mutex<u64>, futures-util" futures_util::lock::Mutex::new(0_u64);
    }
    bare::<parking_lot::Mutex<u64>>("Mutex<u64>, parking_lot");
    bare::<std::sync::Mutex<u64>>("Mutex<u64>, std");
    bare::<usync::Mutex<u64>>("Mutex<u64>, usync");
    rwlocks! {
        "RwLock<u64>, selvedge" ours::RwLock::new(0_u64);
        "RwLock<u64>, tokio" tokio::sync::RwLock::new(0_u64);
        "RwLock<u64>, async-lock" async_lock::RwLock::new(0_u64);
        "RwLock<u64>, maitake-sync" maitake_sync::RwLock::new(0_u64);
    }
    bare::<parking_lot::RwLock<u64>>("RwLock<u64>, parking_lot");
    bare::<std::sync::RwLock<u64>>("RwLock<u64>, std");
    let semaphore = ours::Semaphore::new(0);
    row("Semaphore, selvedge", &semaphore, || semaphore.acquire());
    let semaphore = tokio::sync::Semaphore::new(0);
    row("Semaphore, tokio", &semaphore, || semaphore.acquire());
    let semaphore = async_lock::Semaphore::new(0);
    row("Semaphore, async-lock", &semaphore, || semaphore.acquire());
    let semaphore = futures_intrusive::sync::Semaphore::new(true, 0);
    row("Semaphore, futures-intrusive", &semaphore, || semaphore.acquire(1));
    let semaphore = maitake_sync::Semaphore::new(0);
    row("Semaphore, maitake-sync", &semaphore, || semaphore.acquire(1));
    let notify = ours::Notify::new();
    row("Notify, selvedge", &notify, || notify.notified());
    let notify = tokio::sync::Notify::new();
    row("Notify, tokio", &notify, || notify.notified());
    let notify = maitake_sync::WaitQueue::new();
    row("WaitQueue, maitake-sync", &notify, || notify.wait());
    bare::<ours::Condvar>("Condvar, selvedge");
    bare::<parking_lot::Condvar>("Condvar, parking_lot");
    bare::<std::sync::Condvar>("Condvar, std");
    bare::<ours::Barrier>("Barrier, selvedge");
    bare::<tokio::sync::Barrier>("Barrier, tokio");
    bare::<async_lock::Barrier>("Barrier, async-lock");
    bare::<ours::OnceCell<u64>>("OnceCell<u64>, selvedge");
    bare::<tokio::sync::OnceCell<u64>>("OnceCell<u64>, tokio");
    bare::<async_lock::OnceCell<u64>>("OnceCell<u64>, async-lock");
}
