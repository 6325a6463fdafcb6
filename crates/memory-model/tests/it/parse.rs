//! The C dialect: what it means, what is refused, and that nothing makes it panic.

use memory_model::Ordering;
use memory_model::enumerate::{Enumerator, Observation, Summary};
use memory_model::models::{Rc11, Sc};
use memory_model::parse::ParseErrorKind;
use quickcheck::{TestResult, quickcheck};

use crate::dialect::{edited, parse, refused, refused_at, shuffled, survives};

fn run(source: &str) -> Summary {
    Enumerator::new(&Rc11::new()).loop_bound(4).summary(&parse(source)).expect("valid")
}

/// Runs one thread with shared `x`, `y` and array `a`, and asserts that the condition holds in its only execution.
fn check(body: &str, condition: &str) {
    let source = format!(
        "C t\n{{ x = 5; int a[3] = {{1, 2, 3}}; }}\nP0 (int* x, int* y, int* a) {{ {body} }}\nforall ({condition})"
    );
    let summary = run(&source);
    let shown = (summary.executions, summary.observation(), summary.cut);
    assert_eq!(shown, (1, Observation::Always, 0), "{source}\n{:?}", summary.states);
}

fn refused_body(body: &str) -> ParseErrorKind {
    refused(&format!("C t\n{{}}\nP0 (atomic_int* x, int* y) {{ {body} }}\n")).kind
}

#[test]
fn parse_gives_operators_the_meaning_of_c() {
    for (expression, value) in [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 % 4 - 10 / 3", 0),
        ("-7 % 4", -3),
        ("- - 2", 2),
        ("10 - 4 - 3", 3),
        ("1 << 4 >> 2", 4),
        ("6 & 3 | 8 ^ 1", 11),
        ("!0 + !5", 1),
        ("~0", -1),
        ("1 < 2 == 1", 1),
        ("2 <= 1 || 3 >= 3 && 1 != 1", 0),
        ("1 > 0 ? 10 : 20", 10),
        ("0 ? 1 : 0 ? 2 : 3", 3),
        ("0x10 + 1u", 17),
        ("(int) 3 + (unsigned long) 4", 7),
        ("*x", 5),
        ("*(a + 2)", 3),
        ("a[1]", 2),
        ("*&a[1]", 2),
        ("&a[2] - a", 2),
        ("a[a[0]]", 2),
    ] {
        check(&format!("int r = {expression};"), &format!("0:r = {value}"));
    }
}

#[test]
fn parse_runs_statements_in_order() {
    check("int r = 0; for (int i = 1; i <= 4; i++) r += i;", "0:r = 10");
    check("int r = 0; int i = 3; while (i) { r = r + i; i -= 1; }", "0:r = 6");
    check("int r = 0; do r++; while (r < 3);", "0:r = 3");
    check("int r = 9; do r++; while (0);", "0:r = 10");
    check("int r; if (*x == 5) { r = 1; } else r = 2;", "0:r = 1");
    check("int r; if (*x != 5) r = 1; else if (*x == 5) r = 3; else r = 2;", "0:r = 3");
    check("int r = 1, s = 2; { int u = r; r = s; s = u; }", "0:r = 2 /\\ 0:s = 1 /\\ 0:u = 1");
    check("int r = 4; int q = 2; int s = r++ + 10 * q--;", "0:r = 5 /\\ 0:q = 1 /\\ 0:s = 24");
    check("int r = 4; int s = ++r; s += --r;", "0:s = 9 /\\ 0:r = 4");
    check(";;;", "x = 5");
}

#[test]
fn parse_lets_expressions_touch_memory() {
    check("int r = (*y = 3) + 3;", "0:r = 6 /\\ y = 3");
    check("*y = *x = 7;", "x = 7 /\\ y = 7");
    check("a[0] += 10; a[1]++; --a[2];", "a[0] = 11 /\\ a[1] = 3 /\\ a[2] = 2");
    check("int r = 0 && (*y = 1); int s = 1 || (*y = 2);", "0:r = 0 /\\ 0:s = 1 /\\ y = 0");
    check("int r = 2 && (*y = 3); int s = 0 || (*x = 0);", "0:r = 1 /\\ 0:s = 0 /\\ y = 3 /\\ x = 0");
    check("int r = *x == 5 ? (*y = 1) : (*y = 2);", "0:r = 1 /\\ y = 1");
    check("int r = 1; int q; int s = r + (q = 5) + r;", "0:s = 7");
    check("int b[2] = {4, 5}; b[1] = b[0] * b[1]; int r = b[1];", "0:r = 20 /\\ 0:b[1] = 20");
    check("int l = 1; int* p = &l; *p = 6; int r = l;", "0:r = 6 /\\ 0:l = 6");
    check("int* p = y; *p = 6;", "y = 6 /\\ 0:p = y");
    check("int** p = y; *p = x; int r = **y;", "0:r = 5 /\\ y = x");
}

