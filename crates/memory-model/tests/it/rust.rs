//! The Rust dialect: what it means, what is refused, and that nothing makes it panic.

use memory_model::Ordering;
use memory_model::enumerate::{Enumerator, Observation, Summary};
use memory_model::models::{Model, Rc11, Sc};
use memory_model::parse::ParseErrorKind as Kind;
use quickcheck::{TestResult, quickcheck};

use crate::dialect::{edited, parse, refused, refused_at, shuffled, survives};

fn run_under(source: &str, model: &dyn Model) -> Summary {
    Enumerator::new(model).loop_bound(5).summary(&parse(source)).expect("valid")
}

fn run(source: &str) -> Summary {
    run_under(source, &Rc11::new())
}

const STATE: &str = "{ x: AtomicI32 = 5; y: AtomicI32; b: AtomicBool = true; c: UnsafeCell<i32> = 7; \
    a: [AtomicI32; 3] = [1, 2, 3]; p: AtomicPtr<AtomicI32> = &x; static mut PLAIN: i32 = 4; }";

/// Runs one thread and asserts that the condition holds in its only execution.
fn check(body: &str, condition: &str) {
    let source = format!("Rust t\n{STATE}\nfn P0() {{ {body} }}\nforall ({condition})");
    let summary = run(&source);
    let shown = (summary.executions, summary.observation(), summary.cut);
    assert_eq!(shown, (1, Observation::Always, 0), "{source}\n{:?}", summary.states);
    assert!(summary.faults.is_empty(), "{source}\n{:?}", summary.faults);
}

fn refused_body(body: &str) -> Kind {
    refused(&format!("Rust t\n{STATE}\nfn P0() {{ {body} }}\n")).kind
}

#[test]
fn rust_gives_operators_their_meaning() {
    for (expression, value) in [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 % 4 - 10 / 3", 0),
        ("-7 % 4", -3),
        ("--2", 2),
        ("!0", -1),
        ("10 - 4 - 3", 3),
        ("1 << 4 >> 2", 4),
        ("6 & 3 | 8 ^ 1", 11),
        ("(1 < 2) as i32", 1),
        ("(!(1 < 2) || 3 >= 3 && 1 != 1) as u8", 0),
        ("1 == 1 & 3", 1),
        ("if 1 > 0 { 10 } else { 20 }", 10),
        ("if false { 1 } else if false { 2 } else { 3 }", 3),
        ("0x1f_u8 as i64 + 0b101usize + 0o17 + 1_000", 1051),
        ("{ let q = 3; q + 1 }", 4),
        ("match 3 { 0 | 1 => 5, 3 => 6, _ => 7 }", 6),
        ("match 4 { n if n > 4 => 1, n if n == 4 => n + 1, _ => 0 }", 5),
        ("matches!(4, 3 | 4) as i32", 1),
        ("matches!(4, n if n > 4) as i32", 0),
        ("loop { break 8 }", 8),
        ("1i32.wrapping_add(2).wrapping_mul(3)", 9),
        ("x.load(Relaxed)", 5),
        ("x.load(std::sync::atomic::Ordering::SeqCst) + y.load(Ordering::Acquire)", 5),
        ("a[1].load(Relaxed)", 2),
        ("a[a[0].load(Relaxed)].load(Relaxed)", 2),
        ("unsafe { *c.get() }", 7),
        ("unsafe { c.get().read() }", 7),
        ("unsafe { *x.as_ptr() }", 5),
        ("unsafe { (*p.load(Relaxed)).load(Relaxed) }", 5),
        ("PLAIN + 1", 5),
        ("p.load(Relaxed).is_null() as i32", 0),
        ("ptr::null_mut::<i32>().is_null() as i32", 1),
    ] {
        let value_of =
            if expression.starts_with("1 == 1") { format!("({expression}) as i32") } else { expression.into() };
        check(&format!("let r = {value_of};"), &format!("0:r = {value}"));
    }
}

