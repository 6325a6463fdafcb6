//! Keys that stay when their values are replaced.

use lockfree_collections::LockFreeHashMap;
use loom::sync::Arc;

use crate::model::places::Places;
use crate::model::shared::{share, spawn};
use crate::model::{Value, Values};

/// A map whose keys stay when values are replaced.
type Texts = LockFreeHashMap<String, Value, Places>;

/// A key that one byte makes.
fn text(key: u8) -> String {
    String::from(char::from(key))
}

/// Runs `body` with a map of the texts of `keys`, each with ten times its number.
fn with_texts(keys: &[u8], body: impl FnOnce(&Arc<Texts>, &Values) -> u64) {
    let filled = |values: &Values| {
        let map = Texts::with_capacity_and_hasher(0, Places);
        for key in keys {
            map.pin().insert(text(*key), values.make(10 * u64::from(*key)));
        }
        map
    };
    share(filled, |map, values| keys.len() as u64 + body(map, values));
}

/// Looks at a key, and again while the guard is still there.
fn look_at(map: &Texts, key: u8) -> Option<u64> {
    let pinned = map.pin();
    let (found, value) = pinned.get_key_value(text(key).as_str())?;
    let again = pinned.get_key_value(text(key).as_str());
    assert!(again.is_none_or(|(key, _)| key == found), "equal keys");
    Some(value.number())
}

/// A value is replaced and its key removed, while another thread looks at them.
pub fn kept_key_beside_a_reader() {
    with_texts(&[1], |map, values| {
        let other = spawn(map, values, |map, _| look_at(map, 1));
        assert_eq!(map.pin().insert(text(1), values.make(11)).map(Value::number), Some(10));
        assert_eq!(map.pin().remove("\u{1}").map(Value::number), Some(11));
        map.reclaim();
        assert!(matches!(other.join().unwrap(), None | Some(10 | 11)));
        1
    });
}

/// Two threads replace a value and one removes the key: one key passes through the entries of both.
pub fn kept_key_of_two_writers() {
    with_texts(&[1], |map, values| {
        let other = spawn(map, values, |map, values| map.pin().insert(text(1), values.make(12)).map(Value::number));
        let own = map.pin().insert(text(1), values.make(11)).map(Value::number);
        let removed = map.pin().remove("\u{1}").map(Value::number);
        let other = other.join().unwrap();
        assert!(
            matches!(
                (own, other, removed),
                (Some(10), Some(11), Some(12)) | (Some(12), Some(10), Some(11)) | (Some(10), None, Some(11))
            ),
            "{own:?} {other:?} {removed:?}"
        );
        2
    });
}

/// A key passes to an entry in memory that is younger than the guard of who looks at it, and is dropped with that.
pub fn kept_key_in_younger_memory() {
    with_texts(&[1, 2], |map, values| {
        let other = spawn(map, values, |map, values| {
            assert_eq!(map.pin().remove("\u{2}").map(Value::number), Some(20));
            assert!(map.pin().insert(text(3), values.make(30)).is_none());
            assert_eq!(map.pin().remove("\u{3}").map(Value::number), Some(30));
            assert_eq!(map.pin().insert(text(1), values.make(11)).map(Value::number), Some(10));
            assert_eq!(map.pin().remove("\u{1}").map(Value::number), Some(11));
            map.reclaim();
        });
        assert!(matches!(look_at(map, 1), None | Some(10 | 11)));
        other.join().unwrap();
        2
    });
}
