//! Machine instructions of one uncontended pair of operations, for each primitive and its peers:
//!
//! ```sh
//! cargo build --release --locked -p benches --example pairs
//! valgrind --tool=callgrind --callgrind-out-file=pairs.out target/release/examples/pairs
//! callgrind_annotate --inclusive=yes pairs.out | grep "pair_.*(1x)"
//! ```
//!
//! Each function below does its pair [`ROUNDS`] times, so a row of the report divided by that number is instructions per pair,
//! its share of the loop included. `pair_floor` is a pair of bare read-modify-writes. Counts are the same on every run of
//! one build; they say nothing about time, which `cargo bench -p benches --bench locks` measures.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use sync_primitives as ours;

const ROUNDS: usize = 10_000;

/// The output of a future that need not wait.
#[inline]
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nobody else is there"),
    }
}

/// Defines a function that is not inlined, so that the report names it, and a list of all of them.
macro_rules! pairs {
    ($($name:ident($primitive:ident: $type:ty = $make:expr) $body:expr;)*) => {
        $(
            #[inline(never)]
            fn $name() {
                let place: $type = $make;
                for _ in 0..ROUNDS {
                    let $primitive = black_box(&place);
                    $body;
                }
            }
        )*

        fn main() {
            $($name();)*
        }
    };
}

pairs! {
    pair_floor(count: AtomicUsize = AtomicUsize::new(16)) {
        black_box(count.fetch_sub(1, Ordering::Acquire));
        black_box(count.fetch_add(1, Ordering::Release))
    };
    pair_semaphore(semaphore: ours::Semaphore = ours::Semaphore::new(16)) drop(now(semaphore.acquire()));
    pair_semaphore_try(semaphore: ours::Semaphore = ours::Semaphore::new(16)) drop(semaphore.try_acquire());
    pair_semaphore_blocking(semaphore: ours::Semaphore = ours::Semaphore::new(16)) drop(semaphore.blocking_acquire());
    pair_semaphore_tokio(semaphore: tokio::sync::Semaphore = tokio::sync::Semaphore::new(16)) drop(now(semaphore.acquire()));
    pair_semaphore_async_lock(semaphore: async_lock::Semaphore = async_lock::Semaphore::new(16)) drop(now(semaphore.acquire()));
    pair_mutex(mutex: ours::Mutex<u64> = ours::Mutex::new(0)) *now(mutex.lock()) += 1;
    pair_mutex_try(mutex: ours::Mutex<u64> = ours::Mutex::new(0)) *mutex.try_lock().unwrap() += 1;
    pair_mutex_blocking(mutex: ours::Mutex<u64> = ours::Mutex::new(0)) *mutex.blocking_lock() += 1;
    pair_mutex_tokio(mutex: tokio::sync::Mutex<u64> = tokio::sync::Mutex::new(0)) *now(mutex.lock()) += 1;
    pair_mutex_async_lock(mutex: async_lock::Mutex<u64> = async_lock::Mutex::new(0)) *now(mutex.lock()) += 1;
    pair_mutex_parking_lot(mutex: parking_lot::Mutex<u64> = parking_lot::Mutex::new(0)) *mutex.lock() += 1;
    pair_mutex_std(mutex: std::sync::Mutex<u64> = std::sync::Mutex::new(0)) *mutex.lock().unwrap() += 1;
    pair_read(lock: ours::RwLock<u64> = ours::RwLock::new(0)) black_box(*now(lock.read()));
    pair_read_blocking(lock: ours::RwLock<u64> = ours::RwLock::new(0)) black_box(*lock.blocking_read());
    pair_read_tokio(lock: tokio::sync::RwLock<u64> = tokio::sync::RwLock::new(0)) black_box(*now(lock.read()));
    pair_read_async_lock(lock: async_lock::RwLock<u64> = async_lock::RwLock::new(0)) black_box(*now(lock.read()));
    pair_read_parking_lot(lock: parking_lot::RwLock<u64> = parking_lot::RwLock::new(0)) black_box(*lock.read());
    pair_write(lock: ours::RwLock<u64> = ours::RwLock::new(0)) *now(lock.write()) += 1;
    pair_write_blocking(lock: ours::RwLock<u64> = ours::RwLock::new(0)) *lock.blocking_write() += 1;
    pair_write_tokio(lock: tokio::sync::RwLock<u64> = tokio::sync::RwLock::new(0)) *now(lock.write()) += 1;
}
