//! Channels, against their peers in the same run: tokio, async-channel, flume, kanal, tachyonix, crossfire and asyncband; among threads also
//! crossbeam and std.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sync_primitives as ours;

/// The output of a future that need not wait, polled where it stands, as by `.await`: a call would have the future copied first.
#[inline(always)]
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("there is room, or a value"),
    }
}

/// A value in and out, on one thread that never waits.
fn same_task(c: &mut Criterion) {
    let mut group = c.benchmark_group("channel of 64, in and out");
    macro_rules! peer {
        ($name:literal, $channel:expr, $send:ident, $receive:ident) => {
            #[allow(unused_mut)]
            let (mut sender, mut receiver) = $channel;
            group.bench_function($name, |b| {
                b.iter(|| {
                    now(sender.$send(black_box(1u64))).unwrap();
                    now(receiver.$receive())
                });
            });
        };
    }
    peer!("selvedge mpsc", ours::mpsc::channel(64), send, recv);
    peer!("selvedge mpmc", ours::mpmc::channel(64), send, recv);
    peer!("selvedge spsc", ours::spsc::channel(64), send, recv);
    peer!("tokio mpsc", tokio::sync::mpsc::channel(64), send, recv);
    peer!("async-channel", async_channel::bounded(64), send, recv);
    peer!("flume", flume::bounded(64), send_async, recv_async);
    peer!("kanal", kanal::bounded_async(64), send, recv);
    peer!("tachyonix", tachyonix::channel(64), send, recv);
    peer!("crossfire mpsc", crossfire::mpsc::bounded_async(64), send, recv);
    peer!("crossfire mpmc", crossfire::mpmc::bounded_async(64), send, recv);
    peer!("asyncband mpsc", asyncband::mpsc::bounded(64), send, recv);
    peer!("asyncband mpmc", asyncband::mpmc::bounded(64), send, recv);
    let (sender, mut receiver) = ours::mpsc::channel(64);
    group.bench_function("selvedge mpsc, try", |b| {
        b.iter(|| {
            sender.try_send(black_box(1u64)).unwrap();
            receiver.try_recv()
        });
    });
    group.finish();

    let mut group = c.benchmark_group("oneshot, made, sent and received");
    group.bench_function("selvedge", |b| {
        b.iter(|| {
            let (sender, receiver) = ours::oneshot::channel();
            sender.send(black_box(1u64)).unwrap();
            now(receiver)
        });
    });
    group.bench_function("tokio", |b| {
        b.iter(|| {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            sender.send(black_box(1u64)).unwrap();
            now(receiver)
        });
    });
    group.finish();

    let mut group = c.benchmark_group("broadcast of 64 to two, in and out");
    let (sender, mut first) = ours::broadcast::channel(64);
    let mut second = sender.subscribe();
    group.bench_function("selvedge", |b| {
        b.iter(|| {
            sender.send(black_box(1u64)).unwrap();
            (now(first.recv()), now(second.recv()))
        });
    });
    let (sender, mut first) = tokio::sync::broadcast::channel(64);
    let mut second = sender.subscribe();
    group.bench_function("tokio", |b| {
        b.iter(|| {
            sender.send(black_box(1u64)).unwrap();
            (now(first.recv()), now(second.recv()))
        });
    });
    group.finish();

    let mut group = c.benchmark_group("watch, sent and seen");
    let (sender, mut receiver) = ours::watch::channel(0u64);
    group.bench_function("selvedge", |b| {
        b.iter(|| {
            sender.send(black_box(1)).unwrap();
            now(receiver.changed()).unwrap();
            *receiver.borrow()
        });
    });
    let (sender, mut receiver) = tokio::sync::watch::channel(0u64);
    group.bench_function("tokio", |b| {
        b.iter(|| {
            sender.send(black_box(1)).unwrap();
            now(receiver.changed()).unwrap();
            *receiver.borrow()
        });
    });
    group.finish();
}

const ITEMS: u64 = 10_000;

