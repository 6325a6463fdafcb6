//! Models that are loaded from cat files.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::analysis::{Proved, prove};
use super::base::Base;
use super::confirm::confirm;
use super::environment::Environment;
use super::error::{CatError, CatErrorKind, Fault};
use super::evaluate::Evaluator;
use super::fixed::Fixed;
use super::formula::Formulas;
use super::given::{Everything, probe};
use super::interpreter::{Interpreter, Stop};
use super::judge::{Compiler, Judge, Judgement, Question};
use super::run::{Check, Choice, Names, Runner};
use super::sources::{Library, Sources, load};
use super::syntax::{Program, Span, TestKind};
use super::terms::Terms;
use super::witness::violation;
use crate::models::{Axiom, Flag, InvalidWitness, Model, Orders, Pruning, Violation};
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
/// let sc = CatModel::parse("mine", "include \"cos.cat\" acyclic po | rf | co | fr as total")?;
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
    proved: Proved,
    uses_dependencies: bool,
    uses_annotations: bool,
    failure: Mutex<Option<CatError>>,
}

/// How a model is evaluated.
enum Form {
    /// The tests as terms: the model does not look into sets.
    Terms(Box<Compiled>),
    /// Statement by statement for each execution.
    Statements(Choice),
}

/// A model as terms.
struct Compiled {
    terms: Terms,
    checks: Vec<Check>,
    names: Names,
    fixed: Fixed,
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
        let mentions_dependencies = |terms: &Terms| terms.bases().any(Base::is_dependency);
        let mut uses_dependencies = mentions_dependencies(&terms);
        let mentions_annotations = terms.bases().any(Base::is_annotation);
        let form = match result {
            Ok(()) => {
                let fixed = Fixed::new(&terms);
                Form::Terms(Box::new(Compiled { terms, checks: compiler.checks, names: compiler.names, fixed }))
            }
            Err(Stop::Dynamic) => {
                let given = match choice {
                    Choice::Given => try_out(&program, variants, Choice::Given),
                    Choice::All => Err(Stop::Dynamic),
                };
                match given {
                    Ok(terms) => {
                        uses_dependencies = mentions_dependencies(&terms);
                        Form::Statements(Choice::Given)
                    }
                    Err(Stop::Dynamic) => {
                        let terms = try_out(&program, variants, Choice::All).map_err(|stop| located(stop, &program))?;
                        uses_dependencies = mentions_dependencies(&terms);
                        Form::Statements(Choice::All)
                    }
                    Err(stop) => return Err(located(stop, &program)),
                }
            }
            Err(stop) => return Err(located(stop, &program)),
        };
        let (form, proved) = match form {
            Form::Terms(compiled) => {
                let proved = prove(&mut compiled.terms.clone(), &compiled.checks);
                (Form::Terms(compiled), proved)
            }
            form => (form, Proved::NOTHING),
        };
        let name = program.title.clone().unwrap_or_else(|| file.trim_end_matches(".cat").to_owned());
        // What is evaluated anew for each execution may ask for something else each time.
        let uses_annotations = mentions_annotations || matches!(form, Form::Statements(_));
        Ok(Self {
            name,
            program,
            variants: variants.clone(),
            form,
            proved,
            uses_dependencies,
            uses_annotations,
            failure: Mutex::new(None),
        })
    }

    /// The names of the tests that forbid executions, in the order in which they are made.
    #[must_use]
    pub fn axioms(&self) -> Vec<String> {
        self.program.axioms()
    }

    /// Whether the model mentions dependencies (`addr`, `data`, `ctrl`). Executions have them where enumerators made them; see
    /// [`Execution::annotations`].
    #[must_use]
    pub fn uses_dependencies(&self) -> bool {
        self.uses_dependencies
    }

    fn judge<'x>(&'x self, environment: Environment<'x>, question: Question) -> Judgement {
        match &self.form {
            Form::Terms(model) => self.judge_terms(model, environment, question, |_| true),
            Form::Statements(choice) => self.judge_statements(*choice, environment, question),
        }
    }

    /// Makes those of the tests that are `wanted`.
    fn judge_terms(
        &self,
        model: &Compiled,
        environment: Environment<'_>,
        question: Question,
        wanted: impl Fn(&Check) -> bool,
    ) -> Judgement {
        let Compiled { terms, checks, names, fixed } = model;
        let mut evaluator = fixed.evaluator(terms, environment);
        let mut judge = Judge::new(question);
        for check in checks.iter().filter(|check| wanted(check)) {
            match judge.decide(terms, &mut evaluator, check) {
                Ok(true) => {}
                Ok(false) => {
                    if question == Question::Reason {
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

    fn judge_statements<'x>(&'x self, choice: Choice, environment: Environment<'x>, question: Question) -> Judgement {
        let (mut judge, mut interpreter) = self.run_statements(choice, environment, question);
        if let (Some((check, names)), Some(evaluator)) = (&judge.failed, &mut interpreter.evaluator) {
            let found = violation(&self.program, &interpreter.terms, names, evaluator, check);
            judge.judgement.violation = Some(found);
        }
        judge.judgement
    }

    fn run_statements<'x>(
        &'x self,
        choice: Choice,
        environment: Environment<'x>,
        question: Question,
    ) -> (Judge, Interpreter<'x>) {
        let mut judge = Judge::new(question);
        let interpreter = Interpreter::new(&self.program, &self.variants, Some(Evaluator::new(environment)));
        let mut runner = Runner::new(interpreter, &mut judge, choice);
        runner.is_probe = true;
        let result = runner.run();
        let interpreter = runner.interpreter;
        match result {
            Ok(()) => {}
            Err(Stop::Fault(fault)) => self.fail(fault),
            Err(Stop::Dynamic) => self.fail(Fault::new(CatErrorKind::TooLarge, Span::default())),
        }
        (judge, interpreter)
    }

    fn fail(&self, fault: Fault) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert_with(|| fault.locate(&self.program.files));
    }
}

/// Runs the model on the probe, to find errors; and whether its choices can be taken in this way.
fn try_out(program: &Program, variants: &BTreeSet<String>, choice: Choice) -> Result<Terms, Stop> {
    let Some(execution) = probe() else { return Err(Stop::Dynamic) };
    let evaluator = Evaluator::new(Environment::new(&execution));
    let mut visitor = Everything;
    let mut runner = Runner::new(Interpreter::new(program, variants, Some(evaluator)), &mut visitor, choice);
    runner.run()?;
    Ok(runner.interpreter.terms)
}

impl fmt::Debug for CatModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatModel")
            .field("name", &self.name)
            .field("axioms", &self.axioms())
            .field("pruning", &self.proved.pruning)
            .finish_non_exhaustive()
    }
}

