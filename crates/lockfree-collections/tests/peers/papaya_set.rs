// Included by `peers.rs`, below the `use` lines.

#[test]
fn inserts_and_removes() {
    let set = HashSet::new();
    let pinned = set.pin();
    assert!(pinned.insert("a"));
    assert!(!pinned.insert("a"));
    assert!(pinned.contains("a"));
    assert_eq!(pinned.get("a"), Some(&"a"));
    assert!(pinned.remove("a"));
    assert!(!pinned.remove("a"));
    assert!(pinned.is_empty());
    assert_eq!(pinned.len(), 0);
    assert!(std::ptr::eq(pinned.set(), &set));
}

#[test]
fn takes_guards_and_is_built() {
    let set = HashSet::builder().capacity(10).build();
    (&set).extend([1, 2, 3]);
    let guard = set.guard();
    set.retain(|key| *key != 2, &guard);
    assert_eq!(set.iter(&guard).sum::<i32>(), 4);
    assert!(set.insert(5, &guard) && set.contains(&5, &guard) && set.remove(&1, &set.owned_guard()));
    assert_eq!(set, HashSet::from_iter([3, 5]));
    assert_eq!(set, set.clone());
    set.reserve(10, &guard);
    set.clear(&guard);
    assert!(set.pin_owned().is_empty());
    assert_eq!(format!("{:?}", HashSet::from([7])), "{7}");
}
