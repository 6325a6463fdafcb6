//! `Semaphore`, one step at a time.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use sync_primitives::futures::Acquire;
use sync_primitives::{Semaphore, SemaphorePermit, TimedAcquireError, TryAcquireError};
use verify_harness::random::Random;

use crate::support::{Task, panics};

#[test]
fn semaphore_counts() {
    let semaphore = Semaphore::new(3);
    let one = semaphore.try_acquire().unwrap();
    let two = semaphore.try_acquire_many(2).unwrap();
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    drop(one);
    assert_eq!(semaphore.available_permits(), 1);
    drop(two);
    assert_eq!(semaphore.available_permits(), 3);
}

#[test]
fn semaphore_serves_in_order() {
    let semaphore = Semaphore::new(0);
    let mut tasks: Vec<_> = (0..100).map(|_| Task::new(semaphore.acquire())).collect();
    tasks.iter_mut().for_each(Task::waits);
    for served in 0..100 {
        semaphore.add_permits(1);
        let woken: Vec<usize> = tasks.iter().map(Task::wakes).collect();
        assert!(woken.iter().enumerate().all(|(number, wakes)| *wakes == usize::from(number <= served)), "{woken:?}");
        tasks[served].done().unwrap().forget();
    }
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn semaphore_serves_more_than_a_batch_at_once() {
    let semaphore = Semaphore::new(0);
    let mut tasks: Vec<_> = (0..1_000).map(|_| Task::new(semaphore.acquire())).collect();
    tasks.iter_mut().for_each(Task::waits);
    semaphore.add_permits(999);
    let (last, served) = tasks.split_last_mut().unwrap();
    assert!(served.iter().all(|task| task.wakes() == 1));
    let permits: Vec<_> = served.iter_mut().map(|task| task.done().unwrap()).collect();
    last.waits();
    drop(permits);
    last.done().unwrap().forget();
    assert_eq!(semaphore.available_permits(), 998);
}

/// One that needs much holds up those behind it, and they cannot starve it.
#[test]
fn semaphore_head_of_line_comes_first() {
    let semaphore = Semaphore::new(2);
    let mut big = Task::new(semaphore.acquire_many(3));
    let mut small = Task::new(semaphore.acquire());
    big.waits();
    small.waits();
    assert_eq!(semaphore.available_permits(), 0, "what is there is for the first in line");
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::NoPermits);
    semaphore.add_permits(1);
    assert_eq!((big.wakes(), small.wakes()), (1, 0));
    let permits = big.done().unwrap();
    small.waits();
    drop(permits);
    assert_eq!(small.done().unwrap().num_permits(), 1);
    assert_eq!(semaphore.available_permits(), 3);
}

#[test]
fn semaphore_cancelled_head_makes_way() {
    let semaphore = Semaphore::new(2);
    let mut big = Task::new(semaphore.acquire_many(3));
    let mut small = Task::new(semaphore.acquire_many(2));
    big.waits();
    small.waits();
    drop(big);
    assert_eq!(small.wakes(), 1);
    assert_eq!(small.done().unwrap().num_permits(), 2);
}

#[test]
fn semaphore_cancel_gives_back_what_was_given() {
    let semaphore = Semaphore::new(0);
    let (mut first, mut second) = (Task::new(semaphore.acquire_many(2)), Task::new(semaphore.acquire_many(2)));
    first.waits();
    second.waits();
    semaphore.add_permits(2);
    assert_eq!((first.wakes(), second.wakes()), (1, 0));
    drop(first);
    assert_eq!(second.wakes(), 1);
    second.done().unwrap().forget();
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn semaphore_cancel_in_any_order() {
    let semaphore = Semaphore::new(0);
    for skip in [3, 5, 7] {
        let mut tasks: Vec<_> = (0..8).map(|_| Some(Task::new(semaphore.acquire()))).collect();
        tasks.iter_mut().flatten().for_each(Task::waits);
        // Every order of the form k * skip mod 8 visits each once.
        for step in 0..7 {
            tasks[step * skip % 8] = None;
        }
        semaphore.add_permits(1);
        let mut left: Vec<_> = tasks.iter_mut().flatten().collect();
        assert_eq!(left.len(), 1);
        left[0].done().unwrap().forget();
    }
}

#[test]
fn semaphore_zero_permits_pass_everybody() {
    let semaphore = Semaphore::new(0);
    let mut waits = Task::new(semaphore.acquire());
    waits.waits();
    assert_eq!(Task::new(semaphore.acquire_many(0)).done().unwrap().num_permits(), 0);
    assert_eq!(semaphore.try_acquire_many(0).unwrap().num_permits(), 0);
    semaphore.close();
    assert!(Task::new(semaphore.acquire_many(0)).done().is_err());
}

#[test]
fn semaphore_close_wakes_all_and_stays_closed() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let mut tasks: Vec<_> = (0..70).map(|_| Task::new(semaphore.acquire())).collect();
    tasks.iter_mut().for_each(Task::waits);
    semaphore.close();
    semaphore.close();
    assert!(semaphore.is_closed());
    assert!(tasks.iter().all(|task| task.wakes() == 1));
    assert!(tasks.iter_mut().all(|task| task.done().is_err()));
    drop(held);
    assert_eq!(semaphore.available_permits(), 1);
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    assert!(Task::new(semaphore.acquire()).done().is_err());
    assert_eq!(semaphore.try_acquire_for(Duration::MAX).unwrap_err(), TimedAcquireError::Closed);
}

