//! Model tests of the policies of `Semaphore`, `Mutex` and `RwLock`: that the queue keeps what it promises when those who join pass others, and that they pass as
//! often as the policy says. In the quick tier our own checker explores that only of a `Mutex`: three that pass take it half a minute and more elsewhere.

#![cfg(loom)]

mod model;

use std::pin::pin;
use std::task::Poll;

use loom::sync::Arc;
use loom::thread;
use model::ordered::Ordered;
use model::{block_on, fails_with, holds_crowd, holds_large, is_missed, needs, poll_once};
use sync_primitives::{
    Barging, Mutex, Policy, Priority, Ranked, RwLock, RwLockUpgradableReadGuard, Semaphore, WeightedFair,
};

const POLICY: &str = "Semaphore<Policy>";
const MUTEX: &str = "Mutex<_, Policy>";
const RWLOCK: &str = "RwLock<_, Policy>";

/// A semaphore and what its permits protect.
type Guarded<P> = Ordered<Semaphore<P>>;

fn guarded<P: Policy>(permits: usize) -> Arc<Guarded<P>> {
    Ordered::new(Semaphore::with_policy(permits))
}

/// Two of different rank or class take turns.
fn ranks_exclude<P: Ranked>() {
    let guarded = guarded::<P>(1);
    let other = {
        let guarded = Arc::clone(&guarded);
        thread::spawn(move || {
            let permit = block_on(guarded.by.acquire_ranked(1, 9)).unwrap();
            guarded.add(1);
            drop(permit);
        })
    };
    let permit = block_on(guarded.by.acquire()).unwrap();
    guarded.add(1);
    drop(permit);
    other.join().unwrap();
    assert_eq!(guarded.get(), 2);
}

/// A task and a thread of different rank or class lock in turns, and one gives up.
fn mutex_excludes<P: Ranked>() {
    let mutex = Arc::new(Mutex::<u32, P>::with_policy(0));
    let other = {
        let mutex = Arc::clone(&mutex);
        thread::spawn(move || {
            *block_on(mutex.lock_ranked(9)) += 1;
            drop(poll_once(pin!(mutex.lock_ranked(1))));
        })
    };
    *mutex.blocking_lock_ranked(0) += 1;
    other.join().unwrap();
    assert_eq!(*mutex.try_lock().expect("nobody is left"), 2);
}

/// The same where nobody has a rank.
fn mutex_barging_excludes() {
    let mutex = Arc::new(Mutex::<u32, Barging<1>>::with_policy(0));
    let other = {
        let mutex = Arc::clone(&mutex);
        thread::spawn(move || *block_on(mutex.lock()) += 1)
    };
    *mutex.blocking_lock() += 1;
    other.join().unwrap();
    assert_eq!(*mutex.try_lock().expect("nobody is left"), 2);
}

/// A reader and a writer of different rank or class; the reader never sees half of what was written.
fn rwlock_excludes<P: Ranked>() {
    let lock = Arc::new(RwLock::<(u32, u32), P>::with_policy((0, 0)));
    let other = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || {
            let mut writer = block_on(lock.write_ranked(9));
            writer.0 += 1;
            writer.1 += 1;
        })
    };
    let pair = *lock.blocking_read_ranked(1);
    assert_eq!(pair.0, pair.1, "half of an update");
    other.join().unwrap();
    assert_eq!(*lock.try_write().expect("nobody is left"), (1, 1));
}

/// A writer waits, or does not yet; a second reader comes in past it all the same, and it is served when they are gone.
fn rwlock_barging_passes<const PASSES: u32>() {
    let lock = Arc::new(RwLock::<u32, Barging<PASSES>>::with_policy(0));
    let first = lock.try_read().unwrap();
    let other = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || *block_on(lock.write()) += 1)
    };
    let mut second = pin!(lock.read());
    let past = poll_once(second.as_mut()).map(drop).is_ready();
    drop(first);
    assert!(past || PASSES == 0, "a reader does not pass");
    assert!(past || poll_once(second.as_mut()).is_ready() || PASSES > 0, "reader behind writer");
    other.join().unwrap();
    assert_eq!(*lock.try_write().expect("nobody is left"), 1);
}

