// Written for crossbeam-deque; see `tests/peers.rs`.

use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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
