//! A second look at violations of cat models, by code that has no part in finding them.
//!
//! What is trusted is the formula of the axiom, as the file was translated into terms. Whether two events are related by a term is
//! decided for this pair alone, from the events and from what reads from what, where models compute whole matrices; and the steps are
//! read as a word that must be one of those the formula describes, where the explanation was made by taking matrices apart. Relations
//! that a model computes for each execution anew (the orders of `with .. from`, or a `let rec` with a guard) are taken as computed.

use std::collections::{HashMap, HashSet};

use super::base::Base;
use super::formula::Formulas;
use super::run::Check;
use super::syntax::Property;
use super::terms::{Node, Sort, Term};
use crate::models::{InvalidWitness, Step, Violation};
use crate::relation::Relation;
use crate::{Annotations, Event, EventId, Execution, Ordering};

/// Checks that the steps hold and that they are what the axiom forbids.
///
/// Time: at worst the cube of the number of events for each sequence in the formula, the fourth power for each closure, and for a
/// `let rec` so much in each round.
pub(super) fn confirm(
    formulas: Formulas<'_>,
    check: &Check,
    violation: &Violation,
    execution: &Execution,
) -> Result<(), InvalidWitness> {
    let mut checker = Checker::new(formulas, execution);
    let steps = &violation.cycle;
    if check.negated {
        // Nothing can be shown: there must be no pair, or no cycle.
        return if steps.is_empty() && !checker.fails(check) { Ok(()) } else { Err(InvalidWitness::Shape) };
    }
    let connected = steps.windows(2).all(|pair| pair[0].to == pair[1].from);
    let Some((first, last)) = steps.first().zip(steps.last()) else { return Err(InvalidWitness::NotACycle) };
    let closed = first.from == last.to;
    if !connected || !(closed || check.property == Property::Empty) {
        return Err(InvalidWitness::NotACycle);
    }
    let word = checker.word(steps)?;
    let forbidden = match check.property {
        _ if checker.formulas.terms.sort(check.term) == Sort::Set => checker.is_member_shown(check.term, &word),
        Property::Empty => checker.shows_all(check.term, &word, steps),
        Property::Irreflexive => turns(&word).any(|word| checker.shows_all(check.term, &word, steps)),
        Property::Acyclic => turns(&word).any(|word| checker.shows_repeated(check.term, &word)),
    };
    if forbidden { Ok(()) } else { Err(InvalidWitness::Shape) }
}

/// A step between events of the model, in which a read-modify-write is one event.
#[derive(Clone, Copy, Debug)]
struct Letter {
    from: usize,
    name: &'static str,
    to: usize,
}

/// The word begun at each of its places.
fn turns(word: &[Letter]) -> impl Iterator<Item = Vec<Letter>> + '_ {
    (0..word.len()).map(|start| [&word[start..], &word[..start]].concat())
}

/// The letter read backward, if it is one of an inverse.
fn backward(letter: Letter) -> Option<Letter> {
    letter.name.strip_suffix("^-1").map(|name| Letter { from: letter.to, name, to: letter.from })
}

/// The letters `from..to` of a word, from an event on: the event matters where there are no letters.
type Place = (Term, usize, usize, usize);

struct Checker<'a> {
    formulas: Formulas<'a>,
    execution: &'a Execution,
    /// The first and the last event of the execution that an event of the model is.
    wholes: Vec<(EventId, EventId)>,
    related: HashMap<(Term, usize, usize), bool>,
    /// The pairs of solved `let rec`, by the number of the system, and those of unknowns while one is being solved. A member of a
    /// set is paired with itself.
    solutions: HashMap<usize, Vec<Pairs>>,
    unknowns: HashMap<Term, Pairs>,
}

type Pairs = HashSet<(usize, usize)>;

