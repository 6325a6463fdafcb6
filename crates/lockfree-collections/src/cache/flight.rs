//! A loader at work, and those who wait for it.

use core::any::Any;

use sync_primitives::SetOnce;

use crate::primitive::{Arc, Shared, ThreadId, thread_id};

/// What came of a loader.
pub(super) enum Outcome<V> {
    Value(V),
    /// It has decided that there is no value.
    Nothing,
    Failed(Arc<dyn Any + Send + Sync>),
    /// It panicked, or did something else: whoever waits begins anew.
    Again,
}

/// What the leader of a flight and its followers share.
pub(super) struct Ticket<V> {
    leader: ThreadId,
    outcome: SetOnce<Outcome<V>>,
}

impl<V> Ticket<V> {
    pub(super) fn new() -> Shared<Self> {
        Shared::new(Self { leader: thread_id(), outcome: SetOnce::new() })
    }

    /// Whether the calling thread is the leader: it would wait for itself.
    pub(super) fn is_own(&self) -> bool {
        self.leader == thread_id()
    }

    /// Tells the followers.
    pub(super) fn land(&self, outcome: Outcome<V>) {
        // A ticket lands once.
        _ = self.outcome.set(outcome);
    }

    /// Blocks the thread until the ticket has landed.
    pub(super) fn wait(&self) -> &Outcome<V> {
        self.outcome.blocking_wait()
    }
}
