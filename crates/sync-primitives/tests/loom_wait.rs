//! Model tests of the wait queue through `Mutex` and `Semaphore`: all interleavings and all values that the memory model
//! allows, within the bound.
//!
//! A model that loses a wake-up ends with a thread parked for ever, which the checker reports. What the locks protect stands in
//! the checker's cells, so that an access which a lock fails to order is reported as a race.

#![cfg(loom)]

mod model;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use loom::sync::Arc;
use loom::thread;
use model::ordered::{Ordered, spawn, together};
use model::values::Kept;
use model::{block_on, hangs_with, holds, holds_crowd, holds_large, is_missed, needs, poll_once};
use sync_primitives::futures::{Acquire, Wait};
use sync_primitives::{Mutex, Semaphore, SemaphorePermit, TryAcquireError};

/// A semaphore and what its permits protect.
type Guarded = Ordered<Semaphore>;

fn guarded(permits: usize) -> Arc<Guarded> {
    Ordered::new(Semaphore::new(permits))
}

type Counter = Mutex<u32>;

fn lock_as_task(mutex: &Counter) {
    *block_on(mutex.lock()) += 1;
}

fn lock_as_thread(mutex: &Counter) {
    *mutex.blocking_lock() += 1;
}

fn lock_twice(mutex: &Counter) {
    lock_as_thread(mutex);
    lock_as_thread(mutex);
}

/// Each body adds to what the mutex protects, together `sum`.
fn mutex_adds(bodies: &[fn(&Counter)], sum: u32) {
    let mutex = Arc::new(Mutex::new(0));
    together(&mutex, bodies);
    assert_eq!(*mutex.try_lock().expect("nobody is left"), sum);
}

fn mutex_two_tasks() {
    mutex_adds(&[lock_as_task, lock_as_task], 2);
}

fn mutex_task_and_thread() {
    mutex_adds(&[lock_as_task, lock_as_thread], 2);
}

fn mutex_two_threads_twice() {
    mutex_adds(&[lock_twice, lock_twice], 4);
}

fn mutex_two_threads_one_twice() {
    mutex_adds(&[lock_twice, lock_as_thread], 3);
}

fn mutex_three_threads() {
    mutex_adds(&[lock_as_thread, lock_as_task, lock_as_thread], 3);
}

/// Polls, polls again, and leaves: whatever it had by then goes on.
fn mutex_polled_twice_and_dropped() {
    let mutex = Arc::new(Mutex::new(0));
    let guard = mutex.try_lock().expect("nobody has it");
    let other = spawn(&mutex, |mutex| {
        let mut lock = pin!(mutex.lock());
        for _ in 0..2 {
            if let Poll::Ready(mut guard) = poll_once(lock.as_mut()) {
                *guard += 1;
                break;
            }
        }
    });
    let mut guard = guard;
    *guard += 1;
    drop(guard);
    other.join().unwrap();
    let total = *mutex.try_lock().expect("nobody is left");
    assert!(total == 1 || total == 2);
}

/// A ticket whose first attempt is given up, against a task.
fn mutex_ticket_keeps_its_place() {
    let counter = Arc::new(Mutex::new(0));
    let other = {
        let counter = Arc::clone(&counter);
        thread::spawn(move || *block_on(counter.lock()) += 1)
    };
    let mut ticket = counter.lock().ticket();
    // An attempt that wakes nobody and is given up (a late wake-up would reach this thread in `join`, which loom does not expect), and
    // one that waits.
    match poll_once(pin!((&mut ticket).until(std::future::ready(())))) {
        Poll::Ready(Ok(mut guard)) => *guard += 1,
        Poll::Ready(Err(_)) => *block_on(&mut ticket) += 1,
        Poll::Pending => panic!("the time is over"),
    }
    drop(ticket);
    other.join().unwrap();
    assert_eq!(*block_on(counter.lock()), 2);
}

