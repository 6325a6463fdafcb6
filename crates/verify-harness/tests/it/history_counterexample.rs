//! Counterexamples: honest, 1-minimal, readable.

use std::collections::BTreeSet;

use verify_harness::history::spec::{
    Counter, KeyValue, KeyValueInput, KeyValueOutput, Map, Mutex, PriorityQueue, Queue, QueueInput, QueueOutput,
    Register, Set, Stack,
};
use verify_harness::history::{Checker, History, Operation};

use crate::history_gen::{Generate, Repeating, Shape, brute_force, generate};
use verify_harness::random::Random;

type Of<S> = History<
    <S as verify_harness::history::Specification>::Input,
    <S as verify_harness::history::Specification>::Output,
>;

/// Every history that one honest step leads to, by the definition of the steps.
fn steps<S: Generate>(specification: &S, history: &Of<S>) -> Vec<(String, Of<S>)> {
    let operations = history.operations();
    let without = |left_out: &BTreeSet<usize>| {
        history.part(&(0..history.len()).filter(|index| !left_out.contains(index)).collect::<Vec<_>>())
    };
    let mut steps = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        if specification.observes(&operation.input, operation.output.as_ref()) {
            steps.push((format!("without observer {index}"), without(&BTreeSet::from([index]))));
        }
        if !operation.is_pending() {
            let mut forgotten = operations.to_vec();
            forgotten[index] = Operation::pending(operation.process, operation.call, operation.input.clone());
            // Later operations of the same process go on as another one.
            for (later, other) in forgotten.iter_mut().enumerate() {
                if later != index && other.process == operation.process && other.call >= operation.call {
                    other.process += 1_000;
                }
            }
            if let Ok(history) = History::new(forgotten) {
                steps.push((format!("with the return of {index} forgotten"), history));
            }
        }
    }
    if operations.iter().all(|operation| operation.is_pending() || operation.output.is_some()) {
        let groups = specification.groups(&operations.iter().collect::<Vec<_>>());
        for group in groups.iter().flatten().collect::<BTreeSet<_>>() {
            let members = (0..groups.len()).filter(|&index| groups[index].as_ref() == Some(group)).collect();
            steps.push((format!("without group {members:?}"), without(&members)));
        }
    }
    steps
}

fn shape(random: &mut Random, wrong: u64) -> Shape {
    Shape {
        processes: 2 + random.below(3),
        operations: 2 + random.below(6) as usize,
        wrong,
        unknown: [0, 0, 6][random.below(3) as usize],
        pending: random.one_in(2),
    }
}

/// On linearizable histories every step gives a linearizable history; on others the counterexample is a 1-minimal failing part.
fn is_honest_and_minimal<S: Generate>(specification: S, seed: u64) {
    let mut random = Random::new(seed);
    let checker = Checker::new(specification);
    let mut rejected = 0;
    for number in 0..800 {
        let shape = shape(&mut random, 3);
        let history = generate(checker.specification(), &mut random, shape);
        let context = || format!("seed {seed}, history {number}: {history:#?}");
        if brute_force(checker.specification(), &history) {
            for (name, smaller) in steps(checker.specification(), &history) {
                assert!(brute_force(checker.specification(), &smaller), "{name} is not honest; {}", context());
            }
            continue;
        }
        rejected += 1;
        let verdict = checker.check(&history);
        let counterexample = verdict.counterexample().unwrap_or_else(|| panic!("{}", context()));
        let core = counterexample.core(&history);
        assert!(counterexample.minimal && core.len() <= history.len());
        assert!(!brute_force(checker.specification(), &core), "{counterexample}\n{}", context());
        for (name, smaller) in steps(checker.specification(), &core) {
            let passes = brute_force(checker.specification(), &smaller);
            assert!(passes, "{name} the part would still fail: {counterexample}\n{}", context());
        }

        // The prefix is legal, and everything that could come next is refused.
        let operation = |position: usize| {
            let index = counterexample.operations.iter().position(|core| core.position == position).unwrap();
            &core.operations()[index]
        };
        let mut state = checker.specification().initial();
        for &position in &counterexample.prefix {
            let next = operation(position);
            state = checker.specification().step(&state, &next.input, next.output.as_ref()).unwrap();
        }
        assert_eq!(checker.specification().describe_state(&state), counterexample.state);
        assert!(!counterexample.refusals.is_empty());
        for refusal in &counterexample.refusals {
            let next = operation(refusal.operation);
            let step = checker.specification().step(&state, &next.input, next.output.as_ref());
            assert!(step.is_none() || next.is_pending(), "{counterexample}");
        }
        let blocked = counterexample.blocked.expect("some return cannot be passed");
        assert!(counterexample.refusals.iter().any(|refusal| refusal.operation == blocked), "{counterexample}");
        let text = verdict.to_string();
        assert!(counterexample.operations.iter().all(|operation| text.contains(&operation.description)), "{text}");
    }
    assert!(rejected > 50, "seed {seed}: only {rejected} rejected");
}

#[test]
fn counterexample_is_honest_and_minimal_for_registers() {
    is_honest_and_minimal(Register::new(0), 31);
}

#[test]
fn counterexample_is_honest_and_minimal_for_key_value_stores() {
    is_honest_and_minimal(KeyValue, 32);
}