/// C leaves the order of operands open. Which one comes first, another tool may choose or not; here it must be said.
#[test]
fn parse_refuses_operands_that_write_beside_others() {
    for expression in [
        "*y + (*y = 3)",
        "(*x = 1) + (*y = 2)",
        "atomic_fetch_add(x, 1) + atomic_fetch_add(y, 1)",
        "atomic_load(y) - atomic_exchange(x, 1)",
        "a[atomic_fetch_add(x, 1)] = *y",
        "atomic_store(x, *y) + *x",
        "atomic_fetch_add(*x, atomic_exchange(y, 1))",
        "r + (r = 5)",
        "r++ * r",
        "++r - --r",
        "r = r++",
        "r += (r = 1)",
        "a[r] = r--",
        "r + atomic_compare_exchange_strong(x, &r, 1)",
        "atomic_compare_exchange_strong(x, &r, r++)",
    ] {
        let source = format!(
            "C t\n{{ int a[2]; }}\nP0 (atomic_int* x, int* y, int* a) {{ int r = 1; int s; s = ({expression}); }}\n"
        );
        let error = refused(&source);
        assert_eq!(error.kind, ParseErrorKind::Unsequenced, "{expression}: {error}");
        let marked = &source[error.span.0..error.span.1];
        assert!(expression.contains(marked), "{marked}");
    }
    // What C orders: the operands of `&&`, `||`, `?:`, what a call is given before the call, and what is assigned before the assignment.
    check("int r = (*y = 3) && *y == 3; int s = (r = 0) || r;", "0:r = 0 /\\ 0:s = 0 /\\ y = 3");
    check("int r = 2; r = r + 1; r += r; int s = (r = 5) ? r : 0;", "0:r = 5 /\\ 0:s = 5");
    check("*y = atomic_fetch_add(x, *x) + 1;", "x = 10 /\\ y = 6");
}

#[test]
fn parse_reads_every_atomic_call() {
    check(
        "int r = atomic_exchange(x, 7); int s = atomic_exchange_explicit(x, 8, memory_order_acq_rel);",
        "0:r=5 /\\ 0:s=7 /\\ x=8",
    );
    for (call, result) in [("add", 6), ("sub", 4), ("and", 1), ("or", 5), ("xor", 4)] {
        check(&format!("int r = atomic_fetch_{call}(x, 1);"), &format!("0:r = 5 /\\ x = {result}"));
        check(&format!("atomic_fetch_{call}_explicit(x, 1, memory_order_release);"), &format!("x = {result}"));
    }
    check("int e = 5; int r = atomic_compare_exchange_strong(x, &e, 9);", "0:r = 1 /\\ 0:e = 5 /\\ x = 9");
    check("int e = 4; int r = atomic_compare_exchange_strong(x, &e, 9);", "0:r = 0 /\\ 0:e = 5 /\\ x = 5");
    check("*y = 4; int r = atomic_compare_exchange_strong(x, y, 9);", "0:r = 0 /\\ y = 5 /\\ x = 5");
    check("atomic_store(x, 1); int r = atomic_load(x);", "0:r = 1");
    check("atomic_thread_fence(memory_order_relaxed); atomic_thread_fence(memory_order_seq_cst);", "x = 5");
    check("lock(y); *x = 1; unlock(y); spin_lock(y); spin_unlock(y); mtx_lock(y); mtx_unlock(y);", "x = 1 /\\ y = 0");
    check("int r = atomic_flag_test_and_set(y); int s = atomic_flag_test_and_set(y);", "0:r = 0 /\\ 0:s = 1 /\\ y = 1");
    check("atomic_flag_clear_explicit(x, memory_order_release); atomic_init(y, 3);", "x = 0 /\\ y = 3");
    let weak =
        "C t\n{}\nP0 (atomic_int* x) { int e = 0; int r = atomic_compare_exchange_weak(x, &e, 1); }\nexists 0:r = 0";
    assert_eq!((run(weak).executions, run(weak).satisfying), (2, 1));
}

