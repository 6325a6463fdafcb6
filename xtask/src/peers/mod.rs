//! `cargo xtask peers [PACKAGE]`: the tests and examples that peers' packages come with, compiled against our types.
//!
//! They are read where cargo unpacked the packages, rewritten below `target/peers`, and run. Only imports change, by a table from their paths to
//! ours, and what the table of differences names, each with its reason. A test that fails and is not listed fails the verb, and so does one
//! that is listed and passes, or a listed change that finds nothing to change. Nothing of the peers' is kept in this repository.
//!
//! Left alone are unit tests of what has no counterpart here: papaya's and arc-swap's own memory management.

mod code;
mod examples;
mod imports;
mod package;
mod results;
mod run;
mod suite;
mod suites;
mod table;
mod verdict;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;

use clap::Args;

use crate::Outcome;
use crate::report::section;
use package::Written;
use suite::{Kind, Suite};
use suites::SUITES;

#[derive(Args)]
pub struct Options {
    /// Only this package: crossbeam-queue, crossbeam-deque, arc-swap or papaya
    package: Option<String>,
    /// Also the tests that their suites leave out of a plain run, which take minutes
    #[arg(long)]
    ignored: bool,
}

/// The executables by package and target.
type Executables = BTreeMap<(String, String), PathBuf>;

pub fn run(options: &Options) -> Outcome {
    let wanted = |suite: &&Suite| options.package.as_deref().is_none_or(|package| package == suite.package);
    let suites: Vec<&'static Suite> = SUITES.into_iter().filter(wanted).collect();
    if suites.is_empty() {
        return Err(format!("no such suite; there are {}", SUITES.map(|suite| suite.package).join(", ")).into());
    }
    let mut written = Vec::new();
    section("write", || {
        written = write(&suites)?;
        Ok(())
    })?;
    let mut executables = Executables::new();
    section("build", || {
        executables = run::build()?;
        Ok(())
    })?;
    let mut rows = Vec::new();
    let mut wrong = Vec::new();
    for written in &written {
        section(written.suite.package, || check(written, &executables, options.ignored, &mut rows, &mut wrong))?;
    }
    table::print(&written, &rows);
    for wrong in &wrong {
        println!("{wrong}");
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{} results are not as declared", wrong.len()).into()) }
}

/// Writes the suites whose packages are there.
fn write(suites: &[&'static Suite]) -> Result<Vec<Written>, Box<dyn Error>> {
    let host = package::host()?;
    let metadata = package::metadata(&host)?;
    package::begin(suites)?;
    let mut written = Vec::new();
    for suite in suites {
        let packages = metadata.packages.iter().filter(|package| package.name.as_str() == suite.package);
        match packages.max_by_key(|package| &package.version) {
            Some(package) => written.push(package::write(suite, package)?),
            None => return Err(format!("this workspace does not build with {}", suite.package).into()),
        }
    }
    run::fetch(&host)?;
    Ok(written)
}

/// Runs a suite: a row for each file, and what is not as declared.
fn check(
    written: &Written,
    executables: &Executables,
    ignored: bool,
    rows: &mut Vec<table::Row>,
    wrong: &mut Vec<String>,
) -> Outcome {
    let suite = written.suite;
    let examples = run::examples(written)?;
    for rewriting in &written.files {
        let file = rewriting.file;
        let tests = match file.kind {
            Kind::Helper => {
                rows.push(table::Row::new(written, rewriting, None));
                continue;
            }
            Kind::Examples => None,
            Kind::Tests | Kind::Units { .. } => {
                let target = (suite.package.to_owned(), file.target());
                let executable = executables.get(&target).ok_or_else(|| format!("{target:?} was not built"))?;
                Some(run::tests(written, file, executable, ignored)?)
            }
        };
        let Some(run) = tests.as_ref().or(examples.as_ref()) else { continue };
        let (counts, found) = verdict::judge(suite, rewriting, &verdict::of_file(suite, rewriting, &run.results));
        let found = found.into_iter().chain(run.trouble.clone());
        let place = format!("{} {}", suite.package, file.label());
        wrong.extend(found.map(|found| format!("{place}: {found} (see {})", run.output.display())));
        rows.push(table::Row::new(written, rewriting, Some(counts)));
    }
    Ok(())
}