/// One upgrades, and a writer of the highest rank comes: it waits behind the upgrade.
fn rwlock_upgrade_is_first() {
    let lock = Arc::new(RwLock::<u32, Priority<1>>::with_policy(0));
    let look = lock.try_upgradable_read().unwrap();
    let reader = lock.try_read().unwrap();
    let other = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || *block_on(lock.write_ranked(255)) += 1)
    };
    let mut upgrade = pin!(RwLockUpgradableReadGuard::upgrade(look));
    assert!(poll_once(upgrade.as_mut()).is_pending());
    drop(reader);
    match poll_once(upgrade.as_mut()) {
        Poll::Ready(mut writer) => *writer += 1,
        Poll::Pending => panic!("the upgrade waits behind one who waits for it"),
    }
    other.join().unwrap();
    assert_eq!(*lock.try_write().expect("nobody is left"), 2);
}

/// One needs both permits; the other needs one, and may go past it.
fn barging_loses_no_wake_up() {
    let guarded = guarded::<Barging<1>>(2);
    let other = {
        let guarded = Arc::clone(&guarded);
        thread::spawn(move || {
            for _ in 0..2 {
                drop(block_on(guarded.by.acquire()).unwrap());
            }
        })
    };
    let permit = block_on(guarded.by.acquire_many(2)).unwrap();
    guarded.add(1);
    drop(permit);
    other.join().unwrap();
    assert_eq!(guarded.by.available_permits(), 2);
}

/// One of rank or class 0 waits; two of rank or class 1 join while a permit comes, use it if they get it, and give up. The first keeps what it gets,
/// so that as many of the others had the permit as passed it: asserts that it was one at most.
fn passes<P: Ranked>(semaphore: Semaphore<P>) {
    let semaphore = Arc::new(semaphore);
    let mut low = pin!(semaphore.acquire());
    assert!(poll_once(low.as_mut()).is_pending());
    let other = {
        let semaphore = Arc::clone(&semaphore);
        thread::spawn(move || {
            let mut first = pin!(semaphore.acquire_ranked(1, 1));
            let mut second = pin!(semaphore.acquire_ranked(1, 1));
            let at_once = [poll_once(first.as_mut()).is_ready(), poll_once(second.as_mut()).is_ready()];
            let later = |wait| matches!(poll_once(wait), Poll::Ready(Ok(_)));
            u32::from(at_once[0] || later(first)) + u32::from(at_once[1] || later(second))
        })
    };
    semaphore.add_permits(1);
    let passed = other.join().unwrap();
    assert!(passed <= 1, "passed by {passed}, too often");
    assert!(poll_once(low.as_mut()).is_ready(), "the permit is lost");
}

fn priority_passes<const PASSES: u32>() {
    passes(Semaphore::<Priority<PASSES>>::with_policy(0));
}

/// Of twice the weight the first is done earlier, and the second at the same time as one of the other class, which came first.
fn shares_pass<const WEIGHT: u32>() {
    passes(Semaphore::<WeightedFair<2>>::with_weights(0, [1, WEIGHT]));
}

/// The same of a lock, which is asked for by `$lock`, and held to begin with by `$hold`.
macro_rules! lock_passes {
    ($name:ident, $type:ident, $hold:ident, $lock:ident) => {
        fn $name<P: Ranked>(lock: $type<(), P>) {
            let lock = Arc::new(lock);
            let guard = lock.$hold().unwrap();
            let mut low = pin!(lock.$lock(0));
            assert!(poll_once(low.as_mut()).is_pending());
            let other = {
                let lock = Arc::clone(&lock);
                thread::spawn(move || {
                    let mut first = pin!(lock.$lock(1));
                    let mut second = pin!(lock.$lock(1));
                    let at_once = [poll_once(first.as_mut()).is_ready(), poll_once(second.as_mut()).is_ready()];
                    let later = |wait| poll_once(wait).is_ready();
                    u32::from(at_once[0] || later(first)) + u32::from(at_once[1] || later(second))
                })
            };
            drop(guard);
            let passed = other.join().unwrap();
            assert!(passed <= 1, "passed by {passed}, too often");
            assert!(poll_once(low.as_mut()).is_ready(), "the lock is lost");
        }
    };
}

lock_passes!(mutex_passes, Mutex, try_lock, lock_ranked);
lock_passes!(rwlock_passes, RwLock, try_read, write_ranked);

fn rwlock_priority_passes<const PASSES: u32>() {
    rwlock_passes(RwLock::<_, Priority<PASSES>>::with_policy(()));
}

fn rwlock_shares_pass<const WEIGHT: u32>() {
    rwlock_passes(RwLock::<_, WeightedFair<2>>::with_weights((), [1, WEIGHT]));
}

fn mutex_priority_passes<const PASSES: u32>() {
    mutex_passes(Mutex::<_, Priority<PASSES>>::with_policy(()));
}

