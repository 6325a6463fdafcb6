//! Any bytes are read or refused, never more: arbitrary bytes, and valid files with a few bytes changed.

use std::sync::atomic::{AtomicU64, Ordering};

use quickcheck::{Arbitrary, Gen, QuickCheck};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::history::import::{
    Access, EventLog, Format, ImportError, Interchange, Judge, MultiRegister, SpecKind, Value, read, write_jsonl,
};
use verify_harness::history::spec::{
    Counter, CounterInput, CounterOutput, KeyValue, KeyValueInput, KeyValueOutput, Mutex, MutexInput, MutexOutput,
    Queue, QueueInput, QueueOutput, Register, RegisterInput, RegisterOutput, Stack, StackInput, StackOutput,
};
use verify_harness::history::{History, Operation};

const SEED: u64 = 7;

/// Valid files that between them use all of each format.
const SEEDS: &[&str] = &[
    "INFO  jepsen.util - 0\t:invoke\t:write\t3\nINFO  jepsen.util - 1\t:invoke\t:cas\t[3 4]\nINFO  jepsen.util - 0\t:ok\t:write\t3\n\
     INFO  jepsen.util - 1\t:fail\t:cas\t[3 4]\nINFO  jepsen.util - 1\t:invoke\t:read\tnil\nINFO  jepsen.util - 1\t:info\t:read\t:timed-out\n",
    "; c\n[{:process 0, :type :invoke, :f :write, :value \"a\\u00e9\\n\"} #_{:a 1}\n {:process 0, :type :ok, :f :write, :value nil, \
     :error [:a {:b #{1 2.5M}} \\c #tag (-3N +4)]}\n {:process :nemesis, :type :info, :f :kill}]",
    "{:process 1 :type :invoke :f :append :key \"k\" :value \"x y\"}\n{:process 1 :type :ok :f :append :key \"k\" :value \"x y\"}\n",
    "#op{:type :invoke, :f :txn, :value [[:read :x nil] [:write :y 2]], :process 3}\n\
     #op{:type :ok, :f :txn, :value [[:read :x 0] [:write :y 2]], :process 3}",
    "# @object atomic-queue\n[1] call enq(5)\n  [2] call deq()\n[1] return\n  [2] return 5\n[3] call remove\n[3] return empty\n",
    "{\"selvedge-history\": 1, \"spec\": \"counter\"}\n{\"process\": 0, \"type\": \"invoke\", \"f\": \"fetch-add\", \"value\": 1}\n\
     {\"process\": 0, \"type\": \"ok\", \"value\": 0}\n{\"process\": 1, \"type\": \"invoke\", \"f\": \"read\", \"note\": \"\\u00e4ä\"}\n",
    "{\"process\": 0, \"type\": \"invoke\", \"f\": \"try-acquire\"}\n{\"process\": 0, \"type\": \"ok\", \"value\": true}\n",
];

/// Tokens of the formats, to put where they do not belong.
const TOKENS: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "#{",
    "#_",
    "\"",
    "\\",
    "\\u",
    ":",
    ";",
    "#",
    "nil",
    "null",
    ":ok",
    ":info",
    "9223372036854775808",
    "-1",
    "1e999",
    "\n",
    "\t",
    "\u{feff}",
    "ä",
    "call",
    "return",
    "[1]",
    "INFO",
    ",",
    "\0",
    "\"process\": 0",
    "1/2",
    "é",
];

fn cases() -> u64 {
    match Tier::from_environment() {
        Tier::Quick => 20_000,
        Tier::Default => 500_000,
        Tier::Full => 10_000_000,
    }
}

fn holds(property: &str, test: impl Fn(&[u8]) -> bool, generate: fn(&mut Gen) -> Vec<u8>) {
    let check =
        Check::start("history import", property, "quickcheck", Unit::Programs).bound("files of at most 2000 bytes");
    let mut source = Gen::from_size_and_seed(40, SEED);
    for case in 0..cases() {
        let bytes = generate(&mut source);
        assert!(test(&bytes), "seed {SEED}, case {case}: {:?}", String::from_utf8_lossy(&bytes));
        check.counter().add(1);
    }
    check.holds();
}

/// Reads `bytes` in every way there is, and looks at what comes out.
fn is_read_or_refused(bytes: &[u8]) -> bool {
    let lines = bytes.split(|&byte| byte == b'\n').count() as u64;
    let sensible = |error: &ImportError| {
        let position = error.position();
        u64::from(position.line) <= lines
            && position.line > 0
            && position.column > 0
            && u64::from(position.column) <= bytes.len() as u64 + 1
            && !error.expected().is_empty()
            && !error.found().is_empty()
            && !error.to_string().contains('\n')
            && error.to_string().len() < 600
    };
    let judged = |log: &EventLog| {
        SpecKind::ALL.into_iter().all(|spec| match Judge::new(spec).max_configurations(200).judge(log) {
            Ok(judgement) => judgement.positions.len() <= log.events().len(),
            Err(error) => sensible(&error),
        })
    };
    [None].into_iter().chain(Format::ALL.map(Some)).all(|format| match read("file", bytes, format) {
        Ok(log) => judged(&log),
        Err(error) => sensible(&error),
    })
}

