//! Relations between events, as bit matrices.
//!
//! A [`Relation`] over `n` events holds one row of `n` bits per event: one machine word for executions of up to 64 events, more
//! words above. Set operations cost `n` row operations, composition and closure at most `n^2`.
//!
//! The operators of the literature map to methods: `r | s` union, `r & s` intersection, `r - s` difference,
//! [`compose`](Relation::compose) `r;s`, [`inverse`](Relation::inverse) `r^-1`,
//! [`transitive_closure`](Relation::transitive_closure) `r+`, [`reflexive`](Relation::reflexive) `r?`,
//! [`reflexive_transitive_closure`](Relation::reflexive_transitive_closure) `r*`, [`identity_on`](Relation::identity_on) `[S]`,
//! [`product`](Relation::product) `S * T`.

mod algebra;
mod cycle;
mod matrix;
mod set;

pub use matrix::{Pairs, Relation};
pub use set::EventSet;
