//! Stress tests of the sequence lock with native threads: torn copies, lost updates, and recorded histories.

#![cfg(all(feature = "std", not(loom)))]

mod stress;

use stress::{THREADS, by_tier, start_together, together};
use sync_primitives::{SeqLock, SeqLockWriteGuard};
use verify_harness::evidence::{Check, Unit};
use verify_harness::history::Checker;
use verify_harness::history::recorder::Recorder;
use verify_harness::history::spec::{Register, RegisterInput, RegisterOutput};
use verify_harness::random::seed;

const WORDS: usize = 64;

/// Operations of each thread.
fn operations() -> u64 {
    by_tier([20_000, 1_000_000, 20_000_000])
}

/// Every word is the same, unless the copy is torn.
fn whole(words: &[u64; WORDS]) -> u64 {
    assert!(words.iter().all(|word| *word == words[0]), "torn copy: {words:?}");
    words[0]
}

#[test]
fn seqlock_copies_are_whole() {
    let bound = format!("{THREADS} threads x {} operations on {WORDS} words", operations());
    let check = Check::start("SeqLock", "no torn copy, no lost update", "stress", Unit::Operations).bound(&bound);
    let lock = SeqLock::new([0; WORDS]);
    start_together(|number| {
        let mut last = 0;
        for round in 0..operations() {
            let seen = match (round + number) % 4 {
                0 => {
                    let mut writer = lock.write();
                    for word in writer.iter_mut() {
                        *word = std::hint::black_box(*word) + 1;
                    }
                    whole(&writer)
                }
                1 => {
                    let mut writer = lock.write();
                    let seen = whole(&writer);
                    writer[0] = u64::MAX;
                    SeqLockWriteGuard::discard(writer);
                    seen
                }
                2 => lock.try_read().map_or(last, |words| whole(&words)),
                _ => whole(&lock.read()),
            };
            assert!(seen >= last, "an update was undone");
            last = seen;
        }
    });
    check.counter().add(THREADS * operations());
    assert_eq!(whole(&lock.into_inner()), THREADS * operations() / 4);
    check.holds();
}

/// Records rounds of operations; whether all are histories of a register that holds `initial` first.
fn histories_fit(initial: u64, rounds: u64, seed: u64) -> bool {
    let checker = Checker::new(Register::new(initial)).max_configurations(1_000_000);
    (0..rounds).all(|round| {
        let lock = SeqLock::new([0_u64; 3]);
        let recorder = Recorder::new();
        together(seed ^ (round << 8), |number, mut random| {
            let mut log = recorder.log();
            for step in 0..6 {
                if random.below(2) == 0 {
                    log.call(RegisterInput::Read, || RegisterOutput::Value(lock.read()[2]));
                } else {
                    let value = 1 + number * 6 + step;
                    log.call(RegisterInput::Write(value), || {
                        lock.set([value; 3]);
                        RegisterOutput::Written
                    });
                }
            }
        });
        checker.check(&recorder.into_history().expect("all logs are back")).is_linearizable()
    })
}

const CHECKER: &str = "history checker, native threads";

#[test]
fn seqlock_is_linearizable() {
    let (seed, rounds) = (seed(), operations() / 200);
    let bound = format!("{THREADS} threads x 6 operations, {rounds} rounds, seed {seed}");
    let check = Check::start("SeqLock", "recorded histories are linearizable", CHECKER, Unit::Histories).bound(&bound);
    check.counter().add(rounds);
    assert!(histories_fit(0, rounds, seed), "a history is not linearizable");
    check.holds();
}

/// The check above can fail: what is read first is not what the specification begins with.
#[test]
fn seqlock_that_begins_with_another_value_is_rejected() {
    let check = Check::start("SeqLock", "a value from nowhere is found", CHECKER, Unit::Histories).bound("seeded bug");
    check.counter().add(1);
    assert!(!histories_fit(100, 1_000, seed()), "nothing was noticed");
    check.holds();
}
