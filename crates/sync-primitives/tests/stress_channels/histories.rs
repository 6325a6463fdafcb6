//! Recorded histories of `mpmc` and `spsc` are those of a bounded queue.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use sync_primitives::{mpmc, spsc};
use verify_harness::evidence::{Check, Unit};
use verify_harness::history::recorder::Recorder;
use verify_harness::history::{Checker, Specification};
use verify_harness::random::seed;

use crate::operations;
use crate::stress::{THREADS, together};

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
