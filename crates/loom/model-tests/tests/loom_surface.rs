//! The whole public surface of loom 0.7, item by item with its signature, and what is there beyond it. That this compiles is
//! the test of the names; the bodies that run are those of loom's documentation.

#![cfg(loom)]

use std::hint::black_box;
use std::time::Duration;

use loom::alloc::{Layout, Track};
use loom::cell::{Cell, ConstPtr, MutPtr, UnsafeCell};
use loom::future::{AtomicWaker, block_on};
use loom::model::{Bound, Builder, Failure, FailureKind, Model, Report, Verdict};
use loom::sync::atomic::{self, AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use loom::sync::{
    Arc, Barrier, Condvar, LockResult, Mutex, MutexGuard, Notify, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard,
    TryLockResult, WaitTimeoutResult, Weak, mpsc,
};
use loom::thread::{self, AccessError, JoinHandle, LocalKey, Scope, ScopedJoinHandle, Thread, ThreadId};
use verify_harness::evidence::{Check, Unit, model_checker};

use Ordering::{Acquire, Relaxed, Release};

/// Names functions with their types.
macro_rules! is {
    ($($function:expr => $type:ty;)*) => { $(let _: $type = $function;)* };
}

macro_rules! atomic_surface {
    ($($name:ident $value:ty;)*) => {$(
        const _: () = {
            use loom::sync::atomic::$name;
            type Exchange = fn(&$name, $value, $value, Ordering, Ordering) -> Result<$value, $value>;
            type Update = fn(&$name, $value, Ordering) -> $value;
            type Change = fn($value) -> Option<$value>;
            // In a static, which loom cannot do.
            static IN_A_STATIC: $name = $name::new(0);
            #[allow(deprecated)]
            fn names() {
                let _ = &IN_A_STATIC;
                is! {
                    $name::new => fn($value) -> $name;
                    <$name as Default>::default => fn() -> $name;
                    <$name as From<$value>>::from => fn($value) -> $name;
                    $name::unsync_load => unsafe fn(&$name) -> $value;
                    $name::into_inner => fn($name) -> $value;
                    $name::load => fn(&$name, Ordering) -> $value;
                    $name::store => fn(&$name, $value, Ordering);
                    $name::compare_and_swap => fn(&$name, $value, $value, Ordering) -> $value;
                    $name::compare_exchange => Exchange;
                    $name::compare_exchange_weak => Exchange;
                    $name::fetch_update::<Change> => fn(&$name, Ordering, Ordering, Change) -> Result<$value, $value>;
                }
                for update in [
                    $name::swap as Update, $name::fetch_add, $name::fetch_sub, $name::fetch_and, $name::fetch_nand,
                    $name::fetch_or, $name::fetch_xor, $name::fetch_max, $name::fetch_min,
                ] {
                    let _ = update;
                }
                let atomic = $name::new(0);
                let mut atomic = atomic;
                atomic.with_mut(|value| *value = 1);
                let _ = atomic.try_update(Relaxed, Relaxed, Some);
                let _ = atomic.update(Relaxed, Relaxed, |value| value);
            }
            let _ = names;
        };
    )*};
}

atomic_surface! {
    AtomicU8 u8; AtomicU16 u16; AtomicU32 u32; AtomicU64 u64; AtomicUsize usize;
    AtomicI8 i8; AtomicI16 i16; AtomicI32 i32; AtomicI64 i64; AtomicIsize isize;
}

static FLAG: AtomicBool = AtomicBool::new(false);
static POINTER: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());
static MUTEX: Mutex<u32> = Mutex::new(0);
static LOCK: RwLock<u32> = RwLock::new(0);
static CONDVAR: Condvar = Condvar::new();
static NOTIFY: Notify = Notify::new();
static BARRIER: Barrier = Barrier::new(1);
static ONCE: OnceLock<u32> = OnceLock::new();

loom::thread_local! {
    static LOCAL: std::cell::Cell<u32> = std::cell::Cell::new(1);
    /// Documented, and public.
    pub static SECOND: u32 = 2
}

loom::lazy_static! {
    static ref LAZY: AtomicUsize = AtomicUsize::new(3);
    pub(crate) static ref SECOND_LAZY: u32 = 4;
}

