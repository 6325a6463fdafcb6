//! Dropping futures at every await point, in every state: nothing is lost, and the primitive works on.
//!
//! Each row of the table makes a future on a primitive that is busy, brings it to one of its states, drops it, and then requires
//! that the primitive is as if the future had never been.

use std::collections::BTreeSet;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use sync_primitives::futures::{TimedOut, Wait};
use sync_primitives::mpsc::error::{SendError, SendTimeoutError};
use sync_primitives::{
    Barrier, CancellationToken, Condvar, Event, Mutex, Notify, OnceCell, OwnedRwLockUpgradableReadGuard, Priority,
    Ranked, RwLock, RwLockUpgradableReadGuard, Semaphore, SetOnce, WeightedFair, broadcast, mpmc, mpsc, oneshot, spsc,
    watch,
};

use crate::support::Task;

/// How far the future comes before it is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Never polled.
    Created,
    /// Polled, and waiting.
    Waiting,
    /// Polled twice, so with its waker looked at again.
    WaitingAgain,
    /// Let in, and woken, but not polled since.
    LetIn,
    /// Completed; the output is dropped before the future.
    Done,
}

const STAGES: [Stage; 5] = [Stage::Created, Stage::Waiting, Stage::WaitingAgain, Stage::LetIn, Stage::Done];

/// Brings `future` to `stage`, with `let_in` as what lets it in, and drops it. `let_in` is called in every stage, in the early
/// ones after the future is gone.
fn drop_at<F: Future>(stage: Stage, future: F, let_in: impl FnOnce()) {
    let mut task = Task::new(future);
    match stage {
        Stage::Created => {}
        Stage::Waiting => task.waits(),
        Stage::WaitingAgain => {
            task.waits();
            task.waits();
        }
        Stage::LetIn | Stage::Done => {
            task.waits();
            let_in();
            assert_eq!(task.wakes(), 1, "{stage:?}");
            if stage == Stage::Done {
                drop(task.done());
            }
            return;
        }
    }
    drop(task);
    let_in();
}

#[test]
fn cancelled_acquire_loses_no_permit() {
    for stage in STAGES {
        for n in [1, 3] {
            let semaphore = Arc::new(Semaphore::new(3));
            let held = semaphore.try_acquire_many(3).unwrap();
            drop_at(stage, semaphore.acquire_many(n), || drop(held));
            assert_eq!(semaphore.available_permits(), 3, "{stage:?}");
            let held = semaphore.try_acquire_many(3).unwrap();
            drop_at(stage, Arc::clone(&semaphore).acquire_many_owned(n), || drop(held));
            assert_eq!(semaphore.available_permits(), 3, "{stage:?}");
            assert_eq!(Arc::strong_count(&semaphore), 1);
        }
    }
}

#[test]
fn cancelled_lock_leaves_the_mutex_open() {
    for stage in STAGES {
        let mutex = Arc::new(Mutex::new(()));
        let guard = mutex.try_lock().unwrap();
        drop_at(stage, mutex.lock(), || drop(guard));
        assert!(mutex.try_lock().is_ok(), "{stage:?}");
        let guard = mutex.try_lock().unwrap();
        drop_at(stage, Arc::clone(&mutex).lock_owned(), || drop(guard));
        assert!(mutex.try_lock().is_ok(), "{stage:?}");
        assert_eq!(Arc::strong_count(&mutex), 1);
    }
}

