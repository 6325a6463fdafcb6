//! `Notify`, `Barrier`, `Condvar`, `OnceCell`, `SetOnce`, one step at a time.

use std::future::{pending, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use sync_primitives::{Barrier, Condvar, Mutex, Notify, OnceCell, SetError, SetOnce};

use crate::support::{Task, panics};

#[test]
fn notify_keeps_one_token() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_one();
    Task::new(notify.notified()).done();
    Task::new(notify.notified()).waits();
}

#[test]
fn notify_one_wakes_the_first() {
    let notify = Notify::new();
    let mut tasks = [(); 3].map(|()| Task::new(notify.notified()));
    tasks.iter_mut().for_each(Task::waits);
    notify.notify_one();
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 0, 0]);
    notify.notify_last();
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 0, 1]);
    tasks[0].done();
    tasks[1].waits();
    tasks[2].done();
    tasks[2].done();
}

#[test]
fn notify_waiters_reaches_all_that_were_called_before() {
    let notify = Notify::new();
    let mut tasks: Vec<_> = (0..100).map(|_| Task::new(notify.notified())).collect();
    let mut unpolled = Task::new(notify.notified());
    tasks.iter_mut().for_each(Task::waits);
    notify.notify_waiters();
    let mut after = Task::new(notify.notified());
    assert!(tasks.iter().all(|task| task.wakes() == 1));
    tasks.iter_mut().for_each(Task::done);
    unpolled.done();
    after.waits();
}

#[test]
fn notify_cancelled_passes_its_token_on() {
    let notify = Notify::new();
    let (mut first, mut second, mut third) =
        (Task::new(notify.notified()), Task::new(notify.notified()), Task::new(notify.notified()));
    first.waits();
    second.waits();
    third.waits();
    notify.notify_one();
    drop(first);
    assert_eq!((second.wakes(), third.wakes()), (1, 0));
    second.done();
    drop(second);
    assert_eq!(third.wakes(), 0, "what was received is not passed on");
    let mut last = Task::new(notify.notified());
    last.waits();
    notify.notify_last();
    drop(last);
    assert_eq!(third.wakes(), 1);
    drop(third);
    Task::new(notify.notified()).done();
}

#[test]
fn notify_cancelled_after_a_broadcast_passes_nothing_on() {
    let notify = Notify::new();
    let mut first = Task::new(notify.notified());
    first.waits();
    notify.notify_waiters();
    let mut second = Task::new(notify.notified());
    second.waits();
    drop(first);
    second.waits();
}

#[test]
fn notify_enable_joins_and_keeps_the_waker() {
    let notify = Arc::new(Notify::new());
    let mut owned = Task::new(Arc::clone(&notify).notified_owned());
    assert!(!owned.future.as_mut().enable());
    owned.waits();
    assert!(!owned.future.as_mut().enable());
    notify.notify_one();
    assert_eq!(owned.wakes(), 1);
    assert!(owned.future.as_mut().enable());
    assert!(owned.future.as_mut().enable());
    owned.done();
    notify.notify_last();
    let mut token = Task::new(notify.notified());
    assert!(token.future.as_mut().enable(), "takes the token");
    drop(token);
    Task::new(notify.notified()).waits();
}

#[test]
fn notify_blocks_threads() {
    let notify = Notify::new();
    assert!(!notify.blocking_notified_for(Duration::from_micros(20)));
    notify.notify_one();
    assert!(notify.blocking_notified_for(Duration::MAX));
    thread::scope(|scope| {
        let other = scope.spawn(|| notify.blocking_notified());
        notify.notify_one();
        other.join().unwrap();
    });
    Task::new(notify.notified()).waits();
}

#[test]
fn barrier_opens_again_and_again() {
    let barrier = Barrier::new(3);
    for _ in 0..20 {
        let mut tasks = [(); 3].map(|()| Task::new(barrier.wait()));
        tasks[1].waits();
        tasks[0].waits();
        assert!(tasks[2].done().is_leader());
        assert_eq!(tasks.each_ref().map(Task::wakes), [1, 1, 0]);
        assert!(!tasks[0].done().is_leader());
        assert!(!tasks[1].done().is_leader());
    }
}

