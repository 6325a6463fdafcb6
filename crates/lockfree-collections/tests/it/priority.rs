//! The priority queues: against `std`'s heap, how relaxed the relaxed one is, and `Ord` that panics.

use std::cell::Cell;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use lockfree_collections::priority::TryPopError;
use lockfree_collections::{PriorityQueue, RelaxedPriorityQueue};
use quickcheck::{Arbitrary, Gen, quickcheck};
use verify_harness::random::Random;

use crate::support::{Census, Counted};

#[derive(Clone, Copy, Debug)]
enum Step {
    Push(u8),
    Pop,
    TryPop,
    Peek,
    Drain,
    Clear,
    Rebuild,
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 32 {
            0..14 => Self::Push(u8::arbitrary(g)),
            14..20 => Self::Pop,
            20..26 => Self::TryPop,
            26..29 => Self::Peek,
            29 => Self::Drain,
            30 => Self::Clear,
            _ => Self::Rebuild,
        }
    }
}

fn sorted(values: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_unstable();
    values
}

quickcheck! {
    fn priority_queue_equals_the_sequential_one(steps: Vec<Step>) -> bool {
        let mut queue = PriorityQueue::new();
        let mut model = BinaryHeap::new();
        steps.into_iter().all(|step| {
            let right = match step {
                Step::Push(value) => {
                    queue.push(value);
                    model.push(value);
                    true
                }
                Step::Pop => queue.pop() == model.pop(),
                Step::TryPop => queue.try_pop() == model.pop().ok_or(TryPopError::Empty),
                Step::Peek => queue.peek().as_ref() == model.peek(),
                Step::Drain => sorted(queue.drain()) == std::mem::take(&mut model).into_sorted_vec(),
                Step::Clear => {
                    queue.clear();
                    model.clear();
                    true
                }
                Step::Rebuild => {
                    queue = std::mem::take(&mut queue).into_iter().collect();
                    true
                }
            };
            right && queue.len() == model.len() && queue.is_empty() == model.is_empty()
        }) && queue.into_sorted_vec() == model.into_sorted_vec()
    }

    fn relaxed_priority_queue_equals_a_bag(heaps: usize, steps: Vec<Step>) -> bool {
        let queue = RelaxedPriorityQueue::with_heaps(heaps % 9);
        let mut handle = queue.handle();
        let mut model = Vec::new();
        let taken = |model: &mut Vec<u8>, found: Option<u8>| match found {
            Some(value) => model.iter().position(|other| *other == value).map(|place| model.swap_remove(place)).is_some(),
            None => model.is_empty(),
        };
        steps.into_iter().all(|step| {
            let right = match step {
                Step::Push(value) => {
                    handle.push(value);
                    model.push(value);
                    true
                }
                Step::Pop => taken(&mut model, handle.pop()),
                Step::TryPop => taken(&mut model, queue.try_pop().ok()),
                Step::Peek => taken(&mut model, queue.pop()),
                Step::Drain => sorted(queue.drain()) == sorted(model.drain(..)),
                Step::Clear => {
                    queue.clear();
                    model.clear();
                    true
                }
                Step::Rebuild => true,
            };
            right && queue.len() == model.len() && queue.is_empty() == model.is_empty()
        }) && queue.into_sorted_vec() == sorted(model)
    }

    fn relaxed_priority_queue_with_one_heap_is_strict(values: Vec<u8>) -> bool {
        let queue = RelaxedPriorityQueue::with_heaps(1);
        queue.extend_shared(values.clone());
        queue.try_iter().eq(BinaryHeap::from(values).into_sorted_vec().into_iter().rev())
    }
}

/// The mean rank error: how many greater values were there when one was popped.
fn mean_rank(heaps: usize) -> f64 {
    const VALUES: u64 = 4_000;
    const POPS: u64 = 20_000;
    let queue = RelaxedPriorityQueue::with_heaps(heaps);
    let mut random = Random::new(5);
    let mut handle = queue.handle();
    let mut model = std::collections::BTreeSet::new();
    let mut push = |handle: &mut lockfree_collections::priority::Handle<'_, u64>,
                    model: &mut std::collections::BTreeSet<u64>| {
        let value = random.below(1 << 60);
        if model.insert(value) {
            handle.push(value);
        }
    };
    (0..VALUES).for_each(|_| push(&mut handle, &mut model));
    let mut errors = 0;
    for _ in 0..POPS {
        let value = handle.pop().expect("there are values");
        errors += model.range(value + 1..).count();
        assert!(model.remove(&value));
        push(&mut handle, &mut model);
    }
    errors as f64 / POPS as f64
}