#[test]
fn cancelled_rwlock_futures_leave_it_open() {
    for stage in STAGES {
        let lock = Arc::new(RwLock::new(()));
        let writer = lock.try_write().unwrap();
        drop_at(stage, lock.read(), || drop(writer));
        let writer = lock.try_write().expect("read");
        drop_at(stage, lock.upgradable_read(), || drop(writer));
        let reader = lock.try_read().expect("upgradable_read");
        drop_at(stage, lock.write(), || drop(reader));
        let look = lock.try_upgradable_read().expect("write");
        let reader = lock.try_read().unwrap();
        drop_at(stage, RwLockUpgradableReadGuard::upgrade(look), || drop(reader));
        let writer = lock.try_write().expect("upgrade");
        drop_at(stage, Arc::clone(&lock).read_owned(), || drop(writer));
        let reader = lock.try_read().expect("read_owned");
        drop_at(stage, Arc::clone(&lock).write_owned(), || drop(reader));
        let writer = lock.try_write().expect("write_owned");
        drop_at(stage, Arc::clone(&lock).upgradable_read_owned(), || drop(writer));
        let look = Arc::clone(&lock).try_upgradable_read_owned().expect("upgradable_read_owned");
        let reader = lock.try_read().unwrap();
        drop_at(stage, OwnedRwLockUpgradableReadGuard::upgrade(look), || drop(reader));
        drop(lock.try_write().expect("upgrade of an owned guard"));
        assert_eq!(Arc::strong_count(&lock), 1);
    }
}

/// A token is lost only with one who received it.
#[test]
fn cancelled_notified_passes_the_token_on() {
    for last in [false, true] {
        for stage in STAGES {
            let notify = Notify::new();
            drop_at(stage, notify.notified(), || if last { notify.notify_last() } else { notify.notify_one() });
            let token = Task::new(notify.notified()).poll().is_ready();
            assert_eq!(token, stage != Stage::Done, "{stage:?}");
        }
    }
}

/// A notification is lost only with one who received it.
#[test]
fn cancelled_listener_passes_the_notification_on() {
    for stage in STAGES {
        let event = Event::new();
        let mut second = None;
        drop_at(stage, event.listener(), || {
            let mut task = Task::new(event.listener());
            task.waits();
            event.notify(1);
            second = Some(task);
        });
        assert_eq!(second.unwrap().wakes(), usize::from(stage != Stage::Done), "{stage:?}");
        // None is owed: the next notification finds whoever listens then.
        let mut third = Task::new(event.listener());
        third.waits();
        event.notify(1);
        assert_eq!(third.wakes(), 1, "{stage:?}");
    }
}

#[test]
fn cancelled_barrier_wait_takes_its_arrival_back() {
    for stage in STAGES {
        let barrier = Barrier::new(2);
        let mut other = Task::new(barrier.wait());
        let mut passed = false;
        drop_at(stage, barrier.wait(), || passed = other.poll().is_ready());
        // In the late stages the two passed together; in the early ones the other is alone.
        assert_eq!(passed, matches!(stage, Stage::LetIn | Stage::Done), "{stage:?}");
        drop(other);
        Task::new(barrier.wait()).waits();
    }
}

#[test]
fn cancelled_condvar_wait_passes_the_notification_on() {
    for stage in STAGES {
        let (mutex, condvar) = (Mutex::new(()), Condvar::new());
        let mut second = None;
        drop_at(stage, condvar.wait(mutex.try_lock().unwrap()), || {
            let mut task = Task::new(condvar.wait(mutex.try_lock().unwrap()));
            task.waits();
            condvar.notify_one();
            second = Some(task);
        });
        let second = second.unwrap();
        assert_eq!(second.wakes(), usize::from(stage != Stage::Done), "{stage:?}");
        assert!(mutex.try_lock().is_ok(), "{stage:?}");
    }
    for stage in STAGES {
        let (mutex, condvar) = (Arc::new(Mutex::new(())), Condvar::new());
        let lock = || Arc::clone(&mutex).try_lock_owned().unwrap();
        let mut second = None;
        drop_at(stage, condvar.wait_owned(lock()), || {
            let mut task = Task::new(condvar.wait_owned(lock()));
            task.waits();
            condvar.notify_one();
            second = Some(task);
        });
        let second = second.unwrap();
        assert_eq!(second.wakes(), usize::from(stage != Stage::Done), "{stage:?}");
        assert!(mutex.try_lock().is_ok(), "{stage:?}");
        drop(second);
        assert_eq!(Arc::strong_count(&mutex), 1, "{stage:?}");
    }
}