#[test]
fn parse_reads_headers_and_initial_states() {
    let test = "(* a remark (* in a remark *) *)\nC name-with+signs\n\"quoted { text\"\nCycle=Fre PodRW\n// more\n\
        { int x = 1; [y] = -2; atomic_int* p = &x; q = a; int a[2] = {3}; 0:r = 7; 0:s = &a[1]; z; }\n\
        P0 (atomic_int* x, atomic_int** p) { r = r + 1; int t = **p; }\n\
        locations [x; 0:t;]\nforall (0:r = 8 /\\ 0:s = &a[1] /\\ 0:t = 1 /\\ y = -2 /\\ p = x /\\ q = a /\\ a[0] = 3 /\\ a[1] = 0)";
    let litmus = parse(test);
    assert_eq!(litmus.name(), "name-with+signs");
    let summary = run(test);
    assert_eq!((summary.executions, summary.observation()), (1, Observation::Always));
    assert_eq!(litmus.observables().len(), 9);
}

#[test]
fn parse_reads_conditions_with_their_precedence() {
    for (condition, expected) in [
        ("true", Observation::Always),
        ("false", Observation::Never),
        ("true \\/ true /\\ false", Observation::Always),
        ("(true \\/ true) /\\ false", Observation::Never),
        ("~false /\\ not false", Observation::Always),
        ("false => false", Observation::Always),
        ("true => false => true", Observation::Always),
        ("true => false", Observation::Never),
        ("x = 1 /\\ [x] >= 1 /\\ *x <= 1 /\\ x != 2 /\\ x < 2 /\\ x > 0", Observation::Always),
        ("0:r = 0", Observation::Sometimes),
        ("0:r = 1:s", Observation::Always),
    ] {
        let source = format!(
            "C t\n{{}}\nP0 (int* x, atomic_int* y) {{ *x = 1; int r = atomic_load(y); }}\n\
             P1 (atomic_int* y) {{ int s = 0; atomic_store(y, 1); }}\nfilter (0:r = 0 \\/ x = 1)\nexists ({condition})"
        );
        let expected = if condition == "0:r = 1:s" { Observation::Sometimes } else { expected };
        assert_eq!(run(&source).observation(), expected, "{condition}");
    }
}

#[test]
fn parse_counts_only_what_passes_the_filter() {
    let source = "C t\n{}\nP0 (atomic_int* y) { int r = atomic_load(y); }\nP1 (atomic_int* y) { atomic_store(y, 1); }\n\
        filter (0:r = 1)\n~exists (0:r = 0)";
    let summary = run(source);
    assert_eq!((summary.executions, summary.holds()), (1, true));
}

#[test]
fn parse_and_enumerate_locks_exclude_each_other() {
    let source = "C locks\n{}\nP0 (int* l, int* c) { lock(l); *c = *c + 1; unlock(l); }\n\
        P1 (int* l, int* c) { lock(l); *c = *c + 1; unlock(l); }\nforall (c = 2)";
    let summary = run(source);
    assert_eq!((summary.executions, summary.observation()), (2, Observation::Always));
    assert!(summary.races.is_empty() && summary.blocked > 0);
    let racy = source.replace("lock(l); *c = *c + 1; unlock(l);", "*c = *c + 1;");
    assert!(!run(&racy).races.is_empty());
}

#[test]
fn parse_reports_loops_that_are_cut() {
    // This loop does more than to wait.
    let source = "C spin\n{}\nP0 (atomic_int* x, atomic_int* y) { while (atomic_load(x) == 0) { atomic_store(y, 1); } }\nP1 (atomic_int* x) { atomic_store(x, 1); }\n";
    let summary = Enumerator::new(&Sc).summary(&parse(source)).expect("valid");
    assert_eq!((summary.executions, summary.cut, summary.is_complete()), (3, 1, false));
}

