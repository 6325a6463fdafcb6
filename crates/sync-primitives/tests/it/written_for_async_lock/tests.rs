use std::sync::Arc;

use pollster::block_on;

#[test]
fn mutex_locks_by_every_name() {
    static TOTAL: Mutex<u32> = Mutex::new(0);
    *TOTAL.lock_blocking() += 1;
    *block_on(TOTAL.lock()) += 1;
    let mutex = Arc::new(Mutex::new(1));
    {
        let guard: MutexGuardArc<i32> = block_on(mutex.lock_arc());
        assert!(Arc::ptr_eq(MutexGuardArc::source(&guard), &mutex));
        assert!(mutex.try_lock_arc().is_none());
    }
    *mutex.lock_arc_blocking() += 1;
    {
        let guard: MutexGuard<'_, i32> = mutex.lock_blocking();
        assert!(std::ptr::eq(MutexGuard::source(&guard), &*mutex));
    }
    assert_eq!(*mutex.try_lock_arc().unwrap(), 2);
    assert_eq!(Arc::into_inner(mutex).unwrap().into_inner(), 2);
    assert_eq!(*TOTAL.lock_blocking(), 2);
}

#[test]
fn rwlock_upgrades_and_downgrades_a_borrowed_lock() {
    let lock = RwLock::new(1);
    {
        let look = block_on(lock.upgradable_read());
        assert_eq!((*look, *lock.read_blocking()), (1, 1));
        let mut writer = block_on(RwLockUpgradableReadGuard::upgrade(look));
        *writer += 1;
        let look = RwLockWriteGuard::downgrade_to_upgradable(writer);
        let reader = RwLockUpgradableReadGuard::downgrade(look);
        assert_eq!(*reader, 2);
    }
    {
        let look = lock.upgradable_read_blocking();
        *RwLockUpgradableReadGuard::upgrade_blocking(look) += 1;
    }
    *lock.write_blocking() += 1;
    let writer = block_on(lock.write());
    assert_eq!(*RwLockWriteGuard::downgrade(writer), 4);
}

#[test]
fn rwlock_upgrades_and_downgrades_a_shared_lock() {
    let lock = Arc::new(RwLock::new(1));
    {
        let look: RwLockUpgradableReadGuardArc<i32> = block_on(lock.upgradable_read_arc());
        assert!(lock.try_upgradable_read_arc().is_none());
        let reader: RwLockReadGuardArc<i32> = block_on(lock.read_arc());
        let look = match RwLockUpgradableReadGuardArc::try_upgrade(look) {
            Ok(_) => panic!("somebody reads"),
            Err(look) => look,
        };
        drop(reader);
        let mut writer: RwLockWriteGuardArc<i32> = block_on(RwLockUpgradableReadGuardArc::upgrade(look));
        *writer += 1;
        assert!(lock.try_read_arc().is_none());
        let look = RwLockWriteGuardArc::downgrade_to_upgradable(writer);
        let mut writer = RwLockUpgradableReadGuardArc::upgrade_blocking(look);
        *writer += 1;
    }
    assert_eq!(*RwLockUpgradableReadGuardArc::downgrade(lock.upgradable_read_arc_blocking()), 3);
    *lock.write_arc_blocking() += 1;
    *block_on(lock.write_arc()) += 1;
    assert!(lock.try_write_arc().is_some());
    assert_eq!(*lock.read_arc_blocking(), 5);
    assert_eq!(*RwLockWriteGuardArc::downgrade(lock.try_write_arc().unwrap()), 5);
}

#[test]
fn semaphore_is_shared() {
    let semaphore = Arc::new(Semaphore::new(2));
    let first: Option<SemaphoreGuardArc> = semaphore.try_acquire_arc();
    let second = block_on(semaphore.acquire_arc());
    assert!(first.is_some() && semaphore.try_acquire_arc().is_none());
    drop((first, second));
    semaphore.try_acquire_arc().unwrap().forget();
    semaphore.add_permits(1);
    drop((semaphore.acquire_arc_blocking(), semaphore.acquire_blocking()));
    assert!(semaphore.try_acquire_arc().is_some());
}

#[test]
fn barrier_and_cell_block() {
    let barrier = Barrier::new(2);
    let leaders: usize = std::thread::scope(|scope| {
        let other = scope.spawn(|| usize::from(barrier.wait_blocking().is_leader()));
        usize::from(block_on(barrier.wait()).is_leader()) + other.join().unwrap()
    });
    assert_eq!(leaders, 1);
    static CELL: OnceCell<u32> = OnceCell::new();
    assert!(!CELL.is_initialized());
    assert_eq!(CELL.get_or_try_init_blocking(|| Err::<u32, _>("not now")), Err("not now"));
    assert_eq!((*CELL.get_or_init_blocking(|| 5), *block_on(CELL.get_or_init(|| async { 6 }))), (5, 5));
    assert!(CELL.is_initialized() && CELL.get() == Some(&5));
}