#[test]
fn cancelled_initialisation_lets_the_next_try() {
    for stage in STAGES {
        let cell = OnceCell::new();
        let mut first = Task::new(cell.get_or_init(std::future::pending::<u8>));
        first.waits();
        drop_at(stage, cell.get_or_init(|| std::future::ready(1)), || drop(first));
        let value = *Task::new(cell.get_or_init(|| std::future::ready(2))).done();
        assert_eq!(value, if stage == Stage::Done { 1 } else { 2 }, "{stage:?}");
    }
}

#[test]
fn cancelled_set_once_wait_leaves_the_value() {
    for stage in STAGES {
        let cell = SetOnce::new();
        drop_at(stage, cell.wait(), || cell.set(1).unwrap());
        assert_eq!(*Task::new(cell.wait()).done(), 1);
    }
}

#[test]
fn cancelled_wait_for_a_token_leaves_it() {
    for stage in STAGES {
        let root = CancellationToken::new();
        let token = root.child_token();
        drop_at(stage, token.cancelled(), || root.cancel());
        let (root, token) = (CancellationToken::new(), token.child_token());
        assert!(token.is_cancelled());
        drop_at(stage, root.child_token().cancelled_owned(), || root.cancel());
        let root = CancellationToken::new();
        drop_at(stage, root.run_until_cancelled(std::future::pending::<()>()), || root.cancel());
        assert!(root.is_cancelled());
    }
}

/// Polled by reference, so that the value outlives the future that is dropped; and `closed`, which changes nothing.
#[test]
fn cancelled_oneshot_waits_leave_the_value() {
    for stage in STAGES {
        let (sender, mut receiver) = oneshot::channel();
        drop_at(stage, &mut receiver, || sender.send(1).unwrap());
        assert_eq!(receiver.try_recv().is_ok(), stage != Stage::Done, "{stage:?}");
        let (mut sender, receiver) = oneshot::channel::<u8>();
        drop_at(stage, sender.closed(), || drop(receiver));
        assert_eq!(sender.send(1), Err(1));
    }
}

#[test]
fn cancelled_sends_free_their_slot_and_have_not_sent() {
    for stage in STAGES {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(0).unwrap();
        drop_at(stage, sender.send(1), || assert_eq!(receiver.try_recv(), Ok(0)));
        assert_eq!(receiver.try_recv().is_ok(), stage == Stage::Done, "{stage:?}");
        assert_eq!(sender.capacity(), 1, "{stage:?}");
        let full = sender.try_reserve().unwrap();
        drop_at(stage, sender.reserve(), || drop(full));
        assert_eq!(sender.capacity(), 1, "{stage:?}");
        let full = sender.try_reserve().unwrap();
        drop_at(stage, sender.reserve_many(1), || drop(full));
        assert_eq!(sender.capacity(), 1, "{stage:?}");
        let full = sender.try_reserve().unwrap();
        drop_at(stage, sender.clone().reserve_owned(), || drop(full));
        assert_eq!((sender.capacity(), sender.strong_count()), (1, 1), "{stage:?}");
        drop_at(stage, sender.closed(), || receiver.close());
        assert!(sender.is_closed());
    }
}

#[test]
fn cancelled_receives_lose_no_value() {
    for stage in STAGES {
        let (sender, mut receiver) = mpsc::channel(1);
        drop_at(stage, receiver.recv(), || sender.try_send(1).unwrap());
        assert_eq!(receiver.try_recv().is_ok(), stage != Stage::Done, "{stage:?}");
        let mut buffer = Vec::new();
        drop_at(stage, receiver.recv_many(&mut buffer, 2), || sender.try_send(1).unwrap());
        assert_eq!(receiver.try_recv().is_ok(), stage != Stage::Done, "{stage:?}");
        assert_eq!(buffer.len(), usize::from(stage == Stage::Done));

        let (sender, receiver) = mpmc::channel(1);
        drop_at(stage, receiver.recv(), || sender.try_send(1).unwrap());
        assert_eq!(receiver.try_recv().is_ok(), stage != Stage::Done, "{stage:?}");
        drop_at(stage, receiver.recv_many(&mut buffer, 2), || sender.try_send(1).unwrap());
        assert_eq!(receiver.try_recv().is_ok(), stage != Stage::Done, "{stage:?}");
    }
}

