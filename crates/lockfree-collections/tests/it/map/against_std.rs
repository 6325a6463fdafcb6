//! Random steps, on a map of ours and on one of `std`.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use lockfree_collections::LockFreeHashMap;
use lockfree_collections::map::{Compute, Operation};
use quickcheck::{Arbitrary, Gen, quickcheck};

use super::Few;

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