fn arbitrary_bytes(source: &mut Gen) -> Vec<u8> {
    let mut bytes = Vec::<u8>::arbitrary(source);
    if bool::arbitrary(source) {
        // Mostly the formats' own characters, so that more than the first byte is read.
        const ALPHABET: &[u8] = b"[]{}()\"\\:;# \n\t,0123-efilnoruvkpcst_'\xc3\xa4";
        for byte in &mut bytes {
            *byte = ALPHABET[usize::from(*byte) % ALPHABET.len()];
        }
    }
    bytes
}

fn mutated_seed(source: &mut Gen) -> Vec<u8> {
    let mut bytes = source.choose(SEEDS).expect("there are some").as_bytes().to_vec();
    for _ in 0..=u8::arbitrary(source) % 4 {
        let at = usize::arbitrary(source) % (bytes.len() + 1);
        let end = (at + usize::arbitrary(source) % 12).min(bytes.len());
        match u8::arbitrary(source) % 6 {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copied = bytes[at..end].to_vec();
                bytes.splice(at..at, copied);
            }
            3 => {
                let token = source.choose(TOKENS).expect("there are some");
                bytes.splice(at..end, token.bytes());
            }
            4 => {
                let token = source.choose(TOKENS).expect("there are some");
                bytes.splice(at..at, token.bytes());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (u8::arbitrary(source) % 8);
                }
            }
        }
    }
    bytes
}

#[test]
fn import_seeds_are_valid() {
    for seed in SEEDS {
        let log = read("seed", seed.as_bytes(), None).expect("well-formed");
        let suits = |spec| Judge::new(spec).judge(&log).is_ok();
        assert!(SpecKind::ALL.into_iter().any(suits), "{seed}");
    }
}

#[test]
fn import_survives_arbitrary_bytes() {
    holds("arbitrary bytes are read or refused", is_read_or_refused, arbitrary_bytes);
}

#[test]
fn import_survives_mutated_files() {
    holds("mutated files are read or refused", is_read_or_refused, mutated_seed);
}

/// A sequence of numbers that decides everything about a generated history.
#[derive(Clone, Debug)]
struct Choices(Vec<u16>);

impl Arbitrary for Choices {
    fn arbitrary(source: &mut Gen) -> Self {
        Self(Vec::arbitrary(source))
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.0.shrink().map(Self))
    }
}

/// A history of operations that need not be legal: four processes, some without a return, some without a known output.
fn history<I, O>(choices: &Choices, mut operation: impl FnMut(u16) -> (I, O)) -> History<I, O> {
    let mut builder = History::builder();
    let mut open = [None, None, None, None];
    let mut gone = [false; 4];
    for &choice in &choices.0 {
        let process = usize::from(choice % 4);
        let slot: &mut Option<O> = &mut open[process];
        let number = process as u64;
        match slot.take() {
            None if gone[process] => {}
            None => {
                let (input, output) = operation(choice / 4);
                builder.call(number, input).expect("the process is idle");
                *slot = Some(output);
            }
            Some(_) if choice % 7 == 0 => gone[process] = true,
            Some(output) => builder.ret(number, (choice % 5 != 0).then_some(output)).expect("it is open"),
        }
    }
    builder.finish()
}

fn survives<S: Interchange>(spec: &S, history: &History<S::Input, S::Output>) -> bool {
    let mut file = Vec::new();
    write_jsonl(&mut file, spec, history).expect("a vector takes everything");
    let log = read("written.jsonl", &file, None).expect("what is written is well-formed");
    let again = log.history(spec).expect("what is written suits the specification").history;
    // The stamps of an operation that was never called are not written, so only their order is kept.
    log.declared() == spec.kind() && order(history) == order(&again)
}

/// The history with its stamps replaced by their ranks.
fn order<I: Clone, O: Clone>(history: &History<I, O>) -> Vec<Operation<I, O>> {
    let operations = history.operations();
    let mut stamps: Vec<u64> = operations.iter().flat_map(|op| [Some(op.call), op.ret]).flatten().collect();
    stamps.sort_unstable();
    let rank = |stamp| stamps.binary_search(&stamp).expect("it is one of them") as u64;
    operations.iter().map(|op| Operation { call: rank(op.call), ret: op.ret.map(rank), ..op.clone() }).collect()
}

