//! Model tests of `Notify`, `Event`, `Barrier`, `Condvar`, `OnceCell` and `SetOnce`.
//!
//! What is done before notifying, arriving or setting stands in a cell of the checker, so that an access which they fail to order
//! is reported as a race; a lost notification leaves a thread parked for ever, which the checker reports too.

#![cfg(loom)]

mod model;

use std::pin::pin;
use std::task::Poll;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use model::ordered::{Ordered, spawn, together};
use model::{block_on, bounds_preemptions, hangs_with, holds, holds_crowd, holds_large, is_missed, needs, poll_once};
use sync_primitives::{Barrier, Condvar, Event, Mutex, Notify, OnceCell, SetOnce};

type Signal = Ordered<Notify>;

fn be_notified(told: &Signal) {
    block_on(told.by.notified());
    assert_eq!(told.get(), 1);
}

fn be_notified_as_thread(told: &Signal) {
    told.by.blocking_notified();
    assert_eq!(told.get(), 1);
}

fn tell_one(told: &Signal) {
    told.add(1);
    told.by.notify_one();
}

fn tell_last(told: &Signal) {
    told.add(1);
    told.by.notify_last();
}

fn notify_one_is_heard() {
    together(&Ordered::new(Notify::new()), &[be_notified, tell_one]);
}

fn notify_one_is_heard_by_a_thread() {
    together(&Ordered::new(Notify::new()), &[be_notified_as_thread, tell_one]);
}

fn notify_last_is_heard() {
    together(&Ordered::new(Notify::new()), &[be_notified, tell_last]);
}

/// Created before, polled by another thread: a broadcast in between counts.
fn notify_waiters_counts_from_creation() {
    let notify = std::sync::Arc::new(Notify::new());
    let told = Ordered::new(());
    let mut notified = Box::pin(std::sync::Arc::clone(&notify).notified_owned());
    let teller = {
        let told = Arc::clone(&told);
        thread::spawn(move || {
            told.add(1);
            notify.notify_waiters();
        })
    };
    let waiter = {
        let told = Arc::clone(&told);
        thread::spawn(move || {
            if poll_once(notified.as_mut()).is_pending() {
                block_on(notified);
            }
            assert_eq!(told.get(), 1);
        })
    };
    teller.join().unwrap();
    waiter.join().unwrap();
}

/// Two wait, one of them only once: the token is heard by the other, or is still there.
fn notify_passes_by_one_that_gives_up() {
    let told = Ordered::new(Notify::new());
    let give_up: fn(&Signal) = |told| {
        if poll_once(pin!(told.by.notified())).is_ready() {
            // Heard: then the other is told by this one.
            told.by.notify_one();
        }
    };
    together(&told, &[give_up, be_notified, tell_one]);
    assert!(poll_once(pin!(told.by.notified())).is_pending(), "one token, one that hears it");
}

fn notify_two_and_two() {
    let told = Ordered::new(Notify::new());
    let wait: fn(&Signal) = |told| block_on(told.by.notified());
    let tell: fn(&Signal) = |told| {
        // The second is told only when the first has taken the token or waits: they may become one token otherwise.
        told.by.notify_one();
        told.by.notify_waiters();
        told.by.notify_one();
    };
    let waiter = spawn(&told, wait);
    tell(&told);
    waiter.join().unwrap();
}

/// An event, and what those look at who listen to it.
type Condition = (Event, AtomicBool);

fn condition() -> Arc<Condition> {
    Arc::new((Event::new(), AtomicBool::new(false)))
}

/// The flag orders nothing: only the event can.
fn raise((event, flag): &Condition) {
    flag.store(true, Ordering::Relaxed);
    event.notify(1);
}

fn wait_until((event, flag): &Condition) {
    block_on(event.wait_until(|| flag.load(Ordering::Relaxed)));
}

fn wait_until_as_thread((event, flag): &Condition) {
    event.blocking_wait_until(|| flag.load(Ordering::Relaxed));
}

fn event_condition_comes_true() {
    together(&condition(), &[raise, wait_until]);
}

fn event_condition_comes_true_for_a_thread() {
    together(&condition(), &[raise, wait_until_as_thread]);
}

fn event_condition_comes_true_for_both() {
    let raise_for_all: fn(&Condition) = |(event, flag)| {
        flag.store(true, Ordering::Relaxed);
        event.notify(usize::MAX);
    };
    together(&condition(), &[raise_for_all, wait_until, wait_until_as_thread]);
}

/// Who listens before it looks is told, or sees it.
fn event_is_not_missed() {
    let condition = condition();
    let teller = spawn(&condition, raise);
    let (event, flag) = &*condition;
    let mut listener = event.listen();
    let seen = flag.load(Ordering::Relaxed);
    teller.join().unwrap();
    assert!(seen || listener.is_ready(), "lost wakeup");
}

