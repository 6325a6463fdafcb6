//! Wakers that panic, that drop whoever waits beside them, and that use what they are woken by; closing twice, nothing at all, and too much:
//! for every primitive that it can happen to.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use sync_primitives::{
    Barrier, CancellationToken, Condvar, Event, Mutex, Notify, OnceCell, Priority, RwLock, Semaphore, SetOnce,
    WeightedFair, broadcast, mpmc, mpsc, oneshot, spsc, watch,
};

use crate::support::{Task, panics};

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Three that wait, in order, and what lets them go on: all at once, or each when the one before it is done or gone.
struct Case {
    name: &'static str,
    waiting: [Waiting; 3],
    let_go: Box<dyn FnOnce()>,
    /// The other end of a channel, without which it would end.
    _kept: Box<dyn Any>,
}

/// A case of which `wait` makes what waits, from what they share.
fn case<S, F>(name: &'static str, shared: S, wait: impl Fn(S) -> F, let_go: impl FnOnce() + 'static) -> Case
where
    S: Clone,
    F: Future<Output = ()> + Send + 'static,
{
    let waiting = [(); 3].map(|()| Box::pin(wait(shared.clone())) as Waiting);
    Case { name, waiting, let_go: Box::new(let_go), _kept: Box::new(()) }
}

