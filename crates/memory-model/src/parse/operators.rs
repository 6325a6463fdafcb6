//! Operators that C and Rust share, but for how close they bind.

use crate::litmus::BinaryOp;

/// A binary operator with its precedence; a higher one binds closer.
pub(super) type Binary = (&'static str, u8, BinaryOp);

/// The operator that `symbol` is, of those that bind closer than `above`, and its precedence.
pub(super) fn binary(all: &[Binary], symbol: &str, above: u8) -> Option<(u8, BinaryOp)> {
    let &(_, precedence, op) = all.iter().find(|(text, precedence, _)| *text == symbol && *precedence > above)?;
    Some((precedence, op))
}

/// What an assignment by `symbol` does with the old value first, if `symbol` assigns.
pub(super) fn assignment(symbol: &str) -> Option<Option<BinaryOp>> {
    ASSIGN.iter().find(|(text, _)| *text == symbol).map(|&(_, op)| op)
}

/// Assignment operators.
const ASSIGN: [(&str, Option<BinaryOp>); 11] = [
    ("=", None),
    ("+=", Some(BinaryOp::Add)),
    ("-=", Some(BinaryOp::Sub)),
    ("*=", Some(BinaryOp::Mul)),
    ("/=", Some(BinaryOp::Div)),
    ("%=", Some(BinaryOp::Rem)),
    ("&=", Some(BinaryOp::BitAnd)),
    ("|=", Some(BinaryOp::BitOr)),
    ("^=", Some(BinaryOp::BitXor)),
    ("<<=", Some(BinaryOp::Shl)),
    (">>=", Some(BinaryOp::Shr)),
];
