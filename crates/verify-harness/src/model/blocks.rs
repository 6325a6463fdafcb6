//! Tracked memory: blocks that must be freed once, and not be used unless that is ordered before the free.
//!
//! Freed memory stays mapped until its run ends, so that a use after free is reported and not suffered, and an address
//! names one block in a run.

use std::alloc::Layout;

use super::execution::Execution;
use super::graph::{EventId, Kind};
use super::interface::{Loc, Site};
use super::report::FailureKind;

/// A tracked block of the run in progress.
#[derive(Debug)]
pub(super) struct Block {
    address: usize,
    layout: Layout,
    /// The location at which frees of the block are events.
    loc: Loc,
    made_at: Site,
    freed: bool,
}

impl Execution {
    /// Notes that a block at `address` was allocated, with `loc` for its frees.
    pub(crate) fn add_block(&mut self, address: usize, layout: Layout, loc: Loc, site: Site) {
        self.blocks.push(Block { address, layout, loc, made_at: site, freed: false });
    }

    /// The location of the frees of the block at `address`.
    pub(crate) fn block_at(&self, address: usize) -> Option<Loc> {
        self.blocks.iter().find(|block| block.address == address).map(|block| block.loc)
    }

    /// Notes that the block of `loc` is freed.
    pub(crate) fn mark_freed(&mut self, loc: Loc) {
        self.blocks.iter_mut().filter(|block| block.loc == loc).for_each(|block| block.freed = true);
    }

    /// The blocks of the run that ended, to be given back to the allocator.
    pub(crate) fn take_blocks(&mut self) -> Vec<(usize, Layout)> {
        self.blocks.drain(..).map(|block| (block.address, block.layout)).collect()
    }

    fn block_around(&self, address: usize) -> Option<&Block> {
        self.blocks.iter().find(|block| address >= block.address && address < block.address + block.layout.size())
    }

    /// What is wrong with the new event `id`, if it accesses or frees tracked memory.
    pub(super) fn memory_fault(&self, id: EventId, loc: Loc) -> Option<(FailureKind, String)> {
        if self.blocks.is_empty() {
            return None;
        }
        let what = |id: EventId| {
            let event = self.graph().event(id);
            format!("{} at {}", super::trace::describe(self.graph(), id), (self.name_site)(event.site))
        };
        let event = self.graph().event(id);
        if event.kind != Kind::Free {
            let block = self.block_around(self.bindings.get(loc.index())?.address)?;
            let free = self.graph().location(block.loc)?.plain.first()?;
            let how = if self.graph().hb(id).contains(*free) { "after" } else { "not ordered before" };
            return Some((
                FailureKind::UseAfterFree,
                format!("use after free: {} comes {how} {}", what(id), what(*free)),
            ));
        }
        let block = self.blocks.iter().find(|block| block.loc == loc)?;
        let inside = |loc: &usize| {
            let binding = &self.bindings[*loc];
            binding.run == self.run && self.block_around(binding.address).is_some_and(|around| around.loc == block.loc)
        };
        for used in (0..self.bindings.len()).filter(inside) {
            let Some(location) = self.graph().location(Loc(used as u32)) else { continue };
            let accesses = location.plain.iter().chain(&location.co).chain(&location.reads);
            if let Some(access) = accesses.copied().find(|access| !self.graph().hb(id).contains(*access)) {
                let message = format!("use after free: {} is not ordered before {}", what(access), what(id));
                return Some((FailureKind::UseAfterFree, message));
            }
        }
        None
    }

    /// The leak of a complete execution, if it has one.
    pub(crate) fn leak(&self) -> Option<String> {
        let block = self.blocks.iter().find(|block| !block.freed)?;
        Some(format!("leak: what was allocated at {} is never freed", (self.name_site)(block.made_at)))
    }
}
