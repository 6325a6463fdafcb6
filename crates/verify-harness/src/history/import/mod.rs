//! Reading recorded histories, and writing them.
//!
//! [`read`] turns a file into an [`EventLog`]; [`EventLog::history`] turns that into a typed history of a specification that
//! implements [`Interchange`]; a [`Judge`] does the latter with the specification chosen by name, and asks the checker.
//! [`write_jsonl`] writes a history, so that what the recorder saw can be kept and judged again.
//!
//! | format | what it is | a `nil` read | a failed compare and swap |
//! |---|---|---|---|
//! | [`Format::Jepsen`] | `INFO  jepsen.util - 3 :invoke :write 4` | nothing was stored | saw another value |
//! | [`Format::Edn`] | `{:process 3, :type :invoke, :f :write, :value 4}`, in lines, a vector or a list | result unknown | did not happen |
//! | [`Format::Violin`] | `[3] call push(4)` | nothing was stored | |
//! | [`Format::JsonLines`] | `{"process": 3, "type": "invoke", "f": "write", "value": 4}`, see [`jsonl`] | nothing was stored | did not happen |
//!
//! The last two columns are the [`Dialect`] of the format, which [`EventLog::with_dialect`] replaces.
//!
//! In all formats an operation that ended in `fail` did not happen, and one that ended in `info`, or not at all, may have taken
//! effect at any time from its call on, or never; its process does nothing more.
//!
//! Whatever the bytes are, reading ends in a log or in an [`ImportError`] with file, line, column, what was expected and what was
//! found; nothing here panics on input, and nesting is bounded, so no input exhausts the stack.
//!
//! ```
//! use verify_harness::history::Checker;
//! use verify_harness::history::import::{Value, read};
//! use verify_harness::history::spec::Queue;
//!
//! let file = b"
//! [1] call enq(a)
//! [1] return
//! [1] call enq(b)
//! [2] call deq
//! [1] return
//! [2] return b";
//! let log = read("queue.log", file, None)?;
//! let queue = Queue::<Value>::new();
//! let imported = log.history(&queue)?;
//! assert!(Checker::new(queue).check(&imported.history).is_not_linearizable());
//! # Ok::<(), verify_harness::history::import::ImportError>(())
//! ```

mod convert;
mod dialect;
mod edn;
mod edn_value;
mod error;
mod event;
mod format;
mod jepsen;
pub mod jsonl;
mod judge;
mod multi_register;
mod source;
mod spec_kind;
mod token;
mod value;
mod violin;

pub use convert::{Imported, Interchange, Mismatch, OperationPosition, Outcome, Request};
pub use dialect::{Dialect, FailedCas, NilRead};
pub use error::ImportError;
pub use event::{Event, EventLog, Kind, Position, Process};
pub use format::{Format, read};
pub use jsonl::write_jsonl;
pub use judge::{Judge, Judgement};
pub use multi_register::{Access, MultiRegister};
pub use spec_kind::{SpecKind, UnknownName};
pub use value::Value;
