//! A flag is set without `Release`: the checker finds the execution in which the value behind it is missed.
//!
//! `cargo run -p selvedge --features verify --example missing_release`

use selvedge::verify::model::sync::Arc;
use selvedge::verify::model::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed},
};
use selvedge::verify::model::{Builder, thread};

fn main() {
    let report = Builder::new().explore(|| {
        let shared = Arc::new((AtomicU32::new(0), AtomicBool::new(false)));
        let writer = Arc::clone(&shared);
        thread::spawn(move || {
            writer.0.store(42, Relaxed);
            writer.1.store(true, Relaxed); // must be Release
        });
        if shared.1.load(Acquire) {
            assert_eq!(shared.0.load(Relaxed), 42);
        }
    });
    let failure = report.verdict.failure().expect("the checker finds the missing Release");
    println!("{failure}");
}
