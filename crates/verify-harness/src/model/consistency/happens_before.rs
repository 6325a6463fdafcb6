//! The clocks of an event from those of its predecessors.

use super::super::clocks::Clock;
use super::super::graph::{EventId, Graph, Kind};
use super::super::interface::Strength;

/// Sets the clocks of `id` from its program-order predecessor, what it reads from, and the thread events it follows.
///
/// Release sequences are those of C++20: a read-modify-write passes on what the write it reads releases; any other write
/// starts anew. A release fence releases through every later atomic write of its thread, an acquire fence acquires
/// through every earlier atomic read.
pub(crate) fn set_clocks(graph: &mut Graph, id: EventId) {
    let (thread, count) = (id.thread(), id.index + 1);
    let event = graph.event(id);
    let (kind, strength) = (event.kind, event.strength);
    let (mut porf, mut hb, mut pending, mut release_fence) = match id.index.checked_sub(1) {
        Some(index) => {
            let before = graph.event(EventId { thread: id.thread, index });
            (before.porf.clone(), before.hb.clone(), before.pending.clone(), before.release_fence)
        }
        None => (Clock::default(), Clock::default(), Clock::default(), 0),
    };
    for clock in [&mut porf, &mut hb, &mut pending] {
        clock.raise(thread, count);
    }
    let mut released = Clock::default();
    match kind {
        Kind::Read if !event.reads_from.is_init() => {
            let write = graph.event(event.reads_from);
            porf.join(&write.porf);
            if strength != Strength::Plain {
                pending.join(&write.released);
                if strength.acquires() {
                    hb.join(&write.released);
                }
            }
        }
        Kind::Write if strength != Strength::Plain => {
            if strength.releases() {
                released.join(&hb);
            } else if let Some(index) = release_fence.checked_sub(1) {
                released.join(&graph.event(EventId { thread: id.thread, index }).hb);
            }
            if event.rmw {
                let read = graph.event(graph.read_half(id));
                if !read.reads_from.is_init() {
                    released.join(&graph.event(read.reads_from).released);
                }
            }
        }
        Kind::Fence => {
            if strength.acquires() {
                hb.join(&pending);
            }
            if strength.releases() {
                release_fence = count;
            }
        }
        Kind::Start if !event.reads_from.is_init() => {
            let spawn = graph.event(event.reads_from);
            porf.join(&spawn.porf);
            hb.join(&spawn.hb);
            pending.join(&spawn.hb);
        }
        Kind::Join { child } => {
            if let Some(finish) = graph.last_of(child.into()) {
                porf.join(&finish.porf);
                hb.join(&finish.hb);
                pending.join(&finish.hb);
            }
        }
        _ => {}
    }
    let event = graph.event_mut(id);
    (event.porf, event.hb, event.pending, event.released) = (porf, hb, pending, released);
    event.release_fence = release_fence;
}
