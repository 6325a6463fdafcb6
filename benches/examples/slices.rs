//! Queues and stacks of `u64` against their peers, on a machine that is not idle: `cargo run --release -p benches --example slices`.
//!
//! Threads are pinned to different processors. A measurement is a short slice of work, which counts only if no thread was switched out
//! during it and both began within two microseconds of each other; contenders take turns, and a row tells the median of its slices, with
//! the quartiles. The row "limit" is what one atomic addition for each operation costs: with one thread on a line of its own,
//! with two on a shared one. Figures of one run that differ by less than a third say nothing; repeat the run.
//!
//! `SLICES=n` sets the slices tried for each row (400), `ONLY=text` the rows.

use std::collections::VecDeque;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use benches::processors::stay;
use concurrent_queue::ConcurrentQueue;
use crossbeam_queue::{ArrayQueue, SegQueue};
use lockfree_collections::{BoundedQueue, BoundedStack, LockFreeQueue, LockFreeStack, ScqQueue};

/// What is measured: a place that takes values in and gives them out.
trait Contender: Sync {
    fn put(&self, value: u64) -> bool;
    fn take(&self) -> Option<u64>;
}

macro_rules! contenders {
    ($($type:ty: |$this:ident, $value:ident| $put:expr, $take:expr;)*) => {$(
        impl Contender for $type {
            #[inline]
            fn put(&self, $value: u64) -> bool {
                let $this = self;
                $put
            }
            #[inline]
            fn take(&self) -> Option<u64> {
                let $this = self;
                $take
            }
        }
    )*};
}

/// Additions to one line.
struct Limit(AtomicU64);

contenders! {
    LockFreeQueue<u64>: |this, value| { this.push(value); true }, this.pop();
    SegQueue<u64>: |this, value| { this.push(value); true }, this.pop();
    ConcurrentQueue<u64>: |this, value| this.push(value).is_ok(), this.pop().ok();
    parking_lot::Mutex<VecDeque<u64>>: |this, value| { this.lock().push_back(value); true }, this.lock().pop_front();
    std::sync::Mutex<VecDeque<u64>>: |this, value| { this.lock().unwrap().push_back(value); true }, this.lock().unwrap().pop_front();
    BoundedQueue<u64>: |this, value| this.push(value).is_ok(), this.pop();
    ScqQueue<u64>: |this, value| this.push(value).is_ok(), this.pop();
    ArrayQueue<u64>: |this, value| this.push(value).is_ok(), this.pop();
    BoundedStack<u64>: |this, value| this.push(value).is_ok(), this.pop();
    LockFreeStack<u64>: |this, value| { this.push(value); true }, this.pop();
    parking_lot::Mutex<Vec<u64>>: |this, value| { this.lock().push(value); true }, this.lock().pop();
    std::sync::Mutex<Vec<u64>>: |this, value| { this.lock().unwrap().push(value); true }, this.lock().unwrap().pop();
    Limit: |this, value| { this.0.fetch_add(value, Ordering::AcqRel); true }, Some(this.0.fetch_add(1, Ordering::AcqRel));
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Each thread puts a value and takes one.
    Pairs,
    /// The first thread puts, the second takes.
    Transfer,
}

/// Operations of one thread in one slice.
const OPERATIONS: usize = 4_000;

/// How often the calling thread was switched out against its will.
fn switched_out() -> i64 {
    // SAFETY: the structure is plain numbers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is valid.
    unsafe { libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage) };
    usage.ru_nivcsw
}

