//! What waiting costs in memory: no allocation, and the sizes that are promised.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;

use sync_primitives::futures::{
    Acquire, AcquireOwned, BarrierWait, CondvarWait, CondvarWaitOwned, Listener, Lock, LockOwned, Notified,
    OwnedNotified, Read, ReadOwned, SetOnceWait, UpgradableRead, UpgradableReadOwned, Upgrade, UpgradeOwned,
    WaitForCancellationFuture, WaitForCancellationFutureOwned, Write, WriteOwned,
};
use sync_primitives::{
    Barrier, CancellationToken, Condvar, Mutex, Notify, OnceCell, RwLock, Semaphore, SetOnce, broadcast, mpmc, mpsc,
    oneshot, spsc, watch,
};

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: all is done by the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // While a thread ends its counter is gone, and nobody asks for it.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often this thread allocates in `f`.
fn allocations(f: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    f();
    ALLOCATIONS.get() - before
}

const WAITERS: usize = 1_000;

/// Many wait, half of them give up, the rest is let in and done: nothing of that allocates.
fn waits_without_allocating<F: Future>(make: impl Fn() -> F, let_in: impl FnOnce()) {
    let mut tasks: Vec<Option<Pin<Box<F>>>> = (0..WAITERS).map(|_| Some(Box::pin(make()))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let count = allocations(|| {
        for task in tasks.iter_mut().flatten() {
            assert!(task.as_mut().poll(&mut context).is_pending());
        }
        for task in tasks.iter_mut().step_by(2) {
            *task = None;
        }
        let_in();
        for task in tasks.iter_mut().flatten() {
            let Poll::Ready(output) = task.as_mut().poll(&mut context) else { panic!("waits still") };
            drop(output);
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn counting_allocator_counts() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
}

#[test]
fn waiting_tasks_allocate_nothing() {
    let semaphore = Semaphore::new(0);
    waits_without_allocating(|| semaphore.acquire_many(2), || semaphore.add_permits(2 * WAITERS));
    let mutex = Mutex::new(());
    let guard = mutex.try_lock().unwrap();
    waits_without_allocating(|| mutex.lock(), || drop(guard));
    let lock = RwLock::new(());
    let guard = lock.try_read().unwrap();
    waits_without_allocating(|| lock.write(), || drop(guard));
    let guard = lock.try_write().unwrap();
    waits_without_allocating(|| lock.read(), || drop(guard));
    let notify = Notify::new();
    waits_without_allocating(|| notify.notified(), || notify.notify_waiters());
    let event = sync_primitives::Event::new();
    waits_without_allocating(|| event.listener(), || event.notify(usize::MAX));
    let token = CancellationToken::new();
    waits_without_allocating(|| token.cancelled(), || token.cancel());
    let condvar = Condvar::new();
    let cell = SetOnce::new();
    waits_without_allocating(|| cell.wait(), || cell.set(1).unwrap());
    let barrier = Barrier::new(WAITERS / 2 + 1);
    let mut last = Box::pin(barrier.wait());
    // One more than half would open it before half of them give up.
    let mut first_half: Vec<_> = (0..WAITERS / 2).map(|_| Box::pin(barrier.wait())).collect();
    let mut context = Context::from_waker(Waker::noop());
    let count = allocations(|| {
        first_half.iter_mut().for_each(|task| assert!(task.as_mut().poll(&mut context).is_pending()));
        assert!(last.as_mut().poll(&mut context).is_ready());
        first_half.iter_mut().for_each(|task| assert!(task.as_mut().poll(&mut context).is_ready()));
    });
    assert_eq!(count, 0);
    let mut wait = Box::pin(condvar.wait(mutex.try_lock().unwrap()));
    let count = allocations(|| {
        assert!(wait.as_mut().poll(&mut context).is_pending());
        condvar.notify_all();
        assert!(wait.as_mut().poll(&mut context).is_ready());
    });
    assert_eq!(count, 0);
}

#[test]
fn tokens_allocate_once() {
    let root = CancellationToken::new();
    let mut children = Vec::with_capacity(WAITERS);
    assert_eq!(allocations(|| children.extend((0..WAITERS).map(|_| root.child_token()))), WAITERS as u64);
    assert_eq!(allocations(|| drop(children.split_off(WAITERS / 2))), 1, "the vector that is split off");
    assert_eq!(allocations(|| root.cancel()), 0);
}

#[test]
fn oneshot_allocates_once() {
    let mut context = Context::from_waker(Waker::noop());
    let count = allocations(|| {
        let (sender, mut receiver) = oneshot::channel();
        assert!(Pin::new(&mut receiver).poll(&mut context).is_pending());
        sender.send(1).unwrap();
        assert!(Pin::new(&mut receiver).poll(&mut context).is_ready());
    });
    assert_eq!(count, 1);
}

#[test]
fn senders_and_receivers_that_wait_allocate_nothing() {
    let (sender, receiver) = mpmc::channel(WAITERS);
    // The buffers grow once.
    let mut waiting: Vec<_> = (0..WAITERS).map(|_| Box::pin(receiver.recv())).collect();
    let mut context = Context::from_waker(Waker::noop());
    waiting.iter_mut().for_each(|task| assert!(task.as_mut().poll(&mut context).is_pending()));
    (0..WAITERS).for_each(|n| sender.try_send(n).unwrap());
    waiting.iter_mut().for_each(|task| assert!(task.as_mut().poll(&mut context).is_ready()));
    (0..WAITERS).for_each(|n| sender.try_send(n).unwrap());
    while receiver.try_recv().is_ok() {}
    waits_without_allocating(|| receiver.recv(), || (0..WAITERS).for_each(|n| sender.try_send(n).unwrap()));
    while receiver.try_recv().is_ok() {}
    let permits = sender.try_reserve_many(WAITERS).unwrap();
    waits_without_allocating(|| sender.send(1), || drop(permits));
    while receiver.try_recv().is_ok() {}
    let permits = sender.try_reserve_many(WAITERS).unwrap();
    waits_without_allocating(|| sender.reserve(), || drop(permits));
    waits_without_allocating(|| sender.closed(), || receiver.close());
}

#[test]
fn spsc_allocates_when_it_is_made_alone() {
    let mut ends = None;
    assert_eq!(allocations(|| ends = Some(spsc::channel(64))), 2, "what both share, and the slots");
    let (mut sender, mut receiver) = ends.expect("made");
    let passed = allocations(|| {
        for n in 0..1_000 {
            sender.try_send(n).unwrap();
            assert_eq!(receiver.try_recv(), Ok(n));
        }
    });
    assert_eq!(passed, 0);
    assert_eq!([size_of::<spsc::Sender<u64>>(), size_of::<spsc::Receiver<u64>>()], [48, 40]);
}

#[test]
fn receivers_that_wait_for_changes_allocate_nothing() {
    let (sender, receiver) = watch::channel(0);
    let receivers: Vec<_> = (0..WAITERS).map(|_| Cell::new(Some(receiver.clone()))).collect();
    let next = Cell::new(0);
    let wait = || {
        let mut receiver = receivers[next.replace(next.get() + 1)].take().expect("each waits once");
        async move { receiver.changed().await }
    };
    waits_without_allocating(wait, || sender.send(1).unwrap());
    let (sender, receiver) = broadcast::channel(1);
    assert_eq!(allocations(|| assert_eq!(sender.send(0), Ok(1))), 2, "the value and the buffer");
    let receivers: Vec<_> = (0..WAITERS).map(|_| Cell::new(Some(receiver.resubscribe()))).collect();
    next.set(0);
    let wait = || {
        let mut receiver = receivers[next.replace(next.get() + 1)].take().expect("each waits once");
        async move { receiver.recv().await }
    };
    let again = allocations(|| assert_eq!(sender.send(1), Ok(WAITERS + 1)));
    assert_eq!(again, 1, "the value");
    receivers.iter().for_each(|receiver| {
        let mut taken = receiver.take().expect("it is there");
        assert_eq!(taken.try_recv(), Ok(1));
        receiver.set(Some(taken));
    });
    waits_without_allocating(wait, || drop(sender));
}

#[test]
fn waiting_threads_allocate_nothing() {
    let semaphore = Semaphore::new(1);
    thread::scope(|scope| {
        let waiter = scope.spawn(|| {
            // A thread's own handle may be allocated when it is first asked for.
            drop(thread::current());
            allocations(|| semaphore.blocking_acquire_many(2).unwrap().forget())
        });
        // There is one permit, and none for others once the thread waits.
        while semaphore.available_permits() == 1 {
            thread::yield_now();
        }
        semaphore.add_permits(1);
        assert_eq!(waiter.join().unwrap(), 0);
    });
}

#[test]
#[cfg(target_pointer_width = "64")]
fn primitives_and_waiters_have_the_promised_sizes() {
    assert_eq!([size_of::<Semaphore>(), size_of::<Notify>(), size_of::<Condvar>(), size_of::<Mutex<()>>()], [16; 4]);
    assert_eq!(size_of::<sync_primitives::Event>(), 16);
    assert_eq!([size_of::<Mutex<u64>>(), size_of::<RwLock<u64>>(), size_of::<SetOnce<u64>>()], [24; 3]);
    assert_eq!([size_of::<OnceCell<u64>>(), size_of::<Barrier>()], [24; 2]);
    assert_eq!([size_of::<Acquire<'_>>(), size_of::<AcquireOwned>(), size_of::<Notified<'_>>()], [48; 3]);
    assert_eq!([size_of::<Lock<'_, u64>>(), size_of::<LockOwned<u64>>(), size_of::<OwnedNotified>()], [48; 3]);
    assert_eq!([size_of::<Read<'_, u64>>(), size_of::<Write<'_, u64>>(), size_of::<Upgrade<'_, u64>>()], [48; 3]);
    assert_eq!(
        [size_of::<UpgradableRead<'_, u64>>(), size_of::<ReadOwned<u64>>(), size_of::<WriteOwned<u64>>()],
        [48; 3]
    );
    assert_eq!([size_of::<BarrierWait<'_>>(), size_of::<Listener<'_>>(), size_of::<SetOnceWait<'_, u64>>()], [56; 3]);
    assert_eq!([size_of::<CondvarWait<'_, '_, u64>>(), size_of::<CondvarWaitOwned<'_, u64>>()], [112; 2]);
    assert_eq!([size_of::<UpgradableReadOwned<u64>>(), size_of::<UpgradeOwned<u64>>()], [48; 2]);
    assert_eq!([size_of::<WaitForCancellationFuture<'_>>(), size_of::<WaitForCancellationFutureOwned>()], [48; 2]);
    assert_eq!(size_of::<CancellationToken>(), 8);
    assert_eq!([size_of::<mpsc::Sender<u64>>(), size_of::<mpmc::Receiver<u64>>()], [8; 2]);
    assert_eq!(size_of::<mpsc::Recv<'_, u64>>(), 16);
    assert_eq!([size_of::<mpsc::Reserve<'_, u64>>(), size_of::<mpsc::ReserveOwned<u64>>()], [48; 2]);
    assert_eq!([size_of::<mpmc::Recv<'_, u64>>(), size_of::<mpsc::Closed<'_, u64>>()], [48; 2]);
    assert_eq!(size_of::<mpsc::Send<'_, u64>>(), 64);
    assert_eq!([size_of::<watch::Receiver<u64>>(), size_of::<broadcast::Receiver<u64>>()], [16; 2]);
    assert_eq!([size_of::<watch::Changed<'_>>(), size_of::<broadcast::Recv<'_, u64>>()], [64; 2]);
    assert_eq!([size_of::<oneshot::Sender<u64>>(), size_of::<oneshot::Receiver<u64>>()], [8; 2]);
}
