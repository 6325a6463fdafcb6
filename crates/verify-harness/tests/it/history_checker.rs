//! The checker against brute force, with every reduction on and off.

use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::history::spec::{
    Counter, KeyValue, Map, Mutex, PriorityQueue, PriorityQueueInput, PriorityQueueOutput, Queue, QueueInput,
    QueueOutput, Register, RegisterInput, RegisterOutput, Set, Stack, StackInput, StackOutput,
};
use verify_harness::history::{Checker, History, Operation, Specification, Verdict};

use crate::history_gen::{Generate, Repeating, Shape, brute_force, generate, replay};
use verify_harness::random::Random;

/// How many histories per specification.
fn histories() -> usize {
    match Tier::from_environment() {
        Tier::Quick => 1_000,
        Tier::Default => 20_000,
        Tier::Full => 400_000,
    }
}

fn shape(random: &mut Random) -> Shape {
    Shape {
        processes: 2 + random.below(3),
        operations: 2 + random.below(6) as usize,
        wrong: [0, 3, 6][random.below(3) as usize],
        unknown: [0, 0, 5][random.below(3) as usize],
        pending: random.one_in(2),
    }
}

/// Compares the checker, complete and with one thing switched off, with brute force; counts both verdicts.
fn agrees_with_brute_force<S: Generate + Clone2>(specification: S, seed: u64) {
    let mut random = Random::new(seed);
    let full = || Checker::new(specification.clone2()).minimise(false);
    let bare = || full().eager(false).twins_in_order(false).drop_idle_pending(false).partition(false).monitors(false);
    let variants = [
        ("everything off", bare()),
        ("eager only", bare().eager(true)),
        ("twins only", bare().twins_in_order(true)),
        ("idle only", bare().drop_idle_pending(true)),
        ("partition only", bare().partition(true)),
        ("monitor off", full().monitors(false)),
        ("eager off", full().eager(false).monitors(false)),
        ("twins off", full().twins_in_order(false).monitors(false)),
    ];
    let complete = full();
    let mut verdicts = [0, 0];
    let histories = histories();
    let check = Check::start("history::Checker", "agrees with brute force", "all orders", Unit::Histories)
        .bound(&format!("{}, 2..=7 operations, 2..=4 processes, seed {seed}", short_name::<S>()));
    for number in 0..histories {
        let shape = shape(&mut random);
        let history = generate(&specification, &mut random, shape);
        let expected = brute_force(&specification, &history);
        verdicts[usize::from(expected)] += 1;
        check.counter().add(1);
        let (name, variant) = &variants[number % variants.len()];
        for (name, checker) in [("everything on", &complete), (*name, variant)] {
            match checker.check(&history) {
                Verdict::Linearizable { order, .. } => {
                    assert!(expected, "seed {seed}, history {number}, {name}: accepted {history:#?}");
                    replay(&specification, &history, &order);
                }
                Verdict::NotLinearizable { .. } => {
                    assert!(!expected, "seed {seed}, history {number}, {name}: rejected {history:#?}");
                }
                Verdict::Unknown { .. } => panic!("seed {seed}, history {number}, {name}: unknown"),
            }
        }
    }
    // Both verdicts must have been exercised.
    assert!(verdicts.iter().all(|&count| count > histories / 20), "seed {seed}: {verdicts:?}");
    check.holds();
}

/// The name of a specification, without paths.
fn short_name<S>() -> String {
    let mut name = std::any::type_name::<S>().to_owned();
    // Paths end in `::`.
    while let Some(end) = name.find("::") {
        let start = name[..end].rfind(|letter: char| !letter.is_alphanumeric() && letter != '_').map_or(0, |at| at + 1);
        name.replace_range(start..end + 2, "");
    }
    name
}

/// `Clone` for the wrapper of this test, too.
trait Clone2 {
    fn clone2(&self) -> Self;
}

