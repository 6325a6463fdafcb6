//! Building and running the scratch packages.

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cargo_metadata::Message;

use super::Executables;
use super::package::{self, Written};
use super::results::{self, Results};
use super::suite::{self, Kind};
use crate::{Outcome, cargo};

/// A run may take so long; the longest takes seconds on a machine that does nothing else. Threads that spin take turns elsewhere.
const LIMIT: Duration = Duration::from_secs(600);

/// As [`LIMIT`], with the tests that their suite leaves out of a plain run.
const LONG: Duration = Duration::from_secs(3600);

/// How the tests of a file, or all examples of a package, ended.
pub struct Run {
    pub results: Results,
    /// What went wrong beside single tests.
    pub trouble: Option<String>,
    /// What was printed.
    pub output: PathBuf,
}

/// A cargo command in the scratch workspace.
fn cargo(verb: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(package::home()).arg(verb);
    command
}

/// `cargo test` there, of what `fetch` has locked.
fn test() -> Command {
    let mut command = cargo("test");
    command.args(["--release", "--locked", "--target-dir"]).arg(package::home().join("build"));
    command
}

/// Chooses versions of what the tests need and has them downloaded; those that cargo has already do.
pub fn fetch(host: &str) -> Outcome {
    let mut offline = cargo("fetch");
    offline.args(["--offline", "--target", host]).stderr(Stdio::null());
    if offline.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    cargo::run(cargo("fetch").args(["--target", host]))
}

/// Compiles all tests.
pub fn build() -> Result<Executables, Box<dyn Error>> {
    let mut command = test();
    command.args(["--workspace", "--tests", "--no-run", "--message-format", "json-render-diagnostics"]);
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("cannot start cargo: {error}"))?;
    let output = child.stdout.take().ok_or("cargo has no standard output")?;
    let mut executables = Executables::new();
    for message in Message::parse_stream(std::io::BufReader::new(output)) {
        let Message::CompilerArtifact(artifact) = message? else { continue };
        let Some(path) = artifact.executable else { continue };
        let folder = artifact.manifest_path.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
        executables.insert((folder.to_owned(), artifact.target.name), path.into_std_path_buf());
    }
    let status = child.wait()?;
    if status.success() {
        Ok(executables)
    } else {
        Err(format!("{} ended with {status}", cargo::shown(&command)).into())
    }
}

/// Runs the tests of one file.
pub fn tests(written: &Written, file: &suite::File, executable: &Path, ignored: bool) -> Result<Run, Box<dyn Error>> {
    let mut command = Command::new(executable);
    command.current_dir(package::home().join(written.suite.package));
    if ignored {
        command.arg("--include-ignored");
    }
    captured(&mut command, &format!("{}-{}", written.suite.package, file.target()), if ignored { LONG } else { LIMIT })
}

/// Runs the examples of a package, if it has any.
pub fn examples(written: &Written) -> Result<Option<Run>, Box<dyn Error>> {
    if !written.files.iter().any(|rewriting| matches!(rewriting.file.kind, Kind::Examples)) {
        return Ok(None);
    }
    let mut command = test();
    command.args(["--doc", "--package", &format!("peers-{}", written.suite.examples())]);
    captured(&mut command, &written.suite.examples(), LIMIT).map(Some)
}

fn captured(command: &mut Command, name: &str, limit: Duration) -> Result<Run, Box<dyn Error>> {
    let folder = package::home().join("output");
    fs::create_dir_all(&folder)?;
    let output = folder.join(format!("{name}.txt"));
    let file = File::create(&output)?;
    command.stdout(file.try_clone()?).stderr(file);
    let status = cargo::status_within(command, limit);
    let text = String::from_utf8_lossy(&fs::read(&output)?).into_owned();
    let results = results::parse(&text);
    let announced: usize = text.lines().filter_map(results::announced).sum();
    let failed = results.values().any(|ending| *ending == results::Ending::Failed);
    let trouble = match status {
        Err(error) => Some(error.to_string()),
        Ok(status) if status.success() == failed => Some(format!("it ended with {status}")),
        Ok(_) if announced == 0 || announced != results.len() => {
            Some(format!("{announced} tests were to run, and {} told how they ended", results.len()))
        }
        Ok(_) => None,
    };
    Ok(Run { results, trouble, output })
}
