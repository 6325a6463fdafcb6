//! `LockFreeHashSet`: what it does beyond the map that it is made of.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;

use lockfree_collections::LockFreeHashSet;
use quickcheck::quickcheck;

quickcheck! {
    fn set_agrees_with_std(steps: Vec<(u8, u8)>) -> bool {
        let (ours, mut theirs) = (LockFreeHashSet::new(), HashSet::new());
        steps.iter().all(|(key, what)| {
            let (key, pinned) = (key % 32, ours.pin());
            let same = match what % 8 {
                0..3 => pinned.insert(key) == theirs.insert(key),
                3..5 => pinned.remove(&key) == theirs.remove(&key),
                5 => pinned.contains(&key) == theirs.contains(&key),
                6 => pinned.get(&key) == theirs.get(&key),
                _ => {
                    pinned.retain(|other| *other != key);
                    theirs.retain(|other| *other != key);
                    pinned.iter().copied().collect::<HashSet<_>>() == theirs
                }
            };
            same && pinned.len() == theirs.len() && pinned.is_empty() == theirs.is_empty()
        })
    }
}

#[test]
fn set_lets_one_thread_insert_each_key() {
    let set = LockFreeHashSet::new();
    let gate = Barrier::new(4);
    let new: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    gate.wait();
                    (0..5_000).filter(|number| set.pin().insert(*number)).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((new, set.len()), (5_000, 5_000));
}

#[test]
fn set_keeps_the_key_that_is_there() {
    let set = LockFreeHashSet::from([String::from("a")]);
    let first = set.pin().get("a").unwrap().as_ptr();
    assert!(!set.pin().insert(String::from("a")));
    assert_eq!(set.pin().get("a").unwrap().as_ptr(), first);
}

#[test]
fn set_is_built_compared_cloned_and_printed() {
    let mut set: LockFreeHashSet<_> = (0..3).collect();
    set.extend([3]);
    (&set).extend([&4]);
    let clone = set.clone();
    assert_eq!(set, clone);
    assert!(clone.pin_owned().remove(&4));
    assert_ne!(set, clone);
    clone.pin().clear();
    assert!(clone.is_empty() && clone.reclaim() > 0);
    assert_eq!(format!("{:?}", LockFreeHashSet::from(['a'])), "{'a'}");
    let mut keys: Vec<_> = set.into_iter().collect();
    keys.sort_unstable();
    assert_eq!(keys, [0, 1, 2, 3, 4]);
}
