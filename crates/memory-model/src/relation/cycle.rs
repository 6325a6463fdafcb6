//! Cycles and paths, with shortest witnesses.

use super::Relation;

impl Relation {
    /// Whether no event is related to itself.
    #[must_use]
    pub fn is_irreflexive(&self) -> bool {
        (0..self.size).all(|event| !self.contains(event, event))
    }

    /// Whether no event reaches itself by one or more steps.
    ///
    /// Sources are removed until none is left: at most `n` rounds of `n` row operations.
    #[must_use]
    pub fn is_acyclic(&self) -> bool {
        let mut alive = vec![u64::MAX; self.stride];
        let mut removed = vec![false; self.size];
        let mut left = self.size;
        loop {
            let before = left;
            for event in 0..self.size {
                // An event without a successor among the remaining ones is on no cycle.
                if !removed[event] && self.row(event).iter().zip(&alive).all(|(&row, &alive)| row & alive == 0) {
                    removed[event] = true;
                    alive[event / 64] &= !(1 << (event % 64));
                    left -= 1;
                }
            }
            if left == 0 {
                return true;
            }
            if left == before {
                return false;
            }
        }
    }

    /// A shortest cycle `e0 -> e1 -> ... -> e0`, as `[e0, e1, ...]`, or `None` if the relation is acyclic.
    ///
    /// Of several shortest cycles the one through the lowest event is returned, starting there. Breadth-first from every event.
    #[must_use]
    pub fn shortest_cycle(&self) -> Option<Vec<usize>> {
        if self.is_acyclic() {
            return None;
        }
        let mut best: Option<Vec<usize>> = None;
        for event in 0..self.size {
            let Some(path) = self.shortest_path(event, event) else { continue };
            if best.as_ref().is_none_or(|best| path.len() < best.len() + 1) {
                best = Some(path[..path.len() - 1].to_vec());
            }
        }
        best
    }

    /// A shortest path of at least one step, both ends included, or `None`. A path from an event to itself is a cycle.
    ///
    /// Breadth-first: `O(n + pairs)`.
    #[must_use]
    pub fn shortest_path(&self, from: usize, to: usize) -> Option<Vec<usize>> {
        if from >= self.size || to >= self.size {
            return None;
        }
        let mut reached_from: Vec<Option<usize>> = vec![None; self.size];
        let mut queue = std::collections::VecDeque::from([from]);
        while let Some(event) = queue.pop_front() {
            for next in self.successors(event) {
                if reached_from[next].is_none() {
                    reached_from[next] = Some(event);
                    queue.push_back(next);
                }
            }
            if reached_from[to].is_some() {
                break;
            }
        }
        let mut path = vec![to];
        let mut event = reached_from[to]?;
        while event != from {
            path.push(event);
            event = reached_from[event]?;
        }
        path.push(from);
        path.reverse();
        Some(path)
    }
}
