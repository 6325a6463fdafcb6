//! Programs made to be counted.

use super::*;

pub fn synthetic(name: &str, b: &Builder) -> Option<Report> {
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
