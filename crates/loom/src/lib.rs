//! loom's interface on `verify-harness`'s model checker.
//!
//! A crate that checks itself with [loom](https://docs.rs/loom/0.7) runs the same tests on this checker by a patch:
//!
//! ```toml
//! [patch.crates-io]
//! loom = { path = "path/to/selvedge/crates/loom" }
//! ```
//!
//! Every execution that RC11 allows is explored once; sequentially consistent accesses are exact; there is no limit of five
//! threads. What differs from loom is told in the `README.md` beside this crate.
//!
//! ```
//! use loom::sync::Arc;
//! use loom::sync::atomic::AtomicUsize;
//! use loom::sync::atomic::Ordering::Relaxed;
//! use loom::thread;
//!
//! loom::model(|| {
//!     let number = Arc::new(AtomicUsize::new(0));
//!     let threads: Vec<_> = (0..2)
//!         .map(|_| {
//!             let number = Arc::clone(&number);
//!             thread::spawn(move || number.fetch_add(1, Relaxed))
//!         })
//!         .collect();
//!     for thread in threads {
//!         thread.join().unwrap();
//!     }
//!     assert_eq!(number.load(Relaxed), 2);
//! });
//! ```

#![forbid(unsafe_code)]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod explore;
pub mod lazy_static;
mod macros;
pub mod model;
pub mod sync;

pub use explore::{MAX_THREADS, explore, skip_branch, stop_exploring};
#[doc(inline)]
pub use model::model;
#[cfg(feature = "futures")]
pub use verify_harness::model::future;
pub use verify_harness::model::{alloc, cell, hint, thread};