#[test]
fn jsonl_keeps_histories_of_every_specification() {
    static KEPT: AtomicU64 = AtomicU64::new(0);
    fn property(choices: Choices) -> bool {
        KEPT.fetch_add(1, Ordering::Relaxed);
        let value = |n: u16| match n % 6 {
            0 => Value::Nil,
            1 => Value::from(i64::from(n) - 20_000),
            2 => Value::from("a \"quoted\"\n\u{1f600}"),
            3 => Value::from(vec![Value::Nil, Value::from(true)]),
            _ => Value::from(n % 2 == 0),
        };
        let some = |n: u16| Value::from(i64::from(n));
        let text = |n: u16| format!("k{}", n % 5);
        let register = history(&choices, |n| match n % 3 {
            0 => (RegisterInput::Read, RegisterOutput::Value(value(n))),
            1 => (RegisterInput::Write(value(n)), RegisterOutput::Written),
            _ => {
                let cas = RegisterInput::CompareAndSwap { expected: value(n), new: value(n / 2) };
                (cas, RegisterOutput::Swapped(n % 2 == 0))
            }
        });
        let store = history(&choices, |n| match n % 3 {
            0 => (KeyValueInput::Get(text(n)), KeyValueOutput::Value(text(n / 2))),
            1 => (KeyValueInput::Put(text(n), text(n / 2)), KeyValueOutput::Done),
            _ => (KeyValueInput::Append(text(n), String::new()), KeyValueOutput::Done),
        });
        let queue = history(&choices, |n| match n % 4 {
            0 => (QueueInput::Enqueue(some(n)), QueueOutput::Enqueued),
            1 => (QueueInput::Enqueue(some(n)), QueueOutput::Full),
            2 => (QueueInput::Dequeue, QueueOutput::Dequeued(None)),
            _ => (QueueInput::Dequeue, QueueOutput::Dequeued(Some(some(n)))),
        });
        let stack = history(&choices, |n| match n % 3 {
            0 => (StackInput::Push(some(n)), StackOutput::Pushed),
            1 => (StackInput::Pop, StackOutput::Popped(None)),
            _ => (StackInput::Pop, StackOutput::Popped(Some(some(n)))),
        });
        let mutex = history(&choices, |n| match n % 3 {
            0 => (MutexInput::Lock, MutexOutput::Done),
            1 => (MutexInput::Unlock, MutexOutput::Done),
            _ => (MutexInput::TryLock, MutexOutput::Tried(n % 2 == 0)),
        });
        let counter = history(&choices, |n| match n % 3 {
            0 => (CounterInput::Add(i64::from(n)), CounterOutput::Added),
            1 => (CounterInput::FetchAdd(-i64::from(n)), CounterOutput::Value(i64::from(n))),
            _ => (CounterInput::Get, CounterOutput::Value(i64::MIN)),
        });
        let transactions = history(&choices, |n| {
            let read = Access::Read(Value::from("x"));
            let write = Access::Write(Value::from("y"), some(n));
            let output = if n % 3 == 0 { None } else { Some(some(n)) };
            (vec![read, write], vec![output])
        });
        survives(&Register::default(), &register)
            && survives(&KeyValue, &store)
            && survives(&Queue::new(), &queue)
            && survives(&Stack::new(), &stack)
            && survives(&Mutex, &mutex)
            && survives(&Counter, &counter)
            && survives(&MultiRegister::default(), &transactions)
    }
    let check =
        Check::start("JSON Lines histories", "written and read again they are the same", "quickcheck", Unit::Histories);
    QuickCheck::new().rng(Gen::from_size_and_seed(100, SEED)).tests(300).quickcheck(property as fn(Choices) -> bool);
    check.counter().add(7 * KEPT.load(Ordering::Relaxed));
    check.holds();
}

#[test]
fn jsonl_keeps_operations_of_one_stamp_concurrent() {
    let add = |call, ret| Operation::returned(0, call, ret, CounterInput::Add(1), CounterOutput::Added);
    // The second operation begins at the stamp at which the first ends: they may be ordered either way.
    let history = History::new(vec![add(0, 5), add(5, 9), add(12, 13)]).expect("a coarse clock");
    let mut file = Vec::new();
    write_jsonl(&mut file, &Counter, &history).expect("a vector takes everything");
    let again = read("file", &file, None).and_then(|log| log.history(&Counter)).expect("well-formed").history;
    let [first, second, third] = again.operations() else { panic!("three operations") };
    assert!(!first.precedes(second) && !second.precedes(first));
    assert!(first.precedes(third) && second.precedes(third));
}
