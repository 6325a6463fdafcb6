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
pub(super) struct Ticket<V>(SetOnce<Outcome<V>>);

impl<V> Ticket<V> {
    fn new() -> Shared<Self> {
        Shared::new(Self(SetOnce::new()))
    }

    /// Tells the followers.
    pub(super) fn land(&self, outcome: Outcome<V>) {
        // A ticket lands once.
        _ = self.0.set(outcome);
    }

    /// Blocks the thread until the ticket has landed.
    pub(super) fn wait(&self) -> &Outcome<V> {
        self.0.blocking_wait()
    }
}

/// Where an [`Entry`](super::entry::Entry) is. Who follows it holds the lock of the shard (C4 there).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Whereabouts(pub(super) *const ());

// SAFETY: an address; the shard says who may follow it.
unsafe impl Send for Whereabouts {}
// SAFETY: as above.
unsafe impl Sync for Whereabouts {}

/// A loader for a key, known under the lock of the key's shard.
pub(super) struct Flight<V> {
    /// The leader's entry, which has the key. A flight is told by it.
    pub(super) entry: Whereabouts,
    pub(super) hash: u64,
    leader: ThreadId,
    /// Made by the first follower.
    ticket: Option<Shared<Ticket<V>>>,
    /// Whether there was no entry of the key when it began: then there is none, unless it has been cancelled.
    pub(super) vacant: bool,
    /// Whether what is loaded is of the past.
    pub(super) cancelled: bool,
}

impl<V> Flight<V> {
    /// A flight of the calling thread.
    pub(super) fn new(entry: Whereabouts, hash: u64, vacant: bool) -> Self {
        Self { entry, hash, leader: thread_id(), ticket: None, vacant, cancelled: false }
    }

    /// Whether the calling thread is the leader: it would wait for itself.
    pub(super) fn is_own(&self) -> bool {
        self.leader == thread_id()
    }

    pub(super) fn follow(&mut self) -> Shared<Ticket<V>> {
        Shared::clone(self.ticket.get_or_insert_with(Ticket::new))
    }

    /// What the followers wait for, if there are any.
    pub(super) fn into_ticket(self) -> Option<Shared<Ticket<V>>> {
        self.ticket
    }
}
