//! The bell by which one side of the channel wakes the other: who rings does so with every value, and pays next to nothing for it.
//!
//! Source: the flag and the fence on both sides are Dekker's; that the side which acts all the time may leave its fence to the side which
//! sleeps now and then is from Dice, Huang and Yang, "Asymmetric Dekker synchronization" (2001). Differs in that the two change between
//! the symmetric and the asymmetric form as they go, since the fence that one imposes on others costs microseconds where they run: who
//! rings takes to the light form once it has seldom found anybody asleep, and the next who falls asleep undoes that.
//!
//! Layout: a word of flags, and whom to wake, under a lock that nobody takes while nobody sleeps.
//!
//! Invariants
//! - B1: `WAITS` is set, and somebody stands under the lock, at the same time: both are changed under the lock.
//! - B2: `LIGHT` is set by the one who rings, cleared by the one who lies down. Who rings with the light fence alone has set it, and has
//!   seen it set after that fence; else it passes the full fence, and looks again.
//! - B3: who has lain down looks for what it waits for after a full fence, or after a heavy one if it found `LIGHT`. By that, and by B2, either
//!   it sees what was done before ringing, or who rings sees `WAITS`: no wake-up is lost.
//!
//! On B3, the full fences: they are ordered; of the two who each write before theirs and look after it, the later one sees what the other
//! wrote. The light one: by the guarantee of [`fence`](crate::fence) the same holds of it and the heavy one. And if who lay down found
//! `LIGHT` not to be set while who rings passes the light fence only, then who rings had set it before, and it was cleared by one who lay
//! down earlier, so that who rings sees it cleared (else its ringing came before that heavy fence, and what was done is seen).
//!
//! Linearization points: none; a bell decides nothing but who is woken.
//!
//! Progress: ringing is wait-free while nobody sleeps. Waking and lying down take the lock, which is held for moving one waker.
//!
//! Reclamation: none.
//!
//! Checked by `tests/loom_channel_spsc.rs`: both fences B1 and B4 weakened leave somebody asleep; a bell turns light early there. A model knows
//! no fence that one imposes on others: there light and heavy are full fences.

use crate::fence;
use crate::primitive::{AtomicU32, Lock, fence as full_fence, ord};
use crate::wait::Wake;

/// Somebody sleeps, or is about to.
const WAITS: u32 = 1;
/// Who rings passes the light fence only.
const LIGHT: u32 = 2;

/// The heavy fence took long.
const COSTLY: u32 = 4;

/// How often one rings more than it finds somebody asleep, each of which counts for `WAKING` times, before it takes to the light form; four
/// times as often after each heavy fence that took long.
#[cfg(not(loom))]
const TRUST: u32 = 512;
#[cfg(not(loom))]
const MOST_TRUST: u32 = TRUST << 14;
#[cfg(not(loom))]
const WAKING: u32 = 32;
#[cfg(loom)]
const TRUST: u32 = 1;
#[cfg(loom)]
const MOST_TRUST: u32 = TRUST;
#[cfg(loom)]
const WAKING: u32 = 1;

/// The side that rings: how much it trusts the other to be awake.
#[derive(Debug)]
pub(super) struct Ringer {
    trust: u32,
    /// With how much of it the bell turns light.
    enough: u32,
}

impl Ringer {
    pub(super) fn new() -> Self {
        Self { trust: 0, enough: TRUST }
    }
}

#[derive(Debug)]
pub(super) struct Bell {
    flags: AtomicU32,
    sleeper: Lock<Option<Wake>>,
}

impl Bell {
    pub(super) fn new() -> Self {
        Self { flags: AtomicU32::new(0), sleeper: Lock::new(None) }
    }

    fn flags(&self) -> u32 {
        // ord[B2] Relaxed: the fences order it; pairs with none.
        self.flags.load(ord!(B2, Relaxed))
    }

    /// To be called after every change that the other side may sleep for.
    #[inline]
    pub(super) fn ring(&self, ringer: &mut Ringer) {
        if ringer.trust < ringer.enough {
            // ord[B1] SeqCst: either whoever lies down sees what was done before this, or this sees `WAITS`; pairs with B4.
            full_fence(ord!(B1, SeqCst));
            ringer.trust += 1;
            let flags = self.flags();
            if flags != 0 || ringer.trust == ringer.enough {
                self.attend(ringer, flags);
            }
        } else {
            fence::light();
            if self.flags() != LIGHT {
                self.turn_heavy(ringer);
            }
        }
    }

