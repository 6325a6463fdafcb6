//! Whole tests, and what makes one valid.

use std::fmt;

use super::ThreadBuilder;
use super::condition::{Condition, Observable, Quantifier};
use super::expr::{Expr, Reg};
use super::layout::Layout;
use super::statement::{Statement, allowed};
use crate::parse::ParseError;
use crate::{Location, Ordering, Value};

/// A litmus test: initial memory, threads, and a condition on final states.
///
/// Store buffering, the test that tells sequential consistency from everything weaker:
///
/// ```
/// use memory_model::Ordering::Relaxed;
/// use memory_model::enumerate::{self, Observation};
/// use memory_model::litmus::{Litmus, reg};
/// use memory_model::models::{Rc11, Sc};
///
/// let sb = Litmus::new("SB")
///     .thread(|t| {
///         t.store("x", 1, Relaxed);
///         t.load("y", Relaxed);
///     })
///     .thread(|t| {
///         t.store("y", 1, Relaxed);
///         t.load("x", Relaxed);
///     })
///     .exists(reg(0, 0).is(0) & reg(1, 0).is(0));
///
/// let rc11 = enumerate::summary(&sb, &Rc11::new())?;
/// assert_eq!((rc11.executions, rc11.observation()), (4, Observation::Sometimes));
/// let sc = enumerate::summary(&sb, &Sc)?;
/// assert_eq!((sc.executions, sc.observation()), (3, Observation::Never));
/// # Ok::<(), enumerate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Litmus {
    pub(super) name: String,
    pub(super) layout: Layout,
    pub(super) threads: Vec<Thread>,
    pub(super) quantifier: Quantifier,
    pub(super) condition: Condition,
    pub(super) filter: Option<Condition>,
    pub(super) observed: Vec<Observable>,
    /// For each thread, where its accesses and fences stand in the source, in the order of the statements.
    pub(super) origins: Vec<Vec<Origin>>,
}

/// Where an access or a fence stands in the source of a test that was [parsed](Litmus::parse).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The text of the call or expression.
    pub text: String,
}

/// One thread of a [`Litmus`] test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thread {
    /// The names of the registers, by index.
    pub registers: Vec<String>,
    /// What the thread does.
    pub body: Vec<Statement>,
}

/// Why a test is not valid.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProgramError {
    /// An access or a fence bears an ordering that it may not have, such as a load with `Release`.
    Ordering {
        /// The thread.
        thread: usize,
        /// What bears the ordering: `load`, `store`, `fence`, ...
        what: &'static str,
        /// The ordering.
        ordering: Ordering,
    },
    /// An operand of a [`Statement::Unsequenced`] does more than to read.
    Unsequenced {
        /// The thread.
        thread: usize,
    },
    /// A statement or the condition mentions a register that its thread does not have.
    Register(Reg),
    /// The condition mentions a variable or an element that the program does not have.
    Variable(String),
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ordering { thread, what, ordering } => {
                write!(f, "thread {thread}: a {what} cannot be {ordering:?}")
            }
            Self::Unsequenced { thread } => {
                write!(f, "thread {thread}: an operand that is not sequenced with others may only read")
            }
            Self::Register(Reg { thread, index }) => write!(f, "thread {thread} has no register {index}"),
            Self::Variable(name) => write!(f, "there is no variable `{name}`"),
        }
    }
}

impl std::error::Error for ProgramError {}