#[test]
fn rust_runs_statements_in_order() {
    check("let mut r = 0; for i in 1..5 { r += i; }", "0:r = 10");
    check("let mut r = 0; for i in 1..=4 { r += i; }", "0:r = 10");
    check("let mut r = 0; let mut i = 3; while i != 0 { r = r + i; i -= 1; }", "0:r = 6");
    check("let mut r = 0; loop { r += 1; if r == 3 { break; } }", "0:r = 3");
    check("let mut r = 0; for i in 0..5 { if i == 3 { continue; } r += i; }", "0:r = 7");
    check("let mut r = 0; for i in 0..5 { if i == 3 { break; } r += i; } r += 100;", "0:r = 103");
    check(
        "let mut r = 0; 'outer: for i in 0..4 { for j in 0..4 { if j == 2 { continue 'outer; } if i == 2 { break 'outer; } r += 1; } r += 50; } r += 100;",
        "0:r = 104",
    );
    check("let mut r = 1; if x.load(Relaxed) == 5 { return; } r = 2;", "0:r = 1");
    check("let mut r = 1; loop { if r == 3 { return; } r += 1; } r = 9;", "0:r = 3");
    check("let r; if x.load(Relaxed) == 5 { r = 1; } else { r = 2; }", "0:r = 1");
    check("let r = 1; let r = r + 1; { let r = 10; } let s = r;", "0:s = 2 /\\ 0:r = 10");
    check("if true { let q = 1; } else { let q = 2; }", "0:q = 1");
    check("let mut r = 1; let s = r + { r = 5; r } + r;", "0:s = 11");
    check("let mut i = 0; let r = loop { i += 1; if i == 4 { break i * 2; } };", "0:r = 8");
    check("let r = match x.load(Relaxed) { 5 => 1, _ => return }; let s = 2;", "0:r = 1 /\\ 0:s = 2");
    check("let r = match x.load(Relaxed) { 4 => 1, _ => return }; let s = 2;", "0:r = 0 /\\ 0:s = 0");
    check("let mut r = 7; r = if x.load(Relaxed) == 5 { return } else { 3 };", "0:r = 7");
    check(";;; std::hint::spin_loop(); thread::yield_now(); /* a /* b */ */ // c\n", "x = 5");
    check("use std::sync::atomic::{fence, Ordering::*}; fence(SeqCst); fence(AcqRel);", "x = 5");
}

#[test]
fn rust_calls_every_method_of_atomics() {
    for (method, result) in [
        ("swap", 3),
        ("fetch_add", 8),
        ("fetch_sub", 2),
        ("fetch_and", 1),
        ("fetch_nand", -2),
        ("fetch_or", 7),
        ("fetch_xor", 6),
        ("fetch_max", 5),
        ("fetch_min", 3),
    ] {
        check(&format!("let r = x.{method}(3, Ordering::AcqRel);"), &format!("0:r = 5 /\\ x = {result}"));
    }
    check("x.store(1, Release); let r = x.load(Acquire);", "0:r = 1");
    check("let r = b.swap(false, SeqCst); let s = !b.load(SeqCst);", "0:r = 1 /\\ 0:s = 1 /\\ b = 0");
    check("b.fetch_nand(true, SeqCst); let r = b.fetch_nand(true, SeqCst);", "0:r = 0 /\\ b = 1");
    check("b.store(false, SeqCst); b.fetch_nand(false, SeqCst);", "b = 1");
    check(
        "a[1 + 1].store(9, Relaxed); for i in 0..2 { a[i].fetch_add(10, Relaxed); }",
        "a[0]=11 /\\ a[1]=12 /\\ a[2]=9",
    );
    check("p.store(&y, Relaxed); unsafe { (*p.load(Relaxed)).store(2, Relaxed); }", "y = 2 /\\ p = &y");
    check("let q = &a[1]; q.store(8, Relaxed); let r = q.load(Relaxed);", "0:r = 8 /\\ 0:q = &a[1]");
    check("unsafe { *c.get() = 1; *c.get() += 2; c.get().write(*c.get() * 2); }", "c = 6");
    check("unsafe { PLAIN += 1; PLAIN = PLAIN * 2; }", "PLAIN = 10");
}