/// The expected rank is proportional to the number of heaps, and does not grow while the queue is used.
#[test]
fn relaxed_priority_queue_has_a_small_rank_error() {
    for heaps in [2, 4, 8, 16, 32] {
        let mean = mean_rank(heaps);
        println!("{heaps} heaps: {mean:.2} greater values on average");
        assert!(mean < heaps as f64, "{heaps} heaps: {mean}");
    }
    assert!(mean_rank(1) == 0.0);
    assert!(mean_rank(32) > mean_rank(4), "it is relaxed");
}

#[test]
fn priority_queue_has_the_least_first_by_reverse() {
    let queue = PriorityQueue::from([3, 1, 2].map(Reverse));
    assert!(queue.try_iter().map(|Reverse(value)| value).eq([1, 2, 3]));
    assert_eq!(BinaryHeap::from(PriorityQueue::from(vec![1, 2])).into_sorted_vec(), [1, 2]);
}

/// Ordered by number; comparing it panics while `armed` says so.
#[derive(Debug)]
struct Touchy<'a>(Counted, &'a AtomicBool);

impl PartialEq for Touchy<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl Eq for Touchy<'_> {}

impl PartialOrd for Touchy<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Touchy<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.1.load(SeqCst) {
            resume_unwind(Box::new("compared"));
        }
        self.0.number.cmp(&other.0.number)
    }
}

/// A push whose comparison panics has pushed; a pop may drop the value that it took; all others stay, and all are dropped once.
#[test]
fn priority_queue_survives_panics_of_ord() {
    let (census, armed) = (Census::default(), AtomicBool::new(false));
    let queue = PriorityQueue::new();
    (0..10).for_each(|number| queue.push(Touchy(census.value(number), &armed)));
    armed.store(true, SeqCst);
    let push = catch_unwind(AssertUnwindSafe(|| queue.push(Touchy(census.value(10), &armed))));
    assert!(push.is_err() && queue.len() == 11 && census.alive() == 11);
    assert!(catch_unwind(AssertUnwindSafe(|| queue.pop())).is_err());
    assert_eq!((queue.len(), census.alive()), (10, 10));
    armed.store(false, SeqCst);
    assert_eq!(queue.try_iter().count(), 10);
    assert_eq!(census.alive(), 0);
    queue.push(Touchy(census.value(1), &armed));
    queue.push(Touchy(census.value(2), &armed));
    assert_eq!(queue.pop().map(|value| value.0.number), Some(2));
    drop(queue);
    assert_eq!(census.alive(), 0);
}

/// Comparing it tells the main thread, and waits until that says go: so the heap is held while others push.
struct Slow<'a>(usize, &'a AtomicUsize);

impl PartialEq for Slow<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Slow<'_> {}

impl PartialOrd for Slow<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Slow<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.1.compare_exchange(1, 2, SeqCst, SeqCst).is_ok() {
            while self.1.load(SeqCst) == 2 {
                thread::yield_now();
            }
        }
        assert!(self.1.load(SeqCst) < 4, "comparing is over");
        self.0.cmp(&other.0)
    }
}

