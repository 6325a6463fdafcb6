//! Expressions over registers: no memory is touched while one is evaluated.

use std::fmt;
use std::ops::{Add, BitAnd, BitOr, BitXor, Mul, Neg, Not, Rem, Sub};

use crate::Value;

/// A register of a thread: a local variable that lives outside the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reg {
    /// The thread to which the register belongs.
    pub thread: usize,
    /// Its number in that thread, in the order of creation.
    pub index: usize,
}

/// The register `index` of `thread`, for conditions that are written after the threads.
///
/// ```
/// use memory_model::litmus::{Reg, reg};
///
/// assert_eq!(reg(1, 0), Reg { thread: 1, index: 0 });
/// ```
#[must_use]
pub fn reg(thread: usize, index: usize) -> Reg {
    Reg { thread, index }
}

/// An operator with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-a`, wrapping.
    Neg,
    /// `!a`: 1 if `a` is 0, otherwise 0.
    Not,
    /// `~a`.
    BitNot,
}

/// An operator with two operands. Comparisons and logical operators yield 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `a + b`, wrapping.
    Add,
    /// `a - b`, wrapping.
    Sub,
    /// `a * b`, wrapping.
    Mul,
    /// `a / b`, towards zero; dividing by zero is a [`Fault`].
    Div,
    /// `a % b`; dividing by zero is a [`Fault`].
    Rem,
    /// `a & b`.
    BitAnd,
    /// `a | b`.
    BitOr,
    /// `a ^ b`.
    BitXor,
    /// `a << b`; shifting by less than 0 or more than 63 is a [`Fault`].
    Shl,
    /// `a >> b`, arithmetic; shifting by less than 0 or more than 63 is a [`Fault`].
    Shr,
    /// `a == b`.
    Eq,
    /// `a != b`.
    Ne,
    /// `a < b`.
    Lt,
    /// `a <= b`.
    Le,
    /// `a > b`.
    Gt,
    /// `a >= b`.
    Ge,
    /// `a && b`; `b` is not evaluated if `a` is 0.
    And,
    /// `a || b`; `b` is not evaluated unless `a` is 0.
    Or,
}

/// An expression over constants and the registers of one thread.
///
/// ```
/// use memory_model::litmus::{Expr, Litmus};
/// use memory_model::Ordering::Relaxed;
///
/// // y = (r0 + 1) * 2
/// let test = Litmus::new("arithmetic").thread(|t| {
///     let r0 = t.load("x", Relaxed);
///     t.store("y", (r0 + 1) * 2, Relaxed);
/// });
/// assert_eq!(test.threads().len(), 1);
/// assert_eq!(Expr::from(3), Expr::Const(3));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A number or an address.
    Const(Value),
    /// The value of a register.
    Reg(Reg),
    /// An operator and its operand.
    Unary(UnaryOp, Box<Expr>),
    /// An operator between its operands.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
}

/// The comparisons, for expressions and registers; the result is 1 or 0.
macro_rules! comparisons {
    ($($type:ty),*) => {$(
        impl $type {
            /// 1 if both are equal, otherwise 0.
            #[must_use]
            pub fn equals(self, other: impl Into<Expr>) -> Expr {
                Expr::binary(BinaryOp::Eq, self, other)
            }

            /// 1 if both differ, otherwise 0.
            #[must_use]
            pub fn differs(self, other: impl Into<Expr>) -> Expr {
                Expr::binary(BinaryOp::Ne, self, other)
            }

            /// 1 if `self` is less than `other`, otherwise 0.
            #[must_use]
            pub fn less_than(self, other: impl Into<Expr>) -> Expr {
                Expr::binary(BinaryOp::Lt, self, other)
            }
        }
    )*};
}

comparisons!(Expr, Reg);

/// An operation without a defined result; the thread that runs into it goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// `a / 0` or `a % 0`.
    DivisionByZero,
    /// A shift by less than 0 or more than 63 bits.
    ShiftOutOfRange,
    /// An access to a value that is the address of no location.
    InvalidAddress(Value),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DivisionByZero => f.write_str("division by zero"),
            Self::ShiftOutOfRange => f.write_str("shift by less than 0 or more than 63 bits"),
            Self::InvalidAddress(value) => write!(f, "{value} is the address of no location"),
        }
    }
}

impl Expr {
    /// An operator between two operands.
    #[must_use]
    pub fn binary(op: BinaryOp, left: impl Into<Self>, right: impl Into<Self>) -> Self {
        Self::Binary(op, Box::new(left.into()), Box::new(right.into()))
    }

    /// An operator and its operand.
    #[must_use]
    pub fn unary(op: UnaryOp, operand: impl Into<Self>) -> Self {
        Self::Unary(op, Box::new(operand.into()))
    }