macro_rules! clone2 {
    ($($specification:ty),*) => {
        $(impl Clone2 for $specification {
            fn clone2(&self) -> Self {
                self.clone()
            }
        })*
    };
}

clone2!(Register<u8>, KeyValue, Map<u8, u8>, Set<u8>, Queue<u8>, Stack<u8>, PriorityQueue<u8>, Counter, Mutex);

impl<S: Clone> Clone2 for Repeating<S> {
    fn clone2(&self) -> Self {
        Self(self.0.clone())
    }
}

#[test]
fn checker_agrees_with_brute_force_on_registers() {
    agrees_with_brute_force(Register::new(0), 1);
}

#[test]
fn checker_agrees_with_brute_force_on_key_value_stores() {
    agrees_with_brute_force(KeyValue, 2);
}

#[test]
fn checker_agrees_with_brute_force_on_maps() {
    agrees_with_brute_force(Map::new(), 3);
}

#[test]
fn checker_agrees_with_brute_force_on_sets() {
    agrees_with_brute_force(Set::new(), 4);
}

#[test]
fn checker_agrees_with_brute_force_on_queues() {
    agrees_with_brute_force(Queue::new(), 5);
}

#[test]
fn checker_agrees_with_brute_force_on_queues_with_repeated_values() {
    agrees_with_brute_force(Repeating(Queue::new()), 6);
}

#[test]
fn checker_agrees_with_brute_force_on_bounded_queues() {
    agrees_with_brute_force(Queue::bounded(2), 7);
}

#[test]
fn checker_agrees_with_brute_force_on_stacks() {
    agrees_with_brute_force(Stack::new(), 8);
}

#[test]
fn checker_agrees_with_brute_force_on_stacks_with_repeated_values() {
    agrees_with_brute_force(Repeating(Stack::new()), 9);
}

#[test]
fn checker_agrees_with_brute_force_on_priority_queues() {
    agrees_with_brute_force(PriorityQueue::new(), 30);
}

#[test]
fn checker_agrees_with_brute_force_on_priority_queues_with_repeated_values() {
    agrees_with_brute_force(Repeating(PriorityQueue::new()), 31);
}

#[test]
fn checker_agrees_with_brute_force_on_counters() {
    agrees_with_brute_force(Counter, 10);
}

#[test]
fn checker_agrees_with_brute_force_on_mutexes() {
    agrees_with_brute_force(Mutex, 11);
}

/// A write of the value that is there may be needed later, to restore it: it must not be placed eagerly.
#[test]
fn checker_keeps_a_write_that_changes_nothing_yet() {
    let write = |process, call, ret, value| {
        Operation::returned(process, call, ret, RegisterInput::Write(value), RegisterOutput::Written)
    };
    let read = |process, call, ret, value| {
        Operation::returned(process, call, ret, RegisterInput::Read, RegisterOutput::Value(value))
    };
    let history = History::new(vec![write(0, 0, 9, 0), write(1, 1, 2, 3), read(1, 3, 4, 3), read(1, 5, 6, 0)]).unwrap();
    assert!(Checker::new(Register::new(0)).check(&history).is_linearizable());
}

/// A removal of a value that is there may have to wait, if the same value comes again: another removal may be more pressing.
#[test]
fn checker_does_not_hurry_removals_of_repeated_values() {
    let mut stack = Vec::new();
    let mut queue = Vec::new();
    for (number, call, ret) in [(0, 0, 1), (1, 2, 20), (2, 3, 4), (3, 5, 6)] {
        let remove = number == 1 || number == 2;
        stack.push(if remove {
            Operation::returned(number, call, ret, StackInput::Pop, StackOutput::Popped(Some(7)))
        } else {
            Operation::returned(number, call, ret, StackInput::Push(7), StackOutput::Pushed)
        });
        queue.push(if remove {
            Operation::returned(number, call, ret, QueueInput::Dequeue, QueueOutput::Dequeued(Some(7)))
        } else {
            Operation::returned(number, call, ret, QueueInput::Enqueue(7), QueueOutput::Enqueued)
        });
    }
    for twins in [true, false] {
        let history = History::new(stack.clone()).unwrap();
        assert!(Checker::new(Stack::new()).twins_in_order(twins).check(&history).is_linearizable());
        let history = History::new(queue.clone()).unwrap();
        assert!(Checker::new(Queue::new()).twins_in_order(twins).check(&history).is_linearizable());
    }
}

