//! What each format's events and histories mean.

use verify_harness::history::Operation;
use verify_harness::history::import::{
    Dialect, Event, FailedCas, Format, ImportError, Imported, Judge, Kind, MultiRegister, NilRead, Process, SpecKind,
    Value, read,
};
use verify_harness::history::spec::{
    Counter, CounterInput, KeyValue, KeyValueInput, KeyValueOutput, Queue, QueueInput, QueueOutput, Register,
    RegisterInput, RegisterOutput, Stack, StackOutput,
};

fn events(text: &str) -> Vec<Event> {
    read("test", text.as_bytes(), None).expect("well-formed").events().to_vec()
}

fn short(text: &str) -> Vec<String> {
    let line = |event: &Event| {
        let key = event.key.as_ref().map_or_else(String::new, |key| format!(" {key}"));
        format!("{} {} {}{key} {}", event.process, event.kind.as_str(), event.function, event.value)
    };
    events(text).iter().map(line).collect()
}

type Registers = Imported<RegisterInput<Value>, RegisterOutput<Value>>;

fn register(text: &str, dialect: Option<Dialect>) -> Result<Registers, ImportError> {
    let log = read("test", text.as_bytes(), None)?;
    let dialect = dialect.unwrap_or(log.dialect());
    log.with_dialect(dialect).history(&Register::default())
}

#[test]
fn jepsen_lines_may_be_split_by_any_blanks() {
    let text = "INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO jepsen.util - 12   :ok    :cas  [1 2]\r\n\n\
                INFO  jepsen.util - :nemesis\t:info\t:start\t\"cut [1 2]\"\nINFO  jepsen.util - 0\t:fail\t:read\tnil\t:timed-out\n";
    assert_eq!(
        short(text),
        ["0 invoke read nil", "12 ok cas [1 2]", "nemesis info start \"cut [1 2]\"", "0 fail read nil"]
    );
    assert_eq!(events(text)[1].value_position.to_string(), "2:38");
}

#[test]
fn edn_events_may_stand_in_lines_vectors_and_lists() {
    let events = "{:process 0, :type :invoke, :f :read, :value nil} ; a comment }\n\
                  {:type :ok :process 0 :f :read :value 3, :time 12N, :error [:a {:b #{1 1}} \\newline 1.5M \"\\u00e4\"]}";
    let expected = ["0 invoke read nil", "0 ok read 3"];
    assert_eq!(short(events), expected);
    assert_eq!(short(&format!("; first\n[{events}\n]")), expected);
    assert_eq!(short(&format!("({events}\n) ; last")), expected);
    assert_eq!(short(&format!("#_{{:process 9}} [{events} #_ #_ 1 2]")), expected);
    assert_eq!(
        short(
            &events
                .replace('{', "#jepsen.history.Op{")
                .replace("#jepsen.history.Op{:b", "{:b")
                .replace("##", "#")
                .replace("#jepsen.history.Op{1", "{1")
        ),
        expected
    );
}

#[test]
fn edn_strings_have_escapes() {
    let text = r#"{:process 0, :type :invoke, :f :write, :value "a\"b\\c\n\td\u00e9\ud83d\ude00"}"#;
    assert_eq!(events(text)[0].value, Value::from("a\"b\\c\n\tdé😀"));
}

#[test]
fn edn_empty_vector_is_an_empty_history() {
    let log = read("test", b" [ ] ", None).expect("well-formed");
    let judgement = Judge::new(SpecKind::CasRegister).judge(&log).expect("well-formed");
    assert!(judgement.verdict.is_linearizable() && judgement.positions.is_empty());
}

#[test]
fn edn_nesting_is_bounded() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{1 ", "}"), ("#{", "}"), ("#a ", ""), ("#_", "")] {
        for depth in [10, 60, 64, 65, 100_000] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let text = format!("{{:process 0 :type :invoke :f :write :value {value} 2}}");
            let result = read("test", text.as_bytes(), Some(Format::Edn));
            if depth > 64 {
                let error = result.expect_err("too deep");
                assert_eq!(error.expected(), "nesting at most 64 levels deep", "{open} {depth}");
            } else if let Err(error) = result {
                assert!(depth > 60 || !error.expected().contains("nesting"), "{open} {depth}: {error}");
            }
        }
    }
}