#[test]
fn rust_uses_the_result_of_a_compare_exchange() {
    let cas = |expected: i32| format!("x.compare_exchange({expected}, 9, AcqRel, Relaxed)");
    let (hit, miss) = (cas(5), cas(4));
    check(&format!("let r = {hit}.is_ok(); let s = {miss}.is_err();"), "0:r = 1 /\\ 0:s = 1 /\\ x = 9");
    check(&format!("let r = {miss}.unwrap_or_else(|found| found);"), "0:r = 5 /\\ x = 5");
    check(
        &format!("let r = {miss}.unwrap_or_else(|found| found + 1); let s = {hit}.unwrap_or(3);"),
        "0:r = 6 /\\ 0:s = 5",
    );
    check(&format!("let r = {miss}.unwrap_or(3);"), "0:r = 3");
    check(&format!("let r = match {hit} {{ Ok(old) => old + 10, Err(_) => 0 }};"), "0:r = 15");
    check(&format!("let r = match {miss} {{ Ok(_) => 0, Err(old) => old + 10 }};"), "0:r = 15");
    check(&format!("let r = match {miss} {{ Err(5) => 1, Ok(_) | Err(_) => 2 }};"), "0:r = 1");
    check(&format!("let e = {miss}; let r = e.is_ok(); if let Err(v) = e {{ let s = v; }}"), "0:r = 0 /\\ 0:s = 5");
    check(&format!("let Ok(v) = {hit} else {{ return; }}; let r = v + 1;"), "0:r = 6");
    check(&format!("let Ok(v) = {miss} else {{ return; }}; let r = v + 1;"), "0:r = 0");
    check(&format!("if {miss} == Ok(4) {{ }}").replace(" == Ok(4)", ".is_ok()"), "x = 5");
    check(
        "let mut old = 3; while let Err(found) = x.compare_exchange(old, old + 1, AcqRel, Relaxed) { old = found; }",
        "x = 6 /\\ 0:old = 5",
    );
    check(
        "let mut old = 3; loop { match x.compare_exchange(old, old + 1, AcqRel, Relaxed) { Ok(_) => break, Err(found) => old = found } }",
        "x = 6 /\\ 0:old = 5",
    );
    let weak = format!(
        "Rust t\n{STATE}\nfn P0() {{ let r = x.compare_exchange_weak(5, 1, Relaxed, Relaxed).is_ok(); }}\nexists 0:r = 0"
    );
    assert_eq!((run(&weak).executions, run(&weak).satisfying), (2, 1));
}

/// The same test in both dialects has the same executions.
#[test]
fn rust_agrees_with_c() {
    for (rust, c) in [
        (
            "Rust MP\n{ }\nfn P0(x: &AtomicI32, y: &AtomicI32) { x.store(1, Relaxed); y.store(1, Release); }\n\
             fn P1(x: &AtomicI32, y: &AtomicI32) { let r0 = y.load(Acquire); let r1 = x.load(Relaxed); }\n\
             exists (1:r0 = 1 /\\ 1:r1 = 0)",
            "C MP\n{ }\nP0(atomic_int* x, atomic_int* y) { atomic_store_explicit(x, 1, memory_order_relaxed);\n\
             atomic_store_explicit(y, 1, memory_order_release); }\n\
             P1(atomic_int* x, atomic_int* y) { int r0 = atomic_load_explicit(y, memory_order_acquire);\n\
             int r1 = atomic_load_explicit(x, memory_order_relaxed); }\nexists (1:r0 = 1 /\\ 1:r1 = 0)",
        ),
        (
            "Rust guarded\n{ f: AtomicBool; d: UnsafeCell<i32>; }\n\
             fn P0() { unsafe { *d.get() = 1; } f.store(true, Release); }\n\
             fn P1() { let r0 = f.load(Relaxed); if r0 { fence(Acquire); let r1 = unsafe { *d.get() }; } }\n\
             exists (1:r0 = 1 /\\ 1:r1 = 0)",
            "C guarded\n{ f; d; }\nP0(atomic_bool* f, int* d) { *d = 1; atomic_store_explicit(f, 1, memory_order_release); }\n\
             P1(atomic_bool* f, int* d) { int r0 = atomic_load_explicit(f, memory_order_relaxed);\n\
             if (r0) { atomic_thread_fence(memory_order_acquire); int r1 = *d; } }\nexists (1:r0 = 1 /\\ 1:r1 = 0)",
        ),
        (
            "Rust spin\n{ }\nfn P0(x: &AtomicI32) { while x.load(Acquire) == 0 { } }\nfn P1(x: &AtomicI32) { x.store(1, Release); }\n",
            "C spin\n{ }\nP0(atomic_int* x) { while (atomic_load_explicit(x, memory_order_acquire) == 0) { } }\n\
             P1(atomic_int* x) { atomic_store_explicit(x, 1, memory_order_release); }\n",
        ),
        (
            "Rust add\n{ x: AtomicI32; }\nfn P0() { let r = x.fetch_add(1, SeqCst); }\nfn P1() { let r = x.swap(5, AcqRel); }\nexists x = 1",
            "C add\n{ x; }\nP0(atomic_int* x) { int r = atomic_fetch_add(x, 1); }\n\
             P1(atomic_int* x) { int r = atomic_exchange_explicit(x, 5, memory_order_acq_rel); }\nexists x = 1",
        ),
    ] {
        for model in [&Rc11::new() as &dyn Model, &Sc] {
            let (rust, c) = (run_under(rust, model), run_under(c, model));
            let shown = |summary: &Summary| {
                (summary.executions, summary.satisfying, summary.outcomes.clone(), summary.states.clone(), summary.cut)
            };
            assert_eq!(shown(&rust), shown(&c));
            assert_eq!(rust.races, c.races);
        }
    }
}

