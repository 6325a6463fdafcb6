//! What a run owns besides its graph: lazily made statics, thread-locals, the owners of shared values.
//!
//! All of it is made anew in each run and gone at its end. None of it makes events, with exceptions that a run
//! discovers only when it meets them: a static whose maker itself acts on checked objects, and a program that looks at
//! the number of owners of a shared value, or at whether a thread has ended. Such a run *demands* more ([`Demands`]): the exploration starts over and
//! models that too.

use core::any::Any;
use core::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::heap::Tracked;
use super::interface::{Loc, Site};

/// What an exploration has to model because the program looks at it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demands {
    /// Which thread makes a static: its maker acts on checked objects.
    pub(crate) statics: bool,
    /// How many owners a shared value has at each moment.
    pub(crate) owners: bool,
    /// Whether a thread has ended.
    pub(crate) ends: bool,
}

impl Demands {
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            statics: self.statics || other.statics,
            owners: self.owners || other.owners,
            ends: self.ends || other.ends,
        }
    }
}

/// A thread-local value.
#[derive(Clone)]
pub(crate) enum Local {
    Alive(Rc<dyn Any>),
    Destroyed,
}

/// What the run in progress owns.
#[derive(Default)]
pub(crate) struct Resources {
    /// What the exploration models already.
    pub(crate) granted: Demands,
    /// What this run found that it needs besides.
    pub(crate) demanded: Cell<Demands>,
    /// Whether a static is being made.
    pub(crate) making: Cell<bool>,
    pub(crate) statics: RefCell<FxHashMap<usize, Rc<dyn Any>>>,
    /// Thread-locals by thread and key, in the order in which they were made.
    locals: RefCell<Vec<((usize, usize), Local)>>,
    /// Shared values that still have owners, and where they were made.
    tracked: RefCell<FxHashMap<u64, Site>>,
    next_tracked: Cell<u64>,
    /// What is to be done at the end of the run to values in statics, or left undone if they may be in any state.
    at_end: RefCell<Vec<Box<dyn FnOnce()>>>,
    /// What is to be done at the end of the run in any case.
    always_at_end: RefCell<Vec<Box<dyn FnOnce()>>>,
    /// Names of threads.
    pub(crate) names: RefCell<FxHashMap<usize, Arc<str>>>,
    /// How many accesses of each cell are in progress: reads and writes.
    pub(crate) accesses: RefCell<FxHashMap<Loc, (u32, u32)>>,
    /// Counters of shared values by the address of the value.
    pub(crate) owners: RefCell<FxHashMap<usize, *const ()>>,
}

impl Resources {
    pub(crate) fn new(granted: Demands) -> Self {
        Self { granted, ..Self::default() }
    }

    /// Counts a shared value as leaked until [`untrack`](Self::untrack).
    pub(crate) fn track(&self, site: Site) -> u64 {
        let _checker = Tracked::checker();
        let number = self.next_tracked.get();
        self.next_tracked.set(number + 1);
        self.tracked.borrow_mut().insert(number, site);
        number
    }

    pub(crate) fn untrack(&self, number: u64) {
        self.tracked.borrow_mut().remove(&number);
    }

    /// The first shared value that still has owners.
    pub(crate) fn leak(&self) -> Option<Site> {
        let tracked = self.tracked.borrow();
        tracked.iter().min_by_key(|(number, _)| **number).map(|(_, site)| *site)
    }

    pub(crate) fn local(&self, thread: usize, key: usize) -> Option<Local> {
        let locals = self.locals.borrow();
        locals.iter().find(|(at, _)| *at == (thread, key)).map(|(_, local)| local.clone())
    }

    pub(crate) fn set_local(&self, thread: usize, key: usize, value: Rc<dyn Any>) {
        let _checker = Tracked::checker();
        self.locals.borrow_mut().push(((thread, key), Local::Alive(value)));
    }

    /// Destroys the thread-locals of `thread`, the first made first, those that destructors make included.
    pub(crate) fn destroy_locals(&self, thread: usize) {
        loop {
            let alive = {
                let mut locals = self.locals.borrow_mut();
                let alive =
                    |local: &&mut ((usize, usize), Local)| local.0.0 == thread && matches!(local.1, Local::Alive(_));
                locals.iter_mut().find(alive).map(|(_, local)| core::mem::replace(local, Local::Destroyed))
            };
            if alive.is_none() {
                return;
            }
        }
    }

    /// Destroys what threads that did not finish have left, and the statics.
    pub(crate) fn destroy_values(&self) {
        let threads: Vec<usize> = self.locals.borrow().iter().map(|((thread, _), _)| *thread).collect();
        for thread in threads {
            self.destroy_locals(thread);
        }
        let at_end = core::mem::take(&mut *self.at_end.borrow_mut());
        at_end.into_iter().for_each(|f| f());
        // Not drained in place: a destructor may look at another static.
        let statics = core::mem::take(&mut *self.statics.borrow_mut());
        drop(statics);
    }

    /// Has `f` called at the end of the run, unless values may then be in any state.
    pub(crate) fn at_end(&self, f: Box<dyn FnOnce()>) {
        let _checker = Tracked::checker();
        self.at_end.borrow_mut().push(f);
    }

    /// Has `f`, which does not panic, called at the end of the run.
    pub(crate) fn always_at_end(&self, f: Box<dyn FnOnce()>) {
        let _checker = Tracked::checker();
        self.always_at_end.borrow_mut().push(f);
    }

    /// Leaves the values alone, which may be in any state.
    pub(crate) fn forget_values(&self) {
        core::mem::forget(core::mem::take(&mut *self.at_end.borrow_mut()));
        core::mem::forget(core::mem::take(&mut *self.locals.borrow_mut()));
        core::mem::forget(core::mem::take(&mut *self.statics.borrow_mut()));
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let always = core::mem::take(&mut *self.always_at_end.borrow_mut());
        always.into_iter().for_each(|f| f());
        self.statics.borrow_mut().clear();
        self.locals.borrow_mut().clear();
        self.at_end.borrow_mut().clear();
        self.tracked.borrow_mut().clear();
        self.next_tracked.set(0);
        self.owners.borrow_mut().clear();
        self.accesses.borrow_mut().clear();
        self.names.borrow_mut().clear();
    }
}