/// The nanoseconds that one operation takes, or none if the slice was disturbed.
fn slice(contender: &dyn Contender, work: Work, threads: usize, start: Instant) -> Option<f64> {
    let ready = AtomicUsize::new(0);
    let part = |thread: usize| {
        stay(thread);
        ready.fetch_add(1, Ordering::AcqRel);
        while ready.load(Ordering::Acquire) < threads {
            spin_loop();
        }
        let before = switched_out();
        let begin = start.elapsed();
        match work {
            Work::Pairs => {
                for value in 0..OPERATIONS as u64 / 2 {
                    black_box(contender.put(black_box(value)));
                    black_box(contender.take());
                }
            }
            Work::Transfer if thread == 0 => {
                for value in 0..OPERATIONS as u64 {
                    while !contender.put(black_box(value)) {
                        wait();
                    }
                }
            }
            Work::Transfer => {
                let mut taken = 0;
                while taken < OPERATIONS {
                    if black_box(contender.take()).is_some() {
                        taken += 1;
                    } else {
                        wait();
                    }
                }
            }
        }
        let end = start.elapsed();
        (begin, end, switched_out() == before)
    };
    let mut parts = Vec::new();
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || part(thread))).collect();
        parts.push(part(0));
        parts.extend(others.into_iter().map(|other| other.join().unwrap()));
    });
    for _ in 0..OPERATIONS {
        contender.take();
    }
    let first = parts.iter().map(|part| part.0).min()?;
    let last = parts.iter().map(|part| part.0).max()?;
    let end = parts.iter().map(|part| part.1).max()?;
    let quiet = parts.iter().all(|part| part.2) && last - first < Duration::from_micros(2);
    let operations = if work == Work::Pairs { OPERATIONS * threads } else { OPERATIONS };
    quiet.then(|| (end - first).as_nanos() as f64 / operations as f64)
}

/// Who finds nothing waits as long, whoever the contender is.
fn wait() {
    for _ in 0..16 {
        spin_loop();
    }
}

fn main() {
    let number =
        |name: &str, otherwise| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let slices: usize = number("SLICES", 400);
    let only = std::env::var("ONLY").unwrap_or_default();
    let all: Vec<(&str, Box<dyn Contender>)> = vec![
        ("queue: LockFreeQueue", Box::new(LockFreeQueue::new())),
        ("queue: crossbeam SegQueue", Box::new(SegQueue::new())),
        ("queue: concurrent-queue", Box::new(ConcurrentQueue::unbounded())),
        ("queue: parking_lot Mutex<VecDeque>", Box::new(parking_lot::Mutex::new(VecDeque::new()))),
        ("queue: std Mutex<VecDeque>", Box::new(std::sync::Mutex::new(VecDeque::new()))),
        ("ring of 1024: BoundedQueue", Box::new(BoundedQueue::new(1024))),
        ("ring of 1024: ScqQueue", Box::new(ScqQueue::new(1024))),
        ("ring of 1024: crossbeam ArrayQueue", Box::new(ArrayQueue::new(1024))),
        ("ring of 1024: concurrent-queue", Box::new(ConcurrentQueue::bounded(1024))),
        ("stack: LockFreeStack", Box::new(LockFreeStack::new())),
        ("stack: BoundedStack of 4096", Box::new(BoundedStack::new(4096))),
        ("stack: parking_lot Mutex<Vec>", Box::new(parking_lot::Mutex::new(Vec::new()))),
        ("stack: std Mutex<Vec>", Box::new(std::sync::Mutex::new(Vec::new()))),
        ("limit", Box::new(Limit(AtomicU64::new(0)))),
    ];
    let rows: Vec<_> = all.into_iter().filter(|(name, _)| name.contains(&only)).collect();
    let start = Instant::now();
    let kinds = [(Work::Pairs, 1), (Work::Pairs, 2), (Work::Transfer, 2)];
    let mut found = vec![[const { Vec::new() }; 3]; rows.len()];
    for _ in 0..slices {
        for (row, found) in rows.iter().zip(&mut found) {
            for ((work, threads), found) in kinds.into_iter().zip(found) {
                found.extend(slice(&*row.1, work, threads, start));
            }
        }
    }
    println!(
        "| ns for one operation: median (quartiles), slices that count | pairs, 1 thread | pairs, 2 threads | transfer |"
    );
    println!("|---|---:|---:|---:|");
    for ((name, _), found) in rows.iter().zip(&mut found) {
        let cells = found.each_mut().map(|slices| {
            slices.sort_by(f64::total_cmp);
            let at = |part: usize| slices.get(slices.len() * part / 4).copied().unwrap_or(f64::NAN);
            format!("{:.1} ({:.1}-{:.1}), {}", at(2), at(1), at(3), slices.len())
        });
        println!("| {name} | {} | {} | {} |", cells[0], cells[1], cells[2]);
    }
}
