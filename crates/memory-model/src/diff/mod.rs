//! Where two models differ: the smallest program that tells them apart.
//!
//! ```
//! use memory_model::diff::{Bounds, Dialect, Verdict, diff};
//! use memory_model::models::{Rc11, Sc};
//!
//! // Store buffering separates RC11 from sequential consistency.
//! let Verdict::Differ(difference) = diff(&Rc11::new(), &Sc, &Bounds::default())? else { panic!("they differ") };
//! assert_eq!(
//!     difference.text("SB", Dialect::Rust),
//!     r#"Rust SB
//! "RC11 allows it, SC forbids it"
//! { x: AtomicI32 = 0; y: AtomicI32 = 0; }
//! fn P0() {
//!     x.store(1, Relaxed);
//!     let r0 = y.load(Relaxed);
//! }
//! fn P1() {
//!     y.store(1, Relaxed);
//!     let r0 = x.load(Relaxed);
//! }
//! exists (0:r0 = 0 /\ 1:r0 = 0)
//! "#,
//! );
//! # Ok::<(), memory_model::enumerate::Error>(())
//! ```

mod program;
mod shape;

pub use program::Dialect;

use std::collections::BTreeSet;

use crate::Ordering;
use crate::enumerate::{Enumerator, Error, Outcome};
use crate::litmus::{Litmus, reg};
use crate::models::{Model, Sc};
use program::{Program, Term, condition};
use shape::{Shape, programs, shapes};

/// Which programs are tried.
///
/// Programs have no branches; every write writes a value of its own. Each location is written, and accessed by two threads. Threads
/// and locations have no names: of programs that differ in them alone, one is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most threads.
    pub threads: usize,
    /// The most statements of one thread.
    pub events: usize,
    /// The most locations.
    pub locations: usize,
    /// The orderings of loads, the weakest first.
    pub loads: Vec<Ordering>,
    /// The orderings of stores, the weakest first.
    pub stores: Vec<Ordering>,
    /// The orderings of exchanges, the weakest first; none for programs without exchanges.
    pub updates: Vec<Ordering>,
    /// The orderings of fences, the weakest first; none for programs without fences.
    pub fences: Vec<Ordering>,
    /// Whether both models are known to allow what sequential consistency allows, and to allow no more if an ordering is made
    /// stronger or a fence is added. Then a shape that shows nothing weak with relaxed accesses and no fences shows nothing at all.
    pub monotone: bool,
    /// The number of programs after which the search is given up.
    pub max_programs: u64,
}

impl Default for Bounds {
    /// Three threads of three statements on two locations, without exchanges; at most a million programs.
    fn default() -> Self {
        Self {
            threads: 3,
            events: 3,
            locations: 2,
            loads: vec![Ordering::Relaxed, Ordering::Acquire, Ordering::SeqCst],
            stores: vec![Ordering::Relaxed, Ordering::Release, Ordering::SeqCst],
            updates: Vec::new(),
            fences: vec![Ordering::Acquire, Ordering::Release, Ordering::AcqRel, Ordering::SeqCst],
            monotone: true,
            max_programs: 1_000_000,
        }
    }
}

/// What a search found.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// A smallest program that tells the models apart.
    Differ(Box<Difference>),
    /// There is none within the bounds.
    Equal {
        /// The number of programs that were compared or that could not show anything.
        programs: u64,
    },
    /// The search was given up: there is none with less than `statements` statements in all.
    GaveUp {
        /// The number of programs that were compared or that could not show anything.
        programs: u64,
        /// The number of statements of the programs that were being tried.
        statements: usize,
    },
}

/// A program, and an outcome that one model allows and the other forbids.
#[derive(Clone, Debug)]
pub struct Difference {
    program: Program,
    terms: Vec<Term>,
    /// The number of programs that were tried before.
    pub programs: u64,
    /// The name of the model that allows the outcome.
    pub allowed_by: String,
    /// The name of the model that forbids it.
    pub forbidden_by: String,
}

impl Difference {
    /// The program with the outcome as its condition.
    #[must_use]
    pub fn litmus(&self, name: &str) -> Litmus {
        self.program.litmus(name).exists(condition(&self.terms))
    }

