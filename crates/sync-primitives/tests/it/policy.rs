//! In which order semaphores and locks serve by their policy, how often one who waits is passed, and what shares classes get.

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::thread;

use sync_primitives::futures::{Acquire, Lock, Read, Wait};
use sync_primitives::{
    Barging, Condvar, Mutex, Policy, Priority, RwLock, RwLockUpgradableReadGuard, Semaphore, WeightedFair,
};
use verify_harness::random::Random;

use super::support::{Task, panics};

#[test]
fn priority_serves_by_rank_and_then_by_order() {
    let semaphore = Semaphore::<Priority>::with_policy(0);
    let mut tasks: Vec<_> = [0, 5, 5, 9, 1].map(|rank| Task::new(semaphore.acquire_ranked(1, rank))).into();
    tasks.iter_mut().for_each(Task::waits);
    for next in [3, 1, 2, 4, 0] {
        semaphore.add_permits(1);
        assert_eq!(tasks.iter().filter(|task| task.wakes() > 0).count(), 1, "one at a time");
        assert_eq!(tasks[next].wakes(), 1);
        tasks[next].done().unwrap().forget();
        tasks[next] = Task::new(semaphore.acquire_ranked(1, 0));
    }
}

#[test]
fn priority_grows_old() {
    let semaphore = Semaphore::<Priority<2>>::with_policy(0);
    let mut low = Task::new(semaphore.acquire());
    low.waits();
    let mut high: Vec<_> = (0..4).map(|_| Task::new(semaphore.acquire_ranked(1, 9))).collect();
    high.iter_mut().for_each(Task::waits);
    semaphore.add_permits(3);
    low.done().unwrap().forget();
    assert_eq!(high.iter().filter(|task| task.wakes() > 0).count(), 2, "two have passed it, and no more");
}

#[test]
fn priority_gives_back_permits_and_not_ranks() {
    let semaphore = Arc::new(Semaphore::<Priority>::with_policy(3));
    let permit = Task::new(semaphore.acquire_ranked(3, 255)).done().unwrap();
    assert_eq!(permit.num_permits(), 3);
    let mut granted = Task::new(semaphore.acquire_ranked(2, 7));
    granted.waits();
    drop(permit);
    assert_eq!(granted.wakes(), 1);
    drop(granted);
    assert_eq!(semaphore.available_permits(), 3);
    assert_eq!(semaphore.try_acquire_many(2).unwrap().num_permits(), 2);
    assert!(panics(|| semaphore.try_acquire_many(1 << 24)));
    assert!(panics(|| drop(semaphore.acquire_ranked(1 << 24, 1))));
    drop(Arc::clone(&semaphore).try_acquire_owned().unwrap());
    let waiter = thread::spawn(move || semaphore.blocking_acquire_many(3).map(|permit| permit.num_permits()));
    assert_eq!(waiter.join().unwrap(), Ok(3));
}

#[test]
fn barging_passes_those_who_need_more() {
    let semaphore = Semaphore::<Barging<2>>::with_policy(4);
    let held = semaphore.try_acquire().unwrap();
    let mut all = Task::new(semaphore.acquire_many(4));
    all.waits();
    let mut past: Vec<_> = (0..3).map(|_| Task::new(semaphore.acquire())).collect();
    past[0].done().unwrap().forget();
    past[1].done().unwrap().forget();
    past[2].waits();
    semaphore.add_permits(2);
    drop(held);
    assert_eq!(all.done().unwrap().num_permits(), 4);
    assert!(past[2].done().is_ok());
}

/// Joining, giving up and serving without any order: nobody is passed more than `most` times by one who came later, and somebody is
/// passed as often.
fn passed_at_most<P: Policy>(most: usize, acquire: for<'a> fn(&'a Semaphore<P>, &mut Random) -> Acquire<'a, P>) {
    let mut random = Random::new(7);
    let semaphore = Semaphore::<P>::with_policy(0);
    // Each with the number of those who came later and were served first.
    let mut waiting: Vec<(Task<Acquire<'_, P>>, usize)> = Vec::new();
    let mut worst = 0;
    for _ in 0..4_000 {
        match random.below(5) {
            0..=2 if waiting.len() < 40 => waiting.push((Task::new(acquire(&semaphore, &mut random)), 0)),
            3 if !waiting.is_empty() => drop(waiting.remove(random.below(waiting.len() as u64) as usize)),
            _ => semaphore.add_permits(1),
        }
        // Whoever is served in this step is served in any order, as far as can be seen: they do not count against each other.
        let served: Vec<bool> =
            waiting.iter_mut().map(|(task, _)| task.poll().map(|permit| permit.unwrap().forget()).is_ready()).collect();
        for (index, (_, passed)) in waiting.iter_mut().enumerate() {
            if !served[index] {
                *passed += served[index + 1..].iter().filter(|served| **served).count();
                worst = worst.max(*passed);
            }
        }
        let mut served = served.into_iter();
        waiting.retain(|_| !served.next().unwrap());
    }
    assert_eq!(worst, most);
}

