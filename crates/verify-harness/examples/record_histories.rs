//! Records the histories in `crates/verify-harness/histories`: native threads use simple structures, some right, some wrong on
//! purpose, and what they saw is written as JSON Lines.
//!
//! `cargo run -p verify-harness --example record_histories -- FOLDER` writes one file a structure, and `EXPECTED.tsv` with
//! the specification and the verdict that each deserves. The verdicts come from how the structures are built, not from the
//! checker: right ones use a lock or one atomic instruction for each operation; in wrong ones two threads meet in the gap
//! between looking and acting, so that the mistake happens every time.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;

use verify_harness::history::import::{Access, Interchange, MultiRegister, Value, write_jsonl};
use verify_harness::history::recorder::{Log, Recorder};
use verify_harness::history::spec::{
    Counter, CounterInput, CounterOutput, KeyValue, KeyValueInput, KeyValueOutput, Mutex as MutexSpec, MutexInput,
    MutexOutput, Queue, QueueInput, QueueOutput, Register, RegisterInput, RegisterOutput, Stack, StackInput,
    StackOutput,
};

const RIGHT: &str = "linearizable";
const WRONG: &str = "not-linearizable";

/// Operations a thread does in the histories of right structures.
const ROUNDS: i64 = 8;

fn main() -> io::Result<()> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("histories");
    let folder = std::env::args_os().nth(1).map_or(default, PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let mut files = Files { folder, table: String::new() };

    files.record("queue-locked", Queue::new(), RIGHT, queue_locked)?;
    files.record("queue-pending", Queue::new(), RIGHT, queue_pending)?;
    files.record("queue-peek-then-pop", Queue::new(), WRONG, queue_peek_then_pop)?;
    files.record("stack-locked", Stack::new(), RIGHT, stack_locked)?;
    files.record("stack-copy-then-replace", Stack::new(), WRONG, stack_copy_then_replace)?;
    files.record("register-atomic", Register::default(), RIGHT, register_atomic)?;
    files.record("register-stale-read", Register::default(), WRONG, register_stale_read)?;
    files.record("register-compare-then-store", Register::default(), WRONG, register_compare_then_store)?;
    files.record("kv-locked", KeyValue, RIGHT, kv_locked)?;
    files.record("kv-get-then-put", KeyValue, WRONG, kv_get_then_put)?;
    files.record("counter-atomic", Counter, RIGHT, counter_atomic)?;
    files.record("counter-load-then-store", Counter, WRONG, counter_load_then_store)?;
    files.record("mutex-std", MutexSpec, RIGHT, mutex_std)?;
    files.record("mutex-test-then-set", MutexSpec, WRONG, mutex_test_then_set)?;
    files.record("registers-locked", MultiRegister::default(), RIGHT, registers_locked)?;
    files.record("registers-one-by-one", MultiRegister::default(), WRONG, registers_one_by_one)?;
    std::fs::write(files.folder.join("EXPECTED.tsv"), files.table)
}

struct Files {
    folder: PathBuf,
    table: String,
}

impl Files {
    /// Writes what `run` does to a structure, and the table's line about it.
    fn record<S: Interchange>(
        &mut self,
        name: &str,
        spec: S,
        expected: &str,
        run: fn(&Recorder<S::Input, S::Output>),
    ) -> io::Result<()> {
        let recorder = Recorder::new();
        run(&recorder);
        let history = recorder.into_history().map_err(io::Error::other)?;
        let mut out = io::BufWriter::new(std::fs::File::create(self.folder.join(format!("{name}.jsonl")))?);
        write_jsonl(&mut out, &spec, &history)?;
        let kind = spec.kind().map_or("", |kind| kind.as_str());
        self.table += &format!("{name}.jsonl\t{kind}\t{expected}\n");
        println!("{name}: {} operations, {expected} by construction", history.len());
        out.flush()
    }
}

/// Starts a thread for each number from 0 on, all at once, each with a log of its own.
fn threads<I: Send, O: Send>(count: usize, recorder: &Recorder<I, O>, body: impl Fn(i64, Log<I, O>) + Sync) {
    let start = Barrier::new(count);
    thread::scope(|scope| {
        for number in (0..).take(count) {
            let (log, body, start) = (recorder.log(), &body, &start);
            scope.spawn(move || {
                start.wait();
                body(number, log);
            });
        }
    });
}

