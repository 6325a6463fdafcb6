//! RC11 a second time, from the paper, on plain sets of pairs: slow and literal.

use std::collections::BTreeSet;

use memory_model::enumerate::Enumerator;
use memory_model::models::{Model, Pruning, Rc11};
use memory_model::{Event, Execution};
use verify_harness::evidence::{Check, Tier, Unit};
use verify_harness::random::Random;

use crate::anything::Anything;
use crate::generator::{Program, Shape};

type Pairs = BTreeSet<(usize, usize)>;

fn seq(parts: &[&Pairs]) -> Pairs {
    let (first, rest) = parts.split_first().expect("something to compose");
    rest.iter().fold((*first).clone(), |left, right| {
        let mut result = Pairs::new();
        for &(a, b) in &left {
            result.extend(right.range((b, 0)..=(b, usize::MAX)).map(|&(_, c)| (a, c)));
        }
        result
    })
}

fn or(parts: &[&Pairs]) -> Pairs {
    parts.iter().flat_map(|part| part.iter().copied()).collect()
}

fn plus(r: &Pairs) -> Pairs {
    let mut closure = r.clone();
    loop {
        let longer = or(&[&closure, &seq(&[&closure, r])]);
        if longer == closure {
            return closure;
        }
        closure = longer;
    }
}

fn inverse(r: &Pairs) -> Pairs {
    r.iter().map(|&(a, b)| (b, a)).collect()
}

fn irreflexive(r: &Pairs) -> bool {
    r.iter().all(|(a, b)| a != b)
}

fn acyclic(r: &Pairs) -> bool {
    irreflexive(&plus(r))
}

/// The verdict of the paper, and the races.
fn judge(x: &Execution, cpp20: bool) -> (bool, BTreeSet<(usize, usize)>) {
    let events = x.events();
    let all = 0..events.len();
    let only = |member: &dyn Fn(&Event) -> bool| -> Pairs {
        all.clone().filter(|&e| member(&events[e])).map(|e| (e, e)).collect()
    };
    let pairs = |related: &dyn Fn(&Event, &Event) -> bool| -> Pairs {
        let product = all.clone().flat_map(|a| all.clone().map(move |b| (a, b)));
        product.filter(|&(a, b)| related(&events[a], &events[b])).collect()
    };
    let id = only(&|_| true);
    let opt = |r: &Pairs| or(&[r, &id]);
    let star = |r: &Pairs| opt(&plus(r));
    let location = |r: &Pairs, same: bool| -> Pairs {
        let is_same = |a: usize, b: usize| events[a].location.is_some() && events[a].location == events[b].location;
        r.iter().copied().filter(|&(a, b)| is_same(a, b) == same).collect()
    };

    let sb = pairs(&|a, b| match (a.thread, b.thread) {
        (None, Some(_)) => true,
        (Some(s), Some(t)) => s == t && a.index < b.index,
        _ => false,
    });
    let rmw = pairs(&|a, b| {
        a.is_rmw && b.is_rmw && a.is_read() && b.is_write() && a.thread == b.thread && a.index + 1 == b.index
    });
    let rf: Pairs = x.rf().iter().collect();
    let mo: Pairs = x.co().iter().collect();
    let rb = seq(&[&inverse(&rf), &mo]);
    let eco = plus(&or(&[&rf, &mo, &rb]));

    let write = only(&Event::is_write);
    let write_rlx = only(&|e| e.is_write() && e.ordering.is_atomic());
    let read_rlx = only(&|e| e.is_read() && e.ordering.is_atomic());
    let fence = only(&Event::is_fence);
    let rel = only(&|e| e.ordering.is_release());
    let acq = only(&|e| e.ordering.is_acquire());
    let sc = only(&|e| e.ordering.is_seq_cst());
    let fence_sc = only(&|e| e.is_fence() && e.ordering.is_seq_cst());

    let chain = star(&seq(&[&rf, &rmw]));
    let rs = match cpp20 {
        true => seq(&[&write_rlx, &chain]),
        false => seq(&[&write, &opt(&location(&sb, true)), &write_rlx, &chain]),
    };
    let sw = seq(&[&rel, &opt(&seq(&[&fence, &sb])), &rs, &rf, &read_rlx, &opt(&seq(&[&sb, &fence])), &acq]);
    let hb = plus(&or(&[&sb, &sw]));

    let elsewhere = location(&sb, false);
    let scb = or(&[&sb, &seq(&[&elsewhere, &hb, &elsewhere]), &location(&hb, true), &mo, &rb]);
    let before = or(&[&sc, &seq(&[&fence_sc, &opt(&hb)])]);
    let after = or(&[&sc, &seq(&[&opt(&hb), &fence_sc])]);
    let psc_base = seq(&[&before, &scb, &after]);
    let psc_fence = seq(&[&fence_sc, &or(&[&hb, &seq(&[&hb, &eco, &hb])]), &fence_sc]);

    let consistent = irreflexive(&seq(&[&hb, &opt(&eco)]))
        && rmw.is_disjoint(&seq(&[&rb, &mo]))
        && acyclic(&or(&[&psc_base, &psc_fence]))
        && acyclic(&or(&[&sb, &rf]));
    let races = pairs(&|a, b| {
        let atomic = a.ordering.is_atomic() && b.ordering.is_atomic();
        !a.is_initial() && !b.is_initial() && a.conflicts_with(b) && !atomic
    });
    let unordered = races.into_iter().filter(|&(a, b)| a < b && !hb.contains(&(a, b)) && !hb.contains(&(b, a)));
    (consistent, unordered.collect())
}

#[test]
fn rc11_agrees_with_the_paper_on_sets_of_pairs() {
    let programs = match Tier::from_environment() {
        Tier::Quick => 40,
        Tier::Default => 1_500,
        Tier::Full => 20_000,
    };
    let check =
        Check::start("Rc11", "verdicts and races are those of the paper's formulas", "sets of pairs", Unit::Executions)
            .bound("candidates of 2-3 threads, 1-3 accesses each, 2 locations, both release sequences");
    let mut random = Random::new(0x11c11);
    let (mut allowed, mut forbidden) = (0_u64, 0_u64);
    for number in 0..programs {
        let (program, pruning) = match number % 4 {
            0 => (Program::random(&mut random, Shape { threads: 2, accesses: 2, locations: 2 }), Pruning::None),
            1 => (Program::random(&mut random, Shape { threads: 3, accesses: 2, locations: 2 }), Pruning::Coherence),
            _ => {
                let program = Program::random(&mut random, Shape { threads: 3, accesses: 3, locations: 2 });
                (program.strengthened(&mut random), Pruning::HappensBefore)
            }
        };
        Enumerator::new(&Anything(pruning))
            .for_each(&program.litmus(), |candidate| {
                for (model, cpp20) in [(Rc11::new(), true), (Rc11::pldi17(), false)] {
                    let (consistent, races) = judge(&candidate.execution, cpp20);
                    assert_eq!(model.is_consistent(&candidate.execution), consistent, "program {number}: {program:?}");
                    assert_eq!(model.races(&candidate.execution).into_iter().collect::<BTreeSet<_>>(), races);
                    *if consistent { &mut allowed } else { &mut forbidden } += 1;
                }
                check.counter().add(1);
            })
            .expect("valid");
    }
    println!("{allowed} allowed, {forbidden} forbidden");
    assert!(allowed > 100 && forbidden > 10, "{allowed} allowed, {forbidden} forbidden");
    check.holds();
}
