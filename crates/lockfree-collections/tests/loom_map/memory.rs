//! Places, lines and slots that are used for the first time, used again, or shared.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lockfree_collections::LockFreeHashSet;
use loom::sync::Arc;
use loom::thread;

use crate::model::places::Places;
use crate::model::{self, Value, Values};
use crate::{Map, NAME, get, insert, keys, remove, spawn, with_map, with_map_of};

/// Entries that one thread has removed are used again by the other one.
pub fn numbers_change_hands() {
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
pub fn reads_beside_reuse() {
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
pub fn one_place_for_two() {
    with_map(&[1, 2], |map, values| {
        assert_eq!(remove(map, 1), Some(10));
        let other = spawn(map, values, |map, values| insert(map, values, 3, 5));
        assert_eq!(insert(map, values, 3, 6).unwrap_or(5), 5);
        assert!(matches!(other.join().unwrap(), None | Some(6)));
        assert_eq!(keys(map), [2, 3]);
        2
    });
}

/// Two threads want the line that is to come behind the same one; the one line is in memory that is there, the other one is not.
pub fn two_lines_for_a_bucket() {
    with_map_of(8, &[1, 65, 129, 2, 3], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 66, 5));
        assert_eq!(insert(map, values, 67, 6), None);
        assert_eq!(other.join().unwrap(), None);
        assert_eq!((get(map, 66), get(map, 67)), (Some(5), Some(6)));
        2
    });
}

/// Both threads use the second bucket for the first time.
pub fn first_use_of_a_bucket() {
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
pub fn first_use_of_the_map() {
    with_map(&[], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 1, 5));
        assert!(matches!(get(map, 1), None | Some(5)));
        assert_eq!(other.join().unwrap(), None);
        assert_eq!(get(map, 1), Some(5));
        1
    });
}

/// An entry is put into memory that is younger than what its guard has announced, and removed while that looks at it.
pub fn update_into_younger_memory() {
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

/// Two threads share one guard.
pub fn shared_guard() {
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
pub fn dropped_while_a_thread_ends() {
    let values = Values::default();
    let map = Arc::new(Map::default());
    let other = spawn(&map, &values, |map, values| insert(map, values, 1, 5));
    assert!(matches!(remove(&map, 1), None | Some(5)));
    drop(map);
    other.join().unwrap();
    assert_eq!(values.dropped(), 1);
}

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

/// Likewise a set; a key that is there is no matter of places.
#[test]
fn set_without_places_gives_keys_back() {
    const PLACES: u64 = 38;
    model::holds(NAME, "capacity overflow of a set is an error", "one thread, 38 places", None, || {
        let set = LockFreeHashSet::with_capacity_and_hasher(64, Places);
        for key in 0..PLACES {
            assert_eq!(set.pin().checked_insert(key), Ok(true));
        }
        assert_eq!(set.pin().checked_insert(100).expect_err("there is no place").key, 100);
        assert_eq!(set.pin().checked_insert(1), Ok(false));
        assert_eq!((set.len() as u64, set.pin().contains(&100)), (PLACES, false));
        assert!(set.pin().try_reserve(1).is_err());
        assert!(set.pin().remove(&5));
        set.reclaim();
        assert_eq!(set.pin().checked_insert(101), Ok(true));
        assert_eq!((set.len() as u64, set.pin().contains(&101), set.pin().contains(&5)), (PLACES, true, false));
    });
}
