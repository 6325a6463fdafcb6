//! `selvedge litmus show`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use super::args::Show;
use super::draw::{self, Drawing};
use super::judge::{Depth, judge};
use super::report;
use super::run::{Tally, finish};
use super::source::{self, Problem};

/// Judges the file, and draws an execution that shows the verdict.
pub fn show(arguments: &Show) -> ExitCode {
    let mut tally = Tally::default();
    let text = match picture(arguments, &mut tally) {
        Ok(text) => text,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "{problem}");
            tally.add(&problem);
            return tally.code();
        }
    };
    let mut out = io::stdout().lock();
    finish(out.write_all(text.as_bytes()).and_then(|()| out.flush()), &mut tally);
    tally.code()
}

fn picture(arguments: &Show, tally: &mut Tally) -> Result<String, Problem> {
    let name = source::display_name(&arguments.file);
    let model = arguments.model.model.load().map_err(|error| {
        let (file, error) = error.split_once(": ").unwrap_or(("model", &error));
        Problem::Unreadable { name: file.to_owned(), error: error.to_owned() }
    })?;
    let litmus = source::read(&arguments.file)?;
    let verdict = judge(litmus, &*model, &arguments.model, Depth::Reasons)
        .map_err(|error| Problem::Undecided { name: name.clone(), error })?;
    tally.undecided |= verdict.is_undecided();
    let mut text = report::line(&verdict) + &report::details(&verdict);
    match verdict.exhibit() {
        Some(exhibit) => {
            let drawing = Drawing::new(&verdict, &exhibit);
            text += "\n";
            text += &draw::text(&drawing);
            if let Some(target) = &arguments.svg {
                std::fs::write(target, draw::svg(&drawing)).map_err(|error| Problem::Unwritable {
                    name: target.display().to_string(),
                    error: error.to_string(),
                })?;
            }
        }
        None => text += "\nThere is no execution to be drawn.\n",
    }
    Ok(text)
}
