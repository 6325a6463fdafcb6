//! The enumerator that counts instead of visiting.
//!
//! In which ways a partial candidate can end, and how often in each, depends only on its [key](super::key), provided that the model
//! has nothing to say beyond its promises. So it is computed once per key: dynamic programming over the [states](super::state).
//! What the model says of sequentially consistent accesses is asked when the last of them is there; only what comes after that is
//! shared. Equal threads share keys, so *n* increments take a number of steps that is polynomial in *n* where there are *n*! executions.

use std::collections::hash_map::Entry;
use std::rc::Rc;

use super::Ending;
use super::graph::Stop;
use super::hash::HashMap;
use super::key::Keys;
use super::machine::Machine;
use super::state::State;
use super::step::{Builder, Settled};
use super::summary::Summary;
use crate::litmus::{FinalState, Observable};
use crate::models::{Model, Residue};
use crate::{Ordering, Value};

/// The number of keys for which counts are remembered; counts of others are computed as often as they are met.
const MAX_KEYS: usize = 1 << 17;

/// What is told apart of the ends of executions: how they ended, and what is observed of those that are complete.
type End = (Ending, Vec<Value>);

/// The number of executions for each end, which goes by its number; sorted, without zeros.
type Tally = Rc<[(usize, u64)]>;

struct Counting<'a> {
    builder: Rc<Builder<'a>>,
    model: &'a dyn Model,
    /// Whether the model has nothing to say beyond its promises.
    is_silent: bool,
    keys: Keys,
    observables: Vec<Observable>,
    known: HashMap<Box<[Value]>, Tally>,
    /// The key made last.
    key: Vec<Value>,
    /// The numbers of the ends that were met.
    numbers: HashMap<End, usize>,
    /// For each of them, the tally of one execution, and whether the condition holds.
    ends: Vec<(Tally, bool)>,
    nothing: Tally,
    max_candidates: u64,
    candidates: u64,
}

/// Whether counts may be shared: the promises of the model settle the test, or the rest of it, there can be no data race, and program
/// order is total.
pub(super) fn applies(machine: &Machine<'_>, model: &dyn Model) -> bool {
    let is_settled = match model.residue() {
        Residue::Nothing => true,
        Residue::SeqCst => !machine.has_seq_cst_fence(),
        Residue::Order(_) | Residue::Unknown => false,
    };
    is_settled && !machine.has(Ordering::NonAtomic) && !machine.is_partial()
}

/// The summary of the test, but for its outcomes.
pub(super) fn summary<'a>(
    machine: &'a Machine<'a>,
    model: &'a dyn Model,
    max_candidates: u64,
) -> Result<Summary, Stop> {
    let builder = Rc::new(Builder::new(machine, model));
    let start = builder.start()?;
    let mut counting = Counting {
        builder,
        model,
        is_silent: matches!(model.residue(), Residue::Nothing) || !machine.has(Ordering::SeqCst),
        keys: Keys::new(machine),
        observables: machine.litmus().observables(),
        known: HashMap::default(),
        key: Vec::new(),
        numbers: HashMap::default(),
        ends: Vec::new(),
        nothing: Rc::new([]),
        max_candidates,
        candidates: 0,
    };
    let tally = counting.count(start, false)?;
    counting.summarize(&tally)
}

