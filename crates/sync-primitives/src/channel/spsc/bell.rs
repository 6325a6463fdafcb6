//! The bell by which one side of the channel wakes the other: who rings does so with every value, and pays next to nothing for it.
//!
//! Source: the flag and the fence on both sides are Dekker's; that the side which acts all the time may leave its fence to the side which
//! sleeps now and then is from Dice, Huang and Yang, "Asymmetric Dekker synchronization" (2001). Differs in that the two change between
//! the symmetric and the asymmetric form as they go, since the fence that one imposes on others costs microseconds where they run: who
//! rings takes to the light form once it has seldom found anybody asleep, and the next who falls asleep undoes that.
//!
//! Where both sides are on one thread, as tasks often are, no fence is needed at all: what comes first in the program is seen. So the light form
//! is bound to a thread, the `home` of who rings; who falls asleep on that thread neither imposes a fence, nor undoes anything.
//!
//! Layout: a word of flags, with the number of a thread above them: of who rings, while `LIGHT` is set, else of who sleeps. And whom to wake,
//! under a lock that nobody takes while nobody sleeps.
//!
//! Invariants
//! - B1: `WAITS` is set, and somebody stands under the lock, at the same time: both are changed under the lock.
//! - B2: `LIGHT` is set, with its home, by the one who rings, and cleared by one who lies down elsewhere. Who rings with the light fence alone is at
//!   home, and has seen the word so after that fence; else it passes the full fence, and looks again. Away from home it makes where it is
//!   its home first, by a change of the word that is as good as that fence.
//! - B3: who has lain down looks for what it waits for after a full fence; after a heavy one if it found `LIGHT`; at once if it is at that home. By
//!   that, and by B2, either it sees what was done before ringing, or who rings sees `WAITS`: no wake-up is lost.
//!
//! On B3, the full fences: they are ordered; of the two who each write before theirs and look after it, the later one sees what the other
//! wrote. The light one: by the guarantee of [`fence`](crate::fence) the same holds of it and the heavy one. And if who lay down found
//! `LIGHT` not to be set while who rings passes the light fence only, then who rings had set it before, and it was cleared by one who lay
//! down earlier, so that who rings sees it cleared (else its ringing came before that heavy fence, and what was done is seen). Who lies
//! down at home found it in the word: what was done away from here came before that, by the release of who wrote it; what is done here comes
//! before or after in this thread; and once who rings is elsewhere again, it changes the word, and sees `WAITS` there.
//!
//! Linearization points: none; a bell decides nothing but who is woken.
//!
//! Progress: ringing is wait-free while nobody sleeps. Waking and lying down take the lock, which is held for moving one waker.
//!
//! Reclamation: none.
//!
//! Checked by `tests/loom_channel_spsc.rs`: both fences B1 and B4 weakened leave somebody asleep; a bell turns light early there. A model knows
//! no fence that one imposes on others: there light and heavy are full fences. That none is needed at home is argued above, and tried by
//! `tests/stress_channels`, where tasks change threads; that who leaves it is heard, is in the model: B3 weakened is found there.

use crate::fence;
use crate::primitive::{AtomicU32, Lock, fence as full_fence, ord, thread_number};
use crate::wait::Wake;

/// Somebody sleeps, or is about to.
const WAITS: u32 = 1;
/// Who rings passes the light fence only.
const LIGHT: u32 = 2;

/// The heavy fence took long.
const COSTLY: u32 = 4;
/// Above these stands the number of a thread; 0 is none.
const THREAD: u32 = 8;

/// The word when who rings is at home here, and nobody sleeps.
#[inline]
fn calm() -> u32 {
    thread_number() * THREAD + LIGHT
}

/// Whether a word names this thread.
#[inline]
fn names_this_thread(word: u32) -> bool {
    word / THREAD != 0 && word / THREAD == thread_number()
}

/// How often one rings more than it finds somebody asleep, each of which counts for `WAKING` times, before it takes to the light form; four
/// times as often after each heavy fence that took long.
#[cfg(not(loom))]
const TRUST: u32 = 512;
#[cfg(not(loom))]
const MOST_TRUST: u32 = TRUST << 14;
#[cfg(not(loom))]
const WAKING: u32 = 32;
/// What one that is found asleep on the same thread adds.
const COMPANY: u32 = WAKING * 2;
#[cfg(loom)]
const TRUST: u32 = 2;
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
    /// What it expects to see in the word while the bell is light; else 0.
    calm: u32,
}

