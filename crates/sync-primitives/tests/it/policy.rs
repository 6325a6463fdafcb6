//! In which order a semaphore serves by its policy, and how often one who waits is passed.

use std::sync::Arc;
use std::thread;

use sync_primitives::futures::Acquire;
use sync_primitives::{Barging, Policy, Priority, Semaphore};
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
}