#[test]
fn cancelled_waits_for_changes_lose_none() {
    for stage in STAGES {
        let (sender, mut receiver) = watch::channel(0);
        drop_at(stage, receiver.changed(), || sender.send(1).unwrap());
        assert_eq!(receiver.has_changed(), Ok(stage != Stage::Done), "{stage:?}");
        drop_at(stage, receiver.wait_for(|value| *value == 2), || sender.send(2).unwrap());
        // What was tested counts as seen, as 1 has been in the later stages.
        assert_eq!(receiver.has_changed(), Ok(stage != Stage::Done), "{stage:?}");
        drop_at(stage, sender.closed(), || drop(receiver));
        assert!(sender.is_closed());

        let (sender, mut receiver) = broadcast::channel(4);
        drop_at(stage, receiver.recv(), || assert_eq!(sender.send(1), Ok(1)));
        assert_eq!(receiver.try_recv().is_ok(), stage != Stage::Done, "{stage:?}");
        drop_at(stage, sender.closed(), || drop(receiver));
        assert!(sender.send(2).is_err());
    }
}

/// Of waiters in a row some give up, in every subset; those who stay enter in their order.
#[test]
fn cancelled_subsets_keep_the_order() {
    for leaving in 0u32..1 << 6 {
        let mutex = Mutex::new(Vec::new());
        let guard = mutex.try_lock().unwrap();
        let mut tasks: Vec<_> = (0..6).map(|_| Task::new(mutex.lock())).collect();
        tasks.iter_mut().for_each(Task::waits);
        let stays = |number: usize| (leaving >> number) & 1 == 0;
        let mut staying: Vec<_> = tasks.into_iter().enumerate().filter(|(number, _)| stays(*number)).collect();
        drop(guard);
        for (number, task) in &mut staying {
            assert_eq!(task.wakes(), 1, "{leaving:b}");
            task.done().push(*number);
        }
        assert_eq!(mutex.try_lock().unwrap().len(), staying.len());
    }
}

/// What waits with a rank or as one of a class leaves as others do.
fn ranked_waits_leave<P: Ranked>() {
    for stage in STAGES {
        let semaphore = Arc::new(Semaphore::<P>::with_policy(3));
        let held = semaphore.try_acquire_many(3).unwrap();
        drop_at(stage, semaphore.acquire_ranked(2, 1), || drop(held));
        let held = semaphore.try_acquire_many(3).expect("acquire_ranked");
        drop_at(stage, Arc::clone(&semaphore).acquire_ranked_owned(3, 9), || drop(held));
        assert_eq!(semaphore.available_permits(), 3, "{stage:?}");
        let mutex = Arc::new(Mutex::<_, P>::with_policy(()));
        let guard = mutex.try_lock().unwrap();
        drop_at(stage, mutex.lock_ranked(1), || drop(guard));
        let guard = mutex.try_lock().expect("lock_ranked");
        drop_at(stage, Arc::clone(&mutex).lock_ranked_owned(2), || drop(guard));
        assert!(mutex.try_lock().is_ok(), "{stage:?}");
        let lock = Arc::new(RwLock::<_, P>::with_policy(()));
        let writer = lock.try_write().unwrap();
        drop_at(stage, lock.read_ranked(1), || drop(writer));
        let reader = lock.try_read().expect("read_ranked");
        drop_at(stage, lock.write_ranked(1), || drop(reader));
        let writer = lock.try_write().expect("write_ranked");
        drop_at(stage, lock.upgradable_read_ranked(3), || drop(writer));
        let writer = lock.try_write().expect("upgradable_read_ranked");
        drop_at(stage, Arc::clone(&lock).read_ranked_owned(1), || drop(writer));
        let reader = lock.try_read().expect("read_ranked_owned");
        drop_at(stage, Arc::clone(&lock).write_ranked_owned(1), || drop(reader));
        drop(lock.try_write().expect("write_ranked_owned"));
    }
}

