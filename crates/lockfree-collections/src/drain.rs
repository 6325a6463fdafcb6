//! Dropping many values, although the drop of one may panic.

/// Drops what `next` yields until it yields nothing. If the drop of a value panics, the others are still dropped, and the panic goes
/// on; if that of a second one panics, the process aborts, as with `Vec`.
pub(crate) fn drop_all<T>(next: impl FnMut() -> Option<T>) {
    /// Goes on when the drop of a value has panicked.
    struct Rest<F: FnMut() -> Option<T>, T>(F);

    impl<F: FnMut() -> Option<T>, T> Rest<F, T> {
        fn run(&mut self) {
            while let Some(value) = (self.0)() {
                drop(value);
            }
        }
    }

    impl<F: FnMut() -> Option<T>, T> Drop for Rest<F, T> {
        fn drop(&mut self) {
            self.run();
        }
    }

    Rest(next).run();
}
