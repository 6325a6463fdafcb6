//! What the diagnostics count, whom they name, what they report and what not.

use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use sync_primitives::diagnostics::{self, Counts, Kind, Report, Step, check, reports, snapshot, task};
use sync_primitives::{
    Barrier, Condvar, Event, Mutex, Notify, Priority, RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard, Semaphore,
    SetOnce, TryAcquireError, WeightedFair, broadcast, mpmc, mpsc, watch,
};

use crate::support;

/// Nanoseconds.
static NOW: AtomicU64 = AtomicU64::new(0);

fn pass(nanoseconds: u64) {
    NOW.fetch_add(nanoseconds, Ordering::SeqCst);
}

/// Time stands still but for `pass`, and one test at a time lets it go on.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    diagnostics::set_clock(Some(|| Duration::from_nanos(NOW.load(Ordering::SeqCst))));
    diagnostics::set_bound(Duration::from_nanos(100));
    alone
}

/// What was reported of the primitive with this name.
fn reports_of(name: &str) -> Vec<Report> {
    reports().into_iter().filter(|report| report.primitives().any(|lock| lock.name == Some(name))).collect()
}

/// A future with a name, driven by hand.
struct Task<'a, T>(Pin<Box<dyn Future<Output = T> + 'a>>);

impl<'a, T> Task<'a, T> {
    fn new(name: &str, future: impl Future<Output = T> + 'a) -> Self {
        Self(Box::pin(task(name, future)))
    }

