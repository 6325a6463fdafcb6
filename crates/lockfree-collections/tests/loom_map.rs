//! Model tests of `LockFreeHashMap`: two buckets with lines of two places, four buckets when there are more than two entries; and every
//! removed entry is reclaimed at once.
//!
//! The stories of a bucket on its way (`move_and_…`, `last_move_…`) begin when one bucket is moved and the next one is to be; so they go
//! through to the end in seconds. Those of a whole growth take minutes, and are left to the full tier, but for what their few
//! executions with a bound on preemptions refute.

#![cfg(loom)]

mod model;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};

use lockfree_collections::LockFreeHashMap;
use lockfree_collections::map::{Compute, Operation};
use loom::sync::Arc;
use loom::thread;
use model::places::Places;
use model::scenario::{Setting, Story, stories, weakened_sites};
use model::{RACE, Refuted, Twin, Value, Values, refuted, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "LockFreeHashMap";

type Map = LockFreeHashMap<u64, Value, Places>;

/// Runs `body` with a map of `keys`, each with ten times its number; then all values that were made must be dropped once.
fn with_map(keys: &[u64], body: impl FnOnce(&Arc<Map>, &Values) -> u64) {
    with_map_of(0, keys, body);
}

/// The same with a map that has room for so many entries at first.
fn with_map_of(capacity: usize, keys: &[u64], body: impl FnOnce(&Arc<Map>, &Values) -> u64) {
    let values = Values::default();
    let map = Arc::new(Map::with_capacity_and_hasher(capacity, Places));
    for key in keys {
        map.pin().insert(*key, values.make(10 * key));
    }
    let made = keys.len() as u64 + body(&map, &values);
    drop(map);
    assert_eq!(values.dropped(), made, "every value is dropped once");
}

fn spawn<R: 'static>(
    map: &Arc<Map>,
    values: &Values,
    body: impl FnOnce(&Map, &Values) -> R + 'static,
) -> thread::JoinHandle<R> {
    let (map, values) = (Arc::clone(map), values.clone());
    thread::spawn(move || body(&map, &values))
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

/// Two threads insert the same key: one of them is first, the other finds its value.
fn same_key() {
    with_map(&[], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 1, 5));
        let own = insert(map, values, 1, 6);
        let other = other.join().unwrap();
        let last = get(map, 1).unwrap();
        assert!(matches!((own, other, last), (None, Some(6), 5) | (Some(5), None, 6)), "{own:?} {other:?} {last}");
        assert_eq!(map.len(), 1);
        2
    });
}

/// The same behind another key of that order.
fn same_key_of_a_hash() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, values| map.pin().try_insert(65, values.make(5)).is_ok());
        let own = map.pin().try_insert(65, values.make(6)).is_ok();
        assert!(own != other.join().unwrap(), "one of them is first");
        assert_eq!(keys(map), [1, 65]);
        assert_eq!(get(map, 65), Some(if own { 6 } else { 5 }));
        2
    });
}

/// A key is inserted behind another one of its order, which is removed.
fn insert_and_remove_of_a_hash() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!(insert(map, values, 65, 5), None);
        assert_eq!(other.join().unwrap(), Some(10));
        assert_eq!(keys(map), [65]);
        1
    });
}

/// A key is inserted behind one that is removed.
fn insert_behind_remove() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!(insert(map, values, 2, 5), None);
        assert_eq!(get(map, 2), Some(5));
        assert_eq!(other.join().unwrap(), Some(10));
        assert_eq!(keys(map), [2]);
        1
    });
}

/// Neighbours are removed.
fn removed_neighbours() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!(remove(map, 2), Some(20));
        assert_eq!(other.join().unwrap(), Some(10));
        assert!(keys(map).is_empty() && map.is_empty());
        0
    });
}

/// A value is replaced while its key is removed.
fn replace_and_remove() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        let replaced = insert(map, values, 1, 5);
        let removed = other.join().unwrap();
        match (replaced, removed) {
            (Some(10), Some(5)) => assert_eq!(get(map, 1), None),
            (None, Some(10)) => assert_eq!(get(map, 1), Some(5)),
            other => panic!("{other:?}"),
        }
        1
    });
}

/// What a guard has returned stays as it is, and what it returns later is not older.
fn reads_beside_replacements() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, values| {
            assert_eq!(insert(map, values, 1, 11), Some(10));
            assert_eq!(insert(map, values, 1, 12), Some(11));
        });
        let pinned = map.pin();
        let first = pinned.get(&1).expect("it is there all the while");
        let seen = first.number();
        let second = pinned.get(&1).expect("it is there all the while").number();
        assert!(10 <= seen && seen <= second && second <= 12, "{seen} {second}");
        assert_eq!(first.number(), seen);
        drop(pinned);
        other.join().unwrap();
        2
    });
}

