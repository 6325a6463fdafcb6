//! What all locks share.

/// How a lock comes from its value, and how it is shown: with the value, if the function named finds it free and gives the guard, in `Ok` or in
/// `Some`. Behind a semicolon comes the policy of a lock that has one.
macro_rules! impl_lock_traits {
    ($lock:ident, $try:ident, $free:ident $(; $policy:ident: $bound:ident)?) => {
        impl<T: Default> Default for $lock<T> {
            fn default() -> Self {
                Self::new(T::default())
            }
        }

        impl<T> From<T> for $lock<T> {
            fn from(value: T) -> Self {
                Self::new(value)
            }
        }

        impl<T: ?Sized + core::fmt::Debug $(, $policy: $bound)?> core::fmt::Debug for $lock<T $(, $policy)?> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let mut lock = f.debug_struct(stringify!($lock));
                match self.$try() {
                    $free(guard) => lock.field("value", &&*guard),
                    _ => lock.field("value", &format_args!("<locked>")),
                };
                lock.finish()
            }
        }
    };
}
pub(crate) use impl_lock_traits;
