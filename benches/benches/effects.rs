//! What retry and timeout add to a future: against the bare future, and against tokio's timeout.

use std::future::{Future, IntoFuture, poll_fn, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_effects::tokio::TokioTimer;
use async_effects::{AsyncEffect, Backoff, Retryable, pure};
use criterion::{Criterion, criterion_group, criterion_main};

const SECOND: Duration = Duration::from_secs(1);

/// Polls until ready, as a task that is woken at once.
fn drive<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Is pending once, as after one wake-up.
fn pending_once() -> impl Future<Output = u64> {
    let mut polled = false;
    poll_fn(move |context| {
        if polled {
            return Poll::Ready(7);
        }
        polled = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime can be made")
}

fn timeouts(c: &mut Criterion) {
    let runtime = runtime();
    let _entered = runtime.enter();

    let mut group = c.benchmark_group("timeout, ready");
    group.bench_function("bare", |b| b.iter(|| drive(async { black_box(7u64) })));
    group.bench_function("async-effects", |b| {
        b.iter(|| drive(async_effects::tokio::timeout(black_box(SECOND), async { black_box(7u64) })));
    });
    group.bench_function("tokio", |b| {
        b.iter(|| drive(tokio::time::timeout(black_box(SECOND), async { black_box(7u64) })))
    });
    group.finish();

    let mut group = c.benchmark_group("timeout, pending once");
    group.bench_function("bare", |b| b.iter(|| drive(pending_once())));
    group.bench_function("async-effects", |b| b.iter(|| drive(async_effects::tokio::timeout(SECOND, pending_once()))));
    group.bench_function("tokio", |b| b.iter(|| drive(tokio::time::timeout(SECOND, pending_once()))));
    group.finish();
}

fn retries(c: &mut Criterion) {
    let runtime = runtime();
    let _entered = runtime.enter();

    let mut group = c.benchmark_group("retry, success at once");
    let succeed = || async { Ok::<u64, u64>(black_box(7)) };
    group.bench_function("bare", |b| b.iter(|| drive(succeed())));
    group.bench_function("async-effects", |b| {
        b.iter(|| drive(succeed.retry(Backoff::exponential(SECOND)).timer(TokioTimer)));
    });
    group.bench_function("async-effects, as an effect", |b| {
        let effect = succeed.retrying(TokioTimer, Backoff::exponential(SECOND)).map(|outcome| outcome.unwrap_or(0));
        b.iter(|| drive(effect.run()));
    });
    group.finish();

    let mut group = c.benchmark_group("retry, 3 without delay");
    group.bench_function("by hand", |b| {
        b.iter(|| {
            drive(async {
                let mut left = 3;
                while black_box(left) > 0 {
                    left -= 1;
                    pending_once().await;
                }
                Ok::<u64, u64>(7)
            })
        });
    });
    group.bench_function("async-effects", |b| {
        b.iter(|| {
            let mut left = 3;
            let operation = || {
                left -= 1;
                ready(if black_box(left) < 0 { Ok(7u64) } else { Err(7u64) })
            };
            drive(operation.retry(Backoff::constant(Duration::ZERO)).timer(TokioTimer))
        });
    });
    group.finish();
}

fn effects(c: &mut Criterion) {
    let mut group = c.benchmark_group("effect, map and then");
    group.bench_function("by hand", |b| b.iter(|| drive(async { black_box(7u64) + 1 + black_box(2) })));
    group.bench_function("async-effects", |b| {
        let effect = (|| async { black_box(7u64) }).map(|n| n + 1).then(|n| pure(n + black_box(2)));
        b.iter(|| drive(effect.run()));
    });
    group.finish();
}

criterion_group!(benches, timeouts, retries, effects);
criterion_main!(benches);