/// One listens since before; what was done before it was told is seen.
fn event_is_heard() {
    let told = Ordered::new(());
    let event = std::sync::Arc::new(Event::new());
    let teller = {
        let (told, event) = (Arc::clone(&told), std::sync::Arc::clone(&event));
        move || {
            told.add(1);
            event.notify(1);
        }
    };
    let mut listener = event.listen();
    let teller = thread::spawn(teller);
    if poll_once(pin!(&mut listener)).is_pending() {
        block_on(listener);
    }
    assert_eq!(told.get(), 1);
    teller.join().unwrap();
}

/// The first leaves while one is told: it was not told, or it tells the next.
fn event_passes_by_one_that_gives_up() {
    let event = std::sync::Arc::new(Event::new());
    let (first, mut second) = (event.listen(), event.listen());
    let teller = {
        let event = std::sync::Arc::clone(&event);
        thread::spawn(move || event.notify(1))
    };
    drop(first);
    teller.join().unwrap();
    assert!(second.is_ready(), "the notification is lost");
}

/// How many of two who listen are told by two who tell.
fn told_twice(tell: fn(&Event)) -> u32 {
    let event = std::sync::Arc::new(Event::new());
    let mut listeners = [event.listen(), event.listen()];
    let teller = {
        let event = std::sync::Arc::clone(&event);
        thread::spawn(move || tell(&event))
    };
    tell(&event);
    teller.join().unwrap();
    listeners.iter_mut().map(|listener| u32::from(listener.is_ready())).sum()
}

fn event_notify_counts_those_who_have_not_looked() {
    assert_eq!(told_twice(|event| event.notify(1)), 1);
}

fn event_notify_additional_does_not() {
    assert_eq!(told_twice(|event| event.notify_additional(1)), 2);
}

/// All that was done by either before it arrived is seen by both after.
fn barrier_orders() {
    let told = Ordered::new((Barrier::new(2), loom::cell::UnsafeCell::new(0)));
    let threads = [false, true].map(|second| {
        let told = Arc::clone(&told);
        thread::spawn(move || {
            let bump = |value: *mut u32| {
                // SAFETY: before the barrier each thread has its own cell.
                unsafe { *value += 1 }
            };
            if second {
                told.by.1.with_mut(bump)
            } else {
                told.value.with_mut(bump)
            }
            let leader =
                if second { told.by.0.blocking_wait().is_leader() } else { block_on(told.by.0.wait()).is_leader() };
            let other = |value: *const u32| {
                // SAFETY: nobody writes after the barrier.
                unsafe { *value }
            };
            assert_eq!(if second { told.value.with(other) } else { told.by.1.with(other) }, 1);
            u32::from(leader)
        })
    });
    assert_eq!(threads.map(|thread| thread.join().unwrap()).iter().sum::<u32>(), 1);
}

fn barrier_twice() {
    let barrier = Arc::new(Barrier::new(2));
    let twice: fn(&Barrier) = |barrier| {
        block_on(barrier.wait());
        barrier.blocking_wait();
    };
    together(&barrier, &[twice, twice]);
}

/// One arrives and gives up, two others pass: whether the one opened it for somebody or not, nobody is left alone.
fn barrier_passes_without_one_that_gives_up() {
    let barrier = Arc::new(Barrier::new(2));
    let first = {
        let barrier = Arc::clone(&barrier);
        thread::spawn(move || poll_once(pin!(barrier.wait())).is_ready())
    };
    let second = {
        let barrier = Arc::clone(&barrier);
        thread::spawn(move || poll_once(pin!(barrier.wait())).is_ready())
    };
    let (first, second) = (first.join().unwrap(), second.join().unwrap());
    // Both have left: nobody has arrived.
    assert!(poll_once(pin!(barrier.wait())).is_pending(), "an arrival is left over: {first} {second}");
}

type Flag = (Mutex<bool>, Condvar);

fn wait_as_task((mutex, condvar): &Flag) {
    block_on(async { assert!(*condvar.wait_while(mutex.lock().await, |ready| !*ready).await) });
}

fn wait_as_thread((mutex, condvar): &Flag) {
    assert!(*condvar.blocking_wait_while(mutex.blocking_lock(), |ready| !*ready));
}

fn set_and_notify_one((mutex, condvar): &Flag) {
    *mutex.blocking_lock() = true;
    condvar.notify_one();
}

fn set_and_notify_all((mutex, condvar): &Flag) {
    *mutex.blocking_lock() = true;
    condvar.notify_all();
}

fn flag() -> Arc<Flag> {
    Arc::new((Mutex::new(false), Condvar::new()))
}

