//! What stealing answers.

use core::fmt;

/// The answer of a steal.
///
/// ```
/// use lockfree_collections::deque::Steal;
///
/// let steals = [Steal::Retry, Steal::Empty, Steal::Success(1), Steal::Success(2)];
/// assert_eq!(steals.into_iter().collect::<Steal<i32>>(), Steal::Success(1));
/// ```
#[must_use]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Steal<T> {
    /// There was nothing.
    Empty,
    /// This was taken.
    Success(T),
    /// Another thread was faster: there may be more.
    Retry,
}

impl<T> Steal<T> {
    /// Tells whether there was nothing.
    ///
    /// ```
    /// assert!(lockfree_collections::deque::Steal::<u8>::Empty.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// Tells whether something was taken.
    ///
    /// ```
    /// assert!(lockfree_collections::deque::Steal::Success(1).is_success());
    /// ```
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Success(_))
    }

    /// Tells whether to try again.
    ///
    /// ```
    /// assert!(lockfree_collections::deque::Steal::<u8>::Retry.is_retry());
    /// ```
    #[must_use]
    pub fn is_retry(&self) -> bool {
        matches!(self, Self::Retry)
    }

    /// What was taken.
    ///
    /// ```
    /// assert_eq!(lockfree_collections::deque::Steal::Success(1).success(), Some(1));
    /// ```
    #[must_use]
    pub fn success(self) -> Option<T> {
        match self {
            Self::Success(value) => Some(value),
            Self::Empty | Self::Retry => None,
        }
    }

    /// If nothing was taken, tries `f`; if that finds nothing either, the answer is `Retry` if one of the two was.
    ///
    /// ```
    /// use lockfree_collections::deque::Steal::{self, Empty, Retry, Success};
    ///
    /// assert_eq!(Retry.or_else(|| Success(1)), Success(1));
    /// assert_eq!(Retry.or_else(|| Empty::<u8>), Retry);
    /// assert_eq!(Empty.or_else(|| Steal::<u8>::Empty), Empty);
    /// ```
    pub fn or_else<F: FnOnce() -> Self>(self, f: F) -> Self {
        match self {
            Self::Empty => f(),
            Self::Success(_) => self,
            Self::Retry => match f() {
                Self::Success(value) => Self::Success(value),
                Self::Empty | Self::Retry => Self::Retry,
            },
        }
    }

    pub(super) fn map<R>(self, f: impl FnOnce(T) -> R) -> Steal<R> {
        match self {
            Self::Empty => Steal::Empty,
            Self::Success(value) => Steal::Success(f(value)),
            Self::Retry => Steal::Retry,
        }
    }
}

/// Does without the value, which may be of any type.
impl<T> fmt::Debug for Steal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Success(_) => "Success(..)",
            Self::Retry => "Retry",
        })
    }
}

/// The first success; if there is none, `Retry` if any was.
impl<T> FromIterator<Self> for Steal<T> {
    fn from_iter<I: IntoIterator<Item = Self>>(steals: I) -> Self {
        let mut answer = Self::Empty;
        for steal in steals {
            match steal {
                Self::Success(_) => return steal,
                Self::Retry => answer = Self::Retry,
                Self::Empty => {}
            }
        }
        answer
    }
}
