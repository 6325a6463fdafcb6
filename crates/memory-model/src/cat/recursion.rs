//! `let rec` as terms: systems of equations between sets or relations, and their least solutions.
//!
//! A model is analysed as terms without an execution ([`analysis`](super::analysis)). The least solution of
//!
//! ```text
//! x1 = t1 (x1, .., xn)  ..  xn = tn (x1, .., xn)
//! ```
//!
//! is a term where no `x` is used negatively (under `~`, or on the right of `\`): then the right sides are monotone, the solution
//! exists, and iteration from nothing finds it (Kleene). Other recursions are followed statement by statement, as herd does.
//!
//! An equation of relations that is linear, or a transitive closure, is solved here ([`solve`](Terms::solve)); the prover then sees
//! closures.
//! For the rest it has two rules, which are the two halves of "least solution":
//!
//! - what is in `ti (L1, .., Ln)` is in `Li`, since the solution solves;
//! - `Li` is in `w` if `ti (.., w, ..)`, with `w` for `xi` and `Lj` for the others, is in `w`: by Bekić's lemma `Li` is the least
//!   solution of that one equation, and it is in everything that its right side maps into itself (Knaster, Tarski, Park).
//!
//! That a part of an execution has no more pairs than the whole carries over from the right sides, too, by induction on the rounds.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::error::CatErrorKind;
use super::evaluate::{Evaluator, Matrix};
use super::interpreter::{Interpreter, Stop, closures};
use super::syntax::{Binding, ExprKind, Pattern, Span, Symbol};
use super::terms::{Node, Sort, Term, Terms};
use super::value::{Scope, Value};

/// Equations that are solved together.
#[derive(Clone, Debug)]
pub(super) struct System {
    /// The unknowns.
    pub(super) unknowns: Vec<Term>,
    /// Their right sides.
    pub(super) sides: Vec<Term>,
    /// Their least solutions.
    solutions: Vec<Term>,
    /// The parts of the right sides that depend on the unknowns, each after those of which it consists.
    pub(super) open: Vec<Term>,
}

/// The members of one union, and the steps of one composition, that are looked at.
const MAX_LEAVES: usize = 256;

impl Terms {
    /// The least solutions of the equations; `None` if they may have none, or depend on unknowns of other systems.
    ///
    /// One equation after the other is solved for its unknown, with the others for given, and the solution is put in their place
    /// (Bekić's lemma, again); what cannot be solved in this way stays a system.
    pub(super) fn least(&mut self, unknowns: &[Term], sides: &[Term]) -> Option<Vec<Term>> {
        self.open(sides, unknowns)?;
        let mut solutions = sides.to_vec();
        let mut left: Vec<usize> = (0..unknowns.len()).collect();
        let mut at = 0;
        while let Some(&number) = left.get(at) {
            let Some(solution) = self.solve(unknowns[number], solutions[number]) else {
                at += 1;
                continue;
            };
            solutions[number] = solution;
            self.replace(&mut solutions, &[(unknowns[number], solution)]);
            left.remove(at);
            at = 0;
        }
        if left.is_empty() {
            return Some(solutions);
        }
        let unknowns: Vec<Term> = left.iter().map(|&number| unknowns[number]).collect();
        let sides: Vec<Term> = left.iter().map(|&number| solutions[number]).collect();
        let open = self.open(&sides, &unknowns)?;
        let system = self.systems.len();
        // The height of a solution is that of its system.
        self.systems.push(System { unknowns: unknowns.clone(), sides, solutions: Vec::new(), open });
        let mut values = Vec::new();
        for (member, (&number, &unknown)) in left.iter().zip(&unknowns).enumerate() {
            let sort = self.sort(unknown);
            let least = self.add(Node::Least { system, member, sort });
            solutions[number] = least;
            values.push((unknown, least));
        }
        self.systems[system].solutions = values.iter().map(|&(_, least)| least).collect();
        self.replace(&mut solutions, &values);
        Some(solutions)
    }

    /// Puts values in the place of unknowns.
    fn replace(&mut self, terms: &mut [Term], values: &[(Term, Term)]) {
        let mut values: HashMap<Term, Term> = values.iter().copied().collect();
        for term in terms {
            *term = self.substitute(*term, &mut values);
        }
    }

