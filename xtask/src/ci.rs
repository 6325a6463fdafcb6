//! `cargo xtask ci`: everything a change must pass, with the seconds of each section.

use crate::cargo::Build;
use crate::report::section;
use crate::tidy::CHECKABLE;
use crate::{Outcome, cargo, features, loom, test, tidy, verify};

/// A heading and its work.
type Section = (&'static str, fn() -> Outcome);

pub fn run() -> Outcome {
    let sections: [Section; 8] = [
        ("fmt", format),
        ("clippy", clippy),
        ("features", features::run),
        ("tidy", tidy::run),
        ("test", test::run),
        ("doc", doc),
        ("loom", || loom::run(&loom::Options::all(false))),
        ("verify --quick", || verify::run(&verify::Options::quick())),
    ];
    let mut timings = Vec::new();
    for (name, work) in sections {
        timings.push((name, section(name, work)?));
    }
    eprintln!("\n{:<16} {:>8}", "section", "seconds");
    for (name, elapsed) in &timings {
        eprintln!("{name:<16} {:>8.1}", elapsed.as_secs_f64());
    }
    let total: f64 = timings.iter().map(|(_, elapsed)| elapsed.as_secs_f64()).sum();
    eprintln!("{:<16} {total:>8.1}", "total");
    Ok(())
}

/// The lints of all features, and of the model tests; `features` has those of other builds.
fn clippy() -> Outcome {
    const STRICT: [&str; 3] = ["--", "-D", "warnings"];
    cargo::run(cargo::cargo("clippy").args(["--workspace", "--all-targets", "--all-features"]).args(STRICT))?;
    let mut model = cargo::cargo("clippy");
    Build::Loom.configure(&mut model);
    for package in CHECKABLE {
        model.args(["--package", package]);
    }
    cargo::run(model.arg("--all-targets").args(STRICT))?;
    let mut nested = cargo::cargo("clippy");
    Build::Model.configure(&mut nested);
    cargo::run(nested.args(["--workspace", "--all-targets", "--all-features"]).args(STRICT))
}

/// The format of all workspaces.
fn format() -> Outcome {
    cargo::run(cargo::cargo("fmt").args(["--all", "--check"]))?;
    for nested in [cargo::model_manifest(), cargo::fuzz_manifest()] {
        cargo::run(cargo::cargo("fmt").args(["--all", "--check", "--manifest-path"]).arg(nested))?;
    }
    Ok(())
}

/// The documentation builds without a warning (broken links among them).
fn doc() -> Outcome {
    cargo::run(
        cargo::cargo("doc")
            .args(["--workspace", "--exclude", "xtask", "--exclude", "benches", "--all-features", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}
