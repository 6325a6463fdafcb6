//! Orderings by call site: what a program asks for at each place, and what it is given instead.
//!
//! The engine knows places as opaque tokens. The first time an operation with an ordering comes from a place, it asks the
//! front end what is to be done there; afterwards it looks that up.

use rustc_hash::FxHashMap;

use super::interface::{Op, Site, Strength};

/// What an ordering at a call site is for. A call can have two: a compare-exchange has one for each outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OrderingRole {
    /// A load.
    Load,
    /// A store.
    Store,
    /// A read-modify-write that writes.
    Update,
    /// The load of a compare-exchange that does not write.
    Failure,
    /// A fence.
    Fence,
}

/// Says what to do at a place where the program asks for a strength.
type Ask = Box<dyn Fn(Site, OrderingRole, Strength) -> Option<Strength>>;

/// What the operations of an exploration are given instead of the orderings that they ask for.
pub(crate) struct Orderings {
    ask: Ask,
    known: FxHashMap<(Site, OrderingRole), Option<Strength>>,
}

impl Orderings {
    /// Orderings that `ask` decides, once for each place and role.
    pub(crate) fn new(ask: impl Fn(Site, OrderingRole, Strength) -> Option<Strength> + 'static) -> Self {
        Self { ask: Box::new(ask), known: FxHashMap::default() }
    }

    /// Gives `op` its orderings.
    #[cold]
    pub(crate) fn apply(&mut self, op: &mut Op, site: Site) {
        if site.is_inner() {
            return;
        }
        match op {
            Op::Load { strength, .. } => self.replace(strength, OrderingRole::Load, site),
            Op::Store { strength, .. } => self.replace(strength, OrderingRole::Store, site),
            Op::Rmw { strength, update, .. } => {
                self.replace(strength, OrderingRole::Update, site);
                self.replace(&mut update.failure, OrderingRole::Failure, site);
            }
            Op::Fence { strength } => self.replace(strength, OrderingRole::Fence, site),
            _ => {}
        }
    }

    fn replace(&mut self, strength: &mut Strength, role: OrderingRole, site: Site) {
        if *strength == Strength::Plain {
            return;
        }
        let chosen = self.known.entry((site, role)).or_insert_with(|| (self.ask)(site, role, *strength));
        *strength = chosen.unwrap_or(*strength);
    }
}

impl core::fmt::Debug for Orderings {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Orderings").field("known", &self.known).finish_non_exhaustive()
    }
}
