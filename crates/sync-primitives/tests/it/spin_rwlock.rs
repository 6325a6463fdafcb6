//! `spin::RwLock`: what it does apart from excluding, which the model and stress tests look at.

use std::sync::Arc;
use std::thread;

use quickcheck::{Arbitrary, Gen, QuickCheck};
use sync_primitives::spin::{RwLock, RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};

use crate::support::panics;

static PAIR: RwLock<(u64, u64)> = RwLock::new((0, 0));

#[test]
fn rwlock_shares_in_a_static() {
    let write = || {
        for _ in 0..1_000 {
            let mut pair = PAIR.write();
            pair.0 += 1;
            pair.1 += 1;
        }
    };
    let read = || {
        for _ in 0..1_000 {
            let pair = PAIR.read();
            assert_eq!(pair.0, pair.1);
        }
    };
    let bodies: [fn(); 4] = [write, read, write, read];
    for thread in bodies.map(thread::spawn) {
        thread.join().unwrap();
    }
    assert_eq!(*PAIR.read(), (2_000, 2_000));
}

#[test]
fn rwlock_is_usable_after_a_panic() {
    let lock = RwLock::new(1);
    let mappings: [fn(&RwLock<i32>); 3] = [
        |lock| {
            *lock.write() = 2;
            let _writer = lock.write();
            panic!("while writing");
        },
        |lock| {
            let _reader = lock.read();
            panic!("while reading");
        },
        |lock| {
            let _look = lock.upgradable_read();
            panic!("while looking");
        },
    ];
    for map in mappings {
        assert!(panics(|| map(&lock)));
        assert!(!lock.is_locked());
    }
    assert_eq!(*lock.read(), 2, "the value is as the panic left it");
}

#[test]
fn rwlock_writer_gets_in_though_readers_keep_coming() {
    let lock = RwLock::new(false);
    let written = thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    // Each reader takes its next guard before it drops the last, so there is a reader at every moment.
                    let mut guard = lock.read();
                    while !*guard {
                        match lock.try_read() {
                            Some(next) => guard = next,
                            None => {
                                drop(guard);
                                guard = lock.read();
                            }
                        }
                    }
                })
            })
            .collect();
        *lock.write() = true;
        readers.into_iter().all(|reader| reader.join().is_ok())
    });
    assert!(written);
}

#[test]
fn rwlock_guards_unlock_on_another_thread() {
    let lock = RwLock::new(1);
    let writer = lock.write();
    thread::scope(|scope| {
        scope.spawn(move || drop(RwLockWriteGuard::downgrade(writer))).join().unwrap();
    });
    assert!(!lock.is_locked());
    let look = lock.upgradable_read();
    thread::scope(|scope| {
        scope.spawn(move || *RwLockUpgradableReadGuard::upgrade(look) = 2).join().unwrap();
    });
    assert_eq!(lock.into_inner(), 2);
}

#[test]
fn rwlock_holds_unsized_values() {
    let lock: Arc<RwLock<[u8]>> = Arc::new(RwLock::new([3, 1, 2]));
    lock.write().sort_unstable();
    assert_eq!(*lock.read(), [1, 2, 3]);
    let first = RwLockReadGuard::map(lock.read(), |items| &items[0]);
    assert_eq!((*first, lock.reader_count()), (1, 1));
}

#[test]
fn rwlock_formats_its_value_and_itself() {
    let mut lock = RwLock::from(5);
    let reader = lock.read();
    assert_eq!(format!("{lock:?} {reader:?} {reader}"), "RwLock { value: 5 } 5 5");
    drop(reader);
    let writer = lock.write();
    assert_eq!(format!("{lock:?} {writer:?} {writer}"), "RwLock { value: <locked> } 5 5");
    drop(writer);
    *lock.get_mut() = 6;
    assert_eq!(lock.into_inner(), 6);
    assert_eq!(RwLock::<u8>::default().into_inner(), 0);
}

