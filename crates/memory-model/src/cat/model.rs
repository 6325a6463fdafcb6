//! Models that are loaded from cat files.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::analysis::pruning;
use super::environment::Environment;
use super::error::{CatError, CatErrorKind, Fault};
use super::evaluate::{Evaluator, Matrix};
use super::given::{Everything, probe};
use super::interpreter::{Interpreter, Stop};
use super::run::{Check, Choice, Names, Runner, Visitor};
use super::sources::{Library, Sources, load};
use super::syntax::{Program, Span, TestKind};
use super::terms::Terms;
use super::witness::violation;
use crate::models::{Axiom, Flag, Model, Orders, Pruning, Violation};
use crate::{EventId, Execution, Location};

/// A memory model in the cat language.
///
/// It can be used wherever a native model can.
///
/// ```
/// use memory_model::Ordering::Relaxed;
/// use memory_model::cat::CatModel;
/// use memory_model::enumerate;
/// use memory_model::litmus::Litmus;
///
/// let sc = CatModel::parse("mine", "acyclic po | rf | co | fr as total")?;
/// let sb = Litmus::new("SB")
///     .thread(|t| {
///         t.store("x", 1, Relaxed);
///         t.load("y", Relaxed);
///     })
///     .thread(|t| {
///         t.store("y", 1, Relaxed);
///         t.load("x", Relaxed);
///     });
/// assert_eq!(enumerate::summary(&sb, &sc)?.executions, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CatModel {
    name: String,
    program: Program,
    variants: BTreeSet<String>,
    form: Form,
    pruning: Pruning,
    allows_cycles: bool,
    failure: Mutex<Option<CatError>>,
}

/// How a model is evaluated.
enum Form {
    /// The tests as terms: the model does not look into sets.
    Terms { terms: Terms, checks: Vec<Check>, names: Names },
    /// Statement by statement for each execution.
    Statements(Choice),
}

/// How a model is to be loaded; made by [`CatModel::options`].
#[derive(Clone, Debug)]
pub struct Options<'s> {
    sources: &'s dyn Sources,
    variants: BTreeSet<String>,
    generates: bool,
    dropped: Option<String>,
}

impl<'s> Options<'s> {
    /// Looks for included files here rather than in the [`Library`].
    #[must_use]
    pub fn sources(mut self, sources: &'s dyn Sources) -> Self {
        self.sources = sources;
        self
    }

    /// Sets a variant, for `if "variant"`.
    #[must_use]
    pub fn variant(mut self, name: &str) -> Self {
        self.variants.insert(name.to_owned());
        self
    }

    /// Lets the model generate its coherence orders itself, even where it only generates those that enumerators try anyway. Slow;
    /// for comparison.
    #[must_use]
    pub fn generate_orders(mut self) -> Self {
        self.generates = true;
        self
    }

    /// Leaves out the axiom of this name, to see what it is for.
    #[must_use]
    pub fn without_axiom(mut self, name: &str) -> Self {
        self.dropped = Some(name.to_owned());
        self
    }

    /// Reads the model. `name` is the name of the file, for errors.
    ///
    /// # Errors
    ///
    /// [`CatError`], if it is not a model.
    pub fn parse(&self, name: &str, text: &str) -> Result<CatModel, CatError> {
        let program = load(name, text, self.sources, &self.variants)?;
        CatModel::new(name, program, self)
    }

    /// Reads the model that the sources have under this name, such as `rc11.cat`.
    ///
    /// # Errors
    ///
    /// [`CatError`], if there is none, or if it is not a model.
    pub fn load(&self, file: &str) -> Result<CatModel, CatError> {
        match self.sources.source(file) {
            Some(text) => self.parse(file, &text),
            None => Err(Fault::new(CatErrorKind::UnknownFile(file.to_owned()), Span::default()).locate(&[])),
        }
    }
}

impl CatModel {
    /// Reads a model that includes nothing but the [`Library`]. `name` is the name of the file, for errors.
    ///
    /// # Errors
    ///
    /// [`CatError`], if it is not a model.
    pub fn parse(name: &str, text: &str) -> Result<Self, CatError> {
        Self::options().parse(name, text)
    }

