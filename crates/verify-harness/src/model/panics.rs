//! What a panic of the program says, and to whom.

use core::any::Any;
use core::cell::Cell;
use std::sync::Once;

thread_local! {
    /// Whether panics on this OS thread are not reported.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// As long as it lives, panics on this OS thread are not reported by the panic hook: they repeat one that was.
///
/// Where a program sets a hook of its own afterwards, that one is called nevertheless.
pub(crate) struct Quiet(bool);

impl Quiet {
    pub(crate) fn new() -> Self {
        static INSTALLED: Once = Once::new();
        // A hook cannot be set by a thread that panics.
        if !std::thread::panicking() {
            INSTALLED.call_once(|| {
                let before = std::panic::take_hook();
                std::panic::set_hook(Box::new(move |info| {
                    if !QUIET.try_with(Cell::get).unwrap_or(false) {
                        before(info);
                    }
                }));
            });
        }
        Self(QUIET.replace(true))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        QUIET.set(self.0);
    }
}

/// Sets whether panics on this OS thread are kept from being reported; returns what was set before.
#[cfg(feature = "os-threads")]
pub(super) fn set_quiet(quiet: bool) -> bool {
    QUIET.replace(quiet)
}

/// The message of a panic's payload.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic whose payload is not text".to_owned()
    }
}