impl<'a> Checker<'a> {
    fn new(formulas: Formulas<'a>, execution: &'a Execution) -> Self {
        let events = execution.events();
        let is_second = |id: EventId| events[id].is_rmw && events[id].is_write();
        let firsts = (0..events.len()).filter(|&id| !is_second(id));
        let last = |id: EventId| if id + 1 < events.len() && is_second(id + 1) { id + 1 } else { id };
        Self {
            formulas,
            execution,
            wholes: firsts.map(|id| (id, last(id))).collect(),
            related: HashMap::new(),
            solutions: HashMap::new(),
            unknowns: HashMap::new(),
        }
    }

    /// The number of the model's event that an event of the execution is, or is half of.
    fn whole_of(&self, id: EventId) -> Option<usize> {
        self.wholes.iter().position(|&(first, last)| id == first || id == last)
    }

    /// The steps as letters; those between the halves of a read-modify-write are none. Each must hold.
    fn word(&mut self, steps: &[Step]) -> Result<Vec<Letter>, InvalidWitness> {
        let mut word = Vec::new();
        for step in steps {
            let Some((from, to)) = self.whole_of(step.from).zip(self.whole_of(step.to)) else {
                return Err(InvalidWitness::Step(*step));
            };
            if step.relation == "same operation" {
                if from != to || step.from == step.to {
                    return Err(InvalidWitness::Step(*step));
                }
                continue;
            }
            let letter = Letter { from, name: step.relation, to };
            if !self.holds(letter) {
                return Err(InvalidWitness::Step(*step));
            }
            word.push(letter);
        }
        Ok(word)
    }

    /// Whether some term of the model bears the name of the letter and relates its events.
    fn holds(&mut self, letter: Letter) -> bool {
        let terms = self.formulas.terms;
        terms.iter().any(|(term, _)| match terms.sort(term) {
            Sort::Relation => {
                self.is_step(term, letter) || backward(letter).is_some_and(|letter| self.is_step(term, letter))
            }
            Sort::Set => self.is_membership(term, letter),
        })
    }

    /// Whether the letter is a pair of this term under one of its names.
    fn is_step(&mut self, term: Term, letter: Letter) -> bool {
        self.is_called(term, letter.name) && self.is_related(term, letter.from, letter.to)
    }

    /// Whether the letter says that an event is in the set.
    fn is_membership(&mut self, set: Term, letter: Letter) -> bool {
        let inner = letter.name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        letter.from == letter.to
            && inner.is_some_and(|name| self.is_called(set, name))
            && self.is_member(set, letter.from)
    }

    fn is_called(&self, term: Term, name: &str) -> bool {
        let Formulas { program, names, .. } = self.formulas;
        let text = |symbol| program.names.text(symbol) == name;
        names.shown.iter().any(|&(symbol, shown)| shown == term && text(symbol))
            || names.first.get(&term).is_some_and(|&symbol| text(symbol))
            || self.formulas.text(term) == name
    }

    /// Whether the test fails, by asking for every pair.
    fn fails(&mut self, check: &Check) -> bool {
        let all = 0..self.wholes.len();
        if self.formulas.terms.sort(check.term) == Sort::Set {
            return all.clone().any(|event| self.is_member(check.term, event));
        }
        match check.property {
            Property::Empty => all.clone().any(|from| all.clone().any(|to| self.is_related(check.term, from, to))),
            Property::Irreflexive => all.clone().any(|event| self.is_related(check.term, event, event)),
            Property::Acyclic => all.clone().any(|event| self.is_reached(check.term, event, event)),
        }
    }

    fn is_member_shown(&mut self, set: Term, word: &[Letter]) -> bool {
        matches!(*word, [letter] if self.is_membership(set, letter))
    }

    /// Whether the whole word is one step of the term. A word without letters is about the event of the `steps`.
    fn shows_all(&mut self, term: Term, word: &[Letter], steps: &[Step]) -> bool {
        let at = match (word.first(), steps.first()) {
            (Some(letter), _) => letter.from,
            (None, Some(step)) => self.whole_of(step.from).unwrap_or_default(),
            (None, None) => return false,
        };
        self.shows(word, &mut HashMap::new(), (term, 0, word.len(), at))
    }