    /// A bundled model: `sc`, `tso`, `ra`, `rc11`, `c20`, `c11` or `c11_simp`.
    ///
    /// ```
    /// use memory_model::cat::CatModel;
    ///
    /// let rc11 = CatModel::bundled("rc11")?;
    /// assert_eq!(rc11.axioms(), ["coherence", "atomicity", "SC", "no-thin-air"]);
    /// # Ok::<(), memory_model::cat::CatError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CatError`], if there is no such model.
    pub fn bundled(name: &str) -> Result<Self, CatError> {
        Self::options().load(&format!("{name}.cat"))
    }

    /// The names of the bundled models.
    pub const BUNDLED: [&'static str; 7] = ["sc", "tso", "ra", "rc11", "c20", "c11", "c11_simp"];

    /// Options for loading, to begin with: the [`Library`] and no variants.
    #[must_use]
    pub fn options() -> Options<'static> {
        Options { sources: &Library, variants: BTreeSet::new(), generates: false, dropped: None }
    }

    fn new(file: &str, mut program: Program, options: &Options<'_>) -> Result<Self, CatError> {
        if let Some(dropped) = &options.dropped {
            program.drop_axiom(dropped);
        }
        let variants = &options.variants;
        let located = |stop: Stop, program: &Program| match stop {
            Stop::Fault(fault) => fault.locate(&program.files),
            Stop::Dynamic => Fault::new(CatErrorKind::TooLarge, Span::default()).locate(&program.files),
        };
        let choice = if options.generates { Choice::All } else { Choice::Given };
        let mut compiler = Compiler::default();
        let mut runner = Runner::new(Interpreter::new(&program, variants, None), &mut compiler, choice);
        let (result, terms) = (runner.run(), runner.interpreter.terms);
        let form = match result {
            Ok(()) => Form::Terms { terms, checks: compiler.checks, names: compiler.names },
            Err(Stop::Dynamic) => {
                let given = match choice {
                    Choice::Given => try_out(&program, variants, Choice::Given),
                    Choice::All => Err(Stop::Dynamic),
                };
                match given {
                    Ok(()) => Form::Statements(Choice::Given),
                    Err(Stop::Dynamic) => {
                        try_out(&program, variants, Choice::All).map_err(|stop| located(stop, &program))?;
                        Form::Statements(Choice::All)
                    }
                    Err(stop) => return Err(located(stop, &program)),
                }
            }
            Err(stop) => return Err(located(stop, &program)),
        };
        let (form, pruning, allows_cycles) = match form {
            Form::Terms { mut terms, checks, names } => {
                let (pruning, allows_cycles) = pruning(&mut terms, &checks);
                (Form::Terms { terms, checks, names }, pruning, allows_cycles)
            }
            form => (form, Pruning::None, true),
        };
        let name = program.title.clone().unwrap_or_else(|| file.trim_end_matches(".cat").to_owned());
        let failure = Mutex::new(None);
        Ok(Self { name, program, variants: variants.clone(), form, pruning, allows_cycles, failure })
    }

    /// The names of the tests that forbid executions, in the order in which they are made.
    #[must_use]
    pub fn axioms(&self) -> Vec<String> {
        self.program.axioms()
    }

    /// Whether the model mentions dependencies (`addr`, `data`, `ctrl`), which executions do not know: they are empty.
    #[must_use]
    pub fn uses_dependencies(&self) -> bool {
        match &self.form {
            Form::Terms { terms, .. } => terms.bases().any(|base| base == super::base::Base::NoDependencies),
            Form::Statements(_) => {
                self.program.names.iter().any(|name| matches!(name, "addr" | "data" | "ctrl" | "depend"))
            }
        }
    }

