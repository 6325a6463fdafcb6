//! Sets of events.

use std::fmt;

/// A set of event ids below a fixed size, one bit each.
///
/// ```
/// use memory_model::relation::EventSet;
///
/// let even = EventSet::from_fn(6, |event| event % 2 == 0);
/// assert_eq!(even.iter().collect::<Vec<_>>(), [0, 2, 4]);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EventSet {
    size: usize,
    words: Vec<u64>,
}

impl EventSet {
    /// The empty set over `size` events.
    #[must_use]
    pub fn empty(size: usize) -> Self {
        Self { size, words: vec![0; size.div_ceil(64)] }
    }

    /// The set of those events below `size` for which `member` holds.
    #[must_use]
    pub fn from_fn(size: usize, mut member: impl FnMut(usize) -> bool) -> Self {
        let mut set = Self::empty(size);
        for event in 0..size {
            if member(event) {
                set.insert(event);
            }
        }
        set
    }

    /// The set of the given events.
    ///
    /// # Panics
    ///
    /// If an event is not below `size`.
    #[must_use]
    pub fn from_events(size: usize, events: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self::empty(size);
        for event in events {
            set.insert(event);
        }
        set
    }

    /// The number of events over which the set is defined (not the number of its members).
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The number of members.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the set has no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Whether `event` is a member; false for events outside the size.
    #[must_use]
    pub fn contains(&self, event: usize) -> bool {
        event < self.size && self.words[event / 64] >> (event % 64) & 1 == 1
    }

    /// Adds `event`.
    ///
    /// # Panics
    ///
    /// If `event` is not below the size.
    pub fn insert(&mut self, event: usize) {
        assert!(event < self.size, "event {event} in a set over {} events", self.size);
        self.words[event / 64] |= 1 << (event % 64);
    }

    /// The events below the size that are not members.
    #[must_use]
    pub fn complement(&self) -> Self {
        Self::from_fn(self.size, |event| !self.contains(event))
    }

    /// The union of both sets.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// The intersection of both sets.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// The members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        ones(&self.words)
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }

    fn zip(&self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        assert_eq!(self.size, other.size, "sets over different numbers of events");
        let words = self.words.iter().zip(&other.words).map(|(&a, &b)| combine(a, b)).collect();
        Self { size: self.size, words }
    }
}

impl fmt::Debug for EventSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The positions of the set bits of a row of words.
pub(super) fn ones(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(index, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(index * 64 + bit)
        })
    })
}
