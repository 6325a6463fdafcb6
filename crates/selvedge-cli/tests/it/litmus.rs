//! `selvedge litmus`.

use std::collections::BTreeSet;

use crate::run::{Files, Ran, selvedge};

const SB: &str = "C SB\n{ x = 0; y = 0; }\nP0 (atomic_int* x, atomic_int* y) {\n  \
    atomic_store_explicit(x, 1, memory_order_relaxed);\n  int r0 = atomic_load_explicit(y, memory_order_relaxed);\n}\n\
    P1 (atomic_int* x, atomic_int* y) {\n  atomic_store_explicit(y, 1, memory_order_relaxed);\n  \
    int r0 = atomic_load_explicit(x, memory_order_relaxed);\n}\nexists (0:r0 = 0 /\\ 1:r0 = 0)\n";
const MP: &str = "Rust MP\n{ x: AtomicI32; y: AtomicI32; }\nfn P0() {\n    x.store(1, Relaxed);\n    y.store(1, Release);\n}\n\
    fn P1() {\n    let r0 = y.load(Acquire);\n    let r1 = x.load(Relaxed);\n}\nexists (1:r0 = 1 /\\ 1:r1 = 0)\n";
const RACE: &str = "C race\n{}\nP0 (int* x) {\n  *x = 1;\n}\nP1 (int* x) {\n  int r = *x;\n}\n~exists (1:r = 1)\n";
const SPIN: &str = "Rust spin\n{ x: AtomicI32; y: AtomicI32; }\nfn P0() { while x.load(Relaxed) == 0 { y.store(1, Relaxed); } }\nfn P1() { x.store(1, Relaxed); }\nforall (x = 1)\n";
const BAD: &str = "C bad\n{}\nP0 (int* x) {\n  *x = ;\n}\n";

fn files(name: &str) -> Files {
    let all = [("SB.litmus", SB), ("MP.litmus", MP), ("race.litmus", RACE), ("spin.litmus", SPIN), ("bad.litmus", BAD)];
    Files::new(name, &all)
}

fn litmus(files: &Files, arguments: &[&str]) -> Ran {
    selvedge(files, &[&["litmus"], arguments].concat(), "")
}