#[test]
fn bypass_is_bounded_by_the_policy() {
    passed_at_most(0, |semaphore: &Semaphore, random| semaphore.acquire_many(1 + random.below(3) as u32));
    passed_at_most::<Priority<3>>(3, |semaphore, random| semaphore.acquire_ranked(1, random.below(4) as u8));
    passed_at_most::<Barging<2>>(2, |semaphore, random| semaphore.acquire_many(1 + random.below(3) as u32));
}

#[test]
fn policies_cost_no_memory() {
    assert_eq!(size_of::<Semaphore<Priority>>(), size_of::<Semaphore>());
    assert_eq!(size_of::<Acquire<'_, Priority>>(), size_of::<Acquire<'_>>());
    assert_eq!(size_of::<Mutex<u64, Barging>>(), size_of::<Mutex<u64>>());
    assert_eq!(size_of::<RwLock<u64, Priority>>(), size_of::<RwLock<u64>>());
    assert_eq!(size_of::<Lock<'_, u64, WeightedFair<8>>>(), size_of::<Lock<'_, u64>>());
    assert_eq!(size_of::<Read<'_, u64, Priority>>(), size_of::<Read<'_, u64>>());
    assert_eq!(size_of::<Mutex<u64, WeightedFair<3>>>(), size_of::<Mutex<u64>>() + 8 + 3 * 16);
}

/// Code that says nothing of policies gets the first one, in all its forms.
#[test]
fn policies_are_inferred_where_nothing_is_said() {
    let mutex = Mutex::new(1);
    let lock = RwLock::with_max_readers(Vec::<u8>::new(), 4);
    assert_eq!((*mutex.try_lock().unwrap(), lock.try_read().unwrap().len()), (1, 0));
    let (mutex, lock): (Mutex<u8>, RwLock<u8>) = Default::default();
    assert_eq!((mutex.into_inner(), lock.into_inner()), (0, 0));
    assert_eq!((Mutex::from(3).into_inner(), RwLock::from(4).into_inner()), (3, 4));
    let unsized_value: &Mutex<[u8], Priority> = &Mutex::with_policy([1, 2, 3]);
    assert_eq!(unsized_value.try_lock().unwrap().len(), 3);
}

#[test]
fn mutex_priority_serves_by_rank() {
    let mutex = Arc::new(Mutex::<_, Priority>::with_policy(Vec::new()));
    let guard = mutex.try_lock().unwrap();
    let mut tasks: Vec<_> = [0, 5, 9, 5].map(|rank| (rank, Task::new(mutex.lock_ranked(rank)))).into();
    tasks.iter_mut().for_each(|(_, task)| task.waits());
    let mut owned = Task::new(Arc::clone(&mutex).lock_ranked_owned(7));
    owned.waits();
    drop(guard);
    for next in [2, 7, 1, 3, 0] {
        if next == 7 {
            owned.done().push(7);
        } else {
            let (rank, task) = &mut tasks[next];
            task.done().push(*rank);
        }
    }
    assert_eq!(*mutex.try_lock().unwrap(), [9, 7, 5, 5, 0]);
    mutex.blocking_lock_ranked(255).push(1);
    Arc::clone(&mutex).blocking_lock_ranked_owned(255).push(2);
    assert_eq!(mutex.try_lock().unwrap().len(), 7);
}

#[test]
fn mutex_priority_grows_old() {
    let mutex = Mutex::<_, Priority<2>>::with_policy(());
    let guard = mutex.try_lock().unwrap();
    let mut low = Task::new(mutex.lock());
    low.waits();
    let mut high: Vec<_> = (0..4).map(|_| Task::new(mutex.lock_ranked(9))).collect();
    high.iter_mut().for_each(Task::waits);
    drop(guard);
    drop(high[0].done());
    drop(high[1].done());
    assert_eq!(high[2].wakes(), 0);
    drop(low.done());
    drop(high[2].done());
}