#[test]
fn rust_locks_built_from_a_spin_loop_exclude_each_other() {
    let lock = "while l.compare_exchange_weak(false, true, Acquire, Relaxed).is_err() { std::hint::spin_loop(); }\n\
        unsafe { *d.get() += 1; }\nl.store(false, Release);";
    let source = format!(
        "Rust lock\n{{ l: AtomicBool; d: UnsafeCell<i32>; }}\nfn P0() {{ {lock} }}\nfn P1() {{ {lock} }}\nforall d = 2"
    );
    let summary = Enumerator::new(&Rc11::new()).loop_bound(1).summary(&parse(&source)).expect("valid");
    assert!(summary.executions > 0 && summary.races.is_empty() && summary.cut > 0);
    assert_eq!(summary.observation(), Observation::Always);
    let broken = source.replace("l.store(false, Release)", "l.store(false, Relaxed)");
    assert!(!Enumerator::new(&Rc11::new()).loop_bound(1).summary(&parse(&broken)).expect("valid").races.is_empty());
}

#[test]
fn rust_reads_parameters_and_initial_states() {
    let source = "(* a remark *)\nRust t with+signs\nuse std::sync::atomic::{AtomicI32, Ordering};\n\
        { static x: AtomicI32 = AtomicI32::new(1); a: [AtomicI32; 2] = [AtomicI32::new(3), AtomicI32::new(4)]; \
          q: [AtomicI32; 3] = [6; 3]; p: AtomicPtr<AtomicI32> = AtomicPtr::new(&a[1]); [y] = -2; 0:r = 7; b: AtomicBool = true; }\n\
        fn P0(x: &AtomicI32, z: &UnsafeCell<i32>, k: *mut i32, r: i32, w: &[AtomicI32]) { let s = r + 1; unsafe { *k = s; *z.get() = 3; } }\n\
        P1() { let t = unsafe { (*p.load(Relaxed)).load(Relaxed) }; let u = y.load(Relaxed); }\n\
        locations [x; 1:t;]\nfilter (true)\n\
        forall (0:s = 8 /\\ 1:t = 4 /\\ 1:u = -2 /\\ k = 8 /\\ z = 3 /\\ p = &a[1] /\\ q[2] = 6 /\\ x = 1 /\\ b = 1)";
    let litmus = parse(source);
    assert_eq!(litmus.name(), "t with+signs");
    let summary = run(source);
    assert_eq!((summary.executions, summary.observation()), (1, Observation::Always), "{:?}", summary.states);
}

