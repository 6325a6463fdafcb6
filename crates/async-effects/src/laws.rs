//! The laws that effects keep, as functions that check them: for the effects of this crate, and for yours.
//!
//! Two effects are the same when no run can tell them apart: they give the same output and do the same things in the same
//! order. What a run does is known to whoever made it, so each law takes an `observe` that runs an effect and returns all
//! that matters: its output, and whatever log, counter or clock the effect leaves traces in. `observe` begins each
//! observation afresh.
//!
//! | law | the same |
//! |---|---|
//! | [`left_identity`] | `pure(a).then(f)` and `f(a)` |
//! | [`right_identity`] | `m.then(pure)` and `m` |
//! | [`associativity`] | `m.then(f).then(g)` and `m.then(\|a\| f(a).then(g))` |
//! | [`map_identity`] | `m.map(\|a\| a)` and `m` |
//! | [`map_composition`] | `m.map(f).map(g)` and `m.map(\|a\| g(f(a)))` |
//! | [`map_is_then_pure`] | `m.map(f)` and `m.then(\|a\| pure(f(a)))` |
//!
//! ```
//! use std::cell::Cell;
//! use std::time::Duration;
//! use async_effects::{AsyncEffect, ManualTimer, Timer, laws};
//!
//! let timer = ManualTimer::new();
//! let count = Cell::new(0);
//! let tick = || async {
//!     timer.sleep(Duration::from_secs(1)).await;
//!     count.set(count.get() + 1);
//!     count.get()
//! };
//! // What a run does: its output, the count and the time it took.
//! let observe = |run: laws::Run<'_, i32>| {
//!     count.set(0);
//!     let before = timer.elapsed();
//!     let output = timer.run(run);
//!     (output, count.get(), timer.elapsed() - before)
//! };
//! assert!(laws::right_identity(&tick, observe));
//! ```

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;

use crate::effect::{AsyncEffect, pure};

/// One run of an effect, to be observed. A box, so that one `observe` takes the runs of both sides of a law.
pub type Run<'a, V> = Pin<Box<dyn Future<Output = V> + 'a>>;

/// Whether an observation of `left` is one of `right`.
fn same<V, L, R, O>(left: &L, right: &R, mut observe: impl FnMut(Run<'_, V>) -> O) -> bool
where
    L: AsyncEffect<Output = V>,
    R: AsyncEffect<Output = V>,
    O: PartialEq,
{
    observe(Box::pin(left.run())) == observe(Box::pin(right.run()))
}

/// `pure(a).then(f)` is `f(a)`.
pub fn left_identity<A, M, F, O>(a: A, f: F, observe: impl FnMut(Run<'_, M::Output>) -> O) -> bool
where
    A: Clone,
    M: AsyncEffect,
    F: Fn(A) -> M,
    O: PartialEq,
{
    let right = f(a.clone());
    same(&pure(a).then(&f), &right, observe)
}

/// `m.then(pure)` is `m`.
pub fn right_identity<M, O>(m: &M, observe: impl FnMut(Run<'_, M::Output>) -> O) -> bool
where
    M: AsyncEffect,
    M::Output: Clone,
    O: PartialEq,
{
    same(&Shared(m).then(pure), m, observe)
}

/// `m.then(f).then(g)` is `m.then(|a| f(a).then(g))`.
pub fn associativity<M, N, P, F, G, O>(m: &M, f: F, g: G, observe: impl FnMut(Run<'_, P::Output>) -> O) -> bool
where
    M: AsyncEffect,
    N: AsyncEffect,
    P: AsyncEffect,
    F: Fn(M::Output) -> N,
    G: Fn(N::Output) -> P,
    O: PartialEq,
{
    same(&Shared(m).then(&f).then(&g), &Shared(m).then(|a| f(a).then(&g)), observe)
}

/// `m.map(|a| a)` is `m`.
pub fn map_identity<M, O>(m: &M, observe: impl FnMut(Run<'_, M::Output>) -> O) -> bool
where
    M: AsyncEffect,
    O: PartialEq,
{
    same(&Shared(m).map(|a| a), m, observe)
}

/// `m.map(f).map(g)` is `m.map(|a| g(f(a)))`.
pub fn map_composition<M, B, C, F, G, O>(m: &M, f: F, g: G, observe: impl FnMut(Run<'_, C>) -> O) -> bool
where
    M: AsyncEffect,
    F: Fn(M::Output) -> B,
    G: Fn(B) -> C,
    O: PartialEq,
{
    same(&Shared(m).map(&f).map(&g), &Shared(m).map(|a| g(f(a))), observe)
}

/// `m.map(f)` is `m.then(|a| pure(f(a)))`.
pub fn map_is_then_pure<M, B, F, O>(m: &M, f: F, observe: impl FnMut(Run<'_, B>) -> O) -> bool
where
    M: AsyncEffect,
    B: Clone,
    F: Fn(M::Output) -> B,
    O: PartialEq,
{
    same(&Shared(m).map(&f), &Shared(m).then(|a| pure(f(a))), observe)
}

/// An effect by reference. (Not an implementation for `&E`: that would clash with the one for functions.)
struct Shared<'a, M>(&'a M);

impl<M: AsyncEffect> AsyncEffect for Shared<'_, M> {
    type Output = M::Output;

    fn run(&self) -> impl Future<Output = M::Output> {
        self.0.run()
    }
}
