//! [`WeightedFair`]: shares by weight.
//!
//! Source: self-clocked fair queueing (Golestani, 1994), a form of weighted fair queueing (Demers, Keshav and Shenker, 1989) whose clock is the finish time of the one that is served.
//! Differs in that the times are rounded for the comparison of two who wait, to what fits in a note, while the sums of the classes are exact; and in that
//! one who gives up takes back what its class was charged for it.
//!
//! Each class has a clock; one that joins is charged what it wants divided by the weight of its class, beginning at the clock of its class, or, if nobody of its class waits, at that of the queue
//! if that is later, and goes before all of other classes whose times are later. The clock of the queue is the time of the one that was served last.
//!
//! Layout: times are numbers of 2^-20 permits at weight 1, and wrap; notes are the 29 bits above the lowest 14, and are compared as distances from the clock of the queue,
//! so that all who wait lie within 2^28 notes, which is 2^22 permits at weight 1. What would be charged beyond that is not.

use super::sealed::{self, Joins, Sealed};
use super::{RANK, rank};

/// Classes of those who wait get shares by weight of what there is, as long as they want it: a class of weight 3 is served three times as often as one of weight 1, or with three times as many
/// permits. Within a class it is first in, first out. What a class does not want goes to the others, and is not owed to it.
///
/// [`Semaphore::with_weights`](crate::Semaphore::with_weights) and the like say the weights, of up to 256 classes, 0 counting as 1; all classes weigh the same in `with_policy`.
/// [`acquire_ranked`](crate::Semaphore::acquire_ranked), [`lock_ranked`](crate::Mutex::lock_ranked) and the like wait as one of a class; those beyond the last count as
/// the last, and who says nothing is of class 0. A lock is charged the same to all; permits by their number, of which at most 2^24 - 1 can be asked for at a time.
///
/// Who comes while nobody waits is served and not charged. Memory: 8 bytes, and 16 for each class.
///
/// ```
/// use sync_primitives::{Semaphore, WeightedFair};
/// # use std::{future::Future, pin::Pin, task::{Context, Waker}};
/// # let mut context = Context::from_waker(Waker::noop());
///
/// let semaphore = Semaphore::<WeightedFair<2>>::with_weights(0, [1, 3]);
/// let mut waiting: Vec<_> = [0, 0, 0, 0, 1, 1, 1, 1].map(|class| Box::pin(semaphore.acquire_ranked(1, class))).into();
/// # for wait in &mut waiting { assert!(wait.as_mut().poll(&mut context).is_pending()) }
/// semaphore.add_permits(4);
/// // One of the class that came first, and three of the one that weighs three times as much.
/// # let served: Vec<_> = waiting.iter_mut().map(|wait| match wait.as_mut().poll(&mut context) { std::task::Poll::Ready(permit) => { permit.unwrap().forget(); true } _ => false }).collect();
/// assert_eq!(served, [true, false, false, false, true, true, true, false]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WeightedFair<const CLASSES: usize>;

/// One permit at weight 1.
const PERMIT: i64 = 1 << 20;
/// How much of a time a note leaves out.
const COARSE: u32 = 14;
const NOTE: u32 = (1 << 29) - 1;
/// How far ahead of the clock of the queue the times may be.
const SPAN: i64 = ((1 << 28) - 1) << COARSE;

#[derive(Clone, Copy, Debug)]
struct Class {
    weight: u32,
    /// How many of them wait.
    waiting: u32,
    /// When the last of them who joined is done.
    last: u64,
}

/// The clocks of a queue.
#[derive(Debug)]
pub struct Shares<const CLASSES: usize> {
    classes: [Class; CLASSES],
    now: u64,
}

impl<const CLASSES: usize> Shares<CLASSES> {
    pub(crate) const fn new(weights: [u32; CLASSES]) -> Self {
        assert!(CLASSES != 0 && CLASSES <= 256, "1 to 256 classes");
        let mut classes = [Class { weight: 1, waiting: 0, last: 0 }; CLASSES];
        let mut class = 0;
        while class < CLASSES {
            if weights[class] > 1 {
                classes[class].weight = weights[class];
            }
            class += 1;
        }
        Self { classes, now: 0 }
    }

    fn class(&mut self, want: u32) -> Option<&mut Class> {
        self.classes.get_mut((rank(want) as usize).min(CLASSES - 1))
    }
}

fn note_of(time: u64) -> u32 {
    (time >> COARSE) as u32 & NOTE
}