/// A ticket that is served, or not, and dropped unpolled loses nothing for the other.
fn mutex_ticket_is_dropped() {
    let counter = Arc::new(Mutex::new(0));
    let other = {
        let counter = Arc::clone(&counter);
        thread::spawn(move || *block_on(counter.lock()) += 1)
    };
    let mut ticket = counter.lock().ticket();
    let _served = ticket.is_ready();
    drop(ticket);
    other.join().unwrap();
    assert_eq!(*block_on(counter.lock()), 1);
}

/// The lock goes from the first holder past one that gives up to one that waits.
fn mutex_passes_by_one_that_gives_up() {
    let mutex = Arc::new(Mutex::new(0));
    let mut guard = mutex.try_lock().expect("nobody has it");
    let leaver = spawn(&mutex, |mutex| drop(poll_once(pin!(mutex.lock()))));
    let waiter = spawn(&mutex, lock_as_thread);
    *guard += 1;
    drop(guard);
    leaver.join().unwrap();
    waiter.join().unwrap();
    assert_eq!(*mutex.try_lock().expect("nobody is left"), 2);
}

fn mutex_tries() {
    let mutex = Arc::new(Mutex::new(0));
    let other = spawn(&mutex, lock_as_task);
    let here = mutex.try_lock().map(|mut value| *value += 1).is_ok();
    other.join().unwrap();
    assert_eq!(*mutex.try_lock().expect("nobody is left"), 1 + u32::from(here));
}

fn semaphore_one_permit() {
    let shared = guarded(1);
    let add: fn(&Guarded) = |shared| {
        let _permit = block_on(shared.by.acquire()).unwrap();
        shared.add(1);
    };
    together(&shared, &[add, add]);
    assert_eq!((shared.get(), shared.by.available_permits()), (2, 1));
}

/// Two that need one each, and one that needs both.
fn semaphore_weights() {
    let shared = guarded(2);
    let one: fn(&Guarded) = |shared| drop(shared.by.blocking_acquire().unwrap());
    let both: fn(&Guarded) = |shared| {
        let _permits = shared.by.blocking_acquire_many(2).unwrap();
        shared.add(1);
    };
    together(&shared, &[one, both, one]);
    assert_eq!(shared.by.available_permits(), 2);
}

/// Both permits come back one by one, and the one who waits for both sees what was done with either.
fn semaphore_collects() {
    let shared = guarded(0);
    let other = spawn(&shared, |shared| {
        let permits = block_on(shared.by.acquire_many(2)).unwrap();
        shared.add(1);
        drop(permits);
    });
    let third = spawn(&shared, |shared| shared.by.add_permits(1));
    shared.add(1);
    shared.by.add_permits(1);
    other.join().unwrap();
    third.join().unwrap();
    assert_eq!((shared.get(), shared.by.available_permits()), (2, 2));
}

/// Two wait; while one thread lets the first in, another brings what the second still needs. Who is let in by both sees what
/// both did.
fn semaphore_joint_effort() {
    let semaphore = std::sync::Arc::new(Semaphore::new(0));
    let shared = guarded(0);
    let mut first = Box::pin(std::sync::Arc::clone(&semaphore).acquire_many_owned(1));
    let mut second = Box::pin(std::sync::Arc::clone(&semaphore).acquire_many_owned(2));
    assert!(poll_once(first.as_mut()).is_pending());
    assert!(poll_once(second.as_mut()).is_pending());
    let giver = std::sync::Arc::clone(&semaphore);
    let other = spawn(&shared, move |shared| {
        shared.add(1);
        giver.add_permits(1);
    });
    semaphore.add_permits(2);
    if let Poll::Ready(permits) = poll_once(second.as_mut()) {
        shared.add(1);
        permits.unwrap().forget();
    }
    drop((first, second));
    other.join().unwrap();
}

