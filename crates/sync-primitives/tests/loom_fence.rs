//! Model tests of the fences: store buffering, which they must forbid.

#![cfg(loom)]

mod model;

use loom::sync::Arc;
use loom::sync::atomic::Ordering::{AcqRel, Relaxed};
use loom::sync::atomic::{AtomicBool, AtomicUsize};
use loom::thread;
use model::{fails_when_weakened, holds};
use sync_primitives::fence::{MemoryBarrier, heavy, light};

const FENCE: &str = "fence";
const FORBIDDEN: &str = "both looked too early";

/// Two threads, each writes its flag, passes its fence and looks at the other's flag: one of them must see the other's.
fn store_buffering(here: fn(), there: fn()) {
    let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
    let other = {
        let flags = Arc::clone(&flags);
        thread::spawn(move || {
            flags[1].store(true, Relaxed);
            there();
            flags[0].load(Relaxed)
        })
    };
    flags[0].store(true, Relaxed);
    here();
    let seen_here = flags[1].load(Relaxed);
    let seen_there = other.join().unwrap();
    assert!(seen_here || seen_there, "{FORBIDDEN}");
}

fn light_and_heavy() {
    store_buffering(light, heavy);
}

fn two_heavy() {
    store_buffering(heavy, heavy);
}

fn two_barriers() {
    store_buffering(|| MemoryBarrier::SequentiallyConsistent.pass(), || MemoryBarrier::Heavy.pass());
}

/// A value is written, a barrier passed, and that it is there is told; who hears of it passes a barrier and looks.
fn message_passing(before: MemoryBarrier, behind: MemoryBarrier) {
    let cells = Arc::new((AtomicUsize::new(0), AtomicBool::new(false)));
    let other = {
        let cells = Arc::clone(&cells);
        thread::spawn(move || {
            if cells.1.load(Relaxed) {
                behind.pass();
                assert_eq!(cells.0.load(Relaxed), 5, "heard of it too early");
            }
        })
    };
    cells.0.store(5, Relaxed);
    before.pass();
    cells.1.store(true, Relaxed);
    other.join().unwrap();
}

fn release_and_acquire() {
    message_passing(MemoryBarrier::Release, MemoryBarrier::Acquire);
}

fn acquire_release() {
    message_passing(MemoryBarrier::AcquireRelease, MemoryBarrier::AcquireRelease);
}

#[test]
fn fences_forbid_store_buffering() {
    let property = "of two who write and then look, one sees the other";
    holds(FENCE, property, "1 light and 1 heavy", light_and_heavy);
    holds(FENCE, property, "2 heavy", two_heavy);
    holds(FENCE, property, "1 sequentially consistent and 1 heavy", two_barriers);
}

#[test]
fn barriers_pass_messages() {
    let property = "who hears of it sees it";
    holds(FENCE, property, "1 release and 1 acquire", release_and_acquire);
    holds(FENCE, property, "2 acquire-release", acquire_release);
}

#[test]
fn fences_need_their_orderings() {
    fails_when_weakened(FENCE, "F1", AcqRel, &[FORBIDDEN], light_and_heavy);
    fails_when_weakened(FENCE, "F2", AcqRel, &[FORBIDDEN], light_and_heavy);
    fails_when_weakened(FENCE, "F7", AcqRel, &[FORBIDDEN], two_barriers);
    for site in ["F4", "F5"] {
        fails_when_weakened(FENCE, site, Relaxed, &["heard of it too early"], release_and_acquire);
    }
    fails_when_weakened(FENCE, "F6", Relaxed, &["heard of it too early"], acquire_release);
}
