//! Small straight-line programs, and how they are written down.

use std::fmt::Write as _;

use crate::litmus::{Condition, Litmus, Reg, memory, reg};
use crate::{Ordering, Value};

/// What one statement does, without its ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Action {
    Read(usize),
    Write(usize),
    Exchange(usize),
    Fence,
}

impl Action {
    pub(super) fn location(self) -> Option<usize> {
        match self {
            Self::Read(location) | Self::Write(location) | Self::Exchange(location) => Some(location),
            Self::Fence => None,
        }
    }

    pub(super) fn writes(self) -> bool {
        matches!(self, Self::Write(_) | Self::Exchange(_))
    }

    fn reads(self) -> bool {
        matches!(self, Self::Read(_) | Self::Exchange(_))
    }

    pub(super) fn renamed(self, names: &[usize]) -> Self {
        let name = |location: usize| names.get(location).copied().unwrap_or(location);
        match self {
            Self::Read(location) => Self::Read(name(location)),
            Self::Write(location) => Self::Write(name(location)),
            Self::Exchange(location) => Self::Exchange(name(location)),
            Self::Fence => Self::Fence,
        }
    }
}

/// In which language a program is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// C, which herd7 reads, too.
    #[default]
    C,
    /// Rust.
    Rust,
}

/// A program without branches: each write writes a value of its own, the n-th write of a location the value n.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub(super) threads: Vec<Vec<(Action, Ordering)>>,
}

/// A register or a location, and the value that it ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Register(Reg, Value),
    Memory(usize, Value),
}

pub(super) fn location_name(location: usize) -> String {
    match location {
        0..=2 => ["x", "y", "z"][location].to_owned(),
        _ => format!("x{location}"),
    }
}

impl Program {
    fn locations(&self) -> usize {
        let all = self.threads.iter().flatten().filter_map(|(action, _)| action.location());
        all.max().map_or(0, |last| last + 1)
    }

    /// The locations that are written more than once.
    pub(super) fn contended(&self) -> Vec<usize> {
        let writes = |location: usize| {
            let all = self.threads.iter().flatten();
            all.filter(|(action, _)| action.writes() && action.location() == Some(location)).count()
        };
        (0..self.locations()).filter(|&location| writes(location) > 1).collect()
    }

    /// The statements, with the value of each write and the register of each read.
    fn statements(&self) -> Vec<Vec<Statement>> {
        let mut written = vec![0; self.locations()];
        let mut lower = |actions: &Vec<(Action, Ordering)>| {
            let mut registers = 0;
            let mut next = |action: Action| {
                registers += usize::from(action.reads());
                registers.saturating_sub(1)
            };
            actions
                .iter()
                .map(|&(action, ordering)| {
                    let location = action.location().unwrap_or(0);
                    if action.writes() {
                        written[location] += 1;
                    }
                    let value = written.get(location).copied().unwrap_or(0);
                    Statement { action, ordering, value, register: next(action), name: location_name(location) }
                })
                .collect()
        };
        self.threads.iter().map(&mut lower).collect()
    }

    pub(super) fn litmus(&self, name: &str) -> Litmus {
        let mut litmus = Litmus::new(name);
        for location in 0..self.locations() {
            litmus = litmus.init(&location_name(location), 0);
        }
        for statements in self.statements() {
            litmus = litmus.thread(|t| {
                for Statement { action, ordering, value, name, .. } in statements {
                    match action {
                        Action::Read(_) => drop(t.load(name.as_str(), ordering)),
                        Action::Write(_) => t.store(name.as_str(), value, ordering),
                        Action::Exchange(_) => drop(t.exchange(name.as_str(), value, ordering)),
                        Action::Fence => t.fence(ordering),
                    }
                }
            });
        }
        litmus
    }

    /// The program with the condition that `terms` hold, as a test that can be read back.
    pub(super) fn text(&self, name: &str, terms: &[Term], remark: &str, dialect: Dialect) -> String {
        let names: Vec<String> = (0..self.locations()).map(location_name).collect();
        let (language, init): (&str, fn(&String) -> String) = match dialect {
            Dialect::C => ("C", |name| format!("{name} = 0;")),
            Dialect::Rust => ("Rust", |name| format!("{name}: AtomicI32 = 0;")),
        };
        let init: Vec<String> = names.iter().map(init).collect();
        let mut text = format!("{language} {name}\n\"{remark}\"\n{{ {} }}\n", init.join(" "));
        for (number, statements) in self.statements().iter().enumerate() {
            let head = match dialect {
                Dialect::C => {
                    let parameters: Vec<String> = names.iter().map(|name| format!("atomic_int* {name}")).collect();
                    format!("P{number} ({}) {{", parameters.join(", "))
                }
                Dialect::Rust => format!("fn P{number}() {{"),
            };
            let _ = writeln!(text, "{head}");
            for statement in statements {
                let line = match dialect {
                    Dialect::C => statement.c(),
                    Dialect::Rust => statement.rust(),
                };
                let _ = writeln!(text, "    {line}");
            }
            text += "}\n";
        }
        let terms: Vec<String> = terms
            .iter()
            .map(|term| match *term {
                Term::Register(Reg { thread, index }, value) => format!("{thread}:r{index} = {value}"),
                Term::Memory(location, value) => format!("{} = {value}", location_name(location)),
            })
            .collect();
        let _ = writeln!(text, "exists ({})", if terms.is_empty() { "true".to_owned() } else { terms.join(" /\\ ") });
        text
    }
}

/// One statement of a program, ready to be written.
struct Statement {
    action: Action,
    ordering: Ordering,
    value: Value,
    register: usize,
    name: String,
}

impl Statement {
    fn c(&self) -> String {
        let Self { action, ordering, value, register, name } = self;
        let order = match ordering {
            Ordering::NonAtomic | Ordering::Relaxed => "memory_order_relaxed",
            Ordering::Acquire => "memory_order_acquire",
            Ordering::Release => "memory_order_release",
            Ordering::AcqRel => "memory_order_acq_rel",
            Ordering::SeqCst => "memory_order_seq_cst",
        };
        match action {
            Action::Read(_) => format!("int r{register} = atomic_load_explicit({name}, {order});"),
            Action::Write(_) => format!("atomic_store_explicit({name}, {value}, {order});"),
            Action::Exchange(_) => format!("int r{register} = atomic_exchange_explicit({name}, {value}, {order});"),
            Action::Fence => format!("atomic_thread_fence({order});"),
        }
    }

    fn rust(&self) -> String {
        let Self { action, ordering, value, register, name } = self;
        match action {
            Action::Read(_) => format!("let r{register} = {name}.load({ordering:?});"),
            Action::Write(_) => format!("{name}.store({value}, {ordering:?});"),
            Action::Exchange(_) => format!("let r{register} = {name}.swap({value}, {ordering:?});"),
            Action::Fence => format!("fence({ordering:?});"),
        }
    }
}

/// The terms as a condition.
pub(super) fn condition(terms: &[Term]) -> Condition {
    let one = |term: &Term| match *term {
        Term::Register(Reg { thread, index }, value) => reg(thread, index).is(value),
        Term::Memory(location, value) => memory(&location_name(location)).is(value),
    };
    terms.iter().map(one).reduce(|all, next| all & next).unwrap_or(Condition::True)
}
