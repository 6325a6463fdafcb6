//! `cargo xtask loom`: the model tests of the workspace on upstream loom, from the registry.

use clap::Args;

use crate::cargo::{self, Build};
use crate::{Outcome, verify::Tier};

#[derive(Args)]
pub struct Options {
    /// Only this package's model tests
    #[arg(long = "crate", value_name = "NAME")]
    package: Option<String>,
    /// The bounds of `cargo xtask verify --quick` instead of the default ones
    #[arg(long)]
    quick: bool,
}

impl Options {
    /// Every package at `tier`'s bounds.
    pub fn all(quick: bool) -> Self {
        Self { package: None, quick }
    }
}

pub fn run(options: &Options) -> Outcome {
    let tier = if options.quick { Tier::Quick } else { Tier::Default };
    let targets = cargo::test_targets(Build::Loom, "loom_", options.package.as_deref())?;
    if targets.is_empty() {
        return Err("no model tests (`tests/loom_*.rs`) there".into());
    }
    for executable in cargo::build_tests(Build::Loom, &targets)? {
        eprintln!("--- {}: {}", executable.target.package, executable.target.name);
        let mut command = std::process::Command::new(&executable.path);
        Build::Loom.name_checker(&mut command);
        cargo::run(tier.configure(&mut command).current_dir(&executable.directory))?;
    }
    Ok(())
}
