//! Loops that wait: where they run into their bound, nothing is missing.

use std::collections::BTreeSet;

use memory_model::Ordering::{Acquire, NonAtomic, Relaxed, Release};
use memory_model::cat::CatModel;
use memory_model::enumerate::{Access, Enumerator, Summary};
use memory_model::litmus::{Litmus, Observable, reg};
use memory_model::models::{Cpp20, Model, Ra, Rc11, Sc, Tso};
use verify_harness::evidence::{Check, Unit};
use verify_harness::random::Random;

use crate::cat::programs;
use crate::generator::{observed, structured};

/// One thread sets a flag, the other waits for it with this loop.
fn waiter(wait: impl FnOnce(&mut memory_model::litmus::ThreadBuilder<'_>)) -> Litmus {
    let test = Litmus::new("waiter").thread(|t| {
        t.store("x", 1, NonAtomic);
        t.store("y", 1, Release);
    });
    test.thread(wait)
}

fn blocked_and_cut(litmus: &Litmus, model: &dyn Model) -> (bool, bool) {
    let summary = Enumerator::new(model).summary(litmus).expect("valid");
    let naive = Enumerator::new(model).naive().summary(litmus).expect("valid");
    assert_eq!((summary.blocked, summary.cut), (naive.blocked, naive.cut));
    (summary.blocked > 0, summary.cut > 0)
}

#[test]
fn loops_wait_if_they_do_nothing_but_read() {
    let cat = CatModel::bundled("rc11").expect("a bundled model");
    for model in [&Sc as &dyn Model, &Tso, &Ra, &Rc11::new(), &Cpp20, &cat] {
        let idle = waiter(|t| {
            t.while_nonzero(|t| t.load("y", Acquire).equals(0), |_| {});
            t.load("x", NonAtomic);
        });
        assert_eq!(blocked_and_cut(&idle, model), (true, false), "{}", model.name());
        // What was read last is part of the final state: one more iteration may read something else.
        assert_eq!(blocked_and_cut(&idle.clone().observe(Observable::Register(reg(1, 0))), model), (true, false));
        let counting = Litmus::parse(
            "C counting\n{}\nP0 (atomic_int* y) { atomic_store(y, 1); }
            P1 (atomic_int* y, atomic_int* z) {
              int count = 0; while (atomic_load(y) == 0) { count = count + 1; } atomic_store(z, count); }",
        );
        let counting = counting.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(blocked_and_cut(&counting, model), (false, true), "{}", model.name());
        let writing = waiter(|t| t.while_nonzero(|t| t.load("y", Acquire).equals(0), |t| t.store("z", 1, Relaxed)));
        assert_eq!(blocked_and_cut(&writing, model), (false, true), "{}", model.name());
        let swapping = waiter(|t| t.while_nonzero(|t| t.exchange("y", 0, Acquire).equals(0), |_| {}));
        assert_eq!(blocked_and_cut(&swapping, model), (false, true), "{}", model.name());
        // A plain read may be the only one that races.
        let plain = waiter(|t| t.while_nonzero(|t| t.load("y", NonAtomic).equals(0), |_| {}));
        assert_eq!(blocked_and_cut(&plain, model), (false, true), "{}", model.name());
    }
}

#[test]
fn loops_are_cut_under_models_that_may_want_reads() {
    let idle = waiter(|t| t.while_nonzero(|t| t.load("y", Acquire).equals(0), |_| {}));
    for (text, expected) in [
        ("acyclic po | rf | co as sc", (true, false)),
        ("let rec hb = po | rf | co | hb; hb irreflexive hb", (true, false)),
        // The more is read, the less is forbidden.
        ("acyclic po | rf | co empty rf \\ (rf; po; rf^-1; rf) as reads", (false, true)),
        // Dependencies may come from an earlier read instead.
        ("acyclic po | rf | co | addr", (false, true)),
        // A flag for each iteration.
        ("acyclic po | rf | co flag ~empty ([R]; po; [R]) as reads", (false, true)),
    ] {
        let text = format!("include \"cos.cat\" acyclic po-loc | com {text}");
        let model = CatModel::parse("model", &text).unwrap_or_else(|error| panic!("{error}"));
        let summary = Enumerator::new(&model).summary(&idle).expect("valid");
        assert_eq!(model.allows_fewer_reads(), expected.0, "{text}");
        assert_eq!((summary.blocked > 0, summary.cut > 0), expected, "{text}");
    }
}

/// What a higher bound might add. Races by what races, wherever in its thread it is.
fn shown(summary: &Summary) -> impl PartialEq + std::fmt::Debug + '_ {
    let access = |access: &Access| (access.thread, access.kind, access.ordering);
    let races: BTreeSet<_> =
        summary.races.iter().map(|race| (race.location, access(&race.first), access(&race.second))).collect();
    (summary.states.keys().collect::<Vec<_>>(), &summary.faults, races, &summary.flags)
}

#[test]
fn loops_that_wait_show_nothing_new_above_their_bound() {
    let check = Check::start("Enumerator", "loops that wait need no higher bound", "higher bounds", Unit::Programs)
        .bound("2 threads with branches, loops, assumptions, exchanges, computed addresses; bounds 2, 3 and 4");
    let mut random = Random::new(0xa3a17);
    println!("seed 0xa3a17");
    let cat = CatModel::bundled("rc11").expect("a bundled model");
    let models: [&dyn Model; 6] = [&Rc11::new(), &Sc, &Tso, &Ra, &Cpp20, &cat];
    let (mut waiting, mut cut) = (0, 0);
    for number in 0..programs(600, 20_000, 200_000) as usize {
        let litmus = structured(&mut random, number % 3 == 0);
        let litmus = observed(litmus, &mut random);
        let model = models[number % models.len()];
        let bounded = |bound| Enumerator::new(model).loop_bound(bound).max_candidates(4_000).summary(&litmus);
        let (Ok(one), Ok(two)) = (bounded(1), bounded(2)) else { continue };
        if two.cut > 0 {
            cut += 1;
            continue;
        }
        if one.cut == 0 {
            continue;
        }
        waiting += 1;
        for bound in [3, 4] {
            let Ok(more) = bounded(bound) else { continue };
            assert_eq!(more.cut, 0, "program {number} under {}: {litmus:#?}", model.name());
            assert_eq!(shown(&more), shown(&two), "program {number} under {}: {litmus:#?}", model.name());
        }
        check.counter().add(1);
    }
    println!("{waiting} programs with loops that wait, {cut} with loops that are cut");
    assert!(waiting > 20 && cut > 20, "{waiting} {cut}");
    check.holds();
}
