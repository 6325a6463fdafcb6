//! Statics and thread-locals by loom's names.

/// As `std::thread_local!`: values of which each model thread has its own, anew in each execution.
///
/// ```
/// use std::cell::Cell;
///
/// loom::thread_local! {
///     static CALLS: Cell<u32> = Cell::new(0);
/// }
///
/// loom::model(|| {
///     CALLS.with(|calls| calls.set(1));
///     loom::thread::spawn(|| assert_eq!(CALLS.with(Cell::get), 0)).join().unwrap();
/// });
/// ```
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = const $init:block $(; $($rest:tt)*)?) => {
        $crate::thread_local!($(#[$attribute])* $visibility static $name: $type = $init $(; $($rest)*)?);
    };
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty = $init:expr $(; $($rest:tt)*)?) => {
        $(#[$attribute])*
        $visibility static $name: $crate::thread::LocalKey<$type> = $crate::thread::LocalKey::new(|| $init);
        $($crate::thread_local!($($rest)*);)?
    };
}

/// As the `lazy_static` crate's macro: statics that are made when they are first used, anew in each execution.
///
/// ```
/// use loom::sync::atomic::AtomicUsize;
/// use loom::sync::atomic::Ordering::Relaxed;
///
/// loom::lazy_static! {
///     static ref COUNTER: AtomicUsize = AtomicUsize::new(0);
/// }
///
/// loom::model(|| assert_eq!(COUNTER.fetch_add(1, Relaxed), 0));
/// ```
#[macro_export]
macro_rules! lazy_static {
    () => {};
    ($(#[$attribute:meta])* $visibility:vis static ref $name:ident : $type:ty = $init:expr; $($rest:tt)*) => {
        #[allow(missing_copy_implementations, non_camel_case_types, dead_code, missing_debug_implementations)]
        $(#[$attribute])*
        $visibility struct $name {
            __private_field: (),
        }
        #[doc(hidden)]
        $visibility static $name: $name = $name { __private_field: () };
        impl ::core::ops::Deref for $name {
            type Target = $type;

            #[track_caller]
            fn deref(&self) -> &$type {
                static LAZY: $crate::lazy_static::Lazy<$type> = $crate::lazy_static::Lazy::new(|| $init);
                LAZY.get()
            }
        }
        $crate::lazy_static!($($rest)*);
    };
}
