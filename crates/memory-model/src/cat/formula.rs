//! Terms as text, in the names of the model.

use super::run::Names;
use super::syntax::Program;
use super::terms::{Node, Sort, Term, Terms};

/// The levels of a formula that are written out.
const MAX_DEPTH: usize = 6;

/// How strongly the parts of an operation hang together; an operand that hangs together less is put in parentheses.
mod strength {
    pub(super) const UNION: u8 = 1;
    pub(super) const SEQUENCE: u8 = 2;
    pub(super) const DIFFERENCE: u8 = 3;
    pub(super) const INTERSECTION: u8 = 4;
    pub(super) const PRODUCT: u8 = 5;
    pub(super) const UNARY: u8 = 6;
}

/// Writes terms with the names that a model has for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Formulas<'a> {
    pub(super) program: &'a Program,
    pub(super) terms: &'a Terms,
    pub(super) names: &'a Names,
}

impl Formulas<'_> {
    /// What the model calls the term, if it has a name: the one by which it is shown, or else the first one.
    pub(super) fn name(&self, term: Term) -> Option<&str> {
        let shown = self.names.shown.iter().find(|(_, shown)| *shown == term).map(|&(name, _)| name);
        match self.terms.node(term) {
            Node::Base(base) => Some(shown.map_or(base.name(), |name| self.program.names.text(name))),
            _ => shown.or_else(|| self.names.first.get(&term).copied()).map(|name| self.program.names.text(name)),
        }
    }

    /// The name of the term, or what it is made of.
    pub(super) fn text(&self, term: Term) -> String {
        self.part(term, 0, 0)
    }

    fn part(&self, term: Term, least: u8, depth: usize) -> String {
        if let Some(name) = self.name(term) {
            return name.to_owned();
        }
        if depth == MAX_DEPTH {
            return "..".to_owned();
        }
        let inner = |part: Term, least: u8| self.part(part, least, depth + 1);
        let infix = |left: Term, operator: &str, right: Term, strength: u8| {
            // All operators are taken to associate to the left.
            (format!("{}{operator}{}", inner(left, strength), inner(right, strength + 1)), strength)
        };
        let around = |before: &str, part: Term, after: &str| {
            (format!("{before}{}{after}", inner(part, strength::UNARY)), strength::UNARY)
        };
        let call = |function: &str, part: Term| (format!("{function} ({})", inner(part, 0)), strength::UNARY);
        let (text, strength) = match *self.terms.node(term) {
            Node::Nothing(_) => ("0".to_owned(), strength::UNARY),
            Node::Everything(Sort::Set) => ("_".to_owned(), strength::UNARY),
            Node::Everything(Sort::Relation) => ("_ * _".to_owned(), strength::PRODUCT),
            Node::Base(_) | Node::Set(_) | Node::Relation(_) | Node::Unknown(..) | Node::Least { .. } => {
                ("..".to_owned(), strength::UNARY)
            }
            Node::Union(a, b) => infix(a, " | ", b, strength::UNION),
            Node::Sequence(a, b) => infix(a, "; ", b, strength::SEQUENCE),
            Node::Difference(a, b) => infix(a, " \\ ", b, strength::DIFFERENCE),
            Node::Intersection(a, b) => infix(a, " & ", b, strength::INTERSECTION),
            Node::Product(a, b) => infix(a, " * ", b, strength::PRODUCT),
            Node::Complement(a) => around("~", a, ""),
            Node::Inverse(a) => around("", a, "^-1"),
            Node::Plus(a) => around("", a, "+"),
            Node::Star(a) => around("", a, "*"),
            Node::Optional(a) => around("", a, "?"),
            Node::Identity(a) => (format!("[{}]", inner(a, 0)), strength::UNARY),
            Node::Domain(a) => call("domain", a),
            Node::Range(a) => call("range", a),
        };
        if strength < least { format!("({text})") } else { text }
    }
}
