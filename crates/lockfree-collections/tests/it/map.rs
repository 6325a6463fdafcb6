//! `LockFreeHashMap`, one thread after the other and with native threads.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use lockfree_collections::LockFreeHashMap;
use lockfree_collections::map::{Compute, Guard, Operation};
use quickcheck::{Arbitrary, Gen, quickcheck};

use crate::support::Census;

/// The same hash for all keys, or a few hashes.
#[derive(Clone, Default)]
struct Few<const N: u64>;

struct FewHasher<const N: u64>(DefaultHasher);

impl<const N: u64> BuildHasher for Few<N> {
    type Hasher = FewHasher<N>;
    fn build_hasher(&self) -> Self::Hasher {
        FewHasher(DefaultHasher::new())
    }
}

impl<const N: u64> Hasher for FewHasher<N> {
    fn finish(&self) -> u64 {
        self.0.finish() % N
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Insert(u8, u16),
    TryInsert(u8, u16),
    Remove(u8),
    RemoveIf(u8, u16),
    Get(u8),
    Update(u8),
    UpdateOrInsert(u8, u16),
    Compute(u8),
    Take(u8),
    Retain(u8),
    Clear,
    Reserve(u16),
    Iterate,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let (key, value) = (u8::arbitrary(g) % 24, u16::arbitrary(g));
        match u8::arbitrary(g) % 32 {
            0..8 => Self::Insert(key, value),
            8..10 => Self::TryInsert(key, value),
            10..15 => Self::Remove(key),
            15..17 => Self::RemoveIf(key, value),
            17..20 => Self::Get(key),
            20..22 => Self::Update(key),
            22..24 => Self::UpdateOrInsert(key, value),
            24..26 => Self::Compute(key),
            26..28 => Self::Take(key),
            28 => Self::Retain(key),
            29 => {
                if value % 8 == 0 {
                    Self::Clear
                } else {
                    Self::Reserve(value % 512)
                }
            }
            _ => Self::Iterate,
        }
    }
}

/// Runs the steps on a map of ours and one of `std`, and compares every answer.
fn agrees<S: BuildHasher + Default>(steps: &[Step]) -> bool {
    let ours = LockFreeHashMap::<u8, u16, S>::default();
    let mut theirs = HashMap::new();
    steps.iter().all(|step| {
        let pinned = ours.pin();
        let same = match *step {
            Step::Insert(key, value) => pinned.insert(key, value).copied() == theirs.insert(key, value),
            Step::TryInsert(key, value) => {
                let before = theirs.get(&key).copied();
                let after = *theirs.entry(key).or_insert(value);
                match pinned.try_insert(key, value) {
                    Ok(inserted) => before.is_none() && *inserted == after,
                    Err(error) => before == Some(*error.current) && error.not_inserted == value,
                }
            }
            Step::Remove(key) => pinned.remove(&key).copied() == theirs.remove(&key),
            Step::RemoveIf(key, limit) => {
                let there = theirs.get(&key).copied();
                let expected = match there {
                    None => Ok(None),
                    Some(value) if value < limit => {
                        theirs.remove(&key);
                        Ok(Some((key, value)))
                    }
                    Some(value) => Err((key, value)),
                };
                let found = pinned.remove_if(&key, |_, value| *value < limit);
                found.map(|entry| entry.map(|(k, v)| (*k, *v))).map_err(|(k, v)| (*k, *v)) == expected
            }
            Step::Get(key) => {
                pinned.get(&key) == theirs.get(&key) && pinned.contains_key(&key) == theirs.contains_key(&key)
            }
            Step::Update(key) => {
                let expected = theirs.get_mut(&key).map(|value| {
                    *value = value.wrapping_add(1);
                    *value
                });
                pinned.update(key, |value| value.wrapping_add(1)).copied() == expected
            }
            Step::UpdateOrInsert(key, value) => {
                let expected = theirs.entry(key).and_modify(|value| *value = value.wrapping_mul(3)).or_insert(value);
                pinned.update_or_insert(key, |value| value.wrapping_mul(3), value) == expected
            }
            Step::Compute(key) => {
                let expected = theirs.remove(&key);
                if let Some(value) = expected.filter(|value| value % 2 == 1) {
                    theirs.insert(key, value / 2);
                }
                match pinned.compute(key, |entry| match entry {
                    None => Operation::Abort(7),
                    Some((_, value)) if value % 2 == 1 => Operation::Insert(value / 2),
                    Some(_) => Operation::Remove,
                }) {
                    Compute::Aborted(answer) => answer == 7 && expected.is_none(),
                    Compute::Removed(k, value) => *k == key && expected == Some(*value) && value % 2 == 0,
                    Compute::Updated { old, new } => expected == Some(*old.1) && *new.1 == old.1 / 2,
                    Compute::Inserted(..) => false,
                }
            }
            Step::Take(key) => ours.take(&key) == theirs.remove(&key),
            Step::Retain(limit) => {
                pinned.retain(|key, _| *key < limit);
                theirs.retain(|key, _| *key < limit);
                true
            }
            Step::Clear => {
                pinned.clear();
                theirs.clear();
                true
            }
            Step::Reserve(additional) => {
                pinned.reserve(usize::from(additional));
                true
            }
            Step::Iterate => {
                let found: HashMap<_, _> = pinned.iter().map(|(key, value)| (*key, *value)).collect();
                pinned.keys().count() == theirs.len() && pinned.values().count() == theirs.len() && found == theirs
            }
        };
        same && pinned.len() == theirs.len() && pinned.is_empty() == theirs.is_empty()
    })
}

