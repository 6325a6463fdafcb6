//! The bit matrix: construction, membership, iteration.

use std::fmt;

use super::set::{EventSet, ones};

/// A binary relation over the events `0..size`, as a bit matrix.
///
/// Operations on two relations panic if their sizes differ, and insertion panics on events outside the size: both are errors of
/// the calling program, as an index out of bounds is.
///
/// ```
/// use memory_model::relation::Relation;
///
/// let po = Relation::from_pairs(3, [(0, 1), (1, 2)]);
/// let rf = Relation::from_pairs(3, [(2, 0)]);
/// let cycle = (&po | &rf).shortest_cycle().expect("0 -> 1 -> 2 -> 0");
/// assert_eq!(cycle.len(), 3);
/// assert!(po.transitive_closure().contains(0, 2));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Relation {
    pub(super) size: usize,
    pub(super) stride: usize,
    pub(super) bits: Vec<u64>,
}

impl Relation {
    /// The empty relation over `size` events.
    #[must_use]
    pub fn empty(size: usize) -> Self {
        let stride = size.div_ceil(64);
        Self { size, stride, bits: vec![0; size * stride] }
    }

    /// The identity over `size` events.
    #[must_use]
    pub fn identity(size: usize) -> Self {
        Self::from_pairs(size, (0..size).map(|event| (event, event)))
    }

    /// The relation of the given pairs.
    ///
    /// # Panics
    ///
    /// If an event is not below `size`.
    #[must_use]
    pub fn from_pairs(size: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut relation = Self::empty(size);
        for (from, to) in pairs {
            relation.insert(from, to);
        }
        relation
    }

    /// The relation of those pairs for which `related` holds. `size^2` calls.
    #[must_use]
    pub fn from_fn(size: usize, mut related: impl FnMut(usize, usize) -> bool) -> Self {
        let mut relation = Self::empty(size);
        for from in 0..size {
            for to in 0..size {
                if related(from, to) {
                    relation.insert(from, to);
                }
            }
        }
        relation
    }

    /// The identity restricted to `set`, written `[set]`.
    #[must_use]
    pub fn identity_on(set: &EventSet) -> Self {
        Self::from_pairs(set.size(), set.iter().map(|event| (event, event)))
    }

    /// The Cartesian product of two sets, written `from * to`.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn product(from: &EventSet, to: &EventSet) -> Self {
        assert_eq!(from.size(), to.size(), "sets over different numbers of events");
        let mut relation = Self::empty(from.size());
        for event in from.iter() {
            relation.row_mut(event).copy_from_slice(to.words());
        }
        relation
    }

    /// The number of events over which the relation is defined (not the number of its pairs).
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The number of pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bits.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the relation has no pair.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|&word| word == 0)
    }

    /// Whether `from` is related to `to`; false for events outside the size.
    #[must_use]
    pub fn contains(&self, from: usize, to: usize) -> bool {
        from < self.size && to < self.size && self.row(from)[to / 64] >> (to % 64) & 1 == 1
    }

    /// Adds a pair.
    ///
    /// # Panics
    ///
    /// If an event is not below the size.
    pub fn insert(&mut self, from: usize, to: usize) {
        assert!(from < self.size && to < self.size, "pair ({from}, {to}) in a relation over {} events", self.size);
        self.row_mut(from)[to / 64] |= 1 << (to % 64);
    }

    /// The events to which `from` is related, in ascending order.
    ///
    /// # Panics
    ///
    /// If `from` is not below the size.
    pub fn successors(&self, from: usize) -> impl Iterator<Item = usize> + '_ {
        ones(self.row(from))
    }

    /// The pairs in ascending order.
    #[must_use]
    pub fn iter(&self) -> Pairs<'_> {
        Pairs { relation: self, from: 0, to: 0 }
    }

    pub(super) fn row(&self, event: usize) -> &[u64] {
        &self.bits[event * self.stride..(event + 1) * self.stride]
    }

    pub(super) fn row_mut(&mut self, event: usize) -> &mut [u64] {
        &mut self.bits[event * self.stride..(event + 1) * self.stride]
    }
}

impl fmt::Debug for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a> IntoIterator for &'a Relation {
    type Item = (usize, usize);
    type IntoIter = Pairs<'a>;

    fn into_iter(self) -> Pairs<'a> {
        self.iter()
    }
}

/// The pairs of a [`Relation`] in ascending order.
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    relation: &'a Relation,
    from: usize,
    to: usize,
}

impl Iterator for Pairs<'_> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        while self.from < self.relation.size {
            let row = self.relation.row(self.from);
            while self.to < self.relation.size {
                let rest = row[self.to / 64] >> (self.to % 64);
                if rest == 0 {
                    self.to = (self.to / 64 + 1) * 64;
                    continue;
                }
                let to = self.to + rest.trailing_zeros() as usize;
                self.to = to + 1;
                return Some((self.from, to));
            }
            self.from += 1;
            self.to = 0;
        }
        None
    }
}
