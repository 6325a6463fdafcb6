//! Model tests of `LockFreeSkipMap`: two levels with every node but the first on both, at most two entries in a leaf, and what is removed is
//! reclaimed at once. Up to two entries are in the first node; three are in two nodes, the third in the second; and so on.
//!
//! Four stories in which both sides reclaim take a checker that knows no bound on preemptions too long outside the full tier (a split has
//! 208,934 executions there; the others have not been seen to their end); it explores them with nothing reclaimed meanwhile, too.

#![cfg(loom)]

mod model;

use std::ops::Bound::Excluded;
use std::sync::atomic::Ordering::Relaxed;

use lockfree_collections::{LockFreeSkipMap, stall};
use loom::sync::Arc;
use loom::thread;
use model::late::{Late, Stage};
use model::scenario::{Setting, Story, stories, weakened_sites};
use model::{RACE, Refuted, Twin, Value, Values, refuted, twin};
use verify_harness::evidence::Tier;

const NAME: &str = "LockFreeSkipMap";

type Map = LockFreeSkipMap<u64, Value>;

/// Runs `body` with a map of `keys`, each with ten times its number; then all values that were made must be dropped once.
fn with_map(keys: &[u64], body: impl FnOnce(&Arc<Map>, &Values) -> u64) {
    let values = Values::default();
    let map = Arc::new(Map::new());
    for key in keys {
        drop(map.insert(*key, values.make(10 * key)));
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
    map.get(&key).map(|entry| entry.value().number())
}

fn replace(map: &Map, values: &Values, key: u64, number: u64) -> Option<u64> {
    map.replace(key, values.make(number)).map(|entry| entry.value().number())
}

fn remove(map: &Map, key: u64) -> Option<u64> {
    map.remove(&key).map(|entry| entry.value().number())
}

/// All keys, forwards; backwards they must be the same.
fn keys(map: &Map) -> Vec<u64> {
    let forwards: Vec<_> = map.iter().map(|entry| *entry.key()).collect();
    let mut backwards: Vec<_> = map.iter().rev().map(|entry| *entry.key()).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    forwards
}

/// Two threads insert the same key: one of them is first, the other finds its value.
fn same_key() {
    with_map(&[], |map, values| {
        let other = spawn(map, values, |map, values| replace(map, values, 1, 5));
        let own = replace(map, values, 1, 6);
        let other = other.join().unwrap();
        let last = get(map, 1).unwrap();
        assert!(matches!((own, other, last), (None, Some(6), 5) | (Some(5), None, 6)), "{own:?} {other:?} {last}");
        assert_eq!(map.len(), 1);
        2
    });
}

/// Two threads insert different keys at one place.
fn neighbours() {
    with_map(&[], |map, values| {
        let other = spawn(map, values, |map, values| replace(map, values, 1, 5));
        assert_eq!((replace(map, values, 2, 6), other.join().unwrap()), (None, None));
        assert_eq!((keys(map), get(map, 1), get(map, 2)), (vec![1, 2], Some(5), Some(6)));
        2
    });
}

/// One thread inserts behind the entry that another removes.
fn insert_behind_removed() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!(replace(map, values, 2, 5), None);
        assert_eq!(other.join().unwrap(), Some(10));
        assert_eq!((keys(map), get(map, 2)), (vec![2], Some(5)));
        1
    });
}

/// Two neighbours are removed at once.
fn remove_neighbours() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!((remove(map, 2), other.join().unwrap()), (Some(20), Some(10)));
        assert!(keys(map).is_empty());
        0
    });
}

/// Two threads remove one entry: one of them does.
fn remove_the_same() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        let (own, other) = (remove(map, 1), other.join().unwrap());
        assert!(matches!((own, other), (Some(10), None) | (None, Some(10))), "{own:?} {other:?}");
        assert!(map.is_empty());
        0
    });
}

/// One thread replaces what another removes: nobody finds a value twice.
fn replace_and_remove() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, values| replace(map, values, 1, 5));
        let own = remove(map, 1);
        let found = (own, other.join().unwrap(), get(map, 1));
        assert!(matches!(found, (Some(10), None, Some(5)) | (Some(5), Some(10), None)), "{found:?}");
        1
    });
}

