//! What the dialects can say, the builder can say, too.

use memory_model::Ordering::{AcqRel, Acquire, NonAtomic, Relaxed, Release, SeqCst};
use memory_model::enumerate::{Enumerator, Summary};
use memory_model::litmus::{Litmus, UpdateOp};
use memory_model::models::{Model, Rc11, Sc};

/// Executions, outcomes, races, and what was given up: everything but names.
fn found(litmus: &Litmus, model: &dyn Model) -> Summary {
    let mut summary = Enumerator::new(model).summary(litmus).expect("valid");
    summary.states.clear();
    summary
}

fn same(built: &Litmus, text: &str) {
    let parsed = Litmus::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    for model in [&Rc11::new() as &dyn Model, &Sc] {
        assert_eq!(found(built, model), found(&parsed, model), "{text}");
    }
}

#[test]
fn builder_says_what_the_dialects_say() {
    let locked = Litmus::new("locks").init("l", 0).init("c", 0);
    let section = |t: &mut memory_model::litmus::ThreadBuilder<'_>| {
        t.lock("l");
        let c = t.load("c", NonAtomic);
        t.store("c", c + 1, NonAtomic);
        t.unlock("l");
    };
    let locked = locked.thread(section).thread(section);
    let body = "{ lock(l); *c = *c + 1; unlock(l); }";
    same(&locked, &format!("C locks\n{{ l; c; }}\nP0(int* l, int* c) {body}\nP1(int* l, int* c) {body}\n"));

    let spin = Litmus::new("spin")
        .init("x", 0)
        .array("a", &[1, 2])
        .init_pointer("p", "x")
        .thread(|t| {
            t.while_nonzero(|t| t.load("x", Acquire).equals(0), |_| {});
            let place = t.element("a", 1);
            t.load(place, Relaxed);
        })
        .thread(|t| {
            let element = t.element("a", 1);
            t.update(element, UpdateOp::Max, 9, AcqRel);
            let p = t.load("p", Relaxed);
            t.store(p, 1, Release);
        });
    same(
        &spin,
        "Rust spin\n{ x: AtomicI32; a: [AtomicI32; 2] = [1, 2]; p: AtomicPtr<AtomicI32> = &x; }\n\
         fn P0() { while x.load(Acquire) == 0 {} a[1].load(Relaxed); }\n\
         fn P1() { a[1].fetch_max(9, AcqRel); let p0 = p.load(Relaxed); unsafe { (*p0).store(1, Release); } }\n",
    );

    let retry = Litmus::new("retry").init("x", 0).thread(|t| {
        let done = t.assign(0);
        t.while_nonzero(
            |_| done.equals(0),
            |t| {
                let found = t.compare_exchange_weak("x", 0, 1, SeqCst, Relaxed);
                t.if_else(found.success, |t| t.set(done, 1), |t| t.fence(SeqCst));
            },
        );
    });
    same(
        &retry,
        "Rust retry\n{ x: AtomicI32; }\nfn P0() { let mut done = 0; while done == 0 {\n\
         if x.compare_exchange_weak(0, 1, SeqCst, Relaxed).is_ok() { done = 1; } else { fence(SeqCst); } } }\n",
    );
}
