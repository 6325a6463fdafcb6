//! Lock-freedom by stopping threads: one thread is stopped before each of the accesses that its operation makes, and the others must
//! complete theirs. A ring, which does not claim to be lock-free, must fail.

#![cfg(loom)]

mod model;

use std::collections::VecDeque;
use std::env;
use std::process::Command;
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicU64, Ordering};

use lockfree_collections::priority::TryPopError;
use lockfree_collections::{
    AtomicBox, BoundedQueue, BoundedStack, LockFreeHashMap, LockFreeQueue, LockFreeSkipMap, LockFreeStack,
    PriorityQueue, RelaxedPriorityQueue, ScqQueue, stall,
};
use loom::sync::Arc;
use loom::thread;
use model::Do::{self, Pop, PopAll, Push};
use model::places::Places;
use model::{Subject, Value, Values, bounds_preemptions, explains, explore, run};
use verify_harness::evidence::{Check, Tier, Unit, model_checker};

/// More than any operation here makes.
const STEPS: usize = 200;

/// Where both sides reclaim, a checker that knows no bound on preemptions takes minutes, and leaves it to the full tier.
fn takes_minutes() -> bool {
    let skip = !bounds_preemptions() && Tier::from_environment() < Tier::Full;
    if skip {
        println!("skipped below the full tier: without a bound on preemptions");
    }
    skip
}

/// Where the victim makes more than a hundred accesses, or the others many, these take half a minute in all.
fn takes_half_a_minute() -> bool {
    let skip = Tier::from_environment() == Tier::Quick;
    if skip {
        println!("skipped in the quick tier");
    }
    skip || takes_minutes()
}

/// Stops the victim before each of its accesses in turn, and demands that the others complete, whatever was done before that.
///
/// `body` runs one execution: it gets the number of the access, and says whether the victim was stopped. Returns how many there are.
fn others_complete(
    structure: &str,
    bound: &str,
    body: impl Fn(usize) -> bool + Clone + Send + Sync + 'static,
) -> usize {
    let property = "lock-free: one thread stopped before each access, the others complete";
    let limit = if bounds_preemptions() { ", preemption bound 1" } else { "" };
    let check = Check::start(structure, property, &model_checker(), Unit::Executions).bound(&format!("{bound}{limit}"));
    for step in 0..STEPS {
        let stops = StdArc::new(AtomicU64::new(0));
        let (body, count) = (body.clone(), StdArc::clone(&stops));
        // Being stopped is no preemption.
        explore(&check.counter(), Some(1), move || {
            count.fetch_add(u64::from(body(step)), Ordering::Relaxed);
        });
        if stops.load(Ordering::Relaxed) == 0 {
            println!("{structure}, {bound}: stopped before each of {step} accesses");
            assert!(step > 0, "the victim makes an access");
            check.holds();
            return step;
        }
    }
    panic!("{structure}, {bound}: more than {STEPS} accesses");
}

/// A collection: the victim and the others run scripts, and the result is what some sequential order explains.
fn collection<C: Subject>(before: &'static [Do], victim: &'static [Do], others: &'static [Do]) {
    others_complete(C::NAME, &format!("{before:?}, stopped: {victim:?}, others: {others:?}"), move |step| {
        let values = Values::default();
        let subject = Arc::new(C::new());
        let first = run(&*subject, &values, before);
        let stopped = thread::spawn({
            let (subject, values) = (Arc::clone(&subject), values.clone());
            move || {
                stall::before(step, None);
                run(&*subject, &values, victim)
            }
        });
        let own = run(&*subject, &values, others);
        // The victim goes on only now: all that the others did, they did without it.
        stopped.thread().unpark();
        let done = [stopped.join().unwrap(), own];
        let was_stopped = stall::end();
        let after = run(&*subject, &values, &[Pop; 8]);
        assert!(explains::<C::Sequential>(&first, &done, &after), "{first:?} then {done:?} then {after:?}");
        let pushed = [before, victim, others].concat().iter().filter(|step| matches!(step, Push(_))).count();
        drop(subject);
        assert_eq!(values.dropped(), pushed as u64, "every value is dropped once");
        was_stopped
    });
}

impl Subject for LockFreeQueue<Value> {
    type Sequential = VecDeque<u64>;
    const NAME: &'static str = "LockFreeQueue";

    fn new() -> Self {
        LockFreeQueue::new()
    }
    fn push(&self, value: Value) {
        LockFreeQueue::push(self, value);
    }
    fn pop(&self) -> Option<Value> {
        LockFreeQueue::pop(self)
    }
}

impl Subject for LockFreeStack<Value> {
    type Sequential = Vec<u64>;
    const NAME: &'static str = "LockFreeStack";