/// Items that have no values to call here: types, and functions with types of their own.
#[allow(dead_code, unused_variables, deprecated, clippy::type_complexity)]
fn names() {
    is! {
        loom::explore => fn();
        loom::stop_exploring => fn();
        loom::skip_branch => fn();
        loom::MAX_THREADS => usize;
        loom::model::<fn()> => fn(fn());
        loom::model::model::<fn()> => fn(fn());
        Builder::new => fn() -> Builder;
        <Builder as Default>::default => fn() -> Builder;
        Builder::check::<fn()> => fn(&Builder, fn());
        Builder::explore::<fn()> => fn(&Builder, fn()) -> Report;
        loom::alloc::alloc => unsafe fn(Layout) -> *mut u8;
        loom::alloc::alloc_zeroed => unsafe fn(Layout) -> *mut u8;
        loom::alloc::dealloc => unsafe fn(*mut u8, Layout);
        Track::new => fn(u8) -> Track<u8>;
        Track::get_ref => fn(&Track<u8>) -> &u8;
        Track::get_mut => fn(&mut Track<u8>) -> &mut u8;
        Track::into_inner => fn(Track<u8>) -> u8;
        Cell::new => fn(u8) -> Cell<u8>;
        Cell::set => fn(&Cell<u8>, u8);
        Cell::swap => fn(&Cell<u8>, &Cell<u8>);
        Cell::replace => fn(&Cell<u8>, u8) -> u8;
        Cell::get => fn(&Cell<u8>) -> u8;
        Cell::take => fn(&Cell<u8>) -> u8;
        Cell::into_inner => fn(Cell<u8>) -> u8;
        UnsafeCell::new => fn(u8) -> UnsafeCell<u8>;
        UnsafeCell::into_inner => fn(UnsafeCell<u8>) -> u8;
        UnsafeCell::with => fn(&UnsafeCell<u8>, fn(*const u8)) -> ();
        UnsafeCell::with_mut => fn(&UnsafeCell<u8>, fn(*mut u8)) -> ();
        UnsafeCell::get => fn(&UnsafeCell<u8>) -> ConstPtr<u8>;
        UnsafeCell::get_mut => fn(&UnsafeCell<u8>) -> MutPtr<u8>;
        ConstPtr::deref => for<'a> unsafe fn(&'a ConstPtr<u8>) -> &'a u8;
        ConstPtr::with => fn(&ConstPtr<u8>, fn(*const u8)) -> ();
        MutPtr::deref => for<'a> unsafe fn(&'a MutPtr<u8>) -> &'a mut u8;
        MutPtr::with => fn(&MutPtr<u8>, fn(*mut u8)) -> ();
        loom::hint::spin_loop => fn();
        loom::hint::unreachable_unchecked => unsafe fn() -> !;
        atomic::fence => fn(Ordering);
        atomic::spin_loop_hint => fn();
        AtomicBool::new => fn(bool) -> AtomicBool;
        AtomicBool::load => fn(&AtomicBool, Ordering) -> bool;
        AtomicBool::fetch_and => fn(&AtomicBool, bool, Ordering) -> bool;
        AtomicBool::fetch_nand => fn(&AtomicBool, bool, Ordering) -> bool;
        AtomicBool::fetch_or => fn(&AtomicBool, bool, Ordering) -> bool;
        AtomicBool::fetch_xor => fn(&AtomicBool, bool, Ordering) -> bool;
        AtomicBool::fetch_not => fn(&AtomicBool, Ordering) -> bool;
        AtomicBool::unsync_load => unsafe fn(&AtomicBool) -> bool;
        AtomicBool::into_inner => fn(AtomicBool) -> bool;
        AtomicPtr::new => fn(*mut u8) -> AtomicPtr<u8>;
        AtomicPtr::load => fn(&AtomicPtr<u8>, Ordering) -> *mut u8;
        AtomicPtr::swap => fn(&AtomicPtr<u8>, *mut u8, Ordering) -> *mut u8;
        AtomicPtr::unsync_load => unsafe fn(&AtomicPtr<u8>) -> *mut u8;
        AtomicPtr::into_inner => fn(AtomicPtr<u8>) -> *mut u8;
        Arc::new => fn(u8) -> Arc<u8>;
        Arc::pin => fn(u8) -> std::pin::Pin<Arc<u8>>;
        Arc::try_unwrap => fn(Arc<u8>) -> Result<u8, Arc<u8>>;
        Arc::from_std => fn(std::sync::Arc<u8>) -> Arc<u8>;
        Arc::strong_count => fn(&Arc<u8>) -> usize;
        Arc::increment_strong_count => unsafe fn(*const u8);
        Arc::decrement_strong_count => unsafe fn(*const u8);
        Arc::get_mut => fn(&mut Arc<u8>) -> Option<&mut u8>;
        Arc::ptr_eq => fn(&Arc<u8>, &Arc<u8>) -> bool;
        Arc::into_raw => fn(Arc<u8>) -> *const u8;
        Arc::as_ptr => fn(&Arc<u8>) -> *const u8;
        Arc::from_raw => unsafe fn(*const u8) -> Arc<u8>;
        Condvar::new => fn() -> Condvar;
        Condvar::notify_one => fn(&Condvar);
        Condvar::notify_all => fn(&Condvar);
        WaitTimeoutResult::timed_out => fn(&WaitTimeoutResult) -> bool;
        Mutex::new => fn(u8) -> Mutex<u8>;
        Mutex::into_inner => fn(Mutex<u8>) -> LockResult<u8>;
        Mutex::lock => for<'a> fn(&'a Mutex<u8>) -> LockResult<MutexGuard<'a, u8>>;
        Mutex::try_lock => for<'a> fn(&'a Mutex<u8>) -> TryLockResult<MutexGuard<'a, u8>>;
        Mutex::get_mut => fn(&mut Mutex<u8>) -> LockResult<&mut u8>;
        RwLock::new => fn(u8) -> RwLock<u8>;
        RwLock::into_inner => fn(RwLock<u8>) -> LockResult<u8>;
        RwLock::read => for<'a> fn(&'a RwLock<u8>) -> LockResult<RwLockReadGuard<'a, u8>>;
        RwLock::try_read => for<'a> fn(&'a RwLock<u8>) -> TryLockResult<RwLockReadGuard<'a, u8>>;
        RwLock::write => for<'a> fn(&'a RwLock<u8>) -> LockResult<RwLockWriteGuard<'a, u8>>;
        RwLock::try_write => for<'a> fn(&'a RwLock<u8>) -> TryLockResult<RwLockWriteGuard<'a, u8>>;
        RwLock::get_mut => fn(&mut RwLock<u8>) -> LockResult<&mut u8>;
        Notify::new => fn() -> Notify;
        Notify::notify => fn(&Notify);
        Notify::wait => fn(&Notify);
        Barrier::new => fn(usize) -> Barrier;
        mpsc::channel => fn() -> (mpsc::Sender<u8>, mpsc::Receiver<u8>);
        mpsc::Sender::send => fn(&mpsc::Sender<u8>, u8) -> Result<(), std::sync::mpsc::SendError<u8>>;
        mpsc::Receiver::recv => fn(&mpsc::Receiver<u8>) -> Result<u8, std::sync::mpsc::RecvError>;
        mpsc::Receiver::try_recv => fn(&mpsc::Receiver<u8>) -> Result<u8, std::sync::mpsc::TryRecvError>;
        mpsc::Receiver::recv_timeout
            => fn(&mpsc::Receiver<u8>, Duration) -> Result<u8, std::sync::mpsc::RecvTimeoutError>;
        thread::spawn::<fn() -> u8, u8> => fn(fn() -> u8) -> JoinHandle<u8>;
        thread::current => fn() -> Thread;
        thread::park => fn();
        thread::yield_now => fn();
        thread::panicking => fn() -> bool;
        Thread::id => fn(&Thread) -> ThreadId;
        Thread::name => fn(&Thread) -> Option<&str>;
        Thread::unpark => fn(&Thread);
        JoinHandle::join => fn(JoinHandle<u8>) -> std::thread::Result<u8>;
        JoinHandle::thread => fn(&JoinHandle<u8>) -> &Thread;
        thread::Builder::new => fn() -> thread::Builder;
        thread::Builder::name => fn(thread::Builder, String) -> thread::Builder;
        thread::Builder::stack_size => fn(thread::Builder, usize) -> thread::Builder;
        thread::Builder::spawn::<fn() -> u8, u8> => fn(thread::Builder, fn() -> u8) -> std::io::Result<JoinHandle<u8>>;
        LocalKey::with::<fn(&u8), ()> => fn(&'static LocalKey<u8>, fn(&u8)) -> ();
        LocalKey::try_with::<fn(&u8), ()> => fn(&'static LocalKey<u8>, fn(&u8)) -> Result<(), AccessError>;
        loom::lazy_static::Lazy::get => fn(&'static loom::lazy_static::Lazy<u8>) -> &'static u8;
        AtomicWaker::new => fn() -> AtomicWaker;
        AtomicWaker::register => fn(&AtomicWaker, std::task::Waker);
        AtomicWaker::register_by_ref => fn(&AtomicWaker, &std::task::Waker);
        AtomicWaker::wake => fn(&AtomicWaker);
        AtomicWaker::take_waker => fn(&AtomicWaker) -> Option<std::task::Waker>;
        block_on::<std::future::Ready<u8>> => fn(std::future::Ready<u8>) -> u8;

        // Beyond loom.
        thread::park_timeout => fn(Duration);
        JoinHandle::is_finished => fn(&JoinHandle<u8>) -> bool;
        Arc::downgrade => fn(&Arc<u8>) -> Weak<u8>;
        Arc::weak_count => fn(&Arc<u8>) -> usize;
        Arc::into_inner => fn(Arc<u8>) -> Option<u8>;
        Arc::unwrap_or_clone => fn(Arc<u8>) -> u8;
        Arc::make_mut => fn(&mut Arc<u8>) -> &mut u8;
        Arc::new_cyclic => fn(fn(&Weak<u8>) -> u8) -> Arc<u8>;
        Weak::new => fn() -> Weak<u8>;
        Weak::upgrade => fn(&Weak<u8>) -> Option<Arc<u8>>;
        Weak::strong_count => fn(&Weak<u8>) -> usize;
        Weak::weak_count => fn(&Weak<u8>) -> usize;
        OnceLock::new => fn() -> OnceLock<u8>;
        OnceLock::get => fn(&OnceLock<u8>) -> Option<&u8>;
        OnceLock::set => fn(&OnceLock<u8>, u8) -> Result<(), u8>;
        OnceLock::get_or_init => for<'a> fn(&'a OnceLock<u8>, fn() -> u8) -> &'a u8;
        OnceLock::into_inner => fn(OnceLock<u8>) -> Option<u8>;
    }
    fn scoped<'scope, 'env>(scope: &'scope Scope<'scope, 'env>) -> ScopedJoinHandle<'scope, u8> {
        thread::Builder::new().spawn_scoped(scope, || 1).unwrap()
    }
    fn guards<'a>(condvar: &Condvar, guard: MutexGuard<'a, u8>) -> LockResult<(MutexGuard<'a, u8>, WaitTimeoutResult)> {
        let guard = condvar.wait(guard).unwrap();
        condvar.wait_timeout(guard, Duration::ZERO)
    }
    let Builder {
        max_threads,
        max_branches,
        max_permutations,
        max_duration,
        preemption_bound,
        checkpoint_file,
        checkpoint_interval,
        expect_explicit_explore,
        location,
        log,
        model: Model::Rc11 | Model::Sc,
        await_elimination,
        spurious_failures,
        leaks,
        replay,
        ..
    } = Builder::new();
    match Builder::new().explore(|| ()).verdict {
        Verdict::Holds | Verdict::Incomplete(Bound::Executions(_)) => {}
        Verdict::Incomplete(_) => {}
        Verdict::Fails(Failure { kind, message, trace, replay }) => match kind {
            FailureKind::Panic | FailureKind::DataRace | FailureKind::UseAfterFree | FailureKind::Unallocated => {}
            FailureKind::Uninitialized | FailureKind::DoubleFree | FailureKind::Leak | FailureKind::Deadlock => {}
            FailureKind::LostWakeup | FailureKind::NonTermination | FailureKind::InvalidUnlock => {}
            FailureKind::Nondeterminism => {}
        },
    }
}

