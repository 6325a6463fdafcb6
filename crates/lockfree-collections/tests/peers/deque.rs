// Written for crossbeam-deque; see `tests/peers.rs`.

use std::cell::Cell;
use std::fmt::Debug;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::support::implements;

#[test]
fn deque_owner_and_thief_take_from_their_ends() {
    let (lifo, fifo) = (Worker::new_lifo(), Worker::new_fifo());
    for worker in [&lifo, &fifo] {
        assert!(worker.is_empty() && worker.stealer().is_empty());
        (1..=4).for_each(|number| worker.push(number));
        assert_eq!((worker.len(), worker.stealer().len()), (4, 4));
        assert_eq!(worker.stealer().steal(), Steal::Success(1));
    }
    assert_eq!((lifo.pop(), lifo.pop(), lifo.pop(), lifo.pop()), (Some(4), Some(3), Some(2), None));
    assert_eq!((fifo.pop(), fifo.pop(), fifo.pop(), fifo.pop()), (Some(2), Some(3), Some(4), None));
    assert_eq!(lifo.stealer().steal(), Steal::Empty);
}

/// What the owner of `to` finds after a batch was moved there from `from`.
fn batch(from: &Worker<i32>, to: &Worker<i32>, and_pop: bool) -> Vec<i32> {
    (1..=6).for_each(|number| from.push(number));
    let first = if and_pop {
        from.stealer().steal_batch_and_pop(to).success()
    } else {
        assert_eq!(from.stealer().steal_batch(to), Steal::Success(()));
        None
    };
    first.into_iter().chain(iter::from_fn(|| to.pop())).collect()
}

#[test]
fn deque_batches_keep_the_order_of_the_owner_robbed() {
    for and_pop in [false, true] {
        assert_eq!(batch(&Worker::new_fifo(), &Worker::new_fifo(), and_pop), [1, 2, 3]);
        assert_eq!(batch(&Worker::new_fifo(), &Worker::new_lifo(), and_pop), [1, 2, 3]);
        assert_eq!(batch(&Worker::new_lifo(), &Worker::new_fifo(), and_pop), [3, 2, 1]);
        assert_eq!(batch(&Worker::new_lifo(), &Worker::new_lifo(), and_pop), [3, 2, 1]);
    }
}

#[test]
fn deque_batches_keep_to_their_limit() {
    let (worker, thief) = (Worker::new_fifo(), Worker::new_fifo());
    (0..100).for_each(|number| worker.push(number));
    assert_eq!(worker.stealer().steal_batch_with_limit(&thief, 3), Steal::Success(()));
    assert_eq!(worker.stealer().steal_batch_with_limit_and_pop(&thief, 2), Steal::Success(3));
    assert_eq!(iter::from_fn(|| thief.pop()).collect::<Vec<_>>(), [0, 1, 2, 4]);
}

#[test]
fn deque_injector_is_a_queue() {
    let injector = Injector::new();
    assert_eq!(injector.steal(), Steal::<u32>::Empty);
    (0..10).for_each(|number| injector.push(number));
    assert_eq!((injector.len(), injector.is_empty()), (10, false));
    assert_eq!(injector.steal(), Steal::Success(0));
    let worker = Worker::new_lifo();
    let found = injector.steal_batch_and_pop(&worker);
    let all: Vec<_> = found.success().into_iter().chain(iter::from_fn(|| worker.pop())).collect();
    let rest = iter::from_fn(|| injector.steal().success());
    assert!(all.into_iter().chain(rest).eq(1..10));
    let empty: Injector<u8> = Injector::default();
    assert!(empty.steal_batch(&Worker::new_fifo()).is_empty());
}

#[test]
fn deque_steals_combine() {
    let retry: Steal<u8> = Steal::Retry;
    assert!(retry.is_retry() && !retry.is_empty() && !retry.is_success());
    assert_eq!(Steal::Empty.or_else(|| Steal::Success(1)), Steal::Success(1));
    assert_eq!(Steal::Success(1).or_else(|| Steal::Success(2)), Steal::Success(1));
    assert_eq!(Steal::<u8>::Retry.or_else(|| Steal::Empty), Steal::Retry);
    assert_eq!([Steal::Empty, Steal::Success(3), Steal::Retry].into_iter().collect::<Steal<_>>(), Steal::Success(3));
    assert_eq!([Steal::Empty, Steal::Retry].into_iter().collect::<Steal<u8>>(), Steal::Retry);
}

