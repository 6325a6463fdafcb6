//! The functions that threads may call.

use super::cursor::Parsed;
use super::emit::Target;
use super::error::ParseErrorKind;
use super::lexer::Span;
use super::lower::Lower;
use super::syntax::{Node, NodeKind};
use crate::Ordering;
use crate::litmus::{Expr, Statement, UpdateOp, allowed};

/// A function, without the suffix `_explicit`.
#[derive(Clone, Copy, Debug)]
enum Function {
    Load,
    Store,
    Update(UpdateOp),
    CompareExchange {
        weak: bool,
    },
    Fence,
    /// `atomic_init`: a store that is not atomic.
    Init,
    TestAndSet,
    Clear,
    Lock,
    Unlock,
}

/// The functions, with the number of their arguments and of the orderings that `_explicit` adds. A fence always has its ordering.
const FUNCTIONS: [(&str, Function, usize, usize); 19] = [
    ("atomic_load", Function::Load, 1, 1),
    ("atomic_store", Function::Store, 2, 1),
    ("atomic_exchange", Function::Update(UpdateOp::Exchange), 2, 1),
    ("atomic_fetch_add", Function::Update(UpdateOp::Add), 2, 1),
    ("atomic_fetch_sub", Function::Update(UpdateOp::Sub), 2, 1),
    ("atomic_fetch_and", Function::Update(UpdateOp::And), 2, 1),
    ("atomic_fetch_or", Function::Update(UpdateOp::Or), 2, 1),
    ("atomic_fetch_xor", Function::Update(UpdateOp::Xor), 2, 1),
    ("atomic_compare_exchange_strong", Function::CompareExchange { weak: false }, 3, 2),
    ("atomic_compare_exchange_weak", Function::CompareExchange { weak: true }, 3, 2),
    ("atomic_thread_fence", Function::Fence, 1, 0),
    ("atomic_init", Function::Init, 2, 0),
    ("atomic_flag_test_and_set", Function::TestAndSet, 1, 1),
    ("atomic_flag_clear", Function::Clear, 1, 1),
    ("lock", Function::Lock, 1, 0),
    ("spin_lock", Function::Lock, 1, 0),
    ("mtx_lock", Function::Lock, 1, 0),
    ("unlock", Function::Unlock, 1, 0),
    ("spin_unlock", Function::Unlock, 1, 0),
];

/// Names for suggestions: those above with their explicit forms.
const NAMES: [&str; 33] = [
    "atomic_load",
    "atomic_load_explicit",
    "atomic_store",
    "atomic_store_explicit",
    "atomic_exchange",
    "atomic_exchange_explicit",
    "atomic_fetch_add",
    "atomic_fetch_add_explicit",
    "atomic_fetch_sub",
    "atomic_fetch_sub_explicit",
    "atomic_fetch_and",
    "atomic_fetch_and_explicit",
    "atomic_fetch_or",
    "atomic_fetch_or_explicit",
    "atomic_fetch_xor",
    "atomic_fetch_xor_explicit",
    "atomic_compare_exchange_strong",
    "atomic_compare_exchange_strong_explicit",
    "atomic_compare_exchange_weak",
    "atomic_compare_exchange_weak_explicit",
    "atomic_thread_fence",
    "atomic_init",
    "atomic_flag_test_and_set",
    "atomic_flag_test_and_set_explicit",
    "atomic_flag_clear",
    "atomic_flag_clear_explicit",
    "lock",
    "spin_lock",
    "mtx_lock",
    "unlock",
    "spin_unlock",
    "mtx_unlock",
    "if",
];

