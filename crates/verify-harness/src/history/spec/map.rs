//! A map with insert and remove, as concurrent hash maps offer it.

use core::fmt::Debug;
use core::hash::Hash;
use core::marker::PhantomData;
use std::collections::BTreeMap;

use crate::history::Specification;

/// A map: every operation answers the value that was there before; checked key by key.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{Map, MapInput};
///
/// let map = Map::<&str, u32>::new();
/// let state = map.step(&map.initial(), &MapInput::Insert("a", 1), Some(&None)).unwrap();
/// assert!(map.step(&state, &MapInput::Get("a"), Some(&Some(1))).is_some());
/// assert!(map.step(&state, &MapInput::Remove("a"), Some(&None)).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Map<K, V>(PhantomData<fn() -> (K, V)>);

impl<K, V> Map<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

/// What is asked of a [`Map`]; the answer is the previous value of the key, an `Option<V>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MapInput<K, V> {
    /// Return the value of the key.
    Get(K),
    /// Set the value of the key.
    Insert(K, V),
    /// Remove the key.
    Remove(K),
}

impl<K, V> Specification for Map<K, V>
where
    K: Clone + Ord + Hash + Debug,
    V: Clone + Eq + Hash + Debug,
{
    type State = BTreeMap<K, V>;
    type Input = MapInput<K, V>;
    type Output = Option<V>;
    type Key = K;

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&Self::Output>) -> Option<Self::State> {
        let (MapInput::Get(key) | MapInput::Insert(key, _) | MapInput::Remove(key)) = input;
        if output.is_some_and(|output| output.as_ref() != state.get(key)) {
            return None;
        }
        let mut state = state.clone();
        match input {
            MapInput::Get(_) => {}
            MapInput::Insert(key, value) => {
                state.insert(key.clone(), value.clone());
            }
            MapInput::Remove(key) => {
                state.remove(key);
            }
        }
        Some(state)
    }

    fn key(&self, input: &Self::Input) -> Option<K> {
        let (MapInput::Get(key) | MapInput::Insert(key, _) | MapInput::Remove(key)) = input;
        Some(key.clone())
    }

    fn observes(&self, input: &Self::Input, output: Option<&Self::Output>) -> bool {
        match input {
            MapInput::Get(_) => true,
            MapInput::Insert(_, value) => matches!(output, Some(Some(old)) if old == value),
            MapInput::Remove(_) => matches!(output, Some(None)),
        }
    }

    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        let asked = match input {
            MapInput::Get(key) => format!("get({key:?})"),
            MapInput::Insert(key, value) => format!("insert({key:?}, {value:?})"),
            MapInput::Remove(key) => format!("remove({key:?})"),
        };
        match output {
            Some(output) => format!("{asked} -> {output:?}"),
            None => format!("{asked} -> ?"),
        }
    }
}
