//! Integration tests of `verify-harness`, one module a concern.

mod history_checker;
mod history_counterexample;
mod history_gen;
mod history_recorder;
mod history_types;
#[cfg(feature = "import")]
mod import_corpus;
#[cfg(feature = "import")]
mod import_formats;
#[cfg(feature = "import")]
mod import_properties;
#[cfg(feature = "import")]
mod real_histories;
#[cfg(feature = "import")]
mod shipped_histories;
