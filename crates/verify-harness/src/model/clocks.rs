//! Vector clocks over the threads of one execution.
//!
//! A clock counts, for each thread, how many of its events lie before (or at) a point. Events of a thread are numbered
//! from zero, so event `i` of thread `t` is covered when the clock's entry for `t` exceeds `i`. Eight threads fit inline;
//! the entries of further threads live on the heap, without a limit of their own.

use super::graph::EventId;

/// Threads whose entries need no heap memory.
const INLINE: usize = 8;

/// A vector clock; absent entries are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    inline: [u16; INLINE],
    spilled: Option<Box<[u16]>>,
}

impl Clock {
    /// The entry of `thread`.
    #[inline]
    pub(crate) fn get(&self, thread: usize) -> u16 {
        if thread < INLINE {
            self.inline[thread]
        } else {
            self.spilled.as_ref().and_then(|spilled| spilled.get(thread - INLINE)).copied().unwrap_or(0)
        }
    }

    /// Raises the entry of `thread` to at least `count`.
    #[inline]
    pub(crate) fn raise(&mut self, thread: usize, count: u16) {
        if thread < INLINE {
            self.inline[thread] = self.inline[thread].max(count);
        } else {
            let spilled = self.grow(thread - INLINE + 1);
            spilled[thread - INLINE] = spilled[thread - INLINE].max(count);
        }
    }

    /// The pointwise maximum of both clocks.
    #[inline]
    pub(crate) fn join(&mut self, other: &Self) {
        for (own, other) in self.inline.iter_mut().zip(&other.inline) {
            *own = (*own).max(*other);
        }
        if let Some(others) = &other.spilled {
            let spilled = self.grow(others.len());
            for (own, other) in spilled.iter_mut().zip(others.iter()) {
                *own = (*own).max(*other);
            }
        }
    }

    /// Whether the clock covers `event`; the initial writes are covered by every clock.
    #[inline]
    pub(crate) fn contains(&self, event: EventId) -> bool {
        event.is_init() || self.get(event.thread()) > event.index
    }

    fn grow(&mut self, len: usize) -> &mut [u16] {
        let spilled = self.spilled.get_or_insert_with(Box::default);
        if spilled.len() < len {
            let mut longer = vec![0; len];
            longer[..spilled.len()].copy_from_slice(spilled);
            *spilled = longer.into_boxed_slice();
        }
        spilled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_joins_inline_and_spilled_entries() {
        let mut a = Clock::default();
        a.raise(0, 3);
        a.raise(11, 2);
        let mut b = Clock::default();
        b.raise(0, 1);
        b.raise(9, 7);
        b.raise(30, 1);
        a.join(&b);
        assert_eq!([a.get(0), a.get(9), a.get(11), a.get(30), a.get(31)], [3, 7, 2, 1, 0]);
        assert!(a.contains(EventId::new(9, 6)) && !a.contains(EventId::new(9, 7)));
        assert!(Clock::default().contains(EventId::INIT));
    }
}
