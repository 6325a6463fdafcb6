//! Values of every kind: each is dropped once, and kept as long as it is borrowed.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lockfree_collections::LockFreeHashMap;

use crate::support::Census;

#[test]
fn map_drops_every_key_and_value_once() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    for number in 0..1_000 {
        map.pin().insert(number, census.value(number));
    }
    for number in 0..500 {
        assert_eq!(map.pin().insert(number, census.value(number)).unwrap().number, number);
    }
    for number in 250..750 {
        assert_eq!(map.pin().remove(&number).unwrap().number, number);
    }
    assert!(map.pin().try_insert(0, census.value(0)).is_err());
    assert_eq!(map.telemetry().live, 500);
    map.reclaim();
    assert_eq!(census.alive(), 500);
    assert_eq!(map.telemetry().retired, 0);
    let mut rest = map.into_iter();
    assert_eq!(rest.len(), 500);
    drop(rest.by_ref().take(100).collect::<Vec<_>>());
    assert_eq!(census.alive(), 400);
    drop(rest);
    assert_eq!(census.alive(), 0);
}

#[test]
fn map_holds_values_of_any_size_and_alignment() {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[repr(align(256))]
    struct Wide(u8);

    let nothing = LockFreeHashMap::new();
    assert_eq!(nothing.pin().insert((), ()), None);
    assert_eq!(nothing.pin().insert((), ()), Some(&()));
    assert_eq!(nothing.len(), 1);

    let wide = LockFreeHashMap::new();
    for number in 0..200 {
        wide.pin().insert(Wide(number), [Wide(number); 3]);
    }
    for (key, value) in &wide.pin() {
        assert!(std::ptr::from_ref(key).addr() % 256 == 0 && std::ptr::from_ref(value).addr() % 256 == 0);
        assert_eq!([*key; 3], *value);
    }

    let large = LockFreeHashMap::new();
    for number in 0..20_u64 {
        large.pin().insert(number, [number; 8_192]);
        large.pin().insert(number, [number + 1; 8_192]);
    }
    assert!(large.pin().iter().all(|(key, value)| value[8_191] == key + 1));
    assert!(large.telemetry().bound_bytes() < 16 * 8 * 8_192 * 8 + 8_192);
}

#[test]
fn map_keeps_what_borrows_until_it_is_dropped() {
    struct Borrows<'a>(&'a Cell<u32>);
    impl Drop for Borrows<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let drops = Cell::new(0);
    let text = String::from("a b c");
    {
        let map = LockFreeHashMap::new();
        for word in text.split(' ') {
            for _ in 0..1_000 {
                map.pin().insert(word, Borrows(&drops));
            }
        }
        assert!(drops.get() > 0, "none was reclaimed on the way");
        assert_eq!(map.len(), 3);
    }
    assert_eq!(drops.get(), 3_000);
}

#[test]
fn map_lets_values_use_it_when_they_are_dropped() {
    struct Again {
        map: Arc<LockFreeHashMap<u32, Again>>,
        left: u32,
        drops: Arc<AtomicUsize>,
    }
    impl Drop for Again {
        fn drop(&mut self) {
            self.drops.fetch_add(1, Ordering::Relaxed);
            let pinned = self.map.pin();
            assert!(pinned.get(&0).is_none_or(|again| again.left < 1_000));
            if self.left > 0 {
                let (map, drops) = (Arc::clone(&self.map), Arc::clone(&self.drops));
                pinned.insert(0, Again { map, left: self.left - 1, drops });
            }
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let map = Arc::new(LockFreeHashMap::new());
    map.pin().insert(0, Again { map: Arc::clone(&map), left: 1_000, drops: Arc::clone(&drops) });
    for _ in 0..2_000 {
        map.pin().remove(&0);
        map.reclaim();
    }
    assert_eq!(drops.load(Ordering::Relaxed), 1_001);
    assert_eq!(Arc::strong_count(&map), 1);
}

#[test]
fn map_take_moves_the_value_if_no_other_guard_is_alive() {
    #[derive(Debug)]
    struct Told(u32, Arc<AtomicUsize>);
    impl Clone for Told {
        fn clone(&self) -> Self {
            self.1.fetch_add(1, Ordering::Relaxed);
            Self(self.0, Arc::clone(&self.1))
        }
    }
    let clones = Arc::new(AtomicUsize::new(0));
    let map = LockFreeHashMap::from([(1, Told(1, Arc::clone(&clones))), (2, Told(2, Arc::clone(&clones)))]);
    assert_eq!(map.take(&1).unwrap().0, 1);
    assert_eq!(clones.load(Ordering::Relaxed), 0);
    let pinned = map.pin();
    let kept = pinned.get(&2).unwrap();
    assert_eq!(map.take(&2).unwrap().0, 2);
    assert_eq!(clones.load(Ordering::Relaxed), 1);
    assert_eq!(kept.0, 2);
    assert!(map.take(&2).is_none());
    drop(pinned);
    map.reclaim();
    assert_eq!(Arc::strong_count(&clones), 1, "no value is left, and none was dropped twice");
}

#[test]
fn map_is_built_compared_cloned_and_printed() {
    let mut map: LockFreeHashMap<_, _> = (0..5).map(|number| (number, number * number)).collect();
    map.extend([(5, 25)]);
    (&map).extend([(&6, &36)]);
    let clone = map.clone();
    assert_eq!(map, clone);
    clone.pin().insert(6, 0);
    assert_ne!(map, clone);
    clone.pin().remove(&6);
    assert_ne!(map, clone);
    assert_eq!(format!("{:?}", LockFreeHashMap::from([(1, 'a')])), "{1: 'a'}");
    let one = LockFreeHashMap::from([(1, 'a')]);
    assert_eq!(format!("{:?} {:?}", one.pin().keys(), one.pin().values()), "[1] ['a']");
    assert_eq!(format!("{:?}", one.pin().iter()), "[(1, 'a')]");
}

#[test]
fn map_changes_values_in_place_when_borrowed_exclusively() {
    let census = Census::default();
    let mut map = LockFreeHashMap::new();
    for number in 0..1_000 {
        map.pin().insert(number.to_string(), census.value(number));
    }
    // The key of the second value is the first one's.
    for number in 0..1_000 {
        map.pin().insert(number.to_string(), census.value(number));
    }
    for number in 0..1_000 {
        map.get_mut(number.to_string().as_str()).unwrap().number += 1;
    }
    assert!(map.get_mut("1000").is_none());
    *map.get_mut("0").unwrap() = census.value(7);
    map.reclaim();
    assert_eq!(census.alive(), 1_000);
    let pinned = map.pin();
    assert_eq!(pinned.get("0").unwrap().number, 7);
    assert!((1..1_000).all(|number| pinned.get(&number.to_string()).unwrap().number == number + 1));
}