fn number(value: i64) -> Value {
    Value::Integer(value)
}

// Queues.

type QueueRecorder = Recorder<QueueInput<Value>, QueueOutput<Value>>;

fn queue_locked(recorder: &QueueRecorder) {
    let queue = Mutex::new(VecDeque::new());
    threads(3, recorder, |thread, mut log| {
        for round in 0..ROUNDS {
            let value = number(10 * thread + round);
            log.call(QueueInput::Enqueue(value.clone()), || {
                queue.lock().unwrap().push_back(value);
                QueueOutput::Enqueued
            });
            thread::yield_now();
            log.call(QueueInput::Dequeue, || QueueOutput::Dequeued(queue.lock().unwrap().pop_front()));
        }
    });
}

/// One enqueue panics before it could return, yet its value is in the queue.
fn queue_pending(recorder: &QueueRecorder) {
    let queue = Mutex::new(VecDeque::new());
    threads(2, recorder, |thread, mut log| {
        let value = number(thread);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            log.call(QueueInput::Enqueue(value.clone()), || {
                queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(value);
                if thread == 0 {
                    // Unlike `panic!`, this prints nothing.
                    std::panic::resume_unwind(Box::new(()));
                }
                QueueOutput::Enqueued
            });
        }));
        assert_eq!(panicked.is_err(), thread == 0);
    });
    let mut log = recorder.log();
    for _ in 0..3 {
        log.call(QueueInput::Dequeue, || {
            QueueOutput::Dequeued(queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front())
        });
    }
}

/// Both consumers see the same value at the front before either takes it away.
fn queue_peek_then_pop(recorder: &QueueRecorder) {
    let queue = Mutex::new(VecDeque::new());
    let mut producer = recorder.log();
    for value in 0..4 {
        producer.call(QueueInput::Enqueue(number(value)), || {
            queue.lock().unwrap().push_back(number(value));
            QueueOutput::Enqueued
        });
    }
    drop(producer);
    let gap = Barrier::new(2);
    threads(2, recorder, |_, mut log| {
        log.call(QueueInput::Dequeue, || {
            let front = queue.lock().unwrap().front().cloned();
            gap.wait();
            queue.lock().unwrap().pop_front();
            QueueOutput::Dequeued(front)
        });
    });
}

// Stacks.

type StackRecorder = Recorder<StackInput<Value>, StackOutput<Value>>;

fn stack_locked(recorder: &StackRecorder) {
    let stack = Mutex::new(Vec::new());
    threads(3, recorder, |thread, mut log| {
        for round in 0..ROUNDS {
            let value = number(10 * thread + round);
            log.call(StackInput::Push(value.clone()), || {
                stack.lock().unwrap().push(value);
                StackOutput::Pushed
            });
            thread::yield_now();
            log.call(StackInput::Pop, || StackOutput::Popped(stack.lock().unwrap().pop()));
        }
    });
}

/// Both pushes copy the empty stack, so the one that replaces it first is lost.
fn stack_copy_then_replace(recorder: &StackRecorder) {
    let stack = Mutex::new(Vec::new());
    let gap = Barrier::new(2);
    threads(2, recorder, |thread, mut log| {
        log.call(StackInput::Push(number(thread)), || {
            let mut copy = stack.lock().unwrap().clone();
            gap.wait();
            copy.push(number(thread));
            *stack.lock().unwrap() = copy;
            StackOutput::Pushed
        });
    });
    let mut log = recorder.log();
    for _ in 0..2 {
        log.call(StackInput::Pop, || StackOutput::Popped(stack.lock().unwrap().pop()));
    }
}

// Registers, which start as nil; here that is -1.

type RegisterRecorder = Recorder<RegisterInput<Value>, RegisterOutput<Value>>;

fn shown(stored: i64) -> Value {
    if stored == -1 { Value::Nil } else { number(stored) }
}

