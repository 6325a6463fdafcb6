//! What all guards share.

/// `Debug` and `Display` of a guard are those of what it guards.
macro_rules! impl_format_through_deref {
    ($($guard:ident),+) => {$(
        impl<T: ?Sized + core::fmt::Debug> core::fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                T::fmt(self, f)
            }
        }

        impl<T: ?Sized + core::fmt::Display> core::fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                T::fmt(self, f)
            }
        }
    )+};
}
pub(super) use impl_format_through_deref;