    fn poll(&mut self) -> Poll<T> {
        self.0.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[track_caller]
    fn waits(&mut self) {
        assert!(self.poll().is_pending(), "done, and should wait");
    }

    #[track_caller]
    fn done(&mut self) -> T {
        match self.poll() {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("waits, and should be done"),
        }
    }
}

/// Runs what need not wait, as a task with a name.
#[track_caller]
fn run<T>(name: &str, future: impl Future<Output = T>) -> T {
    Task::new(name, future).done()
}

/// Waits once.
async fn pause() {
    let mut paused = false;
    let once = |_: &mut Context<'_>| if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending };
    std::future::poll_fn(once).await;
}

#[test]
fn diagnostics_count_what_happens() {
    let _alone = alone();
    let mutex = Mutex::new(()).named("counted");
    let guard = mutex.try_lock().unwrap();
    assert!(mutex.try_lock().is_err());
    let (mut first, mut second) = (Task::new("first", mutex.lock()), Task::new("second", mutex.lock()));
    let (mut third, mut fourth) = (Task::new("third", mutex.lock()), Task::new("fourth", mutex.lock()));
    first.waits();
    pass(3);
    [&mut second, &mut third, &mut fourth].into_iter().for_each(Task::waits);
    drop(third);
    pass(5);
    drop(guard);
    pass(1);
    drop(first.done());
    // It was let in, and goes.
    drop(second);
    drop(fourth.done());
    let info = mutex.diagnostics();
    assert_eq!((info.primitive.kind, info.primitive.name), (Kind::Mutex, Some("counted")));
    let mut expected = Counts::default();
    (expected.acquisitions, expected.contended, expected.refused) = (3, 4, 1);
    (expected.cancelled, expected.cancelled_granted) = (2, 1);
    assert_eq!(info.counts, expected);
    let waits: Vec<_> = info.waits.buckets().map(|(from, count)| (from.as_nanos(), count)).collect();
    assert_eq!(waits, [(4, 1), (8, 1)], "6 and 9");
    assert_eq!((info.waits.total(), info.pickups.longest()), (Duration::from_nanos(15), Duration::from_nanos(1)));
    assert!(info.holders.is_empty() && info.waiting.is_empty());
}

#[test]
fn diagnostics_name_holders_and_waiters_and_where_they_asked() {
    let _alone = alone();
    let slots = Semaphore::new(4).named("slots");
    let permits = run("alice", slots.acquire_many(3)).unwrap();
    let asked = Location::caller().line() - 1;
    let mut bob = Task::new("bob", slots.acquire_many(2));
    bob.waits();
    let info = slots.diagnostics();
    let holder = &info.holders[0];
    assert_eq!((holder.who.name(), holder.amount, holder.at.line()), (Some("alice"), 3, asked));
    assert_eq!((holder.at.file(), info.primitive.made_at.line()), (file!(), asked - 1));
    let waiting = &info.waiting[0];
    assert_eq!((waiting.who.name(), waiting.at.line(), waiting.granted), (Some("bob"), asked + 2, None));
    let text = info.to_string();
    assert!(text.contains("held by task `alice`") && text.contains("task `bob` waits"), "{text}");
    let seen = snapshot().into_iter().find(|seen| seen.primitive.id == info.primitive.id);
    assert_eq!(seen, Some(info));
    drop(permits);
    let info = slots.diagnostics();
    assert!(info.holders.is_empty() && info.waiting[0].granted.is_some());
    let id = info.primitive.id;
    drop(bob.done());
    drop(bob);
    drop(slots);
    assert!(snapshot().iter().all(|info| info.primitive.id != id), "it is no more");
}

#[test]
fn diagnostics_name_threads() {
    let _alone = alone();
    let lock = Arc::new(RwLock::new(1));
    let there = Arc::clone(&lock);
    let thread = thread::Builder::new().name("reader".to_owned());
    let guard = thread.spawn(move || there.blocking_read_owned()).unwrap().join().unwrap();
    let holders = lock.diagnostics().holders;
    assert_eq!((holders[0].who.name(), holders[0].who.is_task()), (Some("reader"), false));
    assert!(!holders[0].at.file().is_empty());
    drop(guard);
    assert!(lock.diagnostics().holders.is_empty(), "it was dropped by another thread, and it can be no other");
}

#[test]
fn diagnostics_follow_permits_that_are_forgotten_split_and_merged() {
    let _alone = alone();
    let semaphore = Semaphore::new(9);
    let mut permits = semaphore.try_acquire_many(5).unwrap();
    let two = permits.split(2).unwrap();
    permits.forget();
    assert_eq!(semaphore.diagnostics().holders[0].amount, 2);
    drop(two);
    assert!(semaphore.diagnostics().holders.is_empty());
    semaphore.close();
    assert_eq!(semaphore.try_acquire().unwrap_err(), TryAcquireError::Closed);
    assert_eq!(semaphore.diagnostics().counts.refused, 1);
}

#[test]
fn diagnostics_count_the_dismissed() {
    let _alone = alone();
    let semaphore = Semaphore::new(0);
    let mut waiting = Task::new("dismissed", semaphore.acquire());
    waiting.waits();
    let mut dropped = Task::new("dropped", semaphore.acquire());
    dropped.waits();
    semaphore.close();
    assert!(waiting.done().is_err());
    drop(dropped);
    let counts = semaphore.diagnostics().counts;
    assert_eq!((counts.dismissed, counts.cancelled, counts.acquisitions), (2, 0, 0));
}

#[test]
fn diagnostics_follow_a_lock_through_its_modes() {
    let _alone = alone();
    let lock = RwLock::new(1).named("modes");
    let other = Mutex::new(()).named("beside");
    run("modes", async {
        let look = lock.upgradable_read().await;
        let writer = RwLockUpgradableReadGuard::upgrade(look).await;
        let look = RwLockWriteGuard::downgrade_to_upgradable(writer);
        let writer = RwLockUpgradableReadGuard::try_upgrade(look).unwrap();
        let reader = writer.downgrade();
        assert_eq!(lock.diagnostics().holders.len(), 1);
        drop((other.lock().await, reader));
    });
    // An upgrade that is given up leaves as what it was.
    let look = lock.try_upgradable_read().unwrap();
    let reader = lock.try_read().unwrap();
    let mut upgrade = Task::new("upgrade", RwLockUpgradableReadGuard::upgrade(look));
    upgrade.waits();
    drop(reader);
    drop(upgrade);
    assert!(lock.diagnostics().holders.is_empty());
    assert!(lock.try_write().is_ok());
    assert_eq!(reports_of("modes"), []);
}

#[test]
fn diagnostics_count_notifications() {
    let _alone = alone();
    let (mutex, condvar) = (Mutex::new(()), Condvar::new().named("condition"));
    let mut first = Task::new("first", async { drop(condvar.wait(mutex.lock().await).await) });
    let mut second = Task::new("second", async { drop(condvar.wait(mutex.lock().await).await) });
    first.waits();
    second.waits();
    assert_eq!(condvar.diagnostics().waiting.len(), 2);
    condvar.notify_one();
    pass(7);
    first.done();
    drop(second);
    let (_, result) = condvar.wait_timeout(mutex.blocking_lock(), Duration::ZERO);
    assert!(result.timed_out());
    let info = condvar.diagnostics();
    assert_eq!((info.counts.acquisitions, info.counts.contended, info.counts.cancelled), (1, 3, 2));
    assert_eq!((info.pickups.longest(), info.waiting.len()), (Duration::from_nanos(7), 0));
}

/// The steps of the only report, which is of an order.
#[track_caller]
fn order_of(name: &str) -> Vec<Step> {
    match &reports_of(name)[..] {
        [Report::LockOrder(steps)] => steps.clone(),
        other => panic!("expected one report of an order: {other:?}"),
    }
}

#[test]
fn lock_order_of_two_tasks_is_reported_with_both_sites() {
    let _alone = alone();
    let (left, right) = (Mutex::new(()).named("left"), Mutex::new(()).named("right"));
    let line = Location::caller().line();
    run("one", async {
        let _left = left.lock().await;
        let _right = right.lock().await;
    });
    assert_eq!(reports_of("left"), []);
    run("other", async {
        let _right = right.lock().await;
        let _left = left.lock().await;
    });
    let steps = order_of("left");
    let described: Vec<_> = steps
        .iter()
        .map(|step| (step.who.name(), step.held.name, step.held_at.line(), step.wanted.name, step.wanted_at.line()))
        .collect();
    assert_eq!(
        described,
        [
            (Some("other"), Some("right"), line + 7, Some("left"), line + 8),
            (Some("one"), Some("left"), line + 2, Some("right"), line + 3),
        ]
    );
    let text = reports_of("right")[0].to_string();
    assert!(text.contains("task `other` held mutex `right`, asked for at"), "{text}");
    // Once is enough.
    run("third", async { drop((right.lock().await, left.lock().await)) });
    assert_eq!(reports_of("left").len(), 1);
}

#[test]
fn lock_order_of_threads_that_do_lock_up_is_reported() {
    let _alone = alone();
    let (left, right) = (Mutex::new(()).named("left thread"), RwLock::new(()).named("right thread"));
    let both = std::sync::Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let _left = left.blocking_lock();
            both.wait();
            // It is held by the other, who waits for this one: without the time this would last for ever.
            while reports_of("left thread").is_empty() {
                drop(right.try_write_for(Duration::from_millis(1)));
            }
        });
        scope.spawn(|| {
            let _right = right.blocking_read();
            both.wait();
            while reports_of("left thread").is_empty() {
                drop(left.try_lock_for(Duration::from_millis(1)));
            }
        });
    });
    assert_eq!(order_of("left thread").len(), 2);
}