#[test]
fn cancelled_waits_with_a_rank_leave_as_others_do() {
    ranked_waits_leave::<Priority>();
    ranked_waits_leave::<WeightedFair<3>>();
}

/// A full channel of one slot, and a future that sends 1 into it, brought to a stage before it is done; `None` in that of [`Stage::Done`].
fn sending<'a>(
    stage: Stage,
    sender: &'a mpsc::Sender<u8>,
    receiver: &mut mpsc::Receiver<u8>,
) -> Option<Task<mpsc::Send<'a, u8>>> {
    sender.try_send(0).unwrap();
    let mut task = Task::new(sender.send(1));
    match stage {
        Stage::Created => {}
        Stage::Waiting => task.waits(),
        Stage::WaitingAgain => [(); 2].iter().for_each(|()| task.waits()),
        Stage::LetIn => {
            task.waits();
            assert_eq!(receiver.try_recv(), Ok(0));
            assert_eq!(task.wakes(), 1);
        }
        Stage::Done => return None,
    }
    Some(task)
}

#[test]
fn cancelled_sends_give_the_value_back() {
    for stage in STAGES {
        let (sender, mut receiver) = mpsc::channel(1);
        let Some(mut task) = sending(stage, &sender, &mut receiver) else { continue };
        assert_eq!(task.future.as_mut().cancel(), Some(1), "{stage:?}");
        assert_eq!(task.future.as_mut().cancel(), None, "it is given once");
        // What was in the way, if it is there still.
        assert_eq!(receiver.try_recv().is_ok(), stage != Stage::LetIn);
        assert_eq!((receiver.try_recv().is_err(), sender.capacity()), (true, 1), "{stage:?}");
    }
    // What was sent is not given back, and what a closed channel refused is with its error.
    let (sender, receiver) = mpsc::channel(1);
    let mut sent = Task::new(sender.send(1));
    sent.done().unwrap();
    assert_eq!(sent.future.as_mut().cancel(), None);
    let mut refused = Task::new(sender.send(2));
    refused.waits();
    drop(receiver);
    assert_eq!(refused.done(), Err(SendError(2)));
    assert_eq!(refused.future.as_mut().cancel(), None);
}

#[test]
fn sends_give_the_value_back_when_the_time_is_over() {
    for stage in STAGES {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(0).unwrap();
        let over = std::cell::Cell::new(false);
        let time =
            std::future::poll_fn(|_| if over.get() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending });
        let mut task = Task::new(sender.send(1).until(time));
        match stage {
            Stage::Created => {}
            Stage::Waiting => task.waits(),
            Stage::WaitingAgain => [(); 2].iter().for_each(|()| task.waits()),
            Stage::LetIn | Stage::Done => {
                task.waits();
                assert_eq!(receiver.try_recv(), Ok(0));
            }
        }
        over.set(true);
        let sent = matches!(stage, Stage::LetIn | Stage::Done);
        assert_eq!(task.done(), if sent { Ok(()) } else { Err(SendTimeoutError::Timeout(1)) }, "{stage:?}");
        drop(task);
        let expected = if sent { 1 } else { 0 };
        assert_eq!((receiver.try_recv(), receiver.try_recv().is_err()), (Ok(expected), true), "{stage:?}");
    }
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    assert_eq!(Task::new(sender.send(1).until(ready(()))).done(), Err(SendTimeoutError::Closed(1)));
}

