//! The search itself; see the [module above](super) for the algorithm and why its reductions are sound.

use rustc_hash::FxHashSet;

use super::plan::{NEVER, Plan};
use super::slots::Slots;
use super::states::{ILLEGAL, States};
use crate::history::Specification;
use crate::history::checker::Options;

/// What the search found.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    /// A linearization: positions in the part.
    Accept(Vec<usize>),
    /// There is none.
    Reject(Deepest<T>),
    /// The limit was reached.
    Exhausted(Deepest<T>),
}

/// The configuration with the most returns passed in which nothing could be linearized.
#[derive(Clone, Debug)]
pub(crate) struct Deepest<T> {
    /// How many returns, in time order, were passed.
    pub returns: usize,
    /// What was linearized: positions in the part, in order.
    pub order: Vec<usize>,
    /// The state after that.
    pub state: T,
    /// What could have been linearized next, as far as real time goes: positions in the part.
    pub enabled: Vec<usize>,
}

/// Searches for a linearization of the plan's operations; adds the configurations visited to `configurations`.
pub(crate) fn search<S: Specification>(
    specification: &S,
    plan: &Plan<'_, S::Input, S::Output>,
    options: &Options,
    configurations: &mut u64,
) -> Outcome<S::State> {
    match plan.width {
        0..=64 => Search::<S, u64>::new(specification, plan, options).run(configurations),
        65..=256 => Search::<S, [u64; 4]>::new(specification, plan, options).run(configurations),
        _ => Search::<S, Box<[u64]>>::new(specification, plan, options).run(configurations),
    }
}

/// A configuration: which operations are linearized, and the state they lead to.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Configuration<B> {
    /// So many returns, in time order, are passed: their operations are linearized.
    low: u32,
    /// Number of the state.
    state: u32,
    /// The slots of the other linearized operations.
    slots: B,
}

/// A configuration with choices left.
struct Frame<B> {
    at: Configuration<B>,
    /// Length of the trail there.
    trail: usize,
    /// Its choices are those from here to the start of the next frame's, last first.
    choices: usize,
}

struct Search<'h, S: Specification, B> {
    plan: &'h Plan<'h, S::Input, S::Output>,
    options: &'h Options,
    states: States<'h, S>,
    at: Configuration<B>,
    /// The linearized operations, in order.
    trail: Vec<u32>,
    /// The operations not linearized, in the order of their calls: a doubly linked list whose last entry is the sentinel.
    next: Vec<u32>,
    previous: Vec<u32>,
    visited: FxHashSet<Configuration<B>>,
    frames: Vec<Frame<B>>,
    choices: Vec<(u32, u32)>,
    /// For R2, by class: when it was last seen, and the earliest return seen then.
    seen: Vec<(u64, u32)>,
    now: u64,
    deepest: Option<Deepest<S::State>>,
}

impl<'h, S: Specification, B: Slots> Search<'h, S, B> {
    fn new(specification: &'h S, plan: &'h Plan<'h, S::Input, S::Output>, options: &'h Options) -> Self {
        let sentinel = plan.entries.len() as u32;
        Self {
            plan,
            options,
            states: States::new(specification, &plan.classes),
            at: Configuration { low: 0, state: 0, slots: B::empty(plan.width) },
            trail: Vec::with_capacity(plan.entries.len()),
            next: (0..=sentinel).map(|number| if number == sentinel { 0 } else { number + 1 }).collect(),
            previous: (0..=sentinel).map(|number| if number == 0 { sentinel } else { number - 1 }).collect(),
            visited: FxHashSet::default(),
            frames: Vec::new(),
            choices: Vec::new(),
            seen: vec![(0, NEVER); plan.classes.len()],
            now: 0,
            deepest: None,
        }
    }

    fn run(mut self, configurations: &mut u64) -> Outcome<S::State> {
        loop {
            self.linearize_eager();
            if self.at.low as usize == self.plan.returns.len() {
                *configurations += self.visited.len() as u64;
                return Outcome::Accept(self.positions(&self.trail));
            }
            if self.visited.insert(self.at.clone()) {
                if *configurations + self.visited.len() as u64 > self.options.max_configurations {
                    *configurations += self.visited.len() as u64;
                    self.note_depth();
                    return Outcome::Exhausted(self.deepest.take().expect("the depth was just noted"));
                }
                let choices = self.choices.len();
                self.collect_choices();
                if self.choices.len() == choices {
                    self.note_depth();
                } else {
                    self.frames.push(Frame { at: self.at.clone(), trail: self.trail.len(), choices });
                }
            }
            if !self.take_choice() {
                *configurations += self.visited.len() as u64;
                return Outcome::Reject(self.deepest.take().expect("a search that fails has met a dead end"));
            }
        }
    }

