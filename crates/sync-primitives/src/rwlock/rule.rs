//! Who may be in a read-write lock together.

use crate::wait::{End, Rule, SHIFT, Verdict};

/// Somebody writes.
pub(super) const WRITER: usize = 1 << SHIFT;
/// Somebody reads who may become the writer.
pub(super) const UPGRADABLE: usize = 1 << (SHIFT + 1);
/// One reader.
pub(super) const READER: usize = 1 << (SHIFT + 2);
/// How many bits the number of readers has, and how many the limit above it.
const COUNT_BITS: u32 = (usize::BITS - SHIFT - 2) / 2;
/// The limit's place in the word.
const LIMIT_SHIFT: u32 = SHIFT + 2 + COUNT_BITS;
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
    limit << LIMIT_SHIFT
}

pub(super) fn readers(word: usize) -> usize {
    (word / READER) & MAX_READERS
}

/// The readers and the upgradable one, which may become a common one and then must find room.
fn looking(word: usize) -> usize {
    readers(word) + usize::from(word & UPGRADABLE != 0)
}

fn limit(word: usize) -> usize {
    word >> LIMIT_SHIFT
}

/// Readers together, beside them at most one that may upgrade, or one writer alone.
pub(crate) struct ReadersOrWriter;

impl Rule for ReadersOrWriter {
    #[inline]
    fn admit(word: usize, need: u32) -> Verdict {
        let enter = |may: bool, then: usize| if may { Verdict::Enter(then) } else { Verdict::Stay };
        match need {
            READ => enter(word & WRITER == 0 && looking(word) < limit(word), word.wrapping_add(READER)),
            UPGRADABLE_READ => {
                enter(word & (WRITER | UPGRADABLE) == 0 && looking(word) < limit(word), word | UPGRADABLE)
            }
            UPGRADE => enter(readers(word) == 0, word & !UPGRADABLE | WRITER),
            _ => enter(word & (WRITER | UPGRADABLE) == 0 && readers(word) == 0, word | WRITER),
        }
    }

    /// Who upgrades is in already: nobody can be before it.
    #[inline]
    fn end(need: u32) -> End {
        if need == UPGRADE { End::Front } else { End::Back }
    }

    #[inline]
    fn leave(word: usize, need: u32) -> usize {
        match need {
            READ => word - READER,
            UPGRADABLE_READ => word & !UPGRADABLE,
            _ => word & !WRITER,
        }
    }
}