/// A thread that reads twice, each time under a guard of its own, beside two replacements.
fn two_guards_beside_replacements() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, values| {
            assert_eq!(insert(map, values, 1, 11), Some(10));
            assert_eq!(insert(map, values, 1, 12), Some(11));
        });
        let (first, second) = (get(map, 1).unwrap(), get(map, 1).unwrap());
        assert!(10 <= first && first <= second && second <= 12, "{first} {second}");
        other.join().unwrap();
        2
    });
}

/// One thread replaces, another one takes the replaced node off the list on its way, a third one reads.
fn replaced_helped_and_read() {
    with_map(&[1], |map, values| {
        let writer = spawn(map, values, |map, values| insert(map, values, 1, 11));
        let helper = spawn(map, values, |map, _| remove(map, 2));
        assert!(matches!(get(map, 1), Some(10 | 11)));
        assert_eq!(writer.join().unwrap(), Some(10));
        assert_eq!(helper.join().unwrap(), None);
        1
    });
}

/// A reader walks over entries that are removed and come again.
fn reads_beside_removals() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, values| {
            assert_eq!(remove(map, 1), Some(10));
            assert_eq!(insert(map, values, 1, 11), None);
        });
        let pinned = map.pin();
        assert_eq!(pinned.get(&2).map(Value::number), Some(20));
        assert!(matches!(pinned.get(&1).map(Value::number), None | Some(10 | 11)));
        drop(pinned);
        other.join().unwrap();
        assert_eq!(keys(map), [1, 2]);
        1
    });
}

/// A thread inserts the key that makes the map grow, the other one in what becomes a bucket of its own.
fn growth_and_insert() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 3, 5));
        assert_eq!(insert(map, values, 6, 6), None);
        assert_eq!(get(map, 6), Some(6));
        assert_eq!(other.join().unwrap(), None);
        assert_eq!(keys(map), [1, 2, 3, 6]);
        assert_eq!((get(map, 3), get(map, 6)), (Some(5), Some(6)));
        2
    });
}

/// A thread makes the map grow, the other one replaces a value that is moved.
fn growth_and_replace() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 3, 5));
        assert_eq!(insert(map, values, 1, 11), Some(10));
        assert_eq!(other.join().unwrap(), None);
        assert_eq!(keys(map), [1, 2, 3]);
        assert_eq!((get(map, 1), get(map, 2), get(map, 3)), (Some(11), Some(20), Some(5)));
        2
    });
}

/// A thread makes the map grow, the other one reads what is moved.
fn growth_and_reads() {
    with_map(&[1, 6], |map, values| {
        let other = spawn(map, values, |map, _| {
            let pinned = map.pin();
            assert_eq!(pinned.get(&6).map(Value::number), Some(60));
            assert!(matches!(pinned.get(&2).map(Value::number), None | Some(5)));
            assert_eq!(pinned.get(&1).map(Value::number), Some(10));
        });
        assert_eq!(insert(map, values, 2, 5), None);
        other.join().unwrap();
        assert_eq!(keys(map), [1, 2, 6]);
        1
    });
}

/// Runs `own` beside a thread that moves the second of four buckets, in which the key 5 is. The first one has been moved, and what `body`
/// does not use of the others stays as it is: so there is a bucket on its way, and no other, and no table is replaced.
fn beside_a_move(own: impl FnOnce(&Map, &Values) -> u64, keys_then: &[u64]) {
    with_map_of(4, &[1, 2, 5, 9, 3], |map, values| {
        let other = spawn(map, values, |map, _| assert_eq!(remove(map, 0), None));
        let made = own(map, values);
        other.join().unwrap();
        assert_eq!(keys(map), keys_then);
        made
    });
}

fn move_and_get() {
    beside_a_move(
        |map, _| {
            assert_eq!(get(map, 5), Some(50));
            0
        },
        &[1, 2, 3, 5, 9],
    );
}

fn move_and_miss() {
    beside_a_move(
        |map, _| {
            assert_eq!(get(map, 6), None);
            0
        },
        &[1, 2, 3, 5, 9],
    );
}

fn move_and_insert() {
    beside_a_move(
        |map, values| {
            assert_eq!(insert(map, values, 6, 7), None);
            1
        },
        &[1, 2, 3, 5, 6, 9],
    );
}

fn move_and_remove() {
    beside_a_move(
        |map, _| {
            assert_eq!(remove(map, 5), Some(50));
            0
        },
        &[1, 2, 3, 9],
    );
}

fn move_and_replace() {
    beside_a_move(
        |map, values| {
            assert_eq!(insert(map, values, 5, 7), Some(50));
            1
        },
        &[1, 2, 3, 5, 9],
    );
}

