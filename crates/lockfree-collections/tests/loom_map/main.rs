//! Model tests of `LockFreeHashMap`: two buckets with lines of two places, four buckets when there are more than two entries; and every
//! removed entry is reclaimed at once.
//!
//! The stories of a bucket on its way (`move_and_…`, `last_move_…`) begin when one bucket is moved and the next one is to be; so they go
//! through to the end in seconds. Those of a whole growth take minutes, and are left to the full tier, but for what their few
//! executions with a bound on preemptions refute.

#![cfg(loom)]

mod entries;
mod growth;
mod kept_keys;
mod memory;
#[path = "../model/mod.rs"]
mod model;
mod moves;
mod stories;
mod twins;

use lockfree_collections::LockFreeHashMap;
use loom::sync::Arc;
use model::places::Places;
use model::scenario::{stories, weakened_sites};
use model::shared::{share, spawn};
use model::{Value, Values};
use stories::STORIES;
use twins::{NOT_REFUTED, REFUTED, REFUTED_BY_FEW_PREEMPTIONS, TWINS};

const NAME: &str = "LockFreeHashMap";

type Map = LockFreeHashMap<u64, Value, Places>;

/// Runs `body` with a map of `keys`, each with ten times its number.
fn with_map(keys: &[u64], body: impl FnOnce(&Arc<Map>, &Values) -> u64) {
    with_map_of(0, keys, body);
}

/// The same with a map that has room for so many entries at first.
fn with_map_of(capacity: usize, keys: &[u64], body: impl FnOnce(&Arc<Map>, &Values) -> u64) {
    let filled = |values: &Values| {
        let map = Map::with_capacity_and_hasher(capacity, Places);
        for key in keys {
            map.pin().insert(*key, values.make(10 * key));
        }
        map
    };
    share(filled, |map, values| keys.len() as u64 + body(map, values));
}

fn get(map: &Map, key: u64) -> Option<u64> {
    map.pin().get(&key).map(Value::number)
}

fn insert(map: &Map, values: &Values, key: u64, number: u64) -> Option<u64> {
    map.pin().insert(key, values.make(number)).map(Value::number)
}

fn remove(map: &Map, key: u64) -> Option<u64> {
    map.pin().remove(&key).map(Value::number)
}

/// All keys that an iteration yields, sorted.
fn keys(map: &Map) -> Vec<u64> {
    let mut keys: Vec<_> = map.pin().keys().copied().collect();
    keys.sort_unstable();
    keys
}

stories! {
    same_key same_key_of_a_hash insert_and_remove_of_a_hash insert_behind_remove removed_neighbours replace_and_remove
    reads_beside_replacements two_guards_beside_replacements replaced_helped_and_read reads_beside_removals growth_and_insert growth_and_remove first_use_of_a_bucket
    growth_and_replace growth_and_reads two_move_a_bucket two_move_a_table two_lengthen_a_bucket numbers_change_hands reads_beside_reuse one_place_for_two
    move_and_get move_and_miss move_and_insert move_and_remove move_and_replace move_and_compute move_and_iterate
    last_move_and_get last_move_by_two_and_get two_lines_for_a_bucket
    first_use_of_the_map iteration_beside_growth iteration_beside_removals computed_steps conditional_removal
    take_beside_a_reader update_into_younger_memory kept_key_beside_a_reader kept_key_of_two_writers kept_key_in_younger_memory
    shared_guard cached_reads_beside_replacements cached_drop_while_a_thread_ends
}

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    refuted_by_few_preemptions: REFUTED_BY_FEW_PREEMPTIONS,
    unrefuted: NOT_REFUTED,
});