/// The search for a task, as crossbeam-deque's documentation has it.
fn find_task<T>(local: &Worker<T>, global: &Injector<T>, stealers: &[Stealer<T>]) -> Option<T> {
    local.pop().or_else(|| {
        iter::repeat_with(|| {
            global.steal_batch_and_pop(local).or_else(|| stealers.iter().map(|stealer| stealer.steal()).collect())
        })
        .find(|steal| !steal.is_retry())
        .and_then(|steal| steal.success())
    })
}

#[test]
fn deque_scheduler_runs_each_task_once() {
    const TASKS: usize = 4_000;
    let global = Injector::new();
    let workers: Vec<_> = (0..3).map(|_| Worker::new_lifo()).collect();
    let stealers: Vec<_> = workers.iter().map(Worker::stealer).collect();
    let (runs, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
    (1..=TASKS).for_each(|task| global.push(task));
    thread::scope(|scope| {
        for worker in workers {
            let (global, stealers, runs, sum) = (&global, stealers.clone(), &runs, &sum);
            scope.spawn(move || {
                while runs.load(Ordering::Relaxed) < TASKS {
                    match find_task(&worker, global, &stealers) {
                        Some(task) => {
                            sum.fetch_add(task, Ordering::Relaxed);
                            runs.fetch_add(1, Ordering::Relaxed);
                        }
                        None => thread::yield_now(),
                    }
                }
            });
        }
    });
    assert_eq!(runs.into_inner(), TASKS);
    assert_eq!(sum.into_inner(), TASKS * (TASKS + 1) / 2);
}

/// What one can steal from.
trait Source<T>: Sync {
    fn steal(&self) -> Steal<T>;
    fn batch(&self, to: &Worker<T>) -> Steal<()>;
    fn batch_and_pop(&self, to: &Worker<T>) -> Steal<T>;
}

impl<T: Send> Source<T> for Stealer<T> {
    fn steal(&self) -> Steal<T> {
        Stealer::steal(self)
    }
    fn batch(&self, to: &Worker<T>) -> Steal<()> {
        self.steal_batch(to)
    }
    fn batch_and_pop(&self, to: &Worker<T>) -> Steal<T> {
        self.steal_batch_and_pop(to)
    }
}

impl<T: Send> Source<T> for Injector<T> {
    fn steal(&self) -> Steal<T> {
        Injector::steal(self)
    }
    fn batch(&self, to: &Worker<T>) -> Steal<()> {
        self.steal_batch(to)
    }
    fn batch_and_pop(&self, to: &Worker<T>) -> Steal<T> {
        self.steal_batch_and_pop(to)
    }
}

#[test]
fn deque_batches_of_an_injector_keep_its_order() {
    for and_pop in [false, true] {
        for to in [Worker::new_fifo(), Worker::new_lifo()] {
            let injector = Injector::new();
            (1..=6).for_each(|number| injector.push(number));
            let first = if and_pop {
                injector.steal_batch_and_pop(&to).success()
            } else {
                assert_eq!(injector.steal_batch(&to), Steal::Success(()));
                None
            };
            let found: Vec<_> = first.into_iter().chain(iter::from_fn(|| to.pop())).collect();
            assert!(!found.is_empty() && found.iter().copied().eq(1..=found.len()), "{found:?}");
        }
    }
}

#[test]
fn deque_batches_are_as_large_as_the_limit_allows() {
    let (worker, thief) = (Worker::new_fifo(), Worker::new_lifo());
    (0..200).for_each(|number| worker.push(number));
    assert_eq!(worker.stealer().steal_batch_with_limit(&thief, 90), Steal::Success(()));
    assert!(iter::from_fn(|| thief.pop()).eq(0..90));
    assert_eq!(worker.stealer().steal_batch_with_limit_and_pop(&thief, 1_000), Steal::Success(90));
    assert!(iter::from_fn(|| thief.pop()).eq(91..145));
    assert_eq!(worker.stealer().steal_batch_with_limit_and_pop(&thief, 1), Steal::Success(145));
    assert!(thief.is_empty());
}

#[test]
fn deque_batches_go_behind_what_is_there() {
    for (lifo, found) in [(false, [7, 8, 1, 2]), (true, [1, 2, 8, 7])] {
        let (worker, thief) = (Worker::new_fifo(), if lifo { Worker::new_lifo() } else { Worker::new_fifo() });
        (1..=4).for_each(|number| worker.push(number));
        thief.push(7);
        thief.push(8);
        assert_eq!(worker.stealer().steal_batch(&thief), Steal::Success(()));
        assert!(iter::from_fn(|| thief.pop()).eq(found));
    }
}

#[test]
fn deque_batches_into_itself_move_nothing() {
    let worker = Worker::new_lifo();
    let stealer = worker.stealer();
    assert_eq!((stealer.steal_batch(&worker), stealer.steal_batch_and_pop(&worker)), (Steal::Empty, Steal::Empty));
    (1..=3).for_each(|number| worker.push(number));
    assert_eq!(stealer.steal_batch(&worker), Steal::Success(()));
    assert_eq!(stealer.steal_batch_and_pop(&worker), Steal::Success(3));
    assert_eq!(worker.len(), 2);
}

#[test]
fn deque_limits_of_zero_are_refused() {
    let (worker, injector, to) = (Worker::new_fifo(), Injector::<u8>::new(), Worker::new_fifo());
    let stealer = worker.stealer();
    let attempts: [&dyn Fn() -> bool; 4] = [
        &|| stealer.steal_batch_with_limit(&to, 0).is_empty(),
        &|| stealer.steal_batch_with_limit_and_pop(&to, 0).is_empty(),
        &|| injector.steal_batch_with_limit(&to, 0).is_empty(),
        &|| injector.steal_batch_with_limit_and_pop(&to, 0).is_empty(),
    ];
    assert!(attempts.into_iter().all(|attempt| catch_unwind(AssertUnwindSafe(attempt)).is_err()));
}

#[test]
fn deque_thief_finds_values_in_the_order_of_their_pushes() {
    const VALUES: usize = 10_000;
    for worker in [Worker::new_fifo(), Worker::new_lifo()] {
        let stealer = worker.stealer();
        thread::scope(|scope| {
            scope.spawn(move || {
                for expected in 0..VALUES {
                    let found = loop {
                        match stealer.steal() {
                            Steal::Success(found) => break found,
                            Steal::Empty | Steal::Retry => thread::yield_now(),
                        }
                    };
                    assert_eq!(found, expected);
                }
                assert_eq!(stealer.steal(), Steal::Empty);
            });
            (0..VALUES).for_each(|number| worker.push(number));
        });
        assert!(worker.is_empty());
    }
}

/// Many threads take boxes at once, each from its end: what a thief gets is newer each time.
fn stampede(source: &dyn Source<Box<usize>>, mut own: impl FnMut(&AtomicUsize), values: usize) {
    let left = AtomicUsize::new(values);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut last = 0;
                while left.load(Ordering::Relaxed) > 0 {
                    if let Steal::Success(value) = source.steal() {
                        assert!(last < *value, "{value} after {last}");
                        last = *value;
                        left.fetch_sub(1, Ordering::Relaxed);
                    }
                }
            });
        }
        while left.load(Ordering::Relaxed) > 0 {
            own(&left);
        }
    });
}

