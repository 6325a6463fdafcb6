//! Branches, patterns, loops and jumps of threads written in Rust.
//!
//! Statements know no jumps. `break`, `continue` and `return` set registers: each loop, and the function itself, has one that is set
//! when the rest of its body is to be skipped, and each loop one that is set when it is to end. What follows a statement that may
//! jump runs only if the innermost `skip` is not set; a jump sets the registers of all loops that it leaves.

use super::lower::{Lower, Val};
use super::syntax::{Arm, Block, LoopKind, Node, NodeKind, Pattern, PatternKind};
use crate::litmus::{BinaryOp, Expr, Reg, Statement, UnaryOp};
use crate::parse::cursor::Parsed;
use crate::parse::emit::Emitter;
use crate::parse::lexer::Span;

/// A loop, or the function, that can be jumped to.
pub(super) struct Jump {
    label: Option<String>,
    skip: Reg,
    broken: Reg,
    /// The register for the values of `break`, and what they are.
    result: Reg,
    value: Val,
    used: bool,
}

impl Jump {
    pub(super) fn new(label: Option<&str>, code: &mut Emitter) -> Self {
        Self {
            label: label.map(str::to_owned),
            skip: code.register(""),
            broken: code.register(""),
            result: code.register(""),
            value: Val::Never,
            used: false,
        }
    }
}