#[test]
fn lock_order_in_a_circle_of_three_kinds_is_reported() {
    let _alone = alone();
    let mutex = Mutex::new(()).named("circle mutex");
    let lock = Arc::new(RwLock::new(()).named("circle lock"));
    let semaphore = Semaphore::new(2).named("circle permits");
    run("one", async { drop((mutex.lock().await, Arc::clone(&lock).read_owned().await)) });
    run("two", async { drop((lock.write().await, semaphore.acquire().await)) });
    assert_eq!(reports_of("circle lock"), []);
    let mut last = Task::new("three", async { drop((semaphore.acquire_many(2).await, mutex.lock().await)) });
    let held = mutex.try_lock().unwrap();
    // Reported while it waits, and not when it is served.
    last.waits();
    let kinds: Vec<_> = order_of("circle permits").iter().map(|step| step.held.kind).collect();
    assert_eq!(kinds, [Kind::Semaphore, Kind::Mutex, Kind::RwLock]);
    drop(held);
    last.done();
    assert_eq!(reports_of("circle permits").len(), 1);
}

#[test]
fn lock_order_that_is_kept_is_not_reported() {
    let _alone = alone();
    let locks: [_; 3] = std::array::from_fn(|_| Mutex::new(0).named("kept"));
    let semaphore = Semaphore::new(1).named("kept");
    for name in ["one", "two"] {
        run(name, async {
            for skipped in 0..3 {
                let mut guards = Vec::new();
                for (index, lock) in locks.iter().enumerate() {
                    if index != skipped {
                        guards.push(lock.lock().await);
                    }
                }
                drop(semaphore.acquire().await);
                // In another order let go, and the same taken again and again.
                drop(guards.remove(0));
            }
            for lock in locks.iter().rev() {
                drop(lock.lock().await);
            }
        });
    }
    assert_eq!(reports_of("kept"), []);
}