impl Counting<'_> {
    /// Counts the ways in which `state` can end. Whether the model allows what it has come to may be known already.
    fn count(&mut self, mut state: State, is_allowed: bool) -> Result<Tally, Stop> {
        let settled = self.builder.settle(&mut state)?;
        let is_silent = is_allowed || self.is_silent;
        let is_last = is_silent || self.builder.all_weak(&state);
        let asks = !is_silent && (is_last || settled == Settled::Open) && state.has_seq_cst_pair();
        if asks && !self.model.is_consistent(&self.builder.execution(&state)) {
            return Ok(Rc::clone(&self.nothing));
        }
        match settled {
            Settled::Dead => return Ok(Rc::clone(&self.nothing)),
            Settled::Ended(ending) => return self.end(&state, ending),
            Settled::Open => {}
        }
        if !is_last {
            return self.count_branches(state, false);
        }
        self.keys.key(&self.builder, &state, &mut self.key);
        if let Some(tally) = self.known.get(&self.key[..]) {
            return Ok(Rc::clone(tally));
        }
        let key = self.key.as_slice().into();
        let tally = self.count_branches(state, true)?;
        if self.known.len() < MAX_KEYS {
            self.known.insert(key, Rc::clone(&tally));
        }
        Ok(tally)
    }

    fn count_branches(&mut self, state: State, is_allowed: bool) -> Result<Tally, Stop> {
        let choices = self.builder.choices(&state);
        let mut sum = Rc::clone(&self.nothing);
        let builder = Rc::clone(&self.builder);
        builder.branches(state, choices, |branch| {
            let tally = self.count(branch, is_allowed)?;
            sum = add(&sum, &tally)?;
            Ok(())
        })?;
        Ok(sum)
    }

    /// The tally of one execution that ended.
    fn end(&mut self, state: &State, ending: Ending) -> Result<Tally, Stop> {
        if self.candidates == self.max_candidates {
            return Err(Stop::Candidates);
        }
        self.candidates += 1;
        let machine = self.builder.machine;
        let (litmus, layout) = (machine.litmus(), machine.litmus().layout());
        let last = |writes: &Rc<Vec<usize>>| writes.last().map_or(0, |&write| state.graph.events[write].value);
        let end: FinalState = machine.final_state(&state.threads, state.coherence.iter().map(last).collect());
        if litmus.filter_condition().is_some_and(|filter| !filter.holds(&end, layout)) {
            return Ok(Rc::clone(&self.nothing));
        }
        let observed = match ending {
            Ending::Complete => self.observables.iter().map(|observable| end.value(observable, layout)).collect(),
            _ => Vec::new(),
        };
        let number = match self.numbers.entry((ending, observed)) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let number = self.ends.len();
                self.ends.push((Rc::new([(number, 1)]), litmus.condition().holds(&end, layout)));
                *entry.insert(number)
            }
        };
        Ok(Rc::clone(&self.ends[number].0))
    }

    fn summarize(self, tally: &Tally) -> Result<Summary, Stop> {
        let quantifier = self.builder.machine.litmus().quantifier();
        let mut summary = Summary { quantifier, candidates: self.candidates, ..Summary::default() };
        let mut ends: Vec<Option<End>> = vec![None; self.ends.len()];
        for (end, number) in self.numbers {
            ends[number] = Some(end);
        }
        for &(number, count) in tally.iter() {
            match ends[number].take() {
                Some((Ending::Complete, observed)) => {
                    summary.executions = summary.executions.checked_add(count).ok_or(Stop::Overflow)?;
                    summary.satisfying += if self.ends[number].1 { count } else { 0 };
                    summary.states.insert(observed, count);
                }
                Some((Ending::Blocked, _)) => summary.blocked = count,
                Some((Ending::Cut, _)) => summary.cut = count,
                Some((Ending::Faulty { thread, fault }, _)) => drop(summary.faults.insert((thread, fault))),
                None => {}
            }
        }
        Ok(summary)
    }
}

/// The sum of two tallies.
fn add(left: &Tally, right: &Tally) -> Result<Tally, Stop> {
    if left.is_empty() {
        return Ok(Rc::clone(right));
    }
    if right.is_empty() {
        return Ok(Rc::clone(left));
    }
    let mut sum: Vec<(usize, u64)> = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    loop {
        let next = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) if a.0 == b.0 => {
                let (number, count) = *a;
                let total = count.checked_add(b.1).ok_or(Stop::Overflow)?;
                left.next();
                right.next();
                Some((number, total))
            }
            (Some(a), Some(b)) if b.0 < a.0 => right.next(),
            (Some(_), _) => left.next(),
            (None, _) => right.next(),
        };
        match next {
            Some(entry) => sum.push(entry),
            None => return Ok(sum.into()),
        }
    }
}
