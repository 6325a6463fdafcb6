//! Bounded queues of `u64`, 1024 slots and 64: pairs of push and pop by one and by two threads, and transfers, also between one and one.

mod contenders;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use benches::start::Start;
use concurrent_queue::ConcurrentQueue;
use contenders::{Crossbeam, Crossfire, Floor, Flume, Kanal, bench_pairs, bench_transfer, contender};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crossbeam_queue::ArrayQueue;
use lockfree_collections::{BoundedQueue, ScqQueue, Spsc};

const CAPACITY: usize = 1024;
/// Of the group that says so.
const SMALL: usize = 64;

/// Pushes again until there is room.
fn until(push: impl Fn() -> bool) {
    while !push() {
        contenders::wait();
    }
}

/// Puts by `$push`, whose result tells whether there was room, and takes by `$pop`.
macro_rules! ring {
    ($type:ty, $push:ident, |$ring:ident| $pop:expr) => {
        contender!($type, |ring, value| until(|| ring.$push(value).is_ok()), |$ring| $pop);
    };
}

ring!(BoundedQueue<u64>, push, |ring| ring.pop());
ring!(ScqQueue<u64>, push, |ring| ring.pop());
ring!(ArrayQueue<u64>, push, |ring| ring.pop());
ring!(ConcurrentQueue<u64>, push, |ring| ring.pop().ok());
ring!(thingbuf::ThingBuf<u64>, push, |ring| ring.pop());
ring!(heapless::mpmc::Queue<u64, CAPACITY>, enqueue, |ring| ring.dequeue());
ring!(heapless::mpmc::Queue<u64, SMALL>, enqueue, |ring| ring.dequeue());

contender!(Crossbeam, |ends, value| until(|| ends.0.0.try_send(value).is_ok()), |ends| ends.0.1.try_recv().ok());
contender!(Crossfire<crossfire::mpmc::Array<u64>>, |ends, value| until(|| ends.0.0.try_send(value).is_ok()), |ends| {
    ends.0.1.try_recv().ok()
});
contender!(Flume, |ends, value| until(|| ends.0.0.try_send(value).is_ok()), |ends| ends.0.1.try_recv().ok());
contender!(Kanal, |ends, value| until(|| ends.0.0.try_send(value) == Ok(true)), |ends| ends.0.1.try_recv().unwrap());
contender!(
    Locked,
    |queue, value| until(|| {
        let mut values = queue.values.lock();
        let room = values.len() < queue.capacity;
        if room {
            values.push_back(value);
        }
        room
    }),
    |queue| queue.values.lock().pop_front()
);

/// A queue behind a lock.
struct Locked {
    values: parking_lot::Mutex<VecDeque<u64>>,
    capacity: usize,
}

impl Locked {
    fn new(capacity: usize) -> Self {
        Self { values: parking_lot::Mutex::new(VecDeque::with_capacity(capacity)), capacity }
    }
}

/// Benches every contender of `$capacity` slots by `$bench`.
macro_rules! each {
    ($group:expr, $bench:ident, $capacity:ident) => {
        $bench($group, "BoundedQueue", || BoundedQueue::new($capacity));
        $bench($group, "ScqQueue", || ScqQueue::new($capacity));
        $bench($group, "crossbeam ArrayQueue", || ArrayQueue::new($capacity));
        $bench($group, "concurrent-queue bounded", || ConcurrentQueue::bounded($capacity));
        $bench($group, "crossfire", || Crossfire(crossfire::mpmc::bounded_blocking($capacity)));
        $bench($group, "crossbeam-channel", || Crossbeam(crossbeam_channel::bounded($capacity)));
        $bench($group, "kanal", || Kanal(kanal::bounded($capacity)));
        $bench($group, "flume", || Flume(flume::bounded($capacity)));
        $bench($group, "thingbuf", || thingbuf::ThingBuf::new($capacity));
        $bench($group, "heapless", heapless::mpmc::Queue::<u64, $capacity>::new);
        $bench($group, "parking_lot Mutex<VecDeque>", || Locked::new($capacity));
    };
}

fn pairs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bounded pairs");
    each!(&mut group, bench_pairs, CAPACITY);
    bench_pairs(&mut group, "floor: fetch_add", Floor::new);
    group.finish();
}

fn transfers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bounded transfer");
    each!(&mut group, bench_transfer, CAPACITY);
    group.finish();
    let mut group = criterion.benchmark_group("bounded transfer, 64 slots");
    each!(&mut group, bench_transfer, SMALL);
    group.finish();
}

/// The two ends of a ring, each of which is used by one thread only; the lock is taken once for all of a thread's calls.
trait Ends: Sync {
    fn put_all(&self, each: u64);
    fn take_all(&self, each: u64);
}

/// An end by itself, in lines that the other thread's end is not in: what an end knows by itself it writes each time.
#[repr(align(128))]
struct Apart<T>(Mutex<T>);

macro_rules! ends {
    ($name:ident, $producer:ty, $consumer:ty, $pop:ident) => {
        struct $name(Apart<$producer>, Apart<$consumer>);

        impl Ends for $name {
            fn put_all(&self, each: u64) {
                let mut producer = self.0.0.lock().unwrap();
                for value in 0..each {
                    while producer.push(std::hint::black_box(value)).is_err() {
                        std::hint::spin_loop();
                    }
                }
            }
            fn take_all(&self, each: u64) {
                let mut consumer = self.1.0.lock().unwrap();
                let mut taken = 0;
                while taken < each {
                    match consumer.$pop().into_iter().next() {
                        Some(value) => taken += u64::from(std::hint::black_box(value) < u64::MAX),
                        None => std::hint::spin_loop(),
                    }
                }
            }
        }
    };
}

ends!(Ours, lockfree_collections::spsc::Producer<u64>, lockfree_collections::spsc::Consumer<u64>, pop);
ends!(Rtrb, rtrb::Producer<u64>, rtrb::Consumer<u64>, pop);

fn spsc(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("spsc transfer");
    group.throughput(Throughput::Elements(1));
    let mut bench = |name: &str, make: &dyn Fn() -> Box<dyn Ends>| {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|each| {
                let ends = make();
                let ends = &*ends;
                let start = &Start::new(2);
                std::thread::scope(|scope| {
                    scope.spawn(move || {
                        start.wait(1);
                        ends.put_all(each);
                    });
                    start.wait(0);
                    let begin = std::time::Instant::now();
                    ends.take_all(each);
                    begin.elapsed()
                })
            });
        });
    };
    bench("Spsc", &|| {
        let (producer, consumer) = Spsc::new(CAPACITY);
        Box::new(Ours(Apart(Mutex::new(producer)), Apart(Mutex::new(consumer))))
    });
    bench("rtrb", &|| {
        let (producer, consumer) = rtrb::RingBuffer::new(CAPACITY);
        Box::new(Rtrb(Apart(Mutex::new(producer)), Apart(Mutex::new(consumer))))
    });
    group.finish();
}

criterion_group! {
    name = bounded;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    targets = pairs, transfers, spsc
}
criterion_main!(bounded);