    fn new() -> Self {
        LockFreeStack::new()
    }
    fn push(&self, value: Value) {
        LockFreeStack::push(self, value);
    }
    fn pop(&self) -> Option<Value> {
        LockFreeStack::pop(self)
    }
    fn pop_all(&self) -> Vec<Value> {
        LockFreeStack::pop_all(self).collect()
    }
}

impl Subject for BoundedStack<Value> {
    type Sequential = Vec<u64>;
    const NAME: &'static str = "BoundedStack";

    fn new() -> Self {
        BoundedStack::new(4)
    }
    fn push(&self, value: Value) {
        BoundedStack::push(self, value).expect("there is room");
    }
    fn pop(&self) -> Option<Value> {
        BoundedStack::pop(self)
    }
}

impl Subject for ScqQueue<Value> {
    type Sequential = VecDeque<u64>;
    const NAME: &'static str = "ScqQueue";

    fn new() -> Self {
        ScqQueue::new(4)
    }
    fn push(&self, value: Value) {
        ScqQueue::push(self, value).expect("there is room");
    }
    fn pop(&self) -> Option<Value> {
        ScqQueue::pop(self)
    }
}

impl Subject for BoundedQueue<Value> {
    type Sequential = VecDeque<u64>;
    const NAME: &'static str = "BoundedQueue";

    fn new() -> Self {
        BoundedQueue::new(2)
    }
    fn push(&self, value: Value) {
        BoundedQueue::push(self, value).expect("there is room");
    }
    fn pop(&self) -> Option<Value> {
        BoundedQueue::pop(self)
    }
}

#[test]
fn queue_goes_on_beside_a_stopped_first_push() {
    collection::<LockFreeQueue<Value>>(&[], &[Push(1)], &[Push(2), Pop]);
}

#[test]
fn queue_goes_on_beside_a_stopped_push() {
    collection::<LockFreeQueue<Value>>(&[Push(1)], &[Push(2)], &[Push(3), Pop, Pop]);
}

#[test]
fn queue_goes_on_beside_a_stopped_push_that_links() {
    collection::<LockFreeQueue<Value>>(&[Push(1), Push(2)], &[Push(3)], &[Push(4), Pop, Pop]);
}

#[test]
fn queue_goes_on_beside_a_stopped_pop() {
    collection::<LockFreeQueue<Value>>(&[Push(1), Push(2)], &[Pop], &[Pop, Push(3), Pop]);
}

#[test]
fn queue_goes_on_beside_a_stopped_pop_that_retires() {
    collection::<LockFreeQueue<Value>>(&[Push(1), Push(2), Push(3), Pop, Pop], &[Pop], &[Push(4), Pop]);
}

#[test]
fn stack_goes_on_beside_a_stopped_push() {
    collection::<LockFreeStack<Value>>(&[Push(1)], &[Push(2)], &[Push(3), Pop]);
}

#[test]
fn stack_goes_on_beside_a_stopped_pop() {
    collection::<LockFreeStack<Value>>(&[Push(1), Push(2)], &[Pop], &[Pop, Push(3)]);
}

#[test]
fn stack_goes_on_beside_a_stopped_pop_all() {
    collection::<LockFreeStack<Value>>(&[Push(1), Push(2)], &[PopAll], &[Push(3), Pop]);
}

#[test]
fn bounded_stack_goes_on_beside_a_stopped_push() {
    collection::<BoundedStack<Value>>(&[Push(1)], &[Push(2)], &[Push(3), Pop, Pop]);
}

#[test]
fn bounded_stack_goes_on_beside_a_stopped_pop() {
    collection::<BoundedStack<Value>>(&[Push(1), Push(2)], &[Pop], &[Pop, Push(3), Pop]);
}

#[test]
fn scq_queue_goes_on_beside_a_stopped_push() {
    collection::<ScqQueue<Value>>(&[Push(1)], &[Push(2)], &[Push(3), Pop, Pop]);
}

#[test]
fn scq_queue_goes_on_beside_a_stopped_first_push() {
    collection::<ScqQueue<Value>>(&[], &[Push(1)], &[Push(2), Pop]);
}

#[test]
fn scq_queue_goes_on_beside_a_stopped_pop() {
    collection::<ScqQueue<Value>>(&[Push(1), Push(2)], &[Pop], &[Pop, Push(3), Pop]);
}

