//! A map that becomes larger from the first bucket to the last: these take minutes.

use crate::model::Value;
use crate::{get, insert, keys, remove, spawn, with_map};

/// A thread inserts the key that makes the map grow, the other one in what becomes a bucket of its own.
pub fn growth_and_insert() {
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
pub fn growth_and_replace() {
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
pub fn growth_and_reads() {
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

/// A thread makes the map grow, the other one removes a key of the new bucket.
pub fn growth_and_remove() {
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

/// An iteration while the map grows yields what is there all the while, once.
pub fn iteration_beside_growth() {
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

/// A thread makes the map grow, and both move it, each one bucket: whoever is last sees what the other one has moved.
pub fn two_move_a_table() {
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
pub fn two_lengthen_a_bucket() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, values| insert(map, values, 3, 5));
        assert_eq!(insert(map, values, 6, 6), None);
        assert_eq!(other.join().unwrap(), None);
        2
    });
}