/// One step of a single thread that holds any number of guards of one lock.
#[derive(Clone, Copy, Debug)]
enum Step {
    Read,
    Look,
    Write,
    Drop(usize),
    Upgrade(usize),
    Downgrade(usize),
    Share(usize),
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        let which = usize::arbitrary(g);
        match u8::arbitrary(g) % 7 {
            0 => Self::Read,
            1 => Self::Look,
            2 => Self::Write,
            3 => Self::Drop(which),
            4 => Self::Upgrade(which),
            5 => Self::Downgrade(which),
            _ => Self::Share(which),
        }
    }
}

enum Held<'a> {
    Read(RwLockReadGuard<'a, ()>),
    Look(RwLockUpgradableReadGuard<'a, ()>),
    Write(RwLockWriteGuard<'a, ()>),
}

/// Whatever a thread takes, drops and turns into another kind: who is let in depends on who is in, and on nothing else.
#[test]
fn rwlock_lets_in_by_who_is_in() {
    fn agrees(steps: Vec<Step>) -> bool {
        let lock = RwLock::new(());
        let mut held: Vec<Held<'_>> = Vec::new();
        for step in steps {
            let writing = held.iter().any(|guard| matches!(guard, Held::Write(_)));
            let looking = held.iter().any(|guard| matches!(guard, Held::Look(_)));
            let alone = held.len() == 1;
            let pick = |which: usize| (!held.is_empty()).then(|| which % held.len());
            match step {
                Step::Read => match lock.try_read() {
                    Some(guard) if !writing => held.push(Held::Read(guard)),
                    None if writing => {}
                    _ => return false,
                },
                Step::Look => match lock.try_upgradable_read() {
                    Some(guard) if !writing && !looking => held.push(Held::Look(guard)),
                    None if writing || looking => {}
                    _ => return false,
                },
                Step::Write => match lock.try_write() {
                    Some(guard) if held.is_empty() => held.push(Held::Write(guard)),
                    None if !held.is_empty() => {}
                    _ => return false,
                },
                Step::Drop(which) => {
                    if let Some(index) = pick(which) {
                        drop(held.swap_remove(index));
                    }
                }
                Step::Upgrade(which) => {
                    let Some(index) = pick(which) else { continue };
                    let after = match held.swap_remove(index) {
                        Held::Look(guard) => match RwLockUpgradableReadGuard::try_upgrade(guard) {
                            Ok(guard) if alone => Held::Write(guard),
                            Err(guard) if !alone => Held::Look(guard),
                            _ => return false,
                        },
                        other => other,
                    };
                    held.push(after);
                }
                Step::Downgrade(which) => {
                    let Some(index) = pick(which) else { continue };
                    let after = match held.swap_remove(index) {
                        Held::Write(guard) => Held::Read(RwLockWriteGuard::downgrade(guard)),
                        Held::Look(guard) => Held::Read(RwLockUpgradableReadGuard::downgrade(guard)),
                        Held::Read(guard) => Held::Read(guard),
                    };
                    held.push(after);
                }
                Step::Share(which) => {
                    let Some(index) = pick(which) else { continue };
                    let after = match held.swap_remove(index) {
                        Held::Write(guard) => Held::Look(RwLockWriteGuard::downgrade_to_upgradable(guard)),
                        other => other,
                    };
                    held.push(after);
                }
            }
            let writing = held.iter().any(|guard| matches!(guard, Held::Write(_)));
            let readers = if writing { 0 } else { held.len() };
            let told = (lock.is_locked(), lock.is_locked_exclusive(), lock.reader_count() as usize);
            if told != (!held.is_empty(), writing, readers) {
                return false;
            }
        }
        held.clear();
        !lock.is_locked()
    }
    let seed = std::env::var("SELVEDGE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5e1_ed6e);
    println!("SELVEDGE_SEED={seed}");
    let generator = Gen::from_size_and_seed(100, seed);
    QuickCheck::new().rng(generator).tests(1_000).quickcheck(agrees as fn(Vec<Step>) -> bool);
}