impl Lower<'_> {
    /// The condition that nothing jumped within the innermost loop.
    pub(super) fn not_jumped(&self) -> Expr {
        match self.jumps.last() {
            Some(jump) => Expr::unary(UnaryOp::Not, jump.skip),
            None => Expr::Const(1),
        }
    }

    /// Lowers a condition, and `then` in the branch in which it holds, with what the condition binds.
    fn branch(
        &mut self,
        condition: &Node,
        then: impl FnOnce(&mut Self) -> Parsed<Val>,
    ) -> Parsed<(Expr, Vec<Statement>, Val)> {
        let NodeKind::Let(pattern, value) = &condition.kind else {
            let condition = self.bool(condition)?;
            let (statements, value) = self.scope(then)?;
            return Ok((condition, statements, value));
        };
        let given = self.operand(value)?;
        let given = self.fixed_value(given);
        let matches = self.matches(pattern, &given)?;
        let (statements, value) = self.scope(|this| {
            this.bind_pattern(pattern, &given);
            then(this)
        })?;
        Ok((matches, statements, value))
    }

    pub(super) fn if_(&mut self, condition: &Node, then: &Block, otherwise: Option<&Node>, span: Span) -> Parsed<Val> {
        let result = self.code.register("");
        let (condition, then, first) = self.branch(condition, |this| {
            let value = this.block(then)?;
            Ok(this.keep(result, value))
        })?;
        let (otherwise, second) = match otherwise {
            None => (Vec::new(), Val::Unit),
            Some(node) => self.scope(|this| {
                let value = this.value(node)?;
                Ok(this.keep(result, value))
            })?,
        };
        self.code.emit(Statement::If { condition, then, otherwise });
        self.join(first, second, span)
    }

    /// The value of two branches that kept theirs in the same register.
    fn join(&self, first: Val, second: Val, span: Span) -> Parsed<Val> {
        match (first, second) {
            (Val::Never, other) | (other, Val::Never) => Ok(other),
            (Val::Unit, _) | (_, Val::Unit) => Ok(Val::Unit),
            (Val::Int(value), Val::Int(_)) | (Val::Int(value), Val::Ref(..)) | (Val::Ref(value, _), Val::Int(_)) => {
                Ok(Val::Int(value))
            }
            (Val::Bool(value), Val::Bool(_)) => Ok(Val::Bool(value)),
            (Val::Ref(value, kind), Val::Ref(_, other)) => {
                Ok(if kind == other { Val::Ref(value, kind) } else { Val::Int(value) })
            }
            _ => Err(self.unexpected("branches with values of different types, or a `Result`", "one type", span)),
        }
    }

    /// The parts of a value in registers that nothing assigns again.
    fn fixed_value(&mut self, value: Val) -> Val {
        match value {
            Val::Int(expr) => Val::Int(self.code.copy(expr)),
            Val::Bool(expr) => Val::Bool(self.code.copy(expr)),
            Val::Ref(expr, kind) => Val::Ref(self.code.copy(expr), kind),
            Val::Result { success, value, is_bool } => {
                Val::Result { success: self.code.copy(success), value: self.code.copy(value), is_bool }
            }
            Val::Unit | Val::Never => value,
        }
    }

    /// Whether `value` matches, as an expression.
    pub(super) fn matches(&mut self, pattern: &Pattern, value: &Val) -> Parsed<Expr> {
        match &pattern.kind {
            PatternKind::Wild | PatternKind::Bind { .. } => Ok(Expr::Const(1)),
            PatternKind::Number(number) => match value {
                Val::Int(expr) => Ok(Expr::binary(BinaryOp::Eq, expr.clone(), *number)),
                _ => Err(self.unexpected("a number", "a pattern of the type of the value", pattern.span)),
            },
            PatternKind::Bool(wanted) => match value {
                Val::Bool(expr) if *wanted => Ok(expr.clone()),
                Val::Bool(expr) => Ok(Expr::unary(UnaryOp::Not, expr.clone())),
                _ => Err(self.unexpected("a `bool`", "a pattern of the type of the value", pattern.span)),
            },
            PatternKind::Variant(wanted, inner) => match value {
                Val::Result { success, value, is_bool } => {
                    let variant = if *wanted { success.clone() } else { Expr::unary(UnaryOp::Not, success.clone()) };
                    let held = if *is_bool { Val::Bool(value.clone()) } else { Val::Int(value.clone()) };
                    Ok(match self.matches(inner, &held)? {
                        Expr::Const(1) => variant,
                        inner => Expr::binary(BinaryOp::And, variant, inner),
                    })
                }
                _ => Err(self.unexpected("`Ok` or `Err`", "a pattern of the type of the value", pattern.span)),
            },
            PatternKind::Or(all) => {
                let mut either = Expr::Const(0);
                for pattern in all {
                    if pattern.binds() {
                        return Err(self.unexpected("a variable", "a pattern without variables", pattern.span));
                    }
                    either = Expr::binary(BinaryOp::Or, either, self.matches(pattern, value)?);
                }
                Ok(either)
            }
        }
    }

    /// Declares the variables of a pattern that matches.
    pub(super) fn bind_pattern(&mut self, pattern: &Pattern, value: &Val) {
        match (&pattern.kind, value) {
            (PatternKind::Bind { name, mutable }, value) => self.bind_value(name, value.clone(), *mutable),
            (PatternKind::Variant(_, inner), Val::Result { value, is_bool, .. }) => {
                let held = if *is_bool { Val::Bool(value.clone()) } else { Val::Int(value.clone()) };
                self.bind_pattern(inner, &held);
            }
            _ => {}
        }
    }

    pub(super) fn match_(&mut self, value: &Node, arms: &[Arm], span: Span) -> Parsed<Val> {
        let given = self.operand(value)?;
        let given = self.fixed_value(given);
        if !is_exhaustive(arms) {
            let expected = "an arm for every other value, such as `_ => {}`";
            return Err(self.unexpected("the end of the `match`", expected, (span.1.saturating_sub(1), span.1)));
        }
        let (result, matched) = (self.code.register(""), self.code.register(""));
        self.code.emit(Statement::Assign { reg: matched, value: Expr::Const(0) });
        let mut joined = Val::Never;
        for arm in arms {
            let matches = self.matches(&arm.pattern, &given)?;
            let condition = Expr::binary(BinaryOp::And, Expr::unary(UnaryOp::Not, matched), matches);
            let (then, value) = self.scope(|this| {
                this.bind_pattern(&arm.pattern, &given);
                let Some(guard) = &arm.guard else { return this.arm(arm, matched, result) };
                let condition = this.bool(guard)?;
                let (then, value) = this.scope(|this| this.arm(arm, matched, result))?;
                this.code.emit(Statement::If { condition, then, otherwise: Vec::new() });
                Ok(value)
            })?;
            self.code.emit(Statement::If { condition, then, otherwise: Vec::new() });
            joined = self.join(joined, value, span)?;
        }
        Ok(joined)
    }

    fn arm(&mut self, arm: &Arm, matched: Reg, result: Reg) -> Parsed<Val> {
        self.code.emit(Statement::Assign { reg: matched, value: Expr::Const(1) });
        let value = self.value(&arm.body)?;
        Ok(self.keep(result, value))
    }

    pub(super) fn matches_macro(&mut self, value: &Node, arm: &Arm) -> Parsed<Val> {
        let given = self.operand(value)?;
        let given = self.fixed_value(given);
        let matches = self.matches(&arm.pattern, &given)?;
        let Some(guard) = &arm.guard else { return Ok(Val::Bool(matches)) };
        let result = self.code.register("");
        self.code.emit(Statement::Assign { reg: result, value: Expr::Const(0) });
        let (then, _) = self.scope(|this| {
            this.bind_pattern(&arm.pattern, &given);
            let value = this.bool(guard)?;
            this.code.assign(result, value);
            Ok(Val::Unit)
        })?;
        self.code.emit(Statement::If { condition: matches, then, otherwise: Vec::new() });
        Ok(Val::Bool(result.into()))
    }

    pub(super) fn loop_(&mut self, label: Option<&str>, kind: &LoopKind, body: &Block, span: Span) -> Parsed<Val> {
        let jump = Jump::new(label, &mut self.code);
        let (skip, broken, result) = (jump.skip, jump.broken, jump.result);
        let before = self.jumped.take();
        self.jumps.push(jump);
        let lowered = self.loop_parts(kind, body);
        let depth = self.jumps.len() - 1;
        let jump = self.jumps.pop();
        let Parts { before: entry, head, condition, body, step } = lowered?;
        let (used, value) = jump.map_or((false, Val::Never), |jump| (jump.used, jump.value));
        // What jumps to this loop ends here.
        self.jumped = [before, self.jumped.filter(|&target| target < depth)].into_iter().flatten().min();
        let set = |reg, value| Statement::Assign { reg, value: Expr::Const(value) };
        for statement in entry {
            self.code.thread.body.push(statement);
        }
        let (mut head, mut condition, mut whole) = (head, condition, Vec::new());
        if used {
            self.code.emit(set(broken, 0));
            whole.push(set(skip, 0));
            // A loop that was left looks at its condition no more.
            let unbroken = Expr::unary(UnaryOp::Not, broken);
            if head.is_empty() {
                condition = match condition {
                    Expr::Const(1) => unbroken,
                    condition => Expr::binary(BinaryOp::And, unbroken, condition),
                };
            } else {
                let goes_on = self.code.register("");
                head.push(Statement::Assign { reg: goes_on, value: condition });
                let ends = vec![set(goes_on, 0)];
                head = vec![Statement::If { condition: unbroken, then: head, otherwise: ends }];
                condition = goes_on.into();
            }
        }
        whole.extend(body);
        whole.extend(step);
        self.code.emit(Statement::While { head, condition, body: whole, bound: None });
        match (kind, used, value) {
            (LoopKind::Loop, false, _) | (LoopKind::Loop, true, Val::Never) => Ok(Val::Never),
            (LoopKind::Loop, true, value) => Ok(match value {
                Val::Int(_) => Val::Int(result.into()),
                Val::Bool(_) => Val::Bool(result.into()),
                Val::Ref(_, kind) => Val::Ref(result.into(), kind),
                other => other,
            }),
            (_, _, Val::Never | Val::Unit) => Ok(Val::Unit),
            _ => Err(self.unexpected("a `break` with a value", "a `break` without one in this kind of loop", span)),
        }
    }

    /// The statements of a loop, in the order in which they run.
    fn loop_parts(&mut self, kind: &LoopKind, body: &Block) -> Parsed<Parts> {
        let mut parts = Parts {
            before: Vec::new(),
            head: Vec::new(),
            condition: Expr::Const(1),
            body: Vec::new(),
            step: Vec::new(),
        };
        match kind {
            LoopKind::Loop => parts.body = self.scope(|this| this.block(body))?.0,
            LoopKind::While(node) => {
                let outer = self.code.begin();
                let branch = self.branch(node, |this| this.block(body));
                parts.head = self.code.end(outer);
                (parts.condition, parts.body, _) = branch?;
            }
            LoopKind::For { pattern, from, to, inclusive } => {
                let outer = self.code.begin();
                let counter = self.code.register("");
                let bounds = self.int(from).and_then(|from| {
                    self.code.assign(counter, from);
                    let to = self.int(to)?;
                    Ok(self.fixed(to))
                });
                parts.before = self.code.end(outer);
                let op = if *inclusive { BinaryOp::Le } else { BinaryOp::Lt };
                parts.condition = Expr::binary(op, counter, bounds?);
                let value = Val::Int(counter.into());
                if !matches!(pattern.kind, PatternKind::Bind { .. } | PatternKind::Wild) {
                    return Err(self.unexpected("a pattern", "a name or `_`", pattern.span));
                }
                (parts.body, _) = self.scope(|this| {
                    this.bind_pattern(pattern, &value);
                    this.block(body)
                })?;
                parts.step = vec![Statement::Assign { reg: counter, value: Expr::binary(BinaryOp::Add, counter, 1) }];
            }
        }
        Ok(parts)
    }

    pub(super) fn break_(&mut self, label: Option<&str>, value: Option<&Node>, span: Span) -> Parsed<Val> {
        let target = self.target(label, span)?;
        let value = match value {
            None => Val::Unit,
            Some(node) => {
                let value = self.operand(node)?;
                let result = self.jumps[target].result;
                self.keep(result, value)
            }
        };
        let before = std::mem::replace(&mut self.jumps[target].value, Val::Never);
        self.jumps[target].value = self.join(before, value, span)?;
        self.leave(target, true);
        Ok(Val::Never)
    }

    pub(super) fn continue_(&mut self, label: Option<&str>, span: Span) -> Parsed<Val> {
        let target = self.target(label, span)?;
        self.leave(target, false);
        Ok(Val::Never)
    }

    pub(super) fn return_(&mut self) -> Parsed<Val> {
        self.leave(0, true);
        Ok(Val::Never)
    }

    /// The loop that a jump goes to.
    fn target(&self, label: Option<&str>, span: Span) -> Parsed<usize> {
        let fits = |jump: &Jump| label.is_none() || jump.label.as_deref() == label;
        match self.jumps.iter().rposition(fits).filter(|&target| target > 0) {
            Some(target) => Ok(target),
            None => Err(self.unexpected("a jump", "a loop of this label around it", span)),
        }
    }

    /// Sets the registers of all loops that are left, and those of `target`.
    fn leave(&mut self, target: usize, breaks: bool) {
        for (place, jump) in self.jumps.iter_mut().enumerate().skip(target) {
            jump.used = true;
            self.code.emit(Statement::Assign { reg: jump.skip, value: Expr::Const(1) });
            if breaks || place > target {
                self.code.emit(Statement::Assign { reg: jump.broken, value: Expr::Const(1) });
            }
        }
        self.jumped = Some(self.jumped.map_or(target, |jumped| jumped.min(target)));
    }
}