/// One waits for a permit, and two bring one each: the word changes while it is let in.
fn semaphore_two_bring_what_one_needs() {
    let semaphore = Kept::new(std::sync::Arc::new(Semaphore::new(0)));
    let [waiting, giving] = [(); 2].map(|()| Kept::new(std::sync::Arc::clone(&semaphore)));
    let waiter = thread::spawn(move || {
        let mut acquire = Kept::new(Box::pin(waiting.acquire()));
        block_on(std::future::poll_fn(|context| acquire.as_mut().poll(context))).unwrap().forget();
    });
    let giver = thread::spawn(move || giving.add_permits(1));
    semaphore.add_permits(1);
    giver.join().unwrap();
    waiter.join().unwrap();
    assert_eq!(semaphore.available_permits(), 1);
}

/// Counts how often it is woken, unseen by the checker.
#[derive(Default)]
struct Woken(std::sync::atomic::AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
}

impl Woken {
    fn new() -> (std::sync::Arc<Self>, Waker) {
        let woken = std::sync::Arc::<Self>::default();
        let waker = Waker::from(std::sync::Arc::clone(&woken));
        (woken, waker)
    }

    fn expect(&self, all: usize) {
        assert_eq!(self.0.load(std::sync::atomic::Ordering::Relaxed), all, "one that was held up is not woken");
    }
}

/// All of these were let in.
fn take_all<'a>(waiting: impl IntoIterator<Item = std::pin::Pin<Box<Acquire<'a>>>>) {
    for acquire in waiting {
        match poll_once(pin!(acquire)) {
            Poll::Ready(permits) => permits.unwrap().forget(),
            Poll::Pending => panic!("held up by nobody"),
        }
    }
}

/// Two wait for a permit each, and two bring one each: while the first is let in by one, the other comes.
fn semaphore_two_bring_what_two_need() {
    let shared = guarded(0);
    let (woken, waker) = Woken::new();
    let mut context = Context::from_waker(&waker);
    let mut waiting = [(); 2].map(|()| Box::pin(shared.by.acquire()));
    for acquire in &mut waiting {
        assert!(acquire.as_mut().poll(&mut context).is_pending());
    }
    let other = spawn(&shared, |shared| shared.by.add_permits(1));
    shared.by.add_permits(1);
    other.join().unwrap();
    woken.expect(2);
    take_all(waiting);
}

/// The first takes just what comes; the second, which it held up, can do with what was there before.
fn semaphore_first_makes_way() {
    let shared = guarded(1);
    let (woken, waker) = Woken::new();
    let mut context = Context::from_waker(&waker);
    let mut waiting = [2, 1].map(|n| Box::pin(shared.by.acquire_many(n)));
    for acquire in &mut waiting {
        assert!(acquire.as_mut().poll(&mut context).is_pending());
    }
    spawn(&shared, |shared| shared.by.add_permits(2)).join().unwrap();
    woken.expect(2);
    take_all(waiting);
    assert_eq!(shared.by.available_permits(), 0);
}

fn semaphore_closes() {
    let shared = guarded(0);
    let other = spawn(&shared, |shared| {
        assert!(block_on(shared.by.acquire()).is_err());
        assert_eq!(shared.get(), 1);
    });
    shared.add(1);
    shared.by.close();
    other.join().unwrap();
    assert_eq!(shared.by.try_acquire().unwrap_err(), TryAcquireError::Closed);
}

/// Permits are added and the semaphore is closed: the waiter has one or the other, and no permit is lost.
fn semaphore_adds_and_closes() {
    let shared = guarded(0);
    let other = spawn(&shared, |shared| {
        if let Ok(permit) = block_on(shared.by.acquire()) {
            assert_eq!(shared.get(), 1);
            drop(permit);
        }
    });
    shared.add(1);
    shared.by.add_permits(1);
    shared.by.close();
    other.join().unwrap();
    assert_eq!(shared.by.available_permits(), 1);
}

/// Polled twice without being woken: a permit that was passed to it is seen with what came before.
fn semaphore_polled_without_waking() {
    let shared = guarded(0);
    let other = spawn(&shared, |shared| {
        let mut acquire = pin!(shared.by.acquire());
        for _ in 0..2 {
            if let Poll::Ready(permit) = poll_once(acquire.as_mut()) {
                shared.add(1);
                permit.unwrap().forget();
                return;
            }
        }
    });
    shared.add(1);
    shared.by.add_permits(1);
    other.join().unwrap();
    assert!(shared.by.available_permits() + (shared.get() as usize) == 2);
}

