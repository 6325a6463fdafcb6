//! Look-ups that make what they do not find: one loader for a key at a time.

use core::hash::{BuildHasher, Hash};

use equivalent::Equivalent;

use super::chosen::sealed::Chosen;
use super::concurrent::ConcurrentCache;
use super::flight::{Outcome, Ticket, Whereabouts};
use super::owned::Owned;
use super::parts::Parts;
use super::selector::{CompResult, Op};
use super::shard::{Begun, Shard};
use super::stats::Count;
use crate::primitive::Shared;

/// A flight that the calling thread leads. If it does not bring it to an end, the drop does, and followers begin anew.
struct Lead<'a, K, V> {
    parts: &'a Parts<K, V>,
    shard: &'a Shard<V>,
    /// Of the entry, which stays until then.
    entry: Whereabouts,
    ended: bool,
    /// What followers wait for when the flight has ended.
    ticket: Option<Shared<Ticket<V>>>,
}

impl<'a, K, V> Lead<'a, K, V> {
    fn new(parts: &'a Parts<K, V>, shard: &'a Shard<V>, entry: Whereabouts) -> Self {
        Self { parts, shard, entry, ended: false, ticket: None }
    }

    /// The flight has been ended: nobody can become a follower any more.
    fn ended(&mut self, ticket: Option<Shared<Ticket<V>>>) {
        self.ended = true;
        self.ticket = ticket;
    }

    /// Ends the flight, if it has not been ended.
    fn end(&mut self) {
        if !self.ended {
            self.ended(self.shard.end(&self.parts.memory, self.entry));
        }
    }

    /// Tells the followers, if there are any.
    fn land(mut self, outcome: impl FnOnce() -> Outcome<V>) {
        if self.ticket.is_some() {
            let outcome = outcome();
            if let Some(ticket) = self.ticket.take() {
                ticket.land(outcome);
            }
        }
    }
}

impl<K, V> Drop for Lead<'_, K, V> {
    fn drop(&mut self) {
        if !self.ended {
            self.parts.counts.add(Count::FailedLoads);
            self.end();
        }
        if let Some(ticket) = self.ticket.take() {
            ticket.land(Outcome::Again);
        }
    }
}