#[test]
fn lock_order_is_not_made_by_those_who_do_not_wait() {
    let _alone = alone();
    let (left, right) = (Mutex::new(()).named("try left"), RwLock::new(()).named("try right"));
    let permits = Semaphore::new(1).named("try permits");
    run("waits", async { drop((left.lock().await, right.read().await, permits.acquire().await)) });
    run("tries", async {
        let _permit = permits.acquire().await;
        let _right = right.try_read().unwrap();
        let _left = left.try_lock().unwrap();
    });
    assert_eq!(reports_of("try left"), []);
    // What was had without waiting is held all the same.
    run("waits after", async {
        let _right = right.try_write().unwrap();
        let _left = left.lock().await;
    });
    assert_eq!(order_of("try left").len(), 2);
}

#[test]
fn lock_order_behind_a_common_lock_is_not_reported() {
    let _alone = alone();
    let gate = Mutex::new(()).named("gate");
    let (left, right) = (Mutex::new(()).named("gated"), Mutex::new(()).named("gated"));
    let in_order = async |first: &Mutex<()>, second: &Mutex<()>| drop((first.lock().await, second.lock().await));
    run("one", async { drop((gate.lock().await, in_order(&left, &right).await)) });
    run("two", async { drop((gate.lock().await, in_order(&right, &left).await)) });
    assert_eq!(reports_of("gated"), []);
    // Another gate is none.
    let other_gate = Mutex::new(());
    run("three", async { drop((other_gate.lock().await, in_order(&left, &right).await)) });
    assert_eq!(order_of("gated").len(), 2);
}

#[test]
fn lock_order_does_not_follow_a_guard_that_is_gone() {
    let _alone = alone();
    let (left, right) = (Mutex::new(()).named("moved"), Mutex::new(()).named("moved"));
    let guard = run("one", left.lock());
    // Another drops it, and the first holds nothing any more.
    run("two", async move { drop(guard) });
    run("one", async { drop(right.lock().await) });
    run("three", async { drop((right.lock().await, left.lock().await)) });
    assert_eq!(reports_of("moved"), []);
}

#[test]
fn lock_order_is_not_concluded_from_guards_of_whom_nobody_knows() {
    let _alone = alone();
    let (lock, other) = (RwLock::new(()).named("whose"), Mutex::new(()).named("whose"));
    let mut one = Task::new("one", async {
        let reader = lock.read().await;
        pause().await;
        drop((other.lock().await, reader));
    });
    one.waits();
    let two = run("two", lock.read());
    // By none of the two: it may have been the first.
    drop(two);
    one.done();
    run("three", async { drop((other.lock().await, lock.write().await)) });
    assert_eq!(reports_of("whose"), []);
}

/// As `select!` by reference: the first is let in and left behind, while the task waits for the same lock again.
#[test]
fn futurelock_of_a_future_that_is_left_behind_is_reported() {
    let _alone = alone();
    let mutex = Mutex::new(()).named("futurelock");
    let guard = run("holder", mutex.lock());
    let line = Location::caller().line();
    let mut selects = Task::new("selects", async {
        let mut first = Box::pin(mutex.lock());
        let mut other = std::future::ready(());
        std::future::poll_fn(|context| {
            assert!(first.as_mut().poll(context).is_pending());
            Pin::new(&mut other).poll(context)
        })
        .await;
        drop(mutex.lock().await);
        drop(first);
    });
    selects.waits();
    let mut behind = Task::new("behind", mutex.lock());
    behind.waits();
    drop(guard);
    pass(100);
    check();
    assert_eq!(reports_of("futurelock"), [], "not yet");
    pass(1);
    assert!(check() >= 1);
    let [Report::Futurelock(found)] = &reports_of("futurelock")[..] else { panic!("{:?}", reports_of("futurelock")) };
    assert_eq!((found.granted.name(), found.granted_at.line()), (Some("selects"), line + 2));
    assert_eq!((found.behind.name(), found.behind_at.line()), (Some("selects"), line + 9), "the task waits for itself");
    assert_eq!(found.unpolled, Duration::from_nanos(101));
    check();
    assert_eq!(reports_of("futurelock").len(), 1, "once");
    drop(selects);
    drop(behind.done());
}

