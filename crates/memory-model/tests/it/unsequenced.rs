//! Operands that C leaves unsequenced, and the annotations of executions.

use memory_model::cat::CatModel;
use memory_model::enumerate::{Enumerator, executions};
use memory_model::litmus::{Litmus, ProgramError};
use memory_model::models::{Cpp20, Model, Ra, Rc11, Sc, Tso};
use memory_model::{Event, Execution, Kind, Location, Malformed, Ordering};

fn parse(source: &str) -> Litmus {
    Litmus::parse(source).unwrap_or_else(|error| panic!("{error}"))
}

/// Each with one thread whose operands read what the other threads write.
fn tests() -> Vec<Litmus> {
    let writer = "P0 (atomic_int* x, atomic_int* y) {
        atomic_store_explicit(y, 1, memory_order_relaxed);
        atomic_store_explicit(x, 1, memory_order_release);
        atomic_store_explicit(x, 2, memory_order_seq_cst);
    }";
    let readers = [
        "int r = atomic_load_explicit(x, memory_order_acquire) + atomic_load_explicit(y, memory_order_relaxed);",
        "int r = atomic_load_explicit(x, memory_order_relaxed) * 4 + atomic_load_explicit(x, memory_order_relaxed);",
        "int r = atomic_load(x) + 4 * atomic_load(y) + 16 * atomic_load(x); atomic_thread_fence(memory_order_acquire);
         int s = atomic_load_explicit(y, memory_order_relaxed);",
        "int r = (atomic_load(x) && atomic_load_explicit(y, memory_order_relaxed)) - atomic_load(y);
         atomic_store(x, r);",
        "atomic_store(x, (atomic_load(y) == 1 ? atomic_load(x) : 7) ^ atomic_load_explicit(x, memory_order_acquire));",
        "int r = atomic_fetch_add(x, atomic_load(y) - atomic_load(x)); int s = *y;",
    ];
    let whole = |reader: &str| {
        parse(&format!("C test\n{{}}\n{writer}\nP1 (atomic_int* x, atomic_int* y) {{ {reader} }}\nlocations [x; y]"))
    };
    readers.iter().map(|reader| whole(reader)).collect()
}

#[test]
fn unsequenced_reads_are_counted_alike_by_all_enumerators_native_and_cat() {
    let natives: [(&dyn Model, &str); 5] =
        [(&Sc, "sc"), (&Tso, "tso"), (&Ra, "ra"), (&Rc11::new(), "rc11"), (&Cpp20, "c20")];
    for (native, cat) in natives {
        let cat = CatModel::bundled(cat).expect("a bundled model");
        for (number, test) in tests().iter().enumerate() {
            let pruned = Enumerator::new(native).summary(test).expect("valid");
            for (how, other) in [
                ("naive", Enumerator::new(native).naive().summary(test)),
                ("cat", Enumerator::new(&cat).summary(test)),
                ("naive cat", Enumerator::new(&cat).naive().summary(test)),
            ] {
                let other = other.expect("valid");
                assert_eq!(pruned.outcomes, other.outcomes, "test {number} under {}, {how}", native.name());
                assert_eq!(pruned.races.is_empty(), other.races.is_empty() && other.flags.is_empty());
            }
            let counted = Enumerator::new(native).without_outcomes().summary(test).expect("valid");
            assert_eq!((pruned.executions, pruned.states), (counted.executions, counted.states));
        }
    }
}

#[test]
fn unsequenced_reads_may_see_coherence_order_backwards() {
    let sum = |expression: &str| {
        parse(&format!(
            "C CoRR\n{{}}\nP0 (atomic_int* x) {{ atomic_store_explicit(x, 1, memory_order_relaxed); }}
            P1 (atomic_int* x) {{ {expression} }}\nexists (1:a = 1 /\\ 1:b = 0)"
        ))
    };
    let load = "atomic_load_explicit(x, memory_order_relaxed)";
    let sequenced = sum(&format!("int a = {load}; int b = {load};"));
    // Of `a - b` the value tells which was read.
    let unsequenced = sum(&format!("int d = {load} - {load}; int a = d == 1; int b = d != 1;"));
    let satisfying = |test| Enumerator::new(&Rc11::new()).summary(test).expect("valid").satisfying;
    assert_eq!((satisfying(&sequenced), satisfying(&unsequenced)), (0, 1));
}

#[test]
fn operands_of_the_rust_dialect_are_sequenced_from_left_to_right() {
    let is_total = |test: &Litmus| {
        let found = executions(test, &Sc).expect("valid");
        found.iter().all(|execution| {
            let events = execution.events();
            let last = events.len() - 1;
            (0..last).filter(|&id| !events[id].is_initial()).all(|id| execution.po().contains(id, last))
        })
    };
    let rust = parse(
        "Rust two\n{ x = AtomicI32::new(0); y = AtomicI32::new(0) }
        fn P0() { let r = x.fetch_add(1, Ordering::Relaxed) + y.load(Ordering::Relaxed); }\nforall (true)",
    );
    let loads = parse("C two\n{}\nP0 (atomic_int* x, atomic_int* y) { int r = atomic_load(x) + atomic_load(y); }");
    assert!(is_total(&rust));
    assert!(!is_total(&loads));
}

