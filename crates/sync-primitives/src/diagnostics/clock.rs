//! What time it is.

use core::time::Duration;
use std::time::Instant;

use crate::primitive::os::{OnceLock, PoisonError, RwLock};

static CLOCK: RwLock<Option<fn() -> Duration>> = RwLock::new(None);

/// Lets `clock` say what time it is, since whatever moment; `None` for that of the system. For tests and simulations.
///
/// ```
/// use std::time::Duration;
/// use sync_primitives::diagnostics;
///
/// diagnostics::set_clock(Some(|| Duration::from_secs(7)));
/// # diagnostics::set_clock(None);
/// ```
pub fn set_clock(clock: Option<fn() -> Duration>) {
    *CLOCK.write().unwrap_or_else(PoisonError::into_inner) = clock;
}

/// The time now.
pub(super) fn now() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let clock = *CLOCK.read().unwrap_or_else(PoisonError::into_inner);
    clock.map_or_else(|| START.get_or_init(Instant::now).elapsed(), |clock| clock())
}
