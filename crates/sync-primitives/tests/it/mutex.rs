//! `Mutex`, one step at a time.

use std::cell::Cell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use sync_primitives::{MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard};

use crate::support::Task;

#[test]
fn mutex_is_handed_over_in_order() {
    let mutex = Mutex::new(Vec::new());
    let guard = mutex.try_lock().unwrap();
    let mut tasks: Vec<_> = (0..50).map(|_| Task::new(mutex.lock())).collect();
    tasks.iter_mut().for_each(Task::waits);
    drop(guard);
    for number in 0..50 {
        assert!(mutex.try_lock().is_err(), "the lock is handed over, not opened");
        assert_eq!(tasks[number].wakes(), 1);
        assert!(tasks[number + 1..].iter().all(|task| task.wakes() == 0));
        tasks[number].done().push(number);
    }
    assert_eq!(mutex.try_lock().unwrap().len(), 50);
}

/// 64 tasks that lock again and again, and yield under the lock, on an executor that polls who is woken, in order of waking.
#[test]
fn mutex_is_had_evenly_by_64_tasks() {
    const TASKS: usize = 64;
    struct Ready(usize, Arc<std::sync::Mutex<VecDeque<usize>>>);
    impl Wake for Ready {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push_back(self.0);
        }
    }
    let mutex = Mutex::new([0_u32; TASKS]);
    let ready = Arc::new(std::sync::Mutex::new((0..TASKS).collect::<VecDeque<_>>()));
    let counts = Cell::new([0; TASKS]);
    let mut tasks: Vec<_> = (0..TASKS)
        .map(|number| {
            let (mutex, counts) = (&mutex, &counts);
            let task = async move {
                loop {
                    let mut had = mutex.lock().await;
                    had[number] += 1;
                    counts.set(*had);
                    let mut yielded = false;
                    poll_fn(|context| {
                        if std::mem::replace(&mut yielded, true) {
                            return Poll::Ready(());
                        }
                        context.waker().wake_by_ref();
                        Poll::Pending
                    })
                    .await;
                    drop(had);
                }
            };
            (Box::pin(task), Waker::from(Arc::new(Ready(number, Arc::clone(&ready)))))
        })
        .collect();
    while counts.get().iter().sum::<u32>() < 64 * 100 {
        let next = ready.lock().unwrap().pop_front().expect("somebody is woken");
        let (task, waker) = &mut tasks[next];
        let Poll::<()>::Pending = task.as_mut().poll(&mut Context::from_waker(waker)) else { unreachable!() };
    }
    let (least, most) = (counts.get().into_iter().min().unwrap(), counts.get().into_iter().max().unwrap());
    assert!(most - least <= 1, "one had it {most} times, another {least}");
}

#[test]
fn mutex_cancel_passes_the_lock_on() {
    let mutex = Mutex::new(0);
    let guard = mutex.try_lock().unwrap();
    let (mut first, mut second, mut third) =
        (Task::new(mutex.lock()), Task::new(mutex.lock()), Task::new(mutex.lock()));
    first.waits();
    second.waits();
    third.waits();
    drop(second);
    drop(guard);
    drop(first);
    assert_eq!(third.wakes(), 1);
    *third.done() += 1;
    assert_eq!(*mutex.try_lock().unwrap(), 1);
}

#[test]
fn mutex_unpolled_lock_asks_for_nothing() {
    let mutex = Mutex::new(0);
    let lock = mutex.lock();
    assert!(mutex.try_lock().is_ok());
    drop(lock);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn mutex_is_not_poisoned() {
    let mutex = Mutex::new(1);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        *mutex.blocking_lock() = 2;
        let _guard = mutex.blocking_lock();
        panic!("while the lock is held");
    }));
    assert!(outcome.is_err());
    assert_eq!(*mutex.try_lock().unwrap(), 2);
}