#[test]
fn rust_refuses_what_rust_forbids() {
    for (body, ordering) in [
        ("let r = x.load(Ordering::Release);", Ordering::Release),
        ("let r = x.load(AcqRel);", Ordering::AcqRel),
        ("x.store(1, Acquire);", Ordering::Acquire),
        ("x.store(1, AcqRel);", Ordering::AcqRel),
        ("x.compare_exchange(1, 2, SeqCst, Release);", Ordering::Release),
        ("fence(Relaxed);", Ordering::Relaxed),
    ] {
        assert!(matches!(refused_body(body), Kind::Ordering { ordering: found, .. } if found == ordering), "{body}");
    }
    assert_eq!(refused_body("z.load(Relaxed);"), Kind::UnknownName("z".to_owned()));
    assert_eq!(refused_body("{ let r = 1; } let s = r;"), Kind::UnknownName("r".to_owned()));
    assert_eq!(refused_body("let r = 1; r = 2;"), Kind::Immutable("r".to_owned()));
    assert_eq!(refused_body("let r = 1; let s = &r;"), Kind::NotAPlace);
    assert_eq!(refused_body("1 = 2;"), Kind::NotAPlace);
    assert_eq!(refused_body("let r = 1 + { return; 2 };"), Kind::Jump);
    assert_eq!(refused_body("let r = 99999999999999999999;"), Kind::NumberTooLarge);
    let call = Kind::Arguments { function: "load".to_owned(), expected: 1, found: 0 };
    assert_eq!(refused_body("x.load();"), call);
    for (body, method, suggestion) in [
        ("x.laod(Relaxed);", "laod", Some("load")),
        ("x.get();", "get", Some("load")),
        ("c.load(Relaxed);", "load", Some("get")),
        ("unsafe { c.get().load(Relaxed); }", "load", Some("read")),
        ("x.frobnicate();", "frobnicate", None),
        ("x.swap(1, SeqCst).is_ok();", "is_ok", None),
    ] {
        let kind = refused_body(body);
        let Kind::NoMethod { name, suggestion: found, .. } = &kind else { panic!("{body}: {kind:?}") };
        assert_eq!((name.as_str(), *found), (method, suggestion), "{body}");
    }
    let unknown = Kind::UnknownFunction { name: "fense".to_owned(), suggestion: Some("fence") };
    assert_eq!(refused_body("fense(SeqCst);"), unknown);
    for (body, found) in [
        ("if x.load(Relaxed) { }", "an integer"),
        ("let r = *x;", "an atomic"),
        ("unsafe { *c = 1; }", "an `UnsafeCell`"),
        ("b.store(1, SeqCst);", "an integer"),
        ("x.store(true, SeqCst);", "a `bool`"),
        ("let r = true + 1;", "an integer"),
        ("let r = x.load(relaxed);", "`relaxed`"),
        ("break;", "a jump"),
        ("'a: loop { break 'b; }", "a jump"),
        ("match 3 { 3 => {} }", "the end of the `match`"),
        ("match x.compare_exchange(0, 1, SeqCst, SeqCst) { Ok(_) => {} }", "the end of the `match`"),
        ("let Ok(v) = x.compare_exchange(0, 1, SeqCst, SeqCst);", "a pattern that need not match"),
        ("let Ok(v) = x.compare_exchange(0, 1, SeqCst, SeqCst) else { x.store(1, SeqCst); };", "a block that ends"),
        ("let r = x.compare_exchange(0, 1, SeqCst, SeqCst) + 1;", "a `Result`"),
        ("let r = x.store(1, SeqCst);", "nothing"),
        ("let r = 1 < 2 < 3;", "`<`"),
        ("let r: Strnig = 1;", "`Strnig`"),
    ] {
        let kind = refused_body(body);
        assert!(matches!(&kind, Kind::Unexpected { found: this, .. } if this == found), "{body}: {kind:?}");
    }
    let register = refused("Rust t\n{}\nfn P0(x: &AtomicI32) { let r = x.load(Relaxed); }\nexists (0:s = 1)").kind;
    assert_eq!(register, Kind::UnknownRegister { thread: 0, name: "s".to_owned() });
    assert_eq!(refused("Rust t\n{ x; x: AtomicI32; }\n").kind, Kind::Redeclared("x".to_owned()));
    assert_eq!(refused("Rust t\n{ 3:r = 1; }\nfn P0() { }\n").kind, Kind::UnknownThread(3));
    let twice = "Rust t\n{ x: UnsafeCell<i32>; }\nfn P0(x: &AtomicI32) { }\n";
    assert!(matches!(refused(twice).kind, Kind::Unexpected { .. }));
}

#[test]
fn rust_errors_point_at_the_place() {
    for (source, place, message) in [
        ("Rust t\n{}\nfn P1() {}\n", (3, 4), "expected `P0`, found `P1`"),
        ("Rust t\n{}\nfn P0(x) {}\n", (3, 8), "expected `:`, found `)`"),
        ("Rust t\n{}\nfn P0(x: AtomicI32) {}\n", (3, 8), "expected a reference to it, `&...`, found a value in memory"),
        ("Rust t\n{ x: }\n", (2, 6), "expected a type, such as `i32`, `&AtomicI32` or `&UnsafeCell<i32>`, found `}`"),
        ("Rust t\n{ x = }\n", (2, 7), "expected a number or an address, found `}`"),
        ("Rust t\n{}\nfn P0() {\n  let r = 1\n}\n", (5, 1), "expected `;`, found `}`"),
        ("Rust t\n{}\nfn P0() {\n  if (1 > 0) {\n", (5, 1), "expected a statement or `}`, found the end of the test"),
        ("Rust t\n{ x: AtomicI32; }\nfn P0() {\n  x.store(1, Acquire);\n}\n", (4, 14), "a store cannot be Acquire"),
        (
            "Rust t\n{ x: AtomicI32; }\nfn P0() {\n  x.lod(Acquire);\n}\n",
            (4, 5),
            "an atomic has no method `lod`; did you mean `load`?",
        ),
        (
            "Rust t\n{}\nfn P0() {}\nfn P1() {}\nwhat",
            (5, 1),
            "expected `P2`, `exists`, `~exists`, `forall` or the end of the test, found `what`",
        ),
    ] {
        refused_at(source, place, message);
    }
}

