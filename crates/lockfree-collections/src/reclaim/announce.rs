//! What a slot may hold beside hazards.

/// What the holder of a slot announces to the others of the collection.
pub(crate) trait Announce: Default {
    /// What goes with it, for the holder of the slot alone. It is dropped with the collection, when nothing else of it is left.
    type Private: Default;
}

/// Nothing.
impl Announce for () {
    type Private = ();
}
