//! Writing the threads of a test in Rust.

use super::expr::{Expr, Reg};
use super::layout::Layout;
use super::program::Thread;
use super::statement::{Statement, UpdateOp};
use crate::Ordering;

/// Where an access goes: a variable by its name, or whatever an expression points to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The variable of this name; it is made, with initial value 0, when it is first named.
    Variable(String),
    /// The location whose address the expression yields.
    Pointer(Expr),
}

impl From<&str> for Place {
    fn from(name: &str) -> Self {
        Self::Variable(name.to_owned())
    }
}

impl From<Reg> for Place {
    fn from(pointer: Reg) -> Self {
        Self::Pointer(pointer.into())
    }
}

impl From<Expr> for Place {
    fn from(pointer: Expr) -> Self {
        Self::Pointer(pointer)
    }
}

/// The registers that a compare-exchange assigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exchanged {
    /// The value that was found.
    pub old: Reg,
    /// 1 if it was exchanged, otherwise 0.
    pub success: Reg,
}

/// Collects the statements of one thread; see [`Litmus::thread`](super::Litmus::thread).
///
/// Registers are numbered, and named `r0`, `r1`, ..., in the order in which they are handed out.
///
/// ```
/// use memory_model::Ordering::{Acquire, NonAtomic, Relaxed, Release};
/// use memory_model::enumerate;
/// use memory_model::litmus::Litmus;
/// use memory_model::models::Rc11;
///
/// // A message is read only after the flag was seen: no race, and the message is never missed.
/// let mp = Litmus::new("MP")
///     .thread(|t| {
///         t.store("message", 42, NonAtomic);
///         t.store("flag", 1, Release);
///     })
///     .thread(|t| {
///         let seen = t.load("flag", Acquire);
///         t.if_nonzero(seen, |t| {
///             t.load("message", NonAtomic);
///         });
///     });
/// let summary = enumerate::summary(&mp, &Rc11::new())?;
/// assert_eq!(summary.executions, 2);
/// assert!(summary.races.is_empty());
/// # Ok::<(), enumerate::Error>(())
/// ```
#[derive(Debug)]
pub struct ThreadBuilder<'a> {
    number: usize,
    layout: &'a mut Layout,
    thread: Thread,
}

impl<'a> ThreadBuilder<'a> {
    pub(super) fn new(number: usize, layout: &'a mut Layout) -> Self {
        Self { number, layout, thread: Thread::default() }
    }

    pub(super) fn finish(self) -> Thread {
        self.thread
    }

    /// The number of the thread, from 0.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// The address of the variable `name`, to be stored in a register or in memory.
    pub fn address(&mut self, name: &str) -> Expr {
        let location = self.layout.variable(name);
        Expr::Const(self.layout.address(location))
    }

    /// The address of the element `index` of the array `name`. An index outside of it gives an address that no access can use.
    pub fn element(&mut self, name: &str, index: impl Into<Expr>) -> Expr {
        self.address(name) + index.into()
    }

    /// Assigns `value` to a register that exists.
    ///
    /// ```
    /// use memory_model::Ordering::Relaxed;
    /// use memory_model::enumerate;
    /// use memory_model::litmus::{Expr, Litmus, reg};
    /// use memory_model::models::Sc;
    ///
    /// let test = Litmus::new("loop")
    ///     .thread(|t| {
    ///         let i = t.assign(0);
    ///         t.while_nonzero(
    ///             |_| i.less_than(2),
    ///             |t| {
    ///                 t.fetch_add("x", 1, Relaxed);
    ///                 t.set(i, i + 1);
    ///             },
    ///         );
    ///     })
    ///     .forall(reg(0, 0).is(2));
    /// assert!(enumerate::summary(&test, &Sc)?.holds());
    /// # Ok::<(), enumerate::Error>(())
    /// ```
    pub fn set(&mut self, reg: Reg, value: impl Into<Expr>) {
        self.push(Statement::Assign { reg, value: value.into() });
    }

    /// Takes the lock `place`: an acquire compare-exchange of 0 with 1; executions in which it fails are blocked, not complete.
    pub fn lock(&mut self, place: impl Into<Place>) {
        let address = self.place(place);
        let (old, success) = (self.register(), self.register());
        self.push(Statement::Lock { old, success, address });
    }

    /// Frees the lock `place`: a release store of 0.
    pub fn unlock(&mut self, place: impl Into<Place>) {
        let address = self.place(place);
        self.push(Statement::Unlock { address });
    }

    /// Evaluates two operands whose accesses program order does not relate with each other, like those of `+` in C. They may do no
    /// more than to load and to branch; otherwise the test is [not valid](super::ProgramError::Unsequenced).
    ///
    /// ```
    /// use memory_model::Ordering::Relaxed;
    /// use memory_model::enumerate;
    /// use memory_model::litmus::{Litmus, reg};
    /// use memory_model::models::Rc11;
    ///
    /// // Loads of one location must not go back in coherence order, unless neither comes first.
    /// let test = Litmus::new("CoRR with operands")
    ///     .thread(|t| t.store("x", 1, Relaxed))
    ///     .thread(|t| {
    ///         t.unsequenced(|t| t.load("x", Relaxed), |t| t.load("x", Relaxed));
    ///     })
    ///     .exists(reg(1, 0).is(1) & reg(1, 1).is(0));
    /// assert!(enumerate::summary(&test, &Rc11::new())?.holds());
    /// # Ok::<(), enumerate::Error>(())
    /// ```
    pub fn unsequenced<A, B>(
        &mut self,
        first: impl FnOnce(&mut Self) -> A,
        second: impl FnOnce(&mut Self) -> B,
    ) -> (A, B) {
        let outer = std::mem::take(&mut self.thread.body);
        let a = first(self);
        let first = std::mem::take(&mut self.thread.body);
        let b = second(self);
        let second = std::mem::replace(&mut self.thread.body, outer);
        self.push(Statement::Unsequenced(vec![first, second]));
        (a, b)
    }

