//! Names that live as long as the program.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// The text for ever, so that a [`Violation`](crate::models::Violation) of a loaded model looks like one of a native model.
///
/// Each text is kept once, whatever the number of models that use it, and only for axioms and relations that occur in a violation.
pub(super) fn lasting(text: &str) -> &'static str {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_with(HashSet::new);
    if let Some(known) = names.get(text) {
        return known;
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}
