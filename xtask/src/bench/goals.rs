//! What the project means to reach: how many times as fast as named peers, in the same run.

use super::page::{is_floor, is_ours};
use super::results::{Group, median};

/// One goal.
#[derive(Debug)]
pub struct Goal {
    /// In words.
    pub what: &'static str,
    group: &'static str,
    variant: &'static str,
    ours: &'static str,
    /// The fastest of those that were measured counts; of all peers, if none is named.
    peers: &'static [&'static str],
    /// The least ratio of the peer's time to ours.
    pub least: f64,
}

/// A goal and what was reached.
#[derive(Debug)]
pub struct Verdict {
    /// The goal.
    pub goal: &'static Goal,
    /// The ratio of the peer's time to ours: the median of the launches, each of which compares what it has measured itself.
    pub reached: f64,
    /// The least and the greatest ratio of a launch.
    pub range: (f64, f64),
}

impl Verdict {
    /// Whether the goal was reached.
    pub fn holds(&self) -> bool {
        self.reached >= self.goal.least
    }
}

const fn goal(
    what: &'static str,
    (group, variant): (&'static str, &'static str),
    ours: &'static str,
    peers: &'static [&'static str],
    least: f64,
) -> Goal {
    Goal { what, group, variant, ours, peers, least }
}

const MAPS: [&str; 4] = ["papaya, one guard", "papaya, pin each time", "dashmap", "scc::HashMap"];
const GUARDED: &str = "LockFreeHashMap, one guard";
const FLOOR: [&str; 1] = ["two read-modify-writes"];
const RINGS: [&str; 6] =
    ["crossbeam ArrayQueue", "concurrent-queue bounded", "crossfire", "crossbeam-channel", "heapless", "thingbuf"];

/// The ratio from which on two are level: differences of less than 1.3 in one run are ties.
const LEVEL: f64 = 1.0 / 1.3;

/// All goals.
static GOALS: &[Goal] = &[
    goal("queue, pairs, one thread: kanal", ("queue pairs", "1T"), "LockFreeQueue", &["kanal"], 1.0),
    goal("queue, pairs, two threads: SegQueue", ("queue pairs", "2T"), "LockFreeQueue", &["crossbeam SegQueue"], 0.8),
    goal("queue, transfer: best peer", ("queue transfer", "1 to 1"), "LockFreeQueue", &[], 1.2),
    goal(
        "queue, time under way: SegQueue",
        ("queue one-way latency", "p50"),
        "LockFreeQueue",
        &["crossbeam SegQueue"],
        1.0 / 0.6,
    ),
    goal("ring, pairs, one thread: best ring", ("bounded pairs", "1T"), "BoundedQueue", &RINGS, 1.0),
    goal("ring, pairs, two threads: best ring", ("bounded pairs", "2T"), "BoundedQueue", &RINGS, 1.0),
    goal("ring, transfer: best ring", ("bounded transfer", "1 to 1"), "BoundedQueue", &RINGS, 1.0),
    goal(
        "stack, pairs, one thread: Mutex<Vec>",
        ("stack pairs", "1T"),
        "LockFreeStack",
        &["parking_lot Mutex<Vec>"],
        1.0,
    ),
    goal(
        "stack, pairs, two threads: Treiber on crossbeam-epoch",
        ("stack pairs", "2T"),
        "LockFreeStack",
        &["Treiber on crossbeam-epoch"],
        2.5,
    ),
    goal(
        "deque, LIFO, alone, level with: crossbeam",
        ("deque bursts", "alone"),
        "Worker LIFO",
        &["crossbeam LIFO"],
        LEVEL,
    ),
    goal(
        "deque, FIFO, alone, level with: crossbeam",
        ("deque bursts", "alone"),
        "Worker FIFO",
        &["crossbeam FIFO"],
        LEVEL,
    ),
    goal(
        "deque, LIFO, one thief, level with: crossbeam",
        ("deque bursts", "1 thief"),
        "Worker LIFO",
        &["crossbeam LIFO"],
        LEVEL,
    ),
    goal(
        "deque, FIFO, one thief, level with: crossbeam",
        ("deque bursts", "1 thief"),
        "Worker FIFO",
        &["crossbeam FIFO"],
        LEVEL,
    ),
    goal("map, u64, look-ups: best of papaya, dashmap, scc", ("map/u64/get", "2T"), GUARDED, &MAPS, 1.0),
    goal("map, u64, 95 to 5: the same", ("map/u64/95 get, 5 insert", "2T"), GUARDED, &MAPS, 1.0),
    goal("map, u64, 50 to 50: the same", ("map/u64/50 get, 50 insert", "2T"), GUARDED, &MAPS, 1.0),
    goal("map, String, look-ups: the same", ("map/String/get", "2T"), GUARDED, &MAPS, 1.0),
    goal("map, String, 95 to 5: the same", ("map/String/95 get, 5 insert", "2T"), GUARDED, &MAPS, 1.0),
    goal("map, String, 50 to 50: the same", ("map/String/50 get, 50 insert", "2T"), GUARDED, &MAPS, 1.0),
    goal(
        "cell, loads, two threads: arc-swap, hazarc",
        ("cell, 100 loads", "2T"),
        "AtomicRc",
        &["arc-swap", "hazarc"],
        1.7,
    ),
    goal(
        "cell, handle, two threads: arc-swap's Cache",
        ("cell, 100 loads by a handle", "2T"),
        "AtomicRc",
        &["arc-swap"],
        2.0,
    ),
    goal(
        "cache, get or insert, two threads: quick_cache",
        ("cache/get or insert", "2T"),
        "ConcurrentCache",
        &["quick_cache"],
        1.0,
    ),
    goal("cache, hits, two threads: quick_cache", ("cache/hits", "2T"), "ConcurrentCache", &["quick_cache"], 1.0),
    goal("cache, get or insert, two threads: moka", ("cache/get or insert", "2T"), "ConcurrentCache", &["moka"], 10.0),
    goal("cache, hits, two threads: moka", ("cache/hits", "2T"), "ConcurrentCache", &["moka"], 10.0),
    goal("Mutex, nobody else: two read-modify-writes", ("mutex uncontended", ""), "selvedge lock", &FLOOR, 0.8),
    goal("Semaphore, nobody else: the same", ("semaphore uncontended", "1"), "selvedge", &FLOOR, 0.8),
    goal("RwLock, reader, nobody else: the same", ("rwlock uncontended", "read"), "selvedge", &FLOOR, 1.0 / 1.3),
    goal(
        "Mutex, blocking, nobody else: parking_lot",
        ("mutex uncontended", ""),
        "selvedge blocking_lock",
        &["parking_lot lock"],
        1.0 / 1.1,
    ),
    goal("Mutex, blocking, two threads: std", ("mutex 2 threads", ""), "selvedge", &["std"], 1.0),
    goal("Mutex, blocking, eight threads: std", ("mutex 8 threads", ""), "selvedge", &["std"], 1.0),
    goal("Mutex, blocking, eight threads: tokio", ("mutex 8 threads", ""), "selvedge", &["tokio"], 20.0),
    goal("10,000 waiters join: best peer", ("10,000 waiters", "join"), "selvedge", &[], 1.0),
    goal("10,000 waiters give up: best peer", ("10,000 waiters", "give up in any order"), "selvedge", &[], 1.0),
    goal("10,000 waiters pass a Mutex on: best peer", ("10,000 waiters", "pass through all"), "selvedge", &[], 1.0),
    goal("10,000 waiters, released by 32: best peer", ("10,000 waiters", "release by 32"), "selvedge", &[], 1.0),
    goal(
        "10,000 waiters, of one to eight permits, released by 32: best peer",
        ("10,000 waiters", "release by 32, 1 to 8 each"),
        "selvedge",
        &[],
        1.0,
    ),
    goal("10,000 waiters notified: best peer", ("10,000 waiters", "notify all"), "selvedge", &[], 1.0),
    goal("spsc, in and out: kanal", ("channel of 64, in and out", ""), "selvedge spsc", &["kanal"], 2.0),
    goal("spsc, tasks: kanal", ("channel of 64, from task to task", ""), "selvedge spsc", &["kanal"], 2.0),
    goal("spsc, threads: kanal", ("channel of 64, from thread to thread", ""), "selvedge spsc", &["kanal"], 2.0),
    goal("mpmc, in and out, level with: best peer", ("channel of 64, in and out", ""), "selvedge mpmc", &[], LEVEL),
    goal("mpmc, tasks, level with: best peer", ("channel of 64, from task to task", ""), "selvedge mpmc", &[], LEVEL),
    goal(
        "mpmc, threads, level with: best peer",
        ("channel of 64, from thread to thread", ""),
        "selvedge mpmc",
        &[],
        LEVEL,
    ),
];

