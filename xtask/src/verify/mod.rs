//! `cargo xtask verify`: runs the checks of every structure and prints one evidence table.
//!
//! A check is an integration test that opens a `verify_harness::evidence::Check`. Targets are found by name:
//! `loom_*` model tests (compiled under `--cfg loom`, once on this project's checker and once on upstream loom), `stress_*`
//! native stress with history checking, and the checkers' own integration tests (`it`, `model`), which compare them with
//! independent oracles. Beside them the recorded histories that ship with the repository are judged by the `selvedge` command.
//! All is compiled first; the seconds that count begin after that.

mod evidence;
mod histories;
mod progress;
mod tier;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;

use crate::Outcome;
use crate::cargo::{self, Build, Executable, TestTarget};
use evidence::{Record, Verdict};
use progress::Progress;
pub use tier::Tier;

#[derive(Args)]
pub struct Options {
    /// Small bounds: ends within two minutes after the build
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// The largest bounds; takes as long as it takes
    #[arg(long)]
    full: bool,
    /// Also write the table into the book (`docs/src/evidence.md`)
    #[arg(long, conflicts_with = "package")]
    book: bool,
    /// Only the checks of this package
    #[arg(long = "crate", value_name = "NAME")]
    package: Option<String>,
}

impl Options {
    /// Every package at the quick tier.
    pub fn quick() -> Self {
        Self { quick: true, full: false, book: false, package: None }
    }

    fn tier(&self) -> Tier {
        match (self.quick, self.full) {
            (true, _) => Tier::Quick,
            (_, true) => Tier::Full,
            _ => Tier::Default,
        }
    }
}

/// A kind of checking target: the name prefix by which it is found, where, and how it is compiled and run.
struct Kind {
    prefix: &'static str,
    /// The packages to look into; none means all.
    packages: &'static [&'static str],
    build: Build,
    parallel: Parallel,
}

const KINDS: [Kind; 5] = [
    Kind { prefix: "loom_", packages: &[], build: Build::Model, parallel: Parallel::Yes },
    Kind { prefix: "loom_", packages: &[], build: Build::Loom, parallel: Parallel::Yes },
    Kind { prefix: "stress_", packages: &[], build: Build::Native, parallel: Parallel::No },
    // The checkers themselves are checked against independent oracles in their integration tests.
    Kind { prefix: "it", packages: &["memory-model", "verify-harness"], build: Build::Native, parallel: Parallel::Yes },
    Kind { prefix: "model", packages: &["verify-harness"], build: Build::Native, parallel: Parallel::Yes },
];

/// Whether a target's tests may run side by side: stress tests want the cores for themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parallel {
    Yes,
    No,
}

/// One compiled target, ready to run.
struct Job {
    executable: Executable,
    build: Build,
    parallel: Parallel,
}

pub fn run(options: &Options) -> Outcome {
    let directory = cargo::target_directory().join("evidence");
    fs::create_dir_all(&directory)?;

    let mut jobs = Vec::new();
    for kind in &KINDS {
        let mut targets = cargo::test_targets(kind.build, kind.prefix, options.package.as_deref())?;
        targets.retain(|target| kind.packages.is_empty() || kind.packages.contains(&target.package.as_str()));
        let executables = cargo::build_tests(kind.build, &targets)?;
        jobs.extend(executables.into_iter().map(|executable| Job {
            executable,
            build: kind.build,
            parallel: kind.parallel,
        }));
    }
    let shipped = options.package.as_deref().is_none_or(|package| histories::OWNERS.contains(&package));
    let selvedge = if shipped { Some(histories::build_command()?) } else { None };

    let tier = options.tier();
    let started = Instant::now();
    let progress = Progress::new(jobs.len() + usize::from(shipped));
    let mut records = Vec::new();
    for job in &jobs {
        let name = format!("{} {}", job.executable.target.package, job.executable.target.name);
        progress.begin(&name);
        let found = run_job(job, tier, &directory.join("records.jsonl"), &progress)?;
        progress.end(&name, found.iter().all(|record| record.verdict == Verdict::Holds));
        records.extend(found);
    }
    if let Some(selvedge) = selvedge {
        progress.begin("recorded histories");
        let found = histories::judge(&selvedge)?;
        progress.end("recorded histories", found.iter().all(|record| record.verdict == Verdict::Holds));
        records.extend(found);
    }
    progress.finish();
    conclude(&records, tier, started.elapsed(), &directory, options.book)
}

/// Runs one target and reads back what its checks concluded. A target that fails without saying why, or ends without a
/// conclusion, yields a row that says so.
fn run_job(
    job: &Job,
    tier: Tier,
    file: &PathBuf,
    progress: &Progress,
) -> Result<Vec<Record>, Box<dyn std::error::Error>> {
    if file.exists() {
        fs::remove_file(file)?;
    }
    let started = Instant::now();
    let mut command = Command::new(&job.executable.path);
    job.build.name_checker(&mut command);
    tier.configure(&mut command).current_dir(&job.executable.directory);
    command.env("SELVEDGE_EVIDENCE", file).arg("--nocapture");
    if job.parallel == Parallel::No {
        command.arg("--test-threads=1");
    }
    let log = file.with_file_name(format!("{}-{}.log", job.executable.target.package, job.executable.target.name));
    let mut child = command.stdout(Stdio::piped()).stderr(fs::File::create(&log)?).spawn()?;
    let mut output = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            // Tests that run side by side may leave a name before the line.
            if let Some(at) = line.find("evidence: ") {
                progress.note(&line[at + "evidence: ".len()..]);
            }
            output.push_str(&line);
            output.push('\n');
        }
    }
    let status = child.wait()?;
    let mut records = if file.exists() { evidence::read(file)? } else { Vec::new() };
    let silent = |detail: String| silent_failure(&job.executable.target, started.elapsed(), detail);
    if !status.success() && records.iter().all(|record| record.verdict == Verdict::Holds) {
        progress.note(&output);
        progress.note(&fs::read_to_string(&log)?);
        records.push(silent(format!("the test ended with {status}")));
    }
    if records.is_empty() {
        records.push(silent("concluded nothing".to_owned()));
    }
    Ok(records)
}

fn silent_failure(target: &TestTarget, elapsed: Duration, detail: String) -> Record {
    Record {
        structure: target.package.clone(),
        property: target.name.clone(),
        tool: "cargo test".to_owned(),
        bound: String::new(),
        explored: 0,
        unit: "operations".to_owned(),
        verdict: Verdict::Fails,
        detail,
        seconds: elapsed.as_secs_f64(),
    }
}

fn conclude(records: &[Record], tier: Tier, elapsed: Duration, directory: &std::path::Path, book: bool) -> Outcome {
    print!("{}", evidence::table(records));
    let summary = evidence::summary(records, tier, elapsed);
    println!("\n{summary}");
    fs::write(directory.join("evidence.json"), evidence::json(records, tier, elapsed)?)?;
    fs::write(directory.join("evidence.md"), evidence::markdown(records, &summary))?;
    println!("written: {}", directory.join("evidence.{json,md}").display());
    if book {
        fs::copy(directory.join("evidence.md"), cargo::root().join("docs/src/evidence.md"))?;
    }
    if records.is_empty() {
        return Err("nothing was checked".into());
    }
    let bad = records.iter().filter(|record| record.verdict != Verdict::Holds).count();
    if bad == 0 { Ok(()) } else { Err(format!("{bad} of {} checks do not hold", records.len()).into()) }
}
