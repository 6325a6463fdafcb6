//! Who makes the choices.

use crate::Value;

/// What there is to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Options<'a> {
    /// The values that a read or read-modify-write may return, the oldest first.
    Values(&'a [Value]),
    /// The number of places in which a write may stand, the last of them being the end.
    Places(usize),
    /// What the memory does by itself: nothing, the first of the possibilities, or one of its steps.
    Memory(usize),
}

impl Options<'_> {
    /// The number of possibilities, at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always a possibility")]
    pub fn len(&self) -> usize {
        match self {
            Self::Values(values) => values.len().max(1),
            Self::Places(places) => (*places).max(1),
            Self::Memory(steps) => steps + 1,
        }
    }
}

/// How choices are made.
pub(super) enum Choices {
    First,
    Random(u64),
    Replay(Vec<usize>, usize),
    Caller(Box<dyn FnMut(&Options<'_>) -> usize>),
}

impl std::fmt::Debug for Choices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::First => "First",
            Self::Random(_) => "Random",
            Self::Replay(..) => "Replay",
            Self::Caller(_) => "Caller",
        })
    }
}

impl Choices {
    pub(super) fn choose(&mut self, options: &Options<'_>) -> usize {
        let count = options.len();
        let choice = match self {
            Self::First => first(options),
            Self::Random(state) => {
                let bound = u64::try_from(count).unwrap_or(u64::MAX);
                usize::try_from(split_mix(state) % bound).unwrap_or(0)
            }
            Self::Replay(choices, at) => {
                let choice = choices.get(*at).copied().unwrap_or_else(|| first(options));
                *at += 1;
                choice
            }
            Self::Caller(choose) => choose(options),
        };
        choice.min(count - 1)
    }
}

/// The memory does nothing, a read returns what is oldest, a write comes last.
fn first(options: &Options<'_>) -> usize {
    match options {
        Options::Places(places) => places.saturating_sub(1),
        Options::Values(_) | Options::Memory(_) => 0,
    }
}

/// SplitMix64 (Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
