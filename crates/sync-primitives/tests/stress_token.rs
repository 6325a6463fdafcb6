//! Stress test of `CancellationToken` with native threads: trees that are grown, cut and cancelled at once.

#![cfg(all(feature = "std", not(loom)))]

mod stress;

use std::thread;

use stress::{Gate, THREADS, by_tier, together};
use sync_primitives::CancellationToken;
use verify_harness::evidence::{Check, Unit};
use verify_harness::random::{Random, seed};

/// Tokens that each thread keeps.
const KEPT: u64 = 8;

fn rounds() -> u64 {
    by_tier([200, 4_000, 100_000])
}

/// Grows a tree below `root` until the root is cancelled, which one of the threads does; then all that is kept must be so too.
fn grow(root: &CancellationToken, cancels: bool, random: &mut Random) {
    let mut kept = vec![root.clone()];
    for step in 0.. {
        if cancels && step == KEPT * 4 {
            root.cancel();
        }
        if root.is_cancelled() {
            break;
        }
        let at = random.below(kept.len() as u64) as usize;
        match random.below(6) {
            0 if at != 0 => drop(kept.swap_remove(at)),
            1 if at != 0 => {
                kept[at].cancel();
                assert!(kept[at].is_cancelled());
            }
            2 => {
                assert!(pollster::block_on(kept[at].run_until_cancelled(async {})).is_some() || kept[at].is_cancelled())
            }
            _ if (kept.len() as u64) < KEPT => kept.push(kept[at].child_token()),
            _ => thread::yield_now(),
        }
    }
    // Whoever finds the root cancelled finds all below it so, and nobody waits for ever.
    assert!(kept.iter().all(CancellationToken::is_cancelled));
    for (number, token) in kept.iter().enumerate() {
        if number % 2 == 0 { token.blocking_cancelled() } else { pollster::block_on(token.cancelled()) }
    }
}

#[test]
fn token_reaches_all_below() {
    let seed = seed();
    let bound = format!("{THREADS} threads x {} trees, seed {seed}", rounds());
    let check = Check::start("CancellationToken", "all below are cancelled and woken", "stress", Unit::Operations)
        .bound(&bound);
    check.counter().add(THREADS * rounds());
    let roots: Vec<_> = (0..rounds()).map(|_| CancellationToken::new()).collect();
    let gate = Gate::default();
    together(seed, |number, mut random| {
        for (round, root) in roots.iter().enumerate() {
            // A waiter that was there before, two levels down.
            let leaf = root.child_token().child_token();
            gate.pass(round as u64 + 1);
            if number == 0 {
                leaf.blocking_cancelled();
            } else {
                grow(root, number == 1, &mut random);
            }
            assert!(leaf.is_cancelled());
        }
    });
    check.holds();
}
