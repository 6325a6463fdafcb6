//! One bucket on its way to the larger table.

use lockfree_collections::map::{Compute, Operation};

use crate::model::Values;
use crate::{Map, get, insert, keys, remove, spawn, with_map, with_map_of};

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

pub fn move_and_get() {
    beside_a_move(
        |map, _| {
            assert_eq!(get(map, 5), Some(50));
            0
        },
        &[1, 2, 3, 5, 9],
    );
}

pub fn move_and_miss() {
    beside_a_move(
        |map, _| {
            assert_eq!(get(map, 6), None);
            0
        },
        &[1, 2, 3, 5, 9],
    );
}

pub fn move_and_insert() {
    beside_a_move(
        |map, values| {
            assert_eq!(insert(map, values, 6, 7), None);
            1
        },
        &[1, 2, 3, 5, 6, 9],
    );
}

pub fn move_and_remove() {
    beside_a_move(
        |map, _| {
            assert_eq!(remove(map, 5), Some(50));
            0
        },
        &[1, 2, 3, 9],
    );
}

pub fn move_and_replace() {
    beside_a_move(
        |map, values| {
            assert_eq!(insert(map, values, 5, 7), Some(50));
            1
        },
        &[1, 2, 3, 5, 9],
    );
}

pub fn move_and_compute() {
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

pub fn move_and_iterate() {
    beside_a_move(
        |map, _| {
            assert_eq!(keys(map), [1, 2, 3, 5, 9]);
            0
        },
        &[1, 2, 3, 5, 9],
    );
}

/// A thread moves the last bucket, and puts the new table in the place of the old one, while the other one reads.
pub fn last_move_and_get() {
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
pub fn last_move_by_two_and_get() {
    with_map(&[1, 9, 2, 3], |map, values| {
        let movers = [0, 1].map(|_| spawn(map, values, |map, _| assert_eq!(remove(map, 4), None)));
        assert_eq!(get(map, 9), Some(90));
        movers.into_iter().for_each(|mover| mover.join().unwrap());
        0
    });
}

/// The map has grown: the last bucket is moved by a thread while the other one uses it.
pub fn two_move_a_bucket() {
    with_map(&[1, 9, 2, 3], |map, values| {
        let other = spawn(map, values, |map, _| get(map, 9));
        assert_eq!(insert(map, values, 10, 5), None);
        assert_eq!(other.join().unwrap(), Some(90));
        assert_eq!(keys(map), [1, 2, 3, 9, 10]);
        1
    });
}