#[test]
fn futurelock_of_two_tasks_is_noticed_by_one_who_comes() {
    let _alone = alone();
    let semaphore = Arc::new(Semaphore::new(1).named("futurelock permits"));
    let permit = semaphore.try_acquire().unwrap();
    let mut asleep = Task::new("asleep", Arc::clone(&semaphore).acquire_owned());
    asleep.waits();
    drop(permit);
    pass(1_000);
    assert_eq!(reports_of("futurelock permits"), []);
    let mut comes = Task::new("comes", semaphore.acquire());
    comes.waits();
    let report = reports_of("futurelock permits").pop().expect("one report");
    let text = report.to_string();
    assert!(text.contains("task `asleep` was let in to semaphore `futurelock permits`"), "{text}");
    assert!(text.contains("has not polled for 1µs") && text.contains("task `comes` waits behind it"), "{text}");
    drop(asleep.done());
    assert!(comes.done().is_ok());
}

#[test]
fn futurelock_is_none_if_nobody_waits_or_all_are_polled() {
    let _alone = alone();
    let mutex = Mutex::new(()).named("no futurelock");
    let guard = mutex.try_lock().unwrap();
    let (mut first, mut second) = (Task::new("first", mutex.lock()), Task::new("second", mutex.lock()));
    first.waits();
    second.waits();
    // The holder takes its time: that is no futurelock.
    pass(1_000);
    check();
    drop(guard);
    pass(50);
    check();
    drop(first.done());
    // Nobody waits behind the second.
    pass(1_000);
    check();
    drop(second.done());
    assert_eq!(reports_of("no futurelock"), []);
}

#[test]
fn relock_of_a_thread_is_reported_at_once() {
    let _alone = alone();
    let mutex = Mutex::new(()).named("relock");
    let _guard = mutex.blocking_lock();
    let line = Location::caller().line();
    assert!(mutex.try_lock().is_err());
    assert_eq!(reports_of("relock"), [], "who does not wait does not wait for itself");
    assert!(mutex.try_lock_for(Duration::ZERO).is_none());
    let [Report::Relock(step)] = &reports_of("relock")[..] else { panic!("{:?}", reports_of("relock")) };
    assert_eq!((step.held_at.line(), step.wanted_at.line()), (line - 1, line + 3));
    // A reader that reads again behind a writer waits for itself too; without a writer it does not wait.
    let lock = RwLock::new(()).named("reread");
    let _reader = lock.blocking_read();
    drop(lock.blocking_read());
    assert_eq!(reports_of("reread"), []);
    let mut writer = Task::new("writer", lock.write());
    writer.waits();
    assert!(lock.try_read_for(Duration::ZERO).is_none());
    assert!(matches!(&reports_of("reread")[..], [Report::Relock(_)]));
}

#[test]
fn relock_for_permits_needs_that_nobody_else_has_any() {
    let _alone = alone();
    let semaphore = Semaphore::new(2).named("permits twice");
    let _mine = semaphore.blocking_acquire().unwrap();
    let mut other = Task::new("other", async {
        let theirs = semaphore.acquire().await.unwrap();
        pause().await;
        theirs.forget();
    });
    other.waits();
    assert!(semaphore.try_acquire_for(Duration::ZERO).is_err());
    assert_eq!(reports_of("permits twice"), [], "the other may give its permit back");
    other.done();
    assert!(semaphore.try_acquire_for(Duration::ZERO).is_err());
    assert!(matches!(&reports_of("permits twice")[..], [Report::Relock(_)]));
}

#[test]
fn relock_of_a_task_is_found_by_looking() {
    let _alone = alone();
    let mutex = Mutex::new(()).named("task relock");
    let mut twice = Task::new("twice", async { drop((mutex.lock().await, mutex.lock().await)) });
    twice.waits();
    check();
    assert_eq!(reports_of("task relock"), []);
    pass(101);
    check();
    check();
    let [Report::Relock(step)] = &reports_of("task relock")[..] else { panic!("{:?}", reports_of("task relock")) };
    assert_eq!(step.who.name(), Some("twice"));
}

#[test]
fn reports_go_to_the_hook() {
    let _alone = alone();
    static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    // A hook may use what is watched.
    diagnostics::set_hook(|report| HEARD.blocking_lock().push(report.to_string()));
    let mutex = Mutex::new(()).named("hooked");
    let _guard = mutex.blocking_lock();
    assert!(mutex.try_lock_for(Duration::ZERO).is_none());
    diagnostics::set_hook(|_| ());
    assert!(HEARD.blocking_lock().iter().any(|text| text.contains("mutex `hooked` is asked for by its holder")));
}

