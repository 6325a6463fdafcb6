//! Declarations of local variables in threads written in Rust.

use super::lower::{Binding, Local, Lower, Val};
use super::syntax::{Block, Node, Pattern, PatternKind};
use crate::litmus::{Expr, Observable, Statement};
use crate::parse::cursor::Parsed;

impl Lower<'_> {
    pub(super) fn let_(
        &mut self,
        pattern: &Pattern,
        value: Option<&Node>,
        is_bool: bool,
        otherwise: Option<&Block>,
    ) -> Parsed<()> {
        let Some(value) = value else {
            let PatternKind::Bind { name, .. } = &pattern.kind else {
                return Err(self.unexpected("a pattern without a value", "the name of a variable", pattern.span));
            };
            // It may be assigned later, once or, with `mut`, more often; only the latter can be told without flow analysis.
            let typed: fn(Expr) -> Val = if is_bool { Val::Bool } else { Val::Int };
            self.declare(name, None, typed, true);
            return Ok(());
        };
        let given = self.value(value)?;
        match (&pattern.kind, otherwise) {
            (PatternKind::Bind { name, mutable }, None) => {
                if matches!(given, Val::Unit | Val::Never) {
                    return match given {
                        Val::Never => Ok(()),
                        _ => Err(self.unexpected("nothing", "a value", value.span)),
                    };
                }
                if self.jumped.is_some() {
                    // The value is there only if nothing jumped.
                    let condition = self.not_jumped();
                    let outer = self.code.begin();
                    self.bind_value(name, given, *mutable);
                    let then = self.code.end(outer);
                    self.code.emit(Statement::If { condition, then, otherwise: Vec::new() });
                } else {
                    self.bind_value(name, given, *mutable);
                }
                Ok(())
            }
            (PatternKind::Wild, None) => Ok(()),
            (_, None) => {
                let expected = "a name or `_`, or an `else` block after the value";
                Err(self.unexpected("a pattern that need not match", expected, pattern.span))
            }
            (_, Some(otherwise)) => {
                let matches = self.matches(pattern, &given)?;
                let matches = self.fixed(matches);
                let outer = self.code.begin();
                let end = self.block(otherwise)?;
                let missed = self.code.end(outer);
                if !matches!(end, Val::Never) {
                    return Err(self.unexpected("a block that ends", "`break`, `continue` or `return`", value.span));
                }
                self.code.emit(Statement::If { condition: matches, then: Vec::new(), otherwise: missed });
                let condition = self.not_jumped();
                let outer = self.code.begin();
                self.bind_pattern(pattern, &given);
                let then = self.code.end(outer);
                self.code.emit(Statement::If { condition, then, otherwise: Vec::new() });
                Ok(())
            }
        }
    }

    /// A value in a temporary, which nothing assigns again.
    pub(super) fn fixed(&mut self, value: Expr) -> Expr {
        if matches!(value, Expr::Const(_)) {
            return value;
        }
        let reg = self.code.register("");
        self.code.emit(Statement::Assign { reg, value });
        reg.into()
    }

    /// Declares `name` with `value`.
    pub(super) fn bind_value(&mut self, name: &str, value: Val, mutable: bool) {
        match value {
            Val::Unit | Val::Never => {}
            Val::Int(expr) => self.declare(name, Some(expr), Val::Int, mutable),
            Val::Bool(expr) => self.declare(name, Some(expr), Val::Bool, mutable),
            Val::Ref(expr, kind) => self.declare(name, Some(expr), |expr| Val::Ref(expr, kind), mutable),
            Val::Result { success, value, is_bool } => {
                let success = self.fixed(success);
                self.declare(name, Some(value), |value| Val::Result { success, value, is_bool }, mutable);
            }
        }
    }

    fn declare(&mut self, name: &str, value: Option<Expr>, typed: impl FnOnce(Expr) -> Val, assignable: bool) {
        // A name that is declared in two blocks side by side is one register; one that shadows another has its own.
        let known = match self.observables.get(name) {
            Some(Observable::Register(reg)) if self.lookup(name).is_none() => Some(*reg),
            _ => None,
        };
        let reg = match (known, value) {
            (Some(reg), Some(value)) => {
                self.code.assign(reg, value);
                reg
            }
            (Some(reg), None) => reg,
            (None, value) => self.code.named(name, value),
        };
        self.observables.insert(name.to_owned(), Observable::Register(reg));
        self.bind(name, Binding::Local(Local { reg, value: typed(reg.into()), assignable }));
    }
}