    /// Whether the word is made of one or more steps of the term.
    fn shows_repeated(&mut self, term: Term, word: &[Letter]) -> bool {
        let mut known = HashMap::new();
        // reached[k]: the first k letters are made of such steps.
        let mut reached = vec![false; word.len() + 1];
        reached[0] = true;
        for end in 1..=word.len() {
            reached[end] = (0..end)
                .any(|start| reached[start] && self.shows(word, &mut known, (term, start, end, word[start].from)));
        }
        !word.is_empty() && reached[word.len()]
    }

    /// Whether the letters of the place are one step of its term, by the form of the term.
    fn shows(&mut self, word: &[Letter], known: &mut HashMap<Place, bool>, place: Place) -> bool {
        if let Some(&shown) = known.get(&place) {
            return shown;
        }
        let shown = self.decide(word, known, place);
        known.insert(place, shown);
        shown
    }

    fn decide(&mut self, word: &[Letter], known: &mut HashMap<Place, bool>, place: Place) -> bool {
        let (term, from, to, at) = place;
        let end = if from == to { at } else { word[to - 1].to };
        if to - from == 1 && self.is_step(term, word[from]) {
            return true;
        }
        let node = self.formulas.terms.node(term).clone();
        match node {
            Node::Union(a, b) => {
                self.shows(word, known, (a, from, to, at)) || self.shows(word, known, (b, from, to, at))
            }
            Node::Intersection(a, b) => [(a, b), (b, a)]
                .into_iter()
                .any(|(shown, also)| self.shows(word, known, (shown, from, to, at)) && self.is_related(also, at, end)),
            Node::Difference(a, b) => self.shows(word, known, (a, from, to, at)) && !self.is_related(b, at, end),
            Node::Sequence(a, b) => (from..=to).any(|split| {
                let middle = if split == from { at } else { word[split - 1].to };
                self.shows(word, known, (a, from, split, at)) && self.shows(word, known, (b, split, to, middle))
            }),
            Node::Plus(inner) | Node::Star(inner) => {
                matches!(node, Node::Star(_)) && from == to
                    || self.shows(word, known, (inner, from, to, at))
                    || (from + 1..to).any(|split| {
                        self.shows(word, known, (inner, from, split, at))
                            && self.shows(word, known, (term, split, to, word[split - 1].to))
                    })
            }
            Node::Inverse(inner) => {
                to - from == 1 && backward(word[from]).is_some_and(|letter| self.is_step(inner, letter))
            }
            Node::Optional(inner) => from == to || self.shows(word, known, (inner, from, to, at)),
            Node::Identity(set) => from == to && self.is_member(set, at),
            Node::Base(Base::Id) => from == to,
            _ => false,
        }
    }
}