/// A priority queue of 1: the victim does `victim`, and the others push 4 and pop, unless they are refused. Then `all` values are there.
/// A victim that waits makes the same accesses again and again. A checker that explores everything stops it before the first one at each of its
/// `sites`; one that bounds preemptions, which does not come to all of these, before each of the few that it makes then.
fn priority(
    bound: &str,
    sites: &'static [&'static [&'static str]],
    victim: fn(&PriorityQueue<u64>) -> Option<u64>,
    all: &'static [u64],
) {
    let stopped = others_complete("PriorityQueue", bound, move |step| {
        let queue = Arc::new(PriorityQueue::from([1]));
        let stopped = thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                if bounds_preemptions() {
                    stall::before(step, None);
                } else if let Some(site) = sites.get(step) {
                    stall::at(site, None);
                }
                victim(&queue)
            }
        });
        queue.push(4);
        let popped = queue.try_pop();
        stopped.thread().unpark();
        let taken = stopped.join().unwrap();
        let was_stopped = stall::end();
        let greatest = matches!(popped, Ok(4) | Err(TryPopError::Busy)) || taken == Some(4);
        assert!(greatest, "{popped:?} beside {taken:?}");
        let mut left: Vec<_> = queue.try_iter().chain(taken).chain(popped).collect();
        left.sort_unstable();
        assert_eq!(left, all, "what was pushed beside a stopped thread is there");
        was_stopped
    });
    assert!(bounds_preemptions() || stopped == sites.len(), "{stopped} sites are reached");
}

#[test]
fn priority_queue_takes_pushes_beside_a_stopped_push() {
    let victim = |queue: &PriorityQueue<u64>| {
        queue.push(3);
        None
    };
    // With the lock, and without it: then the value is put off.
    let sites = &[&["P2"] as &[_], &["P1"], &["P6"], &["P7"], &["P16"], &["P9"], &["P3"], &["P10"], &["P5"], &["P4"]];
    priority("stopped: [Push], others: [Push, try_pop]", sites, victim, &[1, 3, 4]);
}

#[test]
fn priority_queue_takes_pushes_beside_a_stopped_pop() {
    let sites = &[&["P2"] as &[_], &["P1"], &["P6"], &["P7"], &["P16"], &["P9"], &["P3"]];
    priority("stopped: [Pop], others: [Push, try_pop]", sites, PriorityQueue::pop, &[1, 4]);
}

/// With a value in each of three heaps, of which a stopped pop holds two at most, the others pop.
#[test]
fn relaxed_priority_queue_goes_on_beside_a_stopped_pop() {
    others_complete("RelaxedPriorityQueue", "3 heaps, stopped: [Pop], others: [Pop, Push]", |step| {
        let queue = Arc::new(RelaxedPriorityQueue::with_heaps(3));
        queue.extend_shared(0..12);
        let stopped = thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                stall::before(step, None);
                assert!(queue.pop().is_some());
            }
        });
        assert!(queue.pop().is_some());
        queue.push(12);
        stopped.thread().unpark();
        stopped.join().unwrap();
        let was_stopped = stall::end();
        assert_eq!(queue.try_iter().count(), 11);
        was_stopped
    });
}

/// When the others begin: for a checker that bounds preemptions with the victim always, which is soon explored there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Others {
    /// With the victim.
    Beside,
    /// When it is stopped.
    Behind,
}

/// An ordered map of `keys`, up to two of which are in one leaf: the victim does `victim`, the others do `others`; and then the map has
/// these keys.
fn ordered(
    bound: &str,
    keys: &'static [u64],
    victim: fn(&LockFreeSkipMap<u64, u64>),
    begin: Others,
    others: fn(&LockFreeSkipMap<u64, u64>),
    then: &'static [u64],
) {
    others_complete("LockFreeSkipMap", &format!("{keys:?}, {bound}"), move |step| {
        let map = Arc::new(LockFreeSkipMap::new());
        keys.iter().for_each(|key| drop(map.insert(*key, *key)));
        let waiter = (begin == Others::Behind).then(thread::current);
        let waits = waiter.is_some();
        let stopped = thread::spawn({
            let map = Arc::clone(&map);
            move || {
                stall::before(step, waiter.clone());
                victim(&map);
                // Of the execution in which it was not stopped.
                waiter.iter().for_each(thread::Thread::unpark);
            }
        });
        if waits {
            thread::park();
        }
        others(&map);
        stopped.thread().unpark();
        stopped.join().unwrap();
        let was_stopped = stall::end();
        assert!(map.iter().map(|entry| *entry.key()).eq(then.iter().copied()));
        was_stopped
    });
}

/// Also in the middle of a split.
#[test]
fn skip_map_goes_on_beside_a_stopped_insertion() {
    if !takes_half_a_minute() {
        stopped_insertion("stopped: [insert 2], others: [remove 1, get 3]", Others::Beside);
    }
}