/// Records that `report` is as it should be.
fn expect(name: &str, answer: &str, report: &Report, right: bool) {
    let check = Check::start(name, answer, &model_checker(), Unit::Executions);
    check.counter().add(report.executions);
    if right {
        check.holds();
    } else {
        check.fails(&format!("{report:?}"));
        panic!("{name}: {answer}: {report:?}");
    }
}

#[test]
fn statics_are_made_anew_in_each_execution() {
    let report = Builder::new().explore(|| {
        let work = || {
            FLAG.store(true, Relaxed);
            POINTER.store(core::ptr::null_mut(), Relaxed);
            LOCAL.with(|local| assert_eq!(local.replace(9), 1));
            SECOND.with(|second| assert_eq!(*second, 2));
            assert_eq!(*SECOND_LAZY, 4);
            drop((MUTEX.lock().unwrap(), LOCK.read().unwrap()));
            CONDVAR.notify_all();
            NOTIFY.notify();
            BARRIER.wait();
            LAZY.fetch_add(1, Relaxed);
        };
        assert!(!FLAG.load(Relaxed) && ONCE.get().is_none() && LAZY.load(Relaxed) == 3);
        assert_eq!(ONCE.get_or_init(|| 5), &5);
        let other = thread::spawn(work);
        work();
        other.join().unwrap();
        assert_eq!(LAZY.load(Relaxed), 5);
    });
    let right = report.verdict.holds() && report.executions > 1;
    expect("statics and lazies", "the same in each execution", &report, right);
}

