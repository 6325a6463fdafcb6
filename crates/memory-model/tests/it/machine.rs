//! The step machines against the axiomatic models.

use std::collections::BTreeSet;

use memory_model::Ordering::{AcqRel, Acquire, NonAtomic, Relaxed, Release, SeqCst};
use memory_model::enumerate::{Outcome, summary};
use memory_model::machine::{Done, Machine, MemoryModel, Options, ScMemory, TsoMemory, ViewMemory};
use memory_model::models::{Model, Rc11, Sc, Tso};
use memory_model::{Location, Value};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::Random;

use crate::generator::{Op, Program, Shape};

/// A point of an exploration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point<M> {
    memory: M,
    at: Vec<usize>,
    reads: Vec<Vec<Value>>,
}

/// The outcomes of all choices.
fn outcomes<M: MemoryModel + Ord>(program: &Program, memory: M) -> BTreeSet<Outcome> {
    let threads = program.threads.len();
    let (mut outcomes, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut stack = vec![Point { memory, at: vec![0; threads], reads: vec![Vec::new(); threads] }];
    while let Some(point) = stack.pop() {
        if !seen.insert(point.clone()) {
            continue;
        }
        for step in 0..point.memory.steps() {
            let mut next = point.clone();
            next.memory.step(step);
            stack.push(next);
        }
        let mut ended = point.memory.steps() == 0;
        for (thread, ops) in program.threads.iter().enumerate() {
            let Some(&op) = ops.get(point.at[thread]) else { continue };
            ended = false;
            let mut next = point.clone();
            next.at[thread] += 1;
            next.successors(thread, op, &mut stack);
        }
        if ended {
            outcomes.insert(Outcome { reads: point.reads, memory: point.memory.settled() });
        }
    }
    outcomes
}

impl<M: MemoryModel> Point<M> {
    /// What may come of an operation of `thread`.
    fn successors(self, thread: usize, op: Op, stack: &mut Vec<Self>) {
        let update = |location: usize, ordering, new: &dyn Fn(Value) -> Value, stack: &mut Vec<Self>| {
            for choice in 0..self.memory.updatable(thread, Location(location), ordering).len() {
                let mut next = self.clone();
                let old = next.memory.update(thread, Location(location), ordering, choice, new);
                next.reads[thread].push(old);
                stack.push(next);
            }
        };
        match op {
            Op::Load(location, ordering) => {
                for choice in 0..self.memory.readable(thread, Location(location), ordering).len() {
                    let mut next = self.clone();
                    next.reads[thread].push(next.memory.clone().read(thread, Location(location), ordering, choice));
                    next.memory.read(thread, Location(location), ordering, choice);
                    stack.push(next);
                }
            }
            Op::Store(location, operand, ordering) => {
                let value = operand.value(&self.reads[thread]);
                for choice in 0..self.memory.writable(thread, Location(location), ordering) {
                    let mut next = self.clone();
                    next.memory.write(thread, Location(location), value, ordering, choice);
                    stack.push(next);
                }
            }
            Op::FetchAdd(location, value, ordering) => update(location, ordering, &|old| old + value, stack),
            Op::Exchange(location, value, ordering) => update(location, ordering, &|_| value, stack),
            Op::CompareExchange(location, expected, new, success, failure) => {
                let location = Location(location);
                for (choice, value) in self.memory.readable(thread, location, failure).into_iter().enumerate() {
                    if value != expected {
                        let mut next = self.clone();
                        next.memory.read(thread, location, failure, choice);
                        next.reads[thread].push(value);
                        stack.push(next);
                    }
                }
                for (choice, value) in self.memory.updatable(thread, location, success).into_iter().enumerate() {
                    if value == expected {
                        let mut next = self.clone();
                        next.memory.update(thread, location, success, choice, |_| new);
                        next.reads[thread].push(value);
                        stack.push(next);
                    }
                }
            }
            Op::Fence(ordering) => {
                let mut next = self;
                next.memory.fence(thread, ordering);
                stack.push(next);
            }
        }
    }
}

fn allowed(program: &Program, model: &dyn Model) -> BTreeSet<Outcome> {
    summary(&program.litmus(), model).expect("valid").outcomes.into_keys().collect()
}

/// The program with something weaker in the place of each sequentially consistent ordering.
fn without_seq_cst(mut program: Program, random: &mut Random) -> Program {
    for op in program.threads.iter_mut().flatten() {
        let (ordering, weaker) = match op {
            Op::Load(_, ordering) => (ordering, [Relaxed, Acquire]),
            Op::Store(.., ordering) => (ordering, [Relaxed, Release]),
            Op::FetchAdd(.., ordering) | Op::Exchange(.., ordering) => (ordering, [Release, AcqRel]),
            Op::CompareExchange(.., success, failure) => {
                if *failure == SeqCst {
                    *failure = Acquire;
                }
                (success, [Acquire, AcqRel])
            }
            Op::Fence(ordering) => (ordering, [Acquire, Release]),
        };
        if *ordering == SeqCst {
            *ordering = random.pick(&weaker);
        }
    }
    program
}

#[test]
fn machines_have_the_outcomes_of_the_axioms() {
    let programs = match Tier::from_environment() {
        Tier::Quick => 120,
        Tier::Default => 2_000,
        Tier::Full => 20_000,
    };
    let check = Check::start("Machine", "step machines have the outcomes of the axioms", "axiomatic models", Unit::Programs)
        .bound("2-3 threads, 1-3 operations each, 1-2 locations; SC and TSO equal; views equal RC11 without SC, within it with SC");
    let mut random = Random::new(0x5_7e9);
    let (mut equal, mut within, mut stronger) = (0, 0, 0);
    for number in 0..programs {
        let shape = Shape { threads: 2 + number % 2, accesses: 3 - number % 2, locations: 1 + number / 2 % 2 };
        let program = Program::random(&mut random, shape);
        let program = match number % 6 {
            0 => program.strengthened(&mut random),
            1 | 2 => program,
            _ => without_seq_cst(program, &mut random),
        };
        let (threads, initial) = (program.threads.len(), vec![0; program.locations]);
        let shown = || format!("program {number}: {program:?}");
        assert_eq!(outcomes(&program, ScMemory::new(threads, &initial)), allowed(&program, &Sc), "SC, {}", shown());
        assert_eq!(outcomes(&program, TsoMemory::new(threads, &initial)), allowed(&program, &Tso), "TSO, {}", shown());
        let (machine, axioms) =
            (outcomes(&program, ViewMemory::new(threads, &initial)), allowed(&program, &Rc11::new()));
        if program.has_seq_cst() {
            assert!(machine.is_subset(&axioms), "views, {}", shown());
            within += 1;
            stronger += usize::from(machine != axioms);
        } else {
            assert_eq!(machine, axioms, "views, {}", shown());
            equal += 1;
        }
        check.counter().add(1);
    }
    println!(
        "views: {equal} programs without SC, equal; {within} with SC, of which {stronger} have outcomes that views have not"
    );
    assert!(equal > 0 && within > 0);
    check.holds();
}

/// Sequentially consistent accesses forbid store buffering; so do fences.
#[test]
fn view_memory_orders_sequentially_consistent_operations() {
    let sb = |ordering, fence: Option<_>| {
        let thread = |own, other| {
            let mut ops = vec![Op::Store(own, crate::generator::Operand::Number(1), ordering)];
            ops.extend(fence.map(Op::Fence));
            ops.push(Op::Load(other, ordering));
            ops
        };
        let program = Program { locations: 2, threads: vec![thread(0, 1), thread(1, 0)] };
        outcomes(&program, ViewMemory::new(2, &[0, 0])).len()
    };
    assert_eq!(
        (sb(Relaxed, None), sb(Relaxed, Some(AcqRel)), sb(Relaxed, Some(SeqCst)), sb(SeqCst, None)),
        (4, 4, 3, 3)
    );
}

#[test]
fn machine_replays_what_it_did() {
    let run = |mut machine: Machine<TsoMemory>| {
        let (x, y) = (Location(0), Location(1));
        machine.write(0, x, 1, Relaxed);
        machine.write(1, y, 1, Release);
        machine.read(0, y, Acquire);
        machine.read(1, x, NonAtomic);
        machine.fence(0, SeqCst);
        machine.update(1, x, AcqRel, |old| old + 5);
        let _ = machine.compare_exchange(0, y, (1, 2), SeqCst, Relaxed);
        (machine.done().to_vec(), machine.choices().to_vec())
    };
    let mut seen = BTreeSet::new();
    for seed in 0..200 {
        let (done, choices) = run(Machine::random(TsoMemory::new(2, &[0, 0]), seed));
        assert_eq!(
            run(Machine::random(TsoMemory::new(2, &[0, 0]), seed)),
            (done.clone(), choices.clone()),
            "seed {seed}"
        );
        assert_eq!(run(Machine::replay(TsoMemory::new(2, &[0, 0]), choices.clone())), (done.clone(), choices));
        seen.insert(format!("{done:?}"));
    }
    // Each read sees the other write or not.
    assert_eq!(seen.len(), 4, "{seen:#?}");
}

#[test]
fn machine_lets_the_caller_choose() {
    let x = Location(0);
    let mut machine = Machine::first(ViewMemory::new(2, &[0]));
    machine.write(0, x, 1, Relaxed);
    machine.write(0, x, 2, Relaxed);
    assert_eq!(machine.allowed(1, x, Relaxed), [0, 1, 2]);
    // The middle of three values; a write before all that the thread has not seen.
    machine.choose(|options| match options {
        Options::Values(values) => values.len() / 2,
        Options::Places(_) | Options::Memory(_) => 0,
    });
    assert_eq!(machine.read(1, x, Relaxed), 1);
    machine.write(1, x, 7, Relaxed);
    assert_eq!(machine.allowed(0, x, Relaxed), [2]);
    assert_eq!(machine.allowed(1, x, Relaxed), [7, 2]);
    assert_eq!(machine.memory().settled(), [2]);
    machine.choose(|_| usize::MAX);
    assert_eq!(machine.compare_exchange(1, x, (2, 9), AcqRel, Relaxed), Ok(2));
    assert_eq!(machine.done().last(), Some(&Done::Update { thread: 1, location: x, ordering: AcqRel, old: 2, new: 9 }));
    machine.choose(|_| 0);
    assert_eq!(machine.compare_exchange(0, x, (9, 1), AcqRel, Relaxed), Err(2));
    // No one may write between 2 and the 9 that took its place.
    assert_eq!(machine.memory().updatable(0, x, Relaxed), [9]);
}

#[test]
fn machines_answer_for_threads_and_locations_that_they_do_not_have() {
    fn check(mut memory: impl MemoryModel) {
        let (thread, location) = (9, Location(9));
        memory.write(thread, location, 1, SeqCst, 3);
        memory.fence(thread, SeqCst);
        memory.step(7);
        assert_eq!(memory.read(thread, location, SeqCst, 5), 0, "{}", memory.name());
        assert_eq!(memory.update(thread, location, SeqCst, 5, |old| old + 1), 0);
        assert_eq!(memory.read(0, location, Relaxed, 5), 0);
        assert_eq!(memory.settled(), [4]);
    }
    check(ScMemory::new(1, &[4]));
    check(TsoMemory::new(1, &[4]));
    check(ViewMemory::new(1, &[4]));
}

/// Message passing with every ordering and fence, directly and through a third thread's read-modify-write or relayed write.
#[test]
fn view_memory_has_the_outcomes_of_rc11_on_message_passing() {
    let number = crate::generator::Operand::Number;
    let fences = [None, Some(Acquire), Some(Release), Some(AcqRel)];
    let relays = [
        vec![],
        vec![vec![Op::FetchAdd(1, 1, Relaxed)]],
        vec![vec![Op::Store(1, number(5), Relaxed)]],
        vec![vec![Op::CompareExchange(1, 1, 5, Acquire, Relaxed)]],
    ];
    let mut programs = 0;
    for relay in &relays {
        for (store, before) in [Relaxed, Release].into_iter().flat_map(|store| fences.map(|fence| (store, fence))) {
            for (load, after) in [Relaxed, Acquire].into_iter().flat_map(|load| fences.map(|fence| (load, fence))) {
                let mut sender = vec![Op::Store(0, number(1), NonAtomic)];
                sender.extend(before.map(Op::Fence));
                sender.push(Op::Store(1, number(1), store));
                let mut receiver = vec![Op::Load(1, load)];
                receiver.extend(after.map(Op::Fence));
                receiver.push(Op::Load(0, Relaxed));
                let threads = [vec![sender, receiver], relay.clone()].concat();
                let program = Program { locations: 2, threads };
                let machine = outcomes(&program, ViewMemory::new(program.threads.len(), &[0, 0]));
                assert_eq!(machine, allowed(&program, &Rc11::new()), "{program:?}");
                programs += 1;
            }
        }
    }
    assert_eq!(programs, 256);
}