    /// Wakes who sleeps; if nobody does, takes to the light form.
    #[cold]
    fn attend(&self, ringer: &mut Ringer, flags: u32) {
        if flags & COSTLY != 0 {
            self.trust_less(ringer);
        }
        if flags & WAITS != 0 {
            ringer.trust = ringer.trust.saturating_sub(WAKING);
            self.wake();
        } else if ringer.trust < ringer.enough {
            // It has seen what it came for.
        } else if !turns_light() {
            ringer.trust = 0;
        } else {
            // ord[B3] Relaxed: of this and B5 the later one sees the other, since they change one word; pairs with none.
            let before = self.flags.fetch_or(LIGHT, ord!(B3, Relaxed));
            if before & WAITS != 0 {
                self.wake();
            }
        }
    }

    /// Somebody lay down: from now on with full fences.
    #[cold]
    fn turn_heavy(&self, ringer: &mut Ringer) {
        ringer.trust = 0;
        // ord[B6] SeqCst: as B1; pairs with B4.
        full_fence(ord!(B6, SeqCst));
        let flags = self.flags();
        if flags & COSTLY != 0 {
            self.trust_less(ringer);
        }
        if flags & WAITS != 0 {
            self.wake();
        }
    }

    /// The heavy fence took long: lets more time pass before the next.
    fn trust_less(&self, ringer: &mut Ringer) {
        ringer.enough = ringer.enough.saturating_mul(4).min(MOST_TRUST);
        // ord[B8] Relaxed: nothing hangs on it; pairs with none.
        self.flags.fetch_and(!COSTLY, ord!(B8, Relaxed));
    }

    /// Wakes who sleeps.
    fn wake(&self) {
        let sleeper = self.take();
        if let Some(sleeper) = sleeper {
            sleeper.wake();
        }
    }

    fn take(&self) -> Option<Wake> {
        let mut sleeper = self.sleeper.lock();
        // ord[B7] Relaxed: under the lock, which orders it with B5; pairs with none.
        self.flags.fetch_and(!WAITS, ord!(B7, Relaxed));
        sleeper.take()
    }

    /// Lies down, to be woken by `wake`. After that the caller must look whether there is anything to wait for, and [`get_up`](Self::get_up)
    /// if not.
    pub(super) fn lie_down(&self, wake: Wake) {
        let mut sleeper = self.sleeper.lock();
        let stale = sleeper.replace(wake);
        // ord[B5] Relaxed: the fence behind it orders it; pairs with none.
        let before = self.flags.swap(WAITS, ord!(B5, Relaxed));
        drop(sleeper);
        drop(stale);
        if before & LIGHT == 0 {
            // ord[B4] SeqCst: the other half of B1 and B6; pairs with B1, B6.
            full_fence(ord!(B4, SeqCst));
        } else {
            self.impose();
        }
    }

    /// Imposes a fence on the other side, and says so if that took long.
    #[cfg(all(feature = "std", not(loom)))]
    fn impose(&self) {
        let started = crate::wait::Deadline::now();
        fence::heavy();
        // As where it interrupts another processor.
        if started.elapsed().as_micros() > 1 {
            // ord[B9] Relaxed: nothing hangs on it; pairs with none.
            self.flags.fetch_or(COSTLY, ord!(B9, Relaxed));
        }
    }

    #[cfg(not(all(feature = "std", not(loom))))]
    fn impose(&self) {
        fence::heavy();
    }

    /// Need not be woken any more.
    pub(super) fn get_up(&self) {
        if self.is_waiting() {
            drop(self.take());
        }
    }

    /// Whether one who has lain down was not woken.
    pub(super) fn is_waiting(&self) -> bool {
        self.flags() & WAITS != 0
    }

    /// Whether lying down would cost a heavy fence.
    pub(super) fn is_light(&self) -> bool {
        self.flags() & LIGHT != 0
    }
}

/// Whether the light form is cheaper; in models it is tried whatever it costs.
fn turns_light() -> bool {
    cfg!(loom) || fence::is_asymmetric()
}