    /// The value, given the values of the registers of the thread; a register outside of them counts as 0.
    ///
    /// # Errors
    ///
    /// [`Fault`], if an operation has no defined result.
    pub fn evaluate(&self, registers: &[Value]) -> Result<Value, Fault> {
        match self {
            Self::Const(value) => Ok(*value),
            Self::Reg(reg) => Ok(registers.get(reg.index).copied().unwrap_or(0)),
            Self::Unary(op, operand) => {
                let value = operand.evaluate(registers)?;
                Ok(match op {
                    UnaryOp::Neg => value.wrapping_neg(),
                    UnaryOp::Not => Value::from(value == 0),
                    UnaryOp::BitNot => !value,
                })
            }
            Self::Binary(BinaryOp::And, left, right) => {
                Ok(Value::from(left.evaluate(registers)? != 0 && right.evaluate(registers)? != 0))
            }
            Self::Binary(BinaryOp::Or, left, right) => {
                Ok(Value::from(left.evaluate(registers)? != 0 || right.evaluate(registers)? != 0))
            }
            Self::Binary(op, left, right) => op.apply(left.evaluate(registers)?, right.evaluate(registers)?),
        }
    }

    /// The constants that occur in the expression.
    pub(crate) fn constants(&self) -> Vec<Value> {
        match self {
            Self::Const(value) => vec![*value],
            Self::Reg(_) => Vec::new(),
            Self::Unary(_, operand) => operand.constants(),
            Self::Binary(_, left, right) => [left.constants(), right.constants()].concat(),
        }
    }

    /// Lets the registers belong to thread 0: only their indices matter when the expression is evaluated.
    pub(crate) fn forget_thread(&mut self) {
        match self {
            Self::Const(_) => {}
            Self::Reg(reg) => reg.thread = 0,
            Self::Unary(_, operand) => operand.forget_thread(),
            Self::Binary(_, left, right) => {
                left.forget_thread();
                right.forget_thread();
            }
        }
    }

    /// The registers that occur in the expression.
    pub(crate) fn registers(&self) -> Vec<Reg> {
        match self {
            Self::Const(_) => Vec::new(),
            Self::Reg(reg) => vec![*reg],
            Self::Unary(_, operand) => operand.registers(),
            Self::Binary(_, left, right) => {
                let mut registers = left.registers();
                registers.extend(right.registers());
                registers
            }
        }
    }
}

impl BinaryOp {
    /// The result for two values.
    ///
    /// # Errors
    ///
    /// [`Fault`], if the operation has no defined result.
    pub fn apply(self, a: Value, b: Value) -> Result<Value, Fault> {
        let shift = || u32::try_from(b).ok().filter(|&bits| bits < 64).ok_or(Fault::ShiftOutOfRange);
        Ok(match self {
            Self::Add => a.wrapping_add(b),
            Self::Sub => a.wrapping_sub(b),
            Self::Mul => a.wrapping_mul(b),
            Self::Div if b == 0 => return Err(Fault::DivisionByZero),
            Self::Div => a.wrapping_div(b),
            Self::Rem if b == 0 => return Err(Fault::DivisionByZero),
            Self::Rem => a.wrapping_rem(b),
            Self::BitAnd => a & b,
            Self::BitOr => a | b,
            Self::BitXor => a ^ b,
            Self::Shl => a.wrapping_shl(shift()?),
            Self::Shr => a.wrapping_shr(shift()?),
            Self::Eq => Value::from(a == b),
            Self::Ne => Value::from(a != b),
            Self::Lt => Value::from(a < b),
            Self::Le => Value::from(a <= b),
            Self::Gt => Value::from(a > b),
            Self::Ge => Value::from(a >= b),
            Self::And => Value::from(a != 0 && b != 0),
            Self::Or => Value::from(a != 0 || b != 0),
        })
    }
}

impl From<Value> for Expr {
    fn from(value: Value) -> Self {
        Self::Const(value)
    }
}

impl From<Reg> for Expr {
    fn from(reg: Reg) -> Self {
        Self::Reg(reg)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $op:ident),*) => {$(
        impl<T: Into<Expr>> $trait<T> for Expr {
            type Output = Expr;

            fn $method(self, other: T) -> Expr {
                Expr::binary(BinaryOp::$op, self, other)
            }
        }

        impl<T: Into<Expr>> $trait<T> for Reg {
            type Output = Expr;

            fn $method(self, other: T) -> Expr {
                Expr::binary(BinaryOp::$op, self, other)
            }
        }
    )*};
}

operators!(Add add Add, Sub sub Sub, Mul mul Mul, Rem rem Rem, BitAnd bitand BitAnd, BitOr bitor BitOr, BitXor bitxor BitXor);

impl Neg for Expr {
    type Output = Self;

    fn neg(self) -> Self {
        Self::unary(UnaryOp::Neg, self)
    }
}

impl Not for Expr {
    type Output = Self;

    /// The logical negation, 0 or 1.
    fn not(self) -> Self {
        Self::unary(UnaryOp::Not, self)
    }
}
