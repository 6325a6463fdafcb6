//! Keys, values and closures that panic.

use std::cell::Cell;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use lockfree_collections::LockFreeHashMap;
use lockfree_collections::map::Operation;

use super::Few;
use crate::support::{Census, Counted};

/// Panics in `Hash` and `Eq` when it is told to.
#[derive(Debug)]
struct Moody<'a>(u32, &'a Cell<u32>);

impl Hash for Moody<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        assert_ne!(self.1.get(), 1, "told to panic in Hash");
        self.0.hash(state);
    }
}

impl PartialEq for Moody<'_> {
    fn eq(&self, other: &Self) -> bool {
        assert_ne!(self.1.get(), 2, "told to panic in Eq");
        self.0 == other.0
    }
}

impl Eq for Moody<'_> {}

#[test]
fn map_is_usable_after_panics_of_keys() {
    let census = Census::default();
    let mood = Cell::new(0);
    let map = LockFreeHashMap::<_, _, Few<1>>::default();
    for number in 0..10 {
        map.pin().insert(Moody(number, &mood), census.value(0));
    }
    for bad in [1, 2] {
        mood.set(bad);
        let attempts: [&dyn Fn(); 6] = [
            &|| _ = map.pin().insert(Moody(3, &mood), census.value(1)),
            &|| _ = map.pin().get(&Moody(3, &mood)),
            &|| _ = map.pin().remove(&Moody(3, &mood)),
            &|| _ = map.pin().try_insert(Moody(30, &mood), census.value(1)),
            &|| _ = map.pin().update_or_insert_with(Moody(3, &mood), |_| census.value(1), || census.value(1)),
            &|| _ = map.take_it(&Moody(3, &mood)),
        ];
        for attempt in attempts {
            assert!(catch_unwind(AssertUnwindSafe(attempt)).is_err());
        }
    }
    mood.set(0);
    assert_eq!((map.len(), census.alive()), (10, 10));
    assert!((0..10).all(|number| map.pin().contains_key(&Moody(number, &mood))));
    assert!(map.pin().remove(&Moody(3, &mood)).is_some());
    assert!(map.pin().insert(Moody(3, &mood), census.value(3)).is_none());
}

trait TakeIt<K> {
    fn take_it(&self, key: &K) -> bool;
}

impl<K: Hash + Eq, S: BuildHasher> TakeIt<K> for LockFreeHashMap<K, Counted, S> {
    fn take_it(&self, key: &K) -> bool {
        self.pin().remove_entry(key).is_some()
    }
}

#[test]
fn map_is_usable_after_panics_of_closures() {
    let census = Census::default();
    let map = LockFreeHashMap::from([(1, census.value(1)), (2, census.value(2))]);
    let attempts: [&dyn Fn(); 9] = [
        &|| _ = map.pin().update(1, |_| panic!("update")),
        &|| _ = map.pin().update_or_insert(1, |_| panic!("update"), census.value(0)),
        &|| _ = map.pin().try_insert_with(3, || panic!("make")),
        &|| _ = map.pin().update_or_insert_with(3, |_| census.value(0), || panic!("make")),
        &|| _ = map.pin().get_or_insert_with(3, || panic!("make")),
        &|| _ = map.pin().compute(1, |_| -> Operation<_, ()> { panic!("compute") }),
        &|| _ = map.pin().compute(3, |_| -> Operation<_, ()> { Operation::Remove }),
        &|| _ = map.pin().remove_if(&1, |_, _| panic!("condition")),
        &|| map.pin().retain(|key, _| *key == 1 || panic!("retain")),
    ];
    for attempt in attempts {
        assert!(catch_unwind(AssertUnwindSafe(attempt)).is_err());
    }
    assert_eq!((map.len(), census.alive()), (2, 2));
    assert_eq!(map.pin().get(&1).unwrap().number, 1);
    assert_eq!(map.pin().get(&2).unwrap().number, 2);
}

