//! The caches that are compared, and how many of some requests each of them hits.

use std::collections::{BTreeSet, HashMap, VecDeque};

use lockfree_collections::cache::Simulation;

/// A row of the table: a name, and how many requests are hits.
pub type Contender = (&'static str, fn(&[u64], usize) -> usize);

/// All of them, the bound first, then what the others must not fall behind, and ours last.
pub const CONTENDERS: [Contender; 6] =
    [("OPT", opt), ("LRU", lru), ("S3-FIFO", s3_fifo), ("moka", moka), ("quick", quick), ("ours", ours)];

fn ours(keys: &[u64], capacity: usize) -> usize {
    let mut cache = Simulation::new(capacity as u64);
    keys.iter().filter(|key| cache.request(**key)).count()
}

fn lru(keys: &[u64], capacity: usize) -> usize {
    let Some(capacity) = std::num::NonZeroUsize::new(capacity) else { return 0 };
    let mut cache = lru::LruCache::new(capacity);
    keys.iter().filter(|key| cache.put(**key, ()).is_some()).count()
}

fn quick(keys: &[u64], capacity: usize) -> usize {
    let mut cache = quick_cache::unsync::Cache::new(capacity);
    let mut hits = 0;
    for key in keys {
        if cache.get(key).is_some() {
            hits += 1;
        } else {
            cache.insert(*key, ());
        }
    }
    hits
}

fn moka(keys: &[u64], capacity: usize) -> usize {
    let cache = moka::sync::Cache::new(capacity as u64);
    let mut hits = 0;
    for (number, key) in keys.iter().enumerate() {
        if cache.get(key).is_some() {
            hits += 1;
        } else {
            cache.insert(*key, ());
        }
        // Its queues are looked through by whoever comes by when they are long, or by this.
        if number % 64 == 0 {
            cache.run_pending_tasks();
        }
    }
    hits
}

/// Belady's: what is asked for again last of all goes, or is not let in. No cache hits more.
fn opt(keys: &[u64], capacity: usize) -> usize {
    let mut next = vec![usize::MAX; keys.len()];
    let mut seen = HashMap::new();
    for (at, key) in keys.iter().enumerate().rev() {
        if let Some(later) = seen.insert(*key, at) {
            next[at] = later;
        }
    }
    let mut present: HashMap<u64, usize> = HashMap::new();
    let mut order: BTreeSet<(usize, u64)> = BTreeSet::new();
    let mut hits = 0;
    for (key, next) in keys.iter().zip(next) {
        if let Some(due) = present.get(key) {
            hits += 1;
            order.remove(&(*due, *key));
        } else if present.len() == capacity {
            match order.last().copied() {
                Some(last) if last.0 > next => {
                    order.remove(&last);
                    present.remove(&last.1);
                }
                _ => continue,
            }
        }
        present.insert(*key, next);
        order.insert((next, *key));
    }
    hits
}

/// S3-FIFO as in its paper: a tenth is for new keys, and as many keys are remembered as main has.
fn s3_fifo(keys: &[u64], capacity: usize) -> usize {
    let mut cache = S3Fifo { capacity, ..S3Fifo::default() };
    keys.iter().filter(|key| cache.request(**key)).count()
}

#[derive(Default)]
struct S3Fifo {
    capacity: usize,
    uses: HashMap<u64, u8>,
    small: VecDeque<u64>,
    main: VecDeque<u64>,
    ghosts: VecDeque<u64>,
    /// How often a key is among the ghosts.
    remembered: HashMap<u64, usize>,
}

impl S3Fifo {
    fn request(&mut self, key: u64) -> bool {
        if let Some(uses) = self.uses.get_mut(&key) {
            *uses = (*uses + 1).min(3);
            return true;
        }
        if self.capacity == 0 {
            return false;
        }
        while self.uses.len() >= self.capacity {
            if self.small.len() > self.capacity / 10 || self.main.is_empty() {
                self.evict_small();
            } else {
                self.evict_main();
            }
        }
        if self.remembered.contains_key(&key) {
            self.main.push_back(key);
        } else {
            self.small.push_back(key);
        }
        self.uses.insert(key, 0);
        false
    }

    fn evict_small(&mut self) {
        let Some(key) = self.small.pop_front() else { return };
        if self.uses.get(&key).is_some_and(|uses| *uses > 1) {
            self.uses.insert(key, 0);
            self.main.push_back(key);
            return;
        }
        self.uses.remove(&key);
        self.ghosts.push_back(key);
        *self.remembered.entry(key).or_insert(0) += 1;
        if self.ghosts.len() > self.capacity - self.capacity / 10 {
            let Some(oldest) = self.ghosts.pop_front() else { return };
            let left = self.remembered.remove(&oldest).unwrap_or(0);
            if left > 1 {
                self.remembered.insert(oldest, left - 1);
            }
        }
    }

    fn evict_main(&mut self) {
        while let Some(key) = self.main.pop_front() {
            match self.uses.get_mut(&key) {
                Some(uses) if *uses > 0 => {
                    *uses -= 1;
                    self.main.push_back(key);
                }
                _ => {
                    self.uses.remove(&key);
                    return;
                }
            }
        }
    }
}