impl Model for CatModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn check(&self, execution: &Execution) -> Result<(), Violation> {
        let judgement = self.judge(Environment::new(execution), Question::Reason);
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
        self.judge(Environment::new(execution), Question::Verdict).accepted > 0
    }

    fn multiplicity(&self, execution: &Execution, observed: &[Location]) -> u64 {
        match self.orders() {
            Orders::Coherence => u64::from(self.is_consistent(execution)),
            Orders::Own => self.judge(Environment::observing(execution, observed), Question::Everything).accepted,
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
        let environment = Environment::new(execution);
        match &self.form {
            Form::Terms(model) => {
                // The execution is allowed, whoever asks.
                let is_flag = |check: &Check| matches!(check.kind, TestKind::Flag | TestKind::UndefinedUnless);
                self.judge_terms(model, environment, Question::Everything, is_flag).flags
            }
            Form::Statements(_) => self.judge(environment, Question::Everything).flags,
        }
    }

    fn confirm(&self, violation: &Violation, execution: &Execution) -> Option<Result<(), InvalidWitness>> {
        let is_meant = |check: &Check| {
            check.kind == TestKind::Check
                && check.name == violation.axiom.name
                && check.formula == violation.axiom.formula
        };
        let program = &self.program;
        match &self.form {
            Form::Terms(model) => {
                let Compiled { terms, checks, names, .. } = &**model;
                let formulas = Formulas { program, terms, names };
                let meant = checks.iter().filter(|check| is_meant(check));
                let verdicts = meant.map(|check| confirm(formulas, check, violation, execution));
                Some(verdicts.reduce(Result::or).unwrap_or(Err(InvalidWitness::Shape)))
            }
            Form::Statements(choice) => {
                let (judge, interpreter) = self.run_statements(*choice, Environment::new(execution), Question::Reason);
                let (check, names) = judge.failed?;
                if !is_meant(&check) {
                    return Some(Err(InvalidWitness::Shape));
                }
                let formulas = Formulas { program, terms: &interpreter.terms, names: &names };
                Some(confirm(formulas, &check, violation, execution))
            }
        }
    }

    fn pruning(&self) -> Pruning {
        self.proved.pruning
    }

    fn orders(&self) -> Orders {
        match self.form {
            Form::Statements(Choice::All) if self.program.generates() => Orders::Own,
            _ => Orders::Coherence,
        }
    }

    fn allows_cycles(&self) -> bool {
        self.proved.allows_cycles
    }

    fn allows_fewer_reads(&self) -> bool {
        self.proved.allows_fewer_reads
    }

    fn uses_annotations(&self) -> bool {
        self.uses_annotations
    }

    fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(ToString::to_string)
    }
}
