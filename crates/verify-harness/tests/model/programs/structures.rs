//! Locks, counters and other small structures.

use super::*;

pub fn structures(name: &str, b: &Builder) -> Option<Report> {
    let n = |prefix| number(name, prefix);
    if let Some(n) = n("own/ticket N=").or(n("data-structures/ticketlock N=")) {
        let thread = |i: u64| {
            plain_body(move |m: &Mem, d: &Plain| {
                let ticket = m.add(0, 1, X);
                until(|| m.r(1, A) == ticket);
                d.set(i);
                assert_eq!(d.get(), i);
                let owner = m.r(1, X);
                m.w(1, owner + 1, L);
            })
        };
        return Some(with_plain(b, &[0, 0], (0..n).map(thread).collect()));
    }
    if let Some(n) = n("own/ttas N=").or(n("data-structures/ttaslock N=")) {
        let thread = |i: u64| {
            plain_body(move |m: &Mem, d: &Plain| {
                until(|| {
                    until(|| m.r(0, X) == 0);
                    m.swap(0, 1, A) == 0
                });
                d.set(i);
                assert_eq!(d.get(), i);
                m.w(0, 0, L);
            })
        };
        return Some(with_plain(b, &[0], (0..n).map(thread).collect()));
    }
    let mcs = |n: u64, linux: bool| {
        // Locations: the tail, then per thread its flag and its successor.
        let flag = |i: u64| 2 * i as usize - 1;
        let next = |i: u64| 2 * i as usize;
        let thread = move |i: u64| {
            plain_body(move |m: &Mem, d: &Plain| {
                let waits = u64::from(!linux);
                m.w(flag(i), waits, X);
                m.w(next(i), 0, X);
                let before = m.swap(0, i, AR);
                if before != 0 {
                    m.w(next(before), i, if linux { X } else { L });
                    until(|| m.r(flag(i), A) != waits);
                }
                d.set(i);
                assert_eq!(d.get(), i);
                let mut after = m.r(next(i), if linux { X } else { A });
                if after == 0 {
                    if m.cas(0, i, 0, L) {
                        return;
                    }
                    until(|| {
                        after = m.r(next(i), if linux { X } else { A });
                        after != 0
                    });
                }
                m.w(flag(after), 1 - waits, L);
            })
        };
        with_plain(b, &zeros(2 * n + 1), (1..=n).map(thread).collect())
    };
    if let Some(n) = n("own/mcs N=") {
        return Some(mcs(n, false));
    }
    if let Some(n) = n("data-structures/mcs_spinlock N=") {
        return Some(mcs(n, true));
    }
    for (prefix, updates) in [("own/seqlock1 N=", 1), ("own/seqlock2 N=", 2)] {
        if let Some(n) = n(prefix) {
            let mut threads = vec![body(move |m: &Mem| {
                for update in 1..=updates {
                    let sequence = m.r(0, X);
                    m.w(0, sequence + 1, X);
                    fence(L);
                    m.w(1, update, X);
                    m.w(2, update, X);
                    m.w(0, sequence + 2, L);
                }
            })];
            threads.extend(times(n, |_| {
                body(|m: &Mem| {
                    let sequence = m.r(0, A);
                    if sequence % 2 == 1 {
                        return;
                    }
                    let (x, y) = (m.r(1, X), m.r(2, X));
                    fence(A);
                    if m.r(0, X) == sequence {
                        assert_eq!(x, y);
                    }
                })
            }));
            return Some(p(b, &[0; 3], threads));
        }
    }
    // Top, bottom, then the slots.
    let push = |m: &Mem, value: u64| {
        let bottom = m.r(1, X);
        m.r(0, A);
        m.w(2 + bottom as usize, value, X);
        m.w(1, bottom + 1, L);
    };
    let pop = |m: &Mem| {
        let bottom = m.r(1, X).wrapping_sub(1);
        m.w(1, bottom, X);
        fence(S);
        let top = m.r(0, X);
        if (top as i64) <= bottom as i64 {
            m.r(2 + bottom as usize, X);
            if top == bottom {
                m.cas_or_relaxed(0, top, top + 1, S);
                m.w(1, bottom + 1, X);
            }
        } else {
            m.w(1, bottom.wrapping_add(1), X);
        }
    };
    let steal = |m: &Mem| {
        let top = m.r(0, A);
        fence(S);
        let bottom = m.r(1, A);
        if (top as i64) < bottom as i64 {
            m.r(2 + top as usize, X);
            m.cas_or_relaxed(0, top, top + 1, S);
        }
    };
    for (prefix, steals) in [("own/chaselev N=", 1), ("own/chaselev2 N=", 2)] {
        if let Some(n) = n(prefix) {
            return Some(p(
                b,
                &zeros(3 + n),
                vec![
                    body(move |m| {
                        (0..n).for_each(|i| push(m, i + 1));
                        (0..n).for_each(|_| pop(m));
                    }),
                    body(move |m| {
                        for _ in 0..steals {
                            steal(m)
                        }
                    }),
                ],
            ));
        }
    }
    None
}
