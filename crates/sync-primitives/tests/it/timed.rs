//! Waiting for a time: in tasks with a time that tests move by hand, on threads with a time that is over or does not matter.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn, ready};
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use sync_primitives::futures::{TimedOut, Until, Wait};
use sync_primitives::{
    Barrier, CancellationToken, Condvar, Mutex, Notify, OnceCell, Priority, RwLock, RwLockUpgradableReadGuard,
    Semaphore, SetOnce, TimedAcquireError,
};

use super::support::{Task, panics};

/// A time that is over when the test says so.
fn time(over: &Cell<bool>) -> impl Future<Output = ()> {
    poll_fn(|_| if over.get() { Poll::Ready(()) } else { Poll::Pending })
}

#[test]
fn until_does_not_look_at_the_time_if_it_need_not_wait() {
    let mutex = Mutex::new(1);
    let mut task = Task::new(mutex.lock().until(poll_fn(|_| -> Poll<()> { panic!("nobody waits") })));
    assert_eq!(*task.done().unwrap(), 1);
}

#[test]
fn until_waits_and_gives_up_when_the_time_is_over() {
    let semaphore = Semaphore::new(0);
    let over = Cell::new(false);
    let mut task = Task::new(semaphore.acquire().until(time(&over)));
    let mut next = Task::new(semaphore.acquire());
    task.waits();
    next.waits();
    over.set(true);
    assert_eq!(task.done().unwrap_err(), TimedOut);
    drop(task);
    semaphore.add_permits(1);
    assert_eq!(next.done().unwrap().num_permits(), 1);
}

/// The permit comes while the time is being looked at: it is not refused.
#[test]
fn until_takes_what_comes_at_the_last_moment() {
    let semaphore = Semaphore::new(0);
    let late = poll_fn(|_| {
        semaphore.add_permits(1);
        Poll::Ready(())
    });
    assert!(Task::new(semaphore.acquire().until(late)).done().is_ok());
}

#[test]
fn until_leaves_the_queue_when_it_is_dropped() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut task = Task::new(mutex.lock().until(pending::<()>()));
    task.waits();
    drop(guard);
    drop(task);
    assert!(mutex.try_lock().is_ok(), "the lock went back");
}

/// Every future of this crate but those of channels can be bounded, and is out of its queue then.
#[test]
fn until_is_for_all_that_wait() {
    fn times_out<W: Wait>(wait: W) {
        let until: Until<W, _> = wait.until(ready(()));
        assert!(matches!(Task::new(until).poll(), Poll::Ready(Err(TimedOut))));
    }
    let semaphore = Arc::new(Semaphore::new(0));
    times_out(semaphore.acquire_many(2));
    times_out(Arc::clone(&semaphore).acquire_owned());
    let mutex = Arc::new(Mutex::new(()));
    let guard = mutex.try_lock().unwrap();
    times_out(mutex.lock());
    times_out(Arc::clone(&mutex).lock_owned());
    drop(guard);
    let lock = Arc::new(RwLock::new(()));
    let writer = lock.try_write().unwrap();
    times_out(lock.read());
    times_out(lock.write());
    times_out(lock.upgradable_read());
    times_out(Arc::clone(&lock).read_owned());
    times_out(Arc::clone(&lock).write_owned());
    drop(writer);
    let reader = lock.try_read().unwrap();
    times_out(RwLockUpgradableReadGuard::upgrade(lock.try_upgradable_read().unwrap()));
    drop(reader);
    let notify = Arc::new(Notify::new());
    times_out(notify.notified());
    times_out(Arc::clone(&notify).notified_owned());
    let barrier = Barrier::new(2);
    times_out(barrier.wait());
    let (condvar, cell, token) = (Condvar::new(), SetOnce::<u8>::new(), CancellationToken::new());
    times_out(condvar.wait(mutex.try_lock().unwrap()));
    times_out(cell.wait());
    times_out(token.cancelled());
    times_out(token.clone().cancelled_owned());

    semaphore.add_permits(1);
    assert_eq!(semaphore.available_permits(), 1, "nobody waits");
    assert!(mutex.try_lock().is_ok() && lock.try_write().is_ok());
    notify.notify_one();
    Task::new(notify.notified()).done();
    Task::new(barrier.wait()).waits();
}

