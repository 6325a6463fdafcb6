//! Waiting at an end of the channel: as a future, and on a blocked thread.

use core::task::{Context, Poll};

#[cfg(any(feature = "std", loom))]
pub(super) use blocking::block;

use super::bell::Bell;
use crate::wait::Wake;

/// An end of the channel, at which one waits.
pub(super) trait End {
    /// The bell that rings for this end.
    fn bell(&self) -> &Bell;

    /// Whether the task has given way to others, instead of lying down, since it last succeeded.
    fn gave_way(&mut self) -> &mut bool;
}

/// What the attempt yields, or the task is woken when it may yield something.
#[inline]
pub(super) fn poll<E: End, T>(
    end: &mut E,
    context: &Context<'_>,
    mut attempt: impl FnMut(&mut E) -> Option<T>,
) -> Poll<T> {
    match attempt(end) {
        Some(output) => {
            *end.gave_way() = false;
            Poll::Ready(output)
        }
        None => lie_down(end, context, attempt),
    }
}

#[cold]
fn lie_down<E: End, T>(end: &mut E, context: &Context<'_>, mut attempt: impl FnMut(&mut E) -> Option<T>) -> Poll<T> {
    // The other side was awake whenever this one came: to let it run first, if it is on this thread, is cheaper than to lie down.
    if end.bell().is_distant() && !*end.gave_way() {
        *end.gave_way() = true;
        context.waker().wake_by_ref();
        return Poll::Pending;
    }
    end.bell().lie_down(Wake::Task(context.waker().clone()));
    match attempt(end) {
        Some(output) => {
            *end.gave_way() = false;
            end.bell().get_up();
            Poll::Ready(output)
        }
        None => Poll::Pending,
    }
}

#[cfg(any(feature = "std", loom))]
mod blocking {
    use super::{End, Wake};
    use crate::channel::gate::spin;
    use crate::primitive::thread;
    use crate::wait::{Deadline, park};

    /// Blocks the thread until the attempt yields something; `None` if the deadline comes first.
    pub(in crate::channel::spsc) fn block<E: End, T>(
        end: &mut E,
        deadline: Option<Deadline>,
        mut attempt: impl FnMut(&mut E) -> Option<T>,
    ) -> Option<T> {
        if let Some(output) = spin(|| true, || attempt(end)) {
            return Some(output);
        }
        let mut strays = false;
        let outcome = loop {
            end.bell().lie_down(Wake::Thread(thread::current()));
            let outcome = attempt(end);
            if outcome.is_some() {
                end.bell().get_up();
                break outcome;
            }
            if !park(deadline) {
                let outcome = attempt(end);
                end.bell().get_up();
                break outcome;
            }
            // Nobody has woken this: then parking ended by a token that was not ours.
            strays |= end.bell().is_waiting();
        };
        if strays {
            // The token goes back to whoever waits for it on this thread.
            thread::current().unpark();
        }
        outcome
    }
}