    /// Whether the term has the unknown as a part.
    fn mentions(&self, term: Term, unknown: Term) -> bool {
        let (mut pending, mut seen) = (vec![term], HashSet::new());
        while let Some(term) = pending.pop() {
            if term == unknown {
                return true;
            }
            if seen.insert(term) {
                pending.extend(self.node(term).parts());
            }
        }
        false
    }

    /// The parts of `sides` that depend on an unknown; `None` if some part is not monotone, or mentions another unknown.
    fn open(&self, sides: &[Term], unknowns: &[Term]) -> Option<Vec<Term>> {
        let mut is_open: HashMap<Term, bool> = HashMap::new();
        let mut pending: Vec<Term> = sides.to_vec();
        let mut reached = Vec::new();
        while let Some(term) = pending.pop() {
            if is_open.insert(term, unknowns.contains(&term)).is_none() {
                reached.push(term);
                pending.extend(self.node(term).parts());
            }
        }
        reached.sort_unstable();
        let mut open = Vec::new();
        for term in reached {
            let node = self.node(term);
            let depends = |part: Term| is_open[&part];
            match *node {
                Node::Unknown(..) if !unknowns.contains(&term) => return None,
                Node::Complement(a) | Node::Difference(_, a) if depends(a) => return None,
                _ => {}
            }
            if node.parts().any(depends) {
                is_open.insert(term, true);
                open.push(term);
            }
        }
        Some(open)
    }

    /// The least solution of `x = a | b;x | x;c | x;x`, of which any part but `a` may be missing, as closures.
    ///
    /// Without `x;x` it is `b*;a;c*`: that is a solution, and every solution contains `a`, and with a pair those that `b` and `c` make
    /// of it. With `x;x` it is `(b*;a;c*)+`: `b;(r;s) = (b;r);s` and `(r;s);c = r;(s;c)`, so that closing under `b` and `c` first
    /// is enough.
    fn solve(&mut self, unknown: Term, side: Term) -> Option<Term> {
        if self.sort(unknown) != Sort::Relation {
            return None;
        }
        let nothing = self.nothing(Sort::Relation);
        let (mut rest, mut left, mut right, mut is_transitive) = (nothing, nothing, nothing, false);
        for part in self.summands(side) {
            let steps = self.flatten(part);
            let at: Vec<usize> = (0..steps.len()).filter(|&step| steps[step] == unknown).collect();
            let others: Vec<Term> = steps.iter().copied().filter(|&step| step != unknown).collect();
            if others.iter().any(|&step| self.mentions(step, unknown)) {
                return None;
            }
            match at[..] {
                [] => rest = self.union(rest, part),
                [0] if steps.len() == 1 => {}
                [0, 1] if steps.len() == 2 => is_transitive = true,
                [0] => {
                    let steps = self.compose(&others);
                    right = self.union(right, steps);
                }
                [last] if last + 1 == steps.len() => {
                    let steps = self.compose(&others);
                    left = self.union(left, steps);
                }
                _ => return None,
            }
        }
        // `a*;a` is `a+`.
        let whole = self.sorted_summands(rest);
        let is_closure = [left, right].iter().all(|&side| side == nothing || self.sorted_summands(side) == whole);
        if is_closure && (left != nothing || right != nothing) {
            return Some(self.plus(rest));
        }
        let (before, after) = (self.star(left), self.star(right));
        let solution = self.compose(&[before, rest, after]);
        Some(if is_transitive { self.plus(solution) } else { solution })
    }

    /// The members of the union that the term is, in their order.
    fn summands(&self, term: Term) -> Vec<Term> {
        self.leaves(term, |node| if let Node::Union(a, b) = *node { Some((a, b)) } else { None })
    }

    /// The members of the union, each composed from the left.
    fn sorted_summands(&mut self, union: Term) -> Vec<Term> {
        let mut summands = self.summands(union);
        for summand in &mut summands {
            let steps = self.flatten(*summand);
            *summand = self.compose(&steps);
        }
        summands.sort_unstable();
        summands
    }

    /// The steps of the composition that the term is.
    pub(super) fn flatten(&self, term: Term) -> Vec<Term> {
        self.leaves(term, |node| if let Node::Sequence(a, b) = *node { Some((a, b)) } else { None })
    }