/// An entry is put in and removed, while another thread removes it: also while it is put on its second level.
fn insert_and_remove_twice() {
    with_map(&[], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!(replace(map, values, 1, 5), None);
        let (own, other) = (remove(map, 1), other.join().unwrap());
        assert!(matches!((own, other), (Some(5), None) | (None, Some(5))), "{own:?} {other:?}");
        assert!(keys(map).is_empty());
        1
    });
}

/// A reader finds the entry, with its value, or none.
fn read_beside_insert_and_remove() {
    with_map(&[], |map, values| {
        let other = spawn(map, values, |map, values| {
            replace(map, values, 1, 5);
            remove(map, 1)
        });
        assert!(matches!(get(map, 1), None | Some(5)));
        assert_eq!(other.join().unwrap(), Some(5));
        1
    });
}

/// A reader finds what is there all the while, past an entry that is removed and reclaimed.
fn read_past_removed() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 1));
        assert_eq!(get(map, 2), Some(20));
        assert_eq!(other.join().unwrap(), Some(10));
        0
    });
}

/// A value is replaced, and the reader finds the old or the new one.
fn read_beside_replacement() {
    with_map(&[1], |map, values| {
        let other = spawn(map, values, |map, values| replace(map, values, 1, 5));
        assert!(matches!(get(map, 1), Some(10 | 5)));
        assert_eq!((other.join().unwrap(), get(map, 1)), (Some(10), Some(5)));
        1
    });
}

/// An entry is held while it is removed and others are reclaimed.
fn held_entry() {
    with_map(&[1], |map, values| {
        let entry = map.get(&1).unwrap();
        let other = spawn(map, values, |map, values| {
            assert_eq!(remove(map, 1), Some(10));
            replace(map, values, 2, 5);
            remove(map, 2)
        });
        assert_eq!(entry.value().number(), 10);
        assert_eq!(other.join().unwrap(), Some(5));
        assert_eq!((*entry.key(), entry.value().number(), entry.is_removed()), (1, 10, true));
        drop(entry);
        1
    });
}

/// The first node is split by an insertion, and a reader finds an entry of it.
fn read_beside_split() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, values| replace(map, values, 3, 5));
        assert_eq!(get(map, 2), Some(20));
        assert_eq!(other.join().unwrap(), None);
        assert_eq!(keys(map), [1, 2, 3]);
        1
    });
}

/// A node is split by an insertion, and another is put into it.
fn insert_beside_split() {
    with_map(&[1, 3], |map, values| {
        let other = spawn(map, values, |map, values| replace(map, values, 4, 5));
        assert_eq!(replace(map, values, 2, 6), None);
        assert_eq!(other.join().unwrap(), None);
        assert_eq!((keys(map), get(map, 2), get(map, 4)), (vec![1, 2, 3, 4], Some(6), Some(5)));
        2
    });
}

/// The entry that the second node begins with is removed, and a reader finds the one behind it.
fn read_beside_later_beginning() {
    with_map(&[1, 2, 3, 4], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 3));
        assert_eq!(get(map, 4), Some(40));
        assert_eq!(other.join().unwrap(), Some(30));
        assert_eq!(keys(map), [1, 2, 4]);
        0
    });
}

/// The entry that the second node begins with is replaced by one thread, and the one behind it by another.
fn replace_beside_later_beginning() {
    with_map(&[1, 2, 3, 4], |map, values| {
        let other = spawn(map, values, |map, values| replace(map, values, 3, 5));
        assert_eq!(replace(map, values, 4, 6), Some(40));
        assert_eq!(other.join().unwrap(), Some(30));
        assert_eq!((get(map, 3), get(map, 4)), (Some(5), Some(6)));
        2
    });
}

/// The second node becomes empty, and is removed, while an entry is put into it again.
fn insert_beside_emptying() {
    with_map(&[1, 2, 3], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 3));
        assert_eq!(replace(map, values, 4, 5), None);
        assert_eq!(other.join().unwrap(), Some(30));
        assert_eq!(keys(map), [1, 2, 4]);
        1
    });
}

