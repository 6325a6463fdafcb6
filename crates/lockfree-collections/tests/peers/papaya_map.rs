// Included by `peers.rs`, below the `use` lines.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::thread;

struct Metrics {
    map: HashMap<String, Vec<u64>>,
}

impl Metrics {
    fn guard(&self) -> impl Guard + '_ {
        self.map.guard()
    }

    fn get<'guard>(&self, name: &str, guard: &'guard impl Guard) -> Option<&'guard [u64]> {
        Some(self.map.get(name, guard)?.as_slice())
    }
}

#[test]
fn returns_references_as_long_as_the_guard() {
    let metrics = Metrics { map: HashMap::new() };
    metrics.map.pin().insert("a".to_owned(), vec![1, 2]);
    let guard = metrics.guard();
    let found = metrics.get("a", &guard);
    metrics.map.pin().remove("a");
    assert_eq!(found, Some(&[1, 2][..]));
    assert_eq!(metrics.get("a", &guard), None);
}

#[test]
fn is_used_by_threads_at_once() {
    let map = HashMap::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            let map = map.pin();
            for letter in 'A'..='Z' {
                map.insert(letter, 1);
            }
        });
        scope.spawn(|| {
            let map = map.pin();
            for letter in 'A'..='Z' {
                map.remove(&letter);
            }
        });
        scope.spawn(|| {
            for (_, value) in map.pin().iter() {
                assert_eq!(*value, 1);
            }
        });
    });
}

#[test]
fn inserts_updates_and_removes() {
    let map: HashMap<&str, i32> = HashMap::with_capacity(8);
    let pinned: HashMapRef<'_, _, _, RandomState, LocalGuard<'_>> = map.pin();
    assert_eq!(pinned.insert("poneyland", 42), None);
    assert_eq!(pinned.update("poneyland", |value| value + 1), Some(&43));
    assert_eq!(pinned.update_or_insert("poneyland", |value| value + 1, 42), &44);
    assert_eq!(pinned.update_or_insert_with("elsewhere", |value| value + 1, || 7), &7);
    let error: OccupiedError<'_, i32> = pinned.try_insert("elsewhere", 8).unwrap_err();
    assert_eq!((error.current, error.not_inserted), (&7, 8));
    assert_eq!(pinned.try_insert_with("elsewhere", || 9), Err(&7));
    assert_eq!((pinned.get_or_insert("a", 1), pinned.get_or_insert_with("a", || 2)), (&1, &1));
    assert_eq!(pinned.remove_if("a", |_, value| *value == 2), Err((&"a", &1)));
    assert_eq!(pinned.remove_entry("a"), Some((&"a", &1)));
    assert_eq!(pinned.remove("a"), None);
    assert_eq!(pinned.get_key_value("poneyland"), Some((&"poneyland", &44)));
    assert!(pinned.contains_key("elsewhere") && pinned.len() == 2 && !pinned.is_empty());
    assert!(std::ptr::eq(pinned.map(), &map));
}

#[test]
fn computes() {
    let map = HashMap::new();
    let map = map.pin();
    let compute = |entry: Option<(&char, &u32)>| match entry {
        Some((_, value)) if value % 2 == 0 => Operation::Remove,
        Some((_, value)) => Operation::Insert(value + 1),
        None => Operation::Abort(()),
    };
    assert_eq!(map.compute('A', compute), Compute::Aborted(()));
    map.insert('A', 1);
    assert_eq!(map.compute('A', compute), Compute::Updated { old: (&'A', &1), new: (&'A', &2) });
    assert_eq!(map.compute('A', compute), Compute::Removed(&'A', &2));
    let insert = |_: Option<(&char, &u32)>| -> Operation<u32, ()> { Operation::Insert(5) };
    assert_eq!(map.compute('A', insert), Compute::Inserted(&'A', &5));
}

#[test]
fn holds_references_across_await() {
    async fn run(map: Arc<HashMap<i32, String>>) -> String {
        let map: HashMapRef<'_, _, _, _, OwnedGuard<'_>> = map.pin_owned();
        let value = map.get(&37);
        std::future::ready(()).await;
        let mut text = format!("{value:?}");
        for (key, value) in map.iter() {
            std::future::ready(()).await;
            text += &format!(" {key}: {value}");
        }
        text
    }

    fn poll(future: impl Future<Output = String> + Send) -> String {
        let mut future = Box::pin(future);
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(text) => text,
            std::task::Poll::Pending => unreachable!("nothing is waited for"),
        }
    }

    let map = Arc::new(HashMap::from([(37, "a".to_owned())]));
    assert_eq!(poll(run(map)), "Some(\"a\") 37: a");
}

#[test]
fn takes_guards() {
    let map = HashMap::from([(1, 'a'), (2, 'b'), (3, 'c')]);
    let mut guard: LocalGuard<'_> = map.guard();
    map.retain(|key, _| *key != 2, &guard);
    let iter: Iter<'_, _, _, _> = map.iter(&guard);
    assert_eq!(iter.count(), 2);
    let keys: Keys<'_, _, _, _> = map.keys(&guard);
    assert_eq!(keys.sum::<i32>(), 4);
    let values: Values<'_, _, _, _> = map.values(&guard);
    assert!(values.copied().all(|value| value != 'b'));
    map.reserve(100, &guard);
    guard.refresh();
    map.clear(&guard);
    assert!(map.is_empty());
    assert_eq!(map.get(&1, &map.owned_guard()), None);
}

#[test]
fn is_built() {
    let builder: HashMapBuilder<u32, u32> = HashMap::builder();
    let map = builder.capacity(48).hasher(RandomState::new()).build();
    (&map).extend([(1, 2)]);
    (&map).extend([(&3, &4)]);
    assert_eq!(map, map.clone());
    assert_eq!(map, HashMap::from_iter([(3, 4), (1, 2)]));
    assert_eq!(format!("{:?}", HashMap::from([(1, 2)])), "{1: 2}");
    assert_eq!(HashMap::<u32, u32>::default(), HashMap::with_hasher(RandomState::new()));
    assert!((&map.pin()).into_iter().all(|(key, value)| key + 1 == *value));
}

#[test]
fn finds_equivalent_keys() {
    struct Parts<'a>(&'a str, &'a str);

    impl Hash for Parts<'_> {
        fn hash<H: Hasher>(&self, state: &mut H) {
            format!("{}{}", self.0, self.1).hash(state);
        }
    }

    impl Equivalent<String> for Parts<'_> {
        fn equivalent(&self, key: &String) -> bool {
            key.strip_prefix(self.0) == Some(self.1)
        }
    }

    let map = HashMap::from([("ab".to_owned(), 1)]);
    assert_eq!(map.pin().get(&Parts("a", "b")), Some(&1));
    assert_eq!(map.pin().remove(&Parts("a", "c")), None);
}
