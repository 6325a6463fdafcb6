//! The front end for tests written against loom's or std's names.

pub mod alloc;
mod call_site;
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
pub(in crate::model) use call_site::CallSites;
pub use call_site::{CallSite, InvalidOrdering};

/// The place in the source that calls a checked operation.
#[track_caller]
pub(crate) fn here() -> Site {
    Site(core::ptr::from_ref(Location::caller()).expose_provenance())
}

/// The place in the source of a site that [`here`] gave; none of what stands nowhere in the program's text.
fn location(site: Site) -> Option<&'static Location<'static>> {
    if site == Site::UNKNOWN {
        return None;
    }
    let location = core::ptr::with_exposed_provenance::<Location<'static>>(site.outer().0);
    // SAFETY: every site of this front end but the unknown one is the address of a `&'static Location`, exposed in `here`.
    Some(unsafe { &*location })
}

/// Names a place that [`here`] gave.
pub(crate) fn name_site(site: Site) -> String {
    location(site).map_or_else(|| "-".to_owned(), |location| format!("{}:{}", location.file(), location.line()))
}