fn mutex_shares_pass<const WEIGHT: u32>() {
    mutex_passes(Mutex::<_, WeightedFair<2>>::with_weights((), [1, WEIGHT]));
}

#[test]
fn policies_keep_the_queue_whole() {
    let property = "mutual exclusion, no lost wake-up";
    holds_large(POLICY, property, "2 tasks of different rank", Some(2), ranks_exclude::<Priority<1>>);
    holds_large(POLICY, property, "2 tasks of different class", Some(2), ranks_exclude::<WeightedFair<2>>);
    holds_large(POLICY, "no lost wake-up", "1 task that needs both, 1 that passes", Some(2), barging_loses_no_wake_up);
}

#[test]
fn mutexes_with_policies_exclude() {
    let property = "mutual exclusion, no lost wake-up";
    holds_large(MUTEX, property, "task and thread, 1 gives up, Priority", Some(2), mutex_excludes::<Priority<1>>);
    holds_large(
        MUTEX,
        property,
        "task and thread, 1 gives up, WeightedFair",
        Some(2),
        mutex_excludes::<WeightedFair<2>>,
    );
    holds_large(MUTEX, property, "task and thread, Barging", Some(2), mutex_barging_excludes);
}

#[test]
fn rwlocks_with_policies_exclude() {
    let property = "writers exclude, no lost wake-up";
    holds_large(RWLOCK, property, "writer and reader, Priority", Some(2), rwlock_excludes::<Priority<1>>);
    holds_large(RWLOCK, property, "writer and reader, WeightedFair", Some(2), rwlock_excludes::<WeightedFair<2>>);
    holds_large(RWLOCK, "readers pass a writer", "2 reads, 1 writer, Barging", Some(2), rwlock_barging_passes::<1>);
    holds_large(RWLOCK, "an upgrade is not passed", "upgrade, reader, writer", Some(2), rwlock_upgrade_is_first);
}

#[test]
fn policies_bound_the_bypass() {
    holds_crowd(POLICY, "passed at most once", "1 of low rank, 2 of high rank", priority_passes::<1>);
    holds_crowd(POLICY, "passed at most once", "1 of weight 1, 2 of weight 2", shares_pass::<2>);
    holds_large(MUTEX, "passed at most once", "1 of low rank, 2 of high rank", Some(2), mutex_priority_passes::<1>);
    holds_crowd(MUTEX, "passed at most once", "1 of weight 1, 2 of weight 2", mutex_shares_pass::<2>);
    holds_crowd(RWLOCK, "passed at most once", "1 of low rank, 2 of high rank", rwlock_priority_passes::<1>);
    holds_crowd(RWLOCK, "passed at most once", "1 of weight 1, 2 of weight 2", rwlock_shares_pass::<2>);
}

/// Policies that let one pass too many are found, and a reader that may not pass.
#[test]
fn a_bypass_too_many_is_found() {
    let seeded = "seeded bug";
    fails_with(POLICY, "a bypass too many is found", seeded, &["too often"], priority_passes::<2>);
    fails_with(POLICY, "a weight too much is found", seeded, &["too often"], shares_pass::<3>);
    fails_with(RWLOCK, "a bypass too few is found", seeded, &["reader behind writer"], rwlock_barging_passes::<0>);
    fails_with(MUTEX, "a bypass too many is found", seeded, &["too often"], mutex_priority_passes::<2>);
    fails_with(MUTEX, "a weight too much is found", seeded, &["too often"], mutex_shares_pass::<3>);
    fails_with(RWLOCK, "a bypass too many is found", seeded, &["too often"], rwlock_priority_passes::<2>);
    fails_with(RWLOCK, "a weight too much is found", seeded, &["too often"], rwlock_shares_pass::<3>);
    is_missed(RWLOCK, &["UPGRADE_IS_FIRST"], "waits behind", rwlock_upgrade_is_first);
}

#[test]
fn policies_need_the_orderings_of_the_queue() {
    needs(POLICY, &["S1"], ranks_exclude::<Priority<1>>);
    needs(POLICY, &["S1"], ranks_exclude::<WeightedFair<2>>);
    needs(MUTEX, &["X3"], mutex_excludes::<Priority<1>>);
    needs(MUTEX, &["X3"], mutex_excludes::<WeightedFair<2>>);
    needs(MUTEX, &["X3"], mutex_barging_excludes);
    needs(RWLOCK, &["L2"], rwlock_excludes::<Priority<1>>);
    needs(RWLOCK, &["L2"], rwlock_excludes::<WeightedFair<2>>);
}
