//! The iterators of what pushes and pops.

/// The iterators of a collection that has `pop`, `pop_mut` and `len`: the one that owns it, documented by the caller, and the one that
/// pops what is there. The second name is what the collection is called inside them;
/// the text makes an empty one, for an example.
macro_rules! iterators {
    ($(#[$owning:meta])* $collection:ident, $name:ident, $new:literal) => {
        $(#[$owning])*
        pub struct IntoIter<T> {
            $name: $collection<T>,
        }

        impl<T> Iterator for IntoIter<T> {
            type Item = T;

            fn next(&mut self) -> Option<T> {
                self.$name.pop_mut()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let len = self.$name.len();
                (len, Some(len))
            }
        }

        impl<T> ExactSizeIterator for IntoIter<T> {}

        impl<T> core::iter::FusedIterator for IntoIter<T> {}

        impl<T> core::fmt::Debug for IntoIter<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct("IntoIter").field(stringify!($name), &self.$name).finish()
            }
        }

        impl<T> IntoIterator for $collection<T> {
            type Item = T;
            type IntoIter = IntoIter<T>;

            fn into_iter(self) -> IntoIter<T> {
                IntoIter { $name: self }
            }
        }

        #[doc = concat!(
            "Iterator that pops until the ", stringify!($name), " is found empty; made by [`", stringify!($collection), "::try_iter`]."
        )]
        ///
        /// It may be asked again after it has ended: values may have come since.
        ///
        /// ```
        #[doc = concat!("let ", stringify!($name), " = lockfree_collections::", stringify!($collection), "::", $new, ";")]
        #[doc = concat!("let mut iter = ", stringify!($name), ".try_iter();")]
        /// assert_eq!(iter.next(), None);
        #[doc = concat!("let _ = ", stringify!($name), ".push(3);")]
        /// assert_eq!(iter.next(), Some(3));
        /// ```
        #[must_use = "iterators are lazy: nothing is popped until `next` is called"]
        pub struct TryIter<'a, T> {
            $name: &'a $collection<T>,
        }

        impl<'a, T> TryIter<'a, T> {
            pub(super) fn new($name: &'a $collection<T>) -> Self {
                Self { $name }
            }
        }

        impl<T> Iterator for TryIter<'_, T> {
            type Item = T;

            fn next(&mut self) -> Option<T> {
                self.$name.pop()
            }
        }

        impl<T> Clone for TryIter<'_, T> {
            fn clone(&self) -> Self {
                Self { $name: self.$name }
            }
        }

        impl<T> core::fmt::Debug for TryIter<'_, T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct("TryIter").field(stringify!($name), self.$name).finish()
            }
        }
    };
}
pub(crate) use iterators;
