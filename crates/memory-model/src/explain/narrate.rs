//! Cycles as sentences.

use std::collections::BTreeSet;

use super::places::Places;
use crate::litmus::Litmus;
use crate::models::{Step, Violation};
use crate::{EventId, Execution};

/// The cycle of `violation` as sentences about the test, one step a line.
pub(super) fn sentences(violation: &Violation, execution: &Execution, litmus: &Litmus) -> Vec<String> {
    let narrator = Narrator { places: Places::new(litmus, execution), execution };
    let mut mentioned = BTreeSet::new();
    let mut lines: Vec<String> =
        violation.cycle.iter().map(|step| narrator.sentence(step, &mut mentioned) + ";").collect();
    let closes = violation.cycle.first().zip(violation.cycle.last()).filter(|(first, last)| first.from == last.to);
    lines.push(match closes {
        Some((first, last)) if first.from != first.to || last.from != last.to => {
            format!("so {} would have to come before itself.", narrator.places.name(first.from))
        }
        Some(_) => "and the axiom forbids that.".to_owned(),
        None if violation.cycle.is_empty() => "no execution has what the axiom demands.".to_owned(),
        None => "and the axiom forbids events that are so related.".to_owned(),
    });
    lines
}

struct Narrator<'a> {
    places: Places<'a>,
    execution: &'a Execution,
}

impl Narrator<'_> {
    fn sentence(&self, step: &Step, mentioned: &mut BTreeSet<String>) -> String {
        let from = self.mention(step.from, mentioned);
        let to = if step.from == step.to { from.clone() } else { self.mention(step.to, mentioned) };
        let (effect, other) = (self.places.effect(step.from), self.places.effect(step.to));
        let orders_writes = self.is_write(step.from) && self.is_write(step.to);
        let is_read_then_write = !self.is_write(step.from) && self.is_write(step.to);
        match step.relation {
            relation if from == to && !matches!(relation, "rmw^-1" | "same operation") => {
                match relation.strip_prefix('[').and_then(|set| set.strip_suffix(']')) {
                    Some(set) => format!("{from} is in {set}: it {effect}"),
                    None => format!("{from} is related to itself by {relation}"),
                }
            }
            "po" | "sb" | "hb" | "sw" | "asw" | "I * (M \\ I)" if self.is_initial(step.from) => {
                format!("{from} comes before everything, so before {to}")
            }
            "po" | "sb" | "po-loc" => format!("{from} comes before {to} in program order"),
            "rf" | "rfe" | "rfi" => format!("{from} is what {to} reads from: it {other}"),
            "rf^-1" => format!("{from} reads from {to}: it {effect}"),
            "co" | "mo" | "coe" | "coi" if orders_writes => {
                format!("{from} {effect}, and {to} overwrites that: it {other}")
            }
            "fr" | "rb" | "fre" | "fri" if is_read_then_write => {
                format!("{from} {effect}, so it comes before {to}, which overwrites that: it {other}")
            }
            "sw" => {
                let by = self.synchronization(step);
                format!("{from} happens before {to} by {by}")
            }
            "hb" => format!("{from} happens before {to}"),
            "rmw^-1" | "same operation" => {
                format!("the read and the write of {from} are one step, into which nothing may come")
            }
            "ppo" => format!("{from} stays before {to}: only reads overtake earlier writes"),
            "fence" => format!("{from} stays before {to}: a fence or a locked instruction keeps them in order"),
            relation => format!("{from} is related to {to} by {relation}"),
        }
    }

    /// How a release synchronizes with an acquire: `release/acquire on y`.
    fn synchronization(&self, step: &Step) -> String {
        let is_fence = |id: EventId| self.execution.events().get(id).is_some_and(crate::Event::is_fence);
        let word = |id, word: &str| if is_fence(id) { format!("{word} fence") } else { word.to_owned() };
        let on = [step.from, step.to].into_iter().map(|id| self.places.location(id)).find(|name| !name.is_empty());
        let kinds = format!("{}/{}", word(step.from, "release"), word(step.to, "acquire"));
        match on {
            Some(name) => format!("{kinds} on {name}"),
            None => kinds,
        }
    }

    /// The name of an event; when it is mentioned for the first time also its text.
    fn mention(&self, id: EventId, mentioned: &mut BTreeSet<String>) -> String {
        let name = self.places.name(id);
        if self.is_initial(id) || !mentioned.insert(name.clone()) {
            return name;
        }
        format!("{name} `{}`", self.places.text(id))
    }

    fn is_write(&self, id: EventId) -> bool {
        self.execution.events().get(id).is_some_and(crate::Event::is_write)
    }

    fn is_initial(&self, id: EventId) -> bool {
        self.execution.events().get(id).is_some_and(crate::Event::is_initial)
    }
}