fn move_and_compute() {
    beside_a_move(
        |map, values| {
            let mut made = 0;
            let pinned = map.pin();
            let done: Compute<'_, _, _, ()> = pinned.compute(5, |entry| {
                made += 1;
                Operation::Insert(values.make(entry.map_or(0, |(_, value)| value.number()) + 1))
            });
            assert!(
                matches!(done, Compute::Updated { old: (5, old), new: (5, new) } if (old.number(), new.number()) == (50, 51))
            );
            made
        },
        &[1, 2, 3, 5, 9],
    );
}

fn move_and_iterate() {
    beside_a_move(
        |map, _| {
            assert_eq!(keys(map), [1, 2, 3, 5, 9]);
            0
        },
        &[1, 2, 3, 5, 9],
    );
}

/// A thread moves the last bucket, and puts the new table in the place of the old one, while the other one reads.
fn last_move_and_get() {
    with_map(&[1, 9, 2, 3], |map, values| {
        let other = spawn(map, values, |map, _| assert_eq!(remove(map, 4), None));
        assert_eq!(get(map, 9), Some(90));
        other.join().unwrap();
        assert_eq!(keys(map), [1, 2, 3, 9]);
        0
    });
}

/// Two threads move the table, of which one bucket is left, and a third one reads: whoever puts the new table in the place of the old one
/// need not be who has moved the bucket.
fn last_move_by_two_and_get() {
    with_map(&[1, 9, 2, 3], |map, values| {
        let movers = [0, 1].map(|_| spawn(map, values, |map, _| assert_eq!(remove(map, 4), None)));
        assert_eq!(get(map, 9), Some(90));
        movers.into_iter().for_each(|mover| mover.join().unwrap());
        0
    });
}

/// Two threads want the line that is to come behind the same one; the one line is in memory that is there, the other one is not.
fn two_lines_for_a_bucket() {
    with_map_of(8, &[1, 65, 129, 2, 3], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 66, 5));
        assert_eq!(insert(map, values, 67, 6), None);
        assert_eq!(other.join().unwrap(), None);
        assert_eq!((get(map, 66), get(map, 67)), (Some(5), Some(6)));
        2
    });
}

/// The map has grown: the last bucket is moved by a thread while the other one uses it.
fn two_move_a_bucket() {
    with_map(&[1, 9, 2, 3], |map, values| {
        let other = spawn(map, values, |map, _| get(map, 9));
        assert_eq!(insert(map, values, 10, 5), None);
        assert_eq!(other.join().unwrap(), Some(90));
        assert_eq!(keys(map), [1, 2, 3, 9, 10]);
        1
    });
}

/// A thread makes the map grow, and both move it, each one bucket: whoever is last sees what the other one has moved.
fn two_move_a_table() {
    with_map(&[1, 9, 2], |map, values| {
        let other = spawn(map, values, |map, values| {
            assert_eq!(insert(map, values, 10, 6), None);
            assert_eq!((get(map, 1), get(map, 9)), (Some(10), Some(90)));
        });
        assert_eq!(insert(map, values, 3, 5), None);
        other.join().unwrap();
        assert_eq!(keys(map), [1, 2, 3, 9, 10]);
        2
    });
}

/// Two threads want the line that is to come behind the same one.
fn two_lengthen_a_bucket() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 3, 5));
        assert_eq!(insert(map, values, 6, 6), None);
        assert_eq!(other.join().unwrap(), None);
        2
    });
}

/// Entries that one thread has removed are used again by the other one.
fn numbers_change_hands() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, values| {
            for number in 11..15 {
                insert(map, values, 1, number);
            }
        });
        insert(map, values, 9, 5);
        insert(map, values, 10, 6);
        other.join().unwrap();
        assert_eq!((get(map, 1), get(map, 9), get(map, 10)), (Some(14), Some(5), Some(6)));
        6
    });
}

/// The place of an entry that is removed is used for another one, while both are looked for.
fn reads_beside_reuse() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, values| {
            assert_eq!(remove(map, 1), Some(10));
            assert_eq!(insert(map, values, 3, 5), None);
        });
        assert!(matches!(get(map, 3), None | Some(5)));
        assert!(matches!(get(map, 1), None | Some(10)));
        other.join().unwrap();
        assert_eq!(keys(map), [2, 3]);
        1
    });
}

/// Two threads insert into a line that has one place, which was another entry's.
fn one_place_for_two() {
    with_map(&[1, 2], |map, values| {
        assert_eq!(remove(map, 1), Some(10));
        let other = spawn(map, values, |map, values| insert(map, values, 3, 5));
        assert_eq!(insert(map, values, 3, 6).unwrap_or(5), 5);
        assert!(matches!(other.join().unwrap(), None | Some(6)));
        assert_eq!(keys(map), [2, 3]);
        2
    });
}

