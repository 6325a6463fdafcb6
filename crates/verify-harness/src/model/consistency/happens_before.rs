//! The clocks of an event from those of its predecessors.

use super::super::clocks::Lanes;
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
    let (thread, count) = (id.thread(), id.index + 1);
    let before = id.index.checked_sub(1).map(|index| EventId { thread: id.thread, index });
    let inherited = before.map_or(0, |before| events[before.index()].release_fence);
    let is_release_fence = kind == Kind::Fence && strength.releases();
    let release_fence = if is_release_fence { count } else { inherited };
    let fence = inherited.checked_sub(1).map(|index| EventId { thread: id.thread, index });
    // The event whose clocks come in besides those of the thread's last event.
    let other = match kind {
        Kind::Read | Kind::Start => Some(event.reads_from),
        Kind::Write if rmw => Some(graph.event(graph.read_half(id)).reads_from),
        Kind::Join { child } => {
            let events = graph.len_of(child.into());
            events.checked_sub(1).map(|index| EventId::new(child.into(), index))
        }
        _ => None,
    };
    let other = other.filter(|other| !other.is_init());
    for lane in 0..graph.clocks.lanes() {
        let mut lanes = before.map_or_else(Lanes::default, |before| *graph.clocks.of(before, lane));
        lanes.released = Default::default();
        lanes.porf.raise(lane, thread, count);
        lanes.hb.raise(lane, thread, count);
        lanes.pending.raise(lane, thread, count);
        let other = || other.map(|other| *graph.clocks.of(other, lane)).unwrap_or_default();
        match kind {
            Kind::Read => {
                let write = other();
                lanes.porf.join(write.porf);
                if strength != Strength::Plain {
                    lanes.pending.join(write.released);
                    if strength.acquires() {
                        lanes.hb.join(write.released);
                    }
                }
            }
            Kind::Write if strength != Strength::Plain => {
                if strength.releases() {
                    lanes.released = lanes.hb;
                } else if let Some(fence) = fence {
                    lanes.released = graph.clocks.of(fence, lane).hb;
                }
                if rmw {
                    lanes.released.join(other().released);
                }
            }
            Kind::Fence if strength.acquires() => lanes.hb.join(lanes.pending),
            Kind::Start | Kind::Join { .. } => {
                let earlier = other();
                lanes.porf.join(earlier.porf);
                lanes.hb.join(earlier.hb);
                lanes.pending.join(earlier.hb);
            }
            _ => {}
        }
        graph.clocks.set(id, lane, lanes);
    }
    graph.event_mut(id).release_fence = release_fence;
}