/// The meaning of terms, for single events and pairs.
impl Checker<'_> {
    fn is_member(&mut self, set: Term, event: usize) -> bool {
        let all = 0..self.wholes.len();
        match *self.formulas.terms.node(set) {
            Node::Base(base) => self.is_in(base, event),
            Node::Set(ref set) => set.contains(event),
            Node::Nothing(_) => false,
            Node::Everything(_) => true,
            Node::Union(a, b) => self.is_member(a, event) || self.is_member(b, event),
            Node::Intersection(a, b) => self.is_member(a, event) && self.is_member(b, event),
            Node::Difference(a, b) => self.is_member(a, event) && !self.is_member(b, event),
            Node::Complement(a) => !self.is_member(a, event),
            Node::Domain(relation) => all.clone().any(|to| self.is_related(relation, event, to)),
            Node::Range(relation) => all.clone().any(|from| self.is_related(relation, from, event)),
            Node::Unknown(..) => self.is_assumed(set, event, event),
            Node::Least { system, member, .. } => self.solution(system)[member].contains(&(event, event)),
            _ => false,
        }
    }

    fn is_related(&mut self, term: Term, from: usize, to: usize) -> bool {
        if let Some(&related) = self.related.get(&(term, from, to)) {
            return related;
        }
        let related = self.decide_related(term, from, to);
        self.related.insert((term, from, to), related);
        related
    }

    fn decide_related(&mut self, term: Term, from: usize, to: usize) -> bool {
        match *self.formulas.terms.node(term) {
            Node::Base(base) => self.relates(base, from, to),
            Node::Relation(ref relation) => relation.contains(from, to),
            Node::Nothing(_) => false,
            Node::Everything(_) => true,
            Node::Union(a, b) => self.is_related(a, from, to) || self.is_related(b, from, to),
            Node::Intersection(a, b) => self.is_related(a, from, to) && self.is_related(b, from, to),
            Node::Difference(a, b) => self.is_related(a, from, to) && !self.is_related(b, from, to),
            Node::Complement(a) => !self.is_related(a, from, to),
            Node::Sequence(a, b) => {
                (0..self.wholes.len()).any(|middle| self.is_related(a, from, middle) && self.is_related(b, middle, to))
            }
            Node::Inverse(a) => self.is_related(a, to, from),
            Node::Plus(a) => self.is_reached(a, from, to),
            Node::Star(a) => from == to || self.is_reached(a, from, to),
            Node::Optional(a) => from == to || self.is_related(a, from, to),
            Node::Identity(set) => from == to && self.is_member(set, from),
            Node::Product(a, b) => self.is_member(a, from) && self.is_member(b, to),
            Node::Unknown(..) => self.is_assumed(term, from, to),
            Node::Least { system, member, .. } => self.solution(system)[member].contains(&(from, to)),
            Node::Set(_) | Node::Domain(_) | Node::Range(_) => false,
        }
    }

    fn is_assumed(&self, unknown: Term, from: usize, to: usize) -> bool {
        self.unknowns.get(&unknown).is_some_and(|pairs| pairs.contains(&(from, to)))
    }

    /// The least solutions of a `let rec`: what its right sides say of what was found so far, until they say no more.
    fn solution(&mut self, number: usize) -> &[Pairs] {
        if !self.solutions.contains_key(&number) {
            let system = self.formulas.terms.systems[number].clone();
            loop {
                let found: Vec<Pairs> = system.sides.iter().map(|&side| self.pairs(side)).collect();
                self.related.retain(|(term, ..), _| !system.open.contains(term) && !system.unknowns.contains(term));
                let found = system.unknowns.iter().copied().zip(found);
                let changes = found.map(|(unknown, pairs)| self.unknowns.insert(unknown, pairs.clone()) != Some(pairs));
                if changes.filter(|&changes| changes).count() == 0 {
                    break;
                }
            }
            let solution = system.unknowns.iter().map(|unknown| self.unknowns.remove(unknown).unwrap_or_default());
            let solution = solution.collect();
            self.solutions.insert(number, solution);
        }
        &self.solutions[&number]
    }

    /// All pairs of the term, or its members each with itself.
    fn pairs(&mut self, term: Term) -> Pairs {
        let (all, is_set) = (0..self.wholes.len(), self.formulas.terms.sort(term) == Sort::Set);
        let pairs = all.clone().flat_map(|from| all.clone().map(move |to| (from, to)));
        pairs
            .filter(|&(from, to)| match is_set {
                true => from == to && self.is_member(term, from),
                false => self.is_related(term, from, to),
            })
            .collect()
    }

    /// Whether one or more steps of the term lead from one event to the other.
    fn is_reached(&mut self, term: Term, from: usize, to: usize) -> bool {
        let (mut unseen, mut left): (Vec<usize>, _) = ((0..self.wholes.len()).collect(), vec![from]);
        while let Some(event) = left.pop() {
            let (next, rest) = unseen.into_iter().partition(|&next| self.is_related(term, event, next));
            unseen = rest;
            let next: Vec<usize> = next;
            if next.contains(&to) {
                return true;
            }
            left.extend(next);
        }
        false
    }
}

