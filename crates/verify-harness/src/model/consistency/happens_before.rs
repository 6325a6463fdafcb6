//! The clocks of an event from those of its predecessors.

use super::super::graph::{EventId, Graph, Kind};
use super::super::interface::Strength;

/// Sets the clocks of `id` from its program-order predecessor, what it reads from, and the thread events it follows.
///
/// Release sequences are those of C++20: a read-modify-write passes on what the write it reads releases; any other write
/// starts anew. A release fence releases through every later atomic write of its thread, an acquire fence acquires
/// through every earlier atomic read.
pub(crate) fn set_clocks(graph: &mut Graph, id: EventId) {
    let events = &graph.threads[id.thread()];
    let event = &events[id.index()];
    let (kind, strength, rmw) = (event.kind, event.strength, event.rmw);
    let inherited = id.index().checked_sub(1).map_or(0, |before| events[before].release_fence);
    let is_release_fence = kind == Kind::Fence && strength.releases();
    let release_fence = if is_release_fence { id.index + 1 } else { inherited };
    // The event whose clocks come in besides those of the thread's last event.
    let other = match kind {
        Kind::Read | Kind::Start => event.reads_from,
        Kind::Write if rmw => graph.event(graph.read_half(id)).reads_from,
        Kind::Join { child } => match graph.len_of(child.into()).checked_sub(1) {
            Some(last) => EventId::new(child.into(), last),
            None => EventId::INIT,
        },
        _ => EventId::INIT,
    };
    graph.event_mut(id).release_fence = release_fence;
    let clocks = &mut graph.clocks;
    clocks.follow(id);
    match kind {
        Kind::Read if strength.acquires() => clocks.join(id, other, |lanes, write| {
            lanes.porf.join(write.porf);
            lanes.hb.join(write.released);
            lanes.pending.join(write.released);
        }),
        Kind::Read if strength == Strength::Plain => clocks.join(id, other, |lanes, write| lanes.porf.join(write.porf)),
        Kind::Read => clocks.join(id, other, |lanes, write| {
            lanes.porf.join(write.porf);
            lanes.pending.join(write.released);
        }),
        Kind::Write if strength != Strength::Plain => {
            if strength.releases() {
                clocks.of(id).iter_mut().for_each(|lanes| lanes.released = lanes.hb);
            } else if let Some(fence) = inherited.checked_sub(1) {
                let fence = EventId { thread: id.thread, index: fence };
                clocks.join(id, fence, |lanes, fence| lanes.released = fence.hb);
            }
            if rmw {
                clocks.join(id, other, |lanes, write| lanes.released.join(write.released));
            }
        }
        Kind::Fence if strength.acquires() => {
            clocks.of(id).iter_mut().for_each(|lanes| lanes.hb.join(lanes.pending));
        }
        Kind::Start | Kind::Join { .. } => clocks.join(id, other, |lanes, earlier| {
            lanes.porf.join(earlier.porf);
            lanes.hb.join(earlier.hb);
            lanes.pending.join(earlier.hb);
        }),
        _ => {}
    }
}
