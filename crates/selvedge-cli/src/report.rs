//! What is printed about a file.

use std::fmt::{self, Write as _};
use std::time::Duration;

use serde_json::json;
use verify_harness::history::import::{Judgement, OperationPosition};
use verify_harness::history::{Counterexample, Verdict};

use crate::history::Problem;

/// How verdicts are printed.
#[derive(Clone, Copy, Debug)]
pub struct Report {
    /// As JSON, one object a line.
    pub json: bool,
}

/// A file that was judged.
#[derive(Debug)]
pub struct Judged<'a> {
    pub name: &'a str,
    pub judgement: &'a Judgement,
    pub elapsed: Duration,
    pub explain: bool,
}

impl Report {
    /// The text about a file that was judged.
    pub fn judged(self, judged: &Judged<'_>) -> String {
        let Judged { name, judgement, elapsed, explain } = *judged;
        let milliseconds = elapsed.as_secs_f64() * 1e3;
        let (word, operations) = (judgement.word(), judgement.positions.len());
        let counterexample = if explain { judgement.verdict.counterexample() } else { None };
        if self.json {
            let mut object = json!({
                "file": name,
                "verdict": word,
                "operations": operations,
                "milliseconds": (milliseconds * 1e3).round() / 1e3,
                "configurations": judgement.verdict.configurations(),
            });
            if let Verdict::Unknown { reason, .. } = &judgement.verdict {
                object["reason"] = reason.to_string().into();
            }
            if let Some(counterexample) = counterexample {
                object["counterexample"] = as_json(counterexample, &judgement.positions);
            }
            return format!("{object}\n");
        }
        let mut text = format!("{name}: {word} ({operations} ops, {milliseconds:.1} ms)\n");
        if let Some(counterexample) = counterexample {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}", Explanation { counterexample, positions: &judgement.positions, name });
        }
        text
    }

    /// The text about a file that has no verdict; empty unless JSON is printed, since standard error has been told.
    pub fn problem(self, name: &str, problem: &Problem) -> String {
        if !self.json {
            return String::new();
        }
        let mut object = json!({ "file": name, "verdict": "error", "error": problem.to_string() });
        if let Problem::Malformed(error) = problem {
            object["line"] = error.position().line.into();
            object["column"] = error.position().column.into();
            object["expected"] = error.expected().into();
            object["found"] = error.found().into();
        }
        format!("{object}\n")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(text) | Self::NoSpec(text) => f.write_str(text),
            Self::Malformed(error) => error.fmt(f),
        }
    }
}

/// A counterexample with the places of its operations in the file, indented below the file's line.
struct Explanation<'a> {
    counterexample: &'a Counterexample,
    positions: &'a [OperationPosition],
    name: &'a str,
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.counterexample.to_string().lines() {
            if line.is_empty() { writeln!(f)? } else { writeln!(f, "  {line}")? }
        }
        writeln!(f, "  in {}:", self.name)?;
        for operation in &self.counterexample.operations {
            let Some(place) = self.positions.get(operation.position) else { continue };
            write!(f, "    #{:<6} called at {}", operation.position, place.call)?;
            match place.ret {
                Some(ret) => writeln!(f, ", returned at {ret}")?,
                None => writeln!(f, ", not seen to return")?,
            }
        }
        Ok(())
    }
}

fn as_json(counterexample: &Counterexample, positions: &[OperationPosition]) -> serde_json::Value {
    let operations = counterexample.operations.iter().map(|operation| {
        let place = positions.get(operation.position);
        json!({
            "position": operation.position,
            "process": operation.process,
            "operation": operation.description,
            "call_line": place.map(|place| place.call.line),
            "return_line": place.and_then(|place| place.ret).map(|ret| ret.line),
        })
    });
    let refusals = counterexample
        .refusals
        .iter()
        .map(|refusal| json!({ "position": refusal.operation, "reason": refusal.reason }));
    json!({
        "key": counterexample.key,
        "operations": operations.collect::<Vec<_>>(),
        "prefix": counterexample.prefix,
        "state": counterexample.state,
        "refusals": refusals.collect::<Vec<_>>(),
        "minimal": counterexample.minimal,
    })
}