#[test]
fn semaphore_permits_split_and_merge() {
    let semaphore = Arc::new(Semaphore::new(5));
    let mut permit = Arc::clone(&semaphore).try_acquire_many_owned(5).unwrap();
    let mut part = permit.split(2).unwrap();
    assert!(part.split(3).is_none());
    drop(permit);
    assert_eq!(semaphore.available_permits(), 3);
    part.merge(Arc::clone(&semaphore).try_acquire_many_owned(3).unwrap());
    assert_eq!(part.num_permits(), 5);
    part.forget();
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn semaphore_merge_of_strangers_panics_and_loses_nothing() {
    let (one, two) = (Semaphore::new(1), Semaphore::new(1));
    let mut permit = one.try_acquire().unwrap();
    let other = two.try_acquire().unwrap();
    assert!(panics(|| permit.merge(other)));
    assert_eq!((one.available_permits(), two.available_permits()), (0, 1));
    drop(permit);
    assert_eq!(one.available_permits(), 1);
}

#[test]
fn semaphore_forgets_what_is_free() {
    let semaphore = Semaphore::new(3);
    let held = semaphore.try_acquire().unwrap();
    assert_eq!(semaphore.forget_permits(5), 2);
    assert_eq!(semaphore.forget_permits(5), 0);
    drop(held);
    assert_eq!(semaphore.available_permits(), 1);
    let mut big = Task::new(semaphore.acquire_many(2));
    big.waits();
    assert_eq!(semaphore.forget_permits(1), 1, "what is kept for the first in line is free still");
    semaphore.add_permits(1);
    big.waits();
    semaphore.add_permits(1);
    big.done().unwrap().forget();
}

#[test]
fn semaphore_never_has_more_than_the_most() {
    let semaphore = Semaphore::new(Semaphore::MAX_PERMITS);
    assert!(panics(|| semaphore.add_permits(1)));
    assert_eq!(semaphore.available_permits(), Semaphore::MAX_PERMITS);
    let held = semaphore.try_acquire_many(7).unwrap();
    semaphore.add_permits(7);
    drop(held);
    assert_eq!(semaphore.available_permits(), Semaphore::MAX_PERMITS, "what is above is dropped");
    assert!(panics(|| Semaphore::new(Semaphore::MAX_PERMITS + 1)));
    assert!(panics(|| semaphore.add_permits(usize::MAX)));
}

#[test]
fn semaphore_panicking_wakers_lose_nobody() {
    let semaphore = Semaphore::new(0);
    let mut tasks: Vec<_> = (0..100).map(|_| Task::new(semaphore.acquire())).collect();
    for (number, task) in tasks.iter_mut().enumerate() {
        if number % 10 == 3 {
            assert!(task.poll_with_panicking_waker().is_pending());
        } else {
            task.waits();
        }
    }
    assert!(panics(|| semaphore.add_permits(100)));
    for (number, task) in tasks.iter_mut().enumerate() {
        assert_eq!(task.wakes(), usize::from(number % 10 != 3));
        task.done().unwrap().forget();
    }
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn semaphore_panicking_waker_while_unwinding_is_survived() {
    let semaphore = Semaphore::new(1);
    let held = semaphore.try_acquire().unwrap();
    let mut task = Task::new(semaphore.acquire());
    assert!(task.poll_with_panicking_waker().is_pending());
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let _held = held;
        panic!("while a permit is held");
    }));
    assert_eq!(outcome.unwrap_err().downcast_ref::<&str>(), Some(&"while a permit is held"));
    task.done().unwrap().forget();
}

#[test]
fn semaphore_is_woken_through_the_last_waker() {
    let semaphore = Semaphore::new(0);
    let mut task = Task::new(semaphore.acquire());
    assert!(task.poll_with_panicking_waker().is_pending());
    task.waits();
    task.waits();
    semaphore.add_permits(1);
    assert_eq!(task.wakes(), 1);
    task.done().unwrap().forget();
}

