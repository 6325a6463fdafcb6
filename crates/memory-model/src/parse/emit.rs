//! Emitting the statements of a thread: what the lowerings of all dialects share.

use super::lexer::Span;
use crate::litmus::{Expr, Reg, Statement, Thread};
use crate::{Location, Ordering, Value};

/// Something that can be assigned.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Register(Reg),
    Memory(Expr),
}

/// The statements of one thread as they come about.
pub(super) struct Emitter {
    number: usize,
    pub(super) thread: Thread,
    /// Where each access and fence stands in the source, in the order in which they are emitted, which is that of the tree: the
    /// statements that hold others touch no memory themselves.
    spans: Vec<Span>,
    /// Where the expression stands that is being lowered.
    pub(super) at: Span,
}

impl Emitter {
    pub(super) fn new(number: usize) -> Self {
        Self { number, thread: Thread::default(), spans: Vec::new(), at: (0, 0) }
    }

    /// The thread, and where its accesses and fences stand in the source.
    pub(super) fn finish(self) -> (Thread, Vec<Span>) {
        (self.thread, self.spans)
    }

    pub(super) fn emit(&mut self, statement: Statement) {
        if statement.is_event() {
            self.spans.push(self.at);
        }
        self.thread.body.push(statement);
    }

    /// Begins a block of statements; [`end`](Self::end) takes what this returns.
    pub(super) fn begin(&mut self) -> Vec<Statement> {
        std::mem::take(&mut self.thread.body)
    }

    /// Ends a block and returns its statements.
    pub(super) fn end(&mut self, outer: Vec<Statement>) -> Vec<Statement> {
        std::mem::replace(&mut self.thread.body, outer)
    }

    pub(super) fn register(&mut self, name: &str) -> Reg {
        let index = self.thread.registers.len();
        self.thread.registers.push(name.to_owned());
        Reg { thread: self.number, index }
    }

    /// Reads a target, with a non-atomic access if it is in memory.
    pub(super) fn load(&mut self, target: &Target) -> Expr {
        match target {
            Target::Register(reg) => (*reg).into(),
            Target::Memory(address) => {
                let reg = self.register("");
                self.emit(Statement::Load { reg, address: address.clone(), ordering: Ordering::NonAtomic });
                reg.into()
            }
        }
    }

    /// Assigns a target, with a non-atomic access if it is in memory; returns the value.
    pub(super) fn store(&mut self, target: &Target, value: Expr) -> Expr {
        match target {
            Target::Register(reg) => {
                self.assign(*reg, value);
                (*reg).into()
            }
            Target::Memory(address) => {
                let (address, value) = (address.clone(), self.copy(value));
                self.emit(Statement::Store { address, value: value.clone(), ordering: Ordering::NonAtomic });
                value
            }
        }
    }

    pub(super) fn assign(&mut self, reg: Reg, value: Expr) {
        if self.pop_temporary(Some(&value)) {
            self.retarget(reg);
        } else if value != Expr::Reg(reg) {
            self.emit(Statement::Assign { reg, value });
        }
    }

    /// A new register `name` that holds `value`: the temporary that was just read, if that is what `value` is.
    pub(super) fn named(&mut self, name: &str, value: Option<Expr>) -> Reg {
        let temporary = self.pop_temporary(value.as_ref());
        let reg = self.register(name);
        if temporary {
            self.retarget(reg);
        } else if let Some(value) = value {
            self.assign(reg, value);
        }
        reg
    }

    /// Drops the newest register if it is a temporary that holds `value` just read by the last statement.
    fn pop_temporary(&mut self, value: Option<&Expr>) -> bool {
        let newest = self.thread.registers.len().wrapping_sub(1);
        let is_temporary = self.thread.registers.last().is_some_and(String::is_empty)
            && value == Some(&Expr::Reg(Reg { thread: self.number, index: newest }))
            && matches!(
                self.thread.body.last(),
                Some(Statement::Load { reg, .. } | Statement::Update { old: reg, .. }) if reg.index == newest
            );
        if is_temporary {
            self.thread.registers.pop();
        }
        is_temporary
    }

    /// Lets the last statement read into `new`.
    fn retarget(&mut self, new: Reg) {
        if let Some(Statement::Load { reg, .. } | Statement::Update { old: reg, .. }) = self.thread.body.last_mut() {
            *reg = new;
        }
    }

    /// `value` in a register that nothing else assigns, unless it is a constant or held by such a register already.
    pub(super) fn copy(&mut self, value: Expr) -> Expr {
        let is_named = |reg: &Reg| !self.thread.registers[reg.index].is_empty();
        if !value.registers().iter().any(is_named) {
            return value;
        }
        let reg = self.register("");
        self.emit(Statement::Assign { reg, value });
        reg.into()
    }

    /// The address `offset` places after that of `location`.
    pub(super) fn address(layout: &crate::litmus::Layout, location: Location, offset: usize) -> Expr {
        Expr::Const(layout.address(location) + offset as Value)
    }
}
