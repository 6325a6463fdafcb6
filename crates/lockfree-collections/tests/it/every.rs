//! What every collection of values must do, written once.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use lockfree_collections::{LockFreeQueue, LockFreeStack};
use quickcheck::{Arbitrary, Gen, quickcheck};

use crate::support::Census;

/// More than three segments of the smallest cells.
const MANY: usize = 2_000;

#[derive(Clone, Copy, Debug)]
enum Step {
    Push(u16),
    Pop,
    PushMut(u16),
    PopMut,
    Len,
    Empty,
    Drain,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 32 {
            0..10 => Self::Push(u16::arbitrary(g)),
            10..17 => Self::Pop,
            17..23 => Self::PushMut(u16::arbitrary(g)),
            23..28 => Self::PopMut,
            28..30 => Self::Len,
            30 => Self::Empty,
            _ => Self::Drain,
        }
    }
}

macro_rules! tests_of {
    ($module:ident, $name:literal, $type:ident, $model:ident, $push:ident, $pop:ident, $drain:ident, $order:expr, $settle:expr, $unused:ident, $after:expr, $garbage:expr) => {
        mod $module {
            use super::*;

            quickcheck! {
                fn equals_the_sequential_one(steps: Vec<(Step, u8)>) -> bool {
                    let mut subject = $type::new();
                    let mut model = $model::new();
                    steps.into_iter().all(|(step, times)| {
                        (0..=times).all(|_| match step {
                            Step::Push(value) => {
                                subject.push(value);
                                model.$push(value);
                                true
                            }
                            Step::PushMut(value) => {
                                subject.push_mut(value);
                                model.$push(value);
                                true
                            }
                            Step::Pop => subject.pop() == model.$pop(),
                            Step::PopMut => subject.pop_mut() == model.$pop(),
                            Step::Len => subject.len() == model.len(),
                            Step::Empty => subject.is_empty() == model.is_empty(),
                            Step::Drain => subject.$drain().eq(core::iter::from_fn(|| model.$pop())),
                        })
                    })
                }
            }

            #[test]
            fn drops_what_is_left_once() {
                let census = Census::default();
                let subject = $type::new();
                for number in 0..MANY {
                    subject.push(census.value(number));
                }
                for _ in 0..MANY / 3 {
                    _ = subject.pop();
                }
                assert_eq!(census.alive(), MANY - MANY / 3);
                drop(subject);
                assert_eq!(census.alive(), 0);
            }

            #[test]
            fn iterator_drops_what_is_left_once() {
                let census = Census::default();
                let mut iter = (0..MANY).map(|number| census.value(number)).collect::<$type<_>>().into_iter();
                assert_eq!(iter.len(), MANY);
                for _ in 0..10 {
                    drop(iter.next());
                }
                assert_eq!(iter.size_hint(), (MANY - 10, Some(MANY - 10)));
                assert_eq!(census.alive(), MANY - 10);
                drop(iter);
                assert_eq!(census.alive(), 0);
            }

            #[test]
            fn never_dropped_drops_nothing() {
                // Leak checkers see that this is meant: the collection stays reachable.
                static KEPT: Mutex<Vec<Box<dyn std::any::Any + Send>>> = Mutex::new(Vec::new());
                let census = Census::default();
                let subject = $type::from([census.value(1), census.value(2)]);
                KEPT.lock().unwrap().push(Box::new(subject));
                assert_eq!(census.alive(), 2);
            }

            #[test]
            fn holds_values_without_size() {
                static DROPS: AtomicUsize = AtomicUsize::new(0);
                struct Nothing;
                impl Drop for Nothing {
                    fn drop(&mut self) {
                        DROPS.fetch_add(1, Ordering::Relaxed);
                    }
                }
                let subject = $type::new();
                for _ in 0..MANY {
                    subject.push(Nothing);
                }
                assert_eq!(subject.len(), MANY);
                _ = subject.pop();
                assert_eq!(DROPS.load(Ordering::Relaxed), 1);
                assert_eq!(subject.try_iter().take(MANY / 2).count(), MANY / 2);
                drop(subject);
                assert_eq!(DROPS.load(Ordering::Relaxed), MANY);
            }

            #[test]
            fn aligns_values() {
                #[derive(Debug)]
                #[repr(align(512))]
                struct Aligned(usize);
                let mut subject = $type::new();
                for number in 0..100 {
                    subject.push(Aligned(number));
                }
                subject.push_mut(Aligned(100));
                let values: Vec<_> = subject.try_iter().collect();
                let mut numbers: Vec<_> = values.iter().map(|value| value.0).collect();
                numbers.sort_unstable();
                assert!(numbers.into_iter().eq(0..=100));
            }

            #[test]
            fn holds_large_values() {
                let subject = $type::new();
                for number in 0..100_u8 {
                    subject.push([number; 20_000]);
                }
                let sum: usize =
                    subject.try_iter().map(|value| usize::from(value[0]) + usize::from(value[19_999])).sum();
                assert_eq!(sum, 2 * (0..100).sum::<usize>());
            }

            #[test]
            fn lets_values_borrow() {
                let text = String::from("to be split");
                let subject = $type::new();
                thread::scope(|scope| {
                    let threads: Vec<_> = text
                        .split(' ')
                        .map(|word| {
                            let subject = &subject;
                            scope.spawn(move || subject.push(word))
                        })
                        .collect();
                    threads.into_iter().for_each(|thread| thread.join().unwrap());
                });
                let mut words: Vec<&str> = subject.into_iter().collect();
                words.sort_unstable();
                assert_eq!(words, ["be", "split", "to"]);
            }

            #[test]
            fn goes_on_dropping_after_a_panic() {
                for bomb in [0, 1, MANY / 2, MANY - 1] {
                    let census = Census::default();
                    let subject = $type::new();
                    for number in 0..MANY {
                        subject.push(if number == bomb { census.bomb(number) } else { census.value(number) });
                    }
                    let panic = catch_unwind(AssertUnwindSafe(|| drop(subject))).unwrap_err();
                    assert_eq!(panic.downcast_ref::<usize>(), Some(&bomb));
                    assert_eq!(census.alive(), 0, "bomb {bomb}");
                }
            }

            #[test]
            fn outlives_a_panic_of_what_it_returned() {
                let census = Census::default();
                let subject = $type::from([census.bomb(1), census.bomb(2)]);
                assert!(catch_unwind(|| _ = subject.pop()).is_err());
                assert_eq!(subject.len(), 1);
                assert!(catch_unwind(|| _ = subject.pop()).is_err());
                assert!(subject.is_empty());
                assert_eq!(census.alive(), 0);
            }

            #[test]
            fn may_be_used_by_drops_of_its_values() {
                struct Again {
                    subject: Arc<$type<Again>>,
                    times: usize,
                }
                impl Drop for Again {
                    fn drop(&mut self) {
                        if self.times > 0 {
                            let again = Again { subject: Arc::clone(&self.subject), times: self.times - 1 };
                            self.subject.push(again);
                        }
                    }
                }
                let subject = Arc::new($type::new());
                subject.push(Again { subject: Arc::clone(&subject), times: 1_000 });
                assert_eq!(subject.try_iter().map(drop).count(), 1_001);
                assert_eq!(Arc::strong_count(&subject), 1);
            }

            #[test]
            fn serves_thousands_of_threads() {
                const BATCHES: usize = 100;
                const BATCH: usize = 20;
                const EACH: usize = 50;
                let census = Census::default();
                let subject = $type::new();
                let popped = AtomicUsize::new(0);
                for batch in 0..BATCHES {
                    thread::scope(|scope| {
                        let threads: Vec<_> = (0..BATCH)
                            .map(|number| {
                                let (subject, census, popped) = (&subject, &census, &popped);
                                scope.spawn(move || {
                                    for value in 0..EACH {
                                        subject.push(census.value((batch * BATCH + number) * EACH + value));
                                        if value % 5 != 0 && subject.pop().is_some() {
                                            popped.fetch_add(1, Ordering::Relaxed);
                                        }
                                    }
                                })
                            })
                            .collect();
                        threads.into_iter().for_each(|thread| thread.join().unwrap());
                    });
                }
                let all = BATCHES * BATCH * EACH;
                assert_eq!(subject.len(), all - popped.load(Ordering::Relaxed));
                assert_eq!(census.alive(), subject.len());
                // All threads are gone; what their slots, at most one for each thread of a batch, still hold may remain.
                $settle(&subject);
                let unused = subject.$unused();
                assert!(unused <= BATCH * $after, "{unused} unused");
                drop(subject);
                assert_eq!(census.alive(), 0);
            }

            #[test]
            fn bounds_garbage_while_a_thread_is_stopped() {
                let subject = $type::<u64>::new();
                let (stop, go) = (Barrier::new(2), Barrier::new(2));
                thread::scope(|scope| {
                    let stopped = scope.spawn(|| {
                        // Leaves its hazards where they are.
                        subject.push(1);
                        _ = subject.pop();
                        stop.wait();
                        go.wait();
                    });
                    stop.wait();
                    let mut most = 0;
                    for value in 0..200_000 {
                        subject.push(value);
                        _ = subject.pop();
                        most = most.max(subject.$unused());
                    }
                    go.wait();
                    stopped.join().unwrap();
                    assert!(most > 0, "nothing was unused: the test sees nothing");
                    assert!(most <= $garbage, "{most} unused at once");
                });
            }

            #[test]
            fn is_built_from_and_extended_by_iterators() {
                let mut subject: $type<_> = (0..3).collect();
                subject.extend(3..5);
                (&subject).extend([5]);
                assert_eq!(subject.len(), 6);
                let values: Vec<_> = subject.into_iter().collect();
                assert_eq!(values, $order);
                assert!($type::<u8>::default().is_empty());
                assert_eq!($type::from(['x']).pop(), Some('x'));
            }

            #[test]
            fn prints_its_length() {
                let subject = $type::from([1, 2]);
                let (name, field) = (stringify!($type), $name);
                assert_eq!(format!("{subject:?}"), format!("{name} {{ len: 2, .. }}"));
                assert_eq!(
                    format!("{:?}", subject.try_iter()),
                    format!("TryIter {{ {field}: {name} {{ len: 2, .. }} }}")
                );
                assert_eq!(
                    format!("{:?}", subject.into_iter()),
                    format!("IntoIter {{ {field}: {name} {{ len: 2, .. }} }}")
                );
            }

            #[test]
            fn may_be_static() {
                static SUBJECT: $type<Box<u8>> = $type::new();
                assert!(SUBJECT.is_empty());
                assert_eq!(SUBJECT.len(), 0);
                assert_eq!(SUBJECT.pop(), None);
                SUBJECT.push(Box::new(1));
                assert_eq!(SUBJECT.pop(), Some(Box::new(1)));
            }

            #[test]
            fn moves_between_shared_and_exclusive_use() {
                let mut subject = $type::new();
                for round in 0..20 {
                    for value in 0..100 {
                        subject.push(value);
                        subject.push_mut(value);
                    }
                    thread::scope(|scope| {
                        let pop = || (0..60).for_each(|_| _ = subject.pop());
                        let threads = [scope.spawn(pop), scope.spawn(pop)];
                        threads.into_iter().for_each(|thread| thread.join().unwrap());
                    });
                    for _ in 0..60 {
                        assert!(subject.pop_mut().is_some());
                    }
                    assert_eq!(subject.len(), (round + 1) * 20);
                }
            }
        }
    };
}

tests_of!(
    queue,
    "queue",
    LockFreeQueue,
    VecDeque,
    push_back,
    pop_front,
    try_iter,
    [0, 1, 2, 3, 4, 5],
    |queue: &LockFreeQueue<_>| queue.reclaim(),
    garbage,
    2,
    // Two slots: a segment that is looked at, and 2 protected, each; and the two spare ones.
    8
);
tests_of!(
    stack,
    "stack",
    LockFreeStack,
    Vec,
    push,
    pop,
    pop_all,
    [5, 4, 3, 2, 1, 0],
    |_: &LockFreeStack<_>| (),
    spare,
    // What each thread's slot holds, and what it held of values at once beyond those that are left.
    66,
    // Two slots.
    2 * 65
);
