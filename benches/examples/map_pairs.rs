//! Machine instructions of one look-up and of one replacement, for the map and its peers, with keys that are numbers or strings:
//!
//! ```sh
//! cargo build --release --locked -p benches --example map_pairs
//! for map in ours papaya dashmap scc; do for key in u64 String; do for operation in get replace; do
//!   valgrind --tool=callgrind --toggle-collect='*measured*' --callgrind-out-file=/dev/null \
//!     target/release/examples/map_pairs $map $key $operation 2>&1 | grep Collected
//! done; done; done
//! ```
//!
//! Divided by [`ROUNDS`], what is collected are instructions per operation, the loop's share and, of a replacement, the cloning of the key
//! included. Counts are nearly the same on every run of one build; they say nothing about time, which `cargo xtask bench --topic map` measures.

use std::hash::Hash;
use std::hint::black_box;

use foldhash::fast::FixedState;
use lockfree_collections::LockFreeHashMap;
use verify_harness::random::Random;

const ROUNDS: usize = 100_000;
const ENTRIES: u64 = 50_000;

trait Key: Hash + Eq + Clone + Send + Sync + 'static {
    fn make(number: u64) -> Self;
}

impl Key for u64 {
    fn make(number: u64) -> Self {
        number
    }
}

impl Key for String {
    fn make(number: u64) -> Self {
        format!("key number {number}")
    }
}

trait Map<K> {
    fn get(&self, key: &K) -> Option<u64>;
    fn replace(&self, key: K, value: u64);
}

macro_rules! maps {
    ($($map:ident<$($rest:ident)::*>: |$this:ident, $key:ident, $value:ident| $get:expr, $replace:expr;)*) => {
        $(
            impl<K: Key> Map<K> for $($rest)::*<K, u64, FixedState> {
                #[inline(always)]
                fn get(&self, $key: &K) -> Option<u64> {
                    let $this = self;
                    $get
                }

                #[inline(always)]
                fn replace(&self, $key: K, $value: u64) {
                    let $this = self;
                    $replace;
                }
            }
        )*

        fn measure<K: Key>(map: &str, replace: bool) {
            match map {
                $(stringify!($map) => run::<K, _>(&$($rest)::*::with_hasher(FixedState::default()), replace),)*
                _ => panic!("one of: {}", stringify!($($map),*)),
            }
        }
    };
}

maps! {
    ours<LockFreeHashMap>: |map, key, value| map.pin().get(key).copied(), map.pin().insert(key, value);
    papaya<papaya::HashMap>: |map, key, value| map.pin().get(key).copied(), map.pin().insert(key, value);
    dashmap<dashmap::DashMap>: |map, key, value| map.get(key).map(|value| *value), map.insert(key, value);
    scc<scc::HashMap>: |map, key, value| map.read_sync(key, |_, value| *value), map.upsert_sync(key, value);
}

#[inline(never)]
fn measured<K: Key>(map: &impl Map<K>, keys: &[K], replace: bool) -> u64 {
    let mut sum = 0_u64;
    for key in keys {
        if replace {
            map.replace(key.clone(), 7);
        } else {
            sum = sum.wrapping_add(map.get(key).unwrap_or(0));
        }
    }
    sum
}

fn run<K: Key, M: Map<K>>(map: &M, replace: bool) {
    for number in 0..ENTRIES {
        map.replace(K::make(number), number);
    }
    let mut random = Random::new(1);
    let keys: Vec<K> = (0..ROUNDS).map(|_| K::make(random.below(ENTRIES))).collect();
    black_box(measured(map, &keys, replace));
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [map, key, operation] = &arguments[..] else {
        panic!("a map, a key and an operation: see the first lines of the source")
    };
    let replace = match &operation[..] {
        "get" => false,
        "replace" => true,
        _ => panic!("get or replace"),
    };
    match &key[..] {
        "u64" => measure::<u64>(map, replace),
        "String" => measure::<String>(map, replace),
        _ => panic!("u64 or String"),
    }
}
