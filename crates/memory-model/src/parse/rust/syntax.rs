//! Syntax trees of threads written in Rust, before names are resolved.

use crate::Value;
use crate::litmus::BinaryOp;
use crate::parse::lexer::Span;

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) span: Span,
    /// The height of the tree.
    pub(super) height: usize,
}

#[derive(Clone, Debug)]
pub(super) enum NodeKind {
    Number(Value),
    Bool(bool),
    /// `x`, `Ordering::Relaxed`: the segments.
    Path(Vec<String>),
    Unary(Prefix, Box<Node>),
    Binary(BinaryOp, Box<Node>, Box<Node>),
    /// `place = value` or, with an operator, `place += value`.
    Assign(Option<BinaryOp>, Box<Node>, Box<Node>),
    Index(Box<Node>, Box<Node>),
    Method {
        receiver: Box<Node>,
        name: String,
        name_span: Span,
        arguments: Vec<Node>,
    },
    /// `fence(...)`: the segments of the path, and the arguments.
    Call(Vec<String>, Vec<Node>),
    /// `|pattern| body`
    Closure(Box<Pattern>, Box<Node>),
    /// `inner as type`; whether the type is `bool`, which it never is in valid Rust.
    Cast(Box<Node>),
    Block(Block),
    If {
        condition: Box<Node>,
        then: Block,
        otherwise: Option<Box<Node>>,
    },
    /// `let pattern = value`, as a condition.
    Let(Box<Pattern>, Box<Node>),
    Match(Box<Node>, Vec<Arm>),
    /// `matches!(value, pattern if guard)`
    Matches(Box<Node>, Box<Arm>),
    Loop {
        label: Option<String>,
        kind: LoopKind,
        body: Block,
    },
    Break(Option<String>, Option<Box<Node>>),
    Continue(Option<String>),
    Return,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    Neg,
    Not,
    Deref,
    Ref,
}

#[derive(Clone, Debug)]
pub(super) enum LoopKind {
    Loop,
    While(Box<Node>),
    /// `for pattern in from..to`, or `from..=to`.
    For {
        pattern: Pattern,
        from: Box<Node>,
        to: Box<Node>,
        inclusive: bool,
    },
}

#[derive(Clone, Debug, Default)]
pub(super) struct Block {
    pub(super) body: Vec<Stmt>,
    pub(super) value: Option<Box<Node>>,
}

#[derive(Clone, Debug)]
pub(super) enum Stmt {
    Expression(Node),
    Let { pattern: Pattern, value: Option<Node>, is_bool: bool, otherwise: Option<Block> },
}

#[derive(Clone, Debug)]
pub(super) struct Arm {
    pub(super) pattern: Pattern,
    pub(super) guard: Option<Node>,
    pub(super) body: Node,
}

#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub(super) kind: PatternKind,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum PatternKind {
    Wild,
    Bind {
        name: String,
        mutable: bool,
    },
    Number(Value),
    Bool(bool),
    /// `Ok(...)` or, with `false`, `Err(...)`.
    Variant(bool, Box<Pattern>),
    Or(Vec<Pattern>),
}

impl NodeKind {
    pub(super) fn height(&self) -> usize {
        let all = |nodes: &[&Node]| nodes.iter().map(|node| node.height).max().unwrap_or(0);
        let inner = match self {
            Self::Number(_) | Self::Bool(_) | Self::Path(_) | Self::Continue(_) | Self::Return => 0,
            Self::Unary(_, inner)
            | Self::Cast(inner)
            | Self::Closure(_, inner)
            | Self::Let(_, inner)
            | Self::Matches(inner, _) => inner.height,
            Self::Binary(_, left, right) | Self::Assign(_, left, right) | Self::Index(left, right) => {
                all(&[left, right])
            }
            Self::Method { receiver, arguments, .. } => {
                arguments.iter().map(|node| node.height).max().unwrap_or(0).max(receiver.height)
            }
            Self::Call(_, arguments) => arguments.iter().map(|node| node.height).max().unwrap_or(0),
            Self::Block(block) => block.height(),
            Self::If { condition, then, otherwise } => {
                condition.height.max(then.height()).max(otherwise.as_ref().map_or(0, |node| node.height))
            }
            Self::Match(value, arms) => {
                let arms = arms.iter().map(|arm| arm.body.height.max(arm.guard.as_ref().map_or(0, |node| node.height)));
                arms.max().unwrap_or(0).max(value.height)
            }
            Self::Loop { kind, body, .. } => {
                let head = match kind {
                    LoopKind::Loop => 0,
                    LoopKind::While(condition) => condition.height,
                    LoopKind::For { from, to, .. } => all(&[from, to]),
                };
                head.max(body.height())
            }
            Self::Break(_, value) => value.as_ref().map_or(0, |node| node.height),
        };
        inner + 1
    }

    /// Whether evaluating this surely assigns no local variable.
    pub(super) fn is_simple(&self) -> bool {
        match self {
            Self::Number(_) | Self::Bool(_) | Self::Path(_) => true,
            Self::Unary(_, inner) | Self::Cast(inner) => inner.kind.is_simple(),
            Self::Binary(_, left, right) | Self::Index(left, right) => left.kind.is_simple() && right.kind.is_simple(),
            Self::Method { receiver, arguments, .. } => {
                receiver.kind.is_simple() && arguments.iter().all(|node| node.kind.is_simple())
            }
            Self::Call(_, arguments) => arguments.iter().all(|node| node.kind.is_simple()),
            _ => false,
        }
    }

    /// Whether this may stand as a statement without a semicolon.
    pub(super) fn is_block_like(&self) -> bool {
        matches!(self, Self::Block(_) | Self::If { .. } | Self::Match(..) | Self::Loop { .. })
    }
}

impl Block {
    fn height(&self) -> usize {
        let statements = self.body.iter().map(|stmt| match stmt {
            Stmt::Expression(node) => node.height,
            Stmt::Let { value, otherwise, .. } => {
                value.as_ref().map_or(0, |node| node.height).max(otherwise.as_ref().map_or(0, Self::height))
            }
        });
        statements.max().unwrap_or(0).max(self.value.as_ref().map_or(0, |node| node.height)) + 1
    }
}