#[test]
fn deque_stampede_takes_each_value_once() {
    const VALUES: usize = 10_000;
    for lifo in [false, true] {
        let worker = if lifo { Worker::new_lifo() } else { Worker::new_fifo() };
        (1..=VALUES).for_each(|number| worker.push(Box::new(number)));
        let mut last = if lifo { VALUES + 1 } else { 0 };
        let own = |left: &AtomicUsize| {
            if let Some(value) = worker.pop() {
                assert_eq!(lifo, *value < last, "{value} after {last}");
                last = *value;
                left.fetch_sub(1, Ordering::Relaxed);
            }
        };
        stampede(&worker.stealer(), own, VALUES);
        assert!(worker.pop().is_none());
    }
    let injector = Injector::new();
    (1..=VALUES).for_each(|number| injector.push(Box::new(number)));
    stampede(&injector, |_| thread::yield_now(), VALUES);
    assert!(injector.is_empty());
}

/// Thieves that steal in every way, until `done`; what they have taken is counted by `taken`.
fn steal_in_every_way<T: Send>(source: &dyn Source<T>, done: impl Fn() -> bool, mut taken: impl FnMut(T)) {
    let own = Worker::new_fifo();
    while !done() {
        source.steal().success().into_iter().for_each(&mut taken);
        let _ = source.batch(&own);
        source.batch_and_pop(&own).success().into_iter().for_each(&mut taken);
        iter::from_fn(|| own.pop()).for_each(&mut taken);
        thread::yield_now();
    }
}