/// The goals for which both sides were measured, over one or more launches.
pub fn judge(launches: &[Vec<Group>]) -> Vec<Verdict> {
    let verdict = |goal| {
        let ratios: Vec<f64> = launches.iter().filter_map(|groups| reached(goal, groups)).collect();
        let range = (ratios.iter().copied().reduce(f64::min)?, ratios.iter().copied().reduce(f64::max)?);
        Some(Verdict { goal, reached: median(ratios), range })
    };
    GOALS.iter().filter_map(verdict).collect()
}

fn reached(goal: &Goal, groups: &[Group]) -> Option<f64> {
    let group = groups.iter().find(|group| group.name == goal.group)?;
    let times = group.variants.get(goal.variant)?;
    let wanted = |contender: &str| {
        if goal.peers.is_empty() {
            !is_ours(contender) && !is_floor(contender)
        } else {
            goal.peers.contains(&contender)
        }
    };
    let best = times.iter().filter(|(contender, _)| wanted(contender)).map(|(_, time)| *time).min_by(f64::total_cmp)?;
    Some(best / times.get(goal.ours)?)
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::group;
    use super::*;

    #[test]
    fn judge_takes_the_fastest_named_peer() {
        let slower = [("LockFreeQueue/1T", 1, 20.0), ("kanal/1T", 1, 10.0), ("std/1T", 1, 5.0)];
        let verdicts = judge(&[vec![group("queue pairs", &slower)]]);
        assert_eq!(verdicts.len(), 1);
        assert_eq!(verdicts[0].reached, 0.5);
        assert!(!verdicts[0].holds());
        let faster = [("LockFreeQueue/1 to 1", 1, 10.0), ("kanal/1 to 1", 1, 30.0), ("std/1 to 1", 1, 15.0)];
        let verdicts = judge(&[vec![group("queue transfer", &faster)]]);
        assert_eq!(verdicts[0].reached, 1.5);
        assert!(verdicts[0].holds());
    }

    #[test]
    fn judge_compares_within_a_launch() {
        let launch = |ours, peer| vec![group("queue pairs", &[("LockFreeQueue/1T", 1, ours), ("kanal/1T", 1, peer)])];
        // The second launch was slow for both.
        let verdicts = judge(&[launch(10.0, 20.0), launch(30.0, 33.0), launch(10.0, 15.0)]);
        assert_eq!((verdicts[0].reached, verdicts[0].range), (1.5, (1.1, 2.0)));
    }

    #[test]
    fn goals_are_about_our_own() {
        for goal in GOALS {
            assert!(is_ours(goal.ours), "{}", goal.what);
            assert!(goal.least > 0.0, "{}", goal.what);
        }
    }
}
