//! Programs with known execution counts, by name.

use crate::shape::*;
use verify_harness::model::cell::UnsafeCell;
use verify_harness::model::sync::{Arc, Mutex};
use verify_harness::model::{Builder, Estimate, Report, hint, thread};

fn p(builder: &Builder, init: &[u64], threads: Vec<Body>) -> Report {
    explore(builder, init, threads)
}

fn times(n: u64, f: impl Fn(u64) -> Body) -> Vec<Body> {
    (0..n).map(f).collect()
}

/// A loop that waits: the mark at the head of each iteration, as GenMC places it.
#[track_caller]
fn until(mut done: impl FnMut() -> bool) {
    loop {
        hint::spin_loop();
        if done() {
            return;
        }
    }
}

/// A cell without synchronization.
struct Plain(UnsafeCell<u64>);

// SAFETY: every access is checked for races before it happens.
unsafe impl Sync for Plain {}

impl Plain {
    #[track_caller]
    fn get(&self) -> u64 {
        // SAFETY: the checker reports a race before the closure runs.
        self.0.with(|value| unsafe { *value })
    }
    #[track_caller]
    fn set(&self, new: u64) {
        // SAFETY: as in `get`.
        self.0.with_mut(|value| unsafe { *value = new });
    }
}

/// A thread that uses the locations and the plain cell.
type PlainBody = Arc<dyn Fn(&Mem, &Plain) + Send + Sync>;

/// Explores threads that share locations and one plain cell.
fn with_plain(builder: &Builder, init: &[u64], threads: Vec<PlainBody>) -> Report {
    let init = init.to_vec();
    start(builder, move || {
        let shared = Arc::new((Mem::new(&init), Plain(UnsafeCell::new(0))));
        let handles: Vec<_> = threads
            .iter()
            .map(|body| {
                let (shared, body) = (Arc::clone(&shared), Arc::clone(body));
                thread::spawn(move || body(&shared.0, &shared.1))
            })
            .collect();
        handles.into_iter().for_each(|handle| handle.join().unwrap());
    })
}

fn plain_body(f: impl Fn(&Mem, &Plain) + Send + Sync + 'static) -> PlainBody {
    Arc::new(f)
}

/// The number in `name` after `prefix`.
fn number(name: &str, prefix: &str) -> Option<u64> {
    name.strip_prefix(prefix)?.split(' ').next()?.parse().ok()
}

/// Runs the program called `name`, or says that there is none.
pub fn run(name: &str, b: &Builder) -> Option<Report> {
    litmus(name, b).or_else(|| synthetic(name, b)).or_else(|| structures(name, b)).or_else(|| stacks(name, b))
}

/// Estimates the number of executions of the program called `name`.
pub fn estimate(name: &str, builder: &Builder, walks: u64) -> Option<Estimate> {
    estimated(walks, || drop(run(name, builder)))
}

