//! Describing async work: typed effects.