/// Of every kind of channel future: in time, nothing is refused; late, it has left and lost nothing.
#[test]
fn waits_for_channels_end_with_the_time() {
    let (sender, mut receiver) = mpsc::channel(1);
    assert_eq!(Task::new(receiver.recv().until(ready(()))).done(), Err(TimedOut));
    sender.try_send(1).unwrap();
    assert_eq!(Task::new(Wait::until(sender.send(2), ready(()))).done(), Err(TimedOut));
    assert!(Task::new(sender.reserve().until(ready(()))).done().is_err());
    assert!(Task::new(sender.reserve_many(1).until(ready(()))).done().is_err());
    assert!(Task::new(sender.clone().reserve_owned().until(ready(()))).done().is_err());
    assert_eq!(Task::new(sender.closed().until(ready(()))).done(), Err(TimedOut));
    assert_eq!(Task::new(receiver.recv().until(ready(()))).done(), Ok(Some(1)));
    let mut buffer = Vec::new();
    assert_eq!(Task::new(receiver.recv_many(&mut buffer, 4).until(ready(()))).done(), Err(TimedOut));
    let (_sender, receiver) = mpmc::channel::<u8>(1);
    assert_eq!(Task::new(receiver.recv().until(ready(()))).done(), Err(TimedOut));
    assert_eq!(Task::new(receiver.recv_many(&mut buffer, 4).until(ready(()))).done(), Err(TimedOut));
    let (mut sender, mut receiver) = oneshot::channel();
    assert_eq!(Task::new((&mut receiver).until(ready(()))).done(), Err(TimedOut));
    assert_eq!(Task::new(sender.closed().until(ready(()))).done(), Err(TimedOut));
    sender.send(1).unwrap();
    assert_eq!(Task::new(receiver.until(ready(()))).done(), Ok(Ok(1)));
    let (sender, mut receiver) = watch::channel(0);
    assert_eq!(Task::new(receiver.changed().until(ready(()))).done(), Err(TimedOut));
    assert!(Task::new(receiver.wait_for(|value| *value == 1).until(ready(()))).done().is_err());
    assert_eq!(Task::new(sender.closed().until(ready(()))).done(), Err(TimedOut));
    let (sender, mut receiver) = broadcast::channel::<u8>(4);
    assert_eq!(Task::new(receiver.recv().until(ready(()))).done(), Err(TimedOut));
    assert_eq!(Task::new(sender.closed().until(ready(()))).done(), Err(TimedOut));
}

/// A place among those who send outlives the attempts, in every stage, and gives back what it had been given.
#[test]
fn tickets_of_channels_keep_their_place() {
    for stage in STAGES {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.try_send(0).unwrap();
        let mut ticket = sender.reserve().ticket();
        let mut behind = Task::new(sender.reserve());
        behind.waits();
        drop_at(stage, &mut ticket, || assert_eq!(receiver.try_recv(), Ok(0)));
        assert_eq!(behind.wakes(), usize::from(stage == Stage::Done), "{stage:?}");
        drop(ticket);
        drop(behind.done().unwrap());
        assert_eq!(sender.capacity(), 1, "{stage:?}");
    }
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(0).unwrap();
    let mut first = sender.send(1).ticket();
    let mut second = sender.send(2).ticket();
    assert_eq!(Task::new(Pin::new(&mut first).until(ready(()))).done(), Err(TimedOut));
    assert_eq!(receiver.try_recv(), Ok(0));
    assert!(first.is_ready() && !second.is_ready());
    assert_eq!((receiver.try_recv(), second.is_ready()), (Ok(1), true), "in their order");
    assert_eq!(receiver.try_recv(), Ok(2));
}

/// A value that is not sent is gone, one that is not received stays.
#[test]
fn cancelled_spsc_waits_lose_no_value() {
    for stage in STAGES {
        let (mut sender, mut receiver) = spsc::channel(1);
        sender.try_send(0).unwrap();
        drop_at(stage, sender.send(1), || assert_eq!(receiver.try_recv(), Ok(0)));
        assert_eq!(receiver.try_recv().is_ok(), stage == Stage::Done, "{stage:?}");
        drop_at(stage, receiver.recv(), || sender.try_send(2).unwrap());
        assert_eq!(receiver.try_recv().is_ok(), stage != Stage::Done, "{stage:?}");
    }
}

