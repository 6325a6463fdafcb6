//! Reading litmus tests in the C dialect of herd7.
//!
//! [`Litmus::parse`](crate::litmus::Litmus::parse) reads a whole test:
//!
//! ```
//! use memory_model::enumerate;
//! use memory_model::litmus::Litmus;
//! use memory_model::models::Rc11;
//!
//! let test = Litmus::parse(
//!     r"C MP
//!     { [x] = 0; [y] = 0; }
//!     P0 (atomic_int* x, atomic_int* y) {
//!       atomic_store_explicit(x, 1, memory_order_relaxed);
//!       atomic_store_explicit(y, 1, memory_order_release);
//!     }
//!     P1 (atomic_int* x, atomic_int* y) {
//!       int r0 = atomic_load_explicit(y, memory_order_acquire);
//!       int r1 = atomic_load_explicit(x, memory_order_relaxed);
//!     }
//!     exists (1:r0 = 1 /\ 1:r1 = 0)",
//! )?;
//! assert_eq!(enumerate::summary(&test, &Rc11::new())?.observation().to_string(), "Never");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The dialect
//!
//! A test is `C` and a name; anything up to the initial state `{ ... }`; threads `P0`, `P1`, ...; then, optionally, `locations`,
//! `filter` and one of `exists`, `~exists` and `forall`. Parameters of threads are the shared variables of the same name.
//!
//! - Initial state: `x = 1;`, `[x] = 1;`, `int x = 1;`, `int a[2] = {0, 1};`, `p = x;` or `p = &x;`, `0:r1 = 5;`.
//! - Statements: declarations, assignments, `if`, `else`, `while`, `for`, `do`, blocks, calls.
//! - Expressions: C's operators on integers and pointers, among them `&&`, `||`, `?:`, `!`, `%`, `++`, `a[i]`, `&local` and stores
//!   inside expressions. Operands are evaluated from left to right.
//! - Calls: `atomic_load`, `atomic_store`, `atomic_exchange`, `atomic_fetch_{add,sub,or,xor,and}`,
//!   `atomic_compare_exchange_{strong,weak}`, each also with `_explicit`; `atomic_thread_fence`; `lock`, `unlock`, `spin_lock`,
//!   `spin_unlock`, `mtx_lock`, `mtx_unlock`.
//! - Conditions: `/\`, `\/`, `~`, `not`, `=>`, `=`, `!=`, `<`, `<=`, `>`, `>=`, `true`, `false` over `0:r1`, `x`, `[x]`, `a[1]`, `*x`.
//!
//! An access `*x` is non-atomic whatever the declared type of `x` says; types are otherwise read and dropped. `consume` is read as
//! `acquire`, as compilers do. A compare-exchange reads its expected value with a non-atomic access, and writes it when it fails,
//! unless it is a local variable. A lock is taken by an acquire compare-exchange of 0 with 1, and freed by a release store of 0;
//! executions in which a lock is never taken are blocked.
//!
//! What C forbids is an error, with its place in the source: orderings that do not fit, undeclared names, registers in conditions
//! that no thread declares.

mod calls;
mod condition;
mod cursor;
mod error;
mod expression;
mod file;
mod lexer;
mod lower;
mod statement;
mod syntax;

pub use error::{ParseError, ParseErrorKind};
pub(crate) use file::litmus;
