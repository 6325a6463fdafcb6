//! Going on to the end, although a step may panic.

/// Calls `step` until it returns false. If a call panics, `step` is called on, and the panic goes on at the end; if a second call panics,
/// the process aborts, as when the values of a `Vec` are dropped.
pub(crate) fn to_the_end(step: impl FnMut() -> bool) {
    /// Goes on when a step has panicked.
    struct Rest<F: FnMut() -> bool>(F);

    impl<F: FnMut() -> bool> Rest<F> {
        fn run(&mut self) {
            while (self.0)() {}
        }
    }

    impl<F: FnMut() -> bool> Drop for Rest<F> {
        fn drop(&mut self) {
            self.run();
        }
    }

    Rest(step).run();
}

/// Drops what `next` yields until it yields nothing, as [`to_the_end`] goes on.
pub(crate) fn drop_all<T>(mut next: impl FnMut() -> Option<T>) {
    to_the_end(|| next().map(drop).is_some());
}