fn condvar_notifies_a_task() {
    together(&flag(), &[wait_as_task, set_and_notify_one]);
}

fn condvar_notifies_a_thread() {
    together(&flag(), &[wait_as_thread, set_and_notify_one]);
}

fn condvar_notifies_all() {
    together(&flag(), &[wait_as_task, wait_as_thread, set_and_notify_all]);
}

/// One waits and gives up, another waits; one notification is enough for the other.
fn condvar_passes_by_one_that_gives_up() {
    let give_up: fn(&Flag) = |(mutex, condvar)| {
        if let Ok(guard) = mutex.try_lock() {
            if !*guard {
                let mut wait = pin!(condvar.wait(guard));
                if let Poll::Ready(guard) = poll_once(wait.as_mut()) {
                    // It was this one that was notified: it has to tell the other.
                    drop(guard);
                    condvar.notify_one();
                }
            }
        }
    };
    together(&flag(), &[give_up, wait_as_thread, set_and_notify_one]);
}

fn set_once_is_waited_for() {
    let cell = Arc::new(SetOnce::new());
    together(
        &cell,
        &[|cell: &SetOnce<Box<u32>>| assert_eq!(**block_on(cell.wait()), 1), |cell| cell.set(Box::new(1)).unwrap()],
    );
}

fn set_once_blocks() {
    let cell = Arc::new(SetOnce::new());
    together(
        &cell,
        &[|cell: &SetOnce<Box<u32>>| assert_eq!(**cell.blocking_wait(), 1), |cell| cell.set(Box::new(1)).unwrap()],
    );
}

fn set_once_is_seen() {
    let cell = Arc::new(SetOnce::new());
    let set: fn(&SetOnce<u32>) = |cell| {
        let _ = cell.set(1);
    };
    together(&cell, &[|cell: &SetOnce<u32>| assert!(matches!(cell.get(), None | Some(1))), set, set]);
    assert_eq!(cell.get(), Some(&1));
}

/// One waits; who looks in between sees the value that the waiter is being let go for.
fn set_once_is_seen_while_one_waits() {
    let cell = Arc::new(SetOnce::new());
    let mut wait = pin!(cell.wait());
    assert!(poll_once(wait.as_mut()).is_pending());
    together(
        &cell,
        &[
            |cell: &SetOnce<Box<u32>>| assert!(cell.get().is_none_or(|value| **value == 1)),
            |cell| cell.set(Box::new(1)).unwrap(),
        ],
    );
    assert!(poll_once(wait).is_ready());
}

fn once_cell_is_initialised_once() {
    let cell = Arc::new(OnceCell::new());
    let threads = [1, 2].map(|number: u32| {
        let cell = Arc::clone(&cell);
        thread::spawn(move || *block_on(cell.get_or_init(|| async move { number })))
    });
    let [one, two] = threads.map(|thread| thread.join().unwrap());
    assert_eq!(one, two);
}

/// One begins to initialise and gives up, which it may do before or while the other waits for it.
fn once_cell_is_initialised_by_the_next() {
    let cell = Arc::new(OnceCell::new());
    let give_up: fn(&OnceCell<u32>) = |cell| {
        let _ = poll_once(pin!(cell.get_or_init(std::future::pending)));
    };
    together(&cell, &[give_up, |cell| assert_eq!(*block_on(cell.get_or_init(|| async { 2 })), 2)]);
}

/// A thread and a task, of which one waits for the other.
fn once_cell_blocks() {
    let cell = Arc::new(OnceCell::new());
    together(
        &cell,
        &[
            |cell: &OnceCell<Box<u32>>| assert_eq!(**cell.blocking_get_or_init(|| Box::new(1)), 1),
            |cell| assert_eq!(**block_on(cell.get_or_init(|| async { Box::new(1) })), 1),
        ],
    );
}

fn once_cell_is_seen() {
    let cell = Arc::new(OnceCell::new());
    together(
        &cell,
        &[|cell: &OnceCell<u32>| cell.set(1).unwrap(), |cell| assert!(matches!(cell.get(), None | Some(1)))],
    );
}

const EVENT: &str = "Event";
const ONCE_CELL: &str = "OnceCell";
const NOTIFY: &str = "Notify";
const BARRIER: &str = "Barrier";
const CONDVAR: &str = "Condvar";

