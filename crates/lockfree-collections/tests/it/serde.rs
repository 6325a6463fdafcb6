//! Maps and sets in JSON, there and back.

use std::collections::{BTreeMap, BTreeSet};

use lockfree_collections::{LockFreeHashMap, LockFreeHashSet};

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
