//! Concurrent code that can be checked: the selvedge crates under one name.

#![forbid(unsafe_code)]
