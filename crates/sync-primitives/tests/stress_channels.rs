//! Stress tests of channels, with native threads: as threads, as tasks, trying, closing and giving up half way.

#![cfg(all(feature = "std", not(loom)))]

mod stress;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use stress::THREADS;
use sync_primitives::broadcast::{self, error::RecvError};
use sync_primitives::{mpmc, mpsc, oneshot, spin, spsc, watch};
use verify_harness::evidence::{Check, Tier, Unit};

use verify_harness::history::recorder::Recorder;
use verify_harness::history::{Checker, Specification};
use verify_harness::random::{Random, seed};

/// Operations of each thread.
fn operations() -> u64 {
    match Tier::from_environment() {
        Tier::Quick => 20_000,
        Tier::Default => 200_000,
        Tier::Full => 5_000_000,
    }
}

/// Runs `body` with its number and a source of random numbers on each thread, all starting together.
fn together(seed: u64, body: impl Fn(u64, Random) + Sync) {
    stress::together(|number| body(number, Random::new(seed ^ (number << 32))));
}

fn check(structure: &str, property: &str, seed: u64) -> Check {
    let bound = format!("{THREADS} threads x {} operations, seed {seed}", operations());
    let check = Check::start(structure, property, "stress", Unit::Operations).bound(&bound);
    check.counter().add(THREADS * operations());
    check
}

/// Values made and not dropped.
#[derive(Default)]
struct Live(AtomicU64);

/// A number that counts itself.
struct Counted<'a>(u64, &'a Live);

impl Live {
    fn value(&self, number: u64) -> Counted<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(number, self)
    }
}