/// Panics in `Hash` when it has been called so often.
struct Fuse<'a>(u32, &'a Cell<u32>);

impl Hash for Fuse<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let left = self.1.get();
        self.1.set(left.saturating_sub(1));
        assert_ne!(left, 1, "told to panic in Hash");
        self.0.hash(state);
    }
}

impl PartialEq for Fuse<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Fuse<'_> {}

#[test]
fn map_is_moved_on_after_a_panic_while_it_is_moved() {
    let mut panics_after_the_key = 0;
    for calls in 1.. {
        let (census, fuse) = (Census::default(), Cell::new(calls));
        // The same hashes in every run, so that the same keys are moved.
        let map = LockFreeHashMap::with_hasher(BuildHasherDefault::<DefaultHasher>::default());
        let mut done = Vec::new();
        for number in 0..70_u32 {
            let calls = fuse.get();
            let insert = || assert!(map.pin().insert(Fuse(number, &fuse), census.value(0)).is_none());
            if catch_unwind(AssertUnwindSafe(insert)).is_ok() {
                done.push(number);
            } else {
                panics_after_the_key += usize::from(calls > 1);
            }
        }
        if fuse.replace(0) > 0 {
            assert_eq!(done.len(), 70);
            break;
        }
        assert_eq!(done.len(), 69, "one call panics");
        assert!(done.iter().all(|number| map.pin().contains_key(&Fuse(*number, &fuse))), "{calls}");
        let mut keys: Vec<_> = map.pin().keys().map(|key| key.0).collect();
        keys.sort_unstable();
        keys.dedup();
        map.reclaim();
        assert_eq!([keys.len(), census.alive()], [map.len(); 2], "{calls}");
        drop(map);
        assert_eq!(census.alive(), 0);
    }
    assert!(panics_after_the_key > 40, "while other keys were moved: {panics_after_the_key}");
}

/// Panics in `Clone` when it is told to.
struct Unique<'a>(Counted, &'a Census, &'a Cell<bool>);

impl Clone for Unique<'_> {
    fn clone(&self) -> Self {
        assert!(!self.2.get(), "told to panic in Clone");
        Self(self.1.value(self.0.number), self.1, self.2)
    }
}

#[test]
fn map_loses_nothing_when_a_clone_panics() {
    let (census, panics) = (Census::default(), Cell::new(false));
    let map = LockFreeHashMap::new();
    (0..10).for_each(|number| _ = map.pin().insert(number, Unique(census.value(number), &census, &panics)));
    let other = map.guard();
    assert_eq!(map.get(&3, &other).map(|value| value.0.number), Some(3));
    panics.set(true);
    assert!(catch_unwind(AssertUnwindSafe(|| map.clone())).is_err());
    // The key is removed by then; its value stays as long as the other guard.
    assert!(catch_unwind(AssertUnwindSafe(|| map.take(&3).is_some())).is_err());
    assert_eq!((map.len(), census.alive()), (9, 10));
    panics.set(false);
    assert_eq!(map.clone().len(), 9);
    assert!(map.take(&3).is_none());
    drop(other);
    assert_eq!((map.reclaim(), census.alive()), (1, 9));
}

#[test]
fn map_goes_on_after_a_drop_that_panics() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    let mut panics = 0;
    for number in 0..2_000 {
        let value = if number % 500 == 7 { census.bomb(number) } else { census.value(number) };
        // The panic comes out of an operation that is done.
        panics += usize::from(catch_unwind(AssertUnwindSafe(|| _ = map.pin().insert(0, value))).is_err());
        assert_eq!(map.pin().get(&0).unwrap().number, number);
    }
    panics += usize::from(catch_unwind(AssertUnwindSafe(|| map.reclaim())).is_err());
    assert_eq!(panics, 4);
    map.reclaim();
    assert_eq!(census.alive(), 1);
    map.pin().insert(1, census.bomb(1));
    map.pin().insert(2, census.value(2));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(map))).is_err());
    assert_eq!(census.alive(), 0);
}