    /// What the term is made of if it is taken apart again and again; the term itself if that is too much.
    fn leaves(&self, term: Term, apart: impl Fn(&Node) -> Option<(Term, Term)>) -> Vec<Term> {
        let (mut pending, mut leaves) = (vec![term], Vec::new());
        while let Some(next) = pending.pop() {
            match apart(self.node(next)) {
                Some((first, second)) => pending.extend([second, first]),
                None => leaves.push(next),
            }
            // Shared parts count as often as they occur, which may be exponential in the length of a model.
            if leaves.len() + pending.len() > MAX_LEAVES {
                return vec![term];
            }
        }
        leaves
    }

    /// The composition of the steps.
    pub(super) fn compose(&mut self, steps: &[Term]) -> Term {
        match steps.split_first() {
            None => self.base(super::base::Base::Id),
            Some((&first, rest)) => rest.iter().fold(first, |all, &step| self.sequence(all, step)),
        }
    }

    /// The right side of the equation that a least solution solves, with the solutions for the unknowns but for this one, for which
    /// `value` is taken.
    pub(super) fn unfold(&mut self, least: Term, value: Term) -> Term {
        let Node::Least { system, member, .. } = *self.node(least) else { return least };
        let System { unknowns, sides, solutions, .. } = &self.systems[system];
        let side = sides[member];
        let mut values: HashMap<Term, Term> = unknowns.iter().copied().zip(solutions.iter().copied()).collect();
        values.insert(unknowns[member], value);
        self.substitute(side, &mut values)
    }

    /// The term with other terms for some of its parts.
    fn substitute(&mut self, term: Term, values: &mut HashMap<Term, Term>) -> Term {
        if let Some(&value) = values.get(&term) {
            return value;
        }
        let value = match *self.node(term) {
            Node::Base(_)
            | Node::Set(_)
            | Node::Relation(_)
            | Node::Nothing(_)
            | Node::Everything(_)
            | Node::Unknown(..)
            | Node::Least { .. } => return term,
            Node::Union(a, b) => self.of_two(Self::union, (a, b), values),
            Node::Intersection(a, b) => self.of_two(Self::intersection, (a, b), values),
            Node::Difference(a, b) => self.of_two(Self::difference, (a, b), values),
            Node::Sequence(a, b) => self.of_two(Self::sequence, (a, b), values),
            Node::Product(a, b) => self.of_two(Self::product, (a, b), values),
            Node::Complement(a) => self.of_one(Self::complement, a, values),
            Node::Inverse(a) => self.of_one(Self::inverse, a, values),
            Node::Plus(a) => self.of_one(Self::plus, a, values),
            Node::Star(a) => self.of_one(Self::star, a, values),
            Node::Optional(a) => self.of_one(Self::optional, a, values),
            Node::Identity(a) => self.of_one(Self::identity, a, values),
            Node::Domain(a) => self.of_one(Self::domain, a, values),
            Node::Range(a) => self.of_one(Self::range, a, values),
        };
        values.insert(term, value);
        value
    }

    /// What `make` makes of the part with others for some of its parts.
    fn of_one(&mut self, make: fn(&mut Self, Term) -> Term, part: Term, values: &mut HashMap<Term, Term>) -> Term {
        let part = self.substitute(part, values);
        make(self, part)
    }

    /// The same of two parts.
    fn of_two(
        &mut self,
        make: fn(&mut Self, Term, Term) -> Term,
        (first, second): (Term, Term),
        values: &mut HashMap<Term, Term>,
    ) -> Term {
        let (first, second) = (self.substitute(first, values), self.substitute(second, values));
        make(self, first, second)
    }
}

/// Whether an approximation of a fixed point is accepted.
pub(super) type Guard<'g, 'p> = &'g mut dyn FnMut(&mut Interpreter<'p>, &Scope<'p>) -> Result<bool, Stop>;