/// Thieves beside an owner who pushes and takes, in turns of lengths that differ.
fn stress(source: &dyn Source<usize>, push: impl Fn(usize), pop: impl Fn() -> Option<usize>) {
    const VALUES: usize = 10_000;
    let seen: Vec<_> = (0..VALUES).map(|_| AtomicUsize::new(0)).collect();
    let (seen, taken, done) = (&seen, &AtomicUsize::new(0), &AtomicBool::new(false));
    let take = move |value: usize| {
        seen[value].fetch_add(1, Ordering::Relaxed);
        taken.fetch_add(1, Ordering::Relaxed);
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(move || steal_in_every_way(source, || done.load(Ordering::Relaxed), take));
        }
        for number in 0..VALUES {
            push(number);
            if number % 11 == 0 || number % 7 == 0 {
                iter::from_fn(&pop).for_each(take);
            }
        }
        while taken.load(Ordering::Relaxed) < VALUES {
            iter::from_fn(&pop).for_each(take);
            thread::yield_now();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(seen.iter().all(|times| times.load(Ordering::Relaxed) == 1));
}

#[test]
fn deque_thieves_in_every_way_take_each_value_once() {
    for worker in [Worker::new_fifo(), Worker::new_lifo()] {
        stress(&worker.stealer(), |number| worker.push(number), || worker.pop());
    }
    let injector = Injector::new();
    stress(&injector, |number| injector.push(number), || injector.steal().success());
}

/// Tells its number when it is dropped.
struct Telling<'a>(usize, &'a Mutex<Vec<usize>>);

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
    }
}

/// Takes a part of the values, and drops the rest with the last handle: each is dropped once, and the rest are neighbours.
fn destructors(make: impl for<'a> FnOnce(Vec<Telling<'a>>) -> Box<dyn Source<Telling<'a>> + 'a>) {
    const VALUES: usize = 5_000;
    let dropped = Mutex::new(Vec::new());
    let source = make((0..VALUES).map(|number| Telling(number, &dropped)).collect());
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let taken = Cell::new(0);
                steal_in_every_way(&*source, || taken.get() >= 500, |_| taken.set(taken.get() + 1));
            });
        }
    });
    let mut before = std::mem::take(&mut *dropped.lock().unwrap());
    assert!((1_500..VALUES).contains(&before.len()));
    drop(source);
    let mut after = std::mem::take(&mut *dropped.lock().unwrap());
    after.sort_unstable();
    assert!(after.windows(2).all(|pair| pair[0] + 1 == pair[1]), "what is left are neighbours");
    before.extend(after);
    before.sort_unstable();
    assert!(before.into_iter().eq(0..VALUES));
}

#[test]
fn deque_drops_each_value_once() {
    fn deque<'a>(worker: Worker<Telling<'a>>, values: Vec<Telling<'a>>) -> Box<dyn Source<Telling<'a>> + 'a> {
        values.into_iter().for_each(|value| worker.push(value));
        Box::new(worker.stealer())
    }
    destructors(|values| deque(Worker::new_fifo(), values));
    destructors(|values| deque(Worker::new_lifo(), values));
    destructors(|values| {
        let injector = Injector::new();
        values.into_iter().for_each(|value| injector.push(value));
        Box::new(injector)
    });
}

#[test]
fn deque_injector_holds_large_values() {
    let injector = Injector::new();
    (0..3_u8).for_each(|number| injector.push([number; 1 << 15]));
    let found = iter::from_fn(|| injector.steal().success());
    assert!(found.map(|value| value[0]).eq(0..3));
}

/// What code that is generic in the values may ask for.
#[test]
fn deque_handles_and_answers_are_what_generic_code_asks_for() {
    fn show<H: Debug>(handle: &H) -> String {
        format!("{handle:?}")
    }
    /// Can neither be shown nor compared.
    struct Opaque;
    let steals = [Steal::Success(Opaque), Steal::Retry, Steal::Empty];
    assert_eq!(steals.each_ref().map(show).concat(), "Success(..)RetryEmpty");
    let [success, retry, empty] = steals;
    let fallback: fn() -> Steal<Opaque> = || Steal::Empty;
    assert!(empty.or_else::<fn() -> Steal<Opaque>>(fallback).or_else(|| retry).is_retry());
    assert!(iter::once(success).collect::<Steal<Opaque>>().success().is_some());

    let (worker, injector) = (Worker::<Opaque>::new_lifo(), Injector::<Opaque>::default());
    let stealer = worker.stealer();
    assert!([show(&worker), show(&stealer.clone()), show(&injector)].iter().all(|shown| shown.ends_with(" }")));
    assert!(implements!(Worker<Cell<u8>>: Send) && !implements!(Worker<u8>: Sync) && !implements!(Worker<u8>: Clone));
    assert!(implements!(Stealer<Cell<u8>>: Send + Sync + Clone) && implements!(Injector<Cell<u8>>: Send + Sync));
    assert!(!implements!(Worker<*const u8>: Send) && !implements!(Stealer<*const u8>: Send));
    assert!(!implements!(Stealer<*const u8>: Sync) && !implements!(Injector<*const u8>: Sync));
    assert!(implements!(Steal<u8>: Copy + Eq + Send + Sync) && !implements!(Steal<*const u8>: Send));
    assert!(!implements!(Injector<u8>: Clone) && !implements!(Steal<Opaque>: Clone));
}