quickcheck! {
    fn map_agrees_with_std(steps: Vec<Step>) -> bool {
        agrees::<BuildHasherDefault<DefaultHasher>>(&steps)
    }

    fn map_agrees_with_std_when_all_hashes_are_the_same(steps: Vec<Step>) -> bool {
        agrees::<Few<1>>(&steps)
    }

    fn map_agrees_with_std_when_hashes_are_few(steps: Vec<Step>) -> bool {
        agrees::<Few<5>>(&steps)
    }
}

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

impl<K: Hash + Eq, S: BuildHasher> TakeIt<K> for LockFreeHashMap<K, crate::support::Counted, S> {
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
struct Unique<'a>(crate::support::Counted, &'a Census, &'a Cell<bool>);

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

#[test]
fn map_refuses_the_guard_of_another_map() {
    let (one, two) = (LockFreeHashMap::from([(1, 'a')]), LockFreeHashMap::from([(1, 'b')]));
    let guard = two.guard();
    let attempts: [&dyn Fn(); 4] =
        [&|| _ = one.get(&1, &guard), &|| _ = one.insert(1, 'c', &guard), &|| one.clear(&guard), &|| {
            _ = one.iter(&guard).next()
        }];
    for attempt in attempts {
        assert!(catch_unwind(AssertUnwindSafe(attempt)).is_err());
    }
    assert_eq!(one.pin().get(&1), Some(&'a'));
}

#[test]
fn map_guard_keeps_what_it_has_returned() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    map.pin().insert(0, census.value(0));
    let pinned = map.pin();
    let mut kept = Vec::new();
    for number in 1..=1_000 {
        kept.push(pinned.insert(0, census.value(number)).unwrap());
        map.reclaim();
    }
    assert!(kept.iter().map(|value| value.number).eq(0..1_000));
    assert_eq!(census.alive(), 1_001);
    drop(pinned);
    map.reclaim();
    assert_eq!(census.alive(), 1);
}

#[test]
fn map_guard_that_is_refreshed_keeps_nothing() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    let mut guard = map.guard();
    for number in 0..10_000 {
        map.insert(0, census.value(number), &guard);
        guard.refresh();
    }
    assert!(census.alive() < 1_000, "{}", census.alive());
}

#[test]
fn map_stalled_guard_keeps_what_was_there() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    for number in 0..100 {
        map.pin().insert(number, census.value(number));
    }
    let stalled = map.pin_owned();
    assert!(stalled.contains_key(&0));
    for round in 0..100 {
        for number in 0..100 {
            map.pin().insert(number, census.value(round));
        }
    }
    let memory = map.telemetry();
    // What was in the map when the guard looked, one batch that was born then, and the slots' batches.
    assert!(census.alive() <= 200 + memory.bound + memory.bound / memory.slots, "{} of {memory:?}", census.alive());
    assert_eq!(stalled.get(&0).unwrap().number, 99);
    drop(stalled);
    map.reclaim();
    assert_eq!(census.alive(), 100);
}

#[test]
fn map_survives_forgotten_guards() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    for number in 0..10 {
        map.pin().insert(number, census.value(number));
        mem::forget(map.pin());
        mem::forget(map.owned_guard());
    }
    for number in 0..5_000 {
        map.pin().insert(number % 10, census.value(number));
    }
    let memory = map.telemetry();
    assert!(census.alive() <= 20 + memory.bound, "{} of {memory:?}", census.alive());
    drop(map);
    assert_eq!(census.alive(), 0);
}

