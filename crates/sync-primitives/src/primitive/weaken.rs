//! Weakened twins: a model test arms one tagged site with a weaker ordering and expects the checker to object.
//!
//! The checker runs all threads of a model as coroutines of the thread that called it, so a thread-local reaches them all,
//! and tests that run side by side do not disturb one another.

use core::cell::Cell;
use core::sync::atomic::Ordering;

#[derive(Clone, Copy, Debug)]
struct Armed {
    tag: &'static str,
    ordering: Ordering,
}

std::thread_local! {
    static ARMED: Cell<Option<Armed>> = const { Cell::new(None) };
    static HITS: Cell<u64> = const { Cell::new(0) };
}

/// The ordering the site `tag` uses: what the code says, or what a test armed it with.
#[must_use]
pub fn ordering(tag: &'static str, written: Ordering) -> Ordering {
    match ARMED.get() {
        Some(armed) if armed.tag == tag => {
            HITS.set(HITS.get() + 1);
            armed.ordering
        }
        _ => written,
    }
}

/// Whether a test has seeded the bug `tag`, as an armed site with that tag.
#[must_use]
pub fn is_seeded(tag: &'static str) -> bool {
    let seeded = ARMED.get().is_some_and(|armed| armed.tag == tag);
    if seeded {
        HITS.set(HITS.get() + 1);
    }
    seeded
}

/// Arms the site `tag` with `ordering` until the guard is dropped.
///
/// # Panics
///
/// If a site is armed already: a twin differs in one place.
pub fn site(tag: &'static str, ordering: Ordering) -> Guard {
    assert!(ARMED.get().is_none(), "one site at a time");
    HITS.set(0);
    ARMED.set(Some(Armed { tag, ordering }));
    Guard(())
}

/// Keeps a site armed.
#[derive(Debug)]
#[must_use = "the site is disarmed when the guard is dropped"]
pub struct Guard(());

impl Guard {
    /// How often the armed site was reached: a twin that is never reached proves nothing.
    #[must_use]
    pub fn hits(&self) -> u64 {
        HITS.get()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        ARMED.set(None);
    }
}
