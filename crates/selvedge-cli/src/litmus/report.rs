//! What is printed about a test.

use std::fmt::Write as _;

use memory_model::Value;
use memory_model::enumerate::Observation;
use memory_model::explain::Places;
use memory_model::litmus::{Litmus, Observable, Quantifier};
use serde_json::{Value as Json, json};

use super::judge::Verdict;
use super::source::Problem;

/// `name  model  Sometimes  +1 -3  4 states  [race]`
pub fn line(verdict: &Verdict) -> String {
    let Verdict { litmus, model, summary, .. } = verdict;
    let (positive, negative) = verdict.counts();
    let states = summary.states.len();
    let plural = if states == 1 { "" } else { "s" };
    let observation = summary.observation();
    let mut text =
        format!("{}  {model}  {observation}  +{positive} -{negative}  {states} state{plural}", litmus.name());
    if !summary.races.is_empty() {
        text += "  [race]";
    }
    if !summary.faults.is_empty() {
        text += "  [fault]";
    }
    // A cat model calls its data races what it likes, mostly `race`.
    for flag in summary.flags.keys().filter(|flag| summary.races.is_empty() || *flag != "race") {
        let _ = write!(text, "  [{flag}]");
    }
    if summary.cut > 0 {
        let _ = write!(text, "  [cut {}]", summary.cut);
    }
    text + "\n"
}

/// The final states, and why the verdict is what it is, indented below the line of the test.
pub fn details(verdict: &Verdict) -> String {
    let Verdict { litmus, summary, .. } = verdict;
    let mut text = String::new();
    let observables = litmus.observables();
    if !observables.is_empty() {
        for (state, executions) in &summary.states {
            let values = observables.iter().zip(state).map(|(observable, &value)| {
                format!("{}={}", name(observable, litmus), litmus.layout().display_value(value))
            });
            let values = values.collect::<Vec<_>>().join(" ");
            let _ = writeln!(text, "  {executions} x {values}");
        }
    }
    if summary.cut > 0 {
        let end = if verdict.is_undecided() { ": the verdict holds within the bound only" } else { "" };
        let _ = writeln!(text, "  {} executions were cut since a loop reached its bound{end}", summary.cut);
    }
    for (thread, fault) in &summary.faults {
        let _ = writeln!(text, "  P{thread} has an execution without a defined result: {fault}");
    }
    let Some(reasons) = &verdict.reasons else { return text };
    if let Some((first, second)) = race(verdict) {
        let _ = writeln!(text, "  data race: {first}, {second}, and nothing orders the two");
    }
    match &reasons.explanation {
        Some(Ok(explanation)) => {
            for line in explanation.narrate(litmus).lines() {
                let _ = writeln!(text, "  {line}");
            }
        }
        Some(Err(error)) => {
            let _ = writeln!(text, "  no reason can be given: {error}");
        }
        None => {}
    }
    match &reasons.confirmed {
        Some(Ok(())) => text += "  A second checker confirms each step.\n",
        Some(Err(error)) => {
            let _ =
                writeln!(text, "  A second checker does not confirm this, which is a defect of this program: {error}");
        }
        None => {}
    }
    text
}

/// The two sides of a data race: `P0 line 4 writes x=1`.
fn race(verdict: &Verdict) -> Option<(String, String)> {
    let (candidate, first, second) = verdict.reasons.as_ref()?.witnesses.racing.as_ref()?;
    let places = Places::new(&verdict.litmus, &candidate.execution);
    let side = |id: usize| format!("{} `{}` {}", places.name(id), places.text(id), places.effect(id));
    Some((side(*first), side(*second)))
}

/// One JSON object about a test that was decided, or undecided within the bound.
pub fn json(file: &str, verdict: &Verdict) -> String {
    let Verdict { litmus, model, summary, reasons } = verdict;
    let (positive, negative) = verdict.counts();
    let observables = litmus.observables();
    let states = summary.states.iter().map(|(state, executions)| {
        let values = observables.iter().zip(state);
        let values: serde_json::Map<String, Json> =
            values.map(|(observable, &value)| (name(observable, litmus), as_json(value, litmus))).collect();
        json!({ "values": values, "executions": executions })
    });
    let quantifier = match litmus.quantifier() {
        Quantifier::Exists => "exists",
        Quantifier::NotExists => "~exists",
        Quantifier::Forall => "forall",
    };
    let observation = match summary.observation() {
        Observation::Always => "always",
        Observation::Sometimes => "sometimes",
        Observation::Never => "never",
    };
    let mut object = json!({
        "file": file,
        "test": litmus.name(),
        "model": model,
        "quantifier": quantifier,
        "observation": observation,
        "holds": summary.holds(),
        "positive": positive,
        "negative": negative,
        "states": states.collect::<Vec<_>>(),
        "race": !summary.races.is_empty(),
        "faults": summary.faults.iter().map(|(thread, fault)| json!({ "thread": thread, "fault": fault.to_string() })).collect::<Vec<_>>(),
        "flags": summary.flags.keys().collect::<Vec<_>>(),
        "cut": summary.cut,
        "blocked": summary.blocked,
        "decided": !verdict.is_undecided(),
    });
    if let Some((first, second)) = race(verdict) {
        object["racing"] = json!([first, second]);
    }
    let explanation = reasons.as_ref().and_then(|reasons| reasons.explanation.as_ref());
    if let Some(Err(error)) = explanation {
        object["unexplained"] = error.as_str().into();
    }
    if let Some(Ok(explanation)) = explanation {
        let because = explanation.reasons.iter().map(|reason| {
            let sentences = reason.sentences(litmus);
            let axiom = reason.violation.axiom;
            json!({ "axiom": axiom.name, "formula": axiom.formula, "candidates": reason.candidates, "cycle": sentences })
        });
        object["confirmed"] = match reasons.as_ref().and_then(|reasons| reasons.confirmed.as_ref()) {
            Some(verdict) => verdict.is_ok().into(),
            None => Json::Null,
        };
        object["forbidden"] = because.collect::<Vec<_>>().into();
    }
    format!("{object}\n")
}

/// One JSON object about a file without a verdict.
pub fn problem(file: &str, problem: &Problem) -> String {
    let mut object = json!({ "file": file, "error": problem.to_string() });
    if let Problem::Malformed { error, .. } = problem {
        object["error"] = error.kind.to_string().into();
        object["line"] = error.line.into();
        object["column"] = error.column.into();
    }
    format!("{object}\n")
}

/// What an observable is called in conditions.
pub fn name(observable: &Observable, litmus: &Litmus) -> String {
    match observable {
        Observable::Register(reg) => {
            let names = litmus.threads().get(reg.thread).map(|thread| &thread.registers);
            let name = names.and_then(|names| names.get(reg.index)).map_or("?", String::as_str);
            format!("{}:{name}", reg.thread)
        }
        Observable::Memory { name, element } if litmus.layout().is_array(name) => format!("{name}[{element}]"),
        Observable::Memory { name, .. } => name.clone(),
        Observable::Constant(value) => litmus.layout().display_value(*value),
    }
}

/// A number, or the name of an address.
fn as_json(value: Value, litmus: &Litmus) -> Json {
    match litmus.layout().resolve(value) {
        Some(_) => litmus.layout().display_value(value).into(),
        None => value.into(),
    }
}
