//! Memory models in the cat language.
//!
//! A model of one's own is a few lines of text:
//!
//! ```
//! use memory_model::cat::CatModel;
//! use memory_model::enumerate;
//! use memory_model::litmus::Litmus;
//!
//! let model = CatModel::parse(
//!     "mine",
//!     r#"
//!     include "cos.cat"
//!     acyclic po-loc | com as coherence
//!     acyclic po | rf as no-thin-air
//!     "#,
//! )?;
//! let test = Litmus::parse(
//!     r"C SB
//!     {}
//!     P0 (atomic_int* x, atomic_int* y) {
//!       atomic_store_explicit(x, 1, memory_order_relaxed);
//!       int r0 = atomic_load_explicit(y, memory_order_relaxed);
//!     }
//!     P1 (atomic_int* x, atomic_int* y) {
//!       atomic_store_explicit(y, 1, memory_order_relaxed);
//!       int r0 = atomic_load_explicit(x, memory_order_relaxed);
//!     }
//!     exists (0:r0 = 0 /\ 1:r0 = 0)",
//! )?;
//! assert_eq!(enumerate::summary(&test, &model)?.observation().to_string(), "Sometimes");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Bundled models
//!
//! By [`CatModel::bundled`]. The first five are the native models of [`models`](crate::models), axiom by axiom; the last two exist here
//! alone, and allow load buffering. Successful read-modify-writes are one event, so that their atomicity is a matter of coherence.
//!
//! | model | axioms | source |
//! |---|---|---|
//! | `sc` | `acyclic po \| rf \| co \| fr` | Lamport 1979; Shasha and Snir, TOPLAS 1988 |
//! | `tso` | `acyclic po-loc \| rf \| co \| fr`, `acyclic ppo \| fence \| rfe \| co \| fr` | Owens, Sarkar, Sewell, TPHOLs 2009; Alglave, Maranget, Tautschnig, TOPLAS 2014 |
//! | `ra` | `irreflexive (po \| rf)+; eco?`, `irreflexive eco` | Lahav, Giannarakis, Vafeiadis, POPL 2016 |
//! | `rc11` | `irreflexive hb; eco?`, `irreflexive eco`, `acyclic psc-base \| psc-fence`, `acyclic po \| rf` | Lahav, Vafeiadis, Kang, Hur, Dreyer, PLDI 2017; release sequences of C++20, with the variant `cpp11` those of the paper |
//! | `c20` | as `rc11`, but `acyclic ([SC]; shb; [SC]) \| seen` | the C++20 standard, [intro.races] and [atomics.order] |
//! | `c11` | `irreflexive (rf^-1)?; mo; rf?; hb`, `irreflexive rf; hb`, `empty (rf; [R \ A]) \ visible`, `empty [FW \ A]; hb-loc; [W]`, `irreflexive rf \| mo; rf \| fr; mo`, `acyclic ([SC]; order; [SC]) \ id`, for every order `mo` of the atomic writes | Batty, Owens, Sarkar, Sewell, Weber, POPL 2011; Batty, Donaldson, Wickerson, POPL 2016 |
//! | `c11_simp` | as `c11`, with the simpler `order` of the same paper | Batty, Donaldson, Wickerson, POPL 2016 |
//!
//! # The language
//!
//! The language is that of herd7 (Alglave, Cousot, Maranget, *Syntax and semantics of the weak consistency model specification
//! language cat*, 2016):
//!
//! - *statements*: `let`, `let rec .. and .. when ..`, `acyclic`, `irreflexive`, `empty`, their negations with `~`, names with `as`;
//!   `flag`, `undefined_unless` (also `requires`), `assert`; `show`, `show .. as`, `unshow`; `include`; `procedure`, `procedure rec`,
//!   `call`; `forall .. in .. do .. end`; `with .. from ..`; `enum`; `instructions`, `default`; `match` on tags;
//!   `if "variant" .. else .. end`; `debug`, which does nothing;
//! - *expressions*: `|`, `&`, `\`, `~`, `;`, `*`, `+`, `*`, `?`, `^-1`, `[S]`, `++`, `{a, b}`, `{}`, `0`, `_`, tuples, `'tags`, `fun`,
//!   application, `let .. in`, `let rec .. in`, `match` on tags and on sets (`{}`, `e ++ es`, `a | e ++ b`), `try .. with`,
//!   `if a = b then .. else ..` (also `subset`, `in`, and variants);
//! - *sets*: `R W M F RMW A NA RLX ACQ REL ACQ_REL SC I IW FW Exp`, the locks `LK LS LF UL` (all that take one or try to, those that
//!   succeed, those that fail, those that free one), which are accesses, too; and `CON`, which is empty: consume is acquire;
//! - *relations*: `po rf co loc int ext id si sm co0 pco`, the dependencies `addr data ctrl depend` (the last is `addr | data`), and
//!   `rmw amo lxsx iico_*`, which are empty: a successful read-modify-write is one event, in both `R` and `W`. `po` does not order the
//!   operands that C leaves unsequenced;
//! - *functions*: `domain range fromto classes classes-loc linearisations tag2events tag2fenced loc2events different-values as_transitive
//!   inter_transitive bisimulation lift delift deliftinter fail`. What `lift` makes, a relation between classes, may be given to `|`, `&`,
//!   `\`, `;`, `^-1`, to tests, to `linearisations` and to `bisimulation`. There are no page tables: `same-oa` is the identity,
//!   `oa-changes` and `at-least-one-writable` of a set are empty. The standard library has the rest. `tag2scope` and `tag2level` are errors
//!   where they are called, as they are in herd7 for tests without a tree of scopes: those of C and Rust have none.
//!
//! Dependencies, locks and names of locations come from the [annotations](crate::Execution::annotations) of an execution; without
//! annotations they are empty.
//!
//! A model that does not bind `co` has the coherence orders that the enumerator tries. Where `with co from generate_cos(..)` makes the
//! same ones, the model is taken as a predicate on them; any other generator is followed as it stands, and each choice counts as an
//! execution.
//!
//! Models that do not look into sets are translated into terms once. From these it is proved, where possible, that pruning is sound
//! (see [`Pruning`](crate::models::Pruning)).

mod analysis;
mod base;
mod classes;
mod confirm;
mod environment;
mod error;
mod evaluate;
mod fixed;
mod formula;
mod given;
mod interpreter;
mod judge;
mod lexer;
mod model;
mod names;
mod operators;
mod parser;
mod primitives;
mod recursion;
mod run;
mod sources;
mod suggest;
mod syntax;
mod terms;
mod value;
mod witness;

pub use error::{CatError, CatErrorKind};
pub use model::{CatModel, Options};
pub use sources::{Folder, Library, Sources};