/// Panics again if one of these did.
fn rethrow<T>(outcomes: impl IntoIterator<Item = std::thread::Result<T>>) {
    if let Some(panic) = outcomes.into_iter().find_map(Result::err) {
        std::panic::resume_unwind(panic);
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();

    let semaphore = Arc::new(Semaphore::new(1));
    let held = Arc::clone(&semaphore).try_acquire_owned().unwrap();
    cases.push(case("Semaphore", semaphore, |s| async move { drop(s.acquire().await.unwrap()) }, || drop(held)));
    let semaphore = Arc::new(Semaphore::<Priority>::with_policy(1));
    let held = Arc::clone(&semaphore).try_acquire_owned().unwrap();
    let wait = |s: Arc<Semaphore<Priority>>| async move { drop(s.acquire_ranked(1, 3).await.unwrap()) };
    cases.push(case("Semaphore<Priority>", semaphore, wait, || drop(held)));
    let semaphore = Arc::new(Semaphore::new(0));
    let closes = Arc::clone(&semaphore);
    let wait = |s: Arc<Semaphore>| async move { assert!(s.acquire_owned().await.is_err()) };
    cases.push(case("Semaphore that is closed", semaphore, wait, move || closes.close()));

    let mutex = Arc::new(Mutex::new(()));
    let held = Arc::clone(&mutex).try_lock_owned().unwrap();
    cases.push(case("Mutex", mutex, |m| async move { drop(m.lock().await) }, || drop(held)));
    let mutex = Arc::new(Mutex::<(), WeightedFair<2>>::with_weights((), [1, 1]));
    let held = Arc::clone(&mutex).try_lock_owned().unwrap();
    let wait = |m: Arc<Mutex<(), WeightedFair<2>>>| async move { drop(m.lock_ranked(1).await) };
    cases.push(case("Mutex<WeightedFair>", mutex, wait, || drop(held)));

    let lock = Arc::new(RwLock::new(()));
    let held = Arc::clone(&lock).try_write_owned().unwrap();
    cases.push(case("RwLock, reading", lock, |l| async move { drop(l.read().await) }, || drop(held)));
    let lock = Arc::new(RwLock::new(()));
    let held = Arc::clone(&lock).try_read_owned().unwrap();
    cases.push(case("RwLock, writing", lock, |l| async move { drop(l.write().await) }, || drop(held)));
    let lock = Arc::new(RwLock::new(()));
    let held = Arc::clone(&lock).try_upgradable_read_owned().unwrap();
    let wait = |l: Arc<RwLock<()>>| async move { drop(l.upgradable_read_owned().await) };
    cases.push(case("RwLock, reading to upgrade", lock, wait, || drop(held)));

    let notify = Arc::new(Notify::new());
    let tells = Arc::clone(&notify);
    cases.push(case("Notify", notify, |n| async move { n.notified().await }, move || tells.notify_waiters()));
    let notify = Arc::new(Notify::new());
    let tells = Arc::clone(&notify);
    let tells_next = |n: Arc<Notify>| async move {
        n.notified().await;
        n.notify_one();
    };
    cases.push(case("Notify, one after the other", notify, tells_next, move || tells.notify_one()));
    let event = Arc::new(Event::new());
    let tells = Arc::clone(&event);
    cases.push(case("Event", event, |e| async move { e.listener().await }, move || tells.notify(3)));

    let pair = Arc::new((Mutex::new(()), Condvar::new()));
    let tells = Arc::clone(&pair);
    let wait = |p: Arc<(Mutex<()>, Condvar)>| async move { drop(p.1.wait(p.0.lock().await).await) };
    cases.push(case("Condvar", pair, wait, move || tells.1.notify_all()));

    let barrier = Arc::new(Barrier::new(4));
    let last = Arc::clone(&barrier);
    let arrives = move || assert!(Task::new(last.wait()).done().is_leader());
    cases.push(case("Barrier", barrier, |b| async move { assert!(!b.wait().await.is_leader()) }, arrives));

    let cell = Arc::new(SetOnce::new());
    let sets = Arc::clone(&cell);
    cases.push(case("SetOnce", cell, |c| async move { assert_eq!(*c.wait().await, 1) }, move || sets.set(1).unwrap()));
    let cell = Arc::new(OnceCell::new());
    let initialising = Arc::clone(&cell);
    let mut first = Task::new(async move {
        initialising.get_or_init(std::future::pending::<u8>).await;
    });
    first.waits();
    let wait = |c: Arc<OnceCell<u8>>| async move { assert_eq!(*c.get_or_init(|| async { 1 }).await, 1) };
    cases.push(case("OnceCell", cell, wait, || drop(first)));

    let token = CancellationToken::new();
    let cancels = token.clone();
    let wait = |t: CancellationToken| async move { t.child_token().cancelled_owned().await };
    cases.push(case("CancellationToken", token, wait, move || cancels.cancel()));

    let (sender, receiver) = mpsc::channel(3);
    (0..3).for_each(|n| sender.try_send(n).unwrap());
    let receiver = Arc::new(StdMutex::new(receiver));
    let kept = Arc::clone(&receiver);
    let takes = move || {
        // Only what goes on has room, whoever panics on the way.
        let take =
            || catch_unwind(AssertUnwindSafe(|| receiver.lock().unwrap_or_else(PoisonError::into_inner).try_recv()));
        rethrow([(); 3].map(|()| take()));
    };
    let sending = case("mpsc, sending", sender, |s| async move { s.send(7).await.unwrap() }, takes);
    cases.push(Case { _kept: Box::new(kept), ..sending });
    let (sender, receiver) = mpsc::channel::<u8>(1);
    cases.push(case("mpsc, watching for the end", sender, |s| async move { s.closed().await }, || drop(receiver)));
    let (sender, receiver) = mpmc::channel(3);
    let kept = sender.clone();
    let sends = move || {
        rethrow([(); 3].map(|()| catch_unwind(AssertUnwindSafe(|| sender.try_send(1).unwrap()))));
    };
    let receiving = case("mpmc, receiving", receiver, |r| async move { assert_eq!(r.recv().await, Some(1)) }, sends);
    cases.push(Case { _kept: Box::new(kept), ..receiving });
    let (sender, receiver) = mpmc::unbounded_channel::<u8>();
    cases.push(case("mpmc that ends", receiver, |r| async move { assert_eq!(r.recv().await, None) }, || drop(sender)));
    let sender = broadcast::Sender::new(2);
    let sends = sender.clone();
    let wait = |s: broadcast::Sender<u8>| {
        let mut receiver = s.subscribe();
        async move { assert_eq!(receiver.recv().await, Ok(1)) }
    };
    cases.push(case("broadcast", sender, wait, move || assert!(sends.send(1).is_ok())));
    let (sender, receiver) = watch::channel(0);
    let wait = |mut r: watch::Receiver<u8>| async move { r.changed().await.unwrap() };
    let changes = move || {
        sender.send_modify(|value| *value = 1);
    };
    cases.push(case("watch", receiver, wait, changes));
    cases
}

/// Polls once with this waker.
fn poll(waiting: &mut Waiting, waker: &Waker) -> Poll<()> {
    waiting.as_mut().poll(&mut Context::from_waker(waker))
}

/// Calls something when it is woken, once.
struct Calls(StdMutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        let call = self.0.lock().unwrap().take();
        if let Some(call) = call {
            call();
        }
    }
}