impl Lower<'_> {
    pub(super) fn call(&mut self, name: &str, arguments: &[Node], span: Span) -> Parsed<Expr> {
        let plain = if name == "mtx_unlock" { "unlock" } else { name };
        let (base, explicit) = match plain.strip_suffix("_explicit") {
            Some(base) => (base, true),
            None => (plain, false),
        };
        let known = FUNCTIONS.iter().find(|(known, _, _, orders)| *known == base && (!explicit || *orders > 0));
        let Some(&(_, function, operands, orders)) = known else {
            let kind = ParseErrorKind::UnknownFunction { name: name.to_owned(), suggestion: similar(name, &NAMES) };
            return Err(self.error(kind, (span.0, span.0 + name.len())));
        };
        let expected = operands + if explicit { orders } else { 0 };
        if arguments.len() != expected {
            let found = arguments.len();
            return Err(self.error(ParseErrorKind::Arguments { function: name.to_owned(), expected, found }, span));
        }
        let order = |this: &Self, index: usize, operation: &str, fits: fn(Ordering) -> bool| {
            if explicit { this.order(&arguments[operands + index], operation, fits) } else { Ok(Ordering::SeqCst) }
        };
        match function {
            Function::Load => {
                let ordering = order(self, 0, "a load", allowed::load)?;
                let address = self.value(&arguments[0])?;
                let reg = self.register("");
                self.emit(Statement::Load { reg, address, ordering });
                Ok(reg.into())
            }
            Function::Store => {
                let ordering = order(self, 0, "a store", allowed::store)?;
                let (address, value) = self.pair(&arguments[0], &arguments[1])?;
                self.emit(Statement::Store { address, value, ordering });
                Ok(Expr::Const(0))
            }
            Function::Update(op) => {
                let ordering = order(self, 0, "a read-modify-write", allowed::update)?;
                let (address, operand) = self.pair(&arguments[0], &arguments[1])?;
                let old = self.register("");
                self.emit(Statement::Update { old, address, op, operand, ordering });
                Ok(old.into())
            }
            Function::CompareExchange { weak } => {
                let success = order(self, 0, "a successful compare-exchange", allowed::update)?;
                let failure = order(self, 1, "a failed compare-exchange", allowed::failed_update)?;
                let failure = if explicit { failure } else { Ordering::SeqCst };
                self.compare_exchange(arguments, weak, success, failure)
            }
            Function::Fence => {
                // A relaxed fence is allowed, and does nothing.
                let ordering = self.order(&arguments[0], "a fence", |_| true)?;
                if ordering != Ordering::Relaxed {
                    self.emit(Statement::Fence(ordering));
                }
                Ok(Expr::Const(0))
            }
            Function::Init => {
                let (address, value) = self.pair(&arguments[0], &arguments[1])?;
                self.emit(Statement::Store { address, value, ordering: Ordering::NonAtomic });
                Ok(Expr::Const(0))
            }
            Function::TestAndSet => {
                let ordering = order(self, 0, "a read-modify-write", allowed::update)?;
                let address = self.value(&arguments[0])?;
                let old = self.register("");
                let (op, operand) = (UpdateOp::Exchange, Expr::Const(1));
                self.emit(Statement::Update { old, address, op, operand, ordering });
                Ok(old.into())
            }
            Function::Clear => {
                let ordering = order(self, 0, "a store", allowed::store)?;
                let address = self.value(&arguments[0])?;
                self.emit(Statement::Store { address, value: Expr::Const(0), ordering });
                Ok(Expr::Const(0))
            }
            Function::Lock => {
                let address = self.value(&arguments[0])?;
                let (old, success) = (self.register(""), self.register(""));
                self.emit(Statement::Lock { old, success, address });
                Ok(Expr::Const(0))
            }
            Function::Unlock => {
                let address = self.value(&arguments[0])?;
                self.emit(Statement::Unlock { address });
                Ok(Expr::Const(0))
            }
        }
    }

    fn compare_exchange(
        &mut self,
        arguments: &[Node],
        weak: bool,
        success_ordering: Ordering,
        failure_ordering: Ordering,
    ) -> Parsed<Expr> {
        let inner = self.undisturbed(&arguments[0], &arguments[1])?;
        let outer = self.undisturbed(&arguments[0], &arguments[2])?;
        self.undisturbed(&arguments[1], &arguments[2])?;
        let ((address, (place, expected)), new) = self.unsequenced(
            outer,
            |this| {
                this.unsequenced(
                    inner,
                    |this| this.value(&arguments[0]),
                    |this| {
                        let place = match &arguments[1].kind {
                            NodeKind::AddressOf(inner) => this.target(inner)?,
                            _ => Target::Memory(this.value(&arguments[1])?),
                        };
                        let expected = this.load(&place);
                        Ok((place, expected))
                    },
                )
            },
            |this| this.value(&arguments[2]),
        )?;
        let (old, success) = (self.register(""), self.register(""));
        self.emit(Statement::CompareExchange {
            old,
            success,
            address,
            expected,
            new,
            success_ordering,
            failure_ordering,
            weak,
        });
        let otherwise = self.scope(|this| {
            this.store(&place, old.into());
            Ok(())
        })?;
        self.emit(Statement::If { condition: success.into(), then: Vec::new(), otherwise });
        Ok(success.into())
    }

    fn order(&self, node: &Node, operation: &str, fits: fn(Ordering) -> bool) -> Parsed<Ordering> {
        let name = match &node.kind {
            NodeKind::Name(name) => name.as_str(),
            _ => "",
        };
        let ordering = match name {
            "memory_order_relaxed" => Ordering::Relaxed,
            // Compilers treat consume as acquire.
            "memory_order_acquire" | "memory_order_consume" => Ordering::Acquire,
            "memory_order_release" => Ordering::Release,
            "memory_order_acq_rel" => Ordering::AcqRel,
            "memory_order_seq_cst" => Ordering::SeqCst,
            _ => {
                let found = format!("`{}`", self.source.get(node.span.0..node.span.1).unwrap_or_default());
                let expected = "a memory order, such as `memory_order_relaxed`".to_owned();
                return Err(self.error(ParseErrorKind::Unexpected { found, expected }, node.span));
            }
        };
        if fits(ordering) {
            Ok(ordering)
        } else {
            Err(self.error(ParseErrorKind::Ordering { operation: operation.to_owned(), ordering }, node.span))
        }
    }
}

/// The known name that is closest, if it is close.
pub(super) fn similar(name: &str, names: &[&'static str]) -> Option<&'static str> {
    let closest = names.iter().map(|known| (distance(name, known), *known)).min()?;
    let close = if name.len() < 4 { 1 } else { 2.max(name.len() / 3) };
    (closest.0 <= close).then_some(closest.1)
}

/// Levenshtein's edit distance, of the first 64 bytes.
fn distance(a: &str, b: &str) -> usize {
    let a = &a.as_bytes()[..a.len().min(64)];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substitution = diagonal + usize::from(*x != y);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