/// From task to task on a runtime of one thread, with waiting whenever the channel is full or empty.
fn between_tasks(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for capacity in [1, 64] {
        let mut group = c.benchmark_group(format!("channel of {capacity}, from task to task"));
        group.throughput(Throughput::Elements(ITEMS));
        macro_rules! peer {
            ($name:literal, $channel:expr, $send:ident, $receive:ident, $more:pat) => {
                group.bench_function($name, |b| {
                    b.iter(|| {
                        runtime.block_on(async {
                            #[allow(unused_mut)]
                            let (mut sender, mut receiver) = $channel;
                            let sending = tokio::spawn(async move {
                                for n in 0..ITEMS {
                                    sender.$send(n).await.unwrap();
                                }
                            });
                            while let $more = receiver.$receive().await {}
                            sending.await.unwrap();
                        });
                    });
                });
            };
        }
        peer!("selvedge mpsc", ours::mpsc::channel(capacity), send, recv, Some(_));
        peer!("selvedge mpmc", ours::mpmc::channel(capacity), send, recv, Some(_));
        peer!("selvedge spsc", ours::spsc::channel(capacity), send, recv, Some(_));
        peer!("tokio mpsc", tokio::sync::mpsc::channel(capacity), send, recv, Some(_));
        peer!("async-channel", async_channel::bounded(capacity), send, recv, Ok(_));
        peer!("flume", flume::bounded(capacity), send_async, recv_async, Ok(_));
        peer!("kanal", kanal::bounded_async(capacity), send, recv, Ok(_));
        peer!("tachyonix", tachyonix::channel(capacity), send, recv, Ok(_));
        peer!("crossfire mpsc", crossfire::mpsc::bounded_async(capacity), send, recv, Ok(_));
        peer!("crossfire mpmc", crossfire::mpmc::bounded_async(capacity), send, recv, Ok(_));
        peer!("asyncband mpsc", asyncband::mpsc::bounded(capacity), send, recv, Ok(_));
        peer!("asyncband mpmc", asyncband::mpmc::bounded(capacity), send, recv, Ok(_));
        group.finish();
    }
}

const SENDERS: u64 = 4;

/// From four tasks to one, or to four, on a runtime of one thread.
fn among_tasks(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    macro_rules! receive_all {
        ($receiver:ident, $receive:ident, $more:pat) => {
            async move {
                #[allow(unused_mut)]
                let mut receiver = $receiver;
                while let $more = receiver.$receive().await {}
            }
        };
    }
    macro_rules! peer {
        ($group:ident, $name:literal, $channel:expr, $send:ident, $receive:ident, $more:pat, $others:expr) => {
            $group.bench_function($name, |b| {
                b.iter(|| {
                    runtime.block_on(async {
                        let (sender, receiver) = $channel;
                        for _ in 0..SENDERS {
                            let sender = sender.clone();
                            tokio::spawn(async move {
                                for n in 0..ITEMS / SENDERS {
                                    sender.$send(n).await.unwrap();
                                }
                            });
                        }
                        drop(sender);
                        let others: Vec<_> = ($others)(&receiver)
                            .into_iter()
                            .map(|receiver| tokio::spawn(receive_all!(receiver, $receive, $more)))
                            .collect();
                        receive_all!(receiver, $receive, $more).await;
                        for other in others {
                            other.await.unwrap();
                        }
                    });
                });
            });
        };
        ($group:ident, $name:literal, $channel:expr, $send:ident, $receive:ident, $more:pat) => {
            peer!($group, $name, $channel, $send, $receive, $more, |receiver: &_| same_type(receiver, []))
        };
    }
    /// None of the receiver's type.
    fn same_type<T>(_receiver: &T, none: [T; 0]) -> [T; 0] {
        none
    }
    fn three<T: Clone>(receiver: &T) -> [T; 3] {
        [(); 3].map(|()| receiver.clone())
    }

    let mut group = c.benchmark_group("channel of 64, from four tasks to one");
    group.throughput(Throughput::Elements(ITEMS));
    peer!(group, "selvedge mpsc", ours::mpsc::channel(64), send, recv, Some(_));
    peer!(group, "selvedge mpmc", ours::mpmc::channel(64), send, recv, Some(_));
    peer!(group, "tokio mpsc", tokio::sync::mpsc::channel(64), send, recv, Some(_));
    peer!(group, "async-channel", async_channel::bounded(64), send, recv, Ok(_));
    peer!(group, "flume", flume::bounded(64), send_async, recv_async, Ok(_));
    peer!(group, "kanal", kanal::bounded_async(64), send, recv, Ok(_));
    peer!(group, "tachyonix", tachyonix::channel(64), send, recv, Ok(_));
    peer!(group, "crossfire mpsc", crossfire::mpsc::bounded_async(64), send, recv, Ok(_));
    peer!(group, "asyncband mpsc", asyncband::mpsc::bounded(64), send, recv, Ok(_));
    group.finish();

    let mut group = c.benchmark_group("channel of 64, from four tasks to four");
    group.throughput(Throughput::Elements(ITEMS));
    peer!(group, "selvedge mpmc", ours::mpmc::channel(64), send, recv, Some(_), three);
    peer!(group, "async-channel", async_channel::bounded(64), send, recv, Ok(_), three);
    peer!(group, "flume", flume::bounded(64), send_async, recv_async, Ok(_), three);
    peer!(group, "kanal", kanal::bounded_async(64), send, recv, Ok(_), three);
    peer!(group, "crossfire mpmc", crossfire::mpmc::bounded_async(64), send, recv, Ok(_), three);
    peer!(group, "asyncband mpmc", asyncband::mpmc::bounded(64), send, recv, Ok(_), three);
    group.finish();
}