impl Ringer {
    pub(super) fn new() -> Self {
        Self { trust: 0, enough: TRUST, calm: 0 }
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
        if ringer.calm == calm() {
            fence::light();
            if self.flags() != ringer.calm {
                self.answer(ringer);
            }
        } else {
            self.ring_aloud(ringer);
        }
    }

    /// Rings with a full fence.
    #[inline(never)]
    fn ring_aloud(&self, ringer: &mut Ringer) {
        if ringer.calm != 0 {
            return self.move_home(ringer);
        }
        // ord[B1] SeqCst: either whoever lies down sees what was done before this, or this sees `WAITS`; pairs with B4.
        full_fence(ord!(B1, SeqCst));
        ringer.trust = ringer.trust.saturating_add(1);
        let flags = self.flags();
        if flags & (WAITS | COSTLY) != 0 || ringer.trust >= ringer.enough {
            self.attend(ringer, flags);
        }
    }

    /// Wakes who sleeps; if nobody does, or it does on this thread, takes to the light form.
    #[cold]
    fn attend(&self, ringer: &mut Ringer, flags: u32) {
        if flags & COSTLY != 0 {
            self.trust_less(ringer);
        }
        if flags & WAITS != 0 {
            self.wake();
            if !names_this_thread(flags) {
                ringer.trust = ringer.trust.saturating_sub(WAKING);
                return;
            }
            ringer.trust = ringer.trust.saturating_add(COMPANY);
        }
        if ringer.trust < ringer.enough {
            // It has seen what it came for.
        } else if turns_light() {
            self.move_home(ringer);
        } else {
            ringer.trust = 0;
        }
    }

    /// From now on rings lightly from this thread. (Where it did from another one, and one who lies down has undone that, this does it again.)
    #[cold]
    fn move_home(&self, ringer: &mut Ringer) {
        ringer.calm = calm();
        let mut word = self.flags();
        loop {
            let then = ringer.calm | word & (WAITS | COSTLY);
            // ord[B3] Release: of this and B5 the later one sees the other, since they change one word, and B5 what was done before this; pairs with B5.
            // ord[B10] Relaxed: it tries again; pairs with none.
            match self.flags.compare_exchange(word, then, ord!(B3, Release), ord!(B10, Relaxed)) {
                Ok(_) => break,
                Err(now) => word = now,
            }
        }
        if word & WAITS != 0 {
            self.wake();
        }
    }

    /// Somebody lay down: on this thread, or else it is with full fences from now on.
    #[cold]
    fn answer(&self, ringer: &mut Ringer) {
        let mut flags = self.flags();
        if flags & !(WAITS | COSTLY) != ringer.calm {
            (ringer.trust, ringer.calm) = (0, 0);
            // ord[B6] SeqCst: as B1; pairs with B4.
            full_fence(ord!(B6, SeqCst));
            flags = self.flags();
        }
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
        let mut before = self.flags();
        loop {
            let then = if is_at_home(before) { before | WAITS } else { (thread_number() * THREAD) | WAITS };
            // ord[B5] Relaxed: as B3; the fence behind it orders it, and makes it acquire what B3 released; pairs with B3.
            // ord[B11] Relaxed: it tries again; pairs with none.
            match self.flags.compare_exchange(before, then, ord!(B5, Relaxed), ord!(B11, Relaxed)) {
                Ok(_) => break,
                Err(now) => before = now,
            }
        }
        drop(sleeper);
        drop(stale);
        if is_at_home(before) {
            // Who rings from here comes before or after this; from elsewhere it changes the word first, and sees `WAITS`.
        } else if before & LIGHT == 0 {
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
    pub(super) fn is_distant(&self) -> bool {
        let word = self.flags();
        word & LIGHT != 0 && !is_at_home(word)
    }
}

/// Whether who rings does so lightly from this thread.
fn is_at_home(word: u32) -> bool {
    word & LIGHT != 0 && names_this_thread(word)
}

/// Whether the light form is cheaper; in models it is tried whatever it costs.
fn turns_light() -> bool {
    cfg!(loom) || fence::is_asymmetric()
}