/// A specification that calls a write an observer: the checker must go wrong, or the comparison above shows nothing.
#[test]
fn checker_comparison_finds_a_false_observer() {
    #[derive(Debug)]
    struct Lying(Counter);

    impl Specification for Lying {
        type State = i64;
        type Input = <Counter as Specification>::Input;
        type Output = <Counter as Specification>::Output;
        type Key = ();

        fn initial(&self) -> i64 {
            0
        }

        fn step(&self, state: &i64, input: &Self::Input, output: Option<&Self::Output>) -> Option<i64> {
            self.0.step(state, input, output)
        }

        fn observes(&self, _: &Self::Input, _: Option<&Self::Output>) -> bool {
            true
        }
    }

    let mut random = Random::new(12);
    let lying = Checker::new(Lying(Counter)).minimise(false);
    let wrong = (0..1_000).filter(|_| {
        let shape = shape(&mut random);
        let history = generate(&Counter, &mut random, shape);
        lying.check(&history).is_linearizable() != brute_force(&Counter, &history)
    });
    assert!(wrong.count() > 0);
}

/// Equal pending operations are tried in one order only.
#[test]
fn checker_twins_collapse_equal_pending_writes() {
    let mut operations: Vec<_> = (0..24)
        .map(|process| Operation::pending(process, process, RegisterInput::Write((process % 2) as u8)))
        .collect();
    operations.push(Operation::returned(99, 100, 101, RegisterInput::Read, RegisterOutput::Value(7)));
    let history = History::new(operations).unwrap();
    let checker = Checker::new(Register::new(0)).minimise(false);
    let with = checker.check(&history);
    assert!(with.is_not_linearizable() && with.configurations() < 500, "{}", with.configurations());
    let without = checker.twins_in_order(false).max_configurations(100_000).check(&history);
    assert!(without.is_unknown(), "{without}");
}

/// More than 64, and more than 256 operations open at once.
#[test]
fn checker_handles_many_open_operations() {
    for open in [70, 300] {
        let mut operations: Vec<_> = (0..open)
            .map(|process| {
                Operation::returned(process, process, 2_000 + process, StackInput::Push(process), StackOutput::Pushed)
            })
            .collect();
        let pop = |value| Operation::returned(5_000, 1_000, 1_001, StackInput::Pop, StackOutput::Popped(Some(value)));
        operations.push(pop(open / 2));
        let history = History::new(operations.clone()).unwrap();
        let checker = Checker::new(Stack::new()).monitors(false);
        let Verdict::Linearizable { order, .. } = checker.check(&history) else { panic!("{open} open pushes") };
        replay(&Stack::new(), &history, &order);
        operations.pop();
        operations.push(pop(open));
        let history = History::new(operations).unwrap();
        assert!(!checker.max_configurations(2_000).check(&history).is_linearizable());
    }
}

/// Long histories neither overflow the stack nor exceed a linear number of configurations.
#[test]
fn checker_handles_long_histories() {
    let mut random = Random::new(13);
    let shape = Shape { processes: 4, operations: 20_000, wrong: 0, unknown: 0, pending: true };
    let history = generate(&Register::new(0), &mut random, shape);
    let verdict = Checker::new(Register::new(0)).check(&history);
    let Verdict::Linearizable { order, configurations } = verdict else { panic!("{verdict}") };
    replay(&Register::new(0), &history, &order);
    assert!(configurations < 100_000, "{configurations}");
}

