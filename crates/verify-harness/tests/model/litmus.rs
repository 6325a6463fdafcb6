use crate::shape::*;
use verify_harness::model::{Builder, Model};

fn count(init: &[u64], threads: Vec<Body>) -> (u64, u64) {
    let rc11 = explore(&Builder::new(), init, threads.clone());
    assert!(rc11.verdict.holds(), "{:?}", rc11.verdict);
    let mut sc = Builder::new();
    sc.model = Model::Sc;
    let sc = explore(&sc, init, threads);
    assert!(sc.verdict.holds(), "{:?}", sc.verdict);
    eprintln!("{} {}   blocked {} {}", rc11.executions, sc.executions, rc11.blocked, sc.blocked);
    (rc11.executions, sc.executions)
}

#[test]
fn classic() {
    let sb = |a, b| {
        vec![
            body(move |m| {
                m.w(0, 1, a);
                m.r(1, b);
            }),
            body(move |m| {
                m.w(1, 1, a);
                m.r(0, b);
            }),
        ]
    };
    assert_eq!(count(&[0, 0], sb(L, A)), (4, 3));
    assert_eq!(count(&[0, 0], sb(S, S)), (3, 3));
    let iriw = |w, r| {
        vec![
            body(move |m| {
                m.w(0, 1, w);
            }),
            body(move |m| {
                m.w(1, 1, w);
            }),
            body(move |m| {
                m.r(0, A);
                m.r(1, r);
            }),
            body(move |m| {
                m.r(1, A);
                m.r(0, r);
            }),
        ]
    };
    assert_eq!(count(&[0, 0], iriw(X, X)), (16, 15));
    assert_eq!(count(&[0, 0], iriw(S, S)), (16, 15));
    let ainc = |n| {
        (0..n)
            .map(|_| {
                body(|m| {
                    m.add(0, 1, X);
                })
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(count(&[0], ainc(2)), (2, 2));
    assert_eq!(count(&[0], ainc(3)), (6, 6));
    assert_eq!(count(&[0], ainc(5)), (120, 120));
    let relseq = vec![
        body(|m| {
            m.w(0, 1, X);
            m.w(1, 1, L);
            m.w(1, 2, X);
        }),
        body(|m| {
            m.swap(1, 3, X);
        }),
        body(|m| {
            m.r(1, X);
            fence(AR);
            m.r(0, X);
        }),
    ];
    assert_eq!(count(&[0, 0], relseq), (20, 16));
    let z6u = vec![
        body(|m| {
            m.w(0, 1, S);
            m.w(1, 1, L);
        }),
        body(|m| {
            m.add(1, 1, S);
            m.r(1, X);
        }),
        body(|m| {
            m.w(1, 3, S);
            m.r(0, S);
        }),
    ];
    assert_eq!(count(&[0, 0], z6u), (24, 18));
    let casrot = |n: u64| {
        (1..=n)
            .map(|i| {
                body(move |m| {
                    m.cas(0, i - 1, i, X);
                })
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(count(&[0], casrot(3)), (5, 5));
    assert_eq!(count(&[0], casrot(5)), (43, 43));
    let casw = |n: u64| {
        (0..n)
            .map(|i| {
                body(move |m| {
                    m.cas(0, 0, 1, X);
                    m.w(0, i + 3, L);
                })
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(count(&[0], casw(3)), (66, 66));
    let fib = |n: u64| {
        vec![
            body(move |m| {
                for _ in 0..n {
                    let (a, b) = (m.r(0, A), m.r(1, A));
                    m.w(0, a + b, L);
                }
            }),
            body(move |m| {
                for _ in 0..n {
                    let (a, b) = (m.r(0, A), m.r(1, A));
                    m.w(1, a + b, L);
                }
            }),
        ]
    };
    assert_eq!(count(&[1, 1], fib(3)).0, 175);
    assert_eq!(count(&[1, 1], fib(4)).0, 1764);
}
