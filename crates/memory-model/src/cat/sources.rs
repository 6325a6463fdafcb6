//! Where included files come from.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::error::{CatError, CatErrorKind, Fault};
use super::parser;
use super::syntax::{Program, SourceFile, Span, Statement, StatementKind, Variant};

/// Finds files by the names that `include` gives them.
///
/// ```
/// use memory_model::cat::{CatModel, Library, Sources};
///
/// #[derive(Debug)]
/// struct Mine;
///
/// impl Sources for Mine {
///     fn source(&self, name: &str) -> Option<String> {
///         match name {
///             "order.cat" => Some("let fr = (rf^-1; co) \\ id let order = po | rf | co | fr".to_owned()),
///             _ => Library.source(name),
///         }
///     }
/// }
///
/// let model = CatModel::options().sources(&Mine).parse("mine", "include \"order.cat\" acyclic order as sc")?;
/// assert_eq!(model.axioms(), ["sc"]);
/// # Ok::<(), memory_model::cat::CatError>(())
/// ```
pub trait Sources: std::fmt::Debug {
    /// The text of the file, or `None` if there is none of this name.
    fn source(&self, name: &str) -> Option<String>;
}

/// The standard library and the bundled models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Library;

/// The files of the library: those that models include, and the models.
const FILES: [(&str, &str); 12] = [
    ("stdlib.cat", include_str!("../../cat/stdlib.cat")),
    ("cross.cat", include_str!("../../cat/cross.cat")),
    ("cos.cat", include_str!("../../cat/cos.cat")),
    ("c-events.cat", include_str!("../../cat/c-events.cat")),
    ("sc.cat", include_str!("../../cat/sc.cat")),
    ("tso.cat", include_str!("../../cat/tso.cat")),
    ("ra.cat", include_str!("../../cat/ra.cat")),
    ("rc11.cat", include_str!("../../cat/rc11.cat")),
    ("c20.cat", include_str!("../../cat/c20.cat")),
    ("c11-base.cat", include_str!("../../cat/c11-base.cat")),
    ("c11.cat", include_str!("../../cat/c11.cat")),
    ("c11_simp.cat", include_str!("../../cat/c11_simp.cat")),
];

impl Sources for Library {
    fn source(&self, name: &str) -> Option<String> {
        FILES.iter().find(|(file, _)| *file == name).map(|(_, text)| (*text).to_owned())
    }
}

/// A folder on disk, and the [`Library`] for what it does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(pub PathBuf);

impl Sources for Folder {
    fn source(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join(name)).ok().or_else(|| Library.source(name))
    }
}

/// The levels of inclusion that are followed.
const MAX_INCLUDES: usize = 16;

/// The number of files that one model may include, again and again included.
const MAX_FILES: usize = 256;

/// Reads a model with all that it includes, the standard library first.
pub(super) fn load(
    name: &str,
    text: &str,
    sources: &dyn Sources,
    variants: &BTreeSet<String>,
) -> Result<Program, CatError> {
    let mut loader = Loader { sources, variants, program: Program::default() };
    let prelude =
        loader.sources.source("stdlib.cat").map_or(Ok(()), |text| loader.file("stdlib.cat", text, 0).map(drop));
    match prelude.and_then(|()| loader.file(name, text.to_owned(), 0)) {
        Ok(title) => {
            loader.program.title = title;
            Ok(loader.program)
        }
        Err(fault) => Err(fault.locate(&loader.program.files)),
    }
}

struct Loader<'a> {
    sources: &'a dyn Sources,
    variants: &'a BTreeSet<String>,
    program: Program,
}

impl Loader<'_> {
    /// Adds the statements of a file; returns its title.
    fn file(&mut self, name: &str, text: String, depth: usize) -> Result<Option<String>, Fault> {
        let number = self.program.files.len();
        let file = parser::parse(&text, number, &mut self.program.names);
        self.program.files.push(SourceFile { name: name.to_owned(), text });
        let file = file?;
        self.statements(file.statements, depth)?;
        Ok(file.title)
    }

    fn statements(&mut self, statements: Vec<Statement>, depth: usize) -> Result<(), Fault> {
        for statement in statements {
            match statement.kind {
                StatementKind::Include(name) => self.include(&name, statement.span, depth)?,
                StatementKind::IfVariant { condition, then, otherwise } => {
                    let branch = if holds(&condition, self.variants) { then } else { otherwise };
                    self.statements(branch, depth)?;
                }
                _ => self.program.statements.push(statement),
            }
        }
        Ok(())
    }

    fn include(&mut self, name: &str, span: Span, depth: usize) -> Result<(), Fault> {
        if depth == MAX_INCLUDES || self.program.files.len() >= MAX_FILES {
            return Err(Fault::new(CatErrorKind::TooDeep, span));
        }
        let Some(text) = self.sources.source(name) else {
            return Err(Fault::new(CatErrorKind::UnknownFile(name.to_owned()), span));
        };
        self.file(name, text, depth + 1).map(drop)
    }
}

/// Whether the condition holds for a model that was loaded with these variants.
pub(super) fn holds(condition: &Variant, variants: &BTreeSet<String>) -> bool {
    match condition {
        Variant::Is(name) => variants.contains(name),
        Variant::Not(inner) => !holds(inner, variants),
        Variant::And(both) => holds(&both.0, variants) && holds(&both.1, variants),
        Variant::Or(either) => holds(&either.0, variants) || holds(&either.1, variants),
    }
}
