//! The tests of the literature, by name, in any orderings.

use memory_model::Ordering::{self, AcqRel, Acquire, NonAtomic, Relaxed, Release, SeqCst};
use memory_model::litmus::{Litmus, ThreadBuilder, reg};

/// Store buffering.
pub(crate) fn sb(store: Ordering, load: Ordering, fence: Option<Ordering>) -> Litmus {
    let side = move |mine: &'static str, other: &'static str| {
        move |t: &mut ThreadBuilder<'_>| {
            t.store(mine, 1, store);
            if let Some(fence) = fence {
                t.fence(fence);
            }
            t.load(other, load);
        }
    };
    Litmus::new("SB").thread(side("x", "y")).thread(side("y", "x")).exists(reg(0, 0).is(0) & reg(1, 0).is(0))
}

/// Message passing, without a branch.
pub(crate) fn mp(data: Ordering, store: Ordering, load: Ordering, fences: Option<(Ordering, Ordering)>) -> Litmus {
    Litmus::new("MP")
        .thread(|t| {
            t.store("x", 1, data);
            if let Some((release, _)) = fences {
                t.fence(release);
            }
            t.store("y", 1, store);
        })
        .thread(|t| {
            t.load("y", load);
            if let Some((_, acquire)) = fences {
                t.fence(acquire);
            }
            t.load("x", data);
        })
        .exists(reg(1, 0).is(1) & reg(1, 1).is(0))
}

/// Message passing that looks at the message only if the flag is set.
pub(crate) fn guarded_mp(store: Ordering, load: Ordering, fences: Option<(Ordering, Ordering)>) -> Litmus {
    Litmus::new("MP guarded")
        .thread(|t| {
            t.store("x", 1, NonAtomic);
            if let Some((release, _)) = fences {
                t.fence(release);
            }
            t.store("y", 1, store);
        })
        .thread(|t| {
            let flag = t.load("y", load);
            t.if_nonzero(flag, |t| {
                if let Some((_, acquire)) = fences {
                    t.fence(acquire);
                }
                t.load("x", NonAtomic);
            });
        })
        .exists(reg(1, 0).is(1) & reg(1, 1).is(0))
}

/// Load buffering.
pub(crate) fn lb(load: Ordering, store: Ordering) -> Litmus {
    let side = move |from: &'static str, to: &'static str| {
        move |t: &mut ThreadBuilder<'_>| {
            t.load(from, load);
            t.store(to, 1, store);
        }
    };
    Litmus::new("LB").thread(side("y", "x")).thread(side("x", "y")).exists(reg(0, 0).is(1) & reg(1, 0).is(1))
}

/// Independent reads of independent writes.
pub(crate) fn iriw(store: Ordering, first: Ordering, fence: Option<Ordering>, second: Ordering) -> Litmus {
    let reader = move |a: &'static str, b: &'static str| {
        move |t: &mut ThreadBuilder<'_>| {
            t.load(a, first);
            if let Some(fence) = fence {
                t.fence(fence);
            }
            t.load(b, second);
        }
    };
    Litmus::new("IRIW")
        .thread(|t| t.store("x", 1, store))
        .thread(reader("x", "y"))
        .thread(reader("y", "x"))
        .thread(|t| t.store("y", 1, store))
        .exists(reg(1, 0).is(1) & reg(1, 1).is(0) & reg(2, 0).is(1) & reg(2, 1).is(0))
}