fn register_atomic(recorder: &RegisterRecorder) {
    // SeqCst, here and below: these structures are right or wrong whatever the memory model is.
    let register = AtomicI64::new(-1);
    threads(3, recorder, |thread, mut log| {
        for round in 0..ROUNDS {
            let value = (thread + round) % 4;
            log.call(RegisterInput::Write(number(value)), || {
                register.store(value, Ordering::SeqCst);
                RegisterOutput::Written
            });
            thread::yield_now();
            let cas = RegisterInput::CompareAndSwap { expected: number(value), new: number(4) };
            log.call(cas, || {
                let swapped = register.compare_exchange(value, 4, Ordering::SeqCst, Ordering::SeqCst);
                RegisterOutput::Swapped(swapped.is_ok())
            });
            log.call(RegisterInput::Read, || RegisterOutput::Value(shown(register.load(Ordering::SeqCst))));
        }
    });
}

/// A reader keeps the value it read first, though another has read a newer one since.
fn register_stale_read(recorder: &RegisterRecorder) {
    let register = AtomicI64::new(-1);
    let cache = AtomicI64::new(-1);
    let (mut writer, mut reader, mut other) = (recorder.log(), recorder.log(), recorder.log());
    let mut write = |value| {
        writer.call(RegisterInput::Write(number(value)), || {
            register.store(value, Ordering::SeqCst);
            RegisterOutput::Written
        });
    };
    write(1);
    reader.call(RegisterInput::Read, || {
        cache.store(register.load(Ordering::SeqCst), Ordering::SeqCst);
        RegisterOutput::Value(shown(cache.load(Ordering::SeqCst)))
    });
    write(2);
    other.call(RegisterInput::Read, || RegisterOutput::Value(shown(register.load(Ordering::SeqCst))));
    reader.call(RegisterInput::Read, || RegisterOutput::Value(shown(cache.load(Ordering::SeqCst))));
}

/// Both compare and swaps find the value they expect.
fn register_compare_then_store(recorder: &RegisterRecorder) {
    let register = AtomicI64::new(-1);
    let gap = Barrier::new(2);
    threads(2, recorder, |thread, mut log| {
        log.call(RegisterInput::CompareAndSwap { expected: Value::Nil, new: number(thread) }, || {
            let equal = register.load(Ordering::SeqCst) == -1;
            gap.wait();
            register.store(thread, Ordering::SeqCst);
            RegisterOutput::Swapped(equal)
        });
        log.call(RegisterInput::Read, || RegisterOutput::Value(shown(register.load(Ordering::SeqCst))));
    });
}

// Key-value stores.

type StoreRecorder = Recorder<KeyValueInput, KeyValueOutput>;

fn kv_locked(recorder: &StoreRecorder) {
    let store = Mutex::new(HashMap::<String, String>::new());
    threads(3, recorder, |thread, mut log| {
        for round in 0..ROUNDS {
            let key = format!("k{}", (thread + round) % 3);
            let value = format!("{thread}.{round} ");
            log.call(KeyValueInput::Append(key.clone(), value.clone()), || {
                store.lock().unwrap().entry(key.clone()).or_default().push_str(&value);
                KeyValueOutput::Done
            });
            thread::yield_now();
            log.call(KeyValueInput::Get(key.clone()), || {
                KeyValueOutput::Value(store.lock().unwrap().get(&key).cloned().unwrap_or_default())
            });
            if round == 3 {
                log.call(KeyValueInput::Put(key.clone(), value.clone()), || {
                    store.lock().unwrap().insert(key, value);
                    KeyValueOutput::Done
                });
            }
        }
    });
}

/// Both appends get the value before either puts the longer one, so one is lost.
fn kv_get_then_put(recorder: &StoreRecorder) {
    let value = Mutex::new("a".to_owned());
    let key = || "k".to_owned();
    let mut log = recorder.log();
    log.call(KeyValueInput::Put(key(), "a".to_owned()), || KeyValueOutput::Done);
    let gap = Barrier::new(2);
    threads(2, recorder, |thread, mut log| {
        let suffix = format!("{thread}");
        log.call(KeyValueInput::Append(key(), suffix.clone()), || {
            let old = value.lock().unwrap().clone();
            gap.wait();
            *value.lock().unwrap() = old + &suffix;
            KeyValueOutput::Done
        });
    });
    log.call(KeyValueInput::Get(key()), || KeyValueOutput::Value(value.lock().unwrap().clone()));
}

// Counters.

type CounterRecorder = Recorder<CounterInput, CounterOutput>;

