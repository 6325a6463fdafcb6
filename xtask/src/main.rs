//! The task runner: `cargo xtask <verb>`.

#![forbid(unsafe_code)]

fn main() {}
