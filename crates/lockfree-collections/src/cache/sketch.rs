//! How often keys were asked for, approximately: four small counters a key, shared with other keys.
//!
//! **Source.** Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications" (2005), with
//! counters of four bits that are halved from time to time, as in Einziger, Friedman and Manes, "TinyLFU: a highly efficient cache
//! admission policy" (2017). Differences: the four counters of a key lie in one cache line; a line is halved when it is looked at, so
//! that no operation halves them all.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::primitive::prefetch;

/// The highest count.
pub(super) const MOST: u8 = 15;

/// A counter of a word.
const MASK: u64 = MOST as u64;

const LINE: usize = 8;

/// Eight words of sixteen counters: a line of the processor's cache.
#[derive(Clone)]
#[repr(align(64))]
struct Line([u64; LINE]);

pub(super) struct Sketch {
    /// A power of two of them, or none.
    lines: Vec<Line>,
    /// The epoch to which each line has been halved.
    epochs: Box<[u8]>,
}

impl Sketch {
    /// A sketch of no keys: all counts are zero.
    pub(super) fn empty() -> Self {
        Self { lines: Vec::new(), epochs: Box::default() }
    }

    /// Room for so many keys: a word for each, at least.
    #[inline]
    pub(super) fn fit(&mut self, keys: usize, epoch: u8) {
        if keys > self.lines.len() * LINE {
            self.begin(keys.div_ceil(LINE).next_power_of_two(), epoch);
        }
    }

    /// What was counted is forgotten; it happens while the cache grows.
    #[cold]
    fn begin(&mut self, lines: usize, epoch: u8) {
        self.lines = alloc::vec![Line([0; LINE]); lines];
        self.epochs = alloc::vec![epoch; lines].into_boxed_slice();
    }

    /// The key of this hash will be looked for soon.
    #[inline]
    pub(super) fn prefetch(&self, hash: u64) {
        if let Some(line) = self.lines.get((hash >> 32) as usize & self.lines.len().wrapping_sub(1)) {
            prefetch(line);
        }
    }

    /// How often the key of this hash was asked for.
    #[inline]
    pub(super) fn count(&mut self, hash: u64, epoch: u8) -> u8 {
        let Some(Line(line)) = self.line(hash, epoch) else { return 0 };
        places(hash).into_iter().map(|(word, shift)| line[word] >> shift & MASK).fold(MASK, u64::min) as u8
    }

    /// Raises the count to at least `count`, which is not above [`MOST`].
    #[inline]
    pub(super) fn raise(&mut self, hash: u64, epoch: u8, count: u8) {
        let Some(Line(line)) = self.line(hash, epoch) else { return };
        for (word, shift) in places(hash) {
            let missing = u64::from(count).saturating_sub(line[word] >> shift & MASK);
            line[word] += missing << shift;
        }
    }

    /// The line of a hash, halved as often as the epoch has changed.
    #[inline]
    fn line(&mut self, hash: u64, epoch: u8) -> Option<&mut Line> {
        // Not the bits that choose the counters.
        let number = (hash >> 32) as usize & self.lines.len().checked_sub(1)?;
        let (line, halved) = (self.lines.get_mut(number)?, self.epochs.get_mut(number)?);
        if *halved != epoch {
            for _ in 0..epoch.wrapping_sub(*halved).min(4) {
                line.0.iter_mut().for_each(|word| *word = *word >> 1 & 0x7777_7777_7777_7777);
            }
            *halved = epoch;
        }
        Some(line)
    }
}

/// The four counters of a hash: a word of the line, and where in it.
#[inline]
fn places(hash: u64) -> [(usize, u32); 4] {
    core::array::from_fn(|pair| {
        let bits = (hash >> (8 * pair)) as usize;
        (2 * pair + bits % 2, (bits << 1) as u32 & 0b11_1100)
    })
}
