//! Random histories, and a decider so simple that it is right by inspection.

use std::collections::VecDeque;

use verify_harness::history::spec::{
    Counter, CounterInput, CounterOutput, KeyValue, KeyValueInput, KeyValueOutput, Map, MapInput, Mutex, MutexInput,
    MutexOutput, PriorityQueue, PriorityQueueInput, PriorityQueueOutput, Queue, QueueInput, QueueOutput, Register,
    RegisterInput, RegisterOutput, Set, SetInput, Stack, StackInput, StackOutput,
};
use verify_harness::history::{History, Operation, Specification};
use verify_harness::random::Random;

/// A specification that operations can be generated for.
pub trait Generate: Specification {
    /// Any input; `number` is different for each operation of a history.
    fn input(&self, random: &mut Random, number: u64) -> Self::Input;
    /// What the structure would answer, or `None` if the operation must wait.
    fn answer(&self, state: &Self::State, input: &Self::Input) -> Option<Self::Output>;
    /// Any output that could belong to the input.
    fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output;
}

/// What a random history is like.
#[derive(Clone, Copy)]
pub struct Shape {
    pub processes: u64,
    pub operations: usize,
    /// One in so many outputs is replaced by another; 0 means none.
    pub wrong: u64,
    /// One in so many outputs is made unknown; 0 means none.
    pub unknown: u64,
    /// Whether operations still open at the end stay pending.
    pub pending: bool,
}

/// A history of a correct structure, then spoilt as `shape` says.
pub fn generate<S: Generate>(specification: &S, random: &mut Random, shape: Shape) -> History<S::Input, S::Output> {
    enum Stage<O> {
        Idle,
        Called(usize),
        Done(usize, O),
    }
    let mut state = specification.initial();
    let mut stages: Vec<Stage<S::Output>> = (0..shape.processes).map(|_| Stage::Idle).collect();
    let mut operations: Vec<Operation<S::Input, S::Output>> = Vec::new();
    let mut now = 0;
    let mut steps = 0;
    loop {
        steps += 1;
        // Operations that wait for each other stay pending.
        let complete = operations.len() == shape.operations;
        let idle = stages.iter().all(|stage| matches!(stage, Stage::Idle));
        if complete && (shape.pending || idle) || steps > 40 * shape.operations {
            break;
        }
        // Some stamps are equal.
        now += u64::from(!random.one_in(4));
        let process = random.below(shape.processes) as usize;
        stages[process] = match std::mem::replace(&mut stages[process], Stage::Idle) {
            Stage::Idle if operations.len() < shape.operations => {
                let input = specification.input(random, operations.len() as u64);
                operations.push(Operation::pending(process as u64, now, input));
                Stage::Called(operations.len() - 1)
            }
            Stage::Idle => Stage::Idle,
            Stage::Called(index) => match specification.answer(&state, &operations[index].input) {
                Some(output) => {
                    state = specification
                        .step(&state, &operations[index].input, Some(&output))
                        .expect("the answer is legal");
                    Stage::Done(index, output)
                }
                None => Stage::Called(index),
            },
            Stage::Done(index, output) => {
                operations[index].ret = Some(now);
                let wrong = shape.wrong > 0 && random.one_in(shape.wrong);
                let output = if wrong { specification.wrong(random, &operations[index].input) } else { output };
                operations[index].output = (shape.unknown == 0 || !random.one_in(shape.unknown)).then_some(output);
                Stage::Idle
            }
        };
    }
    History::new(operations).expect("the generator makes well-formed histories")
}

/// Tries every order of every choice of pending operations.
pub fn brute_force<S: Specification>(specification: &S, history: &History<S::Input, S::Output>) -> bool {
    fn go<S: Specification>(
        specification: &S,
        operations: &[Operation<S::Input, S::Output>],
        left: u32,
        state: &S::State,
    ) -> bool {
        let remaining = || (0..operations.len()).filter(|&index| left >> index & 1 == 1);
        if remaining().all(|index| operations[index].is_pending()) {
            return true;
        }
        remaining().any(|index| {
            let operation = &operations[index];
            remaining().all(|other| !operations[other].precedes(operation))
                && specification
                    .step(state, &operation.input, operation.output.as_ref())
                    .is_some_and(|next| go(specification, operations, left & !(1 << index), &next))
        })
    }
    go(specification, history.operations(), (1 << history.len()) - 1, &specification.initial())
}

/// Panics unless `order` is a linearization of `history`.
pub fn replay<S: Specification>(specification: &S, history: &History<S::Input, S::Output>, order: &[usize]) {
    let mut state = specification.initial();
    let mut seen = vec![false; history.len()];
    let mut latest_call = 0;
    for &position in order {
        let operation = &history.operations()[position];
        assert!(!std::mem::replace(&mut seen[position], true), "operation {position} is ordered twice");
        assert!(operation.ret.is_none_or(|ret| ret >= latest_call), "operation {position} comes too late");
        latest_call = latest_call.max(operation.call);
        state = specification
            .step(&state, &operation.input, operation.output.as_ref())
            .unwrap_or_else(|| panic!("operation {position} is illegal in {state:?}"));
    }
    for (operation, seen) in history.operations().iter().zip(seen) {
        assert!(seen || operation.is_pending(), "{operation:?} is missing");
    }
}