#[test]
fn mutex_panicking_map_unlocks() {
    let mutex = Mutex::new((1, 2));
    let guard = mutex.try_lock().unwrap();
    let outcome = catch_unwind(AssertUnwindSafe(|| drop(MutexGuard::map(guard, |_| -> &mut i32 { panic!("in map") }))));
    assert!(outcome.is_err());
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn mutex_guards_map() {
    let mutex = Arc::new(Mutex::new(([1, 2], "x")));
    let array = MutexGuard::map(mutex.try_lock().unwrap(), |pair| &mut pair.0);
    let array = MappedMutexGuard::try_map(array, |array| array.get_mut(9)).unwrap_err();
    let mut one = MappedMutexGuard::map(array, |array| &mut array[0]);
    *one = 7;
    assert!(mutex.try_lock().is_err());
    assert_eq!(format!("{one} {one:?}"), "7 7");
    drop(one);
    let guard = Arc::clone(&mutex).try_lock_owned().unwrap();
    assert!(Arc::ptr_eq(OwnedMutexGuard::mutex(&guard), &mutex));
    let guard = OwnedMutexGuard::try_map(guard, |_| None::<&mut u8>).unwrap_err();
    let array = OwnedMutexGuard::map(guard, |pair| &mut pair.0);
    let array = OwnedMappedMutexGuard::try_map(array, |array| array.get_mut(9)).unwrap_err();
    let mut two = OwnedMappedMutexGuard::map(array, |array| &mut array[1]);
    *two = 8;
    drop(two);
    assert_eq!(Arc::strong_count(&mutex), 1);
    assert_eq!(mutex.try_lock().unwrap().0, [7, 8]);
}

#[test]
fn mutex_owned_guard_keeps_it_alive() {
    let mutex = Arc::new(Mutex::new(String::from("a")));
    let mut waits = Task::new(Arc::clone(&mutex).lock_owned());
    let guard = Arc::clone(&mutex).blocking_lock_owned();
    waits.waits();
    drop(mutex);
    drop(guard);
    let mut guard = waits.done();
    drop(waits);
    guard.push('b');
    assert_eq!(*guard, "ab");
}

#[test]
fn mutex_works_unsized() {
    let mutex: Box<Mutex<[u8]>> = Box::new(Mutex::new([1, 2, 3]));
    mutex.try_lock().unwrap()[1] = 9;
    assert_eq!(*Task::new(mutex.lock()).done(), [1, 9, 3]);
    let shared: Arc<Mutex<dyn std::fmt::Debug + Send>> = Arc::new(Mutex::new(5));
    assert_eq!(format!("{:?}", shared.try_lock_owned().unwrap()), "5");
}

#[test]
fn mutex_timed_lock_leaves_the_queue() {
    let mutex = Mutex::new(0);
    let guard = mutex.try_lock().unwrap();
    assert!(mutex.try_lock_for(Duration::from_micros(50)).is_none());
    drop(guard);
    assert!(mutex.try_lock().is_ok());
}

#[test]
fn mutex_threads_and_tasks_take_turns() {
    let mutex = Mutex::new(0u32);
    let add = |times: u32| {
        for _ in 0..times {
            *mutex.blocking_lock() += 1;
        }
    };
    let add_async = async |times: u32| {
        for _ in 0..times {
            *mutex.lock().await += 1;
        }
    };
    thread::scope(|scope| {
        let threads =
            [scope.spawn(|| add(500)), scope.spawn(|| add(500)), scope.spawn(|| pollster::block_on(add_async(500)))];
        pollster::block_on(add_async(500));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert_eq!(mutex.into_inner(), 2_000);
}

#[test]
fn mutex_formats() {
    let mutex = Mutex::new(3);
    assert_eq!(format!("{mutex:?}"), "Mutex { value: 3 }");
    let guard = mutex.try_lock().unwrap();
    assert_eq!(format!("{mutex:?} {guard:?} {guard}"), "Mutex { value: <locked> } 3 3");
    assert_eq!(mutex.try_lock().unwrap_err().to_string(), "operation would block");
}