#[test]
fn unnamed_tasks_are_told_apart_by_their_wakers() {
    let _alone = alone();
    let mutex = Mutex::new(()).named("wakers");
    let guard = support::Task::new(mutex.lock()).done();
    let mut waits = support::Task::new(mutex.lock());
    waits.waits();
    let info = mutex.diagnostics();
    assert!(info.holders[0].who.is_task() && info.holders[0].who.name().is_none());
    assert!(info.waiting[0].who.to_string().starts_with("the task with waker 0x"));
    drop(guard);
    assert!(mutex.diagnostics().holders.is_empty());
    drop(waits.done());
}

/// Where something was asked for is here, in whatever way.
#[test]
fn diagnostics_know_where_of_every_way_to_enter() {
    let _alone = alone();
    const SOON: Duration = Duration::ZERO;
    let far = std::time::Instant::now() + Duration::from_secs(60);
    macro_rules! asked_here {
        ($make:expr; $($enter:expr;)*) => {
            $({
                let primitive = Arc::new($make);
                let held = with(&primitive, $enter);
                let info = primitive.diagnostics();
                assert_eq!(info.holders.len(), 1, "{}", stringify!($enter));
                assert_eq!(info.holders[0].at.file(), file!(), "{}", stringify!($enter));
                assert_eq!(info.primitive.made_at.file(), file!());
                drop(held);
                assert_eq!(primitive.diagnostics().holders, [], "{}", stringify!($enter));
            })*
        };
    }
    fn with<'a, T, R>(shared: &'a Arc<T>, enter: impl FnOnce(&'a Arc<T>) -> R) -> R {
        enter(shared)
    }
    asked_here! { Mutex::<_, Priority>::with_policy(0);
        |lock| lock.try_lock();
        |lock| lock.blocking_lock();
        |lock| lock.try_lock_for(SOON);
        |lock| lock.try_lock_until(far);
        |lock| run("a", lock.lock());
        |lock| run("a", lock.lock_ranked(1));
        |lock| lock.blocking_lock_ranked(1);
        |lock| lock.try_lock_ranked_for(1, SOON);
        |lock| lock.try_lock_ranked_until(1, far);
        |lock| Arc::clone(lock).try_lock_owned();
        |lock| Arc::clone(lock).blocking_lock_owned();
        |lock| Arc::clone(lock).try_lock_owned_for(SOON);
        |lock| Arc::clone(lock).try_lock_owned_until(far);
        |lock| run("a", Arc::clone(lock).lock_owned());
        |lock| run("a", Arc::clone(lock).lock_ranked_owned(1));
        |lock| Arc::clone(lock).blocking_lock_ranked_owned(1);
    }
    asked_here! { RwLock::<_, WeightedFair<2>>::with_weights(0, [1, 2]);
        |lock| lock.try_read();
        |lock| lock.try_write();
        |lock| lock.try_upgradable_read();
        |lock| lock.blocking_read();
        |lock| lock.blocking_write();
        |lock| lock.blocking_upgradable_read();
        |lock| lock.try_read_for(SOON);
        |lock| lock.try_write_until(far);
        |lock| lock.try_upgradable_read_for(SOON);
        |lock| run("a", lock.read());
        |lock| run("a", lock.write());
        |lock| run("a", lock.upgradable_read());
        |lock| run("a", lock.read_ranked(1));
        |lock| run("a", lock.write_ranked(1));
        |lock| run("a", lock.upgradable_read_ranked(1));
        |lock| lock.blocking_read_ranked(1);
        |lock| lock.blocking_write_ranked(1);
        |lock| lock.blocking_upgradable_read_ranked(1);
        |lock| lock.try_read_ranked_for(1, SOON);
        |lock| lock.try_write_ranked_until(1, far);
        |lock| RwLockUpgradableReadGuard::blocking_upgrade(lock.blocking_upgradable_read());
        |lock| RwLockUpgradableReadGuard::try_upgrade_for(lock.blocking_upgradable_read(), SOON);
        |lock| Arc::clone(lock).try_read_owned();
        |lock| Arc::clone(lock).try_write_owned();
        |lock| Arc::clone(lock).blocking_read_owned();
        |lock| Arc::clone(lock).blocking_write_owned();
        |lock| Arc::clone(lock).try_read_owned_for(SOON);
        |lock| Arc::clone(lock).try_write_owned_until(far);
        |lock| run("a", Arc::clone(lock).read_owned());
        |lock| run("a", Arc::clone(lock).write_owned());
        |lock| run("a", Arc::clone(lock).read_ranked_owned(1));
        |lock| Arc::clone(lock).blocking_write_ranked_owned(1);
    }
    asked_here! { Semaphore::<Priority>::with_policy(3);
        |semaphore| semaphore.try_acquire();
        |semaphore| semaphore.try_acquire_many(2);
        |semaphore| semaphore.blocking_acquire();
        |semaphore| semaphore.blocking_acquire_many(3);
        |semaphore| semaphore.blocking_acquire_ranked(3, 1);
        |semaphore| semaphore.try_acquire_ranked_for(3, 1, SOON);
        |semaphore| semaphore.try_acquire_ranked_until(3, 1, far);
        |semaphore| semaphore.try_acquire_for(SOON);
        |semaphore| semaphore.try_acquire_many_until(2, far);
        |semaphore| run("a", semaphore.acquire());
        |semaphore| run("a", semaphore.acquire_many(2));
        |semaphore| run("a", semaphore.acquire_ranked(2, 1));
        |semaphore| Arc::clone(semaphore).try_acquire_owned();
        |semaphore| Arc::clone(semaphore).try_acquire_many_owned(2);
        |semaphore| Arc::clone(semaphore).blocking_acquire_owned();
        |semaphore| Arc::clone(semaphore).blocking_acquire_ranked_owned(2, 1);
        |semaphore| Arc::clone(semaphore).try_acquire_owned_for(SOON);
        |semaphore| run("a", Arc::clone(semaphore).acquire_owned());
        |semaphore| run("a", Arc::clone(semaphore).acquire_many_owned(2));
        |semaphore| run("a", Arc::clone(semaphore).acquire_ranked_owned(2, 1));
    }
    let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    let mut waits = Task::new("a", condvar.wait(mutex.try_lock().unwrap()));
    waits.waits();
    assert_eq!(condvar.diagnostics().waiting[0].at.file(), file!());
}

