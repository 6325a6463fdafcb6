//! `watch`: one sends, the others watch.

use std::future::Future;
use std::sync::Mutex;
use std::task::{Context, Waker};
use std::time::Duration;

use sync_primitives::watch;
use verify_harness::random::seed;

use crate::stress::together;
use crate::{check, operations};

/// One thread sends numbers that grow, the others watch: nobody sees an older one after a newer one, or misses the last.
#[test]
fn watch_shows_the_last_value() {
    let seed = seed();
    let check = check("watch", "never back, and the last is seen", seed);
    let (sender, receiver) = watch::channel(0);
    let sender = Mutex::new(Some(sender));
    together(seed, |number, mut random| {
        if number == 0 {
            let sender = sender.lock().unwrap().take().expect("there is one");
            for count in 1..=operations() {
                match random.below(3) {
                    0 => sender.send(count).unwrap(),
                    1 => drop(sender.send_replace(count)),
                    _ => sender.send_modify(|value| *value = count),
                }
            }
            return;
        }
        let mut receiver = receiver.clone();
        let mut last = 0;
        let mut look = |now: u64| {
            assert!(now >= last, "an older value after a newer one");
            last = now;
        };
        loop {
            let open = match random.below(5) {
                0 => pollster::block_on(receiver.changed()).is_ok(),
                1 => receiver.blocking_changed().is_ok(),
                2 => receiver.changed_timeout(Duration::from_micros(random.below(20))).is_ok(),
                3 => {
                    let changed = std::pin::pin!(receiver.changed());
                    let _: bool = changed.poll(&mut Context::from_waker(Waker::noop())).is_ready();
                    true
                }
                _ => {
                    let least = *receiver.borrow();
                    pollster::block_on(receiver.wait_for(|value| *value >= least)).is_ok()
                }
            };
            look(*receiver.borrow_and_update());
            if !open {
                break;
            }
        }
        assert_eq!(last, operations(), "the last value is missed");
    });
    check.holds();
}
