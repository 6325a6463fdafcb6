//! arc-swap: the cell for an `Arc`.

use crate::peers::suite::What::{Code, CodeIn, Fails, LeftOut};
use crate::peers::suite::{Difference, File, Suite};

/// What unit tests find in their crate.
macro_rules! cells {
    () => {
        "use lockfree_collections::{AtomicRc as ArcSwap, AtomicRcOption as ArcSwapOption}; use lockfree_collections::cell::{AtomicRcAny as ArcSwapAny, Guard, RefCnt};"
    };
}

pub const SUITE: Suite = Suite {
    package: "arc-swap",
    imports: &[
        ("arc_swap::ArcSwap", "lockfree_collections::AtomicRc"),
        ("arc_swap::ArcSwapAny", "lockfree_collections::cell::AtomicRcAny"),
        ("arc_swap::ArcSwapOption", "lockfree_collections::AtomicRcOption"),
        ("arc_swap::ArcSwapWeak", "lockfree_collections::AtomicWeak"),
        ("arc_swap::AsRaw", "lockfree_collections::cell::AsRaw"),
        ("arc_swap::Cache", "lockfree_collections::cell::Cache"),
        ("arc_swap::DefaultStrategy", "peers_arc_swap::strategy::DefaultStrategy"),
        ("arc_swap::Guard", "lockfree_collections::cell::Guard"),
        ("arc_swap::IndependentStrategy", "peers_arc_swap::strategy::IndependentStrategy"),
        ("arc_swap::RefCnt", "lockfree_collections::cell::RefCnt"),
        ("arc_swap::access", "lockfree_collections::cell::access"),
        ("arc_swap::access::Access", "lockfree_collections::cell::access::Access"),
        ("arc_swap::access::AccessConvert", "lockfree_collections::cell::access::AccessConvert"),
        ("arc_swap::access::Constant", "lockfree_collections::cell::access::Constant"),
        ("arc_swap::access::DynAccess", "lockfree_collections::cell::access::DynAccess"),
        ("arc_swap::access::Map", "lockfree_collections::cell::access::Map"),
        ("arc_swap::cache", "lockfree_collections::cell::cache"),
        ("arc_swap::cache::Access", "lockfree_collections::cell::cache::Access"),
        ("arc_swap::cache::MapCache", "lockfree_collections::cell::cache::MapCache"),
        ("arc_swap::cache::Cache", "lockfree_collections::cell::cache::Cache"),
        ("arc_swap::strategy::CaS", "peers_arc_swap::strategy::CaS"),
        ("arc_swap::strategy::DefaultStrategy", "peers_arc_swap::strategy::DefaultStrategy"),
        ("arc_swap::strategy::IndependentStrategy", "peers_arc_swap::strategy::IndependentStrategy"),
        ("arc_swap::strategy::Strategy", "peers_arc_swap::strategy::Strategy"),
        // Behind a feature of theirs.
        ("arc_swap::strategy::test_strategies::FillFastSlots", ""),
        // From the module `tests` in that of `access`.
        ("super::super::ArcSwap", "lockfree_collections::AtomicRc"),
        ("super::super::ArcSwapOption", "lockfree_collections::AtomicRcOption"),
    ],
    needs: &[
        "adaptive-barrier",
        "crossbeam-utils",
        "itertools",
        "num_cpus",
        "once_cell",
        "parking_lot",
        "proptest",
        "rustversion",
        "serde",
        "serde_derive",
        "serde_test",
    ],
    library: include_str!("strategy.rs"),
    files: &[
        File::tests("tests/bug-198.rs"),
        File::tests("tests/bug-210.rs"),
        File::tests("tests/random.rs"),
        File::tests("tests/stress.rs"),
        File::units(
            "src/access.rs",
            "use alloc::sync::Arc; use lockfree_collections::cell::access::*;",
            &["mod tests {"],
        ),
        File::units(
            "src/cache.rs",
            concat!("use lockfree_collections::cell::cache::{Access, Cache};", cells!()),
            &["mod tests {"],
        ),
        File::units(
            "src/lib.rs",
            concat!(
                "use alloc::sync::Arc; use core::ptr; use core::sync::atomic::Ordering; use peers_arc_swap::strategy::DefaultStrategy;",
                "use lockfree_collections::cell::AsRaw;",
                "fn ptr_eq<B>(a: impl AsRaw<B>, b: impl AsRaw<B>) -> bool { a.as_raw() == b.as_raw() }",
                cells!()
            ),
            &["macro_rules! t {", "t!(tests_default", "mod tests {"],
        ),
        File::units(
            "src/ref_cnt.rs",
            concat!("use alloc::rc::Rc; use alloc::sync::Arc; use core::pin::Pin;", cells!()),
            &["mod tests {"],
        ),
        File::units("src/serde.rs", cells!(), &["mod tests {"]),
        File::units(
            "src/weak.rs",
            concat!("use peers_arc_swap::strategy::DefaultStrategy;", cells!()),
            &["macro_rules! collision_tests {", "macro_rules! t {", "t!(tests_default"],
        ),
        File::examples("src/access.rs"),
        File::examples("src/as_raw.rs"),
        File::examples("src/cache.rs"),
        File::examples("src/compile_fail_tests.rs"),
        File::examples("src/docs/limitations.rs"),
        File::examples("src/docs/patterns.rs"),
        File::examples("src/lib.rs"),
        File::examples("src/strategy/mod.rs"),
    ],
    differences: &[
        strategy("tests/bug-210.rs", "ArcSwapAny<FakeArc, S>", "ArcSwapAny<FakeArc>"),
        strategy("tests/bug-210.rs", "ArcSwapAny::<_, S>", "ArcSwapAny::<_>"),
        strategy("tests/bug-210.rs", "write_round(", "write_round::<S>("),
        strategy("tests/random.rs", "ArcSwapAny::<_, $strategy>", "ArcSwapAny::<_>"),
        strategy(STRESS, "LLNode<S: Strategy<Option<Arc<LLNode<S>>>>>", "LLNode"),
        strategy(STRESS, "LLNode<S>>>, S>", "LLNode>>>"),
        strategy(STRESS, "LLNode<S>", "LLNode"),
        strategy(STRESS, "ArcSwapAny::<_, S>", "ArcSwapAny::<_>"),
        strategy(LIB, ", $strategy>", ">"),
        strategy(WEAK, ", $strategy>", ">"),
        strategy("src/lib.rs (examples)", "Guard::<_, DefaultStrategy>", "Guard::<_>"),
        left_out("src/strategy/mod.rs (examples)", "module", STRATEGY),
        kept(STRESS, "storm_link_list", "head.load()", "head.load_full()"),
        kept(LIB, "from_into", "shared.load()", "shared.load_full()"),
        kept(LIB, "guard_drop_in_another_thread", "shared.load()", "shared.load_full()"),
        kept(LIB, "moved_storage_box", "a.load()", "Guard::from_inner(a.load_full())"),
        kept(LIB, "moved_storage_into_inner", "ArcSwap::load(&b)", "Guard::from_inner(b.load_full())"),
        // The former does not compile there on purpose, and must not for the borrow.
        kept(COMPILED, "module_3", "shared.load()", "shared.load_full()"),
        kept(COMPILED, "module_4", "shared.load()", "shared.load_full()"),
        left_out(LIB, "load_cnt", COUNTS),
        Difference { file: LIB, what: Fails("tests::lease_overflow"), why: COUNTS },
        // All let go of what they read, and only then look for what nobody reads.
        reclaimed(
            STRESS,
            "storm_link_list",
            "assert_eq!(node_cnt, expecting);",
            "assert_eq!(node_cnt, expecting); for _ in 0..2 { head.reclaim(); for n in &nodes { n.next.reclaim(); } barr.wait(); }",
        ),
        reclaimed(
            STRESS,
            "storm_link_list",
            "inner.next.load()",
            "{ let next = inner.next.load_full(); inner.next.reclaim(); next }",
        ),
        reclaimed(
            STRESS,
            "storm_link_list",
            " n.next.store(None);",
            " n.next.store(None); n.next.reclaim(); head.reclaim();",
        ),
        reclaimed(
            STRESS,
            "storm_unroll",
            "global_cnt.fetch_add(cnt, Ordering::Relaxed);",
            "global_cnt.fetch_add(cnt, Ordering::Relaxed); head.reclaim(); barr.wait(); head.reclaim();",
        ),
        reclaimed(LIB, "swap_load", "let loaded =", "arc_swap.reclaim(); let loaded ="),
        reclaimed(LIB, "nulls", "shared.swap(None);", "shared.swap(None); shared.reclaim();"),
        reclaimed(
            LIB,
            "rcu_panic",
            "&shared.swap(Arc::new(42))",
            "&{ let old = shared.swap(Arc::new(42)); shared.reclaim(); old }",
        ),
        reclaimed(LIB, "cas_ref_cnt", "drop(prev);", "drop(prev); shared.reclaim();"),
        reclaimed(LIB, "moved_storage_box", "b.store(Arc::new(0));", "b.store(Arc::new(0)); b.reclaim();"),
        reclaimed(WEAK, "strong_guard_dropped", "weak.store($empty);", "weak.store($empty); weak.reclaim();"),
        reclaimed(WEAK, "strong_guard_into_inner", "weak.store($empty);", "weak.store($empty); weak.reclaim();"),
        reclaimed(WEAK, "reset", "shared.store(Weak::new());", "shared.store(Weak::new()); shared.reclaim();"),
        Difference { file: LIB, what: Fails("tests_default::guard_drop_in_thread"), why: THREADS },
        Difference {
            file: LIB,
            what: Fails("tests_default::debug_impl"),
            why: "`Debug` prints the name of the type, which is another here",
        },
        Difference {
            file: "src/cache.rs (unit tests)",
            what: Code("assert_eq!(42, **c1.load_no_revalidate());", ""),
            why: "it calls a private function",
        },
        Difference { file: "src/ref_cnt.rs (unit tests)", what: Code("const TAG: usize = 1;", ""), why: TAG },
        left_out("src/ref_cnt.rs (unit tests)", "misaligned_tag", TAG),
    ],
};

