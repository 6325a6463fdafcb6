//! Maps, sets and cells in JSON, there and back.

use std::collections::{BTreeMap, BTreeSet};

use lockfree_collections::{AtomicBox, AtomicRc, AtomicRcOption, LockFreeHashMap, LockFreeHashSet};

#[test]
fn map_is_serialized_and_deserialized() {
    let map: LockFreeHashMap<_, _> = (0..20).map(|number| (number.to_string(), number)).collect();
    let text = serde_json::to_string(&map).unwrap();
    assert_eq!(serde_json::from_str::<LockFreeHashMap<String, i32>>(&text).unwrap(), map);
    let sorted: BTreeMap<String, i32> = serde_json::from_str(&text).unwrap();
    assert!(sorted.iter().all(|(key, value)| map.pin().get(key) == Some(value)) && sorted.len() == 20);
    assert_eq!(serde_json::to_string(&map.pin()).unwrap(), text);
    assert!(serde_json::from_str::<LockFreeHashMap<String, i32>>("{\"a\": \"b\"}").is_err());
    assert!(serde_json::from_str::<LockFreeHashMap<String, i32>>("[1]").is_err());
}

#[test]
fn set_is_serialized_and_deserialized() {
    let set: LockFreeHashSet<_> = (0..20).collect();
    let text = serde_json::to_string(&set).unwrap();
    assert_eq!(serde_json::from_str::<LockFreeHashSet<i32>>(&text).unwrap(), set);
    assert_eq!(serde_json::from_str::<BTreeSet<i32>>(&text).unwrap(), (0..20).collect());
    assert!(serde_json::from_str::<LockFreeHashSet<i32>>("{}").is_err());
}

#[test]
fn cells_are_serialized_and_deserialized_as_their_values() {
    let shared: AtomicRc<Vec<u8>> = serde_json::from_str("[1,2]").unwrap();
    assert_eq!(**shared.load(), [1, 2]);
    shared.rcu(|values| values.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(serde_json::to_string(&shared).unwrap(), "[2,1]");

    let none: AtomicRcOption<u8> = serde_json::from_str("null").unwrap();
    assert!(none.load().is_none());
    none.store(Some(3.into()));
    assert_eq!(serde_json::to_string(&none).unwrap(), "3");

    let owned: AtomicBox<Option<String>> = serde_json::from_str("\"text\"").unwrap();
    assert_eq!(owned.load().as_deref(), Some("text"));
    drop(owned.take());
    assert_eq!(serde_json::to_string(&owned).unwrap(), "null");
    assert!(serde_json::from_str::<AtomicBox<u8>>("300").is_err());
}