/// What is expected of one at which two waited, for 4 and 4 nanoseconds, and one gave up.
#[track_caller]
fn two_waited_and_one_gave_up(info: &diagnostics::Info, kind: Kind) {
    assert_eq!(info.primitive.kind, kind);
    let Counts { acquisitions, contended, cancelled, dismissed, .. } = info.counts;
    assert_eq!((acquisitions, contended, cancelled, dismissed), (2, 3, 1, 0), "{kind:?}");
    assert_eq!((info.waits.count(), info.waits.total()), (2, Duration::from_nanos(8)), "{kind:?}");
    assert!(info.holders.is_empty() && info.waiting.is_empty(), "{kind:?}");
}

/// Three wait at once, one gives up, and the others are let go after a time.
fn wait_and_give_up<'a, F: Future + 'a>(
    wait: impl Fn() -> F,
    let_go: impl FnOnce(),
    info: impl Fn() -> diagnostics::Info,
) {
    let [mut first, mut second, mut third] = ["first", "second", "third"].map(|name| Task::new(name, wait()));
    [&mut first, &mut second, &mut third].into_iter().for_each(Task::waits);
    let waiting = info().waiting;
    let names: Vec<_> = waiting.iter().map(|waiting| waiting.who.name()).collect();
    assert_eq!(names, [Some("first"), Some("second"), Some("third")]);
    assert!(waiting.iter().all(|waiting| waiting.at.file() == file!()), "{:?}", waiting[0].at);
    drop(third);
    pass(4);
    let_go();
    first.done();
    second.done();
}

#[test]
fn diagnostics_watch_those_who_wait_for_events() {
    let _alone = alone();
    let notify = Notify::new().named("told");
    wait_and_give_up(|| notify.notified(), || notify.notify_waiters(), || notify.diagnostics());
    two_waited_and_one_gave_up(&notify.diagnostics(), Kind::Notify);
    assert_eq!(notify.diagnostics().primitive.name, Some("told"));
    let event = Event::new();
    wait_and_give_up(|| event.listener(), || event.notify(2), || event.diagnostics());
    two_waited_and_one_gave_up(&event.diagnostics(), Kind::Event);
    let cell = SetOnce::new();
    wait_and_give_up(|| cell.wait(), || cell.set(1).unwrap(), || cell.diagnostics());
    two_waited_and_one_gave_up(&cell.diagnostics(), Kind::SetOnce);
    // Who finds it there has not waited.
    run("late", cell.wait());
    assert_eq!(*cell.blocking_wait(), 1);
    let counts = cell.diagnostics().counts;
    assert_eq!((counts.acquisitions, counts.contended), (4, 3));
}