const STRESS: &str = "tests/stress.rs";
const LIB: &str = "src/lib.rs (unit tests)";
const WEAK: &str = "src/weak.rs (unit tests)";
const COMPILED: &str = "src/compile_fail_tests.rs (examples)";

const STRATEGY: &str = "there are no strategies, so a cell has one parameter";
const GUARD: &str = "a guard borrows its cell; what outlives the cell is an `Arc`, or a guard of one's own";
const COUNTS: &str = "it asks for the counts that the default strategy of theirs leads to; a guard never counts here";
const RECLAIM: &str = "what was replaced is let go of some stores later, or by `reclaim`";
const THREADS: &str = "what a thread replaced is let go of by that thread, or after it has ended";
const TAG: &str = "pointers are compared within one cell only, so `RefCnt` has no `TAG`";

/// A strategy that is not named here.
const fn strategy(file: &'static str, old: &'static str, new: &'static str) -> Difference {
    Difference { file, what: Code(old, new), why: STRATEGY }
}

/// A value that outlives its cell.
const fn kept(file: &'static str, test: &'static str, old: &'static str, new: &'static str) -> Difference {
    Difference { file, what: CodeIn(test, old, new), why: GUARD }
}

/// A call of `reclaim`, so that counts are what they are at once in theirs.
const fn reclaimed(file: &'static str, test: &'static str, old: &'static str, new: &'static str) -> Difference {
    Difference { file, what: CodeIn(test, old, new), why: RECLAIM }
}

const fn left_out(file: &'static str, test: &'static str, why: &'static str) -> Difference {
    Difference { file, what: LeftOut(test), why }
}