#[test]
fn litmus_refuses_unsequenced_operands_that_write() {
    let test = Litmus::new("writes").thread(|t| {
        t.unsequenced(|t| t.store("x", 1, Ordering::Relaxed), |t| t.load("x", Ordering::Relaxed));
    });
    assert_eq!(test.validate(), Err(ProgramError::Unsequenced { thread: 0 }));
}

#[test]
fn execution_refuses_pairs_that_cannot_be_unsequenced() {
    let read = |index| Event {
        thread: Some(0),
        index,
        kind: Kind::Read,
        location: Some(Location(0)),
        value: 0,
        ordering: Ordering::Relaxed,
        is_rmw: false,
    };
    let events = vec![Event::initial(Location(0), 0), read(0), read(1), read(2)];
    let sources = [None, Some(0), Some(0), Some(0)];
    let execution = Execution::new(events, &sources, &[vec![0]]).expect("well formed");
    assert!(execution.clone().with_unsequenced(&[(1, 2)]).is_ok());
    // 1 before 2 before 3, but not before 3.
    assert_eq!(execution.clone().with_unsequenced(&[(1, 3)]), Err(Malformed::Unsequenced(1, 3)));
    assert_eq!(execution.with_unsequenced(&[(0, 1)]), Err(Malformed::Unsequenced(0, 1)));
}

#[test]
fn annotations_follow_values_addresses_branches_and_locks() {
    let test = parse(
        "C annotations\n{ x = 0; p = x; }
        P0 (int** p, int* x, int* y, int* l) {
          int* q = *p;
          int r = *q;
          lock(l);
          if (r == 0) { *y = r + 1; }
          unlock(l);
        }",
    );
    let found = executions(&test, &Sc).expect("valid");
    let execution = &found[0];
    let initial = execution.events().iter().filter(|event| event.is_initial()).count();
    let pairs = |relation: &memory_model::relation::Relation| {
        relation.iter().map(|(from, to)| (from - initial, to - initial)).collect::<Vec<_>>()
    };
    // Events: 0 reads p, 1 reads *q, 2 and 3 lock, 4 writes y, 5 unlocks.
    let annotations = execution.annotations().expect("made by an enumerator");
    assert_eq!(pairs(&annotations.addr), [(0, 1)]);
    assert_eq!(pairs(&annotations.data), [(1, 4)]);
    assert_eq!(pairs(&annotations.ctrl), [(1, 4), (1, 5), (2, 4), (2, 5)]);
    assert!(annotations.locks.iter().eq([initial + 2, initial + 3]));
    assert!(annotations.unlocks.iter().eq([initial + 5]));
}

#[test]
fn cat_models_see_dependencies_locks_and_names_of_locations() {
    let lb = |store: &str| {
        parse(&format!(
            "C LB\n{{}}\nP0 (atomic_int* x, atomic_int* y) {{ int r = atomic_load_explicit(x, memory_order_relaxed); {store} }}
            P1 (atomic_int* x, atomic_int* y) {{ int r = atomic_load_explicit(y, memory_order_relaxed);
              atomic_store_explicit(x, r, memory_order_relaxed); }}\nexists (0:r = 1 /\\ 1:r = 1)"
        ))
    };
    // Only dependencies order a load and a store after it.
    let model = CatModel::parse(
        "dependencies",
        "include \"cos.cat\" acyclic po-loc | com as coherence acyclic addr | data | ctrl | rfe as no-thin-air",
    )
    .expect("a model");
    let satisfying = |test: &Litmus| Enumerator::new(&model).summary(test).expect("valid").satisfying;
    let store = |value: &str| format!("atomic_store_explicit(y, {value}, memory_order_relaxed);");
    assert_eq!(satisfying(&lb(&store("1"))), 1);
    assert_eq!(satisfying(&lb(&store("1 + r - r"))), 0);
    assert_eq!(satisfying(&lb(&format!("if (r == 1) {{ {} }}", store("1")))), 0);

    let locks = parse("C locks\n{}\nP0 (int* l, int* x) { lock(l); *x = 1; unlock(l); }");
    let counts = |text: &str| {
        let model = CatModel::parse("sets", text).unwrap_or_else(|error| panic!("{error}"));
        Enumerator::new(&model).summary(&locks).expect("valid").executions
    };
    assert_eq!(
        counts("enum Places = 'x || 'l let at = loc2events 'l empty at \\ (LK | UL | IW) acyclic po | rf | co"),
        1
    );
    assert_eq!(counts("empty LS acyclic po | rf | co"), 0);
    assert_eq!(counts("empty LF empty (LS * UL) \\ po acyclic po | rf | co"), 1);
    // Classes by location: the write of x lies between accesses of l, so that both classes are related both ways.
    let lifted = "let up = lift (classes (loc), po) let down = delift up let near = deliftinter (po, up)";
    assert_eq!(counts(&format!("{lifted} empty po \\ near empty near \\ po empty po \\ down acyclic po | rf | co")), 1);
    assert_eq!(counts(&format!("{lifted} acyclic down acyclic po | rf | co")), 0);
}
