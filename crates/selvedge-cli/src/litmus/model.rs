//! Which model is asked.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use memory_model::Ordering;
use memory_model::cat::{CatModel, Folder, Library, Sources as _};
use memory_model::models::{Cpp20, Model, Ra, Rc11, Sc, Tso};

/// A model as it is named on the command line: the one place that knows what kinds of models there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    Native(NativeModel),
    /// A model of the library of the cat language.
    Bundled(&'static str),
    /// A file in the cat language.
    Cat(PathBuf),
}

/// The models written in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NativeModel {
    Sc,
    Tso,
    Ra,
    Rc11,
    Rc11Pldi17,
    Cpp20,
}

/// The names of the models.
const NAMES: [(&str, NativeModel); 8] = [
    ("sc", NativeModel::Sc),
    ("tso", NativeModel::Tso),
    ("ra", NativeModel::Ra),
    ("rc11", NativeModel::Rc11),
    ("rc11-pldi17", NativeModel::Rc11Pldi17),
    ("c20", NativeModel::Cpp20),
    ("c++20", NativeModel::Cpp20),
    ("cpp20", NativeModel::Cpp20),
];

/// The models that exist in the cat language alone.
const BUNDLED: [&str; 2] = ["c11", "c11_simp"];

impl FromStr for ModelChoice {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if name.ends_with(".cat") {
            return Ok(Self::Cat(PathBuf::from(name)));
        }
        if let Some(bundled) = BUNDLED.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            return Ok(Self::Bundled(bundled));
        }
        match NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, model)) => Ok(Self::Native(*model)),
            None => {
                Err("the models are rc11, rc11-pldi17, c20, sc, tso, ra, c11, c11_simp, and files FILE.cat".to_owned())
            }
        }
    }
}

impl ModelChoice {
    /// The model.
    ///
    /// # Errors
    ///
    /// What is wrong with the file.
    pub fn load(&self) -> Result<Box<dyn Model>, String> {
        match self {
            Self::Native(native) => Ok(native.model()),
            Self::Bundled(name) => CatModel::bundled(name).map(boxed).map_err(|error| error.to_string()),
            Self::Cat(path) => load(path),
        }
    }

    /// The orderings that make a difference to the model: of loads, stores, read-modify-writes and fences, each the weakest first.
    pub fn orderings(&self) -> [&'static [Ordering]; 4] {
        use Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
        match self {
            Self::Native(NativeModel::Sc | NativeModel::Ra) => [&[Relaxed], &[Relaxed], &[Relaxed], &[]],
            Self::Native(NativeModel::Tso) => [&[Relaxed], &[Relaxed, SeqCst], &[Relaxed], &[SeqCst]],
            Self::Native(_) | Self::Bundled(_) | Self::Cat(_) => [
                &[Relaxed, Acquire, SeqCst],
                &[Relaxed, Release, SeqCst],
                &[Relaxed, Acquire, Release, AcqRel, SeqCst],
                &[Acquire, Release, AcqRel, SeqCst],
            ],
        }
    }

    /// Whether the model is known to allow what sequential consistency allows, and no more when an ordering is made stronger.
    pub fn is_monotone(&self) -> bool {
        matches!(self, Self::Native(_))
    }

    /// The name as it is printed: that of the command line, without folders.
    pub fn name(&self) -> String {
        match self {
            Self::Native(native) => native.name().to_owned(),
            Self::Bundled(name) => (*name).to_owned(),
            Self::Cat(path) => path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
        }
    }
}

/// A file, which may include those beside it and those of the library. A name that is not on disk is looked up in the library.
fn load(path: &Path) -> Result<Box<dyn Model>, String> {
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => Library.source(&name).ok_or_else(|| format!("{name}: {error}"))?,
    };
    let folder = Folder(path.parent().map_or_else(PathBuf::new, Path::to_path_buf));
    let model = CatModel::options().sources(&folder).parse(&name, &text);
    model.map(boxed).map_err(|error| error.to_string())
}

fn boxed(model: CatModel) -> Box<dyn Model> {
    Box::new(model)
}

impl NativeModel {
    fn model(self) -> Box<dyn Model> {
        match self {
            Self::Sc => Box::new(Sc),
            Self::Tso => Box::new(Tso),
            Self::Ra => Box::new(Ra),
            Self::Rc11 => Box::new(Rc11::new()),
            Self::Rc11Pldi17 => Box::new(Rc11::pldi17()),
            Self::Cpp20 => Box::new(Cpp20),
        }
    }

    fn name(self) -> &'static str {
        NAMES.iter().find(|(_, model)| *model == self).map_or("", |(name, _)| name)
    }
}
