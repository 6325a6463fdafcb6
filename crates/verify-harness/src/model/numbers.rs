//! Numbers of threads and locations, which are the same in every run of a search.

use rustc_hash::{FxHashMap, FxHashSet};

use super::awaits::Awaits;
use super::execution::{End, Execution};
use super::graph::EventId;
use super::interface::Loc;
use super::objects::ThreadFact;
use super::report::Bound;

/// The numbers of threads and locations: what the graphs of a search are written in; and what is known of its loops.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    thread_numbers: Vec<Vec<usize>>,
    next_thread: usize,
    loc_numbers: Vec<Vec<Loc>>,
    reserved: FxHashSet<Loc>,
    thread_facts: FxHashMap<(usize, ThreadFact), Loc>,
    next_loc: u32,
    awaits: Awaits,
}

impl Execution {
    /// The numbers of this search.
    pub(crate) fn numbers(&self) -> Numbers {
        Numbers {
            thread_numbers: self.thread_numbers.clone(),
            next_thread: self.next_thread,
            loc_numbers: self.loc_numbers.clone(),
            reserved: self.reserved.clone(),
            thread_facts: self.thread_facts.clone(),
            next_loc: self.next_loc,
            awaits: self.awaits.clone(),
        }
    }

    /// Goes on with a part of the search that has these numbers.
    pub(crate) fn adopt(&mut self, numbers: Numbers) {
        self.thread_numbers = numbers.thread_numbers;
        self.next_thread = numbers.next_thread;
        self.loc_numbers = numbers.loc_numbers;
        self.reserved = numbers.reserved;
        self.thread_facts = numbers.thread_facts;
        self.next_loc = numbers.next_loc;
        self.awaits = numbers.awaits;
        self.bindings.clear();
    }

    /// Says that the search cannot be explored in parts; the run ends.
    pub(super) fn need_one_worker(&mut self) {
        self.needs_one_worker = true;
        self.end.get_or_insert(End::Moot);
    }

    /// The number of the next thread that `parent` starts.
    pub(super) fn child_of(&mut self, parent: usize) -> Option<usize> {
        let number = self.strands[parent].started;
        if self.thread_numbers.len() <= parent {
            self.thread_numbers.resize_with(parent + 1, Vec::new);
        }
        if self.thread_numbers[parent].len() == number {
            if self.in_parts && !self.is_first {
                // Numbers given in different parts would depend on which comes first, and with them what is blocked.
                self.need_one_worker();
            }
            self.thread_numbers[parent].push(self.next_thread);
            self.next_thread += 1;
        }
        let child = self.thread_numbers[parent][number];
        if self.alive >= self.limits.threads || child >= usize::from(u16::MAX) {
            self.end = Some(End::Bound(Bound::Threads(self.limits.threads)));
            return None;
        }
        self.strands[parent].started += 1;
        self.alive += 1;
        self.ensure_thread(child);
        self.strands[child].exists = true;
        self.strands[child].spawn = EventId::new(parent, self.happened.of(parent));
        Some(child)
    }
}