#[test]
fn semaphore_blocks_threads_and_tasks_in_one_queue() {
    let semaphore = Semaphore::new(0);
    let mut first = Task::new(semaphore.acquire());
    first.waits();
    thread::scope(|scope| {
        let second = scope.spawn(|| semaphore.blocking_acquire().map(sync_primitives::SemaphorePermit::forget));
        semaphore.add_permits(1);
        first.done().unwrap().forget();
        semaphore.add_permits(1);
        second.join().unwrap().unwrap();
    });
    assert_eq!(semaphore.available_permits(), 0);
}

#[test]
fn semaphore_timed_out_thread_leaves_the_queue() {
    let semaphore = Semaphore::new(1);
    let late = semaphore.try_acquire_many_until(2, Instant::now()).unwrap_err();
    assert_eq!(late, TimedAcquireError::TimedOut);
    let late = semaphore.try_acquire_many_for(2, Duration::from_micros(50)).unwrap_err();
    assert_eq!(late, TimedAcquireError::TimedOut);
    assert_eq!(semaphore.available_permits(), 1, "nobody waits any more");
    assert!(semaphore.try_acquire_for(Duration::ZERO).is_ok());
    assert!(semaphore.try_acquire_until(Instant::now()).is_ok());
}

/// A token that was meant for the caller's own `park` is not swallowed by waiting in the queue.
#[test]
fn semaphore_blocking_gives_back_a_stray_token() {
    let semaphore = Arc::new(Semaphore::new(0));
    let other = {
        let semaphore = Arc::clone(&semaphore);
        thread::spawn(move || {
            thread::current().unpark();
            semaphore.blocking_acquire().unwrap().forget();
            thread::park();
        })
    };
    semaphore.add_permits(1);
    other.join().unwrap();
}

#[test]
fn semaphore_repolled_after_completion_panics() {
    let semaphore = Semaphore::new(1);
    let mut task = Task::new(semaphore.acquire());
    task.done().unwrap().forget();
    assert!(panics(|| task.poll().is_ready()));
}

/// What one of many who take turns at a semaphore is about.
enum Turn<'a> {
    Waits(Task<Acquire<'a>>),
    Holds(SemaphorePermit<'a>),
}

/// Lets 64 tasks take turns at 4 permits, each asking again at once, and counts the turns of each. Those who can go on, holders and those who were let
/// in, are kept in the order in which they became so; `next` chooses of as many. Whatever it chooses, all are let in in the order in which they came.
fn take_turns(mut next: impl FnMut(usize) -> usize) -> Vec<usize> {
    const TASKS: usize = 64;
    let semaphore = Semaphore::new(4);
    let mut turns: Vec<_> = (0..TASKS).map(|_| Turn::Waits(Task::new(semaphore.acquire()))).collect();
    let mut ready: Vec<usize> = (0..TASKS).collect();
    let (mut came, mut let_in) = (VecDeque::new(), vec![0; TASKS]);
    for _ in 0..TASKS * 400 {
        let task = ready.remove(next(ready.len()));
        match &mut turns[task] {
            Turn::Waits(waiting) => match waiting.poll() {
                Poll::Ready(permit) => {
                    let_in[task] += 1;
                    turns[task] = Turn::Holds(permit.unwrap());
                    ready.push(task);
                }
                Poll::Pending => {
                    assert_eq!(waiting.wakes(), 0, "woken, and not let in");
                    came.push_back(task);
                }
            },
            Turn::Holds(permit) => {
                assert_eq!(permit.num_permits(), 1);
                turns[task] = Turn::Waits(Task::new(semaphore.acquire()));
                ready.push(task);
            }
        }
        let woken = |task: &usize| matches!(&turns[*task], Turn::Waits(waiting) if waiting.wakes() > 0);
        if let Some(first) = came.front().copied().filter(woken) {
            came.pop_front();
            ready.push(first);
        }
        assert!(!came.iter().any(woken), "let in past others");
    }
    let_in
}

#[test]
fn semaphore_gives_all_as_many_turns() {
    let turns = take_turns(|_| 0);
    let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
    assert!(*least > 100 && most - least <= 1, "{turns:?}");
}

#[test]
fn semaphore_lets_in_by_order_whoever_is_polled_first() {
    let mut random = Random::new(5);
    let turns = take_turns(|ready| random.below(ready as u64) as usize);
    assert!(turns.iter().all(|turns| *turns > 100), "{turns:?}");
    // Whoever became ready last, first.
    take_turns(|ready| ready - 1);
}
