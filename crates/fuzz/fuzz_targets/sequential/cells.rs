//! What has one value at a time: the cells, beside a variable.

use std::sync::Arc;

use lockfree_collections::cell::{AtomicRcAny, Cache, RefCnt};
use lockfree_collections::{AtomicBox, AtomicRc, AtomicRcOption};

use super::Decisions;

/// The cell that `choice` stands for, against a variable.
pub fn choose(choice: u8, decisions: &mut Decisions<'_>) {
    let some = |value: &Option<Arc<u16>>| value.as_ref().map_or(std::ptr::null(), Arc::as_ptr);
    match choice % 3 {
        0 => boxed(decisions),
        1 => shared(&AtomicRc::new(Arc::new(0)), Arc::new, Arc::as_ptr, decisions),
        _ => shared(&AtomicRcOption::empty(), |value| (value % 4 != 0).then(|| Arc::new(value)), some, decisions),
    }
}

fn boxed(decisions: &mut Decisions<'_>) {
    let mut cell = AtomicBox::new(String::from("0"));
    // Each value has a number: one that is equal is not the same.
    let (mut number, mut text) = (0, String::from("0"));
    while decisions.go_on() {
        // As long as guards are kept the cell is borrowed.
        let mut kept = Vec::new();
        for _ in 0..decisions.byte() {
            let (choice, value) = (decisions.byte(), decisions.word().to_string());
            let replaced = match choice % 8 {
                0..2 => {
                    cell.store(value.clone());
                    Some(value)
                }
                2 => {
                    assert_eq!(*cell.swap(value.clone()), text);
                    Some(value)
                }
                3 => {
                    assert_eq!(*cell.take(), text);
                    Some(String::new())
                }
                4 => {
                    let longer = |old: &String| if old.len() < 9 { format!("{old}.{value}") } else { value.clone() };
                    assert_eq!(*cell.update(longer), text);
                    Some(longer(&text))
                }
                5 => kept.last().and_then(|(guard, of, _)| match cell.compare_exchange(guard, value.clone()) {
                    Ok(old) => {
                        assert_eq!((&*old, *of), (&text, number));
                        Some(value)
                    }
                    Err(error) => {
                        assert_ne!(*of, number);
                        assert_eq!((&*error.current, &error.new), (&text, &value));
                        None
                    }
                }),
                6 if kept.len() < 4 => {
                    kept.push((cell.load(), number, text.clone()));
                    None
                }
                6 => {
                    kept.clear();
                    None
                }
                _ => {
                    cell.reclaim();
                    assert!(cell.telemetry().retired <= cell.telemetry().bound);
                    None
                }
            };
            if let Some(value) = replaced {
                (number, text) = (number + 1, value);
            }
            assert_eq!(*cell.load(), text);
            assert!(kept.iter().all(|(guard, _, text)| **guard == *text));
        }
        drop(kept);
        cell.get_mut().push('!');
        text.push('!');
        assert_eq!(*cell.load(), text);
    }
    assert_eq!(cell.into_inner(), text);
}

/// A cell of counted references, which `place` tells apart.
fn shared<V: RefCnt + Clone>(
    cell: &AtomicRcAny<V>,
    make: impl Fn(u16) -> V,
    place: impl Fn(&V) -> *const u16,
    decisions: &mut Decisions<'_>,
) {
    let mut model = cell.load_full();
    let (mut cache, mut kept, mut values) = (Cache::new(cell), Vec::new(), Vec::new());
    while decisions.go_on() {
        let (choice, value) = (decisions.byte(), make(decisions.word()));
        match choice % 8 {
            0..2 => {
                cell.store(value.clone());
                model = value;
            }
            2 => {
                assert_eq!(place(&cell.swap(value.clone())), place(&model));
                model = value;
            }
            3 => {
                assert_eq!(place(&cell.rcu(|_| value.clone())), place(&model));
                model = value;
            }
            4 => {
                let current = values.last().unwrap_or(&model).clone();
                let found = cell.compare_and_swap(&current, value.clone());
                assert_eq!(place(&found), place(&model));
                if place(&current) == place(&model) {
                    model = value;
                }
            }
            5 if kept.len() < 4 => kept.push((cell.load(), place(&model))),
            5 => kept.clear(),
            6 if values.len() < 4 => values.push(cell.load_full()),
            6 => values.clear(),
            _ => {
                cell.reclaim();
                assert_eq!(place(cache.load()), place(&model));
                if decisions.byte() % 2 == 0 {
                    cache.release();
                }
            }
        }
        assert_eq!(place(&cell.load()), place(&model));
        assert_eq!(place(cache.load()), place(&model));
        assert!(kept.iter().all(|(guard, at)| place(guard) == *at));
    }
}