fn waker(call: impl FnOnce() + Send + 'static) -> Waker {
    Waker::from(Arc::new(Calls(StdMutex::new(Some(Box::new(call))))))
}

/// What waits is done when it is polled.
#[track_caller]
fn done(name: &str, waiting: &mut Waiting) {
    assert!(poll(waiting, Waker::noop()).is_ready(), "{name}: lost");
}

#[test]
fn panicking_wakers_lose_nobody() {
    for Case { name, waiting: [mut first, mut second, mut third], let_go, _kept } in cases() {
        assert!(poll(&mut first, &waker(|| panic!("the waker panics"))).is_pending(), "{name}");
        assert!(poll(&mut second, Waker::noop()).is_pending(), "{name}");
        assert!(poll(&mut third, Waker::noop()).is_pending(), "{name}");
        assert!(panics(let_go), "{name}: the panic goes on");
        done(name, &mut first);
        done(name, &mut second);
        done(name, &mut third);
    }
}

#[test]
fn wakers_may_drop_whoever_waits_beside_them() {
    for Case { name, waiting: [mut first, mut second, mut third], let_go, _kept } in cases() {
        // The first is polled again with a waker that has the second.
        assert!(poll(&mut first, Waker::noop()).is_pending(), "{name}");
        assert!(poll(&mut second, Waker::noop()).is_pending(), "{name}");
        assert!(poll(&mut third, Waker::noop()).is_pending(), "{name}");
        assert!(poll(&mut first, &waker(move || drop(second))).is_pending(), "{name}");
        let_go();
        done(name, &mut first);
        done(name, &mut third);
    }
}

#[test]
fn wakers_may_complete_and_drop_what_they_wake() {
    for Case { name, waiting: [first, mut second, mut third], let_go, _kept } in cases() {
        let slot = Arc::new(StdMutex::new(Some(first)));
        let completed = Arc::new(StdMutex::new(false));
        let call = {
            let (slot, completed) = (Arc::clone(&slot), Arc::clone(&completed));
            move || {
                let mut first = slot.lock().unwrap().take().expect("woken once");
                *completed.lock().unwrap() = poll(&mut first, Waker::noop()).is_ready();
            }
        };
        let woken = waker(call);
        assert!(poll(slot.lock().unwrap().as_mut().unwrap(), &woken).is_pending(), "{name}");
        assert!(poll(&mut second, Waker::noop()).is_pending(), "{name}");
        assert!(poll(&mut third, Waker::noop()).is_pending(), "{name}");
        let_go();
        assert!(*completed.lock().unwrap(), "{name}: woken, and not let go");
        done(name, &mut second);
        done(name, &mut third);
    }
}

#[test]
fn closing_twice_is_closing_once() {
    let semaphore = Semaphore::new(1);
    semaphore.close();
    semaphore.close();
    assert!(semaphore.is_closed() && semaphore.try_acquire().is_err());
    let (sender, mut receiver) = mpsc::channel(2);
    sender.try_send(1).unwrap();
    receiver.close();
    receiver.close();
    assert_eq!((receiver.try_recv().ok(), receiver.blocking_recv()), (Some(1), None));
    let (sender, receiver) = mpmc::channel(2);
    sender.try_send(1).unwrap();
    receiver.close();
    receiver.close();
    assert_eq!((receiver.try_recv().ok(), receiver.blocking_recv()), (Some(1), None));
    let (sender, mut receiver) = oneshot::channel();
    receiver.close();
    receiver.close();
    assert_eq!((sender.send(1), receiver.try_recv().is_err()), (Err(1), true));
    let token = CancellationToken::new();
    token.cancel();
    token.cancel();
    assert!(token.is_cancelled() && token.child_token().is_cancelled());
    let cell = SetOnce::new();
    assert_eq!((cell.set(1), cell.set(2).unwrap_err().0, cell.get()), (Ok(()), 2, Some(&1)));
}

