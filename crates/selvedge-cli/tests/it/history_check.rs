//! `selvedge history check`.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::run::{Files, Ran, selvedge};

const GOOD: &str = "[1] call enq(1)\n[1] return\n[2] call deq\n[2] return 1\n";
const WRONG: &str = "[1] call enq(1)\n[1] return\n[1] call enq(2)\n[1] return\n[2] call deq\n[2] return 2\n[3] call deq\n[3] return 1\n";
const BAD: &str = "[1] call enq(1)\n[1] return\n[2] cal deq\n";

/// Two writes at once, then a read: more than one configuration, so that `--limit 1` leaves it undecided.
fn undecided() -> String {
    let mut text = String::new();
    for process in 0..6 {
        text += &format!("{{:process {process} :type :invoke :f :write :value {process}}}\n");
    }
    for process in 0..6 {
        text += &format!("{{:process {process} :type :ok :f :write :value {process}}}\n");
    }
    text + "{:process 9 :type :invoke :f :read}\n{:process 9 :type :ok :f :read :value 77}\n"
}

fn check(files: &Files, arguments: &[&str]) -> Ran {
    selvedge(files, &[&["history", "check"], arguments].concat(), "")
}

/// The output with each time, which is not the same twice, as `T`.
fn without_times(text: &str) -> String {
    let line = |line: &str| match line.rsplit_once(" ops, ") {
        Some((start, time)) => {
            let number = time.strip_suffix(" ms)").expect("a time in milliseconds");
            number.parse::<f64>().expect("a number");
            format!("{start} ops, T ms)\n")
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn files(name: &str) -> Files {
    let undecided = undecided();
    Files::new(name, &[("good.log", GOOD), ("wrong.log", WRONG), ("bad.log", BAD), ("undecided.edn", &undecided)])
}

#[test]
fn status_is_0_if_all_are_linearizable() {
    let files = files("status-0");
    let ran = check(&files, &["--spec", "queue", "good.log", "good.log"]);
    assert_eq!(without_times(&ran.stdout), "good.log: linearizable (2 ops, T ms)\n".repeat(2));
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}

#[test]
fn status_is_1_if_one_is_not_linearizable() {
    let files = files("status-1");
    let ran = check(&files, &["--spec", "queue", "wrong.log", "good.log"]);
    assert_eq!(
        without_times(&ran.stdout),
        "wrong.log: not-linearizable (4 ops, T ms)\ngood.log: linearizable (2 ops, T ms)\n"
    );
    assert_eq!((ran.status, ran.stderr.as_str()), (1, ""));
}

#[test]
fn status_is_2_on_bad_input_and_the_others_are_judged() {
    let files = files("status-2");
    let ran = check(&files, &["--spec", "queue", "bad.log", "wrong.log", "absent.log", "good.log"]);
    assert_eq!(
        without_times(&ran.stdout),
        "wrong.log: not-linearizable (4 ops, T ms)\ngood.log: linearizable (2 ops, T ms)\n"
    );
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines[0], "bad.log:3:5: expected `call` or `return`, found `cal`");
    assert!(lines[1].starts_with("absent.log: "), "{}", lines[1]);
    assert_eq!((ran.status, lines.len()), (2, 2));
}

#[test]
fn status_is_3_if_one_is_undecided() {
    let files = files("status-3");
    let ran = check(&files, &["--spec", "cas-register", "--limit", "1", "undecided.edn"]);
    assert_eq!(without_times(&ran.stdout), "undecided.edn: unknown (7 ops, T ms)\n");
    assert_eq!((ran.status, ran.stderr.as_str()), (3, ""));
    let ran = check(&files, &["--spec", "cas-register", "undecided.edn"]);
    assert_eq!(without_times(&ran.stdout), "undecided.edn: not-linearizable (7 ops, T ms)\n");
    assert_eq!(ran.status, 1);
}

#[test]
fn status_prefers_2_to_1_and_1_to_3() {
    let files = files("status-order");
    let wrong = "{:process 0 :type :invoke :f :read} {:process 0 :type :ok :f :read :value 3}";
    std::fs::write(files.0.join("wrong.edn"), wrong).expect("a file");
    let status = |names: &[&str]| check(&files, &[&["--spec", "cas-register", "--limit", "2"], names].concat()).status;
    assert_eq!(status(&["undecided.edn"]), 3);
    assert_eq!(status(&["undecided.edn", "wrong.edn"]), 1);
    assert_eq!(status(&["wrong.edn", "undecided.edn"]), 1);
    assert_eq!(status(&["undecided.edn", "bad.log", "wrong.edn"]), 2);
}

#[test]
fn history_of_another_structure_is_bad_input() {
    let files = files("other-structure");
    let ran = check(&files, &["--spec", "stack", "good.log"]);
    assert_eq!(ran.stderr, "good.log:1:10: expected `push` or `pop`, found `enq`\n");
    assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
}

#[test]
fn file_may_declare_its_specification() {
    let declared = format!("# @object atomic-queue\n{WRONG}");
    let files = Files::new("declared", &[("declared.log", &declared), ("plain.log", WRONG)]);
    let ran = check(&files, &["declared.log", "plain.log"]);
    assert_eq!(without_times(&ran.stdout), "declared.log: not-linearizable (4 ops, T ms)\n");
    assert_eq!(ran.stderr, "plain.log: the file declares no specification; give --spec\n");
    assert_eq!(ran.status, 2);
}

#[test]
fn format_can_be_named() {
    let files = files("format");
    assert_eq!(check(&files, &["--spec", "queue", "--format", "violin", "good.log"]).status, 0);
    let ran = check(&files, &["--spec", "queue", "--format", "jepsen", "good.log"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (2, "good.log:1:1: expected `INFO`, found `[`\n"));
}

#[test]
fn standard_input_is_a_file() {
    let files = files("stdin");
    let ran = selvedge(&files, &["history", "check", "--spec", "queue", "-"], WRONG);
    assert_eq!(without_times(&ran.stdout), "<stdin>: not-linearizable (4 ops, T ms)\n");
    assert_eq!(ran.status, 1);
    let ran = selvedge(&files, &["history", "check", "--spec", "queue", "-", "good.log"], BAD);
    assert_eq!(ran.stderr, "<stdin>:3:5: expected `call` or `return`, found `cal`\n");
    assert_eq!(without_times(&ran.stdout), "good.log: linearizable (2 ops, T ms)\n");
    assert_eq!(ran.status, 2);
}

#[test]
fn explain_shows_the_conflict_and_where_it_stands() {
    let files = files("explain");
    // Operations before and after that have nothing to do with it.
    let mut text = String::from(GOOD);
    text += &WRONG
        .replace("(1)", "(11)")
        .replace("(2)", "(12)")
        .replace("return 2", "return 12")
        .replace("return 1\n", "return 11\n");
    std::fs::write(files.0.join("long.log"), text).expect("a file");
    let ran = check(&files, &["--spec", "queue", "--explain", "long.log", "good.log"]);
    assert_eq!(ran.status, 1);
    assert!(without_times(&ran.stdout).starts_with("long.log: not-linearizable (6 ops, T ms)\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("dequeue() -> 12"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("dequeue() -> 1\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("  in long.log:\n    #2      called at 5:1"), "{}", ran.stdout);
    assert!(without_times(&ran.stdout).ends_with("good.log: linearizable (2 ops, T ms)\n"), "{}", ran.stdout);
}

#[test]
fn json_is_one_object_a_line() {
    let files = files("json");
    let names = ["good.log", "wrong.log", "bad.log", "absent.log"];
    let ran = check(&files, &[&["--spec", "queue", "--json", "--explain"], &names[..]].concat());
    assert_eq!(ran.status, 2);
    let objects: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(objects.len(), names.len());
    for (object, name) in objects.iter().zip(names) {
        assert_eq!(object["file"], name);
    }
    assert_eq!(objects[0]["verdict"], "linearizable");
    assert_eq!(objects[0]["operations"], 2);
    assert!(objects[0]["milliseconds"].is_f64() && objects[0]["configurations"].is_u64());
    assert_eq!(objects[1]["verdict"], "not-linearizable");
    let core = &objects[1]["counterexample"];
    assert!(core["operations"].as_array().is_some_and(|operations| operations.len() >= 3), "{core}");
    assert_eq!(core["operations"][0]["call_line"], 1);
    assert_eq!(objects[2]["verdict"], "error");
    assert_eq!((&objects[2]["line"], &objects[2]["column"]), (&3.into(), &5.into()));
    assert_eq!(objects[2]["expected"], "`call` or `return`");
    assert_eq!(objects[3]["verdict"], "error");

    let ran = check(&files, &["--spec", "cas-register", "--limit", "1", "--json", "undecided.edn"]);
    let object: serde_json::Value = serde_json::from_str(&ran.stdout).expect("an object");
    assert_eq!((ran.status, &object["verdict"]), (3, &"unknown".into()));
    assert!(object["reason"].is_string());
}

#[test]
fn dialect_can_be_chosen() {
    let nil = "{:process 0 :type :invoke :f :write :value 1} {:process 0 :type :ok}\n\
               {:process 0 :type :invoke :f :read} {:process 0 :type :ok :value nil}";
    let cas = "{:process 0 :type :invoke :f :cas :value [nil 1]} {:process 0 :type :fail :value [nil 1]}";
    let files = Files::new("dialect", &[("nil.edn", nil), ("cas.edn", cas)]);
    let status = |arguments: &[&str]| check(&files, &[&["--spec", "cas-register"], arguments].concat()).status;
    assert_eq!(status(&["nil.edn"]), 0);
    assert_eq!(status(&["--nil-read", "absent", "nil.edn"]), 1);
    assert_eq!(status(&["cas.edn"]), 0);
    assert_eq!(status(&["--failed-cas", "different", "cas.edn"]), 1);
}

#[test]
fn arguments_that_are_wrong_are_refused() {
    let files = files("arguments");
    for arguments in [
        &["--spec", "heap", "good.log"][..],
        &["--spec", "queue"],
        &["--spec", "queue", "--limit", "many", "good.log"],
        &["--format", "xml", "good.log"],
    ] {
        let ran = check(&files, arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
    }
    let help = check(&files, &["--help"]);
    assert_eq!(help.status, 0);
    for word in ["multi-register", "jsonl", "Exit status", "--limit", "standard input"] {
        assert!(help.stdout.contains(word), "{word}");
    }
    assert_eq!(selvedge(&files, &["--version"], "").stdout, format!("selvedge {}\n", env!("CARGO_PKG_VERSION")));
}

/// As in `selvedge … | head -1`: more output than a pipe holds, and nobody who reads it.
#[test]
fn closed_output_is_no_panic() {
    let files = files("pipe");
    let mut child = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["history", "check", "--spec", "queue"])
        .args(std::iter::repeat_n("wrong.log", 4000))
        .current_dir(&files.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut first = [0; 9];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("the first word");
    assert_eq!(&first, b"wrong.log");
    drop(stdout);
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1), "the status counts all the same");
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let files = files("full");
    let full = std::fs::File::options().write(true).open("/dev/full").expect("the device that is always full");
    let output = Command::new(env!("CARGO_BIN_EXE_selvedge"))
        .args(["history", "check", "--spec", "queue", "good.log"])
        .current_dir(&files.0)
        .stdout(full)
        .output()
        .expect("the command ends");
    assert!(output.stderr.starts_with(b"cannot write: "), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2));
}