impl<K, V, S> ConcurrentCache<K, V, S>
where
    K: Hash + Eq,
    V: Clone,
    S: BuildHasher,
{
    #[inline]
    pub(super) fn get_hashed<Q>(&self, hash: u64, key: &Q) -> Option<V>
    where
        Q: Equivalent<K> + ?Sized,
    {
        let pinned = self.parts.memory.eras().pin();
        let entry = self.parts.read(hash, |other| key.equivalent(other), &pinned)?;
        Some(entry.value().clone())
    }

    /// Finds, waits or loads; tells whether it has loaded. An outcome of another's loader that `suits` says no to is none.
    #[inline]
    pub(super) fn find_or_load(
        &self,
        chosen: impl Chosen<K>,
        init: impl FnOnce() -> Outcome<V>,
        suits: impl Fn(&Outcome<V>) -> Option<Outcome<V>>,
    ) -> (Outcome<V>, bool) {
        let hash = self.hash(chosen.key());
        match self.get_hashed(hash, chosen.key()) {
            Some(value) => (Outcome::Value(value), false),
            None => self.load(hash, chosen.own(), init, suits),
        }
    }

    /// As `find_or_load`, for a key that was not there.
    fn load(
        &self,
        hash: u64,
        key: K,
        init: impl FnOnce() -> Outcome<V>,
        suits: impl Fn(&Outcome<V>) -> Option<Outcome<V>>,
    ) -> (Outcome<V>, bool) {
        let parts = &self.parts;
        let (memory, shard) = (&parts.memory, parts.shard(hash));
        let mut entry = Owned::new(memory, &memory.eras().desk(), hash, key);
        loop {
            let now = parts.now();
            match shard.begin(memory, &entry, |number| parts.is_alive(number, now)) {
                Begun::Lead => break,
                Begun::Present => {
                    if let Some(value) = self.get_hashed(hash, entry.entry().key()) {
                        return (Outcome::Value(value), false);
                    }
                }
                Begun::Own => {
                    // The loader of this key asks for it: to wait would be for ever.
                    let outcome = init();
                    if let Outcome::Value(value) = &outcome {
                        parts.fill(&mut entry, value.clone(), now);
                        let mut removed = parts.removed();
                        shard.put(memory, entry, &parts.circumstances(now), &mut removed);
                        parts.put_done(&removed);
                    }
                    return (outcome, true);
                }
                Begun::Follow(other) => {
                    if let Some(outcome) = suits(other.wait()) {
                        return (outcome, false);
                    }
                }
            }
        }
        // Where the entry is from when it lands: dropped after the lead, which ends the flight if a comparison of keys panics (C4).
        let mut landing;
        let mut lead = Lead::new(parts, shard, entry.whereabouts());
        parts.counts.add(Count::Loads);
        let outcome = init();
        let Outcome::Value(value) = outcome else {
            if let Outcome::Failed(_) = outcome {
                parts.counts.add(Count::FailedLoads);
            }
            lead.end();
            lead.land(|| suits(&outcome).unwrap_or(Outcome::Again));
            return (outcome, true);
        };
        let given = value.clone();
        let now = parts.now();
        parts.fill(&mut entry, value, now);
        let mut removed = parts.removed();
        landing = Some(entry);
        lead.ended(shard.land(memory, &mut landing, false, &parts.circumstances(now), &mut removed));
        lead.land(|| Outcome::Value(given.clone()));
        drop(landing);
        parts.put_done(&removed);
        (Outcome::Value(given), true)
    }

    /// Lets `f` decide what becomes of the key's value; it may refuse.
    pub(super) fn compute<E>(&self, key: K, f: impl FnOnce(Option<V>) -> Result<Op<V>, E>) -> Result<CompResult<V>, E> {
        let parts = &self.parts;
        let hash = self.hash(&key);
        let (memory, shard) = (&parts.memory, parts.shard(hash));
        let mut entry = Owned::new(memory, &memory.eras().desk(), hash, key);
        // As in `load`.
        let mut landing;
        let mut lead = loop {
            match shard.begin(memory, &entry, |_| false) {
                Begun::Follow(other) => _ = other.wait(),
                Begun::Lead => break Some(Lead::new(parts, shard, entry.whereabouts())),
                Begun::Own | Begun::Present => break None,
            }
        };
        let old = self.get_hashed(hash, entry.entry().key());
        let op = f(old.clone()).inspect_err(|_| lead.iter_mut().for_each(Lead::end))?;
        let now = parts.now();
        let mut removed = parts.removed();
        let result = match (op, old) {
            (Op::Put(value), old) => {
                let given = value.clone();
                parts.fill(&mut entry, value, now);
                let circumstances = parts.circumstances(now);
                match &mut lead {
                    Some(lead) => {
                        landing = Some(entry);
                        lead.ended(shard.land(memory, &mut landing, true, &circumstances, &mut removed));
                    }
                    None => shard.put(memory, entry, &circumstances, &mut removed),
                }
                if old.is_some() { CompResult::ReplacedWith(given) } else { CompResult::Inserted(given) }
            }
            (Op::Remove, Some(old)) => {
                let own = entry.entry();
                shard.take(hash, |key| key == own.key(), &parts.lifetimes, now, &mut removed);
                CompResult::Removed(old)
            }
            (_, Some(old)) => CompResult::Unchanged(old),
            (_, None) => CompResult::StillNone,
        };
        if let Some(lead) = &mut lead {
            lead.end();
        }
        // Followers begin anew.
        drop(lead);
        parts.put_done(&removed);
        Ok(result)
    }
}
