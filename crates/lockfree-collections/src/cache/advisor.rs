//! Which profile suits the requests: small models of the cache try them all.
//!
//! **Source.** Waldspurger, Saemundsson, Ahmad and Park, "Cache modeling and optimization using miniature simulations" (2017): a cache
//! that is asked for one key in `n`, chosen by hash, with an `n`th of the capacity, hits about as often as the whole one. So one model for
//! each profile tells how often the cache would hit with it, all at once; hill climbing (as in Caffeine) has to try one after the
//! other on the cache itself, and takes what the requests do meanwhile for an answer.

use super::model::Model;
use super::policy::{PROFILES, UNADVISED};

/// A model has at least this many entries, if the cache has [`LEAST_RATE`] times as many, and less than twice as many.
const ENTRIES: usize = 96;
/// At most one key in so many is looked at, so that models cost less than the cache.
const LEAST_RATE: usize = 4;
/// Models smaller than this tell nothing.
const LEAST_ENTRIES: usize = 8;
/// Requests to the models between two verdicts.
const ROUND: u32 = 64;
/// Requests to a cache after which counts of uses are halved, for each entry of it.
const EPOCH: usize = 40;

pub(super) struct Advisor {
    models: [Model; PROFILES.len()],
    /// Hits, of which a tenth is forgotten with each verdict.
    scores: [u32; PROFILES.len()],
    /// A key in so many is looked at, minus one.
    mask: u64,
    entries: usize,
    requests: u32,
    since_epoch: usize,
    profile: u8,
    epoch: u8,
}

/// What a hit scores.
const HIT: u32 = 1 << 12;

impl Advisor {
    /// For a cache of this capacity that is full with so many entries; nothing for one that is too small.
    pub(super) fn new(capacity: u64, entries: usize) -> Option<Self> {
        let mut rate = LEAST_RATE;
        while entries / (2 * rate) >= ENTRIES {
            rate *= 2;
        }
        if entries / rate < LEAST_ENTRIES {
            return None;
        }
        let mut number = 0;
        let models = PROFILES.map(|_| {
            let mut model = Model::new(capacity / rate as u64);
            model.advise(number, 0);
            number += 1;
            model
        });
        let mask = rate as u64 - 1;
        Some(Self {
            models,
            scores: [0; PROFILES.len()],
            mask,
            entries: entries / rate,
            requests: 0,
            since_epoch: 0,
            profile: UNADVISED,
            epoch: 0,
        })
    }

    /// Whether a cache that has so many entries now wants another advisor.
    pub(super) fn is_outgrown(&self, entries: usize) -> bool {
        entries / 4 > self.entries * (self.mask as usize + 1)
    }

    /// Which keys are to be told of, by their hashes.
    pub(super) fn mask(&self) -> u64 {
        self.mask << SHIFT
    }

    /// The number of the profile to use, and of the epoch.
    pub(super) fn advice(&self) -> (u8, u8) {
        (self.profile, self.epoch)
    }

    /// A key was asked for whose hash is zero under the mask. Tells whether the advice may be another one now.
    pub(super) fn note(&mut self, hash: u64, weight: u64) -> bool {
        // Else all of them would have the same bits where the mask is.
        let hash = super::mix(hash);
        for (model, score) in self.models.iter_mut().zip(&mut self.scores) {
            if model.request(hash, weight) {
                *score += HIT;
            }
        }
        self.since_epoch += 1;
        if self.since_epoch >= EPOCH * self.entries {
            self.since_epoch = 0;
            self.epoch = self.epoch.wrapping_add(1);
            for (number, model) in (0..).zip(&mut self.models) {
                model.advise(number, self.epoch);
            }
        }
        self.requests += 1;
        if self.requests < ROUND {
            return false;
        }
        self.requests = 0;
        for (number, score) in (0..).zip(self.scores) {
            if score > self.scores[self.profile as usize] {
                self.profile = number;
            }
        }
        self.scores.iter_mut().for_each(|score| *score -= *score / 10);
        true
    }
}

/// The bits of the mask: not those that choose a shard or a place in a table.
const SHIFT: u32 = 20;
