//! What the prover proves, against the values of random terms over executions. Here, since terms are private.

use verify_harness::random::Random;

use super::super::environment::Environment;
use super::super::evaluate::{Evaluator, Matrix};
use super::*;
use crate::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use crate::litmus::Litmus;
use crate::models::Rc11;
use crate::{Execution, enumerate};

const BASES: [Base; 8] = [Base::Po, Base::Rf, Base::Co, Base::Loc, Base::Ext, Base::Id, Base::Int, Base::Po];

const SETS: [Base; 6] = [Base::Reads, Base::Writes, Base::Updates, Base::Fences, Base::SeqCst, Base::Atomic];

/// Executions in which no base relation is empty.
fn executions() -> Vec<Execution> {
    let tests = [
        Litmus::new("MP")
            .thread(|t| {
                t.store("x", 1, Relaxed);
                t.fence(Release);
                t.store("y", 1, Relaxed);
                t.store("x", 2, SeqCst);
            })
            .thread(|t| {
                t.load("y", Acquire);
                t.load("x", SeqCst);
            }),
        Litmus::new("updates")
            .thread(|t| {
                t.fetch_add("x", 1, AcqRel);
                t.fence(SeqCst);
                t.load("x", Relaxed);
                t.store("y", 1, Relaxed);
            })
            .thread(|t| {
                t.store("x", 3, Release);
                t.load("y", Relaxed);
                t.fetch_add("x", 1, Relaxed);
            }),
    ];
    let found = tests.iter().map(|test| enumerate::executions(test, &Rc11::new()).expect("valid"));
    found.flat_map(|executions| executions.into_iter().step_by(3)).collect()
}

/// A random relation; among its parts are the `known` ones, where nothing is negative.
fn term(terms: &mut Terms, random: &mut Random, known: &[Term], depth: usize) -> Term {
    if depth == 0 || random.index(5) == 0 {
        return if !known.is_empty() && random.index(2) == 0 {
            random.pick(known)
        } else {
            terms.base(random.pick(&BASES))
        };
    }
    let mut inner = |terms: &mut Terms, known: &[Term]| term(terms, random, known, depth - 1);
    let (a, b) = (inner(terms, known), inner(terms, known));
    let local = terms.base(random.pick(&[Base::Loc, Base::Ext, Base::Int, Base::Id]));
    let set = terms.base(random.pick(&SETS));
    match random.index(14) {
        0..=3 => terms.union(a, b),
        4..=6 => terms.sequence(a, b),
        7 => terms.intersection(a, b),
        8 => terms.intersection(a, local),
        9 => terms.difference(a, local),
        10 => terms.plus(a),
        11 => terms.optional(a),
        12 => {
            let other = terms.base(random.pick(&SETS));
            let product = terms.product(set, other);
            terms.intersection(a, product)
        }
        _ => {
            let identity = terms.identity(set);
            if random.index(2) == 0 { terms.sequence(identity, a) } else { terms.sequence(a, identity) }
        }
    }
}

/// The solutions of a random system.
fn solutions(terms: &mut Terms, random: &mut Random) -> Vec<Term> {
    let unknowns: Vec<Term> = (0..1 + random.index(2)).map(|_| terms.unknown(Sort::Relation)).collect();
    let sides: Vec<Term> = unknowns.iter().map(|_| term(terms, random, &unknowns, 3)).collect();
    terms.least(&unknowns, &sides).expect("nothing is negative")
}

#[test]
fn prover_proves_only_what_holds() {
    let executions = executions();
    let mut random = Random::new(0x9_0a1);
    let (mut proved, mut by_recursion, mut refuted) = (0, 0, 0);
    for number in 0..3_000 {
        let mut terms = Terms::default();
        let known = solutions(&mut terms, &mut random);
        let mut pairs = Vec::new();
        for _ in 0..6 {
            let part = term(&mut terms, &mut random, &known, 2);
            let other = term(&mut terms, &mut random, &known, 2);
            // Half of them may well hold.
            let either = terms.union(part, other);
            let closure = terms.plus(either);
            let solution = random.pick(&known);
            let whole = random.pick(&[other, closure, solution, solution]);
            pairs.push((whole, part));
        }
        for &solution in &known {
            let twice = terms.sequence(solution, solution);
            pairs.push((solution, twice));
            pairs.push((terms.base(random.pick(&BASES)), solution));
        }
        let mut prover =
            Prover { terms: &mut terms, known: HashMap::new(), reflexive: HashMap::new(), steps: 0, depth: 0 };
        let claims: Vec<bool> = pairs.iter().map(|&(whole, part)| prover.contains(whole, part)).collect();
        let is_recursive = terms.iter().any(|(_, node)| matches!(node, Node::Least { .. }));
        for execution in &executions {
            let mut evaluator = Evaluator::new(Environment::new(execution));
            for (&(whole, part), &claim) in pairs.iter().zip(&claims) {
                let (outer, inner) = (evaluator.value(&terms, whole), evaluator.value(&terms, part));
                let (Matrix::Relation(outer), Matrix::Relation(inner)) = (&*outer, &*inner) else { unreachable!() };
                let holds = inner.difference(outer).is_empty();
                refuted += u32::from(!holds);
                assert!(holds || !claim, "system {number}: {:?} in {:?}\n{terms:#?}", part, whole);
            }
        }
        let nontrivial = pairs.iter().zip(&claims).filter(|((whole, part), claim)| whole != part && **claim).count();
        proved += nontrivial;
        by_recursion += if is_recursive { nontrivial } else { 0 };
    }
    println!("{proved} proved, {by_recursion} of them with recursive terms; {refuted} refuted by an execution");
    assert!(proved > 3_000 && by_recursion > 1_000 && refuted > 10_000, "{proved} {by_recursion} {refuted}");
}
