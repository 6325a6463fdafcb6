//! How a map grows, and what it is told about room.

use std::thread;

use lockfree_collections::LockFreeHashMap;

use crate::support::Census;

#[test]
fn map_grows_and_finds_all() {
    let map = LockFreeHashMap::new();
    let count = 20_000_u32;
    for number in 0..count {
        assert_eq!(map.pin().insert(number, !number), None);
    }
    assert_eq!(map.len(), count as usize);
    assert!((0..count).all(|number| map.pin().get(&number) == Some(&!number)));
    assert_eq!(map.pin().get(&count), None);
    let mut keys: Vec<_> = map.pin().keys().copied().collect();
    keys.sort_unstable();
    assert!(keys.into_iter().eq(0..count));
    for number in (0..count).step_by(2) {
        assert_eq!(map.pin().remove(&number), Some(&!number));
    }
    assert_eq!(map.len(), count as usize / 2);
    assert!(map.pin().keys().all(|key| key % 2 == 1));
}

#[test]
fn map_is_told_more_room_than_there_is() {
    let map = LockFreeHashMap::with_capacity(usize::MAX);
    assert_eq!(map.pin().insert(1, 'a'), None);
    map.pin().reserve(usize::MAX);
    map.pin().reserve(usize::MAX / 64);
    let guard = map.guard();
    assert!(map.try_reserve(usize::MAX, &guard).is_err());
    assert!(map.try_reserve(usize::MAX / 2, &guard).is_err());
    assert!(map.try_reserve(1 << (usize::BITS - 8), &guard).is_err());
    assert!(map.try_reserve(1 << 40, &guard).is_err());
    assert!(map.try_reserve(10_000, &guard).is_ok());
    assert_eq!(map.get(&1, &guard), Some(&'a'));
    let other = LockFreeHashMap::builder().capacity(1 << 40).build();
    for key in 0..1_000 {
        assert_eq!(other.pin().insert(key, !key), None);
    }
    assert!((0..1_000).all(|key| other.pin().get(&key) == Some(&!key)));
}

/// So many bytes of the process are in memory.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<usize>().unwrap() << 10
}

/// A table of half a gigabyte takes none of it before its pages are used: so nobody waits for zeros to be written when a map grows.
#[test]
#[cfg(target_os = "linux")]
fn map_touches_a_table_page_by_page() {
    let map = LockFreeHashMap::with_capacity(1 << 26);
    let before = resident();
    (0..1_000).for_each(|key| _ = map.pin().insert(key, !key));
    assert!(resident().saturating_sub(before) < 256 << 20, "{before} bytes, then {}", resident());
    assert!((0..1_000).all(|key| map.pin().get(&key) == Some(&!key)));
}

#[test]
fn map_reserves_beside_changes() {
    let map = LockFreeHashMap::new();
    thread::scope(|scope| {
        scope.spawn(|| (0..10).for_each(|step| map.pin().reserve(100 << step)));
        scope.spawn(|| (0..20_000).for_each(|key| _ = map.pin().insert(key, key)));
        scope.spawn(|| (20_000..40_000).for_each(|key| _ = map.pin().insert(key, key)));
    });
    assert_eq!(map.len(), 40_000);
    assert!((0..40_000).all(|key| map.pin().get(&key) == Some(&key)));
    assert_eq!(map.pin().iter().count(), 40_000);
}

#[test]
fn map_gives_all_when_it_is_being_moved() {
    let census = Census::default();
    for count in [20, 33, 40, 65, 70, 130] {
        let map = LockFreeHashMap::new();
        (0..count).for_each(|key| _ = map.pin().insert(key, census.value(key)));
        let mut keys: Vec<_> = map.into_iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        assert!(keys.into_iter().eq(0..count), "{count}");
        assert_eq!(census.alive(), 0);
    }
}