/// The rows of the table in the documentation, and the test that drops the future of each in every state.
const ROWS: &[(&str, &str)] = &[
    ("Semaphore::acquire*", "cancelled_acquire_loses_no_permit"),
    ("Mutex::lock*", "cancelled_lock_leaves_the_mutex_open"),
    ("RwLock::{read, write, upgradable_read}*", "cancelled_rwlock_futures_leave_it_open"),
    ("{RwLock, OwnedRwLock}UpgradableReadGuard::upgrade", "cancelled_rwlock_futures_leave_it_open"),
    ("Notify::notified*", "cancelled_notified_passes_the_token_on"),
    ("Event::{listen, listener}", "cancelled_listener_passes_the_notification_on"),
    ("Condvar::wait*", "cancelled_condvar_wait_passes_the_notification_on"),
    ("Barrier::wait", "cancelled_barrier_wait_takes_its_arrival_back"),
    ("OnceCell::get_or_init", "cancelled_initialisation_lets_the_next_try"),
    ("SetOnce::wait", "cancelled_set_once_wait_leaves_the_value"),
    ("oneshot::Receiver", "cancelled_oneshot_waits_leave_the_value"),
    ("oneshot::Sender::closed", "cancelled_oneshot_waits_leave_the_value"),
    ("mpsc::Sender::{reserve, reserve_many, reserve_owned}", "cancelled_sends_free_their_slot_and_have_not_sent"),
    ("mpsc::Sender::send", "cancelled_sends_free_their_slot_and_have_not_sent"),
    ("Send::cancel", "cancelled_sends_give_the_value_back"),
    ("Send::until", "sends_give_the_value_back_when_the_time_is_over"),
    ("Wait::until", "waits_for_channels_end_with_the_time"),
    ("Wait::ticket", "tickets_of_channels_keep_their_place"),
    ("mpsc::Sender::closed", "cancelled_sends_free_their_slot_and_have_not_sent"),
    ("mpsc::Receiver::{recv, recv_many}", "cancelled_receives_lose_no_value"),
    ("mpmc::Receiver::{recv, recv_many}", "cancelled_receives_lose_no_value"),
    ("spsc::Sender::send", "cancelled_spsc_waits_lose_no_value"),
    ("spsc::Receiver::recv", "cancelled_spsc_waits_lose_no_value"),
    ("broadcast::Receiver::recv", "cancelled_waits_for_changes_lose_none"),
    ("watch::Receiver::changed", "cancelled_waits_for_changes_lose_none"),
    ("watch::Receiver::wait_for", "cancelled_waits_for_changes_lose_none"),
    ("broadcast::Sender::closed", "cancelled_waits_for_changes_lose_none"),
    ("CancellationToken::cancelled*", "cancelled_wait_for_a_token_leaves_it"),
    ("CancellationToken::run_until_cancelled*", "cancelled_wait_for_a_token_leaves_it"),
];

/// Every row of the table has its test, every test its row, and the README shows the same table.
#[test]
fn table_of_dropped_futures_is_the_one_that_is_tested() {
    let table = include_str!("../../src/futures/dropping.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let rows: BTreeSet<_> = rows.collect();
    assert_eq!(rows, ROWS.iter().map(|(row, _)| *row).collect());
    let tests = include_str!("cancellation.rs");
    for (row, test) in ROWS {
        assert!(tests.contains(&format!("#[test]\nfn {test}() {{")), "{row}: no test {test}");
    }
    let rows = table.lines().filter(|line| line.starts_with('|'));
    let readme = include_str!("../../README.md");
    rows.for_each(|row| assert!(readme.contains(row), "not in the README: {row}"));
}
