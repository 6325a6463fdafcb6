//! The models a second time, from the papers, on plain sets of pairs: slow and literal.

use std::collections::BTreeSet;

use memory_model::enumerate::Enumerator;
use memory_model::models::{Cpp20, Model, Pruning, Ra, Rc11, Sc, Tso};
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

/// The relations of an execution from which the models are made.
struct Pieces<'a> {
    events: &'a [Event],
    id: Pairs,
    po: Pairs,
    sb: Pairs,
    rmw: Pairs,
    rf: Pairs,
    mo: Pairs,
    rb: Pairs,
    eco: Pairs,
}

impl<'a> Pieces<'a> {
    fn of(x: &'a Execution) -> Self {
        let events = x.events();
        let mut pieces = Self {
            events,
            id: (0..events.len()).map(|e| (e, e)).collect(),
            po: Pairs::new(),
            sb: Pairs::new(),
            rmw: Pairs::new(),
            rf: x.rf().iter().collect(),
            mo: x.co().iter().collect(),
            rb: Pairs::new(),
            eco: Pairs::new(),
        };
        pieces.po = pieces.pairs(&|a, b| a.thread.is_some() && a.thread == b.thread && a.index < b.index);
        pieces.sb = or(&[&pieces.po, &pieces.pairs(&|a, b| a.thread.is_none() && b.thread.is_some())]);
        pieces.rmw = pieces.pairs(&|a, b| {
            a.is_rmw && b.is_rmw && a.is_read() && b.is_write() && a.thread == b.thread && a.index + 1 == b.index
        });
        pieces.rb = seq(&[&inverse(&pieces.rf), &pieces.mo]);
        pieces.eco = plus(&or(&[&pieces.rf, &pieces.mo, &pieces.rb]));
        pieces
    }

    fn pairs(&self, related: &dyn Fn(&Event, &Event) -> bool) -> Pairs {
        let size = self.events.len();
        let product = (0..size).flat_map(|a| (0..size).map(move |b| (a, b)));
        product.filter(|&(a, b)| related(&self.events[a], &self.events[b])).collect()
    }

    /// `[S]`
    fn only(&self, member: &dyn Fn(&Event) -> bool) -> Pairs {
        self.id.iter().copied().filter(|&(e, _)| member(&self.events[e])).collect()
    }

    fn opt(&self, r: &Pairs) -> Pairs {
        or(&[r, &self.id])
    }

    fn location(&self, r: &Pairs, same: bool) -> Pairs {
        let location = |e: usize| self.events[e].location;
        r.iter().copied().filter(|&(a, b)| (location(a).is_some() && location(a) == location(b)) == same).collect()
    }

    fn is_atomic(&self) -> bool {
        self.rmw.is_disjoint(&seq(&[&self.rb, &self.mo]))
    }

    fn sw(&self, cpp20: bool) -> Pairs {
        let write = self.only(&Event::is_write);
        let write_rlx = self.only(&|e| e.is_write() && e.ordering.is_atomic());
        let read_rlx = self.only(&|e| e.is_read() && e.ordering.is_atomic());
        let fence = self.only(&Event::is_fence);
        let rel = self.only(&|e| e.ordering.is_release());
        let acq = self.only(&|e| e.ordering.is_acquire());
        let chain = self.opt(&plus(&seq(&[&self.rf, &self.rmw])));
        let rs = match cpp20 {
            true => seq(&[&write_rlx, &chain]),
            false => seq(&[&write, &self.opt(&self.location(&self.sb, true)), &write_rlx, &chain]),
        };
        let (before, after) = (self.opt(&seq(&[&fence, &self.sb])), self.opt(&seq(&[&self.sb, &fence])));
        seq(&[&rel, &before, &rs, &self.rf, &read_rlx, &after, &acq])
    }

    /// Lamport; Shasha and Snir.
    fn sc(&self) -> bool {
        acyclic(&or(&[&self.po, &self.rf, &self.mo, &self.rb])) && self.is_atomic()
    }

    /// Owens, Sarkar, Sewell; Alglave, Maranget, Tautschnig.
    fn tso(&self) -> bool {
        let access = self.only(&|e| !e.is_fence());
        let mfence = self.only(&|e| e.is_fence() && e.ordering.is_seq_cst());
        let locked = self.only(&|e| e.is_rmw || e.is_write() && e.ordering.is_seq_cst());
        let store_load = self.pairs(&|a, b| a.is_write() && b.is_read());
        let ppo = &seq(&[&access, &self.po, &access]) - &store_load;
        let implied =
            or(&[&seq(&[&self.po, &mfence, &self.po]), &seq(&[&self.po, &locked]), &seq(&[&locked, &self.po])]);
        let fence = seq(&[&access, &implied, &access]);
        let external = &self.rf - &self.po;
        acyclic(&or(&[&self.location(&self.po, true), &self.rf, &self.mo, &self.rb]))
            && self.is_atomic()
            && acyclic(&or(&[&ppo, &fence, &external, &self.mo, &self.rb]))
    }

    /// Lahav, Giannarakis, Vafeiadis.
    fn ra(&self) -> bool {
        let hb = plus(&or(&[&self.sb, &self.rf]));
        irreflexive(&seq(&[&hb, &self.opt(&self.eco)])) && self.is_atomic()
    }

    /// What RC11 and C++20 share, given happens-before.
    fn c11(&self, hb: &Pairs) -> bool {
        irreflexive(&seq(&[hb, &self.opt(&self.eco)])) && self.is_atomic() && acyclic(&or(&[&self.sb, &self.rf]))
    }