#[test]
fn counterexample_is_honest_and_minimal_for_maps() {
    is_honest_and_minimal(Map::new(), 33);
}

#[test]
fn counterexample_is_honest_and_minimal_for_sets() {
    is_honest_and_minimal(Set::new(), 34);
}

#[test]
fn counterexample_is_honest_and_minimal_for_queues() {
    is_honest_and_minimal(Queue::new(), 35);
    is_honest_and_minimal(Repeating(Queue::new()), 36);
    is_honest_and_minimal(Queue::bounded(2), 37);
}

#[test]
fn counterexample_is_honest_and_minimal_for_stacks() {
    is_honest_and_minimal(Stack::new(), 38);
    is_honest_and_minimal(Repeating(Stack::new()), 39);
    is_honest_and_minimal(PriorityQueue::new(), 40);
}

#[test]
fn counterexample_is_honest_and_minimal_for_counters_and_mutexes() {
    is_honest_and_minimal(Counter, 40);
    is_honest_and_minimal(Mutex, 41);
}

/// A lost update under one of many keys is found, and nothing else is shown.
#[test]
fn counterexample_names_the_key() {
    let mut operations = Vec::new();
    for number in 0..200_u64 {
        let key = (number % 10).to_string();
        let input = KeyValueInput::Append(key, "x".to_owned());
        operations.push(Operation::returned(0, 2 * number, 2 * number + 1, input, KeyValueOutput::Done));
    }
    let read = KeyValueOutput::Value("x".repeat(19));
    operations.push(Operation::returned(0, 500, 501, KeyValueInput::Get("7".to_owned()), read));
    let history = History::new(operations).unwrap();
    let verdict = Checker::new(KeyValue).check(&history);
    let counterexample = verdict.counterexample().unwrap();
    assert_eq!(counterexample.key.as_deref(), Some("\"7\""));
    assert_eq!((counterexample.of, counterexample.operations.len()), (21, 21));
}

/// Two values that overtake each other among a thousand: four operations remain.
#[test]
fn counterexample_of_a_long_queue_history_is_small() {
    let mut operations = Vec::new();
    let mut now = 0;
    let mut push = |input, output| {
        operations.push(Operation::returned(0, now, now + 1, input, output));
        now += 2;
    };
    (0..1_000).for_each(|value| push(QueueInput::Enqueue(value), QueueOutput::Enqueued));
    for value in 0..1_000 {
        let swapped = [value, 501, 500][usize::from(value == 500) + 2 * usize::from(value == 501)];
        push(QueueInput::Dequeue, QueueOutput::Dequeued(Some(swapped)));
    }
    let history = History::new(operations).unwrap();
    for monitors in [true, false] {
        let verdict = Checker::new(Queue::new()).monitors(monitors).check(&history);
        let counterexample = verdict.counterexample().unwrap();
        let positions: Vec<usize> = counterexample.operations.iter().map(|operation| operation.position).collect();
        assert_eq!(positions, [500, 501, 1_500], "{counterexample}");
    }
}

/// A dequeue of something unknown may have taken what is left out: the part that is shown must not blame it.
#[test]
fn counterexample_respects_unknown_outputs() {
    for shift in 0..40 {
        let mut operations = Vec::new();
        let mut push = |input, output| {
            let now = 2 * operations.len() as u64;
            operations.push(Operation { process: 0, call: now, ret: Some(now + 1), input, output });
        };
        let value = |value: u64| value * 1_000_003 + shift;
        // Fine: the unknown dequeue took the first value.
        push(QueueInput::Enqueue(value(1)), Some(QueueOutput::Enqueued));
        push(QueueInput::Enqueue(value(2)), Some(QueueOutput::Enqueued));
        push(QueueInput::Dequeue, None);
        push(QueueInput::Dequeue, Some(QueueOutput::Dequeued(Some(value(2)))));
        // Wrong: the fourth value overtakes the third.
        push(QueueInput::Enqueue(value(3)), Some(QueueOutput::Enqueued));
        push(QueueInput::Enqueue(value(4)), Some(QueueOutput::Enqueued));
        push(QueueInput::Dequeue, Some(QueueOutput::Dequeued(Some(value(4)))));
        let history = History::new(operations).unwrap();
        let verdict = Checker::new(Queue::new()).check(&history);
        let counterexample = verdict.counterexample().unwrap();
        let needed: Vec<usize> = counterexample
            .operations
            .iter()
            .filter(|operation| operation.ret.is_some())
            .map(|operation| operation.position)
            .collect();
        assert!(needed.contains(&4) && needed.contains(&6), "{counterexample}");
    }
}

#[test]
fn counterexample_is_the_whole_part_if_minimisation_is_off() {
    let mut random = Random::new(42);
    let history = loop {
        let shape = shape(&mut random, 2);
        let history = generate(&Register::new(0), &mut random, shape);
        if !brute_force(&Register::new(0), &history) {
            break history;
        }
    };
    let verdict = Checker::new(Register::new(0)).minimise(false).check(&history);
    let counterexample = verdict.counterexample().unwrap();
    assert_eq!(counterexample.operations.len(), history.len());
    assert!(!counterexample.minimal);
}
