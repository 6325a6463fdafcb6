//! Events lead back to the lines of the test.

use memory_model::enumerate::{Enumerator, statements};
use memory_model::explain::{Places, Witnesses, explain};
use memory_model::litmus::Litmus;
use memory_model::models::{Model, Pruning, Rc11, Sc, Tso};
use verify_harness::random::Random;

use crate::anything::Anything;
use crate::generator::structured;

fn parse(source: &str) -> Litmus {
    Litmus::parse(source).unwrap_or_else(|error| panic!("{error}\n{source}"))
}

/// Branches, a loop, a short circuit, a compare-exchange in a pattern, and two accesses on a line.
const TANGLED: &str = "Rust tangled
{ x: AtomicI32; y: AtomicI32; }
fn P0() {
    if x.load(Relaxed) == 0 {
        y.store(1, Relaxed);
    } else {
        y.store(2, Release);
    }
    for i in 0..2 {
        x.fetch_add(1, AcqRel);
    }
    let r = x.load(Relaxed) + y.load(Relaxed);
}
fn P1() {
    if y.load(Acquire) == 1 && x.load(Acquire) == 1 {
        fence(SeqCst);
    }
    match x.compare_exchange(0, 5, SeqCst, Relaxed) {
        Ok(_) => y.store(3, Relaxed),
        Err(old) => y.store(old, SeqCst),
    }
}
";

#[test]
fn places_are_those_of_the_source() {
    let litmus = parse(TANGLED);
    let lines: Vec<&str> = TANGLED.lines().collect();
    let mut seen = std::collections::BTreeSet::new();
    Enumerator::new(&Sc)
        .for_each(&litmus, |candidate| {
            let execution = &candidate.execution;
            let places = Places::new(&litmus, execution);
            for (id, event) in execution.events().iter().enumerate().filter(|(_, event)| !event.is_initial()) {
                let origin = places.origin(id).unwrap_or_else(|| panic!("no origin of {event}"));
                let there: String = lines[origin.line - 1].chars().skip(origin.column - 1).collect();
                assert!(there.starts_with(&origin.text), "{origin:?} is not at {there:?}");
                let method = origin.text.split(['.', '(']).find(|part| !["x", "y"].contains(part)).unwrap_or_default();
                let fits = match method {
                    "load" => event.is_read() && !event.is_rmw,
                    "store" => event.is_write() && !event.is_rmw,
                    "fetch_add" => event.is_rmw,
                    "compare_exchange" => event.is_read() || event.is_rmw,
                    "fence" => event.is_fence(),
                    other => panic!("{other}"),
                };
                assert!(fits, "{event} is not by {origin:?}");
                seen.insert(places.name(id));
            }
        })
        .expect("valid");
    for name in
        ["P0 line 4", "P0 line 7", "P0 line 10 (run 2)", "P0 line 12:13", "P0 line 12:31", "P1 line 15:8", "P1 line 16"]
    {
        assert!(seen.contains(name), "{name} is not in {seen:?}");
    }
}

#[test]
fn statements_of_random_executions_are_found() {
    let mut random = Random::new(0x0071_71e5);
    let mut events = 0;
    for _ in 0..200 {
        let litmus = structured(&mut random, false);
        let outcome =
            Enumerator::new(&Anything(Pruning::HappensBefore)).max_candidates(200).for_each(&litmus, |candidate| {
                let execution = &candidate.execution;
                for (event, found) in execution.events().iter().zip(statements(&litmus, execution)) {
                    assert_eq!(event.is_initial(), found.is_none(), "{event} in {execution:?}");
                    events += usize::from(found.is_some());
                }
            });
        drop(outcome);
    }
    assert!(events > 5_000, "{events}");
}

#[test]
fn statements_of_another_test_are_not_made_up() {
    let (one, other) = ("C t\n{}\nP0(int* x) { *x = 1; *x = 2; }\n", "C t\n{}\nP0(int* x) { *x = 1; int r = *x; }\n");
    let (one, other) = (parse(one), parse(other));
    let execution = &memory_model::enumerate::executions(&one, &Sc).expect("valid")[0];
    assert_eq!(statements(&other, execution), [None, Some(0), None]);
}

#[test]
fn narration_speaks_of_lines_fences_and_read_modify_writes() {
    let told = |source: &str, model: &dyn Model| {
        let litmus = parse(source);
        explain(&litmus, model).expect("valid").narrate(&litmus)
    };
    let fences = "Rust MP+fences\n{ x: AtomicI32; y: AtomicI32; }\nfn P0() {\n x.store(1, Relaxed);\n fence(Release);\n y.store(1, Relaxed);\n}\n\
        fn P1() {\n let r0 = y.load(Relaxed);\n fence(Acquire);\n let r1 = x.load(Relaxed);\n}\nexists (1:r0 = 1 /\\ 1:r1 = 0)";
    let text = told(fences, &Rc11::new());
    assert!(
        text.contains("P0 line 5 happens before P1 line 10 `fence(Acquire)` by release fence/acquire fence"),
        "{text}"
    );
    assert!(
        text.contains("P1 line 11 reads x=0, so it comes before P0 line 4, which overwrites that: it writes x=1"),
        "{text}"
    );
    let lost = "Rust lost\n{ x: AtomicI32; }\nfn P0() { let r = x.fetch_add(1, Relaxed); }\nfn P1() { let r = x.fetch_add(1, Relaxed); }\n\
        exists (0:r = 0 /\\ 1:r = 0 /\\ x = 1)";
    let text = told(lost, &Rc11::new());
    assert!(
        text.contains("violates atomicity") && text.contains("the read and the write of P1 line 4 are one step"),
        "{text}"
    );
    let sb = "C SB\n{}\nP0(atomic_int* x, atomic_int* y) {\n atomic_store(x, 1);\n int r = atomic_load(y);\n}\n\
        P1(atomic_int* x, atomic_int* y) {\n atomic_store(y, 1);\n int r = atomic_load(x);\n}\nexists (0:r = 0 /\\ 1:r = 0)";
    let text = told(sb, &Tso);
    assert!(text.contains("P0 line 4 `atomic_store(x, 1)` stays before P0 line 5"), "{text}");
    let text = told(sb, &Sc);
    assert!(text.contains("comes before P0 line 5 `atomic_load(y)` in program order"), "{text}");
}

#[test]
fn witnesses_show_what_the_verdict_claims() {
    let model = Rc11::new();
    let find = |source: &str| {
        let litmus = parse(source);
        Witnesses::find(&litmus, &model, &Enumerator::new(&model)).expect("valid")
    };
    let racy = find("C race\n{}\nP0(int* x) { *x = 1; }\nP1(int* x) { int r = *x; }\nexists (1:r = 1)");
    assert_eq!(racy.satisfying.expect("one").execution.reads()[1], [1]);
    assert_eq!(racy.refuting.expect("one").execution.reads()[1], [0]);
    let (candidate, first, second) = racy.racing.expect("a race");
    assert!(candidate.execution.events()[first].conflicts_with(&candidate.execution.events()[second]));
    let faulty = find("C fault\n{}\nP0(int* x) { int r = 1 / *x; }\nexists (0:r = 1)");
    assert!(faulty.faulty.is_some() && faulty.satisfying.is_none() && faulty.refuting.is_none());
    let filtered = find("C f\n{}\nP0(int* x) { int r = *x; }\nfilter (0:r = 1)\nexists (true)");
    assert_eq!(filtered, Witnesses::default());
}
