//! The bit matrices against sets of pairs, the obvious representation.

use std::collections::BTreeSet;

use memory_model::relation::{EventSet, Relation};
use quickcheck::{Arbitrary, Gen, quickcheck};

/// A size, and two relations and a set over it; sizes lie on both sides of one machine word.
#[derive(Clone, Debug)]
struct Sample {
    size: usize,
    r: Vec<(usize, usize)>,
    s: Vec<(usize, usize)>,
    set: Vec<usize>,
}

type Pairs = BTreeSet<(usize, usize)>;

impl Arbitrary for Sample {
    fn arbitrary(g: &mut Gen) -> Self {
        let size = *g.choose(&[1, 2, 3, 5, 8, 20, 63, 64, 65, 70, 127, 128, 129]).unwrap_or(&4);
        let pairs = |g: &mut Gen| {
            let count = usize::arbitrary(g) % (2 * size + 1);
            (0..count).map(|_| (usize::arbitrary(g) % size, usize::arbitrary(g) % size)).collect()
        };
        let (r, s) = (pairs(g), pairs(g));
        let set = (0..size).filter(|_| bool::arbitrary(g)).collect();
        Self { size, r, s, set }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let this = self.clone();
        let (size, r, s) = (self.size, self.r.clone(), self.s.clone());
        let less_r = (0..r.len()).map(move |at| {
            let mut less = this.clone();
            less.r.remove(at);
            less
        });
        let this = self.clone();
        let less_s = (0..s.len()).map(move |at| {
            let mut less = this.clone();
            less.s.remove(at);
            less
        });
        let _ = size;
        Box::new(less_r.chain(less_s))
    }
}

impl Sample {
    fn relations(&self) -> (Relation, Relation, EventSet) {
        (
            Relation::from_pairs(self.size, self.r.iter().copied()),
            Relation::from_pairs(self.size, self.s.iter().copied()),
            EventSet::from_events(self.size, self.set.iter().copied()),
        )
    }

    fn pairs(&self) -> (Pairs, Pairs) {
        (self.r.iter().copied().collect(), self.s.iter().copied().collect())
    }
}

fn set(relation: &Relation) -> Pairs {
    relation.iter().collect()
}

fn compose(r: &Pairs, s: &Pairs) -> Pairs {
    r.iter().flat_map(|&(a, b)| s.range((b, 0)..(b + 1, 0)).map(move |&(_, c)| (a, c))).collect()
}

fn closure(r: &Pairs) -> Pairs {
    let mut closure = r.clone();
    loop {
        let more = compose(&closure, r);
        let before = closure.len();
        closure.extend(more);
        if closure.len() == before {
            return closure;
        }
    }
}

/// The length of a shortest cycle, by powers of the relation.
fn girth(size: usize, r: &Pairs) -> Option<usize> {
    let mut power = r.clone();
    for length in 1..=size {
        if power.iter().any(|(a, b)| a == b) {
            return Some(length);
        }
        power = compose(&power, r);
    }
    None
}

