//! The front end for tests written against loom's or std's names.

pub mod alloc;
pub mod cell;
pub mod future;
pub mod hint;
pub mod lazy;
mod local;
pub mod sync;
pub mod thread;
mod word;

use core::panic::Location;

use super::interface::Site;

/// The place in the source that calls a checked operation.
#[track_caller]
pub(crate) fn here() -> Site {
    Site(core::ptr::from_ref(Location::caller()).expose_provenance())
}

/// Names a place that [`here`] gave.
pub(crate) fn name_site(site: Site) -> String {
    if site == Site::UNKNOWN {
        return "-".to_owned();
    }
    let location = core::ptr::with_exposed_provenance::<Location<'static>>(site.0);
    // SAFETY: every site of this front end but the unknown one is the address of a `&'static Location`, exposed in `here`.
    let location = unsafe { &*location };
    format!("{}:{}", location.file(), location.line())
}