#[test]
fn checker_limit_gives_unknown() {
    let operations = (0..20).map(|process| {
        Operation::returned(process, process, 100 + process, StackInput::Push(process), StackOutput::Pushed)
    });
    let mut operations: Vec<_> = operations.collect();
    operations.push(Operation::returned(20, 50, 60, StackInput::Pop, StackOutput::Popped(Some(99))));
    let history = History::new(operations).unwrap();
    let checker = Checker::new(Stack::new()).monitors(false).max_configurations(1_000);
    let verdict = checker.check(&history);
    assert!(verdict.is_unknown() && !verdict.is_linearizable() && !verdict.is_not_linearizable());
    // Deterministic: the same count again.
    assert_eq!(verdict, checker.check(&history));
}

/// The queue monitor decides long histories without search, and is right about seeded bugs in them.
#[test]
fn checker_queue_monitor_decides_long_histories() {
    type Long = History<QueueInput<u64>, QueueOutput<u64>>;
    let build = |reordered: bool| -> Long {
        let mut random = Random::new(14);
        let mut operations = Vec::new();
        let mut queue = std::collections::VecDeque::new();
        let mut swapped = false;
        for number in 0..10_000_u64 {
            // Operations of four processes overlap their neighbours; they take effect in the order of their numbers.
            let (process, call, ret) = (number % 4, 10 * number, 10 * number + 25);
            if random.one_in(2) {
                queue.push_back(number);
                let input = QueueInput::Enqueue(number);
                operations.push(Operation::returned(process, call, ret, input, QueueOutput::Enqueued));
            } else {
                if reordered && !swapped && number > 9_000 && queue.len() > 40 {
                    // The front and a value enqueued long after it change places.
                    queue.swap(0, 40);
                    swapped = true;
                }
                let output = QueueOutput::Dequeued(queue.pop_front());
                operations.push(Operation::returned(process, call, ret, QueueInput::Dequeue, output));
            }
        }
        History::new(operations).unwrap()
    };
    let checker = Checker::new(Queue::new());
    let good = build(false);
    let Verdict::Linearizable { order, configurations: 0 } = checker.check(&good) else {
        panic!("the order is that of the numbers")
    };
    replay(&Queue::new(), &good, &order);
    let bad = build(true);
    let verdict = checker.check(&bad);
    let counterexample = verdict.counterexample().expect("two values change places");
    assert!(counterexample.operations.len() <= 4, "{counterexample}");
    assert!(verdict.configurations() < 20);
}

/// Wherever their preconditions hold, the monitors themselves decide: nothing is searched to accept.
fn monitor_accepts_without_search<S: Generate + Clone2>(
    specification: S,
    seed: u64,
    removes: impl Fn(&S::Input) -> bool,
) {
    let mut random = Random::new(seed);
    let checker = Checker::new(specification.clone2());
    for number in 0..1_500 {
        let shape = Shape {
            processes: 2 + random.below(5),
            operations: 4 + random.below(40) as usize,
            wrong: 0,
            unknown: 0,
            pending: random.one_in(2),
        };
        let history = generate(&specification, &mut random, shape);
        let removal_pending = history.operations().iter().any(|op| op.is_pending() && removes(&op.input));
        if removal_pending && history.len() > 12 {
            continue;
        }
        let verdict = checker.check(&history);
        let Verdict::Linearizable { order, configurations } = verdict else {
            panic!("seed {seed}, {number}: {verdict}")
        };
        replay(&specification, &history, &order);
        assert!(configurations == 0 || removal_pending, "seed {seed}, {number}: the monitor declined {history:#?}");
    }
}

#[test]
fn checker_queue_monitor_accepts_without_search() {
    monitor_accepts_without_search(Queue::new(), 15, |input| matches!(input, QueueInput::Dequeue));
}

#[test]
fn checker_stack_monitor_accepts_without_search() {
    monitor_accepts_without_search(Stack::new(), 16, |input| matches!(input, StackInput::Pop));
}

