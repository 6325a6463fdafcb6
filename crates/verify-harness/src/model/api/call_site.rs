//! Call sites by file, line and column.

use core::fmt;
use core::sync::atomic::Ordering;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::builder::Builder;
use super::super::interface::{Site, Strength};
use super::super::orderings::{OrderingRole, Orderings};
use super::location;

/// A place in a program that names an ordering.
///
/// Two calls on one line are told apart by their columns, the two orderings of a compare-exchange by their roles. Calls
/// inside locks, channels and other types of the checker are no call sites.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct CallSite {
    /// The file, as the compiler was given it.
    pub file: Cow<'static, str>,
    /// The line, counted from one.
    pub line: u32,
    /// The column at which the called method's name begins, counted from one.
    pub column: u32,
    /// What the ordering is for.
    pub role: OrderingRole,
}

impl CallSite {
    /// The place in `file` at `line` and `column` that names an ordering for `role`.
    pub fn new(file: impl Into<Cow<'static, str>>, line: u32, column: u32, role: OrderingRole) -> Self {
        Self { file: file.into(), line, column, role }
    }
}

impl fmt::Display for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = match self.role {
            OrderingRole::Load => "load",
            OrderingRole::Store => "store",
            OrderingRole::Update => "update",
            OrderingRole::Failure => "failed update",
            OrderingRole::Fence => "fence",
        };
        write!(f, "{}:{}:{} ({role})", self.file, self.line, self.column)
    }
}

/// An operation cannot have the ordering that it was to be given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidOrdering {
    /// The place.
    pub site: CallSite,
    /// What it was to be given.
    pub ordering: Ordering,
}

impl fmt::Display for InvalidOrdering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expected = match self.site.role {
            OrderingRole::Load | OrderingRole::Failure => "Relaxed, Acquire or SeqCst",
            OrderingRole::Store => "Relaxed, Release or SeqCst",
            OrderingRole::Update => "Relaxed, Acquire, Release, AcqRel or SeqCst",
            OrderingRole::Fence => "Acquire, Release, AcqRel or SeqCst, or Relaxed for no fence",
        };
        write!(f, "{} cannot be {:?}: expected {expected}", self.site, self.ordering)
    }
}

impl core::error::Error for InvalidOrdering {}

/// What a builder knows of call sites.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct CallSites {
    overrides: BTreeMap<CallSite, Ordering>,
    /// Where to note the sites that a program has.
    met: Option<Arc<Mutex<BTreeMap<CallSite, Ordering>>>>,
}

impl CallSites {
    /// What the engine is to do; nothing if nothing is asked for.
    pub(in crate::model) fn orderings(&self) -> Option<Box<Orderings>> {
        if self.overrides.is_empty() && self.met.is_none() {
            return None;
        }
        let sites = self.clone();
        let ask = move |site: Site, role, asked: Strength| {
            let at = location(site)?;
            let site = CallSite::new(at.file(), at.line(), at.column(), role);
            let chosen = sites.overrides.get(&site).map(|ordering| super::word::strength(*ordering));
            if let Some(met) = &sites.met {
                met.lock().unwrap_or_else(PoisonError::into_inner).insert(site, ordering(asked));
            }
            chosen
        };
        Some(Box::new(Orderings::new(ask)))
    }
}

fn ordering(strength: Strength) -> Ordering {
    match strength {
        Strength::Plain | Strength::Relaxed => Ordering::Relaxed,
        Strength::Acquire => Ordering::Acquire,
        Strength::Release => Ordering::Release,
        Strength::AcqRel => Ordering::AcqRel,
        Strength::SeqCst => Ordering::SeqCst,
    }
}

impl Builder {
    /// Gives the operation at `site` another ordering than the one that the program names there. A fence that is made
    /// `Relaxed` does nothing. A site that the program does not have changes nothing.
    ///
    /// ```
    /// use verify_harness::model::sync::Arc;
    /// use verify_harness::model::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    /// use verify_harness::model::{Builder, OrderingRole, thread};
    ///
    /// let message_passing = || {
    ///     let shared = Arc::new((AtomicU32::new(0), AtomicBool::new(false)));
    ///     let sender = Arc::clone(&shared);
    ///     let handle = thread::spawn(move || {
    ///         sender.0.store(1, Ordering::Relaxed);
    ///         sender.1.store(true, Ordering::Release);
    ///     });
    ///     if shared.1.load(Ordering::Acquire) {
    ///         assert_eq!(shared.0.load(Ordering::Relaxed), 1);
    ///     }
    ///     handle.join().unwrap();
    /// };
    /// let mut builder = Builder::new();
    /// assert!(builder.explore(message_passing).verdict.holds());
    /// let sites = builder.call_sites(message_passing);
    /// let (release, _) = sites.iter().find(|(_, ordering)| **ordering == Ordering::Release).unwrap();
    /// assert_eq!(release.role, OrderingRole::Store);
    /// builder.override_ordering(release.clone(), Ordering::Relaxed)?;
    /// assert!(builder.explore(message_passing).verdict.failure().is_some(), "the store has to release");
    /// # Ok::<(), verify_harness::model::InvalidOrdering>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If an operation of that role cannot have `ordering`.
    pub fn override_ordering(&mut self, site: CallSite, ordering: Ordering) -> Result<&mut Self, InvalidOrdering> {
        let loads = !matches!(ordering, Ordering::Release | Ordering::AcqRel);
        let stores = !matches!(ordering, Ordering::Acquire | Ordering::AcqRel);
        let possible = match site.role {
            OrderingRole::Load | OrderingRole::Failure => loads,
            OrderingRole::Store => stores,
            OrderingRole::Update | OrderingRole::Fence => true,
        };
        if !possible {
            return Err(InvalidOrdering { site, ordering });
        }
        self.call_sites.overrides.insert(site, ordering);
        Ok(self)
    }

    /// The call sites that executions of `program` come to, with the orderings that the program names there; overrides
    /// are in force. Explores as [`explore`](Self::explore) does: if a failing execution or a bound ends that, sites that
    /// only other executions come to are missing.
    ///
    /// # Panics
    ///
    /// As [`explore`](Self::explore).
    pub fn call_sites<F: Fn() + Send + Sync + 'static>(&self, program: F) -> BTreeMap<CallSite, Ordering> {
        let met = Arc::new(Mutex::new(BTreeMap::new()));
        let mut builder = self.clone();
        builder.call_sites.met = Some(Arc::clone(&met));
        // What it finds is not asked for here.
        let _ = builder.explore(program);
        core::mem::take(&mut *met.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
