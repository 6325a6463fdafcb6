//! The algebra of relations.

use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

use super::{EventSet, Relation};

impl Relation {
    /// `r | s`: the pairs of either.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// `r & s`: the pairs of both.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// `r - s` (written `r \ s`): the pairs of `self` that are not in `other`.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    /// `r;s`: the pairs `(a, c)` such that `(a, b)` is in `self` and `(b, c)` in `other` for some `b`.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn compose(&self, other: &Self) -> Self {
        assert_eq!(self.size, other.size, "relations over different numbers of events");
        let mut result = Self::empty(self.size);
        if self.stride == 1 {
            for (row, &through) in result.bits.iter_mut().zip(&self.bits) {
                let mut rest = through;
                while rest != 0 {
                    *row |= other.bits[rest.trailing_zeros() as usize];
                    rest &= rest - 1;
                }
            }
            return result;
        }
        for from in 0..self.size {
            for through in self.successors(from) {
                for (word, &add) in result.row_mut(from).iter_mut().zip(other.row(through)) {
                    *word |= add;
                }
            }
        }
        result
    }

    /// `r^-1`: every pair turned round.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self::from_pairs(self.size, self.iter().map(|(from, to)| (to, from)))
    }

    /// `r+`: the least transitive relation that contains `self`. Warshall's algorithm on rows: `n^2` row operations.
    #[must_use]
    pub fn transitive_closure(&self) -> Self {
        let mut closure = self.clone();
        if closure.stride == 1 {
            for through in 0..closure.size {
                let add = closure.bits[through];
                for row in &mut closure.bits {
                    if *row >> through & 1 == 1 {
                        *row |= add;
                    }
                }
            }
            return closure;
        }
        for through in 0..closure.size {
            let add = closure.row(through).to_vec();
            for from in 0..closure.size {
                if closure.contains(from, through) {
                    for (word, &bits) in closure.row_mut(from).iter_mut().zip(&add) {
                        *word |= bits;
                    }
                }
            }
        }
        closure
    }

    /// `r?`: `self` and the identity.
    #[must_use]
    pub fn reflexive(&self) -> Self {
        let mut result = self.clone();
        for event in 0..self.size {
            result.insert(event, event);
        }
        result
    }

    /// `r*`: the least reflexive and transitive relation that contains `self`.
    #[must_use]
    pub fn reflexive_transitive_closure(&self) -> Self {
        self.transitive_closure().reflexive()
    }

    /// `[set];r`: the pairs that start in `set`.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn restrict_domain(&self, set: &EventSet) -> Self {
        assert_eq!(self.size, set.size(), "a relation and a set over different numbers of events");
        let mut result = Self::empty(self.size);
        for event in set.iter() {
            result.row_mut(event).copy_from_slice(self.row(event));
        }
        result
    }

    /// `r;[set]`: the pairs that end in `set`.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn restrict_range(&self, set: &EventSet) -> Self {
        assert_eq!(self.size, set.size(), "a relation and a set over different numbers of events");
        let mut result = self.clone();
        for event in 0..self.size {
            for (word, &keep) in result.row_mut(event).iter_mut().zip(set.words()) {
                *word &= keep;
            }
        }
        result
    }

    /// `[set];r;[set]`: the pairs that start and end in `set`.
    ///
    /// # Panics
    ///
    /// If the sizes differ.
    #[must_use]
    pub fn restrict(&self, set: &EventSet) -> Self {
        self.restrict_domain(set).restrict_range(set)
    }

    /// The events that are related to some event.
    #[must_use]
    pub fn domain(&self) -> EventSet {
        EventSet::from_fn(self.size, |event| self.row(event).iter().any(|&word| word != 0))
    }

    /// The events to which some event is related.
    #[must_use]
    pub fn range(&self) -> EventSet {
        let mut range = EventSet::empty(self.size);
        for (_, to) in self {
            range.insert(to);
        }
        range
    }

    fn zip(&self, other: &Self, combine: impl Fn(u64, u64) -> u64) -> Self {
        assert_eq!(self.size, other.size, "relations over different numbers of events");
        let bits = self.bits.iter().zip(&other.bits).map(|(&a, &b)| combine(a, b)).collect();
        Self { size: self.size, stride: self.stride, bits }
    }
}

impl BitOr for &Relation {
    type Output = Relation;

    fn bitor(self, other: Self) -> Relation {
        self.union(other)
    }
}

impl BitAnd for &Relation {
    type Output = Relation;

    fn bitand(self, other: Self) -> Relation {
        self.intersection(other)
    }
}

impl Sub for &Relation {
    type Output = Relation;

    fn sub(self, other: Self) -> Relation {
        self.difference(other)
    }
}

impl BitOrAssign<&Relation> for Relation {
    fn bitor_assign(&mut self, other: &Relation) {
        assert_eq!(self.size, other.size, "relations over different numbers of events");
        for (word, &add) in self.bits.iter_mut().zip(&other.bits) {
            *word |= add;
        }
    }
}
