//! Code that is written for tokio's channels, compiled twice: against tokio's, and against ours by changing the `use` lines alone.
//! What it asserts is what tokio does.

/// The same tests, with the channels of `$from`.
macro_rules! tests_with {
    ($name:ident, $($from:tt)+) => {
        mod $name {
            mod oneshot {
                use $($from)+::oneshot;
                include!("oneshot.rs");
            }
        }
    };
}

tests_with!(tokio_itself, tokio::sync);
tests_with!(ours, sync_primitives);

/// Runs a test on a runtime of one thread.
fn run<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(test)
}
