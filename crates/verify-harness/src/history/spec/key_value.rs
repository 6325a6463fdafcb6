//! Strings under string keys, with append.

use std::collections::BTreeMap;

use crate::history::Specification;

/// A key-value store on strings: every key starts as the empty string; checked key by key.
///
/// ```
/// use verify_harness::history::Specification;
/// use verify_harness::history::spec::{KeyValue, KeyValueInput, KeyValueOutput};
///
/// let append = KeyValueInput::Append("k".to_owned(), "x".to_owned());
/// let get = KeyValueInput::Get("k".to_owned());
/// let state = KeyValue.step(&KeyValue.initial(), &append, None).unwrap();
/// let state = KeyValue.step(&state, &append, None).unwrap();
/// assert!(KeyValue.step(&state, &get, Some(&KeyValueOutput::Value("xx".to_owned()))).is_some());
/// assert!(KeyValue.step(&state, &get, Some(&KeyValueOutput::Value("x".to_owned()))).is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyValue;

/// What is asked of a [`KeyValue`] store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyValueInput {
    /// Return the value of the key.
    Get(String),
    /// Replace the value of the key.
    Put(String, String),
    /// Append to the value of the key.
    Append(String, String),
}

/// What a [`KeyValue`] store answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyValueOutput {
    /// A get returned this value.
    Value(String),
    /// A put or an append is done.
    Done,
}

impl Specification for KeyValue {
    /// Only keys whose value is not empty are in the map.
    type State = BTreeMap<String, String>;
    type Input = KeyValueInput;
    type Output = KeyValueOutput;
    type Key = String;

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&Self::Output>) -> Option<Self::State> {
        match (input, output) {
            (KeyValueInput::Get(key), Some(KeyValueOutput::Value(value))) => {
                (state.get(key).map_or("", String::as_str) == value).then(|| state.clone())
            }
            (KeyValueInput::Get(_), None) => Some(state.clone()),
            (KeyValueInput::Put(key, value), None | Some(KeyValueOutput::Done)) => {
                let mut state = state.clone();
                if value.is_empty() {
                    state.remove(key);
                } else {
                    state.insert(key.clone(), value.clone());
                }
                Some(state)
            }
            (KeyValueInput::Append(key, value), None | Some(KeyValueOutput::Done)) => {
                let mut state = state.clone();
                if !value.is_empty() {
                    state.entry(key.clone()).or_default().push_str(value);
                }
                Some(state)
            }
            _ => None,
        }
    }

    fn key(&self, input: &Self::Input) -> Option<String> {
        match input {
            KeyValueInput::Get(key) | KeyValueInput::Put(key, _) | KeyValueInput::Append(key, _) => Some(key.clone()),
        }
    }

    fn observes(&self, input: &Self::Input, _: Option<&Self::Output>) -> bool {
        match input {
            KeyValueInput::Get(_) => true,
            KeyValueInput::Put(..) => false,
            KeyValueInput::Append(_, value) => value.is_empty(),
        }
    }

    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String {
        let asked = match input {
            KeyValueInput::Get(key) => format!("get({key:?})"),
            KeyValueInput::Put(key, value) => format!("put({key:?}, {value:?})"),
            KeyValueInput::Append(key, value) => format!("append({key:?}, {value:?})"),
        };
        match output {
            Some(KeyValueOutput::Value(value)) => format!("{asked} -> {value:?}"),
            Some(KeyValueOutput::Done) => asked,
            None => format!("{asked} -> ?"),
        }
    }
}