#[test]
fn violin_logs_declare_their_object() {
    let text = "# from a paper\n# @object atomic-stack\n\n[1] call push(a)\n    [2] call pop()\n[1] return\n    [2] return empty\n";
    let log = read("test", text.as_bytes(), None).expect("well-formed");
    assert_eq!((log.format(), log.declared()), (Format::Violin, Some(SpecKind::Stack)));
    assert_eq!(short(text), ["1 invoke push a", "2 invoke pop nil", "1 ok  nil", "2 ok  empty"]);
    assert_eq!(log.events()[1].position.to_string(), "5:5");
}

#[test]
fn violin_words_for_a_queue_mean_the_same() {
    for (insert, remove) in [("add", "remove"), ("enq", "deq"), ("enqueue", "dequeue"), ("push", "pop()")] {
        let text = format!("[1] call {insert}(7)\n[1] return\n[2] call {remove}\n[2] return 7\n[3] call {remove}\n");
        let log = read("test", text.as_bytes(), None).expect("well-formed");
        let history = log.history(&Queue::new()).expect("a queue's").history;
        assert_eq!(
            history.operations(),
            [
                Operation::returned(1, 0, 1, QueueInput::Enqueue(Value::from(7)), QueueOutput::Enqueued),
                Operation::returned(2, 2, 3, QueueInput::Dequeue, QueueOutput::Dequeued(Some(Value::from(7)))),
                Operation::pending(3, 4, QueueInput::Dequeue),
            ]
        );
    }
}

#[test]
fn jsonl_header_is_optional_and_fields_come_in_any_order() {
    let lines = "{\"f\": \"enqueue\", \"value\": [1, null, {\"b\": 1.5}], \"type\": \"invoke\", \"time\": 3, \"process\": 4}\n\
                 {\"process\": \"nemesis\", \"type\": \"info\", \"f\": \"kill\"}\n";
    assert_eq!(short(lines), ["4 invoke enqueue [1 nil {\"b\" 1.5}]", "nemesis info kill nil"]);
    let with_header = format!("{{\"selvedge-history\": 1, \"note\": \"by hand\"}}\n{lines}");
    assert_eq!(short(&with_header), short(lines));
    assert_eq!(read("test", lines.as_bytes(), None).expect("well-formed").declared(), None);
}

#[test]
fn fail_did_not_happen_info_is_pending_unknown_took_effect() {
    let text = "{:process 0 :type :invoke :f :write :value 1} {:process 0 :type :fail :f :write :value 1}
                {:process 0 :type :invoke :f :write :value 2} {:process 0 :type :info :f :write :value :timed-out}
                {:process 1 :type :invoke :f :write :value 3} {:process 1 :type :unknown}
                {:process 1 :type :invoke :f :write :value 4}
                {:process :nemesis :type :info :f :start} {:process :nemesis :type :info :f :start}";
    let imported = register(text, None).expect("a register's");
    let write = |value: i64| RegisterInput::Write(Value::from(value));
    let unknown = Operation { process: 1, call: 4, ret: Some(5), input: write(3), output: None };
    assert_eq!(
        imported.history.operations(),
        [Operation::pending(0, 2, write(2)), unknown, Operation::pending(1, 6, write(4))]
    );
    let lines: Vec<_> = imported.positions.iter().map(|at| (at.call.line, at.ret.map(|ret| ret.line))).collect();
    assert_eq!(lines, [(2, None), (3, Some(3)), (4, None)]);
}

#[test]
fn nil_reads_follow_the_dialect() {
    let text = "{:process 0 :type :invoke :f :read :value nil} {:process 0 :type :ok :f :read :value nil}";
    let output = |dialect| register(text, dialect).expect("a register's").history.operations()[0].output.clone();
    assert_eq!(output(None), None);
    let absent = Dialect { nil_read: NilRead::Absent, failed_cas: FailedCas::Nothing };
    assert_eq!(output(Some(absent)), Some(RegisterOutput::Value(Value::Nil)));

    let jepsen = "INFO jepsen.util - 0 :invoke :read nil\nINFO jepsen.util - 0 :ok :read nil\n";
    let history = register(jepsen, None).expect("a register's").history;
    assert_eq!(history.operations()[0].output, Some(RegisterOutput::Value(Value::Nil)));
}