/// A thread makes the map grow, the other one removes a key of the new bucket.
fn growth_and_remove() {
    with_map(&[1, 6], |map, values| {
        let other = spawn(map, values, |map, values| {
            assert_eq!(insert(map, values, 7, 5), None);
            get(map, 7)
        });
        assert_eq!(remove(map, 6), Some(60));
        assert_eq!(other.join().unwrap(), Some(5));
        assert_eq!(keys(map), [1, 7]);
        1
    });
}

/// Both threads use the second bucket for the first time.
fn first_use_of_a_bucket() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 9, 5));
        assert_eq!(insert(map, values, 10, 6), None);
        assert!(matches!(get(map, 9), None | Some(5)));
        assert_eq!(other.join().unwrap(), None);
        assert_eq!(keys(map), [1, 9, 10]);
        2
    });
}

/// Both threads use the map for the first time.
fn first_use_of_the_map() {
    with_map(&[], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 1, 5));
        assert!(matches!(get(map, 1), None | Some(5)));
        assert_eq!(other.join().unwrap(), None);
        assert_eq!(get(map, 1), Some(5));
        1
    });
}

/// An iteration while the map grows yields what is there all the while, once.
fn iteration_beside_growth() {
    with_map(&[1, 6], |map, values| {
        let other = spawn(map, values, |map, _| {
            let found = keys(map);
            assert!(found == [1, 6] || found == [1, 6, 7], "{found:?}");
        });
        assert_eq!(insert(map, values, 7, 5), None);
        assert_eq!(get(map, 7), Some(5));
        other.join().unwrap();
        assert_eq!(keys(map), [1, 6, 7]);
        1
    });
}

/// An iteration while entries are removed and replaced; the one that stays is yielded once.
fn iteration_beside_removals() {
    with_map(&[1, 2, 3], |map, values| {
        let other = spawn(map, values, |map, values| {
            assert_eq!(remove(map, 1), Some(10));
            assert_eq!(insert(map, values, 2, 21), Some(20));
        });
        let pinned = map.pin();
        let mut found: Vec<_> = pinned.iter().map(|(key, value)| (*key, value.number())).collect();
        found.sort_unstable();
        let replaced = found.iter().filter(|(key, _)| *key == 2).count();
        assert_eq!(replaced, 1, "{found:?}");
        assert_eq!(found.last(), Some(&(3, 30)));
        assert!(found.len() <= 3 && found.is_sorted(), "{found:?}");
        drop(pinned);
        other.join().unwrap();
        1
    });
}

/// Two threads count: no step is lost.
fn computed_steps() {
    with_map(&[], |map, values| {
        let step = |map: &Map, values: &Values| {
            let mut made = 0;
            let pinned = map.pin();
            let done: Compute<'_, _, _, ()> = pinned.compute(1, |entry| {
                made += 1;
                Operation::Insert(values.make(entry.map_or(0, |(_, value)| value.number()) + 1))
            });
            assert!(matches!(done, Compute::Inserted(..) | Compute::Updated { .. }));
            made
        };
        let other = spawn(map, values, step);
        let own = step(map, values);
        let made = own + other.join().unwrap();
        assert_eq!(get(map, 1), Some(2));
        made
    });
}

/// One thread removes while the other one asks whether it should.
fn conditional_removal() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 1, 11));
        let pinned = map.pin();
        let removed = match pinned.remove_if(&1, |_, value| value.number() == 10) {
            Ok(entry) => entry.map(|(_, value)| value.number()),
            Err((_, value)) => {
                assert_eq!(value.number(), 11);
                None
            }
        };
        drop(pinned);
        let replaced = other.join().unwrap();
        assert!(matches!((removed, replaced), (Some(10), None) | (None, Some(10))), "{removed:?} {replaced:?}");
        assert_eq!(get(map, 1), Some(11));
        1
    });
}

/// A value is taken out while the other thread, perhaps, looks at it.
fn take_beside_a_reader() {
    let values = Values::default();
    let map = Arc::new(LockFreeHashMap::<u64, std::sync::Arc<Value>, Places>::default());
    map.pin().insert(1, std::sync::Arc::new(values.make(10)));
    let reads = Arc::clone(&map);
    let other = thread::spawn(move || {
        let pinned = reads.pin();
        pinned.get(&1).map(|value| value.number())
    });
    let taken = map.take(&1).expect("nobody else removes it");
    assert_eq!(taken.number(), 10);
    assert!(matches!(other.join().unwrap(), None | Some(10)));
    assert!(map.is_empty());
    drop(map);
    assert_eq!(std::sync::Arc::strong_count(&taken), 1);
    drop(taken);
    assert_eq!(values.dropped(), 1);
}

