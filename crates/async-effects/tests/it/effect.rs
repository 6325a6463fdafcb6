//! `AsyncEffect`: its laws, for generated effects, and what its parts add.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use async_effects::{AsyncEffect, Backoff, ManualTimer, Timer, laws, pure};
use quickcheck::{Arbitrary, Gen};

use crate::property::properties;

const SECOND: Duration = Duration::from_secs(1);

/// What all runs of one observation leave traces in.
#[derive(Default)]
struct World {
    timer: ManualTimer,
    log: RefCell<Vec<(u8, i32)>>,
}

/// All that an observer may know of a run.
#[derive(Debug, PartialEq)]
struct Seen<V> {
    output: V,
    log: Vec<(u8, i32)>,
    elapsed: Duration,
    sleeps: u64,
}

impl World {
    fn observe<V>(&self, run: laws::Run<'_, V>) -> Seen<V> {
        self.log.borrow_mut().clear();
        let (before, sleeps) = (self.timer.elapsed(), self.timer.sleeps());
        let output = self.timer.run(run).expect("generated effects end");
        Seen {
            output,
            log: self.log.borrow().clone(),
            elapsed: self.timer.elapsed() - before,
            sleeps: self.timer.sleeps() - sleeps,
        }
    }
}

/// An effect to generate: sleeps and log entries in some order, and an output that depends on its input.
#[derive(Clone, Debug)]
struct Work {
    name: u8,
    steps: Vec<Option<u8>>,
    factor: i32,
    addend: i32,
}

impl Arbitrary for Work {
    fn arbitrary(g: &mut Gen) -> Self {
        Self { name: u8::arbitrary(g), steps: Vec::arbitrary(g), factor: i32::arbitrary(g), addend: i32::arbitrary(g) }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let this = self.clone();
        Box::new(self.steps.shrink().map(move |steps| Self { steps, ..this.clone() }))
    }
}

impl Work {
    /// The effect of this work on `input`.
    fn on<'a>(&'a self, world: &'a World, input: i32) -> impl AsyncEffect<Output = i32> + 'a {
        move || async move {
            for step in &self.steps {
                match step {
                    Some(millis) => world.timer.sleep(Duration::from_millis((*millis).into())).await,
                    None => world.log.borrow_mut().push((self.name, input)),
                }
            }
            input.wrapping_mul(self.factor).wrapping_add(self.addend)
        }
    }

    fn apply(&self, world: &World, input: i32) -> i32 {
        world.log.borrow_mut().push((self.name, input));
        input.wrapping_mul(self.factor).wrapping_add(self.addend)
    }
}

properties! {
    fn effect_pure_is_the_left_identity(a: i32, f: Work) -> bool {
        let world = World::default();
        laws::left_identity(a, |a| f.on(&world, a), |run| world.observe(run))
    }

    fn effect_pure_is_the_right_identity(m: Work, a: i32) -> bool {
        let world = World::default();
        let effect = m.on(&world, a);
        laws::right_identity(&effect, |run| world.observe(run))
    }

    fn effect_then_is_associative(m: Work, a: i32, f: Work, g: Work) -> bool {
        let world = World::default();
        let effect = m.on(&world, a);
        laws::associativity(&effect, |a| f.on(&world, a), |b| g.on(&world, b), |run| world.observe(run))
    }

    fn effect_map_keeps_the_identity(m: Work, a: i32) -> bool {
        let world = World::default();
        let effect = m.on(&world, a);
        laws::map_identity(&effect, |run| world.observe(run))
    }

    fn effect_map_keeps_composition(m: Work, a: i32, f: Work, g: Work) -> bool {
        let world = World::default();
        let effect = m.on(&world, a);
        laws::map_composition(&effect, |a| f.apply(&world, a), |b| g.apply(&world, b), |run| world.observe(run))
    }

    fn effect_map_is_then_pure(m: Work, a: i32, f: Work) -> bool {
        let world = World::default();
        let effect = m.on(&world, a);
        laws::map_is_then_pure(&effect, |a| f.apply(&world, a), |run| world.observe(run))
    }

    /// The laws hold for what the other combinators make, too.
    fn effect_laws_hold_for_retries_and_limits(m: Work, a: i32, f: Work, limit: u8, delays: Vec<u8>) -> bool {
        let world = World::default();
        let delays: Vec<_> = delays.into_iter().map(|millis| Duration::from_millis(millis.into())).collect();
        let tried = m
            .on(&world, a)
            .map(|n| if n % 2 == 0 { Ok(n) } else { Err(n) })
            .retrying(&world.timer, delays)
            .within(&world.timer, Duration::from_millis(u64::from(limit) * 10));
        laws::right_identity(&tried, |run| world.observe(run))
            && laws::map_identity(&tried, |run| world.observe(run))
            && laws::associativity(
                &tried,
                |outcome| f.on(&world, outcome.map_or(0, |tried| tried.unwrap_or(1))),
                |b| m.on(&world, b),
                |run| world.observe(run),
            )
    }

    /// Without delays there is one run, as without the retry.
    fn effect_retrying_without_delays_changes_nothing(m: Work, a: i32) -> bool {
        let world = World::default();
        let plain = m.on(&world, a).map(Err::<(), _>);
        let retried = m.on(&world, a).map(Err::<(), _>).retrying(&world.timer, []);
        world.observe(Box::pin(plain.run())) == world.observe(Box::pin(retried.run()))
    }
}

