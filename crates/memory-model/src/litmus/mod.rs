//! Litmus tests: small concurrent programs with a condition on their final states.
//!
//! A [`Litmus`] is built in Rust, by [`Litmus::new`] and [`Litmus::thread`]; every front end produces the same [`Statement`]s,
//! which one machine runs. What a test's outcomes are under a memory model is found by [`enumerate`](crate::enumerate).

mod builder;
mod code;
mod condition;
mod expr;
mod layout;
mod program;
mod statement;

pub use builder::{Exchanged, Place, ThreadBuilder};
pub use condition::{Comparison, Condition, FinalState, Observable, Quantifier, memory};
pub use expr::{BinaryOp, Expr, Fault, Reg, UnaryOp, reg};
pub use layout::Layout;
pub use program::{Litmus, Origin, ProgramError, Thread};
pub use statement::{Statement, UpdateOp};

pub(crate) use code::{Code, CompareExchange, Mark, Op};
pub(crate) use statement::allowed;