fn semaphore_closed_is_seen() {
    let shared = guarded(0);
    let other = spawn(&shared, |shared| {
        if shared.by.is_closed() {
            assert_eq!(shared.get(), 1);
        }
    });
    shared.add(1);
    shared.by.close();
    other.join().unwrap();
}

/// The first in line gives up while a permit comes: the second gets it.
fn semaphore_cancelled_head() {
    let shared = guarded(0);
    let semaphore = &shared.by;
    let mut big = Box::pin(semaphore.acquire_many(2));
    assert!(poll_once(big.as_mut()).is_pending());
    let mut small = Box::pin(semaphore.acquire());
    assert!(poll_once(small.as_mut()).is_pending());
    let other = spawn(&shared, |shared| shared.by.add_permits(1));
    drop(big);
    other.join().unwrap();
    match poll_once(small.as_mut()) {
        Poll::Ready(permit) => permit.unwrap().forget(),
        Poll::Pending => panic!("the permit is lost"),
    }
    drop(small);
    assert_eq!(semaphore.available_permits(), 0);
}

/// Two that wait give up at the same time, while permits come.
fn semaphore_both_give_up() {
    let shared = guarded(0);
    let others = [(); 2].map(|()| {
        spawn(&shared, |shared| {
            let _ = poll_once(pin!(shared.by.acquire())).map(|permit| permit.map(SemaphorePermit::forget));
        })
    });
    shared.by.add_permits(3);
    others.into_iter().for_each(|other| other.join().unwrap());
    let left = shared.by.available_permits();
    assert!((1..=3).contains(&left), "{left} permits are left");
}

/// A task moves to another waker while a permit comes: the new waker is woken, or the permit is found at once.
fn semaphore_changes_its_waker() {
    let semaphore = std::sync::Arc::new(Semaphore::new(0));
    let mut acquire = Box::pin(std::sync::Arc::clone(&semaphore).acquire_owned());
    assert!(poll_once(acquire.as_mut()).is_pending());
    let waiter = thread::spawn(move || block_on(acquire).unwrap().forget());
    let giver = {
        let semaphore = std::sync::Arc::clone(&semaphore);
        thread::spawn(move || semaphore.add_permits(1))
    };
    giver.join().unwrap();
    waiter.join().unwrap();
    assert_eq!(semaphore.available_permits(), 0);
}

/// Permits are taken away while they come back and somebody waits.
fn semaphore_forgets() {
    let shared = guarded(1);
    let other = spawn(&shared, |shared| {
        let _ = poll_once(pin!(shared.by.acquire_many(2))).map(|permit| permit.map(SemaphorePermit::forget));
    });
    let forgotten = shared.by.forget_permits(1);
    shared.by.add_permits(1);
    other.join().unwrap();
    assert_eq!(shared.by.available_permits(), 2 - forgotten);
}

const MUTEX: &str = "Mutex";
const SEMAPHORE: &str = "Semaphore";

#[test]
fn mutex_excludes() {
    let property = "mutual exclusion, no lost wake-up";
    holds(MUTEX, property, "2 tasks x 1 lock", mutex_two_tasks);
    holds(MUTEX, property, "1 task and 1 thread x 1 lock", mutex_task_and_thread);
    holds_large(MUTEX, property, "2 threads x 2 and 1 blocking_lock", Some(3), mutex_two_threads_one_twice);
    holds_crowd(MUTEX, property, "2 threads x 2 blocking_lock", mutex_two_threads_twice);
    holds(MUTEX, property, "1 lock and 1 try_lock", mutex_tries);
}

#[test]
fn mutex_excludes_with_three_threads() {
    holds_crowd(MUTEX, "mutual exclusion, no lost wake-up", "3 threads x 1 blocking_lock", mutex_three_threads);
}