    /// A new register with the value of `value`.
    pub fn assign(&mut self, value: impl Into<Expr>) -> Reg {
        let reg = self.register();
        self.push(Statement::Assign { reg, value: value.into() });
        reg
    }

    /// Reads `place`.
    pub fn load(&mut self, place: impl Into<Place>, ordering: Ordering) -> Reg {
        let (address, reg) = (self.place(place), self.register());
        self.push(Statement::Load { reg, address, ordering });
        reg
    }

    /// Writes `value` to `place`.
    pub fn store(&mut self, place: impl Into<Place>, value: impl Into<Expr>, ordering: Ordering) {
        let address = self.place(place);
        self.push(Statement::Store { address, value: value.into(), ordering });
    }

    /// Adds `operand` to `place`; the register holds the value before.
    pub fn fetch_add(&mut self, place: impl Into<Place>, operand: impl Into<Expr>, ordering: Ordering) -> Reg {
        self.update(place, UpdateOp::Add, operand, ordering)
    }

    /// Writes `value` to `place`; the register holds the value before.
    #[doc(alias = "swap")]
    pub fn exchange(&mut self, place: impl Into<Place>, value: impl Into<Expr>, ordering: Ordering) -> Reg {
        self.update(place, UpdateOp::Exchange, value, ordering)
    }

    /// Any unconditional read-modify-write; the register holds the value before.
    pub fn update(
        &mut self,
        place: impl Into<Place>,
        op: UpdateOp,
        operand: impl Into<Expr>,
        ordering: Ordering,
    ) -> Reg {
        let (address, old) = (self.place(place), self.register());
        self.push(Statement::Update { old, address, op, operand: operand.into(), ordering });
        old
    }

    /// Writes `new` to `place` if it holds `expected`, as one atomic step.
    #[doc(alias = "cas")]
    pub fn compare_exchange(
        &mut self,
        place: impl Into<Place>,
        expected: impl Into<Expr>,
        new: impl Into<Expr>,
        success_ordering: Ordering,
        failure_ordering: Ordering,
    ) -> Exchanged {
        let address = self.place(place);
        let (old, success) = (self.register(), self.register());
        self.push(Statement::CompareExchange {
            old,
            success,
            address,
            expected: expected.into(),
            new: new.into(),
            success_ordering,
            failure_ordering,
            weak: false,
        });
        Exchanged { old, success }
    }

    /// Like [`compare_exchange`](Self::compare_exchange), but may also fail although `expected` was found.
    pub fn compare_exchange_weak(
        &mut self,
        place: impl Into<Place>,
        expected: impl Into<Expr>,
        new: impl Into<Expr>,
        success_ordering: Ordering,
        failure_ordering: Ordering,
    ) -> Exchanged {
        let exchanged = self.compare_exchange(place, expected, new, success_ordering, failure_ordering);
        if let Some(Statement::CompareExchange { weak, .. }) = self.thread.body.last_mut() {
            *weak = true;
        }
        exchanged
    }

    /// A fence.
    pub fn fence(&mut self, ordering: Ordering) {
        self.push(Statement::Fence(ordering));
    }

    /// Goes on only if `condition` is other than 0; other executions are blocked, not complete.
    pub fn assume(&mut self, condition: impl Into<Expr>) {
        self.push(Statement::Assume(condition.into()));
    }

    /// Runs `then` if `condition` is other than 0.
    pub fn if_nonzero(&mut self, condition: impl Into<Expr>, then: impl FnOnce(&mut Self)) {
        self.if_else(condition, then, |_| {});
    }

    /// Runs `then` if `condition` is other than 0, and `otherwise` if it is 0.
    pub fn if_else(
        &mut self,
        condition: impl Into<Expr>,
        then: impl FnOnce(&mut Self),
        otherwise: impl FnOnce(&mut Self),
    ) {
        let condition = condition.into();
        let then = self.block(then);
        let otherwise = self.block(otherwise);
        self.push(Statement::If { condition, then, otherwise });
    }

    /// Evaluates `head`, which returns the condition, and runs `body` as long as that is other than 0.
    ///
    /// After as many iterations as the enumerator allows, the execution is given up and counted as
    /// [cut](crate::enumerate::Summary::cut).
    pub fn while_nonzero(&mut self, head: impl FnOnce(&mut Self) -> Expr, body: impl FnOnce(&mut Self)) {
        let mut condition = Expr::Const(0);
        let head = self.block(|t| condition = head(t));
        let body = self.block(body);
        self.push(Statement::While { head, condition, body, bound: None });
    }

    fn block(&mut self, build: impl FnOnce(&mut Self)) -> Vec<Statement> {
        let outer = std::mem::take(&mut self.thread.body);
        build(self);
        std::mem::replace(&mut self.thread.body, outer)
    }

    fn place(&mut self, place: impl Into<Place>) -> Expr {
        match place.into() {
            Place::Variable(name) => self.address(&name),
            Place::Pointer(expr) => expr,
        }
    }

    fn register(&mut self) -> Reg {
        let index = self.thread.registers.len();
        self.thread.registers.push(format!("r{index}"));
        Reg { thread: self.number, index }
    }

    fn push(&mut self, statement: Statement) {
        self.thread.body.push(statement);
    }
}