impl Generate for Register<u8> {
    fn input(&self, random: &mut Random, _: u64) -> Self::Input {
        let value = random.below(3) as u8;
        match random.below(3) {
            0 => RegisterInput::Read,
            1 => RegisterInput::Write(value),
            _ => RegisterInput::CompareAndSwap { expected: value, new: random.below(3) as u8 },
        }
    }

    fn answer(&self, state: &u8, input: &Self::Input) -> Option<Self::Output> {
        Some(match input {
            RegisterInput::Read => RegisterOutput::Value(*state),
            RegisterInput::Write(_) => RegisterOutput::Written,
            RegisterInput::CompareAndSwap { expected, .. } => RegisterOutput::Swapped(expected == state),
        })
    }

    fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output {
        match input {
            RegisterInput::Read => RegisterOutput::Value(random.below(3) as u8),
            RegisterInput::Write(_) => RegisterOutput::Written,
            RegisterInput::CompareAndSwap { .. } => RegisterOutput::Swapped(random.one_in(2)),
        }
    }
}

impl Generate for KeyValue {
    fn input(&self, random: &mut Random, number: u64) -> Self::Input {
        let key = if random.one_in(2) { "a" } else { "b" }.to_owned();
        let value = if random.one_in(3) { "x".to_owned() } else { number.to_string() };
        match random.below(4) {
            0 => KeyValueInput::Put(key, value),
            1 => KeyValueInput::Append(key, value),
            _ => KeyValueInput::Get(key),
        }
    }

    fn answer(&self, state: &Self::State, input: &Self::Input) -> Option<Self::Output> {
        Some(match input {
            KeyValueInput::Get(key) => KeyValueOutput::Value(state.get(key).cloned().unwrap_or_default()),
            _ => KeyValueOutput::Done,
        })
    }

    fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output {
        match input {
            KeyValueInput::Get(_) => {
                KeyValueOutput::Value(["", "x", "0", "1x", "xx"][random.below(5) as usize].to_owned())
            }
            _ => KeyValueOutput::Done,
        }
    }
}

impl Generate for Map<u8, u8> {
    fn input(&self, random: &mut Random, _: u64) -> Self::Input {
        let key = random.below(2) as u8;
        match random.below(3) {
            0 => MapInput::Get(key),
            1 => MapInput::Insert(key, random.below(3) as u8),
            _ => MapInput::Remove(key),
        }
    }

    fn answer(&self, state: &Self::State, input: &Self::Input) -> Option<Self::Output> {
        let (MapInput::Get(key) | MapInput::Insert(key, _) | MapInput::Remove(key)) = input;
        Some(state.get(key).copied())
    }

    fn wrong(&self, random: &mut Random, _: &Self::Input) -> Self::Output {
        [None, Some(0), Some(1), Some(2)][random.below(4) as usize]
    }
}

impl Generate for Set<u8> {
    fn input(&self, random: &mut Random, _: u64) -> Self::Input {
        let value = random.below(2) as u8;
        match random.below(3) {
            0 => SetInput::Contains(value),
            1 => SetInput::Insert(value),
            _ => SetInput::Remove(value),
        }
    }

    fn answer(&self, state: &Self::State, input: &Self::Input) -> Option<bool> {
        Some(match input {
            SetInput::Contains(value) | SetInput::Remove(value) => state.contains(value),
            SetInput::Insert(value) => !state.contains(value),
        })
    }

    fn wrong(&self, random: &mut Random, _: &Self::Input) -> bool {
        random.one_in(2)
    }
}

/// A specification whose values repeat now and then.
#[derive(Debug)]
pub struct Repeating<S>(pub S);

fn dequeue(state: &VecDeque<u8>, input: &QueueInput<u8>, capacity: Option<usize>) -> QueueOutput<u8> {
    match input {
        QueueInput::Enqueue(_) if capacity.is_some_and(|capacity| state.len() >= capacity) => QueueOutput::Full,
        QueueInput::Enqueue(_) => QueueOutput::Enqueued,
        QueueInput::Dequeue => QueueOutput::Dequeued(state.front().copied()),
    }
}

impl Generate for Queue<u8> {
    fn input(&self, random: &mut Random, number: u64) -> Self::Input {
        if random.one_in(2) { QueueInput::Enqueue(number as u8) } else { QueueInput::Dequeue }
    }

    fn answer(&self, state: &Self::State, input: &Self::Input) -> Option<Self::Output> {
        Some(dequeue(state, input, self.capacity()))
    }

    fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output {
        match input {
            QueueInput::Enqueue(_) if random.one_in(8) => QueueOutput::Full,
            QueueInput::Enqueue(_) => QueueOutput::Enqueued,
            QueueInput::Dequeue if random.one_in(3) => QueueOutput::Dequeued(None),
            QueueInput::Dequeue => QueueOutput::Dequeued(Some(random.below(7) as u8)),
        }
    }
}