#[test]
fn failed_compare_and_swaps_follow_the_dialect() {
    let text = "INFO jepsen.util - 0 :invoke :cas [1 2]\nINFO jepsen.util - 0 :fail :cas [1 2]\n\
                INFO jepsen.util - 0 :invoke :cas [1 2]\nINFO jepsen.util - 0 :fail :cas :timed-out\n\
                INFO jepsen.util - 0 :invoke :read nil\nINFO jepsen.util - 0 :fail :read :timed-out\n";
    let history = register(text, None).expect("a register's").history;
    assert_eq!(history.len(), 1, "a failure without a comparison did not happen");
    assert_eq!(history.operations()[0].output, Some(RegisterOutput::Swapped(false)));
    let nothing = Dialect { nil_read: NilRead::Absent, failed_cas: FailedCas::Nothing };
    assert!(register(text, Some(nothing)).expect("a register's").history.is_empty());
}

#[test]
fn kv_values_are_strings_under_keys() {
    let text = r#"{:process 0, :type :invoke, :f :append, :key "0", :value "x"}
                  {:process 0, :type :ok, :f :append, :key "0", :value "x"}
                  {:process 0, :type :invoke, :f :get, :key "0", :value nil}
                  {:process 0, :type :ok, :f :get, :key "0", :value "x"}"#;
    let history =
        read("test", text.as_bytes(), None).and_then(|log| log.history(&KeyValue)).expect("a store's").history;
    let append = KeyValueInput::Append("0".to_owned(), "x".to_owned());
    let get = KeyValueInput::Get("0".to_owned());
    assert_eq!(
        history.operations(),
        [
            Operation::returned(0, 0, 1, append, KeyValueOutput::Done),
            Operation::returned(0, 2, 3, get, KeyValueOutput::Value("x".to_owned())),
        ]
    );
}

#[test]
fn multi_register_transactions_are_atomic() {
    let judged = |read_back: &str| {
        let text = format!(
            "{{:process 0 :type :invoke :f :txn :value [[:write :x 1] [:write :y 1]]}}
             {{:process 1 :type :invoke :f :txn :value [[:read :x nil] [:read :y nil]]}}
             {{:process 0 :type :ok :f :txn :value [[:write :x 1] [:write :y 1]]}}
             {{:process 1 :type :ok :f :txn :value {read_back}}}"
        );
        let log = read("test", text.as_bytes(), None).expect("well-formed");
        assert_eq!(log.history(&MultiRegister::default()).expect("transactions").history.len(), 2);
        Judge::new(SpecKind::MultiRegister).judge(&log).expect("transactions").word()
    };
    assert_eq!(judged("[[:read :x 1] [:read :y 1]]"), "linearizable");
    assert_eq!(judged("[[:read :x 0] [:read :y 0]]"), "linearizable");
    assert_eq!(judged("[[:read :x 1] [:read :y 0]]"), "not-linearizable");
    assert_eq!(judged("[[:read :x 1] [:read :y nil]]"), "linearizable");
}

#[test]
fn limit_leaves_the_verdict_unknown() {
    let mut text = String::new();
    for process in 0..8 {
        text += &format!("{{\"process\": {process}, \"type\": \"invoke\", \"f\": \"write\", \"value\": {process}}}\n");
    }
    text +=
        "{\"process\": 9, \"type\": \"invoke\", \"f\": \"read\"}\n{\"process\": 9, \"type\": \"ok\", \"value\": 7}\n";
    for process in 0..8 {
        text += &format!("{{\"process\": {process}, \"type\": \"ok\"}}\n");
    }
    text +=
        "{\"process\": 9, \"type\": \"invoke\", \"f\": \"read\"}\n{\"process\": 9, \"type\": \"ok\", \"value\": 8}\n";
    let log = read("test", text.as_bytes(), None).expect("well-formed");
    let judge = Judge::new(SpecKind::CasRegister);
    assert_eq!(judge.clone().max_configurations(3).judge(&log).expect("a register's").word(), "unknown");
    assert_eq!(judge.judge(&log).expect("a register's").word(), "not-linearizable");
    assert_eq!(log.events()[0].process, Process::Client(0));
    assert_eq!(log.events()[0].kind, Kind::Invoke);
}

