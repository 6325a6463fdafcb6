//! Slots that are read before they are claimed, and written anew after the claim was seen: what needs an ordering only where load buffering is
//! allowed, and so in no model test.

use memory_model::cat::CatModel;
use memory_model::enumerate::Enumerator;
use memory_model::litmus::Litmus;
use memory_model::models::{Model, Rc11};

/// The thief of a deque reads a slot and moves `front`; the owner does `looks`, the last of which is at `front`, and if that has been moved
/// writes the slot anew. The thief must not keep what was written then. Tells how many executions have it so.
fn kept(model: &dyn Model, claim: &str, looks: &str) -> u64 {
    let source = format!(
        "Rust claim
        {{ slot: AtomicI32 = 0; front: AtomicI32 = 0; }}
        fn P0() {{
            let r0 = slot.load(Relaxed);
            let r1 = front.compare_exchange(0, 1, {claim}, Relaxed).is_ok() as i32;
        }}
        fn P1() {{
            {looks}
            if r1 == 1 {{ slot.store(1, Relaxed); }}
        }}
        exists (0:r0=1 /\\ 0:r1=1)"
    );
    let litmus = Litmus::parse(&source).unwrap_or_else(|error| panic!("{error}"));
    Enumerator::new(model).summary(&litmus).expect("small").satisfying
}

/// The owner looks at `front`.
fn look(ordering: &str) -> String {
    format!("let r1 = front.load({ordering});")
}

/// The owner moves `front`, too, which leads beyond the last value, moves it back, and looks at it later.
fn step_back(ordering: &str) -> String {
    format!("let r2 = front.fetch_add(1, {ordering}); if r2 == 1 {{ front.store(1, Relaxed); }} {}", look("Acquire"))
}

#[test]
fn claims_of_slots_are_released_and_acquired_where_load_buffering_is_allowed() {
    let c11 = CatModel::bundled("c11").unwrap_or_else(|error| panic!("{error}"));
    let c11: &dyn Model = &c11;
    assert_eq!(kept(c11, "Release", &look("Acquire")), 0);
    assert_ne!(kept(c11, "Relaxed", &look("Acquire")), 0);
    assert_ne!(kept(c11, "Release", &look("Relaxed")), 0);
    assert_eq!(kept(c11, "Release", &step_back("AcqRel")), 0);
    assert_ne!(kept(c11, "Release", &step_back("Release")), 0);
    // Where it is not, no ordering is needed.
    assert_eq!(kept(&Rc11::new(), "Relaxed", &look("Relaxed")), 0);
    assert_eq!(kept(&Rc11::new(), "Relaxed", &step_back("Relaxed")), 0);
}