/// How far a note is ahead of another; negative if it is behind.
fn ahead(note: u32, of: u32) -> i32 {
    ((note.wrapping_sub(of) << 3) as i32) >> 3
}

fn charge(class: &Class, cost: u32) -> i64 {
    i64::from(cost) * PERMIT / i64::from(class.weight)
}

impl<const CLASSES: usize> Sealed for WeightedFair<CLASSES> {
    const MOST: u32 = RANK - 1;
    const PLAIN: bool = false;
    type Order = Shares<CLASSES>;
    const ORDER: Shares<CLASSES> = Shares::new([1; CLASSES]);

    #[inline]
    fn wanted(want: u32) -> u32 {
        want % RANK
    }

    fn note(order: &mut Shares<CLASSES>, want: u32, cost: u32) -> u32 {
        let now = order.now;
        let Some(class) = order.class(want) else { return 0 };
        let mut ahead = class.last.wrapping_sub(now) as i64;
        if class.waiting == 0 {
            // Nobody is owed anything for the time when it was away. Where it would be ahead of what can be told, it was away for very long.
            ahead = if (0..=SPAN).contains(&ahead) { ahead } else { 0 };
        }
        class.waiting = class.waiting.saturating_add(1);
        class.last = now.wrapping_add_signed(ahead.saturating_add(charge(class, cost)).clamp(-SPAN, SPAN));
        note_of(class.last)
    }

    fn passes(new: Joins, old_want: u32, old_note: u32) -> Option<u32> {
        let class = |want| (rank(want) as usize).min(CLASSES - 1);
        (class(new.want) != class(old_want) && ahead(new.note, old_note) < 0).then_some(old_note)
    }

    fn served(order: &mut Shares<CLASSES>, want: u32, note: u32) {
        if let Some(class) = order.class(want) {
            class.waiting = class.waiting.saturating_sub(1);
        }
        let passed = ahead(note, note_of(order.now));
        if passed > 0 {
            order.now = order.now.wrapping_add((passed as u64) << COARSE);
        }
    }

    fn gave_up(order: &mut Shares<CLASSES>, want: u32, cost: u32) {
        if let Some(class) = order.class(want) {
            class.waiting = class.waiting.saturating_sub(1);
            class.last = class.last.wrapping_sub(charge(class, cost) as u64);
        }
    }
}

impl<const CLASSES: usize> sealed::Ranked for WeightedFair<CLASSES> {}

#[cfg(test)]
mod tests {
    use super::super::ranked;
    use super::*;

    type Two = WeightedFair<2>;

    fn joins(order: &mut Shares<2>, class: u8, cost: u32) -> u32 {
        Two::note(order, ranked(cost, class), cost)
    }

    #[test]
    fn shares_are_charged_by_weight() {
        let mut order = Shares::new([1, 4]);
        assert_eq!([joins(&mut order, 0, 1), joins(&mut order, 0, 2)], [64, 192]);
        assert_eq!([joins(&mut order, 1, 1), joins(&mut order, 1, 2), joins(&mut order, 9, 1)], [16, 48, 64]);
        // Given up, they are not charged, whoever is the last.
        Two::gave_up(&mut order, ranked(2, 1), 2);
        assert_eq!(joins(&mut order, 1, 1), 48);
        // Whoever comes after a pause begins now, and is owed nothing.
        for cost in [1, 1, 1] {
            Two::served(&mut order, ranked(cost, 1), 128);
        }
        assert_eq!(joins(&mut order, 1, 4), 192);
    }

    #[test]
    fn shares_survive_that_times_wrap() {
        let mut order = Shares::new([0, 3]);
        order.now = (-PERMIT / 2) as u64;
        let first = joins(&mut order, 0, 1);
        let second = joins(&mut order, 1, 1);
        assert!(ahead(second, first) < 0 && ahead(first, note_of(order.now)) > 0);
        Two::served(&mut order, ranked(1, 0), first);
        assert!(order.now < 2 * PERMIT as u64, "it went past the end");
        assert!(ahead(joins(&mut order, 1, 3), joins(&mut order, 0, 1)) <= 0);
    }

    #[test]
    fn shares_charge_no_more_than_a_note_can_tell() {
        let mut order = Shares::new([1, 1]);
        for _ in 0..3 {
            let note = joins(&mut order, 0, RANK - 1);
            assert!(ahead(note, 0) > 0);
        }
        assert!(ahead(joins(&mut order, 1, 1), joins(&mut order, 0, 1)) < 0);
    }
}