impl Generate for Stack<u8> {
    fn input(&self, random: &mut Random, number: u64) -> Self::Input {
        if random.one_in(2) { StackInput::Push(number as u8) } else { StackInput::Pop }
    }

    fn answer(&self, state: &Self::State, input: &Self::Input) -> Option<Self::Output> {
        Some(match input {
            StackInput::Push(_) => StackOutput::Pushed,
            StackInput::Pop => StackOutput::Popped(state.last().copied()),
        })
    }

    fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output {
        match input {
            StackInput::Push(_) => StackOutput::Pushed,
            StackInput::Pop if random.one_in(3) => StackOutput::Popped(None),
            StackInput::Pop => StackOutput::Popped(Some(random.below(7) as u8)),
        }
    }
}

impl Generate for PriorityQueue<u8> {
    /// Values that are not in the order in which they are pushed.
    fn input(&self, random: &mut Random, number: u64) -> Self::Input {
        if random.one_in(2) { PriorityQueueInput::Push(number as u8 ^ 5) } else { PriorityQueueInput::Pop }
    }

    fn answer(&self, state: &Self::State, input: &Self::Input) -> Option<Self::Output> {
        Some(match input {
            PriorityQueueInput::Push(_) => PriorityQueueOutput::Pushed,
            PriorityQueueInput::Pop => PriorityQueueOutput::Popped(state.keys().next_back().copied()),
        })
    }

    fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output {
        match input {
            PriorityQueueInput::Push(_) => PriorityQueueOutput::Pushed,
            PriorityQueueInput::Pop if random.one_in(3) => PriorityQueueOutput::Popped(None),
            PriorityQueueInput::Pop => PriorityQueueOutput::Popped(Some(random.below(8) as u8)),
        }
    }
}

macro_rules! repeating {
    ($inner:ty, $($repeated:pat => $value:expr),*) => {
        impl Specification for Repeating<$inner> {
            type State = <$inner as Specification>::State;
            type Input = <$inner as Specification>::Input;
            type Output = <$inner as Specification>::Output;
            type Key = ();

            fn initial(&self) -> Self::State {
                self.0.initial()
            }

            fn step(&self, state: &Self::State, input: &Self::Input, output: Option<&Self::Output>) -> Option<Self::State> {
                self.0.step(state, input, output)
            }

            fn observes(&self, input: &Self::Input, output: Option<&Self::Output>) -> bool {
                self.0.observes(input, output)
            }

            fn left_movers(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<bool> {
                self.0.left_movers(part)
            }

            fn groups(&self, part: &[&Operation<Self::Input, Self::Output>]) -> Vec<Option<u64>> {
                self.0.groups(part)
            }

            fn monitor(
                &self,
                part: &[&Operation<Self::Input, Self::Output>],
            ) -> Option<verify_harness::history::Monitored> {
                self.0.monitor(part)
            }
        }

        impl Generate for Repeating<$inner> {
            fn input(&self, random: &mut Random, number: u64) -> Self::Input {
                match self.0.input(random, number) {
                    $($repeated => $value(random.below(3) as u8),)*
                    other => other,
                }
            }

            fn answer(&self, state: &Self::State, input: &Self::Input) -> Option<Self::Output> {
                self.0.answer(state, input)
            }

            fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output {
                self.0.wrong(random, input)
            }
        }
    };
}

repeating!(Queue<u8>, QueueInput::Enqueue(_) => QueueInput::Enqueue);
repeating!(Stack<u8>, StackInput::Push(_) => StackInput::Push);
repeating!(PriorityQueue<u8>, PriorityQueueInput::Push(_) => PriorityQueueInput::Push);

impl Generate for Counter {
    fn input(&self, random: &mut Random, _: u64) -> Self::Input {
        match random.below(3) {
            0 => CounterInput::Get,
            1 => CounterInput::Add(random.below(3) as i64),
            _ => CounterInput::FetchAdd(1),
        }
    }

    fn answer(&self, state: &i64, input: &Self::Input) -> Option<Self::Output> {
        Some(match input {
            CounterInput::Add(_) => CounterOutput::Added,
            CounterInput::FetchAdd(_) | CounterInput::Get => CounterOutput::Value(*state),
        })
    }

    fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output {
        match input {
            CounterInput::Add(_) => CounterOutput::Added,
            _ => CounterOutput::Value(random.below(5) as i64),
        }
    }
}

impl Generate for Mutex {
    fn input(&self, random: &mut Random, _: u64) -> Self::Input {
        [MutexInput::Lock, MutexInput::TryLock, MutexInput::Unlock][random.below(3) as usize]
    }

    fn answer(&self, locked: &bool, input: &Self::Input) -> Option<Self::Output> {
        match input {
            MutexInput::Lock => (!locked).then_some(MutexOutput::Done),
            MutexInput::TryLock => Some(MutexOutput::Tried(!locked)),
            MutexInput::Unlock => locked.then_some(MutexOutput::Done),
        }
    }

    fn wrong(&self, random: &mut Random, input: &Self::Input) -> Self::Output {
        match input {
            MutexInput::TryLock => MutexOutput::Tried(random.one_in(2)),
            _ => MutexOutput::Done,
        }
    }
}