/// The statements of a loop.
struct Parts {
    before: Vec<Statement>,
    head: Vec<Statement>,
    condition: Expr,
    body: Vec<Statement>,
    step: Vec<Statement>,
}

/// Whether some arm matches every value, as far as that can be told from the patterns alone.
fn is_exhaustive(arms: &[Arm]) -> bool {
    fn covers(pattern: &Pattern) -> [bool; 5] {
        // Everything, `Ok`, `Err`, `true`, `false`.
        match &pattern.kind {
            PatternKind::Wild | PatternKind::Bind { .. } => [true; 5],
            PatternKind::Number(_) => [false; 5],
            PatternKind::Bool(value) => [false, false, false, *value, !value],
            PatternKind::Variant(ok, inner) => {
                let all = covers(inner)[0];
                [false, *ok && all, !ok && all, false, false]
            }
            PatternKind::Or(all) => all.iter().map(covers).fold([false; 5], either),
        }
    }
    fn either(a: [bool; 5], b: [bool; 5]) -> [bool; 5] {
        std::array::from_fn(|place| a[place] || b[place])
    }
    let arms = arms.iter().filter(|arm| arm.guard.is_none());
    let [all, ok, err, yes, no] = arms.map(|arm| covers(&arm.pattern)).fold([false; 5], either);
    all || ok && err || yes && no
}

impl Pattern {
    fn binds(&self) -> bool {
        match &self.kind {
            PatternKind::Wild | PatternKind::Number(_) | PatternKind::Bool(_) => false,
            PatternKind::Bind { .. } => true,
            PatternKind::Variant(_, inner) => inner.binds(),
            PatternKind::Or(all) => all.iter().any(Self::binds),
        }
    }
}