/// Tests with the number of their executions under RC11 (with C++20's release sequence) and SC, from the literature and from
/// stateless model checkers.
pub(crate) fn counted() -> Vec<(Litmus, u64, u64)> {
    let mut all = vec![
        (sb(Release, Acquire, None), 4, 3),
        (sb(Relaxed, Relaxed, None), 4, 3),
        (sb(SeqCst, SeqCst, None), 3, 3),
        (sb(Relaxed, Relaxed, Some(SeqCst)), 3, 3),
        (sb(Relaxed, Relaxed, Some(AcqRel)), 4, 3),
        (mp(Relaxed, Release, Acquire, None), 3, 3),
        (mp(Relaxed, Relaxed, Relaxed, None), 4, 3),
        (mp(Relaxed, Relaxed, Relaxed, Some((Release, Acquire))), 3, 3),
        (guarded_mp(Release, Acquire, None), 2, 2),
        (guarded_mp(Relaxed, Relaxed, Some((Release, Acquire))), 2, 2),
        (lb(Relaxed, Relaxed), 3, 3),
        (lb(Acquire, Release), 3, 3),
        (iriw(SeqCst, Acquire, None, SeqCst), 16, 15),
        (iriw(SeqCst, SeqCst, None, SeqCst), 15, 15),
        (iriw(Release, Acquire, None, Acquire), 16, 15),
        (iriw(Relaxed, Relaxed, Some(SeqCst), Relaxed), 15, 15),
        (iriw(Relaxed, Relaxed, Some(AcqRel), Relaxed), 16, 15),
    ];
    let test = |name: &str| Litmus::new(name);
    all.push((
        test("SB+3sc+acq")
            .thread(|t| {
                t.store("x", 1, SeqCst);
                t.load("y", Acquire);
            })
            .thread(|t| {
                t.store("y", 1, SeqCst);
                t.load("x", SeqCst);
            }),
        4,
        3,
    ));
    let fenced_pair = |t: &mut ThreadBuilder<'_>, first: &str, second: &str| {
        t.load(first, Relaxed);
        t.fence(AcqRel);
        t.load(second, Relaxed);
    };
    all.push((
        test("MP2")
            .thread(|t| {
                t.store("a", 1, Relaxed);
                t.store("c", 1, Relaxed);
                t.fence(AcqRel);
                t.store("b", 1, Relaxed);
                t.store("d", 1, Relaxed);
            })
            .thread(|t| fenced_pair(t, "b", "a"))
            .thread(|t| fenced_pair(t, "d", "c")),
        9,
        9,
    ));
    all.push((
        test("MPU2")
            .thread(|t| {
                t.store("x", 1, NonAtomic);
                t.store("y", 1, Release);
            })
            .thread(|t| {
                t.compare_exchange("y", 2, 3, Relaxed, Relaxed);
            })
            .thread(|t| {
                t.compare_exchange("y", 1, 2, Relaxed, Relaxed);
            })
            .thread(|t| {
                let seen = t.load("y", Relaxed);
                t.if_nonzero(seen.equals(3), |t| {
                    t.fence(Acquire);
                    t.store("x", 2, NonAtomic);
                });
            }),
        14,
        14,
    ));
    all.push((
        test("IRIWish")
            .thread(|t| t.store("x", 1, Relaxed))
            .thread(|t| {
                let r = t.load("x", Relaxed);
                t.store("y", r, Release);
            })
            .thread(|t| fenced_pair(t, "x", "y"))
            .thread(|t| fenced_pair(t, "y", "x")),
        28,
        27,
    ));
    all.push((
        test("W+RWC")
            .thread(|t| {
                t.store("x", 1, Relaxed);
                t.store("z", 1, Release);
            })
            .thread(|t| {
                t.load("z", Acquire);
                t.fence(SeqCst);
                t.load("y", Relaxed);
            })
            .thread(|t| {
                t.store("y", 1, Relaxed);
                t.fence(SeqCst);
                t.load("x", Relaxed);
            }),
        7,
        7,
    ));
    all.push((
        test("Z6.U")
            .thread(|t| {
                t.store("x", 1, SeqCst);
                t.store("y", 1, Release);
            })
            .thread(|t| {
                t.fetch_add("y", 1, SeqCst);
                t.load("y", Relaxed);
            })
            .thread(|t| {
                t.store("y", 3, SeqCst);
                t.load("x", SeqCst);
            }),
        // The test for which RC11 was made weaker than C11: all 24 coherent executions are allowed. Checkers that let the
        // step from the read to the write of the read-modify-write count as one between locations report 22.
        24,
        18,
    ));
    all.push((
        test("2+2W")
            .thread(|t| {
                t.store("x", 1, Release);
                t.store("y", 2, Release);
            })
            .thread(|t| {
                t.store("y", 1, Release);
                t.store("x", 2, Release);
            }),
        4,
        3,
    ));
    let read_twice = |t: &mut ThreadBuilder<'_>| {
        t.load("x", Acquire);
        t.load("x", Acquire);
    };
    all.push((
        test("CoRR")
            .thread(|t| {
                t.store("x", 1, Release);
                t.store("x", 2, Release);
            })
            .thread(read_twice),
        6,
        6,
    ));
    all.push((
        test("CoRR2")
            .thread(|t| t.store("x", 1, Release))
            .thread(|t| t.store("x", 2, Release))
            .thread(read_twice)
            .thread(read_twice),
        72,
        72,
    ));
    let increment = |t: &mut ThreadBuilder<'_>| {
        t.fetch_add("x", 1, Relaxed);
    };
    all.push((
        test("cii")
            .thread(|t| {
                t.compare_exchange("x", 1, 2, Relaxed, Relaxed);
            })
            .thread(increment)
            .thread(increment),
        6,
        6,
    ));
    all.push((
        test("ccr")
            .thread(|t| {
                t.compare_exchange("x", 0, 42, Relaxed, Relaxed);
            })
            .thread(|t| {
                t.compare_exchange("x", 0, 17, Relaxed, Relaxed);
                t.load("x", Relaxed);
            }),
        2,
        2,
    ));
    all.push((
        test("casdep")
            .thread(|t| {
                let a = t.load("x", Relaxed);
                t.compare_exchange("y", a, 1, Relaxed, Relaxed);
                t.store("z", a, Relaxed);
            })
            .thread(|t| t.store("y", 2, Relaxed)),
        2,
        2,
    ));
    all.push((
        test("inc2w").thread(increment).thread(|t| t.store("x", 4, Release)).thread(|t| {
            t.fetch_add("x", 2, Relaxed);
        }),
        6,
        6,
    ));
    all.push((
        test("rinc+wr").thread(increment).thread(|t| {
            t.store("x", 2, Relaxed);
            t.load("x", Relaxed);
        }),
        3,
        3,
    ));
    all.push((
        test("relseq")
            .thread(|t| {
                t.store("x", 1, Relaxed);
                t.store("y", 1, Release);
                t.store("y", 2, Relaxed);
            })
            .thread(|t| {
                t.exchange("y", 3, Relaxed);
            })
            .thread(|t| {
                t.load("y", Relaxed);
                t.fence(AcqRel);
                t.load("x", Relaxed);
            }),
        20,
        16,
    ));
    all.push((
        test("detour")
            .thread(|t| t.store("x", 1, Relaxed))
            .thread(|t| {
                let a = t.load("z", Relaxed);
                t.store("x", a - 1, Relaxed);
                let b = t.load("x", Relaxed);
                t.store("y", b, Relaxed);
            })
            .thread(|t| {
                let c = t.load("y", Relaxed);
                t.store("z", c, Relaxed);
            }),
        9,
        9,
    ));
    all.push((
        test("peterZ")
            .thread(|t| {
                t.store("x", 1, Relaxed);
                t.fence(SeqCst);
                t.load("y", Relaxed);
            })
            .thread(|t| {
                t.store("y", 1, Relaxed);
                t.store("z", 1, Release);
            })
            .thread(|t| {
                t.load("z", Acquire);
                t.fence(SeqCst);
                t.load("x", Relaxed);
            }),
        7,
        7,
    ));
    all.push((
        test("Z6+acq")
            .thread(|t| {
                t.store("a", 1, Relaxed);
                t.fence(SeqCst);
                t.store("b", 1, Relaxed);
            })
            .thread(|t| {
                t.load("b", Acquire);
                t.store("c", 1, Relaxed);
            })
            .thread(|t| {
                t.store("c", 2, Relaxed);
                t.fence(SeqCst);
                t.load("a", Relaxed);
            }),
        7,
        7,
    ));
    all
}
