//! Reading litmus tests: in the C dialect of herd7, and in Rust.
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
//! # The C dialect
//!
//! A test is `C` and a name; anything up to the initial state `{ ... }`; threads `P0`, `P1`, ...; then, optionally, `locations`,
//! `filter` and one of `exists`, `~exists` and `forall`. Parameters of threads are the shared variables of the same name.
//!
//! - Initial state: `x = 1;`, `[x] = 1;`, `int x = 1;`, `int a[2] = {0, 1};`, `p = x;` or `p = &x;`, `0:r1 = 5;`.
//! - Statements: declarations, assignments, `if`, `else`, `while`, `for`, `do`, blocks, calls.
//! - Expressions: C's operators on integers and pointers, among them `&&`, `||`, `?:`, `!`, `%`, `++`, `a[i]`, `&local` and stores
//!   inside expressions. Operands that only read are not ordered by program order, as C has it. Where C leaves open which operand
//!   comes first and one writes what the other might see, as in `atomic_fetch_add(x, 1) + atomic_load(y)` or `r++ + r`, that is an error.
//! - Calls: `atomic_load`, `atomic_store`, `atomic_exchange`, `atomic_fetch_{add,sub,or,xor,and}`,
//!   `atomic_compare_exchange_{strong,weak}`, `atomic_flag_{test_and_set,clear}`, each also with `_explicit`;
//!   `atomic_thread_fence`, `atomic_init`;
//!   `lock`, `unlock`, `spin_lock`, `spin_unlock`, `mtx_lock`, `mtx_unlock`.
//! - Conditions: `/\`, `\/`, `~`, `not`, `=>`, `=`, `!=`, `<`, `<=`, `>`, `>=`, `true`, `false` over `0:r1`, `x`, `[x]`, `a[1]`, `*x`.
//!
//! An access `*x` is non-atomic whatever the declared type of `x` says; types are otherwise read and dropped. `consume` is read as
//! `acquire`, as compilers do. A compare-exchange reads its expected value with a non-atomic access, and writes it when it fails,
//! unless it is a local variable. A lock is taken by an acquire compare-exchange of 0 with 1, and freed by a release store of 0;
//! executions in which a lock is never taken are blocked.
//!
//! # The Rust dialect
//!
//! The header is `Rust` and a name; threads are functions `P0`, `P1`, ... of Rust. The condition is the same as in C.
//!
//! ```
//! use memory_model::enumerate;
//! use memory_model::litmus::Litmus;
//! use memory_model::models::Rc11;
//!
//! let test = Litmus::parse(
//!     r"Rust MP
//!     { flag: AtomicBool = false; data: UnsafeCell<i32> = 0; }
//!     fn P0() {
//!         unsafe { *data.get() = 42; }
//!         flag.store(true, Ordering::Release);
//!     }
//!     fn P1() {
//!         if flag.load(Ordering::Acquire) {
//!             let r0 = unsafe { *data.get() };
//!         }
//!     }
//!     exists (1:r0 = 42)",
//! )?;
//! let summary = enumerate::summary(&test, &Rc11::new())?;
//! assert_eq!(summary.observation().to_string(), "Sometimes");
//! assert!(summary.races.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - Shared variables are declared in the initial state, `x: AtomicI32 = 1;`, `static x: AtomicI32 = AtomicI32::new(1);`,
//!   `a: [AtomicU8; 2] = [0, 1];`, `p: AtomicPtr<AtomicI32> = &x;`, and then known in every thread; or they are parameters,
//!   `fn P0(x: &AtomicI32, c: &UnsafeCell<i32>)`. `x = 1;`, without a type, allows every access.
//! - Statements: `let` (with `else`), assignments, `if`, `if let`, `while`, `while let`, `loop`, `for i in 0..3`, `match` with
//!   guards, `break`, `continue` (with labels and values), `return`, blocks, `unsafe`.
//! - Atomics: `load`, `store`, `swap`, `fetch_{add,sub,and,nand,or,xor,max,min}`, `compare_exchange`, `compare_exchange_weak`;
//!   `fence`. What a compare-exchange returns can be matched with `Ok` and `Err`, and has `is_ok`, `is_err`, `unwrap_or` and
//!   `unwrap_or_else`.
//! - Non-atomic accesses: `*c.get()` of an `UnsafeCell`, `read` and `write` of pointers, `*x.as_ptr()` of an atomic, a plain
//!   `static mut`.
//!
//! Paths are known by their last part: `Relaxed`, `Ordering::Relaxed`. Integers of all types are 64 bits wide, and their arithmetic
//! wraps; `true` is 1. In conditions `0:r0` is the variable of thread 0 that is declared last under this name. What Rust forbids
//! is an error: a store with `Acquire`, a second assignment to a variable that is not `mut`, an integer as a condition.
//!
//! # Errors
//!
//! What C forbids is an error, with its place in the source: orderings that do not fit, undeclared names, registers in conditions
//! that no thread declares.

mod calls;
mod condition;
mod cursor;
mod emit;
mod error;
mod expression;
mod file;
mod lexer;
mod lower;
mod operators;
mod rust;
mod statement;
mod syntax;

pub use error::{ParseError, ParseErrorKind};
pub(crate) use file::litmus;
