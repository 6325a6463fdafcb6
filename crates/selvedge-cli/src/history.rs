//! `selvedge history check`: reads and judges files.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use verify_harness::history::Verdict;
use verify_harness::history::import::{ImportError, Judge, Judgement, read};

use crate::args::Check;
use crate::report::{Judged, Report};

/// Why a file has no verdict.
#[derive(Debug)]
pub enum Problem {
    /// It cannot be read.
    Unreadable(String),
    /// It is malformed, or no history of the structure.
    Malformed(ImportError),
    /// Neither the command line nor the file names a specification.
    NoSpec(String),
}

/// How the files came out altogether.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    bad: bool,
    rejected: bool,
    undecided: bool,
}

impl Tally {
    fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self { bad: true, .. } => 2,
            Self { rejected: true, .. } => 1,
            Self { undecided: true, .. } => 3,
            _ => 0,
        })
    }
}

/// Judges each file and prints what came out.
pub fn check(arguments: &Check) -> ExitCode {
    let report = Report { json: arguments.json };
    let mut tally = Tally::default();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    for path in &arguments.files {
        let name = if is_stdin(path) { "<stdin>".to_owned() } else { path.display().to_string() };
        let started = Instant::now();
        let outcome = judge(arguments, path, &name);
        let elapsed = started.elapsed();
        let text = match &outcome {
            Ok(judgement) => {
                match judgement.verdict {
                    Verdict::Linearizable { .. } => {}
                    Verdict::NotLinearizable { .. } => tally.rejected = true,
                    Verdict::Unknown { .. } => tally.undecided = true,
                }
                report.judged(&Judged { name: &name, judgement, elapsed, explain: arguments.explain })
            }
            Err(problem) => {
                tally.bad = true;
                // What was said before this file comes first where both streams go to one place.
                written = written.and_then(|()| out.flush());
                let _ = writeln!(io::stderr(), "{problem}");
                report.problem(&name, problem)
            }
        };
        written = written.and_then(|()| out.write_all(text.as_bytes()));
    }
    match written.and_then(|()| out.flush()) {
        // Whoever reads the output may stop reading (`head`): there is nobody left to tell, but the exit status still counts.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "cannot write: {error}");
            tally.bad = true;
        }
        _ => {}
    }
    tally.code()
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn judge(arguments: &Check, path: &Path, name: &str) -> Result<Judgement, Problem> {
    let content = if is_stdin(path) {
        let mut content = Vec::new();
        io::stdin().lock().read_to_end(&mut content).map(|_| content)
    } else {
        std::fs::read(path)
    };
    let content = content.map_err(|error| Problem::Unreadable(format!("{name}: {error}")))?;
    let log = read(name, &content, arguments.format.format()).map_err(Problem::Malformed)?;
    let spec = arguments.spec.map(Into::into).or(log.declared());
    let spec =
        spec.ok_or_else(|| Problem::NoSpec(format!("{name}: the file declares no specification; give --spec")))?;
    let mut dialect = log.dialect();
    if let Some(choice) = arguments.nil_read {
        dialect.nil_read = choice.into();
    }
    if let Some(choice) = arguments.failed_cas {
        dialect.failed_cas = choice.into();
    }
    let mut judge = Judge::new(spec).minimise(arguments.explain);
    if let Some(limit) = arguments.limit {
        judge = judge.max_configurations(limit);
    }
    judge.judge(&log.with_dialect(dialect)).map_err(Problem::Malformed)
}
