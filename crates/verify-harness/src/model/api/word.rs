//! What atomic types and locks are made of: a word with an identity.

use core::sync::atomic::Ordering;

use super::super::calls;
use super::super::interface::{Answer, Loc, Op, Site, Strength, Update, UpdateFn, Waits};
use super::super::objects::ObjectId;
use super::here;

/// The strength of an ordering that may stand at a load.
#[track_caller]
pub(in crate::model::api) fn load_strength(order: Ordering) -> Strength {
    match order {
        Ordering::Relaxed => Strength::Relaxed,
        Ordering::Acquire => Strength::Acquire,
        Ordering::SeqCst => Strength::SeqCst,
        _ => panic!("there is no such thing as a load with release ordering"),
    }
}

#[track_caller]
pub(in crate::model::api) fn store_strength(order: Ordering) -> Strength {
    match order {
        Ordering::Relaxed => Strength::Relaxed,
        Ordering::Release => Strength::Release,
        Ordering::SeqCst => Strength::SeqCst,
        _ => panic!("there is no such thing as a store with acquire ordering"),
    }
}

pub(in crate::model::api) fn strength(order: Ordering) -> Strength {
    match order {
        Ordering::Relaxed => Strength::Relaxed,
        Ordering::Acquire => Strength::Acquire,
        Ordering::Release => Strength::Release,
        Ordering::AcqRel => Strength::AcqRel,
        _ => Strength::SeqCst,
    }
}

/// A value that fits an atomic word.
pub(in crate::model::api) trait Value: Copy {
    fn to_word(self) -> u64;
    fn from_word(word: u64) -> Self;
}

impl Value for bool {
    fn to_word(self) -> u64 {
        self.into()
    }
    fn from_word(word: u64) -> Self {
        word != 0
    }
}

impl<T> Value for *mut T {
    fn to_word(self) -> u64 {
        self.expose_provenance() as u64
    }
    fn from_word(word: u64) -> Self {
        core::ptr::with_exposed_provenance_mut(word as usize)
    }
}

/// What all atomic types share: an identity, and the value before any write. `OPEN` says whether it is the program that names
/// the orderings of its operations, and not what the word is a part of.
pub(in crate::model::api) struct Word<T, const OPEN: bool = false> {
    id: ObjectId,
    initial: T,
}

impl<T, const OPEN: bool> Word<T, OPEN> {
    /// A word that holds `initial`. Making it makes no event.
    pub(in crate::model::api) const fn new(initial: T) -> Self {
        Self { id: ObjectId::unbound(), initial }
    }
}

impl<T: Value, const OPEN: bool> Word<T, OPEN> {
    /// The place of an operation that is called now.
    #[track_caller]
    fn at() -> Site {
        if OPEN { here() } else { here().inner() }
    }

    #[track_caller]
    #[inline]
    fn on(&self, mut op: Op) -> Answer {
        calls::refuse_dangling(self.id.address(), "access", here());
        calls::perform_on(&self.id, self.initial.to_word(), &mut op, Self::at())
    }

    #[track_caller]
    pub(in crate::model::api) fn load(&self, strength: Strength) -> T {
        T::from_word(self.on(Op::Load { loc: Loc::UNPLACED, strength }).value)
    }

    #[track_caller]
    pub(in crate::model::api) fn store(&self, value: T, strength: Strength) {
        self.on(Op::Store { loc: Loc::UNPLACED, strength, value: value.to_word() });
    }

    #[track_caller]
    pub(in crate::model::api) fn update(&self, function: UpdateFn, operand: T, order: Ordering) -> T {
        let update = Update { function, a: operand.to_word(), b: 0, failure: Strength::Plain, waits: false };
        T::from_word(
            self.on(Op::Rmw { loc: Loc::UNPLACED, strength: strength(order), update, waits: Waits::Lock }).value,
        )
    }

    /// Waits until `function` writes.
    #[track_caller]
    pub(in crate::model::api) fn wait(&self, function: UpdateFn, operand: T, order: Ordering, waits: Waits) {
        let update = Update { function, a: operand.to_word(), b: 0, failure: Strength::Relaxed, waits: true };
        self.on(Op::Rmw { loc: Loc::UNPLACED, strength: strength(order), update, waits });
    }

    /// Writes what `function` makes of the value and `operand`, if anything; returns the value before.
    #[track_caller]
    pub(in crate::model::api) fn try_update(&self, function: UpdateFn, operand: T, order: Ordering) -> Result<T, T> {
        let update = Update { function, a: operand.to_word(), b: 0, failure: Strength::Relaxed, waits: false };
        let answer = self.on(Op::Rmw { loc: Loc::UNPLACED, strength: strength(order), update, waits: Waits::Lock });
        let value = T::from_word(answer.value);
        if answer.wrote { Ok(value) } else { Err(value) }
    }

    #[track_caller]
    pub(in crate::model::api) fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        let function = |value, current, new| if value == current { Some(new) } else { None };
        let (a, b) = (current.to_word(), new.to_word());
        let update = Update { function, a, b, failure: load_strength(failure), waits: false };
        let answer = self.on(Op::Rmw { loc: Loc::UNPLACED, strength: strength(success), update, waits: Waits::Lock });
        let value = T::from_word(answer.value);
        if answer.wrote { Ok(value) } else { Err(value) }
    }

    #[track_caller]
    pub(in crate::model::api) fn compare_exchange_weak(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        if calls::weak_may_fail() && calls::perform(Op::Choose { count: 2 }, here()).value == 1 {
            let failure = load_strength(failure);
            let update = Update { function: |_, _, _| None, a: 0, b: 0, failure, waits: false };
            let answer =
                self.on(Op::Rmw { loc: Loc::UNPLACED, strength: strength(success), update, waits: Waits::Lock });
            return Err(T::from_word(answer.value));
        }
        self.compare_exchange(current, new, success, failure)
    }

    #[track_caller]
    pub(in crate::model::api) fn fetch_update(
        &self,
        set_order: Ordering,
        fetch_order: Ordering,
        mut f: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        let mut previous = self.load(load_strength(fetch_order));
        while let Some(next) = f(previous) {
            match self.compare_exchange_weak(previous, next, set_order, fetch_order) {
                Ok(value) => return Ok(value),
                Err(value) => previous = value,
            }
        }
        Err(previous)
    }

    /// The value, for an owner that shares the word with nobody.
    #[track_caller]
    pub(in crate::model::api) fn unsync_load(&self) -> T {
        if calls::is_running() { self.load(Strength::Plain) } else { self.initial }
    }

    #[track_caller]
    pub(in crate::model::api) fn with_mut<R>(&mut self, f: impl FnOnce(&mut T) -> R) -> R {
        if !calls::is_running() {
            return f(&mut self.initial);
        }
        let before = self.load(Strength::Plain);
        let mut value = before;
        let result = f(&mut value);
        self.store(value, Strength::Plain);
        result
    }
}
