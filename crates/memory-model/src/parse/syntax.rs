//! Syntax trees of threads, before names are resolved.

use super::lexer::Span;
use crate::Value;
use crate::litmus::{BinaryOp, UnaryOp};

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) span: Span,
    /// The height of the tree.
    pub(super) depth: usize,
}

#[derive(Clone, Debug)]
pub(super) enum NodeKind {
    Number(Value),
    Name(String),
    Unary(UnaryOp, Box<Node>),
    Binary(BinaryOp, Box<Node>, Box<Node>),
    /// `place = value` or, with an operator, `place += value`.
    Assign(Option<BinaryOp>, Box<Node>, Box<Node>),
    /// `place++` and the like: by how much, and whether the value is that from before.
    Increment {
        place: Box<Node>,
        by: Value,
        before: bool,
    },
    /// `*pointer`.
    Deref(Box<Node>),
    /// `&place`.
    AddressOf(Box<Node>),
    /// `condition ? then : otherwise`.
    Conditional(Box<Node>, Box<Node>, Box<Node>),
    Call(String, Vec<Node>),
}

#[derive(Clone, Debug)]
pub(super) enum Stmt {
    Expression(Node),
    Declare {
        name: String,
        span: Span,
        array: Option<(usize, Vec<Node>)>,
        value: Option<Node>,
    },
    If {
        condition: Node,
        then: Vec<Stmt>,
        otherwise: Vec<Stmt>,
    },
    /// `while`, `for` and, with `first`, `do`: the body runs once before the condition is looked at.
    Loop {
        init: Vec<Stmt>,
        first: bool,
        condition: Option<Node>,
        step: Option<Node>,
        body: Vec<Stmt>,
    },
    Block(Vec<Stmt>),
}

impl NodeKind {
    pub(super) fn children(&self) -> Vec<&Node> {
        match self {
            Self::Number(_) | Self::Name(_) => Vec::new(),
            Self::Unary(_, inner) | Self::Deref(inner) | Self::AddressOf(inner) => vec![inner],
            Self::Increment { place, .. } => vec![place],
            Self::Binary(_, left, right) | Self::Assign(_, left, right) => vec![left, right],
            Self::Conditional(condition, then, otherwise) => vec![condition, then, otherwise],
            Self::Call(_, arguments) => arguments.iter().collect(),
        }
    }
}

impl Node {
    /// Calls `visit` with this node and those below it.
    pub(super) fn walk(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        self.kind.children().into_iter().for_each(|child| child.walk(visit));
    }
}

impl Node {
    /// Whether the two are operands that C does not sequence with one another though one assigns a variable that the other mentions.
    pub(super) fn disturbs(&self, other: &Self) -> bool {
        self.assigns_what(other) || other.assigns_what(self)
    }

    /// Whether this assigns a variable that `other` mentions.
    fn assigns_what(&self, other: &Self) -> bool {
        let mut found = false;
        self.walk(&mut |node| {
            let places = match &node.kind {
                NodeKind::Assign(_, place, _) | NodeKind::Increment { place, .. } => vec![&**place],
                // A compare-exchange assigns the variable that holds the expected value.
                NodeKind::Call(_, arguments) => arguments.iter().flat_map(Self::pointee).collect(),
                _ => return,
            };
            let is_mentioned = |place: &&Self| matches!(&place.kind, NodeKind::Name(name) if other.mentions(name));
            found |= places.iter().any(is_mentioned);
        });
        found
    }

    fn pointee(&self) -> Option<&Self> {
        if let NodeKind::AddressOf(place) = &self.kind { Some(place) } else { None }
    }

    fn mentions(&self, name: &str) -> bool {
        let mut found = false;
        self.walk(&mut |node| found |= matches!(&node.kind, NodeKind::Name(mentioned) if mentioned == name));
        found
    }
}

impl Stmt {
    /// Calls `visit` with every expression node in the statement.
    pub(super) fn walk(&self, visit: &mut impl FnMut(&Node)) {
        match self {
            Self::Expression(node) => node.walk(visit),
            Self::Declare { array, value, .. } => {
                let elements = array.iter().flat_map(|(_, elements)| elements);
                elements.chain(value).for_each(|node| node.walk(visit));
            }
            Self::If { condition, then, otherwise } => {
                condition.walk(visit);
                then.iter().chain(otherwise).for_each(|stmt| stmt.walk(visit));
            }
            Self::Loop { init, condition, step, body, .. } => {
                init.iter().chain(body).for_each(|stmt| stmt.walk(visit));
                condition.iter().chain(step).for_each(|node| node.walk(visit));
            }
            Self::Block(body) => body.iter().for_each(|stmt| stmt.walk(visit)),
        }
    }
}
