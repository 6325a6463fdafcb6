#![allow(missing_docs)]
use verify_harness::model::{
    Builder,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::*},
    },
    thread,
};
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn run(name: &str, n: usize, f: fn(&[AtomicU64], usize, usize)) {
    let c = cpu();
    let r = Builder::new().explore(move || {
        let m: Arc<Vec<AtomicU64>> = Arc::new((0..n).map(|_| AtomicU64::new(0)).collect());
        let hs: Vec<_> = (0..n)
            .map(|i| {
                let m = m.clone();
                thread::spawn(move || f(&m, i, n))
            })
            .collect();
        for h in hs {
            h.join().unwrap();
        }
    });
    let t = cpu() - c;
    println!(
        "{name} n={n}: {} (+{}) {:?} cpu {t:.2}s {:.0}/s",
        r.executions,
        r.blocked,
        r.verdict.holds(),
        r.executions as f64 / t
    );
}
fn main() {
    run("fetch_add", 7, |m, _, _| {
        m[0].fetch_add(1, Relaxed);
    });
    run("fetch_add", 8, |m, _, _| {
        m[0].fetch_add(1, Relaxed);
    });
    run("sb", 12, |m, i, n| {
        m[i].store(1, Relaxed);
        m[(i + 1) % n].load(Relaxed);
    });
    run("sb", 14, |m, i, n| {
        m[i].store(1, Relaxed);
        m[(i + 1) % n].load(Relaxed);
    });
    run("readers", 14, |m, i, _| {
        if i == 0 {
            m[0].store(42, Release)
        } else {
            m[0].load(Acquire);
        }
    });
    run("coww", 7, |m, i, _| m[0].store(i as u64, Relaxed));
}
