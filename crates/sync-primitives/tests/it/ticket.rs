//! `Ticket`: a place in a queue that outlives the attempts to use it.

use std::future::ready;
use std::sync::Arc;
use std::thread;

use sync_primitives::futures::{Ticket, TimedOut, Wait};
use sync_primitives::{Mutex, RwLock, Semaphore};

use super::support::{Task, panics};

#[test]
fn ticket_takes_its_place_at_once_and_keeps_it() {
    let semaphore = Semaphore::new(0);
    let mut first = semaphore.acquire().ticket();
    let mut second = Task::new(semaphore.acquire());
    second.waits();
    for _ in 0..3 {
        Task::new(&mut first).waits();
        assert_eq!(Task::new((&mut first).until(ready(()))).done().unwrap_err(), TimedOut);
    }
    semaphore.add_permits(1);
    second.waits();
    assert!(first.is_ready());
    let permit = Task::new(first).done().unwrap();
    second.waits();
    drop(permit);
    assert!(second.done().is_ok());
}

#[test]
fn ticket_wakes_who_polled_last() {
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    let mut ticket = mutex.lock().ticket();
    let mut earlier = Task::new(&mut ticket);
    earlier.waits();
    let earlier_wakes = earlier.wakes();
    drop(earlier);
    let mut later = Task::new(&mut ticket);
    later.waits();
    drop(guard);
    assert_eq!((earlier_wakes, later.wakes()), (0, 1));
    drop(later.done());
    drop(later);
    assert!(panics(|| Task::new(&mut ticket).poll().is_ready()));
}

#[test]
fn ticket_is_served_while_nobody_polls() {
    let lock = RwLock::new(1);
    let writer = lock.try_write().unwrap();
    let mut reads = lock.read().ticket();
    let mut writes = lock.write().ticket();
    assert!(!reads.is_ready());
    assert_eq!(format!("{reads:?}"), "Ticket(waits)");
    drop(writer);
    assert!(lock.try_read().is_err(), "who writes is before");
    assert!(reads.is_ready() && !writes.is_ready());
    assert_eq!(format!("{reads:?}"), "Ticket(served)");
    assert_eq!(*Task::new(&mut reads).done(), 1);
    assert_eq!(format!("{reads:?}"), "Ticket(done)");
    assert!(!reads.is_ready());
    *Task::new(&mut writes).done() += 1;
    assert_eq!(*lock.try_read().unwrap(), 2);
}

#[test]
fn ticket_gives_back_what_it_got_when_it_is_dropped() {
    let semaphore = Semaphore::new(1);
    let at_once = semaphore.acquire().ticket();
    assert_eq!(semaphore.available_permits(), 0, "it took its permit at once");
    drop(at_once);
    assert_eq!(semaphore.available_permits(), 1);
    let permit = semaphore.try_acquire().unwrap();
    let waits = semaphore.acquire().ticket();
    let granted = semaphore.acquire().ticket();
    drop(waits);
    drop(permit);
    assert!(semaphore.try_acquire().is_err(), "the second has it, without having been polled");
    drop(granted);
    assert_eq!(semaphore.available_permits(), 1);
}

#[test]
fn ticket_is_moved_between_threads() {
    let mutex = Arc::new(Mutex::new(1));
    let guard = mutex.try_lock().unwrap();
    let ticket: Ticket<_> = Arc::clone(&mutex).lock_owned().ticket();
    let other = thread::spawn(move || *pollster::block_on(ticket) + 1);
    drop(guard);
    assert_eq!(other.join().unwrap(), 2);
    fn unpin<T: Unpin>(_: &T) {}
    unpin(&mutex.lock().ticket());
}

/// Without an allocation: a pinned future that is not dropped keeps its place too.
#[test]
fn pinned_futures_keep_their_place() {
    let semaphore = Semaphore::new(0);
    let mut first = std::pin::pin!(semaphore.acquire());
    let mut second = Task::new(semaphore.acquire());
    assert_eq!(Task::new(first.as_mut().until(ready(()))).done().unwrap_err(), TimedOut);
    second.waits();
    semaphore.add_permits(1);
    second.waits();
    assert!(Task::new(first.as_mut()).done().is_ok());
}