#[test]
fn scope_lends_to_threads() {
    let report = Builder::new().explore(|| {
        let count = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| count.fetch_add(1, Relaxed));
            }
        });
        assert_eq!(count.load(Relaxed), 3);
    });
    let right = report.verdict.holds() && report.executions == 6;
    expect("thread::scope", "safe, 6 executions", &report, right);
}

/// loom's first documented example: a counter that threads do not update in one step.
#[test]
fn documented_example_of_a_buggy_counter() {
    struct BuggyInc {
        num: AtomicUsize,
    }
    impl BuggyInc {
        fn inc(&self) {
            let current = self.num.load(Acquire);
            self.num.store(current + 1, Release);
        }
    }
    let report = Builder::new().explore(|| {
        let buggy = Arc::new(BuggyInc { num: AtomicUsize::new(0) });
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let buggy = Arc::clone(&buggy);
                thread::spawn(move || buggy.inc())
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(2, buggy.num.load(Relaxed));
    });
    let right = report.verdict.failure().is_some_and(|failure| failure.kind == FailureKind::Panic);
    expect("loom's example: buggy counter", "refuted: panic", &report, right);
}

/// loom's example of what a yielding loop is for, and of a cell that is not synchronized.
#[test]
fn documented_examples_of_loops_and_cells() {
    let report = Builder::new().explore(|| {
        let ready = Arc::new(AtomicBool::new(false));
        let other = Arc::clone(&ready);
        thread::spawn(move || other.store(true, Release));
        while !ready.load(Acquire) {
            thread::yield_now();
        }
    });
    expect("loom's example: a loop that yields", "safe", &report, report.verdict.holds());

    struct Shared(UnsafeCell<u32>);
    // SAFETY: not given; the checker is to find that.
    unsafe impl Sync for Shared {}
    let report = Builder::new().explore(|| {
        let cell = Arc::new(Shared(UnsafeCell::new(0)));
        let other = Arc::clone(&cell);
        // SAFETY: not given; the checker reports the race before the closure runs.
        let thread = thread::spawn(move || other.0.with_mut(|value| unsafe { *value = 1 }));
        // SAFETY: as above.
        cell.0.with(|value| unsafe { *value });
        thread.join().unwrap();
    });
    let right = report.verdict.failure().is_some_and(|failure| failure.kind == FailureKind::DataRace);
    expect("loom's example: an unsynchronized cell", "refuted: data race", &report, right);
}

