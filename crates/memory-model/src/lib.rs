//! What is allowed: executable axiomatic memory models.

#![forbid(unsafe_code)]