impl<'p> Interpreter<'p> {
    /// `let rec`: functions, and the least fixed point of sets and relations. `None` if `guard` refuses an approximation.
    pub(super) fn bind_recursive(
        &mut self,
        bindings: &'p [Binding],
        scope: &Scope<'p>,
        span: Span,
        mut guard: Option<Guard<'_, 'p>>,
    ) -> Result<Option<Scope<'p>>, Stop> {
        let scope = closures(bindings, scope);
        let values: Vec<(&'p Binding, Symbol)> = bindings
            .iter()
            .filter(|binding| !is_function(binding))
            .filter_map(
                |binding| if let Pattern::One(Some(name)) = binding.pattern { Some((binding, name)) } else { None },
            )
            .collect();
        let count = bindings.iter().filter(|binding| !is_function(binding)).count();
        if values.len() != count {
            return Err(self.fault(CatErrorKind::Misplaced("a pattern"), span));
        }
        if values.is_empty() {
            return Ok(Some(scope));
        }
        let size = match (&self.evaluator, &guard) {
            (Some(evaluator), _) => evaluator.size(),
            (None, None) => return self.bind_least(&values, &scope).map(Some),
            (None, Some(_)) => return Err(Stop::Dynamic),
        };
        let mut now: Vec<Value<'p>> = vec![Value::Empty; values.len()];
        // Each round of a monotone definition adds at least one pair.
        let rounds = (size * size + 1) * values.len() + 1;
        for _ in 0..=rounds {
            let inner = values
                .iter()
                .zip(&now)
                .fold(scope.clone(), |scope, ((_, name), value)| scope.bind(*name, value.clone()));
            if let Some(guard) = &mut guard {
                if !guard(self, &inner)? {
                    return Ok(None);
                }
            }
            let mut next = Vec::with_capacity(now.len());
            for (binding, _) in &values {
                let value = self.eval(&binding.value, &inner)?;
                next.push(self.constant(value, binding.span)?);
            }
            if self.are_equal(&now, &next, span)? {
                return Ok(Some(inner));
            }
            now = next;
        }
        Err(self.fault(CatErrorKind::NoFixedPoint, span))
    }

    /// `let rec` of sets or relations without an execution: each name stands for its least solution.
    fn bind_least(&mut self, values: &[(&'p Binding, Symbol)], scope: &Scope<'p>) -> Result<Scope<'p>, Stop> {
        for sort in [Sort::Relation, Sort::Set] {
            let unknowns: Vec<Term> = values.iter().map(|_| self.terms.unknown(sort)).collect();
            let names = values.iter().zip(&unknowns);
            let inner =
                names.fold(scope.clone(), |scope, ((_, name), &unknown)| scope.bind(*name, Value::Term(unknown)));
            self.guesses += 1;
            let sides = self.sides(values, &inner, sort);
            self.guesses -= 1;
            match sides {
                Ok(sides) => {
                    let solutions = self.terms.least(&unknowns, &sides).ok_or(Stop::Dynamic)?;
                    let names = values.iter().zip(solutions);
                    return Ok(names
                        .fold(scope.clone(), |scope, ((_, name), solution)| scope.bind(*name, Value::Term(solution))));
                }
                // Perhaps they are of the other sort; errors are told when the model is tried out.
                Err(Stop::Fault(fault)) if matches!(fault.kind, CatErrorKind::Type { .. }) => {}
                Err(_) => return Err(Stop::Dynamic),
            }
        }
        Err(Stop::Dynamic)
    }

    /// The right sides, all of one sort.
    fn sides(&mut self, values: &[(&'p Binding, Symbol)], scope: &Scope<'p>, sort: Sort) -> Result<Vec<Term>, Stop> {
        let mut sides = Vec::with_capacity(values.len());
        for (binding, _) in values {
            let value = self.eval(&binding.value, scope)?;
            sides.push(match sort {
                Sort::Relation => self.relation(&value, binding.span)?,
                Sort::Set => self.set(&value, binding.span)?,
            });
        }
        Ok(sides)
    }
}

impl Evaluator<'_> {
    /// One of the least solutions of a system; the others are kept.
    pub(super) fn least(&mut self, terms: &Terms, system: usize, member: usize) -> Matrix {
        let System { unknowns, sides, solutions, open } = &terms.systems[system];
        // An unknown has no elements until it is given some.
        let mut now: Vec<Arc<Matrix>> = unknowns.iter().map(|&unknown| self.value(terms, unknown)).collect();
        loop {
            for (&unknown, value) in unknowns.iter().zip(&now) {
                self.set_value(terms, unknown, Some(value.clone()));
            }
            for &term in open {
                self.set_value(terms, term, None);
            }
            let next: Vec<Arc<Matrix>> = sides.iter().map(|&side| self.value(terms, side)).collect();
            if next == now {
                break;
            }
            now = next;
        }
        for &term in unknowns.iter().chain(open) {
            self.set_value(terms, term, None);
        }
        for (&solution, value) in solutions.iter().zip(&now) {
            self.set_value(terms, solution, Some(value.clone()));
        }
        (*now[member]).clone()
    }
}

fn is_function(binding: &Binding) -> bool {
    matches!(binding.value.kind, ExprKind::Function(_))
}