#[test]
fn diagnostics_watch_barriers() {
    let _alone = alone();
    let barrier = Barrier::new(4).named("all");
    let mut leader = None;
    let passes = || {
        let mut fourth = Task::new("fourth", barrier.wait());
        // The one that gave up has taken its arrival back.
        fourth.waits();
        leader = Some(run("leader", barrier.wait()).is_leader());
        fourth.done();
    };
    wait_and_give_up(|| barrier.wait(), passes, || barrier.diagnostics());
    assert_eq!(leader, Some(true));
    let info = barrier.diagnostics();
    assert_eq!((info.primitive.kind, info.primitive.name), (Kind::Barrier, Some("all")));
    let counts = info.counts;
    assert_eq!((counts.acquisitions, counts.contended, counts.cancelled, counts.dismissed), (4, 4, 1, 0));
    assert_eq!((info.waits.count(), info.waits.total(), info.waiting.len()), (3, Duration::from_nanos(8), 0));
    thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(|| barrier.blocking_wait())));
    });
    let counts = barrier.diagnostics().counts;
    assert_eq!((counts.acquisitions, counts.cancelled, barrier.diagnostics().waiting.len()), (8, 1, 0));
}

#[test]
fn diagnostics_watch_the_lines_of_channels() {
    let _alone = alone();
    let (sender, mut receiver) = mpsc::channel(2);
    (0..2).for_each(|n| sender.try_send(n).unwrap());
    let made = sender.diagnostics().primitive.made_at;
    assert_eq!((made.file(), made.line()), (file!(), Location::caller().line() - 3));
    wait_and_give_up(
        || sender.send(7),
        || (0..2).for_each(|n| assert_eq!(receiver.try_recv(), Ok(n))),
        || sender.diagnostics(),
    );
    two_waited_and_one_gave_up(&sender.diagnostics(), Kind::Channel);
    assert_eq!((receiver.try_recv(), receiver.try_recv()), (Ok(7), Ok(7)));

    let (sender, receiver) = mpmc::channel(2);
    wait_and_give_up(|| receiver.recv(), || (0..2).for_each(|n| sender.try_send(n).unwrap()), || sender.diagnostics());
    two_waited_and_one_gave_up(&sender.diagnostics(), Kind::Channel);
    // Who waits for the end has got it; who waits for a value that never comes has not.
    let (mut ends, mut empty) = (Task::new("ends", sender.closed()), Task::new("empty", receiver.recv()));
    ends.waits();
    empty.waits();
    receiver.close();
    ends.done();
    assert_eq!(empty.done(), None);
    let counts = sender.diagnostics().counts;
    assert_eq!((counts.acquisitions, counts.dismissed), (3, 1));

    let (sender, receiver) = watch::channel(0);
    let waits = || {
        let mut receiver = receiver.clone();
        async move { receiver.changed().await.unwrap() }
    };
    wait_and_give_up(waits, || sender.send(1).unwrap(), || sender.diagnostics());
    two_waited_and_one_gave_up(&sender.diagnostics(), Kind::Watch);

    let (sender, receiver) = broadcast::channel(2);
    let waits = || {
        let mut receiver = receiver.resubscribe();
        async move { receiver.recv().await.unwrap() }
    };
    wait_and_give_up(waits, || assert!(sender.send(1).is_ok()), || sender.diagnostics());
    two_waited_and_one_gave_up(&sender.diagnostics(), Kind::Broadcast);
}

/// Threads that block are named, in the line of a channel too.
#[test]
fn diagnostics_name_threads_that_wait_at_channels() {
    let _alone = alone();
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(1).unwrap();
    let other = sender.clone();
    let blocked = thread::Builder::new().name("sends".to_owned()).spawn(move || other.blocking_send(2)).unwrap();
    while sender.diagnostics().waiting.is_empty() {
        thread::yield_now();
    }
    let waiting = sender.diagnostics().waiting;
    assert_eq!((waiting[0].who.name(), waiting[0].at.file()), (Some("sends"), file!()));
    assert_eq!(receiver.try_recv(), Ok(1));
    blocked.join().unwrap().unwrap();
    let info = sender.diagnostics();
    assert_eq!((info.counts.contended, info.counts.acquisitions, info.waiting.len()), (1, 1, 0));
}
