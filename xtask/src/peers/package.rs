//! The scratch packages: the peers' tests, rewritten, each beside a manifest, below the target directory. Nothing of theirs is kept elsewhere.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use cargo_metadata::{Dependency, Metadata, MetadataCommand, Package};

use super::code::{self, Change};
use super::suite::{File, Kind, Suite};
use super::{examples, imports};
use crate::cargo;

/// A suite as it was written down.
pub struct Written {
    pub suite: &'static Suite,
    pub version: String,
    pub files: Vec<Rewriting>,
}

/// What was done to a file.
pub struct Rewriting {
    pub file: &'static File,
    /// The lines whose imports changed.
    pub imports: Vec<usize>,
    /// Replaced code: the line, what it was and what it is.
    pub code: Vec<Change>,
    /// The examples that were written down.
    pub examples: Vec<String>,
}

impl Rewriting {
    /// Nothing was done yet.
    pub fn of(file: &'static File) -> Self {
        Self { file, imports: Vec::new(), code: Vec::new(), examples: Vec::new() }
    }
}

/// The machine that compiles this.
pub fn host() -> Result<String, Box<dyn Error>> {
    let version = Command::new("rustc").current_dir(cargo::root()).arg("-vV").output()?;
    let version = String::from_utf8(version.stdout)?;
    Ok(version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?.to_owned())
}

/// The packages that this workspace builds with on this machine, the peers among them.
pub fn metadata(host: &str) -> Result<Metadata, Box<dyn Error>> {
    let options = ["--locked", "--filter-platform", host].map(str::to_owned);
    Ok(MetadataCommand::new().current_dir(cargo::root()).other_options(options).exec()?)
}

/// The folder of the scratch packages.
pub fn home() -> PathBuf {
    cargo::target_directory().join("peers")
}

/// Empties the scratch workspace, but for what cargo built there, and begins it anew.
pub fn begin(suites: &[&Suite]) -> Result<(), Box<dyn Error>> {
    let members: Vec<_> = suites.iter().flat_map(|suite| [suite.package.to_owned(), suite.examples()]).collect();
    for member in &members {
        let folder = home().join(member);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join("src"))?;
        fs::create_dir_all(folder.join("tests"))?;
    }
    let manifest = format!(
        "[workspace]\nresolver = \"2\"\nmembers = {members:?}\n\n[profile.release]\ndebug-assertions = true\noverflow-checks = true\n"
    );
    fs::write(home().join("Cargo.toml"), manifest)?;
    // The versions of what this workspace builds with; what no more than the tests need is chosen anew.
    fs::copy(cargo::root().join("Cargo.lock"), home().join("Cargo.lock"))?;
    Ok(())
}

/// Writes the suite that `package` comes with: a package of tests and one of examples, which are compiled together if the edition is new.
pub fn write(suite: &'static Suite, package: &Package) -> Result<Written, Box<dyn Error>> {
    let source = package.manifest_path.parent().ok_or("a package has no folder")?.as_std_path();
    let (tests, examples) = (home().join(suite.package), home().join(suite.examples()));
    let mut files = Vec::new();
    let mut modules = String::new();
    let mut targets = String::new();
    for file in suite.files {
        let text = fs::read_to_string(source.join(file.path))
            .map_err(|error| format!("{} {} comes without {}: {error}", package.name, package.version, file.path))?;
        let target = file.target();
        let (rewriting, text) =
            rewrite(suite, file, &text).map_err(|error| format!("{} {}: {error}", package.name, file.label()))?;
        files.push(rewriting);
        match file.kind {
            Kind::Examples => {
                modules.push_str(&format!("pub mod {target};\n"));
                fs::write(examples.join(format!("src/{target}.rs")), text)?;
                continue;
            }
            Kind::Helper => {}
            Kind::Tests | Kind::Units { .. } => {
                targets.push_str(&format!("\n[[test]]\nname = {target:?}\npath = \"tests/{target}.rs\"\n"));
            }
        }
        fs::write(tests.join(format!("tests/{target}.rs")), text)?;
    }
    for difference in suite.differences {
        if !suite.files.iter().any(|file| file.label() == difference.file) {
            return Err(format!("{}: a difference is in {}, which is not run", suite.package, difference.file).into());
        }
    }
    let needs = needs(suite, package)?;
    fs::write(tests.join("src/lib.rs"), suite.library)?;
    fs::write(tests.join("Cargo.toml"), manifest(suite.package, &package.edition.to_string(), &needs) + &targets)?;
    let library = format!("peers-{} = {{ path = \"../{0}\" }}\n", suite.package);
    fs::write(examples.join("src/lib.rs"), modules)?;
    fs::write(examples.join("Cargo.toml"), manifest(&suite.examples(), "2024", &(needs + &library)))?;
    Ok(Written { suite, version: package.version.to_string(), files })
}