#[test]
fn notify_is_heard() {
    let property = "a notification is heard once, with what was done before";
    holds(NOTIFY, property, "1 task, 1 notify_one", notify_one_is_heard);
    holds(NOTIFY, property, "1 thread, 1 notify_one", notify_one_is_heard_by_a_thread);
    holds(NOTIFY, property, "1 task, 1 notify_last", notify_last_is_heard);
    holds_large(
        NOTIFY,
        property,
        "1 task polled later, 1 notify_waiters",
        Some(3),
        notify_waiters_counts_from_creation,
    );
    holds(NOTIFY, property, "1 task; notify_one, notify_waiters, notify_one", notify_two_and_two);
    holds_crowd(NOTIFY, property, "1 that gives up, 1 task, 1 notify_one", notify_passes_by_one_that_gives_up);
}

#[test]
fn event_is_told() {
    let property = "a condition that comes true is seen by who waits for it";
    holds_large(EVENT, property, "1 task, 1 notify", Some(2), event_condition_comes_true);
    holds_large(EVENT, property, "1 thread, 1 notify", Some(2), event_condition_comes_true_for_a_thread);
    holds(EVENT, property, "1 that listens, 1 notify", event_is_not_missed);
    // Two that wait spin for the list by turns, of which upstream loom sees no end.
    if !bounds_preemptions() {
        holds_crowd(EVENT, property, "1 task and 1 thread, 1 notify", event_condition_comes_true_for_both);
    }
    holds_large(
        EVENT,
        "who is told sees what was done before",
        "1 task that listens, 1 notify",
        Some(3),
        event_is_heard,
    );
    let lost = "no notification is lost";
    holds_large(EVENT, lost, "2 that listen, of which 1 leaves, 1 notify", Some(3), event_passes_by_one_that_gives_up);
    let counts = "as many are told as should be";
    holds_large(EVENT, counts, "2 that listen, 2 x notify(1)", Some(3), event_notify_counts_those_who_have_not_looked);
    holds_large(EVENT, counts, "2 that listen, 2 x notify_additional(1)", Some(3), event_notify_additional_does_not);
}

#[test]
fn barrier_opens() {
    let property = "all pass, one leads, and each sees what the others did before";
    holds_large(BARRIER, property, "1 task and 1 thread", None, barrier_orders);
    holds_large(BARRIER, property, "2 threads x 2 waits", Some(3), barrier_twice);
    holds_large(
        BARRIER,
        "who gives up takes its arrival back",
        "2 that give up",
        Some(3),
        barrier_passes_without_one_that_gives_up,
    );
}

#[test]
fn condvar_notifies() {
    let property = "no notification is lost";
    holds_large(CONDVAR, property, "1 task, 1 notify_one", Some(3), condvar_notifies_a_task);
    holds_large(CONDVAR, property, "1 thread, 1 notify_one", Some(3), condvar_notifies_a_thread);
    holds_crowd(CONDVAR, property, "1 task and 1 thread, 1 notify_all", condvar_notifies_all);
    holds_crowd(CONDVAR, property, "1 that gives up, 1 thread, 1 notify_one", condvar_passes_by_one_that_gives_up);
}

#[test]
fn once_cells_are_set_once() {
    holds_large("SetOnce", "who waits gets the value", "1 task, 1 setting", Some(3), set_once_is_waited_for);
    holds_large("SetOnce", "who waits gets the value", "1 thread, 1 setting", Some(3), set_once_blocks);
    holds("SetOnce", "one value, seen whole", "1 waiting, 1 looking, 1 setting", set_once_is_seen_while_one_waits);
    holds_crowd("SetOnce", "one value, seen whole", "1 looking, 2 setting", set_once_is_seen);
    holds_large(ONCE_CELL, "one value for all", "2 initialising", Some(3), once_cell_is_initialised_once);
    holds_large(ONCE_CELL, "one value for all", "1 task and 1 thread initialising", Some(3), once_cell_blocks);
    holds_large(ONCE_CELL, "one value, seen whole", "1 setting, 1 looking", None, once_cell_is_seen);
    holds_large(
        ONCE_CELL,
        "the next initialises",
        "1 that gives up, 1 task",
        Some(3),
        once_cell_is_initialised_by_the_next,
    );
}

#[test]
fn events_need_their_orderings() {
    needs(NOTIFY, &["W8"], notify_one_is_heard);
    needs(NOTIFY, &["W15"], notify_last_is_heard);
    needs(NOTIFY, &["W14"], notify_waiters_counts_from_creation);
    needs(BARRIER, &["W5", "W12"], barrier_orders);
    needs("SetOnce", &["O2"], set_once_is_seen);
    needs("SetOnce", &["W11"], set_once_is_seen_while_one_waits);
    needs(ONCE_CELL, &["S2"], once_cell_is_seen);
    hangs_with(CONDVAR, "C3", condvar_notifies_a_task);
    hangs_with(EVENT, "E3", event_is_not_missed);
    is_missed(EVENT, &["W8"], "lost wakeup", event_is_not_missed);
}
