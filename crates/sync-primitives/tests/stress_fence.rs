//! A search for store buffering with native threads, where the light fence is none and the heavy one a system call.

#![cfg(all(feature = "std", not(loom)))]

use std::hint::spin_loop;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use sync_primitives::CachePadded;
use sync_primitives::fence::{heavy, is_asymmetric, light};
use verify_harness::evidence::{Check, Tier, Unit};

fn rounds() -> u64 {
    match Tier::from_environment() {
        Tier::Quick => 1_000,
        Tier::Default => 5_000,
        Tier::Full => 1_000_000,
    }
}

/// In each round two threads start together, write the round's number into their own flag, pass a fence, and look at the other's flag.
/// Returns in how many rounds neither saw the other.
fn missed(rounds: u64, fences: [fn(); 2]) -> u64 {
    let flags: [CachePadded<AtomicU64>; 2] = Default::default();
    let saw: [CachePadded<AtomicU64>; 2] = Default::default();
    let gate = CachePadded::new(AtomicU64::new(0));
    let meet = |passed: u64| {
        gate.fetch_add(1, AcqRel);
        let mut spins = 0_u32;
        while gate.load(Acquire) < 2 * passed {
            spins += 1;
            if spins < 200 { spin_loop() } else { thread::yield_now() }
        }
    };
    let mut missed = 0;
    thread::scope(|scope| {
        let run = |me: usize, mut each: Box<dyn FnMut() + Send>| {
            let (flags, saw, meet) = (&flags, &saw, &meet);
            move || {
                for round in 1..=rounds {
                    meet(2 * round - 1);
                    flags[me].store(round, Relaxed);
                    fences[me]();
                    let other = flags[1 - me].load(Relaxed);
                    saw[me].store(other, Ordering::Release);
                    meet(2 * round);
                    each();
                }
            }
        };
        let other = scope.spawn(run(1, Box::new(|| ())));
        let mut round = 0;
        let count = &mut missed;
        let saw = &saw;
        run(
            0,
            Box::new(move || {
                round += 1;
                // Both are behind their look, and neither writes again before the next meeting.
                if saw.iter().all(|seen| seen.load(Acquire) < round) {
                    *count += 1;
                }
            }),
        )();
        other.join().expect("the thread does not panic");
    });
    missed
}

#[test]
fn fences_forbid_store_buffering() {
    let bound = format!("{} rounds, {}", rounds(), if is_asymmetric() { "membarrier" } else { "fences" });
    let property = "of two who write and then look, one sees the other";
    let check = Check::start("fence", property, "stress", Unit::Operations).bound(&bound);
    check.counter().add(rounds());
    // What the search finds where nothing forbids it. How often depends on the machine, and on a busy one it may be never.
    println!("{} of {} rounds without fences", missed(rounds(), [|| (), || ()]), rounds());
    assert_eq!(missed(rounds(), [light, heavy]), 0);
    assert_eq!(missed(rounds(), [heavy, heavy]), 0);
    check.holds();
}
