//! Two and three threads at the same entries, in a table that stays.

use lockfree_collections::LockFreeHashMap;
use lockfree_collections::map::{Compute, Operation};
use loom::sync::Arc;
use loom::thread;

use crate::model::places::Places;
use crate::model::{Value, Values};
use crate::{Map, get, insert, keys, remove, spawn, with_map};

/// Two threads insert the same key: one of them is first, the other finds its value.
pub fn same_key() {
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
pub fn same_key_of_a_hash() {
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
pub fn insert_and_remove_of_a_hash() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!(insert(map, values, 65, 5), None);
        assert_eq!(other.join().unwrap(), Some(10));
        assert_eq!(keys(map), [65]);
        1
    });
}

/// A key is inserted behind one that is removed.
pub fn insert_behind_remove() {
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
pub fn removed_neighbours() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!(remove(map, 2), Some(20));
        assert_eq!(other.join().unwrap(), Some(10));
        assert!(keys(map).is_empty() && map.is_empty());
        0
    });
}

/// A value is replaced while its key is removed.
pub fn replace_and_remove() {
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

/// One thread removes while the other one asks whether it should.
pub fn conditional_removal() {
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

/// Two threads count: no step is lost.
pub fn computed_steps() {
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

/// What a guard has returned stays as it is, and what it returns later is not older.
pub fn reads_beside_replacements() {
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
pub fn two_guards_beside_replacements() {
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
pub fn replaced_helped_and_read() {
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
pub fn reads_beside_removals() {
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

/// An iteration while entries are removed and replaced; the one that stays is yielded once.
pub fn iteration_beside_removals() {
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

/// A value is taken out while the other thread, perhaps, looks at it.
pub fn take_beside_a_reader() {
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