/// A condition variable gives the mutex back with the rank of everybody, through whatever policy it has.
#[test]
fn mutex_with_a_policy_works_with_condvar() {
    let (mutex, condvar) = (Mutex::<_, Priority>::with_policy(0), Condvar::new());
    let mut waits = Task::new(condvar.wait_while(mutex.try_lock().unwrap(), |value| *value == 0));
    waits.waits();
    *mutex.blocking_lock_ranked(3) = 1;
    condvar.notify_one();
    assert_eq!(*waits.done(), 1);
}

#[test]
fn rwlock_priority_serves_by_rank() {
    let lock = Arc::new(RwLock::<_, Priority>::with_policy(0));
    let writer = lock.try_write().unwrap();
    let mut low = Task::new(lock.read());
    low.waits();
    let mut middle = Task::new(Arc::clone(&lock).write_ranked_owned(3));
    middle.waits();
    let mut look = Task::new(lock.upgradable_read_ranked(6));
    look.waits();
    let mut high = Task::new(lock.read_ranked(6));
    high.waits();
    drop(writer);
    drop(high.done());
    // The writer waits for the upgradable reader, and the reader behind it for both.
    assert_eq!((middle.wakes(), low.wakes()), (0, 0));
    drop(look.done());
    *middle.done() += 1;
    assert_eq!(*low.done(), 1);
    drop(low);
    *lock.blocking_write_ranked(1) += 1;
    *Arc::clone(&lock).blocking_write_ranked_owned(1) += 1;
    assert_eq!(*lock.blocking_read_ranked(1) + *Arc::clone(&lock).blocking_read_ranked_owned(2), 6);
    assert_eq!(*lock.blocking_upgradable_read_ranked(1), 3);
    assert_eq!(*Task::new(Arc::clone(&lock).read_ranked_owned(9)).done(), 3);
}

/// Whatever its rank, nobody goes before one who upgrades: it would wait for the upgrade, and the upgrade behind it.
#[test]
fn rwlock_upgrade_is_not_passed() {
    let lock = RwLock::<_, Priority>::with_policy(0);
    let look = lock.try_upgradable_read().unwrap();
    let reader = lock.try_read().unwrap();
    let mut upgrade = Task::new(RwLockUpgradableReadGuard::upgrade(look));
    upgrade.waits();
    let mut other = Task::new(lock.write_ranked(255));
    other.waits();
    let mut joins = Task::new(lock.read_ranked(255));
    joins.waits();
    drop(reader);
    drop(upgrade.done());
    drop(other.done());
    drop(joins.done());
}

#[test]
fn rwlock_barging_readers_pass_a_waiting_writer() {
    let lock = RwLock::<_, Barging<2>>::with_policy(());
    let first = lock.try_read().unwrap();
    let mut writer = Task::new(lock.write());
    writer.waits();
    assert!(lock.try_read().is_err(), "who would not wait passes nobody");
    let past = [Task::new(lock.read()).done(), Task::new(lock.read()).done()];
    let mut too_many = Task::new(lock.read());
    too_many.waits();
    drop((first, past));
    drop(writer.done());
    drop(too_many.done());
}

/// How far the shares of what was served are from the weights, in thousandths of the weight's share.
fn share_errors(weights: &[u32], served: &[u64]) -> Vec<u64> {
    let (weight, all): (u32, u64) = (weights.iter().sum(), served.iter().sum());
    let error = |(&part, &served): (&u32, &u64)| {
        let due = all * u64::from(part) / u64::from(weight);
        served.abs_diff(due) * 1_000 / due
    };
    weights.iter().zip(served).map(error).collect()
}

/// All classes want more than there is, all the time: each gets its share of what is served, to within two in a hundred.
fn shares<F: Future>(
    weights: &[u32],
    give_up: bool,
    mut join: impl FnMut(u8, &mut Random) -> (F, u64),
    mut serve: impl FnMut(&mut Random),
    mut done: impl FnMut(F::Output),
) {
    let mut random = Random::new(11);
    let mut waiting: Vec<Vec<(Task<F>, u64)>> = weights.iter().map(|_| Vec::new()).collect();
    let mut served = vec![0; weights.len()];
    for step in 0..4_000 {
        for (class, queue) in waiting.iter_mut().enumerate() {
            while queue.len() < 12 {
                let (future, cost) = join(class as u8, &mut random);
                let mut task = Task::new(future);
                match task.poll() {
                    Poll::Pending => queue.push((task, cost)),
                    // First in line, and content with what is left.
                    Poll::Ready(output) => {
                        done(output);
                        served[class] += cost;
                    }
                }
            }
            // Some give up, wherever they stand; their class is the poorer by nothing.
            if give_up && step % 7 == 0 {
                queue.remove(random.below(queue.len() as u64) as usize);
            }
        }
        serve(&mut random);
        let classes = waiting.iter_mut().zip(&mut served);
        for (queue, served) in classes {
            queue.retain_mut(|(task, cost)| {
                if task.wakes() == 0 {
                    return true;
                }
                done(task.done());
                *served += *cost;
                false
            });
        }
    }
    let errors = share_errors(weights, &served);
    assert!(errors.iter().all(|error| *error <= 20), "{weights:?}: {served:?}, off by {errors:?} in 1000");
}

