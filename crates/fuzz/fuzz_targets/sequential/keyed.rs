//! What finds values by keys: maps, sets, the cache.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher, Hasher};

use lockfree_collections::map::{Compute, Operation};
use lockfree_collections::ordered::Entry;
use lockfree_collections::{ConcurrentCache, LockFreeHashMap, LockFreeHashSet, LockFreeSkipMap, LockFreeSkipSet};

use super::Decisions;

/// Few hashes, so that ways through a table are long.
#[derive(Debug, Default)]
pub struct Few(DefaultHasher);

impl Hasher for Few {
    fn finish(&self) -> u64 {
        self.0.finish() % 5
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

type FewHashes = BuildHasherDefault<Few>;
type ManyHashes = BuildHasherDefault<DefaultHasher>;

/// The collection that `choice` stands for, against `std`'s.
pub fn choose(choice: u8, decisions: &mut Decisions<'_>) {
    match choice % 6 {
        0 => hash_map(&LockFreeHashMap::with_hasher(ManyHashes::new()), decisions),
        1 => hash_map(&LockFreeHashMap::with_hasher(FewHashes::new()), decisions),
        2 => sets(decisions),
        3 => skip_map(decisions),
        4 => cache(ManyHashes::new(), decisions),
        _ => cache(FewHashes::new(), decisions),
    }
}

fn hash_map<S: std::hash::BuildHasher>(map: &LockFreeHashMap<u8, u16, S>, decisions: &mut Decisions<'_>) {
    let mut model = HashMap::new();
    let mut kept = Vec::new();
    while decisions.go_on() {
        let (choice, key) = (decisions.byte(), decisions.byte());
        let pinned = map.pin();
        match choice % 16 {
            0..4 => {
                let value = decisions.word();
                assert_eq!(pinned.insert(key, value).copied(), model.insert(key, value));
            }
            4 => {
                let value = decisions.word();
                assert_eq!(pinned.get_or_insert(key, value), model.entry(key).or_insert(value));
            }
            5..8 => assert_eq!(pinned.remove(&key).copied(), model.remove(&key)),
            8 => assert_eq!(map.take(&key), model.remove(&key)),
            9 => {
                let answer = pinned.compute(key, |entry| match entry {
                    None => Operation::Insert(u16::from(key)),
                    Some((_, value)) if value % 3 == 0 => Operation::Remove,
                    Some((_, value)) if value % 3 == 1 => Operation::Insert(value / 2),
                    Some(_) => Operation::Abort(()),
                });
                match answer {
                    Compute::Inserted(_, value) => assert_eq!(model.insert(key, *value), None),
                    Compute::Updated { new, old } => assert_eq!(model.insert(key, *new.1), Some(*old.1)),
                    Compute::Removed(_, value) => assert_eq!(model.remove(&key), Some(*value)),
                    Compute::Aborted(()) => assert!(model[&key] % 3 == 2),
                }
            }
            10 => {
                pinned.retain(|found, _| found % 8 != key % 8);
                model.retain(|found, _| found % 8 != key % 8);
            }
            11 if key < 8 => {
                pinned.clear();
                model.clear();
            }
            // Guards that stay for a while keep what was there.
            12 if kept.len() < 4 => kept.push((map.owned_guard(), key, model.get(&key).copied())),
            13 => kept.clear(),
            14 => pinned.reserve(usize::from(key)),
            _ => {
                let found: HashMap<u8, u16> = pinned.iter().map(|(key, value)| (*key, *value)).collect();
                assert_eq!((pinned.keys().count(), &found), (model.len(), &model));
            }
        }
        assert_eq!(pinned.get(&key), model.get(&key));
        assert_eq!((pinned.len(), pinned.is_empty()), (model.len(), model.is_empty()));
    }
}

fn sets(decisions: &mut Decisions<'_>) {
    let (hashed, ordered) = (LockFreeHashSet::new(), LockFreeSkipSet::new());
    let mut model = std::collections::BTreeSet::new();
    while decisions.go_on() {
        let (choice, element) = (decisions.byte(), decisions.byte());
        if choice % 2 == 0 {
            let fresh = model.insert(element);
            assert_eq!((hashed.pin().insert(element), ordered.insert(element)), (fresh, fresh));
        } else {
            let gone = model.remove(&element);
            assert_eq!((hashed.pin().remove(&element), ordered.remove(&element)), (gone, gone));
        }
    }
    assert!(ordered.iter().map(|entry| *entry.key()).eq(model.iter().copied()));
    assert_eq!(hashed.pin().iter().copied().collect::<std::collections::BTreeSet<u8>>(), model);
}

fn pair(entry: Entry<'_, u8, u16>) -> (u8, u16) {
    (*entry.key(), *entry.value())
}

fn skip_map(decisions: &mut Decisions<'_>) {
    let (map, mut model) = (LockFreeSkipMap::new(), BTreeMap::new());
    let copied = |(key, value): (&u8, &u16)| (*key, *value);
    while decisions.go_on() {
        let (choice, key) = (decisions.byte(), decisions.byte());
        match choice % 12 {
            0..3 => {
                let value = decisions.word();
                assert_eq!(map.replace(key, value).map(pair), model.insert(key, value).map(|old| (key, old)));
            }
            3 => {
                let value = decisions.word();
                assert_eq!(map.get_or_insert(key, value).value(), model.entry(key).or_insert(value));
            }
            4..7 => assert_eq!(map.remove(&key).map(|entry| *entry.value()), model.remove(&key)),
            7 => assert_eq!(map.pop_front().map(pair), model.pop_first()),
            8 => assert_eq!(map.pop_back().map(pair), model.pop_last()),
            9 => {
                let (low, high) = (key.min(choice), key.max(choice));
                assert!(map.range(low..=high).map(pair).eq(model.range(low..=high).map(copied)));
                assert!(map.range(low..).rev().map(pair).eq(model.range(low..).rev().map(copied)));
            }
            10 if key < 8 => {
                map.clear();
                model.clear();
            }
            _ => assert!(map.iter().map(pair).eq(model.iter().map(copied))),
        }
        assert_eq!(map.get(&key).map(|entry| *entry.value()), model.get(&key).copied());
        assert_eq!(map.front().map(pair), model.first_key_value().map(copied));
        assert_eq!(map.len(), model.len());
    }
}

/// The cache may forget; what it finds was put in last and has not been taken out, and it is never above its capacity.
fn cache<S: std::hash::BuildHasher>(hashes: S, decisions: &mut Decisions<'_>) {
    let capacity = u64::from(decisions.byte() % 64);
    let weight = |key: u8| u32::from(key % 4);
    let cache = ConcurrentCache::builder()
        .max_capacity(capacity)
        .shards(usize::from(decisions.byte() % 4))
        .weigher(move |key: &u8, _: &u16| weight(*key))
        .build_with_hasher(hashes);
    let mut model: HashMap<u8, u16> = HashMap::new();
    while decisions.go_on() {
        let (choice, key) = (decisions.byte(), decisions.byte() % 96);
        match choice % 12 {
            0..5 => {
                let value = decisions.word();
                cache.insert(key, value);
                model.insert(key, value);
            }
            5 => {
                let value = decisions.word();
                let entry = cache.entry(key).or_insert(value);
                if entry.is_fresh() {
                    model.insert(key, value);
                }
                assert_eq!(entry.into_value(), model[&key]);
            }
            6 => {
                let (found, last) = (cache.remove(&key), model.remove(&key));
                assert!(found.is_none() || found == last);
            }
            7 => {
                cache.invalidate(&key);
                model.remove(&key);
            }
            8 if key < 8 => {
                cache.invalidate_all();
                model.clear();
            }
            9 => {
                cache.invalidate_entries_if(|_, value| value % 8 == u16::from(key) % 8);
                model.retain(|_, value| *value % 8 != u16::from(key) % 8);
            }
            _ => {}
        }
        let found: HashMap<u8, u16> = cache.iter().collect();
        assert!(found.iter().all(|(key, value)| model.get(key) == Some(value)));
        assert!(cache.get(&key).is_none_or(|value| model.get(&key) == Some(&value)));
        assert_eq!(cache.entry_count(), found.len() as u64);
        let weighs: u64 = found.keys().map(|key| u64::from(weight(*key))).sum();
        assert_eq!(cache.weighted_size(), weighs);
        assert!(weighs <= capacity);
    }
}