/// The same for those that begin then.
#[test]
fn skip_map_goes_on_behind_a_stopped_insertion() {
    if !bounds_preemptions() {
        stopped_insertion("stopped: [insert 2], others, from then on: [remove 1, get 3]", Others::Behind);
    }
}

fn stopped_insertion(bound: &str, begin: Others) {
    let others = |map: &LockFreeSkipMap<u64, u64>| {
        drop(map.remove(&1));
        assert!(map.contains_key(&3));
    };
    ordered(bound, &[1, 3], |map| drop(map.insert(2, 4)), begin, others, &[2, 3]);
}

/// Also while an empty node is taken out.
#[test]
fn skip_map_goes_on_beside_a_stopped_removal() {
    if Tier::from_environment() < Tier::Full {
        println!("skipped below the full tier");
    } else {
        stopped_removal("stopped: [remove 3], others: [insert 4]", Others::Beside);
    }
}

/// The same for those that begin then.
#[test]
fn skip_map_goes_on_behind_a_stopped_removal() {
    if !bounds_preemptions() {
        stopped_removal("stopped: [remove 3], others, from then on: [insert 4]", Others::Behind);
    }
}

fn stopped_removal(bound: &str, begin: Others) {
    let others = |map: &LockFreeSkipMap<u64, u64>| drop(map.insert(4, 4));
    ordered(bound, &[1, 2, 3], |map| drop(map.remove(&3)), begin, others, &[1, 2, 4]);
}

/// A leaf is replaced, and nothing else.
#[test]
fn skip_map_goes_on_beside_a_stopped_change() {
    let others = |map: &LockFreeSkipMap<u64, u64>| {
        drop(map.insert(2, 5));
        assert!(map.contains_key(&2));
    };
    let bound = "stopped: [insert 1], others: [insert 2, get 2]";
    ordered(bound, &[], |map| drop(map.insert(1, 4)), Others::Beside, others, &[1, 2]);
}

/// A cell: the victim does `victim`, the others store and load.
fn cell(bound: &str, victim: fn(&AtomicBox<Value>, &Values)) {
    others_complete("AtomicBox", bound, move |step| {
        let values = Values::default();
        let cell = Arc::new(AtomicBox::new(values.make(1)));
        let stopped = thread::spawn({
            let (cell, values) = (Arc::clone(&cell), values.clone());
            move || {
                stall::before(step, None);
                victim(&cell, &values);
            }
        });
        cell.store(values.make(2));
        assert!(cell.load().number() > 1, "what was there before the store");
        stopped.thread().unpark();
        stopped.join().unwrap();
        let was_stopped = stall::end();
        assert!(cell.load().number() > 1);
        drop(cell);
        was_stopped
    });
}

#[test]
fn cell_goes_on_beside_a_stopped_load() {
    cell("stopped: [Load], others: [Store, Load]", |cell, _| assert!(cell.load().number() > 0));
}

#[test]
fn cell_goes_on_beside_a_stopped_store() {
    if !takes_minutes() {
        cell("stopped: [Store], others: [Store, Load]", |cell, values| cell.store(values.make(4)));
    }
}

/// Puts the keys below eight into the first of two buckets.
type Map = LockFreeHashMap<u64, Value, Places>;

fn put(map: &Map, values: &Values, key: u64) {
    map.pin().insert(key, values.make(key));
}

/// A map of the keys 1 to `keys`, of which two fill a line, and more make the table grow: the victim does `victim` to it, the others
/// do `others`, and leave no key 6 behind.
fn map(bound: &str, keys: u64, victim: fn(&Map, &Values), others: fn(&Map, &Values)) {
    others_complete("LockFreeHashMap", bound, move |step| {
        let values = Values::default();
        let map = Arc::new(Map::default());
        (1..=keys).for_each(|key| put(&map, &values, key));
        let stopped = thread::spawn({
            let (map, values) = (Arc::clone(&map), values.clone());
            move || {
                stall::before(step, None);
                victim(&map, &values);
            }
        });
        others(&map, &values);
        stopped.thread().unpark();
        stopped.join().unwrap();
        let was_stopped = stall::end();
        assert!(map.pin().get(&6).is_none());
        drop(map);
        was_stopped
    });
}

/// Inserts, replaces, finds and removes.
fn all_of_it(map: &Map, values: &Values) {
    put(map, values, 6);
    put(map, values, 6);
    assert!(map.pin().get(&6).is_some_and(|value| value.number() == 6));
    assert!(map.pin().remove(&6).is_some());
}

