//! What a primitive is to the queue: a rule by which its word lets waiters in.

use super::CLOSED;
use super::list::End;
use crate::policy::{Fifo, Policy};
use crate::watched::Stake;

/// Whether a waiter may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not now.
    Stay,
    /// It may, and the word is this then.
    Enter(usize),
    /// It need not wait any longer, and gets nothing that could be given back: closed, or what it waits for has happened.
    Leave,
}

/// How one who arrives goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// It enters at once if nobody waits, and the word is this then.
    Enter(usize),
    /// It has nothing to wait for.
    Leave,
    /// It joins the queue, and the word stays as it is.
    Wait,
    /// It joins the queue, needs `need`, and the word is `word` then.
    Join { word: usize, need: u32 },
}

/// A rule without state of its own but that of its policy: pure functions of the word. They are called with the list lock held and must not panic.
pub(crate) trait Rule {
    /// Who goes before whom.
    type Policy: Policy;

    /// Whether a waiter that needs `need` may enter while the word is `word`, nobody being before it.
    fn admit(word: usize, need: u32) -> Verdict;

    /// The end of the queue at which one that needs `need` joins.
    #[inline]
    fn end(_need: u32) -> End {
        End::Back
    }

    /// Whether nobody who joins may go before one who waits and needs `need`, whatever the policy says.
    #[inline]
    fn is_first(_need: u32) -> bool {
        false
    }

    /// How much one costs others who needs `need`.
    #[inline]
    fn cost(_need: u32) -> u32 {
        1
    }

    /// What one holds who was let in with `need`.
    #[inline]
    fn stake(_need: u32) -> Stake {
        Stake::NOTHING
    }

    /// The word after somebody who had entered with `need` is gone.
    fn leave(word: usize, need: u32) -> usize;
}

/// All go once the primitive is closed, and nobody enters.
pub(crate) struct UntilClosed;

impl Rule for UntilClosed {
    type Policy = Fifo;

    #[inline]
    fn admit(word: usize, _need: u32) -> Verdict {
        if word & CLOSED == 0 { Verdict::Stay } else { Verdict::Leave }
    }

    /// Nobody enters, so nobody leaves.
    fn leave(word: usize, _need: u32) -> usize {
        word
    }
}
