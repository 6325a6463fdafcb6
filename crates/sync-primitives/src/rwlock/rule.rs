//! Who may be in a read-write lock together.

use core::marker::PhantomData;

use crate::policy::Policy;
use crate::primitive::seeded;
use crate::wait::{End, Rule, SHIFT, Verdict};
use crate::watched::Stake;

/// Somebody writes.
pub(super) const WRITER: usize = 1 << SHIFT;
/// Somebody reads who may become the writer.
pub(super) const UPGRADABLE: usize = 1 << (SHIFT + 1);
/// One reader.
pub(super) const READER: usize = 1 << (SHIFT + 2);
/// How many bits the number of readers has, and how many the room above it.
const COUNT_BITS: u32 = (usize::BITS - SHIFT - 2) / 2;
/// Room for one more that reads; the highest number in the word, so that there is room if the word is no less than this.
pub(super) const ROOM: usize = 1 << (SHIFT + 2 + COUNT_BITS);
/// The most readers at a time.
pub(super) const MAX_READERS: usize = (1 << COUNT_BITS) - 1;

/// What one wants.
pub(super) const READ: u32 = 0;
pub(super) const WRITE: u32 = 1;
pub(super) const UPGRADABLE_READ: u32 = 2;
/// One who is in as the upgradable reader wants to write.
pub(super) const UPGRADE: u32 = 3;

/// The word of a lock that nobody is in.
pub(super) const fn unlocked(limit: usize) -> usize {
    limit * ROOM
}

pub(super) fn readers(word: usize) -> usize {
    (word / READER) & MAX_READERS
}

/// A reader enters where there is room.
#[inline]
fn with_reader(word: usize) -> usize {
    word.wrapping_add(READER.wrapping_sub(ROOM))
}

/// What a reader that leaves adds to the word.
pub(super) const WITHOUT_READER: usize = ROOM - READER;
/// What an upgradable reader that leaves adds to the word.
pub(super) const WITHOUT_UPGRADABLE: usize = ROOM - UPGRADABLE;

/// The writer becomes a reader: it finds room, since nobody else is in.
pub(super) fn downgraded(word: usize) -> usize {
    with_reader(word & !WRITER)
}

/// The writer becomes the upgradable reader.
pub(super) fn downgraded_to_upgradable(word: usize) -> usize {
    (word & !WRITER | UPGRADABLE) - ROOM
}

/// The upgradable reader becomes a common one, and keeps its room.
pub(super) fn downgraded_upgradable(word: usize) -> usize {
    (word & !UPGRADABLE) + READER
}

/// The upgradable reader becomes the writer.
pub(super) fn upgraded(word: usize) -> usize {
    (word & !UPGRADABLE | WRITER) + ROOM
}

/// What one holds who is in with this need.
pub(super) fn stake(need: u32) -> Stake {
    Stake { mode: need, shared: need != WRITE, ..Stake::WHOLE }
}

/// Readers together, beside them at most one that may upgrade, or one writer alone.
pub(crate) struct ReadersOrWriter<P>(PhantomData<fn() -> P>);

impl<P: Policy> Rule for ReadersOrWriter<P> {
    type Policy = P;

    #[inline]
    fn admit(word: usize, need: u32) -> Verdict {
        let enter = |may: bool, then: usize| if may { Verdict::Enter(then) } else { Verdict::Stay };
        match P::wanted(need) {
            READ => enter(word & WRITER == 0 && word >= ROOM, with_reader(word)),
            UPGRADABLE_READ => {
                enter(word & (WRITER | UPGRADABLE) == 0 && word >= ROOM, (word | UPGRADABLE).wrapping_sub(ROOM))
            }
            UPGRADE => enter(readers(word) == 0, upgraded(word)),
            _ => enter(word & (WRITER | UPGRADABLE) == 0 && readers(word) == 0, word | WRITER),
        }
    }

    /// Who upgrades is in already: nobody can be before it.
    #[inline]
    fn end(need: u32) -> End {
        if P::wanted(need) == UPGRADE { End::Front } else { End::Back }
    }

    /// Who upgrades lets nobody in but itself.
    #[inline]
    fn is_first(need: u32) -> bool {
        P::wanted(need) == UPGRADE && !seeded!(UPGRADE_IS_FIRST)
    }

    #[inline]
    fn stake(need: u32) -> Stake {
        match P::wanted(need) {
            UPGRADE => Stake { instead_of: Some(UPGRADABLE_READ), ..stake(WRITE) },
            need => stake(need),
        }
    }

    #[inline]
    fn leave(word: usize, need: u32) -> usize {
        match P::wanted(need) {
            READ => word + WITHOUT_READER,
            UPGRADABLE_READ => word + WITHOUT_UPGRADABLE,
            _ => word & !WRITER,
        }
    }
}