/// An effect that is not the same each time it is run breaks every law that runs it twice, and the check says so.
#[test]
fn effect_laws_find_an_effect_that_changes() {
    let world = World::default();
    let runs = Cell::new(0);
    let changes = || async {
        runs.set(runs.get() + 1);
        runs.get()
    };
    assert!(!laws::right_identity(&changes, |run| world.observe(run)));
    assert!(!laws::map_identity(&changes, |run| world.observe(run)));
    assert!(!laws::map_composition(&changes, |n| n, |n| n, |run| world.observe(run)));
    assert!(!laws::map_is_then_pure(&changes, |n| n, |run| world.observe(run)));
    assert!(!laws::associativity(&changes, pure, pure, |run| world.observe(run)));
    assert!(!laws::left_identity(0, |_| changes, |run| world.observe(run)));
}

/// The same output is not enough: an observer sees the traces, too.
#[test]
fn effect_laws_find_a_difference_in_traces_alone() {
    let world = World::default();
    let runs = Cell::new(0);
    let slower_each_time = || async {
        runs.set(runs.get() + 1);
        world.timer.sleep(SECOND * runs.get()).await;
        7
    };
    assert!(!laws::right_identity(&slower_each_time, |run| world.observe(run)));
    let logs_each_other_time = || async {
        runs.set(runs.get() + 1);
        if runs.get() % 2 == 0 {
            world.log.borrow_mut().push((0, 0));
        }
    };
    assert!(!laws::map_identity(&logs_each_other_time, |run| world.observe(run)));
}

#[test]
fn effect_does_nothing_before_its_run_is_polled() {
    let timer = ManualTimer::new();
    let runs = Cell::new(0);
    let effect = || {
        runs.set(runs.get() + 1);
        async { Ok::<_, ()>(()) }
    };
    let whole = effect.retrying(&timer, [SECOND]).within(&timer, SECOND).map(|_| ()).then(|()| pure(1));
    drop(whole.run());
    assert_eq!(runs.get(), 0);
    assert_eq!(timer.run(whole.run()), Ok(1));
    assert_eq!(timer.run(whole.run()), Ok(1));
    assert_eq!((runs.get(), timer.sleeps()), (2, 0));
}

#[test]
fn effect_limits_each_attempt_inside_and_all_of_them_outside() {
    let timer = ManualTimer::new();
    let slow = || timer.sleep(10 * SECOND);
    let each = slow.within(&timer, SECOND).retrying(&timer, [SECOND; 2]);
    assert!(timer.run(each.run()).unwrap().is_err());
    assert_eq!(timer.elapsed(), 5 * SECOND);
    let all = slow.within(&timer, SECOND).retrying(&timer, [SECOND; 9]).within(&timer, 4 * SECOND);
    assert!(timer.run(all.run()).unwrap().is_err());
    assert_eq!(timer.elapsed(), 9 * SECOND);
    assert_eq!(timer.pending(), 0);
}

#[test]
fn effect_begins_its_backoff_anew_at_each_run() {
    let timer = ManualTimer::new();
    let fails = || async { Err::<(), _>(()) };
    let effect = fails.retrying(&timer, Backoff::exponential(SECOND));
    for round in 1..=3 {
        assert_eq!(timer.run(effect.run()), Ok(Err(())));
        assert_eq!(timer.elapsed(), round * (1 + 2 + 4) * SECOND);
    }
}

#[test]
fn effect_runs_are_send_when_their_parts_are() {
    fn is_send<T: Send>(_: &T) {}
    let timer = ManualTimer::new();
    let effect = (|| async { Ok::<_, ()>(1) }).retrying(&timer, [SECOND]).within(&timer, SECOND).map(|_| 2).then(pure);
    is_send(&effect);
    is_send(&effect.run());
}

#[test]
fn effect_shows_what_is_inside() {
    assert_eq!(format!("{:?}", pure(7).map(|n| n + 1)), "Map { effect: Pure { value: 7 }, .. }");
}