    /// Goes back to the last frame and takes its next choice; false if no frame is left.
    fn take_choice(&mut self) -> bool {
        let Some(frame) = self.frames.last() else { return false };
        while self.trail.len() > frame.trail {
            let number = self.trail.pop().expect("the trail is longer than the frame's");
            self.next[self.previous[number as usize] as usize] = number;
            self.previous[self.next[number as usize] as usize] = number;
        }
        let (number, state) = self.choices.pop().expect("a frame has a choice left");
        if self.choices.len() == frame.choices {
            self.at = self.frames.pop().expect("there is a last frame").at;
        } else {
            self.at.clone_from(&frame.at);
        }
        self.linearize(number, state);
        true
    }

    /// Linearizes an operation; `state` is the state after it.
    fn linearize(&mut self, number: u32, state: u32) {
        let (next, previous) = (self.next[number as usize], self.previous[number as usize]);
        self.next[previous as usize] = next;
        self.previous[next as usize] = previous;
        self.trail.push(number);
        self.at.state = state;
        self.at.slots.insert(self.plan.entries[number as usize].slot);
        while let Some(&returned) = self.plan.returns.get(self.at.low as usize) {
            let slot = self.plan.entries[returned as usize].slot;
            // The slot's owner is this operation or one called after its return; the latter cannot be linearized yet.
            if !self.at.slots.contains(slot) {
                break;
            }
            self.at.slots.remove(slot);
            self.at.low += 1;
        }
    }

    /// R1.
    fn linearize_eager(&mut self) {
        if !self.options.eager {
            return;
        }
        let sentinel = self.plan.entries.len() as u32;
        let mut number = self.next[sentinel as usize];
        while number != sentinel && self.plan.entries[number as usize].call < self.plan.horizon(self.at.low) {
            let this = number;
            let entry = &self.plan.entries[this as usize];
            number = self.next[this as usize];
            if !entry.eager {
                continue;
            }
            let state = self.states.transition(self.at.state, entry.class);
            if state == ILLEGAL {
                continue;
            }
            let changed = state != self.at.state;
            self.linearize(this, state);
            if changed {
                number = self.next[sentinel as usize];
            }
        }
    }

    /// Puts the choices of the present configuration on the stack of choices, the first to be tried on top.
    fn collect_choices(&mut self) {
        self.now += 1;
        let start = self.choices.len();
        let sentinel = self.plan.entries.len() as u32;
        let horizon = self.plan.horizon(self.at.low);
        let mut number = self.next[sentinel as usize];
        while number != sentinel && self.plan.entries[number as usize].call < horizon {
            let entry = self.plan.entries[number as usize];
            let this = number;
            number = self.next[number as usize];
            if self.options.twins {
                let seen = &mut self.seen[entry.class as usize];
                if seen.0 == self.now && seen.1 <= entry.ret {
                    continue;
                }
                *seen = (self.now, entry.ret);
            }
            let state = self.states.transition(self.at.state, entry.class);
            let idle = self.options.idle && entry.ret == NEVER && state == self.at.state;
            if state != ILLEGAL && !idle {
                self.choices.push((this, state));
            }
        }
        // The earliest deadline first; pending operations last.
        let entries = &self.plan.entries;
        self.choices[start..].sort_unstable_by_key(|&(number, _)| {
            let entry = &entries[number as usize];
            std::cmp::Reverse((entry.ret, entry.call))
        });
    }

    /// Remembers the present configuration if it is the deepest dead end so far.
    fn note_depth(&mut self) {
        let returns = self.at.low as usize;
        if self.deepest.as_ref().is_some_and(|deepest| deepest.returns >= returns) {
            return;
        }
        let sentinel = self.plan.entries.len() as u32;
        let mut enabled = Vec::new();
        let mut number = self.next[sentinel as usize];
        while number != sentinel && self.plan.entries[number as usize].call < self.plan.horizon(self.at.low) {
            enabled.push(number);
            number = self.next[number as usize];
        }
        self.deepest = Some(Deepest {
            returns,
            order: self.positions(&self.trail),
            state: self.states.get(self.at.state).clone(),
            enabled: self.positions(&enabled),
        });
    }

    fn positions(&self, numbers: &[u32]) -> Vec<usize> {
        numbers.iter().map(|&number| self.plan.entries[number as usize].position as usize).collect()
    }
}