#[test]
fn parse_refuses_what_c_forbids() {
    use ParseErrorKind as Kind;
    for (body, ordering) in [
        ("int r = atomic_load_explicit(x, memory_order_release);", Ordering::Release),
        ("int r = atomic_load_explicit(x, memory_order_acq_rel);", Ordering::AcqRel),
        ("atomic_store_explicit(x, 1, memory_order_acquire);", Ordering::Acquire),
        ("atomic_store_explicit(x, 1, memory_order_consume);", Ordering::Acquire),
        (
            "int e; atomic_compare_exchange_strong_explicit(x, &e, 1, memory_order_seq_cst, memory_order_release);",
            Ordering::Release,
        ),
    ] {
        assert!(matches!(refused_body(body), Kind::Ordering { ordering: found, .. } if found == ordering), "{body}");
    }
    let clear = refused_body("atomic_flag_clear_explicit(x, memory_order_acquire);");
    assert!(matches!(clear, Kind::Ordering { ordering: Ordering::Acquire, .. }), "{clear:?}");
    assert_eq!(refused_body("z = 1;"), Kind::UnknownName("z".to_owned()));
    assert_eq!(refused_body("{ int r = 1; } r = 2;"), Kind::UnknownName("r".to_owned()));
    assert_eq!(refused_body("int r; int r;"), Kind::Redeclared("r".to_owned()));
    assert_eq!(refused_body("int x;"), Kind::Redeclared("x".to_owned()));
    assert_eq!(refused_body("1 = 2;"), Kind::NotAPlace);
    assert_eq!(refused_body("x = 2;"), Kind::NotAPlace);
    assert_eq!(refused_body("int r = &1;"), Kind::NotAPlace);
    assert_eq!(refused_body("int a[0];"), Kind::ArrayLength);
    assert_eq!(refused_body("int a[1] = {1, 2};"), Kind::ArrayLength);
    assert_eq!(refused_body("int r = 99999999999999999999;"), Kind::NumberTooLarge);
    let call = Kind::Arguments { function: "atomic_load".to_owned(), expected: 1, found: 2 };
    assert_eq!(refused_body("atomic_load(x, 1);"), call);
    let suggestion = Some("atomic_load_explicit");
    let unknown = Kind::UnknownFunction { name: "atomic_laod_explicit".to_owned(), suggestion };
    assert_eq!(refused_body("atomic_laod_explicit(x, memory_order_relaxed);"), unknown);
    assert!(matches!(refused_body("frobnicate(x);"), Kind::UnknownFunction { suggestion: None, .. }));
    assert!(matches!(refused_body("atomic_store_explicit(x, 1, relaxed);"), Kind::Unexpected { .. }));
    let register = refused("C t\n{}\nP0 (int* x) { int r = *x; }\nexists (0:s = 1)").kind;
    assert_eq!(register, Kind::UnknownRegister { thread: 0, name: "s".to_owned() });
    assert_eq!(refused("C t\n{}\nP0 (int* x) { }\nexists (1:s = 1)").kind, Kind::UnknownThread(1));
    assert_eq!(refused("C t\n{}\nP0 (int* x) { }\nexists (z = 1)").kind, Kind::UnknownName("z".to_owned()));
    assert_eq!(refused("C t\n{ 3:r = 1; }\nP0 (int* x) { }\n").kind, Kind::UnknownThread(3));
    assert_eq!(refused("C t\n{ x = 1; x = 2; }\n").kind, Kind::Redeclared("x".to_owned()));
}