/// An entry is put into memory that is younger than what its guard has announced, and removed while that looks at it.
fn update_into_younger_memory() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, _| {
            let removed = remove(map, 1);
            map.reclaim();
            removed
        });
        let pinned = map.pin();
        let updates = std::cell::Cell::new(0);
        let update = |_: &Value| {
            updates.set(updates.get() + 1);
            // The era advances between looking for the entry and making another one.
            remove(map, 2);
            values.make(11)
        };
        let updated = pinned.update(1, update).map(Value::number);
        assert!(matches!(updated, None | Some(11)));
        drop(pinned);
        assert!(matches!((other.join().unwrap(), updated), (Some(10), None) | (Some(11), Some(11))));
        updates.get()
    });
}

/// A map whose keys stay when values are replaced.
type Texts = LockFreeHashMap<String, Value, Places>;

/// A key that one byte makes.
fn text(key: u8) -> String {
    String::from(char::from(key))
}

/// Runs `body` with a map of the texts of `keys`, each with ten times its number; then all values that were made must be dropped once.
fn with_texts(keys: &[u8], body: impl FnOnce(&Arc<Texts>, &Values) -> u64) {
    let values = Values::default();
    let map = Arc::new(Texts::with_capacity_and_hasher(0, Places));
    for key in keys {
        map.pin().insert(text(*key), values.make(10 * u64::from(*key)));
    }
    let made = keys.len() as u64 + body(&map, &values);
    drop(map);
    assert_eq!(values.dropped(), made, "every value is dropped once");
}

/// Looks at a key, and again while the guard is still there.
fn look_at(map: &Texts, key: u8) -> Option<u64> {
    let pinned = map.pin();
    let (found, value) = pinned.get_key_value(text(key).as_str())?;
    let again = pinned.get_key_value(text(key).as_str());
    assert!(again.is_none_or(|(key, _)| key == found), "equal keys");
    Some(value.number())
}

/// A value is replaced and its key removed, while another thread looks at them.
fn kept_key_beside_a_reader() {
    with_texts(&[1], |map, values| {
        let reads = Arc::clone(map);
        let other = thread::spawn(move || look_at(&reads, 1));
        assert_eq!(map.pin().insert(text(1), values.make(11)).map(Value::number), Some(10));
        assert_eq!(map.pin().remove("\u{1}").map(Value::number), Some(11));
        map.reclaim();
        assert!(matches!(other.join().unwrap(), None | Some(10 | 11)));
        1
    });
}

/// Two threads replace a value and one removes the key: one key passes through the entries of both.
fn kept_key_of_two_writers() {
    with_texts(&[1], |map, values| {
        let (writes, made) = (Arc::clone(map), values.clone());
        let other = thread::spawn(move || writes.pin().insert(text(1), made.make(12)).map(Value::number));
        let own = map.pin().insert(text(1), values.make(11)).map(Value::number);
        let removed = map.pin().remove("\u{1}").map(Value::number);
        let other = other.join().unwrap();
        assert!(
            matches!(
                (own, other, removed),
                (Some(10), Some(11), Some(12)) | (Some(12), Some(10), Some(11)) | (Some(10), None, Some(11))
            ),
            "{own:?} {other:?} {removed:?}"
        );
        2
    });
}

/// A key passes to an entry in memory that is younger than the guard of who looks at it, and is dropped with that.
fn kept_key_in_younger_memory() {
    with_texts(&[1, 2], |map, values| {
        let (writes, made) = (Arc::clone(map), values.clone());
        let other = thread::spawn(move || {
            assert_eq!(writes.pin().remove("\u{2}").map(Value::number), Some(20));
            assert!(writes.pin().insert(text(3), made.make(30)).is_none());
            assert_eq!(writes.pin().remove("\u{3}").map(Value::number), Some(30));
            assert_eq!(writes.pin().insert(text(1), made.make(11)).map(Value::number), Some(10));
            assert_eq!(writes.pin().remove("\u{1}").map(Value::number), Some(11));
            writes.reclaim();
        });
        assert!(matches!(look_at(map, 1), None | Some(10 | 11)));
        other.join().unwrap();
        2
    });
}

/// Two threads share one guard.
fn shared_guard() {
    let values = Values::default();
    let map: &'static Map = Box::leak(Box::new(Map::default()));
    map.pin().insert(1, values.make(10));
    let guard = Arc::new(map.owned_guard());
    let (shared, made) = (Arc::clone(&guard), values.clone());
    let other = thread::spawn(move || map.insert(1, made.make(11), &*shared).map(Value::number));
    let first = map.get(&1, &*guard).expect("it is there all the while");
    let seen = first.number();
    assert_eq!(map.insert(2, values.make(20), &*guard).map(Value::number), None);
    assert_eq!(first.number(), seen);
    assert_eq!(other.join().unwrap(), Some(10));
    assert_eq!(map.get(&1, &*guard).map(Value::number), Some(11));
    drop(guard);
    // SAFETY: leaked above; no guard and no other thread is left.
    drop(unsafe { Box::from_raw(std::ptr::from_ref(map).cast_mut()) });
    assert_eq!(values.dropped(), 3);
}

