//! `selvedge litmus run`.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use memory_model::models::Model;

use super::args::Run;
use super::draw;
use super::judge::{Depth, Verdict, judge};
use super::report;
use super::source::{self, Problem};

/// How the files came out altogether.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub bad: bool,
    pub undecided: bool,
}

impl Tally {
    pub fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self { bad: true, .. } => 2,
            Self { undecided: true, .. } => 3,
            _ => 0,
        })
    }

    /// Takes account of a file without a verdict.
    pub fn add(&mut self, problem: &Problem) {
        match problem {
            Problem::Undecided { .. } => self.undecided = true,
            _ => self.bad = true,
        }
    }
}

/// Judges each file and prints what came out.
pub fn run(arguments: &Run) -> ExitCode {
    let model = match arguments.model.model.load() {
        Ok(model) => model,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            return ExitCode::from(2);
        }
    };
    let mut tally = Tally::default();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    let mut drawn = BTreeSet::new();
    for path in &arguments.files {
        let name = source::display_name(path);
        let outcome = one(arguments, path, &*model, &mut drawn);
        let text = match &outcome {
            Ok(verdict) => {
                tally.undecided |= verdict.is_undecided();
                if arguments.json {
                    report::json(&name, verdict)
                } else if arguments.explain {
                    report::line(verdict) + &report::details(verdict)
                } else {
                    report::line(verdict)
                }
            }
            Err(problem) => {
                tally.add(problem);
                // What was said before this file comes first where both streams go to one place.
                written = written.and_then(|()| out.flush());
                let _ = writeln!(io::stderr(), "{problem}");
                if arguments.json { report::problem(&name, problem) } else { String::new() }
            }
        };
        written = written.and_then(|()| out.write_all(text.as_bytes()));
    }
    finish(written.and_then(|()| out.flush()), &mut tally);
    tally.code()
}

/// Whoever reads the output may stop reading (`head`): there is nobody left to tell, but the exit status still counts.
pub fn finish(written: io::Result<()>, tally: &mut Tally) {
    if let Err(error) = written {
        if error.kind() != io::ErrorKind::BrokenPipe {
            let _ = writeln!(io::stderr(), "cannot write: {error}");
            tally.bad = true;
        }
    }
}

fn one(arguments: &Run, path: &Path, model: &dyn Model, drawn: &mut BTreeSet<PathBuf>) -> Result<Verdict, Problem> {
    let litmus = source::read(path)?;
    let depth = if arguments.explain || arguments.svg.is_some() {
        Depth::Reasons
    } else if arguments.json {
        Depth::Witnesses
    } else {
        Depth::Verdict
    };
    let verdict = judge(litmus, model, &arguments.model, depth)
        .map_err(|error| Problem::Undecided { name: source::display_name(path), error })?;
    let Some((folder, exhibit)) = arguments.svg.as_ref().zip(verdict.exhibit()) else { return Ok(verdict) };
    let picture = draw::svg(&draw::Drawing::new(&verdict, &exhibit));
    let target = picture_name(folder, path, drawn);
    let result = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&target, picture));
    result.map_err(|error| Problem::Unwritable { name: target.display().to_string(), error: error.to_string() })?;
    Ok(verdict)
}

/// The name of the file, with the ending `svg`; files of the same name in different folders get numbers.
fn picture_name(folder: &Path, path: &Path, drawn: &mut BTreeSet<PathBuf>) -> PathBuf {
    let stem = path.file_stem().map_or_else(|| "test".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let stem = if stem == "-" { "stdin".to_owned() } else { stem };
    let mut target = folder.join(format!("{stem}.svg"));
    let mut number = 2;
    while !drawn.insert(target.clone()) {
        target = folder.join(format!("{stem}-{number}.svg"));
        number += 1;
    }
    target
}