const NOW: Duration = Duration::ZERO;

#[test]
fn threads_give_up_when_the_time_is_over() {
    let semaphore = Arc::new(Semaphore::new(0));
    assert_eq!(semaphore.try_acquire_many_for(2, NOW).unwrap_err(), TimedAcquireError::TimedOut);
    assert_eq!(semaphore.try_acquire_until(Instant::now()).unwrap_err(), TimedAcquireError::TimedOut);
    assert_eq!(Arc::clone(&semaphore).try_acquire_owned_for(NOW).unwrap_err(), TimedAcquireError::TimedOut);
    let mutex = Arc::new(Mutex::new(()));
    let guard = mutex.try_lock().unwrap();
    assert!(mutex.try_lock_for(NOW).is_none() && mutex.try_lock_until(Instant::now()).is_none());
    assert!(Arc::clone(&mutex).try_lock_owned_for(NOW).is_none());
    assert!(Arc::clone(&mutex).try_lock_owned_until(Instant::now()).is_none());
    drop(guard);
    let lock = Arc::new(RwLock::new(()));
    let writer = lock.try_write().unwrap();
    assert!(lock.try_read_for(NOW).is_none() && lock.try_read_until(Instant::now()).is_none());
    assert!(lock.try_write_for(NOW).is_none() && lock.try_write_until(Instant::now()).is_none());
    assert!(lock.try_upgradable_read_for(NOW).is_none());
    assert!(lock.try_upgradable_read_until(Instant::now()).is_none());
    assert!(Arc::clone(&lock).try_read_owned_for(NOW).is_none());
    assert!(Arc::clone(&lock).try_read_owned_until(Instant::now()).is_none());
    assert!(Arc::clone(&lock).try_write_owned_for(NOW).is_none());
    assert!(Arc::clone(&lock).try_write_owned_until(Instant::now()).is_none());
    drop(writer);
    let reader = lock.try_read().unwrap();
    let look = lock.try_upgradable_read().unwrap();
    let look = RwLockUpgradableReadGuard::try_upgrade_for(look, NOW).unwrap_err();
    let look = RwLockUpgradableReadGuard::try_upgrade_until(look, Instant::now()).unwrap_err();
    drop(reader);
    drop(RwLockUpgradableReadGuard::try_upgrade_until(look, Instant::now()).expect("the readers have left"));
    assert!(lock.try_write().is_ok());
    let notify = Notify::new();
    assert!(!notify.blocking_notified_for(NOW) && !notify.blocking_notified_until(Instant::now()));
    let barrier = Barrier::new(2);
    assert!(barrier.blocking_wait_for(NOW).is_none() && barrier.blocking_wait_until(Instant::now()).is_none());
    let (guard, result) = Condvar::new().wait_until(mutex.try_lock().unwrap(), Instant::now());
    assert!(result.timed_out());
    drop(guard);
    let cell = SetOnce::<u8>::new();
    assert!(cell.blocking_wait_for(NOW).is_none() && cell.blocking_wait_until(Instant::now()).is_none());
    let token = CancellationToken::new();
    assert!(!token.blocking_cancelled_for(NOW) && !token.blocking_cancelled_until(Instant::now()));

    // Nobody is left in a queue.
    semaphore.add_permits(1);
    assert_eq!(semaphore.available_permits(), 1);
    assert!(mutex.try_lock().is_ok());
    notify.notify_one();
    assert!(notify.blocking_notified_for(NOW));
    Task::new(barrier.wait()).waits();
}