    /// Lahav, Vafeiadis, Kang, Hur, Dreyer.
    fn rc11(&self, hb: &Pairs) -> bool {
        let sc = self.only(&|e| e.ordering.is_seq_cst());
        let fence_sc = self.only(&|e| e.is_fence() && e.ordering.is_seq_cst());
        let elsewhere = self.location(&self.sb, false);
        let scb = or(&[&self.sb, &seq(&[&elsewhere, hb, &elsewhere]), &self.location(hb, true), &self.mo, &self.rb]);
        let before = or(&[&sc, &seq(&[&fence_sc, &self.opt(hb)])]);
        let after = or(&[&sc, &seq(&[&self.opt(hb), &fence_sc])]);
        let psc_base = seq(&[&before, &scb, &after]);
        let psc_fence = seq(&[&fence_sc, &or(&[hb, &seq(&[hb, &self.eco, hb])]), &fence_sc]);
        self.c11(hb) && acyclic(&or(&[&psc_base, &psc_fence]))
    }

    /// [atomics.order]: a total order S of operations, a read-modify-write being one operation.
    fn cpp20(&self, hb: &Pairs, sw: &Pairs) -> bool {
        let sc = self.only(&|e| e.ordering.is_seq_cst());
        let fence_sc = self.only(&|e| e.is_fence() && e.ordering.is_seq_cst());
        let outside = &self.sb - &self.rmw;
        let strongly = plus(&or(&[&self.sb, &seq(&[&sc, sw, &sc]), &seq(&[&outside, hb, &outside])]));
        let order = or(&[
            &seq(&[&sc, &strongly, &sc]),
            &seq(&[&sc, &self.eco, &sc]),
            &seq(&[&sc, &self.eco, hb, &fence_sc]),
            &seq(&[&fence_sc, hb, &self.eco, &sc]),
            &seq(&[&fence_sc, hb, &self.eco, hb, &fence_sc]),
        ]);
        let same = or(&[&self.id, &self.rmw, &inverse(&self.rmw)]);
        self.c11(hb) && acyclic(&seq(&[&same, &(&order - &self.rmw), &same]))
    }

    fn races(&self, hb: &Pairs) -> Pairs {
        let racing = self.pairs(&|a, b| {
            let atomic = a.ordering.is_atomic() && b.ordering.is_atomic();
            !a.is_initial() && !b.is_initial() && a.conflicts_with(b) && !atomic
        });
        racing.into_iter().filter(|&(a, b)| a < b && !hb.contains(&(a, b)) && !hb.contains(&(b, a))).collect()
    }
}

#[test]
fn models_agree_with_the_papers_on_sets_of_pairs() {
    let programs = match Tier::from_environment() {
        Tier::Quick => 30,
        Tier::Default => 1_500,
        Tier::Full => 20_000,
    };
    let check = Check::start(
        "Model",
        "verdicts and races are those of the papers' formulas",
        "sets of pairs",
        Unit::Executions,
    )
    .bound("candidates of 2-3 threads, 1-3 accesses each, 2 locations, both release sequences");
    let mut random = Random::new(0x11c11);
    let (mut allowed, mut forbidden) = ([0_u64; 6], [0_u64; 6]);
    for number in 0..programs {
        let (threads, accesses, pruning) = match number % 5 {
            0 => (2, 2, Pruning::None),
            1 => (3, 2, Pruning::Coherence),
            2 => (2, 3, Pruning::None),
            3 => (3, 2, Pruning::HappensBefore),
            _ => (3, 3, Pruning::HappensBefore),
        };
        let mut program = Program::random(&mut random, Shape { threads, accesses, locations: 2 });
        if number % 5 >= 2 {
            program = program.strengthened(&mut random);
        }
        Enumerator::new(&Anything(pruning))
            .for_each(&program.litmus(), |candidate| {
                let pieces = Pieces::of(&candidate.execution);
                let [sw, sw11] = [true, false].map(|cpp20| pieces.sw(cpp20));
                let (hb, hb11) = (plus(&or(&[&pieces.sb, &sw])), plus(&or(&[&pieces.sb, &sw11])));
                let (races, races11) = (pieces.races(&hb), pieces.races(&hb11));
                let verdicts: [(&dyn Model, bool, Pairs); 6] = [
                    (&Sc, pieces.sc(), Pairs::new()),
                    (&Tso, pieces.tso(), Pairs::new()),
                    (&Ra, pieces.ra(), Pairs::new()),
                    (&Rc11::new(), pieces.rc11(&hb), races.clone()),
                    (&Rc11::pldi17(), pieces.rc11(&hb11), races11),
                    (&Cpp20, pieces.cpp20(&hb, &sw), races),
                ];
                for (which, (model, consistent, races)) in verdicts.into_iter().enumerate() {
                    let shown = || format!("program {number} under {}: {program:?}", model.name());
                    assert_eq!(model.is_consistent(&candidate.execution), consistent, "{}", shown());
                    assert_eq!(model.races(&candidate.execution).into_iter().collect::<Pairs>(), races, "{}", shown());
                    *if consistent { &mut allowed[which] } else { &mut forbidden[which] } += 1;
                }
                check.counter().add(1);
            })
            .expect("valid");
    }
    println!("{allowed:?} allowed, {forbidden:?} forbidden");
    assert!(allowed.iter().chain(&forbidden).all(|&count| count > 10), "{allowed:?} allowed, {forbidden:?} forbidden");
    check.holds();
}