#[test]
fn parse_errors_point_at_the_place() {
    for (source, place, message) in [
        ("", (1, 1), "expected `C` or `Rust` and the name of the test, found the end of the test"),
        ("X86 SB\n{}\n", (1, 1), "expected `C` or `Rust` and the name of the test, found `X86`"),
        ("C t\n", (2, 1), "expected the initial state, `{ ... }`, found the end of the test"),
        // The name of a test may contain anything.
        ("C t (* x", (1, 9), "expected the initial state, `{ ... }`, found the end of the test"),
        ("C t\n(* x", (2, 1), "this comment does not end"),
        ("C t\n{ x = }\n", (2, 7), "expected a number or an address, found `}`"),
        (
            "C t\n{}\nP1 () {}\n",
            (3, 1),
            "expected `P0`, `exists`, `~exists`, `forall` or the end of the test, found `P1`",
        ),
        ("C t\n{}\nP0 (x) {}\n", (3, 5), "expected the type of a parameter or `)`, found `x`"),
        ("C t\n{}\nP0 (int* x) {\n  if *x {}\n}\n", (4, 6), "expected `(`, found `*`"),
        ("C t\n{}\nP0 (int* x) {\n  int é = 1;\n}\n", (4, 7), "expected a token, found `é`"),
        ("C t\n{}\nP0 (int* x) {\n", (4, 1), "expected a statement or `}`, found the end of the test"),
        ("C t\n{}\nP0 (int* x) { }\nexists (x 1)", (4, 11), "expected `=` or another comparison, found `1`"),
        (
            "C t\n{}\nP0 (int* x) { }\nexists (x = 1) x",
            (4, 16),
            "expected `/\\`, `\\/`, `=>` or the end of the test, found `x`",
        ),
    ] {
        refused_at(source, place, message);
    }
}

#[test]
fn parse_refuses_deep_nesting_instead_of_overflowing() {
    let n = 100_000;
    for body in [
        format!("int r = {}1{};", "(".repeat(n), ")".repeat(n)),
        format!("int r = {}1;", "-".repeat(n)),
        format!("int r = 1{};", " + 1".repeat(n)),
        format!("int r = 1{};", " ? 1 : 1".repeat(n)),
        format!("int r = x{};", "[0]".repeat(n)),
        "{".repeat(n),
        "if (1) ".repeat(n),
        "if (1) ; else ".repeat(n),
        format!("int r; {}1;", "r = ".repeat(n)),
    ] {
        assert_eq!(refused_body(&body), ParseErrorKind::TooDeep);
    }
    for condition in ["(".repeat(n), "~".repeat(n), format!("true{}", " /\\ true".repeat(n)), "true => ".repeat(n)] {
        assert_eq!(refused(&format!("C t\n{{}}\nexists {condition}")).kind, ParseErrorKind::TooDeep);
    }
}

const SEEDS: [&str; 3] = [
    "C SB\n{ [x] = 0; int a[2] = {0, 1}; 0:r9 = &x; }\nP0 (atomic_int* x, atomic_int* y, int* a) {\n  \
     atomic_store_explicit(x, 1, memory_order_release);\n  int r0 = atomic_load_explicit(y, memory_order_acquire) + a[r9 == 0];\n}\n\
     P1 (atomic_int* x, atomic_int* y) {\n  int e = 0;\n  if (atomic_compare_exchange_strong(y, &e, 1) && !e) { *y = -e % 2; } else ;\n  \
     int r1 = *x;\n}\nlocations [x; 1:r1; a[1];]\nfilter (true)\nexists (0:r0 = 0 /\\ ~(1:r1 = 0) \\/ x = 2 => y != 1)",
    "C loops\n\"a remark\"\n{}\nP0 (int* x) { for (int i = 0; i < 3; i++) { *x += i ? 1 : 2; } do { lock(x); unlock(x); } while (0); }\n\
     ~exists ([x] = 3)",
    "(* c *) C t { int* p = &q; q = 1 }\nP0 (int** p) { int l = 1; int *m = &l; *m = **p; /* x */ atomic_thread_fence(memory_order_acq_rel); }\nforall 0:l = 1",
];

quickcheck! {
    fn parse_never_panics_on_arbitrary_text(text: String) -> bool {
        survives(&text) && survives(&format!("C t\n{{{text}")) && survives(&format!("C t\n{{}}\nP0 (int* x) {{{text}"))
    }

    fn parse_never_panics_on_mutated_tests(seed: usize, edits: Vec<(usize, u8, char)>) -> TestResult {
        edited(&SEEDS, seed, edits).map_or_else(TestResult::discard, |text| TestResult::from_bool(survives(&text)))
    }

    fn parse_never_panics_on_shuffled_tokens(seed: usize, swaps: Vec<(usize, usize)>) -> bool {
        survives(&shuffled(&SEEDS, seed, &[' ', ';', '(', ')', '{', '}', '\n'], swaps))
    }
}

#[test]
fn parse_accepts_the_seeds_of_the_mutations() {
    for seed in SEEDS {
        parse(seed);
    }
}