/// The text of `file` as it is run here.
fn rewrite(suite: &'static Suite, file: &'static File, text: &str) -> Result<(Rewriting, String), String> {
    let mut rewriting = Rewriting::of(file);
    let foreign = suite.foreign();
    let text = if let Kind::Examples = file.kind {
        let mut examples = examples::examples(text);
        for difference in suite.differences_in(file) {
            if let Some(edit) = difference.edit() {
                examples::replace(&mut examples, edit, &mut rewriting.code)?;
            } else if let Some(name) = difference.left_out() {
                examples::leave_out(&mut examples, name)?;
            }
        }
        rewriting.imports = examples::rewrite(&mut examples, &foreign, suite.imports)?;
        let text = examples::module(&examples);
        rewriting.examples = examples.into_iter().map(|example| example.name).collect();
        text
    } else {
        let mut text = text.to_owned();
        for difference in suite.differences_in(file) {
            if let Some(edit) = difference.edit() {
                text = code::replace(&text, edit, &mut rewriting.code)?;
            } else if let Some(name) = difference.left_out() {
                text = code::without(&text, name)?;
            }
        }
        if let Kind::Units { prelude, items } = file.kind {
            text = format!("{}extern crate alloc;\n{prelude}\n", code::pick(&text, items)?);
        }
        let rewritten = imports::rewrite(&text, &foreign, suite.imports)?;
        rewriting.imports = rewritten.lines;
        rewritten.text
    };
    rewriting.code = code::merge(rewriting.code);
    Ok((rewriting, text))
}

fn manifest(name: &str, edition: &str, needs: &str) -> String {
    format!(
        "[package]\nname = \"peers-{name}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\npublish = false\nautotests = false\n\n\
         [lib]\ntest = false\n\n[lints.rust]\nwarnings = \"allow\"\n\n[dev-dependencies]\n{needs}"
    )
}

/// The dependencies of a suite as a manifest says them.
fn needs(suite: &Suite, package: &Package) -> Result<String, Box<dyn Error>> {
    let ours = cargo::root().join("crates/lockfree-collections");
    let mut text = format!("lockfree-collections = {{ path = {ours:?}, features = [\"serde\"] }}\n");
    for name in suite.needs {
        let needed: Vec<_> = package.dependencies.iter().filter(|dependency| dependency.name == *name).collect();
        let first = needed.first().ok_or_else(|| format!("{} does not depend on {name}", suite.package))?;
        text.push_str(&requirement(first, &needed));
    }
    Ok(text)
}

/// A dependency as a manifest says it, with the features of all kinds in which the package depends on it.
fn requirement(first: &Dependency, all: &[&Dependency]) -> String {
    let features: BTreeSet<&str> = all.iter().flat_map(|dependency| &dependency.features).map(String::as_str).collect();
    let features = Vec::from_iter(features);
    let defaults = all.iter().any(|dependency| dependency.uses_default_features);
    let version = first.req.to_string();
    format!("{} = {{ version = {version:?}, default-features = {defaults}, features = {features:?} }}\n", first.name)
}