impl Clone for Counted<'_> {
    fn clone(&self) -> Self {
        self.1.value(self.0)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.1.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Each thread asks the next one, round after round, by a channel that stands in a cell between them; either may leave early.
#[test]
fn oneshot_loses_nothing() {
    let seed = seed();
    let check = check("oneshot", "each value arrives, is given back or is dropped once", seed);
    let live = Live::default();
    let sent = AtomicU64::new(0);
    let received = AtomicU64::new(0);
    // A cell for each pair of threads, behind a lock that ThreadSanitizer sees.
    let cells: Vec<spin::Mutex<Vec<oneshot::Receiver<Counted<'_>>>>> =
        (0..THREADS / 2).map(|_| Default::default()).collect();
    together(seed, |number, mut random| {
        let cell = &cells[(number / 2) as usize];
        for round in 0..operations() {
            if number % 2 == 0 {
                let (mut sender, receiver) = oneshot::channel();
                cell.lock().push(receiver);
                match random.below(8) {
                    0 => drop(sender),
                    1 => sender.blocking_closed(),
                    2 => {
                        let _ = Pin::new(&mut sender.closed()).poll(&mut Context::from_waker(Waker::noop())).is_ready();
                        sent.fetch_add(u64::from(sender.send(live.value(round)).is_ok()), Ordering::Relaxed);
                    }
                    _ => {
                        sent.fetch_add(u64::from(sender.send(live.value(round)).is_ok()), Ordering::Relaxed);
                    }
                }
                continue;
            }
            let mut receiver = loop {
                // The lock is given back before others are let run.
                let popped = cell.lock().pop();
                match popped {
                    Some(receiver) => break receiver,
                    None => std::thread::yield_now(),
                }
            };
            let value = match random.below(5) {
                // One that watches for ever is among the senders, so nobody waits for ever for what may never come.
                0 => receiver.recv_timeout(Duration::from_micros(random.below(20))).ok(),
                1 => receiver.try_recv().ok(),
                2 => {
                    receiver.close();
                    pollster::block_on(receiver).ok()
                }
                3 => {
                    drop(receiver);
                    None
                }
                _ => {
                    let _ = Pin::new(&mut receiver).poll(&mut Context::from_waker(Waker::noop())).is_ready();
                    None
                }
            };
            if let Some(Counted(round, _)) = &value {
                assert!(*round < operations(), "a value that nobody sent");
                received.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(live.0.load(Ordering::Relaxed), 0, "values are lost or dropped twice");
    assert!(received.into_inner() <= sent.into_inner());
    check.holds();
}

/// Two threads send numbers in order, in every form; two receive, in every form, and give up now and then.
#[test]
fn mpmc_loses_nothing_and_keeps_the_order() {
    let seed = seed();
    let check = check("mpmc", "each value arrives once, those of one sender in order", seed);
    let live = Live::default();
    let totals = [(); 2].map(|()| AtomicU64::new(0));
    {
        let (sender, receiver) = mpmc::channel(3);
        // Handles go to the threads, so that the channel ends with them.
        let handles: Vec<_> = (0..THREADS).map(|_| Mutex::new(Some((sender.clone(), receiver.clone())))).collect();
        drop((sender, receiver));
        together(seed, |number, mut random| {
            let (sender, receiver) = handles[number as usize].lock().unwrap().take().expect("each takes its own");
            let mut total = 0;
            if number % 2 == 0 {
                drop(receiver);
                for count in 0..operations() {
                    total += count;
                    send(&sender, live.value(count << 8 | number), &mut random);
                }
            } else {
                drop(sender);
                let mut last = [None; THREADS as usize];
                while let Some(value) = receive(&receiver, &mut random) {
                    let (count, from) = (value.0 >> 8, (value.0 & 0xff) as usize);
                    assert!(last[from] < Some(count), "values of one sender overtake each other");
                    last[from] = Some(count);
                    total += count;
                }
            }
            totals[(number % 2) as usize].fetch_add(total, Ordering::Relaxed);
        });
    }
    assert_eq!(live.0.load(Ordering::Relaxed), 0, "values are lost or dropped twice");
    let [sent, received] = totals.map(AtomicU64::into_inner);
    assert_eq!(sent, received);
    check.holds();
}

/// Sends by one of all forms.
fn send<'a>(sender: &mpmc::Sender<Counted<'a>>, value: Counted<'a>, random: &mut Random) {
    let mut context = Context::from_waker(Waker::noop());
    match random.below(6) {
        0 => sender.blocking_send(value).unwrap(),
        1 => pollster::block_on(sender.send(value)).unwrap(),
        2 => {
            if let Err(refused) = sender.try_send(value) {
                sender.blocking_send(refused.into_inner()).unwrap();
            }
        }
        3 => {
            if let Err(late) = sender.send_timeout(value, Duration::from_micros(random.below(20))) {
                sender.blocking_send(late.into_inner()).unwrap();
            }
        }
        4 => {
            // Gives up reserving, then reserves.
            drop(std::pin::pin!(sender.reserve_many(2)).poll(&mut context));
            sender.blocking_reserve().unwrap().send(value);
        }
        _ => pollster::block_on(sender.reserve_many(1)).unwrap().for_each({
            let mut value = Some(value);
            move |permit| permit.send(value.take().expect("there is one permit"))
        }),
    }
}

/// Receives by one of all forms; `None` at the end.
fn receive<'a>(receiver: &mpmc::Receiver<Counted<'a>>, random: &mut Random) -> Option<Counted<'a>> {
    match random.below(5) {
        0 => pollster::block_on(receiver.recv()),
        1 => receiver.try_recv().ok().or_else(|| receiver.blocking_recv()),
        2 => receiver.recv_timeout(Duration::from_micros(random.below(20))).ok().or_else(|| receiver.blocking_recv()),
        3 => {
            // Comes and gives up, perhaps with a value promised to it.
            let mut recv = Box::pin(receiver.recv());
            match recv.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(value) => value,
                Poll::Pending => {
                    std::thread::yield_now();
                    drop(recv);
                    receiver.blocking_recv()
                }
            }
        }
        _ => receiver.blocking_recv(),
    }
}

/// Three threads send in order, one receives in every form.
#[test]
fn mpsc_loses_nothing_and_keeps_the_order() {
    let seed = seed();
    let check = check("mpsc", "each value arrives once, those of one sender in order", seed);
    let live = Live::default();
    let (sender, receiver) = mpsc::channel(4);
    let senders: Vec<_> = (1..THREADS).map(|_| Mutex::new(Some(sender.clone()))).collect();
    drop(sender);
    let receiver = Mutex::new(Some(receiver));
    let received = AtomicU64::new(0);
    together(seed, |number, mut random| {
        if number > 0 {
            let sender = senders[number as usize - 1].lock().unwrap().take().expect("each takes its own");
            (0..operations()).for_each(|count| send(&sender, live.value(count << 8 | number), &mut random));
            return;
        }
        let mut receiver = receiver.lock().unwrap().take().expect("there is one");
        let mut last = [None; THREADS as usize];
        let mut buffer = Vec::new();
        loop {
            match random.below(6) {
                0 => buffer.extend(pollster::block_on(receiver.recv())),
                1 => buffer.extend(receiver.blocking_recv()),
                2 => buffer.extend(receiver.try_recv().ok()),
                3 => buffer.extend(receiver.recv_timeout(Duration::from_micros(random.below(20))).ok()),
                4 => {
                    let polled = std::pin::pin!(receiver.recv_many(&mut buffer, 3))
                        .poll(&mut Context::from_waker(Waker::noop()));
                    let _: bool = polled.is_ready();
                }
                _ => {
                    receiver.blocking_recv_many(&mut buffer, 2);
                }
            }
            if buffer.is_empty() && receiver.is_closed() && receiver.is_empty() {
                break;
            }
            for value in buffer.drain(..) {
                let (count, from) = (value.0 >> 8, (value.0 & 0xff) as usize);
                assert!(last[from] < Some(count), "values of one sender overtake each other");
                last[from] = Some(count);
                received.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(live.0.load(Ordering::Relaxed), 0, "values are lost or dropped twice");
    assert_eq!(received.into_inner(), (THREADS - 1) * operations());
    check.holds();
}

/// A bounded queue, as a history sees it. Which values are promised to receivers is no part of it, so an attempt to receive may find
/// nothing at any time.
#[derive(Debug)]
struct BoundedChannel(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Ask {
    Send(u64),
    TryReceive,
    /// Until there is a value; none at the end.
    Receive,
}

impl Specification for BoundedChannel {
    type State = VecDeque<u64>;
    type Input = Ask;
    type Output = Option<u64>;
    type Key = ();

    fn initial(&self) -> VecDeque<u64> {
        VecDeque::new()
    }

    fn step(&self, values: &VecDeque<u64>, input: &Ask, output: Option<&Option<u64>>) -> Option<VecDeque<u64>> {
        let mut values = values.clone();
        match (input, output) {
            (Ask::Send(value), _) => {
                values.push_back(*value);
                return (values.len() <= self.0).then_some(values);
            }
            (Ask::TryReceive, Some(None)) => {}
            (Ask::TryReceive | Ask::Receive, Some(found)) => return (values.pop_front() == *found).then_some(values),
            (Ask::TryReceive | Ask::Receive, None) => drop(values.pop_front()),
        }
        Some(values)
    }
}

/// Records rounds of sending and receiving through a channel of `capacity`; whether all are histories of one of `permitted`.
fn histories_fit(capacity: usize, permitted: usize, rounds: u64, seed: u64) -> bool {
    const EACH: u64 = 4;
    let checker = Checker::new(BoundedChannel(permitted)).max_configurations(1_000_000);
    (0..rounds).all(|round| {
        let recorder = Recorder::new();
        let (sender, receiver) = mpmc::channel(capacity);
        let senders: Vec<_> = (0..THREADS).map(|_| Mutex::new(Some(sender.clone()))).collect();
        drop(sender);
        together(seed ^ (round << 8), |number, mut random| {
            let sender = senders[number as usize].lock().unwrap().take().expect("each takes its own");
            let mut log = recorder.log();
            if number % 2 == 0 {
                for count in 0..EACH {
                    let value = number * EACH + count;
                    log.call(Ask::Send(value), || {
                        if random.below(2) == 0 {
                            sender.blocking_send(value).unwrap();
                        } else {
                            pollster::block_on(sender.send(value)).unwrap();
                        }
                        None
                    });
                }
                return;
            }
            drop(sender);
            let mut open = true;
            while open {
                match random.below(4) {
                    0 => drop(log.call(Ask::TryReceive, || receiver.try_recv().ok())),
                    1 => drop(log.call(Ask::TryReceive, || receiver.recv_timeout(Duration::ZERO).ok())),
                    2 => open = log.call(Ask::Receive, || pollster::block_on(receiver.recv())).is_some(),
                    _ => open = log.call(Ask::Receive, || receiver.blocking_recv()).is_some(),
                }
            }
        });
        let history = recorder.into_history().expect("all logs are back");
        checker.check(&history).is_linearizable()
    })
}

const HISTORIES: &str = "history checker, native threads";

#[test]
fn mpmc_is_linearizable() {
    let seed = seed();
    let rounds = operations() / 100;
    let check = Check::start("mpmc", "recorded histories are those of a bounded queue", HISTORIES, Unit::Histories)
        .bound(&format!("{THREADS} threads, capacities of 1 and 3, {rounds} rounds, seed {seed}"));
    check.counter().add(2 * rounds);
    assert!(histories_fit(1, 1, rounds, seed), "a history is not linearizable");
    assert!(histories_fit(3, 3, rounds, seed), "a history is not linearizable");
    check.holds();
}

/// The check above can fail: histories of a channel of three slots do not fit a queue of one.
#[test]
fn mpmc_with_slots_too_many_is_rejected() {
    let check = Check::start("mpmc", "slots too many are found", HISTORIES, Unit::Histories).bound("seeded bug");
    check.counter().add(1);
    assert!(!histories_fit(3, 1, 1_000, seed()), "nothing was noticed");
    check.holds();
}

/// Records rounds of sending and receiving through an `spsc` channel of `capacity`; whether all are histories of one of `permitted`.
fn spsc_histories_fit(capacity: usize, permitted: usize, rounds: u64, seed: u64) -> bool {
    const EACH: u64 = 8;
    let checker = Checker::new(BoundedChannel(permitted)).max_configurations(1_000_000);
    (0..rounds).all(|round| {
        let recorder = Recorder::new();
        let (sender, receiver) = spsc::channel(capacity);
        let ends = Mutex::new((Some(sender), Some(receiver)));
        together(seed ^ (round << 8), |number, mut random| {
            let mut log = recorder.log();
            if number == 0 {
                let mut sender = ends.lock().unwrap().0.take().expect("one takes it");
                for value in 0..EACH {
                    log.call(Ask::Send(value), || {
                        match random.below(3) {
                            0 => sender.blocking_send(value).unwrap(),
                            1 => pollster::block_on(sender.send(value)).unwrap(),
                            _ => {
                                if let Err(refused) = sender.try_send(value) {
                                    sender.blocking_send(refused.into_inner()).unwrap();
                                }
                            }
                        }
                        None
                    });
                }
            } else if number == 1 {
                let mut receiver = ends.lock().unwrap().1.take().expect("one takes it");
                let mut open = true;
                while open {
                    match random.below(4) {
                        0 => drop(log.call(Ask::TryReceive, || receiver.try_recv().ok())),
                        1 => drop(log.call(Ask::TryReceive, || receiver.recv_timeout(Duration::ZERO).ok())),
                        2 => open = log.call(Ask::Receive, || pollster::block_on(receiver.recv())).is_some(),
                        _ => open = log.call(Ask::Receive, || receiver.blocking_recv()).is_some(),
                    }
                }
            }
        });
        let history = recorder.into_history().expect("all logs are back");
        checker.check(&history).is_linearizable()
    })
}

#[test]
fn spsc_is_linearizable() {
    let seed = seed();
    let rounds = operations() / 100;
    let check = Check::start("spsc", "recorded histories are linearizable", HISTORIES, Unit::Operations);
    let check = check.bound(&format!("{rounds} rounds, seed {seed}"));
    assert!(spsc_histories_fit(2, 2, rounds, seed));
    check.counter().add(rounds * 8);
    check.holds();
}

/// The histories of a channel of two slots are not all those of a channel of one.
#[test]
fn spsc_with_slots_too_many_is_rejected() {
    assert!(!spsc_histories_fit(2, 1, 10_000, seed()));
}

/// Two pairs of threads; each pair goes through phases in which values flow and in which one side is slow, so that bells turn light and back.
#[test]
fn spsc_loses_nothing_and_keeps_the_order() {
    let seed = seed();
    let check = check("spsc", "each value arrives once, in order", seed);
    let live = Live::default();
    {
        let channels: Vec<_> = (0..THREADS / 2)
            .map(|_| {
                let (sender, receiver) = spsc::channel(5);
                Mutex::new((Some(sender), Some(receiver)))
            })
            .collect();
        together(seed, |number, mut random| {
            let channel = &channels[(number / 2) as usize];
            // How seldom one is slow, by phases of some thousand values.
            let slow = |count: u64, random: &mut Random| {
                if random.below(if count >> 12 & 1 == 0 { 8 } else { 4_096 }) == 0 {
                    std::thread::yield_now();
                }
            };
            if number % 2 == 0 {
                let mut sender = channel.lock().unwrap().0.take().expect("one takes it");
                for count in 0..operations() {
                    slow(count, &mut random);
                    let value = live.value(count);
                    let refused = match random.below(4) {
                        0 => sender.blocking_send(value).err().map(|refused| refused.0),
                        1 => pollster::block_on(sender.send(value)).err().map(|refused| refused.0),
                        2 => sender.try_send(value).err().map(spsc::error::TrySendError::into_inner),
                        _ => {
                            let late = sender.send_timeout(value, Duration::from_micros(random.below(20)));
                            late.err().map(spsc::error::SendTimeoutError::into_inner)
                        }
                    };
                    if let Some(value) = refused {
                        assert!(sender.blocking_send(value).is_ok(), "the receiver is there until the end");
                    }
                }
                return;
            }
            let mut receiver = channel.lock().unwrap().1.take().expect("one takes it");
            let mut next = 0;
            loop {
                slow(next, &mut random);
                let value = match random.below(4) {
                    0 => receiver.try_recv().ok(),
                    1 => receiver.recv_timeout(Duration::from_micros(random.below(20))).ok(),
                    2 => match Pin::new(&mut receiver.recv()).poll(&mut Context::from_waker(Waker::noop())) {
                        Poll::Ready(value) => value,
                        Poll::Pending => None,
                    },
                    _ => None,
                };
                let Some(value) = value.or_else(|| pollster::block_on(receiver.recv())) else { break };
                assert_eq!(value.0, next, "values overtake each other, or are lost");
                next += 1;
            }
            assert_eq!(next, operations());
        });
    }
    assert_eq!(live.0.load(Ordering::Relaxed), 0, "values are lost or dropped twice");
    check.holds();
}

/// A task that is run by whichever thread comes next.
struct Job {
    body: spin::Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    ready: Arc<spin::Mutex<VecDeque<Arc<Job>>>>,
}

impl Wake for Job {
    fn wake(self: Arc<Self>) {
        let ready = Arc::clone(&self.ready);
        ready.lock().push_back(self);
    }
}

impl Job {
    fn run(self: Arc<Self>) {
        // Held while it runs: who is woken meanwhile waits for that.
        let mut body = self.body.lock();
        if let Some(future) = body.as_mut() {
            if future.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(&self)))).is_ready() {
                *body = None;
            }
        }
    }
}

/// Tasks change threads all the time, with phases in which one thread runs both ends: bells turn light at one home, and are left for another.
#[test]
fn spsc_wakes_tasks_that_change_threads() {
    let seed = seed();
    let check = check("spsc", "nobody sleeps for ever where tasks change threads", seed);
    let ready = Arc::new(spin::Mutex::new(VecDeque::new()));
    let left = Arc::new(AtomicU64::new(THREADS / 2 * 2));
    let mut bodies = Vec::<Pin<Box<dyn Future<Output = ()> + Send>>>::new();
    for _ in 0..THREADS / 2 {
        let (mut sender, mut receiver) = spsc::channel(3);
        let [sent, received] = [(); 2].map(|()| Arc::clone(&left));
        bodies.push(Box::pin(async move {
            for number in 0..operations() {
                sender.send(number).await.unwrap();
            }
            sent.fetch_sub(1, Ordering::Relaxed);
        }));
        bodies.push(Box::pin(async move {
            for number in 0..operations() {
                assert_eq!(receiver.recv().await, Some(number), "values overtake each other, or are lost");
            }
            assert_eq!(receiver.recv().await, None);
            received.fetch_sub(1, Ordering::Relaxed);
        }));
    }
    for body in bodies {
        Wake::wake(Arc::new(Job { body: spin::Mutex::new(Some(body)), ready: Arc::clone(&ready) }));
    }
    together(seed, |_, mut random| {
        let mut looked = 0u64;
        while left.load(Ordering::Relaxed) > 0 {
            let next = ready.lock().pop_front();
            match next {
                // Now and then only: then the other threads run what there is for a while.
                Some(job) if random.below(64) == 0 => {
                    ready.lock().push_back(job);
                    std::thread::yield_now();
                }
                Some(job) => {
                    looked = 0;
                    job.run();
                }
                None => {
                    looked += 1;
                    assert!(looked < 1 << 26, "everybody sleeps");
                    std::thread::yield_now();
                }
            }
        }
    });
    check.holds();
}

/// One thread sends numbers that grow, the others watch: nobody sees an older one after a newer one, or misses the last.
#[test]
fn watch_shows_the_last_value() {
    let seed = seed();
    let check = check("watch", "never back, and the last is seen", seed);
    let (sender, receiver) = watch::channel(0);
    let sender = Mutex::new(Some(sender));
    together(seed, |number, mut random| {
        if number == 0 {
            let sender = sender.lock().unwrap().take().expect("there is one");
            for count in 1..=operations() {
                match random.below(3) {
                    0 => sender.send(count).unwrap(),
                    1 => drop(sender.send_replace(count)),
                    _ => sender.send_modify(|value| *value = count),
                }
            }
            return;
        }
        let mut receiver = receiver.clone();
        let mut last = 0;
        let mut look = |now: u64| {
            assert!(now >= last, "an older value after a newer one");
            last = now;
        };
        loop {
            let open = match random.below(5) {
                0 => pollster::block_on(receiver.changed()).is_ok(),
                1 => receiver.blocking_changed().is_ok(),
                2 => receiver.changed_timeout(Duration::from_micros(random.below(20))).is_ok(),
                3 => {
                    let changed = std::pin::pin!(receiver.changed());
                    let _: bool = changed.poll(&mut Context::from_waker(Waker::noop())).is_ready();
                    true
                }
                _ => {
                    let least = *receiver.borrow();
                    pollster::block_on(receiver.wait_for(|value| *value >= least)).is_ok()
                }
            };
            look(*receiver.borrow_and_update());
            if !open {
                break;
            }
        }
        assert_eq!(last, operations(), "the last value is missed");
    });
    check.holds();
}

/// Two threads send, two receive, some of them late: every value comes in the order of its sender, or is told as missed.
#[test]
fn broadcast_tells_what_is_missed() {
    let seed = seed();
    let check = check("broadcast", "each value arrives in order or is told as missed, and is dropped once", seed);
    let live = Live::default();
    let (sender, receiver) = broadcast::channel(16);
    let handles: Vec<_> = (0..THREADS).map(|_| Mutex::new(Some((sender.clone(), receiver.resubscribe())))).collect();
    drop((sender, receiver));
    together(seed, |number, mut random| {
        let (sender, mut receiver) = handles[number as usize].lock().unwrap().take().expect("each takes its own");
        if number % 2 == 0 {
            drop(receiver);
            for count in 0..operations() {
                // The receivers stay to the end.
                sender.send(live.value(count << 8 | number)).unwrap_or_else(|_| panic!("nobody receives"));
            }
            return;
        }
        drop(sender);
        let mut last = [None; THREADS as usize];
        let (mut received, mut missed) = (0, 0);
        loop {
            let outcome = match random.below(4) {
                0 => pollster::block_on(receiver.recv()),
                1 => match receiver.try_recv() {
                    Err(broadcast::error::TryRecvError::Empty) => continue,
                    Err(broadcast::error::TryRecvError::Closed) => Err(RecvError::Closed),
                    Err(broadcast::error::TryRecvError::Lagged(count)) => Err(RecvError::Lagged(count)),
                    Ok(value) => Ok(value),
                },
                2 => {
                    let mut recv = Box::pin(receiver.recv());
                    match recv.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                        Poll::Ready(outcome) => outcome,
                        Poll::Pending => continue,
                    }
                }
                _ => receiver.blocking_recv(),
            };
            match outcome {
                Ok(value) => {
                    let (count, from) = (value.0 >> 8, (value.0 & 0xff) as usize);
                    assert!(last[from] < Some(count), "values of one sender overtake each other");
                    last[from] = Some(count);
                    received += 1;
                }
                Err(RecvError::Lagged(count)) => missed += count,
                Err(RecvError::Closed) => break,
            }
        }
        assert_eq!(received + missed, THREADS / 2 * operations());
    });
    assert_eq!(live.0.load(Ordering::Relaxed), 0, "values are lost or dropped twice");
    check.holds();
}