impl Litmus {
    /// A test without threads, whose condition holds always.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            layout: Layout::default(),
            threads: Vec::new(),
            quantifier: Quantifier::Forall,
            condition: Condition::True,
            filter: None,
            observed: Vec::new(),
            origins: Vec::new(),
        }
    }

    /// Reads a test in the C dialect of herd7 or in Rust; see [`parse`](crate::parse).
    ///
    /// # Errors
    ///
    /// [`ParseError`], with the place in the source and what was expected there.
    pub fn parse(source: &str) -> Result<Self, ParseError> {
        crate::parse::litmus(source)
    }

    /// Adds a thread with the origins of its accesses and fences.
    pub(crate) fn push_thread(&mut self, thread: Thread, origins: Vec<Origin>) {
        self.origins.resize(self.threads.len(), Vec::new());
        self.threads.push(thread);
        self.origins.push(origins);
    }

    pub(crate) fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Gives the variable `name` the initial value `value`; without this it is 0.
    #[must_use]
    pub fn init(mut self, name: &str, value: Value) -> Self {
        let location = self.layout.variable(name);
        self.layout.set_initial(location, value);
        self
    }

    /// Makes an array with these initial values; without effect if the name is taken, or if there are none or too many of them.
    ///
    /// ```
    /// use memory_model::Ordering::Relaxed;
    /// use memory_model::enumerate;
    /// use memory_model::litmus::{Litmus, reg};
    /// use memory_model::models::Sc;
    ///
    /// let test = Litmus::new("array")
    ///     .array("a", &[5, 6])
    ///     .thread(|t| {
    ///         let index = t.assign(1);
    ///         let place = t.element("a", index);
    ///         t.load(place, Relaxed);
    ///     })
    ///     .forall(reg(0, 1).is(6));
    /// assert!(enumerate::summary(&test, &Sc)?.holds());
    /// # Ok::<(), enumerate::Error>(())
    /// ```
    #[must_use]
    pub fn array(mut self, name: &str, initial: &[Value]) -> Self {
        if self.layout.array(name, initial.len()).is_some() {
            for (index, &value) in initial.iter().enumerate() {
                if let Some(location) = self.layout.element(name, index) {
                    self.layout.set_initial(location, value);
                }
            }
        }
        self
    }

    /// Gives the variable `name` the address of the variable `target` as its initial value.
    #[must_use]
    pub fn init_pointer(mut self, name: &str, target: &str) -> Self {
        let location = self.layout.variable(name);
        let target = self.layout.variable(target);
        self.layout.set_initial(location, self.layout.address(target));
        self
    }

    /// Adds a thread.
    #[must_use]
    pub fn thread(mut self, build: impl FnOnce(&mut ThreadBuilder<'_>)) -> Self {
        let number = self.threads.len();
        let mut builder = ThreadBuilder::new(number, &mut self.layout);
        build(&mut builder);
        let thread = builder.finish();
        self.threads.push(thread);
        self
    }

    /// Asks whether some final state satisfies `condition`.
    #[must_use]
    pub fn exists(self, condition: Condition) -> Self {
        self.ask(Quantifier::Exists, condition)
    }

    /// Asks whether no final state satisfies `condition`.
    #[must_use]
    pub fn not_exists(self, condition: Condition) -> Self {
        self.ask(Quantifier::NotExists, condition)
    }

    /// Asks whether every final state satisfies `condition`.
    #[must_use]
    pub fn forall(self, condition: Condition) -> Self {
        self.ask(Quantifier::Forall, condition)
    }

    /// Counts only the executions whose final state satisfies `condition`.
    #[must_use]
    pub fn filter(mut self, condition: Condition) -> Self {
        self.filter = Some(condition);
        self
    }

    /// Makes `observable` part of the final states that are told apart, beside what the condition mentions.
    #[must_use]
    pub fn observe(mut self, observable: Observable) -> Self {
        self.observed.push(observable);
        self
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The variables and their initial values.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Where the access or fence number `ordinal` of `thread`, in the order of its statements, stands in the source; `None` if the
    /// test was not [parsed](Self::parse).
    #[must_use]
    pub fn origin(&self, thread: usize, ordinal: usize) -> Option<&Origin> {
        self.origins.get(thread)?.get(ordinal)
    }

    /// The threads.
    #[must_use]
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// How the condition is meant.
    #[must_use]
    pub fn quantifier(&self) -> Quantifier {
        self.quantifier
    }

    /// The condition.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The condition that executions must satisfy to count, if there is one.
    #[must_use]
    pub fn filter_condition(&self) -> Option<&Condition> {
        self.filter.as_ref()
    }

    /// What distinguishes final states: the observables of the condition and those added by [`observe`](Self::observe).
    #[must_use]
    pub fn observables(&self) -> Vec<Observable> {
        let mut observables = self.condition.observables();
        for observable in &self.observed {
            if !observables.contains(observable) {
                observables.push(observable.clone());
            }
        }
        observables
    }

    /// The locations whose final value is looked at: by the condition, the filter, or because it was asked for.
    pub(crate) fn observed_locations(&self) -> Vec<Location> {
        let filtered = self.filter.iter().flat_map(Condition::observables);
        let locations = self.observables().into_iter().chain(filtered).filter_map(|observable| match observable {
            Observable::Memory { name, element } => self.layout.element(&name, element),
            Observable::Register(_) | Observable::Constant(_) => None,
        });
        locations.collect()
    }

    /// Checks that orderings fit their accesses, and that every register and variable exists.
    ///
    /// # Errors
    ///
    /// The first [`ProgramError`] in program order.
    pub fn validate(&self) -> Result<(), ProgramError> {
        for (number, thread) in self.threads.iter().enumerate() {
            let check = Check { thread: number, registers: thread.registers.len() };
            check.block(&thread.body)?;
        }
        let conditions = [Some(&self.condition), self.filter.as_ref()];
        let mentioned = conditions.into_iter().flatten().flat_map(Condition::observables);
        for observable in mentioned.chain(self.observed.iter().cloned()) {
            match observable {
                Observable::Register(reg) => {
                    let thread = self.threads.get(reg.thread);
                    if thread.is_none_or(|thread| reg.index >= thread.registers.len()) {
                        return Err(ProgramError::Register(reg));
                    }
                }
                Observable::Memory { name, element } => {
                    if self.layout.element(&name, element).is_none() {
                        return Err(ProgramError::Variable(name));
                    }
                }
                Observable::Constant(_) => {}
            }
        }
        Ok(())
    }

    fn ask(mut self, quantifier: Quantifier, condition: Condition) -> Self {
        self.quantifier = quantifier;
        self.condition = condition;
        self
    }
}

/// Validation of the statements of one thread.
struct Check {
    thread: usize,
    registers: usize,
}

impl Check {
    fn block(&self, body: &[Statement]) -> Result<(), ProgramError> {
        body.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&self, statement: &Statement) -> Result<(), ProgramError> {
        match statement {
            Statement::Assign { reg, value } => {
                self.reg(*reg)?;
                self.expr(value)
            }
            Statement::Load { reg, address, ordering } => {
                self.ordering("load", *ordering, allowed::load)?;
                self.reg(*reg)?;
                self.expr(address)
            }
            Statement::Store { address, value, ordering } => {
                self.ordering("store", *ordering, allowed::store)?;
                self.expr(address)?;
                self.expr(value)
            }
            Statement::Update { old, address, operand, ordering, .. } => {
                self.ordering("read-modify-write", *ordering, allowed::update)?;
                self.reg(*old)?;
                self.expr(address)?;
                self.expr(operand)
            }
            Statement::CompareExchange {
                old,
                success,
                address,
                expected,
                new,
                success_ordering,
                failure_ordering,
                ..
            } => {
                self.ordering("successful compare-exchange", *success_ordering, allowed::update)?;
                self.ordering("failed compare-exchange", *failure_ordering, allowed::failed_update)?;
                self.reg(*old)?;
                self.reg(*success)?;
                [address, expected, new].into_iter().try_for_each(|expr| self.expr(expr))
            }
            Statement::Lock { old, success, address } => {
                self.reg(*old)?;
                self.reg(*success)?;
                self.expr(address)
            }
            Statement::Unlock { address } => self.expr(address),
            Statement::Unsequenced(operands) => {
                if !statement.only_reads() {
                    return Err(ProgramError::Unsequenced { thread: self.thread });
                }
                operands.iter().try_for_each(|operand| self.block(operand))
            }
            Statement::Fence(ordering) => self.ordering("fence", *ordering, allowed::fence),
            Statement::Assume(condition) => self.expr(condition),
            Statement::If { condition, then, otherwise } => {
                self.expr(condition)?;
                self.block(then)?;
                self.block(otherwise)
            }
            Statement::While { head, condition, body, .. } => {
                self.block(head)?;
                self.expr(condition)?;
                self.block(body)
            }
        }
    }

    fn ordering(
        &self,
        what: &'static str,
        ordering: Ordering,
        allowed: fn(Ordering) -> bool,
    ) -> Result<(), ProgramError> {
        if allowed(ordering) { Ok(()) } else { Err(ProgramError::Ordering { thread: self.thread, what, ordering }) }
    }

    fn reg(&self, reg: Reg) -> Result<(), ProgramError> {
        if reg.thread == self.thread && reg.index < self.registers { Ok(()) } else { Err(ProgramError::Register(reg)) }
    }

    fn expr(&self, expr: &Expr) -> Result<(), ProgramError> {
        expr.registers().into_iter().try_for_each(|reg| self.reg(reg))
    }
}