#[test]
fn barrier_of_more_than_a_batch() {
    let barrier = Barrier::new(101);
    let mut tasks: Vec<_> = (0..100).map(|_| Task::new(barrier.wait())).collect();
    tasks.iter_mut().for_each(Task::waits);
    // Arrives for the next time, while the last time's are let go.
    assert!(Task::new(barrier.wait()).done().is_leader());
    let mut next = Task::new(barrier.wait());
    next.waits();
    assert!(tasks.iter_mut().all(|task| !task.done().is_leader()));
    next.waits();
}

#[test]
fn barrier_cancelled_takes_its_arrival_back() {
    let barrier = Barrier::new(2);
    let mut first = Task::new(barrier.wait());
    first.waits();
    drop(first);
    let mut second = Task::new(barrier.wait());
    second.waits();
    assert!(Task::new(barrier.wait()).done().is_leader());
    drop(second);
    Task::new(barrier.wait()).waits();
    assert!(Task::new(Barrier::new(0).wait()).done().is_leader());
}

#[test]
fn barrier_blocks_threads() {
    let barrier = Barrier::new(4);
    let leaders: usize = thread::scope(|scope| {
        let threads = [(); 3].map(|()| scope.spawn(|| (0..50).filter(|_| barrier.blocking_wait().is_leader()).count()));
        let own = (0..50).filter(|_| pollster::block_on(barrier.wait()).is_leader()).count();
        own + threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    assert_eq!(leaders, 50);
}

#[test]
fn condvar_wakes_one_and_all() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    condvar.notify_one();
    condvar.notify_all();
    let mut tasks = [(); 3].map(|()| {
        let mut task = Task::new(condvar.wait(mutex.try_lock().unwrap()));
        task.waits();
        assert!(mutex.try_lock().is_ok(), "waiting unlocks");
        task
    });
    condvar.notify_one();
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 0, 0]);
    *tasks[0].done() += 1;
    condvar.notify_all();
    assert_eq!(tasks.each_ref().map(Task::wakes), [1, 1, 1]);
    *tasks[2].done() += 1;
    *tasks[1].done() += 1;
    assert_eq!(*mutex.try_lock().unwrap(), 3);
}

#[test]
fn condvar_cancelled_passes_its_notification_on() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let mut first = Task::new(condvar.wait(mutex.try_lock().unwrap()));
    first.waits();
    let mut second = Task::new(condvar.wait(mutex.try_lock().unwrap()));
    second.waits();
    let mut third = Task::new(condvar.wait(mutex.try_lock().unwrap()));
    third.waits();
    condvar.notify_one();
    drop(first);
    assert_eq!((second.wakes(), third.wakes()), (1, 0));
    // Notified, and waiting for the mutex.
    let guard = mutex.try_lock().unwrap();
    second.waits();
    drop(second);
    assert_eq!(third.wakes(), 1);
    drop(guard);
    drop(third.done());
    drop(third);
    // Nobody is left to whom a notification could go.
    let mut last = Task::new(condvar.wait(mutex.try_lock().unwrap()));
    last.waits();
    condvar.notify_one();
    drop(last);
    let mut next = Task::new(condvar.wait(mutex.try_lock().unwrap()));
    next.waits();
    next.waits();
}

