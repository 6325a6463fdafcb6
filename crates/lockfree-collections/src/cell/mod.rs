//! Cells: one value that threads read and replace; see [`AtomicBox`] and [`AtomicRc`].

pub mod access;
mod atomic_box;
mod atomic_rc;
pub mod cache;
mod guard;
mod hold;
mod node;
mod ref_cnt;
mod register;
#[cfg(feature = "serde")]
mod serde;

pub use atomic_box::{AtomicBox, CompareExchangeError};
pub use atomic_rc::{AtomicRc, AtomicRcAny, AtomicRcOption, AtomicWeak};
pub use cache::Cache;
pub use guard::{Displaced, Guard};
pub use hold::Owned;
pub use ref_cnt::{AsRaw, RefCnt};
