//! Starting cargo: commands in the workspace root, test targets by name, and the executables that a build leaves.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cargo_metadata::{Message, Metadata, MetadataCommand, TargetKind};

use crate::Outcome;

/// The workspace root: the parent of this package.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Where build products and evidence go: `CARGO_TARGET_DIR`, or `target` in the root.
pub fn target_directory() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |directory| root().join(directory))
}

/// A cargo command in the root. The lock file is taken as committed: a build that would change it fails.
pub fn cargo(verb: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).arg(verb);
    if verb != "fmt" {
        command.arg("--locked");
    }
    command
}

/// Runs `command` and turns a bad exit status into an error that shows the command.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    judge(command, status)
}

fn judge(command: &Command, status: ExitStatus) -> Outcome {
    if status.success() { Ok(()) } else { Err(format!("{} ended with {status}", shown(command)).into()) }
}

/// Runs `command` as [`run`] does, but ends it if it takes longer than `limit`, which is an error.
pub fn run_within(command: &mut Command, limit: Duration) -> Outcome {
    let status = status_within(command, limit)?;
    judge(command, status)
}

/// How `command` ended, which it must within `limit`.
pub fn status_within(command: &mut Command, limit: Duration) -> Result<ExitStatus, Box<dyn Error>> {
    let mut child = command.spawn().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        thread::sleep(Duration::from_millis(50));
    }
    child.kill()?;
    child.wait()?;
    Err(format!("{} did not end within {} seconds", shown(command), limit.as_secs()).into())
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The manifest of the nested workspace, in which `loom` is this project's own checker.
pub fn model_manifest() -> PathBuf {
    root().join("crates/loom/Cargo.toml")
}

/// The manifest of the fuzz targets, which are a workspace of their own.
pub fn fuzz_manifest() -> PathBuf {
    root().join("crates/fuzz/Cargo.toml")
}

/// The workspace's packages and their targets, without dependencies.
pub fn metadata() -> Result<Metadata, Box<dyn Error>> {
    Ok(MetadataCommand::new().current_dir(root()).no_deps().exec()?)
}

/// The same of the nested workspace.
pub fn model_metadata() -> Result<Metadata, Box<dyn Error>> {
    Ok(MetadataCommand::new().manifest_path(model_manifest()).no_deps().exec()?)
}

/// An integration test target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TestTarget {
    /// The package's name.
    pub package: String,
    /// The target's name.
    pub name: String,
    /// The features that it wants.
    pub features: Vec<String>,
}

/// The integration tests that `build` compiles and whose name begins with `prefix`, of all packages or of one, sorted.
pub fn test_targets(build: Build, prefix: &str, package: Option<&str>) -> Result<Vec<TestTarget>, Box<dyn Error>> {
    let metadata = metadata()?;
    if let Some(wanted) = package
        && !metadata.packages.iter().any(|package| package.name.as_str() == wanted)
    {
        let known: Vec<_> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
        return Err(format!("no package `{wanted}` in this workspace; there are {}", known.join(", ")).into());
    }
    let mut targets = Vec::new();
    let home = package.and_then(|wanted| metadata.packages.iter().find(|package| package.name.as_str() == wanted));
    let home = home.and_then(|package| package.manifest_path.parent());
    let packages = if build == Build::Model { model_metadata()?.packages } else { metadata.packages.clone() };
    for found in &packages {
        for target in &found.targets {
            // By where the file is: the nested workspace runs files of other packages.
            let file = target.src_path.canonicalize_utf8().unwrap_or_else(|_| target.src_path.clone());
            if home.is_some_and(|home| !file.starts_with(home)) {
                continue;
            }
            if target.kind.contains(&TargetKind::Test) && target.name.starts_with(prefix) {
                let (package, features) = (found.name.to_string(), target.required_features.clone());
                targets.push(TestTarget { package, name: target.name.clone(), features });
            }
        }
    }
    targets.sort();
    Ok(targets)
}

/// How a set of tests is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// For the machine, optimised.
    Native,
    /// For the model tests on upstream loom: `--cfg loom`, optimised, in a target directory of its own.
    Loom,
    /// For the model tests on this project's checker: the same in the nested workspace.
    Model,
}

impl Build {
    /// Prepares `command` for this kind of build.
    pub fn configure(self, command: &mut Command) {
        command.arg("--release");
        let folder = match self {
            Self::Native => return,
            Self::Loom => "loom",
            Self::Model => {
                command.arg("--manifest-path").arg(model_manifest());
                "model"
            }
        };
        let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
        flags.push_str(" --cfg loom");
        command.env("RUSTFLAGS", flags.trim()).arg("--target-dir").arg(target_directory().join(folder));
    }

    /// Tells the tests that `command` runs which checker they are linked with.
    pub fn name_checker(self, command: &mut Command) -> &mut Command {
        match self {
            Self::Model => command.env("SELVEDGE_CHECKER", "verify-harness model"),
            _ => command.env_remove("SELVEDGE_CHECKER"),
        }
    }
}

/// Features of packages that have model tests of their own. The nested workspace names them in its manifest.
const MODELLED: [(&str, &str); 1] = [("lockfree-collections", "cache,wait")];

/// A compiled test target and the file to run.
#[derive(Clone, Debug)]
pub struct Executable {
    /// Whose test it is.
    pub target: TestTarget,
    /// The file.
    pub path: PathBuf,
    /// The package's folder, in which cargo runs tests.
    pub directory: PathBuf,
}

/// Compiles `targets` and returns their executables in the same order.
pub fn build_tests(build: Build, targets: &[TestTarget]) -> Result<Vec<Executable>, Box<dyn Error>> {
    let mut executables = Vec::new();
    // One cargo call for each package, so that features of one package do not leak into another's tests.
    for package in targets.chunk_by(|a, b| a.package == b.package) {
        let mut command = cargo("test");
        build.configure(&mut command);
        command.args(["--no-run", "--message-format", "json-render-diagnostics", "--package", &package[0].package]);
        for target in package {
            command.args(["--test", &target.name]);
            for feature in &target.features {
                command.args(["--features", feature]);
            }
        }
        if let (Build::Loom, Some((_, features))) =
            (build, MODELLED.iter().find(|(name, _)| *name == package[0].package))
        {
            command.args(["--features", features]);
        }
        let mut child =
            command.stdout(Stdio::piped()).spawn().map_err(|error| format!("cannot start cargo: {error}"))?;
        let output = child.stdout.take().ok_or("cargo has no standard output")?;
        for message in Message::parse_stream(std::io::BufReader::new(output)) {
            let Message::CompilerArtifact(artifact) = message? else { continue };
            let Some(path) = artifact.executable else { continue };
            if let Some(target) = package.iter().find(|target| target.name == artifact.target.name) {
                let directory = artifact.manifest_path.parent().map_or_else(root, |folder| folder.as_std_path().into());
                executables.push(Executable { target: target.clone(), path: path.into_std_path_buf(), directory });
            }
        }
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("{} ended with {status}", shown(&command)).into());
        }
    }
    executables.sort_by(|a, b| a.target.cmp(&b.target));
    Ok(executables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_within_ends_what_does_not_end() {
        let error = run_within(Command::new("sleep").arg("1000"), Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "sleep 1000 did not end within 0 seconds");
    }

    #[test]
    fn run_within_tells_how_a_command_ended() {
        let long = Duration::from_secs(1000);
        assert!(run_within(&mut Command::new("true"), long).is_ok());
        assert!(run_within(&mut Command::new("false"), long).unwrap_err().to_string().contains("exit status: 1"));
    }
}
