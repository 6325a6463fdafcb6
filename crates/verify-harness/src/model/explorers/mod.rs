//! Which executions are explored: all of them, or a random sample.
//!
//! A random explorer runs the test a number of times, each time along one execution, and remembers nothing of it but
//! that it was seen. It finds bugs in tests that are too large to explore whole, and shows nothing about the executions
//! that it did not happen to meet: its verdict is [`Bound::Sampled`](super::Bound::Sampled), never that the test holds.
//!
//! Two kinds of choice make an execution: *which thread* accesses shared memory next, and *which write* a read takes its
//! value from. [`Explorer::Random`], [`Explorer::Pct`], [`Explorer::Pos`] and [`Explorer::Surw`] differ in the first, one
//! file each; their reads take the newest value, so that they sample interleavings. [`Explorer::RandomWalk`] chooses
//! both at random, among what the memory model allows.

mod driver;
mod pct;
mod pos;
mod sampler;
mod schedule;
mod surw;
#[cfg(test)]
mod tests;
mod uniform;
mod walk;

use core::fmt;
use core::str::FromStr;

pub(crate) use sampler::{Admission, Sampler};

/// Which executions of a test are explored.
///
/// The environment variable `SELVEDGE_EXPLORER` sets the default, in the notation of [`Display`](fmt::Display) and
/// [`FromStr`]; `SELVEDGE_SEED` and `SELVEDGE_SAMPLES` set those of [`Builder::seed`](super::Builder::seed) and
/// [`Builder::samples`](super::Builder::samples).
///
/// ```
/// use verify_harness::model::Explorer;
///
/// assert_eq!("pct:3".parse(), Ok(Explorer::Pct { depth: 3 }));
/// assert_eq!(Explorer::RandomWalk.to_string(), "walk");
/// assert!("dfs".parse::<Explorer>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Explorer {
    /// `exhaustive`: each execution once. The only explorer whose verdict can be that a test holds.
    #[default]
    Exhaustive,
    /// `random`: at each access of shared memory, any thread that can go on is as likely to be next as another. Reads take
    /// the newest value.
    Random,
    /// `pct` or `pct:<depth>`: threads have random priorities; the one with the highest runs, and at `depth - 1` random
    /// accesses the running thread's becomes the lowest. Reads take the newest value. `pct` alone is `pct:3`.
    ///
    /// A bug of depth *d* is one that shows whenever *d* accesses come in a certain order. An execution finds a bug of
    /// depth at most `depth` with probability at least 1/(*n* *k*^(`depth` − 1)), where *n* is the number of threads and
    /// *k* that of accesses (Burckhardt, Kothari, Musuvathi, Nagarakatte: *A randomized scheduler with probabilistic
    /// guarantees of finding bugs*, ASPLOS 2010). It holds for tests without waiting loops, and once *k* is known: it is the
    /// greatest number of accesses in an execution so far. A `depth` of zero means one.
    Pct {
        /// How many accesses must be ordered for a bug to show.
        depth: u32,
    },
    /// `pos`: each access that is about to happen has a random priority, drawn again whenever an access that conflicts with
    /// it happens; the highest is next. Reads take the newest value. Orders of conflicting accesses come out more evenly
    /// than with [`Random`](Self::Random), since those of independent ones do not count (Yuan, Yang, Gu: *Partial order
    /// aware concurrency sampling*, CAV 2018).
    Pos,
    /// `surw`: each execution picks one location that several threads access, and makes every order of the accesses to it as
    /// likely as another, by choosing threads in proportion to the accesses they have left; how many those are is learnt
    /// from earlier executions. Reads take the newest value. (Zhao, Wolff, Mathur, Roychoudhury: *Selectively uniform
    /// concurrency testing*, ASPLOS 2025.)
    Surw,
    /// `walk`: any thread next, as with [`Random`](Self::Random); a read takes its value from any write, and a write any
    /// place in coherence order, that the memory model allows. Every execution can come up, also those of weak memory.
    RandomWalk,
}

impl fmt::Display for Explorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exhaustive => f.write_str("exhaustive"),
            Self::Random => f.write_str("random"),
            Self::Pct { depth } => write!(f, "pct:{depth}"),
            Self::Pos => f.write_str("pos"),
            Self::Surw => f.write_str("surw"),
            Self::RandomWalk => f.write_str("walk"),
        }
    }
}

/// What was given as the name of an explorer, and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownExplorer(String);

impl fmt::Display for UnknownExplorer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name) = self;
        write!(f, "unknown explorer `{name}`, expected one of exhaustive, random, pct, pct:<depth>, pos, surw, walk")
    }
}

impl core::error::Error for UnknownExplorer {}

impl FromStr for Explorer {
    type Err = UnknownExplorer;

    fn from_str(text: &str) -> Result<Self, UnknownExplorer> {
        Ok(match text.trim() {
            "exhaustive" => Self::Exhaustive,
            "random" => Self::Random,
            "pct" => Self::Pct { depth: 3 },
            "pos" => Self::Pos,
            "surw" => Self::Surw,
            "walk" => Self::RandomWalk,
            other => match other.strip_prefix("pct:").and_then(|depth| depth.parse().ok()) {
                Some(depth) => Self::Pct { depth },
                None => return Err(UnknownExplorer(text.to_owned())),
            },
        })
    }
}

/// What a random explorer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sampling {
    /// The explorer.
    pub explorer: Explorer,
    /// The seed; with the same seed the same executions are tried again, in the same order.
    pub seed: u64,
    /// Executions tried, those in which a thread could not finish included.
    pub tried: u64,
    /// How many different executions were among those in which all threads finished; counted up to 2²⁰.
    pub distinct: u64,
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { explorer, seed, tried, distinct } = self;
        write!(f, "explorer {explorer}, seed {seed:#x}: {tried} executions tried, {distinct} different ones complete")
    }
}