/// A walk goes from the first node to the second, which becomes empty.
fn walk_beside_emptying() {
    with_map(&[1, 2, 3], |map, values| {
        let other = spawn(map, values, |map, _| remove(map, 3));
        let found: Vec<_> = map.range(2..).map(|entry| *entry.key()).collect();
        assert!(matches!(found[..], [2] | [2, 3]), "{found:?}");
        assert_eq!(other.join().unwrap(), Some(30));
        0
    });
}

/// A walk steps from the first node to the second, which is replaced by one that begins later.
fn step_beside_later_beginning() {
    with_map(&[1, 2, 3, 4], |map, values| {
        let mut walk = map.range(2..);
        assert_eq!(walk.next().map(|entry| *entry.key()), Some(2));
        let other = spawn(map, values, |map, _| remove(map, 3));
        let found = walk.next().map(|entry| *entry.key());
        assert!(matches!(found, Some(3 | 4)), "{found:?}");
        drop(walk);
        assert_eq!(other.join().unwrap(), Some(30));
        0
    });
}

/// The first entry behind a key is in the next node, or is put into the node before: what is found was the first at some time.
fn first_behind_beside_insertions() {
    with_map(&[1, 2, 5], |map, values| {
        drop(map.remove(&2));
        let other = spawn(map, values, |map, values| {
            replace(map, values, 3, 6);
            replace(map, values, 4, 7);
        });
        let first = map.lower_bound(Excluded(&1)).map(|entry| *entry.key());
        assert!(matches!(first, Some(3 | 5)), "{first:?}");
        other.join().unwrap();
        2
    });
}

/// As `first_behind_beside_insertions`, for a walker that finds the node before empty twice: in between an entry was in it, as long as the
/// second one behind came first there.
fn first_behind_a_node_that_is_empty_again() {
    with_map(&[1, 2, 5, 6], |map, values| {
        assert_eq!((remove(map, 1), remove(map, 2)), (Some(10), Some(20)));
        let looks = Arc::clone(map);
        let walker = Late::at(&[&["O15", "O15"], &["O21"]], move || {
            looks.lower_bound(Excluded(&1)).map(|entry| entry.value().number())
        });
        replace(map, values, 3, 30);
        let removes = Arc::clone(map);
        let remover = Late::at(&[&["O8"]], move || remove(&removes, 5));
        walker.go_on_to_the_next();
        walker.go_on();
        assert_eq!((remover.end(), remove(map, 6), remove(map, 3)), (Some(50), Some(60), Some(30)));
        let first = walker.join();
        assert!(matches!(first, Some(30) | None), "{first:?} was never the first");
        1
    });
}

/// A value is taken out while the other thread, perhaps, looks at it.
fn take_beside_a_reader() {
    let values = Values::default();
    let map = Arc::new(LockFreeSkipMap::new());
    drop(map.insert(1, std::sync::Arc::new(values.make(10))));
    let reads = Arc::clone(&map);
    let other = thread::spawn(move || reads.get(&1).map(|entry| entry.value().number()));
    let taken = map.take(&1).expect("nobody else removes it");
    assert_eq!(taken.number(), 10);
    assert!(matches!(other.join().unwrap(), None | Some(10)));
    // A clone, if the reader was there; which a look at the garbage shows.
    map.reclaim();
    assert_eq!(std::sync::Arc::strong_count(&taken), 1);
    drop((taken, map));
    assert_eq!(values.dropped(), 1);
}

/// An iteration meets a removal and an insertion: it yields what is there all the while, in order.
fn iteration() {
    with_map(&[1, 2, 4], |map, values| {
        let other = spawn(map, values, |map, values| {
            replace(map, values, 3, 5);
            remove(map, 2)
        });
        let found: Vec<_> = map.iter().map(|entry| *entry.key()).collect();
        assert!(found.windows(2).all(|pair| pair[0] < pair[1]), "{found:?}");
        assert!(found.contains(&1) && found.contains(&4), "{found:?}");
        assert_eq!(other.join().unwrap(), Some(20));
        assert_eq!(keys(map), [1, 3, 4]);
        1
    });
}

