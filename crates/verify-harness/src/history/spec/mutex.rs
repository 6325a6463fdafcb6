//! A lock.

use crate::history::Specification;

/// A mutual exclusion lock that starts unlocked and knows no owner.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{Mutex, MutexInput, MutexOutput};
///
/// let locked = Mutex.step(&false, &MutexInput::Lock, None).unwrap();
/// assert_eq!(Mutex.step(&locked, &MutexInput::Lock, None), None);
/// assert_eq!(Mutex.step(&locked, &MutexInput::TryLock, Some(&MutexOutput::Tried(false))), Some(true));
/// assert_eq!(Mutex.step(&locked, &MutexInput::Unlock, Some(&MutexOutput::Done)), Some(false));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mutex;

/// What is asked of a [`Mutex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MutexInput {
    /// Wait until the lock is free, and take it.
    Lock,
    /// Take the lock if it is free, and say whether it was.
    TryLock,
    /// Release the lock.
    Unlock,
}

/// What a [`Mutex`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MutexOutput {
    /// Locked, or unlocked.
    Done,
    /// Whether the lock was taken.
    Tried(bool),
}

impl Specification for Mutex {
    /// Whether the lock is taken.
    type State = bool;
    type Input = MutexInput;
    type Output = MutexOutput;
    type Key = ();

    fn initial(&self) -> bool {
        false
    }

    fn step(&self, locked: &bool, input: &Self::Input, output: Option<&Self::Output>) -> Option<bool> {
        match (input, output) {
            (MutexInput::Lock, None | Some(MutexOutput::Done)) => (!locked).then_some(true),
            (MutexInput::TryLock, None) => Some(true),
            (MutexInput::TryLock, Some(MutexOutput::Tried(taken))) => (*taken != *locked).then_some(true),
            (MutexInput::Unlock, None | Some(MutexOutput::Done)) => locked.then_some(false),
            _ => None,
        }
    }

    fn observes(&self, _: &Self::Input, output: Option<&Self::Output>) -> bool {
        output == Some(&MutexOutput::Tried(false))
    }

    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        let asked = match input {
            MutexInput::Lock => "lock()",
            MutexInput::TryLock => "try_lock()",
            MutexInput::Unlock => "unlock()",
        };
        match output {
            Some(MutexOutput::Done) => asked.to_owned(),
            Some(MutexOutput::Tried(taken)) => format!("{asked} -> {taken}"),
            None => format!("{asked} -> ?"),
        }
    }
}
