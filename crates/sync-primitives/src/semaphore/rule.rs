//! The rule: who may enter while so many permits are free.

use core::marker::PhantomData;

use super::Semaphore;
use crate::policy::Policy;
use crate::wait::{CLOSED, Rule, SHIFT, Verdict};
use crate::watched::Stake;

/// The counter's part of the word is the number of free permits.
pub(crate) struct Counting<P>(PhantomData<fn() -> P>);

pub(super) const fn free(word: usize) -> usize {
    word >> SHIFT
}

impl<P: Policy> Rule for Counting<P> {
    type Policy = P;

    #[inline]
    fn admit(word: usize, need: u32) -> Verdict {
        if word & CLOSED != 0 {
            Verdict::Leave
        } else if free(word) >= P::wanted(need) as usize {
            Verdict::Enter(word - ((P::wanted(need) as usize) << SHIFT))
        } else {
            Verdict::Stay
        }
    }

    #[inline]
    fn leave(word: usize, need: u32) -> usize {
        with_more(word, P::wanted(need) as usize)
    }

    #[inline]
    fn cost(need: u32) -> u32 {
        P::wanted(need)
    }

    #[inline]
    fn stake(need: u32) -> Stake {
        Stake { amount: P::wanted(need) as usize, shared: true, ..Stake::WHOLE }
    }
}

/// The word with `n` more free permits, but not more than there can be.
#[inline]
pub(super) fn with_more(word: usize, n: usize) -> usize {
    let now = free(word);
    let then = now.saturating_add(n).min(Semaphore::MAX_PERMITS.max(now));
    word + ((then - now) << SHIFT)
}