#[test]
fn mutex_tickets_lose_nothing() {
    let bound = "1 ticket and 1 task";
    holds_large(
        MUTEX,
        "a ticket keeps its place over a given-up attempt",
        bound,
        Some(2),
        mutex_ticket_keeps_its_place,
    );
    holds_large(MUTEX, "a dropped ticket makes way", bound, Some(2), mutex_ticket_is_dropped);
}

#[test]
fn mutex_cancels() {
    holds_large(
        MUTEX,
        "a lock handed to one that leaves goes on",
        "polled twice, dropped",
        Some(3),
        mutex_polled_twice_and_dropped,
    );
    let bound = "a holder, one that gives up, one that waits";
    holds_crowd(MUTEX, "the lock passes by one that gives up", bound, mutex_passes_by_one_that_gives_up);
}

#[test]
fn semaphore_orders() {
    let property = "permits order what is done with them";
    holds(SEMAPHORE, property, "2 tasks x 1 acquire", semaphore_one_permit);
    holds_crowd(SEMAPHORE, property, "2 adding, 1 that needs both", semaphore_collects);
    holds_large(SEMAPHORE, property, "2 waiters, 2 adding", Some(3), semaphore_joint_effort);
    holds_crowd(SEMAPHORE, "weights, no lost wake-up", "3 threads, weights 1, 1, 2", semaphore_weights);
    holds(SEMAPHORE, property, "polled twice without being woken", semaphore_polled_without_waking);
    holds_large(SEMAPHORE, "no lost wake-up", "1 waiter, 2 adding", Some(3), semaphore_two_bring_what_one_needs);
    holds(SEMAPHORE, "no lost wake-up", "2 waiters, 2 adding", semaphore_two_bring_what_two_need);
    holds(SEMAPHORE, "the first makes way", "2 waiters, 1 adding for both", semaphore_first_makes_way);
    holds_large(SEMAPHORE, "the last waker is woken", "1 waiter, 1 adding", Some(3), semaphore_changes_its_waker);
}

#[test]
fn semaphore_closing_wakes_all() {
    holds(SEMAPHORE, "closing wakes who waits", "1 waiter, 1 closing", semaphore_closes);
    holds(SEMAPHORE, "no permit is lost by closing", "1 waiter, 1 adding and closing", semaphore_adds_and_closes);
    holds(SEMAPHORE, "who finds it closed sees what was before", "1 looking, 1 closing", semaphore_closed_is_seen);
}

#[test]
fn semaphore_cancels() {
    holds(SEMAPHORE, "a cancelled head makes way", "2 waiters, 1 adding", semaphore_cancelled_head);
    holds_crowd(SEMAPHORE, "no permit is lost by giving up", "2 giving up, 1 adding", semaphore_both_give_up);
    holds(SEMAPHORE, "forgotten permits are gone", "1 giving up, 1 forgetting and adding", semaphore_forgets);
}

#[test]
fn wait_queue_needs_its_orderings() {
    needs(MUTEX, &["X1", "X3", "W3", "W17"], mutex_two_threads_one_twice);
    needs(SEMAPHORE, &["S1"], semaphore_one_permit);
    needs(SEMAPHORE, &["S2"], semaphore_closed_is_seen);
    needs("wait queue", &["W1", "W2", "W5", "W8", "W12"], semaphore_polled_without_waking);
    needs("wait queue", &["W14"], semaphore_closes);
}

/// Without either fence a holder of the list lock and one who changes the word both look too early, and nobody lets the waiter in.
#[test]
fn wait_queue_needs_its_fences() {
    hangs_with("wait queue", "F1", semaphore_two_bring_what_one_needs);
    hangs_with("wait queue", "F2", semaphore_two_bring_what_one_needs);
}

#[test]
fn wait_queue_needs_its_steps() {
    is_missed("wait queue", &["FIRST_IS_WOKEN"], "held up", semaphore_two_bring_what_two_need);
    is_missed("wait queue", &["SECOND_IS_LOOKED_AT"], "held up", semaphore_first_makes_way);
}