    /// Judges an execution, up to the first choice of orders that is allowed, or all of them.
    fn judge<'x>(&'x self, environment: Environment<'x>, all: bool, explain: bool) -> Judgement {
        let mut evaluator = Evaluator::new(environment);
        match &self.form {
            Form::Terms { terms, checks, names } => {
                let mut judge = Judge { all, ..Judge::default() };
                for check in checks {
                    match judge.decide(terms, &mut evaluator, check) {
                        Ok(true) => {}
                        Ok(false) => {
                            if explain {
                                let found = violation(&self.program, terms, names, &mut evaluator, check);
                                judge.judgement.violation = Some(found);
                            }
                            return judge.judgement;
                        }
                        Err(kind) => {
                            self.fail(Fault::new(kind, Span::default()));
                            return judge.judgement;
                        }
                    }
                }
                judge.accept();
                judge.judgement
            }
            Form::Statements(choice) => {
                let mut judge = Judge { all, ..Judge::default() };
                let interpreter = Interpreter::new(&self.program, &self.variants, Some(evaluator));
                let mut runner = Runner::new(interpreter, &mut judge, *choice);
                runner.is_probe = true;
                let result = runner.run();
                let (mut interpreter, names) = (runner.interpreter, runner.names);
                match result {
                    Ok(()) => {}
                    Err(Stop::Fault(fault)) => self.fail(fault),
                    Err(Stop::Dynamic) => self.fail(Fault::new(CatErrorKind::TooLarge, Span::default())),
                }
                if let (true, Some(check), Some(evaluator)) = (explain, &judge.failed, &mut interpreter.evaluator) {
                    let found = violation(&self.program, &interpreter.terms, &names, evaluator, check);
                    judge.judgement.violation = Some(found);
                }
                judge.judgement
            }
        }
    }

    fn fail(&self, fault: Fault) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert_with(|| fault.locate(&self.program.files));
    }
}

/// Runs the model on the probe, to find errors; and whether its choices can be taken in this way.
fn try_out(program: &Program, variants: &BTreeSet<String>, choice: Choice) -> Result<(), Stop> {
    let Some(execution) = probe() else { return Err(Stop::Dynamic) };
    let evaluator = Evaluator::new(Environment::new(&execution));
    let mut visitor = Everything;
    Runner::new(Interpreter::new(program, variants, Some(evaluator)), &mut visitor, choice).run()
}

impl fmt::Debug for CatModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatModel")
            .field("name", &self.name)
            .field("axioms", &self.axioms())
            .field("pruning", &self.pruning)
            .finish_non_exhaustive()
    }
}

impl Model for CatModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self, execution: &Execution) -> Result<(), Violation> {
        let judgement = self.judge(Environment::new(execution), false, true);
        match judgement.violation {
            _ if judgement.accepted > 0 => Ok(()),
            Some(violation) => Err(violation),
            None => Err(Violation {
                axiom: Axiom { name: "no choice", formula: "some order that the model generates" },
                cycle: Vec::new(),
            }),
        }
    }

    fn is_consistent(&self, execution: &Execution) -> bool {
        self.judge(Environment::new(execution), false, false).accepted > 0
    }

    fn multiplicity(&self, execution: &Execution, observed: &[Location]) -> u64 {
        match self.orders() {
            Orders::Coherence => u64::from(self.is_consistent(execution)),
            Orders::Own => self.judge(Environment::observing(execution, observed), true, false).accepted,
        }
    }

    fn races(&self, execution: &Execution) -> Vec<(EventId, EventId)> {
        let flags = self.flags(execution).into_iter().filter(|flag| flag.is_undefined);
        let pairs = flags.flat_map(|flag| flag.pairs).filter(|&(first, second)| {
            let (first, second) = (&execution.events()[first], &execution.events()[second]);
            first.conflicts_with(second) && first.thread != second.thread
        });
        let pairs: BTreeSet<_> = pairs.map(|(a, b)| (a.min(b), a.max(b))).collect();
        pairs.into_iter().collect()
    }

    fn flags(&self, execution: &Execution) -> Vec<Flag> {
        self.judge(Environment::new(execution), true, false).flags
    }

    fn pruning(&self) -> Pruning {
        self.pruning
    }

    fn orders(&self) -> Orders {
        match self.form {
            Form::Statements(Choice::All) if self.program.generates() => Orders::Own,
            _ => Orders::Coherence,
        }
    }

    fn allows_cycles(&self) -> bool {
        self.allows_cycles
    }

    fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(ToString::to_string)
    }
}