#[test]
fn threads_with_a_rank_give_up_when_the_time_is_over() {
    let semaphore = Semaphore::<Priority>::with_policy(0);
    assert_eq!(semaphore.try_acquire_ranked_for(2, 9, NOW).unwrap_err(), TimedAcquireError::TimedOut);
    assert_eq!(semaphore.try_acquire_ranked_until(1, 9, Instant::now()).unwrap_err(), TimedAcquireError::TimedOut);
    let mutex = Mutex::<_, Priority>::with_policy(());
    let guard = mutex.try_lock().unwrap();
    assert!(mutex.try_lock_ranked_for(9, NOW).is_none() && mutex.try_lock_ranked_until(9, Instant::now()).is_none());
    drop(guard);
    let lock = RwLock::<_, Priority>::with_policy(());
    let writer = lock.try_write().unwrap();
    assert!(lock.try_read_ranked_for(9, NOW).is_none() && lock.try_read_ranked_until(9, Instant::now()).is_none());
    assert!(lock.try_write_ranked_for(9, NOW).is_none() && lock.try_write_ranked_until(9, Instant::now()).is_none());
    assert!(lock.try_upgradable_read_ranked_for(9, NOW).is_none());
    assert!(lock.try_upgradable_read_ranked_until(9, Instant::now()).is_none());
    drop(writer);
    // Nobody is left in a queue, and closing is told apart.
    semaphore.add_permits(1);
    assert_eq!(semaphore.available_permits(), 1);
    assert!(mutex.try_lock_ranked_for(9, NOW).is_some() && lock.try_write_ranked_for(9, NOW).is_some());
    semaphore.close();
    assert_eq!(semaphore.try_acquire_ranked_for(2, 9, LONG).unwrap_err(), TimedAcquireError::Closed);
}

/// A thread of a high rank waits for a time, beside a task of a low rank. When the thread joins is not known: it may come too late, but not every time.
#[test]
fn threads_with_a_rank_go_first_while_the_time_lasts() {
    let semaphore = Semaphore::<Priority>::with_policy(0);
    let goes_first = |_| {
        let mut low = Task::new(semaphore.acquire_ranked(1, 1));
        low.waits();
        thread::scope(|scope| {
            let high = scope.spawn(|| semaphore.try_acquire_ranked_for(1, 9, LONG).map(|permit| permit.forget()));
            (0..100).for_each(|_| thread::yield_now());
            semaphore.add_permits(1);
            let passed = low.poll().map(|permit| permit.unwrap().forget()).is_pending();
            semaphore.add_permits(1);
            assert_eq!(high.join().expect("no panic"), Ok(()));
            if passed {
                low.done().unwrap().forget();
            }
            passed
        })
    };
    assert!((0..10_000).any(goes_first), "the rank does not count");
}

/// Long enough to mean that it does not matter.
const LONG: Duration = Duration::from_secs(600);

#[test]
fn threads_are_served_before_the_time_is_over() {
    let semaphore = Arc::new(Semaphore::new(0));
    let (barrier, cell, token) = (Barrier::new(2), SetOnce::new(), CancellationToken::new());
    let (once, notify) = (OnceCell::new(), Notify::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            semaphore.add_permits(3);
            barrier.blocking_wait();
            cell.set(5).unwrap();
            token.cancel();
            notify.notify_one();
            assert_eq!(*once.blocking_get_or_init(|| 6), 6);
        });
        assert!(Arc::clone(&semaphore).try_acquire_many_owned_for(2, LONG).is_ok());
        assert!(semaphore.try_acquire_for(LONG).is_ok());
        assert!(barrier.blocking_wait_for(LONG).is_some());
        assert_eq!(cell.blocking_wait_for(LONG), Some(&5));
        assert!(token.blocking_cancelled_until(Instant::now() + LONG));
        assert!(notify.blocking_notified_until(Instant::now() + LONG));
        assert_eq!(*once.blocking_get_or_init(|| 6), 6);
    });
}

#[test]
fn once_cell_is_made_by_a_thread_if_another_fails() {
    let cell = OnceCell::new();
    assert_eq!(cell.blocking_get_or_try_init(|| Err("no")), Err("no"));
    assert!(panics(|| cell.blocking_get_or_init(|| panic!("no"))));
    assert_eq!(cell.blocking_get_or_try_init(|| Ok::<_, ()>(1)), Ok(&1));
    let lock = Arc::new(RwLock::new(1));
    *Arc::clone(&lock).blocking_write_owned() += 1;
    assert_eq!(*lock.blocking_read_owned(), 2);
}