fn litmus(name: &str, b: &Builder) -> Option<Report> {
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

fn zeros(n: u64) -> Vec<u64> {
    vec![0; n as usize]
}

fn synthetic(name: &str, b: &Builder) -> Option<Report> {
    let n = |prefix| number(name, prefix);
    let ring = |n: u64, first: fn(&Mem, usize, usize)| {
        times(n, |i| body(move |m| first(m, i as usize, ((i + 1) % n) as usize)))
    };
    if let Some(n) = n("own/sb N=") {
        return Some(p(
            b,
            &zeros(n),
            ring(n, |m, i, next| {
                m.w(i, 1, X);
                m.r(next, X);
            }),
        ));
    }
    if let Some(n) = n("own/sb_sc N=") {
        return Some(p(
            b,
            &zeros(n),
            ring(n, |m, i, next| {
                m.w(i, 1, S);
                m.r(next, S);
            }),
        ));
    }
    if let Some(n) = n("own/lb N=") {
        return Some(p(
            b,
            &zeros(n),
            ring(n, |m, i, next| {
                m.r(i, X);
                m.w(next, 1, X);
            }),
        ));
    }
    if let Some(n) = n("synthetic/readers N=") {
        let mut threads = vec![body(|m| m.w(0, 42, L))];
        threads.extend(times(n, |_| {
            body(|m| {
                m.r(0, A);
            })
        }));
        return Some(p(b, &[0], threads));
    }
    if let Some(n) = n("synthetic/ainc N=") {
        return Some(p(
            b,
            &[0],
            times(n, |_| {
                body(|m| {
                    m.add(0, 1, X);
                })
            }),
        ));
    }
    if let Some(n) = n("synthetic/binc N=") {
        return Some(p(
            b,
            &[0, 0],
            times(n, |_| {
                body(|m| {
                    m.add(0, 1, X);
                    m.add(1, 1, X);
                })
            }),
        ));
    }
    if let Some(n) = n("synthetic/rw N=") {
        return Some(p(
            b,
            &[0],
            times(n, |i| {
                body(move |m| {
                    m.r(0, X);
                    m.w(0, i + 1, L);
                })
            }),
        ));
    }
    if let Some(n) = n("synthetic/casrot N=") {
        return Some(p(
            b,
            &[0],
            times(n, |i| {
                body(move |m| {
                    m.cas(0, i, i + 1, X);
                })
            }),
        ));
    }
    if let Some(n) = n("synthetic/casw N=") {
        return Some(p(
            b,
            &[0],
            times(n, |i| {
                body(move |m| {
                    m.cas(0, 0, 1, X);
                    m.w(0, i + 3, L);
                })
            }),
        ));
    }
    if let Some(n) = n("synthetic/wcas N=") {
        let mut threads = vec![body(|m| m.w(0, 2, L))];
        threads.extend(times(n, |_| {
            body(|m| {
                m.cas(0, 2, 3, X);
            })
        }));
        return Some(p(b, &[0], threads));
    }
    if let Some(n) = n("synthetic/CoA N=") {
        let mut threads = vec![
            body(|m| {
                m.w(0, 1, L);
                m.r(1, A);
                m.r(0, A);
            }),
            body(|m| {
                m.w(0, 2, L);
                m.r(2, A);
                m.r(0, A);
            }),
        ];
        threads.extend(times(n - 1, |i| {
            body(move |m| {
                m.w(1, i + 1, L);
                m.w(2, i + 1, L);
            })
        }));
        return Some(p(b, &[0; 3], threads));
    }
    if let Some(n) = n("synthetic/lastzero N=") {
        let mut threads = vec![body(move |m| {
            let mut i = n as usize;
            while m.r(i, A) != 0 {
                i -= 1;
            }
        })];
        threads.extend(times(n, |i| {
            body(move |m| {
                let v = m.r(i as usize, A);
                m.w(i as usize + 1, v + 1, L);
            })
        }));
        return Some(p(b, &zeros(n + 1), threads));
    }
    let fib = |n: u64, to: usize| {
        body(move |m| {
            for _ in 0..n {
                let (x, y) = (m.r(0, A), m.r(1, A));
                m.w(to, x + y, L);
            }
        })
    };
    if let Some(n) = n("own/fib N=") {
        return Some(p(b, &[1, 1], vec![fib(n, 0), fib(n, 1)]));
    }
    if let Some(n) = n("synthetic/fib_bench NUM=") {
        let observer = body(|m| {
            let _ = m.r(0, A) <= 144 && m.r(1, A) <= 144;
        });
        return Some(p(b, &[1, 1], vec![fib(n, 0), fib(n, 1), observer]));
    }
    if name == "synthetic/peterson-sc" {
        let thread = |i: usize| {
            plain_body(move |m, d| {
                let other = 1 - i;
                m.w(i, 1, S);
                m.w(2, other as u64, S);
                until(|| m.r(other, S) == 0 || m.r(2, S) != other as u64);
                d.set(i as u64);
                assert_eq!(d.get(), i as u64);
                m.w(i, 0, S);
            })
        };
        return Some(with_plain(b, &[0; 3], vec![thread(0), thread(1)]));
    }
    for (prefix, cells) in [("synthetic/lockinc N=", 1), ("synthetic/lock2inc N=", 2)] {
        if let Some(n) = n(prefix) {
            return Some(start(b, move || {
                let shared = Arc::new((Mutex::new(()), Mem::new(&[0, 0])));
                let handles: Vec<_> = (0..n)
                    .map(|_| {
                        let shared = Arc::clone(&shared);
                        thread::spawn(move || {
                            let guard = shared.0.lock().unwrap();
                            for cell in 0..cells {
                                let value = shared.1.r(cell, X);
                                shared.1.w(cell, value + 1, X);
                            }
                            drop(guard);
                        })
                    })
                    .collect();
                handles.into_iter().for_each(|handle| handle.join().unwrap());
                assert_eq!(shared.1.r(0, X), n);
            }));
        }
    }
    if name == "synthetic/commits N=2" {
        let thread = |id: u64| {
            body(move |m| {
                let mut done = 0;
                for _ in 0..6 {
                    m.w(0, id, L);
                    if m.r(0, A) == id {
                        done += 1;
                        if done == 2 {
                            return;
                        }
                    }
                }
            })
        };
        return Some(p(b, &[0], vec![thread(1), thread(2)]));
    }
    if let Some(n) = n("own/indexer N=") {
        let threads = times(n, |tid| {
            body(move |m| {
                for message in 1..=4 {
                    let word = message * 11 + tid;
                    let mut hash = word * 7 % 128;
                    while !m.cas(hash as usize, 0, word, X) {
                        hash = (hash + 1) % 128;
                    }
                }
            })
        });
        return Some(p(b, &[0; 128], threads));
    }
    None
}

fn structures(name: &str, b: &Builder) -> Option<Report> {
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

/// Top, then the successor of each node.
fn push(m: &Mem, node: u64) {
    loop {
        let top = m.r(0, A);
        m.w(node as usize, top, X);
        if m.cas(0, top, node, L) {
            return;
        }
    }
}

fn pop(m: &Mem) {
    until(|| {
        let top = m.r(0, A);
        top == 0 || {
            let next = m.r(top as usize, X);
            m.cas(0, top, next, L)
        }
    });
}

/// As `push`, with a counter in the upper half of each reference, after writing a word that goes with the node.
fn counted_push(m: &Mem, node: u64, data: usize) {
    m.w(data + node as usize, node, X);
    loop {
        let top = m.r(0, A);
        m.w(node as usize, top, X);
        if m.cas(0, top, node | ((top >> 32) + 1) << 32, L) {
            return;
        }
    }
}

/// As `pop`, with counters; reads the word that goes with the node.
fn counted_pop(m: &Mem, data: usize) {
    let mut node = 0;
    until(|| {
        let top = m.r(0, A);
        node = top as u32;
        node == 0 || {
            let next = u64::from(m.r(node as usize, X) as u32);
            m.cas(0, top, next | ((top >> 32) + 1) << 32, L)
        }
    });
    if node != 0 {
        m.r(data + node as usize, X);
    }
}

/// Head, tail, then the successor of each node; node 1 is the sentinel.
fn enqueue(m: &Mem, node: u64) {
    m.w(node as usize + 1, 0, X);
    until(|| {
        let tail = m.r(1, A);
        let next = m.r(tail as usize + 1, A);
        if next != 0 {
            m.cas(1, tail, next, L);
            return false;
        }
        m.cas(tail as usize + 1, 0, node, L) && {
            m.cas(1, tail, node, L);
            true
        }
    });
}

fn dequeue(m: &Mem) {
    until(|| {
        let head = m.r(0, A);
        let tail = m.r(1, A);
        let next = m.r(head as usize + 1, A);
        if next == 0 {
            return true;
        }
        if head == tail {
            m.cas(1, tail, next, L);
        }
        m.cas(0, head, next, L)
    });
}

fn stacks(name: &str, b: &Builder) -> Option<Report> {
    let both = |node: u64| {
        body(move |m: &Mem| {
            push(m, node);
            pop(m);
        })
    };
    let pusher = |node: u64| body(move |m: &Mem| push(m, node));
    let popper = |_| body(pop);
    let enqueuer = |node: u64| body(move |m: &Mem| enqueue(m, node + 1));
    let dequeuer = |_| body(dequeue);
    let mix = |a: Vec<Body>, b: Vec<Body>| a.into_iter().chain(b).collect::<Vec<_>>();
    let counted = |readers: u64, writers: u64, both: u64| {
        let data = (writers + both) as usize;
        let mut threads = times(readers, |_| body(move |m: &Mem| counted_pop(m, data)));
        threads.extend(times(writers, |i| body(move |m: &Mem| counted_push(m, i + 1, data))));
        threads.extend(times(both, |i| {
            body(move |m: &Mem| {
                counted_push(m, i + 1, data);
                counted_pop(m, data);
            })
        }));
        p(b, &zeros(2 * data as u64 + 1), threads)
    };
    let queue = [1, 1, 0, 0, 0, 0];
    Some(match name.trim_end_matches(" (no await-elimination)") {
        "own/trb N=2" => p(b, &zeros(3), (1..=2).map(both).collect()),
        "own/trb N=3" => p(b, &zeros(4), (1..=3).map(both).collect()),
        "own/trb21" => p(b, &zeros(3), mix((1..=2).map(pusher).collect(), times(1, popper))),
        "own/trb22" => p(b, &zeros(3), mix((1..=2).map(pusher).collect(), times(2, popper))),
        "data-structures/treiber-stack R=0 W=3 RW=0" => counted(0, 3, 0),
        "data-structures/treiber-stack R=1 W=2 RW=0" => counted(1, 2, 0),
        "data-structures/treiber-stack R=2 W=2 RW=0" => counted(2, 2, 0),
        "data-structures/treiber-stack R=0 W=0 RW=2" => counted(0, 0, 2),
        "data-structures/treiber-stack R=0 W=0 RW=3" => counted(0, 0, 3),
        "own/msq21" => p(b, &queue, mix((1..=2).map(enqueuer).collect(), times(1, dequeuer))),
        "own/msq22" => p(b, &queue, mix((1..=2).map(enqueuer).collect(), times(2, dequeuer))),
        _ => return None,
    })
}