/// A thread stays in a comparison under the lock: pushes go on, pops that do not wait are refused, and the thread then moves
/// what was pushed meanwhile; where moving it panics, nothing is lost.
#[test]
fn priority_queue_takes_pushes_beside_a_slow_comparison() {
    for panics in [false, true] {
        let gate = AtomicUsize::new(0);
        let queue = PriorityQueue::new();
        queue.push(Slow(1, &gate));
        gate.store(1, SeqCst);
        thread::scope(|scope| {
            let slow = scope.spawn(|| catch_unwind(AssertUnwindSafe(|| queue.push(Slow(2, &gate)))));
            while gate.load(SeqCst) != 2 {
                thread::yield_now();
            }
            (3..6).for_each(|number| queue.push(Slow(number, &gate)));
            assert!(matches!(queue.try_pop(), Err(TryPopError::Busy)));
            assert_eq!(queue.len(), 4, "one in the heap and three in the list");
            gate.store(if panics { 4 } else { 3 }, SeqCst);
            assert_eq!(slow.join().unwrap().is_err(), panics);
        });
        gate.store(3, SeqCst);
        assert_eq!(queue.len(), 5);
        let mut found: Vec<_> = queue.try_iter().map(|value| value.0).collect();
        if panics {
            found.sort_unstable_by_key(|value| Reverse(*value));
        }
        assert_eq!(found, [5, 4, 3, 2, 1]);
    }
}

#[test]
fn priority_queue_drops_what_is_left_once_and_goes_on_after_a_panic() {
    #[derive(Debug)]
    struct Any(#[allow(dead_code, reason = "it is there to be dropped")] Counted);

    impl PartialEq for Any {
        fn eq(&self, _: &Self) -> bool {
            true
        }
    }
    impl Eq for Any {}
    impl PartialOrd for Any {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Any {
        fn cmp(&self, _: &Self) -> Ordering {
            Ordering::Equal
        }
    }

    let census = Census::default();
    let (strict, relaxed) = (PriorityQueue::new(), RelaxedPriorityQueue::new());
    for number in 0..9 {
        let value = |number| if number == 4 { census.bomb(number) } else { census.value(number) };
        strict.push(Any(value(number)));
        relaxed.push(Any(value(number)));
    }
    assert_eq!(census.alive(), 18);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(strict))).is_err());
    assert_eq!(census.alive(), 9);
    assert!(catch_unwind(AssertUnwindSafe(|| relaxed.clear())).is_err());
    assert_eq!(census.alive(), 0);
    assert!(relaxed.is_empty());
}

#[test]
fn priority_queue_holds_any_value() {
    #[repr(align(256))]
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Wide(u8);

    let units = PriorityQueue::from([(); 5]);
    units.push(());
    assert_eq!(units.try_iter().count(), 6);
    let wide: PriorityQueue<_> = (0..3).map(Wide).collect();
    assert!(wide.try_iter().eq([2, 1, 0].map(Wide)));
    let words = [String::from("borrowed"), String::from("longer")];
    let mut queue = RelaxedPriorityQueue::default();
    queue.extend(words.iter().map(String::as_str));
    assert_eq!(queue.into_sorted_vec(), ["borrowed", "longer"]);
    let cells = PriorityQueue::from([Cell::new(1), Cell::new(2)]);
    assert_eq!(cells.pop(), Some(Cell::new(2)));
}

/// Many threads, one after the other and at once: each value comes out once, in falling order for each thread where all pushes are over.
#[test]
fn priority_queues_serve_many_threads() {
    const THREADS: usize = 8;
    const EACH: usize = 500;
    let (strict, relaxed) = (PriorityQueue::new(), RelaxedPriorityQueue::new());
    thread::scope(|scope| {
        for part in 0..THREADS {
            let (strict, relaxed) = (&strict, &relaxed);
            scope.spawn(move || {
                let mut handle = relaxed.handle();
                for number in 0..EACH {
                    strict.push(number * THREADS + part);
                    handle.push(number * THREADS + part);
                }
            });
        }
    });
    let mut taken = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                scope.spawn(|| {
                    let mine: Vec<_> = strict.try_iter().collect();
                    assert!(mine.windows(2).all(|pair| pair[0] > pair[1]));
                    (mine, relaxed.try_iter().collect::<Vec<_>>())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).fold((Vec::new(), Vec::new()), |mut all, mine| {
            all.0.extend(mine.0);
            all.1.extend(mine.1);
            all
        })
    });
    taken.0.sort_unstable();
    taken.1.sort_unstable();
    assert!(taken.0.into_iter().eq(0..THREADS * EACH) && taken.1.into_iter().eq(0..THREADS * EACH));
}