/// Two threads take the first entry: not the same.
fn pops() {
    with_map(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, _| map.pop_front().map(|entry| *entry.key()));
        let own = map.pop_front().map(|entry| *entry.key());
        let mut found = [own.unwrap(), other.join().unwrap().unwrap()];
        found.sort_unstable();
        assert_eq!(found, [1, 2]);
        assert!(map.pop_back().is_none());
        0
    });
}

/// Two threads that take the last entry out of a map of three, and the node that it is alone in, and a third one that walks past.
/// `other` takes something off in the middle, and reaches stage 2; `last` does the rest, and frees what it has taken off without having seen
/// that. It has passed its fence and not seen the walker when it tells stage 3; then the walker begins, and passes its own; then the other
/// one goes on to its end, which is stage 5. At stage 6 that is freed which the walker must not find.
fn taken_out_by_two(
    other: fn(&Map, &Arc<Stage>),
    last: fn(&Map, &Arc<Stage>),
    walk: fn(&Map) -> Option<u64>,
) -> Option<u64> {
    let mut found = None;
    with_map(&[1, 2, 3], |map, values| {
        let stage = Stage::new();
        let stages = Arc::clone(&stage);
        let last = spawn(map, values, move |map, _| {
            last(map, &stages);
            let stops = Arc::clone(&stages);
            // The slot of the other one comes last.
            stall::then(&["E6", "E6", "E6"], move || {
                stops.tell(3);
                stops.wait_for(5);
            });
            map.reclaim();
            stages.reach(6);
        });
        let stages = Arc::clone(&stage);
        let other = spawn(map, values, move |map, _| {
            other(map, &stages);
            stages.reach(5);
        });
        stage.learn(3);
        stall::then(&["O3"], move || {
            stage.tell(4);
            stage.wait_for(6);
        });
        found = walk(map);
        last.join().unwrap();
        other.join().unwrap();
        0
    });
    found
}

/// Stops the calling thread there: it reaches stage 2, and goes on at stage 4. At the first stop it tells stage 1.
fn off_by_half(first: &'static [&'static str], second: &'static [&'static str], stage: &Arc<Stage>) {
    let stages = Arc::clone(stage);
    stall::then(first, move || stages.tell(1));
    let stages = Arc::clone(stage);
    stall::then(second, move || {
        stages.reach(2);
        stages.learn(4);
    });
}

/// An entry is removed, and its node is taken off the upper level, but not yet off the lowest; from where another thread takes it, and
/// frees it, without having seen the rest. A walk finds it on neither level.
fn taken_off_by_two() {
    let found = taken_out_by_two(
        |map, stage| {
            off_by_half(&["O8", "O24"], &["O16", "O3"], stage);
            assert_eq!(remove(map, 3), Some(30));
        },
        |map, stage| {
            stage.learn(1);
            stage.wait_for(2);
            assert_eq!(get(map, 1), Some(10));
        },
        |map| get(map, 1),
    );
    assert_eq!(found, Some(10));
}

/// An entry is removed by one thread, and the node that begins with it taken off by another; the first one frees the entry, without
/// having seen that. A walk does not find the node, whose beginning it would compare.
fn let_go_by_two() {
    let found = taken_out_by_two(
        |map, stage| {
            stage.learn(0);
            off_by_half(&["O8", "O24"], &["O11", "O17"], stage);
            assert!(map.lower_bound(Excluded(&2)).is_none());
        },
        |map, stage| {
            let stages = Arc::clone(stage);
            stall::then(&["O11"], move || {
                stages.tell(0);
                stages.learn(1);
                stages.wait_for(2);
            });
            assert_eq!(remove(map, 3), Some(30));
        },
        |map| get(map, 3),
    );
    assert_eq!(found, None);
}