#[test]
fn positions_do_not_depend_on_the_order_of_fields() {
    let edn = "[{:value [1\n 2], :f :cas, :process 0,\n :type :invoke} {:f :cas, :value true, :type :ok, :process 0}]";
    let jsonl = "{\"value\": [1, 2], \"f\": \"cas\", \"process\": 0, \"type\": \"invoke\"}\n\n \t{\"f\": \"ö\", \"value\": 1, \"process\": 0, \"type\": \"ok\"}";
    let positions = |text: &str| -> Vec<[String; 3]> {
        let places = |event: &Event| [event.position, event.function_position, event.value_position];
        events(text).iter().map(|event| places(event).map(|place| place.to_string())).collect()
    };
    assert_eq!(positions(edn), [["1:2", "2:9", "1:10"], ["3:17", "3:21", "3:34"]]);
    assert_eq!(positions(jsonl), [["1:1", "1:24", "1:11"], ["3:3", "3:9", "3:23"]]);
}

#[test]
fn removal_that_found_nothing_is_nil_or_empty() {
    let violin = |value: &str| format!("[1] call remove\n[1] return {value}\n");
    let edn = |value: &str| format!("{{:process 1 :type :invoke :f :pop}} {{:process 1 :type :ok :value {value}}}");
    let jsonl = |rest: &str| {
        format!(
            "{{\"process\": 1, \"type\": \"invoke\", \"f\": \"pop\"}}\n{{\"process\": 1, \"type\": \"ok\"{rest}}}\n"
        )
    };
    let nothing = [violin("empty"), edn("nil"), edn(":empty"), jsonl(""), jsonl(", \"value\": null")];
    let something = [violin("emptied"), edn("\"empty\""), edn("0"), edn("false"), jsonl(", \"value\": \"empty\"")];
    for (texts, found) in [(nothing, false), (something, true)] {
        for text in texts {
            let log = read("test", text.as_bytes(), None).expect("well-formed");
            let queue = log.history(&Queue::new()).expect("a queue's").history.into_operations();
            let stack = log.history(&Stack::new()).expect("a stack's").history.into_operations();
            assert!(
                matches!(&queue[0].output, Some(QueueOutput::Dequeued(value)) if value.is_some() == found),
                "{text}"
            );
            assert!(matches!(&stack[0].output, Some(StackOutput::Popped(value)) if value.is_some() == found), "{text}");
        }
    }
}

#[test]
fn counters_and_locks_have_several_names_for_the_same() {
    let text = |calls: &[(&str, &str)]| -> String {
        let pair = |(call, value): &(&str, &str)| {
            format!(
                "{{:process 0 :type :invoke :f :{call} :value {value}}} {{:process 0 :type :ok :f :{call} :value nil}}\n"
            )
        };
        calls.iter().map(pair).collect()
    };
    let calls =
        text(&[("add", "5"), ("inc", "nil"), ("increment", "2"), ("dec", "nil"), ("decrement", "3"), ("get", "nil")]);
    let log = read("test", calls.as_bytes(), None).expect("well-formed");
    let counter = log.history(&Counter).expect("a counter's").history.into_operations();
    let added: Vec<_> = counter[..5].iter().map(|operation| operation.input).collect();
    assert_eq!(added, [5, 1, 2, -1, -3].map(CounterInput::Add));
    assert_eq!((counter[5].input, counter[5].output), (CounterInput::Get, None));

    let calls = text(&[("lock", "nil"), ("unlock", "nil"), ("acquire", "nil"), ("release", "nil")]);
    let log = read("test", calls.as_bytes(), None).expect("well-formed");
    assert_eq!(Judge::new(SpecKind::Mutex).judge(&log).expect("a lock's").word(), "linearizable");
    let calls = text(&[("lock", "nil"), ("acquire", "nil")]);
    let log = read("test", calls.as_bytes(), None).expect("well-formed");
    assert_eq!(Judge::new(SpecKind::Mutex).judge(&log).expect("a lock's").word(), "not-linearizable");
}

#[test]
fn messages_stay_on_one_line() {
    let long = "x".repeat(10_000);
    for function in ["a\\nb", long.as_str()] {
        let texts = [
            format!("{{:process 0 :type :invoke :f \"{function}\"}}"),
            format!("{{:process 0 :type :invoke :f :write :value \"{function}\"}} {{:process 0 :type :ok :value 1}}"),
            format!("{{:process 0 :type :invoke :f :read}} {{:process 0 :type :ok :f \"{function}\"}}"),
        ];
        for text in texts {
            let error = register(&text, None).expect_err("no register's").to_string();
            assert!(!error.contains('\n') && error.len() < 600, "{error}");
        }
    }
    let error = register("{:process 0 :type :invoke :f :write :value \\\n}", None).expect_err("no character");
    assert_eq!(error.expected(), "a character");
}