#[test]
fn litmus_run_prints_one_line_a_test() {
    let files = files("litmus-run");
    let ran = litmus(&files, &["run", "SB.litmus", "MP.litmus", "race.litmus"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        ran.stdout,
        "SB  rc11  Sometimes  +1 -3  4 states\nMP  rc11  Never  +0 -3  3 states\n\
         race  rc11  Sometimes  +1 -1  2 states  [race]\n"
    );
    for (model, line) in [
        ("sc", "SB  sc  Never  +0 -3  3 states\n"),
        ("tso", "SB  tso  Sometimes  +1 -3  4 states\n"),
        ("ra", "SB  ra  Sometimes  +1 -3  4 states\n"),
        ("c20", "SB  c20  Sometimes  +1 -3  4 states\n"),
        ("rc11-pldi17", "SB  rc11-pldi17  Sometimes  +1 -3  4 states\n"),
    ] {
        assert_eq!(litmus(&files, &["run", "--model", model, "SB.litmus"]).stdout, line);
        assert_eq!(litmus(&files, &["run", "--exhaustive", "--model", model, "SB.litmus"]).stdout, line);
    }
    let piped = selvedge(&files, &["litmus", "run", "-"], SB);
    assert_eq!((piped.status, piped.stdout.as_str()), (0, "SB  rc11  Sometimes  +1 -3  4 states\n"));
}

#[test]
fn litmus_run_goes_on_after_bad_files() {
    let files = files("litmus-bad");
    let ran = litmus(&files, &["run", "bad.litmus", "none.litmus", "SB.litmus"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (2, "SB  rc11  Sometimes  +1 -3  4 states\n"));
    let start = "bad.litmus:4:8: expected an expression, found `;`\n  |\n4 |   *x = ;\n  |        ^\nnone.litmus: ";
    assert!(ran.stderr.starts_with(start), "{}", ran.stderr);
    let json = litmus(&files, &["run", "--json", "bad.litmus"]);
    let object: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!((object["line"].as_u64(), object["column"].as_u64()), (Some(4), Some(8)));
    assert_eq!(litmus(&files, &["run", "--model", "arm", "SB.litmus"]).status, 2);
    assert_eq!(litmus(&files, &["run", "--model", "none.cat", "SB.litmus"]).status, 2);
    assert_eq!(litmus(&files, &["run"]).status, 2);
}

#[test]
fn litmus_run_tells_undecided_tests() {
    let files = files("litmus-cut");
    let ran = litmus(&files, &["run", "spin.litmus", "SB.litmus"]);
    assert_eq!(ran.status, 3);
    assert_eq!(ran.stdout, "spin  rc11  Always  +3 -0  1 state  [cut 1]\nSB  rc11  Sometimes  +1 -3  4 states\n");
    assert_eq!(
        litmus(&files, &["run", "--loop-bound", "5", "spin.litmus"]).stdout,
        "spin  rc11  Always  +6 -0  1 state  [cut 1]\n"
    );
    assert_eq!(litmus(&files, &["run", "spin.litmus", "bad.litmus"]).status, 2);
    // So is one that has more candidates than were asked for; the others are still run.
    let bounded = litmus(&files, &["run", "--max-candidates", "4", "--loop-bound", "5", "spin.litmus", "SB.litmus"]);
    assert_eq!((bounded.status, bounded.stdout.as_str()), (3, "SB  rc11  Sometimes  +1 -3  4 states\n"));
    assert_eq!(bounded.stderr, "spin.litmus: there are too many candidate executions to look at\n");
    assert_eq!(litmus(&files, &["run", "--max-candidates", "3", "SB.litmus"]).status, 3);
    // A loop that only waits leaves nothing undecided.
    let waiting = selvedge(&files, &["litmus", "run", "-"], &SPIN.replace("y.store(1, Relaxed);", ""));
    assert_eq!((waiting.status, waiting.stdout.as_str()), (0, "spin  rc11  Always  +3 -0  1 state\n"));
}

#[test]
fn litmus_run_explains() {
    let files = files("litmus-explain");
    let ran = litmus(&files, &["run", "--explain", "MP.litmus", "race.litmus"]);
    for part in [
        "  1 x 1:r0=1 1:r1=1\n",
        "  MP: the condition is forbidden by RC11.\n",
        "P0 line 5 happens before P1 line 8 `y.load(Acquire)` by release/acquire on y;",
        "  A second checker confirms each step.\n",
        "data race: P0 line 4 `*x = 1` writes x=1, P1 line 7 `*x` reads x=0, and nothing orders the two",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in\n{}", ran.stdout);
    }
    let json = litmus(&files, &["run", "--json", "--explain", "MP.litmus", "SB.litmus", "race.litmus"]);
    let objects: Vec<serde_json::Value> =
        json.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(objects[0]["observation"], "never");
    let brief = litmus(&files, &["run", "--json", "MP.litmus"]).stdout;
    assert!(brief.contains("\"never\"") && !brief.contains("forbidden"), "{brief}");
    assert_eq!(objects[0]["forbidden"][0]["axiom"], "coherence");
    assert_eq!(objects[0]["confirmed"], true);
    assert_eq!(objects[0]["forbidden"][0]["cycle"].as_array().map(Vec::len), Some(5));
    assert_eq!((objects[1]["positive"].as_u64(), objects[1]["negative"].as_u64()), (Some(1), Some(3)));
    assert_eq!(objects[1]["states"].as_array().map(Vec::len), Some(4));
    assert_eq!(objects[1]["states"][0]["values"]["0:r0"], 0);
    assert_eq!((&objects[2]["race"], objects[2]["racing"].as_array().map(Vec::len)), (&true.into(), Some(2)));
}

/// The fields that the README lists, no more and no fewer.
#[test]
fn litmus_json_has_the_fields_that_are_documented() {
    let files = files("litmus-fields");
    let arguments =
        ["run", "--json", "--explain", "MP.litmus", "race.litmus", "SB.litmus", "bad.litmus", "none.litmus"];
    let ran = litmus(&files, &arguments);
    assert_eq!(ran.status, 2);
    let fields: Vec<String> = ran
        .stdout
        .lines()
        .map(|line| {
            let object: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let mut fields: Vec<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
            fields.sort_unstable();
            fields.join(" ")
        })
        .collect();
    let common = |more: &[&str]| {
        let all = "blocked cut decided faults file flags holds model negative observation positive quantifier race states test";
        let mut fields: Vec<&str> = all.split(' ').chain(more.iter().copied()).collect();
        fields.sort_unstable();
        fields.join(" ")
    };
    let expected = [
        common(&["confirmed", "forbidden"]),
        common(&["racing"]),
        common(&[]),
        "column error file line".to_owned(),
        "error file".to_owned(),
    ];
    assert_eq!(fields, expected);
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("readable");
    let rows = readme.lines().skip_while(|line| !line.starts_with("| field of `--json`")).skip(2);
    let names = rows.take_while(|line| !line.is_empty()).filter_map(|row| row.split('|').nth(1));
    let documented: BTreeSet<&str> = names.flat_map(|names| names.split('`').skip(1).step_by(2)).collect();
    // Nothing here is left unexplained.
    let printed = fields.iter().flat_map(|fields| fields.split(' ')).chain(["unexplained"]).collect();
    assert_eq!(documented, printed);
}

#[test]
fn litmus_run_takes_whatever_a_file_may_be() {
    let tests = [("SB.litmus", SB), ("empty.litmus", ""), ("empty.cat", ""), ("bad.cat", "(*")];
    let files = Files::new("litmus-files", &tests);
    std::fs::create_dir(files.0.join("folder.litmus")).expect("a folder");
    std::fs::write(files.0.join("bytes.litmus"), [0xff, 0xfe]).expect("writable");
    std::fs::write(files.0.join("bytes.cat"), [0xff, 0xfe]).expect("writable");
    let huge = "C t\n{ x = 99999999999999999999; }\nP0 (int* x) { }\n";
    std::fs::write(files.0.join("huge.litmus"), huge).expect("writable");
    let deep = format!("C t\n{{}}\nP0 (int* x) {{ int r = {}", "(".repeat(100_000));
    std::fs::write(files.0.join("deep.litmus"), deep).expect("writable");
    for (file, message) in [
        ("empty.litmus", "empty.litmus:1:1: expected `C` or `Rust`"),
        ("folder.litmus", "folder.litmus: "),
        ("bytes.litmus", "bytes.litmus: this is no text in UTF-8"),
        ("huge.litmus", "huge.litmus:2:7: this number does not fit into 64 bits"),
        ("deep.litmus", "deep.litmus:3:"),
    ] {
        let ran = litmus(&files, &["run", file, "SB.litmus"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, "SB  rc11  Sometimes  +1 -3  4 states\n"), "{file}");
        assert!(ran.stderr.starts_with(message) && ran.stderr.len() < 1_000, "{}", ran.stderr);
    }
    for (model, message) in [
        ("bytes.cat", "bytes.cat: "),
        ("bad.cat", "bad.cat:1:1: this comment does not end"),
        ("folder.litmus/none.cat", "folder.litmus/none.cat: "),
    ] {
        let ran = litmus(&files, &["run", "--model", model, "SB.litmus"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{model}");
        assert!(ran.stderr.starts_with(message), "{}", ran.stderr);
    }
    // A model without axioms allows everything.
    assert_eq!(
        litmus(&files, &["run", "--model", "empty.cat", "SB.litmus"]).stdout,
        "SB  empty  Sometimes  +1 -3  4 states\n"
    );
}

#[test]
fn litmus_run_explains_what_cat_models_forbid() {
    let weak = "include \"cos.cat\"\nlet before = po | rf | co | fr\nshow before\nacyclic before as mine\nempty range (rf & ext) & RLX as unread\n";
    let tests = [("SB.litmus", SB), ("mine.cat", weak)];
    let files = Files::new("litmus-why", &tests);
    let ran = litmus(&files, &["run", "--explain", "--model", "mine.cat", "SB.litmus"]);
    for part in [
        "violates mine: acyclic(before)\n",
        "    P0 line 5 reads y=0, so it comes before P1 line 8 ",
        "    so P0 line 4 would have to come before itself.\n",
        "  A second checker confirms each step.\n",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in\n{}", ran.stdout);
    }
    let c11 = litmus(&files, &["run", "--json", "--explain", "--model", "sc.cat", "SB.litmus"]).stdout;
    assert!(c11.contains("\"confirmed\":true"), "{c11}");
}

#[test]
fn litmus_show_draws_as_text_and_as_svg() {
    let files = files("litmus-show");
    let ran = litmus(&files, &["show", "--svg", "mp.svg", "MP.litmus"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let picture = "\
MP under rc11: Never
a forbidden execution that satisfies the condition; violates coherence: irreflexive(hb;eco?)

init: x=0, y=0
P0                        P1
a: W[rlx] x=1   line 4    c: R[acq] y=1   line 8
b: W[rel] y=1   line 5    d: R[rlx] x=0   line 9

rf: init x=0 -> d, b -> c
co: init x=0 -> a, init y=0 -> b
fr: d -> a
sw: b -> c
cycle: a -sb-> b, b -sw-> c, c -sb-> d, d -fr-> a
";
    assert!(ran.stdout.ends_with(picture), "{}", ran.stdout);
    let svg = std::fs::read_to_string(files.0.join("mp.svg")).expect("written");
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
    for part in ["a: W[rlx] x=1", "line 9", "\nsw\n", "#c4162a"] {
        assert!(svg.contains(part), "{part} is not in {svg}");
    }
    // The same picture again, and the same one from `run`.
    let again = litmus(&files, &["run", "--svg", "pictures", "MP.litmus", "SB.litmus", "SB.litmus"]);
    assert_eq!(again.status, 0);
    assert_eq!(std::fs::read_to_string(files.0.join("pictures/MP.svg")).expect("written"), svg);
    let (first, second) = (files.0.join("pictures/SB.svg"), files.0.join("pictures/SB-2.svg"));
    assert_eq!(std::fs::read(first).expect("written"), std::fs::read(second).expect("written"));
    let allowed = litmus(&files, &["show", "--model", "tso", "SB.litmus"]);
    assert!(allowed.stdout.contains("an allowed execution that satisfies the condition\n"), "{}", allowed.stdout);
    assert!(allowed.stdout.ends_with("fr: d -> a, b -> c\n"), "{}", allowed.stdout);
    assert_eq!(litmus(&files, &["show", "bad.litmus"]).status, 2);
    assert_eq!(litmus(&files, &["show", "spin.litmus"]).status, 3);
    assert_eq!(litmus(&files, &["show", "--svg", "no/such/folder.svg", "SB.litmus"]).status, 2);
}

#[test]
fn litmus_diff_prints_a_test_that_run_reads() {
    let files = files("litmus-diff");
    let found = litmus(&files, &["diff", "rc11", "sc"]);
    assert_eq!((found.status, found.stderr.as_str()), (0, ""));
    assert!(found.stdout.ends_with("exists (0:r0 = 0 /\\ 1:r0 = 0)\n"), "{}", found.stdout);
    let run = |model: &str| selvedge(&files, &["litmus", "run", "--model", model, "-"], &found.stdout).stdout;
    assert_eq!(run("rc11"), "rc11-sc  rc11  Sometimes  +1 -3  4 states\n");
    assert_eq!(run("sc"), "rc11-sc  sc  Never  +0 -3  3 states\n");
    let rust = litmus(&files, &["diff", "--rust", "sc", "tso"]);
    assert!(
        rust.stdout.contains("fn P0() {\n    x.store(1, Relaxed);\n    let r0 = y.load(Relaxed);\n}"),
        "{}",
        rust.stdout
    );
    let none = litmus(&files, &["diff", "--threads", "2", "--events", "2", "ra", "ra"]);
    assert_eq!(none.status, 0);
    let ends = "programs of at most 2 threads, 2 statements a thread and 2 locations\n";
    assert!(none.stdout.starts_with("ra and ra agree on all ") && none.stdout.ends_with(ends), "{}", none.stdout);
    let gave_up = litmus(&files, &["diff", "--max-programs", "50", "rc11", "rc11-pldi17"]);
    assert_eq!(gave_up.status, 3);
    assert!(gave_up.stdout.starts_with("gave up after "), "{}", gave_up.stdout);
    assert_eq!(litmus(&files, &["diff", "rc11", "arm"]).status, 2);
}

#[test]
fn litmus_run_takes_models_in_cat() {
    let tests = [
        ("SB.litmus", SB),
        ("race.litmus", RACE),
        ("weak.cat", "include \"cos.cat\"\ninclude \"mine.cat\"\nacyclic po-loc | com as coherence\n"),
        (
            "mine.cat",
            "flag ~empty (W * W) & ext & loc \\ (IW * W) \\ (W * IW) as overlap\nempty rmw & (fre; coe) as atomicity\n",
        ),
        ("bad.cat", "include \"cos.cat\"\nacyclic po |\n"),
    ];
    let files = Files::new("litmus-cat", &tests);
    let line = |model: &str, file: &str| {
        let ran = litmus(&files, &["run", "--model", model, file]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{model}");
        ran.stdout
    };
    assert_eq!(line("weak.cat", "SB.litmus"), "SB  weak  Sometimes  +1 -3  4 states\n");
    // What is not on disk may be in the library.
    assert_eq!(line("sc.cat", "SB.litmus"), "SB  sc  Never  +0 -3  3 states\n");
    assert_eq!(line("rc11.cat", "race.litmus"), "race  rc11  Sometimes  +1 -1  2 states  [race]\n");
    assert_eq!(line("c11", "SB.litmus"), "SB  c11  Sometimes  +1 -3  4 states\n");
    let bad = litmus(&files, &["run", "--model", "bad.cat", "SB.litmus"]);
    assert_eq!((bad.status, bad.stdout.as_str()), (2, ""));
    assert!(bad.stderr.starts_with("bad.cat:3:1: expected an expression"), "{}", bad.stderr);
    let missing = litmus(&files, &["show", "--model", "none.cat", "SB.litmus"]);
    assert!(missing.status == 2 && missing.stderr.starts_with("none.cat: "), "{}", missing.stderr);
    let same = litmus(&files, &["diff", "--threads", "2", "--events", "2", "--max-programs", "300", "sc.cat", "sc"]);
    assert!(same.stdout.starts_with("gave up after 300 programs: sc and sc agree"), "{}", same.stdout);
    let differ = litmus(&files, &["diff", "--threads", "2", "--events", "2", "weak.cat", "tso"]);
    assert!(differ.status == 0 && differ.stdout.contains("exists ("), "{}{}", differ.stdout, differ.stderr);
}
