//! What is said of a peer's test suite: its files, what stands for its imports, and what differs on purpose.

use super::code::Edit;
use super::imports::Import;

/// The tests that a published package comes with.
pub struct Suite {
    /// The package.
    pub package: &'static str,
    /// Its paths, and what stands for them here.
    pub imports: &'static [Import],
    /// Other packages that the tests name, in the versions that the package asks for.
    pub needs: &'static [&'static str],
    /// Code of the scratch package's library, for names that nothing here stands for.
    pub library: &'static str,
    /// Where the tests are.
    pub files: &'static [File],
    /// What is not as there, on purpose.
    pub differences: &'static [Difference],
}

/// A file with tests.
pub struct File {
    /// Where it is in the package.
    pub path: &'static str,
    pub kind: Kind,
}

pub enum Kind {
    /// Integration tests.
    Tests,
    /// A module of integration tests, with none of its own.
    Helper,
    /// Unit tests: the items of the file that begin with these lines, below imports that stand for what the file itself imports and declares.
    Units { prelude: &'static str, items: &'static [&'static str] },
    /// The examples in the documentation.
    Examples,
}

/// A difference on purpose. One that changes nothing, or names a test that passes, is an error.
pub struct Difference {
    /// The label of the file.
    pub file: &'static str,
    pub what: What,
    pub why: &'static str,
}

pub enum What {
    /// Code other than imports that is replaced wherever it is.
    Code(&'static str, &'static str),
    /// The same within the function, or the example, of this name.
    CodeIn(&'static str, &'static str, &'static str),
    /// A test that fails.
    Fails(&'static str),
    /// A test, by the name of its function, or an example that is not compiled.
    LeftOut(&'static str),
}

impl Difference {
    /// The edit, if it is one.
    pub fn edit(&self) -> Option<Edit<'static>> {
        match self.what {
            What::Code(old, new) => Some(Edit { within: None, old, new, why: self.why }),
            What::CodeIn(name, old, new) => Some(Edit { within: Some(name), old, new, why: self.why }),
            What::Fails(_) | What::LeftOut(_) => None,
        }
    }

    /// The test that is left out, if one is.
    pub fn left_out(&self) -> Option<&'static str> {
        if let What::LeftOut(name) = self.what { Some(name) } else { None }
    }
}

impl File {
    pub const fn tests(path: &'static str) -> Self {
        Self { path, kind: Kind::Tests }
    }

    pub const fn helper(path: &'static str) -> Self {
        Self { path, kind: Kind::Helper }
    }

    pub const fn examples(path: &'static str) -> Self {
        Self { path, kind: Kind::Examples }
    }

    pub const fn units(path: &'static str, prelude: &'static str, items: &'static [&'static str]) -> Self {
        Self { path, kind: Kind::Units { prelude, items } }
    }

    /// Its path, and which of its tests: a file may have unit tests and examples.
    pub fn label(&self) -> String {
        let kind = match self.kind {
            Kind::Tests => "",
            Kind::Helper => " (helper)",
            Kind::Units { .. } => " (unit tests)",
            Kind::Examples => " (examples)",
        };
        format!("{}{kind}", self.path)
    }

    /// The name of the module or test target that is made of it.
    pub fn target(&self) -> String {
        let path = self.path.strip_suffix(".rs").unwrap_or(self.path);
        let (folder, name) = path.split_once('/').unwrap_or(("", path));
        let name = name.replace(['/', '-'], "_");
        match self.kind {
            Kind::Units { .. } => format!("units_{name}"),
            Kind::Examples => format!("{folder}_{name}"),
            Kind::Tests | Kind::Helper => name,
        }
    }
}

impl Suite {
    /// The name of its crate.
    pub fn foreign(&self) -> String {
        self.package.replace('-', "_")
    }

    /// The name under which its examples are run.
    pub fn examples(&self) -> String {
        format!("{}-examples", self.package)
    }

    /// What differs in `file`.
    pub fn differences_in<'a>(&'a self, file: &'a File) -> impl Iterator<Item = &'a Difference> {
        self.differences.iter().filter(|difference| difference.file == file.label())
    }
}
