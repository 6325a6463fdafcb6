use std::cell::Cell;
use std::rc::Rc;

use super::{Kind, Paused, Stacks};

/// The kinds that this build has.
fn kinds() -> Vec<Kind> {
    vec![
        #[cfg(all(feature = "model", not(miri)))]
        Kind::Switched,
        #[cfg(feature = "os-threads")]
        Kind::OsThreads,
    ]
}

#[test]
fn coroutine_goes_on_where_it_stopped() {
    for kind in kinds() {
        let mut stacks = Stacks::new(kind, 64 * 1024);
        let steps = Rc::new(Cell::new(0));
        let inner = Rc::clone(&steps);
        let (mut coroutine, frames) = stacks.start(move |suspender| {
            let here = 0u8;
            inner.set((&raw const here).addr());
            // SAFETY: this is the body.
            unsafe { suspender.suspend() };
            inner.set(2);
        });
        assert_eq!((coroutine.resume(), frames.contains(&steps.get())), (Paused::Suspended, true), "{kind:?}");
        assert_eq!((coroutine.resume(), steps.get()), (Paused::Ended, 2), "{kind:?}");
        stacks.recycle(coroutine);
        assert_eq!(Rc::strong_count(&steps), 1, "{kind:?}: an ended body keeps nothing");
    }
}

#[test]
fn coroutine_takes_turns_with_others() {
    for kind in kinds() {
        let mut stacks = Stacks::new(kind, 64 * 1024);
        let log = Rc::new(Cell::new(0u64));
        let mut coroutines: Vec<_> = (1..=3)
            .map(|digit| {
                let log = Rc::clone(&log);
                let body = move |suspender: super::Suspender| {
                    for _ in 0..2 {
                        log.set(log.get() * 10 + digit);
                        // SAFETY: this is the body.
                        unsafe { suspender.suspend() };
                    }
                };
                stacks.start(body).0
            })
            .collect();
        for _ in 0..2 {
            for coroutine in &mut coroutines {
                assert_eq!(coroutine.resume(), Paused::Suspended);
            }
        }
        assert_eq!(log.get(), 123_123, "{kind:?}");
        for mut coroutine in coroutines {
            assert_eq!(coroutine.resume(), Paused::Ended);
            stacks.recycle(coroutine);
        }
    }
}

#[test]
fn stacks_are_used_again() {
    for kind in kinds() {
        let mut stacks = Stacks::new(kind, 64 * 1024);
        let mut first = None;
        for _ in 0..3 {
            let (mut coroutine, frames) = stacks.start(|_| {});
            assert_eq!(*first.get_or_insert_with(|| frames.clone()), frames, "{kind:?}");
            assert_eq!(coroutine.resume(), Paused::Ended);
            stacks.recycle(coroutine);
        }
    }
}

#[test]
fn abandoned_coroutine_drops_nothing() {
    for kind in kinds() {
        let mut stacks = Stacks::new(kind, 64 * 1024);
        let kept = Rc::new(());
        let inner = Rc::clone(&kept);
        let (mut coroutine, _) = stacks.start(move |suspender| {
            // SAFETY: this is the body.
            unsafe { suspender.suspend() };
            drop(inner);
        });
        assert_eq!(coroutine.resume(), Paused::Suspended);
        // SAFETY: it is never resumed, and nothing else refers to its stack.
        unsafe { stacks.abandon(coroutine) };
        assert_eq!(Rc::strong_count(&kept), 2, "{kind:?}");
    }
}