#[test]
fn nothing_at_all_is_had_at_once() {
    let semaphore = Semaphore::new(0);
    assert_eq!(semaphore.try_acquire_many(0).unwrap().num_permits(), 0);
    assert_eq!(Task::new(semaphore.acquire_many(0)).done().unwrap().split(0).unwrap().num_permits(), 0);
    semaphore.add_permits(0);
    assert_eq!((semaphore.forget_permits(0), semaphore.available_permits()), (0, 0));
    let (sender, mut receiver) = mpsc::channel(1);
    sender.try_send(1).unwrap();
    assert_eq!(Task::new(sender.reserve_many(0)).done().unwrap().count(), 0);
    let mut values = Vec::new();
    assert_eq!(Task::new(receiver.recv_many(&mut values, 0)).done(), 0);
    assert_eq!(receiver.blocking_recv_many(&mut values, 0), 0);
    let event = Event::new();
    event.notify(0);
    event.notify_additional(0);
    Task::new(event.listener()).waits();
    assert!(Task::new(Barrier::new(0).wait()).done().is_leader());
    let unbounded =
        [panics(|| mpsc::channel::<u8>(0)), panics(|| mpmc::channel::<u8>(0)), panics(|| spsc::channel::<u8>(0))];
    assert_eq!((unbounded, panics(|| broadcast::channel::<u8>(0))), ([true; 3], true));
    assert!(panics(|| RwLock::with_max_readers((), 0)));
}

#[test]
fn too_much_is_refused_and_breaks_nothing() {
    let semaphore = Semaphore::new(Semaphore::MAX_PERMITS);
    assert!(panics(|| semaphore.add_permits(1)));
    assert!(panics(|| Semaphore::new(Semaphore::MAX_PERMITS + 1)));
    assert_eq!(semaphore.available_permits(), Semaphore::MAX_PERMITS);
    drop(semaphore.try_acquire().unwrap());
    let too_many = [
        panics(|| mpsc::channel::<u8>(Semaphore::MAX_PERMITS + 1)),
        panics(|| mpmc::channel::<u8>(Semaphore::MAX_PERMITS + 1)),
        panics(|| broadcast::channel::<u8>(usize::MAX)),
        panics(|| Barrier::new(usize::MAX)),
    ];
    assert_eq!(too_many, [true; 4]);
    let (sender, _receiver) = mpsc::channel::<u8>(1);
    assert!(Task::new(sender.reserve_many(usize::MAX)).done().is_err(), "never to be had");
    let event = Event::new();
    let mut task = Task::new(event.listener());
    task.waits();
    event.notify_additional(usize::MAX);
    event.notify_additional(usize::MAX);
    task.done();
    Task::new(event.listener()).waits();
}

/// What panics in the middle of somebody else's code leaves the primitive as it is with what it had given back.
#[test]
fn panics_of_closures_give_back_what_was_held() {
    let cell = OnceCell::new();
    assert!(panics(|| cell.blocking_get_or_init(|| panic!("the initialiser"))));
    assert!(panics(|| Task::new(cell.get_or_init(|| async { panic!("the initialiser") })).done()));
    assert_eq!(*cell.blocking_get_or_init(|| 1), 1);
    let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    assert!(panics(|| condvar.blocking_wait_while(mutex.blocking_lock(), |()| panic!("the condition"))));
    let wait = async { drop(condvar.wait_while(mutex.lock().await, |()| panic!("the condition")).await) };
    assert!(panics(|| Task::new(wait).done()));
    assert!(mutex.try_lock().is_ok());
    let semaphore = Semaphore::new(1);
    assert!(panics(|| semaphore.try_acquire().unwrap().map(|| panic!("the value"))));
    assert!(panics(|| {
        let _permit = semaphore.try_acquire().unwrap();
        panic!("with a permit");
    }));
    assert_eq!(semaphore.available_permits(), 1);
    let token = CancellationToken::new();
    assert!(panics(|| Task::new(token.run_until_cancelled(poll_fn(|_| -> Poll<()> { panic!("the future") }))).done()));
    token.cancel();
}

#[test]
fn spsc_survives_panicking_wakers() {
    let (mut sender, mut receiver) = spsc::channel(1);
    let mut waits = Task::new(async { receiver.recv().await });
    assert!(waits.poll_with_panicking_waker().is_pending());
    assert!(panics(|| sender.try_send(1)));
    assert_eq!(waits.done(), Some(1));
    drop(waits);
    assert!(sender.try_send(2).is_ok());
    let mut waits = Task::new(async { sender.send(3).await });
    assert!(waits.poll_with_panicking_waker().is_pending());
    assert!(panics(|| receiver.try_recv()));
    assert!(waits.done().is_ok());
    drop(waits);
    assert_eq!(receiver.try_recv(), Ok(3), "the value that was taken when the waker panicked is lost with the panic");
}