/// The last of two threads to let go of the map drops it, while the other one, perhaps, is giving its slot back.
fn dropped_while_a_thread_ends() {
    let values = Values::default();
    let map = Arc::new(Map::default());
    let other = spawn(&map, &values, |map, values| insert(map, values, 1, 5));
    assert!(matches!(remove(&map, 1), None | Some(5)));
    drop(map);
    other.join().unwrap();
    assert_eq!(values.dropped(), 1);
}

const STORIES: &[Story] = &[
    Story::new("same_key", "[[Insert 1, Get 1], [Insert 1]]", same_key).preemptions(2),
    Story::new("same_key_of_a_hash", "1, [[TryInsert 65], [TryInsert 65]], 1 and 65 have one hash", same_key_of_a_hash)
        .preemptions(2),
    Story::new(
        "insert_and_remove_of_a_hash",
        "1, [[Insert 65], [Remove 1]], 1 and 65 have one hash",
        insert_and_remove_of_a_hash,
    )
    .preemptions(2),
    Story::new("insert_behind_remove", "1, [[Insert 2, Get 2], [Remove 1]]", insert_behind_remove).preemptions(2),
    Story::new("removed_neighbours", "1 2, [[Remove 2], [Remove 1]]", removed_neighbours).preemptions(2),
    Story::new("replace_and_remove", "1, [[Insert 1], [Remove 1]]", replace_and_remove).preemptions(2),
    Story::new(
        "reads_beside_replacements",
        "1, [[Get 1, Get 1], [Insert 1, Insert 1]], one guard",
        reads_beside_replacements,
    )
    .preemptions(2),
    Story::new(
        "two_guards_beside_replacements",
        "1, [[Get 1, Get 1], [Insert 1, Insert 1]]",
        two_guards_beside_replacements,
    )
    .preemptions(2),
    Story::new("replaced_helped_and_read", "1, [[Get 1], [Insert 1], [Remove 2]]", replaced_helped_and_read)
        .preemptions(2)
        .from(Tier::Default),
    Story::new(
        "reads_beside_removals",
        "1 2, [[Get 2, Get 1], [Remove 1, Insert 1]], one guard",
        reads_beside_removals,
    )
    .preemptions(2),
    Story::new("growth_and_insert", "1 2, [[Insert 6, Get 6], [Insert 3]], two buckets become four", growth_and_insert)
        .preemptions(1)
        .from(Tier::Full),
    Story::new("growth_and_replace", "1 2, [[Insert 1], [Insert 3]], two buckets become four", growth_and_replace)
        .preemptions(2)
        .from(Tier::Full),
    Story::new(
        "growth_and_reads",
        "1 6, [[Get 6, Get 2, Get 1], [Insert 2]], two buckets become four",
        growth_and_reads,
    )
    .preemptions(2)
    .from(Tier::Full),
    Story::new("growth_and_remove", "1 6, [[Remove 6], [Insert 7, Get 7]], two buckets become four", growth_and_remove)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("move_and_get", "[[Get 5], [move the bucket of 5]]", move_and_get).preemptions(2),
    Story::new("move_and_miss", "[[Get 6], [move the bucket of 6]]", move_and_miss).preemptions(2),
    Story::new("move_and_insert", "[[Insert 6], [move the bucket of 6]]", move_and_insert).preemptions(2),
    Story::new("move_and_remove", "[[Remove 5], [move the bucket of 5]]", move_and_remove).preemptions(2),
    Story::new("move_and_replace", "[[Insert 5], [move the bucket of 5]]", move_and_replace).preemptions(2),
    Story::new("move_and_compute", "[[Compute 5], [move the bucket of 5]]", move_and_compute)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("move_and_iterate", "[[Iterate], [move the bucket of 5]]", move_and_iterate).preemptions(2),
    Story::new("last_move_and_get", "[[Get 9], [move the last bucket]]", last_move_and_get).preemptions(2),
    Story::new(
        "last_move_by_two_and_get",
        "[[Get 9], [move the last bucket], [move the last bucket]]",
        last_move_by_two_and_get,
    )
    .preemptions(2)
    .from(Tier::Default)
    .whole(Tier::Full),
    Story::new(
        "two_lines_for_a_bucket",
        "1 65 129, 2 3, [[Insert 67], [Insert 66]], no growth",
        two_lines_for_a_bucket,
    )
    .preemptions(2)
    .whole(Tier::Default),
    Story::new(
        "two_move_a_bucket",
        "1 9 2 3, [[Insert 10], [Get 9]], the last bucket is being moved",
        two_move_a_bucket,
    )
    .preemptions(2)
    .from(Tier::Full),
    Story::new(
        "two_move_a_table",
        "1 9 2, [[Insert 10, Get 1, Get 9], [Insert 3]], both buckets are moved",
        two_move_a_table,
    )
    .preemptions(2)
    .from(Tier::Full),
    Story::new("two_lengthen_a_bucket", "1 2, [[Insert 6], [Insert 3]]", two_lengthen_a_bucket)
        .preemptions(2)
        .from(Tier::Full),
    Story::new(
        "numbers_change_hands",
        "1, [[Insert 9, Insert 10], [Insert 1, Insert 1, Insert 1, Insert 1]]",
        numbers_change_hands,
    )
    .preemptions(1)
    .whole(Tier::Full),
    Story::new("reads_beside_reuse", "1 2, [[Get 3, Get 1], [Remove 1, Insert 3]]", reads_beside_reuse).preemptions(2),
    Story::new("one_place_for_two", "1 2, then [Remove 1], [[Insert 3], [Insert 3]]", one_place_for_two)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("first_use_of_a_bucket", "1, [[Insert 10, Get 9], [Insert 9]]", first_use_of_a_bucket).preemptions(2),
    Story::new("first_use_of_the_map", "[[Get 1], [Insert 1]], no slots at first", first_use_of_the_map)
        .setting(Setting::Crowded)
        .preemptions(2),
    Story::new("iteration_beside_growth", "1 6, [[Iterate], [Insert 7, Get 7]]", iteration_beside_growth)
        .preemptions(1)
        .from(Tier::Full),
    Story::new("iteration_beside_removals", "1 2 3, [[Iterate], [Remove 1, Insert 2]]", iteration_beside_removals)
        .preemptions(2),
    Story::new("computed_steps", "[[Compute 1], [Compute 1]]", computed_steps).preemptions(2),
    Story::new("conditional_removal", "1, [[RemoveIf 1], [Insert 1]]", conditional_removal).preemptions(2),
    Story::new("take_beside_a_reader", "1, [[Take 1], [Get 1]]", take_beside_a_reader).preemptions(2),
    Story::new(
        "update_into_younger_memory",
        "1 2, [[Update 1, while Remove 2], [Remove 1]]",
        update_into_younger_memory,
    )
    .preemptions(1),
    Story::new("kept_key_beside_a_reader", "a text 1, [[Insert 1, Remove 1], [Get 1]]", kept_key_beside_a_reader)
        .preemptions(2),
    Story::new("kept_key_of_two_writers", "a text 1, [[Insert 1, Remove 1], [Insert 1]]", kept_key_of_two_writers)
        .preemptions(2),
    Story::new(
        "kept_key_in_younger_memory",
        "texts 1 2, [[Get 1], [Remove 2, Insert 3, Remove 3, Insert 1, Remove 1]]",
        kept_key_in_younger_memory,
    )
    .preemptions(1)
    .whole(Tier::Full),
    Story::new("shared_guard", "1, [[Get 1, Insert 2], [Insert 1]], one guard for both", shared_guard).preemptions(2),
    Story::new("cached_reads_beside_replacements", "as without cached, slots kept", reads_beside_replacements)
        .setting(Setting::Cached)
        .preemptions(2),
    Story::new(
        "cached_drop_while_a_thread_ends",
        "[[Remove 1, drop], [Insert 1, drop]], slots kept",
        dropped_while_a_thread_ends,
    )
    .setting(Setting::Cached)
    .preemptions(2),
];