/// An optimizing compiler leaves out a box that nobody looks at, hence the black boxes.
#[test]
fn whole_heap_is_checked() {
    let kind = |body: fn()| {
        let report = Builder::new().explore(body);
        let kind = report.verdict.failure().map(|failure| failure.kind);
        (report, kind)
    };
    let (report, found) = kind(|| core::mem::forget(black_box(Box::new(1))));
    expect("a forgotten box", "refuted: leak", &report, found == Some(FailureKind::Leak));
    let (report, found) = kind(|| core::mem::forget(Arc::new(1)));
    expect("a forgotten arc", "refuted: leak", &report, found == Some(FailureKind::Leak));
    let (report, found) = kind(|| {
        let word = black_box(Box::into_raw(Box::new(AtomicUsize::new(0))));
        // SAFETY: it came from `into_raw`.
        drop(unsafe { Box::from_raw(word) });
        // SAFETY: not given; the checker keeps the memory and reports the use.
        unsafe { &*word }.load(Relaxed);
    });
    expect(
        "a box used after it is dropped",
        "refuted: use after free",
        &report,
        found == Some(FailureKind::UseAfterFree),
    );
    let (report, found) = kind(|| {
        let word = black_box(Box::into_raw(Box::new(1)));
        for _ in 0..2 {
            // SAFETY: not given the second time; the checker keeps the memory and reports that.
            drop(unsafe { Box::from_raw(black_box(word)) });
        }
    });
    expect("a box dropped twice", "refuted: double free", &report, found == Some(FailureKind::DoubleFree));
    let mut builder = Builder::new();
    builder.leaks = Some(false);
    let report = builder.explore(|| core::mem::forget(black_box(Box::new(1))));
    expect("a forgotten box, leaks allowed", "safe", &report, report.verdict.holds());
    // As on loom.
    loom::model(|| assert!(!Box::leak(Box::new(AtomicBool::new(false))).load(Relaxed)));
}
