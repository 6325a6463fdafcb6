//! `selvedge litmus diff`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use memory_model::Ordering;
use memory_model::diff::{Bounds, Dialect, Verdict, diff as search};

use super::args::Diff;
use super::run::{Tally, finish};

/// Searches for the smallest program that separates the models.
pub fn diff(arguments: &Diff) -> ExitCode {
    let mut tally = Tally::default();
    let text = match find(arguments, &mut tally) {
        Ok(text) => text,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            return ExitCode::from(2);
        }
    };
    let mut out = io::stdout().lock();
    finish(out.write_all(text.as_bytes()).and_then(|()| out.flush()), &mut tally);
    tally.code()
}

fn find(arguments: &Diff, tally: &mut Tally) -> Result<String, String> {
    let Diff { first, second, .. } = arguments;
    let (one, other) = (first.load()?, second.load()?);
    let verdict = search(&*one, &*other, &bounds(arguments)).map_err(|error| error.to_string())?;
    let (first, second) = (first.name(), second.name());
    Ok(match verdict {
        Verdict::Differ(difference) => {
            let dialect = if arguments.rust { Dialect::Rust } else { Dialect::C };
            difference.text(&format!("{first}-{second}"), dialect)
        }
        Verdict::Equal { programs } => {
            let Diff { threads, events, locations, .. } = arguments;
            format!(
                "{first} and {second} agree on all {programs} programs of at most {threads} threads, {events} statements a thread \
                 and {locations} locations\n"
            )
        }
        Verdict::GaveUp { programs, statements } => {
            tally.undecided = true;
            format!(
                "gave up after {programs} programs: {first} and {second} agree on those of at most {} statements in all\n",
                statements - 1
            )
        }
    })
}

fn bounds(arguments: &Diff) -> Bounds {
    let Diff { first, second, threads, events, locations, rmw, max_programs, .. } = arguments;
    let (one, other) = (first.orderings(), second.orderings());
    // What makes a difference to either, the weakest first.
    let both = |kind: usize| -> Vec<Ordering> {
        Ordering::ALL
            .into_iter()
            .filter(|ordering| one[kind].contains(ordering) || other[kind].contains(ordering))
            .collect()
    };
    Bounds {
        threads: usize::from(*threads),
        events: usize::from(*events),
        locations: usize::from(*locations),
        loads: both(0),
        stores: both(1),
        updates: if *rmw { both(2) } else { Vec::new() },
        fences: both(3),
        monotone: first.is_monotone() && second.is_monotone(),
        max_programs: *max_programs,
    }
}
