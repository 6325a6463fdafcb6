//! Litmus tests.

use super::*;

pub fn litmus(name: &str, b: &Builder) -> Option<Report> {
    let sb = |w0, r1, w1, r0| {
        vec![
            body(move |m| {
                m.w(0, 1, w0);
                m.r(1, r1);
            }),
            body(move |m| {
                m.w(1, 1, w1);
                m.r(0, r0);
            }),
        ]
    };
    let w = |at, value, order| body(move |m| m.w(at, value, order));
    let r = |at, order| {
        body(move |m| {
            m.r(at, order);
        })
    };
    let rr = |a, oa, b, ob| {
        body(move |m| {
            m.r(a, oa);
            m.r(b, ob);
        })
    };
    Some(match name {
        "litmus/SB" => p(b, &[0, 0], sb(L, A, L, A)),
        "litmus/SB+4sc" => p(b, &[0, 0], sb(S, S, S, S)),
        "litmus/SB+3sc+acq" => p(b, &[0, 0], sb(S, S, S, A)),
        "litmus/SB+scfs" => p(
            b,
            &[0, 0],
            vec![
                body(|m| {
                    m.w(0, 1, X);
                    fence(S);
                    m.r(1, X);
                }),
                body(|m| {
                    m.w(1, 1, X);
                    fence(S);
                    m.r(0, X);
                }),
            ],
        ),
        "litmus/MP" => p(
            b,
            &[0, 0],
            vec![
                body(|m| {
                    m.w(0, 1, L);
                    m.w(1, 1, L);
                }),
                rr(1, A, 0, A),
            ],
        ),
        "litmus/MP2" => p(
            b,
            &[0; 4],
            vec![
                body(|m| {
                    m.w(0, 1, X);
                    m.w(2, 1, X);
                    fence(AR);
                    m.w(1, 1, X);
                    m.w(3, 1, X);
                }),
                body(|m| {
                    m.r(1, X);
                    fence(AR);
                    m.r(0, X);
                }),
                body(|m| {
                    m.r(3, X);
                    fence(AR);
                    m.r(2, X);
                }),
            ],
        ),
        "litmus/MP+rel+acq" | "own/mp" => with_plain(
            b,
            &[0],
            vec![
                plain_body(|m, d| {
                    d.set(1);
                    m.w(0, 1, L);
                }),
                plain_body(|m, d| {
                    if m.r(0, A) != 0 {
                        assert_eq!(d.get(), 1);
                    }
                }),
            ],
        ),
        "litmus/MP+relf+acqf" => with_plain(
            b,
            &[0],
            vec![
                plain_body(|m, d| {
                    d.set(1);
                    fence(L);
                    m.w(0, 1, X);
                }),
                plain_body(|m, d| {
                    if m.r(0, X) != 0 {
                        fence(A);
                        assert_eq!(d.get(), 1);
                    }
                }),
            ],
        ),
        "litmus/MPU2+rel+acqf" => with_plain(
            b,
            &[0],
            vec![
                plain_body(|m, d| {
                    d.set(1);
                    m.w(0, 1, L);
                }),
                plain_body(|m, _| {
                    m.cas(0, 2, 3, X);
                }),
                plain_body(|m, _| {
                    m.cas(0, 1, 2, X);
                }),
                plain_body(|m, d| {
                    if m.r(0, X) > 2 {
                        fence(A);
                        d.set(2);
                    }
                }),
            ],
        ),
        "litmus/LB" => p(
            b,
            &[0, 0],
            vec![
                body(|m| {
                    m.r(1, A);
                    m.w(0, 1, L);
                }),
                body(|m| {
                    m.r(0, A);
                    m.w(1, 1, L);
                }),
            ],
        ),
        "litmus/IRIWish" => p(
            b,
            &[0, 0],
            vec![
                w(0, 1, X),
                body(|m| {
                    let v = m.r(0, X);
                    m.w(1, v, L);
                }),
                body(|m| {
                    m.r(0, X);
                    fence(AR);
                    m.r(1, X);
                }),
                body(|m| {
                    m.r(1, X);
                    fence(AR);
                    m.r(0, X);
                }),
            ],
        ),
        "litmus/IRIW-acq-sc" => p(b, &[0, 0], vec![w(0, 1, S), rr(0, A, 1, S), rr(1, A, 0, S), w(1, 1, S)]),
        "litmus/W+RWC" => p(
            b,
            &[0; 3],
            vec![
                body(|m| {
                    m.w(0, 1, X);
                    m.w(2, 1, L);
                }),
                body(|m| {
                    m.r(2, A);
                    fence(S);
                    m.r(1, X);
                }),
                body(|m| {
                    m.w(1, 1, X);
                    fence(S);
                    m.r(0, X);
                }),
            ],
        ),
        "litmus/Z6.U" => p(
            b,
            &[0, 0],
            vec![
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
            ],
        ),
        "litmus/Z6+acq" => p(
            b,
            &[0; 3],
            vec![
                body(|m| {
                    m.w(0, 1, X);
                    fence(S);
                    m.w(1, 1, X);
                }),
                body(|m| {
                    m.r(1, A);
                    m.w(2, 1, X);
                }),
                body(|m| {
                    m.w(2, 2, X);
                    fence(S);
                    m.r(0, X);
                }),
            ],
        ),
        "litmus/2+2W" => p(
            b,
            &[0, 0],
            vec![
                body(|m| {
                    m.w(0, 1, L);
                    m.w(1, 2, L);
                }),
                body(|m| {
                    m.w(1, 1, L);
                    m.w(0, 2, L);
                }),
            ],
        ),
        "litmus/CoRR" => p(
            b,
            &[0],
            vec![
                body(|m| {
                    m.w(0, 1, L);
                    m.w(0, 2, L);
                }),
                rr(0, A, 0, A),
            ],
        ),
        "litmus/CoRR0" => p(b, &[0], vec![w(0, 1, L), r(0, A), r(0, A)]),
        "litmus/CoRR1" => p(b, &[0], vec![w(0, 1, L), w(0, 2, L), rr(0, A, 0, A), r(0, A)]),
        "litmus/CoRR2" => p(b, &[0], vec![w(0, 1, L), w(0, 2, L), rr(0, A, 0, A), rr(0, A, 0, A)]),
        "litmus/2CoWR" => p(b, &[0, 0], vec![r(1, A), r(0, A), w(0, 1, L), w(1, 1, L)]),
        "litmus/cii" => p(
            b,
            &[0],
            vec![
                body(|m| {
                    m.cas(0, 1, 2, X);
                }),
                body(|m| {
                    m.add(0, 1, X);
                }),
                body(|m| {
                    m.add(0, 1, X);
                }),
            ],
        ),
        "litmus/ccr" => p(
            b,
            &[0],
            vec![
                body(|m| {
                    m.cas(0, 0, 42, X);
                }),
                body(|m| {
                    m.cas(0, 0, 17, X);
                    m.r(0, X);
                }),
            ],
        ),
        "litmus/casdep" => p(
            b,
            &[0; 3],
            vec![
                body(|m| {
                    let a = m.r(0, X);
                    m.cas(1, a, 1, X);
                    m.w(2, a, X);
                }),
                w(1, 2, X),
            ],
        ),
        "litmus/rinc+wr" => p(
            b,
            &[0],
            vec![
                body(|m| {
                    m.add(0, 1, X);
                }),
                body(|m| {
                    m.w(0, 2, X);
                    m.r(0, X);
                }),
            ],
        ),
        "litmus/inc2w" => p(
            b,
            &[0],
            vec![
                body(|m| {
                    m.add(0, 1, X);
                }),
                w(0, 4, L),
                body(|m| {
                    m.add(0, 2, X);
                }),
            ],
        ),
        "litmus/relseq" => p(
            b,
            &[0, 0],
            vec![
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
            ],
        ),
        "litmus/peterZ" => p(
            b,
            &[0; 3],
            vec![
                body(|m| {
                    m.w(0, 1, X);
                    fence(S);
                    m.r(1, X);
                }),
                body(|m| {
                    m.w(1, 1, X);
                    m.w(2, 1, L);
                }),
                body(|m| {
                    m.r(2, A);
                    fence(S);
                    m.r(0, X);
                }),
            ],
        ),
        "litmus/detour" => p(
            b,
            &[0; 3],
            vec![
                w(0, 1, X),
                body(|m| {
                    let a = m.r(2, X);
                    m.w(0, a.wrapping_sub(1), X);
                    let v = m.r(0, X);
                    m.w(1, v, X);
                }),
                body(|m| {
                    let c = m.r(1, X);
                    m.w(2, c, X);
                }),
            ],
        ),
        "litmus/WWR+2WR" => p(
            b,
            &[0; 3],
            vec![
                body(|m| {
                    m.w(0, 1, S);
                    m.w(1, 1, S);
                    hint::assume(m.r(2, S) == 0);
                }),
                body(|m| {
                    m.w(2, 1, S);
                    hint::assume(m.r(1, S) == 2);
                }),
                body(|m| {
                    m.w(1, 2, S);
                    hint::assume(m.r(0, S) == 0);
                }),
            ],
        ),
        "own/iriw_rlx" => p(b, &[0, 0], vec![w(0, 1, X), w(1, 1, X), rr(0, X, 1, X), rr(1, X, 0, X)]),
        _ => return None,
    })
}