/// One thread removes an entry, another helps it, and a third walks past.
fn helped() {
    with_map(&[1], |map, values| {
        let remover = spawn(map, values, |map, _| remove(map, 1));
        let helper = spawn(map, values, |map, _| get(map, 2));
        assert_eq!(get(map, 2), None);
        assert_eq!((remover.join().unwrap(), helper.join().unwrap()), (Some(10), None));
        0
    });
}

const STORIES: &[Story] = &[
    Story::new("helped", "1 entry: [[remove 1], [get 2], [get 2]]", helped).preemptions(2),
    Story::new("same_key", "[[replace 1], [replace 1]]", same_key).preemptions(2),
    Story::new("neighbours", "[[insert 1], [insert 2]]", neighbours).preemptions(2),
    Story::new("insert_behind_removed", "1 entry: [[remove 1], [insert 2]]", insert_behind_removed).preemptions(2),
    Story::new("remove_neighbours", "2 entries: [[remove 1], [remove 2]]", remove_neighbours).preemptions(2),
    Story::new("remove_the_same", "1 entry: [[remove 1], [remove 1]]", remove_the_same).preemptions(2),
    Story::new("replace_and_remove", "1 entry: [[replace 1], [remove 1]]", replace_and_remove).preemptions(2),
    Story::new("insert_and_remove_twice", "[[remove 1], [insert 1, remove 1]]", insert_and_remove_twice).preemptions(2),
    Story::new("read_beside_insert_and_remove", "[[insert 1, remove 1], [get 1]]", read_beside_insert_and_remove)
        .preemptions(2),
    Story::new("read_past_removed", "2 entries: [[remove 1], [get 2]]", read_past_removed).preemptions(2),
    Story::new("read_beside_replacement", "1 entry: [[replace 1], [get 1]]", read_beside_replacement).preemptions(2),
    Story::new("held_entry", "1 entry: [[remove 1, insert 2, remove 2], [hold 1]]", held_entry).preemptions(2),
    Story::new("read_beside_split", "2 entries: [[insert 3], [get 2]]", read_beside_split).preemptions(2),
    Story::new("insert_beside_split", "2 entries: [[insert 4], [insert 2]]", insert_beside_split)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("read_beside_later_beginning", "2 and 2 entries: [[remove 3], [get 4]]", read_beside_later_beginning)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("replace_beside_later_beginning", "2 and 2: [[replace 3], [replace 4]]", replace_beside_later_beginning)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("insert_beside_emptying", "2 and 1 entries: [[remove 3], [insert 4]]", insert_beside_emptying)
        .preemptions(2)
        .whole(Tier::Full),
    Story::new("walk_beside_emptying", "2 and 1 entries: [[remove 3], [iterate from 2]]", walk_beside_emptying)
        .preemptions(2)
        .whole(Tier::Default),
    Story::new("step_beside_later_beginning", "2 and 2: [[remove 3], [step from 2]]", step_beside_later_beginning)
        .preemptions(2),
    Story::new(
        "first_behind_beside_insertions",
        "[1], [5]: [[insert 3, insert 4], [first behind 1]]",
        first_behind_beside_insertions,
    )
    .preemptions(2)
    .whole(Tier::Default),
    Story::new(
        "first_behind_a_node_that_is_empty_again",
        "[3], [6]: [[remove 6, remove 3], [first behind 1, from where it has seen none and 6]]",
        first_behind_a_node_that_is_empty_again,
    )
    .setting(Setting::Patient)
    .preemptions(2),
    // What takes long while memory is reclaimed, with nothing reclaimed meanwhile.
    Story::new(
        "insert_beside_split_unreclaimed",
        "2 entries, nothing reclaimed: [[insert 4], [insert 2]]",
        insert_beside_split,
    )
    .setting(Setting::Patient)
    .unbounded(),
    Story::new(
        "replace_beside_later_beginning_unreclaimed",
        "2 and 2, nothing reclaimed: [[replace 3], [replace 4]]",
        replace_beside_later_beginning,
    )
    .setting(Setting::Patient)
    .unbounded(),
    Story::new(
        "insert_beside_emptying_unreclaimed",
        "2 and 1 entries, nothing reclaimed: [[remove 3], [insert 4]]",
        insert_beside_emptying,
    )
    .setting(Setting::Patient)
    .unbounded(),
    Story::new(
        "first_behind_beside_insertions_unreclaimed",
        "[1], [5], nothing reclaimed: [[insert 3, insert 4], [first behind 1]]",
        first_behind_beside_insertions,
    )
    .setting(Setting::Patient)
    .unbounded(),
    Story::new("iteration_unreclaimed", "3 entries, nothing reclaimed: [[insert 3, remove 2], [iterate]]", iteration)
        .setting(Setting::Patient)
        .unbounded()
        .whole(Tier::Default),
    Story::new("take_beside_a_reader", "1 entry: [[take 1], [get 1]]", take_beside_a_reader).preemptions(2),
    Story::new("iteration", "3 entries: [[insert 3, remove 2], [iterate]]", iteration).preemptions(2).whole(Tier::Full),
    Story::new("pops", "2 entries: [[pop_front], [pop_front]]", pops).preemptions(2),
    // Stops leave the checker the order of few steps of these, but all that each of them may read.
    Story::new(
        "taken_off_by_two",
        "3 entries: [[remove 3, half of it late], [get 1, reclaim], [get 1, begun before]]",
        taken_off_by_two,
    )
    .unbounded()
    .whole(Tier::Default),
    Story::new(
        "let_go_by_two",
        "3 entries: [[remove 3, reclaim], [first behind 2, late], [get 3, begun before]]",
        let_go_by_two,
    )
    .unbounded()
    .whole(Tier::Default),
];