#[test]
fn condvar_dropped_before_it_is_polled_unlocks() {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let wait = condvar.wait(mutex.try_lock().unwrap());
    assert!(mutex.try_lock().is_err());
    drop(wait);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn condvar_times_out() {
    let (mutex, condvar) = (Mutex::new(false), Condvar::new());
    let (guard, result) = condvar.wait_timeout_while(mutex.blocking_lock(), Duration::from_micros(20), |ready| !*ready);
    assert!(result.timed_out());
    let (guard, result) = condvar.wait_timeout_while(guard, Duration::MAX, |ready| *ready);
    assert!(!result.timed_out());
    drop(guard);
}

#[test]
fn condvar_hands_items_from_threads_to_tasks() {
    let (queue, changed) = (Mutex::new(Vec::new()), Condvar::new());
    let taken = thread::scope(|scope| {
        let givers = [(); 2].map(|()| {
            scope.spawn(|| {
                for item in 1..=200 {
                    queue.blocking_lock().push(item);
                    changed.notify_one();
                }
            })
        });
        let thread = scope.spawn(|| {
            (0..200)
                .map(|_| changed.blocking_wait_while(queue.blocking_lock(), |queue| queue.is_empty()).pop().unwrap())
                .sum::<u32>()
        });
        let task = pollster::block_on(async {
            let mut sum = 0;
            for _ in 0..200 {
                sum += changed.wait_while(queue.lock().await, |queue| queue.is_empty()).await.pop().unwrap();
            }
            sum
        });
        givers.into_iter().for_each(|giver| giver.join().unwrap());
        task + thread.join().unwrap()
    });
    assert_eq!(taken, 2 * (1..=200).sum::<u32>());
}

#[test]
fn once_cell_is_initialised_once() {
    let cell = OnceCell::new();
    let mut first = Task::new(cell.get_or_init(|| async { pending::<u32>().await }));
    let mut second = Task::new(cell.get_or_init(|| ready(2)));
    let mut third = Task::new(cell.get_or_init(|| ready(3)));
    first.waits();
    second.waits();
    third.waits();
    assert_eq!(cell.set(9), Err(SetError::InitializingError(9)));
    assert_eq!(cell.get(), None);
    drop(first);
    assert_eq!(*second.done(), 2);
    assert_eq!(*third.done(), 2);
    assert!(cell.set(9).unwrap_err().is_already_init_err());
}

#[test]
fn once_cell_failure_lets_the_next_try() {
    let cell = OnceCell::new();
    assert_eq!(Task::new(cell.get_or_try_init(|| ready(Err("not now")))).done(), Err("not now"));
    let mut wrong = Task::new(cell.get_or_init(|| async { panic!("in the initialiser") }));
    assert!(panics(|| wrong.poll().is_ready()));
    drop(wrong);
    assert_eq!(Task::new(cell.get_or_try_init(|| ready(Ok::<u8, ()>(1)))).done(), Ok(&1));
}

#[test]
fn once_cells_drop_and_give_out_their_value_once() {
    let value = Rc::new(());
    let mut cell = OnceCell::new();
    cell.set(Rc::clone(&value)).unwrap();
    assert_eq!(Rc::strong_count(&value), 2);
    drop(cell.take());
    assert_eq!((Rc::strong_count(&value), cell.initialized()), (1, false));
    cell.set(Rc::clone(&value)).unwrap();
    assert!(cell.get_mut().is_some());
    drop(cell.clone());
    drop(cell);
    assert_eq!(Rc::strong_count(&value), 1);
    let set = SetOnce::from(Rc::clone(&value));
    drop(set.clone());
    assert!(set.set(Rc::clone(&value)).is_err());
    assert_eq!(Rc::strong_count(&value), 2);
    assert!(set.into_inner().is_some());
    drop(SetOnce::from(Rc::clone(&value)));
    assert_eq!(Rc::strong_count(&value), 1);
    assert!(SetOnce::<u8>::new().into_inner().is_none() && OnceCell::<u8>::new().into_inner().is_none());
}

#[test]
fn set_once_lets_all_go() {
    let cell = SetOnce::new();
    let mut tasks: Vec<_> = (0..40).map(|_| Task::new(cell.wait())).collect();
    tasks.iter_mut().for_each(Task::waits);
    drop(tasks.pop());
    cell.set(5).unwrap();
    assert_eq!(cell.set(6).unwrap_err().0, 6);
    assert!(tasks.iter_mut().all(|task| task.wakes() == 1 && *task.done() == 5));
    assert_eq!((*Task::new(cell.wait()).done(), *cell.blocking_wait()), (5, 5));
    assert_eq!(format!("{cell:?}"), "SetOnce { value: Some(5) }");
}