#[test]
fn semaphore_shares_are_those_of_the_weights() {
    for (weights, give_up) in [([1, 1, 1], true), ([1, 2, 5], true), ([3, 70, 200], false)] {
        let semaphore = Semaphore::<WeightedFair<3>>::with_weights(0, weights);
        let join = |class, random: &mut Random| {
            let n = 1 + random.below(4) as u32;
            (semaphore.acquire_ranked(n, class), u64::from(n))
        };
        shares(
            &weights,
            give_up,
            join,
            |random| semaphore.add_permits(random.below(9) as usize),
            |permit| permit.unwrap().forget(),
        );
    }
}

#[test]
fn mutex_shares_are_those_of_the_weights() {
    let weights = [1, 9, 3, 2];
    let mutex = Mutex::<_, WeightedFair<4>>::with_weights((), weights);
    let mut guard = Some(mutex.try_lock().unwrap());
    let guard = std::cell::RefCell::new(&mut guard);
    let serve = |_: &mut Random| drop(guard.borrow_mut().take());
    shares(&weights, true, |class, _| (mutex.lock_ranked(class), 1), serve, |next| **guard.borrow_mut() = Some(next));
}

#[test]
fn rwlock_shares_are_those_of_the_weights() {
    let weights = [4, 1];
    let lock = RwLock::<_, WeightedFair<2>>::with_weights((), weights);
    let mut writer = Some(lock.try_write().unwrap());
    let writer = std::cell::RefCell::new(&mut writer);
    let serve = |_: &mut Random| drop(writer.borrow_mut().take());
    shares(&weights, true, |class, _| (lock.write_ranked(class), 1), serve, |next| **writer.borrow_mut() = Some(next));
}

/// A class that was away is owed nothing, and what one class does not want goes to the others.
#[test]
fn shares_are_not_saved_up() {
    let semaphore = Arc::new(Semaphore::<WeightedFair<2>>::with_weights(0, [1, 1]));
    let mut alone: Vec<_> = (0..100).map(|_| Task::new(semaphore.acquire_ranked(1, 0))).collect();
    alone.iter_mut().for_each(Task::waits);
    semaphore.add_permits(100);
    alone.into_iter().for_each(|mut task| task.done().unwrap().forget());
    let mut tasks: Vec<_> =
        [0, 0, 1, 1, 7].map(|class| Task::new(Arc::clone(&semaphore).acquire_ranked_owned(1, class))).into();
    tasks.iter_mut().for_each(Task::waits);
    semaphore.add_permits(2);
    let woken: Vec<_> = tasks.iter().map(Task::wakes).collect();
    assert_eq!(woken, [1, 0, 1, 0, 0], "in turns, and a class that is not there is the last one");
    drop(tasks);
    assert_eq!(semaphore.available_permits(), 2);
    assert_eq!(semaphore.blocking_acquire_ranked(1, 1).unwrap().num_permits(), 1);
    assert_eq!(Arc::clone(&semaphore).blocking_acquire_ranked_owned(2, 0).unwrap().num_permits(), 2);
}

/// Within a class those who came first are served first, and their places may be kept.
#[test]
fn shares_keep_the_order_within_a_class() {
    let mutex = Mutex::<_, WeightedFair<2>>::with_weights(Vec::new(), [1, 2]);
    let guard = mutex.try_lock().unwrap();
    let mut tickets: Vec<_> = (0..12).map(|number| (number, mutex.lock_ranked(number % 2).ticket())).collect();
    drop(guard);
    while !tickets.is_empty() {
        let ready = tickets.iter_mut().position(|(_, ticket)| ticket.is_ready()).expect("somebody has it");
        let (number, ticket) = tickets.remove(ready);
        Task::new(ticket).done().push(number);
    }
    let served = mutex.try_lock().unwrap().clone();
    for class in 0..2 {
        assert!(served.iter().filter(|number| *number % 2 == class).is_sorted(), "{served:?}");
    }
    assert_eq!(served[..6].iter().filter(|number| *number % 2 == 1).count(), 4, "{served:?}");
}