/// From thread to thread.
fn between_threads(c: &mut Criterion) {
    let mut group = c.benchmark_group("channel of 64, from thread to thread");
    group.throughput(Throughput::Elements(ITEMS));
    macro_rules! peer {
        ($name:literal, $channel:expr, $send:ident, $receive:ident, $more:pat) => {
            group.bench_function($name, |b| {
                b.iter(|| {
                    #[allow(unused_mut)]
                    let (mut sender, mut receiver) = $channel;
                    thread::scope(|scope| {
                        scope.spawn(move || (0..ITEMS).for_each(|n| sender.$send(n).unwrap()));
                        while let $more = receiver.$receive() {}
                    });
                });
            });
        };
    }
    peer!("selvedge mpsc", ours::mpsc::channel(64), blocking_send, blocking_recv, Some(_));
    peer!("selvedge mpmc", ours::mpmc::channel(64), blocking_send, blocking_recv, Some(_));
    peer!("selvedge spsc", ours::spsc::channel(64), blocking_send, blocking_recv, Some(_));
    peer!("tokio mpsc", tokio::sync::mpsc::channel(64), blocking_send, blocking_recv, Some(_));
    peer!("async-channel", async_channel::bounded(64), send_blocking, recv_blocking, Ok(_));
    peer!("flume", flume::bounded(64), send, recv, Ok(_));
    peer!("kanal", kanal::bounded(64), send, recv, Ok(_));
    peer!("crossfire mpsc", crossfire::mpsc::bounded_blocking(64), send, recv, Ok(_));
    peer!("crossfire mpmc", crossfire::mpmc::bounded_blocking(64), send, recv, Ok(_));
    peer!("crossbeam", crossbeam_channel::bounded(64), send, recv, Ok(_));
    peer!("std", std::sync::mpsc::sync_channel(64), send, recv, Ok(_));
    group.finish();
}

const WAITERS: usize = 10_000;

/// Many senders wait for room, and give up.
fn many_senders(c: &mut Criterion) {
    let mut group = c.benchmark_group("10,000 senders that wait for room");
    group.throughput(Throughput::Elements(WAITERS as u64));
    macro_rules! peer {
        ($name:literal, $channel:expr) => {{
            let (sender, _receiver) = $channel;
            sender.try_send(0u64).unwrap();
            group.bench_function(concat!($name, "/join"), |b| {
                b.iter_batched_ref(
                    || (0..WAITERS).map(|_| Box::pin(sender.send(1))).collect::<Vec<_>>(),
                    |tasks| poll_all(tasks),
                    BatchSize::PerIteration,
                );
            });
            group.bench_function(concat!($name, "/give up"), |b| {
                b.iter_batched(
                    || {
                        let mut tasks: Vec<_> = (0..WAITERS).map(|_| Box::pin(sender.send(1))).collect();
                        poll_all(&mut tasks);
                        tasks
                    },
                    drop,
                    BatchSize::PerIteration,
                );
            });
        }};
    }
    peer!("selvedge mpsc", ours::mpsc::channel(1));
    peer!("tokio mpsc", tokio::sync::mpsc::channel(1));
    peer!("async-channel", async_channel::bounded(1));
    group.finish();
}

fn poll_all<F: Future>(tasks: &mut [Pin<Box<F>>]) {
    let mut context = Context::from_waker(Waker::noop());
    for task in tasks {
        let _ = task.as_mut().poll(&mut context);
    }
}

criterion_group!(benches, same_task, between_tasks, among_tasks, between_threads, many_senders);
criterion_main!(benches);