/// The meaning of what the language takes for granted.
impl Checker<'_> {
    fn first(&self, event: usize) -> &Event {
        &self.execution.events()[self.wholes[event].0]
    }

    fn last(&self, event: usize) -> &Event {
        &self.execution.events()[self.wholes[event].1]
    }

    fn is_in(&self, base: Base, event: usize) -> bool {
        let (first, last) = (self.first(event), self.last(event));
        let marked = |events: fn(&Annotations) -> &crate::relation::EventSet| {
            self.execution.annotations().is_some_and(|known| events(known).contains(self.wholes[event].0))
        };
        match base {
            Base::Reads => first.is_read(),
            Base::Writes => last.is_write(),
            Base::Accesses => !first.is_fence(),
            Base::Fences => first.is_fence(),
            Base::Updates => first.is_read() && last.is_write(),
            Base::Atomic => !first.is_fence() && first.ordering.is_atomic(),
            Base::NonAtomic => !first.ordering.is_atomic(),
            Base::Relaxed | Base::Acquire | Base::Release | Base::AcqRel | Base::SeqCst => {
                self.ordering(event) == Some(base)
            }
            Base::Initial => first.is_initial(),
            Base::Final => {
                let own = self.wholes[event].1;
                last.is_write() && !(0..self.execution.size()).any(|other| self.execution.co().contains(own, other))
            }
            Base::Locks => marked(|annotations| &annotations.locks),
            Base::LockSuccesses => marked(|annotations| &annotations.locks) && last.is_write(),
            Base::LockFailures => marked(|annotations| &annotations.locks) && !last.is_write(),
            Base::Unlocks => marked(|annotations| &annotations.unlocks),
            _ => false,
        }
    }

    /// The set of the ordering of an operation: what its halves do together.
    fn ordering(&self, event: usize) -> Option<Base> {
        let halves = [self.first(event).ordering, self.last(event).ordering];
        let some = |is: fn(Ordering) -> bool| halves.into_iter().any(is);
        Some(match (some(Ordering::is_acquire), some(Ordering::is_release)) {
            _ if !some(Ordering::is_atomic) => return None,
            _ if some(Ordering::is_seq_cst) => Base::SeqCst,
            (true, true) => Base::AcqRel,
            (true, false) => Base::Acquire,
            (false, true) => Base::Release,
            (false, false) => Base::Relaxed,
        })
    }

    fn relates(&self, base: Base, from: usize, to: usize) -> bool {
        let (a, b) = (self.first(from), self.first(to));
        let any = |relation: &Relation| {
            let (from, to) = (self.wholes[from], self.wholes[to]);
            [from.0, from.1].into_iter().any(|from| [to.0, to.1].into_iter().any(|to| relation.contains(from, to)))
        };
        let depends = |which: fn(&Annotations) -> &Relation| {
            from != to && self.execution.annotations().is_some_and(|known| any(which(known)))
        };
        match base {
            Base::Po => from != to && any(self.execution.po()),
            Base::Rf => any(self.execution.rf()),
            Base::Co => any(self.execution.co()),
            Base::Loc => a.location.is_some() && a.location == b.location,
            Base::Int => a.thread == b.thread,
            Base::Ext => a.thread != b.thread,
            Base::Id => from == to,
            Base::DifferentValues => a.location.is_some() && b.location.is_some() && self.last(from).value != b.value,
            Base::Addr => depends(|annotations| &annotations.addr),
            Base::Data => depends(|annotations| &annotations.data),
            Base::Ctrl => depends(|annotations| &annotations.ctrl),
            Base::Depend => depends(|annotations| &annotations.addr) || depends(|annotations| &annotations.data),
            _ => false,
        }
    }
}
