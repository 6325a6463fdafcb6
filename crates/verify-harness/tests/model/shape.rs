//! Programs of a fixed shape: some locations, some threads.

use std::cell::Cell;
use verify_harness::model::cell::UnsafeCell;
use verify_harness::model::sync::Arc;
use verify_harness::model::sync::atomic::{AtomicU64, Ordering};

use verify_harness::model::{Builder, Estimate, Report, thread};

pub use Ordering::{AcqRel as AR, Acquire as A, Relaxed as X, Release as L, SeqCst as S};
pub use verify_harness::model::sync::atomic::fence;

/// A number that is not atomic, and a flag.
pub struct Shared {
    pub data: UnsafeCell<u64>,
    pub flag: AtomicU64,
}

// SAFETY: the checker reports races before they happen.
unsafe impl Sync for Shared {}

impl Shared {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { data: UnsafeCell::new(0), flag: AtomicU64::new(0) })
    }
    #[track_caller]
    pub fn set(&self, new: u64) {
        // SAFETY: a race is reported before the closure runs.
        self.data.with_mut(|value| unsafe { *value = new });
    }
    #[track_caller]
    pub fn get(&self) -> u64 {
        // SAFETY: a race is reported before the closure runs.
        self.data.with(|value| unsafe { *value })
    }
}

/// Shared locations.
pub struct Mem(Vec<AtomicU64>);

impl Mem {
    #[track_caller]
    pub fn new(initial: &[u64]) -> Self {
        Self(initial.iter().map(|value| AtomicU64::new(*value)).collect())
    }
    #[track_caller]
    pub fn w(&self, at: usize, value: u64, order: Ordering) {
        self.0[at].store(value, order);
    }
    #[track_caller]
    pub fn r(&self, at: usize, order: Ordering) -> u64 {
        self.0[at].load(order)
    }
    #[track_caller]
    pub fn add(&self, at: usize, value: u64, order: Ordering) -> u64 {
        self.0[at].fetch_add(value, order)
    }
    #[track_caller]
    pub fn swap(&self, at: usize, value: u64, order: Ordering) -> u64 {
        self.0[at].swap(value, order)
    }
    /// A compare-exchange whose failure is a relaxed load.
    #[track_caller]
    pub fn cas_or_relaxed(&self, at: usize, old: u64, new: u64, order: Ordering) -> bool {
        self.0[at].compare_exchange(old, new, order, X).is_ok()
    }
    /// A compare-exchange whose failure is as strong a load as its success.
    #[track_caller]
    pub fn cas(&self, at: usize, old: u64, new: u64, order: Ordering) -> bool {
        let failure = match order {
            L => X,
            AR => A,
            other => other,
        };
        self.0[at].compare_exchange(old, new, order, failure).is_ok()
    }
}

pub type Body = Arc<dyn Fn(&Mem) + Send + Sync>;

pub fn body(f: impl Fn(&Mem) + Send + Sync + 'static) -> Body {
    Arc::new(f)
}

/// Explores a program whose threads all run beside each other; the main thread makes the locations and joins.
pub fn explore(builder: &Builder, initial: &[u64], threads: Vec<Body>) -> Report {
    let initial = initial.to_vec();
    start(builder, move || {
        let mem = Arc::new(Mem::new(&initial));
        let handles: Vec<_> = threads
            .iter()
            .map(|body| {
                let (mem, body) = (Arc::clone(&mem), Arc::clone(body));
                thread::spawn(move || body(&mem))
            })
            .collect();
        for handle in handles {
            handle.join().unwrap();
        }
    })
}

thread_local! {
    /// How many walks to estimate with instead of exploring, and what came of it.
    static WALKS: Cell<Option<u64>> = const { Cell::new(None) };
    static ESTIMATE: Cell<Option<Estimate>> = const { Cell::new(None) };
}

/// Explores `program`; within [`estimated`], estimates instead, and explores one execution only.
pub fn start(builder: &Builder, program: impl Fn() + Send + Sync + 'static) -> Report {
    let Some(walks) = WALKS.get() else { return builder.explore(program) };
    let program = Arc::new(program);
    let same = Arc::clone(&program);
    ESTIMATE.set(Some(builder.estimate(walks, move || same())));
    let mut builder = builder.clone();
    builder.max_executions = Some(1);
    builder.explore(move || program())
}

/// The estimate for the program that `run` starts.
pub fn estimated(walks: u64, run: impl FnOnce()) -> Option<Estimate> {
    WALKS.set(Some(walks));
    ESTIMATE.set(None);
    run();
    WALKS.set(None);
    ESTIMATE.get()
}