#[test]
fn map_serves_thousands_of_threads() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    for round in 0..500 {
        thread::scope(|scope| {
            let (map, census) = (&map, &census);
            let threads = [0, 1, 2, 3].map(|number| {
                scope.spawn(move || {
                    map.pin().insert(number, census.value(round));
                    // The last thread may have removed what the first one has inserted.
                    assert!(map.pin().get(&number).is_some() || number == 0);
                    if number == 3 {
                        map.pin().remove(&0);
                    }
                })
            });
            // To the very end, at which they give their slots back.
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
    let memory = map.telemetry();
    assert!(memory.slots <= 64, "{memory:?}");
    assert!(memory.live <= 4 && memory.retired <= memory.bound, "{memory:?}");
    map.reclaim();
    assert_eq!(census.alive(), map.len());
}

#[test]
fn map_iteration_yields_what_stays_once() {
    let map = LockFreeHashMap::new();
    let stays = 2_000_u32;
    for key in 0..stays {
        map.pin().insert(key, 0);
    }
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..2 {
            let (map, done) = (&map, &done);
            scope.spawn(move || {
                for number in 0..20_000 {
                    let key = stays + thread * 20_000 + number;
                    map.pin().insert(key, 0);
                    map.pin().insert(key % stays, number);
                    if number % 2 == 0 {
                        map.pin().remove(&key);
                    }
                }
                done.fetch_add(1, Ordering::Release);
            });
        }
        let mut rounds = 0;
        while done.load(Ordering::Acquire) < 2 || rounds == 0 {
            let mut seen = vec![0_u8; stays as usize];
            for key in map.pin().keys().filter(|key| **key < stays) {
                seen[*key as usize] += 1;
            }
            assert!(seen.iter().all(|times| *times == 1), "round {rounds}");
            rounds += 1;
        }
    });
    assert_eq!(map.len(), 22_000);
}

#[test]
fn map_counts_every_step_of_all_threads() {
    let map = LockFreeHashMap::new();
    let gate = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                gate.wait();
                for number in 0..5_000 {
                    map.pin().update_or_insert(number % 7, |count| count + 1, 1_u32);
                    let pinned = map.pin();
                    let done: Compute<'_, _, _, ()> = pinned
                        .compute(100 + number % 7, |entry| Operation::Insert(entry.map_or(1, |(_, count)| count + 1)));
                    assert!(!matches!(done, Compute::Aborted(())));
                }
            });
        }
    });
    assert_eq!(map.pin().iter().filter(|(key, _)| **key < 7).map(|(_, count)| count).sum::<u32>(), 20_000);
    assert_eq!(map.pin().iter().filter(|(key, _)| **key >= 100).map(|(_, count)| count).sum::<u32>(), 20_000);
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
fn map_owned_guard_serves_several_threads() {
    let map = LockFreeHashMap::from([(0, 0_u32)]);
    let guard = map.owned_guard();
    thread::scope(|scope| {
        for thread in 0..3 {
            let (map, guard) = (&map, &guard);
            scope.spawn(move || {
                let first = map.get(&0, guard).unwrap();
                let seen = *first;
                for number in 0..2_000 {
                    map.insert(0, number, guard);
                    map.insert(1 + thread, number, guard);
                    map.remove(&(1 + thread), guard);
                }
                assert_eq!(*first, seen);
            });
        }
    });
    assert_eq!(map.len(), 1);
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
fn map_reclaim_gathers_what_other_guards_left_and_keeps_what_one_reads() {
    let census = Census::default();
    let map = LockFreeHashMap::new();
    (0..4).for_each(|key| _ = map.pin().insert(key, census.value(key)));
    let reader = map.guard();
    let read: Vec<_> = (0..4).map(|key| map.get(&key, &reader).unwrap()).collect();
    // Each removes under a guard of its own, and leaves what it removed in that guard's slot.
    let guards: Vec<_> = (0..4).map(|_| map.guard()).collect();
    guards.iter().enumerate().for_each(|(key, guard)| assert!(map.remove(&key, guard).is_some()));
    drop(guards);
    assert_eq!((map.reclaim(), census.alive()), (0, 4));
    assert!(read.iter().map(|value| value.number).eq(0..4));
    drop(reader);
    assert_eq!((map.reclaim(), census.alive()), (4, 0));
}
