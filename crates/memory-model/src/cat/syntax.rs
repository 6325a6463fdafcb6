//! The syntax tree of cat files.

use std::collections::HashMap;
use std::sync::Arc;

/// A part of a source file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// The file, by its number in [`Program::files`].
    pub(super) file: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    /// From the start of `self` to the end of `last`.
    pub(super) fn to(self, last: Self) -> Self {
        Self { end: last.end.max(self.start), ..self }
    }
}

/// A name, by its number in [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Symbol(pub(super) u32);

/// The names of a program.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Arc<str>, Symbol>,
    texts: Vec<Arc<str>>,
}

impl Names {
    pub(super) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.numbers.get(text) {
            return symbol;
        }
        let (text, symbol) = (Arc::<str>::from(text), Symbol(u32::try_from(self.texts.len()).unwrap_or(u32::MAX)));
        self.texts.push(text.clone());
        self.numbers.insert(text, symbol);
        symbol
    }

    pub(super) fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("?", |text| text)
    }
}

/// A source file.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    pub(super) name: String,
    pub(super) text: String,
}

/// A model with everything that it includes, in one list of statements.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    pub(super) title: Option<String>,
    pub(super) files: Vec<SourceFile>,
    pub(super) names: Names,
    pub(super) statements: Vec<Statement>,
}

impl Program {
    /// The tests that forbid executions, by name.
    pub(super) fn axioms(&self) -> Vec<String> {
        let tests = self.statements.iter().filter_map(|statement| self.axiom(statement));
        tests.collect()
    }

    fn axiom(&self, statement: &Statement) -> Option<String> {
        let StatementKind::Test(TestKind::Check, test) = &statement.kind else { return None };
        Some(test.name.map_or_else(|| self.snippet(test.value.span), |name| self.names.text(name).to_owned()))
    }

    /// Leaves out the axiom of this name.
    pub(super) fn drop_axiom(&mut self, name: &str) {
        let statements = std::mem::take(&mut self.statements);
        let keep = |statement: &Statement| self.axiom(statement).is_none_or(|axiom| axiom != name);
        self.statements = statements.into_iter().filter(keep).collect();
    }

    /// Whether the model makes orders of its own.
    pub(super) fn generates(&self) -> bool {
        self.statements.iter().any(|statement| matches!(statement.kind, StatementKind::With { .. }))
    }

    /// The source text of `span`, on one line.
    pub(super) fn snippet(&self, span: Span) -> String {
        let text = self.files.get(span.file).and_then(|file| file.text.get(span.start..span.end)).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Complement,
    Plus,
    Star,
    Optional,
    Inverse,
    /// `[e]`.
    Identity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Union,
    /// `++`.
    Add,
    Sequence,
    Difference,
    Intersection,
    /// `*`.
    Product,
}

/// What a function or procedure takes, or a `let` binds: one value, or the parts of a tuple; `None` is `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    One(Option<Symbol>),
    Tuple(Vec<Option<Symbol>>),
}

#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) parameter: Pattern,
    pub(super) body: Expr,
}

#[derive(Clone, Debug)]
pub(super) struct Binding {
    pub(super) pattern: Pattern,
    pub(super) value: Expr,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum Compare {
    Equal,
    Subset,
    Member,
}

/// How the clause `.. ++ ..` of a `match` takes a set apart.
#[derive(Clone, Debug)]
pub(super) enum Split {
    /// `element ++ rest`.
    First(Option<Symbol>, Option<Symbol>),
    /// `before | element ++ after`.
    Middle(Option<Symbol>, Option<Symbol>, Option<Symbol>),
}

#[derive(Clone, Debug)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum ExprKind {
    /// `0`.
    Empty,
    /// `_`.
    Universe,
    Name(Symbol),
    Tag(Symbol),
    /// `{a, b}`.
    Set(Vec<Expr>),
    Tuple(Vec<Expr>),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<(Expr, Expr)>),
    Apply(Box<(Expr, Expr)>),
    Let(Vec<Binding>, Box<Expr>),
    LetRec(Vec<Binding>, Box<Expr>),
    Function(Box<Function>),
    Try(Box<(Expr, Expr)>),
    If(Compare, Box<(Expr, Expr, Expr, Expr)>),
    IfVariant(Variant, Box<(Expr, Expr)>),
    MatchTag {
        value: Box<Expr>,
        clauses: Vec<(Symbol, Expr)>,
        otherwise: Option<Box<Expr>>,
    },
    MatchSet {
        value: Box<Expr>,
        empty: Box<Expr>,
        split: Split,
        member: Box<Expr>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Acyclic,
    Irreflexive,
    Empty,
}

/// `acyclic e as name`, perhaps negated.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) negated: bool,
    pub(super) property: Property,
    pub(super) value: Expr,
    pub(super) name: Option<Symbol>,
    pub(super) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TestKind {
    /// The execution is forbidden unless it holds.
    Check,
    /// The program is undefined unless it holds.
    UndefinedUnless,
    /// The execution is flagged if it holds.
    Flag,
    /// The model is wrong unless it holds.
    Assert,
}

/// A condition on the variants with which the model was loaded.
#[derive(Clone, Debug)]
pub(super) enum Variant {
    Is(String),
    Not(Box<Variant>),
    And(Box<(Variant, Variant)>),
    Or(Box<(Variant, Variant)>),
}

#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) kind: StatementKind,
    pub(super) span: Span,
}

#[derive(Clone, Debug)]
pub(super) enum StatementKind {
    Let(Vec<Binding>),
    LetRec(Vec<Binding>, Option<Box<Test>>),
    Test(TestKind, Box<Test>),
    Show(Vec<Symbol>),
    ShowAs(Box<Expr>, Symbol),
    Unshow(Vec<Symbol>),
    /// Replaced by the statements of the file when a program is loaded.
    Include(String),
    Procedure {
        name: Symbol,
        parameter: Pattern,
        body: Vec<Statement>,
        recursive: bool,
    },
    Call {
        procedure: Symbol,
        argument: Box<Expr>,
        name: Option<Symbol>,
    },
    Debug(Box<Expr>),
    Forall {
        variable: Symbol,
        set: Box<Expr>,
        body: Vec<Statement>,
    },
    With {
        variable: Symbol,
        from: Box<Expr>,
    },
    Enum {
        name: Symbol,
        tags: Vec<Symbol>,
    },
    /// `instructions R[..]` and `default R[..]`: which tags an instruction may bear.
    Instructions(Vec<Expr>),
    /// Replaced by one of its branches when a program is loaded.
    IfVariant {
        condition: Variant,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    Match {
        value: Box<Expr>,
        clauses: Vec<(Symbol, Vec<Statement>)>,
        otherwise: Option<Vec<Statement>>,
    },
}
