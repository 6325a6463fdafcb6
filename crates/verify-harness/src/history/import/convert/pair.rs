//! Pairing each call with its end.

use std::collections::HashMap;

use super::{Interchange, Mismatch, Outcome, Part};
use crate::history::import::edn::found;
use crate::history::import::{Event, EventLog, ImportError, Kind, Position, Process, Value};
use crate::history::{History, Operation, Specification};

/// A history with the places of its operations in the file it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported<I, O> {
    /// The history; its stamps are the numbers of the events.
    pub history: History<I, O>,
    /// Where each operation of the history, by its position there, stands in the file.
    pub positions: Vec<OperationPosition>,
}

/// Where an operation stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OperationPosition {
    /// Its call.
    pub call: Position,
    /// Its return, if it was seen to return.
    pub ret: Option<Position>,
}

/// An operation and where it stands.
type Placed<S> = (Operation<<S as Specification>::Input, <S as Specification>::Output>, OperationPosition);

/// What a process is doing.
enum Doing {
    /// This operation, called at that event.
    Open(usize),
    /// Nothing.
    Idle,
    /// Nothing ever more: at that place it was said that nobody knows how its operation ended.
    Gone(Position),
}

impl EventLog {
    /// The history of `specification` that the events tell, in O(n).
    ///
    /// Calls are paired with the ends that follow them in their process. An operation that ended in `fail` is left out unless its
    /// specification can tell what the failure saw; one that ended in `info` or not at all is pending. Events of processes that
    /// are no clients are passed over.
    ///
    /// # Errors
    ///
    /// [`ImportError`] names the first event that is none of the specification or contradicts an earlier one: a call by a process
    /// that has an open operation or ended in `info`, an end without a call, an end that names another operation.
    pub fn history<S: Interchange>(&self, specification: &S) -> Result<Imported<S::Input, S::Output>, ImportError> {
        // Slots of operations that never took effect stay empty.
        let mut operations: Vec<Option<Placed<S>>> = Vec::new();
        let mut calls: Vec<&Event> = Vec::new();
        let mut processes: HashMap<u64, Doing> = HashMap::new();
        for (now, event) in (0..).zip(&self.events) {
            let Process::Client(process) = event.process else { continue };
            let doing = processes.entry(process).or_insert(Doing::Idle);
            if event.kind == Kind::Invoke {
                self.may_call(event, doing, &calls)?;
                let input = specification.input(event).map_err(|mismatch| self.mismatch(event, mismatch))?;
                *doing = Doing::Open(operations.len());
                let position = OperationPosition { call: event.position, ret: None };
                operations.push(Some((Operation::pending(process, now, input), position)));
                calls.push(event);
                continue;
            }
            let Doing::Open(index) = *doing else {
                let expected = format!("a call by process {process} before it ends");
                return Err(ImportError::new(
                    &self.name,
                    event.position,
                    expected,
                    format!("`{}`", event.kind.as_str()),
                ));
            };
            self.same_operation(calls[index], event)?;
            *doing = Doing::Idle;
            let Some((operation, position)) = &mut operations[index] else { continue };
            let outcome = match event.kind {
                Kind::Ok => specification
                    .output(&operation.input, event, self.dialect)
                    .map_err(|mismatch| self.mismatch(event, mismatch))?,
                Kind::Fail => specification.failure(&operation.input, event, self.dialect),
                Kind::Unknown => Outcome::Returned(None),
                Kind::Info | Kind::Invoke => {
                    *doing = Doing::Gone(event.position);
                    continue;
                }
            };
            match outcome {
                Outcome::Returned(output) => {
                    operation.ret = Some(now);
                    operation.output = output;
                    position.ret = Some(event.position);
                }
                Outcome::Never => operations[index] = None,
            }
        }
        let (operations, positions): (Vec<_>, Vec<_>) = operations.into_iter().flatten().unzip();
        match History::new(operations) {
            Ok(history) => Ok(Imported { history, positions }),
            // The loop above leaves only the number of operations to object to.
            Err(error) => Err(ImportError::new(
                &self.name,
                Position { line: 1, column: 1 },
                "a history that a checker can number",
                error.to_string(),
            )),
        }
    }

    fn may_call(&self, event: &Event, doing: &Doing, calls: &[&Event]) -> Result<(), ImportError> {
        let expected = match doing {
            Doing::Idle => return Ok(()),
            Doing::Open(index) => {
                format!("the end of the operation that process {} called at {}", event.process, calls[*index].position)
            }
            Doing::Gone(at) => {
                format!("nothing more of process {}, whose operation ended in `info` at {at}", event.process)
            }
        };
        Err(ImportError::new(&self.name, event.position, expected, "another call"))
    }

    fn same_operation(&self, call: &Event, end: &Event) -> Result<(), ImportError> {
        if !end.function.is_empty() && end.function != call.function {
            let expected = format!("the end of `{}`, called at {}", call.function, call.position);
            let found = found(&Value::Word(end.function.clone()));
            return Err(ImportError::new(&self.name, end.function_position, expected, found));
        }
        match (&end.key, &call.key) {
            (Some(key), called) if called.as_ref() != Some(key) => {
                let expected = match called {
                    Some(called) => format!("the key {called} of the call at {}", call.position),
                    None => format!("no key, as in the call at {}", call.position),
                };
                Err(ImportError::new(&self.name, end.position, expected, found(key)))
            }
            _ => Ok(()),
        }
    }

    fn mismatch(&self, event: &Event, mismatch: Mismatch) -> ImportError {
        let (position, found) = match mismatch.part {
            Part::Function => (event.function_position, found(&Value::Word(event.function.clone()))),
            Part::Key => (event.position, event.key.as_ref().map_or_else(|| "no key".to_owned(), found)),
            Part::Value => (event.value_position, found(&event.value)),
        };
        ImportError::new(&self.name, position, mismatch.expected, found)
    }
}