#[test]
fn map_goes_on_beside_a_stopped_insertion() {
    if !takes_half_a_minute() {
        map(
            "1, stopped: [Insert 5], others: [Insert 6, Insert 6, Get 6, Remove 6]",
            1,
            |map, values| put(map, values, 5),
            all_of_it,
        );
    }
}

#[test]
fn map_goes_on_beside_a_stopped_insertion_that_begins_to_move_the_table() {
    if !takes_half_a_minute() {
        map(
            "1 2, stopped: [Insert 5], others: [Remove 1, Get 2]",
            2,
            |map, values| put(map, values, 5),
            |map, _| {
                assert!(map.pin().remove(&1).is_some());
                assert!(map.pin().get(&2).is_some());
            },
        );
    }
}

#[test]
fn map_goes_on_beside_a_stopped_insertion_that_moves_the_table() {
    if !takes_half_a_minute() {
        map(
            "1 2 3, stopped: [Insert 5], others: [Remove 1, Get 2]",
            3,
            |map, values| put(map, values, 5),
            |map, _| {
                assert!(map.pin().remove(&1).is_some());
                assert!(map.pin().get(&2).is_some());
            },
        );
    }
}

#[test]
fn map_goes_on_beside_a_stopped_removal() {
    if !takes_half_a_minute() {
        map(
            "1, stopped: [Remove 1], others: [Insert 6, Insert 6, Get 6, Remove 6]",
            1,
            |map, _| {
                map.pin().remove(&1);
            },
            all_of_it,
        );
    }
}

/// A map of four buckets that is being moved into one of eight: the first bucket, of the keys 0 to 3, is moved; the second one, which
/// holds 5, is moved by the victim, since it looks for a key of the first one. The others do `others` to it, and leave no key 6 behind.
fn map_stopped_on_the_move(others_bound: &str, others: fn(&Map, &Values)) {
    let bound = format!("stopped: [move the bucket of 5], others: {others_bound}");
    others_complete("LockFreeHashMap", &bound, move |step| {
        let values = Values::default();
        let map = Arc::new(Map::with_capacity_and_hasher(4, Places));
        [1, 2, 5, 9, 3].into_iter().for_each(|key| put(&map, &values, key));
        let stopped = thread::spawn({
            let map = Arc::clone(&map);
            move || {
                stall::before(step, None);
                assert!(map.pin().remove(&0).is_none());
            }
        });
        others(&map, &values);
        stopped.thread().unpark();
        stopped.join().unwrap();
        let was_stopped = stall::end();
        assert!(map.pin().get(&6).is_none() && map.pin().get(&9).is_some());
        drop(map);
        was_stopped
    });
}

#[test]
fn map_gives_what_a_stopped_thread_moves() {
    map_stopped_on_the_move("[Get 5, Get 6]", |map, _| {
        assert!(map.pin().get(&5).is_some_and(|value| value.number() == 5));
        assert!(map.pin().get(&6).is_none());
    });
}

#[test]
fn map_changes_what_a_stopped_thread_moves() {
    if !takes_minutes() {
        map_stopped_on_the_move("[Insert 5]", |map, values| put(map, values, 5));
    }
}

#[test]
fn map_loses_what_a_stopped_thread_moves() {
    if !takes_minutes() {
        map_stopped_on_the_move("[Remove 5]", |map, _| assert!(map.pin().remove(&5).is_some()));
    }
}

#[test]
fn map_goes_on_beside_a_stopped_get() {
    map(
        "1, stopped: [Get 1], others: [Insert 6, Insert 6, Get 6, Remove 6]",
        1,
        |map, _| {
            map.pin().get(&1);
        },
        all_of_it,
    );
}

/// Set for the process that runs the ring.
const RING: &str = "SELVEDGE_STALLED_RING";

/// A ring whose pusher is stopped between claiming its slot and filling it: the pop behind it waits for ever, and the checker must say
/// so. Runs only if the test below starts it, in a process of its own, since it does not end well.
#[test]
fn stalled_ring() {
    if env::var(RING).is_ok() {
        collection::<BoundedQueue<Value>>(&[], &[Push(1)], &[Push(2), Pop]);
    }
}

#[test]
fn ring_does_not_go_on() {
    let output = Command::new(env::current_exe().expect("this test has a path"))
        .args(["stalled_ring", "--exact", "--nocapture", "--test-threads=1"])
        .env(RING, "1")
        .env_remove(verify_harness::evidence::EVIDENCE_FILE)
        .output()
        .expect("this test can run again");
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "a ring went on beside a stopped push: {text}");
    let reasons = ["non-termination", "Model exceeded maximum number of branches"];
    assert!(reasons.iter().any(|reason| text.contains(reason)), "{text}");
}