stories! {
    helped same_key neighbours insert_behind_removed remove_neighbours remove_the_same replace_and_remove insert_and_remove_twice
    read_beside_insert_and_remove read_past_removed read_beside_replacement held_entry read_beside_split insert_beside_split
    read_beside_later_beginning replace_beside_later_beginning insert_beside_emptying walk_beside_emptying
    step_beside_later_beginning first_behind_beside_insertions first_behind_a_node_that_is_empty_again insert_beside_split_unreclaimed replace_beside_later_beginning_unreclaimed insert_beside_emptying_unreclaimed first_behind_beside_insertions_unreclaimed iteration_unreclaimed take_beside_a_reader iteration pops taken_off_by_two let_go_by_two
}

/// Every site that is not relaxed, one step weaker.
const TWINS: &[Twin] = &[
    twin("O3", Relaxed),
    twin("O4", Relaxed),
    twin("O5", Relaxed),
    twin("O6", Relaxed),
    twin("O8", Relaxed),
    twin("O10", Relaxed),
    twin("O11", Relaxed),
    twin("O15", Relaxed),
    twin("O16", Relaxed),
    twin("O21", Relaxed),
    twin("O38", Relaxed),
];

/// What refutes which site.
const REFUTED: &[Refuted] = &[
    refuted("O3", Relaxed, "read_beside_split", RACE),
    refuted("O4", Relaxed, "read_beside_split", RACE),
    refuted("O5", Relaxed, "read_beside_split", RACE),
    refuted("O6", Relaxed, "same_key", RACE),
    refuted("O8", Relaxed, "read_beside_split", RACE),
    refuted("O15", Relaxed, "same_key", RACE),
];

/// What a checker that explores everything refutes, and loom has not, on these stories.
const REFUTED_BY_ALL_EXECUTIONS: &[Refuted] = &[
    refuted("O10", Relaxed, "read_beside_split", RACE),
    refuted("O38", Relaxed, "step_beside_later_beginning", RACE),
    refuted("O11", Relaxed, "let_go_by_two", "use after free"),
    refuted("O16", Relaxed, "taken_off_by_two", "use after free"),
    refuted("O21", Relaxed, "first_behind_a_node_that_is_empty_again", "was never the first"),
];

weakened_sites!(NAME, STORIES, TWINS, {
    refuted: REFUTED,
    refuted_by_all_executions: REFUTED_BY_ALL_EXECUTIONS,
    unrefuted: &[],
});
