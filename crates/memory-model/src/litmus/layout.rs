//! The memory of a program: named variables, arrays, and their addresses.

use crate::{Location, Value};

/// Address `k` of variable `v` is `(v + 1) << VARIABLE_SHIFT | k`: far from the small numbers of litmus tests, and with a gap
/// after each variable, so that an address computed out of an array's bounds hits nothing.
const VARIABLE_SHIFT: u32 = 40;

/// The variables of a program and the initial values of their locations.
///
/// An address is an ordinary [`Value`], so that registers can hold it; adding 1 to the address of an array element gives the
/// address of the next one. Values from 2^40 on may be taken for addresses when they are printed.
///
/// ```
/// use memory_model::litmus::Layout;
///
/// let mut layout = Layout::default();
/// let x = layout.variable("x");
/// let a = layout.array("a", 2).expect("a new name and a sensible length");
/// assert_eq!(layout.variable("x"), x);
/// let second = layout.resolve(layout.address(a) + 1).expect("in bounds");
/// assert_eq!(layout.name(second), "a[1]");
/// assert_eq!(layout.resolve(layout.address(a) + 2), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Layout {
    variables: Vec<Variable>,
    /// The variable of each location.
    owners: Vec<usize>,
    initial: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Variable {
    name: String,
    first: usize,
    length: usize,
    is_array: bool,
}

impl Layout {
    /// The longest array that [`array`](Self::array) makes.
    pub const MAX_ARRAY: usize = 1024;

    /// The location of the variable `name` (of its first element, for an array), made anew with initial value 0 if need be.
    pub fn variable(&mut self, name: &str) -> Location {
        match self.find(name) {
            Some(location) => location,
            None => self.push(name, 1, false),
        }
    }

    /// Makes an array of `length` elements with initial value 0 and returns the location of the first; `None` if the name is
    /// taken or the length is 0 or above [`MAX_ARRAY`](Self::MAX_ARRAY).
    pub fn array(&mut self, name: &str, length: usize) -> Option<Location> {
        if self.find(name).is_some() || length == 0 || length > Self::MAX_ARRAY {
            return None;
        }
        Some(self.push(name, length, true))
    }

    /// The location of the variable `name`, or of its first element.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Location> {
        self.variables.iter().find(|variable| variable.name == name).map(|variable| Location(variable.first))
    }

    /// The location of element `index` of the variable `name`; a variable that is no array has the element 0 alone.
    #[must_use]
    pub fn element(&self, name: &str, index: usize) -> Option<Location> {
        let variable = self.variables.iter().find(|variable| variable.name == name)?;
        (index < variable.length).then(|| Location(variable.first + index))
    }

    /// Whether `name` is an array.
    #[must_use]
    pub fn is_array(&self, name: &str) -> bool {
        self.variables.iter().any(|variable| variable.name == name && variable.is_array)
    }

    /// The number of locations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.initial.len()
    }

    /// Whether there is no location.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.initial.is_empty()
    }

    /// The initial values, by location.
    #[must_use]
    pub fn initial(&self) -> &[Value] {
        &self.initial
    }

    /// Sets the initial value of `location`; without effect for a location of another layout.
    pub fn set_initial(&mut self, location: Location, value: Value) {
        if let Some(initial) = self.initial.get_mut(location.0) {
            *initial = value;
        }
    }

    /// The name of `location`: `x`, or `a[1]`; `?` for a location of another layout.
    #[must_use]
    pub fn name(&self, location: Location) -> String {
        match self.owners.get(location.0).map(|&owner| &self.variables[owner]) {
            Some(variable) if variable.is_array => format!("{}[{}]", variable.name, location.0 - variable.first),
            Some(variable) => variable.name.clone(),
            None => "?".to_owned(),
        }
    }

    /// The address of `location`, 0 (which is no address) for a location of another layout.
    #[must_use]
    pub fn address(&self, location: Location) -> Value {
        let Some(&owner) = self.owners.get(location.0) else { return 0 };
        let offset = location.0 - self.variables[owner].first;
        ((owner as Value + 1) << VARIABLE_SHIFT) + offset as Value
    }

    /// The location at `address`, if there is one.
    #[must_use]
    pub fn resolve(&self, address: Value) -> Option<Location> {
        let owner = usize::try_from((address >> VARIABLE_SHIFT).checked_sub(1)?).ok()?;
        let offset = usize::try_from(address & ((1 << VARIABLE_SHIFT) - 1)).ok()?;
        let variable = self.variables.get(owner)?;
        (offset < variable.length).then(|| Location(variable.first + offset))
    }

    /// `value` as a number, or as `&x` if it is the address of a location.
    #[must_use]
    pub fn display_value(&self, value: Value) -> String {
        match self.resolve(value) {
            Some(location) => format!("&{}", self.name(location)),
            None => value.to_string(),
        }
    }

    fn push(&mut self, name: &str, length: usize, is_array: bool) -> Location {
        let first = self.initial.len();
        self.owners.resize(first + length, self.variables.len());
        self.initial.resize(first + length, 0);
        self.variables.push(Variable { name: name.to_owned(), first, length, is_array });
        Location(first)
    }
}