    /// The same as a text that [`Litmus::parse`] reads.
    #[must_use]
    pub fn text(&self, name: &str, dialect: Dialect) -> String {
        let remark = format!("{} allows it, {} forbids it", self.allowed_by, self.forbidden_by);
        self.program.text(name, &self.terms, &remark, dialect)
    }
}

/// The smallest program, by the number of its statements, that has an outcome under one of the models and not under the other.
///
/// The search is exhaustive and deterministic. The number of programs grows by a factor of five to fifteen with each statement.
///
/// # Errors
///
/// [`Error`], if a model cannot be asked.
pub fn diff(first: &dyn Model, second: &dyn Model, bounds: &Bounds) -> Result<Verdict, Error> {
    let mut tried = 0;
    for statements in 2..=bounds.threads.saturating_mul(bounds.events) {
        for shape in shapes(statements, bounds) {
            let programs = programs(&shape, bounds);
            if bounds.monotone && !is_weak(&shape, first)? && !is_weak(&shape, second)? {
                tried += programs.len() as u64;
                continue;
            }
            for program in programs {
                if tried >= bounds.max_programs {
                    return Ok(Verdict::GaveUp { programs: tried, statements });
                }
                if let Some(mut difference) = compare(program, first, second)? {
                    difference.programs = tried;
                    return Ok(Verdict::Differ(Box::new(difference)));
                }
                tried += 1;
            }
        }
    }
    Ok(Verdict::Equal { programs: tried })
}

fn outcomes(litmus: &Litmus, model: &dyn Model) -> Result<BTreeSet<Outcome>, Error> {
    Ok(Enumerator::new(model).summary(litmus)?.outcomes.into_keys().collect())
}

/// Whether the shape has more outcomes than under sequential consistency when nothing orders its accesses.
fn is_weak(shape: &Shape, model: &dyn Model) -> Result<bool, Error> {
    let relaxed = |actions: &Vec<program::Action>| {
        let accesses = actions.iter().filter(|action| action.location().is_some());
        accesses.map(|&action| (action, Ordering::Relaxed)).collect()
    };
    let litmus = Program { threads: shape.iter().map(relaxed).collect() }.litmus("relaxed");
    Ok(outcomes(&litmus, model)? != outcomes(&litmus, &Sc)?)
}

/// The difference of the models on one program, with as few terms as it needs.
fn compare(program: Program, first: &dyn Model, second: &dyn Model) -> Result<Option<Difference>, Error> {
    let litmus = program.litmus("diff");
    let (one, other) = (outcomes(&litmus, first)?, outcomes(&litmus, second)?);
    let (outcome, forbidding, names) = match (one.difference(&other).next(), other.difference(&one).next()) {
        (Some(outcome), _) => (outcome, &other, (first, second)),
        (None, Some(outcome)) => (outcome, &one, (second, first)),
        (None, None) => return Ok(None),
    };
    let mut terms = Vec::new();
    for (thread, values) in outcome.reads.iter().enumerate() {
        terms.extend(values.iter().enumerate().map(|(index, &value)| Term::Register(reg(thread, index), value)));
    }
    terms.extend(program.contended().into_iter().map(|location| Term::Memory(location, outcome.memory[location])));
    let excluded = |terms: &[Term]| {
        let holds = |outcome: &Outcome| {
            terms.iter().all(|term| match *term {
                Term::Register(reg, value) => {
                    outcome.reads.get(reg.thread).and_then(|reads| reads.get(reg.index)) == Some(&value)
                }
                Term::Memory(location, value) => outcome.memory.get(location) == Some(&value),
            })
        };
        !forbidding.iter().any(holds)
    };
    let mut place = terms.len();
    while place > 0 {
        place -= 1;
        let mut fewer = terms.clone();
        fewer.remove(place);
        if excluded(&fewer) {
            terms = fewer;
        }
    }
    let (allowed_by, forbidden_by) = (names.0.name().to_owned(), names.1.name().to_owned());
    Ok(Some(Difference { program, terms, programs: 0, allowed_by, forbidden_by }))
}
