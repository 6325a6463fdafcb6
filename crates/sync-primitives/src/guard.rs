//! What all guards share.

/// `Debug` and `Display` of a guard are those of what it guards: the last of the parameters named behind the type. A parameter behind a semicolon is not a value's.
macro_rules! impl_format_through_deref {
    (@ [$($parameter:ident),*] [$($policy:tt)*] $guard:ty, $skipped:ident, $($rest:ident),+) => {
        crate::guard::impl_format_through_deref!(@ [$($parameter),*] [$($policy)*] $guard, $($rest),+);
    };
    (@ [$($parameter:ident),*] [$($policy:tt)*] $guard:ty, $target:ident) => {
        impl<$($parameter: ?Sized,)* $($policy)*> core::fmt::Debug for $guard
        where
            $target: core::fmt::Debug,
        {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $target::fmt(self, f)
            }
        }

        impl<$($parameter: ?Sized,)* $($policy)*> core::fmt::Display for $guard
        where
            $target: core::fmt::Display,
        {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $target::fmt(self, f)
            }
        }
    };
    ($guard:ty, $($parameter:ident),+ $(; $policy:ident: $bound:ident)?) => {
        crate::guard::impl_format_through_deref!(@ [$($parameter),+] [$($policy: $bound)?] $guard, $($parameter),+);
    };
}
pub(crate) use impl_format_through_deref;
