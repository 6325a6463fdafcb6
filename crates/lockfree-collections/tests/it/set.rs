//! `LockFreeHashSet`: what it does beyond the map that it is made of.

use std::cell::Cell;
use std::collections::HashSet;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
                0..2 => pinned.insert(key) == theirs.insert(key),
                2 => pinned.checked_insert(key) == Ok(theirs.insert(key)),
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
    assert_eq!(set.pin().checked_insert(String::from("a")), Ok(false));
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

#[test]
fn set_holds_keys_of_any_size_and_alignment() {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[repr(align(512))]
    struct Wide(u8);
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[repr(align(512))]
    struct Nothing;

    let nothing = LockFreeHashSet::from([Nothing]);
    assert!(!nothing.pin().insert(Nothing) && nothing.pin().contains(&Nothing));
    assert!(std::ptr::from_ref(nothing.pin().get(&Nothing).unwrap()).addr() % 512 == 0);
    assert!(nothing.pin().remove(&Nothing) && nothing.is_empty());

    let wide: LockFreeHashSet<_> = (0..200).map(Wide).collect();
    assert!(wide.pin().iter().all(|key| std::ptr::from_ref(key).addr() % 512 == 0));
    assert_eq!(wide.pin().iter().copied().collect::<HashSet<_>>(), (0..200).map(Wide).collect());
}

/// Equal to those of its number; counts its drops, and borrows.
#[derive(Debug)]
struct Borrows<'a>(u32, &'a Cell<u32>);

impl PartialEq for Borrows<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Borrows<'_> {}

impl std::hash::Hash for Borrows<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Drop for Borrows<'_> {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
    }
}

#[test]
fn set_drops_every_key_once_beside_forgotten_guards_and_panics() {
    let drops = Cell::new(0);
    let set = LockFreeHashSet::new();
    for round in 0..100 {
        for number in 0..50 {
            assert!(set.pin().insert(Borrows(number, &drops)));
        }
        if round < 5 {
            mem::forget(set.pin());
            mem::forget(set.owned_guard());
        }
        // Some are removed before the panic, others not.
        let some = AssertUnwindSafe(|| set.pin().retain(|key| key.0 > 40 || (key.0 > 30 && panic!("retain"))));
        assert!(catch_unwind(some).is_err());
        assert_eq!(set.pin().iter().filter(|key| key.0 > 30).count(), 19);
        set.pin().clear();
    }
    assert!(set.is_empty());
    drop(set);
    assert_eq!(drops.get(), 100 * 50);
}