#[test]
fn checker_priority_queue_monitor_accepts_without_search() {
    monitor_accepts_without_search(PriorityQueue::new(), 19, |input| matches!(input, PriorityQueueInput::Pop));
}

/// The monitors against the search, on histories longer than brute force can take.
fn monitor_agrees_with_search<S: Generate + Clone2>(specification: S, seed: u64) {
    let mut random = Random::new(seed);
    let with = Checker::new(specification.clone2()).minimise(false);
    let without = Checker::new(specification.clone2()).minimise(false).monitors(false).max_configurations(20_000);
    let mut verdicts = [0, 0, 0];
    for number in 0..2 * histories() {
        let shape = Shape {
            processes: 2 + random.below(3),
            operations: 6 + random.below(15) as usize,
            wrong: [0, 8, 20][random.below(3) as usize],
            unknown: 0,
            pending: random.one_in(3),
        };
        let history = generate(&specification, &mut random, shape);
        let searched = without.check(&history);
        let monitored = with.check(&history);
        verdicts[usize::from(searched.is_linearizable()) + 2 * usize::from(searched.is_unknown())] += 1;
        if !searched.is_unknown() {
            let agree = searched.is_linearizable() == monitored.is_linearizable();
            assert!(agree, "seed {seed}, history {number}: {monitored}, but {searched}: {history:#?}");
        }
        if let Verdict::Linearizable { order, .. } = monitored {
            replay(&specification, &history, &order);
        }
    }
    assert!(verdicts[0] > 100 && verdicts[1] > 100 && verdicts[2] < histories() / 10, "seed {seed}: {verdicts:?}");
}

#[test]
fn checker_queue_monitor_agrees_with_search() {
    monitor_agrees_with_search(Queue::new(), 17);
}

#[test]
fn checker_stack_monitor_agrees_with_search() {
    monitor_agrees_with_search(Stack::new(), 18);
}

#[test]
fn checker_priority_queue_monitor_agrees_with_search() {
    monitor_agrees_with_search(PriorityQueue::new(), 20);
}

/// The priority queue monitor decides long histories without search, and is right about a seeded bug in them.
#[test]
fn checker_priority_queue_monitor_decides_long_histories() {
    type Long = History<PriorityQueueInput<u64>, PriorityQueueOutput<u64>>;
    let build = |wrong: bool| -> Long {
        let mut random = Random::new(21);
        let mut queue = std::collections::BTreeSet::new();
        let mut swapped = false;
        let operations = (0..100_000_u64).map(|number| {
            // Operations of four processes overlap their neighbours; they take effect in the order of their numbers.
            let (process, call, ret) = (number % 4, 10 * number, 10 * number + 25);
            if random.one_in(2) {
                let value = random.below(1 << 40) << 20 | number;
                queue.insert(value);
                let (input, output) = (PriorityQueueInput::Push(value), PriorityQueueOutput::Pushed);
                return Operation::returned(process, call, ret, input, output);
            }
            let found = if wrong && !swapped && number > 90_000 && queue.len() > 40 {
                // One that is not the greatest, long after all that are greater were pushed.
                swapped = true;
                queue.pop_first()
            } else {
                queue.pop_last()
            };
            let output = PriorityQueueOutput::Popped(found);
            Operation::returned(process, call, ret, PriorityQueueInput::Pop, output)
        });
        History::new(operations.collect()).unwrap()
    };
    let checker = Checker::new(PriorityQueue::new());
    let good = build(false);
    let Verdict::Linearizable { order, configurations: 0 } = checker.check(&good) else {
        panic!("the order is that of the numbers")
    };
    replay(&PriorityQueue::new(), &good, &order);
    let verdict = checker.check(&build(true));
    let counterexample = verdict.counterexample().expect("a value leaves before greater ones");
    assert!(counterexample.operations.len() <= 4, "{counterexample}");
    assert!(verdict.configurations() < 20);
}
