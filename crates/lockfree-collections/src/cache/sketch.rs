//! How often keys were asked for, approximately: four small counters a key, shared with other keys.
//!
//! **Source.** Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch and its applications" (2005), with
//! counters of four bits that are halved from time to time, as in Einziger, Friedman and Manes, "TinyLFU: a highly efficient cache
//! admission policy" (2017). Differences: the four counters of a key lie in one cache line; a line is halved when it is looked at, so
//! that no operation halves them all.

use alloc::vec::Vec;

/// The highest count.
pub(super) const MOST: u8 = 15;

const LINE: usize = 8;

pub(super) struct Sketch {
    /// Lines of eight words of sixteen counters.
    words: Vec<u64>,
    /// The epoch to which each line has been halved.
    epochs: Vec<u8>,
}

impl Sketch {
    /// A sketch of no keys: all counts are zero.
    pub(super) const fn empty() -> Self {
        Self { words: Vec::new(), epochs: Vec::new() }
    }

    /// Room for so many keys: a word for each, at least.
    pub(super) fn fit(&mut self, keys: usize, epoch: u8) {
        if keys > self.words.len() {
            let lines = keys.div_ceil(LINE).next_power_of_two();
            // What was counted is forgotten; it happens while the cache grows.
            self.words = alloc::vec![0; lines * LINE];
            self.epochs = alloc::vec![epoch; lines];
        }
    }

    /// How often the key of this hash was asked for.
    pub(super) fn count(&mut self, hash: u64, epoch: u8) -> u8 {
        let Some(line) = self.line(hash, epoch) else { return 0 };
        places(hash).into_iter().map(|(word, shift)| (line[word] >> shift) as u8 & MOST).fold(MOST, u8::min)
    }

    /// Raises the count to at least `count`.
    pub(super) fn raise(&mut self, hash: u64, epoch: u8, count: u8) {
        let Some(line) = self.line(hash, epoch) else { return };
        for (word, shift) in places(hash) {
            let present = (line[word] >> shift) as u8 & MOST;
            if present < count.min(MOST) {
                line[word] += u64::from(count.min(MOST) - present) << shift;
            }
        }
    }

    /// The line of a hash, halved as often as the epoch has changed.
    fn line(&mut self, hash: u64, epoch: u8) -> Option<&mut [u64]> {
        // Not the bits that choose the counters.
        let line = (hash >> 32) as usize & self.epochs.len().checked_sub(1)?;
        let words = &mut self.words[line * LINE..(line + 1) * LINE];
        let halvings = epoch.wrapping_sub(self.epochs[line]);
        self.epochs[line] = epoch;
        for _ in 0..halvings.min(4) {
            words.iter_mut().for_each(|word| *word = *word >> 1 & 0x7777_7777_7777_7777);
        }
        Some(words)
    }
}

/// The four counters of a hash: a word of the line, and where in it.
fn places(hash: u64) -> [(usize, u32); 4] {
    core::array::from_fn(|pair| {
        let byte = (hash >> (8 * pair)) as usize;
        (2 * pair + byte % 2, (byte >> 1) as u32 % 16 * 4)
    })
}
