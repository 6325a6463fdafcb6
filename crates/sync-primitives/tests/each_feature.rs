//! What is there with each combination of features: `cargo xtask features` runs this with none, and with each.
//!
//! Everything that does not allocate is made in a `static`, and waits as tasks do that are polled by hand: nothing here blocks a thread.

#![cfg(not(loom))]

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use sync_primitives::{
    Barging, Barrier, Condvar, Mutex, Notify, OnceCell, Priority, RwLock, RwLockUpgradableReadGuard, Semaphore,
    SeqLock, SetOnce, WeightedFair, fence, spin,
};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[track_caller]
fn waits<F: Future>(future: Pin<&mut F>) {
    assert!(poll(future).is_pending(), "done, and should wait");
}

#[track_caller]
fn done<F: Future>(future: Pin<&mut F>) -> F::Output {
    match poll(future) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("waits, and should be done"),
    }
}

#[test]
fn semaphore_in_a_static() {
    static PERMITS: Semaphore = Semaphore::new(2);
    static BY_RANK: Semaphore<Priority<2>> = Semaphore::<Priority<2>>::with_policy(0);
    let both = PERMITS.try_acquire_many(2).unwrap();
    let mut next = pin!(PERMITS.acquire());
    waits(next.as_mut());
    drop(both);
    drop(done(next).unwrap());
    PERMITS.close();
    assert!(PERMITS.is_closed());
    let (mut low, mut high) = (pin!(BY_RANK.acquire_ranked(1, 1)), pin!(BY_RANK.acquire_ranked(1, 2)));
    waits(low.as_mut());
    waits(high.as_mut());
    BY_RANK.add_permits(1);
    waits(low.as_mut());
    drop(done(high).unwrap());
    drop(done(low).unwrap());
}

#[test]
fn mutex_in_a_static() {
    static VALUE: Mutex<u32> = Mutex::new(1);
    static SHARED: Mutex<u32, WeightedFair<2>> = Mutex::<u32, WeightedFair<2>>::with_weights(0, [1, 2]);
    let held = VALUE.try_lock().unwrap();
    let mut next = pin!(VALUE.lock());
    waits(next.as_mut());
    drop(held);
    *done(next) += 1;
    assert_eq!(*VALUE.try_lock().unwrap(), 2);
    *done(pin!(SHARED.lock_ranked(1))) += 1;
    assert_eq!(*SHARED.try_lock().unwrap(), 1);
}

#[test]
fn rwlock_in_a_static() {
    static VALUE: RwLock<u32> = RwLock::new(1);
    static LAX: RwLock<u32, Barging<3>> = RwLock::<u32, Barging<3>>::with_policy(1);
    let reader = done(pin!(VALUE.read()));
    let mut writer = pin!(VALUE.write());
    waits(writer.as_mut());
    drop(reader);
    *done(writer) += 1;
    let look = done(pin!(VALUE.upgradable_read()));
    *done(pin!(RwLockUpgradableReadGuard::upgrade(look))) += 1;
    assert_eq!(*VALUE.try_read().unwrap(), 3);
    assert_eq!(*LAX.try_read().unwrap(), 1);
}

#[test]
fn events_in_statics() {
    static TOLD: Notify = Notify::new();
    static ALL: Barrier = Barrier::new(2);
    static READY: Mutex<bool> = Mutex::new(false);
    static CHANGED: Condvar = Condvar::new();
    static MADE: OnceCell<u32> = OnceCell::new();
    static SET: SetOnce<u32> = SetOnce::new();

    let mut told = pin!(TOLD.notified());
    waits(told.as_mut());
    TOLD.notify_one();
    done(told);

    let mut first = pin!(ALL.wait());
    waits(first.as_mut());
    assert!(done(pin!(ALL.wait())).is_leader());
    assert!(!done(first).is_leader());

    let mut ready = pin!(CHANGED.wait_while(READY.try_lock().unwrap(), |ready| !*ready));
    waits(ready.as_mut());
    *READY.try_lock().unwrap() = true;
    CHANGED.notify_all();
    assert!(*done(ready));

    assert_eq!(*done(pin!(MADE.get_or_init(|| async { 7 }))), 7);
    let mut set = pin!(SET.wait());
    waits(set.as_mut());
    SET.set(8).unwrap();
    assert_eq!(*done(set), 8);
}

#[test]
fn spinning_in_statics() {
    static BRIEF: spin::Mutex<u32> = spin::Mutex::new(1);
    static READ: spin::RwLock<u32> = spin::RwLock::new(1);
    static COPIED: SeqLock<[u32; 3]> = SeqLock::new([1, 2, 3]);
    *BRIEF.lock() += 1;
    *READ.write() += 1;
    assert_eq!((*BRIEF.lock(), *READ.read()), (2, 2));
    COPIED.set([4; 3]);
    assert_eq!(COPIED.read(), [4; 3]);
    fence::light();
    fence::heavy();
}

#[cfg(feature = "alloc")]
mod alloc {
    use std::pin::pin;
    use std::sync::Arc;

    use sync_primitives::{CancellationToken, Mutex, Semaphore, broadcast, mpmc, mpsc, oneshot, spsc, watch};

    use super::{done, waits};

    #[test]
    fn owned_guards_keep_their_lock_alive() {
        let permit = done(pin!(Arc::new(Semaphore::new(1)).acquire_owned())).unwrap();
        assert_eq!(permit.num_permits(), 1);
        assert_eq!(*Arc::new(Mutex::new(5)).try_lock_owned().unwrap(), 5);
        let token = CancellationToken::new();
        let child = token.child_token();
        let mut cancelled = pin!(child.cancelled());
        waits(cancelled.as_mut());
        token.cancel();
        done(cancelled);
    }

    #[test]
    fn channels_pass_values() {
        let (sender, receiver) = oneshot::channel();
        sender.send(1).unwrap();
        assert_eq!(done(pin!(receiver)), Ok(1));

        let (sender, mut receiver) = mpsc::channel(1);
        done(pin!(sender.send(1))).unwrap();
        waits(pin!(sender.send(2)));
        assert_eq!(done(pin!(receiver.recv())), Some(1));

        let (sender, receiver) = mpmc::channel(1);
        done(pin!(sender.send(1))).unwrap();
        assert_eq!(done(pin!(receiver.recv())), Some(1));

        let (mut sender, mut receiver) = spsc::channel(1);
        done(pin!(sender.send(1))).unwrap();
        assert_eq!(done(pin!(receiver.recv())), Some(1));
    }

    #[test]
    fn broadcast_reaches_all() {
        let (sender, mut first) = broadcast::channel(2);
        let mut second = sender.subscribe();
        let mut waiting = pin!(first.recv());
        waits(waiting.as_mut());
        assert_eq!(sender.send("news"), Ok(2));
        assert_eq!((done(waiting), second.try_recv()), (Ok("news"), Ok("news")));
        drop(sender);
        assert_eq!(done(pin!(second.recv())), Err(broadcast::error::RecvError::Closed));
    }

    #[test]
    fn watch_shows_the_latest() {
        let (sender, mut receiver) = watch::channel(1);
        {
            let mut changed = pin!(receiver.changed());
            waits(changed.as_mut());
            sender.send(2).unwrap();
            done(changed).unwrap();
        }
        assert_eq!(*receiver.borrow_and_update(), 2);
        sender.send_modify(|value| *value += 1);
        assert_eq!(*done(pin!(receiver.wait_for(|value| *value == 3))).unwrap(), 3);
        drop(sender);
        assert!(done(pin!(receiver.changed())).is_err());
    }
}
