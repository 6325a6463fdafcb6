//! `fence`: that it answers and can be passed; what it orders, the model and stress tests look at.

use std::thread;

use sync_primitives::fence::{MemoryBarrier, heavy, is_asymmetric, light};

#[test]
fn fence_kind_does_not_change() {
    let first = is_asymmetric();
    light();
    heavy();
    let others: Vec<_> = (0..4).map(|_| thread::spawn(is_asymmetric)).collect();
    for other in others {
        assert_eq!(other.join().unwrap(), first);
    }
    assert_eq!(is_asymmetric(), first);
}

#[test]
fn fence_barriers_can_all_be_passed() {
    use MemoryBarrier::{Acquire, AcquireRelease, Heavy, Light, Release, SequentiallyConsistent};
    for barrier in [Acquire, Release, AcquireRelease, SequentiallyConsistent, Light, Heavy] {
        barrier.pass();
    }
}