#[test]
fn rust_refuses_deep_nesting_instead_of_overflowing() {
    let n = 50_000;
    for body in [
        format!("let r = {}1{};", "(".repeat(n), ")".repeat(n)),
        format!("let r = {}1;", "!".repeat(n)),
        format!("let r = 1{};", " + 1".repeat(n)),
        format!("let r = x{};", "[0]".repeat(n)),
        format!("let r = 1{};", " as i32".repeat(n)),
        format!("let r = x{};", ".get()".repeat(n)),
        "{".repeat(n),
        "if true { ".repeat(n),
        "if true { } else ".repeat(n),
        "loop { ".repeat(n),
        "if x.load(Relaxed) == 1 { return; } ".repeat(n),
        format!("match 1 {{ {} _ => {{}} }}", "1 | ".repeat(n)),
        format!("match 1 {{ {}", "Ok(".repeat(n)),
        format!("let mut r = 1; {}1;", "r = ".repeat(n)),
        format!("let r: {}i32 = 1;", "&".repeat(n)),
    ] {
        assert_eq!(refused_body(&body), Kind::TooDeep, "{}", &body[..40.min(body.len())]);
    }
    // Long is not deep.
    let long = format!("Rust t\n{STATE}\nfn P0() {{ let mut r = 0; {} }}\n", "r += 1; ".repeat(n));
    assert_eq!(run(&long).executions, 1);
}

const SEEDS: [&str; 3] = [
    "Rust SB\n{ x: AtomicI32 = 0; a: [AtomicI32; 2] = [0, 1]; 0:r9 = &x; b: AtomicBool; }\nfn P0(y: &AtomicI32, r9: *mut i32) {\n  \
     x.store(1, Release);\n  let r0 = y.load(Ordering::Acquire) + a[(b.load(SeqCst)) as usize].load(Relaxed);\n}\n\
     fn P1(x: &AtomicI32, y: &AtomicI32) {\n  let mut e = 0;\n  \
     if let Ok(v) = y.compare_exchange(e, 1, SeqCst, Relaxed) { e = -v % 2; } else { }\n  \
     'a: loop { match x.swap(1, AcqRel) { 0 => break 'a, n if n > 3 => continue, _ => return } }\n}\n\
     locations [x; 0:r0; a[1];]\nfilter (true)\nexists (0:r0 = 0 /\\ ~(1:e = 0) \\/ x = 2 => y != 1)",
    "Rust loops\n\"a remark\"\n{}\nfn P0(x: &UnsafeCell<i32>) { for i in 0..=3 { unsafe { *x.get() += if i > 1 { 1 } else { 2 }; } } \
     let r = x.get().read().wrapping_add(1); while matches!(r, 3 | 4 if r > 1) { std::hint::spin_loop(); } }\n~exists ([x] = 3)",
    "(* c *) Rust t { p: AtomicPtr<i32> = &q; q: i32 = 1 }\nfn P0() { let l = unsafe { *p.load(Acquire) }; \
     let f = p.compare_exchange_weak(&q, ptr::null_mut(), AcqRel, Acquire).unwrap_or_else(|e| e); \
     let Ok(_) = p.compare_exchange(0, 0, SeqCst, SeqCst) else { return }; fence(SeqCst); /* x */ }\nforall 0:l = 1",
];

quickcheck! {
    fn rust_never_panics_on_arbitrary_text(text: String) -> bool {
        survives(&format!("Rust t\n{{{text}")) && survives(&format!("Rust t\n{{}}\nfn P0(x: &AtomicI32) {{{text}"))
    }

    fn rust_never_panics_on_mutated_tests(seed: usize, edits: Vec<(usize, u8, char)>) -> TestResult {
        edited(&SEEDS, seed, edits).map_or_else(TestResult::discard, |text| TestResult::from_bool(survives(&text)))
    }

    fn rust_never_panics_on_shuffled_tokens(seed: usize, swaps: Vec<(usize, usize)>) -> bool {
        survives(&shuffled(&SEEDS, seed, &[' ', ';', '(', ')', '{', '}', '.', '\n'], swaps))
    }
}

#[test]
fn rust_accepts_the_seeds_of_the_mutations() {
    for seed in SEEDS {
        parse(seed);
    }
}