fn counter_atomic(recorder: &CounterRecorder) {
    let counter = AtomicI64::new(0);
    threads(3, recorder, |thread, mut log| {
        for round in 0..ROUNDS {
            log.call(CounterInput::FetchAdd(thread + 1), || {
                CounterOutput::Value(counter.fetch_add(thread + 1, Ordering::SeqCst))
            });
            thread::yield_now();
            log.call(CounterInput::Add(-round), || {
                counter.fetch_sub(round, Ordering::SeqCst);
                CounterOutput::Added
            });
            log.call(CounterInput::Get, || CounterOutput::Value(counter.load(Ordering::SeqCst)));
        }
    });
}

/// Both additions load the same value, so one is lost.
fn counter_load_then_store(recorder: &CounterRecorder) {
    let counter = AtomicI64::new(0);
    let gap = Barrier::new(2);
    threads(2, recorder, |_, mut log| {
        for round in 0..4 {
            log.call(CounterInput::Add(1), || {
                let old = counter.load(Ordering::SeqCst);
                if round == 1 {
                    gap.wait();
                }
                counter.store(old + 1, Ordering::SeqCst);
                CounterOutput::Added
            });
            // Nobody goes on before both have come back from the gap; so one addition is lost there for certain.
            if round == 1 {
                gap.wait();
            }
        }
    });
    recorder.log().call(CounterInput::Get, || CounterOutput::Value(counter.load(Ordering::SeqCst)));
}

// Locks.

type MutexRecorder = Recorder<MutexInput, MutexOutput>;

fn mutex_std(recorder: &MutexRecorder) {
    let mutex = Mutex::new(());
    threads(3, recorder, |_, mut log| {
        for _ in 0..ROUNDS {
            let guard = log.call_as(MutexInput::Lock, || mutex.lock().unwrap(), |_| MutexOutput::Done);
            thread::yield_now();
            log.call_as(MutexInput::Unlock, || drop(guard), |()| MutexOutput::Done);
            let tried =
                log.call_as(MutexInput::TryLock, || mutex.try_lock().ok(), |tried| MutexOutput::Tried(tried.is_some()));
            if let Some(guard) = tried {
                log.call_as(MutexInput::Unlock, || drop(guard), |()| MutexOutput::Done);
            }
        }
    });
}

/// Both find the lock free before either takes it.
fn mutex_test_then_set(recorder: &MutexRecorder) {
    let taken = AtomicBool::new(false);
    let gap = Barrier::new(2);
    threads(2, recorder, |_, mut log| {
        log.call(MutexInput::TryLock, || {
            let free = !taken.load(Ordering::SeqCst);
            gap.wait();
            taken.store(true, Ordering::SeqCst);
            MutexOutput::Tried(free)
        });
    });
}

// Registers read and written several at once.

type TransactionRecorder = Recorder<Vec<Access>, Vec<Option<Value>>>;

fn both_written(value: i64) -> Vec<Access> {
    vec![Access::Write(Value::from("x"), number(value)), Access::Write(Value::from("y"), number(value))]
}

fn both_read() -> Vec<Access> {
    vec![Access::Read(Value::from("x")), Access::Read(Value::from("y"))]
}

fn registers_locked(recorder: &TransactionRecorder) {
    let registers = Mutex::new([0, 0]);
    threads(3, recorder, |thread, mut log| {
        for round in 0..ROUNDS {
            let value = 10 * thread + round;
            log.call(both_written(value), || {
                *registers.lock().unwrap() = [value, value];
                Vec::new()
            });
            thread::yield_now();
            log.call(both_read(), || registers.lock().unwrap().map(|value| Some(number(value))).to_vec());
        }
    });
}

/// The reader looks between the two writes of a transaction.
fn registers_one_by_one(recorder: &TransactionRecorder) {
    let (x, y) = (AtomicI64::new(0), AtomicI64::new(0));
    let gap = Barrier::new(2);
    threads(2, recorder, |thread, mut log| {
        if thread == 0 {
            log.call(both_written(1), || {
                x.store(1, Ordering::SeqCst);
                gap.wait();
                gap.wait();
                y.store(1, Ordering::SeqCst);
                Vec::new()
            });
        } else {
            gap.wait();
            log.call(both_read(), || {
                vec![Some(number(x.load(Ordering::SeqCst))), Some(number(y.load(Ordering::SeqCst)))]
            });
            gap.wait();
        }
    });
}