/// One thread: a map that is full refuses entries, and is as usable as before.
#[test]
fn map_without_places_gives_entries_back() {
    /// So many there are here.
    const PLACES: u64 = 38;
    model::holds(NAME, "capacity overflow is an error", "one thread, 38 places", None, || {
        with_map_of(64, &[], |map, values| {
            for key in 0..PLACES {
                assert!(matches!(map.pin().checked_insert(key, values.make(key)), Ok(None)));
            }
            let refused = map.pin().checked_insert(100, values.make(7)).expect_err("there is no place");
            assert_eq!((refused.key, refused.value.number()), (100, 7));
            assert_eq!((map.len() as u64, get(map, 100), get(map, 0)), (PLACES, None, Some(0)));
            assert!(map.try_reserve(1, &map.guard()).is_err());
            // Replacing takes a place, too, until what was replaced is reclaimed.
            assert!(map.pin().checked_insert(1, values.make(8)).is_err());
            let overflow = catch_unwind(AssertUnwindSafe(|| insert(map, values, 101, 9))).expect_err("a panic");
            assert_eq!(overflow.downcast_ref(), Some(&"capacity overflow"));
            // A place that becomes free is used again.
            assert_eq!(remove(map, 5), Some(5));
            map.reclaim();
            assert!(matches!(map.pin().checked_insert(102, values.make(6)), Ok(None)));
            assert_eq!((get(map, 102), get(map, 5), map.len() as u64), (Some(6), None, PLACES));
            PLACES + 4
        });
    });
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

/// Every site of the map and of the eras that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[
    twin("E2", AcqRel),
    twin("E3", AcqRel),
    twin("E6", Relaxed),
    twin("E7", Relaxed),
    twin("E8", Relaxed),
    twin("M2", Relaxed),
    twin("M3", Relaxed),
    twin("M4", Relaxed),
    twin("M6", Relaxed),
    twin("M7", Relaxed),
    twin("M11", Relaxed),
    twin("M12", Relaxed),
    twin("M15", Relaxed),
    twin("M17", Relaxed),
    twin("M21", Relaxed),
    twin("M23", Acquire),
    twin("M23", Release),
    twin("M27", Relaxed),
    twin("M32", Relaxed),
    twin("M33", Relaxed),
    twin("M34", Relaxed),
    twin("M45", Relaxed),
    twin("M46", Relaxed),
    twin("M49", Relaxed),
    twin("M50", Relaxed),
    twin("M62", Relaxed),
    twin("M64", Relaxed),
    twin("M67", Relaxed),
    twin("M68", Relaxed),
    twin("M69", Relaxed),
    twin("M70", Relaxed),
];