quickcheck! {
    fn relation_has_the_pairs_it_was_made_of(sample: Sample) -> bool {
        let (r, _, _) = sample.relations();
        let (rp, _) = sample.pairs();
        set(&r) == rp
            && r.len() == rp.len()
            && r.is_empty() == rp.is_empty()
            && (0..sample.size + 2).all(|a| (0..sample.size + 2).all(|b| r.contains(a, b) == rp.contains(&(a, b))))
            && (0..sample.size).all(|a| r.successors(a).eq(rp.iter().filter(|(from, _)| *from == a).map(|(_, to)| *to)))
    }

    fn relation_set_operations_agree(sample: Sample) -> bool {
        let (r, s, _) = sample.relations();
        let (rp, sp) = sample.pairs();
        let mut assigned = r.clone();
        assigned |= &s;
        set(&(&r | &s)) == &rp | &sp && assigned == &r | &s && set(&(&r & &s)) == &rp & &sp && set(&(&r - &s)) == &rp - &sp
    }

    fn relation_composition_and_inverse_agree(sample: Sample) -> bool {
        let (r, s, _) = sample.relations();
        let (rp, sp) = sample.pairs();
        set(&r.compose(&s)) == compose(&rp, &sp) && set(&r.inverse()) == rp.iter().map(|&(a, b)| (b, a)).collect()
    }

    fn relation_closures_agree(sample: Sample) -> bool {
        let (r, _, _) = sample.relations();
        let (rp, _) = sample.pairs();
        let identity: Pairs = (0..sample.size).map(|a| (a, a)).collect();
        set(&r.transitive_closure()) == closure(&rp)
            && set(&r.reflexive()) == &rp | &identity
            && set(&r.reflexive_transitive_closure()) == &closure(&rp) | &identity
            && set(&Relation::identity(sample.size)) == identity
    }

    fn relation_restrictions_agree(sample: Sample) -> bool {
        let (r, _, set_) = sample.relations();
        let (rp, _) = sample.pairs();
        let inside = |event: &usize| sample.set.contains(event);
        let keep = |pairs: &Pairs, f: &dyn Fn(&(usize, usize)) -> bool| pairs.iter().copied().filter(|p| f(p)).collect::<Pairs>();
        set(&r.restrict_domain(&set_)) == keep(&rp, &|(a, _)| inside(a))
            && set(&r.restrict_range(&set_)) == keep(&rp, &|(_, b)| inside(b))
            && set(&r.restrict(&set_)) == keep(&rp, &|(a, b)| inside(a) && inside(b))
            && r.domain().iter().collect::<BTreeSet<_>>() == rp.iter().map(|&(a, _)| a).collect()
            && r.range().iter().collect::<BTreeSet<_>>() == rp.iter().map(|&(_, b)| b).collect()
            && set(&Relation::identity_on(&set_)) == sample.set.iter().map(|&a| (a, a)).collect()
    }

    fn event_set_operations_agree(sample: Sample, other: Vec<usize>) -> bool {
        let size = sample.size;
        let members: BTreeSet<usize> = sample.set.iter().copied().collect();
        let others: BTreeSet<usize> = other.iter().map(|event| event % size).collect();
        let left = EventSet::from_events(size, members.iter().copied());
        let right = EventSet::from_fn(size, |event| others.contains(&event));
        let mut inserted = EventSet::empty(size);
        sample.set.iter().rev().for_each(|&event| inserted.insert(event));
        let list = |set: &EventSet| set.iter().collect::<Vec<_>>();
        let listed = |set: BTreeSet<usize>| set.into_iter().collect::<Vec<_>>();
        inserted == left
            && left.size() == size
            && left.len() == members.len()
            && left.is_empty() == members.is_empty()
            && list(&left) == listed(members.clone())
            && list(&left.union(&right)) == listed(&members | &others)
            && list(&left.intersection(&right)) == listed(&members & &others)
            && list(&left.complement()) == listed((0..size).filter(|event| !members.contains(event)).collect())
            && (0..size + 70).all(|event| left.contains(event) == members.contains(&event))
            && format!("{left:?}") == format!("{members:?}")
    }

    fn relation_of_a_function_agrees(sample: Sample) -> bool {
        let (r, _, _) = sample.relations();
        let (rp, _) = sample.pairs();
        r == Relation::from_fn(sample.size, |a, b| rp.contains(&(a, b))) && format!("{r:?}") == format!("{rp:?}")
    }

    fn relation_laws_hold(sample: Sample) -> bool {
        let (r, s, _) = sample.relations();
        let closure = r.transitive_closure();
        r.compose(&s).inverse() == s.inverse().compose(&r.inverse())
            && closure.transitive_closure() == closure
            && (&r - &closure).is_empty()
            && closure.compose(&closure) == &closure.compose(&closure) & &closure
            && r.inverse().inverse() == r
            && r.inverse().domain() == r.range()
            && closure.is_irreflexive() == r.is_acyclic()
    }

    fn relation_product_agrees(sample: Sample) -> bool {
        let (_, _, left) = sample.relations();
        let right = left.complement();
        let expected: Pairs =
            left.iter().flat_map(|a| right.iter().map(move |b| (a, b)).collect::<Vec<_>>()).collect();
        set(&Relation::product(&left, &right)) == expected
            && left.union(&right).len() == sample.size
            && left.intersection(&right).is_empty()
    }

    fn relation_cycles_are_found_and_shortest(sample: Sample) -> bool {
        let (r, _, _) = sample.relations();
        let (rp, _) = sample.pairs();
        let girth = girth(sample.size, &rp);
        let irreflexive = rp.iter().all(|(a, b)| a != b);
        if r.is_acyclic() != girth.is_none() || r.is_irreflexive() != irreflexive {
            return false;
        }
        match r.shortest_cycle() {
            None => girth.is_none(),
            Some(cycle) => {
                let turned = cycle.iter().skip(1).chain(cycle.first());
                Some(cycle.len()) == girth && cycle.iter().zip(turned).all(|(&a, &b)| rp.contains(&(a, b)))
            }
        }
    }

    fn relation_paths_lead_from_one_end_to_the_other(sample: Sample) -> bool {
        let (r, _, _) = sample.relations();
        let (rp, _) = sample.pairs();
        let reach = closure(&rp);
        (0..sample.size.min(9)).all(|a| (0..sample.size.min(9)).all(|b| match r.shortest_path(a, b) {
            None => !reach.contains(&(a, b)),
            Some(path) => path.len() >= 2
                && (path[0], path[path.len() - 1]) == (a, b)
                && path.windows(2).all(|pair| rp.contains(&(pair[0], pair[1]))),
        }))
    }
}

#[test]
fn relation_of_no_events_is_usable() {
    let none = Relation::empty(0);
    assert!(none.is_acyclic() && none.transitive_closure().is_empty() && none.shortest_cycle().is_none());
    assert_eq!(none.iter().count(), 0);
}

#[test]
#[should_panic(expected = "different numbers of events")]
fn relation_sizes_must_agree() {
    let _ = Relation::empty(2).union(&Relation::empty(3));
}
