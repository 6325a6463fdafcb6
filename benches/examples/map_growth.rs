//! What growth costs the one who inserts, and what an entry costs in memory: `cargo run --release -p benches --example map_growth`.
//!
//! One thread inserts a million entries, numbers to numbers, into an empty map. The table tells how long single insertions took (the
//! median, one in a thousand, the longest), and the bytes for each entry that were asked of the allocator: at the end, and at most.
//! On a machine with other work the longest insertions are the scheduler's: it helps to run this several times and take the least.

use std::time::Instant;

use benches::counting::{Counting, alive, forget_most, most};
use foldhash::fast::FixedState;
use lockfree_collections::LockFreeHashMap;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ENTRIES: u64 = 1_000_000;

fn row<M>(name: &str, map: M, insert: impl Fn(&M, u64)) {
    let mut times = vec![0_u32; ENTRIES as usize];
    let before = alive();
    forget_most();
    for number in 0..ENTRIES {
        let begin = Instant::now();
        insert(&map, number);
        times[number as usize] = u32::try_from(begin.elapsed().as_nanos()).unwrap_or(u32::MAX);
    }
    let bytes = |total: usize| (total - before) as f64 / ENTRIES as f64;
    let (end, most) = (bytes(alive()), bytes(most()));
    drop(map);
    times.sort_unstable();
    let micros = |nanos: u32| f64::from(nanos) / 1_000.0;
    let (median, rare, longest) =
        (times[times.len() / 2], times[times.len() - 1 - times.len() / 1_000], times[times.len() - 1]);
    println!(
        "| {name} | {:.2} | {:.2} | {:.0} | {end:.1} | {most:.1} |",
        micros(median),
        micros(rare),
        micros(longest)
    );
}

fn main() {
    println!("| {ENTRIES} insertions | median, us | p99.9, us | longest, us | bytes an entry | at most |");
    println!("|---|---|---|---|---|---|");
    let hasher = FixedState::default;
    row("LockFreeHashMap", LockFreeHashMap::with_hasher(hasher()), |map, number| {
        map.pin().insert(number, number);
    });
    row("papaya", papaya::HashMap::with_hasher(hasher()), |map, number| {
        map.pin().insert(number, number);
    });
    row("dashmap", dashmap::DashMap::with_hasher(hasher()), |map, number| {
        map.insert(number, number);
    });
    row("scc::HashMap", scc::HashMap::with_hasher(hasher()), |map, number| {
        map.upsert_sync(number, number);
    });
    let locked = parking_lot::RwLock::new(std::collections::HashMap::with_hasher(hasher()));
    row("parking_lot::RwLock of std's", locked, |map, number| {
        map.write().insert(number, number);
    });
}