/// What a store says of a place that is used before it is made, or of what was never written.
const EARLY: &str = "never made|data race";
const UNWRITTEN: &str = "never written";
/// What it says of a bucket that is moved to a table that is not there.
const NOWHERE: &str = "is moved somewhere";
/// What a story says of an answer that is none of those it allows.
const WRONG: &str = "assertion|never written";
const LOST: &str = "None None|never written";

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("E2", AcqRel, "take_beside_a_reader", RACE),
    refuted("E3", AcqRel, "reads_beside_replacements", RACE),
    refuted("E6", Relaxed, "reads_beside_replacements", RACE),
    refuted("E7", Relaxed, "two_guards_beside_replacements", RACE),
    refuted("E8", Relaxed, "reads_beside_replacements", RACE),
    refuted("M2", Relaxed, "growth_and_insert", RACE),
    refuted("M3", Relaxed, "same_key", RACE),
    refuted("M4", Relaxed, "same_key", RACE),
    refuted("M6", Relaxed, "same_key", LOST),
    refuted("M7", Relaxed, "reads_beside_reuse", EARLY),
    refuted("M11", Relaxed, "reads_beside_reuse", EARLY),
    refuted("M12", Relaxed, "same_key", LOST),
    refuted("M15", Relaxed, "two_lines_for_a_bucket", UNWRITTEN),
    refuted("M17", Relaxed, "replace_and_remove", RACE),
    refuted("M23", Release, "move_and_replace", RACE),
    refuted("M27", Relaxed, "move_and_get", WRONG),
    refuted("M32", Relaxed, "growth_and_replace", RACE),
    refuted("M33", Relaxed, "two_lines_for_a_bucket", RACE),
    refuted("M34", Relaxed, "two_lines_for_a_bucket", RACE),
    refuted("M45", Relaxed, "two_move_a_table", RACE),
    refuted("M46", Relaxed, "two_move_a_table", RACE),
    refuted("M49", Relaxed, "two_move_a_table", WRONG),
    refuted("M50", Relaxed, "last_move_by_two_and_get", WRONG),
    refuted("M67", Relaxed, "first_use_of_the_map", RACE),
    refuted("M68", Relaxed, "first_use_of_the_map", RACE),
    refuted("M69", Relaxed, "same_key", RACE),
    refuted("M70", Relaxed, "last_move_and_get", WRONG),
];

/// What a checker that bounds preemptions refutes, and one that goes through everything only after minutes.
const REFUTED_BY_FEW_PREEMPTIONS: &[Refuted] = &[
    refuted("M21", Relaxed, "growth_and_remove", NOWHERE),
    refuted("M23", Acquire, "growth_and_replace", NOWHERE),
    refuted("M62", Relaxed, "numbers_change_hands", RACE),
    refuted("M64", Relaxed, "numbers_change_hands", RACE),
];

/// What no story refutes.
const NOT_REFUTED: &[(Twin, &str)] = &[];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    refuted_by_few_preemptions: REFUTED_BY_FEW_PREEMPTIONS,
    unrefuted: NOT_REFUTED,
});