/// What a model says of an execution.
#[derive(Debug, Default)]
struct Judgement {
    /// The number of choices with which it is allowed.
    accepted: u64,
    /// The flags raised with one of these choices.
    flags: Vec<Flag>,
    violation: Option<Violation>,
}

/// Makes the tests over an execution.
#[derive(Debug, Default)]
struct Judge {
    all: bool,
    judgement: Judgement,
    /// The flags raised with the choice at hand.
    raised: Vec<Flag>,
    failed: Option<Check>,
}

impl Judge {
    /// Makes one test; false if it forbids the execution.
    fn decide(&mut self, terms: &Terms, evaluator: &mut Evaluator<'_>, check: &Check) -> Result<bool, CatErrorKind> {
        let is_flag = matches!(check.kind, TestKind::Flag | TestKind::UndefinedUnless);
        if is_flag && !self.all {
            return Ok(true);
        }
        let value = evaluator.value(terms, check.term);
        let holds = check.holds(&value);
        match check.kind {
            TestKind::Check => return Ok(holds),
            TestKind::Assert if !holds => return Err(CatErrorKind::Assertion(check.name.clone())),
            TestKind::UndefinedUnless if !holds => self.raise(&check.name, true, &value, evaluator),
            TestKind::Flag if holds => self.raise(&check.name, false, &value, evaluator),
            TestKind::Assert | TestKind::UndefinedUnless | TestKind::Flag => {}
        }
        Ok(true)
    }

    fn raise(&mut self, name: &str, is_undefined: bool, value: &Matrix, evaluator: &Evaluator<'_>) {
        let wholes = &evaluator.environment.wholes;
        let pairs = match value {
            Matrix::Relation(relation) => relation.iter().collect(),
            Matrix::Set(set) => set.iter().map(|event| (event, event)).collect::<Vec<_>>(),
        };
        let pairs = pairs.into_iter().map(|(from, to)| half(wholes[from], wholes[to])).collect();
        self.raised.push(Flag { name: name.to_owned(), is_undefined, pairs });
    }

    fn accept(&mut self) {
        self.judgement.accepted += 1;
        for flag in &self.raised {
            if !self.judgement.flags.contains(flag) {
                self.judgement.flags.push(flag.clone());
            }
        }
    }
}

/// The halves by which read-modify-writes take part in a pair: the writing ones, unless the other event does not read.
fn half(from: super::environment::Whole, to: super::environment::Whole) -> (EventId, EventId) {
    (
        if to.writes && from.reads { from.first } else { from.last },
        if from.writes && to.reads { to.first } else { to.last },
    )
}

impl<'p> Visitor<'p> for Judge {
    fn check(&mut self, interpreter: &mut Interpreter<'p>, check: Check) -> Result<bool, Stop> {
        let Some(evaluator) = &mut interpreter.evaluator else { return Err(Stop::Dynamic) };
        match self.decide(&interpreter.terms, evaluator, &check) {
            Ok(true) => Ok(true),
            Ok(false) => {
                self.failed.get_or_insert(check);
                Ok(false)
            }
            Err(kind) => Err(interpreter.fault(kind, Span::default())),
        }
    }

    fn end(&mut self, _: &mut Interpreter<'p>, _: &Names) -> bool {
        self.accept();
        self.all
    }

    fn back(&mut self, mark: usize) {
        self.raised.truncate(mark);
    }

    fn mark(&self) -> usize {
        self.raised.len()
    }
}

/// Collects the tests without making them.
#[derive(Debug, Default)]
struct Compiler {
    checks: Vec<Check>,
    names: Names,
}

impl<'p> Visitor<'p> for Compiler {
    fn check(&mut self, _: &mut Interpreter<'p>, check: Check) -> Result<bool, Stop> {
        self.checks.push(check);
        Ok(true)
    }

    fn end(&mut self, _: &mut Interpreter<'p>, names: &Names) -> bool {
        self.names = names.clone();
        false
    }

    fn back(&mut self, mark: usize) {
        self.checks.truncate(mark);
    }

    fn mark(&self) -> usize {
        self.checks.len()
    }
}
