//! `cargo xtask tidy`: the architecture rules that a program can check, one file a rule.

mod imports;
mod orderings;
mod primitives;
mod roots;
mod sizes;
mod source;
mod strays;

use std::fmt;

use crate::{Outcome, cargo};
use source::SourceFile;

/// A broken rule and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    place: String,
    message: String,
}

impl Finding {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }

    fn at(file: &SourceFile, line: usize, message: impl Into<String>) -> Self {
        Self::new(format!("{}:{line}", file.path), message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The crates whose code runs under the model checker: primitives come from one module, orderings are tagged.
pub const CHECKABLE: [&str; 2] = ["sync-primitives", "lockfree-collections"];

pub fn run() -> Outcome {
    let files = source::load(&cargo::root())?;
    let mut findings = imports::check(&[cargo::metadata()?, cargo::model_metadata()?]);
    findings.extend(sizes::check(&files));
    findings.extend(roots::check(&files));
    findings.extend(strays::check(&files));
    for package in CHECKABLE {
        let library: Vec<_> = files.iter().filter(|file| file.is_library_of(package)).collect();
        findings.extend(primitives::check(&library));
        findings.extend(orderings::check(&library));
    }
    for finding in &findings {
        println!("{finding}");
    }
    let long = sizes::long(&files);
    eprintln!("tidy: {} files, {} above {} lines", files.len(), long.len(), sizes::SOFT);
    for file in long {
        eprintln!("tidy: note: {} has {} lines", file.path, file.lines().count());
    }
    if findings.is_empty() { Ok(()) } else { Err(format!("{} broken rules", findings.len()).into()) }
}
